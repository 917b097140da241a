#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol_fuzz::bundle;

fuzz_target!(|bytes: &[u8]| {
    bundle::check(bytes);
});
