//! Opening a net in ONNX Runtime.

use crate::error::LoadError;
use crate::model::Model;
use crate::runtime::Runtime;
use ort::session::Session;

/// Opens a session with one thread for `model` and checks that it has the named input and outputs. Error: `Model`.
pub(crate) fn open(
    runtime: &Runtime,
    model: &Model,
    input: &str,
    outputs: &[&str],
) -> Result<Session, LoadError> {
    let misfit = |reason: String| LoadError::Model {
        name: model.manifest.name.clone(),
        reason,
    };
    let session = commit(runtime, &model.weights).map_err(|e| misfit(e.to_string()))?;
    if !session.inputs().iter().any(|i| i.name() == input) {
        return Err(misfit(format!("it has no input {input}")));
    }
    for wanted in outputs {
        if !session.outputs().iter().any(|o| o.name() == *wanted) {
            return Err(misfit(format!("it has no output {wanted}")));
        }
    }
    Ok(session)
}

fn commit(runtime: &Runtime, weights: &[u8]) -> ort::Result<Session> {
    let cpu = ort::ep::CPU::default().with_arena_allocator(true).build();
    let session = Session::builder(&runtime.environment)?
        .with_no_environment_execution_providers()?
        .with_execution_providers([cpu])?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        // Photos differ in size, and a plan made for one shape would hold its memory for good.
        .with_memory_pattern(false)?
        .with_deterministic_compute(true)?
        .commit_from_memory(weights)?;
    Ok(session)
}
