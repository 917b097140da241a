#![doc = include_str!("../README.md")]

mod cli;
mod gateway;
mod node;
mod programs;
mod static_copy;
mod world;

pub use cli::{Cli, Run};
pub use gateway::Gateway;
pub use node::Node;
pub use programs::{free_port, photos, program, wait_until};
pub use static_copy::StaticCopy;
pub use world::{World, sell_arguments};

/// One coin in the chain's smallest unit.
pub const VCH: u128 = 1_000_000_000_000;
