//! Loading the library for the first time in a process, which is why this file has one test.

use std::path::Path;
use vouchsafe_anonymiser::{LoadError, Runtime};

#[test]
fn a_library_is_refused_when_absent_or_not_onnx_runtime_and_only_one_is_loaded() {
    let absent = Runtime::load(Path::new("nowhere/libonnxruntime.so")).unwrap_err();
    assert!(matches!(absent, LoadError::LibraryNotFound { .. }), "{absent}");
    assert!(absent.to_string().contains("scripts/setup"), "{absent}");

    let absent = Runtime::discover(Some(Path::new("nowhere/libonnxruntime.so"))).unwrap_err();
    assert!(
        absent.to_string().contains("nowhere/libonnxruntime.so"),
        "{absent}"
    );

    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let other = Runtime::load(&manifest).unwrap_err();
    assert!(matches!(other, LoadError::Library { .. }), "{other}");

    // A refused library leaves the way free for the right one.
    let path = Runtime::discover(None).expect("the tests need the library that scripts/setup places");
    let loaded = Runtime::load(&path).unwrap();
    assert_eq!(Runtime::load(&path).unwrap().path(), loaded.path());

    let second = Runtime::load(&manifest).unwrap_err();
    assert!(matches!(second, LoadError::AlreadyLoaded { .. }), "{second}");
}
