//! What the gateway does: take uploads, move jobs on step by step, answer orders.

mod secrets;
mod service;
mod settings;
mod status;
mod upload;

pub use service::{BlobView, DocumentView, Ports, Service, ServiceError};
pub use settings::{OfferWindows, Retry, Settings, UploadLimits};
pub use status::{ChainHealth, Health, RegistrationHealth, Totals};
pub use upload::{Upload, UploadError};
