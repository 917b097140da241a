//! New pixels for some MCUs.
//!
//! **Nothing of the surroundings in a mask.** A block that a mask covers in part holds both in the same coefficients, and
//! what quantisation takes from these shows as traces of the surroundings under the mask. Whoever has two releases of one
//! photo recognises faces by them, under a constant colour even (measured: docs/anonymiser.md). So, where a mask is painted in
//! greys, black is encoded darker than black and white lighter than white, by as much as it takes: decoders clamp samples
//! (T.81 A.3.1), so no brightness of what is beside the mask is seen in it. And blocks of chroma that it reaches into by more
//! than [`RIM`] have no colour at all. Outside the mask the picture keeps its brightness, and loses its colour as far as such a
//! block reaches: up to 15 pixels where chroma is sampled down by two.

use super::transform::{coefficients, values};
use super::{Colour, Component, Jpeg};
use crate::raster::Raster;
use crate::report::Rect;

/// Sides of an MCU are this at most.
const MOST: usize = 32;

/// As many pixels at its border a mask may show traces of the colours beside it. At 6 faces were recognised by them 1.4 times
/// as often as by chance, at 4 as often as by chance, with half the error in the colours around masks that 0 has.
pub(super) const RIM: u32 = 4;

/// How far beyond black and white a block is tried, the least first. The last one is as far as common decoders clamp
/// (libjpeg's table ends at 384 below black) with the error of any steps that a picture is worth looking at with.
const BEYOND: [i16; 4] = [8, 24, 56, 112];
const FARTHEST: i32 = 256;

/// Decoders need not round alike: what differs by less might show.
const SURE: i32 = 3;

/// The largest AC and DC of a baseline file (T.81 F.1.2), less the sign.
const LARGEST: i16 = 1023;

/// A pixel of a mask within its rim, and one further in.
const SHALLOW: u8 = 1;
const DEEP: u8 = 2;

/// What becomes of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// About its value.
    Near,
    Black,
    White,
}

impl Jpeg {
    /// Encodes every MCU that touches a rectangle of `areas` anew from `pixels`, with the file's own quantisation steps;
    /// nothing of what was there before stays in it. All other coefficients stay as they are.
    ///
    /// `greys` are parts of the areas that show greys. Where they are black or white, decoders show no other brightness, and
    /// from [`RIM`] and one more pixel within them on, into which chroma that is sampled down is blended, no colour.
    ///
    /// Rectangles and `pixels` are in stored orientation, at full size; what of a rectangle lies outside the picture does
    /// not count.
    ///
    /// # Panics
    /// When `pixels` has another size than the picture: masks would not be where they are thought to be.
    pub fn replace(&mut self, areas: &[Rect], greys: &[Rect], pixels: &Raster) {
        assert_eq!(
            (self.width, self.height),
            (pixels.width, pixels.height),
            "masks for a picture of another size"
        );
        let (width, height) = self.mcu();
        let (across, down) = self.mcus();
        let mut touched = vec![false; across * down];
        for rect in areas.iter().filter(|r| r.width > 0 && r.height > 0) {
            let reach = |from: u32, length: u32, end: u32, mcu: u32| {
                let to = from.saturating_add(length).min(end);
                (from / mcu) as usize..to.div_ceil(mcu) as usize
            };
            let columns = reach(rect.x, rect.width, self.width, width);
            for y in reach(rect.y, rect.height, self.height, height) {
                for x in columns.clone() {
                    touched[y * across + x] = true;
                }
            }
        }
        for (index, _) in touched.iter().enumerate().filter(|(_, touched)| **touched) {
            self.encode_mcu(index % across, index / across, greys, pixels);
        }
        self.components.iter_mut().for_each(Component::pad);
    }

    /// Beyond the picture its last row and column go on.
    fn encode_mcu(&mut self, mcu_x: usize, mcu_y: usize, greys: &[Rect], pixels: &Raster) {
        let (most_h, most_v) = self.largest_factors();
        let (width, height) = (8 * most_h, 8 * most_v);
        let row_length = 3 * pixels.width as usize;
        // The three channels, and where a grey is painted: [`SHALLOW`] or [`DEEP`], elsewhere 0.
        let mut channels = [[0_u8; MOST * MOST]; 4];
        let corner = (mcu_x * width, mcu_y * height);
        let touched = |grey: &&Rect| {
            let meets = |from: u32, length: u32, corner: usize, side: usize| {
                (from as usize) < corner + side && corner < from as usize + length as usize
            };
            meets(grey.x, grey.width, corner.0, width) && meets(grey.y, grey.height, corner.1, height)
        };
        let greys: Vec<&Rect> = greys.iter().filter(touched).collect();
        for y in 0..height {
            let from_y = (mcu_y * height + y).min(pixels.height as usize - 1);
            let row = pixels.rgb[from_y * row_length..][..row_length].as_chunks::<3>().0;
            let row = &row[mcu_x * width..row.len().min((mcu_x + 1) * width)];
            for (x, pixel) in row.iter().enumerate() {
                let [first, second, third] = match self.colour {
                    Colour::Rgb => *pixel,
                    Colour::Grey | Colour::YCbCr => ycbcr(*pixel),
                };
                let place = (corner.0 + x, from_y);
                let grey = if is_grey(*pixel) { depth(&greys, place) } else { 0 };
                for (channel, value) in channels.iter_mut().zip([first, second, third, grey]) {
                    channel[y * width + x] = value;
                }
            }
            for channel in &mut channels {
                let line = &mut channel[y * width..(y + 1) * width];
                let last = line[row.len() - 1];
                line[row.len()..].fill(last);
            }
        }
        let [first, second, third, grey] = &channels;
        let has_chroma = self.colour == Colour::YCbCr;
        let components = self.components.iter_mut().zip([first, second, third]);
        for (number, (component, channel)) in components.enumerate() {
            let ratio = (most_h / component.h, most_v / component.v);
            for block in 0..component.h * component.v {
                let (block_x, block_y) = (block % component.h, block / component.h);
                let corner = 8 * (block_y * ratio.1 * width + block_x * ratio.0);
                let grey = deepest(&grey[corner..], width, ratio);
                let samples = means(&channel[corner..], width, ratio);
                let steps = component.steps;
                let index = (mcu_y * component.v + block_y) * component.wide + mcu_x * component.h + block_x;
                component.blocks_mut()[index] = if !has_chroma || number == 0 {
                    clamped(&samples, &grey, &steps)
                } else if grey.contains(&DEEP) {
                    [0; 64]
                } else {
                    coefficients(&samples.map(i16::from), &steps)
                };
            }
        }
    }
}

fn is_grey([red, green, blue]: [u8; 3]) -> bool {
    red == green && green == blue
}

/// How deep in one of `greys` a place lies; 0 in none.
fn depth(greys: &[&Rect], (x, y): (usize, usize)) -> u8 {
    let within = |from: u32, length: u32, rim: u32, at: usize| {
        let inner = length.saturating_sub(2 * rim) as usize;
        at.wrapping_sub(from.saturating_add(rim) as usize) < inner
    };
    let contains =
        |grey: &Rect, rim: u32| within(grey.x, grey.width, rim, x) && within(grey.y, grey.height, rim, y);
    if greys.iter().any(|grey| contains(grey, RIM)) {
        DEEP
    } else if greys.iter().any(|grey| contains(grey, 0)) {
        SHALLOW
    } else {
        0
    }
}

/// The highest values of 8 x 8 boxes of `size`, in rows `width` apart.
fn deepest(values: &[u8], width: usize, size: (usize, usize)) -> [u8; 64] {
    std::array::from_fn(|n| {
        let corner = (n / 8) * size.1 * width + (n % 8) * size.0;
        let rows = (0..size.1).map(|row| &values[corner + row * width..][..size.0]);
        rows.flatten().fold(0, |deepest, value| deepest.max(*value))
    })
}

/// [`coefficients`] that show black and white samples as what they are, where `grey` is not 0.
fn clamped(samples: &[u8; 64], grey: &[u8; 64], steps: &[u16; 64]) -> [i16; 64] {
    let wanted: [Wanted; 64] = std::array::from_fn(|n| match (grey[n], samples[n]) {
        (1.., 0) => Wanted::Black,
        (1.., 255) => Wanted::White,
        _ => Wanted::Near,
    });
    let plain = || coefficients(&samples.map(i16::from), steps);
    let first = wanted.iter().copied().find(|wanted| *wanted != Wanted::Near);
    let Some(first) = first else { return plain() };
    let beyond = |reach: i16, wanted: &[Wanted; 64]| -> [i16; 64] {
        let samples: [i16; 64] = std::array::from_fn(|n| match wanted[n] {
            Wanted::Near => samples[n].into(),
            Wanted::Black => -reach,
            Wanted::White => 255 + reach,
        });
        coefficients(&samples, steps)
    };
    let partly = BEYOND.iter().map(|reach| beyond(*reach, &wanted));
    // Where steps are too coarse for both, the block is the mask's.
    let wholly = BEYOND.iter().map(|reach| beyond(*reach, &[first; 64]));
    (partly.chain(wholly))
        .find(|block| shows(block, steps, &wanted))
        .unwrap_or_else(plain)
}

/// Does every decoder show the wanted samples of this block?
fn shows(block: &[i16; 64], steps: &[u16; 64], wanted: &[Wanted; 64]) -> bool {
    let codable = block.iter().all(|value| value.abs() <= LARGEST);
    let right = |(value, wanted): (i32, &Wanted)| match wanted {
        Wanted::Near => true,
        Wanted::Black => (-FARTHEST..=-SURE).contains(&value),
        Wanted::White => (255 + SURE..=255 + FARTHEST).contains(&value),
    };
    codable && values(block, steps).into_iter().zip(wanted).all(right)
}

/// The rounded means of 8 x 8 boxes of `size`, in rows `width` apart.
fn means(values: &[u8], width: usize, size: (usize, usize)) -> [u8; 64] {
    let mut means = [0; 64];
    let count = (size.0 * size.1) as u16;
    for (y, means) in means.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let mut sums = [0_u16; 8];
        for line in y * size.1..(y + 1) * size.1 {
            let line = &values[line * width..][..8 * size.0];
            for (sum, values) in sums.iter_mut().zip(line.chunks_exact(size.0)) {
                // 16 values at most, so nothing wraps.
                *sum = values.iter().fold(*sum, |sum, v| sum.wrapping_add((*v).into()));
            }
        }
        *means = sums.map(|sum| ((sum + count / 2) / count) as u8);
    }
    means
}

/// BT.601 with full range (JFIF 1.02), constants times 2^16. The first is also the grey of a colour.
#[inline(always)]
fn ycbcr(pixel: [u8; 3]) -> [u8; 3] {
    let [r, g, b] = pixel.map(i32::from);
    let half = 1 << 15;
    [
        (19_595 * r + 38_470 * g + 7_471 * b + half) >> 16,
        ((-11_059 * r - 21_709 * g + 32_768 * b + half) >> 16) + 128,
        ((32_768 * r - 27_439 * g - 5_329 * b + half) >> 16) + 128,
    ]
    .map(|v| v.clamp(0, 255) as u8)
}
