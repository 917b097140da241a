//! [`Sidecar::decode`]: the first foreign bytes that a buyer reads.

use vouchsafe_protocol::{
    chunk::{CHUNK_LEN, MAX_CHUNKS, MAX_ITEMS},
    sidecar::{MAGIC, Sidecar},
    tree,
};

/// The input is a sidecar as it would come from the network.
pub fn check(bytes: &[u8]) -> bool {
    let sidecar = match Sidecar::decode(bytes) {
        Ok(sidecar) => sidecar,
        Err(error) => {
            assert_ne!(length_by_header(bytes), Some(bytes.len() as u128), "{error}");
            return false;
        }
    };
    assert_eq!(length_by_header(bytes), Some(bytes.len() as u128));
    assert_eq!(sidecar.encode(), bytes, "one encoding for one sidecar");

    let (layout, leaves) = (sidecar.layout(), sidecar.leaves());
    let chunks = layout.chunks();
    assert_eq!(Sidecar::encoded_len(layout.items(), chunks), bytes.len() as u64);
    assert_eq!(
        leaves.iter().map(|leaf| u64::from(leaf.len)).sum::<u64>(),
        layout.bytes()
    );
    assert_eq!(
        Sidecar::new(layout.clone(), leaves.to_vec()).as_ref(),
        Ok(&sidecar)
    );

    let root = sidecar.root();
    for index in [0, chunks / 2, chunks - 1] {
        let path = sidecar.path(index).unwrap();
        let leaf = leaves[index as usize].hash(index);
        assert!(tree::verify(
            &root,
            &leaf,
            u64::from(index),
            u64::from(chunks),
            &path
        ));
    }
    assert_eq!(sidecar.path(chunks), None);
    true
}

/// How long a sidecar with this header must be; `None` if there is none. Worked out from the wire format's one
/// sentence, in numbers that cannot overflow.
fn length_by_header(bytes: &[u8]) -> Option<u128> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (items, rest) = rest.split_first_chunk::<4>()?;
    let items = u32::from_le_bytes(*items);
    if items == 0 || items > MAX_ITEMS {
        return None;
    }
    let lengths = rest.get(..items as usize * 8)?;
    let mut chunks = 0u128;
    for length in lengths.chunks(8) {
        let length = u64::from_le_bytes(length.try_into().unwrap());
        if length == 0 {
            return None;
        }
        chunks += u128::from(length).div_ceil(u128::from(CHUNK_LEN));
    }
    (chunks <= u128::from(MAX_CHUNKS)).then_some(8 + 8 * u128::from(items) + 64 * chunks)
}
