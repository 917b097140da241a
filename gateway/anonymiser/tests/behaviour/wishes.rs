//! What is asked for one photo besides the policy: regions that stay, what the gate may let out, and the noise key.

use crate::craft::{ASTRONAUT, Picture};
use crate::{anonymise, anonymiser, policy};
use std::collections::BTreeMap;
use vouchsafe_anonymiser::{
    Action, AnonymiseError, Anonymised, Class, Grade, Leftovers, Operator, Policy, Rect, Taken, Verdict,
    Wishes,
};

fn keeping(region: Rect) -> Wishes {
    Wishes {
        keep: vec![region],
        ..Wishes::default()
    }
}

/// The face of the astronaut with something around it, as the shipped pipeline finds it.
fn face() -> Rect {
    let done = anonymise(&Picture::astronaut().png());
    let faces = done.item.masks.iter().filter(|mask| mask.class == Class::Face);
    faces.max_by_key(|mask| mask.rect.width).unwrap().rect
}

fn with(policy: Policy, photo: &[u8], wishes: &Wishes) -> Result<Anonymised, AnonymiseError> {
    anonymiser(policy).anonymise_with(photo, wishes, &mut |_| {})
}

#[test]
fn a_face_in_a_kept_region_stays_is_counted_and_does_not_close_the_gate() {
    let (input, region) = (Picture::astronaut(), face());
    let done = with(Policy::default(), &input.png(), &keeping(region)).unwrap();
    let faces = done.item.of(Class::Face);
    assert_eq!((faces.kept, faces.masked), (1, 0));
    assert_eq!(done.item.residual.verdict, Verdict::Clean);
    assert!(done.item.masks.iter().any(|mask| mask.taken == Taken::Kept));
    let area = u64::from(region.width) * u64::from(region.height);
    assert_eq!(u64::from(done.item.kept_ppm), area * 1_000_000 / (320 * 240));
    let output = Picture::from_png(&done.bytes);
    for (x, y) in (region.y..region.y + region.height)
        .flat_map(|y| (region.x..region.x + region.width).map(move |x| (x, y)))
    {
        let at = (x as usize, y as usize);
        assert_eq!(output.at(at.0, at.1), input.at(at.0, at.1), "pixel {x}, {y}");
    }
}

#[test]
fn a_kept_region_elsewhere_keeps_no_face() {
    let region = Rect {
        x: 0,
        y: 200,
        width: 40,
        height: 40,
    };
    let faces = with(Policy::default(), ASTRONAUT, &keeping(region))
        .unwrap()
        .item
        .of(Class::Face);
    assert_eq!((faces.kept, faces.found), (0, faces.masked));
    assert!(faces.masked >= 1);
}

#[test]
fn a_policy_that_refuses_a_class_takes_a_photo_in_which_it_is_exempt() {
    let strict = policy(|p| p.classes.face.action = Action::Refuse);
    let photo = Picture::astronaut().png();
    let refused = with(strict.clone(), &photo, &Wishes::default()).unwrap_err();
    assert_eq!(refused.code(), "forbidden_content");
    let done = with(strict, &photo, &keeping(face())).unwrap();
    assert_eq!(done.item.of(Class::Face).kept, 1);
}

#[test]
fn a_region_that_is_empty_or_reaches_over_the_edge_refuses_the_photo() {
    let inside = Rect {
        x: 319,
        y: 239,
        width: 1,
        height: 1,
    };
    with(Policy::default(), ASTRONAUT, &keeping(inside)).unwrap();
    for outside in [
        Rect { width: 0, ..inside },
        Rect { height: 0, ..inside },
        Rect { width: 2, ..inside },
        Rect { height: 2, ..inside },
        Rect {
            x: u32::MAX,
            ..inside
        },
        Rect {
            y: u32::MAX,
            height: u32::MAX,
            ..inside
        },
    ] {
        let mut wishes = keeping(inside);
        wishes.keep.push(outside);
        let refused = with(Policy::default(), ASTRONAUT, &wishes).unwrap_err();
        assert!(
            matches!(
                refused,
                AnonymiseError::KeptOutside {
                    position: 2,
                    width: 320,
                    height: 240
                }
            ),
            "{outside:?}: {refused}"
        );
        assert_eq!(
            (refused.code(), refused.is_input_fault()),
            ("keep_outside_photo", true)
        );
    }
}

/// A policy under which the astronaut's face is only seen by the last look.
fn blind() -> Policy {
    policy(|p| {
        p.classes.face.threshold = 1.0;
        p.gate.escalations = 0;
    })
}

fn left_over(leftovers: Leftovers) -> Wishes {
    Wishes {
        leftovers,
        ..Wishes::default()
    }
}

#[test]
fn what_the_gate_refuses_can_be_shown_and_then_let_out_exactly() {
    let photo = Picture::astronaut().png();
    assert_eq!(
        with(blind(), &photo, &Wishes::default()).unwrap_err().code(),
        "residual_faces"
    );
    let shown = with(blind(), &photo, &left_over(Leftovers::Show)).unwrap();
    let residual = &shown.item.residual;
    assert_eq!(residual.verdict, Verdict::Overridden);
    let faces = residual.left[&Class::Face];
    assert!(faces >= 1, "{residual:?}");
    let marked = shown
        .item
        .masks
        .iter()
        .filter(|mask| mask.taken == Taken::Left)
        .count();
    assert_eq!(marked as u32, residual.left.values().sum::<u32>());
    assert_eq!(shown.item.metrics.residual[&Class::Face], faces);
    assert_eq!(shown.item.of(Class::Face).found, 0, "it is in no other count");

    let exactly = left_over(Leftovers::Exactly(residual.left.clone()));
    let let_out = with(blind(), &photo, &exactly).unwrap();
    assert_eq!((let_out.bytes, let_out.item), (shown.bytes, shown.item));
    for other in [
        BTreeMap::from([(Class::Face, faces + 1)]),
        BTreeMap::from([(Class::Plate, faces)]),
        BTreeMap::new(),
    ] {
        let refused = with(blind(), &photo, &left_over(Leftovers::Exactly(other.clone()))).unwrap_err();
        assert_eq!(refused.code(), "residual_faces", "{other:?}");
    }
}

#[test]
fn a_clean_photo_comes_out_the_same_whatever_may_be_left() {
    let photo = Picture::astronaut().png();
    let plain = anonymise(&photo);
    for leftovers in [
        Leftovers::Show,
        Leftovers::Exactly(BTreeMap::from([(Class::Face, 1)])),
    ] {
        let done = with(Policy::default(), &photo, &left_over(leftovers)).unwrap();
        assert_eq!((&done.bytes, &done.item), (&plain.bytes, &plain.item));
        assert_eq!(done.item.residual.left, BTreeMap::new());
    }
}

#[test]
fn the_noise_of_a_mosaic_is_its_keys_alone() {
    let mosaic = || {
        policy(|p| {
            p.classes.face.operator = Operator::Mosaic { cells: 4 };
            p.wanted = Grade::Disguised;
        })
    };
    let keyed = |key: u8| anonymiser(mosaic()).with_noise_key([key; 32].into());
    let one = keyed(1).anonymise(ASTRONAUT).unwrap();
    let again = keyed(1).anonymise(ASTRONAUT).unwrap();
    let other = keyed(2).anonymise(ASTRONAUT).unwrap();
    assert_eq!((&one.bytes, &one.item), (&again.bytes, &again.item));
    assert_ne!(one.bytes, other.bytes);
    assert_eq!(one.item.masks, other.item.masks);
    assert!(!format!("{:?}", keyed(0x5a)).contains("90, 90"));
}
