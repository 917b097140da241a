//! The seam from reputation to the marketplace and to audits: whose offers are frozen, and whose records condemned. The other way the marketplace names the
//! reputation pallet itself, which it knows as a `TrustSink` and a `TrustSource`.

use crate::{AccountId, Runtime};
use pallet_attestation::CondemnedOf;
use pallet_marketplace::FaultsOf;
use pallet_reputation::FrozenOffers;
use vouchsafe_protocol::trust::Role;

/// Looks in the marketplace's list of proven frauds, each of which is an offer that is frozen for good, and in that of
/// condemned records. Two storage reads at most.
pub struct MarketplaceOffers;

impl FrozenOffers<AccountId> for MarketplaceOffers {
    fn any(account: &AccountId, role: Role) -> bool {
        match role {
            Role::Seller => {
                FaultsOf::<Runtime>::get(account).as_seller > 0
                    || CondemnedOf::<Runtime>::get(account).as_seller > 0
            }
            Role::Gateway => {
                FaultsOf::<Runtime>::get(account).as_gateway > 0
                    || CondemnedOf::<Runtime>::get(account).as_gateway > 0
            }
            Role::Auditor | Role::Buyer => false,
        }
    }
}
