//! Blinded-evaluation key delivery: a wrong key cannot be delivered.
//!
//! The seller holds a secret scalar `s` per offer version and publishes `P = sG`. The buyer sends
//! `Q = bH`, the seller answers `W = sQ` with a proof that `log_G P = log_Q W`, and the buyer computes the
//! content secret `S = b⁻¹W = sH`. Whoever only sees `Q` and `W` learns nothing of `S`: the pair has the same
//! distribution as `(tG, tP)` for a random `t`. The shape is that of the verifiable oblivious
//! pseudo-random function of RFC 9497; the proof is Chaum and Pedersen's equality of discrete logarithms
//! (CRYPTO '92), made non-interactive by Fiat and Shamir and bound to chain, offer, version, order and buyer.

use crate::{
    hash::absorb,
    hash_to_group::{hash_to_group, hash_to_scalar},
    id::{Account, Genesis, OfferId, OrderId},
    key::ContentSecret,
    tag::Tag,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use curve25519_dalek::{
    RistrettoPoint, Scalar,
    constants::RISTRETTO_BASEPOINT_TABLE,
    ristretto::CompressedRistretto,
    traits::{IsIdentity, VartimeMultiscalarMul},
};
use scale_info::TypeInfo;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use crate::id::Point;

/// Challenge and response of a delivery proof, 32 bytes each, little-endian scalars.
pub type Proof = [u8; 64];

/// What a delivery proof is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The chain.
    pub genesis: Genesis,
    /// The offer whose key is delivered.
    pub offer: OfferId,
    /// The offer's version.
    pub version: u32,
    /// The order that is served.
    pub order: OrderId,
    /// Who placed it.
    pub buyer: Account,
}

/// The seller's answer to one order: 96 bytes.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub struct Delivery {
    /// `W = sQ`.
    pub evaluated: Point,
    /// That `W` was made with the secret behind `P`.
    pub proof: Proof,
}

/// Why a point or a delivery is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryError {
    /// Bytes that are no canonical encoding of a group element, or encode the identity.
    BadPoint(Point),
    /// The proof does not show that the evaluation was made with the offer's secret for this very order.
    BadProof,
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPoint(point) => {
                write!(f, "{point} is no canonical ristretto255 element, or the identity")
            }
            Self::BadProof => write!(f, "the proof does not belong to this offer, order and buyer"),
        }
    }
}

impl core::error::Error for DeliveryError {}

impl Point {
    /// Whether the bytes are the canonical encoding of a group element other than the identity.
    ///
    /// # Errors
    /// [`DeliveryError::BadPoint`] if not.
    pub fn check(&self) -> Result<(), DeliveryError> {
        self.decompress().map(drop)
    }

    fn decompress(&self) -> Result<RistrettoPoint, DeliveryError> {
        CompressedRistretto(self.0)
            .decompress()
            .filter(|point| !point.is_identity())
            .ok_or(DeliveryError::BadPoint(*self))
    }

    fn compress(point: &RistrettoPoint) -> Self {
        Self(point.compress().0)
    }
}

/// `H`: the group element that all keys of one offer version start from.
fn offer_point(genesis: &Genesis, offer: &OfferId, version: u32) -> RistrettoPoint {
    hash_to_group(
        &[&genesis.0, &offer.0, &version.to_le_bytes()],
        Tag::OfferPoint.as_str().as_bytes(),
    )
}

/// A scalar from `seed` and the tagged `parts`; never zero.
fn derive_scalar(tag: Tag, seed: &[u8; 32], genesis: &Genesis, parts: &[&[u8]]) -> Scalar {
    let mut encoded = Zeroizing::new(Vec::new());
    absorb(tag, genesis, parts, |bytes| encoded.extend_from_slice(bytes));
    let scalar = hash_to_scalar(&[seed, &encoded], tag.as_str().as_bytes());
    // Zero comes with probability 2^-252; one is as good a value as any other and keeps the function total.
    if scalar == Scalar::ZERO {
        Scalar::ONE
    } else {
        scalar
    }
}

/// A canonical scalar other than zero.
fn read_scalar(bytes: &[u8; 32]) -> Option<Scalar> {
    Option::<Scalar>::from(Scalar::from_canonical_bytes(*bytes)).filter(|scalar| *scalar != Scalar::ZERO)
}

/// The seller's secret for one offer version. Zeroised when dropped, never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct OfferSecret {
    scalar: Scalar,
    #[zeroize(skip)]
    point: RistrettoPoint,
}

impl fmt::Debug for OfferSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfferSecret(..)")
    }
}

impl OfferSecret {
    /// Derives the secret from the seller's backed-up seed, so that a lost disk loses no sale.
    pub fn derive(seed: &[u8; 32], genesis: &Genesis, offer: &OfferId, version: u32) -> Self {
        let parts: [&[u8]; 2] = [&offer.0, &version.to_le_bytes()];
        let scalar = derive_scalar(Tag::OfferSecret, seed, genesis, &parts);
        Self {
            scalar,
            point: offer_point(genesis, offer, version),
        }
    }

    /// Takes a scalar that was made elsewhere, 32 bytes little-endian; `None` for zero or a value that is not
    /// canonical.
    pub fn from_scalar(scalar: &[u8; 32], genesis: &Genesis, offer: &OfferId, version: u32) -> Option<Self> {
        Some(Self {
            scalar: read_scalar(scalar)?,
            point: offer_point(genesis, offer, version),
        })
    }

    /// `P = sG`, which the offer publishes.
    pub fn public(&self) -> Point {
        Point::compress(&(&self.scalar * RISTRETTO_BASEPOINT_TABLE))
    }

    /// `S = sH`, which opens the content.
    pub fn content_secret(&self) -> ContentSecret {
        ContentSecret::from_bytes((self.scalar * self.point).compress().0)
    }

    /// Answers one order: `W = sQ` with its proof.
    ///
    /// `nonce` is fresh randomness; it is mixed with the secret and the transcript, so that a repeated or
    /// poor one gives nothing away (the hedging of RFC 6979 section 3.6).
    /// Evaluate only for an order that was seen open on a finalised block: each answer is one query to a
    /// static Diffie-Hellman oracle.
    ///
    /// # Errors
    /// [`DeliveryError::BadPoint`] when `blinded` is not a valid element.
    pub fn evaluate(
        &self,
        blinded: &Point,
        context: &Context,
        nonce: &[u8; 32],
    ) -> Result<Delivery, DeliveryError> {
        let q = blinded.decompress()?;
        let evaluated = Point::compress(&(self.scalar * q));
        let public = self.public();
        let secret = Zeroizing::new(self.scalar.to_bytes());
        let parts: [&[u8]; 7] = [
            secret.as_ref(),
            &blinded.0,
            &evaluated.0,
            &context.offer.0,
            &context.version.to_le_bytes(),
            &context.order.0,
            &context.buyer.0,
        ];
        let one_time = Zeroizing::new(derive_scalar(Tag::ProofNonce, nonce, &context.genesis, &parts));
        let commitments = [
            Point::compress(&(&*one_time * RISTRETTO_BASEPOINT_TABLE)),
            Point::compress(&(*one_time * q)),
        ];
        let challenge = challenge(&public, blinded, &evaluated, &commitments, context);
        let response = *one_time - challenge * self.scalar;
        let mut proof = [0u8; 64];
        proof[..32].copy_from_slice(challenge.as_bytes());
        proof[32..].copy_from_slice(response.as_bytes());
        Ok(Delivery { evaluated, proof })
    }
}

/// Checks that `delivery` answers `blinded` with the secret behind `public`, in this very `context`.
///
/// Total: any bytes give an answer.
///
/// # Errors
/// [`DeliveryError::BadPoint`] for an invalid element, [`DeliveryError::BadProof`] for everything else.
pub fn verify(
    public: &Point,
    blinded: &Point,
    delivery: &Delivery,
    context: &Context,
) -> Result<(), DeliveryError> {
    let p = public.decompress()?;
    let q = blinded.decompress()?;
    let w = delivery.evaluated.decompress()?;
    let (c, z) = delivery
        .proof
        .split_first_chunk::<32>()
        .ok_or(DeliveryError::BadProof)?;
    let z: [u8; 32] = z.try_into().map_err(|_| DeliveryError::BadProof)?;
    let scalar = |bytes: [u8; 32]| Option::<Scalar>::from(Scalar::from_canonical_bytes(bytes));
    let c = scalar(*c).ok_or(DeliveryError::BadProof)?;
    let z = scalar(z).ok_or(DeliveryError::BadProof)?;
    let commitments = [
        Point::compress(&RistrettoPoint::vartime_double_scalar_mul_basepoint(&c, &p, &z)),
        Point::compress(&RistrettoPoint::vartime_multiscalar_mul([z, c], [q, w])),
    ];
    let expected = challenge(public, blinded, &delivery.evaluated, &commitments, context);
    if expected == c {
        Ok(())
    } else {
        Err(DeliveryError::BadProof)
    }
}

/// `c = H(tag, genesis, P, Q, W, A, B, offer, version, order, buyer)` as a scalar.
fn challenge(
    public: &Point,
    blinded: &Point,
    evaluated: &Point,
    commitments: &[Point; 2],
    context: &Context,
) -> Scalar {
    let parts: [&[u8]; 9] = [
        &public.0,
        &blinded.0,
        &evaluated.0,
        &commitments[0].0,
        &commitments[1].0,
        &context.offer.0,
        &context.version.to_le_bytes(),
        &context.order.0,
        &context.buyer.0,
    ];
    let mut encoded = Vec::new();
    absorb(Tag::DeliveryProof, &context.genesis, &parts, |bytes| {
        encoded.extend_from_slice(bytes)
    });
    hash_to_scalar(&[&encoded], Tag::DeliveryProof.as_str().as_bytes())
}

/// The buyer's one-time secret for one order. Zeroised when dropped, never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Blind {
    scalar: Scalar,
    #[zeroize(skip)]
    point: RistrettoPoint,
}

impl fmt::Debug for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blind(..)")
    }
}

impl Blind {
    /// Derives the blind of the `attempt`-th order (from 0) of one offer version from the buyer's seed.
    ///
    /// Being derived, it survives a lost disk: whoever holds the seed can open what was delivered.
    pub fn from_seed(
        seed: &[u8; 32],
        genesis: &Genesis,
        offer: &OfferId,
        version: u32,
        attempt: u32,
    ) -> Self {
        let parts: [&[u8]; 3] = [&offer.0, &version.to_le_bytes(), &attempt.to_le_bytes()];
        let scalar = derive_scalar(Tag::Blind, seed, genesis, &parts);
        Self {
            scalar,
            point: offer_point(genesis, offer, version),
        }
    }

    /// Takes a scalar that was made elsewhere, 32 bytes little-endian; `None` for zero or a value that is not
    /// canonical.
    pub fn from_scalar(scalar: &[u8; 32], genesis: &Genesis, offer: &OfferId, version: u32) -> Option<Self> {
        Some(Self {
            scalar: read_scalar(scalar)?,
            point: offer_point(genesis, offer, version),
        })
    }

    /// `Q = bH`, which the order carries.
    pub fn blinded(&self) -> Point {
        Point::compress(&(self.scalar * self.point))
    }

    /// `b`, 32 bytes little-endian. Whoever has it can open what was delivered to its order: it leaves the buyer's
    /// hands only in a proof of misbehaviour.
    pub fn expose(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.scalar.to_bytes())
    }

    /// `S = b⁻¹W`.
    ///
    /// # Errors
    /// [`DeliveryError::BadPoint`] when `evaluated` is not a valid element.
    pub fn unblind(&self, evaluated: &Point) -> Result<ContentSecret, DeliveryError> {
        let w = evaluated.decompress()?;
        Ok(ContentSecret::from_bytes((self.scalar.invert() * w).compress().0))
    }
}
