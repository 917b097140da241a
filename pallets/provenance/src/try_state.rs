//! The README's invariants, as code, with the same numbers. Reads every row: for tests and `try-runtime` only.

use crate::{
    BalanceOf, Config, EntriesOf, GatewayStatus, Gateways, HoldReason, Log, LogEntries, Pallet, RecordStatus,
    Records,
    gateway::key_is_weak,
    log::native_sha256,
    record::{ancestor, shares_fit, signature_is_valid},
    types::{all_different, content_is_possible, endpoint_is_valid},
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{Saturating, TryRuntimeError, traits::Zero};
use vouchsafe_protocol::{
    id::RecordId,
    log::{Entry, Frontier, Standing},
    royalty::Royalties,
};

pub(crate) fn check<T: Config>() -> Result<(), TryRuntimeError> {
    gateways::<T>()?;
    records::<T>()?;
    holds::<T>()?;
    ensure!(
        Gateways::<T>::iter_keys().count() as u32 == Gateways::<T>::count(),
        "9: gateways miscounted"
    );
    ensure!(
        Records::<T>::iter_keys().count() as u32 == Records::<T>::count(),
        "9: records miscounted"
    );
    let entries = log::<T>()?;
    trails::<T>(&entries)
}

/// 11. Gives the entries in order.
fn log<T: Config>() -> Result<Vec<Entry>, TryRuntimeError> {
    let (genesis, stored) = (Pallet::<T>::genesis(), Log::<T>::get());
    let (mut entries, mut log) = (Vec::<Entry>::new(), Frontier::default());
    for index in 0..stored.size() {
        let row = LogEntries::<T>::get(index).ok_or("11: an entry of the log is missing")?;
        let leaf = row.entry.leaf_hash(&genesis, native_sha256);
        let appended = log
            .append(leaf, native_sha256)
            .map_err(|_| "11: the log is full")?;
        ensure!(
            row.nodes == appended.nodes,
            "11: an entry's nodes are not those that it completed"
        );
        ensure!(
            entries
                .last()
                .is_none_or(|earlier| earlier.height <= row.entry.height),
            "11: the log's heights fall"
        );
        entries.push(row.entry);
    }
    ensure!(log == stored, "11: the frontier is not that of the entries");
    ensure!(
        LogEntries::<T>::iter_keys().count() == entries.len(),
        "11: an entry stands beyond the log's end"
    );
    Ok(entries)
}

/// 12 and 13.
fn trails<T: Config>(entries: &[Entry]) -> Result<(), TryRuntimeError> {
    let mut indices = BTreeMap::<RecordId, Vec<u64>>::new();
    for (index, entry) in (0u64..).zip(entries) {
        indices.entry(entry.record).or_default().push(index);
    }
    let listed: BTreeMap<RecordId, Vec<u64>> = EntriesOf::<T>::iter()
        .map(|(record, indices)| (record, indices.into_inner()))
        .collect();
    ensure!(
        listed == indices,
        "12: a record's list of entries is not the log's"
    );
    ensure!(
        indices.keys().all(Records::<T>::contains_key),
        "13: an entry about an unknown record"
    );
    for (id, row) in Records::<T>::iter() {
        let trail: Vec<Entry> = Pallet::<T>::entries(&id).map(|(_, entry)| entry).collect();
        let custodians = [&row.statement.owner, &row.statement.gateway];
        let standing = Standing::of(&id, custodians, &trail)
            .map_err(|_| "13: the entries about a record are no life of it")?;
        ensure!(
            (standing.key, standing.registered_at) == (row.key, row.registered_at),
            "13: a record's registration is not its row's"
        );
        let withdrawn_at = match row.status {
            RecordStatus::Live => None,
            RecordStatus::Withdrawn { at } => Some(at),
        };
        ensure!(
            standing.withdrawn_at == withdrawn_at,
            "13: a record's status is not the log's"
        );
    }
    Ok(())
}

/// 1 and 2. Every account that could hold money has a row in `frame_system`.
fn holds<T: Config>() -> Result<(), TryRuntimeError> {
    let bonds: BTreeMap<T::AccountId, BalanceOf<T>> = Gateways::<T>::iter()
        .map(|(who, gateway)| (who, gateway.bond))
        .collect();
    let mut deposits = BTreeMap::<T::AccountId, BalanceOf<T>>::new();
    for record in Records::<T>::iter_values() {
        let sum = deposits.entry(record.statement.owner.0.into()).or_default();
        *sum = sum.saturating_add(record.deposit);
    }
    let accounts: Vec<T::AccountId> = frame_system::Account::<T>::iter_keys().collect();
    for who in accounts.iter().chain(bonds.keys()).chain(deposits.keys()) {
        let bond = bonds.get(who).copied().unwrap_or_else(Zero::zero);
        let deposit = deposits.get(who).copied().unwrap_or_else(Zero::zero);
        let held = |reason: HoldReason| T::Currency::balance_on_hold(&reason.into(), who);
        ensure!(
            held(HoldReason::GatewayBond) == bond,
            "1: bond held differs from the gateway's"
        );
        ensure!(
            held(HoldReason::RecordDeposit) == deposit,
            "2: deposit held differs from the records'"
        );
    }
    Ok(())
}

/// 3 and 8.
fn gateways<T: Config>() -> Result<(), TryRuntimeError> {
    let now = Pallet::<T>::height();
    for gateway in Gateways::<T>::iter_values() {
        ensure!(
            endpoint_is_valid(&gateway.endpoint),
            "3: a gateway's endpoint is no URL"
        );
        ensure!(
            all_different(&gateway.pipelines),
            "3: a gateway's pipeline stands twice"
        );
        ensure!(!key_is_weak(&gateway.key), "3: a gateway's key is weak");
        ensure!(gateway.registered_at <= now, "8: a gateway from the future");
        if let GatewayStatus::Retiring { release_after } = gateway.status {
            ensure!(
                release_after >= gateway.registered_at,
                "8: a gateway retired before it registered"
            );
        }
    }
    Ok(())
}

/// 4 to 8, and 10.
fn records<T: Config>() -> Result<(), TryRuntimeError> {
    let (genesis, now) = (Pallet::<T>::genesis(), Pallet::<T>::height());
    for (id, record) in Records::<T>::iter() {
        let statement = &record.statement;
        ensure!(
            RecordId::derive(&genesis, statement) == id,
            "4: a record's id is not its statement's"
        );
        ensure!(
            signature_is_valid(&genesis, statement, &record.key, &record.signature),
            "5: a record's signature does not verify under its key"
        );
        ensure!(
            content_is_possible(&statement.content, statement.items),
            "6: a record's content is impossible"
        );

        let parents: Vec<RecordId> = statement.parents.iter().map(|parent| parent.record).collect();
        ensure!(
            shares_fit(&statement.parents),
            "7: parents' shares exceed the whole"
        );
        ensure!(all_different(&parents), "7: a parent stands twice");
        for parent in parents {
            let parent = Records::<T>::get(parent).ok_or("7: a parent is missing")?;
            ensure!(
                parent.registered_at <= record.registered_at,
                "7: a parent is younger than its child"
            );
            if let RecordStatus::Withdrawn { at } = parent.status {
                ensure!(
                    at >= record.registered_at,
                    "7: a parent was withdrawn before its child registered"
                );
            }
        }

        let mut ancestors = Vec::new();
        for parent in &statement.parents {
            let row = Records::<T>::get(parent.record).ok_or("7: a parent is missing")?;
            ancestors.push(ancestor(parent, row));
        }
        ensure!(
            Royalties::of(&ancestors).as_ref() == Ok(&record.royalties),
            "10: a record's royalties are not its parents'"
        );

        ensure!(record.registered_at <= now, "8: a record from the future");
        if let RecordStatus::Withdrawn { at } = record.status {
            ensure!(
                (record.registered_at..=now).contains(&at),
                "8: a record withdrawn at an impossible height"
            );
        }
    }
    Ok(())
}
