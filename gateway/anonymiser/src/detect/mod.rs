//! The nets behind one interface: a view of a photo in, boxes out.

mod centerface;
#[cfg_attr(
    not(test),
    allow(dead_code, reason = "the pipeline comes to use it with the other classes")
)]
mod codes;
mod patches;

pub(crate) use centerface::Centerface;

use crate::error::AnonymiseError;
use crate::found::Found;
use crate::raster::Raster;

/// One net with its session. `&mut self`: a session belongs to one thread.
pub(crate) trait Detector: Send {
    /// Looks once at `view`, turned as by [`Raster::upright`] with `turn` (1 upright, 3, 6 or 8: quarter turns).
    ///
    /// Boxes above `threshold` (0 to 1) in pixels of `view` as it was before the turn, in a fixed order; each thing once
    /// as far as one look can tell. Scaling `view` to what the net takes is the detector's own matter. Error:
    /// `Inference`; a value that is not finite is one, because a net that computes nonsense must not pass for one that
    /// sees nothing.
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError>;
}
