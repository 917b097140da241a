//! Ports over real things: redb, sled, disk, ONNX, the node, the machine's clock and randomness.

mod disk_blobs;
mod disk_staging;
mod durable;
mod node_chain;
mod onnx_anonymiser;
mod redb_journal;
mod sandbox;
mod sled_catalogue;
mod sled_lookalikes;
mod system;

pub use disk_blobs::DiskBlobs;
pub use disk_staging::DiskStaging;
pub use node_chain::NodeChain;
pub use onnx_anonymiser::{OnnxAnonymiser, OnnxSettings, QUIET_RUNTIME};
pub use redb_journal::RedbJournal;
pub use sandbox::{
    LockDown, PhotoProcess, Probe, SandboxError, SandboxSettings, SandboxedAnonymiser, run_anonymise_worker,
};
pub use sled_catalogue::SledCatalogue;
pub use sled_lookalikes::SledLookalikes;
pub use system::{SystemClock, SystemEntropy};
