//! BlazeFace: a small single-shot detector of near faces, of another family and other training data than the first one.
//!
//! Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", arXiv 1907.05047. Input range,
//! anchors and the order of the box are those of MediaPipe's face detection graphs.

use super::Detector;
use crate::error::{AnonymiseError, LoadError};
use crate::found::{Class, Found, distinct};
use crate::model::{Grid, Model, Net};
use crate::raster::Raster;
use crate::runtime::Runtime;
use crate::session;
use ort::session::Session;
use ort::value::TensorRef;

/// Values of one anchor: centre and size of the box, then six points of the face that are not used here.
const VALUES: usize = 16;

pub(crate) struct Blazeface {
    session: Session,
    net: crate::model::Blazeface,
    /// The turned picture in the net's square, black around it; then the same as the net takes it.
    canvas: Vec<u8>,
    input: Vec<f32>,
}

impl Blazeface {
    /// Opens a session with one thread. Error: `Model`.
    pub fn new(runtime: &Runtime, model: &Model) -> Result<Self, LoadError> {
        let Net::Blazeface(net) = model.manifest.net.clone() else {
            return Err(LoadError::Model {
                name: model.manifest.name.clone(),
                reason: "its manifest describes another kind of net than blazeface".into(),
            });
        };
        let outputs: Vec<&str> = net
            .grids
            .iter()
            .flat_map(|grid| [grid.scores.as_str(), grid.boxes.as_str()])
            .collect();
        let session = session::open(runtime, model, &net.input, &outputs)?;
        Ok(Self {
            session,
            net,
            canvas: Vec::new(),
            input: Vec::new(),
        })
    }

    /// Puts `picture`, no larger than the net's square, turned into its top left corner.
    fn place(&mut self, picture: &Raster, turn: u8) {
        let side = self.net.side as usize;
        self.canvas.clear();
        self.canvas.resize(3 * side * side, 0);
        picture.write_upright(turn, &mut self.canvas, 3 * side);
        self.input.clear();
        let scaled = self.canvas.iter().map(|value| f32::from(*value) / 127.5 - 1.0);
        self.input.extend(scaled);
    }

    /// Boxes in pixels of the net's square.
    fn run(&mut self, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        let failed = |reason: String| AnonymiseError::Inference { reason };
        let side = self.net.side as usize;
        let tensor = TensorRef::from_array_view(([1_usize, side, side, 3], self.input.as_slice()))
            .map_err(|e| failed(e.to_string()))?;
        let name = self.net.input.as_str();
        let outputs = self
            .session
            .run(ort::inputs![name => tensor])
            .map_err(|e| failed(e.to_string()))?;
        let values = |name: &str| {
            let value = outputs
                .get(name)
                .ok_or_else(|| failed(format!("no output {name}")))?;
            let (_, values) = value
                .try_extract_tensor::<f32>()
                .map_err(|e| failed(e.to_string()))?;
            Ok(values)
        };
        let mut faces = Vec::new();
        for grid in &self.net.grids {
            let (scores, boxes) = (values(&grid.scores)?, values(&grid.boxes)?);
            faces.extend(decode(grid, self.net.side, scores, boxes, threshold)?);
        }
        Ok(faces)
    }
}

impl Detector for Blazeface {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        let side = self.net.side;
        let factor = (f64::from(side) / f64::from(view.width.max(view.height))).min(1.0);
        let scaled = |px: u32| ((f64::from(px) * factor).round() as u32).clamp(1, side);
        let small = view.resized(scaled(view.width), scaled(view.height))?;
        self.place(&small, turn);
        let (width, height) = (small.width as f32, small.height as f32);
        let (fx, fy) = (view.width as f32 / width, view.height as f32 / height);
        let seen = self.run(threshold)?.into_iter();
        let seen = seen.map(|face| face.turned_back(turn, width, height).scaled(fx, fy));
        Ok(distinct(seen.collect(), self.net.overlap))
    }
}

/// Anchors whose score is above `threshold` become boxes. The score is the logistic function of the net's value; the box
/// is told as distance of its centre from the middle of the anchor's cell, and its size, in pixels.
///
/// Error: `Inference` for a value that is not finite, as well as for a wrong count of values: a net that computes
/// nonsense must not pass for one that sees nothing.
fn decode(
    grid: &Grid,
    side: u32,
    scores: &[f32],
    boxes: &[f32],
    threshold: f32,
) -> Result<Vec<Found>, AnonymiseError> {
    let failed = |reason: &str| AnonymiseError::Inference {
        reason: reason.to_owned(),
    };
    let (columns, anchors) = ((side / grid.stride) as usize, grid.anchors as usize);
    let count = columns * columns * anchors;
    if scores.len() != count || boxes.len() != VALUES * count {
        return Err(failed(
            "the net gave another count of values than its manifest says",
        ));
    }
    if scores.iter().any(|value| !value.is_finite()) {
        return Err(failed("the net gave a value that is not finite"));
    }
    let mut faces = Vec::new();
    for (anchor, (value, place)) in scores.iter().zip(boxes.chunks_exact(VALUES)).enumerate() {
        let score = 1.0 / (1.0 + (-value).exp());
        if score <= threshold {
            continue;
        }
        let cell = anchor / anchors;
        let middle = |at: usize| (at as f32 + 0.5) * grid.stride as f32;
        let (x, y) = (
            middle(cell % columns) + place[0],
            middle(cell / columns) + place[1],
        );
        let (width, height) = (place[2], place[3]);
        if ![x, y, width, height].iter().all(|value| value.is_finite()) {
            return Err(failed("the net gave a value that is not finite"));
        }
        faces.push(Found {
            class: Class::Face,
            x0: x - width / 2.0,
            y0: y - height / 2.0,
            x1: x + width / 2.0,
            y1: y + height / 2.0,
            score,
        });
    }
    Ok(faces)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells of 16 px in a square of 64, two anchors each.
    fn grid() -> Grid {
        Grid {
            stride: 16,
            anchors: 2,
            scores: "scores".into(),
            boxes: "boxes".into(),
        }
    }

    /// Nothing seen anywhere.
    fn silence() -> (Vec<f32>, Vec<f32>) {
        (vec![-9.0; 32], vec![0.0; 32 * VALUES])
    }

    #[test]
    fn an_anchor_above_the_threshold_becomes_a_box_around_its_cell() {
        let (mut scores, mut boxes) = silence();
        // Row 1, column 2, second anchor.
        let anchor = 2 * (4 + 2) + 1;
        scores[anchor] = 2.0;
        boxes[VALUES * anchor..][..4].copy_from_slice(&[3.0, -5.0, 20.0, 24.0]);
        let found = decode(&grid(), 64, &scores, &boxes, 0.5).unwrap();
        let [face] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((face.x0, face.y0, face.x1, face.y1), (33.0, 7.0, 53.0, 31.0));
        assert!((face.score - 0.880_797).abs() < 1e-6);
        assert_eq!(face.class, Class::Face);
        assert_eq!(decode(&grid(), 64, &scores, &boxes, 0.9).unwrap(), []);
    }

    #[test]
    fn a_score_at_the_threshold_is_none() {
        let (mut scores, boxes) = silence();
        scores[0] = 0.0;
        assert_eq!(decode(&grid(), 64, &scores, &boxes, 0.5).unwrap(), []);
        assert_eq!(decode(&grid(), 64, &scores, &boxes, 0.499).unwrap().len(), 1);
    }

    #[test]
    fn huge_values_saturate_and_values_that_are_none_fail() {
        let (mut scores, boxes) = silence();
        scores[3] = 1e30;
        assert_eq!(decode(&grid(), 64, &scores, &boxes, 0.5).unwrap()[0].score, 1.0);
        for nonsense in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let (mut scores, mut boxes) = silence();
            scores[31] = nonsense;
            let refusal = decode(&grid(), 64, &scores, &boxes, 0.5).unwrap_err();
            assert!(matches!(refusal, AnonymiseError::Inference { .. }), "{refusal}");
            scores[31] = 4.0;
            boxes[VALUES * 31 + 2] = nonsense;
            let refusal = decode(&grid(), 64, &scores, &boxes, 0.5).unwrap_err();
            assert!(matches!(refusal, AnonymiseError::Inference { .. }), "{refusal}");
        }
    }

    #[test]
    fn another_count_of_values_fails() {
        let (scores, boxes) = silence();
        assert!(decode(&grid(), 64, &scores[1..], &boxes, 0.5).is_err());
        assert!(decode(&grid(), 64, &scores, &boxes[1..], 0.5).is_err());
    }
}
