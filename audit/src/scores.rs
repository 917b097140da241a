//! What a final block's state says of those who stand behind a record: the evidence about its seller and its gateway, from
//! which their scores are computed here, with the chain's own arithmetic (`vouchsafe_protocol::trust`). The keys are
//! computed here too, from the record's own row.

use crate::{
    blake2b_128,
    state::bytes,
    trie::{Proof, TrieError},
};
use codec::{Decode, DecodeAll, Encode};
use std::fmt;
use vouchsafe_protocol::{
    id::Account,
    trust::{
        Cell, FORMULA_VERSION, Facet, Headline, Known, Modality, Parameters, Role, Standing, headline,
        judged_by, listing,
    },
};

/// `twox128(pallet) ‖ twox128(item)` of each; a test of the runtime compares them with its own.
const PARAMETERS: &str = "19ebab52d1fc3244db45364979b4af8e92b742ecbbba800ea3e3b2a52b0a1bb0";
const CELLS: &str = "19ebab52d1fc3244db45364979b4af8e4a323504b898b93be43f26eaf93d22f1";
const FAULTS_OF: &str = "b8f32c9f36429933d924999a1b87423f9031254bf287eff410349b355a545518";
const CONDEMNED_OF: &str = "6310fed47319b658f9b8b2504e0d72ec48fb79118598975093e6aac232316c67";

/// Who stands behind a record.
const BEHIND: [Role; 2] = [Role::Seller, Role::Gateway];

/// A value that scores follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry<'a> {
    /// The parameters in force.
    Parameters,
    /// Proven frauds of an account.
    Faults(&'a Account),
    /// Condemned records of an account.
    Condemned(&'a Account),
    /// The evidence about an account.
    Cell(&'a Account, Role, Facet, Modality),
}

impl Entry<'_> {
    fn key(&self) -> Vec<u8> {
        let of = |prefix: &str, account: &Account| {
            [
                bytes(prefix),
                blake2b_128(&account.0).to_vec(),
                account.0.to_vec(),
            ]
            .concat()
        };
        match self {
            Self::Parameters => bytes(PARAMETERS),
            Self::Faults(account) => of(FAULTS_OF, account),
            Self::Condemned(account) => of(CONDEMNED_OF, account),
            Self::Cell(account, role, facet, kind) => {
                let about = (role, facet, kind).encode();
                [of(CELLS, account), twox64(&about).to_vec(), about].concat()
            }
        }
    }
}

/// Every key that a bundle must show for scores, of a record of this seller and this gateway.
pub fn keys(seller: &Account, gateway: &Account) -> Vec<Vec<u8>> {
    let mut keys = vec![Entry::Parameters.key()];
    for (role, account) in BEHIND.into_iter().zip([seller, gateway]) {
        keys.push(Entry::Faults(account).key());
        keys.push(Entry::Condemned(account).key());
        for facet in judged_by(role) {
            for kind in Modality::ALL {
                keys.push(Entry::Cell(account, role, *facet, kind).key());
            }
        }
    }
    keys
}

/// The score of an account in a role, for all kinds of data together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// Whose.
    pub account: Account,
    /// What it follows from.
    pub standing: Standing,
    /// Serious faults, Q32.32, decayed.
    pub strikes: u64,
    /// The score and its bounds.
    pub headline: Headline,
}

/// The scores of those who stand behind a record, as of the bundle's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scores {
    /// Of its owner.
    pub seller: Score,
    /// Of the gateway that vouched for it.
    pub gateway: Score,
    /// Version of the chain's parameters.
    pub parameters: u16,
    /// Version of the formula.
    pub formula: u16,
}

impl Scores {
    /// What a listing shows: the smaller one. Basis points.
    pub fn listing(&self) -> u16 {
        listing(&self.seller.headline, &self.gateway.headline)
    }
}

/// Why there are no scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoScores {
    /// The bundle does not show what they follow from: it was made for a chain, or at a time, without.
    NotShown(TrieError),
    /// A value has an unknown shape, or the chain keeps no parameters.
    Value,
    /// The state has no such record, so nobody stands behind it.
    NoRecord,
}

impl fmt::Display for NoScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotShown(error) => write!(f, "the bundle does not show the evidence: {error}"),
            Self::Value => f.write_str("the evidence has an unknown shape"),
            Self::NoRecord => f.write_str("the chain does not have the record"),
        }
    }
}

/// Reads at height `now`.
pub(crate) fn read(
    proof: &mut Proof<'_>,
    seller: &Account,
    gateway: &Account,
    now: u32,
) -> Result<Scores, NoScores> {
    let parameters: Parameters = value(proof, Entry::Parameters)?.ok_or(NoScores::Value)?;
    let mut score = |role: Role, account: &Account| -> Result<Score, NoScores> {
        let counts = |found: Option<(u32, u32)>| {
            let (as_seller, as_gateway) = found.unwrap_or_default();
            match role {
                Role::Seller => as_seller,
                Role::Gateway | Role::Auditor | Role::Buyer => as_gateway,
            }
        };
        let faults = counts(value(proof, Entry::Faults(account))?);
        let condemned = counts(value(proof, Entry::Condemned(account))?);
        let mut unread = None;
        let known = Known::gather(role, Modality::Any, now, &parameters, |facet, kind| {
            match value(proof, Entry::Cell(account, role, facet, kind)) {
                Ok(cell) => cell,
                Err(error) => {
                    unread = unread.or(Some(error));
                    None::<Cell>
                }
            }
        });
        if let Some(error) = unread {
            return Err(error);
        }
        let standing = known.standing(faults > 0 || condemned > 0);
        Ok(Score {
            account: *account,
            standing,
            strikes: known.strikes(),
            headline: headline(&standing, &parameters),
        })
    };
    Ok(Scores {
        seller: score(Role::Seller, seller)?,
        gateway: score(Role::Gateway, gateway)?,
        parameters: parameters.version,
        formula: FORMULA_VERSION,
    })
}

fn value<T: Decode>(proof: &mut Proof<'_>, entry: Entry<'_>) -> Result<Option<T>, NoScores> {
    let found = proof.read(&entry.key()).map_err(NoScores::NotShown)?;
    found
        .map(|bytes| T::decode_all(&mut &bytes[..]).map_err(|_| NoScores::Value))
        .transpose()
}

/// XXH64 with seed 0 (xxHash specification 0.1.1, "XXH64 algorithm") of an input shorter than four bytes, little-endian:
/// what `Twox64Concat` puts before the short parts of a key.
fn twox64(short: &[u8]) -> [u8; 8] {
    const PRIMES: [u64; 5] = [
        0x9e37_79b1_85eb_ca87,
        0xc2b2_ae3d_27d4_eb4f,
        0x1656_67b1_9e37_79f9,
        0x85eb_ca77_c2b2_ae63,
        0x27d4_eb2f_1656_67c5,
    ];
    debug_assert!(short.len() < 4, "longer inputs are read in words");
    let mut hash = PRIMES[4].wrapping_add(short.len() as u64);
    for byte in short {
        hash ^= u64::from(*byte).wrapping_mul(PRIMES[4]);
        hash = hash.rotate_left(11).wrapping_mul(PRIMES[0]);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(PRIMES[1]);
    hash = (hash ^ (hash >> 29)).wrapping_mul(PRIMES[2]);
    (hash ^ (hash >> 32)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::twox64;

    /// Computed by another implementation.
    #[test]
    fn short_inputs_hash_as_xxh64_does() {
        assert_eq!(
            twox64(&[1, 2, 3]),
            [0xa5, 0xe5, 0x4e, 0x0c, 0xee, 0x13, 0x3e, 0x74]
        );
        assert_eq!(
            twox64(&[0, 0, 0]),
            [0xa4, 0x8c, 0xaf, 0x7d, 0x2e, 0x6f, 0x88, 0x31]
        );
    }
}
