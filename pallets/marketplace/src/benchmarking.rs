//! One benchmark per call, each in its dearest successful case, with real points and a real proof.

use frame_benchmarking::v2::*;
use frame_support::traits::{
    Get,
    fungible::{Inspect, Mutate},
};
use frame_system::{Pallet as System, RawOrigin};
use sp_runtime::{Saturating, traits::SaturatedConversion};
use vouchsafe_protocol::{
    delivery::{Blind, Context, Delivery, OfferSecret, Point},
    id::{Account, Digest, OfferId, OrderId, RecordId},
    record::Content,
};

use super::{Pallet as Marketplace, *};

const SEED: [u8; 32] = [42; 32];
const LICENCE: Digest = Digest([1; 32]);
const RECORD: RecordId = RecordId([2; 32]);
const CONTENT: Content = Content {
    root: Digest([3; 32]),
    chunks: 1,
    bytes: 1,
};
const NONCE: u64 = 7;

/// An account with money for everything below.
fn rich<T: Config>(name: &'static str) -> T::AccountId
where
    T::Currency: Mutate<T::AccountId>,
{
    let who = account::<T::AccountId>(name, 0, 0);
    let needed = T::Currency::minimum_balance()
        .max(T::MinOfferBond::get())
        .max(T::OrderDeposit::get())
        .saturating_mul(100u32.into());
    T::Currency::set_balance(&who, needed);
    who
}

fn offer_id<T: Config>(seller: &T::AccountId) -> OfferId {
    OfferId::derive(
        &Marketplace::<T>::genesis(),
        &Account(seller.clone().into()),
        NONCE,
    )
}

fn secret<T: Config>(offer: &OfferId) -> OfferSecret {
    OfferSecret::derive(&SEED, &Marketplace::<T>::genesis(), offer, 0)
}

fn price<T: Config>() -> BalanceOf<T> {
    T::Currency::minimum_balance()
}

fn make_offer<T: Config>() -> Result<(T::AccountId, OfferId), BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    let seller = rich::<T>("seller");
    let id = offer_id::<T>(&seller);
    T::Records::make_live(
        RECORD,
        RecordSummary {
            owner: seller.clone(),
            content: CONTENT,
        },
    );
    Marketplace::<T>::offer(
        RawOrigin::Signed(seller.clone()).into(),
        NONCE,
        RECORD,
        CONTENT,
        secret::<T>(&id).public(),
        price::<T>(),
        LICENCE,
        T::MinDeliverWithin::get(),
        T::MinDisputeWithin::get(),
        T::MinOfferBond::get(),
    )?;
    Ok((seller, id))
}

fn blinded<T: Config>(offer: &OfferId) -> Point {
    Blind::from_seed(&SEED, &Marketplace::<T>::genesis(), offer, 0, 0).blinded()
}

fn make_order<T: Config>(offer: &OfferId) -> Result<(T::AccountId, OrderId), BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    let buyer = rich::<T>("buyer");
    let point = blinded::<T>(offer);
    let origin = RawOrigin::Signed(buyer.clone()).into();
    Marketplace::<T>::order(origin, *offer, 0, point, price::<T>(), LICENCE)?;
    let id = OrderId::derive(
        &Marketplace::<T>::genesis(),
        offer,
        0,
        &Account(buyer.clone().into()),
        &point,
    );
    Ok((buyer, id))
}

fn delivery<T: Config>(
    offer: &OfferId,
    order: &OrderId,
    buyer: &T::AccountId,
) -> Result<Delivery, BenchmarkError> {
    let genesis = Marketplace::<T>::genesis();
    let buyer = Account(buyer.clone().into());
    let context = Context {
        genesis,
        offer: *offer,
        version: 0,
        order: *order,
        buyer,
    };
    secret::<T>(offer)
        .evaluate(&blinded::<T>(offer), &context, &SEED)
        .map_err(|_| BenchmarkError::Stop("the blinded point is valid"))
}

fn deliver<T: Config>(
    seller: &T::AccountId,
    offer: &OfferId,
    order: &OrderId,
    buyer: &T::AccountId,
) -> Result<(), BenchmarkError> {
    let Delivery { evaluated, proof } = delivery::<T>(offer, order, buyer)?;
    Marketplace::<T>::deliver(RawOrigin::Signed(seller.clone()).into(), *order, evaluated, proof)?;
    Ok(())
}

fn wait<T: Config>(blocks: u32) {
    let later = Marketplace::<T>::height()
        .saturating_add(blocks)
        .saturating_add(1);
    System::<T>::set_block_number(later.saturated_into());
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benches {
    use super::*;

    #[benchmark]
    fn offer() -> Result<(), BenchmarkError> {
        let seller = rich::<T>("seller");
        let id = offer_id::<T>(&seller);
        let key = secret::<T>(&id).public();
        T::Records::make_live(
            RECORD,
            RecordSummary {
                owner: seller.clone(),
                content: CONTENT,
            },
        );

        #[extrinsic_call]
        offer(
            RawOrigin::Signed(seller),
            NONCE,
            RECORD,
            CONTENT,
            key,
            price::<T>(),
            LICENCE,
            T::MinDeliverWithin::get(),
            T::MinDisputeWithin::get(),
            T::MinOfferBond::get(),
        );

        assert!(Offers::<T>::contains_key(id));
        Ok(())
    }

    #[benchmark]
    fn set_price() -> Result<(), BenchmarkError> {
        let (seller, id) = make_offer::<T>()?;
        let higher = price::<T>().saturating_mul(2u32.into());

        #[extrinsic_call]
        set_price(RawOrigin::Signed(seller), id, higher);

        assert!(Offers::<T>::get(id).is_some_and(|row| row.price == higher));
        Ok(())
    }

    #[benchmark]
    fn close() -> Result<(), BenchmarkError> {
        let (seller, id) = make_offer::<T>()?;

        #[extrinsic_call]
        close(RawOrigin::Signed(seller), id);

        assert!(Offers::<T>::get(id).is_some_and(|row| !row.is_bonded()));
        Ok(())
    }

    #[benchmark]
    fn order() -> Result<(), BenchmarkError> {
        let (_, sold) = make_offer::<T>()?;
        let buyer = rich::<T>("buyer");
        let point = blinded::<T>(&sold);

        #[extrinsic_call]
        order(RawOrigin::Signed(buyer), sold, 0, point, price::<T>(), LICENCE);

        assert_eq!(OpenOrders::<T>::iter_key_prefix(sold).count(), 1);
        Ok(())
    }

    #[benchmark]
    fn deliver() -> Result<(), BenchmarkError> {
        let (seller, sold) = make_offer::<T>()?;
        let (buyer, id) = make_order::<T>(&sold)?;
        let Delivery { evaluated, proof } = delivery::<T>(&sold, &id, &buyer)?;

        #[extrinsic_call]
        deliver(RawOrigin::Signed(seller), id, evaluated, proof);

        assert!(Orders::<T>::get(id).is_some_and(|row| row.stage.evaluated() == Some(evaluated)));
        Ok(())
    }

    #[benchmark]
    fn settle() -> Result<(), BenchmarkError> {
        let (seller, sold) = make_offer::<T>()?;
        let (buyer, id) = make_order::<T>(&sold)?;
        super::deliver::<T>(&seller, &sold, &id, &buyer)?;
        Marketplace::<T>::close(RawOrigin::Signed(seller).into(), sold)?;
        wait::<T>(T::MinDisputeWithin::get());

        #[extrinsic_call]
        settle(RawOrigin::Signed(buyer), id);

        assert!(Offers::<T>::get(sold).is_some_and(|row| row.settled == 1 && !row.is_bonded()));
        Ok(())
    }

    #[benchmark]
    fn expire() -> Result<(), BenchmarkError> {
        let (seller, sold) = make_offer::<T>()?;
        let (buyer, id) = make_order::<T>(&sold)?;
        Marketplace::<T>::close(RawOrigin::Signed(seller).into(), sold)?;
        wait::<T>(T::MinDeliverWithin::get());

        #[extrinsic_call]
        expire(RawOrigin::Signed(buyer), id);

        assert!(Offers::<T>::get(sold).is_some_and(|row| row.refunded == 1 && !row.is_bonded()));
        Ok(())
    }

    #[benchmark]
    fn forget() -> Result<(), BenchmarkError> {
        let (_, sold) = make_offer::<T>()?;
        let (buyer, id) = make_order::<T>(&sold)?;
        wait::<T>(T::MinDeliverWithin::get());
        Marketplace::<T>::expire(RawOrigin::Signed(buyer.clone()).into(), id)?;

        #[extrinsic_call]
        forget(RawOrigin::Signed(buyer), id);

        assert!(!Orders::<T>::contains_key(id));
        Ok(())
    }

    impl_benchmark_test_suite!(Marketplace, crate::mock::new_test_ext(), crate::mock::Test);
}
