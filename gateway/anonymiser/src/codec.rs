//! Bytes to pixels and pixels to bytes. Colour profiles are ignored: values are taken and written as sRGB.

use crate::error::AnonymiseError;
use crate::format::Format;
use crate::raster::Raster;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use vouchsafe_evaluation::decode_stored;

/// Decodes what `survey` has already found to declare `size` (stored, not upright), by the decoder that everybody measures
/// the output with.
///
/// The decoders read hostile bytes, so a panic in one is taken as damage to the file. Error: `Malformed`.
pub(crate) fn decode(format: Format, bytes: &[u8], size: (u32, u32)) -> Result<Raster, AnonymiseError> {
    let container = match format {
        Format::Jpeg => vouchsafe_evaluation::Format::Jpeg,
        Format::Png => vouchsafe_evaluation::Format::Png,
        Format::Webp => vouchsafe_evaluation::Format::Webp,
    };
    match decode_stored(container, bytes, size) {
        Ok(rgb) => Ok(Raster {
            width: size.0,
            height: size.1,
            rgb,
        }),
        Err(reason) => Err(AnonymiseError::Malformed {
            format: format.name(),
            reason,
        }),
    }
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
