use crate::Node;
use std::path::Path;

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
        let mut alice = Node::authority(folder, "alice", 1, None);
        alice.launch();
        let address = alice.wait_for_address();
        let [bob, charlie] = [("bob", 2), ("charlie", 3)].map(|(name, number)| {
            let mut node = Node::authority(folder, name, number, Some(&address));
            node.launch();
            node
        });
        alice.wait_finalised();
        Self { alice, bob, charlie }
    }
}
