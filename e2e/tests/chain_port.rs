//! The gateway's view of the chain, against a real node: the suite that its in-memory twin passes.

use tokio::runtime::Runtime;
use vouchsafe_audit::{Anchor, Kind, Outcome, Question, verify};
use vouchsafe_e2e::{Cli, Node, VCH};
use vouchsafe_gateway::{
    adapters::{NodeChain, SystemEntropy},
    keys::{GatewayKeys, open_or_create_seed},
    ports::{Chain, ChainError, chain::conformance},
};
use vouchsafe_protocol::{bundle::Bundle, id::Genesis};

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

    let record = runtime.block_on(conformance::a_record_of(&keys, &chain));
    let at = runtime.block_on(chain.justified()).unwrap();
    let set = runtime.block_on(chain.authority_set(&at)).unwrap();
    let proof = runtime
        .block_on(chain.prove_record(record, &at))
        .unwrap()
        .unwrap();
    let bundle = Bundle {
        genesis: runtime.block_on(chain.genesis()).unwrap(),
        checkpoint: set.clone(),
        handovers: Default::default(),
        finality: at.block,
        state: proof.state.try_into().unwrap(),
        record: proof.record,
        trail: proof.trail,
        report: None,
        metadata: None,
        models: Default::default(),
        contents: None,
        openings: Default::default(),
        ancestors: Default::default(),
    };
    let anchor = Anchor {
        genesis: bundle.genesis,
        sets: vec![set],
    };
    let question = Question {
        anchor: Some(anchor),
        ..Question::default()
    };
    let verdict = verify(&bundle.to_file().unwrap(), &question);
    assert!(verdict.sound && verdict.anchored, "{:?}", verdict.checks);
    assert!(
        matches!(verdict.outcome(Kind::Status), Some(Outcome::Finding(_))),
        "the suite erases it: {:?}",
        verdict.outcome(Kind::Status)
    );

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
