//! [`Layout::new`] and every place in the layout.

use super::input::Input;
use vouchsafe_protocol::chunk::{CHUNK_LEN, Layout, LayoutError, MAX_CHUNKS, MAX_ITEMS};

/// Chunks that are looked at from either end, so that a layout of a million does not take all day.
const LOOKED_AT: u32 = 1_000;

/// The input is a list of items: a kind, a length as that kind says, and how often it repeats.
pub fn check(bytes: &[u8]) -> bool {
    let lengths = lengths(&mut Input::new(bytes));
    let found = Layout::new(&lengths);
    assert_eq!(
        found.as_ref().map(|layout| (layout.chunks(), layout.bytes())),
        expected(&lengths).as_ref().map(|&size| size)
    );
    let Ok(layout) = found else { return false };
    let (chunks, items) = (layout.chunks(), layout.items());
    assert!(layout.item_lengths().eq(lengths.iter().copied()));

    for index in (0..chunks.min(LOOKED_AT)).chain(chunks.saturating_sub(LOOKED_AT)..chunks) {
        let place = layout.chunk(index).unwrap();
        let end = place.offset + u64::from(place.len);
        assert!((1..=CHUNK_LEN).contains(&place.len));
        assert!(layout.item(place.item).unwrap().contains(&index));
        let bytes = layout.item_bytes(place.item).unwrap();
        assert!(bytes.start <= place.offset && end <= bytes.end);
        // Nothing between two chunks, and nothing after the last one.
        let next = layout.chunk(index + 1).map_or(layout.bytes(), |next| next.offset);
        assert_eq!(end, next);
        // Only an item's last chunk is shorter than full.
        assert!(place.len == CHUNK_LEN || end == bytes.end);
    }
    let mut next = (0, 0);
    for item in 0..items {
        let (chunks, bytes) = (layout.item(item).unwrap(), layout.item_bytes(item).unwrap());
        assert_eq!((chunks.start, bytes.start), next);
        next = (chunks.end, bytes.end);
    }
    assert_eq!(next, (chunks, layout.bytes()));
    for beyond in [chunks, chunks + 1, u32::MAX] {
        assert_eq!(layout.chunk(beyond), None);
    }
    for beyond in [items, items + 1, u32::MAX] {
        assert_eq!(layout.item(beyond), None);
        assert_eq!(layout.item_bytes(beyond), None);
    }
    true
}

fn lengths(input: &mut Input) -> Vec<u64> {
    let too_many = MAX_ITEMS as usize + 2;
    let mut lengths = Vec::new();
    while !input.is_empty() && lengths.len() < too_many {
        let kind = input.byte();
        let length = match kind % 4 {
            0 => u64::from(input.byte()),
            // Around a chunk's border.
            1 => (u64::from(input.u16()) * u64::from(CHUNK_LEN) + u64::from(input.byte() % 3))
                .saturating_sub(1),
            2 => u64::from(input.u32()),
            _ => input.u64(),
        };
        let copies = if kind < 192 { 1 } else { usize::from(input.u16()) };
        lengths.extend(std::iter::repeat_n(length, copies.min(too_many - lengths.len())));
    }
    lengths
}

/// Chunks and bytes, in numbers that cannot overflow.
fn expected(lengths: &[u64]) -> Result<(u32, u64), LayoutError> {
    if lengths.is_empty() {
        return Err(LayoutError::NoItems);
    }
    if lengths.len() > MAX_ITEMS as usize {
        return Err(LayoutError::TooManyItems(lengths.len()));
    }
    let (mut chunks, mut bytes) = (0u128, 0u128);
    for (item, &length) in (0u32..).zip(lengths) {
        if length == 0 {
            return Err(LayoutError::EmptyItem(item));
        }
        bytes += u128::from(length);
        chunks += u128::from(length).div_ceil(u128::from(CHUNK_LEN));
        if chunks > u128::from(MAX_CHUNKS) {
            return Err(LayoutError::TooManyChunks);
        }
    }
    Ok((chunks.try_into().unwrap(), bytes.try_into().unwrap()))
}
