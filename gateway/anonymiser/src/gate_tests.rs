use super::*;
use crate::codec;
use crate::detect::{Blazeface, Centerface};
use crate::format::Format;
use crate::found::Class;
use crate::model::Model;
use crate::policy::Operator;
use crate::redact::{Area, Fills, grow, paint};
use crate::runtime::Runtime;
use std::path::Path;

/// One upright face, public domain: see the fixtures' README.
const ASTRONAUT: &[u8] = include_bytes!("../tests/fixtures/astronaut.jpg");

/// The astronaut's face in that picture, brow to chin, as drawn by hand.
const FACE: Found = Found {
    class: Class::Face,
    x0: 121.0,
    y0: 66.0,
    x1: 213.0,
    y1: 184.0,
    score: 1.0,
};

fn astronaut() -> Raster {
    codec::decode(Format::Jpeg, ASTRONAUT, (320, 240)).unwrap()
}

fn shipped(manifest: &str) -> (Runtime, Model) {
    let path = Runtime::discover(None).expect("the tests need the library that scripts/setup places");
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    (
        Runtime::load(&path).unwrap(),
        Model::load(&models.join(manifest)).unwrap(),
    )
}

fn blazeface() -> Blazeface {
    let (runtime, model) = shipped("blazeface.json");
    Blazeface::new(&runtime, &model).unwrap()
}

fn centerface() -> Centerface {
    let (runtime, model) = shipped("centerface.json");
    Centerface::new(&runtime, &model).unwrap()
}

fn near() -> Views {
    Views {
        min: 256,
        max: 256,
        tile: 256,
        tile_turns: 4,
        ..Views::default()
    }
}

fn eye(detector: &mut dyn Detector, threshold: f32) -> Eye<'_> {
    Eye {
        detector,
        threshold,
        views: near(),
        closer: 1,
    }
}

fn masked(mut picture: Raster, face: &Found) -> (Raster, Rect) {
    let rect = grow(face, 0.35, &picture).unwrap();
    paint(
        &mut picture,
        &[Area::whole(rect, Operator::Solid { rgb: [0; 3] })],
        &Fills::default(),
        &[0; 32],
    );
    (picture, rect)
}

#[test]
fn each_detector_alone_finds_a_face_left_visible_in_each_of_four_turns() {
    let (mut first, mut second) = (centerface(), blazeface());
    let detectors: [(&mut dyn Detector, f32); 2] = [(&mut first, 0.35), (&mut second, 0.6)];
    for (detector, threshold) in detectors {
        for turn in [1, 3, 6, 8] {
            let upright = astronaut();
            let (width, height) = (upright.width as f32, upright.height as f32);
            let output = upright.upright(turn);
            let mut gate = Gate {
                eyes: vec![eye(detector, threshold)],
            };
            let seen = gate.look(&output, Blank::Areas(&[]), Extent::Whole).unwrap();
            let best = seen
                .first()
                .expect("the face is seen")
                .turned_back(turn, width, height);
            assert!(best.overlap(&FACE) > 0.4, "turn {turn}: {best:?}");
            let first = gate.look(&output, Blank::Areas(&[]), Extent::UntilSeen).unwrap();
            assert!(!first.is_empty(), "turn {turn}");
        }
    }
}

#[test]
fn a_fully_masked_face_passes_both_in_each_of_four_turns() {
    let (mut first, mut second) = (centerface(), blazeface());
    for turn in [1, 3, 6, 8] {
        let upright = astronaut();
        let face = FACE;
        let (output, blank) = masked(upright, &face);
        let (width, height) = (output.width as f32, output.height as f32);
        let output = output.upright(turn);
        let [x0, y0] = [blank.x as f32, blank.y as f32];
        let undo = match turn {
            6 => 8,
            8 => 6,
            other => other,
        };
        let (width, height) = if turn >= 5 {
            (height, width)
        } else {
            (width, height)
        };
        let there = Found {
            x0,
            y0,
            x1: x0 + blank.width as f32,
            y1: y0 + blank.height as f32,
            ..face
        }
        .turned_back(undo, width, height);
        let blank = grow(&there, 0.0, &output).unwrap();
        let mut gate = Gate {
            eyes: vec![eye(&mut first, 0.35), eye(&mut second, 0.6)],
        };
        let seen = gate.look(&output, Blank::Areas(&[blank]), Extent::Whole).unwrap();
        assert_eq!(seen, [], "turn {turn}");
    }
}

#[test]
fn who_knows_no_areas_tells_masks_by_their_colour_and_sees_the_face_without_one() {
    let (mut first, mut second) = (centerface(), blazeface());
    let mut gate = Gate {
        eyes: vec![eye(&mut first, 0.35), eye(&mut second, 0.6)],
    };
    let black = Blank::Colours(&[[0; 3]]);
    let (output, _) = masked(astronaut(), &FACE);
    assert_eq!(gate.look(&output, black, Extent::Whole).unwrap(), []);
    let seen = gate.look(&astronaut(), black, Extent::Whole).unwrap();
    assert!(seen.iter().any(|found| found.overlap(&FACE) > 0.3), "{seen:?}");
}

#[test]
fn a_colour_counts_within_what_coding_changes_and_no_further() {
    let mut picture = Raster::new(8, 8);
    picture.rgb[..4 * 8 * 3].fill(SAME_COLOUR);
    picture.rgb[4 * 8 * 3..].fill(SAME_COLOUR + 1);
    let whole = Found {
        x0: 0.0,
        y0: 0.0,
        x1: 8.0,
        y1: 8.0,
        ..FACE
    };
    assert_eq!(Blank::Colours(&[[0; 3]]).share(&whole, &picture), 0.5);
    assert_eq!(Blank::Colours(&[]).share(&whole, &picture), 0.0);
    let beside = Found {
        x0: 9.0,
        x1: 12.0,
        ..whole
    };
    assert_eq!(
        Blank::Colours(&[]).share(&beside, &picture),
        1.0,
        "nothing of it is there"
    );
}

/// Sees what it is told to, everywhere the same, in pixels of the view.
struct Dreamer {
    dream: Vec<Found>,
    looks: usize,
}

impl Detector for Dreamer {
    fn look(&mut self, _: &Raster, _: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        self.looks += 1;
        Ok(self
            .dream
            .iter()
            .filter(|one| one.score > threshold)
            .copied()
            .collect())
    }
}

fn look(dream: Found, blank: &[Rect]) -> Vec<Found> {
    let mut detector = Dreamer {
        dream: vec![dream],
        looks: 0,
    };
    let views = Views {
        min: 256,
        tile: 0,
        ..near()
    };
    let eye = Eye {
        detector: &mut detector,
        threshold: 0.5,
        views,
        closer: 0,
    };
    Gate { eyes: vec![eye] }
        .look(&Raster::new(256, 256), Blank::Areas(blank), Extent::Whole)
        .unwrap()
}

fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect { x, y, width, height }
}

fn square(x: f32, y: f32, side: f32) -> Found {
    Found {
        x0: x,
        y0: y,
        x1: x + side,
        y1: y + side,
        score: 0.9,
        ..FACE
    }
}

#[test]
fn what_is_seen_in_a_blank_area_is_a_ghost_and_what_sticks_out_is_not() {
    let face = square(80.0, 80.0, 40.0);
    assert_eq!(look(face, &[]), [face]);
    assert_eq!(look(face, &[rect(70, 70, 60, 60)]), [], "all of it blank");
    assert_eq!(look(face, &[rect(80, 80, 40, 32)]), [], "four fifths");
    assert_eq!(look(face, &[rect(80, 80, 40, 28)]), [face], "seven tenths");
    assert_eq!(look(face, &[rect(0, 0, 60, 256)]), [face], "beside it");
    assert_eq!(
        look(face, &[rect(80, 80, 20, 40), rect(100, 80, 20, 40)]),
        [],
        "two masks, side by side"
    );
    assert_eq!(
        look(face, &[rect(80, 80, 20, 40), rect(80, 80, 20, 40)]),
        [face],
        "twice the same half"
    );
}

#[test]
fn of_a_box_that_leaves_the_picture_only_the_inner_part_counts() {
    let face = square(-20.0, 80.0, 40.0);
    assert_eq!(look(face, &[rect(0, 70, 22, 60)]), []);
    assert_eq!(look(face, &[rect(0, 70, 10, 60)]), [face]);
    assert_eq!(look(square(-90.0, 80.0, 40.0), &[]), [], "nothing of it is there");
}

#[test]
fn every_detector_looks_at_everything_unless_one_has_seen_something() {
    let picture = Raster::new(256, 256);
    let views = Views { tile: 0, ..near() };
    for (extent, dream, wanted) in [
        (Extent::Whole, vec![square(9.0, 9.0, 20.0)], (4, 4)),
        (Extent::UntilSeen, vec![square(9.0, 9.0, 20.0)], (1, 0)),
        (Extent::UntilSeen, vec![], (4, 4)),
    ] {
        let mut one = Dreamer { dream, looks: 0 };
        let mut other = Dreamer {
            dream: vec![],
            looks: 0,
        };
        let mut gate = Gate {
            eyes: vec![
                Eye {
                    detector: &mut one,
                    threshold: 0.5,
                    views,
                    closer: 0,
                },
                Eye {
                    detector: &mut other,
                    threshold: 0.5,
                    views,
                    closer: 0,
                },
            ],
        };
        gate.look(&picture, Blank::Areas(&[]), extent).unwrap();
        assert_eq!((one.looks, other.looks), wanted, "{extent:?}");
    }
}

#[test]
fn a_closer_look_shows_a_blank_area_with_what_is_around_it() {
    let picture = Raster::new(400, 300);
    let view = around(rect(100, 100, 40, 20), &picture, 256);
    assert_eq!(view.region, rect(60, 50, 120, 120));
    assert_eq!((view.width, view.height), (256, 256));
    let corner = around(rect(390, 290, 10, 10), &picture, 256);
    assert_eq!(corner.region, rect(370, 270, 30, 30));
    let large = around(rect(0, 0, 400, 200), &picture, 256);
    assert_eq!(
        (large.region, large.width, large.height),
        (rect(0, 0, 400, 300), 256, 192)
    );
}

/// Gives no numbers.
struct Broken;

impl Detector for Broken {
    fn look(&mut self, _: &Raster, _: u8, _: f32) -> Result<Vec<Found>, AnonymiseError> {
        Err(AnonymiseError::Inference {
            reason: "the net gave a value that is not finite".into(),
        })
    }
}

#[test]
fn a_detector_that_fails_fails_the_gate_also_after_one_that_saw_nothing() {
    let mut blind = Dreamer {
        dream: vec![],
        looks: 0,
    };
    let mut broken = Broken;
    let mut gate = Gate {
        eyes: vec![eye(&mut blind, 0.5), eye(&mut broken, 0.5)],
    };
    let refusal = gate
        .look(&Raster::new(64, 64), Blank::Areas(&[]), Extent::UntilSeen)
        .unwrap_err();
    assert!(matches!(refusal, AnonymiseError::Inference { .. }), "{refusal}");
}

#[test]
fn a_manifest_of_another_kind_is_refused_by_each_net() {
    let (runtime, first) = shipped("centerface.json");
    let (_, second) = shipped("blazeface.json");
    assert!(Blazeface::new(&runtime, &first).is_err());
    assert!(Centerface::new(&runtime, &second).is_err());
}

#[test]
fn an_area_that_does_not_show_what_was_painted_is_named_and_coding_errors_are_not() {
    let mut painted = Raster::new(40, 30);
    painted.rgb.fill(200);
    let rect = |x, y| Rect {
        x,
        y,
        width: 10,
        height: 8,
    };
    for area in [rect(0, 0), rect(30, 22), rect(12, 9)] {
        for y in area.y..area.y + area.height {
            let at = 3 * (y * 40 + area.x) as usize;
            painted.rgb[at..at + 30].fill(0);
        }
    }
    let areas = [rect(0, 0), rect(30, 22), rect(12, 9)];
    assert_eq!(uncovered(&painted, &painted, &areas), None);
    let mut noisy = painted.clone();
    for (i, value) in noisy.rgb.iter_mut().enumerate() {
        *value = value.saturating_add((i % 41) as u8);
    }
    assert_eq!(uncovered(&noisy, &painted, &areas), None);
    let mut shifted = painted.clone();
    shifted.rgb.rotate_right(3 * 3);
    assert_eq!(uncovered(&shifted, &painted, &areas), Some(rect(0, 0)));
    let mut hole = painted.clone();
    for y in 22..25 {
        let at = 3 * (y * 40 + 30) as usize;
        hole.rgb[at..at + 30].fill(200);
    }
    assert_eq!(uncovered(&hole, &painted, &areas), Some(rect(30, 22)));
}
