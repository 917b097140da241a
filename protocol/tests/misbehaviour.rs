//! Proof of misbehaviour: every fraud can be proven, and nothing else.

use codec::{Decode, DecodeAll, Encode, MaxEncodedLen};
use proptest::prelude::*;
use vouchsafe_protocol::{
    chunk::{CHUNK_LEN, Layout},
    delivery::{Blind, Context, OfferSecret, Point},
    hash::sha256,
    id::{Account, Digest, Genesis, OfferId, OrderId},
    leaf::Leaf,
    misbehaviour::{Case, Evidence, Fault, NoFault, verify},
    record::Content,
    sidecar::Sidecar,
    tree,
};

const GENESIS: Genesis = Genesis([1; 32]);
const OFFER: OfferId = OfferId([2; 32]);
const BUYER: Account = Account([3; 32]);
const FULL: usize = CHUNK_LEN as usize;

/// An offer with its content, and one order that was delivered.
struct Sale {
    blind: Blind,
    case: Case,
    sidecar: Sidecar,
    chunks: Vec<Vec<u8>>,
}

/// Seals items of these lengths; `tamper` may change leaves and ciphertexts before the root is published.
fn sale(item_lengths: &[u64], tamper: impl FnOnce(&mut [Leaf], &mut [Vec<u8>])) -> Sale {
    let secret = OfferSecret::derive(&[4; 32], &GENESIS, &OFFER, 0);
    let key = secret.content_secret();
    let layout = Layout::new(item_lengths).unwrap();
    let mut chunks: Vec<Vec<u8>> = (0..layout.chunks())
        .map(|i| vec![i as u8; layout.chunk(i).unwrap().len as usize])
        .collect();
    let mut leaves: Vec<Leaf> = (0u32..)
        .zip(&mut chunks)
        .map(|(i, chunk)| key.seal(i, chunk))
        .collect();
    tamper(&mut leaves, &mut chunks);
    let content = Content {
        root: tree::root(&hashes(&leaves)).unwrap(),
        chunks: layout.chunks(),
        bytes: layout.bytes(),
    };
    let blind = Blind::from_seed(&[5; 32], &GENESIS, &OFFER, 0, 0);
    let blinded = blind.blinded();
    let context = Context {
        genesis: GENESIS,
        offer: OFFER,
        version: 0,
        order: OrderId::derive(&GENESIS, &OFFER, 0, &BUYER, &blinded),
        buyer: BUYER,
    };
    let evaluated = secret.evaluate(&blinded, &context, &[6; 32]).unwrap().evaluated;
    let case = Case {
        genesis: GENESIS,
        offer: OFFER,
        version: 0,
        content,
        blinded,
        evaluated,
    };
    Sale {
        blind,
        case,
        // A sidecar with a wrong length is no sidecar, so tests of lengths build their evidence by hand.
        sidecar: Sidecar::new(layout.clone(), leaves.clone())
            .unwrap_or_else(|_| Sidecar::new(layout, honest_lengths(&leaves, item_lengths)).unwrap()),
        chunks,
    }
}

fn honest_lengths(leaves: &[Leaf], item_lengths: &[u64]) -> Vec<Leaf> {
    let layout = Layout::new(item_lengths).unwrap();
    (0u32..)
        .zip(leaves)
        .map(|(i, leaf)| Leaf {
            len: layout.chunk(i).unwrap().len,
            ..*leaf
        })
        .collect()
}

fn hashes(leaves: &[Leaf]) -> Vec<Digest> {
    (0u32..).zip(leaves).map(|(i, leaf)| leaf.hash(i)).collect()
}

impl Sale {
    fn build(&self, index: u32) -> Result<Evidence, NoFault> {
        let chunk = self.chunks.get(index as usize).map_or(&[][..], Vec::as_slice);
        Evidence::build(&self.blind, &self.case, &self.sidecar, index, chunk)
    }

    fn verify(&self, evidence: &Evidence) -> Result<Fault, NoFault> {
        verify(evidence, &self.case, sha256)
    }
}

const WRONG: Digest = Digest([0xbd; 32]);

#[test]
fn a_wrong_plaintext_commitment_is_proven_at_every_place() {
    let lengths = [3, 70_000, 65_536, 1];
    let chunks = Layout::new(&lengths).unwrap().chunks();
    for bad in 0..chunks {
        let sale = sale(&lengths, |leaves, _| leaves[bad as usize].commitment = WRONG);
        for index in 0..chunks {
            if index == bad {
                let evidence = sale.build(index).unwrap();
                assert_eq!(sale.verify(&evidence), Ok(Fault::Commitment));
            } else {
                assert_eq!(sale.build(index), Err(NoFault::Honest));
            }
        }
    }
}

#[test]
fn garbage_that_was_published_as_ciphertext_is_proven() {
    let sale = sale(&[100, 200], |leaves, chunks| {
        chunks[1].fill(0xaa);
        leaves[1].ciphertext = sha256(&chunks[1]);
    });
    let evidence = sale.build(1).unwrap();
    assert_eq!(sale.verify(&evidence), Ok(Fault::Commitment));
}

#[test]
fn content_of_a_single_chunk_needs_no_path() {
    let sale = sale(&[10], |leaves, _| leaves[0].commitment = WRONG);
    let evidence = sale.build(0).unwrap();
    assert!(evidence.path.is_empty());
    assert_eq!(sale.verify(&evidence), Ok(Fault::Commitment));
}

#[test]
fn a_leaf_that_lies_about_its_length_is_proven() {
    for lie in [0, 1, 49, 51, CHUNK_LEN, CHUNK_LEN + 1, u32::MAX] {
        let mut published = Vec::new();
        let sale = sale(&[50, 50], |leaves, _| {
            leaves[1].len = lie;
            published = leaves.to_vec();
        });
        let evidence = Evidence {
            blind: *sale.blind.expose(),
            index: 1,
            leaf: published[1],
            path: tree::path(&hashes(&published), 1).unwrap().try_into().unwrap(),
            ciphertext: sale.chunks[1].clone().try_into().unwrap(),
        };
        assert_eq!(sale.verify(&evidence), Ok(Fault::Length), "{lie}");
    }
}

#[test]
fn an_honest_content_gives_no_evidence() {
    let lengths = [1, 65_535, 65_536, 65_537, 9];
    let sale = sale(&lengths, |_, _| ());
    for index in 0..sale.case.content.chunks {
        assert_eq!(sale.build(index), Err(NoFault::Honest));
    }
}

#[test]
fn an_index_beyond_the_end_is_refused() {
    let sale = sale(&[10, 10], |leaves, _| leaves[1].commitment = WRONG);
    let beyond = NoFault::IndexBeyondEnd { index: 2, chunks: 2 };
    assert_eq!(sale.build(2), Err(beyond));
    let moved = Evidence {
        index: 2,
        ..sale.build(1).unwrap()
    };
    assert_eq!(sale.verify(&moved), Err(beyond));
}

#[test]
fn bytes_that_the_leaf_does_not_commit_to_are_refused() {
    let sale = sale(&[100, 100], |leaves, _| leaves[1].commitment = WRONG);
    let evidence = sale.build(1).unwrap();
    for change in [
        |bytes: &mut Vec<u8>| bytes[0] ^= 1,
        |bytes: &mut Vec<u8>| bytes.push(0),
        |bytes: &mut Vec<u8>| bytes.clear(),
    ] {
        let mut bytes = evidence.ciphertext.to_vec();
        change(&mut bytes);
        let changed = Evidence {
            ciphertext: bytes.try_into().unwrap(),
            ..evidence.clone()
        };
        assert_eq!(sale.verify(&changed), Err(NoFault::WrongCiphertext));
    }
    let too_long = vec![0; FULL + 1];
    let refused = Evidence::build(&sale.blind, &sale.case, &sale.sidecar, 1, &too_long);
    assert_eq!(refused, Err(NoFault::WrongCiphertext));
}

#[test]
fn a_leaf_or_a_path_that_is_not_under_the_root_is_refused() {
    let sale = sale(&[100, 100, 100], |leaves, _| leaves[1].commitment = WRONG);
    let evidence = sale.build(1).unwrap();
    let mut invented = evidence.clone();
    invented.leaf.commitment = Digest([7; 32]);
    let mut detour = evidence.clone();
    detour.path[0].0[0] ^= 1;
    let mut short = evidence.clone();
    short.path.pop();
    let mut long = evidence.clone();
    long.path.try_push(WRONG).unwrap();
    let moved = Evidence {
        index: 0,
        ..evidence.clone()
    };
    for changed in [invented, detour, short, long, moved] {
        assert_eq!(sale.verify(&changed), Err(NoFault::NotUnderRoot));
    }
}

#[test]
fn only_the_blind_of_this_very_order_opens_the_case() {
    let sale = sale(&[100, 100], |leaves, _| leaves[1].commitment = WRONG);
    let evidence = sale.build(1).unwrap();
    let stranger = *Blind::from_seed(&[9; 32], &GENESIS, &OFFER, 0, 0).expose();
    for blind in [stranger, [0; 32], [0xff; 32]] {
        let changed = Evidence {
            blind,
            ..evidence.clone()
        };
        assert_eq!(sale.verify(&changed), Err(NoFault::WrongBlind));
    }
    // The same evidence for another order, offer, version or chain.
    let other_order = Case {
        blinded: Blind::from_seed(&[9; 32], &GENESIS, &OFFER, 0, 0).blinded(),
        ..sale.case
    };
    let other_offer = Case {
        offer: OfferId([8; 32]),
        ..sale.case
    };
    let other_version = Case {
        version: 1,
        ..sale.case
    };
    let other_chain = Case {
        genesis: Genesis([8; 32]),
        ..sale.case
    };
    for case in [other_order, other_offer, other_version, other_chain] {
        assert_eq!(verify(&evidence, &case, sha256), Err(NoFault::WrongBlind));
    }
}

#[test]
fn an_evaluation_that_is_no_point_gives_an_answer_too() {
    let sale = sale(&[100], |leaves, _| leaves[0].commitment = WRONG);
    let evidence = sale.build(0).unwrap();
    let case = Case {
        evaluated: Point([0xff; 32]),
        ..sale.case
    };
    assert_eq!(verify(&evidence, &case, sha256), Err(NoFault::WrongBlind));
}

#[test]
fn evidence_is_bounded_and_its_bytes_are_read_back() {
    let sale = sale(&[65_536, 1], |leaves, _| leaves[0].commitment = WRONG);
    let evidence = sale.build(0).unwrap();
    let bytes = evidence.encode();
    assert_eq!(Evidence::decode_all(&mut bytes.as_slice()), Ok(evidence));
    assert_eq!(
        Evidence::max_encoded_len(),
        32 + 4 + 68 + (1 + 24 * 32) + (4 + FULL)
    );
    let mut longer = vec![0u8; 32 + 4 + 68 + 1];
    longer.extend(codec::Compact(CHUNK_LEN + 1).encode());
    longer.resize(longer.len() + FULL + 1, 0);
    assert!(Evidence::decode(&mut longer.as_slice()).is_err());
}

#[test]
fn evidence_does_not_print_the_blind() {
    let sale = sale(&[100], |leaves, _| leaves[0].commitment = WRONG);
    let evidence = sale.build(0).unwrap();
    let printed = format!("{evidence:?}");
    assert!(printed.contains("blind: (..)"), "{printed}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is changed in evidence that convicts, it either stays the same claim or is refused.
    #[test]
    fn no_altered_evidence_convicts(position in 0..1000usize, flip in 1..=255u8) {
        let sale = sale(&[40, 40, 40], |leaves, _| leaves[2].commitment = WRONG);
        let mut bytes = sale.build(2).unwrap().encode();
        let position = position % bytes.len();
        bytes[position] ^= flip;
        if let Ok(changed) = Evidence::decode_all(&mut bytes.as_slice()) {
            prop_assert!(sale.verify(&changed).is_err());
        }
    }

    /// Any bytes give an answer.
    #[test]
    fn the_verifier_is_total(bytes in prop::collection::vec(any::<u8>(), 0..400), chunks in 0..u32::MAX, w: [u8; 32], q: [u8; 32]) {
        if let Ok(evidence) = Evidence::decode(&mut bytes.as_slice()) {
            let case = Case {
                genesis: GENESIS,
                offer: OFFER,
                version: 0,
                content: Content { root: WRONG, chunks, bytes: 1 },
                blinded: Point(q),
                evaluated: Point(w),
            };
            prop_assert!(verify(&evidence, &case, sha256).is_err());
        }
    }

    /// One bad chunk anywhere in a content of any shape is found, and nothing else is.
    #[test]
    fn exactly_the_bad_chunk_convicts(lengths in prop::collection::vec(1..200_000u64, 1..5), bad: prop::sample::Index) {
        let chunks = Layout::new(&lengths).unwrap().chunks();
        let bad = bad.index(chunks as usize) as u32;
        let sale = sale(&lengths, |leaves, _| leaves[bad as usize].commitment = WRONG);
        let convicting: Vec<u32> = (0..chunks).filter(|&index| sale.build(index).is_ok()).collect();
        prop_assert_eq!(convicting, vec![bad]);
    }
}
