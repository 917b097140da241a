//! Opening a net in ONNX Runtime, on the processor or on a GPU.

use crate::error::LoadError;
use crate::model::Model;
use crate::runtime::Runtime;
use ort::ep;
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What the nets run on. A device that cannot be used is an error when a session is opened: nothing falls back to
/// another one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Device {
    /// One core a session.
    #[default]
    Cpu,
    /// An NVIDIA GPU, counted from 0. Wants the library out of the PyPI wheel `onnxruntime-gpu`.
    Cuda { index: u32 },
    /// The same through TensorRT, which compiles each net for each size of picture first: seconds to minutes. What
    /// TensorRT does not take runs through CUDA on the same GPU.
    TensorRt { index: u32 },
}

impl std::fmt::Display for Device {
    /// `cpu`, or a GPU with its number: `cuda:0`, `tensorrt:1`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cpu => f.write_str(self.name()),
            Self::Cuda { index } | Self::TensorRt { index } => write!(f, "{}:{index}", self.name()),
        }
    }
}

impl FromStr for Device {
    type Err = String;

    /// What [`Display`](std::fmt::Display) writes; without a number the first GPU is meant.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => (name, index.parse().ok()),
            None => (text, Some(0)),
        };
        match (name, index) {
            ("cpu", Some(0)) if !text.contains(':') => Ok(Self::Cpu),
            ("cuda", Some(index)) => Ok(Self::Cuda { index }),
            ("tensorrt", Some(index)) => Ok(Self::TensorRt { index }),
            _ => Err(format!(
                "the device is {text:?}, wanted cpu, cuda, cuda:N, tensorrt or tensorrt:N"
            )),
        }
    }
}

impl TryFrom<String> for Device {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Device> for String {
    fn from(device: Device) -> Self {
        device.to_string()
    }
}

impl Device {
    /// As in reports and metrics: `cpu`, `cuda`, `tensorrt`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda { .. } => "cuda",
            Self::TensorRt { .. } => "tensorrt",
        }
    }

    /// Pictures of one size that a net is given at once, where it takes several. A core works on one after the other
    /// anyhow, and would only need more memory; a GPU is hardly busy with one of ours.
    pub(crate) fn batch(self) -> usize {
        match self {
            Self::Cpu => 1,
            Self::Cuda { .. } | Self::TensorRt { .. } => 8,
        }
    }

    fn index(self) -> u32 {
        match self {
            Self::Cpu => 0,
            Self::Cuda { index } | Self::TensorRt { index } => index,
        }
    }

    /// The execution providers that ONNX Runtime is to use, the preferred first, each refusing to be left out.
    pub(crate) fn providers(self) -> Vec<ep::ExecutionProviderDispatch> {
        // ONNX Runtime counts devices with a signed number; what does not fit names no device and is refused as such.
        let id = i32::try_from(self.index()).unwrap_or(i32::MAX);
        // Searching for the fastest convolution would begin anew with every size of picture, and may end differently.
        let search = ep::cuda::ConvAlgorithmSearch::Heuristic;
        let cuda = || {
            ep::CUDA::default()
                .with_device_id(id)
                .with_conv_algorithm_search(search)
        };
        let providers = match self {
            Self::Cpu => vec![ep::CPU::default().with_arena_allocator(true).build()],
            Self::Cuda { .. } => vec![cuda().build()],
            Self::TensorRt { .. } => {
                vec![ep::TensorRT::default().with_device_id(id).build(), cuda().build()]
            }
        };
        let strict = |provider: ep::ExecutionProviderDispatch| provider.error_on_failure();
        providers.into_iter().map(strict).collect()
    }
}

/// Opens a session with one thread for `model` and checks that it has the named input and outputs. Errors: `Device`
/// when the runtime's device cannot be used or does not take the whole net; `Model`.
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
    let device = runtime.device();
    let unusable = |e: ort::Error| LoadError::Device {
        device: device.name(),
        index: device.index(),
        reason: e.message().to_owned(),
    };
    let builder = configure(runtime).map_err(|e| misfit(e.to_string()))?;
    let mut builder = builder
        .with_execution_providers(device.providers())
        .map_err(|e| unusable(e.into()))?;
    let session = builder
        .commit_from_memory(&model.weights)
        .map_err(|e| match device {
            Device::Cpu => misfit(e.to_string()),
            // A GPU's library, memory and graph placement are tried only now.
            Device::Cuda { .. } | Device::TensorRt { .. } => unusable(e),
        })?;
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

fn configure(runtime: &Runtime) -> ort::Result<SessionBuilder> {
    let builder = Session::builder(&runtime.environment)?
        .with_no_environment_execution_providers()?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        // Photos differ in size, and a plan made for one shape would hold its memory for good.
        .with_memory_pattern(false)?
        .with_deterministic_compute(true)?;
    match runtime.device() {
        Device::Cpu => Ok(builder),
        // ONNX Runtime runs what a GPU does not take on the processor, without a word; this makes it an error.
        Device::Cuda { .. } | Device::TensorRt { .. } => Ok(builder.with_disable_cpu_fallback()?),
    }
}

/// A manifest of another kind than the detector that was asked to open it.
pub(crate) fn other_kind(model: &Model, wanted: &str) -> LoadError {
    LoadError::Model {
        name: model.manifest.name.clone(),
        reason: format!("its manifest is not of the kind {wanted}"),
    }
}
