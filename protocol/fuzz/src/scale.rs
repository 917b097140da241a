//! Everything that the protocol decodes from SCALE: calls, storage and runtime API answers carry these.

use codec::{Decode, DecodeAll, DecodeWithMemLimit, DecodeWithMemTracking, Encode, MaxEncodedLen};
use std::fmt::Debug;
use vouchsafe_protocol::{
    delivery::Delivery,
    id::{Digest, Genesis, RecordId},
    leaf::Leaf,
    log::{Consistency, Entry, Frontier, Head, Inclusion},
    misbehaviour::{Evidence, Fault},
    order::{Outcome, Stage},
    price::HouseShare,
    record::{Content, Grade, Parent, Parents, Statement},
    royalty::{Royalties, Royalty},
};

/// What decoding one value may take from the heap, bytes: the longest evidence and its path fit twice.
const MEMORY: usize = 2 * 66_480;

/// Types that the first byte of the input chooses from.
pub const KINDS: u8 = 20;

/// The input is a type, then bytes that may be a value of it.
pub fn check(bytes: &[u8]) -> bool {
    let Some((kind, bytes)) = bytes.split_first() else {
        return false;
    };
    match kind % KINDS {
        0 => decode::<Evidence>(bytes).is_some(),
        1 => decode::<Statement>(bytes).inspect(named).is_some(),
        2 => decode::<Delivery>(bytes).is_some(),
        3 => decode::<Stage>(bytes).is_some(),
        4 => decode::<Content>(bytes).inspect(sane).is_some(),
        5 => decode::<Parents>(bytes).is_some(),
        6 => decode::<Royalties>(bytes).is_some(),
        7 => decode::<Leaf>(bytes).is_some(),
        8 => decode::<Outcome>(bytes).is_some(),
        9 => decode::<Fault>(bytes).is_some(),
        10 => decode::<Grade>(bytes).is_some(),
        11 => decode::<HouseShare>(bytes).is_some(),
        12 => decode::<Parent>(bytes).is_some(),
        13 => decode::<Royalty>(bytes).is_some(),
        14 => decode::<Entry>(bytes).is_some(),
        15 => decode::<Head>(bytes).is_some(),
        16 => decode::<Frontier>(bytes).is_some(),
        17 => decode::<Inclusion>(bytes).is_some(),
        18 => decode::<Consistency>(bytes).is_some(),
        _ => decode::<Digest>(bytes).is_some(),
    }
}

/// Decodes a value from the front of `bytes`, and holds it to what consensus needs.
fn decode<T>(bytes: &[u8]) -> Option<T>
where
    T: Encode + Decode + DecodeWithMemTracking + MaxEncodedLen + PartialEq + Debug,
{
    let mut rest = bytes;
    let found = T::decode(&mut rest);
    let whole = T::decode_all(&mut &bytes[..]);
    let Ok(value) = found else {
        assert!(whole.is_err());
        return None;
    };
    let read = bytes.len() - rest.len();
    assert_eq!(value.encode(), bytes[..read], "one encoding for one value");
    assert_eq!(value.encoded_size(), read);
    assert!(read <= T::max_encoded_len());
    assert_eq!(whole.as_ref().ok(), rest.is_empty().then_some(&value));
    assert_eq!(
        T::decode_with_mem_limit(&mut &bytes[..], MEMORY).as_ref(),
        Ok(&value)
    );
    if let Some(cut) = read.checked_sub(1) {
        assert!(T::decode(&mut &bytes[..cut]).is_err(), "a cut value is none");
    }
    Some(value)
}

/// A statement's name and what is signed of it hold all of its bytes.
fn named(statement: &Statement) {
    let genesis = Genesis([1; 32]);
    let signed = statement.signing_bytes(&genesis);
    assert!(signed.ends_with(&statement.encode()));
    let changed = Statement {
        items: statement.items ^ 1,
        ..statement.clone()
    };
    assert_ne!(
        RecordId::derive(&genesis, statement),
        RecordId::derive(&genesis, &changed)
    );
}

fn sane(content: &Content) {
    if content.is_sane() {
        // So many chunks can hold the bytes, and one byte is in each at least.
        assert!(content.bytes >= u64::from(content.chunks));
        assert!(content.bytes.div_ceil(u64::from(content.chunks)) <= 65_536);
    }
}
