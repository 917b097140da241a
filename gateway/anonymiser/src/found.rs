//! What a detector gives: a box, what is in it, and how sure the net is.

use serde::{Deserialize, Serialize};

/// What a box holds, and what a mask hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Face,
    Person,
    Vehicle,
    /// A licence plate.
    Plate,
    /// Written text in the scene.
    Text,
    /// A QR or bar code.
    Code,
}

impl Class {
    pub const ALL: [Self; 6] = [
        Self::Face,
        Self::Person,
        Self::Vehicle,
        Self::Plate,
        Self::Text,
        Self::Code,
    ];

    /// As in policies, reports and label files: `face`, `person`, `vehicle`, `plate`, `text`, `code`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Person => "person",
            Self::Vehicle => "vehicle",
            Self::Plate => "plate",
            Self::Text => "text",
            Self::Code => "code",
        }
    }
}

/// A box: corners in pixels of the picture that was looked at, not clamped to it, all finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub class: Class,
    pub x0: f32,
    pub y0: f32,
    pub x1: f32,
    pub y1: f32,
    /// 0 to 1.
    pub score: f32,
}

impl Found {
    pub fn area(&self) -> f32 {
        (self.x1 - self.x0).max(0.0) * (self.y1 - self.y0).max(0.0)
    }

    /// Area that both share.
    pub fn shared(&self, other: &Self) -> f32 {
        let width = (self.x1.min(other.x1) - self.x0.max(other.x0)).max(0.0);
        let height = (self.y1.min(other.y1) - self.y0.max(other.y0)).max(0.0);
        width * height
    }

    /// Intersection over union, 0 to 1.
    pub fn overlap(&self, other: &Self) -> f32 {
        let both = self.shared(other);
        let all = self.area() + other.area() - both;
        if all > 0.0 { both / all } else { 0.0 }
    }

    /// The box in a picture that is `fx` times as wide and `fy` times as high.
    pub fn scaled(self, fx: f32, fy: f32) -> Self {
        Self {
            x0: self.x0 * fx,
            y0: self.y0 * fy,
            x1: self.x1 * fx,
            y1: self.y1 * fy,
            ..self
        }
    }

    /// Undoes [`crate::raster::Raster::upright`] by a quarter turn of a picture that was `width` x `height` before it.
    pub fn turned_back(self, turn: u8, width: f32, height: f32) -> Self {
        let Self { x0, y0, x1, y1, .. } = self;
        let (x0, y0, x1, y1) = match turn {
            6 => (y0, height - x1, y1, height - x0),
            3 => (width - x1, height - y1, width - x0, height - y0),
            8 => (width - y1, x0, width - y0, x1),
            _ => (x0, y0, x1, y1),
        };
        Self {
            x0,
            y0,
            x1,
            y1,
            ..self
        }
    }
}

/// One box per thing, the best first: of boxes of one class that overlap by more than `overlap`, the best stays. Ties
/// keep their order, so that runs repeat exactly.
pub(crate) fn distinct(mut found: Vec<Found>, overlap: f32) -> Vec<Found> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Found> = Vec::new();
    for one in found {
        let again = |better: &Found| better.class == one.class && better.overlap(&one) > overlap;
        if !kept.iter().any(again) {
            kept.push(one);
        }
    }
    kept
}
