//! New pixels for some MCUs.

use super::transform::coefficients;
use super::{Colour, Component, Jpeg};
use crate::raster::Raster;
use crate::report::Rect;

impl Jpeg {
    /// Encodes every MCU that touches a rectangle anew from `pixels`, with the file's own quantisation steps; nothing of
    /// what was there before stays in it. All other coefficients stay as they are.
    ///
    /// Rectangles and `pixels` are in stored orientation, at full size; what of a rectangle lies outside the picture does
    /// not count.
    ///
    /// # Panics
    /// When `pixels` has another size than the picture: masks would not be where they are thought to be.
    pub fn replace(&mut self, area: &[Rect], pixels: &Raster) {
        assert_eq!(
            (self.width, self.height),
            (pixels.width, pixels.height),
            "masks for a picture of another size"
        );
        let (width, height) = self.mcu();
        let (across, down) = self.mcus();
        let mut touched = vec![false; across * down];
        for rect in area.iter().filter(|r| r.width > 0 && r.height > 0) {
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
            self.encode_mcu(index % across, index / across, pixels);
        }
        self.components.iter_mut().for_each(Component::pad);
    }

    /// Beyond the picture its last row and column go on.
    fn encode_mcu(&mut self, mcu_x: usize, mcu_y: usize, pixels: &Raster) {
        let (most_h, most_v) = self.largest_factors();
        let (width, height) = (8 * most_h, 8 * most_v);
        let row_length = 3 * pixels.width as usize;
        let mut channels = [[0_u8; 32 * 32]; 3];
        for y in 0..height {
            let from_y = (mcu_y * height + y).min(pixels.height as usize - 1);
            let row = pixels.rgb[from_y * row_length..][..row_length].as_chunks::<3>().0;
            let row = &row[mcu_x * width..row.len().min((mcu_x + 1) * width)];
            for (x, pixel) in row.iter().enumerate() {
                let values = match self.colour {
                    Colour::Rgb => *pixel,
                    Colour::Grey | Colour::YCbCr => ycbcr(*pixel),
                };
                for (channel, value) in channels.iter_mut().zip(values) {
                    channel[y * width + x] = value;
                }
            }
            for channel in &mut channels {
                let line = &mut channel[y * width..(y + 1) * width];
                let last = line[row.len() - 1];
                line[row.len()..].fill(last);
            }
        }
        for (component, channel) in self.components.iter_mut().zip(&channels) {
            let ratio = (most_h / component.h, most_v / component.v);
            for block in 0..component.h * component.v {
                let (block_x, block_y) = (block % component.h, block / component.h);
                let corner = 8 * (block_y * ratio.1 * width + block_x * ratio.0);
                let samples = means(&channel[corner..], width, ratio);
                let index = (mcu_y * component.v + block_y) * component.wide + mcu_x * component.h + block_x;
                let steps = component.steps;
                component.blocks_mut()[index] = coefficients(&samples, &steps);
            }
        }
    }
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
