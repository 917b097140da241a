#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol_fuzz::scale;

fuzz_target!(|bytes: &[u8]| {
    scale::check(bytes);
});
