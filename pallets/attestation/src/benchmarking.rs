//! One benchmark per call, each on its longest path.

use crate::{Admission, Auditors, Call, Config, Pallet, Records};
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use frame_system::RawOrigin;
use vouchsafe_protocol::{
    finding::Finding,
    id::{Digest, RecordId},
};

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn admit() -> Result<(), BenchmarkError> {
        let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let auditor: T::AccountId = account("auditor", 0, 0);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, auditor.clone());
        assert!(Auditors::<T>::contains_key(&auditor));
        Ok(())
    }

    #[benchmark]
    fn dismiss() -> Result<(), BenchmarkError> {
        let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let auditor: T::AccountId = account("auditor", 0, 0);
        Auditors::<T>::insert(&auditor, Admission { since: 0 });
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, auditor.clone());
        assert!(!Auditors::<T>::contains_key(&auditor));
        Ok(())
    }

    /// The second auditor to see the same fault, in a record on sale.
    #[benchmark]
    fn attest() {
        let (first, second): (T::AccountId, T::AccountId) =
            (account("auditor", 1, 0), account("auditor", 2, 0));
        let (owner, gateway): (T::AccountId, T::AccountId) =
            (account("owner", 0, 0), account("gateway", 0, 0));
        let (record, finding) = (RecordId([7; 32]), Finding::FalseExact { item: 0, metric: 0 });
        Auditors::<T>::insert(&second, Admission { since: 0 });
        T::Records::prepare(record, &first, finding, &owner, &gateway);
        #[extrinsic_call]
        _(RawOrigin::Signed(second), record, finding, Digest([1; 32]));
        assert!(!T::Records::condemned().is_empty());
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
