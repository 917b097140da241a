//! What a set of pictures is worth, for people: the nutrition label on the packet.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::near::Repeats;
use crate::pixels::PixelMetrics;
use crate::row::{Classes, Row};

/// [`PixelMetrics::sharpness_scaled`] below this is *blurred*. Exclusive; thousandths. Chosen on data (README).
const BLURRED: u64 = 100_000;
/// From here on a picture is *crisp*. Inclusive.
const CRISP: u64 = 500_000;
/// More than a quarter of the pixels without any detail spoils an exposure. Exclusive, parts per million.
const SPOILT_PPM: u32 = 250_000;
/// Mean luma below this is *dark*, above the other *bright*. Exclusive, thousandths.
const DIM: u32 = 50_000;
const GLARING: u32 = 205_000;

/// How sharp a picture is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sharpness {
    Blurred,
    Fair,
    Crisp,
}

/// How a picture is lit, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    Dark,
    Balanced,
    Bright,
}

/// The word for one picture's sharpness.
pub fn sharpness_of(pixels: &PixelMetrics) -> Sharpness {
    match pixels.sharpness_scaled {
        ..BLURRED => Sharpness::Blurred,
        BLURRED..CRISP => Sharpness::Fair,
        CRISP.. => Sharpness::Crisp,
    }
}

/// The word for one picture's light.
pub fn exposure_of(pixels: &PixelMetrics) -> Exposure {
    if pixels.dark_ppm > SPOILT_PPM || pixels.exposure < DIM {
        Exposure::Dark
    } else if pixels.bright_ppm > SPOILT_PPM || pixels.exposure > GLARING {
        Exposure::Bright
    } else {
        Exposure::Balanced
    }
}

/// Least, middle and most of one figure; the middle of an even number is the lower of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    pub least: u64,
    pub median: u64,
    pub most: u64,
}

impl Spread {
    fn of(values: impl Iterator<Item = u64>) -> Self {
        let mut values: Vec<u64> = values.collect();
        values.sort_unstable();
        let (Some(least), Some(most)) = (values.first(), values.last()) else {
            return Self::default();
        };
        Self {
            least: *least,
            median: values[(values.len() - 1) / 2],
            most: *most,
        }
    }
}

/// In how many items something is, and how many there are of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Present {
    pub items: u64,
    pub things: u64,
}

/// What became of the things of one class in the whole set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    pub found: u64,
    pub replaced: u64,
    /// Seen and left on purpose: reported, or exempted by the seller.
    pub left_on_purpose: u64,
}

/// A set of pictures in a few numbers, all of them sums of its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub items: u64,
    /// Pixels, width times height.
    pub pixels: Spread,
    pub blurred: u64,
    pub crisp: u64,
    pub dark: u64,
    pub bright: u64,
    /// As [`PixelMetrics::noise`].
    pub noise: Spread,
    /// As [`PixelMetrics::entropy`].
    pub entropy: Spread,
    /// As [`PixelMetrics::colourfulness`].
    pub colourfulness: Spread,
    /// Items like an earlier one of the set.
    pub repeats_inside: u64,
    /// Items like one that the seller listed before; `None` where that is not known.
    pub repeats_earlier: Option<u64>,
    /// Too flat to be compared.
    pub flat: u64,
    /// What is in it; `None` where nobody looked in every item.
    pub objects: Option<Classes<Present>>,
    pub removed: Classes<Removed>,
    /// Still seen at the last look.
    pub residual: Classes<u64>,
    /// Mean share of pixels under masks, parts per million, rounded down.
    pub changed_ppm: u64,
}

/// The label of a set: its rows, and how much of it repeats itself ([`crate::repeats`]).
pub fn label(rows: &[Row], repeats: &Repeats) -> Label {
    let count =
        |holds: &dyn Fn(&PixelMetrics) -> bool| rows.iter().filter(|row| holds(&row.pixels)).count() as u64;
    let spread = |value: &dyn Fn(&PixelMetrics) -> u64| Spread::of(rows.iter().map(|row| value(&row.pixels)));
    let mut removed = Classes::<Removed>::new();
    let mut residual = Classes::<u64>::new();
    for row in rows {
        for (name, treated) in &row.findings {
            let sum = removed.entry(name.clone()).or_default();
            sum.found += u64::from(treated.found);
            sum.replaced += u64::from(treated.masked);
            sum.left_on_purpose += u64::from(treated.kept) + u64::from(treated.reported);
        }
        for (name, left) in &row.residual {
            *residual.entry(name.clone()).or_default() += u64::from(*left);
        }
    }
    let changed: u64 = rows.iter().map(|row| u64::from(row.changed_ppm)).sum();
    Label {
        items: rows.len() as u64,
        pixels: spread(&|pixels| u64::from(pixels.width) * u64::from(pixels.height)),
        blurred: count(&|pixels| sharpness_of(pixels) == Sharpness::Blurred),
        crisp: count(&|pixels| sharpness_of(pixels) == Sharpness::Crisp),
        dark: count(&|pixels| exposure_of(pixels) == Exposure::Dark),
        bright: count(&|pixels| exposure_of(pixels) == Exposure::Bright),
        noise: spread(&|pixels| pixels.noise.into()),
        entropy: spread(&|pixels| pixels.entropy.into()),
        colourfulness: spread(&|pixels| pixels.colourfulness.into()),
        repeats_inside: repeats.inside,
        repeats_earlier: repeats.earlier,
        flat: repeats.flat,
        objects: objects(rows),
        removed,
        residual,
        changed_ppm: changed.checked_div(rows.len() as u64).unwrap_or(0),
    }
}

fn objects(rows: &[Row]) -> Option<Classes<Present>> {
    let mut sums = Classes::<Present>::new();
    for row in rows {
        for (name, count) in row.objects.as_ref()? {
            let sum = sums.entry(name.clone()).or_default();
            sum.items += u64::from(*count > 0);
            sum.things += u64::from(*count);
        }
    }
    (!rows.is_empty()).then_some(sums)
}

/// `part` of `whole` as a rounded percentage, never 0 % of something and never 100 % of less than all.
struct Percent(u64, u64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(part, whole) = *self;
        let rounded = (u128::from(part) * 200 + u128::from(whole)) / (u128::from(whole) * 2).max(1);
        match rounded {
            0 if part > 0 => f.write_str("under 1 %"),
            100 if part < whole => f.write_str("over 99 %"),
            rounded => write!(f, "{rounded} %"),
        }
    }
}

/// Six lines, plain words first.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_all = |part| Percent(part, self.items);
        let mega = |pixels: u64| format!("{}.{:02}", pixels / 1_000_000, pixels % 1_000_000 / 10_000);
        let Spread { least, median, most } = self.pixels;
        writeln!(
            f,
            "{} pictures of {} megapixels ({} to {})",
            self.items,
            mega(median),
            mega(least),
            mega(most)
        )?;
        match &self.objects {
            None => writeln!(f, "In it: not counted")?,
            Some(objects) => {
                let mut common: Vec<_> = objects.iter().filter(|(_, present)| present.items > 0).collect();
                common.sort_by_key(|(name, present)| (std::cmp::Reverse(present.items), *name));
                let common: Vec<String> = (common.iter().take(8))
                    .map(|(name, present)| format!("{} in {}", name.as_str(), of_all(present.items)))
                    .collect();
                let common = if common.is_empty() {
                    "nothing that the net knows".into()
                } else {
                    common.join(", ")
                };
                writeln!(f, "In it: {common}")?;
            }
        }
        writeln!(
            f,
            "Sharp: {} crisp, {} blurred. Light: {} too dark, {} too bright",
            of_all(self.crisp),
            of_all(self.blurred),
            of_all(self.dark),
            of_all(self.bright)
        )?;
        write!(
            f,
            "Varied: {} look like an earlier one of the set",
            of_all(self.repeats_inside)
        )?;
        match self.repeats_earlier {
            Some(earlier) => writeln!(f, ", {} like one listed before", of_all(earlier))?,
            None => writeln!(f, "; not compared with earlier listings")?,
        }
        let removed: Vec<String> = (self.removed.iter())
            .filter(|(_, sum)| sum.found > 0)
            .map(|(name, sum)| match sum.left_on_purpose {
                0 => format!("{} of {} ({})", sum.replaced, sum.found, name.as_str()),
                left => format!(
                    "{} of {} ({}; {left} left on purpose)",
                    sum.replaced,
                    sum.found,
                    name.as_str()
                ),
            })
            .collect();
        let removed = match (self.removed.is_empty(), removed.is_empty()) {
            (true, _) => "nothing was looked for".into(),
            (false, true) => "nothing was found".into(),
            (false, false) => removed.join(", "),
        };
        let changed = Percent(self.changed_ppm, 1_000_000);
        writeln!(f, "Removed: {removed}; {changed} of the area changed")?;
        let left: Vec<String> = (self.residual.iter())
            .filter(|(_, left)| **left > 0)
            .map(|(name, left)| format!("{left} ({})", name.as_str()))
            .collect();
        match (self.residual.is_empty(), left.is_empty()) {
            (true, _) => writeln!(f, "Still seen afterwards: nobody looked"),
            (false, true) => writeln!(f, "Still seen afterwards: nothing"),
            (false, false) => writeln!(f, "Still seen afterwards: {}", left.join(", ")),
        }
    }
}

#[cfg(test)]
#[path = "label_tests.rs"]
pub(crate) mod tests;
