use crate::anonymise;
use crate::craft::{ASTRONAUT, Picture, exif_segment, with_segments};
use vouchsafe_anonymiser::Anonymised;
use vouchsafe_evaluation::{Decoded, PixelMetrics, Row, Sketch};

/// What somebody finds who has the output and nothing else.
fn measured_again(done: &Anonymised) -> (PixelMetrics, Option<Sketch>) {
    let decoded = Decoded::read(&done.bytes, 1 << 24).unwrap();
    let picture = decoded.picture().unwrap();
    (PixelMetrics::of(&picture), Sketch::of(&picture))
}

#[test]
fn whoever_decodes_the_output_measures_what_its_row_says() {
    let astronaut = Picture::astronaut();
    for input in [
        ASTRONAUT.to_vec(),
        astronaut.jpeg(),
        astronaut.png(),
        astronaut.webp(),
    ] {
        let done = anonymise(&input);
        let row = Row::parse(&done.item.metrics.row()).unwrap();
        assert_eq!(
            measured_again(&done),
            (row.pixels, done.sketch.clone()),
            "{:?}",
            done.format
        );
        assert!(done.sketch.is_some());
    }
}

#[test]
fn a_jpeg_that_leaves_as_its_camera_stored_it_is_measured_upright_by_both() {
    let upright = Picture::astronaut();
    for orientation in 1..=8 {
        let stored = upright.stored_as(orientation).jpeg();
        let done = anonymise(&with_segments(&stored, &[exif_segment(orientation.into(), b"")]));
        let (pixels, sketch) = measured_again(&done);
        assert_eq!(
            (pixels, sketch),
            (done.item.metrics.pixels, done.sketch),
            "{orientation}"
        );
        assert_eq!((pixels.width, pixels.height), (320, 240), "{orientation}");
    }
}

#[test]
fn a_picture_with_nothing_in_it_has_a_row_and_looks_like_nothing() {
    let done = anonymise(&Picture::drawn(64, 48, |_, _| [120; 3]).png());
    assert_eq!(done.sketch, None);
    assert_eq!(done.item.metrics.pixels.sharpness, 0);
}
