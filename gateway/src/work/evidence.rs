//! What this gateway can show to somebody who asks no chain: bundles of its records, openings of their items, and proofs of
//! its orders.

use codec::{Decode, Encode};
use serde::Serialize;
use vouchsafe_protocol::{
    bundle::{
        AuthoritySet, Bundle, Bytes, Contents as OpenedContents, Finalised, MAX_PART, Opening, SignedReport,
    },
    id::{Digest, Genesis, OrderId, RecordId},
    sidecar::Sidecar,
};

use super::{archive::blocks, own_offers::Owed, service::Service, service_error::ServiceError};
use crate::{
    domain::{Contents, SavedOrder, SavedRecord, Sealed},
    ports::{BlobKind, journal::Subject},
};

/// The body of `GET /v1/orders/{id}/proof`. Each proof stands for itself; the hand-overs lead up to the later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderProofView {
    pub order: OrderId,
    pub genesis: Genesis,
    pub checkpoint: SetView,
    pub handovers: Vec<BlockView>,
    /// That it was placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placed: Option<StateView>,
    /// That its key was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<StateView>,
}

/// An authority set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetView {
    pub id: u64,
    pub authorities: Vec<AuthorityView>,
}

/// A member of an authority set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorityView {
    pub key: Digest,
    pub weight: u64,
}

/// A header and its justification in the chain's own bytes, lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockView {
    pub header: String,
    pub justification: String,
}

/// What a final block's state proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StateView {
    pub height: u32,
    #[serde(flatten)]
    pub block: BlockView,
    /// Trie nodes under the header's state root, lower-case hex.
    pub state: Vec<String>,
}

impl From<&AuthoritySet> for SetView {
    fn from(set: &AuthoritySet) -> Self {
        let authorities = set.authorities.iter().map(|authority| AuthorityView {
            key: Digest(authority.key),
            weight: authority.weight,
        });
        Self {
            id: set.id,
            authorities: authorities.collect(),
        }
    }
}

impl From<&Finalised> for BlockView {
    fn from(block: &Finalised) -> Self {
        Self {
            header: hex::encode(&block.header),
            justification: hex::encode(&block.justification),
        }
    }
}

impl From<&SavedOrder> for StateView {
    fn from(saved: &SavedOrder) -> Self {
        Self {
            height: saved.height,
            block: (&saved.finality).into(),
            state: saved.state.iter().map(hex::encode).collect(),
        }
    }
}

impl Service {
    /// The bundle of an own record as of when it was seen final, in the bytes of its file, with no item opened. Once the
    /// dataset is erased it has no documents any more.
    pub fn saved_bundle(&self, record: RecordId) -> Result<Vec<u8>, ServiceError> {
        let (_, owed) = self
            .own_offers
            .of_record(record)
            .ok_or(ServiceError::UnknownDataset(record))?;
        let saved = self.saved::<SavedRecord>(Subject::Record(record), "record proof")?;
        let (Some(saved), Some(checkpoint)) = (saved, self.checkpoint()?) else {
            return Err(ServiceError::NoProofYet);
        };
        let handovers = blocks(self.handovers(saved.height)?);
        let documents = match owed {
            Some(Owed::Live) => self.documents(record)?,
            Some(Owed::Ending | Owed::Ended) | None => Documents::default(),
        };
        let too_large = |what| ServiceError::TooLargeForABundle { what };
        let bundle = Bundle {
            genesis: self.ports().journal.genesis()?.unwrap_or_default(),
            checkpoint: checkpoint.set,
            handovers: handovers.try_into().map_err(|_| too_large("hand-overs"))?,
            finality: saved.finality,
            state: saved.state.try_into().map_err(|_| too_large("state"))?,
            record: saved.record,
            trail: saved.trail,
            report: documents.report,
            metadata: documents.metadata,
            models: documents.models.try_into().map_err(|_| too_large("models"))?,
            contents: None,
            openings: Default::default(),
            ancestors: saved.ancestors.try_into().map_err(|_| too_large("ancestors"))?,
        };
        bundle.to_file().map_err(|_| too_large("whole"))
    }

    /// What opens the items of these names, and the list of all items: SCALE of [`OpenedContents`] and a list of
    /// [`Opening`]s, rising. Whoever has a candidate for an opened item can tell by it whether it is the right one.
    pub fn openings(&self, record: RecordId, names: &[String]) -> Result<Vec<u8>, ServiceError> {
        let (job, sealed) = self.listed(record)?;
        let rows = self.ports().journal.items(job.id)?;
        let contents = Contents::new(&rows);
        let mut items = Vec::new();
        for name in names {
            let item = contents.item(name);
            items.push(item.ok_or_else(|| ServiceError::UnknownItem { name: name.clone() })?);
        }
        items.sort_unstable();
        items.dedup();
        let genesis = self.ports().journal.genesis()?.unwrap_or_default();
        let secret = self
            .offer_secret(&genesis, sealed.offer, 0)?
            .ok_or(ServiceError::SecretLost)?
            .content_secret();
        let sidecar = self.sidecar(&sealed)?;
        let open = |item| Opening::build(&secret, &sidecar, item).ok_or(ServiceError::SecretLost);
        let document = contents.to_bytes().map_err(|_| ServiceError::SecretLost)?;
        let document = document
            .try_into()
            .map_err(|_| ServiceError::TooLargeForABundle { what: "contents" })?;
        let contents = OpenedContents {
            document,
            opening: open(0)?,
        };
        let opened: Vec<Opening> = items.into_iter().map(open).collect::<Result<_, _>>()?;
        Ok((contents, opened).encode())
    }

    /// What was saved of an order of this gateway's.
    pub fn order_proof(&self, order: OrderId) -> Result<OrderProofView, ServiceError> {
        let placed = self.saved::<SavedOrder>(Subject::Order(order), "order proof")?;
        let delivered = self.saved::<SavedOrder>(Subject::Delivery(order), "delivery proof")?;
        let highest = placed.iter().chain(&delivered).map(|saved| saved.height).max();
        let (Some(height), Some(checkpoint)) = (highest, self.checkpoint()?) else {
            return Err(ServiceError::NoProofYet);
        };
        let handovers = self.handovers(height)?;
        Ok(OrderProofView {
            order,
            genesis: self.ports().journal.genesis()?.unwrap_or_default(),
            checkpoint: (&checkpoint.set).into(),
            handovers: blocks(handovers).iter().map(BlockView::from).collect(),
            placed: placed.as_ref().map(StateView::from),
            delivered: delivered.as_ref().map(StateView::from),
        })
    }

    fn documents(&self, record: RecordId) -> Result<Documents, ServiceError> {
        let too_large = |what| ServiceError::TooLargeForABundle { what };
        let (report, metadata) = (self.report(record)?, self.metadata(record)?);
        let (_, sealed) = self.listed(record)?;
        let document = report.bytes.try_into().map_err(|_| too_large("report"))?;
        let signature = sealed.report_signature;
        // Datasets from before there were bundles have no such blob.
        let models = match self.ports().blobs.read(sealed.offer, BlobKind::Models)? {
            None => Vec::new(),
            Some(bytes) => Decode::decode(&mut bytes.as_slice()).map_err(|_| ServiceError::DamagedBlob {
                offer: sealed.offer,
                kind: BlobKind::Models,
            })?,
        };
        Ok(Documents {
            report: Some(SignedReport { document, signature }),
            metadata: Some(metadata.bytes.try_into().map_err(|_| too_large("metadata"))?),
            models,
        })
    }

    fn sidecar(&self, sealed: &Sealed) -> Result<Sidecar, ServiceError> {
        let (offer, kind) = (sealed.offer, BlobKind::Sidecar);
        let bytes = self.ports().blobs.read(offer, kind)?;
        let bytes = bytes.ok_or(ServiceError::LostBlob { offer, kind })?;
        Sidecar::decode(&bytes).map_err(|_| ServiceError::DamagedBlob { offer, kind })
    }
}

#[derive(Default)]
struct Documents {
    report: Option<SignedReport>,
    metadata: Option<Bytes<{ vouchsafe_protocol::bundle::MAX_DOCUMENT }>>,
    models: Vec<Bytes<MAX_PART>>,
}
