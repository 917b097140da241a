//! What the gateway does: take uploads, move jobs on step by step, answer orders.
//!
//! - [`Service`] is the façade that HTTP uses; every method is safe to call at any time.
//! - [`Worker`] takes one due job one step on per call; `queue.rs` says which.
//! - [`Desk`] looks at finalised blocks and answers orders.
//! - [`Archive`] saves proofs of what became final.
//! - [`Running`] turns all of them into threads.

mod archive;
mod cleaning;
mod credentials;
mod desk;
mod evidence;
mod lineage;
mod looks;
mod own_offers;
mod parents;
mod queue;
mod registrar;
mod run;
mod sealing;
mod secrets;
mod service;
mod service_error;
mod settings;
mod status;
mod stop;
mod upload;
mod worker;

pub use archive::{Archive, Filed};
pub use desk::{Desk, DeskError, Pass};
pub use evidence::{AuthorityView, BlockView, OrderProofView, SetView, StateView};
pub use lineage::LineageError;
pub use queue::Lane;
pub use run::Running;
pub use service::{BlobView, DocumentView, Ports, Service};
pub use service_error::ServiceError;
pub use settings::{OfferWindows, Retry, Settings, UploadLimits};
pub use status::{ChainHealth, Health, RegistrationHealth, Totals};
pub use upload::{Upload, UploadError};
pub use worker::{Tick, Worker, WorkerError};
