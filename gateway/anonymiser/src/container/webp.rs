//! WebP chunks (RFC 9649).

use super::{Survey, le32};
use crate::error::AnonymiseError;

fn damaged(reason: impl Into<String>) -> AnonymiseError {
    AnonymiseError::Malformed {
        format: "WebP",
        reason: reason.into(),
    }
}

/// The chunk at `at`: (type, payload, position of the next).
fn chunk(bytes: &[u8], at: usize) -> Option<([u8; 4], &[u8], usize)> {
    let kind = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    let length = le32(bytes, at + 4)? as usize;
    let end = (at + 8).checked_add(length)?;
    let payload = bytes.get(at + 8..end)?;
    Some((kind, payload, end + length % 2))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    let three = bytes.get(at..at + 3)?;
    Some(u32::from_le_bytes([three[0], three[1], three[2], 0]))
}

/// Width and height in the header of a lossy frame (RFC 6386, 9.1).
fn lossy_size(payload: &[u8]) -> Option<(u32, u32)> {
    let start = payload.get(3..6)? == [0x9D, 0x01, 0x2A];
    let packed = le32(payload, 6).filter(|_| start)?;
    Some((packed & 0x3FFF, (packed >> 16) & 0x3FFF))
}

/// Width and height in the header of a lossless frame (RFC 9649, 3.4).
fn lossless_size(payload: &[u8]) -> Option<(u32, u32)> {
    let packed = le32(payload, 1).filter(|_| payload[0] == 0x2F)?;
    Some(((packed & 0x3FFF) + 1, ((packed >> 14) & 0x3FFF) + 1))
}

pub(super) fn survey(bytes: &[u8]) -> Result<Survey, AnonymiseError> {
    const CUT: &str = "it ends before the picture does";
    let mut survey = Survey::new();
    let declared = le32(bytes, 4).ok_or_else(|| damaged(CUT))? as usize;
    let end = declared.saturating_add(8);
    let inside = bytes.get(..end).ok_or_else(|| damaged(CUT))?;
    if bytes.len() > end + declared % 2 {
        survey.note("trailer");
    }
    let mut frame = false;
    let mut at = 12;
    while at < inside.len() {
        let (kind, payload, next) = chunk(inside, at).ok_or_else(|| damaged(CUT))?;
        at = next;
        let size = match &kind {
            b"VP8X" => {
                if payload.first().is_some_and(|flags| flags & 0x02 != 0) {
                    return Err(AnonymiseError::Animated {
                        found: "animated WebP pictures",
                    });
                }
                let size = le24(payload, 4).zip(le24(payload, 7));
                Some(size.map(|(w, h)| (w + 1, h + 1)))
            }
            b"VP8 " => Some(lossy_size(payload)),
            b"VP8L" => Some(lossless_size(payload)),
            b"ANIM" | b"ANMF" => {
                return Err(AnonymiseError::Animated {
                    found: "animated WebP pictures",
                });
            }
            _ => None,
        };
        frame |= matches!(&kind, b"VP8 " | b"VP8L");
        match (size, &kind) {
            (Some(None), _) => return Err(damaged("a frame header that cannot be read")),
            (Some(Some((width, height))), _) => {
                survey.width = survey.width.max(width);
                survey.height = survey.height.max(height);
            }
            (None, b"ALPH") => {}
            (None, b"ICCP") => survey.note("icc"),
            (None, b"EXIF") => survey.note_exif(payload),
            (None, b"XMP ") => survey.note("xmp"),
            (None, _) => survey.note("other"),
        }
    }
    if !frame {
        return Err(damaged("it holds no picture data"));
    }
    Ok(survey)
}

/// Allows the RIFF header and one lossless frame, and nothing after it.
pub(super) fn audit(bytes: &[u8]) -> Result<(u32, u32), String> {
    const CUT: &str = "an unfinished chunk";
    if !bytes.starts_with(b"RIFF") || bytes.get(8..12) != Some(b"WEBP") {
        return Err("no RIFF header".into());
    }
    if le32(bytes, 4).ok_or(CUT)? as usize + 8 != bytes.len() {
        return Err("bytes outside its declared length".into());
    }
    let (kind, payload, next) = chunk(bytes, 12).ok_or(CUT)?;
    if &kind != b"VP8L" {
        return Err(format!("a WebP chunk {}", kind.escape_ascii()));
    }
    if next != bytes.len() {
        return Err("a second WebP chunk".into());
    }
    lossless_size(payload).ok_or_else(|| "no frame header".into())
}
