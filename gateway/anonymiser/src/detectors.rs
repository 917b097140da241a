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
use crate::look::{Extent, Seen, Views, merged, sweep, swept};
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
    /// The turn in which the photo in hand lies, by its faces.
    lies: u8,
    /// Its vehicles, on which the second look looks for plates too, in the picture set upright.
    vehicles: Vec<Found>,
    /// Whether there may be any, also such as no box was drawn around.
    vehicles_hinted: bool,
    /// Whether the first look found any plate.
    plates_found: bool,
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
            vehicles: Vec::new(),
            vehicles_hinted: false,
            plates_found: false,
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
        let all = |_: &Found| true;
        let whole = Extent::Whole;
        let threshold = policy.classes.face.threshold;
        let faces = swept(&mut self.faces, picture, &policy.views, threshold, whole, &all)?;
        self.lies = faces.lies;
        let back = |found: Vec<Found>| set_back(found, faces.lies, picture);
        let others = match faces.lies {
            1 => None,
            // Faint faces may mislead about how a photo lies, so what stands upright is looked for too.
            _ => Some(self.find_upright(picture, policy)?.0),
        };
        // Last, because the second look goes by it; and what is kept must be surely there.
        let (turned, kept) = self.find_upright(&set_upright(picture, faces.lies), policy)?;
        let others = match others {
            None => back(turned),
            Some(others) => once([others, back(turned)].concat()),
        };
        Ok(([faces.found, others].concat(), back(kept)))
    }

    /// All but faces, in a picture that lies upright: objects, plates, text and codes are looked for that way alone. Error:
    /// `Inference`.
    fn find_upright(
        &mut self,
        picture: &Raster,
        policy: &Policy,
    ) -> Result<(Vec<Found>, Vec<Found>), AnonymiseError> {
        let all = |_: &Found| true;
        let whole = Extent::Whole;
        let (mut found, mut kept) = (Vec::new(), Vec::new());
        self.vehicles.clear();
        self.vehicles_hinted = false;
        if let Some(objects) = &mut self.objects {
            let [person, vehicle] = [Class::Person, Class::Vehicle].map(|class| policy.treatment(class));
            let asked = |class: Class| self.looked_for.contains(&class);
            if [Class::Person, Class::Vehicle, Class::Plate]
                .into_iter()
                .any(asked)
            {
                let views = if person.action == Action::Mask {
                    &PERSONS
                } else {
                    &WHOLE
                };
                let least = person.threshold.min(vehicle.threshold).min(VEHICLE_HINT);
                let seen = sweep(objects, picture, views, least, whole, &all)?;
                let above = |one: &Found| one.score > policy.treatment(one.class).threshold;
                let vehicles = || seen.iter().filter(|one| one.class == Class::Vehicle);
                self.vehicles_hinted = vehicles().next().is_some();
                self.vehicles = vehicles().copied().filter(above).collect();
                found.extend(seen.iter().copied().filter(above).filter(|one| asked(one.class)));
            }
            if !self.kept.is_empty() {
                let seen = objects.objects(picture, 1, policy.keep.threshold)?;
                let seen = seen.into_iter().filter(|object| self.kept.contains(&object.coco));
                kept.extend(seen.map(|object| object.as_class(Class::Text)));
            }
        }
        let plates = self.plates_on_vehicles(picture, policy)?;
        self.plates_found = !plates.is_empty();
        found.extend(plates);
        if self.looks_for(Class::Text)
            && let Some(text) = self.plates.as_mut().and_then(PlateFinder::text)
        {
            let threshold = policy.classes.text.threshold;
            found.extend(sweep(text, picture, &TEXT, threshold, whole, &all)?);
        }
        if let Some(codes) = &mut self.codes {
            found.extend(codes.look(picture, 1, policy.classes.code.threshold)?);
        }
        Ok((found, kept))
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
        if gone(Class::Plate) && self.plates_found {
            seen = self.plates_on_vehicles(&upright, policy)?;
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
        // How it lies and where vehicles are: the second look leans on both.
        self.find(picture, policy)?;
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

    fn plates_on_vehicles(
        &mut self,
        picture: &Raster,
        policy: &Policy,
    ) -> Result<Vec<Found>, AnonymiseError> {
        let threshold = policy.classes.plate.threshold;
        match &mut self.plates {
            Some(plates) if self.vehicles_hinted && self.looked_for.contains(&Class::Plate) => plates.find(
                picture,
                &self.vehicles,
                PlateThresholds {
                    text: threshold,
                    net: threshold,
                },
            ),
            _ => Ok(Vec::new()),
        }
    }

    /// Objects of the 80 COCO classes in a picture as it is shown. `None` without the net. Error: `Inference`.
    pub fn objects(&mut self, picture: &Raster) -> Result<Option<Vec<Object>>, AnonymiseError> {
        let look = |net: &mut Nanodet| net.objects(picture, 1, COMMON);
        self.objects.as_mut().map(look).transpose()
    }
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
