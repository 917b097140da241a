use std::{
    env,
    net::TcpListener,
    path::PathBuf,
    process::{self, Command},
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The path of one of our programs.
///
/// # Panics
/// When it has not been built, saying how to.
pub fn program(name: &str) -> PathBuf {
    let folder = env::var_os("VOUCHSAFE_BIN_DIR")
        .map(PathBuf::from)
        .unwrap_or_else(|| {
            // target/debug/deps/story-0123 lies one folder below the programs.
            let test = env::current_exe().expect("a running test has a path");
            test.ancestors()
                .nth(2)
                .expect("tests lie in target/<profile>/deps")
                .to_owned()
        });
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is missing: build it with `scripts/test build`",
        path.display()
    );
    path
}

/// The photos of the demonstration.
pub fn photos() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo.d/photos")
}

/// A port of this machine that was free a moment ago and that no other story of this process gets, so that stories may
/// be told at the same time.
pub fn free_port() -> u16 {
    // Below the ports that systems give to outgoing connections, any of which could take a port between two starts.
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Two test programs at the same time begin far apart, as a rule; binding tells the rest.
    let start = (process::id() % 120) as u16 * 100;
    (0..COUNT)
        .map(|_| FIRST + (start + TAKEN.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("some port is free")
}

/// Sends a signal to one of our programs.
pub(crate) fn signal(pid: u32, name: &str) {
    // `kill` of the shell: the program of that name is not everywhere.
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {pid}")])
        .status();
    assert!(sent.is_ok_and(|status| status.success()), "{name} reaches {pid}");
}

/// Prints the end of a program's log, for a story that fails.
pub(crate) fn last_words(whose: &str, log: &str) {
    let lines: Vec<&str> = log.lines().collect();
    let end = lines[lines.len().saturating_sub(30)..].join("\n");
    eprintln!("last words of {whose}:\n{end}");
}

/// Asks `question` every 100 ms until it answers.
///
/// # Panics
/// After `patience` without an answer, naming `what` was waited for.
pub fn wait_until<T>(what: &str, patience: Duration, mut question: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = question() {
            return answer;
        }
        assert!(
            start.elapsed() < patience,
            "waited {} s in vain for {what}",
            patience.as_secs()
        );
        thread::sleep(Duration::from_millis(100));
    }
}
