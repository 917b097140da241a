use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::ports::Entropy;

/// Why there is no seed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    #[error("the seed file {path} may be read by others (mode {mode:03o}); run: chmod 600 {path}", path = .path.display())]
    Open { path: PathBuf, mode: u32 },
    #[error("the seed file {path} holds no seed: 64 hexadecimal digits are expected. Restore it from your backup", path = .path.display())]
    Malformed { path: PathBuf },
    #[error("the seed file {path} cannot be read or created: {cause}", path = .path.display())]
    Io { path: PathBuf, cause: io::Error },
}

/// Reads the seed file, or creates it with fresh randomness and mode 0600.
///
/// Returns the seed, and whether it is new: then the caller reminds the operator to back it up.
pub fn open_or_create_seed(
    path: &Path,
    entropy: &dyn Entropy,
) -> Result<(Zeroizing<[u8; 32]>, bool), SeedError> {
    match open_seed(path)? {
        Some(seed) => Ok((seed, false)),
        None => create(path, entropy),
    }
}

/// Reads the seed file; `None` when there is none. Creates nothing.
pub fn open_seed(path: &Path) -> Result<Option<Zeroizing<[u8; 32]>>, SeedError> {
    match File::open(path) {
        Ok(file) => read(path, file).map(Some),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(SeedError::Io {
            path: path.into(),
            cause,
        }),
    }
}

fn read(path: &Path, file: File) -> Result<Zeroizing<[u8; 32]>, SeedError> {
    let io = |cause| SeedError::Io {
        path: path.into(),
        cause,
    };
    // Of the opened file, not of the path: nobody can swap it in between.
    let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SeedError::Open {
            path: path.into(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::with_capacity(128));
    file.take(128).read_to_string(&mut text).map_err(io)?;
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), seed.as_mut())
        .map_err(|_| SeedError::Malformed { path: path.into() })?;
    Ok(seed)
}

/// Written beside and linked into place: a crash leaves either a whole seed or none, and never an empty file under
/// the name; a seed that appeared meanwhile is not overwritten.
fn create(path: &Path, entropy: &dyn Entropy) -> Result<(Zeroizing<[u8; 32]>, bool), SeedError> {
    let io = |cause| SeedError::Io {
        path: path.into(),
        cause,
    };
    let mut seed = Zeroizing::new([0; 32]);
    entropy.fill(seed.as_mut());
    let text = Zeroizing::new(format!("{}\n", hex::encode(seed.as_slice())));
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(io(cause)),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .map_err(io)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io)?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside).map_err(io)?;
    linked.map_err(io)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io)?;
    Ok((seed, true))
}
