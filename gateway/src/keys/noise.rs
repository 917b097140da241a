use core::fmt;

use zeroize::Zeroizing;

/// What the noise of mosaics is drawn from, beside the policy and the photo. Whoever knows it and guesses a photo can take
/// the noise off, so it never leaves the gateway but to its own photo processes. Zeroised when dropped, never printed.
///
/// The default is all zeros, which everybody knows: for measuring, where nothing is handed out.
#[derive(Clone, Default)]
pub struct NoiseKey(Zeroizing<[u8; 32]>);

impl NoiseKey {
    pub fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    pub fn expose(&self) -> &Zeroizing<[u8; 32]> {
        &self.0
    }
}

impl fmt::Debug for NoiseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoiseKey(..)")
    }
}
