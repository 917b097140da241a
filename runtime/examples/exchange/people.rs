//! Who takes part: on every simulated chain the same people, each with a key and the development endowment.

use sp_core::{Pair as _, ed25519};
use vouchsafe_protocol::{hash::sha256, id::Account};
use vouchsafe_runtime::{AccountId, Signature};

/// Somebody with an account.
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// From which the offer secrets or the blinds of this person follow.
    pub seed: [u8; 32],
    pair: ed25519::Pair,
}

impl Person {
    fn new(name: &str) -> Self {
        let seed = sha256(name.as_bytes()).0;
        let pair = ed25519::Pair::from_seed(&seed);
        Self {
            account: pair.public().0.into(),
            seed,
            pair,
        }
    }

    fn several(name: &str, count: usize) -> Vec<Self> {
        (0..count).map(|n| Self::new(&format!("{name} {n}"))).collect()
    }

    /// The account as the protocol writes it.
    pub fn id(&self) -> Account {
        Account(self.account.clone().into())
    }

    /// The public key, with which a gateway's signatures are checked.
    pub fn public(&self) -> [u8; 32] {
        self.pair.public().0
    }

    /// Signs bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(message).0
    }

    /// Signs a transaction.
    pub fn approve(&self, message: &[u8]) -> Signature {
        self.pair.sign(message).into()
    }
}

/// Everybody.
pub struct Cast {
    /// Keep to the rules, and want to be paid.
    pub sellers: Vec<Person>,
    /// Keep to the rules: check before they pay and again before they accept.
    pub buyers: Vec<Person>,
    /// Vouches for what it has anonymised.
    pub gateway: Person,
    /// Earns what can be earned, by whatever means.
    pub cheat: Person,
    /// Another account of the cheat's, under a name that nobody connects with it.
    pub friend: Person,
    /// A gateway of the cheat's: it signs what it is given.
    pub corrupt: Person,
    /// Settles, expires and refunds for others.
    pub anyone: Person,
}

impl Cast {
    /// The same people every time.
    pub fn new() -> Self {
        Self {
            sellers: Person::several("seller", 6),
            buyers: Person::several("buyer", 12),
            gateway: Person::new("gateway"),
            cheat: Person::new("cheat"),
            friend: Person::new("friend of the cheat"),
            corrupt: Person::new("corrupt gateway"),
            anyone: Person::new("anyone"),
        }
    }

    /// All of them, each once.
    pub fn all(&self) -> impl Iterator<Item = &Person> {
        let named = [
            &self.gateway,
            &self.cheat,
            &self.friend,
            &self.corrupt,
            &self.anyone,
        ];
        self.sellers.iter().chain(&self.buyers).chain(named)
    }
}
