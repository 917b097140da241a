//! A fill that spreads the colours around a hole into it, the further in the smoother: pull-push (Gortler et al., "The
//! Lumigraph", SIGGRAPH 1996, section 3.4), as `spread` in `models/training/inpaint/net.py` has it.
//!
//! The picture is halved again and again, each cell with the mean of its known pixels and how many of them there are;
//! then, from the coarsest level down, what a cell lacks comes from the level above it. Only known pixels are ever read.
//!
//! **The same bytes everywhere**: sums of whole numbers, then single additions and products of `f32` in a fixed order,
//! which IEEE 754 defines to the bit and Rust never fuses.
//!
//! **Bounds.** Of the picture itself no level is kept, and the finest one that is has at most [`MOST_CELLS`] cells: about 40
//! MB for all levels. For windows above four million pixels it is therefore coarser than half the picture, and their
//! fill as smooth.

use super::PixelSet;
use crate::raster::Raster;
use crate::report::Rect;

/// Cells of the finest level that is kept.
const MOST_CELLS: u64 = 1 << 20;

/// Colours for the unknown pixels of a window.
pub(super) struct Spread {
    window: Rect,
    /// Pixels along a side of a cell of `fill` are two to the power of this.
    halvings: u32,
    fill: Level<3>,
}

/// One value of `N` numbers a cell, row by row.
struct Level<const N: usize> {
    width: usize,
    height: usize,
    cells: Vec<[f32; N]>,
}

impl Spread {
    /// For the pixels of `window` that are in `unknown`; the window lies within the picture and is not empty. The coarsest
    /// level has cells of two to the power of `halvings` pixels a side; its mean is the colour of what is still unknown
    /// there, and black if no pixel of the window is known.
    pub fn new(raster: &Raster, window: Rect, unknown: &PixelSet, halvings: u32) -> Self {
        Self::from_level(raster, window, unknown, finest(window), halvings)
    }

    /// [`Self::new`] with cells of two to the power of `finest` pixels a side on the finest level.
    fn from_level(raster: &Raster, window: Rect, unknown: &PixelSet, finest: u32, halvings: u32) -> Self {
        let mut levels = vec![Level::known(raster, window, unknown, finest)];
        for _ in finest..halvings {
            let coarser = levels.last().map(Level::halved);
            levels.extend(coarser);
        }
        let mut levels = levels.into_iter().rev();
        let coarsest = levels.next().expect("there is one level at least; qed");
        let fill = levels.fold(coarsest.over_its_mean(), |fill, level| level.over(&fill));
        Self {
            window,
            halvings: finest,
            fill,
        }
    }

    /// The colour at the place `x`, `y` of the picture, in the window.
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        // Within a byte's bounds, as means of bytes are.
        self.value(x, y).map(|value| (value + 0.5) as u8)
    }

    /// [`Self::at`] before it is rounded.
    fn value(&self, x: u32, y: u32) -> [f32; 3] {
        let (x, y) = ((x - self.window.x) as usize, (y - self.window.y) as usize);
        let across = Between::at(x, self.halvings, self.fill.width);
        let down = Between::at(y, self.halvings, self.fill.height);
        self.fill.blend(&across, &down)
    }
}

/// How often the picture is halved for the finest level that is kept: once, or as often as it takes to be small enough.
fn finest(window: Rect) -> u32 {
    let side = |length: u32, halvings: u32| u64::from(length).div_ceil(1 << halvings);
    (1..32)
        .find(|halvings| side(window.width, *halvings) * side(window.height, *halvings) <= MOST_CELLS)
        .unwrap_or(32)
}

impl Level<4> {
    /// Red, green, blue, each times the share of known pixels, and that share. Beyond the picture nothing is known.
    fn known(raster: &Raster, window: Rect, unknown: &PixelSet, halvings: u32) -> Self {
        let side = |length: u32| (length as usize).div_ceil(1 << halvings);
        let (width, height) = (side(window.width), side(window.height));
        let mut sums = vec![[0_u32; 4]; width];
        let mut cells = Vec::with_capacity(width * height);
        let pixels = (1_u64 << (2 * halvings)) as f32;
        for row in 0..height {
            sums.fill([0; 4]);
            let from = row << halvings;
            for y in from..(from + (1 << halvings)).min(window.height as usize) {
                let start = (window.y as usize + y) * raster.width as usize + window.x as usize;
                for x in 0..window.width as usize {
                    if unknown.has(start + x) {
                        continue;
                    }
                    let pixel = &raster.rgb[3 * (start + x)..3 * (start + x) + 3];
                    let sum = &mut sums[x >> halvings];
                    for (sum, value) in sum.iter_mut().zip(pixel) {
                        *sum += u32::from(*value);
                    }
                    sum[3] += 1;
                }
            }
            cells.extend(sums.iter().map(|sum| sum.map(|sum| sum as f32 / pixels)));
        }
        Self { width, height, cells }
    }

    /// A quarter as many cells; at odd sides the last ones are half outside, where nothing is known.
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let at = |x: usize, y: usize| {
            let inside = x < self.width && y < self.height;
            if inside {
                self.cells[y * self.width + x]
            } else {
                [0.0; 4]
            }
        };
        let mean = |x: usize, y: usize| {
            let [a, b] = [at(2 * x, 2 * y), at(2 * x + 1, 2 * y)];
            let [c, d] = [at(2 * x, 2 * y + 1), at(2 * x + 1, 2 * y + 1)];
            std::array::from_fn(|n| ((a[n] + b[n]) + (c[n] + d[n])) * 0.25)
        };
        let cells = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self {
            width,
            height,
            cells: cells.map(|(x, y)| mean(x, y)).collect(),
        }
    }

    /// What is unknown is the mean of all that is known.
    fn over_its_mean(&self) -> Level<3> {
        let mut sum = [0.0_f32; 4];
        for cell in &self.cells {
            for (sum, value) in sum.iter_mut().zip(cell) {
                *sum += value;
            }
        }
        let [r, g, b, known] = sum;
        // Where nothing is known all sums are zero.
        let mean = [r, g, b].map(|value| value / known.max(f32::MIN_POSITIVE));
        let cells = self.cells.iter().map(|cell| lay(*cell, mean));
        Level {
            width: self.width,
            height: self.height,
            cells: cells.collect(),
        }
    }

    /// What is unknown comes from `coarser`, of half the size, smoothly.
    fn over(&self, coarser: &Level<3>) -> Level<3> {
        let places = |length: usize, coarse: usize| -> Vec<Between> {
            (0..length).map(|at| Between::at(at, 1, coarse)).collect()
        };
        let across = places(self.width, coarser.width);
        let down = places(self.height, coarser.height);
        let mut cells = Vec::with_capacity(self.cells.len());
        for (row, down) in self.cells.chunks(self.width).zip(&down) {
            let row = row.iter().zip(&across);
            cells.extend(row.map(|(cell, across)| lay(*cell, coarser.blend(across, down))));
        }
        Level {
            width: self.width,
            height: self.height,
            cells,
        }
    }
}

/// What is known of a cell, over `below` as far as it is not.
fn lay([r, g, b, known]: [f32; 4], below: [f32; 3]) -> [f32; 3] {
    let [x, y, z] = below;
    let open = 1.0 - known;
    [r + open * x, g + open * y, b + open * z]
}

impl Level<3> {
    fn blend(&self, across: &Between, down: &Between) -> [f32; 3] {
        let line = |row: usize| {
            let (low, high) = (
                self.cells[row * self.width + across.low],
                self.cells[row * self.width + across.high],
            );
            std::array::from_fn::<_, 3, _>(|n| low[n] * (1.0 - across.share) + high[n] * across.share)
        };
        let (above, below) = (line(down.low), line(down.high));
        std::array::from_fn(|n| above[n] * (1.0 - down.share) + below[n] * down.share)
    }
}

/// A place between the middles of two neighbouring cells.
struct Between {
    low: usize,
    high: usize,
    /// How far from `low` to `high`, 0 (inclusive) to 1 (exclusive).
    share: f32,
}

impl Between {
    /// The middle of the cell `at`, of which two to the power of `halvings` go along one of the `cells`. Beyond the middles
    /// of the first and the last one their values hold.
    fn at(at: usize, halvings: u32, cells: usize) -> Self {
        let step = 1_usize << halvings;
        let Some(from) = (2 * at + 1).checked_sub(step) else {
            return Self {
                low: 0,
                high: 0,
                share: 0.0,
            };
        };
        let low = (from / (2 * step)).min(cells - 1);
        Self {
            low,
            high: (low + 1).min(cells - 1),
            share: (from % (2 * step)) as f32 / (2 * step) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    fn unknown(raster: &Raster, holes: &[Rect]) -> PixelSet {
        PixelSet::of(raster, holes.iter())
    }

    fn drawn(width: u32, height: u32, value: impl Fn(u32, u32, u32) -> u32) -> Raster {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let rgb = places.flat_map(|(x, y)| [0, 1, 2].map(|channel| value(x, y, channel) as u8));
        Raster {
            width,
            height,
            rgb: rgb.collect(),
        }
    }

    /// What `spread` of models/training/inpaint/net.py gives for the picture and the holes below (PyTorch 2, float32, times
    /// 255): colours at some places in them.
    const OF_THE_TRAINING_PROGRAM: [((u32, u32), [f32; 3]); 20] = [
        ((20, 10), [149.213, 210.570, 63.667]),
        ((21, 10), [151.110, 200.923, 71.999]),
        ((20, 11), [150.294, 202.107, 72.612]),
        ((25, 30), [132.460, 125.737, 131.979]),
        ((34, 25), [130.942, 126.002, 129.163]),
        ((45, 30), [126.926, 127.475, 127.728]),
        ((55, 20), [122.608, 130.510, 125.620]),
        ((69, 49), [191.855, 163.456, 124.714]),
        ((69, 10), [183.771, 95.517, 181.756]),
        ((44, 29), [126.902, 127.487, 127.809]),
        ((90, 0), [169.861, 98.480, 170.952]),
        ((93, 31), [130.590, 125.028, 125.273]),
        ((96, 63), [127.983, 130.564, 78.950]),
        ((91, 40), [110.993, 120.977, 138.106]),
        ((100, 50), [82.742, 71.477, 72.477]),
        ((127, 63), [124.520, 125.203, 127.160]),
        ((110, 55), [127.891, 126.539, 126.882]),
        ((113, 62), [124.752, 124.685, 125.899]),
        ((60, 45), [128.184, 119.325, 124.368]),
        ((30, 12), [162.125, 104.415, 123.654]),
    ];

    #[test]
    fn the_fill_is_the_one_that_the_net_was_trained_to_improve() {
        let picture = drawn(128, 64, |x, y, c| {
            (x * (5 + c) + y * (3 + 2 * c) + x * y / 7 + 40 * c) % 256
        });
        let holes = [rect(20, 10, 50, 40), rect(90, 0, 7, 64), rect(100, 50, 28, 14)];
        let spread = Spread::new(&picture, rect(0, 0, 128, 64), &unknown(&picture, &holes), 6);
        for ((x, y), wanted) in OF_THE_TRAINING_PROGRAM {
            let value = spread.value(x, y);
            let near = value.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.01);
            assert!(near, "{x}, {y}: {value:?}, wanted {wanted:?}");
        }
    }

    #[test]
    fn a_hole_in_one_colour_gets_that_colour() {
        for (width, height) in [(64, 64), (37, 91), (5, 3), (300, 2)] {
            let picture = drawn(width, height, |_, _, channel| 40 + 60 * channel);
            let hole = rect(width / 4, height / 3, width.div_ceil(2), height.div_ceil(2));
            let spread = Spread::new(
                &picture,
                rect(0, 0, width, height),
                &unknown(&picture, &[hole]),
                9,
            );
            for (x, y) in (hole.y..hole.y + hole.height)
                .flat_map(|y| (hole.x..hole.x + hole.width).map(move |x| (x, y)))
            {
                assert_eq!(spread.at(x, y), [40, 100, 160], "{width} x {height}: {x}, {y}");
            }
        }
    }

    #[test]
    fn colours_go_over_into_each_other_from_side_to_side() {
        let picture = drawn(96, 48, |x, _, _| if x < 48 { 0 } else { 240 });
        let hole = rect(16, 0, 64, 48);
        let spread = Spread::new(&picture, rect(0, 0, 96, 48), &unknown(&picture, &[hole]), 7);
        let row: Vec<u8> = (16..80).map(|x| spread.at(x, 24)[0]).collect();
        assert!(row.is_sorted(), "{row:?}");
        assert!(row[0] < 40 && row[63] > 200, "{row:?}");
    }

    #[test]
    fn a_window_of_which_nothing_is_known_is_black() {
        let picture = drawn(40, 30, |_, _, _| 200);
        let all = rect(0, 0, 40, 30);
        let spread = Spread::new(&picture, all, &unknown(&picture, &[all]), 6);
        assert_eq!((spread.at(0, 0), spread.at(39, 29)), ([0; 3], [0; 3]));
    }

    #[test]
    fn pixels_outside_the_window_are_not_read() {
        let light = drawn(60, 40, |x, _, _| if x < 30 { 100 } else { 255 });
        let window = rect(0, 0, 30, 40);
        let hole = rect(20, 5, 10, 30);
        let spread = Spread::new(&light, window, &unknown(&light, &[hole]), 6);
        assert_eq!(spread.at(29, 20), [100; 3]);
    }

    #[test]
    fn large_windows_are_worked_on_in_at_most_a_million_cells() {
        for (width, height, halvings) in [
            (1, 1, 1),
            (2048, 2048, 1),
            (2049, 2048, 2),
            (8000, 6000, 3),
            (1_000_000, 1000, 5),
        ] {
            assert_eq!(finest(rect(0, 0, width, height)), halvings, "{width} x {height}");
        }
    }

    #[test]
    fn a_coarser_finest_level_gives_a_fill_close_to_the_exact_one() {
        let picture = drawn(256, 256, |x, y, _| (x + y) / 2);
        let hole = rect(64, 80, 100, 90);
        let unknown = unknown(&picture, &[hole]);
        let window = rect(0, 0, 256, 256);
        let exact = Spread::new(&picture, window, &unknown, 7);
        let coarse = Spread::from_level(&picture, window, &unknown, 3, 7);
        for (x, y) in [(64, 80), (100, 100), (163, 169), (120, 150)] {
            let difference = exact.at(x, y)[0].abs_diff(coarse.at(x, y)[0]);
            assert!(difference <= 8, "{x}, {y}: {difference}");
        }
    }
}
