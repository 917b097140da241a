//! Every key of the gateway, from one seed file.
//!
//! `seed` (32 bytes) → HKDF-SHA256, salt `vouchsafe/gateway/seed/1`, info = label: `record-sign` (ed25519, signs
//! records, reports and notes), `account` (ed25519, the chain account), `staging` (wraps job keys in the journal), `noise`
//! (what the noise of mosaics is drawn from), `lookalikes` (hashes of what photos look like), `credentials-root` and `credentials` (ed25519, sign content credentials). Nothing
//! derived is ever written to disk.
//!
//! Offer secrets derive by [`OfferSecret::derive`] from HKDF-SHA256 of seed ‖ share, salt `vouchsafe/gateway/offer/1`, info
//! `seed`, where the share is 32 random bytes that lie sealed in the journal until the dataset is erased.

mod noise;
mod seal;
mod seed;
mod stream;

use core::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;
use vouchsafe_protocol::{
    delivery::OfferSecret,
    id::{Account, Genesis, OfferId},
};
use zeroize::Zeroizing;

pub use noise::NoiseKey;
pub use seal::{SealError, Wrapping};
pub use seed::{SeedError, open_or_create_seed, open_seed};
pub use stream::{OpeningReader, SealingWriter};

/// The seed and what is derived from it at start. Zeroised when dropped, never printed.
pub struct GatewayKeys {
    seed: Zeroizing<[u8; 32]>,
    account_seed: Zeroizing<[u8; 32]>,
    account: Account,
    record: SigningKey,
    staging: Wrapping,
    noise: NoiseKey,
}

impl fmt::Debug for GatewayKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayKeys")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl GatewayKeys {
    /// Derives everything from the seed.
    pub fn from_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        let account_seed = label(&seed, "account");
        let account = Account(SigningKey::from_bytes(&account_seed).verifying_key().to_bytes());
        let record = SigningKey::from_bytes(&label(&seed, "record-sign"));
        let staging = Wrapping::new(label(&seed, "staging"));
        let noise = NoiseKey::new(label(&seed, "noise"));
        Self {
            seed,
            account_seed,
            account,
            record,
            staging,
            noise,
        }
    }

    /// The chain account: seller, record owner and gateway in one.
    pub fn account(&self) -> Account {
        self.account
    }

    /// The account with checksum, prefix 42.
    pub fn account_ss58(&self) -> String {
        vouchsafe_chain_client::ss58::encode(&self.account)
    }

    /// ed25519 seed of the chain account, for the chain adapter's signer.
    pub fn account_seed(&self) -> &[u8; 32] {
        &self.account_seed
    }

    /// Public half of the key that signs records, reports and notes.
    pub fn record_public(&self) -> [u8; 32] {
        self.record.verifying_key().to_bytes()
    }

    /// ed25519 over a record's, a report's or a note's signing bytes, which each begin with a tag of their own.
    pub fn sign_record(&self, signing_bytes: &[u8]) -> [u8; 64] {
        self.record.sign(signing_bytes).to_bytes()
    }

    /// The secret of one offer version. It takes both halves, the seed and the dataset's own random `share`: who destroys
    /// the share has destroyed the secret. Offers from before there were shares have none.
    pub fn offer_secret(
        &self,
        genesis: &Genesis,
        offer: &OfferId,
        version: u32,
        share: Option<&[u8; 32]>,
    ) -> OfferSecret {
        match share {
            None => OfferSecret::derive(&self.seed, genesis, offer, version),
            Some(share) => OfferSecret::derive(&offer_seed(&self.seed, share), genesis, offer, version),
        }
    }

    /// The same for every photo of this gateway, so that the same photo gives the same bytes after a restart.
    pub fn noise(&self) -> &NoiseKey {
        &self.noise
    }

    /// Under which this gateway remembers what listed photos look like: without it the hashes tell nothing.
    pub fn lookalikes(&self) -> vouchsafe_evaluation::HashKey {
        vouchsafe_evaluation::HashKey::new(&label(&self.seed, "lookalikes"))
    }

    /// What signs content credentials. The root is this gateway's own.
    pub fn credentials(&self) -> vouchsafe_c2pa::Signer {
        let (root, leaf) = (
            label(&self.seed, "credentials-root"),
            label(&self.seed, "credentials"),
        );
        vouchsafe_c2pa::Signer::new(&root, &leaf, &self.account_ss58())
    }

    /// Seals and opens job secrets for the journal.
    pub fn wrapping(&self) -> &Wrapping {
        &self.staging
    }
}

fn offer_seed(seed: &[u8; 32], share: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let ikm = Zeroizing::new([seed.as_slice(), share].concat());
    Hkdf::<Sha256>::new(Some(b"vouchsafe/gateway/offer/1"), &ikm)
        .expand(b"seed", key.as_mut())
        .expect("32 bytes are one block of HKDF-SHA256, far below its limit of 255; qed");
    key
}

fn label(seed: &[u8; 32], label: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(b"vouchsafe/gateway/seed/1"), seed)
        .expand(label.as_bytes(), key.as_mut())
        .expect("32 bytes are one block of HKDF-SHA256, far below its limit of 255; qed");
    key
}
