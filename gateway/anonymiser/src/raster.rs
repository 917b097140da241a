//! Upright pixels: 8-bit RGB, row by row, origin top left.

use crate::error::AnonymiseError;
use crate::report::Rect;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    pub width: u32,
    pub height: u32,
    /// `3 * width * height` bytes.
    pub rgb: Vec<u8>,
}

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
        let mut out = if orientation >= 5 {
            Self::new(self.height, self.width)
        } else {
            Self::new(self.width, self.height)
        };
        let pitch = 3 * out.width as usize;
        self.write_upright(orientation, &mut out.rgb, pitch);
        out
    }

    /// Writes what [`Self::upright`] gives into `target`, whose rows begin `pitch` bytes apart; between them nothing is
    /// touched. `target` must hold all rows.
    pub fn write_upright(&self, orientation: u8, target: &mut [u8], pitch: usize) {
        let (w, h) = (self.width as usize, self.height as usize);
        let (row, last) = (w as isize, (w * h) as isize - 1);
        let (ends_first_row, begins_last_row) = (row - 1, last - (row - 1));
        // The stored pixel that comes first, and how far it is from one to the next on the right and below.
        let (first, right, below) = match orientation {
            2 => (ends_first_row, -1, row),
            3 => (last, -1, -row),
            4 => (begins_last_row, 1, -row),
            5 => (0, row, 1),
            6 => (begins_last_row, -row, 1),
            7 => (last, -row, -1),
            8 => (ends_first_row, row, -1),
            _ => (0, 1, row),
        };
        let out_width = if (5..=8).contains(&orientation) { h } else { w };
        for (y, out) in target.chunks_mut(pitch).enumerate().take(w * h / out_width) {
            let out = &mut out[..3 * out_width];
            let mut at = first + y as isize * below;
            if right == 1 {
                let from = 3 * at as usize;
                out.copy_from_slice(&self.rgb[from..from + 3 * out_width]);
                continue;
            }
            for pixel in out.chunks_exact_mut(3) {
                let from = 3 * at as usize;
                pixel.copy_from_slice(&self.rgb[from..from + 3]);
                at += right;
            }
        }
    }

    /// Bilinear with anti-aliasing. `width` and `height` above zero.
    pub fn resized(&self, width: u32, height: u32) -> Result<Cow<'_, Self>, AnonymiseError> {
        if (width, height) == (self.width, self.height) {
            return Ok(Cow::Borrowed(self));
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
        Ok(Cow::Owned(out))
    }

    /// The pixels in `region`, which must lie within the picture.
    pub fn part(&self, region: Rect) -> Cow<'_, Self> {
        let Rect { x, y, width, height } = region;
        if (width, height) == (self.width, self.height) {
            return Cow::Borrowed(self);
        }
        let mut rgb = Vec::with_capacity(3 * width as usize * height as usize);
        for row in y..y + height {
            let start = 3 * (row as usize * self.width as usize + x as usize);
            rgb.extend_from_slice(&self.rgb[start..start + 3 * width as usize]);
        }
        Cow::Owned(Self { width, height, rgb })
    }

    /// Writes `part` over the pixels from (x, y) on, which must hold all of it.
    #[cfg(test)]
    pub fn put(&mut self, part: &Self, x: u32, y: u32) {
        let pitch = 3 * self.width as usize;
        let rows = self.rgb.chunks_exact_mut(pitch).skip(y as usize);
        for (row, part) in rows.zip(part.rgb.chunks_exact(3 * part.width as usize)) {
            row[3 * x as usize..][..part.len()].copy_from_slice(part);
        }
    }

    /// BT.601 luma of every pixel, row by row.
    pub fn luma(&self) -> Luma {
        let values = self.rgb.chunks_exact(3).map(luma).collect();
        Luma { values }
    }
}

/// One brightness a pixel.
pub(crate) struct Luma {
    values: Vec<u8>,
}

impl Luma {
    /// Row by row.
    pub fn values(&self) -> &[u8] {
        &self.values
    }
}

/// BT.601 luma from 8-bit weights: exact integers.
fn luma(pixel: &[u8]) -> u8 {
    ((77 * u32::from(pixel[0]) + 150 * u32::from(pixel[1]) + 29 * u32::from(pixel[2]) + 128) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upright_picture_written_between_other_bytes_leaves_them() {
        let mut raster = Raster::new(3, 2);
        raster.rgb.iter_mut().enumerate().for_each(|(i, v)| *v = i as u8);
        let mut target = vec![255; 3 * 7];
        raster.write_upright(6, &mut target, 7);
        // Clockwise: the last row's first pixel comes first, above it the first row's.
        let rows = [
            [9, 10, 11, 0, 1, 2, 255],
            [12, 13, 14, 3, 4, 5, 255],
            [15, 16, 17, 6, 7, 8, 255],
        ];
        assert_eq!(target, rows.concat());
    }

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
}
