use crate::anonymise;
use crate::craft::{
    ASTRONAUT, Picture, chunk, exif, exif_segment, extended_webp, riff_chunk, segment, with_chunks,
    with_segments,
};
use std::collections::BTreeMap;

const SECRET: &[u8] = b"SECRET-WORDS";

fn assert_no_secret(output: &[u8]) {
    assert!(
        !output.windows(SECRET.len()).any(|w| w == SECRET),
        "metadata reached the output"
    );
}

fn counts(expected: &[(&str, u32)]) -> BTreeMap<String, u32> {
    expected
        .iter()
        .map(|(family, count)| ((*family).to_owned(), *count))
        .collect()
}

/// Markers of a JPEG up to its first scan, read by stepping over lengths only.
fn markers(jpeg: &[u8]) -> Vec<u8> {
    let mut at = 2;
    let mut found = Vec::new();
    while found.last() != Some(&0xDA) {
        found.push(jpeg[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    found
}

#[test]
fn nothing_but_pixels_is_left_of_a_jpeg_full_of_metadata() {
    let crafted = with_segments(
        ASTRONAUT,
        &[
            segment(0xE0, b"JFXX\0\x10SECRET-WORDS"),
            exif_segment(1, SECRET),
            segment(
                0xE1,
                b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>SECRET-WORDS</x:xmpmeta>",
            ),
            segment(0xE2, b"ICC_PROFILE\0\x01\x01SECRET-WORDS"),
            segment(0xE2, b"MPF\0SECRET-WORDS"),
            segment(0xED, b"Photoshop 3.0\0SECRET-WORDS"),
            segment(0xEB, b"SECRET-WORDS"),
            segment(0xFE, SECRET),
            segment(0xFE, SECRET),
        ],
    );
    let done = anonymise(&[crafted, SECRET.to_vec()].concat());
    assert_no_secret(&done.bytes);
    assert!(done.bytes.ends_with(&[0xFF, 0xD9]));
    let allowed = [0xE0, 0xDB, 0xC0, 0xC4, 0xDA];
    assert!(
        markers(&done.bytes).iter().all(|m| allowed.contains(m)),
        "{:02X?}",
        markers(&done.bytes)
    );
    let expected = [
        ("comment", 2),
        ("exif", 1),
        ("gps", 1),
        ("icc", 1),
        ("iptc", 1),
        ("maker-note", 1),
        ("multi-picture", 1),
        ("other", 1),
        ("thumbnail", 2),
        ("trailer", 1),
        ("xmp", 1),
    ];
    assert_eq!(done.item.metadata_removed, counts(&expected));
}

#[test]
fn nothing_but_pixels_is_left_of_a_png_full_of_metadata() {
    let crafted = with_chunks(
        &Picture::sky(80, 60).png(),
        &[
            chunk(b"tEXt", b"Author\0SECRET-WORDS"),
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0SECRET-WORDS"),
            chunk(b"eXIf", &exif(1, SECRET)),
            chunk(b"tIME", &[7, 234, 11, 21, 22, 0, 0]),
            chunk(b"prVt", SECRET),
        ],
    );
    let done = anonymise(&[crafted, SECRET.to_vec()].concat());
    assert_no_secret(&done.bytes);
    let kinds: Vec<_> = [b"tEXt", b"iTXt", b"eXIf", b"tIME", b"prVt"]
        .into_iter()
        .filter(|kind| done.bytes.windows(4).any(|w| w == *kind))
        .collect();
    assert!(kinds.is_empty(), "{kinds:?}");
    let expected = [
        ("exif", 1),
        ("gps", 1),
        ("maker-note", 1),
        ("other", 1),
        ("png-text", 1),
        ("thumbnail", 1),
        ("time", 1),
        ("trailer", 1),
        ("xmp", 1),
    ];
    assert_eq!(done.item.metadata_removed, counts(&expected));
}

#[test]
fn nothing_but_pixels_is_left_of_a_webp_full_of_metadata() {
    let chunks = [
        riff_chunk(b"EXIF", &exif(1, SECRET)),
        riff_chunk(b"XMP ", SECRET),
        riff_chunk(b"PRVT", SECRET),
    ];
    let crafted = extended_webp(&Picture::sky(80, 60).webp(), 80, 60, 0x0C, &chunks);
    let done = anonymise(&[crafted, SECRET.to_vec()].concat());
    assert_no_secret(&done.bytes);
    assert_eq!(&done.bytes[12..16], b"VP8L");
    let expected = [
        ("exif", 1),
        ("gps", 1),
        ("maker-note", 1),
        ("other", 1),
        ("thumbnail", 1),
        ("trailer", 1),
        ("xmp", 1),
    ];
    assert_eq!(done.item.metadata_removed, counts(&expected));
}

#[test]
fn a_png_with_an_orientation_is_turned_upright() {
    let crafted = with_chunks(&Picture::sky(80, 60).png(), &[chunk(b"eXIf", &exif(6, b""))]);
    let done = anonymise(&crafted);
    assert_eq!((done.item.width, done.item.height), (60, 80));
}

#[test]
fn broken_exif_is_dropped_without_harm() {
    let whole = exif(6, SECRET);
    for length in (0..whole.len()).step_by(7) {
        let cut = segment(0xE1, &[b"Exif\0\0", &whole[..length]].concat());
        let done = anonymise(&with_segments(&Picture::sky(32, 32).jpeg(), &[cut]));
        assert_eq!(done.item.metadata_removed["exif"], 1, "{length} bytes");
    }
    let mut wild = whole;
    wild[4..8].copy_from_slice(&[0xFF; 4]); // the first directory far outside
    let done = anonymise(&with_segments(
        &Picture::sky(32, 32).jpeg(),
        &[segment(0xE1, &[b"Exif\0\0", &wild[..]].concat())],
    ));
    assert_eq!(done.item.metadata_removed, counts(&[("exif", 1)]));
}

#[test]
fn a_plain_photo_reports_no_metadata() {
    assert!(anonymise(ASTRONAUT).item.metadata_removed.is_empty());
}
