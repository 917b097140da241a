//! ed25519 keys that sign transactions.

use codec::Encode;
use core::fmt;
use ed25519_dalek::{Signer as _, SigningKey};
use vouchsafe_protocol::id::Account;
use zeroize::Zeroizing;

/// Seed of the well-known development phrase ("bottom drive obey lake …"). Public: everybody can sign with the keys
/// below it, which is what development chains are for.
const DEV_SEED: [u8; 32] = [
    0xfa, 0xc7, 0x95, 0x9d, 0xbf, 0xe7, 0x2f, 0x05, 0x2e, 0x5a, 0x0c, 0x3c, 0x8d, 0x65, 0x30, 0xf2, 0x02,
    0xb0, 0x2f, 0xd8, 0xf9, 0xf5, 0xca, 0x35, 0x80, 0xec, 0x8d, 0xeb, 0x77, 0x97, 0x47, 0x9e,
];

/// An ed25519 key. Its secret is zeroised when dropped and never shown.
#[derive(Clone)]
pub struct Signer(SigningKey);

impl Signer {
    /// The key of a 32-byte seed.
    pub fn ed25519(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// A key that everybody knows, for development chains: `//Name` below the development phrase. The first letter
    /// is made upper-case, so that `alice` and `Alice` are the same.
    pub fn dev(name: &str) -> Self {
        let mut letters = name.chars();
        let name: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(letters)
            .collect();
        Self::ed25519(&hard_junction(&DEV_SEED, &name))
    }

    /// The account: the ed25519 public key.
    pub fn account(&self) -> Account {
        Account(self.0.verifying_key().to_bytes())
    }

    /// A secret of the key's owner for one purpose, named by `label`: `blake2_256("vouchsafe/subkey" ‖ label ‖ seed)`.
    /// Whoever restores the key restores it; it says nothing about the key or about other purposes.
    pub fn subkey(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let seed = Zeroizing::new(self.0.to_bytes());
        let material = Zeroizing::new(("vouchsafe/subkey", label, &*seed).encode());
        Zeroizing::new(sp_crypto_hashing::blake2_256(&material))
    }

    /// The signature over `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", crate::ss58::encode(&self.account()))
    }
}

/// Substrate's hard derivation for ed25519: `blake2_256("Ed25519HDKD" ‖ seed ‖ chain code)`, the words SCALE-encoded;
/// the chain code is the encoded name, padded with zeros, or its hash where it is longer than 32 bytes.
fn hard_junction(seed: &[u8; 32], name: &str) -> Zeroizing<[u8; 32]> {
    let encoded = name.encode();
    let mut code = [0u8; 32];
    match code.get_mut(..encoded.len()) {
        Some(start) => start.copy_from_slice(&encoded),
        None => code = sp_crypto_hashing::blake2_256(&encoded),
    }
    let material = Zeroizing::new(("Ed25519HDKD", seed, code).encode());
    Zeroizing::new(sp_crypto_hashing::blake2_256(&material))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_development_keys_are_substrates() {
        // From `subkey inspect --scheme ed25519 //Alice` and `//Bob`.
        let known = [
            ("alice", "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu"),
            ("Bob", "5GoNkf6WdbxCFnPdAnYYQyCjAKPJgLNxXwPjwTh6DGg6gN3E"),
        ];
        for (name, address) in known {
            assert_eq!(
                crate::ss58::encode(&Signer::dev(name).account()),
                address,
                "{name}"
            );
        }
    }

    #[test]
    fn a_signature_verifies_under_the_account() {
        let signer = Signer::ed25519(&[7; 32]);
        let key = ed25519_dalek::VerifyingKey::from_bytes(&signer.account().0).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(&signer.sign(b"message"));
        assert!(key.verify_strict(b"message", &signature).is_ok());
        assert!(key.verify_strict(b"massage", &signature).is_err());
    }

    #[test]
    fn subkeys_differ_by_label_and_by_key_and_stay_the_same() {
        let signer = Signer::ed25519(&[7; 32]);
        assert_eq!(signer.subkey("blind"), Signer::ed25519(&[7; 32]).subkey("blind"));
        assert_ne!(signer.subkey("blind"), signer.subkey("other"));
        assert_ne!(signer.subkey("blind"), Signer::ed25519(&[8; 32]).subkey("blind"));
    }

    #[test]
    fn debug_shows_the_account_and_not_the_seed() {
        let shown = format!("{:?}", Signer::ed25519(&[0xab; 32]));
        assert!(shown.starts_with("Signer(5"), "{shown}");
        assert!(
            !shown.contains("ab, ab") && !shown.contains("171, 171"),
            "{shown}"
        );
    }
}
