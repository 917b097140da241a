//! Puts two JPEG photos of equal height next to each other: `side_by_side BEFORE AFTER OUT`.
//!
//! For the demonstration. EXIF orientation is not looked at.

use std::{env, error::Error, fs, process::ExitCode};

use jpeg_encoder::{ColorType, Encoder};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

/// Width, height, and 8-bit RGB row by row.
type Picture = (usize, usize, Vec<u8>);

fn read(path: &str) -> Result<Picture, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes[..]), options);
    let pixels = decoder.decode()?;
    let (width, height) = decoder.dimensions().ok_or("the photo declares no size")?;
    Ok((width, height, pixels))
}

fn join(before: &str, after: &str, out: &str) -> Result<(), Box<dyn Error>> {
    let (left, right) = (read(before)?, read(after)?);
    if left.1 != right.1 {
        return Err(format!("{before} is {} pixels high, {after} is {}", left.1, right.1).into());
    }
    let rows = left
        .2
        .chunks_exact(3 * left.0)
        .zip(right.2.chunks_exact(3 * right.0));
    let joined: Vec<u8> = rows.flat_map(|(left, right)| [left, right].concat()).collect();
    let width = u16::try_from(left.0 + right.0)?;
    Encoder::new_file(out, 88)?.encode(&joined, width, u16::try_from(left.1)?, ColorType::Rgb)?;
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [before, after, out] = &arguments[..] else {
        eprintln!("usage: side_by_side BEFORE AFTER OUT");
        return ExitCode::from(2);
    };
    match join(before, after, out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
