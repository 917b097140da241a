#![doc = include_str!("../README.md")]

mod authorities;
mod chain;
mod cli;
mod errand;
mod gateway;
mod node;
mod photo_stall;
mod programs;
mod scene;
mod stall;
mod static_copy;
mod usage;
mod world;

pub use authorities::Authorities;
pub use chain::Chain;
pub use cli::{Cli, Run};
pub use errand::Errand;
pub use gateway::Gateway;
pub use node::Node;
pub use photo_stall::PhotoStall;
pub use programs::{free_port, photos, program, wait_until};
pub use scene::Scene;
pub use stall::{Stall, Terms, Trick};
pub use static_copy::StaticCopy;
pub use usage::{cpu_seconds, most_resident};
pub use world::{World, sell_arguments};

/// One coin in the chain's smallest unit.
pub const VCH: u128 = 1_000_000_000_000;
