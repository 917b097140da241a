use crate::{Node, programs::program};
use serde_json::Value;
use std::{fs, path::Path, process::Command};

/// The chain of the preset `local`: three authorities as three processes that find each other on this machine, a block
/// every two seconds. All three have to vote for a block to become final.
pub struct Authorities {
    /// The one that stories talk to.
    pub alice: Node,
    /// Another one.
    pub bob: Node,
    /// The third.
    pub charlie: Node,
}

impl Authorities {
    /// Starts a new chain in `folder` and waits for its first finalised block.
    pub fn start(folder: &Path) -> Self {
        Self::start_on(folder, "local")
    }

    /// As [`Authorities::start`], with a block every second, so that what takes a number of blocks takes less time.
    pub fn start_quick(folder: &Path) -> Self {
        let spec = Command::new(program("vouchsafe-node"))
            .args(["export-chain-spec", "--chain", "local"])
            .output()
            .expect("the node starts");
        let mut spec: Value = serde_json::from_slice(&spec.stdout).expect("a chain specification is JSON");
        spec["genesis"]["runtimeGenesis"]["patch"]["network"]["slotDuration"] = 1_000.into();
        let path = folder.join("quick.json");
        fs::write(&path, spec.to_string()).expect("the story's folder can be written to");
        Self::start_on(folder, &path.display().to_string())
    }

    fn start_on(folder: &Path, chain: &str) -> Self {
        let mut alice = Node::authority(folder, chain, "alice", 1, None);
        alice.launch();
        let address = alice.wait_for_address();
        let [bob, charlie] = [("bob", 2), ("charlie", 3)].map(|(name, number)| {
            let mut node = Node::authority(folder, chain, name, number, Some(&address));
            node.launch();
            node
        });
        alice.wait_finalised();
        Self { alice, bob, charlie }
    }
}
