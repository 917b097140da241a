//! JPEG segments (ITU T.81 Annex B).

use super::{Survey, be16};
use crate::error::AnonymiseError;

const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

fn damaged(reason: impl Into<String>) -> AnonymiseError {
    AnonymiseError::Malformed {
        format: "JPEG",
        reason: reason.into(),
    }
}

/// The marker at or after `at`, past fill bytes: (marker, position after it).
fn marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    if *bytes.get(at)? != 0xFF {
        return None;
    }
    while *bytes.get(at)? == 0xFF {
        at += 1;
    }
    Some((bytes[at], at + 1))
}

/// Position of the first marker after entropy-coded data that starts at `at`.
fn end_of_scan(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let ff = at + bytes.get(at..)?.iter().position(|b| *b == 0xFF)?;
        match *bytes.get(ff + 1)? {
            0x00 | 0xD0..=0xD7 => at = ff + 2, // a stuffed byte or a restart marker
            0xFF => at = ff + 1,
            _ => return Some(ff),
        }
    }
}

fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

pub(super) fn survey(bytes: &[u8]) -> Result<Survey, AnonymiseError> {
    const CUT: &str = "it ends before the picture does";
    let mut survey = Survey::new();
    let mut scans = 0;
    let mut at = 2;
    loop {
        // Real cameras leave stray bytes between segments; decoders skip to the next marker, and so does this.
        let Some(skip) = bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(|b| *b == 0xFF))
        else {
            return Err(damaged(CUT));
        };
        let Some((marker, body)) = marker(bytes, at + skip) else {
            return Err(damaged(CUT));
        };
        match marker {
            0x00 | 0x01 | 0xD0..=0xD8 => {
                at = body;
                continue;
            }
            EOI => {
                if scans == 0 {
                    return Err(damaged("it holds no picture data"));
                }
                if body < bytes.len() {
                    survey.note("trailer");
                }
                return Ok(survey);
            }
            _ => {}
        }
        let length = usize::from(be16(bytes, body).ok_or_else(|| damaged(CUT))?);
        let payload = length
            .checked_sub(2)
            .and_then(|_| bytes.get(body + 2..body + length))
            .ok_or_else(|| {
                damaged(if length < 2 {
                    "a segment shorter than its own length"
                } else {
                    CUT
                })
            })?;
        at = body + length;
        match marker {
            SOS => {
                if survey.width == 0 {
                    return Err(damaged("picture data before a frame header"));
                }
                scans += 1;
                at = end_of_scan(bytes, at).ok_or_else(|| damaged(CUT))?;
            }
            m if is_frame(m) => frame(&mut survey, payload)?,
            0xE0..=0xEF => application(&mut survey, marker - 0xE0, payload),
            0xFE => survey.note("comment"),
            _ => {}
        }
    }
}

fn frame(survey: &mut Survey, payload: &[u8]) -> Result<(), AnonymiseError> {
    let (Some(height), Some(width)) = (be16(payload, 1), be16(payload, 3)) else {
        return Err(damaged("a frame header that is too short"));
    };
    if survey.width != 0 {
        return Err(damaged("two frame headers"));
    }
    if width == 0 || height == 0 {
        return Err(damaged(format!("declared size {width} x {height}")));
    }
    survey.width = width.into();
    survey.height = height.into();
    Ok(())
}

fn application(survey: &mut Survey, number: u8, payload: &[u8]) {
    let is = |name: &[u8]| payload.starts_with(name);
    match number {
        0 if is(b"JFIF\0") => {
            if payload.get(12..14).is_some_and(|size| size != [0, 0]) {
                survey.note("thumbnail");
            }
        }
        0 if is(b"JFXX\0") => survey.note("thumbnail"),
        1 if is(b"Exif\0") => survey.note_exif(payload),
        1 if is(b"http://ns.adobe.com/x") => survey.note("xmp"),
        2 if is(b"ICC_PROFILE\0") => survey.note("icc"),
        2 if is(b"MPF\0") => survey.note("multi-picture"),
        13 => survey.note("iptc"),
        14 if is(b"Adobe") => {} // how colours are stored, nothing about the photo
        _ => survey.note("other"),
    }
}

/// Allows SOI, at most one of the two colour headers (JFIF of 16 bytes without thumbnail, Adobe for RGB), at most one Exif
/// block that holds an orientation and nothing else, tables without anything behind them, one sequential frame, behind it at
/// least one scan, and EOI.
pub(super) fn audit(bytes: &[u8]) -> Result<(u32, u32), String> {
    const JFIF: &[u8] = b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0";
    const ADOBE: &[u8] = b"Adobe\0\x64\0\0\0\0\0";
    const CUT: &str = "an unfinished segment";
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return Err("no start marker".into());
    }
    let (mut size, mut data, mut colours, mut oriented) = (None, false, false, false);
    let mut at = 2;
    loop {
        let (marker, body) = match bytes.get(at..at + 2) {
            Some([0xFF, marker]) => (*marker, at + 2),
            _ => return Err(CUT.into()),
        };
        if marker == EOI {
            if body != bytes.len() {
                return Err(format!("{} bytes after its end", bytes.len() - body));
            }
            return size.filter(|_| data).ok_or_else(|| "no picture data".into());
        }
        let length = usize::from(be16(bytes, body).ok_or(CUT)?);
        let payload = bytes.get(body + 2..body + length).ok_or(CUT)?;
        at = body + length;
        match marker {
            0xE0 if payload == JFIF && !colours => colours = true,
            0xEE if payload == ADOBE && !colours => colours = true,
            0xE1 if is_orientation(payload) && !oriented => oriented = true,
            0xDB if whole_tables(payload, |head, _| 64 << (head >> 4 & 1)) => {}
            0xC4 if whole_tables(payload, |_, rest| {
                16 + rest.iter().take(16).map(|n| usize::from(*n)).sum::<usize>()
            }) => {}
            0xC0 | 0xC1 if size.is_none() => {
                let (height, width) = (be16(payload, 1).ok_or(CUT)?, be16(payload, 3).ok_or(CUT)?);
                if payload.len() != 6 + 3 * payload.get(5).map_or(0, |count| usize::from(*count)) {
                    return Err("a frame header of another length".into());
                }
                size = Some((width.into(), height.into()));
            }
            SOS if size.is_some()
                && payload.len() == 4 + 2 * payload.first().map_or(0, |count| usize::from(*count)) =>
            {
                at = end_of_scan(bytes, at).ok_or(CUT)?;
                data = true;
            }
            other => return Err(format!("a JPEG segment FF{other:02X}")),
        }
    }
}

/// A big-endian TIFF block of one directory with one tag, the orientation, from 2 to 8, and nothing behind it.
fn is_orientation(payload: &[u8]) -> bool {
    const BEFORE: &[u8] = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";
    matches!(payload.strip_prefix(BEFORE), Some([2..=8, 0, 0, 0, 0, 0, 0]))
}

/// Is this one table behind the other, to the last byte? `length` of a table from its first byte and what follows.
fn whole_tables(mut payload: &[u8], length: impl Fn(u8, &[u8]) -> usize) -> bool {
    while let Some((head, rest)) = payload.split_first() {
        match rest.get(length(*head, rest)..) {
            Some(next) => payload = next,
            None => return false,
        }
    }
    true
}
