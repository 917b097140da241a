//! The clean photos of a job as they are sealed: as they were checked, or with their content credentials.

use vouchsafe_c2pa::{Action, Media as Container, PlaceError, Signer, Story, attach, detach};
use vouchsafe_protocol::{
    hash::sha256,
    id::{Digest, OfferId},
};

use super::{sealing::SealingError, service::Service};
use crate::{
    domain::{Credentials, ItemRow, Job, Media, file_name},
    ports::{Slot, StagingKey},
};

/// Why a photo takes no content credentials.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialsError {
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("adding them would have changed more than that")]
    Changed,
}

/// Reads the clean photos of a job.
pub(super) struct Photos<'a> {
    service: &'a Service,
    job: &'a Job,
    key: &'a StagingKey,
    rows: &'a [ItemRow],
    offer: OfferId,
    /// The record's commitment to the raw input.
    input: Digest,
    signer: Signer,
}

impl<'a> Photos<'a> {
    /// `rows` as they were checked and stored.
    pub(super) fn new(
        service: &'a Service,
        job: &'a Job,
        key: &'a StagingKey,
        rows: &'a [ItemRow],
        (offer, input): (OfferId, Digest),
    ) -> Self {
        Self {
            service,
            job,
            key,
            rows,
            offer,
            input,
            signer: service.keys().credentials(),
        }
    }

    /// The rows with length and hash of what is sealed. Reads every photo that gets credentials.
    pub(super) fn sealed_rows(&self) -> Result<Vec<ItemRow>, SealingError> {
        let mut sealed = self.rows.to_vec();
        for (row, at) in sealed.iter_mut().zip(0u32..) {
            if row.credentials.is_some() {
                let bytes = self.sealed(at)?;
                row.bytes = bytes.len() as u64;
                row.sha256 = sha256(&bytes);
            }
        }
        Ok(sealed)
    }

    /// The photo at a position, from 0, checked against its row; the same bytes whenever it is asked for.
    pub(super) fn sealed(&self, at: u32) -> Result<Vec<u8>, SealingError> {
        let staging = &self.service.ports().staging;
        let bytes = staging.read(self.job.id, Slot::Clean(at), self.key)?;
        let row = self.rows.get(at as usize).ok_or(SealingError::Changed(at))?;
        if bytes.len() as u64 != row.bytes || sha256(&bytes) != row.sha256 {
            return Err(SealingError::Changed(at));
        }
        match &row.credentials {
            None => Ok(bytes),
            Some(credentials) => self
                .signed(&bytes, at, row.media, credentials)
                .map_err(|error| SealingError::Credentials { file: at, error }),
        }
    }

    fn signed(
        &self,
        photo: &[u8],
        at: u32,
        media: Media,
        credentials: &Credentials,
    ) -> Result<Vec<u8>, CredentialsError> {
        let container = match media {
            Media::Jpeg => Container::Jpeg,
            Media::Png => Container::Png,
            Media::Webp => Container::Webp,
        };
        // People count photos from 1, as the contents document does.
        let number = at.saturating_add(1);
        let name = [
            &b"vouchsafe/1/credentials"[..],
            &self.offer.0,
            &number.to_le_bytes(),
        ]
        .concat();
        let id = core::array::from_fn(|byte| sha256(&name).0[byte]);
        let actions: Vec<Action<'_>> = credentials
            .actions
            .iter()
            .map(|deed| Action {
                action: &deed.action,
                description: &deed.description,
                parameters: &deed.parameters,
            })
            .collect();
        let story = Story {
            id,
            title: &file_name(number as usize, media),
            generator: ("Vouchsafe gateway", &credentials.agent),
            parent: (
                &format!("urn:vouchsafe:input:{}#{number}", self.input),
                "The raw photo, known by its place under a salted commitment alone: that of the record",
            ),
            agent: ("vouchsafe-anonymiser", &credentials.agent),
            actions: &actions,
        };
        let signed = attach(photo, container, &story, &self.signer)?;
        // What was checked is what leaves: the manifest is all that came in.
        match detach(&signed, container) {
            Ok((bare, _)) if bare == photo => Ok(signed),
            _ => Err(CredentialsError::Changed),
        }
    }
}
