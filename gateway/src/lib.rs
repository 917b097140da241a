//! The seller's gateway: raw photos in, anonymised and encrypted datasets out, keys delivered for finalised orders.
//!
//! Arrows never turn round: `http` → `work` → `domain` ← `ports` ← `adapters`. [`assembly`] is the one place
//! that names concrete adapters; everything else sees ports.

pub mod adapters;
pub mod anonymise_command;
pub mod assembly;
pub mod config;
pub mod domain;
pub mod http;
pub mod keys;
pub mod look_command;
pub mod ports;
pub mod review_command;
pub mod work;
