//! For tests: a dataset sealed as a gateway seals it.

use vouchsafe_audit::contents::SCHEMA;
use vouchsafe_protocol::{
    chunk::Layout, hash::sha256, key::ContentSecret, record::Content, sidecar::Sidecar,
};

pub struct Dataset {
    pub ciphertext: Vec<u8>,
    pub sidecar: Vec<u8>,
    pub content: Content,
    pub secret: [u8; 32],
}

/// Seals the files `000001.bin`, …, with their contents document as item 0.
pub fn dataset(files: &[Vec<u8>]) -> Dataset {
    let entries: Vec<String> = (1..)
        .zip(files)
        .map(|(number, file)| {
            let sha256 = &sha256(file).to_string()[2..];
            let bytes = file.len();
            format!(r#"{{"bytes":{bytes},"media_type":"x/y","name":"{number:06}.bin","sha256":"{sha256}"}}"#)
        })
        .collect();
    let contents = format!(r#"{{"items":[{}],"schema":"{SCHEMA}"}}"#, entries.join(","));
    seal(&[&[contents.into_bytes()][..], files].concat())
}

/// Seals items as they are, item 0 included.
pub fn seal(items: &[Vec<u8>]) -> Dataset {
    let secret = [9; 32];
    let key = ContentSecret::from_bytes(secret);
    let layout = Layout::new(&items.iter().map(|item| item.len() as u64).collect::<Vec<_>>()).unwrap();
    let mut ciphertext = items.concat();
    let leaves = (0..layout.chunks())
        .map(|index| {
            let place = layout.chunk(index).unwrap();
            let start = usize::try_from(place.offset).unwrap();
            key.seal(index, &mut ciphertext[start..start + place.len as usize])
        })
        .collect();
    let content_of = |sidecar: &Sidecar| Content {
        root: sidecar.root(),
        chunks: sidecar.layout().chunks(),
        bytes: sidecar.layout().bytes(),
    };
    let sidecar = Sidecar::new(layout, leaves).unwrap();
    Dataset {
        content: content_of(&sidecar),
        sidecar: sidecar.encode(),
        ciphertext,
        secret,
    }
}

/// The same content, but its seller committed to another plaintext of chunk `index`.
pub fn spoil(honest: &Dataset, index: u32) -> Dataset {
    let sidecar = Sidecar::decode(&honest.sidecar).unwrap();
    let mut leaves = sidecar.leaves().to_vec();
    leaves[index as usize].commitment = sha256(b"something else");
    let sidecar = Sidecar::new(sidecar.layout().clone(), leaves).unwrap();
    Dataset {
        content: Content {
            root: sidecar.root(),
            ..honest.content
        },
        sidecar: sidecar.encode(),
        ciphertext: honest.ciphertext.clone(),
        secret: honest.secret,
    }
}
