//! What an auditor found when repeating the evaluation of a record's content, and when auditors agree.
//!
//! One auditor can be wrong, bought or careless, so nothing follows from one finding alone: it stands in the log for
//! everybody to read. [`QUORUM`] auditors who found *the same* decide. Sampling makes it likely that two auditors look at
//! different items, so whoever reads of a fault can look at that very item and say the same.

use crate::{attestation::Class, trust::Happening};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// So many auditors who found the same decide.
pub const QUORUM: usize = 2;

/// Most auditors who can say what they found in one record.
pub const MAX_ATTESTATIONS: u32 = 8;

/// What repeating the evaluation of a record showed.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub enum Finding {
    /// Every exact metric is equal, and banded ones are off on at most a tenth of the sampled items.
    #[codec(index = 0)]
    Clean,
    /// Banded metrics are off on more than a tenth of the sampled items.
    #[codec(index = 1)]
    Mismatch,
    /// An exact metric of an item is not what the record committed to.
    #[codec(index = 2)]
    FalseExact {
        /// The item, from 0.
        item: u32,
        /// The metric, by its number in the suite that the record names.
        metric: u8,
    },
    /// Somebody can be recognised in an item.
    #[codec(index = 3)]
    PrivacyMiss {
        /// The item, from 0.
        item: u32,
        /// By what. Where in the item is never said on chain.
        class: Class,
    },
}

/// What a new finding adds to those that stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Nobody found the same before.
    Alone,
    /// With it, [`QUORUM`] auditors found the same: it is decided now, once.
    Reached,
    /// It was decided before.
    Joined,
}

/// What follows from an auditor's word about a record, for whoever tells others of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested<AccountId> {
    /// Who owns the record.
    pub owner: AccountId,
    /// The gateway that vouched for it.
    pub gateway: AccountId,
    /// What the finding adds to those before it.
    pub agreement: Agreement,
    /// The auditors who found the same before.
    pub with: Vec<AccountId>,
    /// Whether the record was condemned before.
    pub was_condemned: bool,
    /// Whether it is now.
    pub is_condemned: bool,
}

impl Finding {
    /// Whether it condemns a record once it is decided: nobody may buy or derive from it any more.
    pub fn is_fault(self) -> bool {
        match self {
            Self::Clean | Self::Mismatch => false,
            Self::FalseExact { .. } | Self::PrivacyMiss { .. } => true,
        }
    }

    /// The item that it is about.
    pub fn item(self) -> Option<u32> {
        match self {
            Self::Clean | Self::Mismatch => None,
            Self::FalseExact { item, .. } | Self::PrivacyMiss { item, .. } => Some(item),
        }
    }

    /// What it says of those who stand behind the record, once it is decided.
    pub fn happening(self) -> Happening {
        match self {
            Self::Clean => Happening::AuditClean,
            Self::Mismatch => Happening::AuditMismatch,
            Self::FalseExact { .. } => Happening::AuditSerious,
            Self::PrivacyMiss { .. } => Happening::PrivacyMiss,
        }
    }

    /// What it adds to the findings of other auditors, one each, that stand.
    pub fn agreement(self, earlier: &[Self]) -> Agreement {
        match alike(earlier, self) {
            0 => Agreement::Alone,
            others if others.saturating_add(1) == QUORUM => Agreement::Reached,
            _ => Agreement::Joined,
        }
    }
}

/// Whether these findings, one of each auditor, condemn the record.
pub fn is_condemned(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.is_fault() && alike(findings, *finding) >= QUORUM)
}

fn alike(findings: &[Finding], wanted: Finding) -> usize {
    findings.iter().filter(|finding| **finding == wanted).count()
}
