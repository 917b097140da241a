//! A chain of one's own: validators, headers, votes.

use codec::{Compact, Encode};
use ed25519_dalek::{Signer, SigningKey};
use vouchsafe_audit::blake2b;
use vouchsafe_protocol::bundle::{Authority, AuthoritySet, Finalised};

/// A validator set with its secrets.
#[derive(Clone)]
pub struct Validators {
    pub id: u64,
    pub keys: Vec<SigningKey>,
}

impl Validators {
    /// `count` validators of equal weight; other seeds, other validators.
    pub fn new(id: u64, seed: u8, count: u8) -> Self {
        let key = |at: u8| SigningKey::from_bytes(&[seed.wrapping_add(at); 32]);
        Self {
            id,
            keys: (0..count).map(key).collect(),
        }
    }

    pub fn set(&self) -> AuthoritySet {
        let authority = |key: &SigningKey| Authority {
            key: key.verifying_key().to_bytes(),
            weight: 1,
        };
        let authorities: Vec<Authority> = self.keys.iter().map(authority).collect();
        AuthoritySet {
            id: self.id,
            authorities: authorities.try_into().unwrap(),
        }
    }

    /// A justification of the header by the first `votes` of them.
    pub fn justify(&self, header: &[u8], votes: usize) -> Vec<u8> {
        let (hash, number) = (blake2b(header), height(header));
        let round = 7u64;
        let vote = |key: &SigningKey| {
            let message = (1u8, hash, number, round, self.id).encode();
            (
                hash,
                number,
                key.sign(&message).to_bytes(),
                key.verifying_key().to_bytes(),
            )
        };
        let votes: Vec<_> = self.keys.iter().take(votes).map(vote).collect();
        (round, hash, number, votes, Vec::<u8>::new()).encode()
    }

    /// The header with the votes of all.
    pub fn finalise(&self, header: Vec<u8>) -> Finalised {
        let justification = self.justify(&header, self.keys.len());
        Finalised {
            header: header.try_into().unwrap(),
            justification: justification.try_into().unwrap(),
        }
    }
}

/// A header's bytes; `next` is what it says to GRANDPA.
pub fn header(number: u32, state_root: [u8; 32], next: Option<&AuthoritySet>) -> Vec<u8> {
    let mut logs = vec![(6u8, *b"aura", vec![9u8; 8])];
    if let Some(next) = next {
        let members: Vec<([u8; 32], u64)> = next
            .authorities
            .iter()
            .map(|member| (member.key, member.weight))
            .collect();
        logs.push((4, *b"FRNK", (1u8, members, 0u32).encode()));
    }
    ([0x77u8; 32], Compact(number), state_root, [0x78u8; 32], logs).encode()
}

fn height(header: &[u8]) -> u32 {
    use codec::Decode;
    Compact::<u32>::decode(&mut &header[32..]).unwrap().0
}
