//! Writes the runtime's metadata as `RuntimeMetadataPrefixed`, version 16, to standard output.
//!
//! `cargo run -p vouchsafe-runtime --example metadata > gateway/chain-client/metadata.scale`

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(&vouchsafe_runtime::client_metadata())
}
