//! What a buyer agrees to, in words.

use crate::{amount, show::size};
use vouchsafe_chain_client::OfferInfo;

/// An offer's terms as its buyer reads them before paying. `seller` and `gateway` are the frauds that were proven of
/// each; a block comes every `slot_ms` milliseconds.
pub fn lines(offer: &OfferInfo, slot_ms: u64, seller: u32, gateway: u32) -> Vec<String> {
    let window = |blocks: u32| {
        let seconds = u64::from(blocks).saturating_mul(slot_ms) / 1000;
        format!("{blocks} blocks (about {seconds} s)")
    };
    let mut lines = vec![
        format!(
            "checked: {} in {} chunks match the root on chain",
            size(offer.content.bytes),
            offer.content.chunks
        ),
        format!(
            "price {}, delivery within {}, else the price comes back",
            amount::show(offer.price),
            window(offer.deliver_within)
        ),
        format!(
            "then {} to dispute: until those are over the price stays in escrow, and the seller stands in with a bond \
             of {}",
            window(offer.dispute_within),
            amount::show(offer.bond)
        ),
    ];
    if (seller, gateway) != (0, 0) {
        lines.push(format!(
            "WARNING: {seller} offers of this seller and {gateway} that this gateway vouched for were proven fraudulent"
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{amount::VCH, fixtures::offer};

    #[test]
    fn price_bond_and_both_windows_are_told() {
        let offer = OfferInfo {
            price: 12 * VCH,
            bond: 60 * VCH,
            drawn: 0,
            deliver_within: 10,
            dispute_within: 25,
            ..offer()
        };
        let said = lines(&offer, 2_000, 0, 0).join("\n");
        for wanted in [
            "12 VCH",
            "60 VCH",
            "10 blocks (about 20 s)",
            "25 blocks (about 50 s)",
        ] {
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
        assert!(!said.contains("WARNING"), "{said}");
    }

    #[test]
    fn proven_frauds_are_a_warning() {
        for (seller, gateway) in [(1, 0), (0, 2)] {
            let said = lines(&offer(), 2_000, seller, gateway).join("\n");
            assert!(said.contains("WARNING"), "{said}");
        }
    }
}
