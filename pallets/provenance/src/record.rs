//! A record's life: register, withdraw, erase, and the questions that others ask about it.

use crate::{
    Config, Error, Event, LiveRecord, Pallet, Record, RecordStatus, Records,
    types::{all_different, content_is_possible},
};
use alloc::{boxed::Box, vec::Vec};
use frame_support::{
    ensure,
    pallet_prelude::{DispatchError, DispatchResult},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::ed25519;
use sp_runtime::traits::Zero;
use vouchsafe_protocol::{
    id::{Account, Genesis, RecordId},
    log::Fact,
    record::{Parent, Statement, WHOLE_PPM},
    royalty::{Ancestor, Royalties, RoyaltyError},
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_record(
        owner: T::AccountId,
        statement: Box<Statement>,
        signature: [u8; 64],
    ) -> DispatchResult {
        ensure!(
            statement.owner == Account(owner.clone().into()),
            Error::<T>::NotOwner
        );
        let gateway = T::AccountId::from(statement.gateway.0);
        let key = Self::active_gateway(&gateway)?.key;
        ensure!(
            content_is_possible(&statement.content, statement.items),
            Error::<T>::ImpossibleContent
        );

        let genesis = Self::genesis();
        let record = RecordId::derive(&genesis, &statement);
        ensure!(!Records::<T>::contains_key(record), Error::<T>::RecordExists);
        ensure!(
            signature_is_valid(&genesis, &statement, &key, &signature),
            Error::<T>::BadSignature
        );
        let royalties = Self::shared_with(&statement.parents)?;

        let deposit = Self::hold_record_deposit(&owner)?;
        Records::<T>::insert(
            record,
            Record {
                statement: (*statement).clone(),
                key,
                signature,
                registered_at: Self::height(),
                status: RecordStatus::Live,
                deposit,
                royalties,
            },
        );
        Self::deposit_event(Event::RecordRegistered {
            record,
            owner,
            gateway,
            statement,
            key,
            signature,
            deposit,
        });
        Self::append(record, Fact::Registered { key })
    }

    pub(crate) fn do_withdraw_record(owner: T::AccountId, record: RecordId) -> DispatchResult {
        let row = Records::<T>::get(record).ok_or(Error::<T>::UnknownRecord)?;
        ensure!(
            row.statement.owner == Account(owner.clone().into()),
            Error::<T>::NotOwner
        );
        ensure!(row.status == RecordStatus::Live, Error::<T>::AlreadyWithdrawn);
        let status = RecordStatus::Withdrawn { at: Self::height() };
        Records::<T>::insert(record, Record { status, ..row });
        Self::deposit_event(Event::RecordWithdrawn { record, owner });
        Self::append(record, Fact::Withdrawn)
    }

    pub(crate) fn do_erase_record(by: T::AccountId, record: RecordId) -> DispatchResult {
        let row = Records::<T>::get(record).ok_or(Error::<T>::UnknownRecord)?;
        let account = Account(by.clone().into());
        ensure!(
            [row.statement.owner, row.statement.gateway].contains(&account),
            Error::<T>::NeitherOwnerNorGateway
        );
        let is_erased = |fact: Fact| matches!(fact, Fact::Erased { .. });
        ensure!(!Self::facts_of(&record).any(is_erased), Error::<T>::AlreadyErased);
        if row.status == RecordStatus::Live {
            let status = RecordStatus::Withdrawn { at: Self::height() };
            Records::<T>::insert(record, Record { status, ..row });
        }
        Self::deposit_event(Event::RecordErased { record, by });
        Self::append(record, Fact::Erased { by: account })
    }

    /// What others need to know of a record that may be offered and derived from; `None` when it is unknown or
    /// withdrawn. One read.
    pub fn live(record: &RecordId) -> Option<LiveRecord<T::AccountId>> {
        let row = Records::<T>::get(record)?;
        match row.status {
            RecordStatus::Live => Some(LiveRecord {
                owner: row.statement.owner.0.into(),
                gateway: row.statement.gateway.0.into(),
                content: row.statement.content,
            }),
            RecordStatus::Withdrawn { .. } => None,
        }
    }

    /// Who shares in what a record earns, whether it is still live or withdrawn; nobody for an unknown one. One read.
    pub fn royalties(record: &RecordId) -> Royalties {
        Records::<T>::get(record).map_or_else(Royalties::default, |row| row.royalties)
    }

    /// The chain's genesis hash, to which ids and signatures are bound. Known from block 1 on, and kept
    /// for ever by `frame_system`.
    pub fn genesis() -> Genesis {
        Genesis(frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero()).into())
    }

    /// Who shares in the earnings of a record with these parents, which must be live and different.
    fn shared_with(parents: &[Parent]) -> Result<Royalties, DispatchError> {
        ensure!(shares_fit(parents), Error::<T>::SharesExceedWhole);
        let ids: Vec<RecordId> = parents.iter().map(|parent| parent.record).collect();
        ensure!(all_different(&ids), Error::<T>::DuplicateParent);
        let mut ancestors = Vec::with_capacity(parents.len());
        for parent in parents {
            let row = Records::<T>::get(parent.record).ok_or(Error::<T>::UnknownParent)?;
            match row.status {
                RecordStatus::Live => ancestors.push(ancestor(parent, row)),
                RecordStatus::Withdrawn { .. } => return Err(Error::<T>::ParentWithdrawn.into()),
            }
        }
        Ok(Royalties::of(&ancestors).map_err(Error::<T>::from)?)
    }
}

impl<T> From<RoyaltyError> for Error<T> {
    fn from(error: RoyaltyError) -> Self {
        match error {
            RoyaltyError::SharesExceedWhole => Error::SharesExceedWhole,
            RoyaltyError::TooManyPayees => Error::TooManyPayees,
            RoyaltyError::TooDeep => Error::TooDeep,
        }
    }
}

/// A parent with its row, as the table of royalties is made from it.
pub(crate) fn ancestor<Balance>(parent: &Parent, row: Record<Balance>) -> Ancestor {
    Ancestor {
        owner: row.statement.owner,
        share_ppm: parent.share_ppm,
        royalties: row.royalties,
    }
}

/// Whether `key` signed this statement for this chain.
pub(crate) fn signature_is_valid(
    genesis: &Genesis,
    statement: &Statement,
    key: &[u8; 32],
    signature: &[u8; 64],
) -> bool {
    sp_io::crypto::ed25519_verify(
        &ed25519::Signature::from_raw(*signature),
        &statement.signing_bytes(genesis),
        &ed25519::Public::from_raw(*key),
    )
}

/// Whether the parents' shares add up to at most the whole.
pub(crate) fn shares_fit(parents: &[Parent]) -> bool {
    let sum = parents
        .iter()
        .try_fold(0_u32, |sum, parent| sum.checked_add(parent.share_ppm));
    sum.is_some_and(|sum| sum <= WHOLE_PPM)
}
