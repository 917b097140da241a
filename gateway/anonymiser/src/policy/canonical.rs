//! The one spelling of a policy that is hashed: RFC 8785, "JSON Canonicalization Scheme".

use serde_json::Value;
use std::collections::BTreeMap;

/// Section 3.2: no space, object keys sorted, numbers as ECMAScript prints them.
///
/// Keys must be ASCII, whose order is the same in UTF-8 as in the UTF-16 that the section asks for. Numbers must be
/// integers within 53 bits or lie in the range that ECMAScript prints without an exponent; [`super::Policy::validate`]
/// sees to both.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            // Sorted here: whether a map keeps its order is a feature that any crate of the program can switch on.
            let sorted: BTreeMap<&String, &Value> = members.iter().collect();
            out.push('{');
            for (place, (key, value)) in sorted.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                text(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Number(number) => match number.as_f64() {
            // Rust prints the shortest decimal that reads back, without an exponent and without `.0`.
            Some(float) if number.is_f64() => out.push_str(&float.to_string()),
            _ => out.push_str(&number.to_string()),
        },
        Value::String(words) => text(words, out),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Null => out.push_str("null"),
    }
}

/// Section 3.2.2.2 asks for the escapes that `serde_json` writes.
fn text(words: &str, out: &mut String) {
    out.push_str(&Value::from(words).to_string());
}

/// `f32` in memory; in files the shortest decimal that reads back as it, so that 0.12 does not become
/// 0.11999999731779099.
pub(super) mod decimal {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f32, to: S) -> Result<S::Ok, S::Error> {
        // Adding zero turns minus zero, which validation lets through, into zero.
        let decimal = (value + 0.0).to_string();
        let read = decimal.parse().map_err(serde::ser::Error::custom)?;
        to.serialize_f64(read)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
        f64::deserialize(from).map(|value| value as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::json;
    use serde_json::json as value;

    #[test]
    fn keys_are_sorted_numbers_short_and_text_escaped_as_rfc_8785_says() {
        let given = value!({ "b": [1.0, 0.12, 50_000_000_u64, 0.0], "a": { "z": true, "y": null }, "B": "\u{1}\"\n/é" });
        assert_eq!(
            json(&given),
            "{\"B\":\"\\u0001\\\"\\n/é\",\"a\":{\"y\":null,\"z\":true},\"b\":[1,0.12,50000000,0]}"
        );
    }
}
