//! `vouchsafe lineage`: what a record is derived from, as the chain and the gateways say.

use crate::{
    failure::Failure,
    gateway::GatewayError,
    metadata::{Unread, fetch},
    show::Show,
};
use std::collections::BTreeSet;
use vouchsafe_chain_client::ChainClient;
use vouchsafe_documents::lineage::{Format, Lineage, Walk};
use vouchsafe_protocol::{
    id::{Account, RecordId},
    log::Standing,
    record::Statement,
};

/// Reads a record's ancestors and shows them.
///
/// # Errors
/// [`Failure::NoRecord`]; see [`Failure`]. A gateway that is away costs titles and terms, no more.
pub async fn run(show: Show, chain: &ChainClient, record: RecordId, format: Format) -> Result<(), Failure> {
    if chain.record(&record).await?.is_none() {
        return Err(Failure::NoRecord(record));
    }
    let lineage = read(show, chain, record).await?;
    for edge in lineage.breaches() {
        if let Some(breach) = &edge.breach {
            show.note(format!(
                "{} is derived from {}, but {breach}",
                edge.child, edge.parent
            ));
        }
    }
    let format = if show.json { Format::Json } else { format };
    Show::text(lineage.show(format).as_bytes())?;
    Ok(())
}

async fn read(show: Show, chain: &ChainClient, record: RecordId) -> Result<Lineage, Failure> {
    let mut walk = Walk::new(record);
    let mut away = BTreeSet::<Account>::new();
    while let Some(record) = walk.next_record() {
        let Some((statement, standing)) = known(chain, &record).await? else {
            continue;
        };
        walk.learn(&record, &statement, &standing);
        if away.contains(&statement.gateway) {
            continue;
        }
        match fetch(chain, &statement, &record, None).await {
            Ok(document) => walk.read(&record, &document.json),
            Err(Unread::Chain(error)) => return Err(error.into()),
            Err(unread) => {
                if let Unread::Gateway(GatewayError::Unreachable { .. }) = unread {
                    away.insert(statement.gateway);
                }
                show.note(format!("{record}: {unread}"));
            }
        }
    }
    Ok(walk.finish())
}

/// What the chain has under an id, if it is what the id is the hash of.
async fn known(chain: &ChainClient, record: &RecordId) -> Result<Option<(Statement, Standing)>, Failure> {
    let (Some(row), Some(standing)) = (chain.record(record).await?, chain.standing(record).await?) else {
        return Ok(None);
    };
    let sound = RecordId::derive(&chain.genesis(), &row.statement) == *record;
    Ok(sound.then_some((row.statement, standing)))
}
