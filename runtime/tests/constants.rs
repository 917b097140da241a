//! The decisions of `constants.rs` against each other.

use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    weights::WeightToFee,
};
use sp_keyring::Sr25519Keyring;
use vouchsafe_runtime::{
    BlockWeightLimit, Runtime, RuntimeCall, TransactionPayment, constants::*, max_block_weight,
};

fn transfer() -> RuntimeCall {
    let dest = Sr25519Keyring::Bob.to_account_id().into();
    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest, value: VCH })
}

#[test]
fn full_block_leaves_half_of_the_shortest_slot() {
    let slot_ps = MIN_SLOT_MS * frame_support::weights::constants::WEIGHT_REF_TIME_PER_MILLIS;
    assert!(max_block_weight().ref_time() * 2 <= slot_ps);
    const {
        assert!(
            DEV_SLOT_MS >= MIN_SLOT_MS && DEFAULT_SLOT_MS >= MIN_SLOT_MS && DEFAULT_SLOT_MS <= MAX_SLOT_MS
        )
    };
}

#[test]
fn empty_transaction_costs_the_base_fee() {
    let limits: frame_system::limits::BlockWeights = BlockWeightLimit::get();
    let base = limits.get(DispatchClass::Normal).base_extrinsic;
    let fee = <Runtime as pallet_transaction_payment::Config>::WeightToFee::weight_to_fee(&base);
    assert!(
        fee.abs_diff(BASE_TRANSACTION_FEE) <= BASE_TRANSACTION_FEE / 1_000,
        "{fee} for {base:?}"
    );
}

#[test]
fn transfer_costs_less_than_a_thousandth_of_a_coin_and_more_than_the_least_account() {
    sp_io::TestExternalities::default().execute_with(|| {
        let fee = TransactionPayment::compute_fee(150, &transfer().get_dispatch_info(), 0);
        assert!(fee < MILLI, "{fee}");
        assert!(fee > EXISTENTIAL_DEPOSIT, "{fee}");
    });
}

#[test]
fn idle_chain_never_sells_below_the_base_price_and_a_flood_gets_dearer() {
    use frame_support::traits::Hooks;
    sp_io::TestExternalities::default().execute_with(|| {
        let now = || pallet_transaction_payment::NextFeeMultiplier::<Runtime>::get();
        let start = now();
        TransactionPayment::on_finalize(1);
        assert_eq!(now(), start, "empty block");
        let normal = BlockWeightLimit::get()
            .get(DispatchClass::Normal)
            .max_total
            .expect("bounded");
        frame_system::Pallet::<Runtime>::set_block_consumed_resources(normal, 0);
        TransactionPayment::on_finalize(2);
        assert!(now() > start, "full block");
    });
}
