use serde::Serialize;

/// A document that RFC 8785 cannot express (a float, or an integer from 2^53 on).
#[derive(Debug, thiserror::Error)]
#[error("document has no canonical form: {0}")]
pub struct CanonicalError(#[from] serde_json::Error);

/// RFC 8785 bytes of a document: what is hashed and signed.
pub fn canonical_json<T: Serialize>(document: &T) -> Result<Vec<u8>, CanonicalError> {
    Ok(serde_json_canonicalizer::to_vec(document)?)
}

/// Serde for a value that must keep its exact SCALE bytes: stored as lower-case hex.
pub(crate) mod scale_hex {
    use codec::{DecodeAll, Encode};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<T: Encode, S: Serializer>(value: &T, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&hex::encode(value.encode()))
    }

    pub fn deserialize<'de, T: DecodeAll, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = hex::decode(text).map_err(D::Error::custom)?;
        T::decode_all(&mut bytes.as_slice()).map_err(D::Error::custom)
    }
}

/// Serde for 64 bytes (a signature) as lower-case hex without prefix.
pub(crate) mod hex64 {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &[u8; 64], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&hex::encode(value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 64], D::Error> {
        let mut out = [0; 64];
        hex::decode_to_slice(String::deserialize(from)?, &mut out).map_err(D::Error::custom)?;
        Ok(out)
    }
}
