//! The metadata from which clients are generated.

use std::{fs, path::Path};

#[test]
fn committed_metadata_is_this_runtimes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gateway/chain-client/metadata.scale");
    let committed = fs::read(&file).unwrap_or_else(|cause| panic!("cannot read {}: {cause}", file.display()));
    assert!(
        committed == vouchsafe_runtime::client_metadata(),
        "{} is out of date; write it again with `cargo run -p vouchsafe-runtime --example metadata > \
         gateway/chain-client/metadata.scale` and look at what changes for clients",
        file.display()
    );
}
