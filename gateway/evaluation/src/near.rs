//! Near-duplicates: inside one set, and against what was listed before.

use std::collections::VecDeque;

use crate::keyed::{HashKey, KeyedHash, RADIUS};
use crate::sketch::Sketch;

/// Most entries of an [`Index`] and most items of a set: 40 bytes each. Inclusive.
pub const MAX_ENTRIES: usize = 1 << 20;

/// An item that looks like the one asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// As it was named when it was entered.
    pub item: u64,
    /// Bits, 0 to [`RADIUS`] inclusive.
    pub distance: u32,
}

/// Hashes of one key with the names of their items, oldest first; the oldest makes room when it is full.
///
/// A search looks at every entry: at a quarter of all bits no index over parts of the hash can leave out much (Norouzi et
/// al. 2012), and a million entries take milliseconds.
#[derive(Clone, Debug)]
pub struct Index {
    entries: VecDeque<(KeyedHash, u64)>,
    capacity: usize,
    forgotten: u64,
}

impl Index {
    /// Room for `capacity` entries, at most [`MAX_ENTRIES`].
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            capacity: capacity.min(MAX_ENTRIES),
            forgotten: 0,
        }
    }

    /// Enters a hash under the name of its item, and gives back the oldest entry when there was no room.
    pub fn enter(&mut self, hash: KeyedHash, item: u64) -> Option<(KeyedHash, u64)> {
        self.entries.push_back((hash, item));
        if self.entries.len() <= self.capacity {
            return None;
        }
        self.forgotten = self.forgotten.saturating_add(1);
        self.entries.pop_front()
    }

    /// The closest entry within [`RADIUS`] of any of `hashes`, the oldest of several.
    pub fn nearest(&self, hashes: &[KeyedHash]) -> Option<Near> {
        (self.entries.iter())
            .filter_map(|(entered, item)| {
                let distance = hashes.iter().map(|hash| hash.distance(entered)).min()?;
                (distance <= RADIUS).then_some(Near {
                    item: *item,
                    distance,
                })
            })
            .min_by_key(|near| near.distance)
    }

    /// Oldest first: what a gateway keeps.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &(KeyedHash, u64)> {
        self.entries.iter()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many entries had to make room: what was listed before them is not known any more.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

/// How much of a set repeats itself, and how much of it was listed before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repeats {
    pub items: u64,
    /// Too flat to be compared.
    pub flat: u64,
    /// Like an earlier item of the set.
    pub inside: u64,
    /// Like an item of an earlier listing; `None` where no index was at hand.
    pub earlier: Option<u64>,
}

/// Compares each item with those before it under the public key, so that anybody who holds the items finds the same, and
/// with `earlier` listings under the gateway's own key. `None` in `sketches` is a flat picture. At most [`MAX_ENTRIES`]
/// items can be compared inside the set; those beyond only with the last so many.
pub fn repeats(sketches: &[Option<Sketch>], earlier: Option<(&HashKey, &Index)>) -> Repeats {
    let public = HashKey::public();
    let mut seen = Index::new(MAX_ENTRIES);
    let mut repeats = Repeats {
        items: sketches.len() as u64,
        earlier: earlier.map(|_| 0),
        ..Repeats::default()
    };
    for (item, sketch) in (0..).zip(sketches) {
        let Some(sketch) = sketch else {
            repeats.flat += 1;
            continue;
        };
        let hashes = public.hashes(sketch);
        repeats.inside += u64::from(seen.nearest(&hashes).is_some());
        seen.enter(hashes[0], item);
        if let (Some((key, index)), Some(count)) = (earlier, &mut repeats.earlier) {
            *count += u64::from(index.nearest(&key.hashes(sketch)).is_some());
        }
    }
    repeats
}

#[cfg(test)]
#[path = "near_tests.rs"]
mod tests;
