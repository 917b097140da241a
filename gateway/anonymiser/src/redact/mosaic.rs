//! A pattern of greys for a look of coarse pixels, which tells next to nothing about what it hides.
//!
//! **Why so little.** A mosaic of means is recognised by whoever holds another mosaic of the same photo, from the same
//! gateway even: noise of its own in every cell averages out over the cells, and a grid that is stretched over the mask
//! shows the shape of the box that was found (both measured: docs/anonymiser.md). To pick one of n faces no more than
//! twice as often as blind guessing does, one bit must be all that a mosaic tells. So its greys are drawn, and so are the
//! borders of its cells and how many there are: cells that grow with the mask would show how large it is, which is told from a
//! part of it. One tone, of four, is all that is taken from the picture, and that by randomised response
//! (Warner 1965, doi:10.1080/01621459.1965.10480775): one draw in five tells the true tone, the others any of the four.
//!
//! **What that gives.** A tone comes up in two of five cases over a face that has it and in one of five over any other
//! face, so no mosaic is more than twice as likely over one face than over another (local differential privacy with
//! epsilon = ln 2), whatever its number of cells. By Bayes' rule nobody who looks at it picks the right one of n faces,
//! each as likely before, in more than two of n cases, whether he compares it with the faces themselves or with other
//! mosaics of them. Masks that overlap are [`joined`], so that a face has one mosaic over it and not several. The factor
//! holds for each release of other bytes: who gathers k of them has two to the power of k.
//!
//! **What it does not cover**: where masks lie and how large they are, which every operator shows; and who knows the
//! seed, or all that it is made of, can tell what was drawn.

use super::Area;
use super::grid::Grid;
use crate::policy::Operator;
use crate::raster::Raster;
use crate::report::Rect;
use sha2::{Digest, Sha256};

/// Greys, darkest first; each stands for as many of the 256 brightnesses as the others.
const TONES: [u8; 4] = [56, 104, 152, 200];

/// A cell is lighter or darker than the tone by at most this many [`STEP`]s.
const STEPS: u8 = 2;
const STEP: u8 = 16;

/// The mosaic of one mask.
pub(super) struct Mosaic {
    /// Where a cell ends and the next one begins, ascending, in pixels of the mask; some may be the same.
    across: Vec<u32>,
    down: Vec<u32>,
    /// Row by row.
    greys: Vec<u8>,
}

impl Mosaic {
    /// As many rows and as many columns of cells as are drawn, each from 1 to `cells`, for `mask`, which must lie within the picture. The tone is that of the pixels
    /// which are there by now.
    pub fn new(raster: &Raster, mask: Rect, cells: u8, seed: &[u8; 32]) -> Self {
        let mut draws = Draws::new(seed, mask);
        let tone = TONES[told(tone(raster, mask), draws.below(TONES.len() as u64 + 1))];
        let mut borders = |length: u32| {
            // Below a `u32`, so it is one.
            let mut borders: Vec<_> = (0..draws.below(cells.max(1).into()))
                .map(|_| draws.below(length.max(1).into()) as u32)
                .collect();
            borders.sort_unstable();
            borders
        };
        let (across, down) = (borders(mask.width), borders(mask.height));
        let greys = (0..(across.len() + 1) * (down.len() + 1))
            .map(|_| tone - STEPS * STEP + draws.below(u64::from(2 * STEPS) + 1) as u8 * STEP)
            .collect();
        Self { across, down, greys }
    }

    /// The colour at the place `x`, `y` of the mask.
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let column = self.across.partition_point(|border| *border <= x);
        let row = self.down.partition_point(|border| *border <= y);
        [self.greys[row * (self.across.len() + 1) + column]; 3]
    }
}

/// Which of [`TONES`] the mask has.
fn tone(raster: &Raster, mask: Rect) -> usize {
    let [red, green, blue] = Grid::of(raster, mask, 1).cell(0, 0).map(usize::from);
    // Rec. 601 luma, 0 to 255.
    ((77 * red + 150 * green + 29 * blue) >> 8) * TONES.len() / 256
}

/// Which of [`TONES`] is told where `truth` is the right one and `drawn` came up of one number more than there are tones.
fn told(truth: usize, drawn: u64) -> usize {
    usize::try_from(drawn)
        .ok()
        .filter(|tone| *tone < TONES.len())
        .unwrap_or(truth)
}

/// Numbers that nobody can tell without the seed. They differ with the place too, so that two masks of one photo share
/// nothing.
struct Draws {
    start: Sha256,
    count: u64,
}

impl Draws {
    fn new(seed: &[u8; 32], mask: Rect) -> Self {
        let mut start = Sha256::new()
            .chain_update(b"vouchsafe/mosaic/3")
            .chain_update(seed);
        for side in [mask.x, mask.y, mask.width, mask.height] {
            start.update(side.to_le_bytes());
        }
        Self { start, count: 0 }
    }

    /// The next one, below `limit`, which is not 0. The numbers are equally likely up to 1 in 2^31 for any `u32`.
    fn below(&mut self, limit: u64) -> u64 {
        let hash = (self.start.clone())
            .chain_update(self.count.to_le_bytes())
            .finalize();
        self.count += 1;
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash);
        u64::from_le_bytes([a, b, c, d, e, f, g, h]) % limit
    }
}

/// `areas` with overlapping mosaics of the same kind made one, over the smallest rectangle around them; what is painted
/// stays. Masks of mosaics of one kind are disjoint afterwards, the same in whatever order they came.
pub(super) fn joined<'a>(areas: &[Area<'a>]) -> Vec<Area<'a>> {
    let mut joined: Vec<Area> = Vec::new();
    for area in areas {
        let mut area = area.clone();
        let is_mosaic = matches!(area.operator, Operator::Mosaic { .. });
        while let Some(place) = (joined.iter())
            .position(|other| is_mosaic && other.operator == area.operator && overlap(other.mask, area.mask))
        {
            let other = joined.swap_remove(place);
            area.mask = other.mask.around(area.mask);
            area.parts.extend(other.parts);
        }
        joined.push(area);
    }
    joined
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: Rect = Rect {
        x: 3,
        y: 5,
        width: 40,
        height: 50,
    };

    fn grey(value: u8) -> Raster {
        Raster {
            width: 60,
            height: 60,
            rgb: vec![value; 3 * 60 * 60],
        }
    }

    #[test]
    fn every_fourth_of_the_brightnesses_has_a_tone() {
        let tones = [0, 63, 64, 127, 128, 191, 192, 255].map(|value| tone(&grey(value), MASK));
        assert_eq!(tones, [0, 0, 1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn over_any_face_each_tone_is_told_once_in_five_draws_and_the_true_one_twice() {
        for truth in 0..4 {
            let mut times = [0; 4];
            for number in 0..5 {
                times[told(truth, number)] += 1;
            }
            let mut expected = [1; 4];
            expected[truth] = 2;
            assert_eq!(times, expected);
        }
    }

    #[test]
    fn draws_fall_evenly_on_the_five_cases() {
        let mut times = [0_u32; 5];
        let mut draws = Draws::new(&[9; 32], MASK);
        for _ in 0..5000 {
            times[draws.below(5) as usize] += 1;
        }
        // Five standard deviations of a binomial draw: 5 * sqrt(5000 * 0.2 * 0.8).
        assert!(times.iter().all(|count| count.abs_diff(1000) < 142), "{times:?}");
    }

    #[test]
    fn faces_of_every_brightness_give_the_same_mosaics_for_most_seeds() {
        let mosaic_of = |value: u8, seed: u8| {
            let mosaic = Mosaic::new(&grey(value), MASK, 6, &[seed; 32]);
            (0..MASK.height)
                .flat_map(|y| (0..MASK.width).map(move |x| (x, y)))
                .map(|(x, y)| mosaic.at(x, y))
                .collect::<Vec<_>>()
        };
        let same = (0..=255)
            .filter(|seed| mosaic_of(10, *seed) == mosaic_of(240, *seed))
            .count();
        // Four of five, 204.8 of 256, and five standard deviations of 6.4 either way.
        assert!((173..=236).contains(&same), "{same} of 256");
    }

    #[test]
    fn numbers_of_rows_and_columns_are_drawn_whatever_the_size_of_the_mask() {
        let small = Rect {
            width: 9,
            height: 12,
            ..MASK
        };
        for mask in [MASK, small] {
            let mut times = [0_u32; 6];
            for seed in 0..=255 {
                let mosaic = Mosaic::new(&grey(100), mask, 6, &[seed; 32]);
                times[mosaic.across.len()] += 1;
                times[mosaic.down.len()] += 1;
            }
            // 512 draws of six numbers, and five standard deviations of 8.4 either way.
            assert!(times.iter().all(|count| (43..=128).contains(count)), "{times:?}");
        }
    }

    #[test]
    fn borders_of_cells_differ_from_mask_to_mask() {
        let photo = grey(100);
        let right = Rect {
            x: MASK.x + 1,
            ..MASK
        };
        let (one, other) = (
            Mosaic::new(&photo, MASK, 6, &[1; 32]),
            Mosaic::new(&photo, right, 6, &[1; 32]),
        );
        assert_ne!(one.across, other.across);
        assert_ne!(one.down, other.down);
    }

    #[test]
    fn mosaics_that_overlap_become_one_and_others_stay() {
        let rect = |x, y, width, height| Rect { x, y, width, height };
        let mosaic = Operator::Mosaic { cells: 6 };
        let areas = [
            Area::whole(rect(0, 0, 10, 10), mosaic),
            Area::whole(rect(30, 0, 10, 10), mosaic),
            Area::whole(rect(8, 0, 24, 4), mosaic),
            Area::whole(rect(0, 10, 10, 10), mosaic),
            Area::whole(rect(0, 0, 10, 10), Operator::Mosaic { cells: 2 }),
            Area::whole(rect(0, 0, 10, 10), Operator::Blur),
        ];
        let masks_and_parts = |areas: &[Area]| {
            let mut all: Vec<_> = (joined(areas).iter())
                .map(|area| (area.operator.name(), format!("{:?}", area.mask), area.parts.len()))
                .collect();
            all.sort();
            all
        };
        let expected = masks_and_parts(&areas);
        let sizes: Vec<_> = expected.iter().map(|(name, _, parts)| (*name, *parts)).collect();
        assert_eq!(sizes, [("blur", 1), ("mosaic", 1), ("mosaic", 3), ("mosaic", 1)]);
        assert_eq!(expected[2].1, format!("{:?}", rect(0, 0, 40, 10)));
        for turn in 1..areas.len() {
            let mut turned = areas.clone();
            turned.rotate_left(turn);
            assert_eq!(masks_and_parts(&turned), expected);
        }
    }
}
