#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_audit_fuzz::verdict;

fuzz_target!(|bytes: &[u8]| {
    verdict::check(bytes);
});
