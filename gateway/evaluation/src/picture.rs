/// More pixels are refused: every sum below stays exact up to here. Inclusive.
pub const MAX_PIXELS: u64 = 1 << 28;

/// Decoded, upright pixels: 8-bit RGB, row by row, origin top left. Never empty.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    width: u32,
    height: u32,
    rgb: &'a [u8],
}

/// Why bytes are not a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    #[error("a picture of {width} x {height} pixels is empty")]
    Empty { width: u32, height: u32 },
    #[error("{pixels} pixels, at most {MAX_PIXELS}")]
    TooLarge { pixels: u64 },
    #[error("{width} x {height} pixels are not {bytes} bytes")]
    Length { width: u32, height: u32, bytes: usize },
}

impl<'a> Picture<'a> {
    /// Takes `3 * width * height` bytes. Errors: `Empty`, `TooLarge`, `Length`.
    pub fn new(width: u32, height: u32, rgb: &'a [u8]) -> Result<Self, PictureError> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 {
            return Err(PictureError::Empty { width, height });
        }
        if pixels > MAX_PIXELS {
            return Err(PictureError::TooLarge { pixels });
        }
        if usize::try_from(3 * pixels) != Ok(rgb.len()) {
            let bytes = rgb.len();
            return Err(PictureError::Length { width, height, bytes });
        }
        Ok(Self { width, height, rgb })
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn height(&self) -> u32 {
        self.height
    }

    /// Red, green and blue of every pixel, row by row.
    pub(crate) fn pixels(&self) -> &[[u8; 3]] {
        self.rgb.as_chunks::<3>().0
    }

    /// Brightness of every pixel: `(77 R + 150 G + 29 B + 128) / 256`, ITU-R BT.601 with 8-bit weights.
    pub(crate) fn luma(&self) -> Plane {
        Plane {
            width: self.width as usize,
            values: self.pixels().iter().copied().map(luma).collect(),
        }
    }
}

fn luma([red, green, blue]: [u8; 3]) -> u8 {
    // At most 65,408: nothing wraps, and one byte is left.
    let weighted = |value: u8, weight: u16| u16::from(value).wrapping_mul(weight);
    let sum = weighted(red, 77)
        .wrapping_add(weighted(green, 150))
        .wrapping_add(weighted(blue, 29));
    (sum.wrapping_add(128) >> 8) as u8
}

/// One value a pixel, row by row.
pub(crate) struct Plane {
    width: usize,
    pub values: Vec<u8>,
}

impl Plane {
    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    pub fn row(&self, y: usize) -> &[u8] {
        &self.values[self.width * y..self.width * (y + 1)]
    }

    /// Means of whole blocks of `factor` x `factor` pixels, halves rounded up; what does not fill a block is left out.
    pub fn shrunk(&self, factor: usize) -> Self {
        let (width, height) = (self.width / factor, self.height() / factor);
        let area = (factor * factor) as u64;
        let mut values = Vec::with_capacity(width * height);
        let mut sums = vec![0_u64; width];
        for block in 0..height {
            sums.fill(0);
            for y in block * factor..(block + 1) * factor {
                for (sum, run) in sums.iter_mut().zip(self.row(y).chunks_exact(factor)) {
                    *sum += run.iter().map(|value| u64::from(*value)).sum::<u64>();
                }
            }
            // A mean of bytes is a byte.
            values.extend(sums.iter().map(|sum| ((sum + area / 2) / area) as u8));
        }
        Self { width, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_picture_is_refused() {
        let error = Picture::new(0, 5, &[]).err();
        assert_eq!(error, Some(PictureError::Empty { width: 0, height: 5 }));
    }

    #[test]
    fn a_picture_beyond_the_bound_is_refused_before_its_bytes_are_looked_at() {
        let error = Picture::new(u32::MAX, u32::MAX, &[]).err();
        assert_eq!(
            error,
            Some(PictureError::TooLarge {
                pixels: 18_446_744_065_119_617_025
            })
        );
        let error = Picture::new(1 << 14, (1 << 14) + 1, &[]).err();
        assert_eq!(
            error,
            Some(PictureError::TooLarge {
                pixels: MAX_PIXELS + (1 << 14)
            })
        );
    }

    #[test]
    fn a_picture_whose_bytes_are_too_few_or_too_many_is_refused() {
        for bytes in [17, 19] {
            let error = Picture::new(3, 2, &vec![0; bytes]).err();
            assert_eq!(
                error,
                Some(PictureError::Length {
                    width: 3,
                    height: 2,
                    bytes
                })
            );
        }
        assert!(Picture::new(3, 2, &[0; 18]).is_ok());
    }

    #[test]
    fn luma_of_the_primaries_is_what_bt601_says() {
        let rgb = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0];
        let picture = Picture::new(5, 1, &rgb).unwrap();
        assert_eq!(picture.luma().values, [77, 149, 29, 255, 0]);
    }

    #[test]
    fn shrinking_takes_means_of_whole_blocks() {
        let plane = Plane {
            width: 5,
            values: vec![0, 1, 10, 20, 99, 1, 0, 30, 41, 99, 7, 7, 7, 7, 7],
        };
        let small = plane.shrunk(2);
        assert_eq!((small.width(), small.height()), (2, 1));
        assert_eq!(small.values, [1, 25], "0.5 becomes 1, 25.25 becomes 25");
    }
}
