//! Persons and faces that are gone from photos, with what is around them in their place.

use crate::craft::{ASTRONAUT, Picture};
use crate::{anonymiser, models_folder, policy, runtime};
use std::path::Path;
use vouchsafe_anonymiser::{
    Anonymiser, Class, Fill, Grade, LoadError, Mask, Model, ModelSet, Operator, Policy, Rect, Taken, Verdict,
};

fn event() -> Policy {
    Policy::preset("event").unwrap()
}

fn masked(masks: &[Mask]) -> Vec<&Mask> {
    masks.iter().filter(|mask| mask.taken == Taken::Masked).collect()
}

#[test]
fn the_policy_event_removes_persons_and_faces_and_says_what_it_put_there() {
    let mut engine = anonymiser(event());
    assert_eq!(engine.policy().grade(), Grade::Anonymous);
    let done = engine.anonymise(ASTRONAUT).unwrap();
    let masks = masked(&done.item.masks);
    for class in [Class::Face, Class::Person] {
        assert!(
            masks.iter().any(|mask| mask.class == class),
            "{class:?}: {masks:?}"
        );
    }
    for mask in masks.iter().filter(|mask| !mask.escalated) {
        assert_eq!(mask.operator, Some(Operator::Inpaint), "{mask:?}");
        // She fills so much of the photo that a net would see too little around her.
        assert_eq!(mask.fill, Some(Fill::Spread), "{mask:?}");
    }
    assert_ne!(done.item.residual.verdict, Verdict::Overridden);
    let left: u32 = done.item.metrics.residual.values().sum();
    assert_eq!(left, 0);
}

#[test]
fn what_is_not_inpainted_names_no_fill() {
    let done = crate::anonymise(ASTRONAUT);
    assert!(!done.item.masks.is_empty());
    assert!(done.item.masks.iter().all(|mask| mask.fill.is_none()));
}

#[test]
fn a_removed_face_leaves_the_same_bytes_twice_and_no_black_box() {
    let gone = || {
        policy(|p| {
            p.name = "gone".into();
            p.classes.face.operator = Operator::Inpaint;
        })
    };
    let input = Picture::astronaut();
    let first = anonymiser(gone()).anonymise(&input.png()).unwrap();
    let second = anonymiser(gone()).anonymise(&input.png()).unwrap();
    assert!(first.bytes == second.bytes && first.item == second.item);

    let output = Picture::from_png(&first.bytes);
    let masks = masked(&first.item.masks);
    let face = masks.iter().max_by_key(|mask| mask.rect.width).unwrap();
    assert_eq!(
        (face.class, face.operator),
        (Class::Face, Some(Operator::Inpaint))
    );
    let Rect { x, y, width, height } = face.rect;
    let (x, y) = ((x + width / 2) as usize, (y + height / 2) as usize);
    let (before, after) = (input.at(x, y), output.at(x, y));
    assert_ne!(before, after);
    assert!(after.iter().any(|value| *value > 30), "{after:?}");
}

#[test]
fn pixels_outside_the_holes_stay_as_they_were() {
    let input = Picture::astronaut();
    let done = anonymiser(policy(|p| p.classes.face.operator = Operator::Inpaint))
        .anonymise(&input.png())
        .unwrap();
    let output = Picture::from_png(&done.bytes);
    let masks = masked(&done.item.masks);
    let covered = |x: usize, y: usize| {
        let (x, y) = (x as u32, y as u32);
        let holds = |r: Rect| (r.x..r.x + r.width).contains(&x) && (r.y..r.y + r.height).contains(&y);
        masks.iter().any(|mask| holds(mask.rect))
    };
    let outside = (0..240)
        .flat_map(|y| (0..320).map(move |x| (x, y)))
        .filter(|(x, y)| !covered(*x, *y));
    let mut count = 0;
    for (x, y) in outside {
        assert_eq!(input.at(x, y), output.at(x, y), "{x}, {y}");
        count += 1;
    }
    assert!(count > 320 * 240 / 2);
    assert_eq!(done.item.metrics.outside_error_milli, 0);
}

/// The repository's models with another net for holes, or what is to be taken for one, or none.
fn with(fill: Option<&Path>, policy: Policy) -> Result<Anonymiser, LoadError> {
    let mut models = ModelSet::load(&models_folder()).unwrap();
    models.fill = fill.map(|manifest| Model::load(manifest).unwrap());
    Anonymiser::new(&runtime(), &models, policy)
}

fn with_fill(manifest: &Path, policy: Policy) -> Result<Anonymiser, LoadError> {
    with(Some(manifest), policy)
}

#[test]
fn the_shipped_net_paints_what_spreading_does_not() {
    let gone = || policy(|p| p.classes.face.operator = Operator::Inpaint);
    let mut engine = anonymiser(gone());
    let nets: Vec<_> = (engine.models().iter())
        .filter(|model| model.task == "inpainting")
        .map(|model| model.name.clone())
        .collect();
    assert_eq!(nets, ["inpaint"]);
    let photo = Picture::astronaut().png();
    let painted = engine.anonymise(&photo).unwrap();
    let masks = masked(&painted.item.masks);
    assert!(masks.iter().any(|mask| mask.fill == Some(Fill::Net)), "{masks:?}");
    let spread = with(None, gone()).unwrap().anonymise(&photo).unwrap();
    let masks = masked(&spread.item.masks);
    assert!(masks.iter().all(|mask| mask.fill != Some(Fill::Net)), "{masks:?}");
    assert!(spread.bytes != painted.bytes);
}

fn tiny() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-fill.json")
}

#[test]
fn a_net_that_filled_a_hole_is_named_with_its_digest_and_where() {
    let gone = || policy(|p| p.classes.face.operator = Operator::Inpaint);
    let mut engine = with_fill(&tiny(), gone()).unwrap();
    let net = engine.models().last().unwrap().clone();
    assert_eq!(
        (net.name.as_str(), net.task.as_str()),
        ("tiny-fill", "inpainting")
    );
    assert_eq!(net.sha256.len(), 64);
    let photo = Picture::astronaut().png();
    let first = engine.anonymise(&photo).unwrap();
    let masks = masked(&first.item.masks);
    assert!(masks.iter().any(|mask| mask.fill == Some(Fill::Net)), "{masks:?}");
    let again = with_fill(&tiny(), gone()).unwrap().anonymise(&photo).unwrap();
    assert!(again.bytes == first.bytes && again.item == first.item);
    let without = with(None, gone()).unwrap().anonymise(&photo).unwrap();
    assert!(without.bytes != first.bytes);
}

#[test]
fn a_net_for_holes_is_opened_only_where_the_policy_inpaints() {
    let engine = with_fill(&tiny(), Policy::default()).unwrap();
    assert!(engine.models().iter().all(|model| model.task != "inpainting"));
    // Without one nothing is missing.
    assert!(with(None, event()).unwrap().missing().is_empty());
}

#[test]
fn a_net_of_another_kind_fills_no_holes() {
    let refusal = with_fill(&models_folder().join("nanodet.json"), event()).unwrap_err();
    assert!(matches!(refusal, LoadError::Model { .. }), "{refusal}");
    assert!(refusal.to_string().contains("kind fill"), "{refusal}");
}
