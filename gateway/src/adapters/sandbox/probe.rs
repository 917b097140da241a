//! Trying what must not work: proof of the lock-down, from inside.

use std::{
    collections::BTreeMap,
    ffi::{CStr, OsStr},
    fs::{self, File},
    io,
    net::UdpSocket,
    os::unix::{ffi::OsStrExt, net::UnixStream},
    process::{Command, Stdio},
};

use nix::{
    sys::signal,
    unistd::{execv, getppid},
};
use serde::{Deserialize, Serialize};

use super::process::ENVIRONMENT;

/// Something that every system has and everybody may read or run.
const FILE: &str = "/proc/self/exe";
const PROGRAM: &CStr = c"/bin/true";

/// What a photo process can reach, by its own trying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// What was tried, and the number of the error it met; 0 where it worked, -1 where the error has no number.
    pub attempts: BTreeMap<String, i32>,
    /// Variables in its environment besides [`ENVIRONMENT`].
    pub variables: usize,
    /// The file descriptors that it had when it locked itself in.
    pub descriptors: Vec<u32>,
}

impl Probe {
    /// Tries everything. `memory_bytes`: the limit that was set. `descriptors`: [`open_descriptors`] of before.
    pub fn run(memory_bytes: u64, descriptors: Vec<u32>) -> Self {
        let mut attempts = BTreeMap::new();
        let mut tried = |what: &str, outcome: io::Result<()>| {
            let number = outcome.map_or_else(|error| error.raw_os_error().unwrap_or(-1), |()| 0);
            attempts.insert(what.to_owned(), number);
            number != 0
        };
        let no_files = tried("open a file", File::open(FILE).map(drop));
        tried("list a folder", fs::read_dir("/").map(drop));
        tried(
            "open a network socket",
            UdpSocket::bind(("127.0.0.1", 0)).map(drop),
        );
        tried("open a local socket", UnixStream::pair().map(drop));
        tried("start a thread", start_thread());
        let no_processes = tried("start a process", start_process());
        // A program that could really be run would take this one's place and end it.
        if no_files && no_processes {
            tried("run another program", run_program());
        }
        tried(
            "signal the gateway",
            signal::kill(getppid(), None).map_err(io::Error::from),
        );
        tried("use more memory than allowed", use_memory(memory_bytes));
        Self {
            attempts,
            variables: std::env::vars_os()
                .filter(|(name, _)| !ENVIRONMENT.iter().any(|(given, _)| name == given))
                .count(),
            descriptors,
        }
    }

    /// What worked though it must not, in words; empty when everything holds.
    pub fn breaches(&self) -> Vec<String> {
        let mut breaches: Vec<String> = self
            .attempts
            .iter()
            .filter(|(_, number)| **number == 0)
            .map(|(what, _)| format!("it could {what}"))
            .collect();
        if self.variables != 0 {
            breaches.push(format!("it has {} environment variables", self.variables));
        }
        if self.descriptors.iter().any(|number| *number > 2) {
            breaches.push(format!("it has the file descriptors {:?}", self.descriptors));
        }
        breaches
    }
}

fn start_thread() -> io::Result<()> {
    let thread = std::thread::Builder::new().spawn(|| {})?;
    thread.join().map_err(|_| io::Error::other("it panicked"))
}

/// Standard input and output are the pipes to the gateway: the program that is tried must use neither.
fn start_process() -> io::Result<()> {
    Command::new(OsStr::from_bytes(PROGRAM.to_bytes()))
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit())
        .status()
        .map(drop)
}

fn run_program() -> io::Result<()> {
    match execv(PROGRAM, &[PROGRAM]) {
        Ok(never) => match never {},
        Err(error) => Err(error.into()),
    }
}

fn use_memory(limit: u64) -> io::Result<()> {
    let too_much = usize::try_from(limit).unwrap_or(usize::MAX / 2);
    let mut bytes = Vec::<u8>::new();
    bytes
        .try_reserve_exact(too_much)
        .map_err(|_| io::Error::from_raw_os_error(libc::ENOMEM))
}

/// Numbers of this process's open file descriptors, without the one that the looking takes.
pub fn open_descriptors() -> io::Result<Vec<u32>> {
    let listed: Vec<u32> = fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    // The folder itself was open while it was read and is closed by now.
    let mut open: Vec<u32> = listed
        .into_iter()
        .filter(|number| fs::read_link(format!("/proc/self/fd/{number}")).is_ok())
        .collect();
    open.sort_unstable();
    Ok(open)
}
