#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol_fuzz::log;

fuzz_target!(|bytes: &[u8]| {
    log::check(bytes);
});
