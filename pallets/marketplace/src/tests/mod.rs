//! Behaviour of the marketplace, told through its calls.

mod deadlines;
mod disputes;
mod encoding;
mod halted;
mod invariants;
mod migration;
mod payment;
mod random;
mod refusals;
mod stories;
mod trust;
