//! Signs calls first, then hands them over and counts them in finalised blocks.

use crate::Result;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use vouchsafe_chain_client::{Call, ChainClient, ChainError, Signer};
use vouchsafe_e2e::{Chain, Node};

/// Requests that wait for the node's answer at the same time.
const AT_ONCE: usize = 16;
/// How often one transaction is handed over again, a slot later, after the pool has refused it.
const ATTEMPTS: u32 = 40;
/// After so many finalised blocks without any of those that are missing, they are handed over again: the pool may have
/// dropped them.
const RESEND_AFTER: u32 = 3;
/// In how many blocks after its signing a transaction can be included.
const LIFETIME: u32 = 63;
/// Picoseconds: `MAX_BLOCK_WEIGHT` of the runtime, of which ordinary calls may fill three quarters.
const BLOCK_WEIGHT: u64 = 500_000_000_000;
/// `twox128("Timestamp") ‖ twox128("Now")`.
const NOW: &str = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb";
/// `twox128("System") ‖ twox128("BlockWeight")`.
const WEIGHT: &str = "0x26aa394eea5630e07c48ae0c9558cef734abf5cb34d6244378cddbf18e849d96";

/// One kind of call, measured.
pub struct Kind {
    pub name: &'static str,
    pub count: usize,
    /// Finalised blocks from the first to the last that holds one, empty ones in between included.
    pub blocks: usize,
    /// From the moment of the block before the first to that of the last.
    pub seconds: f64,
    pub most_in_a_block: usize,
    /// Parts of a block's whole weight, in those blocks.
    pub mean_fill: f64,
    pub most_fill: f64,
    /// Until the node had taken all.
    pub handing_over: f64,
    /// How often one was handed over again, because the pool had refused or dropped it.
    pub turned_away: u64,
}

impl Kind {
    pub fn per_second(&self) -> f64 {
        self.count as f64 / self.seconds
    }
}

/// What a finalised block shows.
struct Block {
    /// Milliseconds.
    moment: u64,
    /// Picoseconds.
    weight: u64,
    ours: usize,
}

/// A chain, and the clock that its blocks are.
pub struct Meter {
    pub chain: Chain,
    pub client: ChainClient,
    http: String,
}

impl Meter {
    pub fn of(node: &Node) -> Self {
        let chain = Chain::of(node);
        let client = chain.client().clone();
        let http = node.url().replacen("ws", "http", 1);
        Self { chain, client, http }
    }

    /// Signs all, hands all over, and follows the finalised chain until it holds all of them.
    pub fn measure(
        &self,
        name: &'static str,
        calls: impl IntoIterator<Item = (Signer, Call)>,
    ) -> Result<Kind> {
        let mut numbers = BTreeMap::new();
        let calls: Vec<_> = calls
            .into_iter()
            .map(|(signer, call)| {
                let account = signer.account();
                let number = numbers
                    .entry(account)
                    .or_insert_with(|| u64::from(self.chain.account(&account).nonce));
                *number += 1;
                (signer, call, *number - 1)
            })
            .collect();
        let born = self.chain.wait(self.client.finalised())?.height;
        let signed = self.chain.wait(self.client.presign(&calls))?;
        let mut ours: HashSet<String> = signed.iter().map(|bytes| hex(bytes)).collect();
        let count = ours.len();

        let started = Instant::now();
        let slot = Duration::from_millis(self.client.constants().slot_ms);
        let mut turned_away = self.chain.wait(push_all(&self.client, signed.clone(), slot))?;
        let handing_over = started.elapsed().as_secs_f64();

        let mut blocks = vec![self.block(born, &mut ours)?];
        let mut idle = 0;
        for height in born + 1.. {
            if ours.is_empty() {
                break;
            }
            if height > born + LIFETIME {
                let missing = ours.len();
                return Err(format!("{missing} of {count} {name} calls were never included").into());
            }
            self.chain.wait(self.finalised(height))?;
            let block = self.block(height, &mut ours)?;
            idle = if block.ours == 0 { idle + 1 } else { 0 };
            blocks.push(block);
            if idle == RESEND_AFTER {
                let mut missing = signed.clone();
                missing.retain(|bytes| ours.contains(&hex(bytes)));
                turned_away += missing.len() as u64;
                turned_away += self.chain.wait(push_all(&self.client, missing, slot))?;
                idle = 0;
            }
        }
        let first = blocks
            .iter()
            .position(|block| block.ours > 0)
            .ok_or("no block holds any of them")?;
        let before = blocks
            .get(first.wrapping_sub(1))
            .ok_or("included before it was signed")?;
        let used = &blocks[first..];
        let millis = used.last().map_or(0, |last| last.moment - before.moment);
        let fills = used.iter().map(|block| block.weight as f64 / BLOCK_WEIGHT as f64);
        Ok(Kind {
            name,
            count,
            blocks: used.len(),
            seconds: millis as f64 / 1_000.0,
            most_in_a_block: used.iter().map(|block| block.ours).max().unwrap_or_default(),
            mean_fill: fills.clone().sum::<f64>() / used.len() as f64,
            most_fill: fills.fold(0.0, f64::max),
            handing_over,
            turned_away,
        })
    }

    async fn finalised(&self, height: u32) -> std::result::Result<(), ChainError> {
        while self.client.finalised().await?.height < height {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Reads a finalised block, and strikes what it holds off `missing`.
    fn block(&self, height: u32, missing: &mut HashSet<String>) -> Result<Block> {
        let hash = self.rpc("chain_getBlockHash", json!([height]))?;
        let block = self.rpc("chain_getBlock", json!([hash]))?;
        let extrinsics = block["block"]["extrinsics"]
            .as_array()
            .ok_or("a block without a list")?;
        let texts = extrinsics.iter().filter_map(Value::as_str);
        let ours = texts.filter(|text| missing.remove(*text)).count();
        let stored = |key: &str| -> Result<Vec<u8>> {
            let value = self.rpc("state_getStorage", json!([key, hash]))?;
            bytes(value.as_str().unwrap_or_default()).ok_or_else(|| "no stored value".into())
        };
        let moment = stored(NOW)?.try_into().map(u64::from_le_bytes);
        let moment = moment.map_err(|_| "a moment that is no number of 64 bits")?;
        // Three classes of calls, each with its time and the size of its proof.
        let stored = stored(WEIGHT)?;
        let (mut rest, mut weight) = (stored.as_slice(), 0);
        for _class in 0..3 {
            weight += compact(&mut rest).ok_or("an unreadable weight")?;
            compact(&mut rest).ok_or("an unreadable weight")?;
        }
        Ok(Block { moment, weight, ours })
    }

    fn rpc(&self, method: &str, params: Value) -> Result<Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut response = ureq::post(&self.http)
            .header("content-type", "application/json")
            .send(request.to_string())?;
        let answer: Value = serde_json::from_str(&response.body_mut().read_to_string()?)?;
        Ok(answer["result"].clone())
    }
}

/// Hands all over, in their order but for a few that are under way together. What the pool refuses is tried again a slot
/// later; says how often that was.
async fn push_all(
    client: &ChainClient,
    signed: Vec<Vec<u8>>,
    slot: Duration,
) -> std::result::Result<u64, ChainError> {
    let (signed, next) = (Arc::new(signed), Arc::new(AtomicUsize::new(0)));
    let turned_away = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (client, signed) = (client.clone(), Arc::clone(&signed));
            let (next, turned_away) = (Arc::clone(&next), Arc::clone(&turned_away));
            tokio::spawn(async move {
                while let Some(transaction) = signed.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut attempts = 0;
                    while let Err(error) = client.push(transaction).await {
                        attempts += 1;
                        if attempts > ATTEMPTS || !matches!(error, ChainError::Rejected { .. }) {
                            return Err(error);
                        }
                        turned_away.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(slot).await;
                    }
                }
                Ok(())
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("handing over does not panic")?;
    }
    Ok(turned_away.load(Ordering::Relaxed))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = "0x".to_owned();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes all");
    }
    text
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?;
    let pairs = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
    pairs.collect()
}

/// Reads one of SCALE's compact numbers.
fn compact(rest: &mut &[u8]) -> Option<u64> {
    let little_endian = |bytes: &[u8]| {
        let mut whole = [0; 8];
        whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(whole))
    };
    let first = *rest.first()?;
    let (skipped, len) = match first & 3 {
        3 => (1, usize::from(first >> 2) + 4),
        kind => (0, 1 << kind),
    };
    let value = little_endian(rest.get(skipped..skipped + len)?)?;
    *rest = &rest[skipped + len..];
    Some(if skipped == 1 { value } else { value >> 2 })
}
