//! How a dataset's items are cut into chunks.
//!
//! Every item (one photo, one row group, one segment) starts on a chunk boundary, so that one item can be
//! opened, proven or disputed without touching its neighbours. All chunks of an item are [`CHUNK_LEN`] bytes
//! long but the last, which holds the rest. The ciphertext is the chunks in order, with nothing between them.

use alloc::vec::Vec;
use core::{fmt, ops::Range};

/// Longest chunk, bytes.
pub const CHUNK_LEN: u32 = 65_536;
/// Most chunks in one dataset (64 GiB of content).
pub const MAX_CHUNKS: u32 = 1 << 20;
/// Most items in one dataset: 10,000 files and the contents document.
pub const MAX_ITEMS: u32 = 10_001;

/// Where one chunk lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Item that the chunk belongs to, from 0.
    pub item: u32,
    /// First byte of the chunk in the ciphertext.
    pub offset: u64,
    /// Bytes in the chunk, 1 to [`CHUNK_LEN`].
    pub len: u32,
}

/// Why a list of item lengths has no layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutError {
    /// No item at all.
    NoItems,
    /// More than [`MAX_ITEMS`] items.
    TooManyItems(usize),
    /// An item of no bytes; its position, from 0.
    EmptyItem(u32),
    /// More than [`MAX_CHUNKS`] chunks.
    TooManyChunks,
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoItems => write!(f, "a dataset needs at least one item"),
            Self::TooManyItems(found) => write!(f, "{found} items, at most {MAX_ITEMS} fit one dataset"),
            Self::EmptyItem(item) => write!(f, "item {item} has no bytes"),
            Self::TooManyChunks => write!(f, "more than {MAX_CHUNKS} chunks of {CHUNK_LEN} bytes"),
        }
    }
}

impl core::error::Error for LayoutError {}

/// The cut of a whole dataset, from the lengths of its items alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Per item: its first chunk, its first byte, its length in bytes. Sorted by construction.
    items: Vec<(u32, u64, u64)>,
    chunks: u32,
    bytes: u64,
}

impl Layout {
    /// Cuts items of `item_lengths` bytes, in order.
    ///
    /// # Errors
    /// No item, an empty item, or more than [`MAX_ITEMS`] items or [`MAX_CHUNKS`] chunks.
    pub fn new(item_lengths: &[u64]) -> Result<Self, LayoutError> {
        if item_lengths.is_empty() {
            return Err(LayoutError::NoItems);
        }
        if item_lengths.len() > MAX_ITEMS as usize {
            return Err(LayoutError::TooManyItems(item_lengths.len()));
        }
        let mut items = Vec::with_capacity(item_lengths.len());
        let (mut chunks, mut bytes) = (0u32, 0u64);
        for (item, &len) in item_lengths.iter().enumerate() {
            if len == 0 {
                // The number of items was checked above, so the position fits.
                return Err(LayoutError::EmptyItem(item as u32));
            }
            items.push((chunks, bytes, len));
            let more = u32::try_from(len.div_ceil(u64::from(CHUNK_LEN))).ok();
            chunks = more
                .and_then(|more| chunks.checked_add(more))
                .filter(|&sum| sum <= MAX_CHUNKS)
                .ok_or(LayoutError::TooManyChunks)?;
            // At most 2^20 chunks of 2^16 bytes: far below u64.
            bytes = bytes.saturating_add(len);
        }
        Ok(Self { items, chunks, bytes })
    }

    /// Number of chunks, 1 to [`MAX_CHUNKS`].
    pub fn chunks(&self) -> u32 {
        self.chunks
    }

    /// Number of items, 1 to [`MAX_ITEMS`].
    pub fn items(&self) -> u32 {
        self.items.len() as u32
    }

    /// Length of the ciphertext, which is also that of the plaintext.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lengths of the items, bytes, in order.
    pub fn item_lengths(&self) -> impl Iterator<Item = u64> + '_ {
        self.items.iter().map(|&(_, _, len)| len)
    }

    /// Where chunk `index` lies; `None` beyond the last one.
    pub fn chunk(&self, index: u32) -> Option<Place> {
        if index >= self.chunks {
            return None;
        }
        let item = self
            .items
            .partition_point(|&(first, _, _)| first <= index)
            .checked_sub(1)?;
        let &(first, start, len) = self.items.get(item)?;
        let within = u64::from(index.checked_sub(first)?).checked_mul(u64::from(CHUNK_LEN))?;
        let rest = len.checked_sub(within)?.min(u64::from(CHUNK_LEN));
        Some(Place {
            item: item as u32,
            offset: start.checked_add(within)?,
            len: rest as u32,
        })
    }

    /// Chunks of item `item`, end exclusive; `None` beyond the last item.
    pub fn item(&self, item: u32) -> Option<Range<u32>> {
        let &(first, _, _) = self.items.get(item as usize)?;
        let next = self
            .items
            .get((item as usize).saturating_add(1))
            .map_or(self.chunks, |&(next, _, _)| next);
        Some(first..next)
    }

    /// Bytes of item `item` in the ciphertext, end exclusive; `None` beyond the last item.
    pub fn item_bytes(&self, item: u32) -> Option<Range<u64>> {
        let &(_, start, len) = self.items.get(item as usize)?;
        Some(start..start.saturating_add(len))
    }
}
