//! What was found and done, for one photo.

use crate::format::Format;
use crate::found::Class;
use crate::policy::Operator;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vouchsafe_evaluation::{ClassName, PixelMetrics, Row, Sketch, Treated};

/// The anonymised photo with its findings.
#[derive(Debug, Clone)]
pub struct Anonymised {
    pub bytes: Vec<u8>,
    pub format: Format,
    pub item: ItemReport,
    /// What the output looks like from afar; `None` for a flat picture. Not part of any report: from it one can tell whether
    /// two pictures show the same.
    pub sketch: Option<Sketch>,
}

/// What can be seen in a finished photo, by class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighted {
    /// Upright size, pixels.
    pub width: u32,
    pub height: u32,
    /// Common objects, for all of the 80 COCO classes; `None` where the policy needs no net for them.
    pub objects: Option<BTreeMap<String, u32>>,
    /// What should be gone, for every class that the policy masks and the second look looks for.
    pub residual: BTreeMap<Class, u32>,
}

/// An area of the upright photo, in pixels; within the photo, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// What was done about something that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taken {
    Masked,
    /// Found and counted: the policy leaves this class in the photo.
    Reported,
    /// It lies in a region that the seller exempts.
    Kept,
    /// The last look still saw it, and it was left there by [`Leftovers`](crate::Leftovers). Such things are in no
    /// [`Counted`]: they are in [`Residual::left`].
    Left,
}

impl Taken {
    /// `masked`, `reported`, `kept` or `left`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Masked => "masked",
            Self::Reported => "reported",
            Self::Kept => "kept",
            Self::Left => "left",
        }
    }
}

/// One thing that was found, and what became of it. For the operator's eyes only: where a face was is itself a finding
/// about a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mask {
    /// What is replaced: the detector's box with its margin. For what was not masked, the detector's box.
    pub rect: Rect,
    pub class: Class,
    /// The detector's confidence, 0 to 1, rounded to thousandths.
    #[serde(with = "thousandths")]
    pub score: f32,
    pub taken: Taken,
    /// `None` unless masked.
    pub operator: Option<Operator>,
    /// `None` unless inpainted.
    pub fill: Option<Fill>,
    /// True when only the second look found it.
    pub escalated: bool,
}

/// What a hole was filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fill {
    /// The colours around it, spread inwards, without a net. Nothing is drawn by chance, so it has no seed.
    Spread,
    /// What a net paints there; the only net of the task `inpainting` among the pipeline's. It has no seed either.
    Net,
}

impl Fill {
    /// `spread` or `net`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spread => "spread",
            Self::Net => "net",
        }
    }
}

/// Things by height of the tight box in source pixels; lower bounds inclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeHistogram {
    pub under_10: u32,
    pub from_10: u32,
    pub from_16: u32,
    pub from_24: u32,
    pub from_48: u32,
    pub from_96: u32,
}

impl SizeHistogram {
    pub(crate) fn count(&mut self, height: f32) {
        let bin = match height {
            h if h < 10.0 => &mut self.under_10,
            h if h < 16.0 => &mut self.from_10,
            h if h < 24.0 => &mut self.from_16,
            h if h < 48.0 => &mut self.from_24,
            h if h < 96.0 => &mut self.from_48,
            _ => &mut self.from_96,
        };
        *bin += 1;
    }
}

/// What the second look, at the pixels decoded from the output bytes, says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing was found in any rotation.
    Clean,
    /// An earlier output showed a face; that was replaced too, and then nothing was found in any rotation.
    CleanAfterEscalation,
    /// It still showed something, and was let out by [`Leftovers`](crate::Leftovers).
    Overridden,
}

/// The second look. Unless somebody answers for what is left, an output exists only when it ended clean, so `found` is
/// what it found *before* escalation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Residual {
    /// Views turned by a quarter each.
    pub rotations: u32,
    /// Things seen in earlier outputs, which the escalation then replaced. 0 unless escalated.
    pub found: u32,
    /// What the last look still saw. Empty unless overridden.
    pub left: BTreeMap<Class, u32>,
    pub verdict: Verdict,
}

/// What became of the things of one class in one photo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// By both looks; the sum of the three below.
    pub found: u32,
    pub masked: u32,
    pub reported: u32,
    pub kept: u32,
    pub sizes: SizeHistogram,
}

impl Counted {
    pub(crate) fn count(&mut self, taken: Taken, height: f32) {
        self.found += 1;
        match taken {
            Taken::Masked => self.masked += 1,
            Taken::Reported => self.reported += 1,
            Taken::Kept => self.kept += 1,
            // Only the last look sees these, after all counting.
            Taken::Left => {}
        }
        self.sizes.count(height);
    }
}

/// What survived: the price of privacy, beside the risk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utility {
    /// Share of pixels under masks, parts per million, rounded down.
    pub changed_ppm: u32,
    /// Mean squared error of the output outside the masks, per channel value (0 to 255), in thousandths, rounded down. 0
    /// is no change at all; the peak signal-to-noise ratio is `10 log10(65,025,000 / this)` decibels.
    pub outside_error_milli: u64,
    /// JPEG only, and only where the coefficients were kept: the smallest coded units of the photo.
    pub units: Option<Units>,
    /// Only where the policy asks for it: common objects before and after.
    pub agreement: Option<Agreement>,
}

/// The smallest coded units (MCUs) of a JPEG, 8 x 8 to 32 x 32 pixels each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    pub all: u32,
    /// Bit for bit those of the source.
    pub identical: u32,
}

/// Common objects (COCO classes) that a detector sees before and after, outside the masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    pub before: u32,
    pub after: u32,
    /// Pairs of the same class whose boxes overlap by half or more.
    pub same: u32,
}

/// The numbers that go into the record's `metrics_root`, one row per photo. Integers only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// What the output's pixels say.
    pub pixels: PixelMetrics,
    /// Common objects in the output, every class of COCO by its name; `None` unless the policy asks and the net is there.
    pub objects: Option<BTreeMap<String, u32>>,
    /// Every class that the policy asks for, also those of which nothing was found.
    pub findings: BTreeMap<Class, Counted>,
    /// What the last look saw in the output, for every class that it looks for: always 0 in what is let out, unless
    /// overridden.
    pub residual: BTreeMap<Class, u32>,
    pub changed_ppm: u32,
    /// As [`Utility::outside_error_milli`].
    pub outside_error_milli: u64,
}

impl Metrics {
    /// The canonical row (`vouchsafe-evaluation`), which names of the objects those that were seen.
    pub fn row(&self) -> Vec<u8> {
        let name = |class: Class| ClassName::new(class.name()).expect("a class has a short plain name; qed");
        let treated = |counted: &Counted| Treated {
            found: counted.found,
            kept: counted.kept,
            masked: counted.masked,
            reported: counted.reported,
        };
        let row = Row {
            pixels: self.pixels,
            objects: (self.objects.as_ref()).map(|counts| {
                let seen = counts.iter().filter(|(_, count)| **count > 0);
                let named = |(class, count): (&String, &u32)| {
                    let class = ClassName::new(class.clone()).expect("COCO's names are short and plain; qed");
                    (class, *count)
                };
                seen.map(named).collect()
            }),
            residual: (self.residual.iter())
                .map(|(class, left)| (name(*class), *left))
                .collect(),
            findings: (self.findings.iter())
                .map(|(class, counted)| (name(*class), treated(counted)))
                .collect(),
            changed_ppm: self.changed_ppm,
            // At most 65,025,000: a mean of squared bytes.
            outside_error_milli: u32::try_from(self.outside_error_milli).unwrap_or(u32::MAX),
        };
        row.to_bytes()
    }
}

/// All findings about one photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemReport {
    /// Upright size, pixels.
    pub width: u32,
    pub height: u32,
    /// Every class that the policy asks for.
    pub findings: BTreeMap<Class, Counted>,
    /// For the operator's eyes only; publish the counts and histograms instead.
    pub masks: Vec<Mask>,
    /// Pieces of metadata that the input held and the output does not, by family: `exif`, `gps`, `thumbnail`,
    /// `maker-note`, `xmp`, `icc`, `iptc`, `multi-picture`, `comment`, `png-text`, `time`, `other`, `trailer`.
    pub metadata_removed: BTreeMap<String, u32>,
    /// Share of the pixels in the regions that the seller exempts, parts per million, rounded down.
    pub kept_ppm: u32,
    pub residual: Residual,
    pub utility: Utility,
    pub metrics: Metrics,
}

impl ItemReport {
    /// What became of the things of `class`; zeros where the policy does not ask for it.
    pub fn of(&self, class: Class) -> Counted {
        self.findings.get(&class).copied().unwrap_or_default()
    }
}

/// Thresholds and scores are `f32` in memory and plain decimals with three places in JSON.
pub(crate) mod thousandths {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f32, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64((f64::from(*value) * 1000.0).round() / 1000.0)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
        f64::deserialize(from).map(|value| value as f32)
    }
}
