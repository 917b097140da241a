//! What is done to a photo: one value, hashed into every report, so that an auditor can replay it.

use crate::error::LoadError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How the pixels of a face are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Operator {
    /// One constant colour, the same for every photo. A mean colour would let two releases of one photo be linked.
    Solid { rgb: [u8; 3] },
    /// `cells` x `cells` mean values over the whole mask, whatever its size (1 to 8).
    Mosaic { cells: u8 },
    /// The 4 x 4 mean values of the mask, smoothly interpolated. Looks gentler, keeps as little.
    Blur,
}

impl Operator {
    /// What the output may be called after this operator.
    pub fn grade(self) -> Grade {
        match self {
            Self::Solid { .. } => Grade::Anonymous,
            Self::Mosaic { .. } | Self::Blur => Grade::Disguised,
        }
    }

    /// `solid`, `mosaic` or `blur`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solid { .. } => "solid",
            Self::Mosaic { .. } => "mosaic",
            Self::Blur => "blur",
        }
    }
}

/// An honest name for what is left: only removal earns the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// The face pixels are gone.
    Anonymous,
    /// Something computed from the face pixels is left; a determined attacker may use it.
    Disguised,
}

/// The size at which the detector looks: the long side of the scaled photo, in model pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectSize {
    /// Smaller photos are enlarged to this, which finds smaller faces. 32 to 2048.
    pub min: u32,
    /// Larger photos are reduced to this, which bounds time and memory. `min` to 2048.
    pub max: u32,
    /// A second, coarse look at this size finds faces that fill the photo. 0 = none; up to 2048.
    pub coarse: u32,
    /// Share of the photo's own long side, taken before `min` and `max` are applied. Percent, 1 to 400.
    pub percent: u32,
}

impl Default for DetectSize {
    fn default() -> Self {
        Self {
            percent: 100,
            min: 416,
            max: 1280,
            coarse: 0,
        }
    }
}

/// Everything that decides the output besides the photo and the models. [`Default`] is the shipped policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub operator: Operator,
    /// A cell of the heat map above this is a face, on the first look. 0.01 to 1.
    pub detect_threshold: f32,
    /// The same for the second look, at the output. Calibrated on controls: see the crate's README. 0.01 to 1.
    pub residual_threshold: f32,
    /// The detector's box is tight (brow to chin): it grows by this share of its own size on each side. 0 to 2.
    pub mask_margin: f32,
    /// Declared width x height above this is refused before decoding. Pixels.
    pub max_pixels: u64,
    /// Declared width or height above this is refused before decoding. Pixels.
    pub max_side: u32,
    /// Sizes of the first look.
    pub long_side: DetectSize,
    /// Sizes of the second look.
    pub residual_long_side: DetectSize,
    /// Quality of JPEG output (4:2:0). 50 to 100.
    pub jpeg_quality: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            operator: Operator::Solid { rgb: [0, 0, 0] },
            detect_threshold: 0.12,
            residual_threshold: 0.35,
            mask_margin: 0.35,
            max_pixels: 50_000_000,
            max_side: 20_000,
            long_side: DetectSize::default(),
            // Four views cost four times as much, and what is left to see at 0.35 is not small: see the README.
            residual_long_side: DetectSize {
                min: 192,
                max: 640,
                coarse: 0,
                percent: 46,
            },
            jpeg_quality: 92,
        }
    }
}

impl Policy {
    /// Refuses values outside the bounds given at each field.
    pub fn validate(&self) -> Result<(), LoadError> {
        let refuse = |text: String| Err(LoadError::Policy(text));
        for (name, value) in [
            ("detect_threshold", self.detect_threshold),
            ("residual_threshold", self.residual_threshold),
        ] {
            if !(0.01..=1.0).contains(&value) {
                return refuse(format!("{name} is {value}, wanted 0.01 to 1"));
            }
        }
        if !(0.0..=2.0).contains(&self.mask_margin) {
            return refuse(format!("mask_margin is {}, wanted 0 to 2", self.mask_margin));
        }
        if !(50..=100).contains(&self.jpeg_quality) {
            return refuse(format!("jpeg_quality is {}, wanted 50 to 100", self.jpeg_quality));
        }
        if self.max_pixels == 0 || self.max_side == 0 {
            return refuse("max_pixels and max_side must be above zero".into());
        }
        if let Operator::Mosaic { cells } = self.operator
            && !(1..=8).contains(&cells)
        {
            return refuse(format!("mosaic cells are {cells}, wanted 1 to 8"));
        }
        for (name, size) in [
            ("long_side", self.long_side),
            ("residual_long_side", self.residual_long_side),
        ] {
            if size.min < 32 || size.max < size.min || size.max > 2048 || size.coarse > 2048 {
                return refuse(format!(
                    "{name} wants 32 <= min <= max <= 2048 and coarse <= 2048"
                ));
            }
            if !(1..=400).contains(&size.percent) {
                return refuse(format!("{name} percent is {}, wanted 1 to 400", size.percent));
            }
        }
        Ok(())
    }

    /// What the output may be called under this policy.
    pub fn grade(&self) -> Grade {
        self.operator.grade()
    }

    /// RFC 8785 canonical JSON: sorted keys, no spaces, shortest numbers.
    pub fn canonical_json(&self) -> String {
        let operator = match self.operator {
            Operator::Solid { rgb: [r, g, b] } => format!(r#"{{"kind":"solid","rgb":[{r},{g},{b}]}}"#),
            Operator::Mosaic { cells } => format!(r#"{{"cells":{cells},"kind":"mosaic"}}"#),
            Operator::Blur => r#"{"kind":"blur"}"#.to_owned(),
        };
        let size = |s: DetectSize| {
            format!(
                r#"{{"coarse":{},"max":{},"min":{},"percent":{}}}"#,
                s.coarse, s.max, s.min, s.percent
            )
        };
        // Within the bounds of `validate`, Rust's shortest decimal is the one that RFC 8785 asks for.
        format!(
            concat!(
                r#"{{"detect_threshold":{},"jpeg_quality":{},"long_side":{},"mask_margin":{},"max_pixels":{},"#,
                r#""max_side":{},"operator":{},"residual_long_side":{},"residual_threshold":{}}}"#
            ),
            self.detect_threshold,
            self.jpeg_quality,
            size(self.long_side),
            self.mask_margin,
            self.max_pixels,
            self.max_side,
            operator,
            size(self.residual_long_side),
            self.residual_threshold,
        )
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
