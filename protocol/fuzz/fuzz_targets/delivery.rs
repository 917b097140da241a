#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol_fuzz::delivery;

fuzz_target!(|bytes: &[u8]| {
    delivery::check(bytes);
});
