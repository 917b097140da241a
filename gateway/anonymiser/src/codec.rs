//! Bytes to pixels and pixels to bytes. Colour profiles are ignored: values are taken and written as sRGB.

use crate::error::AnonymiseError;
use crate::format::Format;
use crate::raster::Raster;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

/// Decodes what `survey` has already found to declare `size` (stored, not upright).
///
/// The decoders read hostile bytes, so a panic in one is taken as damage to the file. Error: `Malformed`.
pub(crate) fn decode(format: Format, bytes: &[u8], size: (u32, u32)) -> Result<Raster, AnonymiseError> {
    let decoded = catch_unwind(AssertUnwindSafe(|| match format {
        Format::Jpeg => decode_jpeg(bytes, size),
        Format::Png => decode_png(bytes, size),
        Format::Webp => decode_webp(bytes, size),
    }));
    decoded
        .unwrap_or_else(|_| Err("it breaks the decoder".to_owned()))
        .map_err(|reason| AnonymiseError::Malformed {
            format: format.name(),
            reason,
        })
}

/// Writes pixels and nothing else. Errors: `Encode`.
pub(crate) fn encode(format: Format, raster: &Raster, jpeg_quality: u8) -> Result<Vec<u8>, AnonymiseError> {
    match format {
        Format::Jpeg => encode_jpeg(raster, jpeg_quality),
        Format::Png => encode_png(raster),
        Format::Webp => encode_webp(raster),
    }
    .map_err(|reason| AnonymiseError::Encode {
        format: format.name(),
        reason,
    })
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

fn decode_jpeg(bytes: &[u8], size: (u32, u32)) -> Result<Raster, String> {
    let options = DecoderOptions::default()
        .set_max_width(size.0 as usize)
        .set_max_height(size.1 as usize)
        .jpeg_set_max_scans(64)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|e| e.to_string())?;
    let info = decoder.info().ok_or("no frame header")?;
    expect_size((info.width.into(), info.height.into()), size)?;
    let rgb = decoder.decode().map_err(|e| e.to_string())?;
    let raster = Raster {
        width: size.0,
        height: size.1,
        rgb,
    };
    if raster.rgb.len() != 3 * size.0 as usize * size.1 as usize {
        return Err("its picture data is incomplete".into());
    }
    Ok(raster)
}

fn decode_png(bytes: &[u8], size: (u32, u32)) -> Result<Raster, String> {
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
    let rgb = match info.color_type {
        png::ColorType::Rgb => pixels,
        png::ColorType::Rgba => over_white(&pixels),
        png::ColorType::Grayscale => pixels.iter().flat_map(|v| [*v; 3]).collect(),
        png::ColorType::GrayscaleAlpha => pixels
            .chunks_exact(2)
            .flat_map(|p| [blend(p[0], p[1]); 3])
            .collect(),
        png::ColorType::Indexed => return Err("its palette was not expanded".into()),
    };
    Ok(Raster {
        width: size.0,
        height: size.1,
        rgb,
    })
}

fn decode_webp(bytes: &[u8], size: (u32, u32)) -> Result<Raster, String> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(|e| e.to_string())?;
    decoder.set_memory_limit(16 * size.0 as usize * size.1 as usize + (1 << 20));
    expect_size(decoder.dimensions(), size)?;
    let needed = decoder
        .output_buffer_size()
        .ok_or("its picture does not fit into memory")?;
    let mut pixels = vec![0; needed];
    decoder.read_image(&mut pixels).map_err(|e| e.to_string())?;
    let rgb = if decoder.has_alpha() {
        over_white(&pixels)
    } else {
        pixels
    };
    Ok(Raster {
        width: size.0,
        height: size.1,
        rgb,
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

fn encode_jpeg(raster: &Raster, quality: u8) -> Result<Vec<u8>, String> {
    let too_large = |_| format!("{} x {} is over 65,535 a side", raster.width, raster.height);
    let width = u16::try_from(raster.width).map_err(too_large)?;
    let height = u16::try_from(raster.height).map_err(too_large)?;
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder
        .encode(&raster.rgb, width, height, ColorType::Rgb)
        .map_err(|e| e.to_string())?;
    Ok(bytes)
}

fn encode_png(raster: &Raster) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, raster.width, raster.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(|e| e.to_string())?;
    writer.write_image_data(&raster.rgb).map_err(|e| e.to_string())?;
    writer.finish().map_err(|e| e.to_string())?;
    Ok(bytes)
}

fn encode_webp(raster: &Raster) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    image_webp::WebPEncoder::new(&mut bytes)
        .encode(
            &raster.rgb,
            raster.width,
            raster.height,
            image_webp::ColorType::Rgb8,
        )
        .map_err(|e| e.to_string())?;
    Ok(bytes)
}
