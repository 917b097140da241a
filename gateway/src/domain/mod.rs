//! Pure shapes and rules: no clock, no disk, no randomness, no network.

mod amount;
mod contents;
mod credentials;
mod dataset;
mod encoding;
mod findings;
mod item;
mod job;
mod kept;
mod metadata;
mod note;
mod photo;
mod pipeline;
mod quality;
mod report;
mod saved;
mod views;
mod wishes;

pub use amount::{Planck, PlanckError};
pub(crate) use contents::file_name;
pub use contents::{Contents, ContentsItem};
pub use credentials::{Credentials, Deed};
pub use dataset::{
    DatasetDraft, DatasetRefusal, Licence, LicenceDraft, MAX_DESCRIPTION_CHARS, MAX_LICENCE_NAME_CHARS,
    MAX_LICENCE_TEXT_BYTES, MAX_TAG_CHARS, MAX_TAGS, MAX_TITLE_CHARS, NewDataset, ParentDraft,
};
pub(crate) use encoding::scale_hex;
pub use encoding::{CanonicalError, canonical_json};
pub use findings::{
    Agreement, Area, ClassFindings, Findings, SecondLook, Units, Utility, sum as sum_findings,
};
pub use item::{Counts, ItemRow, Media, StagedFile};
pub use job::{
    Event, Input, Job, JobId, JobIdError, JobState, Reason, Sealed, Stage, Timestamp, Waiting, WrongState,
    next,
};
pub use kept::{
    KeepDraft, KeepList, KeepListError, KeepRefusal, KeepRegions, Kept, MAX_REASON_CHARS, MAX_REASONS,
    MAX_REGIONS, Region, check_reasons,
};
pub use metadata::{Described, metadata_document};
pub use note::{
    Committed, MAX_NOTE_CHARS, NOTE_SCHEMA, Note, NoteFile, NoteRefusal, OVERRULED, SignedNote, committed,
};
pub use photo::{PhotoRefusal, PhotoScanner};
pub(crate) use pipeline::grade_name;
pub use pipeline::{ClassPolicy, Isolation, Model, Pipeline, SecondDetector};
pub use quality::quality;
pub use report::{Reported, earned_grade, metrics_root, report_document};
pub use saved::{Checkpoint, Handover, SavedOrder, SavedRecord};
pub use views::{DatasetView, FilesView, GatewayView, JobView, LicenceView, OfferView};
pub use wishes::{Leftovers, PhotoWishes, SellerWishes};
