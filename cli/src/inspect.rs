//! `vouchsafe audit`: fetches what [`crate::audit`] checks.

use crate::{
    amount,
    audit::{self, Evidence, Fetched},
    evaluate,
    failure::Failure,
    gateway::{Gateway, GatewayError},
    market::status_name,
    parents::show_share,
    show::{Show, plain},
    trust::Both,
    verify,
};
use serde_json::json;
use vouchsafe_audit::fault;
use vouchsafe_chain_client::{ChainClient, ss58};
use vouchsafe_protocol::id::RecordId;

/// Audits one record. `url` replaces the gateway's address on chain.
///
/// # Errors
/// [`Failure::Audit`] with the names of the checks that fail; see [`Failure`].
pub async fn run(show: Show, chain: &ChainClient, id: RecordId, url: Option<&str>) -> Result<(), Failure> {
    let evidence = gather(chain, id, url).await?;
    let checks = audit::checks(&evidence);
    let failed = audit::failed(&checks);
    let rows: Vec<_> = checks
        .iter()
        .map(|check| {
            let (verdict, why) = check.outcome();
            json!({"check": check.name, "question": check.question, "verdict": verdict, "why": why})
        })
        .collect();
    let mut lines: Vec<String> = checks
        .iter()
        .map(|check| {
            let (verdict, why) = check.outcome();
            let why = why.map(|why| format!(": {}", plain(why))).unwrap_or_default();
            format!("{verdict:<6}  {:<17} {}{why}", check.name, check.question)
        })
        .collect();
    if let Some((_, offer)) = &evidence.offer {
        let (open, settled, refunded) = (offer.open_orders, offer.settled, offer.refunded);
        let (status, bond) = (status_name(offer.status), amount::show(offer.bond));
        lines.push(format!(
            "orders: {open} open, {settled} settled, {refunded} refunded; the offer is {status}, its bond {bond}"
        ));
    }
    let said = chain.standing(&id).await?;
    let condemned = said.as_ref().and_then(|said| said.condemned);
    if let Some(said) = said.as_ref().filter(|said| said.audited > 0) {
        lines.push(format!(
            "auditors who have looked: {}, of whom {} found nothing",
            said.audited, said.clean
        ));
    }
    lines.extend(condemned.map(|(at, finding)| {
        format!(
            "CONDEMNED at block {at}: two auditors say that {}",
            fault(finding)
        )
    }));
    let statement = &evidence.record.statement;
    let trust = Both::of(chain, &statement.owner, &statement.gateway).await?;
    lines.push(trust.words());
    for parent in &statement.parents {
        let share = show_share(parent.share_ppm);
        lines.push(format!(
            "derived from {}: {share} of what each sale earns goes there",
            parent.record
        ));
    }
    let payees = &evidence.record.royalties.payees;
    for royalty in payees {
        let (payee, share) = (ss58::encode(&royalty.payee), show_share(royalty.share_ppm));
        lines.push(format!("of what each sale earns {payee} gets {share}"));
    }
    let label = (evidence.report.as_ref().ok()).and_then(|(report, _)| evaluate::label_of(report));
    if label.is_some() {
        lines.push("what its photos are worth, as the report says:".to_owned());
        lines.extend(evaluate::words(label.as_ref()));
    }
    let sound = failed.is_empty();
    lines.push(if sound {
        "the record is sound".to_owned()
    } else {
        "the record is NOT sound".to_owned()
    });
    let json = json!({
        "record": id, "sound": sound, "failed": failed, "checks": rows,
        "owner": statement.owner, "gateway": statement.gateway, "items": statement.items,
        "grade": audit::grade_name(statement.grade), "root": statement.content.root,
        "parents": statement.parents.as_slice(), "royalties": payees.as_slice(), "quality": label,
        "registered_at": evidence.record.registered_at,
        "offer": evidence.offer.as_ref().map(|(offer, row)| json!({
            "id": offer, "price": row.price.to_string(), "open_orders": row.open_orders,
            "settled": row.settled, "refunded": row.refunded, "status": status_name(row.status),
            "bond": row.bond.to_string(),
        })),
        "owner_faults": evidence.owner_faults.as_seller, "gateway_faults": evidence.gateway_faults.as_gateway,
        "audited": said.as_ref().map(|said| said.audited), "clean": said.as_ref().map(|said| said.clean),
        "condemned": condemned.map(|(at, finding)| json!({"at": at, "says": fault(finding)})),
        "trust": trust.document(),
    });
    show.result(&json, &lines)?;
    if sound {
        Ok(())
    } else {
        Err(Failure::Audit { record: id, failed })
    }
}

async fn gather(chain: &ChainClient, id: RecordId, url: Option<&str>) -> Result<Evidence, Failure> {
    let record = chain.record(&id).await?.ok_or(Failure::NoRecord(id))?;
    let registered = chain.gateway(&record.statement.gateway).await?;
    let offer = match chain.offer_of(&id).await? {
        Some(offer) => chain.offer(&offer).await?.map(|row| (offer, row)),
        None => None,
    };
    let mut parents = Vec::new();
    for parent in &record.statement.parents {
        parents.push(chain.record(&parent.record).await?);
    }
    let mut orders = Vec::new();
    if let Some((offer, _)) = &offer {
        for order in chain.open_orders(offer).await? {
            orders.push((order, chain.order(&order).await?));
        }
    }
    let url = url.or(registered.as_ref().map(|gateway| gateway.endpoint.as_str()));
    let gateway = match url {
        Some(url) => Some(Gateway::at(url)?),
        None => None,
    };
    // A gateway that is away fails the checks on its documents, by name, and not the others.
    let document = |name: &str| match &gateway {
        Some(gateway) => kept(gateway.document(&id, name)),
        None => Err("the gateway is not registered any more; name its address with --gateway".to_owned()),
    };
    let report = document("report").map(|document| (document.bytes, document.signature));
    let metadata = document("metadata").map(|document| document.bytes);
    let most = verify::max_sidecar_bytes(&record.statement.content);
    let sidecar = match (&offer, &gateway) {
        (None, _) => None,
        (Some((offer, _)), Some(gateway)) => Some(kept(gateway.sidecar(offer, most))),
        (Some(_), None) => Some(Err("the gateway is not registered any more".to_owned())),
    };
    let genesis = chain.genesis();
    let owner_faults = chain.faults(&record.statement.owner).await?;
    let gateway_faults = chain.faults(&record.statement.gateway).await?;
    Ok(Evidence {
        genesis,
        id,
        record,
        gateway: registered,
        report,
        metadata,
        sidecar,
        offer,
        orders,
        parents,
        owner_faults,
        gateway_faults,
    })
}

fn kept<T>(answer: Result<T, GatewayError>) -> Fetched<T> {
    answer.map_err(|error| error.to_string())
}
