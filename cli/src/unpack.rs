//! From ciphertext and content secret to the bought files.

use crate::{failure::Failure, verify::RunningHash};
use std::{
    fs,
    io::{BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};
use vouchsafe_audit::contents::{self, ContentsError, File};
use vouchsafe_protocol::{
    id::{Digest, OrderId},
    key::ContentSecret,
    sidecar::Sidecar,
};

/// What was unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// Files, those that were there already included.
    pub files: Vec<File>,
    /// Bytes of all files.
    pub bytes: u64,
}

/// A purchase that can be opened.
pub struct Parcel<'a> {
    /// Named in failures.
    pub order: OrderId,
    /// The downloaded and checked ciphertext.
    pub ciphertext: &'a Path,
    /// Its checked sidecar.
    pub sidecar: &'a Sidecar,
    /// What was delivered.
    pub secret: &'a ContentSecret,
}

impl Parcel<'_> {
    /// Decrypts into the folder `out`; every chunk is checked against what the seller committed to, every file against
    /// the contents document. A file appears under its name only whole; one that is there already and right is kept,
    /// so that an interrupted unpacking goes on.
    ///
    /// # Errors
    /// [`Failure::DoesNotOpen`], [`Failure::Contents`], [`Failure::FileHash`], [`Failure::InTheWay`] for another file
    /// of the same name, [`Failure::Disk`].
    pub fn unpack(
        &self,
        out: &Path,
        scratch: &Path,
        mut progress: impl FnMut(u64),
    ) -> Result<Unpacked, Failure> {
        let mut source =
            fs::File::open(self.ciphertext).map_err(Failure::disk("opening", self.ciphertext))?;
        let layout = self.sidecar.layout();
        let length = layout.item_lengths().next().unwrap_or_default();
        if length > contents::MAX_BYTES {
            return Err(ContentsError::TooLong(length).into());
        }
        let mut document = Vec::new();
        self.item(&mut source, 0, |piece| {
            document.extend_from_slice(piece);
            progress(piece.len() as u64);
            Ok(())
        })?;
        let files = contents::read(&document, layout)?;
        fs::create_dir_all(out).map_err(Failure::disk("creating", out))?;
        for (item, file) in (1..).zip(&files) {
            self.file(&mut source, item, file, out, scratch, &mut progress)?;
        }
        let bytes = files.iter().map(|file| file.bytes).sum();
        Ok(Unpacked { files, bytes })
    }

    fn file(
        &self,
        source: &mut fs::File,
        item: u32,
        file: &File,
        out: &Path,
        scratch: &Path,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), Failure> {
        let target = out.join(&file.name);
        match hash_of(&target)? {
            Some(found) if found == file.sha256 => {
                progress(file.bytes);
                return Ok(());
            }
            Some(_) => return Err(Failure::InTheWay(target)),
            None => {}
        }
        let partial = scratch.join("unpacking");
        let created = fs::File::create(&partial).map_err(Failure::disk("creating", &partial))?;
        let mut writer = BufWriter::new(created);
        let mut hash = RunningHash::default();
        self.item(source, item, |piece| {
            hash.update(piece);
            progress(piece.len() as u64);
            writer
                .write_all(piece)
                .map_err(Failure::disk("writing", &partial))
        })?;
        if hash.finish() != file.sha256 {
            return Err(Failure::FileHash {
                name: file.name.clone(),
            });
        }
        let written = writer.into_inner().map_err(|error| error.into_error());
        let written = written.and_then(|written| written.sync_all());
        written.map_err(Failure::disk("writing", &partial))?;
        fs::rename(&partial, &target).map_err(Failure::disk("naming", target))
    }

    /// Decrypts one item, chunk by chunk.
    fn item(
        &self,
        source: &mut fs::File,
        item: u32,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let layout = self.sidecar.layout();
        let mut buffer = Vec::new();
        for index in layout.item(item).unwrap_or_default() {
            let (Some(place), Some(leaf)) = (layout.chunk(index), self.sidecar.leaves().get(index as usize))
            else {
                continue;
            };
            buffer.resize(place.len as usize, 0);
            let read = source
                .seek(SeekFrom::Start(place.offset))
                .and_then(|_| source.read_exact(&mut buffer));
            read.map_err(Failure::disk("reading", self.ciphertext))?;
            self.secret
                .open(index, &mut buffer, leaf)
                .map_err(|error| Failure::DoesNotOpen {
                    order: self.order,
                    chunk: index,
                    reason: error.to_string(),
                    advice: "Run the same command again".to_owned(),
                })?;
            take(&buffer)?;
        }
        Ok(())
    }
}

/// The hash of what lies at `path`, if anything does.
///
/// # Errors
/// [`Failure::InTheWay`] for what is no file, [`Failure::Disk`].
pub(crate) fn hash_of(path: &Path) -> Result<Option<Digest>, Failure> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::disk("looking at", path)(error)),
        // A link or a folder is never what was bought; writing through a link could end anywhere.
        Ok(found) if !found.is_file() => return Err(Failure::InTheWay(path.to_owned())),
        Ok(_) => {}
    }
    let mut file = fs::File::open(path).map_err(Failure::disk("opening", path))?;
    let (mut hash, mut buffer) = (RunningHash::default(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(Failure::disk("reading", path))? {
            0 => return Ok(Some(hash.finish())),
            read => hash.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::{Dataset, dataset, seal};
    use std::path::PathBuf;

    struct Bench {
        folder: tempfile::TempDir,
        sidecar: Sidecar,
        secret: ContentSecret,
    }

    impl Bench {
        fn new(dataset: &Dataset) -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("ciphertext"), &dataset.ciphertext).unwrap();
            let sidecar = Sidecar::decode(&dataset.sidecar).unwrap();
            Self {
                folder,
                sidecar,
                secret: ContentSecret::from_bytes(dataset.secret),
            }
        }

        fn out(&self) -> PathBuf {
            self.folder.path().join("out")
        }

        fn unpack(&self) -> Result<Unpacked, Failure> {
            let ciphertext = self.folder.path().join("ciphertext");
            let parcel = Parcel {
                order: OrderId([1; 32]),
                ciphertext: &ciphertext,
                sidecar: &self.sidecar,
                secret: &self.secret,
            };
            parcel.unpack(&self.out(), self.folder.path(), |_| {})
        }
    }

    #[test]
    fn the_files_are_exactly_those_that_were_sealed() {
        // One byte, one below, at and above a chunk, and several chunks.
        let files: Vec<Vec<u8>> = [1, 65_535, 65_536, 65_537, 200_000]
            .map(|len| vec![0xA5; len])
            .into();
        let bench = Bench::new(&dataset(&files));
        let unpacked = bench.unpack().unwrap();
        assert_eq!(
            unpacked.bytes,
            files.iter().map(|file| file.len() as u64).sum::<u64>()
        );
        for (listed, sealed) in unpacked.files.iter().zip(&files) {
            assert_eq!(
                &fs::read(bench.out().join(&listed.name)).unwrap(),
                sealed,
                "{}",
                listed.name
            );
        }
        assert_eq!(fs::read_dir(bench.out()).unwrap().count(), files.len());
    }

    #[test]
    fn unpacking_again_keeps_what_is_right_and_fills_what_is_missing() {
        let bench = Bench::new(&dataset(&[vec![1; 10], vec![2; 20]]));
        bench.unpack().unwrap();
        fs::remove_file(bench.out().join("000002.bin")).unwrap();
        bench.unpack().unwrap();
        assert_eq!(fs::read(bench.out().join("000002.bin")).unwrap(), vec![2; 20]);
    }

    #[test]
    fn another_file_of_the_same_name_is_left_alone() {
        let bench = Bench::new(&dataset(&[vec![1; 10]]));
        fs::create_dir_all(bench.out()).unwrap();
        fs::write(bench.out().join("000001.bin"), "mine").unwrap();
        assert!(matches!(bench.unpack(), Err(Failure::InTheWay(_))));
        assert_eq!(fs::read(bench.out().join("000001.bin")).unwrap(), b"mine");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_of_the_same_name_is_not_written_through() {
        let bench = Bench::new(&dataset(&[vec![1; 10]]));
        let elsewhere = bench.folder.path().join("elsewhere");
        fs::write(&elsewhere, "mine").unwrap();
        fs::create_dir_all(bench.out()).unwrap();
        std::os::unix::fs::symlink(&elsewhere, bench.out().join("000001.bin")).unwrap();
        assert!(matches!(bench.unpack(), Err(Failure::InTheWay(_))));
        assert_eq!(fs::read(elsewhere).unwrap(), b"mine");
    }

    #[test]
    fn another_secret_opens_nothing_and_names_the_chunk() {
        let mut bench = Bench::new(&dataset(&[vec![1; 10]]));
        bench.secret = ContentSecret::from_bytes([1; 32]);
        let failure = bench.unpack().unwrap_err();
        assert!(
            matches!(failure, Failure::DoesNotOpen { chunk: 0, .. }),
            "{failure}"
        );
        assert!(!bench.out().exists());
    }

    #[test]
    fn a_file_that_is_not_the_one_listed_is_refused() {
        let listed = dataset(&[vec![1; 10]]);
        let opened = ContentSecret::from_bytes(listed.secret);
        let sidecar = Sidecar::decode(&listed.sidecar).unwrap();
        let mut contents =
            listed.ciphertext[..sidecar.layout().item_lengths().next().unwrap() as usize].to_vec();
        opened.open(0, &mut contents, &sidecar.leaves()[0]).unwrap();
        // The same contents document, sealed over another file of the same length.
        let bench = Bench::new(&seal(&[contents, vec![2; 10]]));
        let failure = bench.unpack().unwrap_err();
        assert!(
            matches!(failure, Failure::FileHash { ref name } if name == "000001.bin"),
            "{failure}"
        );
        assert!(!bench.out().join("000001.bin").exists());
    }

    #[test]
    fn a_contents_document_that_is_none_is_refused() {
        let bench = Bench::new(&seal(&[b"hello".to_vec(), vec![1; 10]]));
        assert!(matches!(bench.unpack(), Err(Failure::Contents(_))));
    }
}
