//! Behaviour of the marketplace, told through its calls.

mod deadlines;
mod encoding;
mod invariants;
mod random;
mod refusals;
mod stories;
