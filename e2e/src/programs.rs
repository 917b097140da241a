use std::{
    env,
    net::TcpListener,
    path::PathBuf,
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

/// A port of this machine that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    listener
        .local_addr()
        .expect("a bound listener has an address")
        .port()
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
