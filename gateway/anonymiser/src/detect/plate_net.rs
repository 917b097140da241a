//! A net for licence plates, for those who have its weights: they are not shipped (`models/plates.md`).

use super::letterbox::Letterbox;
use super::{Detector, failed, finite, values};
use crate::error::{AnonymiseError, LoadError};
use crate::found::{Class, Found, distinct};
use crate::model::{Model, Net};
use crate::net::Retina;
use crate::raster::Raster;
use crate::runtime::Runtime;
use crate::session;
use ort::session::Session;
use ort::value::TensorRef;

pub(crate) struct PlateNet {
    session: Session,
    net: Retina,
    letterbox: Letterbox,
    /// `3 * rows * columns`: planes of blue, green and red.
    planes: Vec<f32>,
}

impl PlateNet {
    /// Opens a session. Errors: `Model`, `Device`.
    pub fn new(runtime: &Runtime, model: &Model) -> Result<Self, LoadError> {
        let Net::Retina(net) = model.manifest.net.clone() else {
            return Err(session::other_kind(model, "retina"));
        };
        let session = session::open(runtime, model, &net.input, &[&net.offsets, &net.confidences])?;
        Ok(Self {
            session,
            net,
            letterbox: Letterbox::new(),
            planes: Vec::new(),
        })
    }
}

impl Detector for PlateNet {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        let (side, multiple) = (self.net.long_side, self.net.multiple_of);
        self.letterbox.fill(view, turn, side, multiple)?;
        let letterbox = &self.letterbox;
        let (rows, columns) = (letterbox.rows, letterbox.columns);
        self.planes.clear();
        for (mean, channel) in Retina::MEAN.into_iter().zip([2, 1, 0]) {
            let values = letterbox.values.iter().skip(channel).step_by(3);
            self.planes.extend(values.map(|value| f32::from(*value) - mean));
        }
        let tensor =
            TensorRef::from_array_view(([1, 3, rows, columns], self.planes.as_slice())).map_err(failed)?;
        let name = self.net.input.as_str();
        let outputs = self.session.run(ort::inputs![name => tensor]).map_err(failed)?;
        let priors = priors(&self.net, rows, columns);
        let offsets = values(&outputs, &self.net.offsets, 4 * priors.len())?;
        let confidences = values(&outputs, &self.net.confidences, 2 * priors.len())?;
        let seen = decode(offsets, confidences, &priors, threshold)?;
        let seen = seen.into_iter().map(|plate| letterbox.back(plate));
        Ok(distinct(seen.collect(), self.net.overlap))
    }
}

/// A square that the net says how to change. Model pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Prior {
    x: f32,
    y: f32,
    side: f32,
}

fn priors(net: &Retina, rows: usize, columns: usize) -> Vec<Prior> {
    let mut priors = Vec::new();
    for level in &net.levels {
        let stride = level.stride as usize;
        let at = |index: usize| (index as f32 + 0.5) * level.stride as f32;
        for row in 0..rows.div_ceil(stride) {
            for column in 0..columns.div_ceil(stride) {
                priors.extend(level.sides.iter().map(|side| Prior {
                    x: at(column),
                    y: at(row),
                    side: *side as f32,
                }));
            }
        }
    }
    priors
}

/// Confidences above `threshold` become boxes in model pixels, in the order of the priors. A value that is not finite
/// makes the whole look fail.
fn decode(
    offsets: &[f32],
    confidences: &[f32],
    priors: &[Prior],
    threshold: f32,
) -> Result<Vec<Found>, AnonymiseError> {
    finite(confidences)?;
    let mut plates = Vec::new();
    let per_prior = offsets.chunks_exact(4).zip(confidences.chunks_exact(2));
    for ((offset, confidence), prior) in per_prior.zip(priors).filter(|((_, c), _)| c[1] > threshold) {
        finite(offset)?;
        let [centre, size] = Retina::VARIANCE;
        let x = prior.x + offset[0] * centre * prior.side;
        let y = prior.y + offset[1] * centre * prior.side;
        // No plate is larger than any picture; without the bound a wild value would not be finite.
        let half = |log: f32| (log * size).min(8.0).exp() * prior.side / 2.0;
        let (width, height) = (half(offset[2]), half(offset[3]));
        let found = Found {
            class: Class::Plate,
            x0: x - width,
            y0: y - height,
            x1: x + width,
            y1: y + height,
            score: confidence[1].clamp(0.0, 1.0),
        };
        finite(&[found.x0, found.y0, found.x1, found.y1])?;
        plates.push(found);
    }
    Ok(plates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Level;

    fn net() -> Retina {
        let level = |stride, sides: [u32; 2]| Level {
            stride,
            sides: sides.into(),
        };
        Retina {
            input: "image".into(),
            offsets: "loc".into(),
            confidences: "conf".into(),
            levels: vec![level(8, [24, 48]), level(16, [96, 192])],
            multiple_of: 32,
            long_side: [640, 640],
            overlap: 0.4,
        }
    }

    /// All priors of a picture of 32 x 64 pixels: 4 x 8 cells and 2 x 4, twice each; nothing is seen.
    fn nothing() -> (Vec<f32>, Vec<f32>, Vec<Prior>) {
        let priors = priors(&net(), 32, 64);
        assert_eq!(priors.len(), 2 * (32 + 8));
        (
            vec![0.0; 4 * priors.len()],
            [0.9, 0.1].repeat(priors.len()),
            priors,
        )
    }

    #[test]
    fn priors_stand_on_the_centres_of_their_cells_row_by_row() {
        let (_, _, priors) = nothing();
        let prior = |x, y, side| Prior { x, y, side };
        assert_eq!(
            priors[..3],
            [
                prior(4.0, 4.0, 24.0),
                prior(4.0, 4.0, 48.0),
                prior(12.0, 4.0, 24.0)
            ]
        );
        assert_eq!(priors[16], prior(4.0, 12.0, 24.0), "the second row");
        assert_eq!(priors[64], prior(8.0, 8.0, 96.0), "the second level");
        assert_eq!(priors[79], prior(56.0, 24.0, 192.0), "the last one");
    }

    #[test]
    fn a_plate_is_its_prior_moved_and_stretched() {
        let (mut offsets, mut confidences, priors) = nothing();
        // The third prior: (12, 4), 24 pixels. Moved by half its side to the right, twice as wide, half as high.
        offsets[8..12].copy_from_slice(&[5.0, 0.0, 5.0 * 2.0_f32.ln(), -5.0 * 2.0_f32.ln()]);
        confidences[4..6].copy_from_slice(&[0.2, 0.8]);
        let plates = decode(&offsets, &confidences, &priors, 0.5).unwrap();
        let [plate] = plates[..] else {
            panic!("one plate: {plates:?}")
        };
        let off = [plate.x0, plate.y0 + 2.0, plate.x1 - 48.0, plate.y1 - 10.0];
        assert!(off.iter().all(|px| px.abs() < 1e-4), "{plate:?}");
        assert_eq!((plate.score, plate.class), (0.8, Class::Plate));
    }

    #[test]
    fn a_confidence_counts_only_above_the_threshold() {
        let (offsets, mut confidences, priors) = nothing();
        confidences[7] = 0.5;
        assert_eq!(decode(&offsets, &confidences, &priors, 0.5).unwrap(), []);
        assert_eq!(decode(&offsets, &confidences, &priors, 0.49).unwrap().len(), 1);
    }

    #[test]
    fn a_value_that_is_not_finite_fails_the_look() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let (offsets, mut confidences, priors) = nothing();
            confidences[30] = bad;
            let error = decode(&offsets, &confidences, &priors, 0.5).unwrap_err();
            assert!(matches!(error, AnonymiseError::Inference { .. }), "{error}");

            let (mut offsets, mut confidences, priors) = nothing();
            confidences[1] = 0.9;
            offsets[2] = bad;
            let error = decode(&offsets, &confidences, &priors, 0.5).unwrap_err();
            assert!(matches!(error, AnonymiseError::Inference { .. }), "{error}");
        }
    }

    #[test]
    fn a_wild_size_is_bounded_and_a_wild_place_fails_the_look() {
        let (mut offsets, mut confidences, priors) = nothing();
        confidences[1] = 0.9;
        offsets[2] = 1e30;
        let [plate] = decode(&offsets, &confidences, &priors, 0.5).unwrap()[..] else {
            panic!("one plate")
        };
        assert!(plate.x1 - plate.x0 < 100_000.0, "{plate:?}");
        offsets[0] = f32::MAX;
        let error = decode(&offsets, &confidences, &priors, 0.5).unwrap_err();
        assert!(matches!(error, AnonymiseError::Inference { .. }), "{error}");
    }
}
