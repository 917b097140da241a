//! Runs the runtime's benchmarks over a benchmarking state: in WebAssembly, as a node executes the runtime, and,
//! with the feature `native`, natively.

use codec::{Decode, Encode};
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList, BenchmarkResult};
use frame_support::traits::StorageInfo;
use sc_client_db::BenchmarkingState;
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::{Extensions, Externalities};
use sp_keystore::{KeystoreExt, testing::MemoryKeystore};
use sp_runtime::{Storage, traits::BlakeTwo256};
use sp_state_machine::{BasicExternalities, Ext, OverlayedChanges};
use std::{borrow::Cow, io, path::Path};

/// What a node offers the runtime, and the clock and the counters of the benchmarks.
type HostFunctions = (
    sp_io::SubstrateHostFunctions,
    frame_benchmarking::benchmarking::HostFunctions,
);
type State = BenchmarkingState<BlakeTwo256>;

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError {
    #[error("cannot read the runtime at {path}; `scripts/bench weights` builds it")]
    Unreadable { path: String, source: io::Error },
    #[error("cannot make a state of the default genesis: {0}")]
    Genesis(String),
    #[error("{method} fails in the runtime: {reason} (was it built with the feature `runtime-benchmarks`?)")]
    Refused { method: &'static str, reason: String },
    #[error("{method} answers with bytes of another shape")]
    Shape {
        method: &'static str,
        source: codec::Error,
    },
    #[error("the benchmark {pallet}::{benchmark} fails: {reason}")]
    Benchmark {
        pallet: String,
        benchmark: String,
        reason: String,
    },
}

/// Which of the runtime's two builds executes a benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Compiled to WebAssembly, and from there by the node's executor: what the chain runs.
    Wasm,
    /// Linked into this program.
    #[cfg(feature = "native")]
    Native,
}

/// The runtime, and the states that its benchmarks run over.
pub struct Bench {
    runtime: Wasm,
    /// Counts reads and writes and records the proof, which costs time.
    counting: State,
    /// Does neither, as a chain that is no parachain.
    timing: State,
}

impl Bench {
    /// With the runtime in the file `wasm`, over the state of the default genesis.
    pub fn new(wasm: &Path) -> Result<Self, ExecutionError> {
        let code = std::fs::read(wasm).map_err(|source| ExecutionError::Unreadable {
            path: wasm.display().to_string(),
            source,
        })?;
        let runtime = Wasm {
            executor: WasmExecutor::builder().build(),
            hash: sp_io::hashing::blake2_256(&code).to_vec(),
            code: WrappedRuntimeCode(Cow::Owned(code)),
        };
        let genesis = runtime.default_genesis()?;
        let state =
            |watched| State::new(genesis.clone(), None, watched, watched).map_err(ExecutionError::Genesis);
        Ok(Self {
            counting: state(true)?,
            timing: state(false)?,
            runtime,
        })
    }

    /// The benchmarks of each pallet, and every kind of row in the chain's state.
    pub fn listed(&self) -> Result<(Vec<BenchmarkList>, Vec<StorageInfo>), ExecutionError> {
        let all = false;
        over(&self.timing, |ext| {
            self.runtime
                .call(ext, "Benchmark_benchmark_metadata", &all.encode())
        })
    }

    /// Runs one benchmark `repeats` times (at least once) and measures the time of its call, in nanoseconds.
    pub fn time(
        &self,
        build: Build,
        config: &BenchmarkConfig,
        repeats: u32,
    ) -> Result<Vec<BenchmarkResult>, ExecutionError> {
        let config = BenchmarkConfig {
            internal_repeats: repeats,
            ..config.clone()
        };
        self.dispatch(build, &self.timing, config)
    }

    /// Runs one benchmark once, with its own check of the outcome, and counts what it reads, writes and would prove.
    /// The times in the result are of no use.
    pub fn count(&self, config: &BenchmarkConfig) -> Result<Vec<BenchmarkResult>, ExecutionError> {
        let checked = BenchmarkConfig {
            verify: true,
            ..config.clone()
        };
        // The check reads too, so it has a run of its own.
        self.dispatch(Build::Wasm, &self.timing, checked)?;
        self.dispatch(Build::Wasm, &self.counting, config.clone())
    }

    fn dispatch(
        &self,
        build: Build,
        state: &State,
        config: BenchmarkConfig,
    ) -> Result<Vec<BenchmarkResult>, ExecutionError> {
        let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (pallet, benchmark) = (name(&config.pallet), name(&config.benchmark));
        let answer: Result<Vec<BenchmarkBatch>, String> = match build {
            Build::Wasm => over(state, |ext| {
                self.runtime
                    .call(ext, "Benchmark_dispatch_benchmark", &config.encode())
            })?,
            #[cfg(feature = "native")]
            Build::Native => over(state, |ext| native(ext, config)),
        };
        let failed = |reason| ExecutionError::Benchmark {
            pallet,
            benchmark,
            reason,
        };
        match answer {
            Ok(batches) if batches.iter().all(|batch| batch.results.is_empty()) => {
                Err(failed("it was skipped".into()))
            }
            Ok(batches) => Ok(batches.into_iter().flat_map(|batch| batch.results).collect()),
            Err(reason) => Err(failed(reason)),
        }
    }
}

/// The runtime in WebAssembly.
struct Wasm {
    executor: WasmExecutor<HostFunctions>,
    code: WrappedRuntimeCode<'static>,
    hash: Vec<u8>,
}

impl Wasm {
    /// The state that the runtime's default genesis makes.
    fn default_genesis(&self) -> Result<Storage, ExecutionError> {
        let mut state = BasicExternalities::new_empty();
        let default = Option::<String>::None;
        let config: Option<Vec<u8>> =
            self.call(&mut state, "GenesisBuilder_get_preset", &default.encode())?;
        let built: Result<(), String> = self.call(
            &mut state,
            "GenesisBuilder_build_state",
            &config.unwrap_or_default().encode(),
        )?;
        built.map_err(ExecutionError::Genesis)?;
        Ok(state.into_storages())
    }

    fn call<R: Decode>(
        &self,
        state: &mut dyn Externalities,
        method: &'static str,
        arguments: &[u8],
    ) -> Result<R, ExecutionError> {
        let code = RuntimeCode {
            code_fetcher: &self.code,
            heap_pages: None,
            hash: self.hash.clone(),
        };
        let (answer, _) = self
            .executor
            .call(state, &code, method, arguments, CallContext::Offchain);
        let answer = answer.map_err(|error| ExecutionError::Refused {
            method,
            reason: error.to_string(),
        })?;
        R::decode(&mut answer.as_slice()).map_err(|source| ExecutionError::Shape { method, source })
    }
}

#[cfg(feature = "native")]
fn native(state: &mut dyn Externalities, config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
    use frame_benchmarking::runtime_decl_for_benchmark::BenchmarkV2;

    sp_externalities::set_and_run_with_externalities(state, || {
        vouchsafe_runtime::Runtime::dispatch_benchmark(config)
    })
}

/// Lends `run` the state as a runtime sees it. The keystore is a new one, for the benchmarks that sign.
fn over<R>(state: &State, run: impl FnOnce(&mut dyn Externalities) -> R) -> R {
    let mut changes = OverlayedChanges::<BlakeTwo256>::default();
    changes
        .enter_runtime()
        .expect("new changes are outside of any runtime; qed");
    let mut extensions = Extensions::default();
    extensions.register(KeystoreExt::new(MemoryKeystore::new()));
    run(&mut Ext::new(&mut changes, state, Some(&mut extensions)))
}
