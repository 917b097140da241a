//! The few calls of the `wasm-opt` crate that `substrate-wasm-builder` makes, done by the system's `wasm-opt`.
//!
//! The real crate compiles Binaryen from C++ source. The runtime's build uses it for one thing: to strip the
//! debug sections out of a blob that rustc has already optimised, and to lower sign-extension instructions, of
//! which the `wasm32v1-none` target emits none. Any `wasm-opt` of the last years does that.

use std::{
    io,
    path::Path,
    process::{Command, ExitStatus},
};

/// The program that does the work, looked up in `PATH`.
const PROGRAM: &str = "wasm-opt";

/// One pass of Binaryen that the caller may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Remove the DWARF sections.
    StripDwarf,
    /// Replace sign-extension instructions by shifts. Left out where the installed program does not know it.
    SignextLowering,
}

impl Pass {
    fn flag(self) -> &'static str {
        match self {
            Self::StripDwarf => "--strip-dwarf",
            Self::SignextLowering => "--signext-lowering",
        }
    }
}

/// What to do with a module. Built by chaining, then [`run`](Self::run).
#[derive(Clone, Debug, Default)]
pub struct OptimizationOptions {
    mvp_features_only: bool,
    debug_info: bool,
    passes: Vec<Pass>,
}

impl OptimizationOptions {
    /// No optimisation beyond the passes added later.
    pub fn new_opt_level_0() -> Self {
        Self::default()
    }

    /// Refuse a module that uses more than WebAssembly 1.0.
    pub fn mvp_features_only(&mut self) -> &mut Self {
        self.mvp_features_only = true;
        self
    }

    /// Keep the names of functions in the output, for readable traces.
    pub fn debug_info(&mut self, keep: bool) -> &mut Self {
        self.debug_info = keep;
        self
    }

    /// Append a pass.
    pub fn add_pass(&mut self, pass: Pass) -> &mut Self {
        self.passes.push(pass);
        self
    }

    /// Read the module at `input`, write the result to `output` (which may be the same file).
    pub fn run(&self, input: impl AsRef<Path>, output: impl AsRef<Path>) -> Result<(), OptimizationError> {
        let known = Command::new(PROGRAM)
            .arg("--help")
            .output()
            .map_err(OptimizationError::Start)?
            .stdout;
        let known = String::from_utf8_lossy(&known);

        let mut command = Command::new(PROGRAM);
        command
            .arg(input.as_ref())
            .arg("-o")
            .arg(output.as_ref())
            .arg("-O0");
        if self.mvp_features_only {
            command.arg("--mvp-features");
        }
        if self.debug_info {
            command.arg("--debuginfo");
        }
        for pass in self.passes.iter().map(|pass| pass.flag()) {
            if known.contains(pass) {
                command.arg(pass);
            }
        }

        let done = command.output().map_err(OptimizationError::Start)?;
        if done.status.success() {
            Ok(())
        } else {
            let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
            Err(OptimizationError::Refused {
                status: done.status,
                said,
            })
        }
    }
}

/// Why no optimised module was written.
#[derive(Debug)]
pub enum OptimizationError {
    /// The program could not be started.
    Start(io::Error),
    /// The program ran and failed.
    Refused {
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to standard error.
        said: String,
    },
}

impl std::fmt::Display for OptimizationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start(cause) => {
                write!(
                    f,
                    "cannot start `{PROGRAM}` ({cause}); install the package `binaryen`"
                )
            }
            Self::Refused { status, said } => write!(f, "`{PROGRAM}` ended with {status}: {said}"),
        }
    }
}

impl std::error::Error for OptimizationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start(cause) => Some(cause),
            Self::Refused { .. } => None,
        }
    }
}
