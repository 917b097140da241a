//! What every adapter must do, seen from an account that has funds and has done nothing yet on this chain. The twin
//! passes it here, the node's adapter against a real node.

use vouchsafe_protocol::{
    delivery::OfferSecret,
    hash::sha256,
    id::{Account, Digest, OfferId, OrderId, RecordId},
    log::Fact,
    record::{Content, Grade, Parent, Statement, WHOLE_PPM},
    royalty::Royalty,
};

use super::{Call, Chain, ChainError, OfferStatus, OfferTerms, RecordProof};
use crate::keys::GatewayKeys;

/// Registers, records, offers, closes and withdraws; looks after each step. `keys`: of the account that `chain` signs
/// with.
pub async fn a_gateway_lists_and_withdraws(chain: &dyn Chain, keys: &GatewayKeys) {
    let account = keys.account();
    let genesis = chain.genesis().await.unwrap();
    let rules = chain.rules().await.unwrap();
    assert!(
        chain.free(account).await.unwrap() > rules.gateway_bond + rules.record_deposit + rules.min_offer_bond
    );
    assert!(chain.total_issuance().await.unwrap() >= chain.free(account).await.unwrap());
    assert_eq!(chain.registration(account).await.unwrap(), None);

    let (key, pipelines) = (keys.record_public(), vec![Digest([1; 32])]);
    let endpoint = String::from("https://gateway.example");
    let register = Call::RegisterGateway {
        key,
        pipelines: pipelines.clone(),
        endpoint: endpoint.clone(),
    };
    let before = chain.finalised().await.unwrap();
    let receipt = chain.submit(register.clone()).await.unwrap();
    assert!(receipt.height > before.height);
    let found = chain.registration(account).await.unwrap().unwrap();
    assert_eq!(
        (found.key, found.pipelines, found.endpoint, found.active),
        (key, pipelines, endpoint, true)
    );
    assert!(
        matches!(chain.submit(register).await, Err(ChainError::Refused { .. })),
        "a second time"
    );

    let moved = String::from("https://moved.example");
    let update = Call::UpdateGateway {
        key,
        pipelines: vec![Digest([2; 32])],
        endpoint: moved.clone(),
    };
    chain.submit(update).await.unwrap();
    assert_eq!(
        chain.registration(account).await.unwrap().unwrap().endpoint,
        moved
    );

    let statement = statement(account);
    let record = RecordId::derive(&genesis, &statement);
    assert_eq!(chain.record(record).await.unwrap(), None);
    let unsigned = Call::RegisterRecord {
        statement: Box::new(statement.clone()),
        signature: [0; 64],
    };
    assert!(
        matches!(chain.submit(unsigned).await, Err(ChainError::Refused { .. })),
        "a wrong signature"
    );
    let signature = keys.sign_record(&statement.signing_bytes(&genesis));
    let register = Call::RegisterRecord {
        statement: Box::new(statement.clone()),
        signature,
    };
    chain.submit(register.clone()).await.unwrap();
    assert!(
        chain
            .record(record)
            .await
            .unwrap()
            .is_some_and(|row| row.live && row.statement == statement)
    );
    assert!(
        matches!(chain.submit(register).await, Err(ChainError::Refused { .. })),
        "a second time"
    );

    let derived = |shares: &[(RecordId, u32)]| {
        let parents = shares
            .iter()
            .map(|&(record, share_ppm)| Parent { record, share_ppm });
        let statement = Statement {
            input: Digest([16; 32]),
            parents: parents.collect::<Vec<_>>().try_into().unwrap(),
            ..statement.clone()
        };
        let signature = keys.sign_record(&statement.signing_bytes(&genesis));
        let id = RecordId::derive(&genesis, &statement);
        let statement = Box::new(statement);
        (id, Call::RegisterRecord { statement, signature })
    };
    let stranger = RecordId([77; 32]);
    for (parents, named) in [
        (&[(stranger, 1)][..], "UnknownParent"),
        (&[(record, 1), (record, 1)], "DuplicateParent"),
        (&[(record, WHOLE_PPM + 1)], "SharesExceedWhole"),
    ] {
        refuses(chain, derived(parents).1, named).await;
    }
    let (child, register) = derived(&[(record, 250_000)]);
    chain.submit(register).await.unwrap();
    let row = chain.record(child).await.unwrap().unwrap();
    let royalty = Royalty {
        payee: account,
        share_ppm: 250_000,
    };
    assert_eq!(
        (row.royalties.payees.to_vec(), row.royalties.depth),
        (vec![royalty], 1)
    );

    let proof = proves_a_record(chain, record).await;
    assert_eq!(proof.record.statement, statement);
    assert_eq!(proof.record.signature, signature);
    let said: Vec<Fact> = proof.trail.iter().map(|(entry, _)| entry.fact).collect();
    assert_eq!(said, [Fact::Registered { key }]);
    assert_eq!(chain.signed(record).await.unwrap(), Some(proof.record));
    assert_eq!(chain.signed(stranger).await.unwrap(), None);

    let nonce = 7;
    let offer = OfferId::derive(&genesis, &account, nonce);
    let price = rules.existential_deposit * 1_000;
    let terms = OfferTerms {
        nonce,
        record,
        content: statement.content,
        key: OfferSecret::derive(&[3; 32], &genesis, &offer, 0).public(),
        price,
        licence: Digest([4; 32]),
        deliver_within: rules.deliver_within.0,
        dispute_within: rules.least_dispute_window(statement.content.bytes),
        bond: rules.least_bond(price),
    };
    assert_eq!(chain.offer(offer).await.unwrap(), None);
    let outside = OfferTerms {
        deliver_within: rules.deliver_within.1 + 1,
        ..terms
    };
    assert!(
        matches!(
            chain.submit(Call::Offer(outside)).await,
            Err(ChainError::Refused { .. })
        ),
        "a window too long"
    );
    chain.submit(Call::Offer(terms)).await.unwrap();
    let state = chain.offer(offer).await.unwrap().unwrap();
    assert_eq!(
        (state.seller, state.record, state.version, state.key),
        (account, record, 0, terms.key)
    );
    assert_eq!(
        (state.price, state.status, state.open_orders),
        (terms.price, OfferStatus::Open, 0)
    );
    assert_eq!(chain.offer(OfferId([9; 32])).await.unwrap(), None);
    assert_eq!(chain.open_orders(offer).await.unwrap(), []);

    chain.submit(Call::Close { offer }).await.unwrap();
    let status = chain.offer(offer).await.unwrap().unwrap().status;
    assert!(matches!(status, OfferStatus::Closed { .. }), "{status:?}");
    assert!(
        matches!(
            chain.submit(Call::ReleaseBond { offer }).await,
            Err(ChainError::Refused { .. })
        ),
        "a bond before its cool-off"
    );
    assert_eq!(chain.standing(stranger).await.unwrap(), None);
    let standing = chain.standing(record).await.unwrap().unwrap();
    assert_eq!(
        (standing.key, standing.withdrawn_at),
        (keys.record_public(), None)
    );
    chain.submit(Call::WithdrawRecord { record }).await.unwrap();
    let standing = chain.standing(record).await.unwrap().unwrap();
    assert!(
        standing.withdrawn_at > Some(standing.registered_at),
        "{standing:?}"
    );
    assert_eq!((standing.erased, standing.fraud), (None, None));
    assert!(chain.record(record).await.unwrap().is_some_and(|row| !row.live));
    refuses(chain, derived(&[(record, 9)]).1, "ParentWithdrawn").await;

    chain.submit(Call::EraseRecord { record }).await.unwrap();
    let standing = chain.standing(record).await.unwrap().unwrap();
    assert!(standing.erased.is_some_and(|(_, by)| by == account));
    refuses(chain, Call::EraseRecord { record }, "AlreadyErased").await;
    refuses(chain, Call::EraseRecord { record: stranger }, "UnknownRecord").await;
    let trail = proves_a_record(chain, record).await.trail;
    let said: Vec<Fact> = trail.iter().map(|(entry, _)| entry.fact).collect();
    assert_eq!(
        said,
        [
            Fact::Registered { key },
            Fact::Withdrawn,
            Fact::Erased { by: account }
        ]
    );
    // Erasing withdraws.
    chain.submit(Call::EraseRecord { record: child }).await.unwrap();
    assert!(chain.record(child).await.unwrap().is_some_and(|row| !row.live));

    let head = chain.finalised().await.unwrap();
    assert!(chain.finalised_above(head.height - 1).await.unwrap().height >= head.height);
}

/// The record that [`a_gateway_lists_and_withdraws`] registers first, and erases at last.
pub async fn a_record_of(keys: &GatewayKeys, chain: &dyn Chain) -> RecordId {
    RecordId::derive(&chain.genesis().await.unwrap(), &statement(keys.account()))
}

/// A justified block at or above the finalised one shows the record with its trail, and no record that is not there.
async fn proves_a_record(chain: &dyn Chain, record: RecordId) -> RecordProof {
    let genesis = chain.genesis().await.unwrap();
    let head = chain.finalised().await.unwrap();
    let at = chain.justified().await.unwrap();
    assert!(at.height >= head.height, "{} is below {}", at.height, head.height);
    assert!(!chain.authority_set(&at).await.unwrap().authorities.is_empty());
    assert_eq!(
        chain.prove_record(RecordId([77; 32]), &at).await.unwrap(),
        None,
        "a record that is not there"
    );
    assert_eq!(chain.prove_order(OrderId([77; 32]), &at).await.unwrap(), None);
    let proof = chain.prove_record(record, &at).await.unwrap().unwrap();
    assert!(!proof.state.is_empty());
    for (entry, inclusion) in &proof.trail {
        assert_eq!(entry.record, record);
        let leaf = entry.leaf_hash(&genesis, sha256);
        inclusion.verify(&leaf, &proof.log).unwrap();
    }
    proof
}

/// The chain refuses the call with the error of this name.
async fn refuses(chain: &dyn Chain, call: Call, named: &str) {
    let refused = chain.submit(call).await;
    assert!(
        matches!(&refused, Err(ChainError::Refused { error, .. }) if error == named),
        "{named}: {refused:?}"
    );
}

fn statement(account: Account) -> Statement {
    Statement {
        owner: account,
        gateway: account,
        content: Content {
            root: Digest([5; 32]),
            chunks: 2,
            bytes: 70_000,
        },
        input: Digest([6; 32]),
        report: Digest([7; 32]),
        metrics_root: Digest([8; 32]),
        items: 1,
        metadata: Digest([9; 32]),
        grade: Grade::Anonymous,
        parents: Default::default(),
    }
}
