#![allow(
    clippy::result_large_err,
    reason = "the size of `sc_cli::Error` is not ours to choose"
)]
#![doc = include_str!("../README.md")]

mod backoff;
mod cli;
mod command;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
    command::run()
}
