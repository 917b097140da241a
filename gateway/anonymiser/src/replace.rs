//! Masks, and what is painted into them.

use crate::found::Found;
use crate::policy::Operator;
use crate::raster::Raster;
use crate::report::Rect;

/// The box of `face` grown by `margin` of its size on each side, in whole pixels, cut to the picture.
/// `None` when nothing of it is inside.
pub(crate) fn grow(face: &Found, margin: f32, raster: &Raster) -> Option<Rect> {
    let (dx, dy) = ((face.x1 - face.x0) * margin, (face.y1 - face.y0) * margin);
    // `as` saturates, so boxes far outside end at the border.
    let x0 = (face.x0 - dx).floor().max(0.0) as u32;
    let y0 = (face.y0 - dy).floor().max(0.0) as u32;
    let x1 = ((face.x1 + dx).ceil().max(0.0) as u32).min(raster.width);
    let y1 = ((face.y1 + dy).ceil().max(0.0) as u32).min(raster.height);
    (x0 < x1 && y0 < y1).then(|| Rect {
        x: x0,
        y: y0,
        width: x1 - x0,
        height: y1 - y0,
    })
}

/// Replaces the pixels in `rect`, which must lie within the picture.
pub(crate) fn paint(raster: &mut Raster, rect: Rect, operator: Operator) {
    match operator {
        Operator::Solid { rgb } => fill(raster, rect, |_, _| rgb),
        Operator::Mosaic { cells } => {
            let grid = Grid::of(raster, rect, usize::from(cells.max(1)));
            fill(raster, rect, |x, y| grid.cell(x, y));
        }
        Operator::Blur => {
            let grid = Grid::of(raster, rect, 4);
            fill(raster, rect, |x, y| grid.smooth(x, y));
        }
    }
}

fn fill(raster: &mut Raster, rect: Rect, colour: impl Fn(u32, u32) -> [u8; 3]) {
    let width = raster.width as usize;
    for y in 0..rect.height {
        let start = 3 * ((rect.y + y) as usize * width + rect.x as usize);
        let row = &mut raster.rgb[start..start + 3 * rect.width as usize];
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            pixel.copy_from_slice(&colour(x as u32, y));
        }
    }
}

/// Mean colours of `cells` x `cells` parts of a rectangle: all that the gentler operators keep of it.
struct Grid {
    cells: usize,
    width: u32,
    height: u32,
    means: Vec<[u8; 3]>,
}

impl Grid {
    fn of(raster: &Raster, rect: Rect, cells: usize) -> Self {
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

    fn cell(&self, x: u32, y: u32) -> [u8; 3] {
        self.means[self.index(x, y)]
    }

    /// Bilinear between cell centres, in fixed point so that every machine gets the same bytes.
    fn smooth(&self, x: u32, y: u32) -> [u8; 3] {
        // A cell that holds no pixel (a rectangle narrower than the grid) has no mean to blend with.
        if (self.width as usize) < self.cells || (self.height as usize) < self.cells {
            return self.cell(x, y);
        }
        let place = |at: u32, length: u32| {
            let position = (2 * u64::from(at) + 1) * 128 * self.cells as u64 / u64::from(length);
            let position = position.saturating_sub(128).min(256 * (self.cells as u64 - 1));
            ((position / 256) as usize, position % 256)
        };
        let ((column, fx), (row, fy)) = (place(x, self.width), place(y, self.height));
        let (right, below) = ((column + 1).min(self.cells - 1), (row + 1).min(self.cells - 1));
        let mean = |row: usize, column: usize, channel: usize| {
            u64::from(self.means[row * self.cells + column][channel])
        };
        std::array::from_fn(|c| {
            let top = mean(row, column, c) * (256 - fx) + mean(row, right, c) * fx;
            let bottom = mean(below, column, c) * (256 - fx) + mean(below, right, c) * fx;
            ((top * (256 - fy) + bottom * fy) >> 16) as u8
        })
    }
}
