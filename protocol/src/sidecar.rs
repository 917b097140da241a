//! The sidecar: everything beside the ciphertext that a buyer needs to recompute the content root.
//!
//! Wire format: `"VSC1" ‖ items: u32 ‖ items × length: u64 ‖ chunks × (H(ct) ‖ H(salt ‖ pt))`, numbers
//! little-endian. The number and the lengths of the chunks follow from the item lengths, so a chunk costs
//! 64 bytes, at most 0.1 % of a full one.

use crate::{
    chunk::{CHUNK_LEN, Layout, LayoutError, MAX_ITEMS},
    id::Digest,
    leaf::Leaf,
    tree::{self, Frontier},
};
use alloc::vec::Vec;
use core::fmt;

/// First bytes of every sidecar.
pub const MAGIC: [u8; 4] = *b"VSC1";

/// Item lengths and chunk commitments of one dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sidecar {
    layout: Layout,
    leaves: Vec<Leaf>,
}

/// Why bytes are not a sidecar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SidecarError {
    /// The first four bytes are not [`MAGIC`].
    Magic,
    /// Fewer or more bytes than the header announces.
    Length {
        /// Bytes that the header asks for; `None` if not even the header is whole.
        wanted: Option<u64>,
        /// Bytes there are.
        found: u64,
    },
    /// The item lengths have no layout.
    Layout(LayoutError),
    /// A leaf's length differs from the layout's; the chunk's index.
    LeafLength(u32),
    /// Number of leaves differs from the layout's chunks.
    LeafCount {
        /// Chunks of the layout.
        wanted: u32,
        /// Leaves given.
        found: usize,
    },
}

impl fmt::Display for SidecarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => write!(f, "not a sidecar: it does not start with VSC1"),
            Self::Length {
                wanted: Some(wanted),
                found,
            } => write!(f, "{found} bytes, expected {wanted}"),
            Self::Length { wanted: None, found } => write!(f, "{found} bytes are no whole header"),
            Self::Layout(error) => write!(f, "item lengths: {error}"),
            Self::LeafLength(chunk) => write!(f, "chunk {chunk} has another length than its item says"),
            Self::LeafCount { wanted, found } => write!(f, "{found} leaves for {wanted} chunks"),
        }
    }
}

impl core::error::Error for SidecarError {}

impl Sidecar {
    /// Puts `layout` and its `leaves` together.
    ///
    /// # Errors
    /// Another number of leaves than chunks, or a leaf whose length is not that of its chunk.
    pub fn new(layout: Layout, leaves: Vec<Leaf>) -> Result<Self, SidecarError> {
        if leaves.len() != layout.chunks() as usize {
            return Err(SidecarError::LeafCount {
                wanted: layout.chunks(),
                found: leaves.len(),
            });
        }
        for (index, leaf) in (0u32..).zip(&leaves) {
            if layout.chunk(index).is_none_or(|place| place.len != leaf.len) {
                return Err(SidecarError::LeafLength(index));
            }
        }
        Ok(Self { layout, leaves })
    }

    /// How the items are cut.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// One leaf per chunk, in order.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The content root.
    pub fn root(&self) -> Digest {
        let mut frontier = Frontier::default();
        frontier.extend((0u32..).zip(&self.leaves).map(|(index, leaf)| leaf.hash(index)));
        // A layout has at least one chunk, so the default is never taken.
        frontier.root().unwrap_or_default()
    }

    /// The audit path of chunk `index` under [`Self::root`], from the leaf upwards; `None` beyond the last chunk.
    pub fn path(&self, index: u32) -> Option<Vec<Digest>> {
        let hashes: Vec<Digest> = (0u32..)
            .zip(&self.leaves)
            .map(|(index, leaf)| leaf.hash(index))
            .collect();
        tree::path(&hashes, u64::from(index))
    }

    /// Bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::from(MAGIC);
        bytes.extend(self.layout.items().to_le_bytes());
        self.layout
            .item_lengths()
            .for_each(|len| bytes.extend(len.to_le_bytes()));
        for leaf in &self.leaves {
            bytes.extend(leaf.ciphertext.0);
            bytes.extend(leaf.commitment.0);
        }
        bytes
    }

    /// Largest sidecar of a dataset with `chunks` chunks and `items` items, bytes: a cap for whoever downloads.
    pub fn encoded_len(items: u32, chunks: u32) -> u64 {
        8 + 8 * u64::from(items) + 64 * u64::from(chunks)
    }

    /// Reads a sidecar. Nothing is allocated before the length of `bytes` is known to fit the header.
    ///
    /// # Errors
    /// See [`SidecarError`]; trailing bytes are refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, SidecarError> {
        let found = bytes.len() as u64;
        let no_header = SidecarError::Length { wanted: None, found };
        let (magic, rest) = bytes.split_first_chunk::<4>().ok_or(no_header)?;
        if *magic != MAGIC {
            return Err(SidecarError::Magic);
        }
        let (items, rest) = rest.split_first_chunk::<4>().ok_or(no_header)?;
        let items = u32::from_le_bytes(*items);
        if items > MAX_ITEMS {
            return Err(SidecarError::Layout(LayoutError::TooManyItems(items as usize)));
        }
        let (lengths, body) = rest.split_at_checked(items as usize * 8).ok_or(no_header)?;
        let lengths: Vec<u64> = lengths
            .as_chunks::<8>()
            .0
            .iter()
            .map(|len| u64::from_le_bytes(*len))
            .collect();
        let layout = Layout::new(&lengths).map_err(SidecarError::Layout)?;
        let wanted = Self::encoded_len(items, layout.chunks());
        if wanted != found {
            return Err(SidecarError::Length {
                wanted: Some(wanted),
                found,
            });
        }
        let mut leaves = Vec::with_capacity(layout.chunks() as usize);
        for (index, pair) in (0u32..).zip(body.as_chunks::<64>().0) {
            let len = layout.chunk(index).map_or(CHUNK_LEN, |place| place.len);
            let (mut ciphertext, mut commitment) = (Digest::default(), Digest::default());
            ciphertext.0.copy_from_slice(&pair[..32]);
            commitment.0.copy_from_slice(&pair[32..]);
            leaves.push(Leaf {
                len,
                ciphertext,
                commitment,
            });
        }
        Self::new(layout, leaves)
    }
}
