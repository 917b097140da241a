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

/// What opens the record's input commitment and the dataset's content, for as long as the dataset is there.
#[derive(Serialize, Deserialize)]
pub(crate) struct Opening {
    pub(crate) salt: Digest,
    pub(crate) raw: Digest,
    /// The half of the offer's secret that can be destroyed. Journals of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<Digest>,
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
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("hex strings have a JSON form; qed"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::entropy::CountingEntropy;
    use vouchsafe_protocol::{
        delivery::OfferSecret,
        id::{Genesis, OfferId},
    };

    const SEED: [u8; 32] = [7; 32];
    const GENESIS: Genesis = Genesis([1; 32]);
    const OFFER: OfferId = OfferId([2; 32]);

    fn keys() -> GatewayKeys {
        GatewayKeys::from_seed(SEED.into())
    }

    #[test]
    fn an_opening_of_before_there_were_shares_is_read_and_opens_its_offer_as_then() {
        let (salt, raw) = (Digest([3; 32]), Digest([4; 32]));
        let earlier = serde_json::json!({"salt": salt, "raw": raw}).to_string();
        let job = JobId([5; 16]);
        let entropy = CountingEntropy::new(1);
        let sealed = keys()
            .wrapping()
            .seal(&context(job, b"opening"), earlier.as_bytes(), &entropy);
        let opening = Opening::open(&keys(), job, &sealed).unwrap();
        assert_eq!((opening.salt, opening.raw, opening.share), (salt, raw, None));
        let then = OfferSecret::derive(&SEED, &GENESIS, &OFFER, 0).public();
        assert_eq!(keys().offer_secret(&GENESIS, &OFFER, 0, None).public(), then);
    }

    #[test]
    fn an_offers_secret_takes_both_the_seed_and_the_share() {
        let public = |keys: &GatewayKeys, share| keys.offer_secret(&GENESIS, &OFFER, 0, share).public();
        let here = public(&keys(), Some(&[1; 32]));
        assert_eq!(public(&keys(), Some(&[1; 32])), here);
        assert_ne!(public(&keys(), Some(&[2; 32])), here);
        assert_ne!(public(&keys(), None), here);
        assert_ne!(
            public(&GatewayKeys::from_seed([8; 32].into()), Some(&[1; 32])),
            here
        );
    }
}
