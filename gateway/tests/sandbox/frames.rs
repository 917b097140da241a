//! The framing, written down a second time: version, kind, two big-endian lengths, JSON, bytes.

use serde_json::{Value, json};
use vouchsafe_gateway::adapters::OnnxSettings;

pub const OPEN: u8 = 1;
pub const PHOTO: u8 = 2;
pub const READY: u8 = 17;
pub const CLEANED: u8 = 19;
pub const PROBED: u8 = 22;

/// Ten bytes that announce a frame.
pub fn header(kind: u8, head: u32, body: u32) -> Vec<u8> {
    let mut bytes = vec![1, kind];
    bytes.extend(head.to_be_bytes());
    bytes.extend(body.to_be_bytes());
    bytes
}

/// A whole frame without a body.
pub fn frame(kind: u8, head: &Value) -> Vec<u8> {
    let head = head.to_string().into_bytes();
    [header(kind, head.len() as u32, 0), head].concat()
}

/// The settings as the gateway sends them, with a noise key.
pub fn opening(located: &OnnxSettings) -> Vec<u8> {
    let head = json!({ "settings": located, "memory_bytes": 2_u64 << 30, "max_raw_bytes": 1_000 });
    let head = head.to_string().into_bytes();
    [header(OPEN, head.len() as u32, 32), head, vec![7; 32]].concat()
}
