#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol_fuzz::sidecar;

fuzz_target!(|bytes: &[u8]| {
    sidecar::check(bytes);
});
