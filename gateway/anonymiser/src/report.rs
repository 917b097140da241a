//! What was found and done, for one photo.

use crate::format::Format;
use crate::found::Class;
use crate::policy::Operator;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The anonymised photo with its findings.
#[derive(Debug, Clone)]
pub struct Anonymised {
    pub bytes: Vec<u8>,
    pub format: Format,
    pub item: ItemReport,
}

/// An area of the upright photo, in pixels; within the photo, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// One replaced area. For the operator's eyes only: where a face was is itself a finding about a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mask {
    pub rect: Rect,
    pub class: Class,
    /// The detector's confidence, 0 to 1, rounded to thousandths.
    #[serde(with = "thousandths")]
    pub score: f32,
    pub operator: Operator,
    /// True when only the second look found it.
    pub escalated: bool,
}

/// Faces by height of the tight box in source pixels; lower bounds inclusive.
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
}

/// The second look. An output exists only when it ended clean, so `found` is what it found *before* escalation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Residual {
    #[serde(with = "thousandths")]
    pub threshold: f32,
    /// Views turned by a quarter each.
    pub rotations: u32,
    /// Faces seen in earlier outputs, which the escalation then replaced. 0 unless escalated.
    pub found: u32,
    pub verdict: Verdict,
}

/// The numbers that go into the record's `metrics_root`, one row per photo. Integers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    pub width: u32,
    pub height: u32,
    /// Faces found by both looks.
    pub found: u32,
    /// Faces replaced.
    pub replaced: u32,
    /// Faces that the last look saw in the output: always 0 in what is let out.
    pub residual: u32,
    /// Variance of the Laplacian of the output's luma, in thousandths.
    pub sharpness: u64,
    /// Mean luma of the output, 0 to 255, in thousandths.
    pub exposure: u32,
    /// Share of pixels under masks, parts per million.
    pub changed_ppm: u32,
}

impl Metrics {
    /// The canonical row: RFC 8785 JSON with sorted keys and a version.
    pub fn row(&self) -> Vec<u8> {
        format!(
            concat!(
                r#"{{"changed_ppm":{},"exposure":{},"found":{},"height":{},"replaced":{},"residual":{},"#,
                r#""sharpness":{},"v":1,"width":{}}}"#
            ),
            self.changed_ppm,
            self.exposure,
            self.found,
            self.height,
            self.replaced,
            self.residual,
            self.sharpness,
            self.width
        )
        .into_bytes()
    }
}

/// All findings about one photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemReport {
    /// Upright size, pixels.
    pub width: u32,
    pub height: u32,
    pub found: u32,
    pub replaced: u32,
    /// For the operator's eyes only; publish the histogram instead.
    pub masks: Vec<Mask>,
    pub size_histogram: SizeHistogram,
    /// Pieces of metadata that the input held and the output does not, by family: `exif`, `gps`, `thumbnail`,
    /// `maker-note`, `xmp`, `icc`, `iptc`, `multi-picture`, `comment`, `png-text`, `time`, `other`, `trailer`.
    pub metadata_removed: BTreeMap<String, u32>,
    pub residual: Residual,
    pub metrics: Metrics,
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
