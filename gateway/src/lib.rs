//! The seller's gateway: raw photos in, anonymised and encrypted datasets out, keys delivered for finalised orders.
//!
//! Arrows never turn round: `http` → `work` → `domain` ← `ports` ← `adapters`. [`assembly`] is the one place
//! that names concrete adapters; everything else sees ports.

pub mod adapters;
pub mod assembly;
pub mod domain;
pub mod keys;
pub mod ports;
pub mod work;
