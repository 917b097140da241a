#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol_fuzz::money;

fuzz_target!(|bytes: &[u8]| {
    money::check(bytes);
});
