//! What auditors say of a record: it stands in the log, and when two agree on a fault the record is condemned.

use crate::{Config, Error, Event, Pallet, Record, RecordStatus, Records};
use alloc::vec::Vec;
use frame_support::{ensure, pallet_prelude::DispatchError};
use vouchsafe_protocol::{
    finding::{Attested, Finding, MAX_ATTESTATIONS, is_condemned},
    id::{Account, Digest, RecordId},
    log::Fact,
};

impl<T: Config> Pallet<T> {
    /// Puts into the log what an auditor found. That `by` is an auditor is for the caller to know. A record that its
    /// auditors condemn with this is withdrawn. At most 12 reads of entries.
    ///
    /// # Errors
    /// `UnknownRecord`, `Interested`, `NoSuchItem`, `AlreadyAttested`, `TooManyAttestations`, `LogFull`; nothing is
    /// written.
    pub fn attest(
        by: &T::AccountId,
        record: RecordId,
        finding: Finding,
        attestation: Digest,
    ) -> Result<Attested<T::AccountId>, DispatchError> {
        let row = Records::<T>::get(record).ok_or(Error::<T>::UnknownRecord)?;
        let account = Account(by.clone().into());
        let (owner, gateway) = (row.statement.owner, row.statement.gateway);
        ensure!(![owner, gateway].contains(&account), Error::<T>::Interested);
        let items = row.statement.items;
        ensure!(
            finding.item().is_none_or(|item| item < items),
            Error::<T>::NoSuchItem
        );
        let earlier = Self::findings_of(&record);
        ensure!(
            earlier.iter().all(|(auditor, _)| *auditor != account),
            Error::<T>::AlreadyAttested
        );
        ensure!(
            earlier.len() < MAX_ATTESTATIONS as usize,
            Error::<T>::TooManyAttestations
        );

        let mut findings: Vec<Finding> = earlier.iter().map(|(_, finding)| *finding).collect();
        let agreement = finding.agreement(&findings);
        let was_condemned = is_condemned(&findings);
        findings.push(finding);
        let is_condemned = is_condemned(&findings);
        Self::append(
            record,
            Fact::Attested {
                by: account,
                finding,
                attestation,
            },
        )?;
        Self::deposit_event(Event::RecordAttested {
            record,
            by: by.clone(),
            finding,
            attestation,
        });
        if is_condemned && !was_condemned {
            if row.status == RecordStatus::Live {
                let status = RecordStatus::Withdrawn { at: Self::height() };
                Records::<T>::insert(record, Record { status, ..row });
            }
            Self::deposit_event(Event::RecordCondemned { record, finding });
        }
        let alike = earlier.into_iter().filter(|(_, said)| *said == finding);
        Ok(Attested {
            owner: owner.0.into(),
            gateway: gateway.0.into(),
            agreement,
            with: alike.map(|(auditor, _)| auditor.0.into()).collect(),
            was_condemned,
            is_condemned,
        })
    }

    /// What auditors found in a record, oldest first, one each.
    pub fn findings_of(record: &RecordId) -> Vec<(Account, Finding)> {
        Self::facts_of(record)
            .filter_map(|fact| match fact {
                Fact::Attested { by, finding, .. } => Some((by, finding)),
                Fact::Registered { .. }
                | Fact::Withdrawn
                | Fact::Erased { .. }
                | Fact::FraudProven { .. } => None,
            })
            .collect()
    }

    /// Owner and gateway of every condemned record. Reads every record: for checks, never for a block.
    pub fn condemned() -> impl Iterator<Item = (T::AccountId, T::AccountId)> {
        Records::<T>::iter().filter_map(|(id, row)| {
            let findings: Vec<Finding> = Self::findings_of(&id).iter().map(|(_, one)| *one).collect();
            is_condemned(&findings).then(|| (row.statement.owner.0.into(), row.statement.gateway.0.into()))
        })
    }
}
