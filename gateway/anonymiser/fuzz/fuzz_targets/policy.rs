#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_anonymiser::fuzz;
use vouchsafe_anonymiser_fuzz::in_time;

fuzz_target!(|bytes: &[u8]| {
    in_time(|| fuzz::policy(bytes));
});
