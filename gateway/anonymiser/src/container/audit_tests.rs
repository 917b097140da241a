//! The guard behind the encoders: an output with anything that is not on the list is refused. Our own encoders write
//! nothing of the kind, so the bytes are made here.

use super::*;
use crate::{codec::encode, raster::Raster};

const FORMATS: [Format; 3] = [Format::Jpeg, Format::Png, Format::Webp];

fn output(format: Format) -> Vec<u8> {
    let raster = Raster {
        width: 9,
        height: 7,
        rgb: (0..9 * 7 * 3).map(|n| n as u8).collect(),
    };
    encode(format, &raster, 90).unwrap()
}

/// Why the guard refuses; a test fails where it does not.
fn leftover(format: Format, bytes: &[u8]) -> String {
    match audit(format, bytes, 9, 7) {
        Err(AnonymiseError::Leftover { what }) => what,
        other => panic!("{}: {other:?}", format.name()),
    }
}

fn insert(bytes: &[u8], at: usize, part: &[u8]) -> Vec<u8> {
    [&bytes[..at], part, &bytes[at..]].concat()
}

#[test]
fn what_the_encoders_write_passes_and_has_the_size_that_was_meant() {
    for format in FORMATS {
        let bytes = output(format);
        assert!(audit(format, &bytes, 9, 7).is_ok());
        let AnonymiseError::Leftover { what } = audit(format, &bytes, 7, 9).unwrap_err() else {
            panic!("another size is left over");
        };
        assert_eq!(what, "a size of 9 x 7 instead of 7 x 9");
    }
}

#[test]
fn a_jpeg_with_a_comment_an_exif_block_or_a_profile_is_refused() {
    let bytes = output(Format::Jpeg);
    for marker in [0xFE, 0xE1, 0xE2, 0xED] {
        let part = [0xFF, marker, 0, 6, b'E', b'x', b'i', b'f'];
        let what = leftover(Format::Jpeg, &insert(&bytes, 2, &part));
        assert_eq!(what, format!("a JPEG segment FF{marker:02X}"));
    }
}

#[test]
fn a_png_with_a_text_or_an_exif_chunk_is_refused() {
    let bytes = output(Format::Png);
    for kind in [b"tEXt", b"eXIf", b"iCCP", b"tIME"] {
        // Behind the signature and the header chunk; a chunk's checksum is nobody's matter here.
        let part = [&[0, 0, 0, 1], kind.as_slice(), &[b'x', 0, 0, 0, 0]].concat();
        let what = leftover(Format::Png, &insert(&bytes, 8 + 25, &part));
        assert_eq!(what, format!("a PNG chunk {}", kind.escape_ascii()));
    }
}

#[test]
fn a_webp_with_a_second_chunk_is_refused() {
    let bytes = output(Format::Webp);
    let mut longer = [bytes.as_slice(), b"EXIF\x02\0\0\0ab"].concat();
    let length = (longer.len() - 8) as u32;
    longer[4..8].copy_from_slice(&length.to_le_bytes());
    assert_eq!(leftover(Format::Webp, &longer), "a second WebP chunk");
}

#[test]
fn bytes_behind_the_end_are_refused_in_every_format() {
    for format in FORMATS {
        let longer = [output(format).as_slice(), b"where it was taken"].concat();
        let what = leftover(format, &longer);
        assert!(
            what.contains("after its end") || what.contains("outside"),
            "{what}"
        );
    }
}

#[test]
fn every_cut_of_an_output_is_refused() {
    for format in FORMATS {
        let bytes = output(format);
        for end in 0..bytes.len() {
            leftover(format, &bytes[..end]);
        }
    }
}
