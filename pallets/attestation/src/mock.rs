//! A runtime with this pallet for the tests: a log of findings in memory, and ledgers of what it told others.

use crate::{self as pallet_attestation, try_state};
use frame_support::{derive_impl, ensure, pallet_prelude::DispatchError, parameter_types, traits::ConstU32};
use sp_runtime::{BuildStorage, traits::IdentityLookup};
use vouchsafe_protocol::{
    finding::{Attested, Finding, is_condemned},
    id::{Digest, RecordId},
    trust::{AuditSink, Modality},
};

pub type AccountId = u64;
type Block = frame_system::mocking::MockBlockU32<Test>;

/// Owns the records.
pub const SOFIA: AccountId = 1;
/// Vouched for them.
pub const GATE: AccountId = 2;
/// Audit.
pub const ADA: AccountId = 11;
pub const BEN: AccountId = 12;
pub const CHLOE: AccountId = 13;
/// Is no auditor.
pub const ANYONE: AccountId = 21;
pub const MOST: u32 = 4;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Attestation: pallet_attestation = 23,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type Block = Block;
}

/// What the pallet told reputation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Audited(Finding, AccountId, AccountId),
    Agreed(AccountId),
}

parameter_types! {
    /// The log: which record, who, what. All records are Sofia's, and the gate vouched for them.
    pub static Log: Vec<(RecordId, AccountId, Finding)> = Vec::new();
    pub static Ledger: Vec<Told> = Vec::new();
    pub static Halted: Vec<RecordId> = Vec::new();
    /// Who has dealt with whom.
    pub static Dealt: Vec<(AccountId, AccountId)> = Vec::new();
}

pub struct MemoryLog;

impl pallet_attestation::Records<AccountId> for MemoryLog {
    fn attest(
        by: &AccountId,
        record: RecordId,
        finding: Finding,
        _: Digest,
    ) -> Result<Attested<AccountId>, DispatchError> {
        let earlier: Vec<(AccountId, Finding)> = said_of(record);
        ensure!(
            earlier.iter().all(|(auditor, _)| auditor != by),
            "has spoken before"
        );
        let mut findings: Vec<Finding> = earlier.iter().map(|(_, finding)| *finding).collect();
        let agreement = finding.agreement(&findings);
        let was_condemned = is_condemned(&findings);
        findings.push(finding);
        Log::mutate(|log| log.push((record, *by, finding)));
        Ok(Attested {
            owner: SOFIA,
            gateway: GATE,
            agreement,
            with: earlier
                .iter()
                .filter(|(_, said)| *said == finding)
                .map(|(auditor, _)| *auditor)
                .collect(),
            was_condemned,
            is_condemned: is_condemned(&findings),
        })
    }

    fn owner(_: &RecordId) -> Option<AccountId> {
        Some(SOFIA)
    }

    fn condemned() -> Vec<(AccountId, AccountId)> {
        let mut records: Vec<RecordId> = Log::get().iter().map(|(record, _, _)| *record).collect();
        records.sort();
        records.dedup();
        records
            .into_iter()
            .filter(|record| {
                let findings: Vec<Finding> = said_of(*record).iter().map(|(_, one)| *one).collect();
                is_condemned(&findings)
            })
            .map(|_| (SOFIA, GATE))
            .collect()
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn prepare(record: RecordId, earlier: &AccountId, finding: Finding, _: &AccountId, _: &AccountId) {
        Log::mutate(|log| log.push((record, *earlier, finding)));
    }
}

fn said_of(record: RecordId) -> Vec<(AccountId, Finding)> {
    Log::get()
        .into_iter()
        .filter(|(about, _, _)| *about == record)
        .map(|(_, auditor, finding)| (auditor, finding))
        .collect()
}

pub struct Market;

impl pallet_attestation::Offers for Market {
    fn halt(record: &RecordId) {
        Halted::mutate(|halted| halted.push(*record));
    }
}

pub struct Book;

impl AuditSink<AccountId> for Book {
    fn audited(finding: Finding, seller: &AccountId, gateway: &AccountId, _: Modality) {
        Ledger::mutate(|ledger| ledger.push(Told::Audited(finding, *seller, *gateway)));
    }

    fn agreed(auditor: &AccountId, _: Modality) {
        Ledger::mutate(|ledger| ledger.push(Told::Agreed(*auditor)));
    }

    fn have_dealt(seller: &AccountId, account: &AccountId) -> bool {
        Dealt::get().contains(&(*seller, *account))
    }
}

impl pallet_attestation::Config for Test {
    type AdminOrigin = frame_system::EnsureRoot<AccountId>;
    type Records = MemoryLog;
    type Offers = Market;
    type Trust = Book;
    type MaxAuditors = ConstU32<MOST>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

/// Block 1, nobody admitted.
pub fn new_test_ext() -> sp_io::TestExternalities {
    Log::set(Vec::new());
    Ledger::set(Vec::new());
    Halted::set(Vec::new());
    Dealt::set(Vec::new());
    let mut ext = sp_io::TestExternalities::new(RuntimeGenesisConfig::default().build_storage().unwrap());
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// Runs a story with Ada, Ben and Chloe as auditors, and checks the invariants after it.
pub fn execute(story: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        for auditor in [ADA, BEN, CHLOE] {
            Attestation::admit(RuntimeOrigin::root(), auditor).unwrap();
        }
        story();
        try_state::check::<Test>().unwrap();
    });
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

pub fn record(number: u8) -> RecordId {
    RecordId([number; 32])
}
