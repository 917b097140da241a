//! Finder patterns: squares within squares, which every line through the centre crosses in runs of 1 : 1 : 3 : 1 : 1,
//! at whatever angle. ISO/IEC 18004, section 6.3.3.

use super::bits::Bits;

/// Shorter crossings are texture: fewer than two pixels a module.
const SHORTEST: usize = 14;

/// More squares than this are not collected.
const MOST: usize = 512;

/// A finder pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Square {
    /// Its centre, in pixels.
    pub x: f32,
    pub y: f32,
    /// A seventh of its extent along rows and columns, in pixels.
    pub module: f32,
    /// False in codes that are light on dark.
    pub dark: bool,
    /// Rows that showed it.
    pub rows: u32,
}

/// Adds what `bits` shows to `squares`, which may hold what another view of the same picture showed.
pub(super) fn collect(bits: &Bits, squares: &mut Vec<Square>) {
    for y in 0..bits.height {
        let row = bits.row(y);
        let mut runs = [0_usize; 5];
        let mut from = 0;
        for x in 1..=row.len() {
            if x < row.len() && row[x] == row[from] {
                continue;
            }
            runs.rotate_left(1);
            runs[4] = x - from;
            if runs.iter().sum::<usize>() >= SHORTEST && fit(runs, 0.5) {
                let centre = x - runs[4] - runs[3] - runs[2].div_ceil(2);
                see(bits, centre as isize, y as isize, runs.iter().sum(), squares);
            }
            from = x;
        }
    }
}

/// Whether `runs` are 1 : 1 : 3 : 1 : 1, each within `tolerance` of a module (three of them in the middle).
fn fit(runs: [usize; 5], tolerance: f32) -> bool {
    let total: usize = runs.iter().sum();
    if runs.contains(&0) {
        return false;
    }
    let module = total as f32 / 7.0;
    let near =
        |run: usize, modules: f32| (run as f32 - modules * module).abs() <= modules * tolerance * module;
    near(runs[2], 3.0) && [0, 1, 3, 4].into_iter().all(|at| near(runs[at], 1.0))
}

/// A crossing around a place, and how far the middle of the crossing is from it.
struct Crossing {
    runs: [usize; 5],
    off: f32,
}

/// The five runs along `step` in whose middle one the place lies. `None` when one of them is longer than `longest`.
fn cross(bits: &Bits, x: isize, y: isize, step: (isize, isize), longest: usize) -> Option<Crossing> {
    let inner = bits.at(x, y)?;
    let arm = |sign: isize| {
        let mut lengths = [0_usize; 3];
        let mut at = 1_isize;
        for (length, colour) in lengths.iter_mut().zip([inner, !inner, inner]) {
            while bits.at(x + sign * at * step.0, y + sign * at * step.1) == Some(colour) {
                *length += 1;
                at += 1;
                if *length > longest {
                    return None;
                }
            }
        }
        Some(lengths)
    };
    let (back, ahead) = (arm(-1)?, arm(1)?);
    Some(Crossing {
        runs: [back[2], back[1], back[0] + 1 + ahead[0], ahead[1], ahead[2]],
        off: (ahead[0] as f32 - back[0] as f32) / 2.0,
    })
}

/// A row's crossing of `length` with its middle at `x`, `y`: a square when columns and diagonals show one too.
fn see(bits: &Bits, x: isize, y: isize, length: usize, squares: &mut Vec<Square>) {
    let Some(dark) = bits.at(x, y) else { return };
    let module = length as f32 / 7.0;
    let same = |square: &&mut Square| {
        let (dx, dy) = (square.x - x as f32, square.y - y as f32);
        let alike = square.module < 1.6 * module && module < 1.6 * square.module;
        square.dark == dark && alike && dx * dx + dy * dy < 4.0 * module * module
    };
    if let Some(square) = squares.iter_mut().find(same) {
        square.rows += 1;
        return;
    }
    let Some(down) = cross(bits, x, y, (0, 1), length).filter(|crossing| fit(crossing.runs, 0.5)) else {
        return;
    };
    let middle = y + down.off.round() as isize;
    let Some(across) = cross(bits, x, middle, (1, 0), length).filter(|crossing| fit(crossing.runs, 0.5))
    else {
        return;
    };
    let centre = x + across.off.round() as isize;
    let (height, width): (usize, usize) = (down.runs.iter().sum(), across.runs.iter().sum());
    if height * 2 > width * 3 || width * 2 > height * 3 {
        return;
    }
    // Two thirds of a module: along a diagonal a small square has few steps.
    let diagonal =
        |step| cross(bits, centre, middle, step, length).is_some_and(|crossing| fit(crossing.runs, 0.67));
    if diagonal((1, 1)) && diagonal((1, -1)) && squares.len() < MOST {
        squares.push(Square {
            x: x as f32 + across.off + 0.5,
            y: y as f32 + down.off + 0.5,
            module: (height + width) as f32 / 14.0,
            dark,
            rows: 1,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_fit_when_each_is_within_half_a_module() {
        for (runs, wanted) in [
            ([2, 2, 6, 2, 2], true),
            ([3, 2, 6, 1, 2], true),
            ([10, 10, 30, 10, 10], true),
            ([10, 10, 10, 10, 10], false),
            ([10, 20, 30, 10, 10], false),
            ([2, 2, 6, 2, 0], false),
            ([1, 2, 3, 1, 1], false),
        ] {
            assert_eq!(fit(runs, 0.5), wanted, "{runs:?}");
        }
    }

    #[test]
    fn one_square_is_seen_once_with_its_centre_and_module() {
        let (side, module) = (90_usize, 5_usize);
        let inside = |at: usize, from: usize, to: usize| (20 + from * module..20 + to * module).contains(&at);
        let luma: Vec<u8> = (0..side * side)
            .map(|i| (i % side, i / side))
            .map(|(x, y)| {
                let within = |from, to| inside(x, from, to) && inside(y, from, to);
                if within(0, 7) && (!within(1, 6) || within(2, 5)) {
                    20
                } else {
                    220
                }
            })
            .collect();
        let mut squares = Vec::new();
        collect(&Bits::of(&luma, side, 22), &mut squares);
        let [square] = squares[..] else {
            panic!("{squares:?}")
        };
        assert!(square.dark && square.rows >= 10, "{square:?}");
        assert!(
            (square.x - 37.5).abs() < 0.6 && (square.y - 37.5).abs() < 0.6,
            "{square:?}"
        );
        assert!((square.module - 5.0).abs() < 0.3, "{square:?}");
    }
}
