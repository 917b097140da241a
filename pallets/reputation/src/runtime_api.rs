//! What clients may ask a node about trust. Every answer names the formula and the parameters that it follows from, so
//! that whoever reads the cells and the parameters in the state can compute it again.

use crate::{Dues, Quote, Trust};
use codec::Codec;
use vouchsafe_protocol::trust::{Modality, Role};

sp_api::decl_runtime_apis! {
    /// Scores at the block that is asked.
    pub trait TrustApi<AccountId> where AccountId: Codec {
        /// The score of an account in a role and a kind of data, with everything that it follows from.
        fn trust(account: AccountId, role: Role, modality: Modality) -> Trust;

        /// What it would cost the account to reach `target` basis points by buying from itself.
        fn price_of(account: AccountId, role: Role, modality: Modality, target: u16) -> Quote;

        /// What the seller's next offer at `price` planck must have on hold, and how much of the seller's orders may be
        /// open beside those that are.
        fn dues(seller: AccountId, price: u128) -> Dues;
    }
}
