//! One benchmark per call, each on its longest path with its largest arguments. Signatures are made by the
//! keystore of the machine that runs them, so that the same code works natively and in wasm.

use crate::{Call, Config, Gateways, Log, MAX_ENDPOINT_LEN, MAX_PIPELINES, Pallet, RecordStatus, Records};
use alloc::{boxed::Box, vec, vec::Vec};
use codec::{Decode, Encode};
use frame_benchmarking::v2::*;
use frame_support::{
    BoundedVec,
    traits::{
        ConstU32, Get,
        fungible::{Inspect, Mutate},
    },
};
use frame_system::{RawOrigin, pallet_prelude::BlockNumberFor};
use sp_core::{crypto::KeyTypeId, ed25519};
use sp_runtime::{Saturating, traits::Bounded};
use vouchsafe_protocol::{
    id::{Account, Digest, OfferId, OrderId, RecordId},
    log::Frontier,
    record::{Content, Grade, MAX_PARENTS, Parent, Statement},
};

const KEYS: KeyTypeId = KeyTypeId(*b"vchs");

fn new_key() -> ed25519::Public {
    sp_io::crypto::ed25519_generate(KEYS, Some(b"//gateway".to_vec()))
}

/// The largest declaration that a gateway can make.
fn declaration() -> (
    BoundedVec<Digest, ConstU32<MAX_PIPELINES>>,
    BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>,
) {
    let pipelines: Vec<Digest> = (0..MAX_PIPELINES).map(|i| Digest([i as u8; 32])).collect();
    let mut endpoint = b"https://".to_vec();
    endpoint.resize(MAX_ENDPOINT_LEN as usize, b'a');
    (
        BoundedVec::truncate_from(pipelines),
        BoundedVec::truncate_from(endpoint),
    )
}

/// `parents` as they stand, in a statement of `owner`'s by `gateway` that no other number makes.
fn statement<T: Config>(
    owner: &T::AccountId,
    gateway: &T::AccountId,
    parents: &[RecordId],
    number: u32,
) -> Statement {
    let parents: Vec<Parent> = parents
        .iter()
        .map(|&record| Parent { record, share_ppm: 1 })
        .collect();
    let mut root = [0; 32];
    root[..4].copy_from_slice(&number.to_le_bytes());
    Statement {
        owner: Account(owner.clone().into()),
        gateway: Account(gateway.clone().into()),
        content: Content {
            root: Digest(root),
            chunks: 1,
            bytes: 1,
        },
        input: Digest([1; 32]),
        report: Digest([2; 32]),
        metrics_root: Digest([3; 32]),
        items: 1,
        metadata: Digest([4; 32]),
        grade: Grade::Anonymous,
        parents: BoundedVec::truncate_from(parents),
    }
}

/// A log of 2^40 - 1 entries, after 34 years of a thousand a second: the next one completes all its subtrees.
fn grow_log<T: Config>() -> Result<(), BenchmarkError> {
    let peaks = vec![Digest([7; 32]); 40];
    let frontier = Frontier::decode(&mut &((1u64 << 40) - 1, peaks).encode()[..]);
    Log::<T>::put(frontier.map_err(|_| BenchmarkError::Stop("no frontier"))?);
    Ok(())
}

#[benchmarks(where T::Currency: Mutate<T::AccountId>)]
mod benchmarks {
    use super::*;

    /// An account that can pay for a bond and for every deposit below.
    fn funded<T: Config>(name: &'static str) -> Result<T::AccountId, BenchmarkError>
    where
        T::Currency: Mutate<T::AccountId>,
    {
        let who: T::AccountId = account(name, 0, 0);
        let mut enough = T::Currency::minimum_balance().saturating_mul(2_u32.into());
        enough.saturating_accrue(T::GatewayBond::get());
        enough.saturating_accrue(T::RecordDeposit::get().saturating_mul((MAX_PARENTS + 1).into()));
        T::Currency::mint_into(&who, enough)?;
        Ok(who)
    }

    fn registered<T: Config>() -> Result<(T::AccountId, ed25519::Public), BenchmarkError>
    where
        T::Currency: Mutate<T::AccountId>,
    {
        let (gateway, key) = (funded::<T>("gateway")?, new_key());
        let (pipelines, endpoint) = declaration();
        Pallet::<T>::register_gateway(
            RawOrigin::Signed(gateway.clone()).into(),
            key.0,
            pipelines,
            endpoint,
        )?;
        Ok((gateway, key))
    }

    /// A signature over `statement`, by the keystore.
    fn sign<T: Config>(key: &ed25519::Public, statement: &Statement) -> Result<[u8; 64], BenchmarkError> {
        let bytes = statement.signing_bytes(&Pallet::<T>::genesis());
        let signature = sp_io::crypto::ed25519_sign(KEYS, key, &bytes);
        Ok(signature
            .ok_or(BenchmarkError::Stop("the keystore lost its key"))?
            .0)
    }

    /// `count` records of one owner's, by one gateway.
    fn records<T: Config>(
        owner: &T::AccountId,
        gateway: &T::AccountId,
        key: &ed25519::Public,
        count: u32,
    ) -> Result<Vec<RecordId>, BenchmarkError> {
        let mut ids = vec![];
        for number in 0..count {
            let statement = statement::<T>(owner, gateway, &[], number);
            ids.push(RecordId::derive(&Pallet::<T>::genesis(), &statement));
            let signature = sign::<T>(key, &statement)?;
            Pallet::<T>::register_record(
                RawOrigin::Signed(owner.clone()).into(),
                Box::new(statement),
                signature,
            )?;
        }
        Ok(ids)
    }

    #[benchmark]
    fn register_gateway() -> Result<(), BenchmarkError> {
        let (gateway, key) = (funded::<T>("gateway")?, new_key());
        let (pipelines, endpoint) = declaration();
        #[extrinsic_call]
        _(RawOrigin::Signed(gateway.clone()), key.0, pipelines, endpoint);
        assert!(Gateways::<T>::contains_key(&gateway));
        Ok(())
    }

    #[benchmark]
    fn update_gateway() -> Result<(), BenchmarkError> {
        let (gateway, key) = registered::<T>()?;
        let (pipelines, endpoint) = declaration();
        #[extrinsic_call]
        _(RawOrigin::Signed(gateway.clone()), key.0, pipelines, endpoint);
        assert!(Gateways::<T>::contains_key(&gateway));
        Ok(())
    }

    #[benchmark]
    fn retire_gateway() -> Result<(), BenchmarkError> {
        let (gateway, _) = registered::<T>()?;
        #[extrinsic_call]
        _(RawOrigin::Signed(gateway.clone()));
        assert!(Pallet::<T>::active_gateway(&gateway).is_err());
        Ok(())
    }

    #[benchmark]
    fn release_bond() -> Result<(), BenchmarkError> {
        let (gateway, _) = registered::<T>()?;
        Pallet::<T>::retire_gateway(RawOrigin::Signed(gateway.clone()).into())?;
        frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::max_value());
        let anyone: T::AccountId = account("anyone", 0, 0);
        #[extrinsic_call]
        _(RawOrigin::Signed(anyone), gateway.clone());
        assert!(!Gateways::<T>::contains_key(&gateway));
        Ok(())
    }

    #[benchmark]
    fn register_record(p: Linear<0, MAX_PARENTS>) -> Result<(), BenchmarkError> {
        let ((gateway, key), owner) = (registered::<T>()?, funded::<T>("owner")?);
        let parents = records::<T>(&owner, &gateway, &key, p)?;
        let statement = statement::<T>(&owner, &gateway, &parents, MAX_PARENTS);
        let signature = sign::<T>(&key, &statement)?;
        let record = RecordId::derive(&Pallet::<T>::genesis(), &statement);
        grow_log::<T>()?;
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), Box::new(statement), signature);
        assert!(Pallet::<T>::live(&record).is_some());
        Ok(())
    }

    #[benchmark]
    fn withdraw_record() -> Result<(), BenchmarkError> {
        let ((gateway, key), owner) = (registered::<T>()?, funded::<T>("owner")?);
        let record = records::<T>(&owner, &gateway, &key, 1)?[0];
        grow_log::<T>()?;
        #[extrinsic_call]
        _(RawOrigin::Signed(owner), record);
        assert!(Records::<T>::get(record).is_some_and(|row| row.status != RecordStatus::Live));
        Ok(())
    }

    /// The record has been withdrawn, and its fraud proven.
    #[benchmark]
    fn erase_record() -> Result<(), BenchmarkError> {
        let ((gateway, key), owner) = (registered::<T>()?, funded::<T>("owner")?);
        let record = records::<T>(&owner, &gateway, &key, 1)?[0];
        Pallet::<T>::withdraw_record(RawOrigin::Signed(owner).into(), record)?;
        Pallet::<T>::note_fraud(&record, &OfferId([1; 32]), &OrderId([2; 32]), 3);
        grow_log::<T>()?;
        #[extrinsic_call]
        _(RawOrigin::Signed(gateway), record);
        assert_eq!(Pallet::<T>::log_entries(record).len(), 4);
        Ok(())
    }

    impl_benchmark_test_suite!(
        Pallet,
        crate::mock::ExtBuilder::default().build(),
        crate::mock::Test
    );
}
