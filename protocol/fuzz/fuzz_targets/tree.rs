#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol_fuzz::tree;

fuzz_target!(|bytes: &[u8]| {
    tree::check(bytes);
});
