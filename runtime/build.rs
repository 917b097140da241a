//! Compiles the runtime to wasm and hands it to the library as `wasm_binary.rs`.

#[cfg(feature = "std")]
fn main() {
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}

/// Inside the wasm build itself there is nothing left to build.
#[cfg(not(feature = "std"))]
fn main() {}
