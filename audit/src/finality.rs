//! Whether a block is final: GRANDPA justifications, and the hand-overs from one authority set to the next.
//!
//! Stricter than a node where a node may be lenient: every vote must be by a member, once, with a valid signature, for the
//! target or for a descendant that the justification shows. (docs/BUNDLE.md §3; A. Stewart and E. Kokoris-Kogias, GRANDPA,
//! 2020.)

use crate::header::{Header, HeaderError};
use codec::{Compact, Decode, Encode};
use ed25519_dalek::{Signature, VerifyingKey};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use vouchsafe_protocol::bundle::{AuthoritySet, Bundle, Finalised};

/// Why a block is not shown to be final. Positions are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalityError {
    /// The checkpoint is not one that the verifier trusts, or the chain is not.
    Anchor,
    /// The hand-over at this position.
    Handover(usize, Step),
    /// The block that the bundle speaks of.
    Target(Step),
}

/// Why one justified header is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The header.
    Header(HeaderError),
    /// The justification.
    Justification(JustificationError),
    /// The header is not above the hand-over before it.
    NotAbove,
}

/// Why a justification does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JustificationError {
    /// Cut off, of another shape, or longer than its fields.
    Shape,
    /// It is for another block.
    OtherBlock,
    /// A vote by somebody outside the set.
    Stranger,
    /// Two votes by one member.
    TwoVotes,
    /// A signature that is not valid for this set and round.
    Signature,
    /// A vote for a block that is not shown to descend from the target.
    Unrelated,
    /// A header that no vote needs.
    UnusedHeader,
    /// The votes weigh two thirds of the set or less.
    TooFewVotes,
}

impl fmt::Display for JustificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "the bytes are no justification",
            Self::OtherBlock => "the justification is for another block",
            Self::Stranger => "somebody outside the authority set voted",
            Self::TwoVotes => "an authority voted twice",
            Self::Signature => "a vote's signature is not valid for this set",
            Self::Unrelated => "a vote is for a block that is not shown to descend from this one",
            Self::UnusedHeader => "the justification has a header that no vote needs",
            Self::TooFewVotes => "the votes are two thirds of the authority set or less",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(error) => error.fmt(f),
            Self::Justification(error) => error.fmt(f),
            Self::NotAbove => f.write_str("it is not above the hand-over before it"),
        }
    }
}

impl fmt::Display for FinalityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anchor => {
                f.write_str("the bundle starts from a chain or an authority set that you do not trust")
            }
            Self::Handover(at, step) => write!(f, "hand-over {at}: {step}"),
            Self::Target(step) => step.fmt(f),
        }
    }
}

impl std::error::Error for FinalityError {}

/// One vote: `finality_grandpa::SignedPrecommit`.
#[derive(Decode)]
struct Vote {
    target: [u8; 32],
    number: u32,
    signature: [u8; 64],
    voter: [u8; 32],
}

/// The latest final block that a bundle shows, starting from its checkpoint. Whether the checkpoint is to be trusted is
/// [`anchored`].
///
/// # Errors
/// See [`FinalityError`].
pub fn final_header(bundle: &Bundle) -> Result<Header, FinalityError> {
    let (mut set, mut below) = (bundle.checkpoint.clone(), None);
    for (at, handover) in bundle.handovers.iter().enumerate() {
        let refused = |step| FinalityError::Handover(at, step);
        let header = justified(handover, &set).map_err(refused)?;
        if below.is_some_and(|below| header.number <= below) {
            return Err(refused(Step::NotAbove));
        }
        below = Some(header.number);
        set = header
            .next_set(&set)
            .map_err(|error| refused(Step::Header(error)))?;
    }
    let header = justified(&bundle.finality, &set).map_err(FinalityError::Target)?;
    if below.is_some_and(|below| header.number <= below) {
        return Err(FinalityError::Target(Step::NotAbove));
    }
    Ok(header)
}

/// Whether a bundle starts from what its verifier trusts: this genesis, and one of these sets.
///
/// # Errors
/// [`FinalityError::Anchor`].
pub fn anchored(bundle: &Bundle, genesis: &[u8; 32], trusted: &[AuthoritySet]) -> Result<(), FinalityError> {
    if bundle.genesis.0 == *genesis && trusted.contains(&bundle.checkpoint) {
        Ok(())
    } else {
        Err(FinalityError::Anchor)
    }
}

fn justified(block: &Finalised, set: &AuthoritySet) -> Result<Header, Step> {
    let header = Header::read(&block.header).map_err(Step::Header)?;
    verify(&block.justification, &header, set).map_err(Step::Justification)?;
    Ok(header)
}

/// Whether `justification` shows that `set` finalised the block with this header.
///
/// # Errors
/// See [`JustificationError`]: the first that applies, in the order of the votes.
pub fn verify(justification: &[u8], header: &Header, set: &AuthoritySet) -> Result<(), JustificationError> {
    let parsed = parse(justification).map_err(|_| JustificationError::Shape)?;
    let (round, target, number, votes, ancestries) = parsed;
    if (target, number) != (header.hash, header.number) {
        return Err(JustificationError::OtherBlock);
    }
    let weights: BTreeMap<[u8; 32], u64> = set
        .authorities
        .iter()
        .map(|authority| (authority.key, authority.weight))
        .collect();
    let known: BTreeMap<[u8; 32], &Header> = ancestries
        .iter()
        .map(|ancestor| (ancestor.hash, ancestor))
        .collect();
    let (mut voted, mut needed, mut sum) = (BTreeSet::new(), BTreeSet::new(), 0u128);
    for vote in &votes {
        let weight = weights.get(&vote.voter).ok_or(JustificationError::Stranger)?;
        if !voted.insert(vote.voter) {
            return Err(JustificationError::TwoVotes);
        }
        if !is_signed(vote, round, set.id) {
            return Err(JustificationError::Signature);
        }
        descends(vote, header, &known, &mut needed)?;
        sum = sum.saturating_add(u128::from(*weight));
    }
    if needed.len() != ancestries.len() {
        return Err(JustificationError::UnusedHeader);
    }
    let total: u128 = weights.values().map(|weight| u128::from(*weight)).sum();
    // At most 128 weights of 64 bits: far below 2^128.
    if sum.saturating_mul(3) > total.saturating_mul(2) {
        Ok(())
    } else {
        Err(JustificationError::TooFewVotes)
    }
}

/// Walks from the vote's block up to the target, noting the headers that it takes. Ends, because heights fall.
fn descends(
    vote: &Vote,
    target: &Header,
    known: &BTreeMap<[u8; 32], &Header>,
    needed: &mut BTreeSet<[u8; 32]>,
) -> Result<(), JustificationError> {
    let (mut hash, mut number) = (vote.target, vote.number);
    while hash != target.hash {
        let header = known.get(&hash).ok_or(JustificationError::Unrelated)?;
        if header.number != number || number <= target.number {
            return Err(JustificationError::Unrelated);
        }
        // What was walked before, was walked to its end.
        if !needed.insert(hash) {
            return Ok(());
        }
        (hash, number) = (header.parent, number.saturating_sub(1));
    }
    if number == target.number {
        Ok(())
    } else {
        Err(JustificationError::Unrelated)
    }
}

fn is_signed(vote: &Vote, round: u64, set: u64) -> bool {
    // `finality_grandpa::Message::Precommit`, then what ties it to one round of one set.
    let message = (1u8, vote.target, vote.number, round, set).encode();
    let signature = Signature::from_bytes(&vote.signature);
    VerifyingKey::from_bytes(&vote.voter).is_ok_and(|key| key.verify_strict(&message, &signature).is_ok())
}

type Parsed = (u64, [u8; 32], u32, Vec<Vote>, Vec<Header>);

fn parse(mut bytes: &[u8]) -> Result<Parsed, codec::Error> {
    let input = &mut bytes;
    let (round, target, number) = Decode::decode(input)?;
    let votes = Vec::<Vote>::decode(input)?;
    let Compact(count) = Compact::<u32>::decode(input)?;
    let mut ancestries = Vec::new();
    for _ in 0..count {
        ancestries.push(Header::read_first(input)?);
    }
    if !input.is_empty() {
        return Err("more than a justification".into());
    }
    Ok((round, target, number, votes, ancestries))
}
