//! 32-byte names. All but [`Digest`] and [`Account`] are known before inclusion: whoever builds the call can
//! compute the id that the chain will use.

use crate::{hash::tagged, record::Statement, tag::Tag};
#[cfg(feature = "serde")]
use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Why a text is not a 32-byte id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    /// Number of characters found after an optional `0x`.
    pub length: usize,
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected 64 hexadecimal digits (with or without 0x), found {} characters",
            self.length
        )
    }
}

impl core::error::Error for ParseIdError {}

fn parse_hex(text: &str) -> Result<[u8; 32], ParseIdError> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let error = ParseIdError { length: digits.len() };
    let mut bytes = [0u8; 32];
    if digits.len() != 64 {
        return Err(error);
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let nibble = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
        match (
            pair.first().copied().and_then(nibble),
            pair.get(1).copied().and_then(nibble),
        ) {
            (Some(high), Some(low)) => *byte = (high << 4) | low,
            _ => return Err(error),
        }
    }
    Ok(bytes)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
            Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
        )]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl From<[u8; 32]> for $name {
            fn from(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
        }

        impl From<$name> for [u8; 32] {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl core::str::FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_hex(text).map(Self)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
ids! {
    /// A SHA-256 digest.
    Digest;
    /// Hash of the chain's first block: names the chain in everything that is hashed or signed.
    Genesis;
    /// An account of the chain: an ed25519 public key where the project made it.
    Account;
    /// Names a provenance record by the hash of its statement.
    RecordId;
    /// Names an offer by its seller and a number that the seller chose.
    OfferId;
    /// Names an order by everything that makes it unique, the blinded point included.
    OrderId;
    /// A compressed ristretto255 element (RFC 9496), not yet known to be valid: see [`Point::check`].
    Point;
}

impl RecordId {
    /// The id of the record that `statement` makes on the chain `genesis`.
    pub fn derive(genesis: &Genesis, statement: &Statement) -> Self {
        Self(tagged(Tag::RecordId, genesis, &[&statement.encode()]).0)
    }
}

impl OfferId {
    /// The id of the offer that `seller` makes under `nonce`, a number that the seller uses once.
    pub fn derive(genesis: &Genesis, seller: &Account, nonce: u64) -> Self {
        Self(tagged(Tag::OfferId, genesis, &[&seller.0, &nonce.to_le_bytes()]).0)
    }
}

impl OrderId {
    /// The id of the order that `buyer` places with the blinded point `blinded`.
    pub fn derive(
        genesis: &Genesis,
        offer: &OfferId,
        version: u32,
        buyer: &Account,
        blinded: &Point,
    ) -> Self {
        let parts: [&[u8]; 4] = [&offer.0, &version.to_le_bytes(), &buyer.0, &blinded.0];
        Self(tagged(Tag::OrderId, genesis, &parts).0)
    }
}
