#![no_main]

use libfuzzer_sys::fuzz_target;
use vouchsafe_protocol::id::Digest;
use vouchsafe_protocol_fuzz::dispute;

fuzz_target!(|bytes: &[u8]| {
    dispute::check(bytes, |message| Digest(sp_crypto_hashing::sha2_256(message)));
});
