//! The shipped nets on pictures that the project may pass on, and their manifests.

use super::nanodet::Object;
use super::plate::PlateThresholds;
use super::plate_net::PlateNet;
use super::{Centerface, Detector, Glance, Nanodet, PlateFinder, TextDetector};
use crate::error::LoadError;
use crate::found::{Class, Found};
use crate::model::Model;
use crate::pictures_for_tests::{covered, fill, models, photo, runtime, sheet, write};
use crate::session::Device;

fn nanodet() -> Nanodet {
    Nanodet::new(&runtime(), &models().objects.unwrap()).unwrap()
}

fn text() -> TextDetector {
    TextDetector::new(&runtime(), &models().text.unwrap()).unwrap()
}

#[test]
fn a_person_is_found_and_a_cup_is_none() {
    let mut net = nanodet();
    let astronaut = photo("astronaut.jpg");
    let found = net.look(&astronaut, 1, 0.4).unwrap();
    let [person] = found[..] else {
        panic!("one person: {found:?}")
    };
    assert_eq!(person.class, Class::Person);
    assert!(
        person.area() > 0.4 * (astronaut.width * astronaut.height) as f32,
        "{person:?}"
    );

    let coffee = photo("coffee.webp");
    assert_eq!(net.look(&coffee, 1, 0.4).unwrap(), []);
    let names = |objects: &[Object]| objects.iter().map(|object| object.coco).collect::<Vec<_>>();
    let things = net.objects(&coffee, 1, 0.4).unwrap();
    assert!(names(&things).contains(&41), "a cup: {things:?}");
}

#[test]
fn a_person_in_a_turned_view_is_found_where_they_are_in_the_view() {
    let mut net = nanodet();
    let upright = photo("rear-admiral.jpg");
    let seen = net.look(&upright, 1, 0.4).unwrap();
    assert!(!seen.is_empty());
    for (turn, other_way) in [(3, 3), (6, 8), (8, 6)] {
        let view = upright.clone().upright(other_way);
        // What the look turns back stands upright again, and boxes are told as they lie in the view.
        let found = net.look(&view, turn, 0.4).unwrap();
        assert_eq!(found.len(), seen.len(), "turn {turn}");
        for (found, seen) in found.iter().zip(&seen) {
            // A box of the upright photo, where its pixels are after it was turned the other way.
            let wanted = seen.turned_back(turn, view.width as f32, view.height as f32);
            assert!(
                found.overlap(&wanted) > 0.9,
                "turn {turn}: {found:?}, wanted {wanted:?}"
            );
        }
    }
}

#[test]
fn the_same_view_gives_the_same_boxes() {
    let photo = photo("wall-of-portraits.jpg");
    assert_eq!(
        nanodet().objects(&photo, 1, 0.2).unwrap(),
        nanodet().objects(&photo, 1, 0.2).unwrap()
    );
    assert_eq!(
        text().look(&photo, 1, 0.3).unwrap(),
        text().look(&photo, 1, 0.3).unwrap()
    );
}

#[test]
fn written_lines_are_found_whole_and_an_empty_sheet_has_none() {
    let mut net = text();
    let mut page = sheet(640, 480, [235, 235, 220]);
    let empty = net.look(&page, 1, 0.5).unwrap();
    assert_eq!(empty, []);
    let lines = [
        write(&mut page, "THE BEAK", (60, 60), 3, [10, 10, 10]),
        write(&mut page, "47 BATTEN", (200, 200), 5, [120, 0, 0]),
        write(&mut page, "A 1", (420, 380), 4, [0, 0, 90]),
    ];
    let found = net.look(&page, 1, 0.5).unwrap();
    for (index, line) in lines.iter().enumerate() {
        assert!(covered(line, &found) > 0.9, "line {index}: {found:?}");
    }
    let all: f32 = found.iter().map(Found::area).sum();
    let written: f32 = lines.iter().map(Found::area).sum();
    assert!(all < 3.0 * written, "the page is not covered: {found:?}");
}

#[test]
fn a_plate_is_found_on_a_vehicle_and_on_one_that_was_not_found_and_a_sign_above_is_none() {
    let mut photo = sheet(400, 300, [120, 130, 140]);
    fill(&mut photo, (100, 120), (200, 130), [150, 20, 20]);
    fill(&mut photo, (155, 205), (86, 28), [240, 240, 235]);
    let plate = write(&mut photo, "BK47ABE", (157, 212), 2, [15, 15, 15]);
    let shop = write(&mut photo, "THE TEA", (130, 30), 3, [250, 250, 250]);
    let vehicle = Found {
        class: Class::Vehicle,
        x0: 100.0,
        y0: 120.0,
        x1: 300.0,
        y1: 250.0,
        score: 0.9,
    };
    let models = models();
    let mut finder = PlateFinder::new(&runtime(), models.text.as_ref(), None)
        .unwrap()
        .unwrap();
    let thresholds = PlateThresholds { text: 0.4, net: 0.2 };
    let plates = finder.find(&photo, &[vehicle], thresholds).unwrap();
    assert!(covered(&plate, &plates) > 0.9, "{plates:?}");
    assert!(
        plates
            .iter()
            .all(|one| one.class == Class::Plate && one.shared(&shop) == 0.0)
    );
    let without = finder.find(&photo, &[], thresholds).unwrap();
    assert!(covered(&plate, &without) > 0.9, "{without:?}");
    let blank = sheet(400, 300, [120, 130, 140]);
    assert_eq!(finder.find(&blank, &[vehicle], thresholds).unwrap(), []);

    let all = finder.text().unwrap().look(&photo, 1, 0.4).unwrap();
    assert!(
        covered(&shop, &all) > 0.9,
        "the text detector is the same: {all:?}"
    );
}

#[test]
fn without_any_net_there_is_no_plate_finder() {
    assert!(PlateFinder::new(&runtime(), None, None).unwrap().is_none());
}

#[test]
fn a_manifest_of_another_kind_is_refused_by_every_detector() {
    let models = models();
    let (faces, objects) = (&models.faces, models.objects.as_ref().unwrap());
    let refused = [
        Nanodet::new(&runtime(), faces).err(),
        TextDetector::new(&runtime(), objects).err(),
        PlateNet::new(&runtime(), objects).err(),
        Centerface::new(&runtime(), objects).err(),
    ];
    for error in refused {
        let error = error.unwrap();
        assert!(matches!(error, LoadError::Model { .. }), "{error}");
        assert!(error.to_string().contains("not of the kind"), "{error}");
    }
}

#[test]
fn a_gpu_that_the_library_does_not_know_is_refused_and_the_processor_is_not_taken_instead() {
    let models: Vec<Model> = {
        let models = models();
        [Some(models.faces), models.objects, models.text]
            .into_iter()
            .flatten()
            .collect()
    };
    for (device, name) in [
        (Device::Cuda { index: 0 }, "cuda"),
        (Device::TensorRt { index: 1 }, "tensorrt"),
    ] {
        let runtime = runtime().on(device);
        assert_eq!((runtime.device(), runtime.device().name()), (device, name));
        let refused = [
            Centerface::new(&runtime, &models[0]).err(),
            Nanodet::new(&runtime, &models[1]).err(),
            TextDetector::new(&runtime, &models[2]).err(),
        ];
        for error in refused {
            let error = error.expect("this library runs on the processor only");
            assert!(matches!(error, LoadError::Device { .. }), "{error}");
            let told = error.to_string();
            for part in [name, "onnxruntime-gpu", "VOUCHSAFE_ORT_LIBRARY", "device cpu"] {
                assert!(told.contains(part), "{part} is not in: {told}");
            }
        }
    }
    assert_eq!(runtime().device().name(), "cpu", "others are not changed by that");
}

#[test]
fn faces_are_found_in_several_pictures_at_once_as_in_each_alone() {
    let astronaut = photo("astronaut.jpg");
    let coffee = sheet(astronaut.width, astronaut.height, [90, 60, 30]);
    let small = astronaut.resized(300, 200).unwrap().into_owned();
    let glances = [
        (&astronaut, 1),
        (&coffee, 1),
        (&astronaut, 6),
        (&small, 1),
        (&small, 3),
        (&small, 8),
        (&astronaut, 3),
    ]
    .map(|(view, turn)| Glance { view, turn });
    let faces = models().faces;
    let mut alone = Centerface::new(&runtime(), &faces).unwrap();
    let mut together = Centerface::new(&runtime(), &faces).unwrap().taking(4);
    let one_by_one = alone.look_at_all(&glances, 0.1).unwrap();
    assert_eq!(together.look_at_all(&glances, 0.1).unwrap(), one_by_one);
    assert!(!one_by_one[0].is_empty(), "a face");
    assert!(one_by_one[1].is_empty(), "none");
}
