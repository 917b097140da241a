//! What the crate promises, through its public interface and the real network.

mod craft;
mod faces;
mod faults;
mod hidden;
mod inpaint;
mod loading;
mod measured;
mod metadata;
mod net;
mod optional_models;
mod policy;
mod refusals;
mod wishes;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use vouchsafe_anonymiser::{Anonymised, Anonymiser, ModelSet, Policy, Runtime};

pub fn models_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// A missing library fails the test: a skipped one would look like a passed one.
pub fn runtime() -> Runtime {
    let path = Runtime::discover(None).expect("the tests need the library that scripts/setup places");
    Runtime::load(&path).expect("the library that scripts/setup places can be loaded")
}

pub fn anonymiser(policy: Policy) -> Anonymiser {
    let models = ModelSet::load(&models_folder()).expect("the repository holds the models");
    Anonymiser::new(&runtime(), &models, policy).expect("the policy of this test is valid")
}

/// The shipped policy with one change.
pub fn policy(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy::default();
    change(&mut policy);
    policy
}

thread_local! {
    /// The shipped pipeline of this test, opened once.
    static SHIPPED: RefCell<Anonymiser> = RefCell::new(anonymiser(Policy::default()));
}

pub fn anonymise(input: &[u8]) -> Anonymised {
    SHIPPED
        .with_borrow_mut(|engine| engine.anonymise(input))
        .expect("this photo can be anonymised")
}
