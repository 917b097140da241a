//! Hashing to ristretto255 as RFC 9380 says, so that the published vectors of RFC 9497 can judge it.

use curve25519_dalek::{RistrettoPoint, Scalar};
use sha2::{Digest as _, Sha512};

/// `expand_message_xmd` of RFC 9380 section 5.3.1 with SHA-512, for exactly 64 bytes of output.
///
/// `dst` is the domain-separation tag, 1 to 255 bytes; a longer one is cut, which no caller does.
pub fn expand_message_xmd(message: &[&[u8]], dst: &[u8]) -> [u8; 64] {
    let dst = dst.get(..255).unwrap_or(dst);
    let dst_len = [dst.len() as u8];
    let mut first = Sha512::new();
    first.update([0u8; 128]); // Z_pad: one input block of SHA-512
    message.iter().for_each(|part| first.update(part));
    first.update(64u16.to_be_bytes());
    first.update([0u8]);
    first.update(dst);
    first.update(dst_len);
    let b0 = first.finalize();
    let b1 = Sha512::new()
        .chain_update(b0)
        .chain_update([1u8])
        .chain_update(dst)
        .chain_update(dst_len);
    b1.finalize().into()
}

/// `hash_to_ristretto255` of RFC 9380 appendix B over the concatenation of `message`.
pub fn hash_to_group(message: &[&[u8]], dst: &[u8]) -> RistrettoPoint {
    RistrettoPoint::from_uniform_bytes(&expand_message_xmd(message, dst))
}

/// A scalar from 64 uniform bytes, reduced modulo the group order.
pub(crate) fn hash_to_scalar(message: &[&[u8]], dst: &[u8]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&expand_message_xmd(message, dst))
}
