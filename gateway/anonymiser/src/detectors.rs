//! The nets that one policy needs, and what each is asked.
//!
//! Which net finds which class: faces CenterFace, and BlazeFace on the second look; persons, vehicles and the objects
//! that a policy keeps NanoDet; plates the text detector and the plate net on vehicles; text the text detector; codes no
//! net at all.

use crate::coco;
use crate::detect::{Blazeface, Centerface, Codes, Detector, Nanodet, Object, PlateFinder, PlateThresholds};
use crate::error::{AnonymiseError, LoadError};
use crate::found::{Class, Found};
use crate::gate::{Blank, Eye, Gate, without_ghosts};
use crate::look::{Extent, Seen, Swept, Views, merged, sweep, swept};
use crate::model::{Model, ModelInfo, ModelSet};
use crate::objects;
use crate::policy::{Action, Grade, Operator, Policy};
use crate::raster::Raster;
use crate::report::{Rect, Sighted};
use crate::runtime::Runtime;
use std::borrow::Cow;

/// A view that every detector with a fixed input scales to it.
const WHOLE: Views = Views {
    min: 416,
    max: 416,
    percent: 100,
    coarse: 0,
    tile: 0,
    tile_percent: 100,
    tile_min: 0,
    overlap_percent: 20,
    turns: 1,
    tile_turns: 1,
    reduced: 0,
    aside: 0,
};

/// Persons that are to be removed may be small: the photo's halves and quarters are looked at too.
const PERSONS: Views = Views {
    tile: 416,
    tile_percent: 50,
    ..WHOLE
};

/// Text is small. The long side is that of the text detector's figures (`models/text.md`).
const TEXT: Views = Views {
    min: 736,
    max: 960,
    ..WHOLE
};

/// From this score on something may be a vehicle: enough to look for plates. Close to a car the object detector often
/// sees no car (models/plates.md), and reading every photo for text takes longer than all the rest.
const VEHICLE_HINT: f32 = 0.1;

/// The same for a photo that stands otherwise, of which nothing has told that it does. Of 61 COCO photos without faces lettering
/// became plates in twenty where 0.1 sufficed, in eight here.
const VEHICLE_ASIDE: f32 = 0.2;

/// Persons and vehicles that stand otherwise, where nothing has told that the photo does, count above this score: in the same 61
/// photos the object net sees three persons above 0.55 that are none, and one above this.
const ASIDE: f32 = 0.6;

/// A photo with so much [`Way::evidence`] of standing upright is looked at no other way. Of 182 photos of cars every second has
/// it; of the same photos on their sides two, and upside down every fifth, where most plates are found nevertheless.
const SURELY: f32 = 0.45;

/// Common objects count from this score on, at which COCO figures are usually given.
const COMMON: f32 = 0.35;

pub(crate) struct Detectors {
    faces: Centerface,
    second: Option<Blazeface>,
    objects: Option<Nanodet>,
    plates: Option<PlateFinder>,
    codes: Option<Codes>,
    /// COCO numbers of the objects that the policy keeps.
    kept: Vec<u8>,
    looked_for: Vec<Class>,
    missing: Vec<String>,
    /// The turn in which the photo in hand lies, by its faces or else its plates.
    lies: u8,
    /// What stands upright if it does lie so.
    seen: Option<Way>,
}

/// What stands upright in a photo that is set upright from one turn.
struct Way {
    turn: u8,
    /// Whether something tells that it does: it is how photos stand, or how the faces do.
    told: bool,
    /// Persons, vehicles and plates, in the photo as it lies.
    found: Vec<Found>,
    /// Vehicles in the photo set upright: on each of them plates are looked for.
    vehicles: Vec<Found>,
    /// The score of what looks most like a vehicle, 0 without anything: there may be some that no box was drawn around.
    vehicle: f32,
    /// The score of the surest plate, 0 without one.
    plate: f32,
}

impl Way {
    /// How much says that the photo lies so. A plate or a vehicle alone tells badly: of cars on their side every third looks more
    /// like one upright.
    fn evidence(&self) -> f32 {
        self.plate * self.vehicle
    }

    /// Whether there may be a vehicle on which to look for plates.
    fn hinted(&self) -> bool {
        self.vehicle > if self.told { VEHICLE_HINT } else { VEHICLE_ASIDE }
    }
}

impl Detectors {
    /// Opens what `policy` asks for and `models` has. Errors: `Model`, `Device`, `Missing`.
    pub fn open(runtime: &Runtime, models: &ModelSet, policy: &Policy) -> Result<Self, LoadError> {
        let wants = |class: Class| policy.treatment(class).action != Action::Ignore;
        let kept: Vec<u8> = (policy.keep.classes.iter())
            .filter_map(|name| coco::number(name))
            .collect();
        let (mut looked_for, mut missing) = (Vec::new(), Vec::new());
        for class in Class::ALL.into_iter().filter(|class| wants(*class)) {
            let lacks = match class {
                Class::Face | Class::Code => None,
                Class::Person | Class::Vehicle => absent(&models.objects, "nanodet"),
                Class::Text => absent(&models.text, "text"),
                // Without a hint of a vehicle plates are not looked for; one of the two nets is enough for them.
                Class::Plate => absent(&models.objects, "nanodet").or_else(|| match &models.plates {
                    Some(_) => None,
                    None => absent(&models.text, "text"),
                }),
            };
            match lacks {
                None => looked_for.push(class),
                Some(model) if policy.treatment(class).required => {
                    return Err(LoadError::Missing { class, model });
                }
                Some(_) => missing.push(class.name().to_owned()),
            }
        }
        if !kept.is_empty() && models.objects.is_none() {
            missing.push("kept objects".into());
        }
        let found = |class: Class| looked_for.contains(&class);
        let objects = found(Class::Person) || found(Class::Vehicle) || found(Class::Plate);
        let objects = objects || !kept.is_empty() || policy.output.objects || policy.output.agreement;
        let plate_net = models.plates.as_ref().filter(|_| found(Class::Plate));
        let text = found(Class::Plate) || found(Class::Text);
        Ok(Self {
            faces: Centerface::new(runtime, &models.faces)?,
            second: (models.second.as_ref())
                .map(|model| Blazeface::new(runtime, model))
                .transpose()?,
            objects: (models.objects.as_ref().filter(|_| objects))
                .map(|model| Nanodet::new(runtime, model))
                .transpose()?,
            plates: PlateFinder::new(runtime, models.text.as_ref().filter(|_| text), plate_net)?,
            codes: found(Class::Code).then_some(Codes),
            kept,
            looked_for,
            missing,
            lies: 1,
            seen: None,
        })
    }

    pub fn looks_for(&self, class: Class) -> bool {
        self.looked_for.contains(&class)
    }

    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// What a report says about the models that were opened.
    pub fn models(&self, models: &ModelSet) -> Vec<ModelInfo> {
        let (text, net) = (self.plates.as_ref()).map_or((false, false), PlateFinder::has);
        let used = [
            (true, Some(&models.faces)),
            (self.second.is_some(), models.second.as_ref()),
            (self.objects.is_some(), models.objects.as_ref()),
            (text, models.text.as_ref()),
            (net, models.plates.as_ref()),
        ];
        (used.into_iter())
            .filter_map(|(used, model)| model.filter(|_| used))
            .map(Model::info)
            .collect()
    }

    /// Name and threshold of the face detectors that look at the output.
    pub fn second_look(&self, policy: &Policy) -> Vec<(String, f32)> {
        let mut eyes = Vec::new();
        if self.first_looks_again(policy) {
            eyes.push(("centerface".to_owned(), policy.gate.faces));
        }
        if self.second.is_some() {
            eyes.push(("blazeface".to_owned(), policy.gate.second));
        }
        eyes
    }

    /// Whether [`Self::look_again`] would see things of `class`.
    pub fn looks_again_for(&self, class: Class, policy: &Policy) -> bool {
        let looked_for = self.looks_for(class) && policy.treatment(class).action == Action::Mask;
        match class {
            Class::Face => looked_for && !self.second_look(policy).is_empty(),
            Class::Plate | Class::Text | Class::Code => looked_for,
            Class::Person | Class::Vehicle => false,
        }
    }

    /// In how many turns all face detectors that look at the output look.
    pub fn turns_of_second_look(&self, policy: &Policy) -> u8 {
        let first = self.first_looks_again(policy).then_some(policy.gate.views.turns);
        let second = self.second.as_ref().map(|_| policy.gate.second_views.turns);
        first.into_iter().chain(second).min().unwrap_or(0)
    }

    /// Whether the first look's detector is asked again. Where masks leave nothing it would see what it saw; a mosaic or
    /// blur may still look like a face to it.
    fn first_looks_again(&self, policy: &Policy) -> bool {
        self.second.is_none() || policy.grade() < Grade::Anonymous
    }

    /// The first look: everything that the policy asks for, in an order that does not change, and the objects that it
    /// keeps. Error: `Inference`.
    pub fn find(
        &mut self,
        picture: &Raster,
        policy: &Policy,
    ) -> Result<(Vec<Found>, Vec<Found>), AnonymiseError> {
        let faces = self.find_faces(picture, policy)?;
        let ways = self.find_objects_all_ways(picture, faces.lies, policy)?;
        self.lies = faces.lies.unwrap_or_else(|| lies_by_plates(&ways));
        let mut found = Vec::new();
        for way in &ways {
            let stands = way.told || way.turn == self.lies;
            let counts = |one: &&Found| match one.class {
                Class::Plate => stands,
                _ => way.told || one.score > ASIDE,
            };
            found.extend(way.found.iter().filter(counts).copied());
            if stands {
                found.extend(self.find_writing(picture, way.turn, policy)?);
            }
        }
        if ways.len() > 1 {
            found = once(found);
        }
        let kept = self.find_kept(picture, policy)?;
        // The second look goes by the vehicles.
        self.seen = ways.into_iter().find(|way| way.turn == self.lies);
        Ok(([faces.found, found].concat(), kept))
    }

    /// Faces, and how the photo lies by them. Error: `Inference`.
    fn find_faces(&mut self, picture: &Raster, policy: &Policy) -> Result<Swept, AnonymiseError> {
        let threshold = policy.classes.face.threshold;
        swept(
            &mut self.faces,
            picture,
            &policy.views,
            threshold,
            Extent::Whole,
            &|_| true,
        )
    }

    /// What the object net finds, and plates: upright, and the way the faces stand, for faint ones may mislead. Where no face tells
    /// and something is to be removed, also every other way in which the policy looks for faces. Error: `Inference`.
    fn find_objects_all_ways(
        &mut self,
        picture: &Raster,
        lies: Option<u8>,
        policy: &Policy,
    ) -> Result<Vec<Way>, AnonymiseError> {
        let gone = |class: &Class| policy.treatment(*class).action == Action::Mask && self.looks_for(*class);
        let any_gone = [Class::Person, Class::Vehicle, Class::Plate].iter().any(gone);
        let upright = self.find_objects(picture, 1, true, policy)?;
        let others = match lies {
            Some(turn) => vec![turn],
            None if any_gone && upright.evidence() < SURELY => policy.views.whole_turns().to_vec(),
            None => Vec::new(),
        };
        let mut ways = vec![upright];
        for turn in others.into_iter().filter(|turn| *turn != 1) {
            ways.push(self.find_objects(picture, turn, lies.is_some(), policy)?);
        }
        Ok(ways)
    }

    /// Persons, vehicles, and plates on these, that stand upright in the picture set upright from `turn`. Error: `Inference`.
    fn find_objects(
        &mut self,
        picture: &Raster,
        turn: u8,
        told: bool,
        policy: &Policy,
    ) -> Result<Way, AnonymiseError> {
        let upright = set_upright(picture, turn);
        let mut way = Way {
            turn,
            told,
            found: Vec::new(),
            vehicles: Vec::new(),
            vehicle: 0.0,
            plate: 0.0,
        };
        let [person, vehicle] = [Class::Person, Class::Vehicle].map(|class| policy.treatment(class));
        let asked = |class: Class| self.looked_for.contains(&class);
        let any = asked(Class::Person) || asked(Class::Vehicle) || asked(Class::Plate);
        if let Some(objects) = self.objects.as_mut().filter(|_| any) {
            // What shows only from close by is not sure enough to count aside.
            let close = person.action == Action::Mask && told;
            let views = if close { &PERSONS } else { &WHOLE };
            let least = person.threshold.min(vehicle.threshold).min(VEHICLE_HINT);
            let seen = sweep(objects, &upright, views, least, Extent::Whole, &|_| true)?;
            let above = |one: &Found| one.score > policy.treatment(one.class).threshold;
            let mut vehicles = seen.clone();
            vehicles.retain(|one| one.class == Class::Vehicle);
            way.vehicle = best(&vehicles);
            vehicles.retain(above);
            way.vehicles = vehicles;
            way.found = seen
                .iter()
                .copied()
                .filter(above)
                .filter(|one| asked(one.class))
                .collect();
        }
        if self.looked_for.contains(&Class::Plate) {
            let plates = plates_on_vehicles(&mut self.plates, &upright, &way, policy)?;
            way.plate = best(&plates);
            way.found.extend(plates);
        }
        way.found = set_back(way.found, turn, picture);
        Ok(way)
    }

    /// Text and codes that stand upright in the picture set upright from `turn`. Error: `Inference`.
    fn find_writing(
        &mut self,
        picture: &Raster,
        turn: u8,
        policy: &Policy,
    ) -> Result<Vec<Found>, AnonymiseError> {
        let upright = set_upright(picture, turn);
        let mut found = Vec::new();
        if self.looks_for(Class::Text)
            && let Some(text) = self.plates.as_mut().and_then(PlateFinder::text)
        {
            let threshold = policy.classes.text.threshold;
            found.extend(sweep(text, &upright, &TEXT, threshold, Extent::Whole, &|_| true)?);
        }
        if let Some(codes) = &mut self.codes {
            found.extend(codes.look(&upright, 1, policy.classes.code.threshold)?);
        }
        Ok(set_back(found, turn, picture))
    }

    /// The objects that the policy keeps, as the photo lies. Error: `Inference`.
    fn find_kept(&mut self, picture: &Raster, policy: &Policy) -> Result<Vec<Found>, AnonymiseError> {
        let Some(objects) = self.objects.as_mut().filter(|_| !self.kept.is_empty()) else {
            return Ok(Vec::new());
        };
        let seen = objects.objects(&set_upright(picture, self.lies), 1, policy.keep.threshold)?;
        let seen = seen.into_iter().filter(|object| self.kept.contains(&object.coco));
        let seen = seen.map(|object| object.as_class(Class::Text)).collect();
        Ok(set_back(seen, self.lies, picture))
    }

    /// The second look: what `policy` wants gone and is still seen outside `blank`, where nothing is left, of all that is
    /// `painted`. Nothing seen, or [`Extent::Whole`], means that everybody looked at everything. Error:
    /// `Inference`.
    pub fn look_again(
        &mut self,
        output: &Raster,
        painted: &[Rect],
        blank: Blank<'_>,
        policy: &Policy,
        extent: Extent,
    ) -> Result<Vec<Found>, AnonymiseError> {
        let gone = |class: Class| policy.treatment(class).action == Action::Mask;
        let first = self.first_looks_again(policy);
        let mut eyes = Vec::new();
        if gone(Class::Face) {
            if let Some(second) = &mut self.second {
                eyes.push(Eye {
                    detector: second,
                    threshold: policy.gate.second,
                    views: policy.gate.second_views,
                    closer: policy.gate.closer as usize,
                });
            }
            if first {
                eyes.push(Eye {
                    detector: &mut self.faces,
                    threshold: policy.gate.faces,
                    views: policy.gate.views,
                    closer: 0,
                });
            }
        }
        let faces = Gate { eyes }.look(output, blank, extent)?;
        // Where nothing was painted the others see what they saw: looking again tells nothing.
        if painted.is_empty() || extent == Extent::UntilSeen && !faces.is_empty() {
            return Ok(faces);
        }
        let upright = set_upright(output, self.lies);
        let mut seen = Vec::new();
        if gone(Class::Plate)
            && let Some(way) = self.seen.as_ref().filter(|way| way.plate > 0.0)
        {
            seen = plates_on_vehicles(&mut self.plates, &upright, way, policy)?;
        }
        if gone(Class::Text)
            && let Some(text) = self.plates.as_mut().and_then(PlateFinder::text)
        {
            let threshold = policy.classes.text.threshold;
            seen.extend(sweep(text, &upright, &TEXT, threshold, Extent::Whole, &|_| true)?);
        }
        if gone(Class::Code)
            && let Some(codes) = &mut self.codes
        {
            seen.extend(codes.look(&upright, 1, policy.classes.code.threshold)?);
        }
        let seen = set_back(seen, self.lies, output);
        Ok([faces, without_ghosts(seen, blank, output)].concat())
    }

    /// The second look of somebody who has nothing but the finished picture: what `policy` wants gone and is still seen
    /// where the picture does not show the colour of a mask, and the objects in it. Error: `Inference`.
    pub fn look_at_finished(&mut self, picture: &Raster, policy: &Policy) -> Result<Sighted, AnonymiseError> {
        // How it lies and where vehicles are: the second look leans on both. Plates must not tell how: where faces did before they
        // were removed, lettering on its side would be taken for a plate that the seller's gateway left.
        self.lies = self.find_faces(picture, policy)?.lies.unwrap_or(1);
        self.seen = Some(self.find_objects(picture, self.lies, true, policy)?);
        let colours = mask_colours(policy);
        let blank = Blank::Colours(&colours);
        let anywhere = [Rect {
            x: 0,
            y: 0,
            width: picture.width,
            height: picture.height,
        }];
        let seen = self.look_again(picture, &anywhere, blank, policy, Extent::Whole)?;
        let looks = |class: &Class| self.looks_again_for(*class, policy);
        let of = |class: Class| seen.iter().filter(|one| one.class == class).count() as u32;
        let residual = (Class::ALL.into_iter().filter(looks))
            .map(|class| (class, of(class)))
            .collect();
        let objects = self.objects(picture)?;
        let objects = objects.map(|seen| objects::counted(&seen, blank, picture));
        Ok(Sighted {
            width: picture.width,
            height: picture.height,
            objects,
            residual,
        })
    }

    /// Objects of the 80 COCO classes in a picture as it is shown. `None` without the net. Error: `Inference`.
    pub fn objects(&mut self, picture: &Raster) -> Result<Option<Vec<Object>>, AnonymiseError> {
        let look = |net: &mut Nanodet| net.objects(picture, 1, COMMON);
        self.objects.as_mut().map(look).transpose()
    }
}

/// Plates in a photo set upright, if there may be vehicles. Error: `Inference`.
fn plates_on_vehicles(
    plates: &mut Option<PlateFinder>,
    upright: &Raster,
    way: &Way,
    policy: &Policy,
) -> Result<Vec<Found>, AnonymiseError> {
    let threshold = policy.classes.plate.threshold;
    let thresholds = PlateThresholds {
        text: threshold,
        net: threshold,
    };
    match plates {
        Some(plates) if way.hinted() => plates.find(upright, &way.vehicles, thresholds),
        _ => Ok(Vec::new()),
    }
}

/// How a photo lies in which no face tells: as the surest plate on the surest vehicle stands; upright without any plate, or
/// where no other way shows more.
fn lies_by_plates(ways: &[Way]) -> u8 {
    let upright = ways.iter().filter(|way| way.turn == 1);
    let upright = upright.map(Way::evidence).fold(0.0, f32::max);
    (ways.iter().map(|way| (way.turn, way.evidence())))
        .fold((1, upright), |most, way| if way.1 > most.1 { way } else { most })
        .0
}

/// The best score, 0 of nothing.
fn best(found: &[Found]) -> f32 {
    found.iter().map(|one| one.score).fold(0.0, f32::max)
}

/// What masks of this policy are painted with: the colour that it names for a class, and black, of which the second
/// look's own masks are made whatever the operator.
pub(crate) fn mask_colours(policy: &Policy) -> Vec<[u8; 3]> {
    let solid = |class: Class| match policy.treatment(class).operator {
        Operator::Solid { rgb } => Some(rgb),
        _ => None,
    };
    let mut colours: Vec<[u8; 3]> = Class::ALL.into_iter().filter_map(solid).collect();
    colours.push([0; 3]);
    colours
}

/// `picture` as it would stand upright if it lies in the turn `lies`.
fn set_upright(picture: &Raster, lies: u8) -> Cow<'_, Raster> {
    match lies {
        1 => Cow::Borrowed(picture),
        turn => Cow::Owned(picture.clone().upright(turn)),
    }
}

/// One box for each thing that was found in two turns.
fn once(found: Vec<Found>) -> Vec<Found> {
    let seen = |found| Seen { found, cut: false };
    merged(found.into_iter().map(seen).collect())
}

/// What was found in [`set_upright`], where it is in the picture as it lies.
fn set_back(found: Vec<Found>, lies: u8, picture: &Raster) -> Vec<Found> {
    let (width, height) = (picture.width as f32, picture.height as f32);
    let back = |one: Found| one.turned_back(lies, width, height);
    found.into_iter().map(back).collect()
}

fn absent(model: &Option<Model>, name: &'static str) -> Option<&'static str> {
    model.is_none().then_some(name)
}

#[cfg(test)]
#[path = "detectors_tests.rs"]
mod tests;
