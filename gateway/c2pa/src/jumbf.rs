//! Boxes of JUMBF (ISO/IEC 19566-5), as C2PA uses them.

use crate::sha256;

/// What the last twelve bytes of every content type are.
const TAIL: [u8; 12] = [0, 0x11, 0, 0x10, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
/// Requestable, and with a label.
const TOGGLES: u8 = 3;

/// `length ‖ kind ‖ content`.
pub(crate) fn plain(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    // A photo's manifest is bounded far below 4 GiB by `manifest::attach`.
    let length = u32::try_from(content.len().saturating_add(8)).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], kind, content].concat()
}

/// A superbox: a description, then boxes.
pub(crate) fn superbox(kind: &[u8; 4], label: &str, content: &[&[u8]]) -> Vec<u8> {
    let description = [&kind[..], &TAIL, &[TOGGLES], label.as_bytes(), &[0]].concat();
    let description = plain(b"jumd", &description);
    let mut whole = vec![description.as_slice()];
    whole.extend_from_slice(content);
    plain(b"jumb", &whole.concat())
}

/// A superbox with one CBOR value.
pub(crate) fn cbor(kind: &[u8; 4], label: &str, value: &[u8]) -> Vec<u8> {
    superbox(kind, label, &[&plain(b"cbor", value)])
}

/// What a hashed reference says of a superbox: SHA-256 of all but its own head.
pub(crate) fn hash(superbox: &[u8]) -> [u8; 32] {
    sha256(superbox.get(8..).unwrap_or_default())
}
