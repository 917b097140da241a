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

/// An Exif block of one directory, with these entries and these bytes behind it.
fn exif(entries: &[[u8; 12]], behind: &[u8]) -> Vec<u8> {
    let tiff = [
        &b"MM\0*\0\0\0\x08\0"[..],
        &[entries.len() as u8],
        &entries.concat(),
        behind,
    ]
    .concat();
    let length = (2 + 6 + tiff.len()) as u16;
    [&b"\xFF\xE1"[..], &length.to_be_bytes(), b"Exif\0\0", &tiff].concat()
}

fn orientation(value: u8) -> [u8; 12] {
    [1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0]
}

const NO_MORE: &[u8] = &[0; 4];

#[test]
fn a_jpeg_with_nothing_but_an_orientation_in_its_exif_block_passes() {
    let bytes = output(Format::Jpeg);
    for value in 0..=255 {
        let block = exif(&[orientation(value)], NO_MORE);
        assert_eq!(block.len(), 36);
        let with = insert(&bytes, 2, &block);
        if (2..=8).contains(&value) {
            audit(Format::Jpeg, &with, 9, 7).unwrap();
            assert_eq!(survey(Format::Jpeg, &with).unwrap().orientation, value);
        } else {
            assert_eq!(leftover(Format::Jpeg, &with), "a JPEG segment FFE1", "{value}");
        }
    }
}

#[test]
fn a_jpeg_with_more_than_an_orientation_in_its_exif_block_is_refused() {
    const GPS: [u8; 12] = [0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8];
    let bytes = output(Format::Jpeg);
    let little_endian =
        b"\xFF\xE1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let good = exif(&[orientation(6)], NO_MORE);
    let in_the_unused_half = {
        let mut block = good.clone();
        block[30] = b'x';
        block
    };
    let blocks = [
        exif(&[GPS], NO_MORE),
        exif(&[orientation(6), GPS], NO_MORE),
        exif(&[GPS, orientation(6)], NO_MORE),
        exif(&[orientation(6)], &[0, 0, 0, 26]),
        exif(&[orientation(6)], b"\0\0\0\0where it was taken"),
        exif(&[orientation(6)], &[0; 3]),
        exif(&[], NO_MORE),
        little_endian.to_vec(),
        in_the_unused_half,
        [good.as_slice(), &good].concat(),
        [good.as_slice(), &exif(&[orientation(3)], NO_MORE)].concat(),
    ];
    for block in blocks {
        let what = leftover(Format::Jpeg, &insert(&bytes, 2, &block));
        assert_eq!(what, "a JPEG segment FFE1", "{}", block.escape_ascii());
    }
}

#[test]
fn a_jpeg_has_one_colour_header_and_it_is_one_of_two() {
    const ADOBE: &[u8] = b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0";
    let bytes = output(Format::Jpeg);
    let jfif = &bytes[2..20];
    let bare = [&bytes[..2], &bytes[20..]].concat();
    for header in [b"".as_slice(), jfif, ADOBE] {
        assert!(audit(Format::Jpeg, &insert(&bare, 2, header), 9, 7).is_ok());
    }
    let mut thumbnail = jfif.to_vec();
    thumbnail[16] = 1;
    let mut transformed = ADOBE.to_vec();
    transformed[15] = 1;
    let mut longer = [ADOBE, b"x"].concat();
    longer[3] += 1;
    for (header, named) in [
        ([jfif, jfif].concat(), "E0"),
        ([ADOBE, ADOBE].concat(), "EE"),
        ([jfif, ADOBE].concat(), "EE"),
        ([ADOBE, jfif].concat(), "E0"),
        (thumbnail, "E0"),
        (transformed, "EE"),
        (longer, "EE"),
    ] {
        let what = leftover(Format::Jpeg, &insert(&bare, 2, &header));
        assert_eq!(what, format!("a JPEG segment FF{named}"));
    }
}

#[test]
fn a_jpeg_table_or_header_with_bytes_behind_it_is_refused() {
    let bytes = output(Format::Jpeg);
    for (marker, what) in [
        (0xDB, "a JPEG segment FFDB"),
        (0xC4, "a JPEG segment FFC4"),
        (0xDA, "a JPEG segment FFDA"),
        (0xC0, "a frame header of another length"),
    ] {
        let at = bytes.windows(2).position(|pair| pair == [0xFF, marker]).unwrap();
        let length = u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]);
        let mut longer = insert(&bytes, at + 2 + usize::from(length), b"hidden");
        longer[at + 2..at + 4].copy_from_slice(&(length + 6).to_be_bytes());
        assert_eq!(leftover(Format::Jpeg, &longer), what);
    }
}

#[test]
fn a_progressive_jpeg_is_refused_and_an_extended_one_is_not() {
    let mut bytes = output(Format::Jpeg);
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    bytes[frame + 1] = 0xC1;
    assert!(audit(Format::Jpeg, &bytes, 9, 7).is_ok());
    bytes[frame + 1] = 0xC2;
    assert_eq!(leftover(Format::Jpeg, &bytes), "a JPEG segment FFC2");
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
fn an_output_without_picture_data_or_with_data_before_its_header_is_refused() {
    let bytes = output(Format::Png);
    let empty = [&bytes[..8 + 25], &bytes[bytes.len() - 12..]].concat();
    assert_eq!(leftover(Format::Png, &empty), "no picture data");

    let bytes = output(Format::Jpeg);
    let [frame, scan] =
        [0xC0, 0xDA].map(|marker| bytes.windows(2).position(|pair| pair == [0xFF, marker]).unwrap());
    let end = bytes.len() - 2;
    let empty = [&bytes[..scan], &bytes[end..]].concat();
    assert_eq!(leftover(Format::Jpeg, &empty), "no picture data");
    let early = [&bytes[..frame], &bytes[scan..end], &bytes[frame..]].concat();
    assert_eq!(leftover(Format::Jpeg, &early), "a JPEG segment FFDA");
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
