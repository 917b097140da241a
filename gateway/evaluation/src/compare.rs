//! A committed row beside the same item measured again.

use std::collections::BTreeMap;

use crate::metric::{Band, Kind, Metric};
use crate::pixels::PixelMetrics;
use crate::row::{ClassName, Classes, Row};

/// What somebody who holds the output can find: no original, so no findings and no masks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recomputed {
    pub pixels: PixelMetrics,
    /// `None` where no net was at hand.
    pub objects: Option<Classes<u32>>,
    /// `None` where no net was at hand.
    pub residual: Option<Classes<u32>>,
}

/// How one metric of one item compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreed {
    /// One of the two does not have it.
    Skipped,
    Equal,
    /// Not equal, yet inside the declared band.
    Within,
    Outside,
}

/// [`Agreed`], and the largest difference that it rests on (of any class).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    pub metric: Metric,
    pub agreed: Agreed,
    pub difference: u64,
}

/// Compares one item, metric by metric, in the order of [`Metric::ALL`].
///
/// Classes are compared that the row names; one that only the auditor looked for is [`Agreement::undeclared`]'s business.
/// A class that the row names and the auditor did not look for is skipped.
pub fn compare(row: &Row, again: &Recomputed) -> [Compared; Metric::ALL.len()] {
    Metric::ALL.map(|metric| {
        let (agreed, difference) = match metric {
            Metric::Width => exact(row.pixels.width, again.pixels.width),
            Metric::Height => exact(row.pixels.height, again.pixels.height),
            Metric::Exposure => exact(row.pixels.exposure, again.pixels.exposure),
            Metric::LumaP01 => exact(row.pixels.luma_p01, again.pixels.luma_p01),
            Metric::LumaP99 => exact(row.pixels.luma_p99, again.pixels.luma_p99),
            Metric::Dark => exact(row.pixels.dark_ppm, again.pixels.dark_ppm),
            Metric::Bright => exact(row.pixels.bright_ppm, again.pixels.bright_ppm),
            Metric::Sharpness => exact(row.pixels.sharpness, again.pixels.sharpness),
            Metric::SharpnessScaled => exact(row.pixels.sharpness_scaled, again.pixels.sharpness_scaled),
            Metric::Noise => exact(row.pixels.noise, again.pixels.noise),
            Metric::Entropy => exact(row.pixels.entropy, again.pixels.entropy),
            Metric::Colourfulness => exact(row.pixels.colourfulness, again.pixels.colourfulness),
            Metric::Objects => classes(metric, seen(row, again).as_ref(), again.objects.as_ref()),
            Metric::Residual => classes(metric, Some(&admitted(row)), again.residual.as_ref()),
            Metric::Findings | Metric::Changed | Metric::OutsideError => (Agreed::Skipped, 0),
        };
        Compared {
            metric,
            agreed,
            difference,
        }
    })
}

fn exact(committed: impl Into<u64>, again: impl Into<u64>) -> (Agreed, u64) {
    match committed.into().abs_diff(again.into()) {
        0 => (Agreed::Equal, 0),
        difference => (Agreed::Outside, difference),
    }
}

/// The objects that a row tells of, with zeros for those that were looked for again and that it does not name; `None` where
/// nobody counted for the row.
fn seen(row: &Row, again: &Recomputed) -> Option<Classes<u32>> {
    let mut counts = row.objects.clone()?;
    for name in again.objects.iter().flat_map(Classes::keys) {
        counts.entry(name.clone()).or_default();
    }
    Some(counts)
}

/// What a row admits is still there, by class: what its last look saw, and what was left on purpose.
fn admitted(row: &Row) -> Classes<u32> {
    let left = |(name, seen): (&ClassName, &u32)| {
        let treated = row.findings.get(name).copied().unwrap_or_default();
        let count = seen.saturating_add(treated.kept).saturating_add(treated.reported);
        (name.clone(), count)
    };
    row.residual.iter().map(left).collect()
}

/// Something of which more is seen in an item than its row admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    pub class: ClassName,
    pub admitted: u32,
    pub seen: u32,
}

/// What of an item is a sighting, by class; nothing where no net was at hand. A class for which the row's own last look did
/// not look is none: that is [`Agreement::undeclared`]'s business.
pub fn excess(row: &Row, again: &Recomputed) -> Vec<Excess> {
    let admitted = admitted(row);
    let more = |(class, seen): (&ClassName, &u32)| {
        let committed = *admitted.get(class)?;
        (*seen > committed).then(|| Excess {
            class: class.clone(),
            admitted: committed,
            seen: *seen,
        })
    };
    again.residual.iter().flatten().filter_map(more).collect()
}

/// The worst class decides.
fn classes(metric: Metric, committed: Option<&Classes<u32>>, again: Option<&Classes<u32>>) -> (Agreed, u64) {
    let band = match metric.kind() {
        Kind::Banded(band) => band,
        Kind::Exact | Kind::Advisory => Band::Around {
            absolute: 0,
            percent: 0,
        },
    };
    let (Some(committed), Some(again)) = (committed, again) else {
        return (Agreed::Skipped, 0);
    };
    let mut worst = (Agreed::Skipped, 0);
    for (name, count) in committed {
        let Some(other) = again.get(name) else { continue };
        let (count, other) = (u64::from(*count), u64::from(*other));
        let agreed = if count == other {
            Agreed::Equal
        } else if band.holds(count, other) {
            Agreed::Within
        } else {
            Agreed::Outside
        };
        worst = (worst.0.max(agreed), worst.1.max(count.abs_diff(other)));
    }
    worst
}

/// How often one metric agreed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub equal: u64,
    pub within: u64,
    pub outside: u64,
    pub skipped: u64,
    /// Largest difference in any item and class.
    pub worst: u64,
}

/// What comes of a sample, gravest last. What each moves in an account's evidence is decided elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing was compared.
    Nothing,
    Clean,
    /// Banded metrics outside their band in more than a tenth of the items.
    Mismatch,
    /// An exact metric is false in at least one item.
    ExactFalse,
    /// More is still seen in an item than its row admits. Not proven by numbers: people must look.
    Sighting,
}

/// The sums over a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    pub items: u64,
    pub metrics: BTreeMap<Metric, Tally>,
    /// Items with at least one false exact metric, in the order in which they came.
    pub exact_false: Vec<u32>,
    /// Items with a banded metric other than what is left outside its band.
    pub outside_band: Vec<u32>,
    /// Items in which more of a named class is left than the row admits.
    pub sightings: Vec<u32>,
    /// Items in which something is left of a class for which the row's own last look did not look.
    pub undeclared: Vec<u32>,
}

impl Agreement {
    /// Takes one more item. `item` names it in the lists.
    pub fn add(&mut self, item: u32, row: &Row, again: &Recomputed) {
        self.items = self.items.saturating_add(1);
        let (mut exact_false, mut outside) = (false, false);
        for compared in compare(row, again) {
            let tally = self.metrics.entry(compared.metric).or_default();
            let count = match compared.agreed {
                Agreed::Skipped => &mut tally.skipped,
                Agreed::Equal => &mut tally.equal,
                Agreed::Within => &mut tally.within,
                Agreed::Outside => &mut tally.outside,
            };
            *count = count.saturating_add(1);
            tally.worst = tally.worst.max(compared.difference);
            if compared.agreed == Agreed::Outside {
                match compared.metric.kind() {
                    Kind::Exact => exact_false = true,
                    // Judged by its direction, below.
                    Kind::Banded(_) if compared.metric == Metric::Residual => {}
                    Kind::Banded(_) => outside = true,
                    Kind::Advisory => {}
                }
            }
        }
        let more = !excess(row, again).is_empty();
        let unnamed = |(name, count): (&ClassName, &u32)| *count > 0 && !row.residual.contains_key(name);
        let undeclared = again.residual.iter().flatten().any(unnamed);
        let noted = [
            (exact_false, &mut self.exact_false),
            (outside, &mut self.outside_band),
            (more, &mut self.sightings),
            (undeclared, &mut self.undeclared),
        ];
        for (_, list) in noted.into_iter().filter(|(noted, _)| *noted) {
            list.push(item);
        }
    }

    /// The gravest that holds. Undeclared sightings are shown to people and decide nothing.
    pub fn outcome(&self) -> Outcome {
        let tenth_passed = (self.outside_band.len() as u64).saturating_mul(10) > self.items;
        match self.items {
            0 => Outcome::Nothing,
            _ if !self.sightings.is_empty() => Outcome::Sighting,
            _ if !self.exact_false.is_empty() => Outcome::ExactFalse,
            _ if tenth_passed => Outcome::Mismatch,
            _ => Outcome::Clean,
        }
    }
}

/// Compares a whole sample: (item, committed row, the same measured again).
pub fn agreement<'a>(sample: impl IntoIterator<Item = (u32, &'a Row, &'a Recomputed)>) -> Agreement {
    let mut agreement = Agreement::default();
    for (item, row, again) in sample {
        agreement.add(item, row, again);
    }
    agreement
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
