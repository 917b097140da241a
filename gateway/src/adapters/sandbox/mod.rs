//! The neural pipeline in a process of its own, which has locked itself in before it sees a photo
//! (docs/decisions/0011-photos-are-read-in-a-locked-process.md).
//!
//! ```text
//! gateway ── settings ─▶ gateway anonymise-worker: loads library and models
//!         ◀─ ready ───── Landlock, resource limits, seccomp: no files, sockets, processes, threads from here on
//!         ── photo ────▶ decodes, looks, replaces, encodes, looks again
//!         ◀─ cleaned ─── or refused; killed when it takes too long, started anew when it died
//! ```

mod child;
mod limits;
mod probe;
mod process;
mod wire;

use std::{
    io,
    path::PathBuf,
    process::ChildStdin,
    thread,
    time::{Duration, Instant},
};

use vouchsafe_anonymiser::LoadError;

pub use self::{child::run_anonymise_worker, limits::LockDown, probe::Probe, process::PhotoProcess};
use self::{
    process::{Process, Unanswered},
    wire::{Answer, Opening, WireError, send_look, send_opening, send_photo, send_probe},
};
use super::OnnxSettings;
use crate::{
    domain::{Leftovers, Media, PhotoWishes, Pipeline, Reason},
    ports::{AnonymiseError, Anonymiser, Cleaned, Onlooker, Seen},
};

/// How photo processes are started and held.
#[derive(Clone, Debug)]
pub struct SandboxSettings {
    /// The gateway's own program. [`SandboxSettings::default`] names the file that runs now, also when another has been
    /// put in its place.
    pub program: PathBuf,
    /// Whether [`SandboxedAnonymiser::open`] fails when any layer of the lock-down is missing.
    pub required: bool,
    /// What a photo process may use in all. Bytes.
    pub memory_bytes: u64,
    /// The largest photo. Bytes.
    pub max_raw_bytes: u32,
    /// The longest that one photo may take.
    pub photo_timeout: Duration,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self {
            program: "/proc/self/exe".into(),
            required: false,
            memory_bytes: 2 << 30,
            max_raw_bytes: 64 << 20,
            photo_timeout: Duration::from_secs(60),
        }
    }
}

/// Why there is no photo process. Told at start; later it costs a photo at a time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    #[error(transparent)]
    Locate(#[from] LoadError),
    #[error("a process for photos cannot be started: {0}")]
    Start(io::Error),
    /// What the process says about library, models or policy.
    #[error("{0}")]
    Load(String),
    #[error("the process for photos ended before it was ready ({0})")]
    Ended(String),
    #[error("the process for photos was not ready within {} s", START.as_secs())]
    TooSlow,
    #[error("the process for photos does not speak as agreed: {0}")]
    Protocol(String),
    #[error("library, models, settings or locks are not the ones that the gateway started with")]
    Changed,
    #[error("the sandbox is required, and this system does not give all of it: {}", .lacking.join("; "))]
    NotLocked { lacking: Vec<String> },
}

/// Time to load library and models. A second is usual; a busy machine may need more.
const START: Duration = Duration::from_secs(120);

/// Waits before another process is tried when the last one did not become ready.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_millis(2_500),
];

/// An [`OnnxAnonymiser`](super::OnnxAnonymiser) at the other end of two pipes. It gives the same bytes.
///
/// A photo on which the process dies is refused as `crashed_the_decoder`, one that takes too long as `too_slow`: both are
/// final, so that such a photo cannot hold up a gateway for ever. The next photo finds a new process.
#[derive(Debug)]
pub struct SandboxedAnonymiser {
    opening: Opening,
    sandbox: SandboxSettings,
    pipeline: Pipeline,
    lock_down: LockDown,
    /// `None` after one has died, until the next photo.
    process: Option<Process>,
}

impl SandboxedAnonymiser {
    /// Starts `processes` of them, one per thread that will use one, and lets each prove from inside that it is held.
    ///
    /// Errors: [`SandboxError`]; with `required` also when a layer is missing or does not hold.
    pub fn open(
        settings: &OnnxSettings,
        sandbox: &SandboxSettings,
        processes: usize,
    ) -> Result<Vec<Self>, SandboxError> {
        let opening = Opening {
            settings: settings.located()?,
            memory_bytes: sandbox.memory_bytes,
            max_raw_bytes: sandbox.max_raw_bytes,
        };
        let sandbox = SandboxSettings {
            program: std::path::absolute(&sandbox.program).map_err(SandboxError::Start)?,
            ..sandbox.clone()
        };
        (0..processes)
            .map(|_| {
                let (process, pipeline, lock_down) = start(&opening, &sandbox)?;
                Ok(Self {
                    opening: opening.clone(),
                    sandbox: sandbox.clone(),
                    pipeline,
                    lock_down,
                    process: Some(process),
                })
            })
            .collect()
    }

    /// What holds the process, and what does not.
    pub fn lock_down(&self) -> &LockDown {
        &self.lock_down
    }

    /// The process of now; `None` between the death of one and the next photo.
    pub fn process(&self) -> Option<PhotoProcess> {
        self.process.as_ref().map(Process::watch)
    }

    /// The longest that one photo may take, from now on.
    pub fn set_photo_timeout(&mut self, timeout: Duration) {
        self.sandbox.photo_timeout = timeout;
    }

    /// Lets the process try what it must not be able to do.
    pub fn probe(&mut self) -> Result<Probe, SandboxError> {
        let process = self.ready()?;
        let probed = probe(process);
        if probed.is_err() {
            self.process = None;
        }
        probed
    }

    /// The process, or a new one if there is none that lives.
    fn ready(&mut self) -> Result<&mut Process, SandboxError> {
        if !self.process.as_ref().is_some_and(Process::is_alive) {
            self.process = None;
            let (process, pipeline, lock_down) = self.start_again()?;
            // What the report will say has to be true of whoever does the work.
            if pipeline != self.pipeline {
                return Err(SandboxError::Changed);
            }
            self.lock_down = lock_down;
            self.process = Some(process);
        }
        Ok(self
            .process
            .as_mut()
            .expect("it was put there, if it was not there; qed"))
    }

    fn start_again(&self) -> Result<(Process, Pipeline, LockDown), SandboxError> {
        let mut waits = AGAIN.iter();
        loop {
            match (start(&self.opening, &self.sandbox), waits.next()) {
                (Ok(started), _) => return Ok(started),
                (Err(error), None) => return Err(error),
                (Err(error), Some(wait)) => {
                    tracing::warn!(%error, "no process for photos; trying again");
                    thread::sleep(*wait);
                }
            }
        }
    }

    /// Sends a photo of `bytes` bytes with what is asked about it.
    fn ask(
        &mut self,
        bytes: usize,
        send: impl Fn(&mut ChildStdin) -> Result<(), WireError>,
    ) -> Result<Answer, AnonymiseError> {
        let max = self.opening.max_raw_bytes;
        if u32::try_from(bytes).is_ok_and(|bytes| bytes <= max) {
            self.ask_again(send)
        } else {
            let detail = format!("the file is larger than {max} bytes");
            Err(AnonymiseError::Refused(Reason::new("file_too_large", detail)))
        }
    }

    fn ask_again(
        &mut self,
        send: impl Fn(&mut ChildStdin) -> Result<(), WireError>,
    ) -> Result<Answer, AnonymiseError> {
        let timeout = self.sandbox.photo_timeout;
        let max_clean = max_clean(&self.sandbox);
        // Twice, because the death of one that has not read the whole photo says nothing about the photo.
        for _ in 0..2 {
            let process = self
                .ready()
                .map_err(|error| AnonymiseError::Engine(error.to_string()))?;
            let began = Instant::now();
            let unanswered = match process.ask(&send, max_clean, timeout) {
                Ok(answer) => return Ok(answer),
                Err(unanswered) => unanswered,
            };
            self.process = None;
            let after_ms = began.elapsed().as_millis() as u64;
            match unanswered {
                Unanswered::NotTaken(how) => tracing::warn!(how, "a process for photos was found dead"),
                Unanswered::TooSlow => {
                    tracing::warn!(after_ms, "a photo took too long; its process was killed");
                    let detail = format!("it was not done within {} s", timeout.as_secs_f32());
                    return Err(AnonymiseError::Refused(Reason::new("too_slow", detail)));
                }
                Unanswered::Died(how) => {
                    tracing::warn!(after_ms, how, "a process for photos died on a photo");
                    let detail = format!("the process that was to read it died of it ({how})");
                    return Err(AnonymiseError::Refused(Reason::new(
                        "crashed_the_decoder",
                        detail,
                    )));
                }
                Unanswered::Nonsense(error) => return Err(nonsense(&error)),
            }
        }
        Err(AnonymiseError::Engine(
            "two processes for photos died before they had read the photo".into(),
        ))
    }
}

impl Anonymiser for SandboxedAnonymiser {
    fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError> {
        match self.ask(raw.len(), |to| send_photo(to, raw, wishes))? {
            Answer::Cleaned(cleaned) if answers(&cleaned, wishes) => Ok(cleaned),
            other => Err(self.not_done(other)),
        }
    }
}

impl Onlooker for SandboxedAnonymiser {
    fn look(&mut self, finished: &[u8]) -> Result<Seen, AnonymiseError> {
        match self.ask(finished.len(), |to| send_look(to, finished))? {
            Answer::Seen(seen) => Ok(seen),
            other => Err(self.not_done(other)),
        }
    }
}

impl SandboxedAnonymiser {
    /// An answer that is not what was asked for: a refusal, or nonsense that ends the process.
    fn not_done(&mut self, answer: Answer) -> AnonymiseError {
        match answer {
            Answer::Refused(reason) => AnonymiseError::Refused(reason),
            Answer::Engine(why) => AnonymiseError::Engine(why),
            Answer::Cleaned(_)
            | Answer::Seen(_)
            | Answer::Ready { .. }
            | Answer::LoadFailed(_)
            | Answer::Probed(_) => {
                self.process = None;
                nonsense(&"another answer than to a photo")
            }
        }
    }
}

/// Whether it is of the format that it claims, and nothing is left in it that nobody asked to be left.
fn answers(cleaned: &Cleaned, wishes: &PhotoWishes) -> bool {
    let asked = wishes.leftovers != Leftovers::Refuse || cleaned.second_look.left.is_empty();
    asked && Media::of_first_bytes(&cleaned.bytes) == Some(cleaned.media)
}

/// Not the photo's fault for certain, but nothing that such a process says is used.
fn nonsense(what: &dyn std::fmt::Display) -> AnonymiseError {
    tracing::error!(%what, "a process for photos does not speak as agreed");
    AnonymiseError::Engine(format!("the process for photos does not speak as agreed: {what}"))
}

/// A cleaned photo came out of memory that also held its pixels several times. Bytes.
fn max_clean(sandbox: &SandboxSettings) -> u32 {
    u32::try_from(sandbox.memory_bytes / 4).unwrap_or(u32::MAX)
}

fn start(
    opening: &Opening,
    sandbox: &SandboxSettings,
) -> Result<(Process, Pipeline, LockDown), SandboxError> {
    let mut process = Process::start(&sandbox.program).map_err(SandboxError::Start)?;
    let answer = process.ask(|to| send_opening(to, opening), 0, START);
    let (mut pipeline, mut lock_down) = match answer.map_err(not_ready)? {
        Answer::Ready { pipeline, locked } => (pipeline, locked),
        Answer::LoadFailed(why) => return Err(SandboxError::Load(why)),
        _ => return Err(SandboxError::Protocol("another answer than to settings".into())),
    };
    lock_down.lacking.extend(probe(&mut process)?.breaches());
    pipeline.isolation = lock_down.isolation();
    let LockDown { lacking, .. } = &lock_down;
    if sandbox.required && !lacking.is_empty() {
        let lacking = lacking.clone();
        return Err(SandboxError::NotLocked { lacking });
    }
    tracing::debug!(
        sandbox = lock_down.text(),
        process = process.watch().id(),
        "a process for photos is ready"
    );
    Ok((process, pipeline, lock_down))
}

fn probe(process: &mut Process) -> Result<Probe, SandboxError> {
    match process.ask(send_probe, 0, START).map_err(not_ready)? {
        Answer::Probed(probe) => Ok(probe),
        _ => Err(SandboxError::Protocol("another answer than to a probe".into())),
    }
}

fn not_ready(unanswered: Unanswered) -> SandboxError {
    match unanswered {
        Unanswered::TooSlow => SandboxError::TooSlow,
        Unanswered::NotTaken(how) | Unanswered::Died(how) => SandboxError::Ended(how),
        Unanswered::Nonsense(error) => SandboxError::Protocol(error.to_string()),
    }
}
