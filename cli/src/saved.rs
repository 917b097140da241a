//! What a gateway gives away of its records beside what it sells: saved bundles, openings of items, and erasure.

use crate::gateway::{Gateway, GatewayError, JobPage};
use vouchsafe_protocol::{
    bundle::{Bundle, Contents, MAX_FILE, Opening},
    id::RecordId,
};

impl Gateway {
    /// The bundle of a record as its gateway saved it, with no item opened.
    ///
    /// # Errors
    /// See [`GatewayError`]; [`NotFound`](GatewayError::NotFound) until something is saved.
    pub fn saved_bundle(&self, record: &RecordId) -> Result<Bundle, GatewayError> {
        let what = format!("bundle of record {record}");
        let path = format!("/v1/datasets/{record}/bundle");
        let bytes = self.bytes(&path, &what, None, MAX_FILE as u64)?;
        Bundle::from_file(&bytes).map_err(|error| GatewayError::Answer {
            what,
            reason: error.to_string(),
        })
    }

    /// What opens the files of these names, and the list of all files: for the gateway's operator.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn openings(
        &self,
        token: &str,
        record: &RecordId,
        names: &[String],
    ) -> Result<(Contents, Vec<Opening>), GatewayError> {
        let what = format!("openings of record {record}");
        let path = format!("/v1/datasets/{record}/openings?items={}", names.join(","));
        let bytes = self.bytes(&path, &what, Some(token), MAX_FILE as u64)?;
        codec::DecodeAll::decode_all(&mut bytes.as_slice()).map_err(|error: codec::Error| {
            GatewayError::Answer {
                what,
                reason: error.to_string(),
            }
        })
    }

    /// Erases a dataset: what opens it is destroyed when this returns. The job says how far the chain is.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn erase(&self, token: &str, record: &RecordId) -> Result<JobPage, GatewayError> {
        self.delete(
            &format!("/v1/datasets/{record}"),
            &format!("record {record}"),
            token,
        )
    }
}
