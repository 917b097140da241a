//! Vectors for verifiers that have none of Substrate's code (the crate `vouchsafe-audit`): read-proofs of this runtime's
//! state made by Substrate's trie, and a justification made and read by GRANDPA's own types.
//!
//! `UPDATE_VECTORS=1` writes the files anew. A change there is a change of what every old bundle relies on.

use codec::{Decode, Encode};
use pallet_attestation::CondemnedOf;
use pallet_marketplace::FaultsOf;
use pallet_provenance::{EntriesOf, Log, Records};
use pallet_reputation::{Cells, ParametersOf};
use serde_json::{Value, json};
use sp_consensus_grandpa::{
    AuthorityId, ConsensusLog, GRANDPA_ENGINE_ID, GrandpaJustification, Message, Precommit, ScheduledChange,
    localized_payload,
};
use sp_core::Pair;
use sp_genesis_builder::PresetId;
use sp_keyring::Ed25519Keyring::{self, Alice, Bob, Charlie, Dave};
use sp_runtime::{BuildStorage, Digest as HeaderDigest, DigestItem};
use std::{fs, path::Path};
use vouchsafe_protocol::{
    finding::Finding,
    id::{Account, Digest, Genesis, RecordId},
    record::{Content, Grade, Statement},
    trust::{Modality, Role, judged_by},
};
use vouchsafe_runtime::{
    AccountId, Attestation, BlockNumber, Hash, Header, Provenance, Runtime, RuntimeGenesisConfig,
    RuntimeOrigin, System, genesis,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn golden(name: &str, computed: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../audit/vectors")
        .join(name);
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(computed).unwrap() + "\n").unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(
        &serde_json::from_str::<Value>(&stored).unwrap(),
        computed,
        "{name}"
    );
}

fn statement(owner: &AccountId, number: u8) -> Statement {
    let digest = |n: u8| Digest([n; 32]);
    Statement {
        owner: Account(owner.clone().into()),
        gateway: Account(Charlie.to_account_id().into()),
        content: Content {
            root: digest(number),
            chunks: 3,
            bytes: 140_000,
        },
        input: digest(2),
        report: digest(3),
        metrics_root: digest(4),
        items: 2,
        metadata: digest(5),
        grade: Grade::Anonymous,
        parents: Default::default(),
    }
}

/// Registers `count` records of Alice's; gives their ids.
fn register(count: u8) -> Vec<RecordId> {
    let chain = Provenance::genesis();
    Provenance::register_gateway(
        RuntimeOrigin::signed(Charlie.to_account_id()),
        Charlie.public().0,
        Default::default(),
        b"https://gateway.example".to_vec().try_into().unwrap(),
    )
    .unwrap();
    let owner = Alice.to_account_id();
    (0..count)
        .map(|number| {
            let says = statement(&owner, number);
            let signature = Charlie.sign(&says.signing_bytes(&chain)).0;
            let record = RecordId::derive(&chain, &says);
            Provenance::register_record(RuntimeOrigin::signed(owner.clone()), Box::new(says), signature)
                .unwrap();
            record
        })
        .collect()
}

fn keys(record: &RecordId) -> [Vec<u8>; 4] {
    [
        frame_system::BlockHash::<Runtime>::hashed_key_for(0),
        Records::<Runtime>::hashed_key_for(record),
        Log::<Runtime>::hashed_key().to_vec(),
        EntriesOf::<Runtime>::hashed_key_for(record),
    ]
}

/// What the scores of a seller and a gateway follow from, in the order in which a verifier reads it.
fn score_keys(seller: &AccountId, gateway: &AccountId) -> Vec<Vec<u8>> {
    let mut keys = vec![ParametersOf::<Runtime>::hashed_key().to_vec()];
    for (role, account) in [(Role::Seller, seller), (Role::Gateway, gateway)] {
        keys.push(FaultsOf::<Runtime>::hashed_key_for(account));
        keys.push(CondemnedOf::<Runtime>::hashed_key_for(account));
        for facet in judged_by(role) {
            for kind in Modality::ALL {
                keys.push(Cells::<Runtime>::hashed_key_for(account, (role, *facet, kind)));
            }
        }
    }
    keys
}

#[test]
fn read_proofs_of_this_runtimes_state_are_the_golden_ones() {
    let preset = genesis::preset_json(&PresetId::from("development")).unwrap();
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
    for (pallet, value) in serde_json::from_slice::<serde_json::Map<_, _>>(&preset).unwrap() {
        for (key, value) in value.as_object().unwrap() {
            config[&pallet][key] = value.clone();
        }
    }
    let config: RuntimeGenesisConfig = serde_json::from_value(config).unwrap();
    let mut ext = sp_io::TestExternalities::new(config.build_storage().unwrap());
    let (records, chain, head) = ext.execute_with(|| {
        System::initialize(&1, &Hash::repeat_byte(0x45), &Default::default());
        let records = register(20);
        Provenance::withdraw_record(RuntimeOrigin::signed(Alice.to_account_id()), records[4]).unwrap();
        Provenance::erase_record(RuntimeOrigin::signed(Charlie.to_account_id()), records[5]).unwrap();
        for number in [1, 2] {
            let auditor = AccountId::new([200 + number; 32]);
            Attestation::admit(RuntimeOrigin::root(), auditor.clone()).unwrap();
            let said = (Finding::Clean, Digest([number; 32]));
            Attestation::attest(RuntimeOrigin::signed(auditor), records[3], said.0, said.1).unwrap();
        }
        (records, Provenance::genesis(), Provenance::log_head())
    });
    ext.commit_all().unwrap();
    let root = *ext.backend.root();
    let unknown = RecordId([0xEE; 32]);
    let proofs: Vec<Value> = [records[3], records[4], records[5], unknown]
        .iter()
        .map(|record| {
            let mut keys = keys(record).to_vec();
            if *record != unknown {
                keys.extend(score_keys(&Alice.to_account_id(), &Charlie.to_account_id()));
            }
            let read = || -> Vec<_> { keys.iter().map(|key| sp_io::storage::get(key)).collect() };
            let (values, proof) = ext.execute_and_prove(read);
            let values: Vec<_> = values
                .iter()
                .map(|value| value.as_ref().map(|value| hex(value)))
                .collect();
            let mut nodes: Vec<String> = proof.iter_nodes().map(|node| hex(node)).collect();
            nodes.sort();
            json!({ "record": hex(&record.0), "keys": keys.iter().map(|key| hex(key)).collect::<Vec<_>>(), "values": values,
                "nodes": nodes })
        })
        .collect();
    golden(
        "state.json",
        &json!({ "root": hex(root.as_bytes()), "genesis": hex(&chain.0), "head": { "size": head.size,
            "root": hex(&head.root.0) }, "proofs": proofs }),
    );
    assert_eq!(chain, Genesis([0x45; 32]), "the parent of block 1");
}

fn header(number: BlockNumber, parent: Hash, logs: Vec<DigestItem>) -> Header {
    Header {
        parent_hash: parent,
        number,
        state_root: Hash::repeat_byte(0x51),
        extrinsics_root: Hash::repeat_byte(0x52),
        digest: HeaderDigest { logs },
    }
}

fn id(who: &Ed25519Keyring) -> AuthorityId {
    who.public().into()
}

/// Each voter with the block that it votes for.
fn justify(
    set: u64,
    round: u64,
    target: &Header,
    votes: &[(Ed25519Keyring, &Header)],
    ancestries: &[&Header],
) -> Vec<u8> {
    let votes: Vec<_> = votes
        .iter()
        .map(|(who, header)| {
            let precommit = Precommit::<Header> {
                target_hash: header.hash(),
                target_number: header.number,
            };
            let message = Message::<Header>::Precommit(precommit.clone());
            let signature = who.pair().sign(&localized_payload(round, set, &message));
            (precommit, signature, id(who))
        })
        .collect();
    let bytes = (round, target.hash(), target.number, votes, ancestries).encode();
    let read = GrandpaJustification::<Header>::decode(&mut &bytes[..]).unwrap();
    assert_eq!(
        (read.commit.target_hash, read.encode()),
        (target.hash(), bytes.clone())
    );
    bytes
}

#[test]
fn a_change_of_validators_and_the_blocks_after_it_are_justified_as_in_the_golden_file() {
    let next = vec![(id(&Bob), 1), (id(&Charlie), 1), (id(&Dave), 1)];
    let change = ConsensusLog::<BlockNumber>::ScheduledChange(ScheduledChange {
        next_authorities: next,
        delay: 0,
    });
    let logs = vec![
        DigestItem::PreRuntime(*b"aura", vec![1; 8]),
        DigestItem::Consensus(GRANDPA_ENGINE_ID, change.encode()),
        DigestItem::Seal(*b"aura", vec![2; 64]),
    ];
    let handover = header(300, Hash::repeat_byte(1), logs);
    let target = header(
        1_000,
        Hash::repeat_byte(2),
        vec![DigestItem::RuntimeEnvironmentUpdated],
    );
    let above = header(1_001, target.hash(), vec![DigestItem::Other(vec![3])]);
    let highest = header(
        1_002,
        above.hash(),
        vec![DigestItem::Consensus(*b"BEEF", vec![1])],
    );
    let finalised = |header: &Header, justification: Vec<u8>| {
        json!({ "header": hex(&header.encode()), "hash": hex(header.hash().as_bytes()), "number": header.number,
            "justification": hex(&justification) })
    };
    let members = [Bob, Charlie, Dave].map(|who| hex(&who.public().0));
    golden(
        "finality.json",
        &json!({
            "checkpoint": { "id": 4, "authorities": [{ "key": hex(&Alice.public().0), "weight": 1 }] },
            "handover": finalised(&handover, justify(4, 9, &handover, &[(Alice, &handover)], &[])),
            "next": { "id": 5, "authorities": members },
            "target": finalised(&target, justify(5, 2, &target,
                &[(Bob, &target), (Charlie, &highest), (Dave, &above)], &[&above, &highest])),
            "two_of_three": hex(&justify(5, 2, &target, &[(Bob, &target), (Charlie, &target)], &[])),
            "of_the_earlier_set": hex(&justify(4, 2, &target,
                &[(Bob, &target), (Charlie, &target), (Dave, &target)], &[])),
            "unused_header": hex(&justify(5, 2, &target,
                &[(Bob, &target), (Charlie, &target), (Dave, &target)], &[&above])),
            "missing_header": hex(&justify(5, 2, &target,
                &[(Bob, &target), (Charlie, &highest), (Dave, &target)], &[&highest])),
            "two_votes": hex(&justify(5, 2, &target,
                &[(Bob, &target), (Bob, &target), (Charlie, &target), (Dave, &target)], &[])),
            "a_stranger": hex(&justify(5, 2, &target,
                &[(Bob, &target), (Charlie, &target), (Dave, &target), (Alice, &target)], &[])),
            "below": hex(&justify(5, 2, &target,
                &[(Bob, &target), (Charlie, &target), (Dave, &handover)], &[&handover])),
        }),
    );
}
