//! Files of `vectors/`, compared with what the code makes of them.

use serde_json::Value;
use std::{fs, path::PathBuf};

/// `computed` must be what `vectors/NAME` says; with `UPDATE_VECTORS` set, the file is written first.
pub fn golden(name: &str, computed: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(name);
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(computed).unwrap() + "\n").unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(
        &serde_json::from_str::<Value>(&stored).unwrap(),
        computed,
        "{name}"
    );
}
