//! What every adapter must do.

use std::io::{self, Read, Write};

use super::{Slot, Staging, StagingError, StagingKey};
use crate::domain::JobId;

const JOB: JobId = JobId([1; 16]);
const OTHER: JobId = JobId([2; 16]);

fn key(at: u8) -> StagingKey {
    StagingKey::from_bytes([at; 32])
}

/// Stages a file. `at` makes the prefix.
pub fn stage(staging: &dyn Staging, job: JobId, slot: Slot, at: u8, bytes: &[u8]) {
    let mut writer = staging.create(job, slot, &key(1), [at; 19]).unwrap();
    // Pieces that do not fit the chunks.
    for piece in bytes.chunks(10_007) {
        writer.write_all(piece).unwrap();
    }
    writer.finish().unwrap();
}

pub fn returns_what_was_staged(staging: &dyn Staging) {
    const CHUNK: usize = 64 * 1024;
    for (at, len) in (0_u8..).zip([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 200_000]) {
        let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        let slot = Slot::Raw(u32::from(at));
        stage(staging, JOB, slot, at, &bytes);
        assert_eq!(staging.read(JOB, slot, &key(1)).unwrap(), bytes, "{len} bytes");
    }
    staging.sync(JOB).unwrap();
}

pub fn keeps_jobs_and_slots_apart(staging: &dyn Staging) {
    stage(staging, JOB, Slot::Raw(0), 1, b"raw");
    stage(staging, JOB, Slot::Clean(0), 2, b"clean");
    stage(staging, OTHER, Slot::Raw(0), 3, b"other");
    assert_eq!(staging.read(JOB, Slot::Raw(0), &key(1)).unwrap(), b"raw");
    assert_eq!(staging.read(JOB, Slot::Clean(0), &key(1)).unwrap(), b"clean");
    assert_eq!(staging.read(OTHER, Slot::Raw(0), &key(1)).unwrap(), b"other");
}

pub fn replaces_a_file_that_is_staged_again(staging: &dyn Staging) {
    stage(staging, JOB, Slot::Clean(0), 1, b"a longer first try");
    stage(staging, JOB, Slot::Clean(0), 2, b"second");
    assert_eq!(staging.read(JOB, Slot::Clean(0), &key(1)).unwrap(), b"second");
}

pub fn refuses_a_missing_file(staging: &dyn Staging) {
    let missing = staging.read(JOB, Slot::Raw(0), &key(1));
    assert!(matches!(
        missing,
        Err(StagingError::Missing {
            job: JOB,
            slot: Slot::Raw(0)
        })
    ));
}

pub fn refuses_another_key(staging: &dyn Staging) {
    stage(staging, JOB, Slot::Raw(0), 1, b"raw");
    let refused = staging.read(JOB, Slot::Raw(0), &key(2));
    assert!(matches!(
        refused,
        Err(StagingError::Corrupt {
            job: JOB,
            slot: Slot::Raw(0)
        })
    ));
}

pub fn refuses_a_file_that_was_never_finished(staging: &dyn Staging) {
    let mut writer = staging.create(JOB, Slot::Raw(0), &key(1), [1; 19]).unwrap();
    writer.write_all(&[7; 200_000]).unwrap();
    drop(writer);
    assert!(staging.read(JOB, Slot::Raw(0), &key(1)).is_err());
}

pub fn destroys_one_job_whole(staging: &dyn Staging) {
    for slot in [Slot::Raw(0), Slot::Raw(1), Slot::Clean(0)] {
        stage(staging, JOB, slot, 1, b"x");
    }
    stage(staging, OTHER, Slot::Raw(0), 2, b"stays");
    assert_eq!(staging.jobs().unwrap(), [JOB, OTHER]);
    staging.discard(JOB, Slot::Raw(1)).unwrap();
    staging.discard(JOB, Slot::Raw(1)).unwrap();
    assert!(matches!(
        staging.read(JOB, Slot::Raw(1), &key(1)),
        Err(StagingError::Missing { .. })
    ));
    staging.destroy(JOB).unwrap();
    staging.destroy(JOB).unwrap();
    assert_eq!(staging.jobs().unwrap(), [OTHER]);
    assert!(matches!(
        staging.read(JOB, Slot::Raw(0), &key(1)),
        Err(StagingError::Missing { .. })
    ));
    assert_eq!(staging.read(OTHER, Slot::Raw(0), &key(1)).unwrap(), b"stays");
}

/// The cipher itself, over any medium: every altered byte, every cut and every swap is noticed.
pub fn notices_every_change(sealed: &[u8], open: impl Fn(&[u8]) -> io::Result<Box<dyn Read>>) {
    let whole = |bytes: &[u8]| {
        let mut plain = Vec::new();
        open(bytes)?.read_to_end(&mut plain).map(|_| plain)
    };
    assert!(whole(sealed).is_ok());
    for at in 0..sealed.len() {
        let mut altered = sealed.to_vec();
        altered[at] ^= 1;
        assert!(whole(&altered).is_err(), "byte {at} altered");
    }
    for len in 0..sealed.len() {
        assert!(whole(&sealed[..len]).is_err(), "cut to {len} bytes");
    }
}

/// The whole suite; `fresh` makes an empty store.
pub fn all<S: Staging>(fresh: impl Fn() -> S) {
    returns_what_was_staged(&fresh());
    keeps_jobs_and_slots_apart(&fresh());
    replaces_a_file_that_is_staged_again(&fresh());
    refuses_a_missing_file(&fresh());
    refuses_another_key(&fresh());
    refuses_a_file_that_was_never_finished(&fresh());
    destroys_one_job_whole(&fresh());
}
