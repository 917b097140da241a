//! Licence plates: text that is shaped and placed like a plate, on vehicles and in the whole photo, and what a net for
//! plates sees there.

use super::plate_net::PlateNet;
use super::{Detector, TextDetector};
use crate::error::{AnonymiseError, LoadError};
use crate::found::{Class, Found, distinct};
use crate::model::Model;
use crate::raster::Raster;
use crate::report::Rect;
use crate::runtime::Runtime;

/// A vehicle's box is grown by this share of its sides: plates hang at the edge of what the net takes for the vehicle.
const GROW: f32 = 0.08;
/// Vehicles smaller than this carry no plate that anybody could read. Pixels of the longer side.
const SMALLEST: u32 = 24;
/// A region is scaled, to four times its size at most, so that its longer side is this. Model pixels.
const LONG_SIDE: u32 = 640;
const ENLARGED: f32 = 4.0;

/// What of a text in a vehicle's box is taken for a plate. Widths and heights count in sides of the vehicle's box, or of
/// the photo where that is looked at whole.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Width over height, least and most. Plates with two lines are hardly wider than high, and a line of them can be
    /// found alone.
    aspect: [f32; 2],
    /// Most width and height.
    most: [f32; 2],
    /// The middle is at least so far down.
    below: f32,
}

const PLATE: Shape = Shape {
    aspect: [0.8, 9.0],
    most: [0.7, 0.4],
    below: 0.15,
};

/// Pieces of one plate stand on one line: they share this much of the lower one's height, and the gap between them is
/// smaller than this. In heights of the lower piece.
const ONE_LINE: f32 = 0.5;
const GAP: f32 = 0.8;

/// Boxes of one plate found twice overlap by more than this. Intersection over union.
const SAME: f32 = 0.5;

/// Finds plates in the boxes of vehicles. Owns the text detector, which is also the one for the rest of the photo.
pub(crate) struct PlateFinder {
    text: Option<TextDetector>,
    net: Option<PlateNet>,
}

/// Scores above which a box counts, 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlateThresholds {
    pub text: f32,
    pub net: f32,
}

impl PlateFinder {
    /// Opens the nets that there are; without any there is no finder. Errors: `Model`, `Device`.
    pub fn new(
        runtime: &Runtime,
        text: Option<&Model>,
        plates: Option<&Model>,
    ) -> Result<Option<Self>, LoadError> {
        if text.is_none() && plates.is_none() {
            return Ok(None);
        }
        let text = text.map(|model| TextDetector::new(runtime, model)).transpose()?;
        let net = plates.map(|model| PlateNet::new(runtime, model)).transpose()?;
        Ok(Some(Self { text, net }))
    }

    /// Whether it has the text detector, and the plate net.
    pub fn has(&self) -> (bool, bool) {
        (self.text.is_some(), self.net.is_some())
    }

    /// The text detector, for text that is not on vehicles.
    pub fn text(&mut self) -> Option<&mut TextDetector> {
        self.text.as_mut()
    }

    /// Looks at the whole of `raster`, because a vehicle that fills the photo is seldom found, and at each of `vehicles`,
    /// boxes in pixels of `raster`: one look a net each. Text anywhere that is shaped like a plate is one then. Plates in pixels of
    /// `raster`, the best first, one box per plate as far as can be told; boxes of both nets may lie side by side. Error:
    /// `Inference`.
    pub fn find(
        &mut self,
        raster: &Raster,
        vehicles: &[Found],
        thresholds: PlateThresholds,
    ) -> Result<Vec<Found>, AnonymiseError> {
        let mut plates = Vec::new();
        let whole = Rect {
            x: 0,
            y: 0,
            width: raster.width,
            height: raster.height,
        };
        let vehicles = vehicles.iter().filter_map(|vehicle| region(vehicle, raster));
        for region in std::iter::once(whole).chain(vehicles) {
            let part = raster.part(region);
            let factor = (LONG_SIDE as f32 / region.width.max(region.height) as f32).min(ENLARGED);
            let side = |px: u32| ((px as f32 * factor).round() as u32).max(1);
            let view = part.resized(side(region.width), side(region.height))?;
            let fx = region.width as f32 / view.width as f32;
            let fy = region.height as f32 / view.height as f32;
            let in_photo = |found: Found| moved(found.scaled(fx, fy), region);
            if let Some(text) = &mut self.text {
                let pieces = text.look(&view, 1, thresholds.text)?;
                let lines = joined(pieces.into_iter().map(in_photo).collect()).into_iter();
                plates.extend(lines.filter(|line| PLATE.fits(line, region)));
            }
            if let Some(net) = &mut self.net {
                plates.extend(net.look(&view, 1, thresholds.net)?.into_iter().map(in_photo));
            }
        }
        let plates = plates.into_iter().map(|found| Found {
            class: Class::Plate,
            ..found
        });
        Ok(distinct(plates.collect(), SAME))
    }
}

impl Shape {
    fn fits(&self, line: &Found, vehicle: Rect) -> bool {
        let (width, height) = (line.x1 - line.x0, line.y1 - line.y0);
        let middle = (line.y0 + line.y1) / 2.0 - vehicle.y as f32;
        let aspect = width / height;
        let [least, most] = self.aspect;
        let [widest, highest] = self.most;
        (least..=most).contains(&aspect)
            && width <= widest * vehicle.width as f32
            && height <= highest * vehicle.height as f32
            && middle >= self.below * vehicle.height as f32
    }
}

/// Lines of which no two go on in one another: letters and numbers of a plate are often found apart. The best score of
/// its pieces is the line's.
fn joined(pieces: Vec<Found>) -> Vec<Found> {
    let one_line = |a: &Found, b: &Found| {
        let height = (a.y1 - a.y0).min(b.y1 - b.y0);
        let shared = a.y1.min(b.y1) - a.y0.max(b.y0);
        let gap = a.x0.max(b.x0) - a.x1.min(b.x1);
        shared > ONE_LINE * height && gap < GAP * height
    };
    let mut lines: Vec<Found> = Vec::new();
    for mut line in pieces {
        // A line that has grown may reach one that its pieces did not.
        while let Some(at) = lines.iter().position(|other| one_line(other, &line)) {
            let other = lines.remove(at);
            line.x0 = line.x0.min(other.x0);
            line.y0 = line.y0.min(other.y0);
            line.x1 = line.x1.max(other.x1);
            line.y1 = line.y1.max(other.y1);
            line.score = line.score.max(other.score);
        }
        lines.push(line);
    }
    lines
}

/// A vehicle's box, grown and cut to the photo. Nothing when it is too small, or outside.
fn region(vehicle: &Found, raster: &Raster) -> Option<Rect> {
    let span = |from: f32, to: f32, most: u32| {
        let margin = GROW * (to - from);
        let from = (from - margin).floor().clamp(0.0, most as f32) as u32;
        let to = (to + margin).ceil().clamp(0.0, most as f32) as u32;
        (from, to.saturating_sub(from))
    };
    let (x, width) = span(vehicle.x0, vehicle.x1, raster.width);
    let (y, height) = span(vehicle.y0, vehicle.y1, raster.height);
    let rect = Rect { x, y, width, height };
    (width.min(height) > 0 && width.max(height) >= SMALLEST).then_some(rect)
}

fn moved(found: Found, region: Rect) -> Found {
    let (x, y) = (region.x as f32, region.y as f32);
    Found {
        x0: found.x0 + x,
        y0: found.y0 + y,
        x1: found.x1 + x,
        y1: found.y1 + y,
        ..found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(x0: f32, y0: f32, x1: f32, y1: f32) -> Found {
        Found {
            class: Class::Text,
            x0,
            y0,
            x1,
            y1,
            score: 0.9,
        }
    }

    const CAR: Rect = Rect {
        x: 100,
        y: 200,
        width: 200,
        height: 100,
    };

    #[test]
    fn text_low_on_a_vehicle_and_wider_than_high_is_a_plate() {
        assert!(PLATE.fits(&found(170.0, 270.0, 230.0, 285.0), CAR));
        assert!(PLATE.fits(&found(190.0, 260.0, 210.0, 280.0), CAR), "two lines");
    }

    #[test]
    fn text_that_is_a_roof_sign_a_poster_a_strip_or_upright_is_no_plate() {
        for (what, line) in [
            ("on the roof", found(170.0, 203.0, 230.0, 218.0)),
            ("too wide", found(120.0, 250.0, 280.0, 280.0)),
            ("too high", found(170.0, 240.0, 230.0, 290.0)),
            ("a strip", found(140.0, 270.0, 240.0, 280.0)),
            ("upright", found(190.0, 250.0, 205.0, 280.0)),
        ] {
            assert!(!PLATE.fits(&line, CAR), "{what}");
        }
    }

    #[test]
    fn pieces_that_stand_side_by_side_are_one_plate_in_whatever_order_they_are_found() {
        let pieces = [
            found(100.0, 50.0, 120.0, 60.0),
            found(126.0, 51.0, 140.0, 62.0),
            found(145.0, 49.0, 160.0, 60.0),
        ];
        for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1]] {
            let lines = joined(order.map(|index| pieces[index]).into());
            assert_eq!(lines, [found(100.0, 49.0, 160.0, 62.0)], "{order:?}");
        }
    }

    #[test]
    fn lines_below_one_another_or_far_apart_are_not_joined() {
        let below = vec![found(100.0, 50.0, 120.0, 60.0), found(100.0, 58.0, 120.0, 68.0)];
        assert_eq!(joined(below.clone()), below);
        let apart = vec![found(100.0, 50.0, 120.0, 60.0), found(128.0, 50.0, 140.0, 60.0)];
        assert_eq!(joined(apart.clone()), apart);
    }

    #[test]
    fn a_vehicle_is_looked_at_with_its_edges_and_only_within_the_photo() {
        let raster = Raster::new(400, 300);
        let whole = region(&found(100.0, 100.0, 200.0, 150.0), &raster).unwrap();
        let rect = |x, y, width, height| Rect { x, y, width, height };
        assert_eq!(whole, rect(92, 96, 116, 58));
        let cut = region(&found(-50.0, 250.0, 50.0, 400.0), &raster).unwrap();
        assert_eq!(cut, rect(0, 238, 58, 62));
        assert_eq!(region(&found(500.0, 10.0, 600.0, 50.0), &raster), None, "outside");
        assert_eq!(region(&found(10.0, 10.0, 20.0, 15.0), &raster), None, "too small");
    }
}
