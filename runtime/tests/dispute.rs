//! A dispute as the node meets it: a general transaction, validated for the pool and again for the block.

use codec::Encode;
use frame_support::{dispatch::GetDispatchInfo, pallet_prelude::DispatchClass, traits::Hooks};
use pallet_marketplace::{DisputeRefusal, OfferStatus, Offers};
use sp_genesis_builder::PresetId;
use sp_keyring::Ed25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::{
    BuildStorage, DispatchError,
    generic::Era,
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};
use vouchsafe_protocol::{
    chunk::Layout,
    delivery::{Blind, Context, OfferSecret},
    hash::sha256,
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    log::Fact,
    misbehaviour::{Case, Evidence},
    record::{Content, Grade, Statement},
    sidecar::Sidecar,
};
use vouchsafe_runtime::{
    AccountId, Balances, Executive, Marketplace, Provenance, Runtime, RuntimeCall, RuntimeGenesisConfig,
    RuntimeOrigin, System, TxExtension, UncheckedExtrinsic,
    constants::{MIN_DISPUTE_WITHIN, VCH},
    genesis,
};

const PRICE: u128 = 25 * VCH;
/// What somebody without a score needs: fifteen prices.
const BOND: u128 = 375 * VCH;
const LICENCE: Digest = Digest([9; 32]);
const CHUNK: usize = 60_000;

/// A delivered order, and what its buyer can put together.
struct Sale {
    order: OrderId,
    offer: OfferId,
    evidence: Evidence,
}

fn account(who: &AccountId) -> Account {
    Account(who.clone().into())
}

/// A network like the development one, at block 1, with one delivered order of Bob's for content of Alice's. The content
/// is honest or not; the evidence claims that it is not.
fn with_sale(honest: bool, test: impl FnOnce(Sale)) {
    let preset = genesis::preset_json(&PresetId::from("development")).unwrap();
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
    for (pallet, value) in serde_json::from_slice::<serde_json::Map<_, _>>(&preset).unwrap() {
        for (key, value) in value.as_object().unwrap() {
            config[&pallet][key] = value.clone();
        }
    }
    let config: RuntimeGenesisConfig = serde_json::from_value(config).unwrap();
    sp_io::TestExternalities::new(config.build_storage().unwrap()).execute_with(|| {
        System::initialize(&1, &Default::default(), &Default::default());
        test(sale(honest));
    });
}

fn sale(honest: bool) -> Sale {
    let (seller, buyer) = (Alice.to_account_id(), Bob.to_account_id());
    let chain = Marketplace::genesis();
    let offer = OfferId::derive(&chain, &account(&seller), 1);
    let secret = OfferSecret::derive(&[1; 32], &chain, &offer, 0);
    let layout = Layout::new(&[CHUNK as u64, 5]).unwrap();
    let mut chunks = [vec![7; CHUNK], vec![8; 5]];
    let mut leaves: Vec<_> = (0u32..)
        .zip(&mut chunks)
        .map(|(index, chunk)| secret.content_secret().seal(index, chunk))
        .collect();
    if !honest {
        leaves[0].commitment = Digest([0xbd; 32]);
    }
    let sidecar = Sidecar::new(layout, leaves).unwrap();
    let content = Content {
        root: sidecar.root(),
        chunks: 2,
        bytes: CHUNK as u64 + 5,
    };
    let record = register(&seller, content, &chain);
    Marketplace::offer(
        RuntimeOrigin::signed(seller.clone()),
        1,
        record,
        content,
        secret.public(),
        PRICE,
        LICENCE,
        50,
        MIN_DISPUTE_WITHIN + 1,
        BOND,
    )
    .unwrap();
    let blind = Blind::from_seed(&[2; 32], &chain, &offer, 0, 0);
    let blinded = blind.blinded();
    Marketplace::order(
        RuntimeOrigin::signed(buyer.clone()),
        offer,
        0,
        blinded,
        PRICE,
        LICENCE,
    )
    .unwrap();
    let order = OrderId::derive(&chain, &offer, 0, &account(&buyer), &blinded);
    let context = Context {
        genesis: chain,
        offer,
        version: 0,
        order,
        buyer: account(&buyer),
    };
    let delivery = secret.evaluate(&blinded, &context, &[3; 32]).unwrap();
    let (evaluated, proof) = (delivery.evaluated, delivery.proof);
    Marketplace::deliver(RuntimeOrigin::signed(seller), order, evaluated, proof).unwrap();
    let case = Case {
        genesis: chain,
        offer,
        version: 0,
        content,
        blinded,
        evaluated,
    };
    let forged = Evidence {
        blind: *blind.expose(),
        index: 0,
        leaf: sidecar.leaves()[0],
        path: sidecar.path(0).unwrap().try_into().unwrap(),
        ciphertext: chunks[0].clone().try_into().unwrap(),
    };
    let built = Evidence::build(&blind, &case, &sidecar, 0, &chunks[0]);
    assert_eq!(built.ok(), (!honest).then(|| forged.clone()));
    Sale {
        order,
        offer,
        evidence: forged,
    }
}

/// Charlie's gateway vouches for a content of the seller's.
fn register(seller: &AccountId, content: Content, chain: &Genesis) -> RecordId {
    let gateway = Charlie.to_account_id();
    let endpoint = b"https://gateway.example".to_vec().try_into().unwrap();
    Provenance::register_gateway(
        RuntimeOrigin::signed(gateway.clone()),
        Charlie.public().0,
        Default::default(),
        endpoint,
    )
    .unwrap();
    let none = Digest([0; 32]);
    let statement = Statement {
        owner: account(seller),
        gateway: account(&gateway),
        content,
        input: none,
        report: none,
        metrics_root: none,
        items: 1,
        metadata: none,
        grade: Grade::Anonymous,
        parents: Default::default(),
    };
    let record = RecordId::derive(chain, &statement);
    let signature = Charlie.sign(&statement.signing_bytes(chain)).0;
    Provenance::register_record(
        RuntimeOrigin::signed(seller.clone()),
        Box::new(statement),
        signature,
    )
    .unwrap();
    record
}

fn dispute(sale: &Sale) -> RuntimeCall {
    RuntimeCall::Marketplace(pallet_marketplace::Call::dispute {
        order: sale.order,
        evidence: Box::new(sale.evidence.clone()),
    })
}

fn extension() -> TxExtension {
    (
        frame_system::AuthorizeCall::new(),
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(0),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(0),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    )
}

fn general(call: RuntimeCall) -> UncheckedExtrinsic {
    UncheckedExtrinsic::new_transaction(call, extension())
}

fn valid(transaction: &UncheckedExtrinsic) -> Result<(), TransactionValidityError> {
    Executive::validate_transaction(
        TransactionSource::External,
        transaction.clone(),
        Default::default(),
    )
    .map(drop)
}

fn total(who: &AccountId) -> u128 {
    use frame_support::traits::Currency;
    Balances::total_balance(who)
}

#[test]
fn a_proven_fraud_is_taken_included_and_costs_its_buyer_no_fee() {
    with_sale(false, |sale| {
        let (buyer, seller) = (Bob.to_account_id(), Alice.to_account_id());
        let before = (total(&buyer), total(&seller));
        let transaction = general(dispute(&sale));
        assert_eq!(valid(&transaction), Ok(()));
        assert_eq!(Executive::apply_extrinsic(transaction.clone()), Ok(Ok(())));
        assert!(matches!(
            Offers::<Runtime>::get(sale.offer).unwrap().status,
            OfferStatus::Frozen { .. }
        ));
        assert_eq!(total(&buyer), before.0 + PRICE, "a reward and no fee");
        assert_eq!(total(&seller), before.1 - BOND);
        // The record's trail says so, and whoever has the head can prove it.
        let record = Offers::<Runtime>::get(sale.offer).unwrap().record;
        let (index, fraud) = Provenance::log_entries(record)[1];
        let expected = Fact::FraudProven {
            offer: sale.offer,
            order: sale.order,
            chunk: 0,
        };
        assert_eq!((index, fraud.fact), (1, expected));
        let proof = Provenance::log_inclusion(index, 2).unwrap();
        let leaf = fraud.leaf_hash(&Provenance::genesis(), sha256);
        assert_eq!(proof.verify(&leaf, &Provenance::log_head()), Ok(()));
        // A second copy is neither taken nor included.
        let again = Executive::apply_extrinsic(transaction.clone());
        assert_eq!(again.map(drop), valid(&transaction));
        assert!(valid(&transaction).is_err());
    });
}

#[test]
fn a_false_dispute_is_neither_taken_nor_included() {
    with_sale(true, |sale| {
        let seller = Alice.to_account_id();
        let before = (total(&seller), Offers::<Runtime>::get(sale.offer));
        let transaction = general(dispute(&sale));
        let honest = InvalidTransaction::Custom(DisputeRefusal::Honest as u8).into();
        assert_eq!(valid(&transaction), Err(honest));
        assert_eq!(Executive::apply_extrinsic(transaction).map(drop), Err(honest));
        assert_eq!((total(&seller), Offers::<Runtime>::get(sale.offer)), before);
    });
}

#[test]
fn a_dispute_cannot_hide_behind_a_signature_or_in_a_batch() {
    use sp_runtime::traits::Dispatchable;
    with_sale(false, |sale| {
        let buyer = || RuntimeOrigin::signed(Bob.to_account_id());
        let refused = dispute(&sale).dispatch(buyer()).unwrap_err();
        assert_eq!(refused.error, DispatchError::BadOrigin);
        let batch = RuntimeCall::Utility(pallet_utility::Call::batch_all {
            calls: vec![dispute(&sale)],
        });
        let refused = batch.clone().dispatch(buyer()).unwrap_err();
        assert_eq!(refused.error, DispatchError::BadOrigin);
        // Nor does a batch without a signature get in.
        assert!(valid(&general(batch)).is_err());
        assert_eq!(
            Offers::<Runtime>::get(sale.offer).unwrap().status,
            OfferStatus::Open
        );
    });
}

#[test]
fn a_dispute_is_operational_and_fits_a_block_many_times() {
    with_sale(false, |sale| {
        let transaction = general(dispute(&sale));
        let info = transaction.get_dispatch_info();
        assert_eq!(info.class, DispatchClass::Operational);
        let whole = info.total_weight().ref_time();
        let block = vouchsafe_runtime::max_block_weight().ref_time();
        assert!(whole * 20 < block, "{whole} of {block}");
        assert!(transaction.encoded_size() < 68_000);
        // The clock of this test does not run: no hook of the marketplace sweeps.
        assert_eq!(Marketplace::on_initialize(2), Default::default());
    });
}
