use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Most regions of one photo.
pub const MAX_REGIONS: usize = 16;
/// Longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 120;
/// Most different reasons in one dataset: all of them are in its report.
pub const MAX_REASONS: usize = 32;

/// An area of a photo, in pixels of the upright photo: as a viewer shows it that heeds the camera's orientation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// A part of a photo in which nothing is masked, and why not, before any check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepDraft {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    /// For the report, which anybody may read: `a statue`, `the actor agreed in writing`; never a name.
    pub reason: String,
}

/// The parts of one photo that its seller exempts. The only way to one is [`KeepRegions::new`], also out of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<KeepDraft>", try_from = "Vec<KeepDraft>")]
pub struct KeepRegions(Vec<KeepDraft>);

/// Why regions are refused; every refusal names its bound. Regions count from 1, as people count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeepRefusal {
    #[error("{regions} kept regions, at most {MAX_REGIONS} are allowed in one photo")]
    TooMany { regions: usize },
    #[error("kept region {region} is empty: width and height are at least 1")]
    Empty { region: usize },
    #[error("kept region {region} has no reason")]
    NoReason { region: usize },
    #[error(
        "the reason of kept region {region} has {chars} characters, at most {MAX_REASON_CHARS} are allowed"
    )]
    LongReason { region: usize, chars: usize },
    #[error("the reason of kept region {region} holds a control character")]
    ControlCharacter { region: usize },
    #[error(
        "kept region {region} is not within the photo of {width} x {height} pixels, whichever way up it is"
    )]
    Outside { region: usize, width: u32, height: u32 },
    #[error("more than {MAX_REASONS} different reasons for kept regions in one dataset")]
    TooManyReasons,
}

impl KeepRefusal {
    /// Stable, for problem documents.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooMany { .. } => "keep_too_many",
            Self::Empty { .. } => "keep_empty",
            Self::NoReason { .. } | Self::LongReason { .. } | Self::ControlCharacter { .. } => {
                "keep_bad_reason"
            }
            Self::Outside { .. } => "keep_outside_photo",
            Self::TooManyReasons => "keep_too_many_reasons",
        }
    }
}

impl KeepRegions {
    /// Checks drafts; the first refusal is returned. Reasons are trimmed.
    pub fn new(drafts: Vec<KeepDraft>) -> Result<Self, KeepRefusal> {
        if drafts.len() > MAX_REGIONS {
            let regions = drafts.len();
            return Err(KeepRefusal::TooMany { regions });
        }
        let checked = (1..).zip(drafts).map(|(region, draft)| {
            let reason = draft.reason.trim().to_owned();
            let chars = reason.chars().count();
            if draft.width == 0 || draft.height == 0 {
                Err(KeepRefusal::Empty { region })
            } else if reason.is_empty() {
                Err(KeepRefusal::NoReason { region })
            } else if chars > MAX_REASON_CHARS {
                Err(KeepRefusal::LongReason { region, chars })
            } else if reason.chars().any(char::is_control) {
                Err(KeepRefusal::ControlCharacter { region })
            } else {
                Ok(KeepDraft { reason, ..draft })
            }
        });
        Ok(Self(checked.collect::<Result<_, _>>()?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without the reasons.
    pub fn regions(&self) -> Vec<Region> {
        let region = |draft: &KeepDraft| Region {
            x: draft.x,
            y: draft.y,
            width: draft.width,
            height: draft.height,
        };
        self.0.iter().map(region).collect()
    }

    pub fn reasons(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|draft| draft.reason.as_str())
    }

    /// What can be told from a photo's header alone, which gives the size of the stored photo: a camera may turn it by a
    /// quarter. `size`: width and height. Error: `Outside`.
    pub fn check_against_header(&self, (width, height): (u32, u32)) -> Result<(), KeepRefusal> {
        let end = |start: u32, length: u32| u64::from(start) + u64::from(length);
        for (at, draft) in (1..).zip(&self.0) {
            let (right, bottom) = (end(draft.x, draft.width), end(draft.y, draft.height));
            let fits = |width: u32, height: u32| right <= width.into() && bottom <= height.into();
            if !fits(width, height) && !fits(height, width) {
                return Err(KeepRefusal::Outside {
                    region: at,
                    width,
                    height,
                });
            }
        }
        Ok(())
    }

    /// What a report may say of them. `area_ppm`: share of the photo's pixels, parts per million.
    pub fn told(&self, area_ppm: u32) -> Kept {
        let mut reasons = BTreeMap::new();
        for reason in self.reasons() {
            *reasons.entry(reason.to_owned()).or_default() += 1;
        }
        Kept {
            regions: self.0.len() as u64,
            area_ppm: area_ppm.into(),
            reasons,
        }
    }
}

impl TryFrom<Vec<KeepDraft>> for KeepRegions {
    type Error = KeepRefusal;

    fn try_from(drafts: Vec<KeepDraft>) -> Result<Self, KeepRefusal> {
        Self::new(drafts)
    }
}

impl From<KeepRegions> for Vec<KeepDraft> {
    fn from(regions: KeepRegions) -> Self {
        regions.0
    }
}

/// Refuses a photo's regions when their reasons are too many beside those of the photos before.
pub fn check_reasons(seen: &mut BTreeSet<String>, more: &KeepRegions) -> Result<(), KeepRefusal> {
    seen.extend(more.reasons().map(str::to_owned));
    if seen.len() > MAX_REASONS {
        return Err(KeepRefusal::TooManyReasons);
    }
    Ok(())
}

/// What was exempted in one photo or several, without saying where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub regions: u64,
    /// Share of the pixels in them, parts per million; of several photos the mean, rounded down.
    pub area_ppm: u64,
    /// How many regions have which reason.
    pub reasons: BTreeMap<String, u64>,
}

impl Kept {
    /// Over several photos, also those without regions.
    pub fn sum<'a>(photos: impl ExactSizeIterator<Item = &'a Self>) -> Self {
        let (count, mut sum) = (photos.len() as u64, Self::default());
        for photo in photos {
            sum.regions += photo.regions;
            sum.area_ppm += photo.area_ppm;
            for (reason, regions) in &photo.reasons {
                *sum.reasons.entry(reason.clone()).or_default() += regions;
            }
        }
        sum.area_ppm = sum.area_ppm.checked_div(count).unwrap_or(0);
        sum
    }
}

/// The regions of several photos by the photos' names: the file behind `--keep`.
///
/// JSON: `{"IMG_1.jpg": [{"x": 120, "y": 40, "width": 200, "height": 260, "reason": "a statue"}]}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeepList(BTreeMap<String, KeepRegions>);

/// Why a list is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepListError {
    #[error("it is not a JSON object of lists of regions: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("{name}: {refusal}")]
    Photo { name: String, refusal: KeepRefusal },
}

impl KeepList {
    pub fn parse(json: &[u8]) -> Result<Self, KeepListError> {
        let drafts: BTreeMap<String, Vec<KeepDraft>> = serde_json::from_slice(json)?;
        let mut list = BTreeMap::new();
        let mut reasons = BTreeSet::new();
        for (name, drafts) in drafts {
            let checked = KeepRegions::new(drafts);
            let checked = checked.and_then(|regions| check_reasons(&mut reasons, &regions).map(|()| regions));
            match checked {
                Ok(regions) => list.insert(name, regions),
                Err(refusal) => return Err(KeepListError::Photo { name, refusal }),
            };
        }
        Ok(Self(list))
    }

    /// The regions of the photo of this name; none where the list does not name it.
    pub fn of(&self, name: &str) -> KeepRegions {
        self.0.get(name).cloned().unwrap_or_default()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
