//! Three finder patterns that belong to one code.

use super::square::Square;
use crate::found::{Class, Found};

/// The smallest score that a group of squares can have, and that of a perfect one.
const SCORES: (f32, f32) = (0.4, 1.0);

/// Centres of neighbouring squares lie this many modules apart: 14 in the smallest code and 170 in the largest, with
/// room for what is seen at an angle.
const APART: (f32, f32) = (12.0, 190.0);

/// Samples along each side of a code, for its share of dark.
const SAMPLES: usize = 24;

/// So much of each timing pattern must be even: a quarter may be dirt.
const TIMED: f32 = 0.75;

/// Three squares that may be the corners of one code.
pub(super) struct Group {
    /// Indices of the squares.
    pub members: [usize; 3],
    /// Centre of the square between the two others, and the ways to their centres. Pixels.
    corner: [f32; 2],
    sides: [[f32; 2]; 2],
    /// How many modules lie between two centres, as their sizes suggest.
    apart: f32,
    /// Corners of the code in pixels, around it.
    corners: [[f32; 2]; 4],
    /// How well the squares fit: 0.4 to 1.
    pub score: f32,
}

/// All groups that have the shape of a code, give or take a view from the side.
pub(super) fn groups(squares: &[Square]) -> Vec<Group> {
    let mut groups = Vec::new();
    for corner in 0..squares.len() {
        for first in 0..squares.len() {
            for second in first + 1..squares.len() {
                if first != corner && second != corner {
                    groups.extend(group(squares, [corner, first, second]));
                }
            }
        }
    }
    groups
}

fn group(squares: &[Square], members: [usize; 3]) -> Option<Group> {
    let [corner, first, second] = members.map(|member| squares[member]);
    if corner.dark != first.dark || corner.dark != second.dark {
        return None;
    }
    let sizes = [corner.module, first.module, second.module];
    let unlike_sizes = unlike(sizes);
    let [ax, ay] = [first.x - corner.x, first.y - corner.y];
    let [bx, by] = [second.x - corner.x, second.y - corner.y];
    let (a, b) = ((ax * ax + ay * ay).sqrt(), (bx * bx + by * by).sqrt());
    let unlike_sides = unlike([a, b, b]);
    if unlike_sizes > 0.45 || unlike_sides > 0.35 {
        return None;
    }
    let slant = ((ax * bx + ay * by) / (a * b)).abs();
    // Squares are measured along rows and columns, on which one that is turned looks wider.
    let [ux, uy, vx, vy] = [ax / a, ay / a, bx / b, by / b];
    let module = sizes.iter().sum::<f32>() / 3.0 * ux.abs().max(uy.abs());
    let apart = (a + b) / 2.0 / module;
    if slant > 0.35 || !(APART.0..=APART.1).contains(&apart) {
        return None;
    }
    // From the centre of a square to its outer edge.
    let edge = 3.5 * module;
    let at = |x: f32, y: f32, along_a: f32, along_b: f32| {
        let (da, db) = (along_a * edge, along_b * edge);
        [x + ux * da + vx * db, y + uy * da + vy * db]
    };
    let corners = [
        at(corner.x, corner.y, -1.0, -1.0),
        at(first.x, first.y, 1.0, -1.0),
        at(corner.x + ax + bx, corner.y + ay + by, 1.0, 1.0),
        at(second.x, second.y, -1.0, 1.0),
    ];
    let score = 1.0 - (unlike_sizes + unlike_sides + slant) / 2.0;
    Some(Group {
        members,
        corner: [corner.x, corner.y],
        sides: [[ax, ay], [bx, by]],
        apart,
        corners,
        score: score.clamp(SCORES.0, SCORES.1),
    })
}

/// By how much the smallest is smaller than the largest: 0 alike, 1 nothing beside something.
fn unlike(values: [f32; 3]) -> f32 {
    let most = values.into_iter().fold(f32::MIN, f32::max);
    let least = values.into_iter().fold(f32::MAX, f32::min);
    if most > 0.0 { 1.0 - least / most } else { 1.0 }
}

impl Group {
    pub fn found(&self) -> Found {
        let all = |axis: usize| self.corners.map(|corner| corner[axis]);
        let least = |values: [f32; 4]| values.into_iter().fold(f32::MAX, f32::min);
        let most = |values: [f32; 4]| values.into_iter().fold(f32::MIN, f32::max);
        Found {
            class: Class::Code,
            x0: least(all(0)),
            y0: least(all(1)),
            x1: most(all(0)),
            y1: most(all(1)),
            score: self.score,
        }
    }

    /// Whether what lies between the squares is a code: about half dark and half light, and with both timing patterns.
    /// Three dots on a wall have neither.
    pub fn holds_a_code(&self, luma: &[u8], width: usize) -> bool {
        let picture = Picture { luma, width };
        self.is_patterned(&picture) && self.is_timed(&picture)
    }

    /// A point of the code, counted in ways from the corner's centre to the two others'.
    fn at(&self, along_a: f32, along_b: f32) -> [f32; 2] {
        let [a, b] = self.sides;
        [0, 1].map(|axis| self.corner[axis] + along_a * a[axis] + along_b * b[axis])
    }

    fn is_patterned(&self, picture: &Picture) -> bool {
        let middles = || (0..SAMPLES).map(|at| (at as f32 + 0.5) / SAMPLES as f32);
        let samples: Vec<f32> = middles()
            .flat_map(|v| middles().map(move |u| self.at(u, v)))
            .filter_map(|point| picture.at(point))
            .collect();
        let middle = mean(&samples);
        let (dark, light): (Vec<f32>, Vec<f32>) = samples.iter().partition(|value| **value < middle);
        let share_dark = dark.len() as f32 / samples.len().max(1) as f32;
        (0.25..=0.75).contains(&share_dark) && mean(&light) - mean(&dark) >= 16.0
    }

    /// Whether both timing patterns are there: between the squares, three modules inwards of their centres, modules are
    /// dark and light by turns. Section 6.3.5.
    ///
    /// Changes are counted rather than modules compared with a grid: seen from the side, modules shrink along the way.
    fn is_timed(&self, picture: &Picture) -> bool {
        [false, true].into_iter().all(|swap| {
            [2.6, 3.0, 3.4].into_iter().any(|inwards| {
                let steps = ((self.apart - 6.0) * STEPS as f32) as usize;
                let values: Option<Vec<f32>> = (0..=steps)
                    .map(|step| {
                        let along = (3.0 + step as f32 / STEPS as f32) / self.apart;
                        let inwards = inwards / self.apart;
                        let point = if swap {
                            self.at(inwards, along)
                        } else {
                            self.at(along, inwards)
                        };
                        picture.at(point)
                    })
                    .collect();
                values.is_some_and(|values| alternates(&values))
            })
        })
    }
}

/// Samples a module along a timing pattern.
const STEPS: usize = 4;

/// Whether there are about as many changes between dark and light as modules, most of them about a module apart.
fn alternates(values: &[f32]) -> bool {
    let around = 3 * STEPS / 2;
    let dark = |at: usize| {
        let near = &values[at.saturating_sub(around)..(at + around + 1).min(values.len())];
        values[at] < mean(near)
    };
    let dark: Vec<bool> = (0..values.len()).map(dark).collect();
    let runs: Vec<usize> = dark.chunk_by(|a, b| a == b).map(<[bool]>::len).collect();
    let modules = values.len() as f32 / STEPS as f32;
    let changes = runs.len() as f32 - 1.0;
    // The first and the last run end somewhere in a square.
    let inner = runs.get(1..runs.len().saturating_sub(1)).unwrap_or_default();
    let even = inner.iter().filter(|run| (3..=6).contains(*run)).count() as f32;
    (0.7 * modules..=1.3 * modules).contains(&changes) && even >= TIMED * inner.len() as f32
}

/// One brightness a pixel.
struct Picture<'a> {
    luma: &'a [u8],
    width: usize,
}

impl Picture<'_> {
    /// `None` outside.
    fn at(&self, [x, y]: [f32; 2]) -> Option<f32> {
        if !(x >= 0.0 && y >= 0.0 && x < self.width as f32) {
            return None;
        }
        let value = self.luma.get(y as usize * self.width + x as usize)?;
        Some(f32::from(*value))
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}
