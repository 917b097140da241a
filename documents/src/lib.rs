#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod dcat;
pub mod lineage;
pub mod terms;

use serde_json::Value;

/// How records, accounts, offers and so on are named in documents: `urn:vouchsafe:record:0x…`. The namespace is not
/// registered with IANA.
pub fn urn(kind: &str, id: &impl core::fmt::Display) -> String {
    format!("urn:vouchsafe:{kind}:{id}")
}

/// The members of an array; a value that is none counts as one of one, and nothing as empty, as in JSON-LD.
fn many(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(members) => members,
        one => core::slice::from_ref(one),
    }
}
