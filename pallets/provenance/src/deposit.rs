//! Bonds and deposits: the only file of this pallet that moves money. All of it is put on hold in its owner's
//! own account, so nothing here can pay anybody else.

use crate::{BalanceOf, Config, HoldReason, Pallet};
use frame_support::{
    pallet_prelude::{DispatchError, DispatchResult},
    traits::{Get, fungible::MutateHold, tokens::Precision},
};

impl<T: Config> Pallet<T> {
    /// Puts a new gateway's bond on hold and says how much that is.
    pub(crate) fn hold_bond(gateway: &T::AccountId) -> Result<BalanceOf<T>, DispatchError> {
        let bond = T::GatewayBond::get();
        T::Currency::hold(&HoldReason::GatewayBond.into(), gateway, bond)?;
        Ok(bond)
    }

    /// Gives a gateway back what was held when it registered, all of it or nothing.
    pub(crate) fn free_bond(gateway: &T::AccountId, bond: BalanceOf<T>) -> DispatchResult {
        T::Currency::release(&HoldReason::GatewayBond.into(), gateway, bond, Precision::Exact)?;
        Ok(())
    }

    /// Puts the deposit of a new record on hold and says how much that is. It stays while the row does.
    pub(crate) fn hold_record_deposit(owner: &T::AccountId) -> Result<BalanceOf<T>, DispatchError> {
        let deposit = T::RecordDeposit::get();
        T::Currency::hold(&HoldReason::RecordDeposit.into(), owner, deposit)?;
        Ok(deposit)
    }
}
