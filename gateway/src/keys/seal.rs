use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

use crate::ports::Entropy;

const NONCE: usize = 24;

/// A sealed secret that does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret does not open: it was altered, or this is not the seed that sealed it")]
pub struct SealError;

/// Wraps small secrets: XChaCha20-Poly1305, `nonce ‖ ciphertext ‖ tag`, bound to a context.
pub struct Wrapping(Zeroizing<[u8; 32]>);

impl core::fmt::Debug for Wrapping {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Wrapping(..)")
    }
}

impl Wrapping {
    pub fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }

    /// Seals `plain`; only the same `context` opens it again.
    pub fn seal(&self, context: &[u8], plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce);
        let sealed = self
            .cipher()
            .encrypt(
                &nonce.into(),
                Payload {
                    msg: plain,
                    aad: context,
                },
            )
            .expect("XChaCha20-Poly1305 fails only above 256 GiB; qed");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Self::seal`] made.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, body) = sealed.split_at_checked(NONCE).ok_or(SealError)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| SealError)?;
        let plain = self.cipher().decrypt(
            &nonce.into(),
            Payload {
                msg: body,
                aad: context,
            },
        );
        plain.map(Zeroizing::new).map_err(|_| SealError)
    }
}
