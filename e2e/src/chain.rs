use crate::Node;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use vouchsafe_chain_client::{AccountInfo, Call, ChainClient, OfferInfo, OrderInfo, Receipt, Signer};
use vouchsafe_protocol::id::{Account, OfferId, OrderId};

/// How many transactions are under way at the same time.
const AT_ONCE: usize = 100;

/// The chain as a story itself reads it and writes to it, beside the programs that it is about. Every answer is that of
/// the latest finalised block.
pub struct Chain {
    client: ChainClient,
    http: String,
    runtime: Runtime,
}

impl Chain {
    /// Connects to a node.
    pub fn of(node: &Node) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let client = runtime
            .block_on(ChainClient::connect(&node.url(), None))
            .expect("the node answers");
        Self {
            client,
            http: node.url().replacen("ws", "http", 1),
            runtime,
        }
    }

    /// What asks the node.
    pub fn client(&self) -> &ChainClient {
        &self.client
    }

    /// Waits for an answer.
    pub fn wait<T>(&self, question: impl Future<Output = T>) -> T {
        self.runtime.block_on(question)
    }

    /// Does something beside the story, until the chain is dropped.
    pub(crate) fn beside(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    /// What an account has.
    pub fn account(&self, account: &Account) -> AccountInfo {
        self.wait(self.client.account(account)).expect("the node answers")
    }

    /// All that an account has, free or on hold.
    pub fn total(&self, account: &Account) -> u128 {
        let found = self.account(account);
        found.free + found.held
    }

    /// All coins that exist.
    pub fn issuance(&self) -> u128 {
        self.wait(self.client.total_issuance()).expect("the node answers")
    }

    /// An offer that exists.
    pub fn offer(&self, offer: &OfferId) -> OfferInfo {
        let found = self.wait(self.client.offer(offer)).expect("the node answers");
        found.expect("the story made this offer")
    }

    /// The orders of an account, ended ones included.
    pub fn orders_of(&self, buyer: &Account) -> Vec<(OrderId, OrderInfo)> {
        self.wait(self.client.orders_of(buyer)).expect("the node answers")
    }

    /// Makes one call and waits until it is final.
    ///
    /// # Panics
    /// When the chain refuses it.
    pub fn submit(&self, signer: &Signer, call: Call) -> Receipt {
        self.wait(self.client.submit(signer, call))
            .expect("the call is good")
    }

    /// Makes many calls side by side; the receipts are in their order.
    ///
    /// # Panics
    /// When the chain refuses one.
    pub fn submit_all(&self, calls: impl IntoIterator<Item = (Signer, Call)>) -> Vec<Receipt> {
        let calls: Vec<_> = calls.into_iter().collect();
        let mut receipts = Vec::with_capacity(calls.len());
        for some in calls.chunks(AT_ONCE) {
            let sending: Vec<_> = some
                .iter()
                .cloned()
                .map(|(signer, call)| {
                    let client = self.client.clone();
                    self.runtime
                        .spawn(async move { client.submit(&signer, call).await })
                })
                .collect();
            for receipt in sending {
                let sent = self.wait(receipt).expect("sending does not panic");
                receipts.push(sent.expect("the call is good"));
            }
        }
        receipts
    }

    /// Gives `amount` to each account, from the development accounts.
    pub fn give(&self, accounts: &[Account], amount: u128) {
        let gifts = accounts.iter().map(|to| {
            let to = *to;
            (Signer::dev("alice"), Call::Transfer { to, amount })
        });
        self.submit_all(gifts);
    }

    /// The transactions of every finalised block after the first, as the node hands them out: hexadecimal digits.
    pub fn transactions(&self) -> Vec<String> {
        let last = self.wait(self.client.finalised()).expect("the node answers");
        let blocks = (1..=last.height).map(|height| {
            let hash = self.rpc("chain_getBlockHash", json!([height]));
            self.rpc("chain_getBlock", json!([hash]))
        });
        blocks
            .flat_map(|block| {
                let extrinsics = block["block"]["extrinsics"].as_array().cloned();
                extrinsics.expect("a block lists its transactions")
            })
            .map(|extrinsic| extrinsic.as_str().expect("bytes are text").to_owned())
            .collect()
    }

    fn rpc(&self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut response = ureq::post(&self.http)
            .header("content-type", "application/json")
            .send(request.to_string())
            .expect("the node answers");
        let text = response
            .body_mut()
            .read_to_string()
            .expect("the node's answers are text");
        let answer: Value = serde_json::from_str(&text).expect("the node's answers are JSON");
        answer["result"].clone()
    }
}
