//! The benchmarks that `vouchsafe-weights` (`runtime/weights`) finds in a runtime built with `runtime-benchmarks`.

frame_benchmarking::define_benchmarks!(
    [frame_benchmarking, BaselineBench::<Runtime>]
    [frame_system, SystemBench::<Runtime>]
    [frame_system_extensions, SystemExtensionsBench::<Runtime>]
    [pallet_timestamp, Timestamp]
    [pallet_balances, Balances]
    [pallet_transaction_payment, TransactionPayment]
    [pallet_sudo, Sudo]
    [pallet_utility, Utility]
    [pallet_provenance, Provenance]
    [pallet_marketplace, Marketplace]
    [pallet_reputation, Reputation]
    [pallet_attestation, Attestation]
);

/// Its account and its fees come from `Config` alone.
impl pallet_transaction_payment::BenchmarkConfig for crate::Runtime {}
