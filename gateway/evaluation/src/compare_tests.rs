use super::*;
use crate::row::ClassName;
use crate::row::tests::row;

fn name(name: &str) -> ClassName {
    ClassName::new(name).unwrap()
}

/// What an honest second look at the row's item finds: the one face that was kept.
fn same() -> Recomputed {
    let row = row();
    Recomputed {
        pixels: row.pixels,
        objects: row.objects,
        residual: Some([(name("face"), 1)].into()),
    }
}

fn of(metric: Metric, row: &Row, again: &Recomputed) -> (Agreed, u64) {
    let found = compare(row, again)
        .into_iter()
        .find(|compared| compared.metric == metric)
        .unwrap();
    (found.agreed, found.difference)
}

#[test]
fn the_same_item_agrees_in_everything_an_outsider_can_compute() {
    for compared in compare(&row(), &same()) {
        let wanted = match compared.metric.kind() {
            Kind::Advisory => Agreed::Skipped,
            Kind::Exact | Kind::Banded(_) => Agreed::Equal,
        };
        assert_eq!(
            (compared.agreed, compared.difference),
            (wanted, 0),
            "{:?}",
            compared.metric
        );
    }
    let agreement = agreement([(0, &row(), &same())]);
    assert_eq!(agreement.outcome(), Outcome::Clean);
}

#[test]
fn each_exact_metric_is_false_when_it_differs_by_one() {
    type Change = fn(&mut PixelMetrics);
    let changes: [(Metric, Change); 12] = [
        (Metric::Width, |p| p.width += 1),
        (Metric::Height, |p| p.height += 1),
        (Metric::Exposure, |p| p.exposure += 1),
        (Metric::LumaP01, |p| p.luma_p01 += 1),
        (Metric::LumaP99, |p| p.luma_p99 += 1),
        (Metric::Dark, |p| p.dark_ppm += 1),
        (Metric::Bright, |p| p.bright_ppm += 1),
        (Metric::Sharpness, |p| p.sharpness += 1),
        (Metric::SharpnessScaled, |p| p.sharpness_scaled += 1),
        (Metric::Noise, |p| p.noise += 1),
        (Metric::Entropy, |p| p.entropy += 1),
        (Metric::Colourfulness, |p| p.colourfulness += 1),
    ];
    for (metric, change) in changes {
        let mut again = same();
        change(&mut again.pixels);
        assert_eq!(of(metric, &row(), &again), (Agreed::Outside, 1), "{metric:?}");
        let sum = agreement([(4, &row(), &same()), (9, &row(), &again)]);
        assert_eq!(
            (sum.outcome(), &sum.exact_false[..]),
            (Outcome::ExactFalse, &[9][..]),
            "{metric:?}"
        );
        let tally = sum.metrics[&metric];
        assert_eq!((tally.equal, tally.outside, tally.worst), (1, 1, 1));
    }
}

#[test]
fn counts_of_objects_may_differ_within_their_band() {
    let objects = |cars| Recomputed {
        objects: Some([(name("car"), cars)].into()),
        ..same()
    };
    assert_eq!(of(Metric::Objects, &row(), &objects(2)), (Agreed::Equal, 0));
    assert_eq!(of(Metric::Objects, &row(), &objects(3)), (Agreed::Within, 1));
    assert_eq!(of(Metric::Objects, &row(), &objects(4)), (Agreed::Outside, 2));
}

#[test]
fn what_one_of_the_two_did_not_look_for_is_skipped() {
    let nobody = Recomputed {
        objects: None,
        residual: None,
        ..same()
    };
    assert_eq!(of(Metric::Objects, &row(), &nobody), (Agreed::Skipped, 0));
    assert_eq!(of(Metric::Residual, &row(), &nobody), (Agreed::Skipped, 0));
    let uncounted = Row {
        objects: None,
        ..row()
    };
    assert_eq!(of(Metric::Objects, &uncounted, &same()), (Agreed::Skipped, 0));
}

#[test]
fn an_object_that_a_row_does_not_name_is_one_that_it_says_is_not_there() {
    let buses = |count| Recomputed {
        objects: Some([(name("bus"), count)].into()),
        ..same()
    };
    assert_eq!(of(Metric::Objects, &row(), &buses(0)), (Agreed::Equal, 0));
    assert_eq!(of(Metric::Objects, &row(), &buses(1)), (Agreed::Within, 1));
    assert_eq!(of(Metric::Objects, &row(), &buses(4)), (Agreed::Outside, 4));
}

#[test]
fn an_object_that_only_the_row_knows_is_not_compared() {
    let known_to_the_row = Row {
        objects: Some([(name("tram"), 7)].into()),
        ..row()
    };
    assert_eq!(
        of(Metric::Objects, &known_to_the_row, &same()),
        (Agreed::Outside, 2)
    );
    let nothing_known = Recomputed {
        objects: Some(Classes::new()),
        ..same()
    };
    assert_eq!(
        of(Metric::Objects, &known_to_the_row, &nothing_known),
        (Agreed::Skipped, 0)
    );
}

#[test]
fn banded_metrics_outside_count_only_beyond_a_tenth_of_the_items() {
    let outside = Recomputed {
        objects: Some([(name("car"), 9)].into()),
        ..same()
    };
    let (row, same) = (row(), same());
    let sample =
        |bad: u32| agreement((0..20).map(|item| (item, &row, if item < bad { &outside } else { &same })));
    assert_eq!(
        sample(2).outcome(),
        Outcome::Clean,
        "a tenth is not more than a tenth"
    );
    assert_eq!(sample(3).outcome(), Outcome::Mismatch);
    assert_eq!(sample(3).outside_band, [0, 1, 2]);
}

#[test]
fn one_face_more_than_the_row_admits_is_a_sighting_and_outweighs_all_else() {
    // The row of the tests says that one face was kept on purpose.
    let faces = |count| Recomputed {
        residual: Some([(name("face"), count)].into()),
        ..same()
    };
    assert_eq!(of(Metric::Residual, &row(), &faces(1)), (Agreed::Equal, 0));
    assert_eq!(agreement([(5, &row(), &faces(1))]).outcome(), Outcome::Clean);
    let mut again = faces(2);
    assert_eq!(of(Metric::Residual, &row(), &again), (Agreed::Outside, 1));
    again.pixels.noise += 1;
    let sum = agreement([(5, &row(), &again)]);
    assert_eq!((sum.outcome(), &sum.sightings[..]), (Outcome::Sighting, &[5][..]));
}

#[test]
fn fewer_faces_than_the_row_admits_are_no_sighting() {
    let declared = Row {
        residual: [(name("face"), 2)].into(),
        ..row()
    };
    let sum = agreement([(0, &declared, &same())]);
    assert_eq!(
        (sum.outcome(), sum.metrics[&Metric::Residual].within),
        (Outcome::Clean, 1)
    );
}

#[test]
fn a_class_for_which_the_row_did_not_look_is_shown_and_decides_nothing() {
    let again = Recomputed {
        residual: Some([(name("face"), 0), (name("text"), 3)].into()),
        ..same()
    };
    let sum = agreement([(8, &row(), &again)]);
    assert_eq!((sum.outcome(), &sum.undeclared[..]), (Outcome::Clean, &[8][..]));
}

#[test]
fn no_items_prove_nothing() {
    assert_eq!(agreement([]).outcome(), Outcome::Nothing);
}

#[test]
fn what_is_seen_beyond_what_a_row_admits_is_told_by_class() {
    // The row of the tests says that one face was kept on purpose, and that nobody looked for codes.
    let again = |faces| Recomputed {
        residual: Some([(name("face"), faces), (name("code"), 2)].into()),
        ..same()
    };
    assert_eq!(excess(&row(), &again(1)), []);
    let more = Excess {
        class: name("face"),
        admitted: 1,
        seen: 3,
    };
    assert_eq!(excess(&row(), &again(3)), [more]);
    let nobody = Recomputed {
        residual: None,
        ..same()
    };
    assert_eq!(excess(&row(), &nobody), []);
}
