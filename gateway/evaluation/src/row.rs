use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use vouchsafe_protocol::{id::Digest, report};

use crate::metric::SUITE_VERSION;
use crate::pixels::PixelMetrics;

/// Longest row that is read, bytes. Inclusive.
pub const MAX_ROW_BYTES: usize = 16_384;
/// Most classes in one member of a row. Inclusive.
pub const MAX_CLASSES: usize = 128;
/// Longest class name, bytes. Inclusive.
pub const MAX_CLASS_NAME: usize = 32;

/// A class of things: 1 to 32 of `a-z`, `0-9`, space and `-`, as `face` or `traffic light`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ClassName(String);

impl ClassName {
    /// Error: [`RowError::Class`].
    pub fn new(name: impl Into<String>) -> Result<Self, RowError> {
        let name = name.into();
        let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b' ' | b'-');
        if (1..=MAX_CLASS_NAME).contains(&name.len()) && name.bytes().all(known) {
            Ok(Self(name))
        } else {
            Err(RowError::Class)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClassName {
    type Error = RowError;

    fn try_from(name: String) -> Result<Self, RowError> {
        Self::new(name)
    }
}

impl fmt::Debug for ClassName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A value for each class that was looked for, also where nothing was found.
pub type Classes<V> = BTreeMap<ClassName, V>;

/// What became of the things of one class; `found` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Treated {
    pub found: u32,
    pub kept: u32,
    pub masked: u32,
    pub reported: u32,
}

/// Everything that is said of one item: the leaf of the record's metrics tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub pixels: PixelMetrics,
    /// Common objects in the output by class, those that were seen: of a class without an entry there is none. `None` where
    /// nobody looked.
    pub objects: Option<Classes<u32>>,
    /// What the last look still saw in the output, for every class that it looks for.
    pub residual: Classes<u32>,
    /// What the first look found in the original.
    pub findings: Classes<Treated>,
    /// Share of pixels under masks, parts per million, 0 to 1,000,000 inclusive.
    pub changed_ppm: u32,
    /// Mean squared error outside the masks per channel value, in thousandths, at most 65,025,000.
    pub outside_error_milli: u32,
}

/// Why bytes are not a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    #[error("a row of {bytes} bytes, at most {MAX_ROW_BYTES}")]
    TooLong { bytes: usize },
    #[error("not a row: {0}")]
    Malformed(String),
    #[error("a row of suite {found}, this is suite {SUITE_VERSION}")]
    Version { found: u32 },
    #[error("a class name is 1 to {MAX_CLASS_NAME} of a-z, 0-9, space and -")]
    Class,
    #[error("{classes} classes in one member, at most {MAX_CLASSES}")]
    TooManyClasses { classes: usize },
    #[error("the row is not in its canonical form")]
    NotCanonical,
}

/// The members in alphabetical order: written without spaces, that is the canonical form (RFC 8785), as all names are
/// plain ASCII and all numbers integers below 2^53.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    bright_ppm: u32,
    changed_ppm: u32,
    colourfulness: u32,
    dark_ppm: u32,
    entropy: u32,
    exposure: u32,
    findings: Classes<Treated>,
    height: u32,
    luma_p01: u8,
    luma_p99: u8,
    noise: u32,
    objects: Option<Classes<u32>>,
    outside_error_milli: u32,
    residual: Classes<u32>,
    sharpness: u64,
    sharpness_scaled: u64,
    v: u32,
    width: u32,
}

/// For the version of a row whose other members are unknown.
#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

impl Row {
    /// The canonical bytes: RFC 8785 JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        let pixels = self.pixels;
        let wire = Wire {
            bright_ppm: pixels.bright_ppm,
            changed_ppm: self.changed_ppm,
            colourfulness: pixels.colourfulness,
            dark_ppm: pixels.dark_ppm,
            entropy: pixels.entropy,
            exposure: pixels.exposure,
            findings: self.findings.clone(),
            height: pixels.height,
            luma_p01: pixels.luma_p01,
            luma_p99: pixels.luma_p99,
            noise: pixels.noise,
            objects: self.objects.clone(),
            outside_error_milli: self.outside_error_milli,
            residual: self.residual.clone(),
            sharpness: pixels.sharpness,
            sharpness_scaled: pixels.sharpness_scaled,
            v: SUITE_VERSION,
            width: pixels.width,
        };
        serde_json::to_vec(&wire).expect("integers under plain names always have a JSON form; qed")
    }

    /// Reads foreign bytes; what it accepts is canonical, byte for byte. Errors: `TooLong`, `Malformed` (also a class name
    /// that is none), `Version`, `TooManyClasses`, `NotCanonical`.
    pub fn parse(bytes: &[u8]) -> Result<Self, RowError> {
        if bytes.len() > MAX_ROW_BYTES {
            return Err(RowError::TooLong { bytes: bytes.len() });
        }
        let malformed = |error: serde_json::Error| RowError::Malformed(error.to_string());
        let Versioned { v } = serde_json::from_slice(bytes).map_err(malformed)?;
        if v != SUITE_VERSION {
            return Err(RowError::Version { found: v });
        }
        let wire: Wire = serde_json::from_slice(bytes).map_err(malformed)?;
        let objects = wire.objects.as_ref().map_or(0, Classes::len);
        let classes = objects.max(wire.residual.len()).max(wire.findings.len());
        if classes > MAX_CLASSES {
            return Err(RowError::TooManyClasses { classes });
        }
        let row = Self {
            pixels: PixelMetrics {
                width: wire.width,
                height: wire.height,
                exposure: wire.exposure,
                luma_p01: wire.luma_p01,
                luma_p99: wire.luma_p99,
                dark_ppm: wire.dark_ppm,
                bright_ppm: wire.bright_ppm,
                sharpness: wire.sharpness,
                sharpness_scaled: wire.sharpness_scaled,
                noise: wire.noise,
                entropy: wire.entropy,
                colourfulness: wire.colourfulness,
            },
            objects: wire.objects,
            residual: wire.residual,
            findings: wire.findings,
            changed_ppm: wire.changed_ppm,
            outside_error_milli: wire.outside_error_milli,
        };
        if row.to_bytes() == bytes {
            Ok(row)
        } else {
            Err(RowError::NotCanonical)
        }
    }
}

/// The record's `metrics_root` over these rows, in item order; `None` for no row.
pub fn metrics_root<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Option<Digest> {
    report::rows_root(rows.into_iter().map(Row::to_bytes))
}

#[cfg(test)]
#[path = "row_tests.rs"]
pub(crate) mod tests;
