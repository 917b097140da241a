//! Which views of a photo a detector is shown, and putting together what it saw in them.

use crate::detect::Detector;
use crate::error::AnonymiseError;
use crate::found::{Found, distinct};
use crate::policy::DetectSize;
use crate::raster::Raster;

/// Boxes of one thing in several views overlap by more than this. Intersection over union.
const SAME: f32 = 0.3;

/// How far a look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All turns at all sizes.
    Whole,
    /// To the first turn that shows a face: enough to know that the picture cannot be let out.
    UntilSeen,
}

/// Shows `raster` to `detector` once per turn (EXIF numbers of quarter turns) and size, as far as `extent`. Nothing seen
/// means that all of them saw nothing. Error: `Inference`.
///
/// Boxes are in pixels of `raster`, the best first, one per thing.
pub(crate) fn look(
    detector: &mut dyn Detector,
    raster: &Raster,
    turns: &[u8],
    size: DetectSize,
    threshold: f32,
    extent: Extent,
) -> Result<Vec<Found>, AnonymiseError> {
    let mut found = Vec::new();
    let long = raster.width.max(raster.height);
    let fine = size.fine(long);
    let coarse = Some(size.coarse).filter(|coarse| *coarse > 0 && *coarse < fine);
    'looking: for side in [Some(fine), coarse].into_iter().flatten() {
        let factor = f64::from(side) / f64::from(long);
        let scaled = |px: u32| ((f64::from(px) * factor).round() as u32).max(1);
        let small = raster.resized(scaled(raster.width), scaled(raster.height))?;
        let fx = raster.width as f32 / small.width as f32;
        let fy = raster.height as f32 / small.height as f32;
        for turn in turns {
            let seen = detector.look(&small, *turn, threshold)?;
            found.extend(seen.into_iter().map(|one| one.scaled(fx, fy)));
            if extent == Extent::UntilSeen && !found.is_empty() {
                break 'looking;
            }
        }
    }
    Ok(distinct(found, SAME))
}
