//! The list of metrics, what each is worth as evidence, and the digest that names the list.

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use vouchsafe_protocol::id::Digest;

/// Version of the suite, in every row. Another formula, bound or field gets another number; 1 and 2 were rows of the
/// gateway before there was a suite.
pub const SUITE_VERSION: u32 = 3;

/// One column of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    Width,
    Height,
    Exposure,
    LumaP01,
    LumaP99,
    Dark,
    Bright,
    Sharpness,
    SharpnessScaled,
    Noise,
    Entropy,
    Colourfulness,
    /// Common objects by class, as a net counts them in the output.
    Objects,
    /// Faces, plates, text and other personal things that are still seen in the output, by class.
    Residual,
    /// What the first look found and what became of it. Needs the original.
    Findings,
    /// Share of pixels under masks. Needs the original.
    Changed,
    /// Squared error outside the masks. Needs the original.
    OutsideError,
}

/// What a metric is worth as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Integers that anybody reproduces bit for bit from the same decoded pixels: one difference is a false statement.
    Exact,
    /// From a net, whose floats differ a little between machines: only what lies outside the band counts.
    Banded(Band),
    /// Shown to people, never held against anybody: outsiders cannot compute it.
    Advisory,
}

/// How far a count may lie from the committed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// By at most the larger of the two parts. Inclusive.
    Around {
        absolute: u32,
        /// Of the committed count, rounded down.
        percent: u32,
    },
    /// Not above it, whatever a net's rounding: each thing more is a question to people.
    AtMost,
}

impl Band {
    /// Whether `again` lies within the band around `committed`.
    pub fn holds(&self, committed: u64, again: u64) -> bool {
        match *self {
            Self::Around { absolute, percent } => {
                let share = committed.saturating_mul(u64::from(percent)) / 100;
                committed.abs_diff(again) <= share.max(u64::from(absolute))
            }
            Self::AtMost => again <= committed,
        }
    }
}

/// A fifth, and one object always: nets see objects at the rim of their threshold now and then.
const OBJECT_BAND: Band = Band::Around {
    absolute: 1,
    percent: 20,
};

impl Metric {
    pub const ALL: [Self; 17] = [
        Self::Width,
        Self::Height,
        Self::Exposure,
        Self::LumaP01,
        Self::LumaP99,
        Self::Dark,
        Self::Bright,
        Self::Sharpness,
        Self::SharpnessScaled,
        Self::Noise,
        Self::Entropy,
        Self::Colourfulness,
        Self::Objects,
        Self::Residual,
        Self::Findings,
        Self::Changed,
        Self::OutsideError,
    ];

    pub const fn kind(self) -> Kind {
        match self {
            Self::Width
            | Self::Height
            | Self::Exposure
            | Self::LumaP01
            | Self::LumaP99
            | Self::Dark
            | Self::Bright
            | Self::Sharpness
            | Self::SharpnessScaled
            | Self::Noise
            | Self::Entropy
            | Self::Colourfulness => Kind::Exact,
            Self::Objects => Kind::Banded(OBJECT_BAND),
            Self::Residual => Kind::Banded(Band::AtMost),
            Self::Findings | Self::Changed | Self::OutsideError => Kind::Advisory,
        }
    }

    /// The member of the row.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Width => "width",
            Self::Height => "height",
            Self::Exposure => "exposure",
            Self::LumaP01 => "luma_p01",
            Self::LumaP99 => "luma_p99",
            Self::Dark => "dark_ppm",
            Self::Bright => "bright_ppm",
            Self::Sharpness => "sharpness",
            Self::SharpnessScaled => "sharpness_scaled",
            Self::Noise => "noise",
            Self::Entropy => "entropy",
            Self::Colourfulness => "colourfulness",
            Self::Objects => "objects",
            Self::Residual => "residual",
            Self::Findings => "findings",
            Self::Changed => "changed_ppm",
            Self::OutsideError => "outside_error_milli",
        }
    }

    /// What one step of the number is.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Width | Self::Height => "pixel",
            Self::LumaP01 | Self::LumaP99 => "luma level",
            Self::Exposure | Self::Noise => "1/1000 luma level",
            Self::Sharpness | Self::SharpnessScaled => "1/1000 squared luma level",
            Self::Dark | Self::Bright | Self::Changed => "1/1000000 of the pixels",
            Self::Entropy => "1/1000 bit",
            Self::Colourfulness => "1/1000 colourfulness",
            Self::Objects | Self::Residual | Self::Findings => "count by class",
            Self::OutsideError => "1/1000 squared channel level",
        }
    }
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Banded(_) => "banded",
            Self::Advisory => "advisory",
        }
    }
}

#[derive(Serialize)]
struct Manifest {
    metrics: Vec<Listed>,
    schema: &'static str,
    version: u32,
}

#[derive(Serialize)]
struct Listed {
    band: Option<Band>,
    kind: &'static str,
    name: &'static str,
    unit: &'static str,
}

/// The suite in its canonical JSON (RFC 8785): every metric with its kind, band and unit.
pub fn manifest() -> Vec<u8> {
    let listed = |metric: Metric| Listed {
        band: match metric.kind() {
            Kind::Banded(band) => Some(band),
            Kind::Exact | Kind::Advisory => None,
        },
        kind: metric.kind().name(),
        name: metric.name(),
        unit: metric.unit(),
    };
    let manifest = Manifest {
        metrics: Metric::ALL.into_iter().map(listed).collect(),
        schema: "vouchsafe/suite",
        version: SUITE_VERSION,
    };
    // Members above stand in alphabetical order, and no text needs escaping: this is the canonical form.
    serde_json::to_vec(&manifest).expect("integers and plain texts always have a JSON form; qed")
}

/// SHA-256 of [`manifest`]: names the suite in a report or an attestation.
pub fn suite_digest() -> Digest {
    Digest(Sha256::digest(manifest()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_the_manifest() {
        let text = String::from_utf8(manifest()).unwrap();
        for metric in Metric::ALL {
            let quoted = format!(r#""name":"{}""#, metric.name());
            assert_eq!(text.matches(&quoted).count(), 1, "{quoted}");
        }
    }

    #[test]
    fn the_digest_of_the_suite_is_pinned() {
        assert_eq!(
            suite_digest().to_string(),
            "0x7c664a4488a56b7d4d3f665c22d23545dc554d572de98db5db18e12e6c1eab78"
        );
    }

    #[test]
    fn a_band_is_the_larger_of_its_two_parts() {
        let band = OBJECT_BAND;
        assert!(band.holds(0, 1) && !band.holds(0, 2));
        assert!(band.holds(9, 10) && !band.holds(9, 11), "a fifth of nine is one");
        assert!(band.holds(50, 60) && band.holds(50, 40) && !band.holds(50, 61));
        assert!(band.holds(u64::MAX, u64::MAX));
    }

    #[test]
    fn an_upper_limit_allows_less_and_not_one_more() {
        assert!(Band::AtMost.holds(2, 0) && Band::AtMost.holds(2, 2) && !Band::AtMost.holds(2, 3));
    }
}
