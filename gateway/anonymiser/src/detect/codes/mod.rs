//! QR codes, found by the three squares in their corners, at any angle. There is no net, and nothing is decoded: what a
//! code says never exists in memory, so that it cannot end up in a log.
//!
//! Sources: ISO/IEC 18004, section 6.3 (finder patterns; sides of 21 to 177 modules). Not found: codes of which a corner
//! is hidden, codes bent far out of a plane, Micro QR (one square), bar codes, Data Matrix and Aztec.
//!
//! Written here because the crates that read codes are made for one code in a picture of one's own: `rqrr` stops
//! the program on some photos (an assertion, its issue 54; 0.11 still has it) and copies the picture for each pair of
//! squares that it tries; `rxing` brings readers for a dozen other kinds.

mod bits;
mod group;
mod square;

use super::Detector;
use crate::error::AnonymiseError;
use crate::found::Found;
use crate::raster::Raster;
use bits::Bits;
use group::groups;
use square::Square;

/// More squares than this are not grouped: three of each would be tried. Those seen on the most rows stay.
const MOST: usize = 64;

/// The search for codes. Without a state: every look is like the first.
#[derive(Debug)]
pub(crate) struct Codes;

impl Detector for Codes {
    /// Squares show at any angle, so `turn` changes nothing. Scores say how well three squares fit: 0.4 to 1. Infallible.
    fn look(&mut self, view: &Raster, _turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        let luma = view.luma();
        let mut squares = Vec::new();
        let long = view.width.max(view.height) as usize;
        // Around each pixel: half of the picture, for codes that fill it, and a part, for shadows across a small one.
        for reach in [long / 4, (long / 24).max(16)] {
            let bits = Bits::of(luma.values(), view.width as usize, reach);
            square::collect(&bits, &mut squares);
        }
        // A square of two pixels a module has six rows in its middle.
        squares.retain(|square| square.rows >= 3);
        squares.sort_by_key(|square: &Square| std::cmp::Reverse(square.rows));
        squares.truncate(MOST);
        let mut groups = groups(&squares);
        groups.retain(|group| group.score > threshold);
        groups.sort_by(|a, b| b.score.total_cmp(&a.score));
        let width = view.width as usize;
        let mut used = vec![false; squares.len()];
        let mut found = Vec::new();
        for group in groups {
            if group.members.iter().any(|member| used[*member]) || !group.holds_a_code(luma.values(), width) {
                continue;
            }
            for member in group.members {
                used[member] = true;
            }
            found.push(group.found());
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
