#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol_fuzz::layout;

fuzz_target!(|bytes: &[u8]| {
    layout::check(bytes);
});
