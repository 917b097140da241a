//! Lines of text anywhere in a view: a plane of probabilities, and the connected parts of it.

use super::letterbox::Letterbox;
use super::{Detector, failed, finite, values};
use crate::error::{AnonymiseError, LoadError};
use crate::found::{Class, Found};
use crate::model::{Model, Net};
use crate::net::Dbnet;
use crate::raster::Raster;
use crate::runtime::Runtime;
use crate::session;
use ort::session::Session;
use ort::value::TensorRef;

pub(crate) struct TextDetector {
    session: Session,
    net: Dbnet,
    letterbox: Letterbox,
}

impl TextDetector {
    /// Opens a session. Errors: `Model`, `Device`.
    pub fn new(runtime: &Runtime, model: &Model) -> Result<Self, LoadError> {
        let Net::Dbnet(net) = model.manifest.net.clone() else {
            return Err(session::other_kind(model, "dbnet"));
        };
        let session = session::open(runtime, model, &net.input, &[&net.probability])?;
        Ok(Self {
            session,
            net,
            letterbox: Letterbox::new(),
        })
    }
}

impl Detector for TextDetector {
    /// A box stands upright around its line, so that one around a slanting line holds much else. The score is the mean
    /// probability of the line's core.
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        let (side, multiple) = (self.net.long_side, self.net.multiple_of);
        self.letterbox.fill(view, turn, side, multiple)?;
        let letterbox = &self.letterbox;
        let shape = [1, letterbox.rows, letterbox.columns, 3];
        let tensor = TensorRef::from_array_view((shape, letterbox.values.as_slice())).map_err(failed)?;
        let name = self.net.input.as_str();
        let outputs = self.session.run(ort::inputs![name => tensor]).map_err(failed)?;
        let wanted = letterbox.rows * letterbox.columns;
        let plane = values(&outputs, &self.net.probability, wanted)?;
        let lines = decode(plane, letterbox.columns, &self.net, threshold)?;
        let mut lines: Vec<Found> = lines.into_iter().map(|line| letterbox.back(line)).collect();
        lines.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(lines)
    }
}

/// A connected part of the plane, pixel by pixel.
#[derive(Default)]
struct Core {
    pixels: u64,
    probability: f64,
    bounds: Option<[usize; 4]>,
    /// Sums of x, y, x², xy and y².
    sums: [u64; 5],
}

impl Core {
    fn add(&mut self, x: usize, y: usize, probability: f32) {
        self.pixels += 1;
        self.probability += f64::from(probability);
        let [x0, y0, x1, y1] = self.bounds.unwrap_or([x, y, x, y]);
        self.bounds = Some([x0.min(x), y0.min(y), x1.max(x), y1.max(y)]);
        let (x, y) = (x as u64, y as u64);
        for (sum, value) in self.sums.iter_mut().zip([x, y, x * x, x * y, y * y]) {
            *sum += value;
        }
    }

    /// Length and thickness of the rectangle, however it lies, that is spread as these pixels are.
    fn extents(&self) -> (f64, f64) {
        let n = self.pixels as f64;
        let [x, y, xx, xy, yy] = self.sums.map(|sum| sum as f64 / n);
        let (across, mixed, down) = (xx - x * x, xy - x * y, yy - y * y);
        let middle = (across + down) / 2.0;
        let apart = ((across - down) / 2.0).hypot(mixed);
        // A side of n pixels has the variance (n² - 1) / 12.
        let side = |variance: f64| (12.0 * variance.max(0.0) + 1.0).sqrt();
        (side(middle + apart), side(middle - apart))
    }

    /// The line around this core. Nothing when it is a speck, or not more probable than `threshold`.
    fn line(&self, net: &Dbnet, threshold: f32) -> Option<Found> {
        let [x0, y0, x1, y1] = self.bounds?;
        let score = (self.probability / self.pixels as f64) as f32;
        let (length, thickness) = self.extents();
        if thickness < f64::from(net.thinnest) || score <= threshold {
            return None;
        }
        // The net is taught cores shrunken by their area over their girth; this is the way back.
        let grow = f64::from(net.unclip) * length * thickness / (2.0 * (length + thickness));
        let low = |px: usize| (px as f64 - grow) as f32;
        let high = |px: usize| (px as f64 + 1.0 + grow) as f32;
        Some(Found {
            class: Class::Text,
            x0: low(x0),
            y0: low(y0),
            x1: high(x1),
            y1: high(y1),
            score: score.clamp(0.0, 1.0),
        })
    }
}

/// Lines in model pixels, in the order of their first pixels. A value that is not finite makes the whole look fail.
fn decode(plane: &[f32], columns: usize, net: &Dbnet, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
    finite(plane)?;
    let rows = plane.len() / columns.max(1);
    let mut open: Vec<bool> = plane.iter().map(|probability| *probability > net.pixel).collect();
    let mut lines = Vec::new();
    let mut left = Vec::new();
    for start in 0..rows * columns {
        if !open[start] {
            continue;
        }
        let mut core = Core::default();
        open[start] = false;
        left.push(start);
        while let Some(at) = left.pop() {
            let (x, y) = (at % columns, at / columns);
            core.add(x, y, plane[at]);
            for ny in y.saturating_sub(1)..(y + 2).min(rows) {
                for nx in x.saturating_sub(1)..(x + 2).min(columns) {
                    let next = ny * columns + nx;
                    if std::mem::take(&mut open[next]) {
                        left.push(next);
                    }
                }
            }
        }
        lines.extend(core.line(net, threshold));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: usize = 64;

    fn net() -> Dbnet {
        Dbnet {
            input: "picture".into(),
            probability: "probability".into(),
            multiple_of: 32,
            long_side: [1, 960],
            pixel: 0.3,
            thinnest: 3.0,
            unclip: 1.5,
        }
    }

    /// Nothing, but for rectangles (x, y, width, height, probability).
    fn plane(rectangles: &[(usize, usize, usize, usize, f32)]) -> Vec<f32> {
        let mut plane = vec![0.0; COLUMNS * 32];
        for (x, y, width, height, probability) in rectangles {
            for row in *y..y + height {
                plane[COLUMNS * row + x..COLUMNS * row + x + width].fill(*probability);
            }
        }
        plane
    }

    fn lines(plane: &[f32], threshold: f32) -> Vec<[f32; 5]> {
        let lines = decode(plane, COLUMNS, &net(), threshold).unwrap();
        let corners = |line: Found| [line.x0, line.y0, line.x1, line.y1, line.score];
        lines.into_iter().map(corners).collect()
    }

    #[test]
    fn a_line_is_its_core_grown_by_area_over_girth() {
        // 30 x 6 pixels: 1.5 * 180 / 72 = 3.75 on every side.
        let found = lines(&plane(&[(20, 10, 30, 6, 0.75)]), 0.6);
        assert_eq!(found, [[16.25, 6.25, 53.75, 19.75, 0.75]]);
    }

    #[test]
    fn cores_that_touch_at_a_corner_are_one_line_and_others_are_two() {
        let touching = plane(&[(4, 4, 8, 4, 0.9), (12, 8, 8, 4, 0.9)]);
        assert_eq!(lines(&touching, 0.5).len(), 1);
        let apart = plane(&[(4, 4, 8, 4, 0.9), (13, 8, 8, 4, 0.9)]);
        assert_eq!(lines(&apart, 0.5).len(), 2);
        let at_the_edges = plane(&[(56, 4, 8, 4, 0.9), (0, 5, 8, 4, 0.9)]);
        assert_eq!(
            lines(&at_the_edges, 0.5).len(),
            2,
            "a row does not go on in the next"
        );
    }

    #[test]
    fn thin_cores_are_specks_also_when_they_slant() {
        assert_eq!(lines(&plane(&[(4, 4, 30, 2, 0.9)]), 0.5).len(), 0);
        assert_eq!(lines(&plane(&[(4, 4, 30, 3, 0.9)]), 0.5).len(), 1);
        let mut slanting = vec![0.0; COLUMNS * 32];
        (0..20).for_each(|step| slanting[COLUMNS * (5 + step) + 10 + step] = 0.9);
        assert_eq!(lines(&slanting, 0.5).len(), 0);
    }

    #[test]
    fn a_slanting_line_is_grown_by_its_own_thickness_and_not_by_that_of_its_box() {
        let mut slanting = vec![0.0; COLUMNS * 32];
        for step in 0..24 {
            let from = COLUMNS * (4 + step) + 10 + step;
            slanting[from..from + 8].fill(0.9);
        }
        let found = lines(&slanting, 0.5);
        let [x0, y0, x1, y1, _] = found[0];
        // Upright, a box of 31 x 24 pixels would grow by 10.
        let grown = [10.0 - x0, 4.0 - y0, x1 - 41.0, y1 - 28.0];
        assert!(grown.iter().all(|px| (3.0..5.0).contains(px)), "{grown:?}");
    }

    #[test]
    fn pixels_and_lines_count_only_above_their_thresholds() {
        assert_eq!(lines(&plane(&[(4, 4, 10, 10, 0.3)]), 0.1).len(), 0, "pixels");
        assert_eq!(lines(&plane(&[(4, 4, 10, 10, 0.5)]), 0.5).len(), 0, "the line");
        assert_eq!(lines(&plane(&[(4, 4, 10, 10, 0.5)]), 0.49).len(), 1);
    }

    #[test]
    fn a_value_that_is_not_finite_fails_the_look() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut plane = plane(&[]);
            plane[100] = bad;
            let error = decode(&plane, COLUMNS, &net(), 0.5).unwrap_err();
            assert!(matches!(error, AnonymiseError::Inference { .. }), "{error}");
        }
    }
}
