//! The events of a block, as far as they say what became of one of its transactions.

use crate::{
    dispatch::{DispatchError, FeePaid},
    layout::walk,
};
use codec::{Compact, Decode};
use subxt_metadata::Metadata;

/// What a block says about one of its transactions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub succeeded: bool,
    pub failure: Option<DispatchError>,
    /// Planck.
    pub fee: u128,
    /// What a refund paid its buyer beside the price, planck.
    pub compensation: Option<u128>,
}

/// Reads `System.Events` of a block for the transaction at `index`.
///
/// # Errors
/// A sentence, when the bytes are not what the metadata says.
pub(crate) fn outcome(metadata: &Metadata, mut bytes: &[u8], index: u32) -> Result<Outcome, String> {
    let rest = &mut bytes;
    let unreadable = |error: codec::Error| format!("events: {error}");
    let mut outcome = Outcome::default();
    let Compact(count) = Compact::<u32>::decode(rest).map_err(unreadable)?;
    for _ in 0..count {
        // Phase: 0 is ApplyExtrinsic(index), 1 Finalization, 2 Initialization.
        let phase = match u8::decode(rest).map_err(unreadable)? {
            0 => Some(u32::decode(rest).map_err(unreadable)?),
            1 | 2 => None,
            other => return Err(format!("events: unknown phase {other}")),
        };
        let (pallet, variant) = <(u8, u8)>::decode(rest).map_err(unreadable)?;
        let known = metadata.pallet_by_event_index(pallet);
        let event = known
            .as_ref()
            .and_then(|pallet| pallet.event_variant_by_index(variant));
        let (Some(known), Some(event)) = (known, event) else {
            return Err(format!(
                "events: the metadata has no event {variant} of pallet {pallet}"
            ));
        };
        let fields = *rest;
        let mut compensation = None;
        for field in &event.fields {
            if field.name.as_deref() == Some("compensation") {
                compensation = Some(*rest);
            }
            walk(metadata, field.ty.id, rest)?;
        }
        if phase == Some(index) {
            match (known.name(), event.name.as_str()) {
                ("System", "ExtrinsicSuccess") => outcome.succeeded = true,
                ("System", "ExtrinsicFailed") => outcome.failure = DispatchError::read(fields),
                ("TransactionPayment", "TransactionFeePaid") => {
                    outcome.fee = FeePaid::decode(&mut &*fields).map_err(unreadable)?.actual_fee;
                }
                ("Marketplace", "Refunded") => {
                    let compensation = compensation.map(|mut bytes| u128::decode(&mut bytes));
                    outcome.compensation = compensation.transpose().map_err(unreadable)?;
                }
                _ => {}
            }
        }
        Vec::<[u8; 32]>::decode(rest).map_err(unreadable)?;
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;
    use vouchsafe_protocol::{
        id::{Account, OfferId, OrderId},
        order::Outcome as End,
    };

    fn metadata() -> Metadata {
        Metadata::decode_from(include_bytes!("../metadata.scale")).unwrap()
    }

    /// An event of the transaction at `index`, without topics.
    fn event(metadata: &Metadata, index: u32, pallet: &str, name: &str, fields: &[u8]) -> Vec<u8> {
        let known = metadata.pallet_by_name(pallet).unwrap();
        let variants = known.event_variants().unwrap();
        let variant = variants.iter().find(|variant| variant.name == name).unwrap();
        let head = (0u8, index, known.event_index(), variant.index).encode();
        [head, fields.to_vec(), vec![0]].concat()
    }

    fn refunded(compensation: u128) -> Vec<u8> {
        let names = (
            OrderId([1; 32]),
            OfferId([2; 32]),
            Account([3; 32]),
            Account([4; 32]),
        );
        (names, 5_000u128, compensation, End::Refunded).encode()
    }

    fn events(list: &[Vec<u8>]) -> Vec<u8> {
        [Compact(list.len() as u32).encode(), list.concat()].concat()
    }

    #[test]
    fn the_compensation_is_that_of_the_transactions_own_refund() {
        let metadata = metadata();
        let bytes = events(&[
            event(&metadata, 1, "Marketplace", "Refunded", &refunded(11)),
            event(&metadata, 2, "Marketplace", "Refunded", &refunded(u128::MAX - 7)),
            event(&metadata, 3, "Marketplace", "Refunded", &refunded(33)),
        ]);
        for (index, compensation) in [(1, Some(11)), (2, Some(u128::MAX - 7)), (3, Some(33)), (4, None)] {
            let said = outcome(&metadata, &bytes, index).unwrap();
            assert_eq!(said.compensation, compensation, "of transaction {index}");
        }
    }

    #[test]
    fn a_transaction_that_refunds_nothing_pays_no_compensation() {
        let metadata = metadata();
        let forgotten = OrderId([1; 32]).encode();
        let bytes = events(&[event(&metadata, 2, "Marketplace", "Forgotten", &forgotten)]);
        assert_eq!(outcome(&metadata, &bytes, 2), Ok(Outcome::default()));
    }

    #[test]
    fn events_that_are_cut_anywhere_are_an_error_and_no_panic() {
        let metadata = metadata();
        let whole = events(&[event(&metadata, 2, "Marketplace", "Refunded", &refunded(9))]);
        for len in 0..whole.len() {
            assert!(
                outcome(&metadata, &whole[..len], 2).is_err(),
                "{len} of {}",
                whole.len()
            );
        }
    }
}
