#![doc = include_str!("../README.md")]

mod codec;
mod container;
mod detect;
mod error;
mod format;
mod found;
mod jpeg;
mod look;
mod model;
mod pipeline;
mod policy;
mod raster;
mod replace;
mod report;
mod runtime;
mod session;

pub use error::{AnonymiseError, LoadError};
pub use format::Format;
pub use found::Class;
#[doc(hidden)]
pub use jpeg::recode;
pub use model::{Manifest, Model, ModelInfo, ModelSet, Net, Thresholds};
pub use pipeline::{Anonymiser, Step};
pub use policy::{DetectSize, Grade, Operator, Policy};
pub use report::{Anonymised, ItemReport, Mask, Metrics, Rect, Residual, SizeHistogram, Verdict};
pub use runtime::{LIBRARY_FILE, LIBRARY_VARIABLE, Runtime};
