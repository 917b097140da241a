//! Every adapter passes its port's suite; so does every twin.

mod house;

use std::{
    io::{Cursor, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use tempfile::TempDir;
use vouchsafe_gateway::{
    adapters::{DiskBlobs, DiskStaging, RedbJournal, SledCatalogue, SledLookalikes, SystemEntropy},
    domain::JobId,
    keys::{OpeningReader, SealingWriter},
    ports::{
        Catalogue, Lookalikes, Slot, StagingKey,
        blobs::{self, MemoryBlobs},
        catalogue::{self, MemoryCatalogue},
        chain,
        entropy::{self, CountingEntropy},
        journal::{self, MemoryJournal},
        lookalikes::{self, MemoryLookalikes},
        staging::{self, MemoryStaging},
    },
};
use vouchsafe_protocol::id::OfferId;

/// A new path in a folder that outlives the suite.
struct Paths(TempDir, AtomicU32);

impl Paths {
    fn new() -> Self {
        Self(TempDir::new().unwrap(), AtomicU32::new(0))
    }

    fn next(&self) -> PathBuf {
        self.0
            .path()
            .join(self.1.fetch_add(1, Ordering::SeqCst).to_string())
    }
}

#[test]
fn the_memory_journal_conforms() {
    journal::conformance::all(MemoryJournal::default, |journal| journal);
}

#[test]
fn the_redb_journal_conforms() {
    let paths = Paths::new();
    let fresh = || RedbJournal::open(&paths.next()).unwrap();
    journal::conformance::all(fresh, |journal| {
        drop(journal);
        let last = paths.1.load(Ordering::SeqCst) - 1;
        RedbJournal::open(&paths.0.path().join(last.to_string())).unwrap()
    });
}

#[test]
fn a_redb_journal_in_use_is_refused_to_others() {
    let paths = Paths::new();
    let path = paths.next();
    let _held = RedbJournal::open(&path).unwrap();
    assert!(RedbJournal::open(&path).is_err());
}

#[test]
fn the_memory_catalogue_conforms() {
    catalogue::conformance::all(MemoryCatalogue::default);
}

#[test]
fn the_sled_catalogue_conforms() {
    let paths = Paths::new();
    catalogue::conformance::all(|| SledCatalogue::open(&paths.next()).unwrap());
}

#[test]
fn a_sled_folder_that_cannot_be_read_is_made_anew() {
    let paths = Paths::new();
    let folder = paths.next();
    drop(SledCatalogue::open(&folder).unwrap());
    for name in ["conf", "db"] {
        std::fs::write(folder.join(name), b"not what sled wrote").unwrap();
    }
    let catalogue = SledCatalogue::open(&folder).unwrap();
    assert_eq!(catalogue.list(None).unwrap(), []);
}

#[test]
fn the_memory_lookalikes_conform() {
    lookalikes::conformance::all(|| MemoryLookalikes::with_room_for(lookalikes::conformance::ROOM));
}

#[test]
fn the_sled_lookalikes_conform() {
    let paths = Paths::new();
    let room = lookalikes::conformance::ROOM;
    lookalikes::conformance::all(|| SledLookalikes::open_with_room_for(&paths.next(), room).unwrap());
}

#[test]
fn what_photos_look_like_outlives_a_restart_and_a_folder_that_cannot_be_read_is_made_anew() {
    let paths = Paths::new();
    let folder = paths.next();
    let offer = OfferId([1; 32]);
    SledLookalikes::open(&folder).unwrap().enter(offer, &[]).unwrap();
    assert_eq!(SledLookalikes::open(&folder).unwrap().offers().unwrap(), [offer]);
    for name in ["conf", "db"] {
        std::fs::write(folder.join(name), b"not what sled wrote").unwrap();
    }
    assert_eq!(SledLookalikes::open(&folder).unwrap().offers().unwrap(), []);
}

#[test]
fn the_memory_blobs_conform() {
    blobs::conformance::all(MemoryBlobs::default);
}

#[test]
fn the_disk_blobs_conform() {
    let paths = Paths::new();
    blobs::conformance::all(|| DiskBlobs::open(paths.next()).unwrap());
}

#[test]
fn the_memory_staging_conforms() {
    staging::conformance::all(MemoryStaging::default);
}

#[test]
fn the_disk_staging_conforms() {
    let paths = Paths::new();
    staging::conformance::all(|| DiskStaging::open(paths.next()).unwrap());
}

#[test]
fn staged_bytes_are_on_disk_only_encrypted_and_only_for_the_owner() {
    let paths = Paths::new();
    let root = paths.next();
    let store = DiskStaging::open(&root).unwrap();
    let job = JobId([1; 16]);
    staging::conformance::stage(&store, job, Slot::Raw(0), 1, house::CANARY);
    let file = root.join(job.to_string()).join("r000000");
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(bytes.len(), 19 + house::CANARY.len() + 16);
    assert!(
        !bytes
            .windows(6)
            .any(|part| house::CANARY.windows(6).any(|raw| raw == part))
    );
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&file), mode(file.parent().unwrap()), mode(&root)),
        (0o600, 0o700, 0o700)
    );
}

#[test]
fn the_staging_cipher_notices_every_change() {
    let (key, job) = (StagingKey::from_bytes([1; 32]), JobId([1; 16]));
    let mut writer = SealingWriter::new(Vec::new(), &key, job, Slot::Raw(0), [3; 19]).unwrap();
    writer.write_all(b"a short file").unwrap();
    let sealed = writer.finish().unwrap();
    staging::conformance::notices_every_change(&sealed, |bytes| {
        let reader = OpeningReader::new(Cursor::new(bytes.to_vec()), &key, job, Slot::Raw(0))?;
        Ok(Box::new(reader))
    });
    for (job, slot) in [
        (JobId([2; 16]), Slot::Raw(0)),
        (job, Slot::Raw(1)),
        (job, Slot::Clean(0)),
    ] {
        let mut plain = Vec::new();
        let moved = OpeningReader::new(Cursor::new(sealed.clone()), &key, job, slot)
            .unwrap()
            .read_to_end(&mut plain);
        assert!(moved.is_err(), "moved to {job} {slot:?}");
    }
}

#[test]
fn whole_chunks_cannot_be_cut_off_or_swapped() {
    const SEALED_CHUNK: usize = 64 * 1024 + 16;
    let (key, job) = (StagingKey::from_bytes([1; 32]), JobId([1; 16]));
    let mut writer = SealingWriter::new(Vec::new(), &key, job, Slot::Raw(0), [3; 19]).unwrap();
    writer.write_all(&vec![7; 3 * 64 * 1024]).unwrap();
    let sealed = writer.finish().unwrap();
    assert_eq!(sealed.len(), 19 + 3 * SEALED_CHUNK);
    let read = |bytes: Vec<u8>| {
        let mut plain = Vec::new();
        OpeningReader::new(Cursor::new(bytes), &key, job, Slot::Raw(0))?.read_to_end(&mut plain)
    };
    assert_eq!(read(sealed.clone()).unwrap(), 3 * 64 * 1024);
    assert!(
        read(sealed[..19 + 2 * SEALED_CHUNK].to_vec()).is_err(),
        "the last chunk is missing"
    );
    let mut swapped = sealed.clone();
    swapped[19..19 + 2 * SEALED_CHUNK].rotate_left(SEALED_CHUNK);
    assert!(read(swapped).is_err(), "two chunks are swapped");
    assert!(
        read([sealed.as_slice(), &sealed[19..]].concat()).is_err(),
        "chunks are repeated"
    );
}

#[test]
fn the_entropies_conform() {
    entropy::conformance::never_gives_the_same_block_twice(&CountingEntropy::new(1));
    entropy::conformance::never_gives_the_same_block_twice(&SystemEntropy);
}

#[tokio::test]
async fn the_memory_chain_conforms() {
    let house = house::House::new();
    chain::conformance::a_gateway_lists_and_withdraws(&*house.chain, &house.keys).await;
}
