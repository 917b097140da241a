use super::*;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// 61 x 37 pixels of slow and fast change, so that no block is like another.
const SIZE: (u32, u32) = (61, 37);

fn pixels() -> Vec<u8> {
    let byte = |value: u32| value.to_le_bytes()[0];
    (0..SIZE.1)
        .flat_map(|y| {
            (0..SIZE.0).flat_map(move |x| [byte(4 * x), byte(5 * y + x * y % 7), byte(x * x + y * y)])
        })
        .collect()
}

fn jpeg(sampling: SamplingFactor, progressive: bool, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(progressive);
    let (width, height) = (SIZE.0.try_into().unwrap(), SIZE.1.try_into().unwrap());
    encoder.encode(&pixels(), width, height, ColorType::Rgb).unwrap();
    bytes
}

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels()).unwrap();
    writer.finish().unwrap();
    bytes
}

fn webp() -> Vec<u8> {
    let mut bytes = Vec::new();
    image_webp::WebPEncoder::new(&mut bytes)
        .encode(&pixels(), SIZE.0, SIZE.1, image_webp::ColorType::Rgb8)
        .unwrap();
    bytes
}

/// The JPEG with an Exif block that says `orientation`, in both byte orders.
fn turned(jpeg: &[u8], orientation: u8, big: bool) -> Vec<u8> {
    let tiff: Vec<u8> = if big {
        [
            &b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
            &[orientation],
            &[0; 6],
        ]
        .concat()
    } else {
        [
            &b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"[..],
            &[orientation],
            &[0; 7],
        ]
        .concat()
    };
    let body = [&b"Exif\0\0"[..], &tiff].concat();
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &body, &jpeg[2..]].concat()
}

#[test]
fn lossless_formats_give_back_the_pixels_that_were_written() {
    for bytes in [png(), webp()] {
        let decoded = Decoded::read(&bytes, 10_000).unwrap();
        assert_eq!((decoded.width, decoded.height), SIZE);
        assert_eq!(decoded.rgb, pixels());
        assert!(decoded.picture().is_some());
    }
}

/// On a machine without vector instructions rows must come out the same: exact metrics are claimed to.
#[test]
fn a_jpeg_has_the_same_pixels_with_and_without_vector_instructions() {
    let samplings = [
        SamplingFactor::R_4_4_4,
        SamplingFactor::R_4_2_2,
        SamplingFactor::R_4_4_0,
        SamplingFactor::R_4_2_0,
    ];
    for sampling in samplings {
        for progressive in [false, true] {
            for quality in [30, 85, 100] {
                let bytes = jpeg(sampling, progressive, quality);
                let plain = DecoderOptions::default().set_use_unsafe(false);
                let plain = decode_jpeg_with(plain, &bytes, SIZE).unwrap();
                let fast = decode_stored(Format::Jpeg, &bytes, SIZE).unwrap();
                assert!(
                    plain == fast,
                    "{sampling:?}, progressive {progressive}, quality {quality}"
                );
            }
        }
    }
}

#[test]
fn a_jpeg_is_turned_upright_in_all_eight_orientations_and_both_byte_orders() {
    let stored = jpeg(SamplingFactor::R_4_4_4, false, 90);
    let plain = Decoded::read(&stored, 10_000).unwrap();
    let at = |picture: &Decoded, x: u32, y: u32| {
        let at = 3 * (y * picture.width + x) as usize;
        picture.rgb[at..at + 3].to_vec()
    };
    let (right, below) = (SIZE.0 - 1, SIZE.1 - 1);
    // Where the stored top left and top right corners are shown.
    for (orientation, first, second) in [
        (1, (0, 0), (right, 0)),
        (2, (right, 0), (0, 0)),
        (3, (right, below), (0, below)),
        (4, (0, below), (right, below)),
        (5, (0, 0), (0, right)),
        (6, (below, 0), (below, right)),
        (7, (below, right), (below, 0)),
        (8, (0, right), (0, 0)),
    ] {
        for big in [false, true] {
            let shown = Decoded::read(&turned(&stored, orientation, big), 10_000).unwrap();
            let size = if orientation < 5 { SIZE } else { (SIZE.1, SIZE.0) };
            assert_eq!((shown.width, shown.height), size, "{orientation}");
            assert_eq!(at(&shown, first.0, first.1), at(&plain, 0, 0), "{orientation}");
            assert_eq!(
                at(&shown, second.0, second.1),
                at(&plain, right, 0),
                "{orientation}"
            );
        }
    }
}

#[test]
fn a_senseless_orientation_turns_nothing() {
    let stored = jpeg(SamplingFactor::R_4_2_0, false, 90);
    let plain = Decoded::read(&stored, 10_000).unwrap();
    for orientation in [0, 9, 255] {
        assert_eq!(
            Decoded::read(&turned(&stored, orientation, true), 10_000).unwrap(),
            plain
        );
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    for bytes in [&b""[..], b"GIF89a", b"RIFF\0\0\0\0WAVE", b"\x89PN"] {
        assert_eq!(Decoded::read(bytes, 10_000), Err(DecodeError::Unknown));
    }
}

#[test]
fn more_pixels_than_allowed_are_refused_and_just_as_many_are_not() {
    let pixels = u64::from(SIZE.0 * SIZE.1);
    for bytes in [png(), webp(), jpeg(SamplingFactor::R_4_2_0, false, 50)] {
        assert!(Decoded::read(&bytes, pixels).is_ok());
        assert_eq!(
            Decoded::read(&bytes, pixels - 1),
            Err(DecodeError::TooLarge {
                width: SIZE.0,
                height: SIZE.1,
                max_pixels: pixels - 1
            })
        );
    }
}

#[test]
fn a_picture_cut_short_is_damaged_whatever_is_left_of_it() {
    for bytes in [png(), webp()] {
        for len in 12..bytes.len() - 12 {
            let cut = Decoded::read(&bytes[..len], 10_000);
            assert!(matches!(cut, Err(DecodeError::Damaged { .. })), "{len}");
        }
    }
    let bytes = jpeg(SamplingFactor::R_4_2_0, false, 50);
    let cut = Decoded::read(&bytes[..200], 10_000);
    assert!(matches!(
        cut,
        Err(DecodeError::Damaged {
            format: Format::Jpeg,
            ..
        })
    ));
}

#[test]
fn a_size_other_than_the_declared_is_refused() {
    let reason = decode_stored(Format::Png, &png(), (61, 38)).unwrap_err();
    assert!(reason.contains("61 x 37"), "{reason}");
}
