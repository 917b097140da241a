use crate::{Cli, Gateway, Node, VCH, photos, wait_until};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
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
        Self::on(folder, node, more)
    }

    /// As [`World::with_settings`], on the chain of `node`, with everything else in `folder`.
    pub fn on(folder: TempDir, node: Node, more: &str) -> Self {
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

    /// Hands the photos in `folder` to the gateway and returns the job as soon as it has them.
    pub fn start_sale(&self, folder: &Path, price: u128) -> String {
        let mut arguments = self.sell_arguments(folder, price);
        arguments.push("--no-wait".to_owned());
        let handed_in = self.seller_cli.run(&arguments).expect_success();
        handed_in["job"]
            .as_str()
            .expect("sell --no-wait shows the job")
            .to_owned()
    }

    /// Waits until the job is as wanted, and returns it.
    ///
    /// # Panics
    /// When that does not happen, as it cannot after the job's end.
    pub fn wait_for_job(&self, job: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        wait_until(what, Duration::from_secs(180), || {
            let seen = self.gateway.job(job)?;
            let ended = ["done", "failed", "cancelled"].contains(&seen["state"].as_str()?);
            assert!(wanted(&seen) || !ended, "waited for {what}, but: {seen}");
            wanted(&seen).then_some(seen)
        })
    }

    /// Waits until a job has ended well, and returns its offer.
    pub fn wait_for_offer(&self, job: &str) -> String {
        let done = self.wait_for_job(job, "the offer", |job| job["state"] == "done");
        done["offer"]
            .as_str()
            .expect("a job that is done has an offer")
            .to_owned()
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
