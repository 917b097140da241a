//! Nothing from under a mask is in a fill: shown on a photo, of which what lies there is changed.

use crate::codec;
use crate::container;
use crate::fill_net::FillNet;
use crate::format::Format;
use crate::found::{Class, Found};
use crate::jpeg::Jpeg;
use crate::model::Model;
use crate::photo::Photo;
use crate::policy::{Operator, Policy};
use crate::raster::Raster;
use crate::redact::{Area, Fills, hole, paint};
use crate::report::{Fill, Rect};
use crate::runtime::Runtime;
use std::path::Path;

/// 320 x 240, public domain: see the fixtures' README.
const ASTRONAUT: &[u8] = include_bytes!("../../tests/fixtures/astronaut.jpg");
const SEED: [u8; 32] = [7; 32];

const fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect { x, y, width, height }
}

fn astronaut() -> Raster {
    codec::decode(Format::Jpeg, ASTRONAUT, (320, 240)).unwrap()
}

fn found(class: Class, [x0, y0, x1, y1]: [f32; 4]) -> Found {
    Found {
        class,
        x0,
        y0,
        x1,
        y1,
        score: 0.9,
    }
}

/// The astronaut's face, the whole person, a thing at each border, all of the photo.
fn holes(raster: &Raster) -> Vec<Area<'static>> {
    let things = [
        found(Class::Face, [121.0, 66.0, 213.0, 184.0]),
        found(Class::Person, [60.0, 20.0, 270.0, 240.0]),
        found(Class::Vehicle, [-30.0, 100.0, 33.3, 170.0]),
        found(Class::Plate, [290.0, 8.5, 340.0, 20.0]),
        found(Class::Person, [-50.0, -50.0, 400.0, 300.0]),
        found(Class::Face, [100.2, 100.2, 101.0, 101.0]),
    ];
    let hole = |thing: &Found| hole::hole(thing, 0.1, &[], raster).unwrap();
    things.iter().map(hole).collect()
}

/// Ways to change a photo: the colour at a place of it.
type Way = fn(&Raster, u32, u32) -> [u8; 3];

const WAYS: [(&str, Way); 6] = [
    ("black", |_, _, _| [0; 3]),
    ("white", |_, _, _| [255; 3]),
    ("negative", |photo, x, y| at(photo, x, y).map(|value| 255 - value)),
    ("upside down", |photo, x, y| at(photo, x, photo.height - 1 - y)),
    ("moved", |photo, x, y| at(photo, (x + 97) % photo.width, y)),
    ("noise", |_, x, y| {
        let [a, b, c, ..] = (x * 320 + y + 1).wrapping_mul(2_654_435_761).to_le_bytes();
        [a, b, c]
    }),
];

fn at(raster: &Raster, x: u32, y: u32) -> [u8; 3] {
    let from = 3 * (y * raster.width + x) as usize;
    [raster.rgb[from], raster.rgb[from + 1], raster.rgb[from + 2]]
}

fn places(parts: &[Rect]) -> impl Iterator<Item = (u32, u32)> {
    parts.iter().flat_map(|part| {
        (part.y..part.y + part.height).flat_map(move |y| (part.x..part.x + part.width).map(move |x| (x, y)))
    })
}

fn changed(photo: &Raster, parts: &[Rect], way: Way) -> Raster {
    let mut changed = photo.clone();
    for (x, y) in places(parts) {
        let from = 3 * (y * photo.width + x) as usize;
        changed.rgb[from..from + 3].copy_from_slice(&way(photo, x, y));
    }
    assert!(changed != *photo);
    changed
}

fn painted(photo: &Raster, areas: &[Area]) -> Raster {
    painted_by(None, photo, areas).0
}

/// And what filled the first of the areas.
fn painted_by(net: Option<&mut FillNet>, photo: &Raster, areas: &[Area]) -> (Raster, Option<Fill>) {
    let mut raster = photo.clone();
    let fills = Fills::of(&raster, areas, net).unwrap();
    paint(&mut raster, areas, &fills, &SEED);
    (raster, fills.kind(areas[0].mask))
}

/// Not trained. It adds what lies under the mask to what it paints, so that nothing stays hidden from it but what it is not
/// shown: see the fixtures' README.
const LEAKY: &str = "tests/fixtures/tiny-fill.json";
const SHIPPED: &str = "../../models/inpaint.json";

fn net(manifest: &str) -> FillNet {
    let path = Runtime::discover(None).expect("the tests need the library that scripts/setup places");
    let model = Model::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest)).unwrap();
    FillNet::new(&Runtime::load(&path).unwrap(), &model).unwrap()
}

#[test]
fn what_lies_under_a_mask_decides_nothing_about_the_output() {
    let photo = astronaut();
    for area in holes(&photo) {
        let areas = [area];
        let expected = painted(&photo, &areas);
        for (name, way) in WAYS {
            let other = changed(&photo, &areas[0].core, way);
            assert!(painted(&other, &areas) == expected, "{name}: {:?}", areas[0].mask);
        }
    }
}

#[test]
fn no_net_is_ever_shown_what_lies_under_a_mask() {
    // Photos of the second size are larger than what the nets take at once.
    for (manifest, width, height) in [
        (LEAKY, 320, 240),
        (LEAKY, 1300, 975),
        (SHIPPED, 320, 240),
        (SHIPPED, 1300, 975),
    ] {
        let mut net = net(manifest);
        let photo = astronaut().resized(width, height).unwrap().into_owned();
        let factor = width as f32 / 320.0;
        let face = found(Class::Face, [121.0, 66.0, 213.0, 184.0]).scaled(factor, factor);
        let areas = [hole::hole(&face, 0.1, &[], &photo).unwrap()];
        let (expected, filled) = painted_by(Some(&mut net), &photo, &areas);
        assert_eq!(filled, Some(Fill::Net), "{manifest}, {width} x {height}");
        assert!(
            expected != painted(&photo, &areas),
            "the net paints something else"
        );
        for (name, way) in WAYS {
            let other = changed(&photo, &areas[0].core, way);
            let (output, filled) = painted_by(Some(&mut net), &other, &areas);
            assert!(
                output == expected && filled == Some(Fill::Net),
                "{manifest}, {width} x {height}, {name}"
            );
        }
    }
}

#[test]
fn a_net_fills_a_hole_where_it_is() {
    // Dark on the left, light on the right: the mean over a square keeps the sides apart.
    let mut photo = Raster::new(700, 500);
    for (at, pixel) in photo.rgb.chunks_exact_mut(3).enumerate() {
        pixel.fill(if at % 700 < 350 { 40 } else { 200 });
    }
    for (x, shade) in [(60.0, 40_u8), (560.0, 200)] {
        let sign = found(Class::Plate, [x, 200.0, x + 80.0, 240.0]);
        let areas = [hole::hole(&sign, 0.1, &[], &photo).unwrap()];
        let (output, filled) = painted_by(Some(&mut net(LEAKY)), &photo, &areas);
        assert_eq!(filled, Some(Fill::Net));
        let off = places(&areas[0].parts)
            .map(|(x, y)| at(&output, x, y)[1].abs_diff(shade))
            .max();
        assert!(off <= Some(1), "{off:?}");
    }
}

#[test]
fn a_hole_that_leaves_a_net_too_little_to_see_is_filled_without_it() {
    let photo = astronaut();
    let areas = [holes(&photo)[1].clone()];
    let (output, filled) = painted_by(Some(&mut net(LEAKY)), &photo, &areas);
    assert_eq!(filled, Some(Fill::Spread));
    assert!(output == painted(&photo, &areas));
}

#[test]
fn what_lies_under_the_rim_decides_nothing_about_the_fill() {
    let photo = astronaut();
    for area in holes(&photo) {
        let areas = [area];
        let expected = painted(&photo, &areas);
        for (name, way) in WAYS {
            let output = painted(&changed(&photo, &areas[0].parts, way), &areas);
            for (x, y) in places(&areas[0].core) {
                assert_eq!(at(&output, x, y), at(&expected, x, y), "{name}: {x}, {y}");
            }
        }
    }
}

#[test]
fn what_lies_under_other_masks_decides_nothing_about_the_fill() {
    let photo = astronaut();
    let face = &holes(&photo)[0];
    // Over a part of the face's hole, and beside it.
    for mask in [rect(90, 40, 60, 60), rect(230, 60, 40, 100)] {
        for operator in [
            Operator::Solid { rgb: [9, 200, 9] },
            Operator::Silhouette { rgb: [9, 200, 9] },
            Operator::Mosaic { cells: 6 },
            Operator::Blur,
            Operator::Inpaint,
        ] {
            let areas = [Area::whole(mask, operator), face.clone()];
            let expected = painted(&photo, &areas);
            let outside = |(x, y): &(u32, u32)| {
                !(mask.x..mask.x + mask.width).contains(x) || !(mask.y..mask.y + mask.height).contains(y)
            };
            for (name, way) in WAYS {
                let output = painted(&changed(&photo, &[mask], way), &areas);
                for (x, y) in places(&face.core).filter(outside) {
                    assert_eq!(
                        at(&output, x, y),
                        at(&expected, x, y),
                        "{operator:?}, {name}: {x}, {y}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_mosaic_and_a_blur_over_a_hole_take_nothing_from_under_it() {
    let photo = astronaut();
    let face = &holes(&photo)[0];
    for operator in [Operator::Mosaic { cells: 6 }, Operator::Blur] {
        let areas = [Area::whole(rect(100, 100, 180, 100), operator), face.clone()];
        let expected = painted(&photo, &areas);
        for (name, way) in WAYS {
            let other = changed(&photo, &face.core, way);
            assert!(painted(&other, &areas) == expected, "{operator:?}, {name}");
        }
    }
}

#[test]
fn a_constant_colour_stays_over_a_hole_and_is_not_spread_into_it() {
    let flat = Raster {
        width: 200,
        height: 150,
        rgb: vec![120; 3 * 200 * 150],
    };
    let person = hole::hole(&found(Class::Person, [50.0, 20.0, 120.0, 140.0]), 0.1, &[], &flat).unwrap();
    let solid = rect(60, 10, 30, 40);
    let output = painted(
        &flat,
        &[person, Area::whole(solid, Operator::Solid { rgb: [0; 3] })],
    );
    for (x, y) in places(&[rect(0, 0, 200, 150)]) {
        let inside = (60..90).contains(&x) && (10..50).contains(&y);
        assert_eq!(
            at(&output, x, y),
            if inside { [0; 3] } else { [120; 3] },
            "{x}, {y}"
        );
    }
}

#[test]
fn a_hole_over_all_of_a_photo_is_black() {
    for (width, height) in [(1, 1), (2, 300), (65, 64)] {
        let photo = Raster {
            width,
            height,
            rgb: vec![77; 3 * (width * height) as usize],
        };
        let thing = found(Class::Person, [-9.0, -9.0, 400.0, 400.0]);
        let area = hole::hole(&thing, 0.1, &[], &photo).unwrap();
        assert!(painted(&photo, &[area]).rgb.iter().all(|value| *value == 0));
    }
}

#[test]
fn holes_are_filled_with_what_is_around_them_without_an_edge() {
    let slope = |x: u32, y: u32| [(x / 2 + 40) as u8, (y + 20) as u8, 130];
    let mut photo = Raster::new(320, 200);
    photo.rgb = places(&[rect(0, 0, 320, 200)])
        .flat_map(|(x, y)| slope(x, y))
        .collect();
    let car = hole::hole(
        &found(Class::Vehicle, [120.0, 60.0, 200.0, 110.0]),
        0.05,
        &[],
        &photo,
    )
    .unwrap();
    let output = painted(&photo, std::slice::from_ref(&car));
    for (x, y) in places(&car.parts) {
        let off = at(&output, x, y)
            .iter()
            .zip(slope(x, y))
            .map(|(a, b)| a.abs_diff(b))
            .max();
        assert!(off < Some(20), "{x}, {y}: {:?}", at(&output, x, y));
        let step = at(&output, x, y)[0].abs_diff(at(&output, x + 1, y)[0]);
        assert!(step <= 4, "{x}, {y}: {step}");
    }
}

/// The photo as it leaves with `areas` painted, and how many of its coded units are those of the source.
fn written(jpeg: &[u8], areas: &[Area]) -> (Vec<u8>, u32, u32) {
    let survey = container::survey(Format::Jpeg, jpeg).unwrap();
    let photo = Photo::read(Format::Jpeg, jpeg, &survey, &Policy::default().output).unwrap();
    let painted = painted(&photo.pixels, areas);
    let parts: Vec<Rect> = areas.iter().flat_map(|area| area.parts.clone()).collect();
    let written = photo.write(&painted, &parts, &[]).unwrap();
    let (units, _) = photo.compared(&written).unwrap();
    (written.bytes, units.all, units.identical)
}

#[test]
fn photos_that_differ_under_the_mask_alone_leave_as_the_same_bytes() {
    let source = Jpeg::read(ASTRONAUT).unwrap();
    let pixels = source.to_raster(1);
    let (wide, high) = source.mcu();
    let area = &holes(&pixels)[0];
    // The core's units, less a unit on each side: decoders blend colours across the edge of two units.
    let core = area.core[0];
    let (x, y) = (
        (core.x.div_ceil(wide) + 1) * wide,
        (core.y.div_ceil(high) + 1) * high,
    );
    let inner = rect(
        x,
        y,
        ((core.x + core.width) / wide - 1) * wide - x,
        ((core.y + core.height) / high - 1) * high - y,
    );
    assert!(inner.width >= 4 * wide && inner.height >= 4 * high, "{inner:?}");
    let (expected, all, identical) = written(&source.write(1), std::slice::from_ref(area));
    for (name, way) in WAYS {
        let mut other = source.clone();
        other.replace(&[inner], &[], &changed(&pixels, &[inner], way));
        let other = other.write(1);
        assert!(Jpeg::read(&other).unwrap() != source, "{name}");
        let (bytes, ..) = written(&other, std::slice::from_ref(area));
        assert!(bytes == expected, "{name}");
    }
    // Of the photo itself every unit stays that the hole does not touch.
    let touched = places(&area.parts).map(|(x, y)| (x / wide, y / high));
    let touched: std::collections::BTreeSet<_> = touched.collect();
    assert!(all - identical <= touched.len() as u32 && identical > all / 4);
}
