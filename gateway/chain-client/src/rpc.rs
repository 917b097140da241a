//! The requests that are made of a node, as typed methods over one reconnecting WebSocket.

use crate::{error::ChainError, header::JsonHeader};
use core::time::Duration;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::time::Instant;
use subxt_rpcs::{
    Error, RpcClient, UserError,
    client::{RpcParams, reconnecting_rpc_client, rpc_params},
};
use tokio::time;

/// How long a request may take, reconnecting included, before the node counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the first connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// Time between two attempts to reconnect.
const RECONNECT_EVERY: Duration = Duration::from_millis(300);

/// Bytes as JSON-RPC writes them: `0x` and lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hex(pub Vec<u8>);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(2 + 2 * self.0.len());
        text.push_str("0x");
        for byte in &self.0 {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from(DIGITS[usize::from(nibble)]));
            }
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text
            .strip_prefix("0x")
            .ok_or_else(|| de::Error::custom("bytes without 0x"))?
            .as_bytes();
        let nibble = |digit: u8| {
            let value = char::from(digit)
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok());
            value.ok_or_else(|| de::Error::custom("not a hexadecimal digit"))
        };
        if !digits.len().is_multiple_of(2) {
            return Err(de::Error::custom("half a byte"));
        }
        let bytes = digits
            .chunks_exact(2)
            .map(|pair| Ok((nibble(pair[0])? << 4) | nibble(pair[1])?));
        bytes.collect::<Result<_, _>>().map(Self)
    }
}

/// A block's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockHash(pub [u8; 32]);

impl Serialize for BlockHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Hex(self.0.to_vec()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BlockHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Hex::deserialize(deserializer)?.0;
        let found = bytes.len();
        let exact = bytes.try_into();
        exact
            .map(Self)
            .map_err(|_| de::Error::custom(format!("a block's hash has 32 bytes, not {found}")))
    }
}

/// The versions that a signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RuntimeVersion {
    pub spec_version: u32,
    pub transaction_version: u32,
}

#[derive(Deserialize)]
struct Header {
    #[serde(deserialize_with = "hex_number")]
    number: u32,
}

#[derive(Deserialize)]
struct SignedBlock {
    block: Block,
}

#[derive(Deserialize)]
struct Block {
    extrinsics: Vec<Hex>,
}

#[derive(Deserialize)]
struct ReadProof {
    proof: Vec<Hex>,
}

#[derive(Deserialize)]
struct ChangeSet {
    changes: Vec<(Hex, Option<Hex>)>,
}

pub(crate) fn hex_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.strip_prefix("0x").unwrap_or(&text);
    u32::from_str_radix(digits, 16).map_err(de::Error::custom)
}

/// What the node's transaction pool answered.
#[derive(Debug)]
pub(crate) enum PoolAnswer {
    Taken,
    Refused(UserError),
}

/// A node.
pub(crate) struct Node {
    pub url: String,
    client: RpcClient,
}

impl Node {
    pub async fn connect(url: &str) -> Result<Self, ChainError> {
        check_url(url)?;
        let connecting = reconnecting_rpc_client::RpcClient::builder()
            .retry_policy(reconnecting_rpc_client::FixedInterval::new(RECONNECT_EVERY))
            .connection_timeout(CONNECT_PATIENCE)
            .request_timeout(PATIENCE)
            .build(url);
        match time::timeout(CONNECT_PATIENCE, connecting).await {
            Ok(Ok(client)) => Ok(Self {
                url: url.to_owned(),
                client: RpcClient::new(client),
            }),
            Ok(Err(error)) => Err(unreachable(url, error.to_string())),
            Err(_) => Err(unreachable(
                url,
                format!("no connection within {} s", CONNECT_PATIENCE.as_secs()),
            )),
        }
    }

    pub async fn genesis(&self) -> Result<BlockHash, ChainError> {
        self.block_hash(0)
            .await?
            .ok_or_else(|| ChainError::answer("chain_getBlockHash", "it has no block 0"))
    }

    pub async fn finalised(&self) -> Result<BlockHash, ChainError> {
        self.ask("chain_getFinalizedHead", RpcParams::new).await
    }

    pub async fn block_hash(&self, height: u32) -> Result<Option<BlockHash>, ChainError> {
        self.ask("chain_getBlockHash", || rpc_params![height]).await
    }

    /// The height of a block that the node has.
    pub async fn height(&self, block: BlockHash) -> Result<u32, ChainError> {
        let header: Option<Header> = self.ask("chain_getHeader", || rpc_params![block]).await?;
        let missing = || ChainError::answer("chain_getHeader", format!("it has no block {block:?}"));
        Ok(header.ok_or_else(missing)?.number)
    }

    /// The transactions of a block that the node has, without their length prefix's meaning: as they were submitted.
    pub async fn extrinsics(&self, block: BlockHash) -> Result<Vec<Vec<u8>>, ChainError> {
        let found: Option<SignedBlock> = self.ask("chain_getBlock", || rpc_params![block]).await?;
        let missing = || ChainError::answer("chain_getBlock", format!("it has no block {block:?}"));
        Ok(found
            .ok_or_else(missing)?
            .block
            .extrinsics
            .into_iter()
            .map(|extrinsic| extrinsic.0)
            .collect())
    }

    pub async fn storage(&self, key: &[u8], at: BlockHash) -> Result<Option<Vec<u8>>, ChainError> {
        let key = Hex(key.to_vec());
        let value: Option<Hex> = self.ask("state_getStorage", || rpc_params![&key, at]).await?;
        Ok(value.map(|value| value.0))
    }

    /// Several values with one request; keys without a value are left out.
    pub async fn storage_of(
        &self,
        keys: &[Vec<u8>],
        at: BlockHash,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, ChainError> {
        let keys: Vec<Hex> = keys.iter().cloned().map(Hex).collect();
        let sets: Vec<ChangeSet> = self
            .ask("state_queryStorageAt", || rpc_params![&keys, at])
            .await?;
        let changes = sets.into_iter().flat_map(|set| set.changes);
        Ok(changes
            .filter_map(|(key, value)| Some((key.0, value?.0)))
            .collect())
    }

    /// At most `count` keys below `prefix`, in order, that come after `after`.
    pub async fn keys(
        &self,
        prefix: &[u8],
        count: u32,
        after: Option<&[u8]>,
        at: BlockHash,
    ) -> Result<Vec<Vec<u8>>, ChainError> {
        let (prefix, after) = (Hex(prefix.to_vec()), after.map(|after| Hex(after.to_vec())));
        let keys: Vec<Hex> = self
            .ask("state_getKeysPaged", || rpc_params![&prefix, count, &after, at])
            .await?;
        Ok(keys.into_iter().map(|key| key.0).collect())
    }

    pub async fn call(&self, method: &str, arguments: &[u8], at: BlockHash) -> Result<Vec<u8>, ChainError> {
        let arguments = Hex(arguments.to_vec());
        let answer: Hex = self
            .ask("state_call", || rpc_params![method, &arguments, at])
            .await?;
        Ok(answer.0)
    }

    pub async fn runtime_version(&self, at: BlockHash) -> Result<RuntimeVersion, ChainError> {
        self.ask("state_getRuntimeVersion", || rpc_params![at]).await
    }

    /// The account's next number, counting what waits in the node's pool. `account` is its address.
    pub async fn next_nonce(&self, account: &str) -> Result<u64, ChainError> {
        self.ask("system_accountNextIndex", || rpc_params![account]).await
    }

    /// The SCALE bytes of a block's header, checked against its hash.
    pub async fn header(&self, block: BlockHash) -> Result<Vec<u8>, ChainError> {
        const REQUEST: &str = "chain_getHeader";
        let header: Option<JsonHeader> = self.ask(REQUEST, || rpc_params![block]).await?;
        let missing = || ChainError::answer(REQUEST, format!("it has no block {block:?}"));
        let bytes = header.ok_or_else(missing)?.to_bytes();
        if sp_crypto_hashing::blake2_256(&bytes) == block.0 {
            Ok(bytes)
        } else {
            Err(ChainError::answer(REQUEST, "the header has another hash"))
        }
    }

    /// The trie nodes that prove what stands, or does not stand, under `keys` at a block whose state the node has.
    pub async fn read_proof(&self, keys: &[Vec<u8>], at: BlockHash) -> Result<Vec<Vec<u8>>, ChainError> {
        let keys: Vec<Hex> = keys.iter().cloned().map(Hex).collect();
        let found: ReadProof = self.ask("state_getReadProof", || rpc_params![&keys, at]).await?;
        Ok(found.proof.into_iter().map(|node| node.0).collect())
    }

    /// `FinalityProof` of the last block of the set that finalised `height`, or of the latest justified block if that set
    /// is the present one; `None` where the node has no proof: above all while the set has never changed.
    pub async fn prove_finality(&self, height: u32) -> Result<Option<Vec<u8>>, ChainError> {
        const REQUEST: &str = "grandpa_proveFinality";
        self.persist(REQUEST, || async {
            match self
                .client
                .request::<Option<Hex>>(REQUEST, rpc_params![height])
                .await
            {
                Ok(proof) => Ok(proof.map(|bytes| bytes.0)),
                // It refuses with an error of its own, whose code says no more than that there is no proof.
                Err(Error::User(refusal)) => {
                    tracing::debug!(height, refusal = %refusal.message, "no proof of finality");
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// The next justification that the node sees; waits for at most `patience`.
    pub async fn next_justification(&self, patience: Duration) -> Result<Vec<u8>, ChainError> {
        const REQUEST: &str = "grandpa_subscribeJustifications";
        let waiting = async {
            let mut justifications = self
                .client
                .subscribe::<Hex>(REQUEST, rpc_params![], "grandpa_unsubscribeJustifications")
                .await?;
            justifications.next().await.transpose()
        };
        match time::timeout(patience, waiting).await {
            Ok(Ok(Some(justification))) => Ok(justification.0),
            Ok(Ok(None)) => Err(unreachable(&self.url, format!("{REQUEST} ended"))),
            Ok(Err(Error::Client(error))) => Err(unreachable(&self.url, format!("{REQUEST}: {error}"))),
            Ok(Err(error)) => Err(ChainError::answer(REQUEST, error)),
            Err(_) => {
                let reason = format!("no justification within {} s", patience.as_secs());
                Err(unreachable(&self.url, reason))
            }
        }
    }

    /// Hands a transaction to the node's pool.
    pub async fn submit(&self, extrinsic: &[u8]) -> Result<PoolAnswer, ChainError> {
        let extrinsic = Hex(extrinsic.to_vec());
        let method = "author_submitExtrinsic";
        self.persist(method, || async {
            match self.client.request::<Hex>(method, rpc_params![&extrinsic]).await {
                Ok(_) => Ok(PoolAnswer::Taken),
                Err(Error::User(refusal)) => Ok(PoolAnswer::Refused(refusal)),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn ask<T: de::DeserializeOwned>(
        &self,
        method: &str,
        params: impl Fn() -> RpcParams,
    ) -> Result<T, ChainError> {
        self.persist(method, async || self.client.request(method, params()).await)
            .await
    }

    /// Asks until the node answers, over reconnections, for at most [`PATIENCE`].
    async fn persist<T, F>(&self, method: &str, again: impl Fn() -> F) -> Result<T, ChainError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let start = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(start.elapsed());
            match time::timeout(left, again()).await {
                Err(_) => {
                    let reason = format!("no answer to {method} within {} s", PATIENCE.as_secs());
                    return Err(unreachable(&self.url, reason));
                }
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(Error::DisconnectedWillReconnect(_))) => time::sleep(RECONNECT_EVERY).await,
                Ok(Err(Error::Client(error))) => {
                    return Err(unreachable(&self.url, format!("{method}: {error}")));
                }
                Ok(Err(error)) => return Err(ChainError::answer(method, error)),
            }
        }
    }
}

fn unreachable(url: &str, reason: String) -> ChainError {
    ChainError::Unreachable {
        url: url.to_owned(),
        reason,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_another_protocol_or_without_host_is_refused() {
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

    #[test]
    fn bytes_travel_as_hexadecimal_digits() {
        assert_eq!(serde_json::to_string(&Hex(vec![0, 0xab])).unwrap(), r#""0x00ab""#);
        assert_eq!(
            serde_json::from_str::<Hex>(r#""0x00AB""#).unwrap(),
            Hex(vec![0, 0xab])
        );
        for bad in [r#""00ab""#, r#""0x0""#, r#""0xzz""#, "7"] {
            assert!(serde_json::from_str::<Hex>(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<BlockHash>(r#""0x00ab""#).is_err());
    }

    #[test]
    fn a_height_and_versions_are_read_as_nodes_write_them() {
        let header: Header = serde_json::from_str(r#"{"number":"0x1f","parentHash":"0x00"}"#).unwrap();
        assert_eq!(header.number, 31);
        let text = r#"{"specName":"v","specVersion":7,"transactionVersion":2,"apis":[]}"#;
        let expected = RuntimeVersion {
            spec_version: 7,
            transaction_version: 2,
        };
        assert_eq!(serde_json::from_str::<RuntimeVersion>(text).unwrap(), expected);
    }
}
