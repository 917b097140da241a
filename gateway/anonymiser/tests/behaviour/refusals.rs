use crate::craft::{ASTRONAUT, Picture, chunk, extended_webp, riff_chunk, segment, with_chunks};
use crate::{anonymiser, policy};
use vouchsafe_anonymiser::{AnonymiseError, Limits, Policy};

fn refusal(input: &[u8]) -> AnonymiseError {
    anonymiser(Policy::default())
        .anonymise(input)
        .expect_err("this file must be refused")
}

#[test]
fn an_empty_file_is_refused() {
    let error = refusal(b"");
    assert!(matches!(error, AnonymiseError::Empty));
    assert_eq!(
        (error.to_string().as_str(), error.code()),
        ("the file is empty", "empty_file")
    );
}

#[test]
fn a_file_is_known_by_its_content_and_named_when_refused() {
    for (content, looks_like) in [
        (&b"Dear diary, this is not a photo."[..], "text"),
        (b"GIF89a\x01\0\x01\0", "a GIF picture"),
        (b"BM\x36\0\0\0", "a BMP picture"),
        (b"II*\0\x08\0\0\0", "a TIFF picture"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"RIFF\x24\0\0\0WAVE", "a RIFF file other than WebP"),
        (b"\0\0\0\x18ftypheic", "a HEIF, AVIF or MP4 file"),
        (b"\x01\x02\x03\x04", "nothing known"),
    ] {
        let error = refusal(content);
        assert!(
            matches!(error, AnonymiseError::Unsupported { found } if found == looks_like),
            "{error}"
        );
        assert!(error.is_input_fault());
    }
}

#[test]
fn a_file_cut_short_is_refused_at_every_length() {
    let picture = Picture::sky(60, 40);
    let mut engine = anonymiser(Policy::default());
    for whole in [picture.jpeg(), picture.png(), picture.webp()] {
        for length in (12..whole.len())
            .step_by(whole.len() / 40 + 1)
            .chain([whole.len() - 1])
        {
            let error = engine
                .anonymise(&whole[..length])
                .expect_err("a cut file must be refused");
            assert!(
                matches!(error, AnonymiseError::Malformed { .. }),
                "{length} of {}: {error}",
                whole.len()
            );
        }
    }
}

#[test]
fn a_huge_declared_size_is_refused_before_decoding() {
    let mut jpeg = ASTRONAUT.to_vec();
    let frame = jpeg
        .windows(2)
        .position(|w| w[0] == 0xFF && matches!(w[1], 0xC0 | 0xC2))
        .unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x75, 0x30, 0x75, 0x30]);
    let mut png = Picture::sky(8, 8).png();
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    for input in [jpeg, png] {
        let error = refusal(&input);
        assert!(
            matches!(
                error,
                AnonymiseError::TooLarge {
                    width: 30_000,
                    height: 30_000,
                    ..
                }
            ),
            "{error}"
        );
        assert!(error.to_string().contains("30000 x 30000"), "{error}");
    }
    let webp = extended_webp(&Picture::sky(8, 8).webp(), 16_000, 16_000, 0, &[]);
    assert!(matches!(
        refusal(&webp),
        AnonymiseError::TooLarge { width: 16_000, .. }
    ));
}

#[test]
fn the_limits_of_the_policy_are_inclusive() {
    let photo = Picture::sky(64, 40).png();
    let limited = |max_pixels, max_side| policy(|p| p.limits = Limits { max_pixels, max_side });
    assert!(anonymiser(limited(64 * 40, 64)).anonymise(&photo).is_ok());
    for over in [limited(64 * 40 - 1, 64), limited(64 * 40, 63)] {
        let error = anonymiser(over).anonymise(&photo).unwrap_err();
        assert!(matches!(error, AnonymiseError::TooLarge { .. }), "{error}");
    }
}

#[test]
fn animations_are_refused_rather_than_cut_to_one_frame() {
    let still = Picture::sky(16, 16);
    let apng = with_chunks(&still.png(), &[chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0])]);
    let flagged = extended_webp(&still.webp(), 16, 16, 0x02, &[]);
    let framed = extended_webp(&still.webp(), 16, 16, 0, &[riff_chunk(b"ANMF", &[0; 24])]);
    for input in [apng, flagged, framed] {
        let error = refusal(&input);
        assert!(matches!(error, AnonymiseError::Animated { .. }), "{error}");
        assert_eq!(error.code(), "animated_picture");
    }
}

#[test]
fn files_without_a_picture_are_refused() {
    let empty_jpeg = [&[0xFF, 0xD8][..], &segment(0xFE, b"hello"), &[0xFF, 0xD9]].concat();
    let whole = Picture::sky(8, 8).png();
    let empty_png = [&whole[..33], &chunk(b"IEND", b"")].concat();
    let empty_webp = [&b"RIFF\x0C\0\0\0WEBP"[..], &riff_chunk(b"XMP ", b"")].concat();
    for input in [empty_jpeg, empty_png, empty_webp] {
        let error = refusal(&input);
        assert!(error.to_string().contains("no picture data"), "{error}");
        assert_eq!(error.code(), "damaged_picture");
    }
}

#[test]
fn a_size_of_zero_is_refused() {
    let mut png = Picture::sky(8, 8).png();
    png[16..20].fill(0);
    assert!(refusal(&png).to_string().contains("0 x 8"));
}

#[test]
fn a_frame_that_differs_from_the_declared_canvas_is_refused() {
    let webp = extended_webp(&Picture::sky(8, 8).webp(), 9, 9, 0, &[]);
    assert!(matches!(
        refusal(&webp),
        AnonymiseError::Malformed { format: "WebP", .. }
    ));
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut png = Picture::sky(40, 40).png();
    let at = png.len() - 20; // inside the compressed data or its checksum, before IEND
    png[at] ^= 0xFF;
    assert!(matches!(
        refusal(&png),
        AnonymiseError::Malformed { format: "PNG", .. }
    ));
}
