//! How the nets beside the face detector are fed and read, as their manifests say it (`models/README.md`).

use serde::Deserialize;

/// Sides of pictures that nets are fed with. More would let a manifest ask for gigabytes. Model pixels.
const MOST_SIDE: u32 = 4096;

/// NanoDet: one picture of bytes, `1 x height x width x 3`; out come scores `1 x cells x 80` (COCO-80, 0 to 1) and
/// distributions `1 x cells x 44` (left, top, right, bottom; [`Self::BINS`] each), the cells row by row, the finest
/// stride first. Source: <https://github.com/RangiLyu/nanodet>, `nanodet_head.py`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nanodet {
    pub input: String,
    pub scores: String,
    pub bins: String,
    /// Pixels of a cell, rising.
    pub strides: Vec<u32>,
    /// The picture's sides must be multiples of this, itself a multiple of every stride. Pixels.
    pub multiple_of: u32,
    /// Shortest and longest that the longer side of a picture is when it is fed; others are scaled there. Pixels.
    pub long_side: [u32; 2],
    /// Boxes of one COCO class that overlap a better one by more than this are the same thing. Intersection over union.
    pub overlap: f32,
}

impl Nanodet {
    /// Things that the net tells apart: COCO-80.
    pub const CLASSES: usize = 80;
    /// A side's distance from its cell's centre is a distribution over 0 to 10 strides.
    pub const BINS: usize = 11;

    pub(crate) fn validate(&self) -> Result<(), String> {
        if self.strides.is_empty() || self.strides.len() > 8 || !self.strides.is_sorted_by(|a, b| a < b) {
            return Err("strides must be one to eight rising numbers".into());
        }
        sides(self.multiple_of, self.long_side)?;
        let fits = |stride: &u32| *stride > 0 && self.multiple_of.is_multiple_of(*stride);
        if !self.strides.iter().all(fits) {
            return Err("multiple_of must be a multiple of every stride, which is above zero".into());
        }
        share("overlap", self.overlap)
    }
}

/// A text detector with differentiable binarisation: one picture of bytes, `1 x height x width x 3`; out comes a plane of
/// the same size, the probability that a pixel lies in the shrunken core of a line of text. Source: Liao et al.,
/// "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020, section 3.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dbnet {
    pub input: String,
    pub probability: String,
    /// The picture's sides must be multiples of this. Pixels.
    pub multiple_of: u32,
    /// Shortest and longest that the longer side of a picture is when it is fed; others are scaled there. Pixels.
    pub long_side: [u32; 2],
    /// Pixels above this belong to text. 0 to 1.
    pub pixel: f32,
    /// Lines whose core is thinner are specks. Model pixels.
    pub thinnest: f32,
    /// A core is grown by this times its area over its girth. 0 to 4.
    pub unclip: f32,
}

impl Dbnet {
    pub(crate) fn validate(&self) -> Result<(), String> {
        sides(self.multiple_of, self.long_side)?;
        share("pixel", self.pixel)?;
        if !(0.0..=32.0).contains(&self.thinnest) || !(0.0..=4.0).contains(&self.unclip) {
            return Err("thinnest must be 0 to 32 and unclip 0 to 4".into());
        }
        Ok(())
    }
}

/// A plate detector in the manner of RetinaFace: one picture `1 x 3 x height x width` of `float32`, blue, green, red,
/// less [`Self::MEAN`]; out come, for every prior box, its offset `1 x priors x 4` and the confidences `1 x priors x 2`
/// (nothing, plate). Source: Deng et al., "RetinaFace", CVPR 2020, and SSD's prior boxes (Liu et al., ECCV 2016).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retina {
    pub input: String,
    pub offsets: String,
    pub confidences: String,
    pub levels: Vec<Level>,
    /// The picture's sides must be multiples of this. Pixels.
    pub multiple_of: u32,
    /// Shortest and longest that the longer side of a picture is when it is fed; others are scaled there. Pixels.
    pub long_side: [u32; 2],
    /// Boxes that overlap a better one by more than this are the same plate. Intersection over union.
    pub overlap: f32,
}

/// The prior boxes of one scale: squares around the centre of every cell.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Pixels of a cell.
    pub stride: u32,
    /// Sides of the squares, pixels.
    pub sides: Vec<u32>,
}

impl Retina {
    /// Taken from blue, green and red before they are fed.
    pub const MEAN: [f32; 3] = [104.0, 117.0, 123.0];
    /// What offsets of centres and logarithms of sizes are multiplied with.
    pub const VARIANCE: [f32; 2] = [0.1, 0.2];

    pub(crate) fn validate(&self) -> Result<(), String> {
        sides(self.multiple_of, self.long_side)?;
        if self.levels.is_empty() || self.levels.len() > 8 {
            return Err("levels must be one to eight".into());
        }
        for Level { stride, sides } in &self.levels {
            if *stride == 0 || !self.multiple_of.is_multiple_of(*stride) {
                return Err("multiple_of must be a multiple of every stride, which is above zero".into());
            }
            if sides.is_empty() || sides.len() > 8 || sides.iter().any(|side| !(1..=MOST_SIDE).contains(side))
            {
                return Err(format!(
                    "a level wants one to eight sides of 1 to {MOST_SIDE} pixels"
                ));
            }
        }
        share("overlap", self.overlap)
    }
}

/// A net that fills holes: a picture `1 x 3 x height x width` of `float32`, RGB from 0 to 1, and a mask `1 x 1 x height x
/// width`, 1 in the hole and 0 elsewhere, in; the same picture without its hole out. Source: `models/training/inpaint`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    pub picture: String,
    pub mask: String,
    pub filled: String,
    /// The sides must be multiples of this; what is added to get there is hole. Pixels.
    pub multiple_of: u32,
    /// Longest side that it is shown, a multiple of `multiple_of`; larger windows are scaled down to it. Pixels.
    pub longest: u32,
}

impl Fill {
    pub(crate) fn validate(&self) -> Result<(), String> {
        sides(self.multiple_of, [self.longest, self.longest])?;
        if !self.longest.is_multiple_of(self.multiple_of) || self.longest > 1024 {
            return Err("longest must be a multiple of multiple_of and at most 1024".into());
        }
        Ok(())
    }
}

fn sides(multiple_of: u32, [least, most]: [u32; 2]) -> Result<(), String> {
    if !(1..=256).contains(&multiple_of) || least == 0 || least > most || most > MOST_SIDE {
        return Err(format!(
            "multiple_of must be 1 to 256, and long_side two rising numbers of 1 to {MOST_SIDE}"
        ));
    }
    Ok(())
}

fn share(name: &str, value: f32) -> Result<(), String> {
    if !(0.0..=1.0).contains(&value) {
        return Err(format!("{name} must be 0 to 1"));
    }
    Ok(())
}
