//! Files that are whole or not there.

use crate::failure::Failure;
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

/// Writes a file in place of an earlier one of that name: first beside it, then under its name, so that after a crash one
/// of the two is whole.
///
/// # Errors
/// [`Failure::Disk`].
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut file = File::create(&partial).map_err(Failure::disk("creating", &partial))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // What is told is why it could not be written.
        let _ = fs::remove_file(&partial);
        return Err(Failure::disk("writing", &partial)(error));
    }
    fs::rename(&partial, path).map_err(Failure::disk("naming", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_takes_the_place_of_an_earlier_one_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.vsb");
        write(&path, b"first").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = write(Path::new("nowhere/at/all.vsb"), b"x").unwrap_err();
        assert!(matches!(error, Failure::Disk { .. }), "{error}");
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
}
