//! Mean colours of the parts of a mask: all that the gentler operators keep of it.

use crate::raster::Raster;
use crate::report::Rect;
use sha2::{Digest, Sha256};

/// Means of a mosaic are rounded to the middle of steps of this size: 16 levels a channel.
const STEP: i32 = 16;

/// The noise on a mean before that, either way: a whole step, so that a neighbouring level is as likely as the true one.
const NOISE: i32 = STEP;

/// Mean colours of `cells` x `cells` parts of a rectangle.
pub(super) struct Grid {
    cells: usize,
    width: u32,
    height: u32,
    means: Vec<[u8; 3]>,
}

impl Grid {
    pub fn of(raster: &Raster, rect: Rect, cells: usize) -> Self {
        let mut grid = Self {
            cells,
            width: rect.width,
            height: rect.height,
            means: Vec::new(),
        };
        let mut sums = vec![[0_u64; 4]; cells * cells];
        for y in 0..rect.height {
            for x in 0..rect.width {
                let at = 3 * ((rect.y + y) as usize * raster.width as usize + (rect.x + x) as usize);
                let sum = &mut sums[grid.index(x, y)];
                for (total, value) in sum.iter_mut().zip(&raster.rgb[at..at + 3]) {
                    *total += u64::from(*value);
                }
                sum[3] += 1;
            }
        }
        let mean = |[r, g, b, n]: [u64; 4]| [r, g, b].map(|v| (v / n.max(1)) as u8);
        grid.means = sums.into_iter().map(mean).collect();
        grid
    }

    /// Adds noise to every mean and rounds it. The noise is drawn from `seed` and from where the mask lies, so that two
    /// masks of one photo do not share it.
    pub fn disguised(mut self, seed: &[u8; 32], mask: Rect) -> Self {
        for (cell, mean) in self.means.iter_mut().enumerate() {
            let mut hash = Sha256::new()
                .chain_update(b"vouchsafe/mosaic/1")
                .chain_update(seed);
            for number in [mask.x, mask.y, mask.width, mask.height, cell as u32] {
                hash.update(number.to_le_bytes());
            }
            let drawn = hash.finalize();
            for (value, drawn) in mean.iter_mut().zip(drawn) {
                let noise = i32::from(drawn) * (2 * NOISE + 1) / 256 - NOISE;
                let noisy = (i32::from(*value) + noise).clamp(0, 255);
                *value = (noisy / STEP * STEP + STEP / 2) as u8;
            }
        }
        self
    }

    fn part(&self, at: u32, length: u32) -> usize {
        (at as usize * self.cells / length.max(1) as usize).min(self.cells - 1)
    }

    fn index(&self, x: u32, y: u32) -> usize {
        self.part(y, self.height) * self.cells + self.part(x, self.width)
    }

    /// The colour of the cell in which the place `x`, `y` of the mask lies.
    pub fn cell(&self, x: u32, y: u32) -> [u8; 3] {
        self.means[self.index(x, y)]
    }

    /// Bilinear between cell centres. Every cell must hold a pixel: one that holds none has no mean to blend with.
    pub fn smooth(&self, x: u32, y: u32) -> [u8; 3] {
        let (across, down) = (
            Between::at(x, self.width, self.cells),
            Between::at(y, self.height, self.cells),
        );
        std::array::from_fn(|c| across.blend(&down, |column, row| self.means[row * self.cells + column][c]))
    }
}

/// A place between the centres of two neighbouring cells, in fixed point so that every machine gets the same bytes.
pub(super) struct Between {
    low: usize,
    high: usize,
    /// How far from `low` to `high`, in 256ths.
    share: u64,
}

impl Between {
    /// Pixel `at` of `length` over which `cells` (above zero) are stretched.
    pub fn at(at: u32, length: u32, cells: usize) -> Self {
        let position = (2 * u64::from(at) + 1) * 128 * cells as u64 / u64::from(length.max(1));
        let position = position.saturating_sub(128).min(256 * (cells as u64 - 1));
        let low = (position / 256) as usize;
        Self {
            low,
            high: (low + 1).min(cells - 1),
            share: position % 256,
        }
    }

    /// Of the four cells around a place, given by column and row; `self` goes across.
    pub fn blend(&self, down: &Self, value: impl Fn(usize, usize) -> u8) -> u8 {
        let line = |row: usize| {
            let (left, right) = (value(self.low, row), value(self.high, row));
            u64::from(left) * (256 - self.share) + u64::from(right) * self.share
        };
        ((line(down.low) * (256 - down.share) + line(down.high) * down.share) >> 16) as u8
    }
}
