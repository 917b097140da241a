//! `vouchsafe metadata`, and the documents of parents: fetched from gateways, believed by their hash alone.

use crate::{
    failure::Failure,
    gateway::{Gateway, GatewayError},
    show::{Show, plain},
};
use serde_json::Value;
use std::{collections::BTreeSet, path::PathBuf};
use vouchsafe_chain_client::{ChainClient, ChainError};
use vouchsafe_documents::{dcat, terms::Derivation};
use vouchsafe_protocol::{
    id::RecordId,
    record::{Parent, Statement},
    report::metadata_hash,
};

/// A metadata document that is the one its record names.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Its exact text.
    pub text: String,
    /// What it says.
    pub json: Value,
    /// Where it came from.
    pub gateway: String,
}

/// Why a document cannot be had.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its case is")]
pub enum Unread {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error("its gateway is not registered any more")]
    NoGateway,
    #[error("its gateway serves another metadata document than the record names")]
    Another,
    #[error("the metadata document that the record names is no JSON")]
    NoJson,
}

/// How metadata are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The document itself, byte for byte.
    Croissant,
    /// DCAT-AP 3 in JSON-LD.
    Dcat,
}

/// Fetches a record's document from the gateway at `url`, else from the one that the chain names.
///
/// # Errors
/// See [`Unread`].
pub async fn fetch(
    chain: &ChainClient,
    statement: &Statement,
    record: &RecordId,
    url: Option<&str>,
) -> Result<Verified, Unread> {
    let gateway = match url {
        Some(url) => Gateway::at(url)?,
        None => {
            let registered = chain.gateway(&statement.gateway).await?;
            Gateway::at(&registered.ok_or(Unread::NoGateway)?.endpoint)?
        }
    };
    let bytes = gateway.document(record, "metadata")?.bytes;
    if metadata_hash(&chain.genesis(), &bytes) != statement.metadata {
        return Err(Unread::Another);
    }
    let text = String::from_utf8(bytes).map_err(|_| Unread::NoJson)?;
    let json = serde_json::from_str(&text).map_err(|_| Unread::NoJson)?;
    let gateway = gateway.url().to_owned();
    Ok(Verified { text, json, gateway })
}

/// Shows a record's metadata. `url` replaces the gateway's address on chain.
///
/// # Errors
/// [`Failure::NoRecord`], [`Failure::Metadata`]; see [`Failure`].
pub async fn run(
    chain: &ChainClient,
    record: RecordId,
    url: Option<&str>,
    format: Format,
) -> Result<(), Failure> {
    let info = chain.record(&record).await?.ok_or(Failure::NoRecord(record))?;
    let document = match fetch(chain, &info.statement, &record, url).await {
        Ok(document) => document,
        Err(Unread::Chain(error)) => return Err(error.into()),
        Err(Unread::Gateway(error)) => return Err(error.into()),
        Err(Unread::NoGateway) => return Err(Failure::NoEndpoint),
        Err(unread @ (Unread::Another | Unread::NoJson)) => return Err(Failure::Metadata { record, unread }),
    };
    match format {
        Format::Croissant => Show::text(document.text.as_bytes())?,
        Format::Dcat => {
            let listed = dcat::Listed {
                record,
                document: &document.json,
                gateway: &document.gateway,
            };
            Show::text(format!("{:#}\n", dcat::dataset(&listed)).as_bytes())?;
        }
    }
    Ok(())
}

/// The documents of parents, for the gateway that will judge their terms. What cannot be had is told and left out: that
/// gateway may have it, and refuses what it does not know.
///
/// # Errors
/// [`Failure::Disk`] for a file of `given`; see [`Failure`].
pub async fn of_parents(
    show: Show,
    node: &str,
    parents: &[Parent],
    given: &[PathBuf],
) -> Result<Vec<String>, Failure> {
    let mut documents = Vec::new();
    for path in given {
        documents.push(std::fs::read_to_string(path).map_err(Failure::disk("reading", path))?);
    }
    let asked: BTreeSet<RecordId> = parents.iter().map(|parent| parent.record).collect();
    if asked.is_empty() || !documents.is_empty() {
        return Ok(documents);
    }
    let chain = match ChainClient::connect(node, None).await {
        Ok(chain) => chain,
        Err(error) => {
            show.note(format!(
                "the terms of the parents are left to the gateway: {error}"
            ));
            return Ok(documents);
        }
    };
    for record in asked {
        // One that is not there is the gateway's to refuse.
        let Some(info) = chain.record(&record).await? else {
            continue;
        };
        match fetch(&chain, &info.statement, &record, None).await {
            Ok(document) => {
                let title = plain(document.json["name"].as_str().unwrap_or_default());
                match Derivation::of_document(&document.json) {
                    Ok(terms) => show.note(format!("{record} {title:?}: {terms}")),
                    Err(unclear) => show.note(format!("{record} {title:?}: {unclear}")),
                }
                documents.push(document.text);
            }
            Err(unread) => show.note(format!("{record}: {unread}")),
        }
    }
    Ok(documents)
}
