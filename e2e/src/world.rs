use crate::{Cli, Gateway, Node, VCH, photos};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A chain, a seller with a gateway, and a buyer with money: where most stories begin.
pub struct World {
    /// The chain's node.
    pub node: Node,
    /// The seller's gateway, registered and ready.
    pub gateway: Gateway,
    /// The gateway's account, which is the seller's.
    pub seller: String,
    /// The seller's command line.
    pub seller_cli: Cli,
    /// The buyer's command line, with a key and 1,000 VCH.
    pub buyer: Cli,
    /// The buyer's account.
    pub buyer_account: String,
    folder: TempDir,
}

impl World {
    /// Starts everything.
    pub fn new() -> Self {
        Self::with_settings("")
    }

    /// As [`World::new`], with more settings of the gateway (TOML, whole tables).
    pub fn with_settings(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let node = Node::start(folder.path());
        let buyer = Cli::new(&folder.path().join("buyer"), &node.url());
        let seller_cli = Cli::new(&folder.path().join("seller"), &node.url());
        let buyer_account = buyer.new_key();
        buyer.give(&buyer_account, 1_000 * VCH);
        let mut gateway = Gateway::prepare_with(&folder.path().join("gateway"), &node.url(), more);
        let seller = gateway.account();
        buyer.give(&seller, 1_000 * VCH);
        gateway.start();
        gateway.wait_ready();
        Self {
            node,
            gateway,
            seller,
            seller_cli,
            buyer,
            buyer_account,
            folder,
        }
    }

    /// A path in the story's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The arguments that sell `folder` for `price` (smallest unit) through the gateway.
    pub fn sell_arguments(&self, folder: &Path, price: u128) -> Vec<String> {
        sell_arguments(&self.gateway, folder, price)
    }

    /// Sells the demonstration's photos and returns what `vouchsafe sell` printed.
    pub fn sell(&self, price: u128) -> Value {
        self.seller_cli
            .run(&self.sell_arguments(&photos(), price))
            .expect_success()
    }

    /// The arguments that buy `offer` into the folder `name`.
    pub fn buy_arguments(&self, offer: &str, name: &str) -> Vec<String> {
        ["buy", offer, "--out"]
            .map(str::to_owned)
            .into_iter()
            .chain([self.path(name).display().to_string()])
            .collect()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// The arguments that sell `folder` through `gateway`.
pub fn sell_arguments(gateway: &Gateway, folder: &Path, price: u128) -> Vec<String> {
    let token = gateway.token_file();
    [
        "sell",
        &folder.display().to_string(),
        "--title",
        "Portraits at a launch site",
        "--price",
        &price.to_string(),
        "--gateway",
        &gateway.url(),
        "--token-file",
        &token.display().to_string(),
    ]
    .map(str::to_owned)
    .into()
}
