use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What became of the things of each class (`face`, `plate`, …) in one photo or several. A class is there when it was
/// looked for, also if nothing was found.
pub type Findings = BTreeMap<String, ClassFindings>;

/// What became of the things of one class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassFindings {
    /// The sum of the three below.
    pub found: u64,
    /// Replaced.
    pub masked: u64,
    /// Left in the photo: the policy only counts this class.
    pub reported: u64,
    /// Left in the photo: in a region that the seller exempts.
    pub kept: u64,
    /// By height in pixels, as the anonymiser names the sizes.
    pub sizes: BTreeMap<String, u64>,
}

impl ClassFindings {
    fn add(&mut self, other: &Self) {
        self.found += other.found;
        self.masked += other.masked;
        self.reported += other.reported;
        self.kept += other.kept;
        for (size, count) in &other.sizes {
            *self.sizes.entry(size.clone()).or_default() += count;
        }
    }
}

/// The sum of several photos' findings.
pub fn sum<'a>(photos: impl IntoIterator<Item = &'a Findings>) -> Findings {
    let mut sum = Findings::new();
    for photo in photos {
        for (class, findings) in photo {
            sum.entry(class.clone()).or_default().add(findings);
        }
    }
    sum
}

/// One thing that was found, in pixels of the upright photo. For the operator's eyes only: where a face was is itself a
/// finding about a person, so this is in no journal, listing or log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    pub class: String,
    /// The detector's confidence, in thousandths.
    pub score_milli: u32,
    /// `masked`, `reported`, `kept`, or `left`: seen by the last look, and let out by an operator's note.
    pub action: String,
    /// `null` unless masked.
    pub operator: Option<String>,
    /// `spread`, or `net`: the one of the task `inpainting` among the pipeline's. `null` unless inpainted.
    pub fill: Option<String>,
    /// Only the second look found it.
    pub escalated: bool,
}

/// What the replacing cost one photo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Utility {
    /// Share of pixels under masks, parts per million.
    pub changed_ppm: u32,
    /// Share of pixels in regions that the seller exempts.
    #[serde(default)]
    pub kept_ppm: u32,
    /// Mean squared error outside the masks, per channel value of 0 to 255, in thousandths.
    pub outside_error_milli: u64,
    /// The smallest coded units of a JPEG whose coefficients were kept.
    pub units: Option<Units>,
    /// Objects of common classes before and after; where the policy asks for it.
    pub agreement: Option<Agreement>,
}

/// Smallest coded units (MCUs), and how many are bit for bit those of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    pub all: u64,
    pub identical: u64,
}

/// Objects that a detector sees before and after, and how many it sees both times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    pub before: u64,
    pub after: u64,
    pub same: u64,
}

/// What the second look saw before the photo was clean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondLook {
    /// Things that it saw in an earlier output and that were then replaced too; 0 when the first output was clean.
    pub replaced_late: u32,
    /// How many things of which class it saw to the end, and an operator answers for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left: BTreeMap<String, u64>,
}
