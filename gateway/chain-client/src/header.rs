//! Headers as nodes write them in JSON, and back into the bytes that are hashed and signed.

use crate::rpc::{BlockHash, Hex, hex_number};
use codec::{Compact, Decode, Encode, Input};
use serde::Deserialize;

/// A header as `chain_getHeader` gives it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JsonHeader {
    parent_hash: BlockHash,
    #[serde(deserialize_with = "hex_number")]
    number: u32,
    state_root: BlockHash,
    extrinsics_root: BlockHash,
    digest: JsonDigest,
}

#[derive(Deserialize)]
struct JsonDigest {
    /// Each item in its own SCALE bytes.
    logs: Vec<Hex>,
}

impl JsonHeader {
    /// `sp_runtime::generic::Header<u32, BlakeTwo256>` in SCALE.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.parent_hash.0.encode_to(&mut bytes);
        Compact(self.number).encode_to(&mut bytes);
        self.state_root.0.encode_to(&mut bytes);
        self.extrinsics_root.0.encode_to(&mut bytes);
        // Fewer items than 2^32: they came in one answer.
        Compact(self.digest.logs.len() as u64).encode_to(&mut bytes);
        for item in &self.digest.logs {
            bytes.extend_from_slice(&item.0);
        }
        bytes
    }
}

/// What is needed of a header's bytes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outline {
    pub parent: [u8; 32],
    pub height: u32,
    /// GRANDPA's next authorities are named in it.
    pub changes_set: bool,
}

impl Outline {
    /// Reads the bytes of a header; `None` for anything else.
    pub fn of(mut bytes: &[u8]) -> Option<Self> {
        let outline = Self::read(&mut bytes).ok()?;
        bytes.is_empty().then_some(outline)
    }

    fn read(input: &mut &[u8]) -> Result<Self, codec::Error> {
        let parent = Decode::decode(input)?;
        let Compact(height) = Compact::<u32>::decode(input)?;
        let _roots = <[[u8; 32]; 2]>::decode(input)?;
        let Compact(items) = Compact::<u32>::decode(input)?;
        let mut changes_set = false;
        for _ in 0..items {
            changes_set |= Self::item_changes_set(input)?;
        }
        Ok(Self {
            parent,
            height,
            changes_set,
        })
    }

    /// `sp_runtime::DigestItem`, and of it `sp_consensus_grandpa::ConsensusLog::ScheduledChange`.
    fn item_changes_set(input: &mut &[u8]) -> Result<bool, codec::Error> {
        match input.read_byte()? {
            0 => Vec::<u8>::decode(input).map(|_| false),
            kind @ 4..=6 => {
                let (engine, said) = <([u8; 4], Vec<u8>)>::decode(input)?;
                Ok(kind == 4 && engine == *b"FRNK" && said.first() == Some(&1))
            }
            8 => Ok(false),
            _ => Err("a digest item that is not known here".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(logs: &str) -> JsonHeader {
        let hash = |byte: &str| format!("0x{}", byte.repeat(32));
        let text = format!(
            r#"{{"parentHash":"{}","number":"0x12c","stateRoot":"{}","extrinsicsRoot":"{}","digest":{{"logs":[{logs}]}}}}"#,
            hash("01"),
            hash("02"),
            hash("03")
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_header_in_json_becomes_the_bytes_that_are_hashed() {
        // Pre-runtime digest of Aura: kind 6, engine, 8 bytes.
        let bytes = json(r#""0x066175726120000000000000000f""#).to_bytes();
        let mut expected = vec![1; 32];
        expected.extend([0xb1, 0x04]); // compact 300
        expected.extend([2; 32]);
        expected.extend([3; 32]);
        expected.push(4); // one item
        expected.extend([6, b'a', b'u', b'r', b'a', 0x20, 0, 0, 0, 0, 0, 0, 0, 0x0f]);
        assert_eq!(bytes, expected);
        let outline = Outline::of(&bytes).unwrap();
        assert_eq!(
            (outline.parent, outline.height, outline.changes_set),
            ([1; 32], 300, false)
        );
    }

    #[test]
    fn only_a_scheduled_change_of_grandpa_changes_the_set() {
        let changes = |logs| Outline::of(&json(logs).to_bytes()).unwrap().changes_set;
        assert!(changes(r#""0x0446524e4b080102""#), "FRNK, scheduled");
        assert!(!changes(r#""0x0446524e4b080302""#), "FRNK, on disabled");
        assert!(!changes(r#""0x0461757261080102""#), "another engine");
        assert!(!changes(r#""0x0546524e4b080102""#), "a seal");
        assert!(!changes(r#""0x08""#));
    }

    #[test]
    fn what_is_cut_off_or_longer_is_no_header() {
        let bytes = json(r#""0x08""#).to_bytes();
        assert!(Outline::of(&bytes).is_some());
        assert!((0..bytes.len()).all(|len| Outline::of(&bytes[..len]).is_none()));
        assert!(Outline::of(&[bytes.as_slice(), &[0]].concat()).is_none());
    }
}
