//! PNG chunks (W3C PNG, third edition).

use super::{Survey, be32};
use crate::error::AnonymiseError;

fn damaged(reason: impl Into<String>) -> AnonymiseError {
    AnonymiseError::Malformed {
        format: "PNG",
        reason: reason.into(),
    }
}

/// The chunk at `at`: (type, payload, position of the next).
fn chunk(bytes: &[u8], at: usize) -> Option<([u8; 4], &[u8], usize)> {
    let length = be32(bytes, at)? as usize;
    let kind = bytes.get(at + 4..at + 8)?.try_into().ok()?;
    let end = (at + 8).checked_add(length)?;
    let payload = bytes.get(at + 8..end)?;
    bytes.get(end..end.checked_add(4)?)?; // the checksum, which the decoder verifies
    Some((kind, payload, end + 4))
}

pub(super) fn survey(bytes: &[u8]) -> Result<Survey, AnonymiseError> {
    let mut survey = Survey::new();
    let mut data = false;
    let mut at = 8;
    loop {
        let Some((kind, payload, next)) = chunk(bytes, at) else {
            return Err(damaged("it ends before the picture does"));
        };
        if at == 8 && &kind != b"IHDR" {
            return Err(damaged("the header chunk is not first"));
        }
        at = next;
        match &kind {
            b"IHDR" => {
                let size = be32(payload, 0).zip(be32(payload, 4));
                let (width, height) = size.ok_or_else(|| damaged("a header chunk that is too short"))?;
                if survey.width != 0 {
                    return Err(damaged("two header chunks"));
                }
                (survey.width, survey.height) = (width, height);
            }
            b"IDAT" => data = true,
            b"IEND" => {
                if !data {
                    return Err(damaged("it holds no picture data"));
                }
                if at < bytes.len() {
                    survey.note("trailer");
                }
                return Ok(survey);
            }
            b"acTL" => {
                return Err(AnonymiseError::Animated {
                    found: "animated PNG pictures",
                });
            }
            b"iTXt" if payload.starts_with(b"XML:com.adobe.xmp\0") => survey.note("xmp"),
            b"tEXt" | b"zTXt" | b"iTXt" => survey.note("png-text"),
            b"eXIf" => survey.note_exif(payload),
            b"iCCP" => survey.note("icc"),
            b"tIME" => survey.note("time"),
            // How pixels are stored or shown; dropped too, but nothing about the photo.
            b"PLTE" | b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"cICP" | b"bKGD" | b"pHYs" | b"sBIT" => {}
            _ => survey.note("other"),
        }
    }
}

/// Allows the signature, IHDR, at least one IDAT, and IEND, in that order, and nothing after them.
pub(super) fn audit(bytes: &[u8]) -> Result<(u32, u32), String> {
    const CUT: &str = "an unfinished chunk";
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Err("no signature".into());
    }
    let (kind, header, mut at) = chunk(bytes, 8).ok_or(CUT)?;
    if &kind != b"IHDR" || header.len() != 13 {
        return Err("no header chunk".into());
    }
    let size = (be32(header, 0).ok_or(CUT)?, be32(header, 4).ok_or(CUT)?);
    let mut data = false;
    loop {
        let (kind, payload, next) = chunk(bytes, at).ok_or(CUT)?;
        at = next;
        match &kind {
            b"IDAT" => data = true,
            b"IEND" if !data => return Err("no picture data".into()),
            b"IEND" if payload.is_empty() && at == bytes.len() => return Ok(size),
            b"IEND" => return Err("bytes after its end".into()),
            other => return Err(format!("a PNG chunk {}", other.escape_ascii())),
        }
    }
}
