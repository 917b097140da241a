//! One item, shown to lie under a content root without any key.

use super::OpenedChunk;
use crate::{
    chunk::{CHUNK_LEN, Layout, MAX_CHUNKS},
    key::{ContentSecret, commit},
    leaf::Leaf,
    record::Content,
    sidecar::Sidecar,
    tree,
};
use alloc::{vec, vec::Vec};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::{fmt, ops::Range};

/// The opened chunks of one item, in order.
///
/// The salts come from the content secret by a one-way function each, so an opening gives away no key and nothing of any
/// other chunk. It does let whoever has the item's bytes make sure that they are the right ones.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The item, from 0: the contents document, then the files in its order.
    pub item: u32,
    /// All of its chunks.
    pub chunks: BoundedVec<OpenedChunk, ConstU32<MAX_CHUNKS>>,
}

/// Why an item is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpeningError {
    /// The items' lengths do not make the record's chunks and bytes.
    Layout,
    /// The content has no such item.
    NoSuchItem(u32),
    /// The item has another length.
    Length {
        /// Bytes that it has.
        wanted: u64,
        /// Bytes that were brought.
        found: u64,
    },
    /// The item has another number of chunks.
    Chunks {
        /// Chunks that it has.
        wanted: u32,
        /// Chunks that are opened.
        found: u32,
    },
    /// This chunk of the content does not lie under the root with these bytes, this salt and this path.
    NotUnderRoot(u32),
}

impl fmt::Display for OpeningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layout => f.write_str("the lengths of the items do not make up the record's content"),
            Self::NoSuchItem(item) => write!(f, "the content has no item {item}"),
            Self::Length { wanted, found } => write!(f, "{found} bytes, the item has {wanted}"),
            Self::Chunks { wanted, found } => write!(f, "{found} chunks opened, the item has {wanted}"),
            Self::NotUnderRoot(chunk) => {
                write!(f, "chunk {chunk} is not under the record's root with these bytes")
            }
        }
    }
}

impl core::error::Error for OpeningError {}

impl Opening {
    /// Opens item `item` of the content that `secret` sealed; `None` if it has no such item.
    pub fn build(secret: &ContentSecret, sidecar: &Sidecar, item: u32) -> Option<Self> {
        let hashes: Vec<_> = (0u32..)
            .zip(sidecar.leaves())
            .map(|(index, leaf)| leaf.hash(index))
            .collect();
        let mut chunks = Vec::new();
        for index in sidecar.layout().item(item)? {
            chunks.push(OpenedChunk {
                salt: secret.salt(index),
                ciphertext: sidecar.leaves().get(usize::try_from(index).ok()?)?.ciphertext,
                path: tree::path(&hashes, u64::from(index))?.try_into().ok()?,
            });
        }
        let chunks = chunks.try_into().ok()?;
        Some(Self { item, chunks })
    }

    /// Whether this opens an item of `content`, whose items are cut as `layout` says, chunk by chunk: gives the item's
    /// chunks and its length in bytes. Whether they are the right ones, the item's bytes decide.
    ///
    /// # Errors
    /// [`OpeningError::Layout`], [`OpeningError::NoSuchItem`] or [`OpeningError::Chunks`].
    pub fn shape(&self, content: &Content, layout: &Layout) -> Result<(Range<u32>, u64), OpeningError> {
        if (layout.chunks(), layout.bytes()) != (content.chunks, content.bytes) {
            return Err(OpeningError::Layout);
        }
        let no_item = OpeningError::NoSuchItem(self.item);
        let range = layout.item(self.item).ok_or(no_item)?;
        let span = layout.item_bytes(self.item).ok_or(no_item)?;
        // At most 2^20 chunks on either side.
        let (wanted, found) = (range.len() as u32, self.chunks.len() as u32);
        if wanted != found {
            return Err(OpeningError::Chunks { wanted, found });
        }
        Ok((range, span.end.saturating_sub(span.start)))
    }

    /// Whether `bytes` are this item of `content`, whose items are cut as `layout` says. Total.
    ///
    /// # Errors
    /// See [`OpeningError`].
    pub fn verify(&self, content: &Content, layout: &Layout, bytes: &[u8]) -> Result<(), OpeningError> {
        let mut rest = bytes;
        let fill = |chunk: &mut [u8]| -> Result<(), OpeningError> {
            let no_chunk = OpeningError::NoSuchItem(self.item);
            let (next, after) = rest.split_at_checked(chunk.len()).ok_or(no_chunk)?;
            chunk.copy_from_slice(next);
            rest = after;
            Ok(())
        };
        self.verify_from(content, layout, bytes.len() as u64, fill)
    }

    /// As [`Self::verify`], of `length` bytes that `fill` gives chunk by chunk: it must fill all that it is handed, and
    /// is not called before the length is known to be the item's.
    ///
    /// # Errors
    /// See [`OpeningError`], and whatever `fill` fails with.
    pub fn verify_from<E: From<OpeningError>>(
        &self,
        content: &Content,
        layout: &Layout,
        length: u64,
        mut fill: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (range, wanted) = self.shape(content, layout)?;
        if wanted != length {
            let found = length;
            return Err(OpeningError::Length { wanted, found }.into());
        }
        let mut chunk = vec![0; CHUNK_LEN as usize];
        for (index, opened) in range.zip(&self.chunks) {
            let len = layout.chunk(index).map_or(0, |place| place.len);
            let bytes = chunk
                .get_mut(..len as usize)
                .ok_or(OpeningError::NoSuchItem(self.item))?;
            fill(bytes)?;
            let leaf = Leaf {
                len,
                ciphertext: opened.ciphertext,
                commitment: commit(&opened.salt, bytes),
            };
            let (place, count) = (u64::from(index), u64::from(content.chunks));
            if !tree::verify(&content.root, &leaf.hash(index), place, count, &opened.path) {
                return Err(OpeningError::NotUnderRoot(index).into());
            }
        }
        Ok(())
    }
}
