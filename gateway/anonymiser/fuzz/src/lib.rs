#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use std::sync::Once;

/// Seconds of processor time that one input may take. By the clock a busy machine alone makes it more.
const MOST_SECONDS: u64 = 5;

/// Runs `check`, and aborts when it took too long.
pub fn in_time(check: impl FnOnce() -> bool) {
    static CONTAINED: Once = Once::new();
    // libFuzzer's own hook aborts at once. A decoder's panic that `vouchsafe_anonymiser` takes for damage to the file is
    // no finding; any other one still ends the run where libFuzzer catches it.
    CONTAINED.call_once(|| std::panic::set_hook(Box::new(|panic| eprintln!("{panic}"))));
    let before = processor_time();
    check();
    let took = processor_time() - before;
    assert!(
        took < MOST_SECONDS * 1_000_000_000,
        "took {took} ns of processor time"
    );
}

/// Of this thread, in nanoseconds (`schedstat` of proc(5)).
fn processor_time() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    let first = told.split(' ').next().expect("a line has a first word");
    first.parse().expect("nanoseconds")
}
