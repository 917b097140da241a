//! Mean colours of the parts of a mask: all that the gentler operators take from it.

use crate::raster::Raster;
use crate::report::Rect;

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
