//! A part of the photo in cells of several pixels: what fills are made from, and what they are.

use super::PixelSet;
use crate::raster::Raster;
use crate::report::Rect;

/// One value of `N` numbers a cell, row by row. Colours are red, green, blue, 0 to 255.
pub(super) struct Cells<const N: usize> {
    pub width: usize,
    pub height: usize,
    pub values: Vec<[f32; N]>,
}

impl Cells<4> {
    /// Of each `side` x `side` pixels of `window`, which lies within the picture: the sum of the known colours over the
    /// number of all pixels, and the share of known ones. Beyond the window nothing is known. `side` is above zero.
    pub fn known(raster: &Raster, window: Rect, unknown: &PixelSet, side: u32) -> Self {
        let cells = |length: u32| length.div_ceil(side) as usize;
        let (width, height) = (cells(window.width), cells(window.height));
        let (side, pixels) = (side as usize, (u64::from(side) * u64::from(side)) as f32);
        let mut sums = vec![[0_u32; 4]; width];
        let mut values = Vec::with_capacity(width * height);
        for row in 0..height {
            sums.fill([0; 4]);
            for y in row * side..((row + 1) * side).min(window.height as usize) {
                let start = (window.y as usize + y) * raster.width as usize + window.x as usize;
                for x in 0..window.width as usize {
                    if unknown.has(start + x) {
                        continue;
                    }
                    let pixel = &raster.rgb[3 * (start + x)..3 * (start + x) + 3];
                    let sum = &mut sums[x / side];
                    for (sum, value) in sum.iter_mut().zip(pixel) {
                        *sum += u32::from(*value);
                    }
                    sum[3] += 1;
                }
            }
            values.extend(sums.iter().map(|sum| sum.map(|sum| sum as f32 / pixels)));
        }
        Self {
            width,
            height,
            values,
        }
    }
}

impl Cells<3> {
    /// The colour at a place: bilinear between the middles of the cells around it.
    pub fn blend(&self, across: &Between, down: &Between) -> [f32; 3] {
        let line = |row: usize| {
            let (low, high) = (
                self.values[row * self.width + across.low],
                self.values[row * self.width + across.high],
            );
            std::array::from_fn::<_, 3, _>(|n| low[n] * (1.0 - across.share) + high[n] * across.share)
        };
        let (above, below) = (line(down.low), line(down.high));
        std::array::from_fn(|n| above[n] * (1.0 - down.share) + below[n] * down.share)
    }
}

/// A place between the middles of two neighbouring cells.
pub(super) struct Between {
    low: usize,
    high: usize,
    /// How far from `low` to `high`, 0 (inclusive) to 1 (exclusive).
    share: f32,
}

impl Between {
    /// The middle of the piece `at`, of which `side` go along one of the `cells`. Beyond the middles of the first and the
    /// last cell their values hold.
    pub fn at(at: usize, side: usize, cells: usize) -> Self {
        let Some(from) = (2 * at + 1).checked_sub(side) else {
            return Self {
                low: 0,
                high: 0,
                share: 0.0,
            };
        };
        let low = (from / (2 * side)).min(cells - 1);
        Self {
            low,
            high: (low + 1).min(cells - 1),
            share: (from % (2 * side)) as f32 / (2 * side) as f32,
        }
    }
}

/// The fill of one hole.
pub(super) struct Colours {
    /// The part of the picture that the cells cover.
    pub window: Rect,
    /// Side of a cell, pixels.
    pub side: u32,
    pub cells: Cells<3>,
}

impl Colours {
    /// The colour at the place `x`, `y` of the picture, in the window.
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        // `as` saturates; values of a fill are within a byte's bounds anyhow.
        self.value(x, y).map(|value| (value + 0.5) as u8)
    }

    /// [`Self::at`] before it is rounded.
    pub fn value(&self, x: u32, y: u32) -> [f32; 3] {
        let (x, y) = ((x - self.window.x) as usize, (y - self.window.y) as usize);
        let across = Between::at(x, self.side as usize, self.cells.width);
        let down = Between::at(y, self.side as usize, self.cells.height);
        self.cells.blend(&across, &down)
    }
}
