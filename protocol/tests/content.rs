//! Chunks, leaves, sidecar and the chunk cipher.

use proptest::prelude::*;
use vouchsafe_protocol::{
    chunk::{CHUNK_LEN, Layout, LayoutError, MAX_CHUNKS, MAX_ITEMS},
    id::Digest,
    key::{ContentSecret, OpenError},
    leaf::Leaf,
    sidecar::{Sidecar, SidecarError},
    tree,
};

const CHUNK: u64 = CHUNK_LEN as u64;

fn secret() -> ContentSecret {
    ContentSecret::from_bytes([7; 32])
}

fn sealed(lengths: &[u64]) -> (Sidecar, Vec<Vec<u8>>) {
    let layout = Layout::new(lengths).unwrap();
    let chunks: Vec<Vec<u8>> = (0..layout.chunks())
        .map(|i| vec![i as u8; layout.chunk(i).unwrap().len as usize])
        .collect();
    let mut ciphertext = chunks.clone();
    let leaves = (0u32..)
        .zip(&mut ciphertext)
        .map(|(i, chunk)| secret().seal(i, chunk))
        .collect();
    (Sidecar::new(layout, leaves).unwrap(), ciphertext)
}

#[test]
fn items_start_on_chunk_boundaries_at_every_seam() {
    let layout = Layout::new(&[1, CHUNK - 1, CHUNK, CHUNK + 1]).unwrap();
    assert_eq!(
        (layout.items(), layout.chunks(), layout.bytes()),
        (4, 5, 3 * CHUNK + 1)
    );
    let places: Vec<_> = (0..5)
        .map(|i| {
            layout
                .chunk(i)
                .map(|p| (p.item, p.offset, u64::from(p.len)))
                .unwrap()
        })
        .collect();
    assert_eq!(
        places,
        [
            (0, 0, 1),
            (1, 1, CHUNK - 1),
            (2, CHUNK, CHUNK),
            (3, 2 * CHUNK, CHUNK),
            (3, 3 * CHUNK, 1)
        ]
    );
    assert_eq!(layout.chunk(5), None);
    assert_eq!(layout.item(3), Some(3..5));
    assert_eq!(layout.item_bytes(3), Some(2 * CHUNK..3 * CHUNK + 1));
    assert_eq!((layout.item(4), layout.item_bytes(4)), (None, None));
}

#[test]
fn a_layout_refuses_what_it_cannot_hold() {
    assert_eq!(Layout::new(&[]), Err(LayoutError::NoItems));
    assert_eq!(Layout::new(&[1, 0]), Err(LayoutError::EmptyItem(1)));
    assert!(Layout::new(&vec![1; MAX_ITEMS as usize]).is_ok());
    assert_eq!(
        Layout::new(&vec![1; MAX_ITEMS as usize + 1]),
        Err(LayoutError::TooManyItems(MAX_ITEMS as usize + 1))
    );
    assert!(Layout::new(&[u64::from(MAX_CHUNKS) * CHUNK]).is_ok());
    assert_eq!(
        Layout::new(&[u64::from(MAX_CHUNKS) * CHUNK + 1]),
        Err(LayoutError::TooManyChunks)
    );
    assert_eq!(
        Layout::new(&[u64::MAX, u64::MAX]),
        Err(LayoutError::TooManyChunks)
    );
}

#[test]
fn the_root_commits_to_position_length_ciphertext_and_plaintext() {
    let leaf = Leaf {
        len: 5,
        ciphertext: Digest([1; 32]),
        commitment: Digest([2; 32]),
    };
    let base = leaf.hash(3);
    assert_ne!(leaf.hash(4), base);
    assert_ne!(Leaf { len: 6, ..leaf }.hash(3), base);
    assert_ne!(
        Leaf {
            ciphertext: Digest([3; 32]),
            ..leaf
        }
        .hash(3),
        base
    );
    assert_ne!(
        Leaf {
            commitment: Digest([3; 32]),
            ..leaf
        }
        .hash(3),
        base
    );
    let input = [&3u32.to_le_bytes()[..], &5u32.to_le_bytes(), &[1; 32], &[2; 32]].concat();
    assert_eq!(base, tree::leaf_hash(&input), "an RFC 6962 leaf");
}

#[test]
fn a_sealed_chunk_opens_and_nothing_else_does() {
    let plaintext = vec![42u8; 1000];
    let mut chunk = plaintext.clone();
    let leaf = secret().seal(9, &mut chunk);
    assert_ne!(chunk, plaintext);

    let mut whole = chunk.clone();
    secret().open(9, &mut whole, &leaf).unwrap();
    assert_eq!(whole, plaintext);

    let mut short = chunk[1..].to_vec();
    assert_eq!(
        secret().open(9, &mut short, &leaf),
        Err(OpenError::Length {
            wanted: 1000,
            found: 999
        })
    );
    let mut flipped = chunk.clone();
    flipped[500] ^= 1;
    assert_eq!(secret().open(9, &mut flipped, &leaf), Err(OpenError::Ciphertext));
    let mut elsewhere = chunk.clone();
    assert_eq!(
        secret().open(8, &mut elsewhere, &leaf),
        Err(OpenError::Commitment)
    );
    let mut other_key = chunk.clone();
    let other = ContentSecret::from_bytes([8; 32]);
    assert_eq!(other.open(9, &mut other_key, &leaf), Err(OpenError::Commitment));
}

#[test]
fn equal_chunks_have_unequal_ciphertexts_and_commitments() {
    let (mut a, mut b) = ([0u8; 64], [0u8; 64]);
    let (first, second) = (secret().seal(0, &mut a), secret().seal(1, &mut b));
    assert_ne!(a, b);
    assert_ne!(first.commitment, second.commitment);
}

#[test]
fn secrets_are_never_printed() {
    assert_eq!(format!("{:?}", secret()), "ContentSecret(..)");
}

#[test]
fn a_sidecar_travels_unchanged_and_costs_64_bytes_a_chunk() {
    let (sidecar, _) = sealed(&[10, CHUNK + 1]);
    let bytes = sidecar.encode();
    assert_eq!(bytes.len() as u64, Sidecar::encoded_len(2, 3));
    assert_eq!(Sidecar::decode(&bytes).unwrap(), sidecar);
    assert_eq!(Sidecar::decode(&bytes).unwrap().root(), sidecar.root());
}

#[test]
fn a_damaged_sidecar_is_refused_with_the_reason() {
    let (sidecar, _) = sealed(&[10, CHUNK + 1]);
    let bytes = sidecar.encode();
    let found = bytes.len() as u64;
    assert_eq!(
        Sidecar::decode(b"VS"),
        Err(SidecarError::Length {
            wanted: None,
            found: 2
        })
    );
    assert_eq!(Sidecar::decode(b"VSC0...."), Err(SidecarError::Magic));
    assert_eq!(
        Sidecar::decode(&bytes[..12]),
        Err(SidecarError::Length {
            wanted: None,
            found: 12
        })
    );
    assert_eq!(
        Sidecar::decode(&bytes[..bytes.len() - 1]),
        Err(SidecarError::Length {
            wanted: Some(found),
            found: found - 1
        })
    );
    let trailing = [&bytes[..], &[0]].concat();
    assert_eq!(
        Sidecar::decode(&trailing),
        Err(SidecarError::Length {
            wanted: Some(found),
            found: found + 1
        })
    );
    let many = [&b"VSC1"[..], &u32::MAX.to_le_bytes()].concat();
    assert_eq!(
        Sidecar::decode(&many),
        Err(SidecarError::Layout(LayoutError::TooManyItems(u32::MAX as usize)))
    );
    let empty_item = [&b"VSC1"[..], &1u32.to_le_bytes(), &0u64.to_le_bytes()].concat();
    assert_eq!(
        Sidecar::decode(&empty_item),
        Err(SidecarError::Layout(LayoutError::EmptyItem(0)))
    );
}

#[test]
fn leaves_must_fit_the_layout() {
    let leaf = Leaf {
        len: 10,
        ciphertext: Digest::default(),
        commitment: Digest::default(),
    };
    let layout = Layout::new(&[10]).unwrap();
    assert_eq!(
        Sidecar::new(layout.clone(), vec![]),
        Err(SidecarError::LeafCount { wanted: 1, found: 0 })
    );
    assert_eq!(
        Sidecar::new(layout, vec![Leaf { len: 9, ..leaf }]),
        Err(SidecarError::LeafLength(0))
    );
}

proptest! {
    #[test]
    fn a_layout_covers_every_byte_once(lengths in prop::collection::vec(1u64..300_000, 1..40)) {
        let layout = Layout::new(&lengths).unwrap();
        let mut next = 0;
        for i in 0..layout.chunks() {
            let place = layout.chunk(i).unwrap();
            prop_assert_eq!(place.offset, next);
            prop_assert!((1..=CHUNK_LEN).contains(&place.len));
            prop_assert!(layout.item(place.item).unwrap().contains(&i));
            next += u64::from(place.len);
        }
        prop_assert_eq!(next, lengths.iter().sum::<u64>());
        for (k, &len) in (0u32..).zip(&lengths) {
            let bytes = layout.item_bytes(k).unwrap();
            prop_assert_eq!(bytes.end - bytes.start, len);
            prop_assert_eq!(layout.chunk(layout.item(k).unwrap().start).unwrap().offset, bytes.start);
        }
    }

    #[test]
    fn a_flipped_sidecar_bit_is_refused_or_moves_the_root(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let (sidecar, _) = sealed(&[10, 2 * CHUNK, 7]);
        let mut bytes = sidecar.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(altered) = Sidecar::decode(&bytes) {
            prop_assert_ne!(altered.root(), sidecar.root());
        }
    }

    #[test]
    fn decode_is_total(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _answer_without_a_panic = Sidecar::decode(&bytes);
        let _answer_with_the_magic = Sidecar::decode(&[&b"VSC1"[..], &bytes].concat());
    }
}
