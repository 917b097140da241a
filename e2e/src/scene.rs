use crate::{Chain, Cli, Node, Stall, VCH};
use std::path::PathBuf;
use tempfile::TempDir;
use vouchsafe_chain_client::ss58;
use vouchsafe_protocol::{
    id::{Account, OrderId},
    order::Stage,
};

/// A chain, and whoever comes to it: where stories with played sellers begin.
pub struct Scene {
    /// The chain.
    pub chain: Chain,
    /// Its node.
    pub node: Node,
    folder: TempDir,
}

impl Scene {
    /// Starts a chain.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let node = Node::start(folder.path());
        let chain = Chain::of(&node);
        Self { chain, node, folder }
    }

    /// A path in the story's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Somebody with a home of their own and 100 VCH.
    pub fn buyer(&self, name: &str) -> (Cli, Account) {
        let buyer = Cli::new(&self.path(name), &self.node.url());
        let account = ss58::decode(&buyer.new_key()).expect("a new key's address is one");
        self.chain.give(&[account], 100 * VCH);
        (buyer, account)
    }

    /// The arguments that buy at a stall into the folder of this name.
    pub fn buy(&self, stall: &Stall, folder: &str, more: &[&str]) -> Vec<String> {
        let (offer, out) = (stall.offer.to_string(), self.path(folder).display().to_string());
        let fixed = ["buy", &offer, "--out", &out];
        fixed.iter().chain(more).map(|word| (*word).to_owned()).collect()
    }

    /// Where an order stands.
    pub fn stage(&self, order: &OrderId) -> Stage {
        let row = self.chain.wait(self.chain.client().order(order));
        row.expect("the node answers").expect("the story placed it").stage
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}
