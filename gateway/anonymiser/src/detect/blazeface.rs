//! BlazeFace: a small single-shot detector of near faces, of another family and other training data than the first one.
//!
//! Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", arXiv 1907.05047. Input range,
//! anchors and the order of the box are those of MediaPipe's face detection graphs.

use super::letterbox::Letterbox;
use super::{Detector, failed, finite};
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
    letterbox: Letterbox,
    /// What the letterbox holds, as the net takes it.
    planes: Vec<f32>,
}

impl Blazeface {
    /// Opens a session with one thread. Error: `Model`.
    pub fn new(runtime: &Runtime, model: &Model) -> Result<Self, LoadError> {
        let Net::Blazeface(net) = model.manifest.net.clone() else {
            return Err(session::other_kind(model, "blazeface"));
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
            letterbox: Letterbox::new(),
            planes: Vec::new(),
        })
    }

    /// Boxes in pixels of the letterbox.
    fn run(&mut self, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        let (rows, columns) = (self.letterbox.rows, self.letterbox.columns);
        self.planes.clear();
        for channel in 0..3 {
            let values = self.letterbox.values.iter().skip(channel).step_by(3);
            self.planes
                .extend(values.map(|value| f32::from(*value) / 127.5 - 1.0));
        }
        let tensor =
            TensorRef::from_array_view(([1, 3, rows, columns], self.planes.as_slice())).map_err(failed)?;
        let name = self.net.input.as_str();
        let outputs = self.session.run(ort::inputs![name => tensor]).map_err(failed)?;
        let values = |name: &str| {
            let value = outputs
                .get(name)
                .ok_or_else(|| failed(format!("no output {name}")))?;
            let (_, values) = value.try_extract_tensor::<f32>().map_err(failed)?;
            Ok(values)
        };
        let mut faces = Vec::new();
        for grid in &self.net.grids {
            let (scores, boxes) = (values(&grid.scores)?, values(&grid.boxes)?);
            faces.extend(decode(grid, [rows, columns], scores, boxes, threshold)?);
        }
        Ok(faces)
    }
}

impl Detector for Blazeface {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        (self.letterbox).fill(view, turn, [1, self.net.side], self.net.multiple_of)?;
        let seen = self.run(threshold)?.into_iter();
        let seen = seen.map(|face| self.letterbox.back(face)).collect();
        Ok(distinct(seen, self.net.overlap))
    }
}

/// Anchors whose score is above `threshold` become boxes. The score is the logistic function of the net's value; the box
/// is told as distance of its centre from the middle of the anchor's cell, and its size, in pixels. `rows` and `columns`
/// are those of the picture.
///
/// Error: `Inference` for a value that is not finite, as well as for a wrong count of values: a net that computes
/// nonsense must not pass for one that sees nothing.
fn decode(
    grid: &Grid,
    [rows, columns]: [usize; 2],
    scores: &[f32],
    boxes: &[f32],
    threshold: f32,
) -> Result<Vec<Found>, AnonymiseError> {
    let (stride, anchors) = (grid.stride as usize, grid.anchors as usize);
    let (rows, columns) = (rows / stride, columns / stride);
    let count = rows * columns * anchors;
    if scores.len() != count || boxes.len() != VALUES * count {
        return Err(failed(
            "the net gave another count of values than its manifest says",
        ));
    }
    finite(scores)?;
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
        finite(&[x, y, width, height])?;
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
        let found = decode(&grid(), [64, 64], &scores, &boxes, 0.5).unwrap();
        let [face] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((face.x0, face.y0, face.x1, face.y1), (33.0, 7.0, 53.0, 31.0));
        assert!((face.score - 0.880_797).abs() < 1e-6);
        assert_eq!(face.class, Class::Face);
        assert_eq!(decode(&grid(), [64, 64], &scores, &boxes, 0.9).unwrap(), []);
    }

    #[test]
    fn a_picture_that_is_wider_than_high_has_as_many_rows_and_columns_of_cells() {
        // Two rows of six columns: the third cell of the second row.
        let (mut scores, mut boxes) = (vec![-9.0; 24], vec![0.0; 24 * VALUES]);
        let anchor = 2 * (6 + 2);
        scores[anchor] = 2.0;
        boxes[VALUES * anchor..][..4].copy_from_slice(&[0.0, 0.0, 10.0, 10.0]);
        let found = decode(&grid(), [32, 96], &scores, &boxes, 0.5).unwrap();
        let [face] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((face.x0, face.y0, face.x1, face.y1), (35.0, 19.0, 45.0, 29.0));
        assert!(decode(&grid(), [96, 96], &scores, &boxes, 0.5).is_err());
    }

    #[test]
    fn a_score_at_the_threshold_is_none() {
        let (mut scores, boxes) = silence();
        scores[0] = 0.0;
        assert_eq!(decode(&grid(), [64, 64], &scores, &boxes, 0.5).unwrap(), []);
        assert_eq!(
            decode(&grid(), [64, 64], &scores, &boxes, 0.499).unwrap().len(),
            1
        );
    }

    #[test]
    fn huge_values_saturate_and_values_that_are_none_fail() {
        let (mut scores, boxes) = silence();
        scores[3] = 1e30;
        assert_eq!(
            decode(&grid(), [64, 64], &scores, &boxes, 0.5).unwrap()[0].score,
            1.0
        );
        for nonsense in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let (mut scores, mut boxes) = silence();
            scores[31] = nonsense;
            let refusal = decode(&grid(), [64, 64], &scores, &boxes, 0.5).unwrap_err();
            assert!(matches!(refusal, AnonymiseError::Inference { .. }), "{refusal}");
            scores[31] = 4.0;
            boxes[VALUES * 31 + 2] = nonsense;
            let refusal = decode(&grid(), [64, 64], &scores, &boxes, 0.5).unwrap_err();
            assert!(matches!(refusal, AnonymiseError::Inference { .. }), "{refusal}");
        }
    }

    #[test]
    fn another_count_of_values_fails() {
        let (scores, boxes) = silence();
        assert!(decode(&grid(), [64, 64], &scores[1..], &boxes, 0.5).is_err());
        assert!(decode(&grid(), [64, 64], &scores, &boxes[1..], 0.5).is_err());
    }
}
