//! Hand-overs and justifications in the encoding of GRANDPA's own types (`vectors/finality.json`).

use codec::Encode;
use proptest::prelude::*;
use serde_json::Value;
use vouchsafe_audit::{
    finality::{FinalityError, JustificationError, Step, anchored, final_header, verify},
    header::{Header, HeaderError},
};
use vouchsafe_protocol::{
    bundle::{Authority, AuthoritySet, Bundle, Finalised, SignedStatement},
    id::{Account, Digest, Genesis, RecordId},
    record::{Content, Grade, Statement},
};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/finality.json")).unwrap()
}

fn raw(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn set(id: u64, keys: &[Value]) -> AuthoritySet {
    let authority = |key: &Value| Authority {
        key: raw(key).try_into().unwrap(),
        weight: 1,
    };
    let authorities: Vec<Authority> = keys.iter().map(authority).collect();
    AuthoritySet {
        id,
        authorities: authorities.try_into().unwrap(),
    }
}

fn checkpoint() -> AuthoritySet {
    set(4, &[vectors()["checkpoint"]["authorities"][0]["key"].clone()])
}

fn next() -> AuthoritySet {
    set(5, vectors()["next"]["authorities"].as_array().unwrap())
}

fn finalised(value: &Value) -> Finalised {
    Finalised {
        header: raw(&value["header"]).try_into().unwrap(),
        justification: raw(&value["justification"]).try_into().unwrap(),
    }
}

fn bundle() -> Bundle {
    let none = Digest([0; 32]);
    let statement = Statement {
        owner: Account([0; 32]),
        gateway: Account([0; 32]),
        content: Content {
            root: none,
            chunks: 1,
            bytes: 1,
        },
        input: none,
        report: none,
        metrics_root: none,
        items: 1,
        metadata: none,
        grade: Grade::Anonymous,
        parents: Default::default(),
    };
    let vectors = vectors();
    Bundle {
        genesis: Genesis([1; 32]),
        checkpoint: checkpoint(),
        handovers: vec![finalised(&vectors["handover"])].try_into().unwrap(),
        finality: finalised(&vectors["target"]),
        state: Default::default(),
        record: SignedStatement {
            record: RecordId([0; 32]),
            statement,
            key: [0; 32],
            signature: [0; 64],
        },
        trail: Default::default(),
        report: None,
        metadata: None,
        models: Default::default(),
        contents: None,
        openings: Default::default(),
        ancestors: Default::default(),
    }
}

fn target() -> Header {
    Header::read(&raw(&vectors()["target"]["header"])).unwrap()
}

/// What the next set's verifier says of a justification of the target.
fn of_target(name: &str) -> Result<(), JustificationError> {
    verify(&raw(&vectors()[name]), &target(), &next())
}

#[test]
fn headers_have_the_chains_hashes_and_name_the_next_set() {
    for name in ["handover", "target"] {
        let value = &vectors()[name];
        let header = Header::read(&raw(&value["header"])).unwrap();
        assert_eq!(header.hash.to_vec(), raw(&value["hash"]));
        assert_eq!(u64::from(header.number), value["number"].as_u64().unwrap());
        assert_eq!(header.state_root, [0x51; 32]);
    }
    let handover = Header::read(&raw(&vectors()["handover"]["header"])).unwrap();
    assert_eq!(handover.next_set(&checkpoint()), Ok(next()));
}

#[test]
fn a_block_is_final_by_a_hand_over_from_a_trusted_checkpoint() {
    let bundle = bundle();
    assert_eq!(final_header(&bundle), Ok(target()));
    let trusted = [next(), checkpoint()];
    assert_eq!(anchored(&bundle, &[1; 32], &trusted), Ok(()));
    assert_eq!(anchored(&bundle, &[2; 32], &trusted), Err(FinalityError::Anchor));
    assert_eq!(
        anchored(&bundle, &[1; 32], &trusted[..1]),
        Err(FinalityError::Anchor)
    );
    let mut heavier = checkpoint();
    heavier.authorities[0].weight = 2;
    assert_eq!(
        anchored(&bundle, &[1; 32], &[heavier]),
        Err(FinalityError::Anchor)
    );
}

#[test]
fn refuses_a_hand_over_left_out_doubled_or_swapped_with_the_target() {
    let wrong = |error| Err(FinalityError::Target(Step::Justification(error)));
    let mut without = bundle();
    without.handovers = Default::default();
    assert_eq!(final_header(&without), wrong(JustificationError::Stranger));

    let mut doubled = bundle();
    let again = doubled.handovers[0].clone();
    doubled.handovers.try_push(again).unwrap();
    let expected = FinalityError::Handover(1, Step::Justification(JustificationError::Stranger));
    assert_eq!(final_header(&doubled), Err(expected));

    let mut swapped = bundle();
    swapped.finality = finalised(&vectors()["handover"]);
    swapped.handovers = Default::default();
    assert_eq!(final_header(&swapped).map(|header| header.number), Ok(300));
    swapped.handovers = vec![finalised(&vectors()["target"])].try_into().unwrap();
    let expected = FinalityError::Handover(0, Step::Justification(JustificationError::Stranger));
    assert_eq!(final_header(&swapped), Err(expected));
}

#[test]
fn refuses_a_target_that_names_no_set_as_a_hand_over_and_one_below_its_hand_over() {
    let mut bundle = bundle();
    bundle.checkpoint = next();
    bundle.handovers = vec![finalised(&vectors()["target"])].try_into().unwrap();
    let expected = FinalityError::Handover(0, Step::Header(HeaderError::NoChange));
    assert_eq!(final_header(&bundle), Err(expected));
}

#[test]
fn refuses_each_wrong_vote_by_name() {
    use JustificationError::*;
    for (name, expected) in [
        ("two_of_three", TooFewVotes),
        ("of_the_earlier_set", Signature),
        ("unused_header", UnusedHeader),
        ("missing_header", Unrelated),
        ("two_votes", TwoVotes),
        ("a_stranger", Stranger),
        ("below", Unrelated),
    ] {
        assert_eq!(of_target(name), Err(expected), "{name}");
    }
    let vectors = vectors();
    let justification = raw(&vectors["target"]["justification"]);
    assert_eq!(verify(&justification, &target(), &next()), Ok(()));
    let handover = Header::read(&raw(&vectors["handover"]["header"])).unwrap();
    assert_eq!(verify(&justification, &handover, &next()), Err(OtherBlock));
    for cut in 0..justification.len() {
        assert_eq!(verify(&justification[..cut], &target(), &next()), Err(Shape));
    }
    let more = [&justification[..], &[0]].concat();
    assert_eq!(verify(&more, &target(), &next()), Err(Shape));
    assert_eq!(
        verify(
            &(0u64, target().hash, 1_000u32, (), ()).encode(),
            &target(),
            &next()
        ),
        Err(Shape)
    );
    let nobody = (0u64, target().hash, 1_000u32, [0u8; 2]).encode();
    assert_eq!(verify(&nobody, &target(), &next()), Err(TooFewVotes));
}

#[test]
fn two_thirds_are_weighed_not_counted() {
    let mut weighed = next();
    weighed.authorities[2].weight = 4;
    // Bob and Charlie are two of three members, and two of six by weight.
    let two = raw(&vectors()["two_of_three"]);
    assert_eq!(
        verify(&two, &target(), &weighed),
        Err(JustificationError::TooFewVotes)
    );
    weighed.authorities[2].weight = 0;
    assert_eq!(verify(&two, &target(), &weighed), Ok(()));
}

/// A header with one GRANDPA digest.
fn saying(said: &[Vec<u8>]) -> Header {
    let logs: Vec<(u8, [u8; 4], Vec<u8>)> = said.iter().map(|said| (4, *b"FRNK", said.clone())).collect();
    let bytes = [[0; 32].to_vec(), vec![4], [0; 64].to_vec(), logs.encode()].concat();
    Header::read(&bytes).unwrap()
}

#[test]
fn refuses_headers_that_change_authorities_in_any_other_way() {
    let change = |next: &[([u8; 32], u64)], delay: u32| (1u8, next.to_vec(), delay).encode();
    let (a, b) = (([1; 32], 1u64), ([2; 32], 1u64));
    let found = |said: &[Vec<u8>]| {
        saying(said)
            .next_set(&checkpoint())
            .map(|set| set.authorities.len())
    };
    assert_eq!(found(&[change(&[a, b], 0)]), Ok(2));
    assert_eq!(found(&[]), Err(HeaderError::NoChange));
    assert_eq!(
        found(&[change(&[a], 0), change(&[b], 0)]),
        Err(HeaderError::NoChange)
    );
    assert_eq!(
        found(&[change(&[a], 1)]),
        Err(HeaderError::OtherChange),
        "delayed"
    );
    let forced = (2u8, 0u32, vec![a], 0u32).encode();
    assert_eq!(found(&[forced]), Err(HeaderError::OtherChange));
    assert_eq!(
        found(&[vec![4, 0, 0, 0, 0]]),
        Err(HeaderError::OtherChange),
        "paused"
    );
    assert_eq!(
        found(&[[change(&[a], 0), vec![0]].concat()]),
        Err(HeaderError::OtherChange)
    );
    assert_eq!(found(&[change(&[], 0)]), Err(HeaderError::Authorities));
    assert_eq!(found(&[change(&[a, a], 0)]), Err(HeaderError::Authorities));
    assert_eq!(
        found(&[change(&[a, ([2; 32], 0)], 0)]),
        Err(HeaderError::Authorities)
    );
    let crowd: Vec<_> = (0..129u8).map(|n| ([n; 32], 1)).collect();
    assert_eq!(found(&[change(&crowd, 0)]), Err(HeaderError::Authorities));
    assert_eq!(found(&[change(&crowd[..128], 0)]), Ok(128));
    let last = AuthoritySet {
        id: u64::MAX,
        ..checkpoint()
    };
    assert_eq!(
        saying(&[change(&[a], 0)]).next_set(&last),
        Err(HeaderError::Authorities)
    );
}

#[test]
fn refuses_bytes_that_are_no_header() {
    let whole = raw(&vectors()["handover"]["header"]);
    for cut in 0..whole.len() {
        assert_eq!(Header::read(&whole[..cut]), Err(HeaderError::Shape));
    }
    assert_eq!(
        Header::read(&[&whole[..], &[0]].concat()),
        Err(HeaderError::Shape)
    );
}

proptest! {
    #[test]
    fn no_changed_bit_leaves_a_block_final(which in 0..4usize, at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut bundle = bundle();
        let part = if which < 2 { &mut bundle.handovers[0] } else { &mut bundle.finality };
        let is_header = which % 2 == 0;
        let mut bytes = if is_header { part.header.to_vec() } else { part.justification.to_vec() };
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if is_header {
            part.header = bytes.try_into().unwrap();
        } else {
            part.justification = bytes.try_into().unwrap();
        }
        prop_assert!(final_header(&bundle).is_err());
    }

    #[test]
    fn verifying_is_total(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify(&bytes, &target(), &next()).is_err());
        let _an_answer_without_a_panic = Header::read(&bytes);
    }
}
