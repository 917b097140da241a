//! One photo process as the gateway sees it: two pipes, a deadline, an end.

use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use super::wire::{Answer, WireError, receive_answer};
use crate::adapters::QUIET_RUNTIME;

/// All that a photo process finds in its environment.
pub const ENVIRONMENT: [(&str, &str); 2] = [
    (QUIET_RUNTIME, "1"),
    // glibc is to keep what a photo needed for the next one, up to 128 MiB, instead of giving it back and asking for it
    // again, page by page: of the time for photos of two megapixels that took 5 %. Other C libraries pass over it.
    (
        "GLIBC_TUNABLES",
        "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=134217728",
    ),
];

/// A running photo process. Dropped, it is killed and waited for.
#[derive(Debug)]
pub struct Process {
    to: ChildStdin,
    from: ChildStdout,
    watched: Arc<Watched>,
    watcher: Option<JoinHandle<()>>,
    id: u32,
    busy: Arc<AtomicBool>,
}

/// A photo process for whoever looks at it from outside.
#[derive(Clone, Debug)]
pub struct PhotoProcess {
    id: u32,
    busy: Arc<AtomicBool>,
}

impl PhotoProcess {
    /// Number of the process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// True from when it was given the whole of a photo until it has answered or died.
    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::SeqCst)
    }
}

/// Why a question got no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// It was dead, or died, before it had the whole question; how, in words.
    NotTaken(String),
    /// It was killed at its deadline.
    TooSlow,
    /// It ended before it had answered; how, in words.
    Died(String),
    /// It answered something else than was agreed, and was killed.
    Nonsense(WireError),
}

#[derive(Debug)]
struct Watched {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    child: Child,
    deadline: Option<Instant>,
    too_slow: bool,
    over: bool,
}

impl Process {
    /// Starts `program` with nothing in its environment but [`ENVIRONMENT`], in `/`, with two pipes and nothing else.
    pub fn start(program: &Path) -> io::Result<Self> {
        let (tell, told) = mpsc::channel();
        let program = program.to_owned();
        // A thread of its own and for all its life: the kernel sends the "parent died" signal when the *thread* ends that
        // started a process, and a worker's threads end with each batch of photos.
        let watcher = Builder::new().name("photo-process".into()).spawn(move || {
            let started = start(&program);
            let watched = started.as_ref().ok().map(|started| started.watched.clone());
            if tell.send(started).is_ok()
                && let Some(watched) = watched
            {
                watched.watch();
            }
        })?;
        let gone = |_| io::Error::other("the thread that starts processes panicked");
        let Started {
            to,
            from,
            watched,
            id,
        } = told.recv().map_err(gone)??;
        Ok(Self {
            to,
            from,
            watched,
            watcher: Some(watcher),
            id,
            busy: Arc::default(),
        })
    }

    pub fn watch(&self) -> PhotoProcess {
        PhotoProcess {
            id: self.id,
            busy: self.busy.clone(),
        }
    }

    /// False once it has ended by itself or by somebody's hand.
    pub fn is_alive(&self) -> bool {
        matches!(self.watched.state().child.try_wait(), Ok(None))
    }

    /// Sends a question and waits for the answer, `limit` for both. After any error the process is dead.
    ///
    /// `max_clean`: largest body of the answer, bytes.
    pub fn ask(
        &mut self,
        send: impl FnOnce(&mut ChildStdin) -> Result<(), WireError>,
        max_clean: u32,
        limit: Duration,
    ) -> Result<Answer, Unanswered> {
        self.watched.set_deadline(Instant::now().checked_add(limit));
        let sent = send(&mut self.to);
        let taken = sent.is_ok();
        self.busy.store(taken, Ordering::SeqCst);
        let answer = sent.and_then(|()| receive_answer(&mut self.from, max_clean));
        self.watched.set_deadline(None);
        let outcome = match answer {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let (status, too_slow) = self.end();
                Err(match error {
                    _ if too_slow => Unanswered::TooSlow,
                    _ if !taken => Unanswered::NotTaken(status),
                    WireError::CutOff | WireError::Io(_) => Unanswered::Died(status),
                    nonsense => Unanswered::Nonsense(nonsense),
                })
            }
        };
        self.busy.store(false, Ordering::SeqCst);
        outcome
    }

    /// Kills it if it lives, and waits. How it ended, and whether that was because of a deadline.
    fn end(&mut self) -> (String, bool) {
        let mut state = self.watched.state();
        state.over = true;
        // One that is dead already stays what it is, also in what it leaves as its status.
        let _ = state.child.kill();
        let status = state.child.wait();
        let too_slow = state.too_slow;
        drop(state);
        self.watched.changed.notify_all();
        if let Some(watcher) = self.watcher.take() {
            // It has nothing to say; a panic in it would have been seen as a poisoned lock.
            let _ = watcher.join();
        }
        let text = |status: ExitStatus| status.to_string();
        (status.map_or_else(|error| error.to_string(), text), too_slow)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

impl Watched {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_deadline(&self, deadline: Option<Instant>) {
        self.state().deadline = deadline;
        self.changed.notify_all();
    }

    /// Until it is over: kills at the deadline. The pipes end with the process, and whoever waits at them wakes.
    fn watch(&self) {
        let mut state = self.state();
        while !state.over {
            let Some(deadline) = state.deadline else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.too_slow = true;
                state.deadline = None;
                let _ = state.child.kill();
                continue;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

struct Started {
    to: ChildStdin,
    from: ChildStdout,
    watched: Arc<Watched>,
    id: u32,
}

fn start(program: &Path) -> io::Result<Started> {
    let mut child = Command::new(program)
        .arg("anonymise-worker")
        .env_clear()
        .envs(ENVIRONMENT)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // A library that complains might quote what it reads.
        .stderr(Stdio::null())
        // Ctrl-C at a terminal goes to the gateway alone, which lets the photo under way be finished.
        .process_group(0)
        .spawn()?;
    let pipe = || io::Error::other("a pipe is missing");
    Ok(Started {
        to: child.stdin.take().ok_or_else(pipe)?,
        from: child.stdout.take().ok_or_else(pipe)?,
        id: child.id(),
        watched: Arc::new(Watched {
            state: Mutex::new(State {
                child,
                deadline: None,
                too_slow: false,
                over: false,
            }),
            changed: Condvar::new(),
        }),
    })
}
