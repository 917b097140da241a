//! Opening items as a buyer: with the key that was bought and the files that were unpacked, and nobody's help.

use crate::{
    failure::Failure,
    purchase::{Attempt, BLIND_SEED, MAX_ATTEMPTS},
    receipts::{Receipt, Receipts},
};
use serde_json::json;
use std::fs;
use vouchsafe_chain_client::Signer;
use vouchsafe_protocol::{
    bundle::{Contents, Opening},
    chunk::{CHUNK_LEN, Layout},
    id::{Genesis, OfferId, RecordId},
    key::ContentSecret,
    record::Content,
    sidecar::Sidecar,
};

/// Revisions of an offer that are looked through for the buyer's order, the latest first.
const REVISIONS: u32 = 64;

/// What was sold, as the chain has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sold {
    pub genesis: Genesis,
    pub record: RecordId,
    pub offer: OfferId,
    /// Of the offer, now.
    pub version: u32,
    pub content: Content,
}

/// Opens the files of these names, and the list of all files.
pub(crate) fn openings(
    signer: &Signer,
    receipts: &Receipts,
    sold: &Sold,
    names: &[String],
) -> Result<(Contents, Vec<Opening>), Failure> {
    let (receipt, secret) = bought(signer, receipts, sold)?.ok_or(Failure::NotBought(sold.record))?;
    let items = items_of(&receipt, names, sold.record)?;
    let files = read(&receipt)?;
    open(&secret, &sold.content, &receipt, &files, &items)
        .ok_or_else(|| Failure::NotAsBought(receipt.folder.unwrap_or_default()))
}

/// All files that this key bought, in item order, after everything was sealed anew to see that they are the content on chain.
pub(crate) fn files(
    signer: &Signer,
    receipts: &Receipts,
    sold: &Sold,
) -> Result<(Receipt, Vec<Vec<u8>>), Failure> {
    let (receipt, secret) = bought(signer, receipts, sold)?.ok_or(Failure::NotBought(sold.record))?;
    let files = read(&receipt)?;
    match open(&secret, &sold.content, &receipt, &files, &[]) {
        Some(_) => Ok((receipt, files)),
        None => Err(Failure::NotAsBought(receipt.folder.unwrap_or_default())),
    }
}

/// The delivered order of this key, and what opens its content.
fn bought(
    signer: &Signer,
    receipts: &Receipts,
    sold: &Sold,
) -> Result<Option<(Receipt, ContentSecret)>, Failure> {
    let (seed, buyer) = (signer.subkey(BLIND_SEED), signer.account());
    for version in (0..=sold.version).rev().take(REVISIONS as usize) {
        for number in 0..MAX_ATTEMPTS {
            let attempt = Attempt::derive(&seed, &sold.genesis, &sold.offer, version, &buyer, number);
            let Some(receipt) = receipts.read(&attempt.order)? else {
                continue;
            };
            let Some(evaluated) = receipt.evaluated() else {
                continue;
            };
            let secret = attempt.blind.unblind(&evaluated);
            let secret = secret.map_err(|error| Failure::BadDelivery(error.to_string()))?;
            return Ok(Some((receipt, secret)));
        }
    }
    Ok(None)
}

/// The items of these names, rising.
fn items_of(receipt: &Receipt, names: &[String], record: RecordId) -> Result<Vec<u32>, Failure> {
    let mut items = Vec::new();
    for name in names {
        let item = (1u32..)
            .zip(&receipt.files)
            .find(|(_, file)| file.name == *name)
            .map(|(item, _)| item);
        items.push(item.ok_or_else(|| Failure::NoItem {
            record,
            name: name.clone(),
        })?);
    }
    items.sort_unstable();
    items.dedup();
    Ok(items)
}

fn read(receipt: &Receipt) -> Result<Vec<Vec<u8>>, Failure> {
    let folder = receipt.folder.clone().unwrap_or_default();
    let one = |name: &String| {
        let path = folder.join(name);
        fs::read(&path).map_err(Failure::disk("reading", path))
    };
    receipt.files.iter().map(|file| one(&file.name)).collect()
}

/// Seals everything anew as the gateway did, which gives the same leaves; `None` if it does not give `content`.
fn open(
    secret: &ContentSecret,
    content: &Content,
    receipt: &Receipt,
    files: &[Vec<u8>],
    items: &[u32],
) -> Option<(Contents, Vec<Opening>)> {
    let document = document(receipt)?;
    let all: Vec<&[u8]> = core::iter::once(document.as_slice())
        .chain(files.iter().map(Vec::as_slice))
        .collect();
    let lengths: Vec<u64> = all.iter().map(|item| item.len() as u64).collect();
    let mut leaves = Vec::new();
    let chunks = all.iter().flat_map(|item| item.chunks(CHUNK_LEN as usize));
    for (index, chunk) in (0u32..).zip(chunks) {
        leaves.push(secret.seal(index, &mut chunk.to_vec()));
    }
    let sidecar = Sidecar::new(Layout::new(&lengths).ok()?, leaves).ok()?;
    if sidecar.root() != content.root {
        return None;
    }
    let opening = Opening::build(secret, &sidecar, 0)?;
    let openings = items.iter().map(|item| Opening::build(secret, &sidecar, *item));
    let contents = Contents {
        document: document.try_into().ok()?,
        opening,
    };
    Some((contents, openings.collect::<Option<_>>()?))
}

/// The contents document, whose bytes follow from what it says (RFC 8785).
fn document(receipt: &Receipt) -> Option<Vec<u8>> {
    let items: Vec<_> = receipt
        .files
        .iter()
        .map(|file| {
            let sha256 = file.sha256.to_string();
            json!({
                "bytes": file.bytes, "media_type": file.media_type, "name": file.name,
                "sha256": sha256.trim_start_matches("0x"),
            })
        })
        .collect();
    let document = json!({"items": items, "schema": vouchsafe_audit::contents::SCHEMA});
    serde_json_canonicalizer::to_vec(&document).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{receipts::SCHEMA, sealed::dataset};
    use vouchsafe_audit::contents::File;
    use vouchsafe_protocol::{
        hash::sha256,
        id::{Digest, OrderId},
    };

    fn receipt(files: &[Vec<u8>]) -> Receipt {
        let file = |(number, bytes): (u32, &Vec<u8>)| File {
            name: format!("{number:06}.bin"),
            bytes: bytes.len() as u64,
            media_type: "x/y".to_owned(),
            sha256: sha256(bytes),
        };
        Receipt {
            schema: SCHEMA.to_owned(),
            genesis: Genesis([1; 32]),
            offer: OfferId([2; 32]),
            order: OrderId([3; 32]),
            price: "1".to_owned(),
            delivered: Some(Digest([4; 32])),
            folder: None,
            files: (1..).zip(files).map(file).collect(),
        }
    }

    #[test]
    fn a_buyer_opens_what_was_bought_without_the_gateway() {
        let files = vec![b"first".to_vec(), vec![3; 70_000]];
        let sold = dataset(&files);
        let secret = ContentSecret::from_bytes(sold.secret);
        let receipt = receipt(&files);
        let items = items_of(&receipt, &["000002.bin".to_owned()], RecordId([5; 32])).unwrap();
        let (contents, openings) = open(&secret, &sold.content, &receipt, &files, &items).unwrap();
        let sidecar = Sidecar::decode(&sold.sidecar).unwrap();
        let layout = sidecar.layout();
        contents
            .opening
            .verify(&sold.content, layout, &contents.document)
            .unwrap();
        let [opening] = openings.as_slice() else {
            panic!("{openings:?}")
        };
        assert_eq!(opening.item, 2);
        opening.verify(&sold.content, layout, &files[1]).unwrap();
    }

    #[test]
    fn files_that_are_not_as_they_were_bought_open_nothing() {
        let mut files = vec![b"first".to_vec()];
        let sold = dataset(&files);
        let secret = ContentSecret::from_bytes(sold.secret);
        let receipt = receipt(&files);
        files[0][0] ^= 1;
        assert!(open(&secret, &sold.content, &receipt, &files, &[1]).is_none());
    }

    #[test]
    fn a_name_that_is_not_in_the_dataset_is_named() {
        let names = ["nobody.jpg".to_owned()];
        let failure = items_of(&receipt(&[b"a".to_vec()]), &names, RecordId([5; 32])).unwrap_err();
        assert!(failure.to_string().contains("nobody.jpg"), "{failure}");
        assert_eq!(failure.exit_status(), 10);
    }
}
