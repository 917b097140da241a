//! Policies from text.

use crate::error::LoadError;
use crate::policy::Policy;

/// The input is a policy file.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(LoadError::Policy(reason)) => {
            assert!(!reason.is_empty());
            return false;
        }
        Err(other) => panic!("a text has no other fault: {other}"),
    };
    policy.validate().expect("what is parsed is valid");
    assert!(
        policy.grade() >= policy.wanted,
        "the grade that it asks for is earned"
    );
    let canonical = policy.canonical_json();
    let again: Policy = serde_json::from_str(&canonical).expect("the canonical form is a policy");
    assert_eq!(again.canonical_json(), canonical, "one spelling");
    assert_eq!(again, policy);
    assert_eq!(again.id(), policy.id());
    true
}
