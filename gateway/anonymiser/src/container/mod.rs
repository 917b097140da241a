//! The files around the pixels. For each format `survey` reads what an input declares and holds, without decoding,
//! and `audit` walks an output by an allow-list. Neither shares code with the decoders and encoders.

mod exif;
mod jpeg;
mod png;
mod webp;

use crate::error::AnonymiseError;
use crate::format::Format;
use std::collections::BTreeMap;

/// What an input says about itself.
#[derive(Debug)]
pub(crate) struct Survey {
    /// As stored, before the orientation is applied. Pixels, both above zero.
    pub width: u32,
    pub height: u32,
    /// EXIF orientation, 1 to 8; 1 when absent or senseless.
    pub orientation: u8,
    /// Pieces of metadata by family.
    pub metadata: BTreeMap<String, u32>,
}

impl Survey {
    fn new() -> Self {
        Self {
            width: 0,
            height: 0,
            orientation: 1,
            metadata: BTreeMap::new(),
        }
    }

    fn note(&mut self, family: &str) {
        *self.metadata.entry(family.to_owned()).or_default() += 1;
    }

    fn note_exif(&mut self, tiff: &[u8]) {
        self.note("exif");
        let found = exif::read(tiff);
        // The first block that has an orientation decides, as in common viewers.
        if self.orientation == 1 {
            self.orientation = found.orientation;
        }
        for (present, family) in [
            (found.gps, "gps"),
            (found.thumbnail, "thumbnail"),
            (found.maker_note, "maker-note"),
        ] {
            if present {
                self.note(family);
            }
        }
    }
}

/// Reads size, orientation and metadata families of an input. Errors: `Malformed`, `Animated`.
pub(crate) fn survey(format: Format, bytes: &[u8]) -> Result<Survey, AnonymiseError> {
    let survey = match format {
        Format::Jpeg => jpeg::survey(bytes),
        Format::Png => png::survey(bytes),
        Format::Webp => webp::survey(bytes),
    }?;
    if survey.width == 0 || survey.height == 0 {
        let reason = format!("declared size {} x {}", survey.width, survey.height);
        return Err(AnonymiseError::Malformed {
            format: format.name(),
            reason,
        });
    }
    Ok(survey)
}

/// Passes an output that consists of known parts only and is `width` x `height`. Error: `Leftover`.
pub(crate) fn audit(format: Format, bytes: &[u8], width: u32, height: u32) -> Result<(), AnonymiseError> {
    let size = match format {
        Format::Jpeg => jpeg::audit(bytes),
        Format::Png => png::audit(bytes),
        Format::Webp => webp::audit(bytes),
    }
    .map_err(|what| AnonymiseError::Leftover { what })?;
    if size != (width, height) {
        let what = format!("a size of {} x {} instead of {width} x {height}", size.0, size.1);
        return Err(AnonymiseError::Leftover { what });
    }
    Ok(())
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(
        bytes.get(at..at.checked_add(2)?)?.try_into().ok()?,
    ))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

#[cfg(test)]
mod audit_tests;
