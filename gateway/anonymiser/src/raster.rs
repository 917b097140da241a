//! Upright pixels: 8-bit RGB, row by row, origin top left.

use crate::error::AnonymiseError;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    pub width: u32,
    pub height: u32,
    /// `3 * width * height` bytes.
    pub rgb: Vec<u8>,
}

/// A quarter turn, as EXIF counts them: 1 none, 6 clockwise, 3 half, 8 anticlockwise.
pub(crate) const QUARTER_TURNS: [u8; 4] = [1, 6, 3, 8];

impl Raster {
    pub fn new(width: u32, height: u32) -> Self {
        let len = 3 * width as usize * height as usize;
        Self {
            width,
            height,
            rgb: vec![0; len],
        }
    }

    /// Turns stored pixels upright: `orientation` is the EXIF value, 1 to 8 (others mean 1).
    pub fn upright(self, orientation: u8) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
        let (w, h) = (self.width as usize, self.height as usize);
        let swapped = orientation >= 5;
        let mut out = if swapped {
            Self::new(self.height, self.width)
        } else {
            Self::new(self.width, self.height)
        };
        let out_width = out.width as usize;
        // Where output pixel (x, y) comes from.
        let source = |x: usize, y: usize| match orientation {
            2 => (w - 1 - x, y),
            3 => (w - 1 - x, h - 1 - y),
            4 => (x, h - 1 - y),
            5 => (y, x),
            6 => (y, h - 1 - x),
            7 => (w - 1 - y, h - 1 - x),
            _ => (w - 1 - y, x),
        };
        for (y, row) in out.rgb.chunks_exact_mut(3 * out_width).enumerate() {
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                let (sx, sy) = source(x, y);
                let at = 3 * (sy * w + sx);
                pixel.copy_from_slice(&self.rgb[at..at + 3]);
            }
        }
        out
    }

    /// Bilinear with anti-aliasing. `width` and `height` above zero.
    pub fn resized(&self, width: u32, height: u32) -> Result<Self, AnonymiseError> {
        if (width, height) == (self.width, self.height) {
            return Ok(self.clone());
        }
        let failed = |reason: String| AnonymiseError::Inference {
            reason: format!("scaling: {reason}"),
        };
        // Typed images: the untyped ones would compile the filters for every pixel format there is, for minutes.
        // The typed call: the other one compiles the resizer for every pixel type there is.
        let from = TypedImageRef::<U8x3>::from_buffer(self.width, self.height, &self.rgb)
            .map_err(|e| failed(e.to_string()))?;
        let mut out = Self::new(width, height);
        let mut to = TypedImage::<U8x3>::from_buffer(width, height, &mut out.rgb)
            .map_err(|e| failed(e.to_string()))?;
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        Resizer::new()
            .resize_typed(&from, &mut to, &options)
            .map_err(|e| failed(e.to_string()))?;
        Ok(out)
    }

    /// Mean luma over all pixels, in thousandths (0 to 255,000).
    pub fn exposure(&self) -> u32 {
        let sum: u64 = self.rgb.chunks_exact(3).map(|p| u64::from(luma(p))).sum();
        let pixels = u64::from(self.width) * u64::from(self.height);
        (sum * 1000 / pixels.max(1)) as u32
    }

    /// Variance of the 4-neighbour Laplacian of luma over inner pixels, in thousandths; 0 when there are none.
    pub fn sharpness(&self) -> u64 {
        let (w, h) = (self.width as usize, self.height as usize);
        if w < 3 || h < 3 {
            return 0;
        }
        let lumas = |y: usize| -> Vec<i32> {
            self.rgb[3 * w * y..3 * w * (y + 1)]
                .chunks_exact(3)
                .map(|p| i32::from(luma(p)))
                .collect()
        };
        let (mut above, mut here, mut below) = (lumas(0), lumas(1), lumas(2));
        let (mut sum, mut squares) = (0_i64, 0_u64);
        for y in 1..h - 1 {
            if y > 1 {
                above = here;
                here = below;
                below = lumas(y + 1);
            }
            for x in 1..w - 1 {
                let value = here[x - 1] + here[x + 1] + above[x] + below[x] - 4 * here[x];
                sum += i64::from(value);
                squares += u64::from(value.unsigned_abs()).pow(2);
            }
        }
        let n = ((w - 2) * (h - 2)) as i128;
        let spread = n * i128::from(squares) - i128::from(sum) * i128::from(sum);
        (spread * 1000 / (n * n)) as u64
    }
}

/// BT.601 luma from 8-bit weights: exact integers, so that every machine gets the same metrics.
fn luma(pixel: &[u8]) -> u8 {
    ((77 * u32::from(pixel[0]) + 150 * u32::from(pixel[1]) + 29 * u32::from(pixel[2]) + 128) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarter_turns_undo_each_other() {
        let mut raster = Raster::new(3, 2);
        raster.rgb.iter_mut().enumerate().for_each(|(i, v)| *v = i as u8);
        for (there, back) in [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 8), (7, 7), (8, 6)] {
            assert_eq!(
                raster.clone().upright(there).upright(back),
                raster,
                "orientation {there}"
            );
        }
    }

    #[test]
    fn a_flat_picture_has_no_sharpness_and_its_own_exposure() {
        let flat = Raster {
            width: 5,
            height: 4,
            rgb: vec![200; 60],
        };
        assert_eq!((flat.sharpness(), flat.exposure()), (0, 200_000));
    }

    #[test]
    fn one_bright_pixel_gives_the_variance_of_its_laplacian() {
        let mut raster = Raster::new(3, 3);
        raster.rgb[12..15].fill(100);
        assert_eq!(raster.sharpness(), 0, "one inner pixel has no variance");
        let mut raster = Raster::new(4, 3);
        raster.rgb[15..18].fill(100); // Laplacian -400 there and 100 beside it
        assert_eq!(raster.sharpness(), 62_500_000);
    }
}
