//! What clients may ask a node about the transparency log. The answers need no trust: heads are in the state, which
//! headers commit to, and proofs are verified with SHA-256 alone.

use alloc::vec::Vec;
use vouchsafe_protocol::{
    id::RecordId,
    log::{Consistency, Entry, Head, Inclusion},
};

sp_api::decl_runtime_apis! {
    /// The transparency log at the block that is asked.
    pub trait TransparencyLogApi {
        /// Number of entries, and the root over them.
        fn log_head() -> Head;

        /// What the log says of a record, oldest first, each with its index; nothing for an unknown record.
        fn log_entries(record: RecordId) -> Vec<(u64, Entry)>;

        /// Proof that entry `index` is among the first `size` ones; `None` unless `index < size` and there are that many.
        fn log_inclusion(index: u64, size: u64) -> Option<Inclusion>;

        /// Proof that the first `second` entries begin with the first `first` ones; `None` unless `first <= second` and
        /// there are that many.
        fn log_consistency(first: u64, second: u64) -> Option<Consistency>;
    }
}
