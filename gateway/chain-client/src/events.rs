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
        for field in &event.fields {
            walk(metadata, field.ty.id, rest)?;
        }
        if phase == Some(index) {
            match (known.name(), event.name.as_str()) {
                ("System", "ExtrinsicSuccess") => outcome.succeeded = true,
                ("System", "ExtrinsicFailed") => outcome.failure = DispatchError::read(fields),
                ("TransactionPayment", "TransactionFeePaid") => {
                    outcome.fee = FeePaid::decode(&mut &*fields).map_err(unreadable)?.actual_fee;
                }
                _ => {}
            }
        }
        Vec::<[u8; 32]>::decode(rest).map_err(unreadable)?;
    }
    Ok(outcome)
}
