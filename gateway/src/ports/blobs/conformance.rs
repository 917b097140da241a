//! What every adapter must do.

use std::io::{self, Read, SeekFrom};

use vouchsafe_protocol::{hash::sha256, id::OfferId};

use super::{BlobKind, Blobs};

const OFFER: OfferId = OfferId([7; 32]);
const OTHER: OfferId = OfferId([8; 32]);

fn put(blobs: &dyn Blobs, offer: OfferId, kind: BlobKind, bytes: &[u8]) {
    let written = blobs.put(offer, kind, &mut |out| out.write_all(bytes)).unwrap();
    assert_eq!(
        (written.bytes, written.sha256),
        (bytes.len() as u64, sha256(bytes))
    );
}

pub fn returns_what_was_put(blobs: &dyn Blobs) {
    // empty, one byte, and around the size of a write buffer
    for len in [0, 1, 8_191, 8_192, 65_537] {
        let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        put(blobs, OFFER, BlobKind::Ciphertext, &bytes);
        assert_eq!(
            blobs.read(OFFER, BlobKind::Ciphertext).unwrap().as_deref(),
            Some(bytes.as_slice()),
            "{len} bytes"
        );
        assert_eq!(
            blobs.open(OFFER, BlobKind::Ciphertext).unwrap().unwrap().bytes,
            len as u64
        );
    }
}

pub fn reads_from_any_offset(blobs: &dyn Blobs) {
    put(blobs, OFFER, BlobKind::Sidecar, b"0123456789");
    let mut blob = blobs.open(OFFER, BlobKind::Sidecar).unwrap().unwrap();
    blob.reader.seek(SeekFrom::Start(4)).unwrap();
    let mut part = [0; 3];
    blob.reader.read_exact(&mut part).unwrap();
    assert_eq!(&part, b"456");
}

pub fn keeps_kinds_and_offers_apart(blobs: &dyn Blobs) {
    put(blobs, OFFER, BlobKind::Report, b"report");
    put(blobs, OFFER, BlobKind::Metadata, b"metadata");
    put(blobs, OTHER, BlobKind::Report, b"other");
    assert_eq!(
        blobs.read(OFFER, BlobKind::Report).unwrap().as_deref(),
        Some(b"report".as_slice())
    );
    assert_eq!(
        blobs.read(OFFER, BlobKind::Metadata).unwrap().as_deref(),
        Some(b"metadata".as_slice())
    );
    assert_eq!(
        blobs.read(OTHER, BlobKind::Report).unwrap().as_deref(),
        Some(b"other".as_slice())
    );
}

pub fn keeps_the_earlier_blob_when_writing_fails(blobs: &dyn Blobs) {
    put(blobs, OFFER, BlobKind::Metrics, b"earlier");
    let failed = blobs.put(OFFER, BlobKind::Metrics, &mut |out| {
        out.write_all(b"half")?;
        Err(io::Error::other("the source broke"))
    });
    assert!(failed.is_err());
    assert_eq!(
        blobs.read(OFFER, BlobKind::Metrics).unwrap().as_deref(),
        Some(b"earlier".as_slice())
    );
}

pub fn deletes_one_offer_whole(blobs: &dyn Blobs) {
    for kind in BlobKind::ALL {
        put(blobs, OFFER, kind, b"x");
    }
    put(blobs, OTHER, BlobKind::Report, b"stays");
    assert_eq!(blobs.offers().unwrap(), [OFFER, OTHER]);
    let mut open = blobs.open(OFFER, BlobKind::Ciphertext).unwrap().unwrap();
    blobs.delete(OFFER).unwrap();
    blobs.delete(OFFER).unwrap();
    for kind in BlobKind::ALL {
        assert!(
            blobs.open(OFFER, kind).unwrap().is_none(),
            "{} is gone",
            kind.name()
        );
    }
    assert!(blobs.open(OTHER, BlobKind::Report).unwrap().is_some());
    assert_eq!(blobs.offers().unwrap(), [OTHER]);
    let mut rest = Vec::new();
    open.reader.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"x", "a download that is under way ends well");
}

/// The whole suite; `fresh` makes an empty store.
pub fn all<B: Blobs>(fresh: impl Fn() -> B) {
    returns_what_was_put(&fresh());
    reads_from_any_offset(&fresh());
    keeps_kinds_and_offers_apart(&fresh());
    keeps_the_earlier_blob_when_writing_fails(&fresh());
    deletes_one_offer_whole(&fresh());
}
