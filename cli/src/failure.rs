//! How a command ends when it does not succeed: one sentence that says what to do, and an exit status.

use crate::{amount, gateway::GatewayError, home::HomeError, metadata::Unread, verify::ContentFault};
use std::path::PathBuf;
use vouchsafe_audit::contents::ContentsError;
use vouchsafe_chain_client::ChainError;
use vouchsafe_protocol::id::{Digest, OfferId, OrderId, RecordId};

/// What the exit statuses mean, as shown by `--help`.
pub const EXIT_STATUSES: &str = "\
Exit status:
   0  done
   1  something on this machine failed (disk, permissions)
   2  the command line was not understood
   3  the node or the gateway could not be reached; try again later
   4  the content is not what the chain says; nothing was paid for it
   5  not enough money
   6  the seller did not deliver in time; the price was refunded
   7  the audit found a check that fails
   8  the chain or the gateway refused
   9  a key is missing or unsafe
  10  no such offer, record or job
  11  what was delivered after payment cannot be opened or unpacked
  12  something could be lost or become public, so this needs --yes
  13  a fraud of the seller is proven, or auditors found a fault; what was paid is back, and the offer is sold no more
  14  no fraud can be proven; nothing was filed and nothing became public
  15  the bundle is not sound: a check failed
  16  the bundle is sound, but starts from nothing that you said you trust
  17  the bundle is sound and anchored, but does not show that a file is part of the dataset
  18  something that the record says of its photos is false
  19  nets see something else in its photos than the record says: somebody has to look";

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its case is")]
pub enum Failure {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error("{doing} {path:?} failed: {source}")]
    Disk {
        doing: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the chain has no offer {0}; `vouchsafe offers` lists all")]
    NoOffer(OfferId),
    #[error("the chain has no record {0}; is it a record's id, and the right node (--node)?")]
    NoRecord(RecordId),
    #[error("the chain has no order {0}: it was never placed, or was forgotten with another home")]
    NoOrder(OrderId),
    #[error(
        "order {order} is of the account {buyer}, and this key is of {account}; name the right key with --key"
    )]
    NotBuyer {
        order: OrderId,
        buyer: String,
        account: String,
    },
    #[error(
        "the chain took the call, and nothing changed for {0}: this key does not govern the chain, or there are as many \
         auditors as there can be; name the right key with --key"
    )]
    NotGoverned(String),
    #[error("nothing was attested: {0}")]
    Unsaid(&'static str),
    #[error("{file:?} is not an attestation of yours on this chain: {why}")]
    NotThisAttestation { file: PathBuf, why: String },
    #[error("order {order} has not ended: {waits_for}. Its deposit comes back afterwards")]
    OrderOpen { order: OrderId, waits_for: String },
    #[error(
        "the files of order {order} are not complete here ({why}){}, so nothing was forgotten. \
         `vouchsafe buy` fetches them again for nothing; to go on without them, say --yes", and_more(.more)
    )]
    FilesIncomplete {
        order: OrderId,
        why: String,
        more: usize,
    },
    #[error("offer {0} is closed: it takes no new orders")]
    OfferClosed(OfferId),
    #[error(
        "offer {0} is frozen: a buyer proved that its seller cheated. It takes no orders; nothing was paid"
    )]
    OfferFrozen(OfferId),
    #[error(
        "offer {0} is halted: two auditors agree on a fault of its content, which `vouchsafe audit` names. It takes no \
         orders; nothing was paid"
    )]
    OfferHalted(OfferId),
    #[error(
        "offer {offer}: its seller has as many orders open as bonds and past sales allow ({} is left, the price is {}); \
         nothing was paid. Try again when some of them have ended", vch(.room), vch(.price)
    )]
    TooMuchOpen { offer: OfferId, room: u128, price: u128 },
    #[error("record {0} was withdrawn by its owner: it cannot be bought any more")]
    Withdrawn(RecordId),
    #[error("the gateway of this record is not registered any more; name its address with --gateway URL")]
    NoEndpoint,
    #[error("record {record}: {unread}")]
    Metadata { record: RecordId, unread: Unread },
    #[error("the price is {}, more than --max-price {}; nothing was paid", vch(.price), vch(.most))]
    TooDear { price: u128, most: u128 },
    #[error(
        "this takes {} (price, deposit and fee) and the account {account} can spend {}; nothing was paid",
        vch(.needed), vch(.spendable)
    )]
    NoFunds {
        account: String,
        needed: u128,
        spendable: u128,
    },
    #[error("refused before paying: {0}. Nothing was paid. Try again later, or tell the seller")]
    BadContent(ContentFault),
    #[error(
        "refused before paying: the licence text that the gateway serves is not the one that the offer names \
         ({found}, the offer says {expected}); nothing was paid"
    )]
    BadLicence { expected: Digest, found: Digest },
    #[error("refused before paying: offer and record disagree about {0}; nothing was paid")]
    OfferDisagrees(&'static str),
    #[error(
        "order {order}: the seller did not deliver by block {deliver_by}. The price of {} is back in your account, {}. \
         Run the same command again to place a new order", vch(.price), for_the_wait(.compensation)
    )]
    Refunded {
        order: OrderId,
        deliver_by: u32,
        price: u128,
        /// Out of the seller's bond; unknown where somebody else took the price back.
        compensation: Option<u128>,
    },
    #[error(
        "too many refunded orders of this offer ({0}): this seller does not deliver. No new order was placed"
    )]
    TooManyAttempts(u32),
    #[error(
        "order {order} was delivered, but chunk {chunk} does not open to what the seller committed to: {reason}. \
         {advice}"
    )]
    DoesNotOpen {
        order: OrderId,
        chunk: u32,
        reason: String,
        advice: String,
    },
    #[error(
        "order {order}: a fraud of its seller is proven, or auditors found a fault before it was delivered. The price \
         of {} is back in your account, and the offer is sold no more", vch(.price)
    )]
    Proven { order: OrderId, price: u128 },
    #[error(
        "order {order} can be disputed, but nothing was filed and nothing became public. To file the proof: \
         vouchsafe dispute {order} --yes"
    )]
    Unfiled { order: OrderId },
    #[error(
        "order {order}: every chunk opens to what was promised ({chunks} of {chunks}); nothing was filed, nothing \
         became public"
    )]
    NothingToProve { order: OrderId, chunks: u32 },
    #[error(
        "order {order}: what is here or served now is not what was sold ({fault}), and proves nothing; nothing was \
         filed. Name a folder with the kept download with --from DIR"
    )]
    Unusable { order: OrderId, fault: ContentFault },
    #[error(
        "order {order}: the proof would not convict ({reason}); nothing was filed, nothing became public"
    )]
    NoProof { order: OrderId, reason: String },
    #[error(
        "{0:?} holds no kept download: expected the files `ciphertext` and `sidecar`, or the folder of a `buy --out`"
    )]
    NothingKept(PathBuf),
    #[error("order {order} was not delivered yet: there is nothing to dispute. {advice}")]
    NotDelivered { order: OrderId, advice: String },
    #[error("order {order} cannot be rated: {why}")]
    NotRatable { order: OrderId, why: String },
    #[error("it is too late to rate order {order}: that was possible up to block {until} (now {now})")]
    TooLateToRate { order: OrderId, until: u32, now: u32 },
    #[error("it is too late to dispute order {order}: {why}. Nothing was filed, nothing became public")]
    TooLate { order: OrderId, why: String },
    #[error(
        "order {0} was not placed by `vouchsafe buy` with this key: its blind does not follow from the key, and \
         without it nothing can be proven"
    )]
    NoBlind(OrderId),
    #[error("the delivered key is not a point of the group: {0}")]
    BadDelivery(String),
    #[error("the dataset's contents document cannot be used: {0}")]
    Contents(#[from] ContentsError),
    #[error("file {name:?} of the dataset does not have the hash that its contents document states")]
    FileHash { name: String },
    #[error("{0:?} exists and is another file; choose an empty folder with --out")]
    InTheWay(PathBuf),
    #[error("{0:?} is not a folder of files to sell")]
    NotAFolder(PathBuf),
    #[error("{0:?} holds no file to sell (files in folders below and hidden files are not taken)")]
    EmptyFolder(PathBuf),
    #[error("{folder:?} holds {files} files; one dataset takes at most {most}: split it")]
    TooManyFiles {
        folder: PathBuf,
        files: usize,
        most: usize,
    },
    #[error("{0:?} is empty: remove it or replace it, a dataset takes no empty file")]
    EmptyFile(PathBuf),
    #[error("{given:?} is neither a file with a licence's text nor an SPDX name known here ({known})")]
    UnknownLicence { given: String, known: String },
    #[error("{path:?} cannot be used: {why}")]
    WishFile { path: PathBuf, why: String },
    #[error("{path:?} names {name:?}, and there is no such file in the folder")]
    WishOfNoFile { path: PathBuf, name: String },
    #[error("this needs the gateway's operator token: --token-file STATE/operator.token")]
    NoToken,
    #[error("the job {id} failed: {detail} ({code})")]
    JobFailed {
        id: String,
        code: String,
        detail: String,
    },
    #[error("the job {0} was cancelled; nothing was listed")]
    JobCancelled(String),
    #[error("the audit of {record} failed: {}", .failed.join(", "))]
    Audit { record: RecordId, failed: Vec<String> },
    #[error("the bundle is NOT sound; failed: {}", .failed.join(", "))]
    Unsound { failed: Vec<String> },
    #[error(
        "the bundle agrees with itself, and no trust anchor was named: that shows nothing about any chain. Name one with \
         --anchor FILE (`vouchsafe anchor` makes it)"
    )]
    NotAnchored,
    #[error(
        "the bundle is sound and anchored, but a file that you named is not shown to be part of the dataset"
    )]
    NotShown,
    #[error("{path:?} is no trust anchor: {why}")]
    BadAnchor { path: PathBuf, why: String },
    #[error(
        "the chain has no validator set that is in the anchor; it is of another chain, or of a later time"
    )]
    OtherAnchor,
    #[error("{0:?} is longer than any bundle")]
    NoBundle(PathBuf),
    #[error(
        "no receipt of this home is of a delivered order of record {0}: open files with the key that bought them, \
             or with the gateway's --token-file"
    )]
    NotBought(RecordId),
    #[error("what record {record} says of its photos is FALSE: {}", .found.join("; "))]
    FalseRows { record: RecordId, found: Vec<String> },
    #[error(
        "nets see something else in photos of record {record} than their rows say: {}. Look at them yourself before you say so",
        .found.join("; ")
    )]
    Doubted { record: RecordId, found: Vec<String> },
    #[error("{file:?} cannot be compared with: {why}")]
    NotALook { file: PathBuf, why: String },
    #[error("record {record} cannot be evaluated: {why}")]
    NoRows { record: RecordId, why: String },
    #[error("this machine or this build does not compute what the suite says, so it must judge nobody: {0}")]
    SelfTest(String),
    #[error("record {record} has no file {name:?}")]
    NoItem { record: RecordId, name: String },
    #[error("the files in {0:?} are not as they were bought, so nothing can be opened with them")]
    NotAsBought(PathBuf),
    #[error("the chain's answers make no bundle: {0}")]
    OddChain(String),
    #[error("record {0} was not erased: erasing cannot be undone, so say --yes")]
    NotErased(RecordId),
    #[error("{given:?} is not an account: give an address like 5FA9n… or a name of a key (--help)")]
    NotAnAccount { given: String },
    #[error(transparent)]
    Runtime(#[from] std::io::Error),
}

impl Failure {
    /// The process's exit status; see [`EXIT_STATUSES`].
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Chain(error) => match error {
                ChainError::Unreachable { .. } | ChainError::Timeout { .. } | ChainError::Answer { .. } => 3,
                ChainError::NoFunds { .. } => 5,
                _ => 8,
            },
            Self::Gateway(error) => match error {
                GatewayError::Unreachable { .. } | GatewayError::CutOff { .. } => 3,
                GatewayError::NotFound { .. } => 10,
                _ => 8,
            },
            Self::Home(error) => match error {
                HomeError::Disk { .. } | HomeError::BadReceipt { .. } | HomeError::BadExhibit { .. } => 1,
                _ => 9,
            },
            Self::Disk { .. }
            | Self::Runtime(_)
            | Self::InTheWay(_)
            | Self::NotAsBought(_)
            | Self::SelfTest(_) => 1,
            Self::BadAnchor { .. }
            | Self::OtherAnchor
            | Self::NotAnAccount { .. }
            | Self::NotAFolder(_)
            | Self::EmptyFolder(_)
            | Self::TooManyFiles { .. }
            | Self::EmptyFile(_)
            | Self::NothingKept(_)
            | Self::NotALook { .. }
            | Self::WishFile { .. }
            | Self::WishOfNoFile { .. }
            | Self::UnknownLicence { .. } => 2,
            Self::BadContent(_)
            | Self::BadLicence { .. }
            | Self::OfferDisagrees(_)
            | Self::Metadata { .. } => 4,
            Self::NoFunds { .. } => 5,
            Self::Refunded { .. } | Self::TooManyAttempts(_) => 6,
            Self::Audit { .. } => 7,
            Self::OddChain(_)
            | Self::NoRows { .. }
            | Self::OfferClosed(_)
            | Self::Withdrawn(_)
            | Self::TooDear { .. }
            | Self::NoEndpoint
            | Self::JobFailed { .. }
            | Self::JobCancelled(_)
            | Self::OrderOpen { .. }
            | Self::NotDelivered { .. }
            | Self::NotRatable { .. }
            | Self::TooLateToRate { .. }
            | Self::TooMuchOpen { .. }
            | Self::NotGoverned(_)
            | Self::Unsaid(_)
            | Self::NotThisAttestation { .. }
            | Self::TooLate { .. } => 8,
            Self::NoToken | Self::NotBuyer { .. } | Self::NoBlind(_) | Self::NotBought(_) => 9,
            Self::NoItem { .. } | Self::NoOffer(_) | Self::NoRecord(_) | Self::NoOrder(_) => 10,
            Self::DoesNotOpen { .. } | Self::BadDelivery(_) | Self::Contents(_) | Self::FileHash { .. } => 11,
            Self::FilesIncomplete { .. } | Self::Unfiled { .. } | Self::NotErased(_) => 12,
            Self::OfferFrozen(_) | Self::OfferHalted(_) | Self::Proven { .. } => 13,
            Self::NothingToProve { .. } | Self::Unusable { .. } | Self::NoProof { .. } => 14,
            Self::Unsound { .. } | Self::NoBundle(_) => 15,
            Self::NotAnchored => 16,
            Self::NotShown => 17,
            Self::FalseRows { .. } => 18,
            Self::Doubted { .. } => 19,
        }
    }

    /// For `map_err`: what was being done to which file.
    pub(crate) fn disk(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { doing, path, source }
    }
}

fn vch(planck: &u128) -> String {
    amount::show(*planck)
}

fn for_the_wait(compensation: &Option<u128>) -> String {
    match compensation {
        None => "with what the seller's bond pays for the wait".to_owned(),
        Some(0) => "and nothing more: the seller's bond had nothing left to give for the wait".to_owned(),
        Some(planck) => format!(
            "and with it {} out of the seller's bond for the wait",
            vch(planck)
        ),
    }
}

fn and_more(count: &usize) -> String {
    match count {
        0 => String::new(),
        count => format!(", nor are those of {count} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_statuses_tell_the_kinds_of_failure_apart() {
        let offer = OfferId([1; 32]);
        let fault = ContentFault::Length { expected: 1 };
        for (failure, status) in [
            (
                Failure::Chain(ChainError::Unreachable {
                    url: String::new(),
                    reason: String::new(),
                }),
                3,
            ),
            (
                Failure::Gateway(GatewayError::Unreachable {
                    url: String::new(),
                    reason: String::new(),
                }),
                3,
            ),
            (Failure::BadContent(fault), 4),
            (
                Failure::NoFunds {
                    account: String::new(),
                    needed: 2,
                    spendable: 1,
                },
                5,
            ),
            (
                Failure::Refunded {
                    order: OrderId([1; 32]),
                    deliver_by: 1,
                    price: 1,
                    compensation: None,
                },
                6,
            ),
            (
                Failure::Audit {
                    record: RecordId([1; 32]),
                    failed: vec!["report-hash".to_owned()],
                },
                7,
            ),
            (Failure::OfferClosed(offer), 8),
            (Failure::NoToken, 9),
            (
                Failure::OrderOpen {
                    order: OrderId([1; 32]),
                    waits_for: String::new(),
                },
                8,
            ),
            (
                Failure::NotBuyer {
                    order: OrderId([1; 32]),
                    buyer: String::new(),
                    account: String::new(),
                },
                9,
            ),
            (Failure::NotGoverned(String::new()), 8),
            (Failure::Unsaid(""), 8),
            (Failure::NoOrder(OrderId([1; 32])), 10),
            (Failure::NoOffer(offer), 10),
            (Failure::FileHash { name: String::new() }, 11),
            (
                Failure::Unfiled {
                    order: OrderId([1; 32]),
                },
                12,
            ),
            (Failure::OfferFrozen(offer), 13),
            (Failure::OfferHalted(offer), 13),
            (
                Failure::Proven {
                    order: OrderId([1; 32]),
                    price: 1,
                },
                13,
            ),
            (
                Failure::NothingToProve {
                    order: OrderId([1; 32]),
                    chunks: 1,
                },
                14,
            ),
            (Failure::NotErased(RecordId([1; 32])), 12),
            (
                Failure::Unsound {
                    failed: vec!["finality".to_owned()],
                },
                15,
            ),
            (Failure::NotAnchored, 16),
            (Failure::NotShown, 17),
            (
                Failure::FalseRows {
                    record: RecordId([1; 32]),
                    found: vec!["000001.jpg: width is off by 1".to_owned()],
                },
                18,
            ),
            (
                Failure::Doubted {
                    record: RecordId([1; 32]),
                    found: vec!["item 2, 000002.jpg: 1 face seen".to_owned()],
                },
                19,
            ),
            (
                Failure::NotALook {
                    file: PathBuf::from("look.json"),
                    why: String::new(),
                },
                2,
            ),
            (
                Failure::NoRows {
                    record: RecordId([1; 32]),
                    why: String::new(),
                },
                8,
            ),
            (Failure::SelfTest(String::new()), 1),
            (Failure::NotBought(RecordId([1; 32])), 9),
            (
                Failure::TooMuchOpen {
                    offer,
                    room: 1,
                    price: 2,
                },
                8,
            ),
            (
                Failure::NotRatable {
                    order: OrderId([1; 32]),
                    why: String::new(),
                },
                8,
            ),
            (
                Failure::TooLateToRate {
                    order: OrderId([1; 32]),
                    until: 1,
                    now: 2,
                },
                8,
            ),
        ] {
            assert_eq!(failure.exit_status(), status, "{failure}");
        }
    }

    #[test]
    fn a_late_refund_tells_the_compensation_to_the_unit_where_it_is_known() {
        let said = |compensation| {
            let refunded = Failure::Refunded {
                order: OrderId([1; 32]),
                deliver_by: 7,
                price: 12 * amount::VCH,
                compensation,
            };
            refunded.to_string()
        };
        let known = said(Some(120_000_000_003));
        assert!(known.contains("12 VCH is back in your account"), "{known}");
        assert!(
            known.contains("with it 0.120000000003 VCH out of the seller's bond"),
            "{known}"
        );
        assert!(
            said(Some(0)).contains("nothing left to give"),
            "{}",
            said(Some(0))
        );
        assert!(!said(None).contains("0 VCH"), "{}", said(None));
    }

    #[test]
    fn a_refusal_before_payment_says_that_nothing_was_paid() {
        let dear = Failure::TooDear {
            price: 2 * amount::VCH,
            most: amount::VCH,
        };
        assert_eq!(
            dear.to_string(),
            "the price is 2 VCH, more than --max-price 1 VCH; nothing was paid"
        );
        let licence = Failure::BadLicence {
            expected: Digest([1; 32]),
            found: Digest([2; 32]),
        };
        assert!(licence.to_string().contains("nothing was paid"), "{licence}");
        let content = Failure::BadContent(ContentFault::Chunk { index: 3, chunks: 9 });
        assert!(content.to_string().contains("chunk 3 of 9"), "{content}");
    }
}
