//! The residual gate: what detectors of different families still see in the output.
//!
//! It looks at the pixels decoded from the very bytes that are to leave, in four turns. What it sees inside areas where
//! nothing is left is a ghost: a detector takes the surroundings of a blank area (hair, shoulders, a collar) for a face
//! in it. Whatever lies outside, or sticks out, is a finding.

use crate::detect::Detector;
use crate::error::AnonymiseError;
use crate::found::Found;
use crate::look::{Extent, Prepared, Seen, View, Views, merged, sweep};
use crate::raster::Raster;
use crate::report::Rect;

/// A box with at least this share of its area blank is a ghost. Of a face, what shows then is its rim.
const GHOST: f32 = 0.75;

/// Points along each side of a box at which it is asked whether the picture is blank there.
const POINTS: u32 = 16;

/// Side of what is shown around a blank area, in sides of that area.
const AROUND: u32 = 3;

/// Levels of luma by which coding changes few pixels.
const CODED: u32 = 48;

/// One pixel of so many may differ by more: coarsely coded edges ring.
const STRAYING: u64 = 4;

/// Levels by which a channel of a painted pixel may differ from the colour that was painted, after coding.
const SAME_COLOUR: u8 = 24;

/// Where nothing of the original is left.
#[derive(Clone, Copy)]
pub(crate) enum Blank<'a> {
    /// In these areas: whoever has painted knows them.
    Areas(&'a [Rect]),
    /// Where the picture shows one of these colours: whoever has nothing but the picture.
    Colours(&'a [[u8; 3]]),
}

impl Blank<'_> {
    /// The areas; none where they are not known.
    fn areas(&self) -> &[Rect] {
        match self {
            Self::Areas(areas) => areas,
            Self::Colours(_) => &[],
        }
    }

    /// Whether the picture is blank at this point, which lies in it.
    fn holds(&self, picture: &Raster, x: f32, y: f32) -> bool {
        match self {
            Self::Areas(areas) => areas.iter().any(|r| {
                x >= r.x as f32
                    && y >= r.y as f32
                    && x < r.x as f32 + r.width as f32
                    && y < r.y as f32 + r.height as f32
            }),
            Self::Colours(colours) => {
                let at = 3 * (y as usize * picture.width as usize + x as usize);
                let shown = &picture.rgb[at..at + 3];
                let near = |(is, painted): (&u8, &u8)| is.abs_diff(*painted) <= SAME_COLOUR;
                colours.iter().any(|colour| shown.iter().zip(colour).all(near))
            }
        }
    }

    /// Share of the box that is blank, of what of it lies in the picture; 1 when nothing does.
    pub fn share(&self, found: &Found, picture: &Raster) -> f32 {
        let (mut within, mut hidden) = (0_u32, 0_u32);
        let at = |from: f32, to: f32, i: u32| from + (to - from) * (i as f32 + 0.5) / POINTS as f32;
        let (width, height) = (picture.width as f32, picture.height as f32);
        for row in 0..POINTS {
            for column in 0..POINTS {
                let (x, y) = (at(found.x0, found.x1, column), at(found.y0, found.y1, row));
                if (0.0..width).contains(&x) && (0.0..height).contains(&y) {
                    within += 1;
                    hidden += u32::from(self.holds(picture, x, y));
                }
            }
        }
        if within == 0 {
            return 1.0;
        }
        hidden as f32 / within as f32
    }
}

/// One detector of the gate.
pub(crate) struct Eye<'a> {
    pub detector: &'a mut dyn Detector,
    /// Calibrated on controls, each detector by itself: see the crate's README. 0 to 1.
    pub threshold: f32,
    pub views: Views,
    /// How many blank areas, the largest first, are also looked at closely together with what is around them.
    pub closer: usize,
}

/// The detectors that must all see nothing before a picture is let out.
pub(crate) struct Gate<'a> {
    pub eyes: Vec<Eye<'a>>,
}

impl Gate<'_> {
    /// Looks at `output` with every detector, as far as `extent`. `blank` is where nothing of the original is left (masks of
    /// the solid operator; not those of a mosaic). Areas are also looked at closely where an eye asks for that.
    ///
    /// Boxes are in pixels of `output`, none of them a ghost, the best first. Nothing seen means that every detector
    /// looked at all of its views. Error: `Inference`.
    pub fn look(
        &mut self,
        output: &Raster,
        blank: Blank<'_>,
        extent: Extent,
    ) -> Result<Vec<Found>, AnonymiseError> {
        let real = |found: &Found| blank.share(found, output) < GHOST;
        let mut seen = Vec::new();
        for eye in &mut self.eyes {
            // The threshold holds for every turn: nobody knows which way up a face that was missed lies.
            let views = Views {
                aside: 0,
                reduced: 0,
                ..eye.views
            };
            let found = sweep(eye.detector, output, &views, eye.threshold, extent, &real)?;
            seen.extend(found.into_iter().map(|found| Seen { found, cut: false }));
            if extent == Extent::UntilSeen && !seen.is_empty() {
                break;
            }
            let mut largest = blank.areas().to_vec();
            largest.sort_by_key(|rect| std::cmp::Reverse(u64::from(rect.width) * u64::from(rect.height)));
            for rect in largest.iter().take(eye.closer) {
                let close = Prepared::new(output, around(*rect, output, eye.views.min))?;
                for turn in eye.views.whole_turns() {
                    let mut here = close.show(eye.detector, *turn, eye.threshold)?;
                    here.retain(|one| real(&one.found));
                    seen.extend(here);
                    if extent == Extent::UntilSeen && !seen.is_empty() {
                        return Ok(merged(seen));
                    }
                }
            }
        }
        Ok(merged(seen))
    }
}

/// The first of `areas` in which `output` does not show what was `painted`, within what coding may change: a mask in the
/// wrong place, or none. No detector need recognise what stands there. The areas lie within both pictures, which are of
/// one size.
pub(crate) fn uncovered(output: &Raster, painted: &Raster, areas: &[Rect]) -> Option<Rect> {
    let luma = |raster: &Raster, at: usize| {
        let [r, g, b] = [0, 1, 2].map(|channel| i32::from(raster.rgb[3 * at + channel]));
        (77 * r + 150 * g + 29 * b) >> 8
    };
    let differs = |rect: &&Rect| {
        let row = |y: u32| (y as usize * output.width as usize)..;
        let pixels = (rect.y..rect.y + rect.height)
            .flat_map(|y| row(y).skip(rect.x as usize).take(rect.width as usize));
        let off = pixels
            .filter(|at| luma(output, *at).abs_diff(luma(painted, *at)) > CODED)
            .count();
        off as u64 * STRAYING > u64::from(rect.width) * u64::from(rect.height)
    };
    areas.iter().find(differs).copied()
}

/// What of `seen` is no ghost.
pub(crate) fn without_ghosts(mut seen: Vec<Found>, blank: Blank<'_>, output: &Raster) -> Vec<Found> {
    seen.retain(|found| blank.share(found, output) < GHOST);
    seen
}

/// A square around `rect`, cut to the picture, shown with a long side of `side`.
fn around(rect: Rect, picture: &Raster, side: u32) -> View {
    let wanted = rect.width.max(rect.height).saturating_mul(AROUND);
    let span = |start: u32, length: u32, all: u32| {
        let side = wanted.min(all);
        let first = (start + length / 2).saturating_sub(side / 2).min(all - side);
        (first, side)
    };
    let (x, width) = span(rect.x, rect.width, picture.width);
    let (y, height) = span(rect.y, rect.height, picture.height);
    let region = Rect { x, y, width, height };
    View::scaled(region, f64::from(side) / f64::from(width.max(height)))
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
