//! One benchmark per call, each on its longest path, and one for the dearest fact that a marketplace tells.

use crate::{Call, Cells, Config, Pair, Pairs, Pallet, ParametersOf, Ratable};
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use frame_system::{RawOrigin, pallet_prelude::BlockNumberFor};
use sp_runtime::traits::Bounded;
use vouchsafe_protocol::{
    id::OrderId,
    trust::{Cell, Deal, Facet, Modality, Parameters, Role, TrustSink, UNIT},
};

const ORDER: OrderId = OrderId([7; 32]);

/// A deal between accounts that have dealt before, and a block number at which every decay takes its longest way.
fn deal<T: Config>() -> Deal<T::AccountId> {
    let deal = Deal {
        buyer: account("buyer", 0, 0),
        seller: account("seller", 0, 0),
        gateway: account("gateway", 0, 0),
        modality: Modality::Image,
        price: 1_000_000_000_000_000,
    };
    frame_system::Pallet::<T>::set_block_number(1u32.into());
    let cell = Cell {
        r: 50 * UNIT,
        s: 5 * UNIT,
        strikes: UNIT,
        good: 50,
        bad: 5,
        since: 1,
        at: 1,
    };
    for (who, role) in [(&deal.seller, Role::Seller), (&deal.gateway, Role::Gateway)] {
        for facet in [Facet::Delivery, Facet::Content] {
            Cells::<T>::insert(who, (role, facet, Modality::Image), cell);
        }
    }
    frame_system::Pallet::<T>::set_block_number(7_777_777u32.into());
    deal
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn rate() {
        let deal = deal::<T>();
        Pallet::<T>::settled(ORDER, &deal, deal.price);
        Pairs::<T>::insert(&deal.seller, &deal.buyer, Pair { used: UNIT, at: 1 });
        #[extrinsic_call]
        _(RawOrigin::Signed(deal.buyer.clone()), ORDER, false);
        assert!(!Ratable::<T>::contains_key(ORDER));
    }

    #[benchmark]
    fn sweep_order() {
        let deal = deal::<T>();
        Pallet::<T>::settled(ORDER, &deal, deal.price);
        frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::max_value());
        #[extrinsic_call]
        _(RawOrigin::Signed(deal.buyer.clone()), ORDER);
        assert!(!Ratable::<T>::contains_key(ORDER));
    }

    #[benchmark]
    fn sweep_pair() {
        let deal = deal::<T>();
        Pairs::<T>::insert(&deal.seller, &deal.buyer, Pair { used: UNIT, at: 1 });
        frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::max_value());
        #[extrinsic_call]
        _(
            RawOrigin::Signed(deal.buyer.clone()),
            deal.seller.clone(),
            deal.buyer.clone(),
        );
        assert!(!Pairs::<T>::contains_key(&deal.seller, &deal.buyer));
    }

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let parameters = Parameters {
            version: ParametersOf::<T>::get().version.saturating_add(1),
            ..ParametersOf::<T>::get()
        };
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, parameters);
        assert_eq!(ParametersOf::<T>::get(), parameters);
        Ok(())
    }

    #[benchmark]
    fn settled() {
        let deal = deal::<T>();
        #[block]
        {
            Pallet::<T>::settled(ORDER, &deal, deal.price);
        }
        assert!(Ratable::<T>::contains_key(ORDER));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
