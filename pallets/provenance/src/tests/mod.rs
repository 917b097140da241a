//! Stories, refusals, stored shapes, invariants, and long random sequences of calls.

mod audit;
mod encoding;
mod gateway;
mod invariants;
mod log;
mod migration;
mod record;
mod sequences;
