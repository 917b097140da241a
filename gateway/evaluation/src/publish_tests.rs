use super::*;
use crate::label::label;
use crate::label::tests::{REPEATS, set};

#[test]
fn every_figure_is_a_measurement_of_this_suite() {
    let published = publish(&label(&set(), &REPEATS));
    let json = serde_json::to_value(&published).unwrap();
    let first = &json["dqv:hasQualityMeasurement"][0];
    let iri = format!("urn:vouchsafe:suite:3:{}/items", suite_digest());
    let wanted = serde_json::json!({
        "@type": "dqv:QualityMeasurement", "dqv:isMeasurementOf": { "@id": iri }, "dqv:value": 4
    });
    assert_eq!(first, &wanted);
    let figure = |name: &str| {
        published
            .measurements
            .iter()
            .find(|m| m.name() == name)
            .map(|m| m.value)
    };
    assert_eq!(figure("blurred-items"), Some(1));
    assert_eq!(figure("earlier-items"), Some(2));
    assert_eq!(
        figure("objects-traffic-light-items"),
        Some(1),
        "no space in an IRI"
    );
    assert_eq!(
        (
            figure("found-face"),
            figure("replaced-face"),
            figure("residual-face")
        ),
        (Some(9), Some(6), Some(0))
    );
    let names: std::collections::BTreeSet<_> = published.measurements.iter().map(Measurement::name).collect();
    assert_eq!(names.len(), published.measurements.len(), "no name twice");
}

#[test]
fn sentences_tell_only_what_the_numbers_say() {
    let published = publish(&label(&set(), &REPEATS));
    assert_eq!(published.preprocessing, ["Class face: 9 found, 6 replaced."]);
    assert_eq!(
        published.limitations,
        [
            "1 of 4 pictures are blurred.",
            "1 of 4 pictures are too dark.",
            "1 of 4 pictures are too bright.",
            "1 of 4 pictures look like an earlier picture of the set.",
            "2 of 4 pictures look like a picture that was listed before.",
        ]
    );
    assert_eq!(
        published.personal,
        [
            "Class face: none was seen at the last look.",
            "Class face: 3 were seen and left on purpose.",
        ]
    );
}

#[test]
fn figures_that_nobody_has_are_left_out() {
    let mut rows = set();
    rows[0].objects = None;
    let published = publish(&label(
        &rows,
        &crate::Repeats {
            earlier: None,
            ..REPEATS
        },
    ));
    let names: Vec<&str> = published.measurements.iter().map(Measurement::name).collect();
    assert!(!names.contains(&"earlier-items"));
    assert!(
        !names.iter().any(|name| name.starts_with("objects-")),
        "{names:?}"
    );
    assert!(
        published
            .limitations
            .iter()
            .all(|sentence| !sentence.contains("listed before"))
    );
}
