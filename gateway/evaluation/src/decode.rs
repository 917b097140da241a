//! A picture's file to its pixels: the one decoder that rows are made and compared with, so that exact metrics are.
//!
//! Colour profiles are ignored: values are taken as sRGB. Transparency is flattened on white.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

use crate::picture::Picture;

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Webp,
}

impl Format {
    /// Tells it by the first bytes, of which 12 are enough.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xFF, 0xD8]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::Webp)
        } else {
            None
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
        }
    }
}

/// Why a file gives no pixels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    #[error("it is no JPEG, PNG or WebP picture")]
    Unknown,
    #[error("it declares {width} x {height} pixels, at most {max_pixels} are decoded")]
    TooLarge {
        width: u32,
        height: u32,
        max_pixels: u64,
    },
    #[error("damaged {} picture: {reason}", .format.name())]
    Damaged { format: Format, reason: String },
}

/// Pixels as somebody who opens the file sees them: 8-bit RGB, row by row, origin top left, turned upright.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub width: u32,
    pub height: u32,
    /// `3 * width * height` bytes.
    pub rgb: Vec<u8>,
}

impl Decoded {
    /// Decodes a whole file. `max_pixels`: more are refused before anything is decoded. Inclusive.
    ///
    /// The decoders read foreign bytes, so a panic in one is taken as damage to the file. Errors: see [`DecodeError`].
    pub fn read(bytes: &[u8], max_pixels: u64) -> Result<Self, DecodeError> {
        let format = Format::of(bytes).ok_or(DecodeError::Unknown)?;
        let damaged = |reason| DecodeError::Damaged { format, reason };
        let (width, height, orientation) = guarded(|| header(format, bytes)).map_err(damaged)?;
        if u64::from(width) * u64::from(height) > max_pixels {
            return Err(DecodeError::TooLarge {
                width,
                height,
                max_pixels,
            });
        }
        let rgb = decode_stored(format, bytes, (width, height)).map_err(damaged)?;
        let stored = Self { width, height, rgb };
        Ok(stored.upright(orientation))
    }

    /// The pixels, for measuring; `None` for a picture that is none, which [`Self::read`] does not give.
    pub fn picture(&self) -> Option<Picture<'_>> {
        Picture::new(self.width, self.height, &self.rgb).ok()
    }

    /// `orientation`: the EXIF value, 1 to 8; others mean 1.
    fn upright(self, orientation: u16) -> Self {
        let (w, h) = (self.width as usize, self.height as usize);
        let (wide, high) = match orientation {
            2..=4 => (w, h),
            5..=8 => (h, w),
            _ => return self,
        };
        let mut rgb = Vec::with_capacity(self.rgb.len());
        for y in 0..high {
            for x in 0..wide {
                let (from_x, from_y) = match orientation {
                    2 => (w - 1 - x, y),
                    3 => (w - 1 - x, h - 1 - y),
                    4 => (x, h - 1 - y),
                    5 => (y, x),
                    6 => (y, h - 1 - x),
                    7 => (w - 1 - y, h - 1 - x),
                    _ => (w - 1 - y, x),
                };
                let at = 3 * (from_y * w + from_x);
                rgb.extend_from_slice(&self.rgb[at..at + 3]);
            }
        }
        let (width, height) = if orientation >= 5 {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        };
        Self { width, height, rgb }
    }
}

/// Decodes a file that declares `size`, as stored: not turned upright. A panic of a decoder is an error too. Gives
/// `3 * width * height` bytes, or the reason why not, for people.
pub fn decode_stored(format: Format, bytes: &[u8], size: (u32, u32)) -> Result<Vec<u8>, String> {
    guarded(|| match format {
        Format::Jpeg => decode_jpeg(bytes, size),
        Format::Png => decode_png(bytes, size),
        Format::Webp => decode_webp(bytes, size),
    })
}

fn guarded<T>(decode: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err("it breaks the decoder".to_owned()))
}

/// Declared width and height, both above zero, and the EXIF orientation.
fn header(format: Format, bytes: &[u8]) -> Result<(u32, u32, u16), String> {
    let (width, height, orientation) = match format {
        Format::Jpeg => {
            let side = usize::from(u16::MAX);
            let options = DecoderOptions::default().set_max_width(side).set_max_height(side);
            let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
            decoder.decode_headers().map_err(|e| e.to_string())?;
            let info = decoder.info().ok_or("no frame header")?;
            let orientation = decoder.exif().and_then(|exif| orientation(exif)).unwrap_or(1);
            (info.width.into(), info.height.into(), orientation)
        }
        // Only a JPEG leaves the anonymiser as it was stored; other pictures are written upright.
        Format::Png => {
            let reader = png::Decoder::new(Cursor::new(bytes))
                .read_info()
                .map_err(|e| e.to_string())?;
            (reader.info().width, reader.info().height, 1)
        }
        Format::Webp => {
            let decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(|e| e.to_string())?;
            let (width, height) = decoder.dimensions();
            (width, height, 1)
        }
    };
    if width == 0 || height == 0 {
        return Err(format!("declared size {width} x {height}"));
    }
    Ok((width, height, orientation))
}

/// The orientation that a TIFF block declares, with or without the `Exif\0\0` in front.
fn orientation(block: &[u8]) -> Option<u16> {
    const ORIENTATION: u16 = 0x0112;
    let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let two = *tiff.get(at..)?.first_chunk()?;
        Some(if big {
            u16::from_be_bytes(two)
        } else {
            u16::from_le_bytes(two)
        })
    };
    let four = *tiff.get(4..)?.first_chunk()?;
    let first = if big {
        u32::from_be_bytes(four)
    } else {
        u32::from_le_bytes(four)
    };
    let first = usize::try_from(first).ok()?;
    let entries = usize::from(u16_at(first)?);
    (0..entries)
        .map_while(|entry| first.checked_add(2 + 12 * entry))
        .find(|at| u16_at(*at) == Some(ORIENTATION))
        .and_then(|at| u16_at(at.checked_add(8)?))
}

fn expect_size(found: (u32, u32), declared: (u32, u32)) -> Result<(), String> {
    if found == declared {
        return Ok(());
    }
    Err(format!(
        "its picture is {} x {}, declared as {} x {}",
        found.0, found.1, declared.0, declared.1
    ))
}

fn decode_jpeg(bytes: &[u8], size: (u32, u32)) -> Result<Vec<u8>, String> {
    decode_jpeg_with(DecoderOptions::default(), bytes, size)
}

fn decode_jpeg_with(options: DecoderOptions, bytes: &[u8], size: (u32, u32)) -> Result<Vec<u8>, String> {
    let options = options
        .set_max_width(size.0 as usize)
        .set_max_height(size.1 as usize)
        .jpeg_set_max_scans(64)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| e.to_string())?;
    let info = decoder.info().ok_or("no frame header")?;
    expect_size((info.width.into(), info.height.into()), size)?;
    let rgb = decoder.decode().map_err(|e| e.to_string())?;
    if rgb.len() != 3 * size.0 as usize * size.1 as usize {
        return Err("its picture data is incomplete".into());
    }
    Ok(rgb)
}

fn decode_png(bytes: &[u8], size: (u32, u32)) -> Result<Vec<u8>, String> {
    // Text and profile chunks are not wanted, and a bomb in one of them less so.
    let limit = 16 * size.0 as usize * size.1 as usize + (1 << 20);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: limit });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|e| e.to_string())?;
    expect_size((reader.info().width, reader.info().height), size)?;
    let needed = reader
        .output_buffer_size()
        .ok_or("its picture does not fit into memory")?;
    let mut pixels = vec![0; needed];
    let info = reader.next_frame(&mut pixels).map_err(|e| e.to_string())?;
    Ok(match info.color_type {
        png::ColorType::Rgb => pixels,
        png::ColorType::Rgba => over_white(&pixels),
        png::ColorType::Grayscale => pixels.iter().flat_map(|v| [*v; 3]).collect(),
        png::ColorType::GrayscaleAlpha => pixels
            .chunks_exact(2)
            .flat_map(|p| [blend(p[0], p[1]); 3])
            .collect(),
        png::ColorType::Indexed => return Err("its palette was not expanded".into()),
    })
}

fn decode_webp(bytes: &[u8], size: (u32, u32)) -> Result<Vec<u8>, String> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(|e| e.to_string())?;
    decoder.set_memory_limit(16 * size.0 as usize * size.1 as usize + (1 << 20));
    expect_size(decoder.dimensions(), size)?;
    let needed = decoder
        .output_buffer_size()
        .ok_or("its picture does not fit into memory")?;
    let mut pixels = vec![0; needed];
    decoder.read_image(&mut pixels).map_err(|e| e.to_string())?;
    Ok(if decoder.has_alpha() {
        over_white(&pixels)
    } else {
        pixels
    })
}

/// Transparency is flattened on white: colours hidden under it would otherwise leave with the file.
fn over_white(rgba: &[u8]) -> Vec<u8> {
    rgba.chunks_exact(4)
        .flat_map(|p| [blend(p[0], p[3]), blend(p[1], p[3]), blend(p[2], p[3])])
        .collect()
}

fn blend(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
