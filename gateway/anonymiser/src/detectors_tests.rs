//! How a photo lies, told by the shipped nets on drawn cars.

use super::*;
use crate::pictures_for_tests::{covered, fill, models, photo, runtime, sheet, write};

/// The back of a car in a street, and its plate's letters.
fn car() -> (Raster, Found) {
    let mut photo = sheet(480, 400, [150, 190, 230]);
    fill(&mut photo, (0, 230), (480, 170), [90, 90, 92]);
    fill(&mut photo, (150, 110), (180, 70), [170, 20, 25]);
    fill(&mut photo, (165, 120), (150, 50), [30, 40, 50]);
    fill(&mut photo, (120, 175), (240, 105), [170, 20, 25]);
    fill(&mut photo, (130, 185), (40, 22), [240, 60, 40]);
    fill(&mut photo, (310, 185), (40, 22), [240, 60, 40]);
    fill(&mut photo, (120, 255), (240, 22), [40, 40, 42]);
    fill(&mut photo, (135, 277), (45, 40), [15, 15, 16]);
    fill(&mut photo, (300, 277), (45, 40), [15, 15, 16]);
    fill(&mut photo, (192, 215), (96, 30), [240, 240, 235]);
    let plate = write(&mut photo, "BK47ABE", (198, 223), 2, [15, 15, 15]);
    (photo, plate)
}

/// Every turn, and the one that undoes it.
const TURNS: [(u8, u8); 4] = [(1, 1), (6, 8), (8, 6), (3, 3)];

fn detectors(policy: &Policy) -> Detectors {
    Detectors::open(&runtime(), &models(), policy).unwrap()
}

fn of(class: Class, found: &[Found]) -> Vec<Found> {
    found.iter().filter(|one| one.class == class).copied().collect()
}

#[test]
fn a_plate_is_found_however_the_car_lies_and_looked_for_again_that_way() {
    let policy = Policy::default();
    let mut detectors = detectors(&policy);
    let (upright, plate) = car();
    for (turn, back) in TURNS {
        let photo = upright.clone().upright(back);
        let plate = plate.turned_back(turn, photo.width as f32, photo.height as f32);
        let (found, _) = detectors.find(&photo, &policy).unwrap();
        assert_eq!(detectors.lies, turn);
        let plates = of(Class::Plate, &found);
        assert!(covered(&plate, &plates) > 0.9, "turn {turn}: {plates:?}");

        let painted = [Rect {
            x: 0,
            y: 0,
            width: 8,
            height: 8,
        }];
        let nothing = Blank::Areas(&[]);
        let seen = (detectors.look_again(&photo, &painted, nothing, &policy, Extent::Whole)).unwrap();
        let again = of(Class::Plate, &seen);
        assert!(covered(&plate, &again) > 0.9, "turn {turn}: {again:?}");
    }
}

#[test]
fn what_does_not_stand_upright_counts_only_where_it_is_surely_there() {
    let policy = Policy::default();
    let mut detectors = detectors(&policy);
    let (upright, _) = car();
    let (found, _) = detectors.find(&upright, &policy).unwrap();
    let [vehicle] = of(Class::Vehicle, &found)[..] else {
        panic!("one car: {found:?}");
    };
    assert!(vehicle.score < ASIDE, "{vehicle:?}");
    let (found, _) = detectors.find(&upright.upright(8), &policy).unwrap();
    assert_eq!(of(Class::Vehicle, &found), []);
}

#[test]
fn a_person_without_a_face_is_found_on_their_side() {
    let policy = Policy::preset("event").unwrap();
    let mut detectors = detectors(&policy);
    let mut upright = photo("astronaut.jpg");
    fill(&mut upright, (170, 40), (120, 160), [20, 20, 20]);
    let (found, _) = detectors.find(&upright, &policy).unwrap();
    let person = of(Class::Person, &found)[0];
    let lying = upright.upright(8);
    let person = person.turned_back(6, lying.width as f32, lying.height as f32);
    let (found, _) = detectors.find(&lying, &policy).unwrap();
    let persons = of(Class::Person, &found);
    assert!(
        persons.iter().any(|one| one.overlap(&person) > 0.8),
        "{persons:?}, wanted {person:?}"
    );
}

#[test]
fn who_has_only_the_finished_picture_goes_by_how_photos_stand() {
    let policy = Policy::default();
    let mut detectors = detectors(&policy);
    let plates = |sighted: &Sighted| sighted.residual[&Class::Plate];
    let (upright, _) = car();
    let sighted = detectors.look_at_finished(&upright, &policy).unwrap();
    assert_eq!(plates(&sighted), 1);
    // Faces that are gone may have told the seller's gateway that this is how the photo stands.
    let sighted = detectors.look_at_finished(&upright.upright(8), &policy).unwrap();
    assert_eq!(plates(&sighted), 0);
}

#[test]
fn cars_are_looked_for_in_as_many_turns_as_faces_and_only_if_something_of_them_is_to_go() {
    let plates = |policy: &Policy| {
        let (found, _) = detectors(policy).find(&car().0.upright(8), policy).unwrap();
        of(Class::Plate, &found).len()
    };
    let mut policy = Policy::default();
    assert_eq!(plates(&policy), 1);
    policy.views.turns = 1;
    assert_eq!(plates(&policy), 0);
    let mut policy = Policy::default();
    policy.classes.plate.action = Action::Report;
    assert_eq!(plates(&policy), 0);
}
