//! What the files that are written consist of.

use super::*;
use crate::container;
use crate::jpeg::huffman::Codes;

/// Markers up to the scan.
fn markers(bytes: &[u8]) -> Vec<u8> {
    let mut markers = vec![bytes[1]];
    let mut at = 2;
    while bytes[at + 1] != 0xDA {
        markers.push(bytes[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    markers
}

#[test]
fn a_file_has_the_header_tables_one_frame_and_one_scan() {
    let colour = Jpeg::read(&sampled(&picture(40, 30), SamplingFactor::F_2_2)).unwrap();
    let bytes = colour.write(1);
    let wanted = [0xD8, 0xE0, 0xDB, 0xDB, 0xC0, 0xC4, 0xC4, 0xC4, 0xC4];
    assert_eq!(markers(&bytes), wanted);
    assert!(bytes.ends_with(&[0xFF, 0xD9]));
    let grey = Jpeg::read(&grey(&picture(40, 30))).unwrap().write(1);
    assert_eq!(markers(&grey), [0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xC4]);
}

#[test]
fn the_orientation_is_the_only_thing_in_the_exif_block() {
    let jpeg = Jpeg::read(&sampled(&picture(40, 30), SamplingFactor::F_2_2)).unwrap();
    let upright = jpeg.write(1);
    for orientation in 0..=255 {
        let bytes = jpeg.write(orientation);
        let survey = container::survey(Format::Jpeg, &bytes).unwrap();
        container::audit(Format::Jpeg, &bytes, 40, 30).unwrap();
        if (2..=8).contains(&orientation) {
            assert_eq!(survey.orientation, orientation);
            assert_eq!(survey.metadata, [("exif".to_owned(), 1)].into());
            assert_eq!(bytes.len(), upright.len() + 36);
            assert_eq!(markers(&bytes)[..3], [0xD8, 0xE0, 0xE1]);
        } else {
            assert!(bytes == upright, "{orientation}");
        }
    }
}

#[test]
fn everything_that_is_written_passes_the_audit() {
    for sampling in SAMPLINGS {
        for (width, height) in SIZES {
            let jpeg = Jpeg::read(&sampled(&picture(width, height), sampling)).unwrap();
            container::audit(Format::Jpeg, &jpeg.write(8), width, height).unwrap();
        }
    }
    for (name, bytes) in photos() {
        let jpeg = Jpeg::read(&bytes).unwrap();
        let audited = container::audit(Format::Jpeg, &jpeg.write(3), jpeg.width, jpeg.height);
        assert!(audited.is_ok(), "{name}: {audited:?}");
    }
}

#[test]
fn rgb_files_say_so_instead_of_claiming_to_be_jfif() {
    let mut bytes = sampled(&picture(40, 30), SamplingFactor::F_1_1);
    let app0 = position(&bytes, 0xE0);
    bytes.splice(app0..app0 + 18, *b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0");
    let jpeg = Jpeg::read(&bytes).unwrap();
    let written = jpeg.write(5);
    assert_eq!(markers(&written)[..3], [0xD8, 0xEE, 0xE1]);
    container::audit(Format::Jpeg, &written, 40, 30).unwrap();
    assert!(Jpeg::read(&written).unwrap() == jpeg);
}

#[test]
fn steps_over_255_make_an_extended_sequential_file() {
    let mut jpeg = Jpeg::read(&sampled(&picture(40, 30), SamplingFactor::F_2_2)).unwrap();
    jpeg.components[1].steps[63] = 256;
    let written = jpeg.write(1);
    assert_eq!(markers(&written)[..6], [0xD8, 0xE0, 0xDB, 0xDB, 0xDB, 0xC1]);
    container::audit(Format::Jpeg, &written, 40, 30).unwrap();
    assert!(Jpeg::read(&written).unwrap() == jpeg);
    let (worst, mean) = difference(&jpeg.to_raster(1), &judged(&written, 40, 30));
    assert!(worst <= 12 && mean < 0.5, "{worst}, {mean:.3}");
}

#[test]
fn the_largest_coefficients_can_be_written() {
    let mut jpeg = Jpeg::read(&grey(&picture(64, 64))).unwrap();
    for (n, block) in jpeg.components[0].blocks_mut().iter_mut().enumerate() {
        block[0] = if n % 2 == 0 { 16_383 } else { -16_384 };
        block[1 + n % 63] = i16::MAX - n as i16;
        block[63 - n % 63] = -i16::MAX;
    }
    assert!(Jpeg::read(&jpeg.write(1)).unwrap() == jpeg);
    // Values that no picture has give some pixels, and not a panic.
    assert_eq!(jpeg.to_raster(1).rgb.len(), 64 * 64 * 3);
}

#[test]
fn codes_are_at_most_16_bits_long_and_never_all_ones() {
    // Weights of Fibonacci make the longest codes.
    let mut fibonacci = [0_u64; 256];
    let (mut a, mut b) = (1, 1);
    for weight in &mut fibonacci[..60] {
        *weight = a;
        (a, b) = (b, a + b);
    }
    let single: [u64; 256] = std::array::from_fn(|n| u64::from(n == 200));
    let even = [7; 256];
    for (name, often) in [
        ("fibonacci", fibonacci),
        ("single", single),
        ("even", even),
        ("none", [0; 256]),
    ] {
        let codes = Codes::best(&often);
        let used = often.iter().filter(|n| **n > 0).count().max(1);
        assert_eq!(codes.symbols.len(), used, "{name}");
        assert_eq!(
            codes.counts.iter().map(|n| usize::from(*n)).sum::<usize>(),
            used,
            "{name}"
        );
        let mut taken = 0_u32;
        for symbol in &codes.symbols {
            let (code, length) = codes.codes[usize::from(*symbol)];
            assert!((1..=16).contains(&length), "{name}: {length} bits");
            assert!(code + 1 < 1 << length, "{name}: a code of ones");
            taken += 1 << (16 - length);
        }
        assert!(taken < 1 << 16, "{name}: codes overlap");
    }
    assert_eq!(Codes::best(&single).codes[200], (0, 1));
}
