//! Coefficients to pixels, at full size or cheaper at a half, a quarter or an eighth.

use super::transform::samples;
use super::{Colour, Component, Jpeg};
use crate::raster::Raster;
use crate::report::Rect;
use std::ops::Range;

/// The samples of one component.
struct Plane {
    /// Samples in memory from row to row, at least `width`.
    pitch: usize,
    /// What shows something of the picture.
    width: usize,
    height: usize,
    samples: Vec<u8>,
    /// Pixels for one sample, across and down.
    stretch: (usize, usize),
}

impl Jpeg {
    /// The picture, scaled down by 1, 2, 4 or 8 (anything else is taken as the next smaller of these), in stored
    /// orientation. Sides are rounded up. Twice sampled-down chroma is blended between neighbours, as common decoders do.
    pub fn to_raster(&self, shrink: u32) -> Raster {
        let shrink = 1 << shrink.clamp(1, 8).ilog2();
        let (h, v) = self.largest_factors();
        let planes: Vec<_> = (self.components.iter())
            .map(|c| Plane::new(c, (h / c.h, v / c.v), shrink))
            .collect();
        let mut raster = Raster::new(
            self.width.div_ceil(shrink as u32),
            self.height.div_ceil(shrink as u32),
        );
        let width = raster.width as usize;
        let mut buffers = [(); 3].map(|()| vec![0_u8; width]);
        let mut sums = vec![0_u16; width + 1];
        for (y, target) in raster.rgb.chunks_exact_mut(3 * width).enumerate() {
            for (plane, buffer) in planes.iter().zip(&mut buffers) {
                if plane.stretch != (1, 1) {
                    plane.stretched_row(y, &mut sums, buffer);
                }
            }
            let row = |n: usize| {
                let plane: &Plane = &planes[n];
                if plane.stretch == (1, 1) {
                    &plane.samples[y * plane.pitch..][..width]
                } else {
                    &buffers[n]
                }
            };
            let target = target.as_chunks_mut::<3>().0;
            match self.colour {
                Colour::Grey => {
                    for (pixel, value) in target.iter_mut().zip(row(0)) {
                        *pixel = [*value; 3];
                    }
                }
                Colour::YCbCr => {
                    for (((pixel, y), cb), cr) in target.iter_mut().zip(row(0)).zip(row(1)).zip(row(2)) {
                        *pixel = rgb(*y, *cb, *cr);
                    }
                }
                Colour::Rgb => {
                    for (((pixel, r), g), b) in target.iter_mut().zip(row(0)).zip(row(1)).zip(row(2)) {
                        *pixel = [*r, *g, *b];
                    }
                }
            }
        }
        raster
    }
}

impl Jpeg {
    /// The rows of [`Self::to_raster`] at full size that these rows of MCUs show; they must lie within the picture and not be
    /// empty. Only those are transformed, and one more above and below, whose chroma reaches over the border.
    pub fn rows_to_raster(&self, rows: Range<usize>) -> Raster {
        let (_, down) = self.mcus();
        let (first, end) = (rows.start.saturating_sub(1), (rows.end + 1).min(down));
        let cut = |component: &Component| {
            let (above, high) = (first * component.v, (end - first) * component.v);
            let blocks = above * component.wide..(above + high) * component.wide;
            Component {
                high,
                shown: (component.shown.0, high.min(component.shown.1 - above)),
                samples: (
                    component.samples.0,
                    (8 * high).min(component.samples.1 - 8 * above),
                ),
                coefficients: component.blocks()[blocks].as_flattened().to_vec(),
                ..*component
            }
        };
        let (_, side) = self.mcu();
        let pixels = |mcus: usize| (mcus as u32 * side).min(self.height);
        let part = Self {
            width: self.width,
            height: pixels(end) - pixels(first),
            colour: self.colour,
            components: self.components.iter().map(cut).collect(),
        };
        let shown = part.to_raster(1);
        let region = Rect {
            x: 0,
            y: pixels(rows.start) - pixels(first),
            width: self.width,
            height: pixels(rows.end) - pixels(rows.start),
        };
        shown.part(region).into_owned()
    }
}

/// BT.601 with full range (JFIF 1.02), constants times 2^14.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let y = (i32::from(y) << 14) + (1 << 13);
    let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
    let [r, g, b] = [
        y.wrapping_add(cr.wrapping_mul(22_970)),
        y.wrapping_sub(cb.wrapping_mul(5_638))
            .wrapping_sub(cr.wrapping_mul(11_700)),
        y.wrapping_add(cb.wrapping_mul(29_032)),
    ];
    [r, g, b].map(|v| (v >> 14).clamp(0, 255) as u8)
}

/// The two factors of `ratio`: what a larger transform gives at this `shrink`, and what is left to stretch.
fn divide(ratio: usize, shrink: usize) -> (usize, usize) {
    let mut free = 1;
    while 2 * free <= shrink && ratio.is_multiple_of(2 * free) {
        free *= 2;
    }
    (free, ratio / free)
}

impl Plane {
    /// `ratio`: pixels for one sample at full size.
    fn new(component: &Component, ratio: (usize, usize), shrink: usize) -> Self {
        let ((free_x, stretch_x), (free_y, stretch_y)) = (divide(ratio.0, shrink), divide(ratio.1, shrink));
        // Samples of a block, across and down.
        let size = (8 * free_x / shrink, 8 * free_y / shrink);
        let pitch = component.wide * size.0;
        let mut plane = Self {
            pitch,
            width: (component.samples.0 * size.0).div_ceil(8),
            height: (component.samples.1 * size.1).div_ceil(8),
            samples: vec![0; pitch * component.high * size.1],
            stretch: (stretch_x, stretch_y),
        };
        match size {
            (8, 8) => plane.fill::<8, 8>(component),
            (8, 4) => plane.fill::<8, 4>(component),
            (8, 2) => plane.fill::<8, 2>(component),
            (8, 1) => plane.fill::<8, 1>(component),
            (4, 8) => plane.fill::<4, 8>(component),
            (4, 4) => plane.fill::<4, 4>(component),
            (4, 2) => plane.fill::<4, 2>(component),
            (4, 1) => plane.fill::<4, 1>(component),
            (2, 8) => plane.fill::<2, 8>(component),
            (2, 4) => plane.fill::<2, 4>(component),
            (2, 2) => plane.fill::<2, 2>(component),
            (2, 1) => plane.fill::<2, 1>(component),
            (1, 8) => plane.fill::<1, 8>(component),
            (1, 4) => plane.fill::<1, 4>(component),
            (1, 2) => plane.fill::<1, 2>(component),
            _ => plane.fill::<1, 1>(component),
        }
        plane
    }

    fn fill<const W: usize, const H: usize>(&mut self, component: &Component) {
        let pitch = self.pitch;
        let rows = component.blocks().chunks_exact(component.wide);
        for (blocks, out) in rows.zip(self.samples.chunks_exact_mut(H * pitch)) {
            for (x, block) in blocks.iter().enumerate() {
                samples::<W, H>(block, &component.steps, &mut out[x * W..], pitch);
            }
        }
    }

    /// The samples of pixel row `y`. Doubling weighs the nearer sample three times and its neighbour once, in both
    /// directions; where a side is stretched more, both repeat. `sums` is for its own use.
    fn stretched_row(&self, y: usize, sums: &mut [u16], out: &mut [u8]) {
        let row = |y: usize| &self.samples[y.min(self.height - 1) * self.pitch..][..self.width];
        let sums = &mut sums[..self.width];
        let blend = self.stretch.0.max(self.stretch.1) == 2;
        // Four times the values of this row. Nothing here wraps; unchecked sums are fast ones.
        if blend && self.stretch.1 == 2 {
            let near = y / 2;
            let far = if y.is_multiple_of(2) {
                near.saturating_sub(1)
            } else {
                near + 1
            };
            for ((sum, near), far) in sums.iter_mut().zip(row(near)).zip(row(far)) {
                *sum = u16::from(*near).wrapping_mul(3).wrapping_add(u16::from(*far));
            }
        } else {
            for (sum, value) in sums.iter_mut().zip(row(y / self.stretch.1)) {
                *sum = 4 * u16::from(*value);
            }
        }
        match self.stretch.0 {
            1 => {
                for (out, sum) in out.iter_mut().zip(&*sums) {
                    *out = (sum.wrapping_add(2) >> 2) as u8;
                }
            }
            2 if blend => {
                let blend =
                    |near: u16, far: u16| (near.wrapping_mul(3).wrapping_add(far).wrapping_add(8) >> 4) as u8;
                let last = sums.len() - 1;
                out[0] = blend(sums[0], sums[0]);
                // Pixels 2n + 1 and 2n + 2 lie between samples n and n + 1.
                let (pairs, rest) = out[1..].as_chunks_mut::<2>();
                for (pair, between) in pairs.iter_mut().zip(sums.windows(2)) {
                    *pair = [blend(between[0], between[1]), blend(between[1], between[0])];
                }
                if let [end] = rest {
                    *end = blend(sums[last], sums[last]);
                }
            }
            stretch => {
                for (out, sum) in out.chunks_mut(stretch).zip(&*sums) {
                    out.fill(((sum + 2) >> 2) as u8);
                }
            }
        }
    }
}
