//! The ONNX Runtime library: where it is looked for, and loading it once per process.

use crate::error::LoadError;
use crate::session::Device;
use ort::environment::Environment;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The file that `scripts/setup` places, out of the PyPI wheel `onnxruntime` 1.31.1.
pub const LIBRARY_FILE: &str = "libonnxruntime.so.1.31.1";
/// Names the library's path when no configuration does.
pub const LIBRARY_VARIABLE: &str = "VOUCHSAFE_ORT_LIBRARY";

/// The loaded library. Cheap to clone; one per process, shared by all worker threads.
#[derive(Debug, Clone)]
pub struct Runtime {
    pub(crate) environment: Environment,
    path: PathBuf,
    device: Device,
}

// `ort` allows one environment per process and never unloads the library, so the first load is kept here.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the library at `path`; asked again with the same path, hands out the loaded one.
    ///
    /// Errors: `LibraryNotFound`, `Library` (not ONNX Runtime, or too old), `AlreadyLoaded`.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let shown = path.display().to_string();
        let path = path.canonicalize().map_err(|_| LoadError::LibraryNotFound {
            tried: vec![shown.clone()],
        })?;
        let mut loaded = LOADED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(runtime) = loaded.as_ref() {
            if runtime.path == path {
                return Ok(runtime.clone());
            }
            let loaded = runtime.path.display().to_string();
            return Err(LoadError::AlreadyLoaded { loaded, asked: shown });
        }
        let unusable = |reason: String| LoadError::Library {
            path: shown.clone(),
            reason,
        };
        let environment = ort::init_from(&path)
            .map_err(|e| unusable(e.to_string()))?
            .with_name("vouchsafe")
            .with_telemetry(false)
            .build()
            .map_err(|e| unusable(e.to_string()))?;
        let runtime = Self {
            environment,
            path,
            device: Device::Cpu,
        };
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    /// Finds the library, first match wins: `configured`; the variable `VOUCHSAFE_ORT_LIBRARY`;
    /// `.setup/onnxruntime/` in the working directory or a directory above it; `vouchsafe/onnxruntime/` in
    /// `$XDG_DATA_HOME` or `~/.local/share`. A path given by configuration or variable must exist: no other is
    /// tried then. Error: `LibraryNotFound`.
    pub fn discover(configured: Option<&Path>) -> Result<PathBuf, LoadError> {
        let variable = std::env::var_os(LIBRARY_VARIABLE).filter(|value| !value.is_empty());
        let given = configured
            .map(Path::to_path_buf)
            .or_else(|| variable.map(PathBuf::from));
        let candidates = match given {
            Some(path) => vec![path],
            None => default_places(),
        };
        match candidates.iter().find(|path| path.is_file()) {
            Some(path) => Ok(path.clone()),
            None => {
                let tried = candidates.iter().map(|path| path.display().to_string()).collect();
                Err(LoadError::LibraryNotFound { tried })
            }
        }
    }

    /// The same library, with sessions opened from here on running on `device`. Whether it can be used is told when a
    /// session is opened.
    #[must_use]
    pub fn on(self, device: Device) -> Self {
        Self { device, ..self }
    }

    /// What sessions run on: [`Device::Cpu`] unless [`Self::on`] says otherwise.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Where the library was loaded from.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn default_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Ok(here) = std::env::current_dir() {
        places.extend(
            here.ancestors()
                .map(|dir| dir.join(".setup/onnxruntime").join(LIBRARY_FILE)),
        );
    }
    let data = std::env::var_os("XDG_DATA_HOME")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    if let Some(data) = data.or_else(home) {
        places.push(data.join("vouchsafe/onnxruntime").join(LIBRARY_FILE));
    }
    places
}
