use super::*;
use crate::row::tests::row;
use crate::row::{ClassName, Treated};

fn name(name: &str) -> ClassName {
    ClassName::new(name).unwrap()
}

pub(crate) fn set() -> Vec<Row> {
    let mut rows = vec![row(), row(), row(), row()];
    rows[0].pixels.sharpness_scaled = BLURRED - 1;
    rows[1].pixels.sharpness_scaled = CRISP;
    rows[2].pixels.sharpness_scaled = BLURRED;
    rows[3].pixels.sharpness_scaled = CRISP - 1;
    rows[1].pixels.dark_ppm = SPOILT_PPM + 1;
    rows[2].pixels.exposure = GLARING + 1;
    rows[3].objects = Some([(name("car"), 0), (name("traffic light"), 1)].into());
    rows[3].findings = [(name("face"), Treated::default())].into();
    rows
}

pub(crate) const REPEATS: Repeats = Repeats {
    items: 4,
    flat: 0,
    inside: 1,
    earlier: Some(2),
};

#[test]
fn a_label_sums_its_rows() {
    let label = label(&set(), &REPEATS);
    assert_eq!(
        (label.blurred, label.crisp, label.dark, label.bright),
        (1, 1, 1, 1)
    );
    assert_eq!(
        label.pixels,
        Spread {
            least: 307_200,
            median: 307_200,
            most: 307_200
        }
    );
    let objects = label.objects.unwrap();
    assert_eq!(objects[&name("car")], Present { items: 3, things: 6 });
    assert_eq!(objects[&name("traffic light")], Present { items: 1, things: 1 });
    assert_eq!(
        label.removed[&name("face")],
        Removed {
            found: 9,
            replaced: 6,
            left_on_purpose: 3
        }
    );
    assert_eq!((label.residual[&name("face")], label.changed_ppm), (0, 4_321));
}

#[test]
fn people_read_words_before_numbers() {
    let text = label(&set(), &REPEATS).to_string();
    let wanted = "4 pictures of 0.30 megapixels (0.30 to 0.30)\n\
        In it: car in 75 %, traffic light in 25 %\n\
        Sharp: 25 % crisp, 25 % blurred. Light: 25 % too dark, 25 % too bright\n\
        Varied: 25 % look like an earlier one of the set, 50 % like one listed before\n\
        Removed: 6 of 9 (face; 3 left on purpose); under 1 % of the area changed\n\
        Still seen afterwards: nothing\n";
    assert_eq!(text, wanted);
}

#[test]
fn what_nobody_looked_for_is_said_and_not_called_zero() {
    let mut rows = set();
    rows[1].objects = None;
    for row in &mut rows {
        row.residual.clear();
        row.findings.clear();
    }
    let label = label(
        &rows,
        &Repeats {
            earlier: None,
            ..REPEATS
        },
    );
    assert_eq!(label.objects, None, "one item of four was not looked at");
    let text = label.to_string();
    for line in [
        "In it: not counted",
        "not compared with earlier listings",
        "Removed: nothing was looked for",
        "Still seen afterwards: nobody looked",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn classes_of_which_nothing_was_found_are_not_listed() {
    let mut rows = set();
    for row in &mut rows {
        row.findings.insert(name("plate"), Treated::default());
    }
    let text = label(&rows, &REPEATS).to_string();
    assert!(
        text.contains("Removed: 6 of 9 (face; 3 left on purpose); "),
        "{text}"
    );
    for row in &mut rows {
        row.findings.remove(&name("face"));
    }
    let text = label(&rows, &REPEATS).to_string();
    assert!(text.contains("Removed: nothing was found; "), "{text}");
}

#[test]
fn what_is_still_seen_is_named() {
    let mut rows = set();
    rows[2].residual = [(name("face"), 2), (name("plate"), 0)].into();
    assert!(
        label(&rows, &REPEATS)
            .to_string()
            .ends_with("Still seen afterwards: 2 (face)\n")
    );
}

#[test]
fn an_empty_set_has_a_label_too() {
    let label = label(&[], &Repeats::default());
    assert_eq!(
        (label.items, label.objects.as_ref(), label.changed_ppm),
        (0, None, 0)
    );
    assert!(label.to_string().starts_with("0 pictures of 0.00 megapixels"));
}

#[test]
fn percentages_never_round_something_to_nothing_or_to_all() {
    let shown = |part, whole| Percent(part, whole).to_string();
    assert_eq!(shown(0, 7), "0 %");
    assert_eq!(shown(1, 1_000), "under 1 %");
    assert_eq!(shown(5, 1_000), "1 %");
    assert_eq!(shown(999, 1_000), "over 99 %");
    assert_eq!(shown(7, 7), "100 %");
    assert_eq!(shown(0, 0), "0 %");
    assert_eq!(shown(u64::MAX, u64::MAX), "100 %");
}

#[test]
fn the_middle_of_an_even_number_is_the_lower_one() {
    let spread = Spread::of([9, 1, 4, 7].into_iter());
    assert_eq!(
        spread,
        Spread {
            least: 1,
            median: 4,
            most: 9
        }
    );
}
