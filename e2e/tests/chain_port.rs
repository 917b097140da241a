//! The gateway's view of the chain, against a real node: the suite that its in-memory twin passes.

use tokio::runtime::Runtime;
use vouchsafe_e2e::{Cli, Node, VCH};
use vouchsafe_gateway::{
    adapters::{NodeChain, SystemEntropy},
    keys::{GatewayKeys, open_or_create_seed},
    ports::{Chain, ChainError, chain::conformance},
};
use vouchsafe_protocol::id::Genesis;

#[test]
fn the_adapter_of_a_real_node_passes_the_suite_of_the_chain_port() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path());
    let (seed, _) = open_or_create_seed(&folder.path().join("seed"), &SystemEntropy).unwrap();
    let keys = GatewayKeys::from_seed(seed);
    Cli::new(&folder.path().join("giver"), &node.url()).give(&keys.account_ss58(), 1_000 * VCH);

    let chain = NodeChain::new(node.url(), None, keys.account_seed());
    let runtime = Runtime::new().unwrap();
    runtime.block_on(conformance::a_gateway_lists_and_withdraws(&chain, &keys));

    let elsewhere = Genesis([9; 32]);
    let stranger = NodeChain::new(node.url(), Some(elsewhere), keys.account_seed());
    let here = runtime.block_on(chain.genesis()).unwrap();
    assert_eq!(
        runtime.block_on(stranger.genesis()),
        Err(ChainError::WrongGenesis {
            expected: elsewhere,
            found: here
        })
    );
}
