//! Runs the runtime's benchmarks over a benchmarking state: in WebAssembly, as a node executes the runtime, and
//! natively.

use codec::{Decode, Encode};
use frame_benchmarking::{
    BenchmarkBatch, BenchmarkConfig, BenchmarkList, BenchmarkResult, runtime_decl_for_benchmark::BenchmarkV2,
};
use frame_support::traits::StorageInfo;
use sc_client_db::BenchmarkingState;
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::{Extensions, Externalities, set_and_run_with_externalities};
use sp_keystore::{KeystoreExt, testing::MemoryKeystore};
use sp_runtime::{BuildStorage, traits::BlakeTwo256};
use sp_state_machine::{Ext, OverlayedChanges};
use std::{borrow::Cow, io, path::Path};
use vouchsafe_runtime::{Runtime, RuntimeGenesisConfig};

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
    Native,
}

/// Both builds of the runtime, and the states that they run over.
pub struct Bench {
    executor: WasmExecutor<HostFunctions>,
    wasm: WrappedRuntimeCode<'static>,
    wasm_hash: Vec<u8>,
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
        let genesis = RuntimeGenesisConfig::default()
            .build_storage()
            .map_err(ExecutionError::Genesis)?;
        let state =
            |watched| State::new(genesis.clone(), None, watched, watched).map_err(ExecutionError::Genesis);
        Ok(Self {
            executor: WasmExecutor::builder().build(),
            wasm_hash: sp_io::hashing::blake2_256(&code).to_vec(),
            wasm: WrappedRuntimeCode(Cow::Owned(code)),
            counting: state(true)?,
            timing: state(false)?,
        })
    }

    /// The benchmarks of each pallet, and every kind of row in the chain's state.
    pub fn listed(&self) -> Result<(Vec<BenchmarkList>, Vec<StorageInfo>), ExecutionError> {
        let all = false;
        self.call_wasm(&self.timing, "Benchmark_benchmark_metadata", &all.encode())
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
            Build::Wasm => self.call_wasm(state, "Benchmark_dispatch_benchmark", &config.encode())?,
            Build::Native => over(state, |ext| {
                set_and_run_with_externalities(ext, || Runtime::dispatch_benchmark(config))
            }),
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

    fn call_wasm<R: Decode>(
        &self,
        state: &State,
        method: &'static str,
        arguments: &[u8],
    ) -> Result<R, ExecutionError> {
        let code = RuntimeCode {
            code_fetcher: &self.wasm,
            heap_pages: None,
            hash: self.wasm_hash.clone(),
        };
        let answer = over(state, |ext| {
            self.executor
                .call(ext, &code, method, arguments, CallContext::Offchain)
                .0
        });
        let answer = answer.map_err(|error| ExecutionError::Refused {
            method,
            reason: error.to_string(),
        })?;
        R::decode(&mut answer.as_slice()).map_err(|source| ExecutionError::Shape { method, source })
    }
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
