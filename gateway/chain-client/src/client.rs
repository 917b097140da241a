//! The connection to a node, and everything that is read through it.

use crate::{
    error::ChainError,
    layout::{self, Layout},
    ss58,
    state::{
        AccountInfo, Constants, GatewayInfo, Head, OfferInfo, OrderInfo, RecordInfo, StoredAccount,
        StoredGateway,
    },
    storage_key::Entry,
};
use codec::Decode;
use core::{fmt, time::Duration};
use futures::{Stream, StreamExt, stream};
use std::{sync::Arc, sync::RwLock, time::Instant};
use subxt::{
    OnlineClient,
    backend::LegacyBackend,
    config::{Header as _, RpcConfigFor, SubstrateConfig},
    rpcs::{self, LegacyRpcMethods, RpcClient, client::reconnecting_rpc_client},
    utils::H256,
};
use tokio::{sync::Mutex, time};
use vouchsafe_protocol::id::{Account, Genesis, OfferId, OrderId, RecordId};

/// How long a request may take, reconnecting included, before the node counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the first connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// Time between two attempts to reconnect.
const RECONNECT_EVERY: Duration = Duration::from_millis(300);
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
    pub url: String,
    pub rpc: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
    pub online: OnlineClient<SubstrateConfig>,
    pub genesis: Genesis,
    pub constants: Constants,
    pub layout: RwLock<(u32, Layout)>,
    /// Held while a transaction is numbered and handed over, so that two of one account never get one number.
    pub sending: Mutex<()>,
}

impl fmt::Debug for ChainClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainClient")
            .field("url", &self.0.url)
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
        check_url(url)?;
        let connecting = reconnecting_rpc_client::RpcClient::builder()
            .retry_policy(reconnecting_rpc_client::FixedInterval::new(RECONNECT_EVERY))
            .connection_timeout(CONNECT_PATIENCE)
            .request_timeout(PATIENCE)
            .build(url);
        let raw = match time::timeout(CONNECT_PATIENCE, connecting).await {
            Ok(Ok(raw)) => RpcClient::new(raw),
            Ok(Err(error)) => return Err(unreachable(url, error.to_string())),
            Err(_) => {
                return Err(unreachable(
                    url,
                    format!("no connection within {} s", CONNECT_PATIENCE.as_secs()),
                ));
            }
        };
        let rpc = LegacyRpcMethods::<RpcConfigFor<SubstrateConfig>>::new(raw.clone());
        let genesis = Genesis(ask(url, "chain_getBlockHash(0)", || rpc.genesis_hash()).await?.0);
        if let Some(expected) = expected.filter(|expected| *expected != genesis) {
            return Err(ChainError::WrongGenesis {
                expected,
                found: genesis,
            });
        }
        let backend = Arc::new(LegacyBackend::<SubstrateConfig>::builder().build(raw));
        let online = patiently(
            url,
            "the genesis block",
            OnlineClient::<SubstrateConfig>::from_backend(backend),
        )
        .await?;
        let block = patiently(url, "the runtime's metadata", online.at_current_block()).await?;
        let slot = ask(url, "AuraApi_slot_duration", || {
            rpc.state_call("AuraApi_slot_duration", None, Some(block.block_hash()))
        })
        .await?;
        let slot_ms = u64::decode(&mut slot.as_slice())
            .map_err(|error| ChainError::answer("AuraApi_slot_duration", error))?;
        let metadata = block.metadata_ref();
        let layout = RwLock::new((block.spec_version(), Layout::check(metadata)?));
        let constants = layout::constants(metadata, slot_ms)?;
        let sending = Mutex::new(());
        Ok(Self(Arc::new(Inner {
            url: url.to_owned(),
            rpc,
            online,
            genesis,
            constants,
            layout,
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
        let header = self
            .ask("chain_getHeader", || self.0.rpc.chain_get_header(Some(hash)))
            .await?;
        let header =
            header.ok_or_else(|| ChainError::answer("chain_getHeader", format!("no block {hash:?}")))?;
        let height =
            u32::try_from(header.number()).map_err(|error| ChainError::answer("chain_getHeader", error))?;
        Ok(Head { height, hash: hash.0 })
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
            let sets = self
                .ask("state_queryStorageAt", || {
                    self.0
                        .rpc
                        .state_query_storage_at(keys.iter().map(Vec::as_slice), Some(at))
                })
                .await?;
            for (key, value) in sets.into_iter().flat_map(|set| set.changes) {
                let (Some(id), Some(value)) = (entry.last_part(&key.0), value) else {
                    continue;
                };
                offers.push((OfferId(id), decode("the offers", &value.0)?));
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

    pub(crate) async fn ask<T, F>(&self, request: &str, again: impl Fn() -> F) -> Result<T, ChainError>
    where
        F: Future<Output = Result<T, rpcs::Error>>,
    {
        ask(&self.0.url, request, again).await
    }

    /// The hash of the latest finalised block, after checking that the node still serves the same chain.
    pub(crate) async fn finalised_hash(&self) -> Result<H256, ChainError> {
        let rpc = &self.0.rpc;
        let (hash, genesis) = futures::try_join!(
            self.ask("chain_getFinalizedHead", || rpc.chain_get_finalized_head()),
            self.ask("chain_getBlockHash(0)", || rpc.genesis_hash()),
        )?;
        match Genesis(genesis.0) {
            found if found == self.0.genesis => Ok(hash),
            found => Err(ChainError::WrongGenesis {
                expected: self.0.genesis,
                found,
            }),
        }
    }

    fn entry(&self, choose: impl Fn(&Layout) -> &Entry) -> Entry {
        choose(
            &self
                .0
                .layout
                .read()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
                .1,
        )
        .clone()
    }

    async fn read<T: Decode>(
        &self,
        what: &str,
        choose: impl Fn(&Layout) -> &Entry,
        keys: &[&[u8]],
    ) -> Result<Option<T>, ChainError> {
        let key = self.entry(choose).key(keys);
        let at = self.finalised_hash().await?;
        let bytes = self
            .ask("state_getStorage", || {
                self.0.rpc.state_get_storage(&key, Some(at))
            })
            .await?;
        bytes.map(|bytes| decode(what, &bytes)).transpose()
    }

    /// The whole keys below a prefix at a block.
    async fn keys(&self, entry: &Entry, parts: &[&[u8]], at: H256) -> Result<Vec<Vec<u8>>, ChainError> {
        let prefix = entry.key(parts);
        let mut keys: Vec<Vec<u8>> = Vec::new();
        loop {
            let page = self
                .ask("state_getKeysPaged", || {
                    let after = keys.last().map(Vec::as_slice);
                    self.0.rpc.state_get_keys_paged(&prefix, PAGE, after, Some(at))
                })
                .await?;
            let last = page.len() < PAGE as usize;
            keys.extend(page);
            if last {
                return Ok(keys);
            }
        }
    }
}

fn decode<T: Decode>(what: &str, mut bytes: &[u8]) -> Result<T, ChainError> {
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

pub(crate) fn unreachable(url: &str, reason: impl Into<String>) -> ChainError {
    ChainError::Unreachable {
        url: url.to_owned(),
        reason: reason.into(),
    }
}

/// Refuses what could never be connected to, so that a typing error does not look like a node that is down.
fn check_url(url: &str) -> Result<(), ChainError> {
    let bad = |reason: &str| ChainError::BadUrl {
        url: url.to_owned(),
        reason: reason.to_owned(),
    };
    let rest = url
        .strip_prefix("ws://")
        .or_else(|| url.strip_prefix("wss://"))
        .ok_or_else(|| bad("it does not begin with ws:// or wss://"))?;
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || host.starts_with(':') {
        return Err(bad("it names no host"));
    }
    if host.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(bad("its host holds a blank"));
    }
    Ok(())
}

/// Asks until the node answers, over reconnections, for at most [`PATIENCE`].
async fn ask<T, F>(url: &str, request: &str, again: impl Fn() -> F) -> Result<T, ChainError>
where
    F: Future<Output = Result<T, rpcs::Error>>,
{
    let start = Instant::now();
    loop {
        let left = PATIENCE.saturating_sub(start.elapsed());
        match time::timeout(left, again()).await {
            Err(_) => {
                return Err(unreachable(
                    url,
                    format!("no answer to {request} within {} s", PATIENCE.as_secs()),
                ));
            }
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if error.is_disconnected_will_reconnect() => time::sleep(RECONNECT_EVERY).await,
            Ok(Err(rpcs::Error::Client(error))) => {
                return Err(unreachable(url, format!("{request}: {error}")));
            }
            Ok(Err(error)) => return Err(ChainError::answer(request, error)),
        }
    }
}

/// Bounds the requests that subxt makes by itself, which retry without end.
pub(crate) async fn patiently<T, E>(
    url: &str,
    what: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, ChainError>
where
    E: std::error::Error + Send + Sync + 'static,
{
    match time::timeout(PATIENCE, work).await {
        Ok(answer) => answer.map_err(|error| ChainError::answer(what, error)),
        Err(_) => Err(unreachable(
            url,
            format!("no answer about {what} within {} s", PATIENCE.as_secs()),
        )),
    }
}

/// `account` in the text form that people know.
pub(crate) fn shown(account: &Account) -> String {
    ss58::encode(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_another_protocol_or_without_host_is_refused_at_once() {
        for url in [
            "http://127.0.0.1:9944",
            "127.0.0.1:9944",
            "ws://",
            "ws://:9944",
            "ws://a b:1",
            "",
        ] {
            assert!(
                matches!(check_url(url), Err(ChainError::BadUrl { .. })),
                "{url:?}"
            );
        }
        for url in [
            "ws://127.0.0.1:9944",
            "wss://node.example/path",
            "ws://[::1]:9944",
        ] {
            assert!(check_url(url).is_ok(), "{url:?}");
        }
    }

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
