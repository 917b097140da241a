//! Which kind of file it is, by its content and never by its name.

use crate::error::AnonymiseError;
use serde::{Deserialize, Serialize};

/// The formats that are read and written. The output has the format of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    Jpeg,
    Png,
    /// Written lossless, whatever the input was.
    Webp,
}

impl Format {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// Without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
        }
    }

    /// Tells the format from the first bytes. Errors: `Empty`, `Unsupported` naming what it looks like.
    pub fn sniff(bytes: &[u8]) -> Result<Self, AnonymiseError> {
        const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
        if bytes.is_empty() {
            return Err(AnonymiseError::Empty);
        }
        if bytes.starts_with(&[0xFF, 0xD8]) {
            return Ok(Self::Jpeg);
        }
        if bytes.starts_with(PNG) {
            return Ok(Self::Png);
        }
        if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            return Ok(Self::Webp);
        }
        Err(AnonymiseError::Unsupported { found: guess(bytes) })
    }
}

fn guess(bytes: &[u8]) -> &'static str {
    let known: [(&[u8], &str); 11] = [
        (b"GIF8", "a GIF picture"),
        (b"BM", "a BMP picture"),
        (b"II*\0", "a TIFF picture"),
        (b"MM\0*", "a TIFF picture"),
        (b"\0\0\x01\0", "an icon"),
        (b"RIFF", "a RIFF file other than WebP"),
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x7fELF", "a program"),
        (b"\xFF\x0A", "a JPEG XL picture"),
        (b"\0\0\0\x0CJXL ", "a JPEG XL picture"),
    ];
    if let Some((_, name)) = known.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return name;
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return "a HEIF, AVIF or MP4 file";
    }
    let head = &bytes[..bytes.len().min(512)];
    if head
        .iter()
        .all(|b| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7E) || *b >= 0x80)
    {
        return "text";
    }
    "nothing known"
}
