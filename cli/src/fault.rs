//! Which chunk of a delivered content does not open to what its seller committed to.

use crate::{
    exhibits::{Exhibit, Exhibits, SCHEMA},
    failure::Failure,
    show::Show,
    verify::ContentFault,
};
use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read},
    path::Path,
};
use vouchsafe_protocol::{
    id::{Genesis, OfferId, OrderId},
    key::{ContentSecret, OpenError},
    sidecar::Sidecar,
};

/// A chunk that convicts its seller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadChunk {
    /// Its number, from 0.
    pub index: u32,
    /// Its bytes as they were published: those that the root commits to.
    pub ciphertext: Vec<u8>,
}

/// Opens chunk after chunk of `ciphertext` and returns the first that opens to something else than `sidecar` says;
/// `None` when every one is as promised. `progress` hears of each chunk's length.
///
/// # Errors
/// [`ContentFault::Chunk`], [`ContentFault::Length`] and [`ContentFault::Read`] for bytes that are not those that the
/// sidecar commits to: a damaged download, which proves nothing.
pub fn first_bad_chunk(
    mut ciphertext: impl Read,
    sidecar: &Sidecar,
    secret: &ContentSecret,
    mut progress: impl FnMut(u64),
) -> Result<Option<BadChunk>, ContentFault> {
    let layout = sidecar.layout();
    let (chunks, expected) = (layout.chunks(), layout.bytes());
    let (mut bytes, mut opened) = (Vec::new(), Vec::new());
    for (index, leaf) in (0..chunks).zip(sidecar.leaves()) {
        bytes.resize(leaf.len as usize, 0);
        ciphertext
            .read_exact(&mut bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => ContentFault::Length { expected },
                _ => ContentFault::Read(error),
            })?;
        opened.clone_from(&bytes);
        match secret.open(index, &mut opened, leaf) {
            Ok(()) => progress(u64::from(leaf.len)),
            Err(OpenError::Commitment) => {
                return Ok(Some(BadChunk {
                    index,
                    ciphertext: bytes,
                }));
            }
            Err(OpenError::Length { .. } | OpenError::Ciphertext) => {
                return Err(ContentFault::Chunk { index, chunks });
            }
        }
    }
    Ok(None)
}

/// A search through the content of an order, whose finding is kept in the home.
pub(crate) struct Search<'a> {
    pub show: Show,
    pub exhibits: &'a Exhibits,
    pub genesis: Genesis,
    pub offer: OfferId,
    pub order: OrderId,
}

impl Search<'_> {
    /// Looks for the first bad chunk in the file `ciphertext`, and keeps it with all that proves it.
    ///
    /// # Errors
    /// [`Failure::Unusable`] for a damaged download, [`Failure::Home`], [`Failure::Disk`].
    pub fn run(
        &self,
        sidecar: &Sidecar,
        ciphertext: &Path,
        secret: &ContentSecret,
    ) -> Result<Option<Exhibit>, Failure> {
        let file = File::open(ciphertext).map_err(Failure::disk("opening", ciphertext))?;
        let bar = self.show.bytes("opening", sidecar.layout().bytes());
        let reader = BufReader::with_capacity(1 << 20, file);
        let found = first_bad_chunk(reader, sidecar, secret, |bytes| bar.inc(bytes));
        bar.finish_and_clear();
        let found = found.map_err(|fault| Failure::Unusable {
            order: self.order,
            fault,
        })?;
        let Some(bad) = found else { return Ok(None) };
        let exhibit = Exhibit {
            schema: SCHEMA.to_owned(),
            genesis: self.genesis,
            offer: self.offer,
            order: self.order,
            chunk: bad.index,
            sidecar: sidecar.encode(),
            ciphertext: bad.ciphertext,
        };
        self.exhibits.keep(&exhibit)?;
        Ok(Some(exhibit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::{dataset, spoil};

    fn search(ciphertext: &[u8], sidecar: &[u8], secret: [u8; 32]) -> Result<Option<BadChunk>, ContentFault> {
        let sidecar = Sidecar::decode(sidecar).unwrap();
        first_bad_chunk(ciphertext, &sidecar, &ContentSecret::from_bytes(secret), |_| {})
    }

    #[test]
    fn an_honest_content_has_no_bad_chunk_whatever_its_lengths() {
        for files in [&[1][..], &[65_535, 65_536, 65_537], &[200_000, 1]] {
            let files: Vec<_> = files.iter().map(|&len| vec![7; len]).collect();
            let sold = dataset(&files);
            let found = search(&sold.ciphertext, &sold.sidecar, sold.secret).unwrap();
            assert_eq!(found, None);
        }
    }

    #[test]
    fn the_first_bad_chunk_is_found_wherever_it_is() {
        let honest = dataset(&[vec![7; 200_000], vec![8; 10]]);
        let chunks = honest.content.chunks;
        for index in 0..chunks {
            // Another one further on does not hide it.
            let sold = spoil(&spoil(&honest, chunks - 1), index);
            let found = search(&sold.ciphertext, &sold.sidecar, sold.secret)
                .unwrap()
                .unwrap();
            assert_eq!(found.index, index);
            let at = sold.ciphertext.windows(found.ciphertext.len());
            assert!(
                at.into_iter().any(|bytes| bytes == found.ciphertext),
                "as it was published"
            );
        }
    }

    #[test]
    fn a_damaged_download_is_no_bad_chunk() {
        let sold = spoil(&dataset(&[vec![7; 70_000]]), 2);
        let mut damaged = sold.ciphertext.clone();
        damaged[0] ^= 1;
        assert!(matches!(
            search(&damaged, &sold.sidecar, sold.secret),
            Err(ContentFault::Chunk { index: 0, .. })
        ));
        let short = &sold.ciphertext[..10];
        assert!(matches!(
            search(short, &sold.sidecar, sold.secret),
            Err(ContentFault::Length { .. })
        ));
    }
}
