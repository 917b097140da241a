//! NanoDet: persons, vehicles and the other things of COCO-80.

use super::letterbox::Letterbox;
use super::{Detector, failed, finite, values};
use crate::error::{AnonymiseError, LoadError};
use crate::found::{Class, Found, distinct};
use crate::model::{Model, Net};
use crate::net::Nanodet as Shape;
use crate::raster::Raster;
use crate::runtime::Runtime;
use crate::session;
use ort::session::Session;
use ort::value::TensorRef;

/// One thing of COCO-80, with a box as in [`Found`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Object {
    pub x0: f32,
    pub y0: f32,
    pub x1: f32,
    pub y1: f32,
    /// 0 to 1.
    pub score: f32,
    /// What it is: 0 to 79, in the order of the 80 categories of COCO 2017 by rising number.
    pub coco: u8,
}

impl Object {
    /// Persons, and what carries a licence plate: cars, motorcycles, buses and lorries. Nothing for the rest.
    pub fn class(&self) -> Option<Class> {
        match self.coco {
            0 => Some(Class::Person),
            2 | 3 | 5 | 7 => Some(Class::Vehicle),
            _ => None,
        }
    }

    /// The box as a finding of [`Self::class`].
    pub fn found(&self) -> Option<Found> {
        self.class().map(|class| self.as_class(class))
    }

    /// The box, called `class`.
    pub fn as_class(&self, class: Class) -> Found {
        let Self {
            x0,
            y0,
            x1,
            y1,
            score,
            ..
        } = *self;
        Found {
            class,
            x0,
            y0,
            x1,
            y1,
            score,
        }
    }
}

pub(crate) struct Nanodet {
    session: Session,
    net: Shape,
    letterbox: Letterbox,
}

impl Nanodet {
    /// Opens a session. Errors: `Model`, `Device`.
    pub fn new(runtime: &Runtime, model: &Model) -> Result<Self, LoadError> {
        let Net::Nanodet(net) = model.manifest.net.clone() else {
            return Err(session::other_kind(model, "nanodet"));
        };
        let session = session::open(runtime, model, &net.input, &[&net.scores, &net.bins])?;
        Ok(Self {
            session,
            net,
            letterbox: Letterbox::new(),
        })
    }

    /// Looks once, as [`Detector::look`], at all 80 kinds of things: those above `threshold`, the best first. Boxes of
    /// different kinds may lie on one another. Error: `Inference`.
    pub fn objects(
        &mut self,
        view: &Raster,
        turn: u8,
        threshold: f32,
    ) -> Result<Vec<Object>, AnonymiseError> {
        let (side, multiple) = (self.net.long_side, self.net.multiple_of);
        self.letterbox.fill(view, turn, side, multiple)?;
        let Letterbox {
            rows,
            columns,
            values: bytes,
            ..
        } = &self.letterbox;
        let shape = [1, *rows, *columns, 3];
        let tensor = TensorRef::from_array_view((shape, bytes.as_slice())).map_err(failed)?;
        let name = self.net.input.as_str();
        let outputs = self.session.run(ort::inputs![name => tensor]).map_err(failed)?;
        let grid: Vec<Cells> = (self.net.strides.iter())
            .map(|stride| Cells {
                columns: columns / *stride as usize,
                rows: rows / *stride as usize,
                stride: *stride as f32,
            })
            .collect();
        let cells: usize = grid.iter().map(|level| level.rows * level.columns).sum();
        let scores = values(&outputs, &self.net.scores, cells * Shape::CLASSES)?;
        let bins = values(&outputs, &self.net.bins, cells * 4 * Shape::BINS)?;
        let seen = decode(scores, bins, &grid, threshold)?;
        let back = |object: Object| {
            let found = self.letterbox.back(object.as_class(Class::Person));
            let Found { x0, y0, x1, y1, .. } = found;
            Object {
                x0,
                y0,
                x1,
                y1,
                ..object
            }
        };
        let seen = seen.into_iter().map(back).collect();
        Ok(distinct_objects(seen, self.net.overlap))
    }
}

impl Detector for Nanodet {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        let objects = self.objects(view, turn, threshold)?;
        // A car that is also seen as a lorry is one vehicle.
        Ok(distinct(
            objects.iter().filter_map(Object::found).collect(),
            self.net.overlap,
        ))
    }
}

/// The cells of one stride.
struct Cells {
    rows: usize,
    columns: usize,
    /// Model pixels.
    stride: f32,
}

/// Scores above `threshold` become boxes in model pixels, in the order of the cells. A value that is not finite makes
/// the whole look fail.
fn decode(
    scores: &[f32],
    bins: &[f32],
    grid: &[Cells],
    threshold: f32,
) -> Result<Vec<Object>, AnonymiseError> {
    finite(scores)?;
    let mut objects = Vec::new();
    let centres = grid.iter().flat_map(|level| {
        (0..level.rows * level.columns).map(move |cell| {
            let at = |index: usize| (index as f32 + 0.5) * level.stride;
            (at(cell % level.columns), at(cell / level.columns), level.stride)
        })
    });
    let per_cell = scores
        .chunks_exact(Shape::CLASSES)
        .zip(bins.chunks_exact(4 * Shape::BINS));
    for ((scores, bins), (x, y, stride)) in per_cell.zip(centres) {
        // Most cells show nothing, and a box costs 44 exponentials.
        if !scores.iter().any(|score| *score > threshold) {
            continue;
        }
        finite(bins)?;
        let mut sides = bins.chunks_exact(Shape::BINS).map(|side| expected(side) * stride);
        let mut side = || sides.next().expect("44 bins are four sides; qed");
        let [left, top, right, bottom] = [side(), side(), side(), side()];
        for (coco, score) in scores.iter().enumerate().filter(|(_, score)| **score > threshold) {
            objects.push(Object {
                x0: x - left,
                y0: y - top,
                x1: x + right,
                y1: y + bottom,
                score: score.clamp(0.0, 1.0),
                coco: coco as u8,
            });
        }
    }
    Ok(objects)
}

/// The mean of the distribution whose logarithms, up to a constant, are `logits`: 0 to one less than their number.
fn expected(logits: &[f32]) -> f32 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut sum, mut weighted) = (0.0, 0.0);
    for (bin, logit) in logits.iter().enumerate() {
        let weight = (logit - most).exp();
        sum += weight;
        weighted += weight * bin as f32;
    }
    weighted / sum
}

/// One box per thing and kind, the best first, as [`distinct`] does it for classes.
fn distinct_objects(mut objects: Vec<Object>, overlap: f32) -> Vec<Object> {
    objects.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Object> = Vec::new();
    for object in objects {
        let again = |better: &Object| {
            better.coco == object.coco
                && (better.as_class(Class::Person)).overlap(&object.as_class(Class::Person)) > overlap
        };
        if !kept.iter().any(again) {
            kept.push(object);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAR: u8 = 2;
    const LORRY: u8 = 7;

    fn grid() -> Vec<Cells> {
        let level = |rows, columns, stride| Cells {
            rows,
            columns,
            stride,
        };
        vec![level(4, 6, 8.0), level(2, 3, 16.0)]
    }

    struct Outputs {
        scores: Vec<f32>,
        bins: Vec<f32>,
    }

    /// 24 fine cells and 6 coarse ones that see nothing; all sides are undecided.
    fn nothing() -> Outputs {
        Outputs {
            scores: vec![0.01; 30 * Shape::CLASSES],
            bins: vec![0.0; 30 * 4 * Shape::BINS],
        }
    }

    impl Outputs {
        fn put(&mut self, cell: usize, coco: u8, score: f32, sides: [usize; 4]) {
            self.scores[cell * Shape::CLASSES + usize::from(coco)] = score;
            for (side, bin) in sides.into_iter().enumerate() {
                // So much more likely than the others that these do not matter.
                self.bins[(4 * cell + side) * Shape::BINS + bin] = 200.0;
            }
        }

        fn decode(&self, threshold: f32) -> Result<Vec<Object>, AnonymiseError> {
            decode(&self.scores, &self.bins, &grid(), threshold)
        }
    }

    #[test]
    fn a_box_reaches_from_its_cell_as_many_strides_as_the_net_says() {
        let mut outputs = nothing();
        outputs.put(6 + 2, CAR, 0.9, [1, 0, 2, 3]); // second row, third column: centre (20, 12)
        outputs.put(24 + 3 + 1, 0, 0.7, [1, 1, 1, 0]); // coarse, second row and column: centre (24, 24)
        let car = Object {
            x0: 12.0,
            y0: 12.0,
            x1: 36.0,
            y1: 36.0,
            score: 0.9,
            coco: CAR,
        };
        let person = Object {
            x0: 8.0,
            y0: 8.0,
            x1: 40.0,
            y1: 24.0,
            score: 0.7,
            coco: 0,
        };
        assert_eq!(outputs.decode(0.3).unwrap(), [car, person]);
    }

    #[test]
    fn an_undecided_side_is_in_the_middle() {
        assert!((expected(&[0.0; Shape::BINS]) - 5.0).abs() < 1e-6);
        let between: Vec<f32> = (0..Shape::BINS)
            .map(|bin| if bin == 3 || bin == 4 { 50.0 } else { 0.0 })
            .collect();
        assert!((expected(&between) - 3.5).abs() < 1e-6);
    }

    #[test]
    fn a_score_counts_only_above_the_threshold() {
        let mut outputs = nothing();
        outputs.put(3, 0, 0.25, [1; 4]);
        assert_eq!(outputs.decode(0.25).unwrap(), []);
        assert_eq!(outputs.decode(0.2499).unwrap().len(), 1);
    }

    #[test]
    fn a_value_that_is_not_finite_fails_the_look() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut outputs = nothing();
            outputs.scores[17] = bad;
            let error = outputs.decode(0.3).unwrap_err();
            assert!(matches!(error, AnonymiseError::Inference { .. }), "{error}");

            let mut outputs = nothing();
            outputs.put(5, CAR, 0.8, [1; 4]);
            outputs.bins[(4 * 5 + 2) * Shape::BINS] = bad;
            let error = outputs.decode(0.3).unwrap_err();
            assert!(matches!(error, AnonymiseError::Inference { .. }), "{error}");
        }
    }

    #[test]
    fn one_thing_is_told_once_and_as_every_kind_that_it_may_be() {
        let object = |x0: f32, score: f32, coco: u8| Object {
            x0,
            y0: 0.0,
            x1: x0 + 10.0,
            y1: 10.0,
            score,
            coco,
        };
        let seen = vec![
            object(1.0, 0.5, CAR),
            object(0.0, 0.8, CAR),
            object(0.0, 0.6, LORRY),
            object(30.0, 0.4, CAR),
        ];
        let kept = distinct_objects(seen, 0.5);
        assert_eq!(
            kept,
            [
                object(0.0, 0.8, CAR),
                object(0.0, 0.6, LORRY),
                object(30.0, 0.4, CAR)
            ]
        );
    }

    #[test]
    fn persons_and_what_carries_plates_are_findings_and_other_things_are_not() {
        let classes = (0..80).map(|coco| {
            let object = Object {
                x0: 0.0,
                y0: 0.0,
                x1: 1.0,
                y1: 1.0,
                score: 0.5,
                coco,
            };
            assert_eq!(object.found().map(|found| found.class), object.class());
            object.class()
        });
        let named: Vec<(usize, Class)> = classes
            .enumerate()
            .filter_map(|(coco, class)| class.map(|class| (coco, class)))
            .collect();
        let vehicle = |coco| (coco, Class::Vehicle);
        assert_eq!(
            named,
            [(0, Class::Person), vehicle(2), vehicle(3), vehicle(5), vehicle(7)]
        );
    }
}
