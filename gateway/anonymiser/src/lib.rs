#![doc = include_str!("../README.md")]

mod coco;
mod codec;
mod container;
mod detect;
mod error;
mod format;
mod found;
mod look;
mod model;
mod net;
mod pipeline;
mod policy;
mod raster;
mod redact;
mod report;
mod runtime;
mod session;

pub use error::{AnonymiseError, LoadError};
pub use format::Format;
pub use found::Class;
pub use model::{Manifest, Model, ModelInfo, ModelSet, Net, Thresholds};
pub use pipeline::{Anonymiser, Step};
pub use policy::{
    Action, Classes, Gate, Grade, JpegPath, Keep, Limits, MOST_CELLS, Operator, Output, Policy, Treatment,
    Views,
};
pub use report::{Anonymised, ItemReport, Mask, Metrics, Rect, Residual, SizeHistogram, Verdict};
pub use runtime::{LIBRARY_FILE, LIBRARY_VARIABLE, Runtime};
pub use session::Device;
