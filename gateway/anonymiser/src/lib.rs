#![doc = include_str!("../README.md")]

mod codec;
mod container;
mod detector;
mod error;
mod format;
mod model;
mod patches;
mod pipeline;
mod policy;
mod raster;
mod replace;
mod report;
mod runtime;

pub use error::{AnonymiseError, LoadError};
pub use format::Format;
pub use model::{Input, Manifest, Model, ModelInfo, ModelSet, Output, Thresholds};
pub use pipeline::{Anonymiser, Step};
pub use policy::{DetectSize, Grade, Operator, Policy};
pub use report::{Anonymised, Class, ItemReport, Mask, Metrics, Rect, Residual, SizeHistogram, Verdict};
pub use runtime::{LIBRARY_FILE, LIBRARY_VARIABLE, Runtime};
