//! What is done to a photo: one value, hashed into every report, so that an auditor can replay it.

mod canonical;
mod load;
mod operator;
mod validate;

pub use operator::{Grade, MOST_CELLS, Operator};

use crate::found::Class;
use crate::look::Views;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Everything that decides the output besides the photo and the models. [`Default`] is the preset `street`.
///
/// Read from TOML (`privacy.toml`) by [`Policy::parse`] and [`Policy::load`], or as part of another file through serde:
/// keys that are absent come from the preset that `preset` names (`street` without one), unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Policy {
    /// What reports call it. 1 to 40 characters of `a-z`, `0-9` and `-`. A preset's name belongs to the preset: a file
    /// that changes one and gives no name is called `<preset>-changed`.
    pub name: String,
    /// The least that the output must be called; refused where the operators cannot earn it.
    #[serde(rename = "grade")]
    pub wanted: Grade,
    pub classes: Classes,
    pub keep: Keep,
    /// How the first look looks.
    pub views: Views,
    pub gate: Gate,
    pub limits: Limits,
    pub output: Output,
}

/// One treatment for each [`Class`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classes {
    pub face: Treatment,
    pub person: Treatment,
    pub vehicle: Treatment,
    pub plate: Treatment,
    pub text: Treatment,
    pub code: Treatment,
}

/// What happens to things of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treatment {
    pub action: Action,
    /// Used when `action` is `mask`.
    pub operator: Operator,
    /// A score above this is a find, on the first look. 0.01 to 1.
    #[serde(with = "canonical::decimal")]
    pub threshold: f32,
    /// Boxes are tight (a face's: brow to chin): a mask is the box grown by this share of its own size on each side. 0, or
    /// 0.001 to 2. Inpainting takes more, for shadows: 0.08 at least, and a rim.
    #[serde(with = "canonical::decimal")]
    pub margin: f32,
    /// True: without a net for this class the pipeline does not start. False: the class goes unlooked for, and the
    /// report says so.
    pub required: bool,
}

/// What a find leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Found, counted and painted over.
    Mask,
    /// Found and counted.
    Report,
    /// Not looked for.
    Ignore,
    /// One of these, and the whole photo is refused.
    Refuse,
}

/// Objects that must stay visible, for example what a detector of weapons is to be trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// COCO names (`crate::coco`). Their boxes are cut out of the masks of persons and vehicles, and out of a face's
    /// margin; a face itself is always painted, whatever lies over it. The larger the object, the more of a person in
    /// front of it stays visible: meant for what hands hold.
    pub classes: BTreeSet<String>,
    /// A score above this is a kept object. 0.01 to 1.
    #[serde(with = "canonical::decimal")]
    pub threshold: f32,
}

/// The second look, at the pixels decoded from the output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The face detector of the first look sees a face above this. Calibrated on controls: see the crate's README. 0.01
    /// to 1. It is asked again only where an operator leaves something of what it masks, or nobody else is there to ask.
    #[serde(with = "canonical::decimal")]
    pub faces: f32,
    /// The same for the detector of another family. 0.01 to 1.
    #[serde(with = "canonical::decimal")]
    pub second: f32,
    /// How often what is seen is painted over before the photo is refused; 0 refuses at once. 0 to 8.
    pub escalations: u32,
    /// The views of the face detector of the first look.
    pub views: Views,
    /// Those of the other one.
    pub second_views: Views,
    /// How many blank areas, the largest first, the other one is also shown closely, with what is around them. 0 to 64.
    pub closer: u32,
}

/// What is refused before decoding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Declared width x height. Pixels, 1 to 1,000,000,000.
    pub max_pixels: u64,
    /// Declared width or height. Pixels, 1 to 1,000,000.
    pub max_side: u32,
}

/// How the output is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Quality of what is encoded anew (4:2:0). 50 to 100.
    pub jpeg_quality: u8,
    pub jpeg: JpegPath,
    /// Whether common objects in the output are counted, which is what buyers are told of the contents and auditors count
    /// again. Costs a look of the object detector.
    pub objects: bool,
    /// Whether common objects are compared before and after, which costs one look more.
    pub agreement: bool,
}

/// How a JPEG becomes a JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JpegPath {
    /// Blocks outside the masks keep their very coefficients.
    Coefficients,
    /// Decoded, painted and encoded anew.
    Pixels,
}

impl Policy {
    pub fn treatment(&self, class: Class) -> &Treatment {
        match class {
            Class::Face => &self.classes.face,
            Class::Person => &self.classes.person,
            Class::Vehicle => &self.classes.vehicle,
            Class::Plate => &self.classes.plate,
            Class::Text => &self.classes.text,
            Class::Code => &self.classes.code,
        }
    }

    /// What the output may be called under this policy: the least that an operator of a masked class earns. At least
    /// [`Self::wanted`] when the policy is valid.
    pub fn grade(&self) -> Grade {
        let masked = Class::ALL.map(|class| self.treatment(class));
        (masked.iter())
            .filter(|treatment| treatment.action == Action::Mask)
            .map(|treatment| treatment.operator.grade())
            .min()
            .unwrap_or(Grade::Anonymous)
    }

    /// RFC 8785 canonical JSON of the whole policy, presets resolved: sorted keys, no spaces, shortest numbers.
    pub fn canonical_json(&self) -> String {
        let value = serde_json::to_value(self).expect("a policy has text keys and finite numbers only; qed");
        canonical::json(&value)
    }

    /// SHA-256 of [`Self::canonical_json`].
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.canonical_json().as_bytes()).into()
    }

    /// [`Self::digest`] in hexadecimal.
    pub fn id(&self) -> String {
        hex::encode(self.digest())
    }
}
