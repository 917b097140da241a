//! Kinds of tampering, each with the checks that refuse it.

use super::{House, Plan, house};
use bounded_collections::{BoundedVec, Get};
use ed25519_dalek::SigningKey;
use std::collections::BTreeSet;

/// Somebody else's gateway.
pub fn stranger() -> SigningKey {
    SigningKey::from_bytes(&[99; 32])
}

pub fn reverse<T: Clone, N: Get<u32>>(list: &mut BoundedVec<T, N>) {
    *list = BoundedVec::truncate_from(list.iter().rev().cloned().collect());
}

pub fn failed(house: &House) -> Vec<&'static str> {
    let verdict = house.verdict();
    assert!(!verdict.is_good());
    verdict.failed().map(|check| check.kind.name()).collect()
}

/// Each kind: what is done, and the checks that fail.
pub struct Cases(pub BTreeSet<&'static str>);

impl Cases {
    pub fn new() -> Self {
        Self(BTreeSet::new())
    }

    pub fn bundle(&mut self, kind: &'static str, expected: &[&str], change: impl FnOnce(&mut House)) {
        let mut house = house();
        change(&mut house);
        self.made(kind, expected, &house);
    }

    pub fn plan(&mut self, kind: &'static str, expected: &[&str], change: impl FnOnce(&mut Plan)) {
        let mut plan = Plan::default();
        change(&mut plan);
        self.made(kind, expected, &House::new(plan));
    }

    pub fn made(&mut self, kind: &'static str, expected: &[&str], house: &House) {
        assert_eq!(failed(house), expected, "{kind}");
        assert!(self.0.insert(kind), "{kind} is listed twice");
    }
}
