//! The bytes of mortal transactions: signed ones (extrinsic format 4), and general ones (format 5), which nobody signs
//! because the call itself shows that it may be made.

use crate::{call::Call, error::ChainError, layout::walk, rpc::RuntimeVersion, signer::Signer};
use codec::{Compact, Encode};
use subxt_metadata::Metadata;
use vouchsafe_protocol::id::Genesis;

/// How many blocks a transaction may wait for its inclusion. A power of two; the era is then exact.
pub(crate) const LIFETIME: u32 = 64;

/// What a signature covers besides the call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    pub genesis: Genesis,
    pub version: RuntimeVersion,
    /// The finalised block in which the transaction's life begins.
    pub born: u32,
    pub born_hash: [u8; 32],
    /// The account's number for it.
    pub nonce: u64,
}

/// Signs `call` for the extensions that the runtime's metadata lists.
///
/// # Errors
/// [`ChainError::Incompatible`] for a runtime that wants something of a transaction that is not known here.
pub(crate) fn sign(
    metadata: &Metadata,
    signer: &Signer,
    call: &Call,
    circumstances: &Circumstances,
) -> Result<Vec<u8>, ChainError> {
    let call = call_bytes(metadata, call)?;
    let (extra, implicit) = extensions(metadata, circumstances)?;
    let payload = [call.as_slice(), &extra, &implicit].concat();
    // Long payloads are signed by their hash, as `sp_runtime::generic::SignedPayload` has it.
    let signature = match payload.len() {
        ..=256 => signer.sign(&payload),
        _ => signer.sign(&sp_crypto_hashing::blake2_256(&payload)),
    };
    // Format 4, signed; then `MultiAddress::Id` and `MultiSignature::Ed25519`, both variant 0.
    let mut body = vec![0x84];
    (0u8, signer.account(), 0u8, signature).encode_to(&mut body);
    body.extend(extra);
    body.extend(call);
    Ok(body.encode())
}

/// A general transaction: the runtime decides by the call alone.
///
/// # Errors
/// As [`sign`].
pub(crate) fn general(
    metadata: &Metadata,
    call: &Call,
    circumstances: &Circumstances,
) -> Result<Vec<u8>, ChainError> {
    let call = call_bytes(metadata, call)?;
    let (extra, _) = extensions(metadata, circumstances)?;
    // Format 5, general; then the version of the extensions.
    let mut body = vec![0x45, 0];
    body.extend(extra);
    body.extend(call);
    Ok(body.encode())
}

fn incompatible(what: impl Into<String>) -> ChainError {
    ChainError::Incompatible(what.into())
}

fn call_bytes(metadata: &Metadata, call: &Call) -> Result<Vec<u8>, ChainError> {
    let pallet = metadata.pallet_by_name(call.pallet());
    let variant = pallet
        .as_ref()
        .and_then(|pallet| pallet.call_variant_by_name(call.name()));
    match (pallet, variant) {
        (Some(pallet), Some(variant)) => {
            Ok([&[pallet.call_index(), variant.index], call.arguments().as_slice()].concat())
        }
        _ => Err(incompatible(format!(
            "it has no call {}.{}",
            call.pallet(),
            call.name()
        ))),
    }
}

/// What the extensions put into the transaction, and what they only sign.
fn extensions(metadata: &Metadata, circumstances: &Circumstances) -> Result<(Vec<u8>, Vec<u8>), ChainError> {
    // Format 4 always means version 0 of the extensions, and our general transactions name it.
    let listed = metadata.extrinsic().transaction_extensions_by_version(0);
    let (mut extra, mut implicit) = (Vec::new(), Vec::new());
    for extension in listed.ok_or_else(|| incompatible("it takes no transactions of format 4"))? {
        let name = extension.identifier();
        let (in_it, signed) = extension_bytes(name, circumstances).unwrap_or_default();
        for (ty, bytes) in [
            (extension.extra_ty(), &in_it),
            (extension.additional_ty(), &signed),
        ] {
            let mut rest = bytes.as_slice();
            if walk(metadata, ty, &mut rest).is_err() || !rest.is_empty() {
                return Err(incompatible(format!(
                    "its transaction extension {name} is not known here"
                )));
            }
        }
        extra.extend(in_it);
        implicit.extend(signed);
    }
    Ok((extra, implicit))
}

/// The bytes of one extension: in the transaction, and signed beside it. An extension that is not known has none, which
/// suits those that take nothing and is refused for the others.
fn extension_bytes(name: &str, circumstances: &Circumstances) -> Option<(Vec<u8>, Vec<u8>)> {
    let c = circumstances;
    match name {
        "CheckSpecVersion" => Some((Vec::new(), c.version.spec_version.encode())),
        "CheckTxVersion" => Some((Vec::new(), c.version.transaction_version.encode())),
        "CheckGenesis" => Some((Vec::new(), c.genesis.encode())),
        "CheckMortality" => Some((era(c.born).to_vec(), c.born_hash.to_vec())),
        "CheckNonce" => Some((Compact(c.nonce).encode(), Vec::new())),
        // No tip.
        "ChargeTransactionPayment" => Some((Compact(0u128).encode(), Vec::new())),
        // Disabled: no hash of the metadata is signed.
        "CheckMetadataHash" => Some((vec![0], vec![0])),
        _ => None,
    }
}

/// `Era::Mortal` of [`LIFETIME`] blocks from `born` on: log2 of the period less one in the low four bits, the phase
/// above.
fn era(born: u32) -> [u8; 2] {
    let phase = born % LIFETIME;
    let word = (LIFETIME.trailing_zeros() - 1) | (phase << 4);
    u16::try_from(word)
        .expect("a phase below 64 in bits 4 to 9; qed")
        .to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circumstances() -> Circumstances {
        Circumstances {
            genesis: Genesis([1; 32]),
            version: RuntimeVersion {
                spec_version: 2,
                transaction_version: 3,
            },
            born: 100,
            born_hash: [4; 32],
            nonce: 5,
        }
    }

    #[test]
    fn an_era_of_64_blocks_has_the_bytes_of_sp_runtime() {
        // Era::mortal(64, 42) is 0xa502 in sp_runtime's own tests.
        assert_eq!(era(42), [0xa5, 0x02]);
        assert_eq!(era(42 + 64), era(42));
        assert_eq!(era(0), [0x05, 0x00]);
    }

    #[test]
    fn each_known_extension_has_its_bytes() {
        for (name, extra, implicit) in [
            ("CheckSpecVersion", vec![], vec![2, 0, 0, 0]),
            ("CheckTxVersion", vec![], vec![3, 0, 0, 0]),
            ("CheckGenesis", vec![], vec![1; 32]),
            // 100 % 64 = 36 = 0x24: 0x5 | 0x240.
            ("CheckMortality", vec![0x45, 0x02], vec![4; 32]),
            ("CheckNonce", vec![5 << 2], vec![]),
            ("ChargeTransactionPayment", vec![0], vec![]),
            ("CheckMetadataHash", vec![0], vec![0]),
        ] {
            assert_eq!(
                extension_bytes(name, &circumstances()),
                Some((extra, implicit)),
                "{name}"
            );
        }
        assert_eq!(extension_bytes("CheckNonZeroSender", &circumstances()), None);
    }
}
