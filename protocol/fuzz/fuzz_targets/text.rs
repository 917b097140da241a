#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol_fuzz::text;

fuzz_target!(|bytes: &[u8]| {
    text::check(bytes);
});
