//! [`misbehaviour::verify`](verify) over bytes from anybody, judged three times: with our hash, with the hash that the
//! pallet lends, and by what the buyer's own client makes of the chunk.

use super::{input::Input, tree::implied_root};
use codec::Decode;
use vouchsafe_protocol::{
    chunk::CHUNK_LEN,
    delivery::{Blind, Point},
    hash::{Sha256Fn, sha256},
    hash_to_group,
    id::{Digest, Genesis, OfferId},
    key::{ContentSecret, OpenError},
    leaf::Leaf,
    misbehaviour::{Case, Evidence, Fault, NoFault, verify},
    record::Content,
};

/// The input is what to mend, a case, and the evidence in SCALE. Mended evidence gets past the checks that no fuzzer
/// passes by guessing.
pub fn check(bytes: &[u8], native: Sha256Fn) -> bool {
    let mut input = Input::new(bytes);
    let mending = input.byte();
    let mut case = Case {
        genesis: Genesis(input.array()),
        offer: OfferId(input.array()),
        version: input.u32(),
        content: Content {
            root: Digest(input.array()),
            chunks: input.u32(),
            bytes: input.u64(),
        },
        blinded: Point(input.array()),
        evaluated: Point(input.array()),
    };
    let Ok(mut evidence) = Evidence::decode(&mut input.rest()) else {
        return false;
    };
    mend(mending, &mut case, &mut evidence);
    verdict(&evidence, &case, native).is_ok()
}

/// The answer of all verifiers, which is the same.
pub fn verdict(evidence: &Evidence, case: &Case, native: Sha256Fn) -> Result<Fault, NoFault> {
    let answer = verify(evidence, case, sha256);
    assert_eq!(answer, verify(evidence, case, native), "the pallet's answer");
    assert_eq!(answer, expected(evidence, case), "the buyer's answer");
    answer
}

/// What evidence should prove, from the tree's definition and from [`ContentSecret::open`], which decrypts and commits
/// by other code than the verifier.
fn expected(evidence: &Evidence, case: &Case) -> Result<Fault, NoFault> {
    let Evidence { index, leaf, .. } = *evidence;
    let chunks = case.content.chunks;
    if index >= chunks {
        return Err(NoFault::IndexBeyondEnd { index, chunks });
    }
    let root = implied_root(
        u64::from(index),
        u64::from(chunks),
        leaf.hash(index),
        &evidence.path,
    );
    if root != Some(case.content.root) {
        return Err(NoFault::NotUnderRoot);
    }
    let blind = blind(evidence, case).ok_or(NoFault::WrongBlind)?;
    if blind.blinded() != case.blinded {
        return Err(NoFault::WrongBlind);
    }
    if leaf.len == 0 || leaf.len > CHUNK_LEN {
        return Ok(Fault::Length);
    }
    let is_published = sha256(&evidence.ciphertext) == leaf.ciphertext;
    let has_length = evidence.ciphertext.len() == leaf.len as usize;
    if is_published && !has_length {
        return Ok(Fault::Length);
    }
    if !is_published {
        return Err(NoFault::WrongCiphertext);
    }
    let secret = blind.unblind(&case.evaluated).map_err(|_| NoFault::WrongBlind)?;
    match secret.open(index, &mut evidence.ciphertext.to_vec(), &leaf) {
        Ok(()) => Err(NoFault::Honest),
        Err(OpenError::Commitment) => Ok(Fault::Commitment),
        Err(error) => unreachable!("{error}"),
    }
}

fn blind(evidence: &Evidence, case: &Case) -> Option<Blind> {
    Blind::from_scalar(&evidence.blind, &case.genesis, &case.offer, case.version)
}

/// Makes true what a bit of `mending` asks for.
fn mend(mending: u8, case: &mut Case, evidence: &mut Evidence) {
    let asked = |bit: u8| mending & (1 << bit) != 0;
    if asked(0) {
        case.evaluated = Point(hash_to_group(&[case.evaluated.as_ref()], b"fuzz").compress().0);
    }
    if asked(1)
        && let Some(blind) = blind(evidence, case)
    {
        case.blinded = blind.blinded();
    }
    if asked(2) {
        evidence.leaf.len = evidence.ciphertext.len() as u32;
    }
    if asked(3) {
        evidence.leaf.ciphertext = sha256(&evidence.ciphertext);
    }
    if asked(4)
        && let Some(Ok(secret)) = blind(evidence, case).map(|blind| blind.unblind(&case.evaluated))
    {
        evidence.leaf.commitment = honest_leaf(&secret, evidence).commitment;
    }
    if asked(5) {
        case.content.chunks = case.content.chunks.max(evidence.index.saturating_add(1));
    }
    if asked(6) {
        let hash = evidence.leaf.hash(evidence.index);
        let chunks = u64::from(case.content.chunks);
        if let Some(root) = implied_root(u64::from(evidence.index), chunks, hash, &evidence.path) {
            case.content.root = root;
        }
    }
}

/// The leaf of an honest seller whose ciphertext is the evidence's.
fn honest_leaf(secret: &ContentSecret, evidence: &Evidence) -> Leaf {
    // Sealing zeros gives the key stream, and the key stream the plaintext.
    let mut plaintext = vec![0; evidence.ciphertext.len()];
    secret.seal(evidence.index, &mut plaintext);
    for (byte, sealed) in plaintext.iter_mut().zip(&evidence.ciphertext) {
        *byte ^= sealed;
    }
    let leaf = secret.seal(evidence.index, &mut plaintext);
    assert_eq!(plaintext, *evidence.ciphertext);
    leaf
}
