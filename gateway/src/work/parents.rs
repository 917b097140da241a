//! Whether a dataset may be derived from what it names: judged before its files are anonymised, as the chain will judge when
//! its record is registered, and by the parents' terms, which the chain does not know.

use vouchsafe_documents::terms::{Breach, Derivation};
use vouchsafe_protocol::{
    id::Digest,
    record::Parent,
    report::metadata_hash,
    royalty::{Ancestor, Royalties},
};

use super::service::Service;
use crate::{
    domain::{DatasetRefusal, NewDataset},
    ports::{ChainError, chain::RecordState},
};

/// What speaks against the dataset's parents now: one that is unknown or withdrawn, too many ancestors behind them, or
/// terms that do not allow it.
pub(super) async fn objection(
    service: &Service,
    dataset: &NewDataset,
) -> Result<Option<DatasetRefusal>, ChainError> {
    let mut ancestors = Vec::with_capacity(dataset.parents().len());
    for parent in dataset.parents() {
        let record = parent.record;
        match service.ports().chain.record(record).await? {
            None => return Ok(Some(DatasetRefusal::UnknownParent { record })),
            Some(row) if !row.live => return Ok(Some(DatasetRefusal::WithdrawnParent { record })),
            Some(row) => ancestors.push(Ancestor {
                owner: row.statement.owner,
                share_ppm: parent.share_ppm,
                royalties: row.royalties,
            }),
        }
    }
    if let Err(error) = Royalties::of(&ancestors) {
        return Ok(Some(DatasetRefusal::Ancestry(error)));
    }
    terms_objection(service, dataset).await
}

/// What the terms of the dataset's parents have against it. A parent whose document is not to be had is an objection: its
/// terms may forbid derivation. Parents that the chain does not have are left to the chain.
pub(super) async fn terms_objection(
    service: &Service,
    dataset: &NewDataset,
) -> Result<Option<DatasetRefusal>, ChainError> {
    if dataset.parents().is_empty() {
        return Ok(None);
    }
    let chain = &service.ports().chain;
    let genesis = chain.genesis().await?;
    for parent in dataset.parents() {
        let Some(RecordState { statement, .. }) = chain.record(parent.record).await? else {
            continue;
        };
        let handed_in = dataset
            .parent_documents()
            .iter()
            .map(String::as_bytes)
            .find(|document| metadata_hash(&genesis, document) == statement.metadata);
        let refusal = match handed_in {
            Some(document) => judge(parent, document),
            None => match own(service, parent, statement.metadata) {
                Some(document) => judge(parent, &document),
                None => Err(DatasetRefusal::UnreadParentTerms {
                    record: parent.record,
                }),
            },
        };
        if let Err(refusal) = refusal {
            return Ok(Some(refusal));
        }
    }
    Ok(None)
}

/// The document of a dataset that this gateway lists.
fn own(service: &Service, parent: &Parent, metadata: Digest) -> Option<Vec<u8>> {
    let found = service.metadata(parent.record).ok()?;
    (found.hash == metadata).then_some(found.bytes)
}

fn judge(parent: &Parent, document: &[u8]) -> Result<(), DatasetRefusal> {
    let record = parent.record;
    // A record may name anything by its hash: what is no document states no terms that could be understood.
    let unclear = |terms| DatasetRefusal::UnclearParentTerms { record, terms };
    let document = serde_json::from_slice(document).map_err(|_| unclear(Default::default()))?;
    let terms = Derivation::of_document(&document).map_err(unclear)?;
    match terms.breach(parent.share_ppm) {
        None => Ok(()),
        Some(Breach::Forbidden) => Err(DatasetRefusal::DerivationForbidden { record }),
        Some(Breach::ShareTooSmall { asked_ppm }) => Err(DatasetRefusal::ShareBelowAsked {
            record,
            asked_ppm,
            given_ppm: parent.share_ppm,
        }),
    }
}
