use crate::craft::{ASTRONAUT, Picture, exif_segment, png_of, with_segments};
use crate::{anonymise, anonymiser, policy};
use vouchsafe_anonymiser::{
    AnonymiseError, Class, Format, Grade, Mask, Operator, Policy, Rect, Step, Taken, Verdict, Wishes,
};

const BLACK: [u8; 3] = [0, 0, 0];

fn centre(mask: &Mask) -> (usize, usize) {
    let Rect { x, y, width, height } = mask.rect;
    ((x + width / 2) as usize, (y + height / 2) as usize)
}

/// What was replaced.
fn masked(masks: &[Mask]) -> impl Iterator<Item = &Mask> {
    masks.iter().filter(|mask| mask.taken == Taken::Masked)
}

/// The mask of the largest face.
fn main_mask(masks: &[Mask]) -> &Mask {
    masked(masks)
        .max_by_key(|m| m.rect.width * m.rect.height)
        .expect("the face is found")
}

#[test]
fn a_face_is_found_and_filled_with_the_constant_colour() {
    let done = anonymise(&Picture::astronaut().png());
    let report = &done.item;
    let faces = report.of(Class::Face);
    assert!(faces.found >= 1);
    assert_eq!(faces.found, faces.masked);
    assert_eq!(masked(&report.masks).count() as u32, faces.masked);
    assert_eq!((report.width, report.height), (320, 240));
    let output = Picture::from_png(&done.bytes);
    for mask in masked(&report.masks) {
        let Rect { x, y, width, height } = mask.rect;
        for (x, y) in (y..y + height).flat_map(|y| (x..x + width).map(move |x| (x, y))) {
            assert_eq!(output.at(x as usize, y as usize), BLACK, "pixel {x}, {y}");
        }
    }
}

#[test]
fn pixels_outside_the_masks_stay_as_they_were() {
    let input = Picture::astronaut();
    let done = anonymise(&input.png());
    let output = Picture::from_png(&done.bytes);
    let under_mask = |x: u32, y: u32| {
        let covers = |m: &Mask| {
            let r = m.rect;
            (r.x..r.x + r.width).contains(&x) && (r.y..r.y + r.height).contains(&y)
        };
        masked(&done.item.masks).any(covers)
    };
    let mut changed = 0_u32;
    for (x, y) in (0..240).flat_map(|y| (0..320).map(move |x| (x, y))) {
        if under_mask(x, y) {
            changed += 1;
        } else {
            assert_eq!(
                output.at(x as usize, y as usize),
                input.at(x as usize, y as usize),
                "pixel {x}, {y}"
            );
        }
    }
    assert_eq!(
        done.item.metrics.changed_ppm,
        (u64::from(changed) * 1_000_000 / (320 * 240)) as u32
    );
}

#[test]
fn the_histogram_counts_every_face_once() {
    let sizes = anonymise(ASTRONAUT).item;
    let h = sizes.of(Class::Face).sizes;
    let sum = h.under_10 + h.from_10 + h.from_16 + h.from_24 + h.from_48 + h.from_96;
    assert_eq!(sum, sizes.of(Class::Face).found);
    assert!(
        h.from_48 + h.from_96 >= 1,
        "the portrait's face is about 80 px: {h:?}"
    );
}

#[test]
fn each_format_comes_back_as_itself() {
    let picture = Picture::astronaut();
    for (input, format, media_type) in [
        (picture.jpeg(), Format::Jpeg, "image/jpeg"),
        (picture.png(), Format::Png, "image/png"),
        (picture.webp(), Format::Webp, "image/webp"),
    ] {
        let done = anonymise(&input);
        assert_eq!((done.format, done.format.media_type()), (format, media_type));
        assert_eq!(Format::sniff(&done.bytes).unwrap(), format);
        assert!(done.item.of(Class::Face).found >= 1, "{media_type}");
    }
}

#[test]
fn the_same_photo_gives_the_same_bytes_and_findings() {
    let fresh = || anonymiser(Policy::default()).anonymise(ASTRONAUT).unwrap();
    let (first, second) = (fresh(), fresh());
    assert_eq!(first.bytes, second.bytes);
    assert_eq!(first.item, second.item);
}

#[test]
fn a_used_session_answers_like_a_fresh_one() {
    let mut used = anonymiser(Policy::default());
    used.anonymise(&Picture::sky(200, 500).jpeg()).unwrap();
    assert_eq!(
        used.anonymise(ASTRONAUT).unwrap().bytes,
        anonymise(ASTRONAUT).bytes
    );
}

#[test]
fn every_exif_orientation_is_turned_upright_before_the_look() {
    let upright = Picture::astronaut();
    let expected = main_mask(&anonymise(&upright.jpeg()).item.masks).clone();
    for orientation in 1..=8 {
        let stored = upright.stored_as(orientation).jpeg();
        let done = anonymise(&with_segments(&stored, &[exif_segment(orientation.into(), b"")]));
        assert_eq!(
            (done.item.width, done.item.height),
            (320, 240),
            "orientation {orientation}"
        );
        let found = main_mask(&done.item.masks);
        let ((x, y), (ex, ey)) = (centre(found), centre(&expected));
        assert!(
            x.abs_diff(ex) < 12 && y.abs_diff(ey) < 12,
            "orientation {orientation}: {found:?}"
        );
        // It leaves as it was stored, with the same orientation and nothing else in its Exif block.
        let output = Picture::from_jpeg(&done.bytes);
        let wanted = Picture::from_jpeg(&stored);
        assert_eq!((output.width, output.height), (wanted.width, wanted.height));
        let corner = match orientation {
            1 | 4 => (4, 4),
            _ => (output.width - 5, output.height - 5),
        };
        let corner = (output.at(corner.0, corner.1), wanted.at(corner.0, corner.1));
        assert_eq!(corner.0, corner.1, "orientation {orientation}");
        // Blocks that reach out of the mask leave no trace of what is beside it, but for colours in its rim.
        let shown = output.stored_as([1, 2, 3, 4, 5, 8, 7, 6][usize::from(orientation) - 1]);
        let Rect { x, y, width, height } = found.rect;
        for (x, y) in (y + 5..y + height - 5).flat_map(|y| (x + 5..x + width - 5).map(move |x| (x, y))) {
            let pixel = shown.at(x as usize, y as usize);
            assert_eq!(pixel, BLACK, "orientation {orientation}: {x}, {y}");
        }
        let exif = done.bytes.windows(6).filter(|part| *part == b"Exif\0\0").count();
        assert_eq!(exif, usize::from(orientation > 1), "orientation {orientation}");
    }
}

#[test]
fn a_senseless_orientation_is_ignored() {
    let done = anonymise(&with_segments(ASTRONAUT, &[exif_segment(77, b"")]));
    assert_eq!((done.item.width, done.item.height), (320, 240));
}

#[test]
fn a_face_lying_on_its_side_without_a_tag_is_replaced_too() {
    let upright = Picture::astronaut();
    let expected = centre(main_mask(&anonymise(&upright.png()).item.masks));
    let lying = upright.stored_as(6);
    let done = anonymise(&lying.png());
    let output = Picture::from_png(&done.bytes);
    // Where the face went: a marker at its place, stored the same way.
    let marker =
        Picture::drawn(320, 240, |x, y| if (x, y) == expected { [255; 3] } else { BLACK }).stored_as(6);
    let place = (0..240 * 320).find(|i| marker.rgb[3 * i] == 255).unwrap();
    assert_eq!(
        output.at(place % 240, place / 240),
        BLACK,
        "{:?}",
        done.item.masks
    );
}

#[test]
fn the_gentler_operators_lower_the_grade_and_still_pass_the_second_look() {
    for (operator, grade) in [
        (Operator::Solid { rgb: [90, 90, 90] }, Grade::Anonymous),
        (Operator::Mosaic { cells: 4 }, Grade::Disguised),
        (Operator::Blur, Grade::Disguised),
    ] {
        let policy = policy(|p| {
            p.classes.face.operator = operator;
            p.classes.plate.operator = operator;
            p.wanted = grade;
        });
        assert_eq!(policy.grade(), grade);
        let done = anonymiser(policy).anonymise(&Picture::astronaut().png()).unwrap();
        assert!(
            done.item
                .masks
                .iter()
                .all(|m| m.taken != Taken::Masked || m.operator == Some(operator))
        );
        assert!(done.item.of(Class::Face).found >= 1);
    }
}

#[test]
fn a_mosaic_keeps_no_more_colours_than_it_has_cells() {
    let policy = policy(|p| {
        p.classes.face.operator = Operator::Mosaic { cells: 3 };
        p.wanted = Grade::Disguised;
    });
    let done = anonymiser(policy).anonymise(&Picture::astronaut().png()).unwrap();
    assert_eq!(
        done.item.of(Class::Face).found,
        1,
        "one mask, so that none lies over another"
    );
    let output = Picture::from_png(&done.bytes);
    let Rect { x, y, width, height } = done.item.masks[0].rect;
    let mut colours: Vec<_> = (y..y + height)
        .flat_map(|y| (x..x + width).map(move |x| (x, y)))
        .map(|(x, y)| output.at(x as usize, y as usize))
        .collect();
    colours.sort_unstable();
    colours.dedup();
    assert!(colours.len() <= 9, "{} colours", colours.len());
}

#[test]
fn what_the_first_look_misses_the_second_replaces_and_says_so() {
    let blind = policy(|p| p.classes.face.threshold = 1.0);
    let done = anonymiser(blind).anonymise(ASTRONAUT).unwrap();
    assert_eq!(done.item.residual.verdict, Verdict::CleanAfterEscalation);
    assert!(done.item.residual.found >= 1);
    assert!(masked(&done.item.masks).all(|m| m.escalated));
    assert_eq!(done.item.metrics.residual[&Class::Face], 0);
}

#[test]
fn what_is_seen_through_a_mosaic_becomes_another_and_black_in_the_last_round() {
    let escalated = |rounds: u32| -> Vec<Option<Operator>> {
        let done = anonymiser(policy(|p| {
            p.classes.face.threshold = 1.0;
            p.classes.face.operator = Operator::Mosaic { cells: 6 };
            p.wanted = Grade::Disguised;
            p.gate.escalations = rounds;
        }));
        let masks = { done }.anonymise(ASTRONAUT).unwrap().item.masks;
        masked(&masks).map(|mask| mask.operator).collect()
    };
    assert_eq!(escalated(4).first(), Some(&Some(Operator::Mosaic { cells: 6 })));
    let last = escalated(1);
    assert!(!last.is_empty());
    assert!(
        last.iter()
            .all(|operator| *operator == Some(Operator::Solid { rgb: BLACK }))
    );
}

#[test]
fn a_clean_second_look_is_reported_with_its_rotations() {
    let residual = anonymise(&Picture::sky(320, 200).png()).item.residual;
    assert_eq!(
        (residual.verdict, residual.found, residual.rotations),
        (Verdict::Clean, 0, 4)
    );
}

#[test]
fn nothing_is_let_out_when_the_second_look_keeps_seeing_faces() {
    // At 0.05 a net sees faces in any texture, and in the masks' surroundings: the gate must close.
    let strict = policy(|p| {
        p.gate.second = 0.05;
        p.gate.escalations = 1;
        p.classes.face.threshold = 1.0;
    });
    let refusal = anonymiser(strict).anonymise(ASTRONAUT).unwrap_err();
    assert!(
        matches!(refusal, AnonymiseError::ResidualFaces { count } if count > 0),
        "{refusal}"
    );
    assert_eq!(refusal.code(), "residual_faces");
}

#[test]
fn without_escalations_the_first_thing_that_the_second_look_sees_refuses_the_photo() {
    let once = policy(|p| {
        p.classes.face.threshold = 1.0;
        p.gate.escalations = 0;
    });
    let refusal = anonymiser(once).anonymise(ASTRONAUT).unwrap_err();
    assert_eq!(refusal.code(), "residual_faces");
}

#[test]
fn the_second_look_turns_the_output_as_often_as_the_policy_says() {
    let upright = policy(|p| p.gate.second_views.turns = 1);
    let residual = anonymiser(upright).anonymise(ASTRONAUT).unwrap().item.residual;
    assert_eq!(residual.rotations, 1);
}

#[test]
fn a_first_look_in_all_turns_finds_a_face_that_lies_on_its_side() {
    let lying = Picture::astronaut().stored_as(6).png();
    let turning = policy(|p| p.views.turns = 4);
    let done = anonymiser(turning).anonymise(&lying).unwrap();
    assert!(
        done.item.masks.iter().any(|mask| !mask.escalated),
        "{:?}",
        done.item.masks
    );
}

#[test]
fn a_person_is_found_in_a_photo_that_lies_on_its_side_where_it_is_upright() {
    let persons = |turn: u8| {
        let done = anonymise(&Picture::astronaut().stored_as(turn).png());
        let boxes = done.item.masks.iter().filter(|mask| mask.class == Class::Person);
        boxes.map(|mask| mask.rect).collect::<Vec<_>>()
    };
    let [upright] = persons(1)[..] else {
        panic!("one person")
    };
    // Stored as 6, the top of the picture is on its left; as 8, on its right. 320 x 240 px.
    let [left] = persons(6)[..] else {
        panic!("one person")
    };
    let [right] = persons(8)[..] else {
        panic!("one person")
    };
    let near = |a: u32, b: u32| a.abs_diff(b) <= 4;
    assert!(
        near(left.x, upright.y) && near(left.height, upright.width),
        "{left:?}, {upright:?}"
    );
    assert!(
        near(right.y, upright.x) && near(right.width, upright.height),
        "{right:?}, {upright:?}"
    );
}

#[test]
fn a_photo_without_faces_keeps_its_pixels() {
    let sky = Picture::sky(320, 200);
    let done = anonymise(&sky.webp());
    assert_eq!(
        (done.item.of(Class::Face).found, done.item.metrics.changed_ppm),
        (0, 0)
    );
    assert_eq!(Picture::from_webp(&done.bytes), sky);
}

#[test]
fn colours_hidden_under_transparency_do_not_leave() {
    let hidden = Picture::sky(64, 64)
        .rgb
        .chunks_exact(3)
        .flat_map(|p| [p[0], p[1], p[2], 0])
        .collect::<Vec<_>>();
    let done = anonymise(&png_of(
        64,
        64,
        png::ColorType::Rgba,
        png::BitDepth::Eight,
        &hidden,
    ));
    assert!(Picture::from_png(&done.bytes).rgb.iter().all(|v| *v == 255));
}

#[test]
fn grey_palette_and_sixteen_bit_pictures_are_read() {
    let grey = png_of(
        40,
        32,
        png::ColorType::Grayscale,
        png::BitDepth::Eight,
        &[99; 40 * 32],
    );
    assert_eq!(Picture::from_png(&anonymise(&grey).bytes).at(7, 9), [99; 3]);
    let deep = png_of(
        40,
        32,
        png::ColorType::Rgb,
        png::BitDepth::Sixteen,
        &[0x63; 2 * 3 * 40 * 32],
    );
    assert_eq!(Picture::from_png(&anonymise(&deep).bytes).at(7, 9), [0x63; 3]);
    let light = png_of(
        40,
        32,
        png::ColorType::GrayscaleAlpha,
        png::BitDepth::Eight,
        &[99, 255].repeat(40 * 32),
    );
    assert_eq!(Picture::from_png(&anonymise(&light).bytes).at(7, 9), [99; 3]);
}

#[test]
fn the_smallest_and_the_thinnest_pictures_go_through() {
    for (width, height) in [(1, 1), (1, 900), (2500, 2), (33, 31)] {
        let done = anonymise(&Picture::sky(width, height).png());
        assert_eq!(
            (done.item.width as usize, done.item.height as usize),
            (width, height)
        );
    }
}

#[test]
fn the_steps_are_told_in_order() {
    let mut steps = Vec::new();
    anonymiser(Policy::default())
        .anonymise_with(&Picture::sky(64, 64).png(), &Wishes::default(), &mut |s| {
            steps.push(s)
        })
        .unwrap();
    let expected = [
        Step::Decode,
        Step::Detect,
        Step::Replace,
        Step::Encode,
        Step::SecondLook,
        Step::Measure,
    ];
    assert_eq!(steps, expected);
}
