//! One benchmark per call, each in its dearest successful case, with real points and a real proof.

use alloc::{boxed::Box, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::{
    Get,
    fungible::{Inspect, Mutate},
};
use frame_system::{Pallet as System, RawOrigin};
use sp_runtime::{Saturating, traits::SaturatedConversion, transaction_validity::TransactionSource};
use vouchsafe_protocol::{
    chunk::CHUNK_LEN,
    delivery::{Blind, Context, Delivery, OfferSecret, Point},
    id::{Account, Digest, OfferId, OrderId, RecordId},
    leaf::Leaf,
    misbehaviour::{Evidence, MAX_PATH},
    order::Standing,
    price::HouseShare,
    record::Content,
    royalty::{Ancestor, MAX_PAYEES, Royalties},
    tree::node_hash,
    trust::{Deal, Modality, TrustSink},
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
/// Blocks after which no evidence is as it was, and every step of its decay has to be taken.
const LONG_AGO: u32 = 7_777_777;

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

/// Shares for so many payees; one settlement can have [`MAX_PAYEES`].
fn royalties<T: Config>(payees: u32) -> Royalties {
    let parents: Vec<Ancestor> = (0..payees)
        .map(|n| Ancestor {
            owner: Account(account::<T::AccountId>("payee", n, 0).into()),
            share_ppm: 10_000,
            royalties: Royalties::default(),
        })
        .collect();
    Royalties::of(&parents).unwrap_or_default()
}

fn make_record<T: Config>(seller: &T::AccountId, content: Content, payees: u32)
where
    T::Currency: Mutate<T::AccountId>,
{
    for n in 0..payees {
        T::Currency::set_balance(
            &account::<T::AccountId>("payee", n, 0),
            T::Currency::minimum_balance(),
        );
    }
    let gateway: T::AccountId = account("gateway", 0, 0);
    // Everybody has a past, good and bad: what is told from now on changes rows that are there.
    let past = Deal {
        buyer: account("buyer", 0, 0),
        seller: seller.clone(),
        gateway: gateway.clone(),
        modality: Modality::Any,
        price: 1_000_000_000_000_000,
    };
    T::Trust::settled(OrderId([8; 32]), &past, past.price);
    T::Trust::fraud_proven(&past);
    let summary = RecordSummary {
        owner: seller.clone(),
        gateway,
        content,
    };
    T::Records::make_live(RECORD, summary, royalties::<T>(payees));
    let treasury = rich::<T>("treasury");
    HouseOf::<T>::put(House {
        share: HouseShare {
            burned_ppm: 15_000,
            treasury_ppm: 10_000,
        },
        treasury: Some(treasury),
    });
}

fn make_offer<T: Config>() -> Result<(T::AccountId, OfferId), BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    make_offer_of::<T>(CONTENT, MAX_PAYEES)
}

fn make_offer_of<T: Config>(content: Content, payees: u32) -> Result<(T::AccountId, OfferId), BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    let seller = rich::<T>("seller");
    let id = offer_id::<T>(&seller);
    make_record::<T>(&seller, content, payees);
    Marketplace::<T>::offer(
        RawOrigin::Signed(seller.clone()).into(),
        NONCE,
        RECORD,
        content,
        secret::<T>(&id).public(),
        price::<T>(),
        LICENCE,
        T::MinDeliverWithin::get(),
        Marketplace::<T>::least_dispute_window(content.bytes),
        bond::<T>(),
    )?;
    Ok((seller, id))
}

/// Twice what is needed, so that there is something to compensate with.
fn bond<T: Config>() -> BalanceOf<T> {
    let seller = account("seller", 0, 0);
    Marketplace::<T>::least_bond(&seller, price::<T>()).saturating_mul(2u32.into())
}

/// A delivered order, with `payees` who share in it, long after its quiet window.
fn due<T: Config>(payees: u32) -> Result<(OfferId, T::AccountId, OrderId), BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    let (seller, sold) = make_offer_of::<T>(CONTENT, payees)?;
    let (buyer, order) = make_order::<T>(&sold)?;
    deliver::<T>(&seller, &sold, &order, &buyer)?;
    Marketplace::<T>::close(RawOrigin::Signed(seller).into(), sold)?;
    wait::<T>(Marketplace::<T>::least_dispute_window(CONTENT.bytes).saturating_add(LONG_AGO));
    Ok((sold, buyer, order))
}

/// A full chunk that does not open to its commitment, the last of 2^24: the longest path there can be. Its siblings
/// are no real subtrees, which nobody can see.
fn bad_content<T: Config>(offer: &OfferId) -> (Content, Leaf, Vec<Digest>, Vec<u8>) {
    let index = (1u32 << MAX_PATH) - 1;
    let mut chunk = alloc::vec![7u8; CHUNK_LEN as usize];
    let mut leaf = secret::<T>(offer).content_secret().seal(index, &mut chunk);
    leaf.commitment = Digest([0xbd; 32]);
    let path: Vec<Digest> = (0..MAX_PATH).map(|n| Digest([n as u8; 32])).collect();
    // The last leaf is a right child all the way up.
    let root = path
        .iter()
        .fold(leaf.hash(index), |node, left| node_hash(left, &node));
    let content = Content {
        root,
        chunks: index + 1,
        bytes: 1,
    };
    (content, leaf, path, chunk)
}

/// A delivered order of content with a bad chunk, and the evidence.
fn cheated<T: Config>() -> Result<(OfferId, OrderId, Box<Evidence>), BenchmarkError>
where
    T::Currency: Mutate<T::AccountId>,
{
    let id = offer_id::<T>(&rich::<T>("seller"));
    let (content, leaf, path, chunk) = bad_content::<T>(&id);
    let (seller, sold) = make_offer_of::<T>(content, MAX_PAYEES)?;
    let (buyer, order) = make_order::<T>(&sold)?;
    deliver::<T>(&seller, &sold, &order, &buyer)?;
    let evidence = Evidence {
        blind: *blind::<T>(&sold).expose(),
        index: content.chunks - 1,
        leaf,
        path: path
            .try_into()
            .map_err(|_| BenchmarkError::Stop("a path of 24"))?,
        ciphertext: chunk
            .try_into()
            .map_err(|_| BenchmarkError::Stop("a chunk of 64 KiB"))?,
    };
    Ok((sold, order, Box::new(evidence)))
}

fn blind<T: Config>(offer: &OfferId) -> Blind {
    Blind::from_seed(&SEED, &Marketplace::<T>::genesis(), offer, 0, 0)
}

fn blinded<T: Config>(offer: &OfferId) -> Point {
    blind::<T>(offer).blinded()
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
        make_record::<T>(&seller, CONTENT, MAX_PAYEES);

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
            T::MaxDisputeWithin::get(),
            bond::<T>(),
        );

        assert!(Offers::<T>::contains_key(id));
        Ok(())
    }

    #[benchmark]
    fn revise() -> Result<(), BenchmarkError> {
        let (seller, id) = make_offer::<T>()?;
        let higher = price::<T>().saturating_mul(2u32.into());
        let more = bond::<T>().saturating_mul(2u32.into());

        #[extrinsic_call]
        revise(RawOrigin::Signed(seller), id, higher, more);

        assert!(Offers::<T>::get(id).is_some_and(|row| row.price == higher && row.bond == more));
        Ok(())
    }

    #[benchmark]
    fn close() -> Result<(), BenchmarkError> {
        let (seller, id) = make_offer::<T>()?;

        #[extrinsic_call]
        close(RawOrigin::Signed(seller), id);

        assert!(Offers::<T>::get(id).is_some_and(|row| row.status != OfferStatus::Open));
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
    fn settle(r: Linear<0, MAX_PAYEES>) -> Result<(), BenchmarkError> {
        let (sold, buyer, id) = due::<T>(r)?;

        #[extrinsic_call]
        settle(RawOrigin::Signed(buyer), id);

        assert!(Offers::<T>::get(sold).is_some_and(|row| row.settled == 1));
        Ok(())
    }

    /// With `settle_untold` a pair: what telling reputation of a settlement costs is the difference.
    #[benchmark]
    fn settle_told() -> Result<(), BenchmarkError> {
        let (_, _, id) = due::<T>(0)?;
        let settled;

        #[block]
        {
            settled = Marketplace::<T>::do_settle::<T::Trust>(id);
        }

        assert_eq!(settled, Ok(0));
        Ok(())
    }

    #[benchmark]
    fn settle_untold() -> Result<(), BenchmarkError> {
        let (_, _, id) = due::<T>(0)?;
        let settled;

        #[block]
        {
            settled = Marketplace::<T>::do_settle::<()>(id);
        }

        assert_eq!(settled, Ok(0));
        Ok(())
    }

    #[benchmark]
    fn expire() -> Result<(), BenchmarkError> {
        let (seller, sold) = make_offer::<T>()?;
        let (buyer, id) = make_order::<T>(&sold)?;
        Marketplace::<T>::close(RawOrigin::Signed(seller).into(), sold)?;
        wait::<T>(T::MinDeliverWithin::get().saturating_add(LONG_AGO));

        #[extrinsic_call]
        expire(RawOrigin::Signed(buyer), id);

        assert!(Offers::<T>::get(sold).is_some_and(|row| row.refunded == 1));
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

    /// What the pool and every importing node do for a dispute before they take it.
    #[benchmark]
    fn authorize_dispute() -> Result<(), BenchmarkError> {
        let (_, id, evidence) = cheated::<T>()?;
        let found;

        #[block]
        {
            found = Marketplace::<T>::authorize_dispute(TransactionSource::External, &id, &evidence).is_ok();
        }

        assert!(found);
        Ok(())
    }

    #[benchmark]
    fn dispute() -> Result<(), BenchmarkError> {
        let (sold, id, evidence) = cheated::<T>()?;

        #[extrinsic_call]
        dispute(RawOrigin::Authorized, id, evidence);

        assert!(Offers::<T>::get(sold).is_some_and(|row| row.status.standing() == Standing::Frozen));
        Ok(())
    }

    #[benchmark]
    fn refund() -> Result<(), BenchmarkError> {
        let (sold, first, evidence) = cheated::<T>()?;
        let other = rich::<T>("other");
        let point = Blind::from_seed(&SEED, &Marketplace::<T>::genesis(), &sold, 0, 1).blinded();
        Marketplace::<T>::order(
            RawOrigin::Signed(other.clone()).into(),
            sold,
            0,
            point,
            price::<T>(),
            LICENCE,
        )?;
        let id = OrderId::derive(
            &Marketplace::<T>::genesis(),
            &sold,
            0,
            &Account(other.clone().into()),
            &point,
        );
        Marketplace::<T>::dispute(RawOrigin::Authorized.into(), first, evidence)?;

        #[extrinsic_call]
        refund(RawOrigin::Signed(other), id);

        assert!(Orders::<T>::get(id).is_some_and(|row| !row.is_open()));
        Ok(())
    }

    #[benchmark]
    fn release_bond() -> Result<(), BenchmarkError> {
        let (seller, sold) = make_offer::<T>()?;
        Marketplace::<T>::close(RawOrigin::Signed(seller.clone()).into(), sold)?;
        wait::<T>(T::BondCoolOff::get());

        #[extrinsic_call]
        release_bond(RawOrigin::Signed(seller), sold);

        assert!(Offers::<T>::get(sold).is_some_and(|row| row.status == OfferStatus::Released));
        Ok(())
    }

    impl_benchmark_test_suite!(Marketplace, crate::mock::new_test_ext(), crate::mock::Test);
}
