//! A fill that spreads the colours around a hole into it, the further in the smoother: pull-push (Gortler et al., "The
//! Lumigraph", SIGGRAPH 1996, section 3.4), as `spread` in `models/training/inpaint/net.py` has it.
//!
//! The picture is halved again and again, each cell with the mean of its known pixels and how many of them there are;
//! then, from the coarsest level down, what a cell lacks comes from the level above it. Only known pixels are ever read.
//!
//! **The same bytes everywhere**: sums of whole numbers, then single additions and products of `f32` in a fixed order,
//! which IEEE 754 defines to the bit and Rust never fuses.
//!
//! **Bounds.** Of the picture itself no level is kept, and the finest one that is kept has at most [`MOST_CELLS`] cells: about 40
//! MB for all levels. For windows above four million pixels it is therefore coarser than half the picture, and their
//! fill as smooth.

use super::PixelSet;
use super::cells::{Between, Cells, Colours};
use crate::raster::Raster;
use crate::report::Rect;

/// Cells of the finest level that is kept.
const MOST_CELLS: u64 = 1 << 20;

/// Colours for the pixels of `window` that are in `unknown`; the window lies within the picture and is not empty. The
/// coarsest level has cells of two to the power of `halvings` pixels a side; its mean is the colour of what is still
/// unknown there, and black if no pixel of the window is known.
pub(super) fn spread(raster: &Raster, window: Rect, unknown: &PixelSet, halvings: u32) -> Colours {
    from_level(raster, window, unknown, finest(window), halvings)
}

/// [`spread`] with cells of two to the power of `finest` pixels a side on the finest level.
fn from_level(raster: &Raster, window: Rect, unknown: &PixelSet, finest: u32, halvings: u32) -> Colours {
    let side = 1 << finest;
    let mut levels = vec![Cells::known(raster, window, unknown, side)];
    for _ in finest..halvings {
        let coarser = levels.last().map(halved);
        levels.extend(coarser);
    }
    let mut levels = levels.into_iter().rev();
    let coarsest = levels.next().expect("there is one level at least; qed");
    let cells = levels.fold(over_its_mean(&coarsest), |fill, level| over(&level, &fill));
    Colours { window, side, cells }
}

/// How often the picture is halved for the finest level that is kept: once, or as often as it takes to be small enough.
fn finest(window: Rect) -> u32 {
    let side = |length: u32, halvings: u32| u64::from(length).div_ceil(1 << halvings);
    (1..32)
        .find(|halvings| side(window.width, *halvings) * side(window.height, *halvings) <= MOST_CELLS)
        .unwrap_or(32)
}

/// A quarter as many cells; at odd sides the last ones are half outside, where nothing is known.
fn halved(level: &Cells<4>) -> Cells<4> {
    let (width, height) = (level.width.div_ceil(2), level.height.div_ceil(2));
    let at = |x: usize, y: usize| {
        let inside = x < level.width && y < level.height;
        if inside {
            level.values[y * level.width + x]
        } else {
            [0.0; 4]
        }
    };
    let mean = |x: usize, y: usize| {
        let [a, b] = [at(2 * x, 2 * y), at(2 * x + 1, 2 * y)];
        let [c, d] = [at(2 * x, 2 * y + 1), at(2 * x + 1, 2 * y + 1)];
        std::array::from_fn(|n| ((a[n] + b[n]) + (c[n] + d[n])) * 0.25)
    };
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Cells {
        width,
        height,
        values: places.map(|(x, y)| mean(x, y)).collect(),
    }
}

/// What is unknown is the mean of all that is known.
fn over_its_mean(level: &Cells<4>) -> Cells<3> {
    let mut sum = [0.0_f32; 4];
    for cell in &level.values {
        for (sum, value) in sum.iter_mut().zip(cell) {
            *sum += value;
        }
    }
    let [r, g, b, known] = sum;
    // Where nothing is known all sums are zero.
    let mean = [r, g, b].map(|value| value / known.max(f32::MIN_POSITIVE));
    Cells {
        width: level.width,
        height: level.height,
        values: level.values.iter().map(|cell| lay(*cell, mean)).collect(),
    }
}

/// What is unknown comes from `coarser`, of half the size, smoothly.
fn over(level: &Cells<4>, coarser: &Cells<3>) -> Cells<3> {
    let places =
        |length: usize, coarse: usize| (0..length).map(move |at| Between::at(at, 2, coarse)).collect();
    let across: Vec<Between> = places(level.width, coarser.width);
    let down: Vec<Between> = places(level.height, coarser.height);
    let mut values = Vec::with_capacity(level.values.len());
    for (row, down) in level.values.chunks(level.width).zip(&down) {
        let row = row.iter().zip(&across);
        values.extend(row.map(|(cell, across)| lay(*cell, coarser.blend(across, down))));
    }
    Cells {
        width: level.width,
        height: level.height,
        values,
    }
}

/// What is known of a cell, over `below` as far as it is not.
fn lay([r, g, b, known]: [f32; 4], below: [f32; 3]) -> [f32; 3] {
    let [x, y, z] = below;
    let open = 1.0 - known;
    [r + open * x, g + open * y, b + open * z]
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
        let fill = spread(&picture, rect(0, 0, 128, 64), &unknown(&picture, &holes), 6);
        for ((x, y), wanted) in OF_THE_TRAINING_PROGRAM {
            let value = fill.value(x, y);
            let near = value.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.01);
            assert!(near, "{x}, {y}: {value:?}, wanted {wanted:?}");
        }
    }

    #[test]
    fn a_hole_in_one_colour_gets_that_colour() {
        for (width, height) in [(64, 64), (37, 91), (5, 3), (300, 2)] {
            let picture = drawn(width, height, |_, _, channel| 40 + 60 * channel);
            let hole = rect(width / 4, height / 3, width.div_ceil(2), height.div_ceil(2));
            let fill = spread(
                &picture,
                rect(0, 0, width, height),
                &unknown(&picture, &[hole]),
                9,
            );
            for (x, y) in (hole.y..hole.y + hole.height)
                .flat_map(|y| (hole.x..hole.x + hole.width).map(move |x| (x, y)))
            {
                assert_eq!(fill.at(x, y), [40, 100, 160], "{width} x {height}: {x}, {y}");
            }
        }
    }

    #[test]
    fn colours_go_over_into_each_other_from_side_to_side() {
        let picture = drawn(96, 48, |x, _, _| if x < 48 { 0 } else { 240 });
        let hole = rect(16, 0, 64, 48);
        let fill = spread(&picture, rect(0, 0, 96, 48), &unknown(&picture, &[hole]), 7);
        let row: Vec<u8> = (16..80).map(|x| fill.at(x, 24)[0]).collect();
        assert!(row.is_sorted(), "{row:?}");
        assert!(row[0] < 40 && row[63] > 200, "{row:?}");
    }

    #[test]
    fn a_window_of_which_nothing_is_known_is_black() {
        let picture = drawn(40, 30, |_, _, _| 200);
        let all = rect(0, 0, 40, 30);
        let fill = spread(&picture, all, &unknown(&picture, &[all]), 6);
        assert_eq!((fill.at(0, 0), fill.at(39, 29)), ([0; 3], [0; 3]));
    }

    #[test]
    fn pixels_outside_the_window_are_not_read() {
        let light = drawn(60, 40, |x, _, _| if x < 30 { 100 } else { 255 });
        let window = rect(0, 0, 30, 40);
        let hole = rect(20, 5, 10, 30);
        let fill = spread(&light, window, &unknown(&light, &[hole]), 6);
        assert_eq!(fill.at(29, 20), [100; 3]);
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
        let exact = spread(&picture, window, &unknown, 7);
        let coarse = from_level(&picture, window, &unknown, 3, 7);
        for (x, y) in [(64, 80), (100, 100), (163, 169), (120, 150)] {
            let difference = exact.at(x, y)[0].abs_diff(coarse.at(x, y)[0]);
            assert!(difference <= 8, "{x}, {y}: {difference}");
        }
    }
}
