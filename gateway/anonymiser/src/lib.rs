#![doc = include_str!("../README.md")]

mod coco;
mod codec;
mod container;
mod detect;
mod detectors;
mod error;
mod fill_net;
mod format;
mod found;
/// For the fuzz targets alone.
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod gate;
mod jpeg;
mod look;
mod model;
mod net;
mod objects;
mod photo;
#[cfg(test)]
mod pictures_for_tests;
mod pipeline;
mod policy;
mod raster;
mod redact;
mod report;
mod runtime;
mod session;
mod utility;

pub use error::{AnonymiseError, LoadError};
pub use format::Format;
pub use found::Class;
pub use look::Views;
pub use model::{Manifest, Model, ModelInfo, ModelSet, Net, Thresholds};
pub use pipeline::{Anonymiser, Leftovers, Step, Wishes};
pub use policy::{
    Action, Classes, Gate, Grade, JpegPath, Keep, Limits, MOST_CELLS, Operator, Output, Policy, Treatment,
};
pub use report::{
    Agreement, Anonymised, Counted, Fill, ItemReport, Mask, Metrics, Rect, Residual, Sighted, SizeHistogram,
    Taken, Units, Utility, Verdict,
};
pub use runtime::{LIBRARY_FILE, LIBRARY_VARIABLE, Runtime};
pub use session::Device;
pub use vouchsafe_evaluation::{PixelMetrics, Sketch};
