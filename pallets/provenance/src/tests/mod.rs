//! Stories, refusals, stored shapes, invariants, and long random sequences of calls.

mod encoding;
mod gateway;
mod invariants;
mod record;
mod sequences;
