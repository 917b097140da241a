//! The nets behind one interface: a view of a photo in, boxes out.

mod blazeface;
mod centerface;
mod codes;
mod letterbox;
mod nanodet;
mod patches;
mod plate;
mod plate_net;
mod text;

pub(crate) use blazeface::Blazeface;
pub(crate) use centerface::Centerface;
pub(crate) use codes::Codes;
pub(crate) use nanodet::{Nanodet, Object};
pub(crate) use plate::{PlateFinder, PlateThresholds};
pub(crate) use text::TextDetector;

use crate::error::AnonymiseError;
use crate::found::Found;
use crate::raster::Raster;
use ort::session::SessionOutputs;

/// A view in one of its turns, as by [`Raster::upright`] (1 upright, 3, 6 or 8: quarter turns).
#[derive(Clone, Copy)]
pub(crate) struct Glance<'a> {
    pub view: &'a Raster,
    pub turn: u8,
}

/// One net with its session. `&mut self`: a session belongs to one thread.
pub(crate) trait Detector: Send {
    /// Looks once at `view`, turned as by [`Raster::upright`] with `turn` (1 upright, 3, 6 or 8: quarter turns).
    ///
    /// Boxes above `threshold` (0 to 1) in pixels of `view` as it was before the turn, in a fixed order; each thing once
    /// as far as one look can tell. Scaling `view` to what the net takes is the detector's own matter. Error:
    /// `Inference`; a value that is not finite is one, because a net that computes nonsense must not pass for one that
    /// sees nothing.
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError>;

    /// How many glances it may be given at once for its speed, at least 1. More than one where a device does several in
    /// hardly more time than one.
    fn batch(&self) -> usize {
        1
    }

    /// What [`look`](Self::look) gives for each of `glances`, in their order.
    fn look_at_all(
        &mut self,
        glances: &[Glance<'_>],
        threshold: f32,
    ) -> Result<Vec<Vec<Found>>, AnonymiseError> {
        let look = |glance: &Glance<'_>| self.look(glance.view, glance.turn, threshold);
        glances.iter().map(look).collect()
    }
}

pub(crate) fn failed(reason: impl ToString) -> AnonymiseError {
    AnonymiseError::Inference {
        reason: reason.to_string(),
    }
}

/// The `wanted` values of an output. Error: `Inference`, also when one is not finite.
pub(crate) fn values<'a>(
    outputs: &'a SessionOutputs<'_>,
    name: &str,
    wanted: usize,
) -> Result<&'a [f32], AnonymiseError> {
    let value = outputs
        .get(name)
        .ok_or_else(|| failed(format!("no output {name}")))?;
    let (shape, values) = value.try_extract_tensor::<f32>().map_err(failed)?;
    if values.len() != wanted {
        return Err(failed(format!("output {name} has the shape {shape:?}")));
    }
    finite(values)?;
    Ok(values)
}

fn finite(values: &[f32]) -> Result<(), AnonymiseError> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(())
    } else {
        Err(failed("the net gave a value that is not finite"))
    }
}

#[cfg(test)]
mod real_nets_tests;
