//! The connection to a chain, and everything that is read through it.

use crate::{
    error::ChainError,
    layout::{self, Layout},
    rpc::{BlockHash, Node, RuntimeVersion},
    state::{
        AccountInfo, Constants, Faults, GatewayInfo, Head, House, OfferInfo, OrderInfo, RecordInfo,
        StoredAccount, StoredGateway,
    },
    storage_key::Entry,
};
use codec::{Decode, Encode};
use core::{fmt, time::Duration};
use futures::{Stream, StreamExt, stream};
use std::sync::{Arc, PoisonError, RwLock};
use subxt_metadata::Metadata;
use tokio::{sync::Mutex, time};
use vouchsafe_protocol::id::{Account, Genesis, OfferId, OrderId, RecordId};

/// Values that are fetched with one request when listing.
const PAGE: u32 = 256;

/// A connection to a node of a Vouchsafe chain. Cheap to clone; all clones share one connection.
///
/// It reconnects by itself. While the node is away, a request waits up to 20 s and then ends in
/// [`ChainError::Unreachable`]; the next one tries again. Every read happens at the latest finalised block, and checks
/// on the way that the node still serves the same chain.
#[derive(Clone)]
pub struct ChainClient(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub node: Node,
    genesis: Genesis,
    constants: Constants,
    runtime: RwLock<Arc<Runtime>>,
    /// Held while a transaction is numbered and handed over, so that two of one account never get one number.
    pub sending: Mutex<()>,
}

/// A runtime whose shapes were compared with those that this crate writes and reads.
pub(crate) struct Runtime {
    pub version: RuntimeVersion,
    pub metadata: Metadata,
    pub layout: Layout,
}

impl fmt::Debug for ChainClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainClient")
            .field("url", &self.0.node.url)
            .field("genesis", &self.0.genesis)
            .finish()
    }
}

impl ChainClient {
    /// Connects to the node at `url` (`ws://` or `wss://`) and checks that its runtime has the shapes that this crate
    /// writes and reads.
    ///
    /// # Errors
    /// [`BadUrl`](ChainError::BadUrl), [`Unreachable`](ChainError::Unreachable) after 10 s,
    /// [`WrongGenesis`](ChainError::WrongGenesis) if `expected` names another chain,
    /// [`Incompatible`](ChainError::Incompatible).
    pub async fn connect(url: &str, expected: Option<Genesis>) -> Result<Self, ChainError> {
        let node = Node::connect(url).await?;
        let genesis = Genesis(node.genesis().await?.0);
        if let Some(expected) = expected.filter(|expected| *expected != genesis) {
            return Err(ChainError::WrongGenesis {
                expected,
                found: genesis,
            });
        }
        let at = node.finalised().await?;
        let runtime = fetch_runtime(&node, node.runtime_version(at).await?, at).await?;
        let slot_ms = decode(
            "the slot duration",
            &node.call("AuraApi_slot_duration", &[], at).await?,
        )?;
        let constants = layout::constants(&runtime.metadata, slot_ms)?;
        let (runtime, sending) = (RwLock::new(Arc::new(runtime)), Mutex::new(()));
        Ok(Self(Arc::new(Inner {
            node,
            genesis,
            constants,
            runtime,
            sending,
        })))
    }

    /// The chain: hash of its first block.
    pub fn genesis(&self) -> Genesis {
        self.0.genesis
    }

    /// The chain's constants, as they were when connecting.
    pub fn constants(&self) -> Constants {
        self.0.constants
    }

    /// The latest finalised block.
    ///
    /// # Errors
    /// As every read: [`Unreachable`](ChainError::Unreachable), [`WrongGenesis`](ChainError::WrongGenesis) when the
    /// node serves another chain by now, [`Answer`](ChainError::Answer).
    pub async fn finalised(&self) -> Result<Head, ChainError> {
        let hash = self.finalised_hash().await?;
        Ok(Head {
            height: self.0.node.height(hash).await?,
            hash: hash.0,
        })
    }

    /// Every change of the latest finalised block, the present one first. Blocks that are finalised together come as
    /// one item, the last of them. Never ends: while the node is away it yields [`ChainError::Unreachable`] from time
    /// to time and goes on afterwards.
    pub fn finalised_heads(&self) -> impl Stream<Item = Result<Head, ChainError>> + Send + use<> {
        let start = (self.clone(), None::<Head>);
        stream::unfold(start, |(client, last)| async move {
            loop {
                match client.finalised().await {
                    Ok(head) if Some(head) == last => time::sleep(client.poll_interval()).await,
                    Ok(head) => return Some((Ok(head), (client, Some(head)))),
                    Err(error) => {
                        // A node that answers with errors at once must not be asked again at once.
                        time::sleep(client.poll_interval()).await;
                        return Some((Err(error), (client, last)));
                    }
                }
            }
        })
        .boxed()
    }

    /// What an account has; all zero where it does not exist.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn account(&self, account: &Account) -> Result<AccountInfo, ChainError> {
        let stored: Option<StoredAccount> = self
            .read("an account", |l| &l.account, &[account.as_ref()])
            .await?;
        Ok(stored.map(AccountInfo::from).unwrap_or_default())
    }

    /// A registered gateway.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn gateway(&self, account: &Account) -> Result<Option<GatewayInfo>, ChainError> {
        let stored: Option<StoredGateway> = self
            .read("a gateway", |l| &l.gateways, &[account.as_ref()])
            .await?;
        Ok(stored.map(GatewayInfo::from))
    }

    /// A provenance record.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn record(&self, record: &RecordId) -> Result<Option<RecordInfo>, ChainError> {
        self.read("a record", |l| &l.records, &[record.as_ref()]).await
    }

    /// An offer.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn offer(&self, offer: &OfferId) -> Result<Option<OfferInfo>, ChainError> {
        self.read("an offer", |l| &l.offers, &[offer.as_ref()]).await
    }

    /// All offers, closed ones included, in the order of their ids.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn offers(&self) -> Result<Vec<(OfferId, OfferInfo)>, ChainError> {
        let entry = self.entry(|l| &l.offers);
        let at = self.finalised_hash().await?;
        let mut offers = Vec::new();
        for keys in self.keys(&entry, &[], at).await?.chunks(PAGE as usize) {
            for (key, value) in self.0.node.storage_of(keys, at).await? {
                if let Some(id) = entry.last_part(&key) {
                    offers.push((OfferId(id), decode("the offers", &value)?));
                }
            }
        }
        offers.sort_unstable_by_key(|(id, _)| *id);
        Ok(offers)
    }

    /// The offer of a record: there is at most one.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn offer_of(&self, record: &RecordId) -> Result<Option<OfferId>, ChainError> {
        self.read("a record's offer", |l| &l.offer_of, &[record.as_ref()])
            .await
    }

    /// An order; gone once its buyer has forgotten it.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn order(&self, order: &OrderId) -> Result<Option<OrderInfo>, ChainError> {
        self.read("an order", |l| &l.orders, &[order.as_ref()]).await
    }

    /// The orders of one buyer, ended ones included until they are forgotten, in the order of their ids. The chain keeps
    /// orders by their ids alone, so those of everybody are read.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn orders_of(&self, buyer: &Account) -> Result<Vec<(OrderId, OrderInfo)>, ChainError> {
        let entry = self.entry(|l| &l.orders);
        if !entry.is_enumerable() {
            let what = "Marketplace.Orders hides its keys, so it cannot be listed";
            return Err(ChainError::Incompatible(what.to_owned()));
        }
        let at = self.finalised_hash().await?;
        let mut orders = Vec::new();
        for keys in self.keys(&entry, &[], at).await?.chunks(PAGE as usize) {
            for (key, value) in self.0.node.storage_of(keys, at).await? {
                let order: OrderInfo = decode("the orders", &value)?;
                if let Some(id) = entry.last_part(&key).filter(|_| order.buyer == *buyer) {
                    orders.push((OrderId(id), order));
                }
            }
        }
        orders.sort_unstable_by_key(|(id, _)| *id);
        Ok(orders)
    }

    /// The orders of an offer that are placed or delivered.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn open_orders(&self, offer: &OfferId) -> Result<Vec<OrderId>, ChainError> {
        let entry = self.entry(|l| &l.open_orders);
        let at = self.finalised_hash().await?;
        let keys = self.keys(&entry, &[offer.as_ref()], at).await?;
        Ok(keys
            .iter()
            .filter_map(|key| entry.last_part(key))
            .map(OrderId)
            .collect())
    }

    /// Proven frauds of an account; none for one that is not known.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn faults(&self, account: &Account) -> Result<Faults, ChainError> {
        Ok(self
            .read("an account's faults", |l| &l.faults, &[account.as_ref()])
            .await?
            .unwrap_or_default())
    }

    /// What the marketplace keeps of every price.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn house(&self) -> Result<House, ChainError> {
        let found = self.read("the house's shares", |l| &l.house, &[]);
        Ok(found.await?.unwrap_or_default())
    }

    /// All coins that exist, planck.
    ///
    /// # Errors
    /// As [`ChainClient::finalised`].
    pub async fn total_issuance(&self) -> Result<u128, ChainError> {
        Ok(self
            .read("the total issuance", |l| &l.total_issuance, &[])
            .await?
            .unwrap_or_default())
    }

    /// How often the finalised head is looked at: four times a block, at most every 500 ms.
    pub(crate) fn poll_interval(&self) -> Duration {
        Duration::from_millis((self.0.constants.slot_ms / 4).clamp(50, 500))
    }

    /// The hash of the latest finalised block, after checking that the node still serves the same chain.
    pub(crate) async fn finalised_hash(&self) -> Result<BlockHash, ChainError> {
        let node = &self.0.node;
        let (hash, genesis) = futures::try_join!(node.finalised(), node.genesis())?;
        match Genesis(genesis.0) {
            found if found == self.0.genesis => Ok(hash),
            found => Err(ChainError::WrongGenesis {
                expected: self.0.genesis,
                found,
            }),
        }
    }

    /// The runtime at a finalised block, compared once per version.
    pub(crate) async fn runtime_at(&self, at: BlockHash) -> Result<Arc<Runtime>, ChainError> {
        let version = self.0.node.runtime_version(at).await?;
        let known = self.runtime();
        if known.version == version {
            return Ok(known);
        }
        let fresh = Arc::new(fetch_runtime(&self.0.node, version, at).await?);
        *self.0.runtime.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }

    fn runtime(&self) -> Arc<Runtime> {
        Arc::clone(&self.0.runtime.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn entry(&self, choose: impl Fn(&Layout) -> &Entry) -> Entry {
        choose(&self.runtime().layout).clone()
    }

    async fn read<T: Decode>(
        &self,
        what: &str,
        choose: impl Fn(&Layout) -> &Entry,
        keys: &[&[u8]],
    ) -> Result<Option<T>, ChainError> {
        let key = self.entry(choose).key(keys);
        let at = self.finalised_hash().await?;
        let bytes = self.0.node.storage(&key, at).await?;
        bytes.map(|bytes| decode(what, &bytes)).transpose()
    }

    /// The whole keys below a prefix at a block.
    async fn keys(&self, entry: &Entry, parts: &[&[u8]], at: BlockHash) -> Result<Vec<Vec<u8>>, ChainError> {
        let prefix = entry.key(parts);
        let mut keys: Vec<Vec<u8>> = Vec::new();
        loop {
            let page = self
                .0
                .node
                .keys(&prefix, PAGE, keys.last().map(Vec::as_slice), at)
                .await?;
            let last = page.len() < PAGE as usize;
            keys.extend(page);
            if last {
                return Ok(keys);
            }
        }
    }
}

/// Fetches the runtime's metadata and compares it with what this crate takes for granted.
async fn fetch_runtime(node: &Node, version: RuntimeVersion, at: BlockHash) -> Result<Runtime, ChainError> {
    let bytes = fetch_metadata(node, at).await?;
    let metadata = Metadata::decode_from(&bytes)
        .map_err(|error| ChainError::Incompatible(format!("its metadata cannot be read: {error}")))?;
    let layout = Layout::check(&metadata)?;
    Ok(Runtime {
        version,
        metadata,
        layout,
    })
}

/// The metadata in the newest format that both sides know.
async fn fetch_metadata(node: &Node, at: BlockHash) -> Result<Vec<u8>, ChainError> {
    const FORMATS: [u32; 2] = [16, 15];
    for format in FORMATS {
        let answer = node
            .call("Metadata_metadata_at_version", &format.encode(), at)
            .await?;
        let bytes: Option<Vec<u8>> = decode("the runtime's metadata", &answer)?;
        if let Some(bytes) = bytes {
            return Ok(bytes);
        }
    }
    Err(ChainError::Incompatible(format!(
        "it has its metadata in none of the formats {FORMATS:?}"
    )))
}

pub(crate) fn decode<T: Decode>(what: &str, mut bytes: &[u8]) -> Result<T, ChainError> {
    let value = T::decode(&mut bytes).map_err(|error| ChainError::answer(what, error))?;
    if bytes.is_empty() {
        Ok(value)
    } else {
        Err(ChainError::answer(
            what,
            format!("{} bytes more than expected", bytes.len()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bad_address_is_refused_without_connecting() {
        let error = ChainClient::connect("http://127.0.0.1:1", None)
            .await
            .unwrap_err();
        assert!(matches!(error, ChainError::BadUrl { .. }), "{error}");
    }

    #[test]
    fn bytes_beyond_a_value_are_an_error_and_not_ignored() {
        assert!(matches!(decode::<u32>("a number", &[1, 0, 0, 0]), Ok(1)));
        assert!(matches!(
            decode::<u32>("a number", &[1, 0, 0, 0, 9]),
            Err(ChainError::Answer { .. })
        ));
    }
}
