use crate::Node;
use tokio::runtime::Runtime;
use vouchsafe_chain_client::{ChainClient, OrderInfo, ss58};
use vouchsafe_protocol::id::OrderId;

/// The chain as anybody can read it, at the latest finalised block.
pub struct Ledger {
    runtime: Runtime,
    client: ChainClient,
}

impl Ledger {
    /// Connects to a node.
    pub fn of(node: &Node) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let client = runtime
            .block_on(ChainClient::connect(&node.url(), None))
            .expect("the node answers");
        Self { runtime, client }
    }

    /// The orders of an account, ended ones included.
    pub fn orders_of(&self, account: &str) -> Vec<(OrderId, OrderInfo)> {
        let account = ss58::decode(account).expect("accounts are shown with their checksum");
        self.runtime
            .block_on(self.client.orders_of(&account))
            .expect("the node answers")
    }
}
