//! What a photo process gives up, once it has loaded library and models and before it sees a photo.
//!
//! Each layer is tried as soon as it is set, and each refuses with an error number of its own: a layer that is in force
//! in name only counts as lacking. From outside in: Landlock (`EACCES`), resource limits (`EMFILE`), seccomp (`EPERM`).

use std::{collections::BTreeMap, fs, fs::File, io};

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope};
use nix::{
    errno::Errno,
    sys::{
        prctl,
        resource::{Resource, setrlimit},
        signal::{SigSet, Signal},
    },
    unistd,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use serde::{Deserialize, Serialize};

use super::probe::open_descriptors;
use crate::domain::Isolation;

/// Which layers are in force, in the order of their setting, and which are not and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockDown {
    pub reached: Vec<String>,
    pub lacking: Vec<String>,
}

impl LockDown {
    /// For logs, e.g. `process+landlock+rlimits+seccomp`.
    pub fn text(&self) -> String {
        self.isolation().text()
    }

    /// For reports, which do not say why something is missing.
    pub fn isolation(&self) -> Isolation {
        Isolation {
            layers: self.reached.clone(),
            complete: !self.reached.is_empty() && self.lacking.is_empty(),
        }
    }

    fn note(&mut self, name: &str, set: Result<(), String>) {
        match set {
            Ok(()) => self.reached.push(name.into()),
            Err(why) => self.lacking.push(format!("{name}: {why}")),
        }
    }
}

/// To be called before anything else: closes what was inherited by mistake, dies with the gateway, and leaves it to the
/// gateway to heed signals that a terminal or a supervisor sends to both. Threads inherit the last.
pub fn begin() -> io::Result<()> {
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    let heeded = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM];
    heeded.into_iter().collect::<SigSet>().thread_block()?;
    for number in open_descriptors()? {
        if let Ok(number @ 3..) = i32::try_from(number) {
            unistd::close(number)?;
        }
    }
    Ok(())
}

/// Locks this process in for good. `memory_bytes`: what it may use from now on, with what it uses already.
pub fn lock_down(memory_bytes: u64) -> LockDown {
    let mut locked = LockDown {
        reached: vec!["process".into()],
        lacking: Vec::new(),
    };
    // The other two need the first; it also keeps set-user-id programs from being any use.
    let quiet = prctl::set_no_new_privs().and_then(|()| prctl::set_dumpable(false));
    if let Err(error) = quiet {
        locked.lacking.push(format!("privileges: {}", error.desc()));
    }
    // Landlock would forbid the look.
    let mapped = mapped_bytes();
    locked.note("landlock", landlock());
    locked.note("rlimits", rlimits(memory_bytes, mapped));
    locked.note("seccomp", seccomp());
    locked
}

/// Opening a file has to fail with this.
fn refused_with(wanted: Errno) -> Result<(), String> {
    match File::open("/") {
        Err(error) if error.raw_os_error() == Some(wanted as i32) => Ok(()),
        Err(error) => Err(format!("opening a file fails, but with: {error}")),
        Ok(_) => Err("is set, and yet a file can be opened".into()),
    }
}

/// No file may be opened, nothing be bound or connected, nobody outside be signalled. Kernels before 6.12 do less of it
/// (no signals), before 6.7 nothing but files; 5.13 is the first.
fn landlock() -> Result<(), String> {
    let others = fs::read_dir("/proc/self/task").map_or(0, |tasks| tasks.count().saturating_sub(1));
    if others > 0 {
        return Err(format!(
            "{others} threads that run already would not be held by it"
        ));
    }
    let abi = ABI::V6;
    let everything = || -> Result<RulesetStatus, RulesetError> {
        let status = Ruleset::default()
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .scope(Scope::from_all(abi))?
            .create()?
            .restrict_self()?;
        Ok(status.ruleset)
    };
    match everything() {
        Ok(RulesetStatus::NotEnforced) => Err("this kernel has none".into()),
        Ok(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced) => refused_with(Errno::EACCES),
        Err(error) => Err(error.to_string()),
    }
}

/// Room in the address space for what is reserved and not used, such as the arenas of the C library.
const RESERVED: u64 = 1 << 30;

fn rlimits(memory_bytes: u64, mapped: Option<u64>) -> Result<(), String> {
    let mapped = mapped.ok_or("/proc/self/status does not tell what is mapped")?;
    let bounds = [
        (Resource::RLIMIT_DATA, memory_bytes),
        // Shared memory counts here alone.
        (
            Resource::RLIMIT_AS,
            mapped.saturating_add(memory_bytes).saturating_add(RESERVED),
        ),
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_NPROC, 0),
        (Resource::RLIMIT_MEMLOCK, 0),
        (Resource::RLIMIT_MSGQUEUE, 0),
        // Open ones stay; there will be no other.
        (Resource::RLIMIT_NOFILE, 0),
    ];
    for (resource, bound) in bounds {
        setrlimit(resource, bound, bound).map_err(|error| format!("{resource:?}: {}", error.desc()))?;
    }
    refused_with(Errno::EMFILE)
}

/// Size of the address space now: `VmSize` of proc(5), which is in KiB.
fn mapped_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
    let kib: u64 = size.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.saturating_mul(1024))
}

fn seccomp() -> Result<(), String> {
    let program = filter().map_err(|error| error.to_string())?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())?;
    refused_with(Errno::EPERM)
}

/// What is left when all is loaded: memory, the two pipes, clocks, chance, and ending. A list of what is allowed and not of
/// what is forbidden, because kernels get new calls; the rest fails with `EPERM` and kills nobody, because libraries try
/// things and go on without them.
fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let free = [
        libc::SYS_brk,
        libc::SYS_madvise,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_clock_gettime,
        libc::SYS_clock_getres,
        libc::SYS_clock_nanosleep,
        libc::SYS_nanosleep,
        libc::SYS_gettimeofday,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_futex,
        libc::SYS_getcpu,
        libc::SYS_getpid,
        libc::SYS_getppid,
        libc::SYS_getrandom,
        libc::SYS_gettid,
        libc::SYS_restart_syscall,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_sigaltstack,
        libc::SYS_sysinfo,
    ];
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        free.into_iter().map(|number| (number, Vec::new())).collect();
    let own = u64::from(std::process::id());
    let no_code = bits(2, libc::PROT_EXEC, 0)?;
    for (call, conditions) in [
        // The pipes, by number: whatever else might be open is of no use.
        (libc::SYS_read, vec![equals(0, 0)?]),
        (libc::SYS_write, vec![equals(0, 1)?]),
        (libc::SYS_writev, vec![equals(0, 1)?]),
        // Memory of nobody else's and no file's, and never code.
        (
            libc::SYS_mmap,
            vec![
                bits(3, libc::MAP_ANONYMOUS, libc::MAP_ANONYMOUS)?,
                no_code.clone(),
            ],
        ),
        (libc::SYS_mprotect, vec![no_code]),
        // abort() signals its own thread.
        (libc::SYS_tgkill, vec![equals(0, own)?]),
    ] {
        rules.insert(call, vec![SeccompRule::new(conditions)?]);
    }
    let architecture = std::env::consts::ARCH.try_into()?;
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, refuse, SeccompAction::Allow, architecture)?.try_into()
}

fn equals(argument: u8, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn bits(argument: u8, mask: i32, value: i32) -> Result<SeccompCondition, seccompiler::BackendError> {
    let is = SeccompCmpOp::MaskedEq(mask as u64);
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, value as u64)
}
