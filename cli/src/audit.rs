//! The checks of an audit, as pure functions over what was fetched. Every check has a name and a verdict.

use crate::show::plain;
use vouchsafe_audit::{
    report::{Field, Report},
    signature,
};
use vouchsafe_chain_client::{
    Faults, GatewayInfo, GatewayStatus, OfferInfo, OfferStatus, OrderInfo, RecordInfo, RecordStatus,
};
use vouchsafe_protocol::{
    id::{Genesis, OfferId, OrderId, RecordId},
    report::{metadata_hash, report_hash, report_signing_bytes},
    royalty::{Ancestor, Royalties},
    sidecar::Sidecar,
};

/// Something that was fetched, or why not.
pub type Fetched<T> = Result<T, String>;

/// Everything that an audit looks at.
#[derive(Debug)]
pub struct Evidence {
    /// The chain.
    pub genesis: Genesis,
    /// The id that is audited.
    pub id: RecordId,
    /// The record under that id.
    pub record: RecordInfo,
    /// The gateway that the record names, if it is registered now.
    pub gateway: Option<GatewayInfo>,
    /// The report's exact bytes and its signature.
    pub report: Fetched<(Vec<u8>, Option<[u8; 64]>)>,
    /// The metadata document's exact bytes.
    pub metadata: Fetched<Vec<u8>>,
    /// The sidecar's bytes; `None` where the record was never offered.
    pub sidecar: Option<Fetched<Vec<u8>>>,
    /// The record's offer, if there is one.
    pub offer: Option<(OfferId, OfferInfo)>,
    /// The offer's open orders.
    pub orders: Vec<(OrderId, Option<OrderInfo>)>,
    /// The records that this one names as its parents, in their order; `None` for one that the chain does not have.
    pub parents: Vec<Option<RecordInfo>>,
    /// Proven frauds of the record's owner.
    pub owner_faults: Faults,
    /// Proven frauds of the record's gateway.
    pub gateway_faults: Faults,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it must be.
    Passed,
    /// Not wrong, but worth knowing.
    Noted(String),
    /// Wrong, or not to be found out.
    Failed(String),
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable, for programs.
    pub name: &'static str,
    /// What is asked, for people.
    pub question: &'static str,
    /// How it ended.
    pub verdict: Verdict,
}

impl Check {
    /// `passed`, `noted` or `failed`, and why.
    pub fn outcome(&self) -> (&'static str, Option<&str>) {
        match &self.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Noted(why) => ("noted", Some(why)),
            Verdict::Failed(why) => ("failed", Some(why)),
        }
    }
}

/// Makes every check, in an order that reads as a story.
pub fn checks(evidence: &Evidence) -> Vec<Check> {
    let e = evidence;
    let check = |name, question, verdict| Check {
        name,
        question,
        verdict,
    };
    vec![
        check(
            "record-id",
            "the id is the hash of the record's statement",
            record_id(e),
        ),
        check(
            "record-signature",
            "the gateway's key signed the statement",
            record_signature(e),
        ),
        check("record-status", "the record is live", record_status(e)),
        check(
            "royalties",
            "who shares in its earnings follows from its parents",
            royalties(e),
        ),
        check(
            "gateway",
            "the gateway is registered with the key that signed",
            gateway(e),
        ),
        check(
            "report-hash",
            "the report is the one that the record names",
            report_hash_matches(e),
        ),
        check(
            "report-signature",
            "the gateway's key signed the report",
            report_signature(e),
        ),
        check(
            "report-items",
            "report and record count the same files",
            report_field(e, Field::Items),
        ),
        check(
            "report-metrics",
            "report and record name the same metrics",
            report_field(e, Field::Metrics),
        ),
        check(
            "report-grade",
            "report and record state the same grade",
            report_field(e, Field::Grade),
        ),
        check(
            "report-input",
            "report and record commit to the same input",
            report_field(e, Field::Input),
        ),
        check(
            "report-overrides",
            "nothing is left in the photos but what the gateway's key answers for",
            report_notes(e),
        ),
        check(
            "metadata-hash",
            "the metadata is the one that the record names",
            metadata(e),
        ),
        check(
            "sidecar-root",
            "the sidecar adds up to the record's root",
            sidecar_root(e),
        ),
        check(
            "sidecar-items",
            "the content has one item per file, and its contents document",
            sidecar_items(e),
        ),
        check(
            "offer",
            "the offer sells the record's content for its owner",
            offer(e),
        ),
        check(
            "offer-fraud",
            "no buyer has proven that the content is another than promised",
            offer_fraud(e),
        ),
        check(
            "faults",
            "no other fraud of its owner and its gateway was proven",
            faults(e),
        ),
        check(
            "offer-orders",
            "the offer's open orders are as many as it counts",
            order_count(e),
        ),
        check(
            "orders",
            "every open order is of this offer and its seller",
            orders(e),
        ),
    ]
}

/// The names of the checks that failed.
pub fn failed(checks: &[Check]) -> Vec<String> {
    let failing = checks
        .iter()
        .filter(|check| matches!(check.verdict, Verdict::Failed(_)));
    failing.map(|check| check.name.to_owned()).collect()
}

fn expect<T: PartialEq + std::fmt::Display>(found: T, expected: T) -> Verdict {
    if found == expected {
        Verdict::Passed
    } else {
        Verdict::Failed(format!("found {found}, the record says {expected}"))
    }
}

fn record_id(e: &Evidence) -> Verdict {
    let found = RecordId::derive(&e.genesis, &e.record.statement);
    if found == e.id {
        Verdict::Passed
    } else {
        Verdict::Failed(format!("the statement hashes to {found}"))
    }
}

fn signed(key: &[u8; 32], message: &[u8], by: &[u8; 64]) -> Verdict {
    match signature::verify(key, message, by) {
        Ok(()) => Verdict::Passed,
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

fn record_signature(e: &Evidence) -> Verdict {
    signed(
        &e.record.key,
        &e.record.statement.signing_bytes(&e.genesis),
        &e.record.signature,
    )
}

fn record_status(e: &Evidence) -> Verdict {
    match e.record.status {
        RecordStatus::Live => Verdict::Passed,
        RecordStatus::Withdrawn { at } => Verdict::Noted(format!("its owner withdrew it at block {at}")),
    }
}

fn royalties(e: &Evidence) -> Verdict {
    let mut ancestors = Vec::with_capacity(e.parents.len());
    for (parent, row) in e.record.statement.parents.iter().zip(&e.parents) {
        let Some(row) = row else {
            return Verdict::Failed(format!("the chain has no record {}", parent.record));
        };
        ancestors.push(Ancestor {
            owner: row.statement.owner,
            share_ppm: parent.share_ppm,
            royalties: row.royalties.clone(),
        });
    }
    match Royalties::of(&ancestors) {
        Ok(table) if table == e.record.royalties => Verdict::Passed,
        Ok(_) => Verdict::Failed("the chain's table of payees is another".to_owned()),
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

fn gateway(e: &Evidence) -> Verdict {
    let Some(gateway) = &e.gateway else {
        return Verdict::Noted("it is not registered any more; its bond was released".to_owned());
    };
    if gateway.key != e.record.key {
        return Verdict::Noted("it has another key by now; the record keeps the one that signed".to_owned());
    }
    match gateway.status {
        GatewayStatus::Active => Verdict::Passed,
        GatewayStatus::Retiring { release_after } => Verdict::Noted(format!(
            "it has retired; its bond stays until block {release_after}"
        )),
    }
}

fn missing(why: &str) -> Verdict {
    Verdict::Failed(format!("it could not be fetched: {why}"))
}

fn report_hash_matches(e: &Evidence) -> Verdict {
    match &e.report {
        Ok((bytes, _)) => expect(report_hash(&e.genesis, bytes), e.record.statement.report),
        Err(why) => missing(why),
    }
}

fn report_signature(e: &Evidence) -> Verdict {
    match &e.report {
        Ok((bytes, Some(signature))) => {
            let hash = report_hash(&e.genesis, bytes);
            signed(&e.record.key, &report_signing_bytes(&e.genesis, &hash), signature)
        }
        Ok((_, None)) => Verdict::Failed("the gateway sends no signature with it".to_owned()),
        Err(why) => missing(why),
    }
}

fn read_report(e: &Evidence) -> Result<Report, Verdict> {
    let (bytes, _) = e.report.as_ref().map_err(|why| missing(why))?;
    Report::read(bytes).map_err(|error| Verdict::Failed(error.to_string()))
}

fn report_field(e: &Evidence, field: Field) -> Verdict {
    let agrees = read_report(e).map(|report| report.agrees(field, &e.record.statement));
    match agrees {
        Ok(Ok(())) => Verdict::Passed,
        Ok(Err(error)) => Verdict::Failed(error.to_string()),
        Err(verdict) => verdict,
    }
}

fn report_notes(e: &Evidence) -> Verdict {
    let left_over = match read_report(e) {
        Ok(report) => report.left_over(&e.record.key, e.record.statement.grade),
        Err(verdict) => return verdict,
    };
    match left_over {
        Ok(left_over) if left_over.is_nothing() => Verdict::Passed,
        Ok(left_over) => Verdict::Noted(plain(&left_over.to_string())),
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

/// The grade as reports write it.
pub use vouchsafe_audit::report::grade_name;

fn metadata(e: &Evidence) -> Verdict {
    match &e.metadata {
        Ok(bytes) => expect(metadata_hash(&e.genesis, bytes), e.record.statement.metadata),
        Err(why) => missing(why),
    }
}

fn decoded(e: &Evidence) -> Result<Sidecar, Verdict> {
    match &e.sidecar {
        None => Err(Verdict::Noted("the record was never offered".to_owned())),
        Some(Err(why)) => Err(missing(why)),
        Some(Ok(bytes)) => Sidecar::decode(bytes).map_err(|error| Verdict::Failed(error.to_string())),
    }
}

fn sidecar_root(e: &Evidence) -> Verdict {
    let sidecar = match decoded(e) {
        Ok(sidecar) => sidecar,
        Err(verdict) => return verdict,
    };
    let content = e.record.statement.content;
    let (chunks, bytes) = (sidecar.layout().chunks(), sidecar.layout().bytes());
    if (chunks, bytes) != (content.chunks, content.bytes) {
        let (said_chunks, said_bytes) = (content.chunks, content.bytes);
        return Verdict::Failed(format!(
            "found {chunks} chunks and {bytes} bytes, the record says {said_chunks} and {said_bytes}"
        ));
    }
    expect(sidecar.root(), content.root)
}

fn sidecar_items(e: &Evidence) -> Verdict {
    match decoded(e) {
        Ok(sidecar) => expect(
            sidecar.layout().items().saturating_sub(1),
            e.record.statement.items,
        ),
        Err(verdict) => verdict,
    }
}

fn offer(e: &Evidence) -> Verdict {
    let Some((_, offer)) = &e.offer else {
        return Verdict::Noted("the record was never offered".to_owned());
    };
    if offer.record != e.id {
        return Verdict::Failed(format!("it is of record {}", offer.record));
    }
    if offer.content != e.record.statement.content {
        return Verdict::Failed("it sells other content".to_owned());
    }
    if offer.seller != e.record.statement.owner {
        return Verdict::Failed(format!("its seller is {}, not the record's owner", offer.seller));
    }
    if offer.gateway != e.record.statement.gateway {
        return Verdict::Failed(format!("it names the gateway {}", offer.gateway));
    }
    Verdict::Passed
}

fn offer_fraud(e: &Evidence) -> Verdict {
    match e.offer.as_ref().map(|(_, offer)| offer.status) {
        None => Verdict::Noted("the record was never offered".to_owned()),
        Some(OfferStatus::Frozen { at }) => Verdict::Failed(format!(
            "one did, in block {at}: a chunk does not open to what the seller committed to"
        )),
        Some(
            OfferStatus::Open
            | OfferStatus::Closed { .. }
            | OfferStatus::Released
            | OfferStatus::Halted { .. },
        ) => Verdict::Passed,
    }
}

fn faults(e: &Evidence) -> Verdict {
    let frozen = matches!(
        e.offer.as_ref().map(|(_, offer)| offer.status),
        Some(OfferStatus::Frozen { .. })
    );
    // The fraud of this very offer is counted too, and told by the check before.
    let others = |count: u32| count.saturating_sub(u32::from(frozen));
    match (
        others(e.owner_faults.as_seller),
        others(e.gateway_faults.as_gateway),
    ) {
        (0, 0) => Verdict::Passed,
        (seller, gateway) => Verdict::Noted(format!(
            "{seller} other offers of its owner were proven fraudulent, and {gateway} that its gateway vouched for"
        )),
    }
}

fn order_count(e: &Evidence) -> Verdict {
    let Some((_, offer)) = &e.offer else {
        return Verdict::Noted("the record was never offered".to_owned());
    };
    if usize::try_from(offer.open_orders) == Ok(e.orders.len()) {
        return Verdict::Passed;
    }
    Verdict::Failed(format!(
        "it counts {}, there are {}",
        offer.open_orders,
        e.orders.len()
    ))
}

fn orders(e: &Evidence) -> Verdict {
    let Some((id, offer)) = &e.offer else {
        return Verdict::Noted("the record was never offered".to_owned());
    };
    for (order, row) in &e.orders {
        match row {
            None => return Verdict::Failed(format!("order {order} is counted but not stored")),
            Some(row) if row.offer != *id || row.seller != offer.seller => {
                return Verdict::Failed(format!("order {order} is of another offer or seller"));
            }
            Some(_) => {}
        }
    }
    Verdict::Passed
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
