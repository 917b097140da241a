use crate::craft::{ASTRONAUT, Picture, exif_segment, with_segments};
use crate::{anonymise, anonymiser, policy};
use vouchsafe_anonymiser::Anonymised;
use vouchsafe_evaluation::{Decoded, PixelMetrics, Row, Sketch};

/// A cup, in WebP.
const COFFEE: &[u8] = include_bytes!("../../../../scripts/demo.d/photos/coffee.webp");

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
fn a_row_names_the_objects_that_whoever_looks_at_the_output_counts() {
    for input in [
        &include_bytes!("../../../../scripts/demo.d/photos/astronaut.jpg")[..],
        COFFEE,
    ] {
        let done = anonymise(input);
        let seen = anonymiser(policy(|_| {})).look(&done.bytes).unwrap();
        assert_eq!(done.item.metrics.objects, seen.objects);
        let row = Row::parse(&done.item.metrics.row()).unwrap();
        let named: Vec<(String, u32)> = (row.objects.unwrap().into_iter())
            .map(|(name, count)| (name.as_str().to_owned(), count))
            .collect();
        let counted = seen.objects.unwrap().into_iter().filter(|(_, count)| *count > 0);
        assert_eq!(named, counted.collect::<Vec<_>>());
        assert!(!named.is_empty());
    }
}

#[test]
fn a_policy_that_does_not_ask_for_objects_leaves_them_uncounted() {
    let mut quick = anonymiser(policy(|policy| policy.output.objects = false));
    let done = quick.anonymise(ASTRONAUT).unwrap();
    assert_eq!(done.item.metrics.objects, None);
    let both = anonymiser(policy(|policy| {
        policy.output.objects = false;
        policy.output.agreement = true;
    }));
    let done = { both }.anonymise(COFFEE).unwrap();
    assert_eq!(done.item.metrics.objects, None);
    let agreement = done.item.utility.agreement.unwrap();
    assert!(
        agreement.same > 0 && agreement.same <= agreement.after.min(agreement.before),
        "{agreement:?}"
    );
}

#[test]
fn a_picture_with_nothing_in_it_has_a_row_and_looks_like_nothing() {
    let done = anonymise(&Picture::drawn(64, 48, |_, _| [120; 3]).png());
    assert_eq!(done.sketch, None);
    assert_eq!(done.item.metrics.pixels.sharpness, 0);
}
