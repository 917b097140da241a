use serde::{Deserialize, Serialize};
use vouchsafe_protocol::id::Digest;
use zeroize::Zeroizing;

use crate::{
    domain::{JobId, StagedFile},
    keys::{GatewayKeys, SealError},
    ports::{Entropy, StagingKey},
};

/// What ends with staging: the job's key, and lengths and hashes of its raw files.
pub(crate) struct StagedSecret {
    pub(crate) key: StagingKey,
    pub(crate) files: Vec<StagedFile>,
}

/// What opens the record's input commitment, for as long as the dataset is there.
#[derive(Serialize, Deserialize)]
pub(crate) struct Opening {
    pub(crate) salt: Digest,
    pub(crate) raw: Digest,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    key: Digest,
    files: Vec<StagedFile>,
}

impl StagedSecret {
    pub(crate) fn seal(&self, keys: &GatewayKeys, job: JobId, entropy: &dyn Entropy) -> Vec<u8> {
        let wire = Wire {
            key: Digest(*self.key.expose()),
            files: self.files.clone(),
        };
        let plain =
            Zeroizing::new(serde_json::to_vec(&wire).expect("strings and integers have a JSON form; qed"));
        keys.wrapping().seal(&context(job, b"staging"), &plain, entropy)
    }

    pub(crate) fn open(keys: &GatewayKeys, job: JobId, sealed: &[u8]) -> Result<Self, SealError> {
        let plain = keys.wrapping().open(&context(job, b"staging"), sealed)?;
        let wire: Wire = serde_json::from_slice(&plain).map_err(|_| SealError)?;
        Ok(Self {
            key: StagingKey::from_bytes(wire.key.0),
            files: wire.files,
        })
    }
}

impl Opening {
    pub(crate) fn seal(&self, keys: &GatewayKeys, job: JobId, entropy: &dyn Entropy) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("two hex strings have a JSON form; qed"));
        keys.wrapping().seal(&context(job, b"opening"), &plain, entropy)
    }

    pub(crate) fn open(keys: &GatewayKeys, job: JobId, sealed: &[u8]) -> Result<Self, SealError> {
        let plain = keys.wrapping().open(&context(job, b"opening"), sealed)?;
        serde_json::from_slice(&plain).map_err(|_| SealError)
    }
}

fn context(job: JobId, kind: &[u8]) -> Vec<u8> {
    [b"vouchsafe/gateway/secret/1/".as_slice(), kind, b"/", &job.0].concat()
}
