//! A net that fills holes: `models/training/inpaint` trains one.

use crate::detect::{failed, values};
use crate::error::{AnonymiseError, LoadError};
use crate::model::{Model, Net};
use crate::net::Fill as Shape;
use crate::runtime::Runtime;
use crate::session;
use ort::session::Session;
use ort::value::TensorRef;

/// One session, for one thread.
pub(crate) struct FillNet {
    session: Session,
    net: Shape,
}

/// What the net is shown: a picture in which nothing is known of some cells.
pub(crate) struct Pierced {
    /// Both multiples of [`FillNet::multiple_of`], above zero.
    pub rows: usize,
    pub columns: usize,
    /// Red plane, green plane, blue plane, row by row, 0 to 1; zero wherever `mask` is 1, so that the net cannot know.
    pub picture: Vec<f32>,
    /// 1 in the hole, else 0.
    pub mask: Vec<f32>,
}

impl FillNet {
    /// Opens a session. Errors: `Model`, `Device`.
    pub fn new(runtime: &Runtime, model: &Model) -> Result<Self, LoadError> {
        let Net::Fill(net) = model.manifest.net.clone() else {
            return Err(session::other_kind(model, "fill"));
        };
        let session = session::open(runtime, model, &net.picture, &[&net.filled])?;
        if !session.inputs().iter().any(|input| input.name() == net.mask) {
            return Err(LoadError::Model {
                name: model.manifest.name.clone(),
                reason: format!("it has no input {}", net.mask),
            });
        }
        Ok(Self { session, net })
    }

    /// Sides of what it is shown are multiples of this.
    pub fn multiple_of(&self) -> usize {
        self.net.multiple_of as usize
    }

    /// The longest side that it is shown, above zero.
    pub fn longest(&self) -> u32 {
        self.net.longest
    }

    /// `pierced.picture` without its hole, in the same order. Not bounded: a net may
    /// give values below 0 and above 1. Error: `Inference`, also for a value that is not finite.
    pub fn fill(&mut self, pierced: &Pierced) -> Result<Vec<f32>, AnonymiseError> {
        let Pierced {
            rows,
            columns,
            picture,
            mask,
        } = pierced;
        let shape = |channels: usize| [1, channels, *rows, *columns];
        let picture = TensorRef::from_array_view((shape(3), picture.as_slice())).map_err(failed)?;
        let mask = TensorRef::from_array_view((shape(1), mask.as_slice())).map_err(failed)?;
        let (first, second) = (self.net.picture.as_str(), self.net.mask.as_str());
        let inputs = ort::inputs![first => picture, second => mask];
        let outputs = self.session.run(inputs).map_err(failed)?;
        values(&outputs, &self.net.filled, 3 * rows * columns).map(<[f32]>::to_vec)
    }
}
