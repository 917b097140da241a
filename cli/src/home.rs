//! Keys on this machine: one file each under `<home>/keys`, for nobody else to read. Receipts lie beside them.

use crate::{exhibits::Exhibits, receipts::Receipts};
use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};
use vouchsafe_chain_client::Signer;
use zeroize::Zeroizing;

/// Why a key cannot be used or made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its case is")]
pub enum HomeError {
    #[error("{0:?} is not a name for a key: use 1 to 64 of a-z, 0-9, - and _")]
    BadName(String),
    #[error(
        "there is no key {name:?} in {folder:?}; make one with `vouchsafe key new {name}`, or name one with --key"
    )]
    NoKey { name: String, folder: PathBuf },
    #[error("the key {name:?} exists already; it was left alone")]
    Exists { name: String },
    #[error("{path:?} can be read by others; take that away with: chmod 600 {path:?}")]
    Readable { path: PathBuf },
    #[error("{path:?} does not hold a key: expected 64 hexadecimal digits; restore it from your backup")]
    Malformed { path: PathBuf },
    #[error("{path:?} is not a receipt that can be used: {reason}; move it away, and try again")]
    BadReceipt { path: PathBuf, reason: String },
    #[error("{path:?} does not prove a fraud that can be used: {reason}; move it away, and try again")]
    BadExhibit { path: PathBuf, reason: String },
    #[error("the folder for keys is not known: name it with --home DIR")]
    NoHome,
    #[error("the system gave no random bytes for a new key: {0}")]
    NoEntropy(String),
    #[error("{doing} {path:?} failed: {source}")]
    Disk {
        doing: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
}

/// The folder that holds the keys.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// `given`, else `$XDG_DATA_HOME/vouchsafe`, else `~/.local/share/vouchsafe`. Nothing is created yet.
    ///
    /// # Errors
    /// [`HomeError::NoHome`].
    pub fn find(given: Option<PathBuf>) -> Result<Self, HomeError> {
        let set = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        given
            .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("vouchsafe")))
            .or_else(|| set("HOME").map(|home| home.join(".local/share/vouchsafe")))
            .map(Self)
            .ok_or(HomeError::NoHome)
    }

    /// The key called `name`: `dev:alice` is a key of development chains that everybody knows, anything else a file.
    ///
    /// # Errors
    /// See [`HomeError`].
    pub fn signer(&self, name: &str) -> Result<Signer, HomeError> {
        if let Some(dev) = name.strip_prefix("dev:") {
            check_name(&dev.to_ascii_lowercase())?;
            return Ok(Signer::dev(dev));
        }
        let path = self.path(name)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(HomeError::NoKey {
                    name: name.to_owned(),
                    folder: self.folder(),
                });
            }
            Err(source) if source.kind() == ErrorKind::InvalidData => {
                return Err(HomeError::Malformed { path });
            }
            Err(source) => {
                return Err(HomeError::Disk {
                    doing: "reading",
                    path,
                    source,
                });
            }
        };
        refuse_readable(&path)?;
        let seed = parse_seed(text.trim_end()).ok_or(HomeError::Malformed { path })?;
        Ok(Signer::ed25519(&seed))
    }

    /// Makes the key `name` from fresh randomness; returns it and where it is.
    ///
    /// # Errors
    /// See [`HomeError`]; a key that exists is never overwritten.
    pub fn create(&self, name: &str) -> Result<(Signer, PathBuf), HomeError> {
        let path = self.path(name)?;
        let mut seed = Zeroizing::new([0u8; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|error| HomeError::NoEntropy(error.to_string()))?;
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in seed.iter() {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).expect("a nibble is below 16; qed"));
            }
        }
        text.push('\n');
        let folder = self.folder();
        let failed = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| HomeError::Disk { doing, path, source }
        };
        create_folder(&folder).map_err(failed("creating", &folder))?;
        match write_new(&path, text.as_bytes()) {
            Ok(()) => Ok((Signer::ed25519(&seed), path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(HomeError::Exists {
                name: name.to_owned(),
            }),
            Err(error) => Err(failed("writing", &path)(error)),
        }
    }

    /// What was bought with the keys of this home.
    pub fn receipts(&self) -> Receipts {
        Receipts::new(self.0.join("receipts"))
    }

    /// What proves the frauds that were met with the keys of this home.
    pub fn exhibits(&self) -> Exhibits {
        Exhibits::new(self.0.join("exhibits"))
    }

    fn folder(&self) -> PathBuf {
        self.0.join("keys")
    }

    fn path(&self, name: &str) -> Result<PathBuf, HomeError> {
        check_name(name)?;
        Ok(self.folder().join(name))
    }
}

fn check_name(name: &str) -> Result<(), HomeError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if (1..=64).contains(&name.len()) && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(HomeError::BadName(name.to_owned()))
    }
}

fn parse_seed(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let digits = text.as_bytes();
    let mut seed = Zeroizing::new([0u8; 32]);
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in seed.iter_mut().zip(digits.chunks_exact(2)) {
        for &digit in pair {
            let nibble = char::from(digit).to_digit(16)?;
            *byte = (*byte << 4) | u8::try_from(nibble).ok()?;
        }
    }
    Some(seed)
}

#[cfg(unix)]
pub(crate) fn create_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
pub(crate) fn create_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

/// Writes a file that must not exist yet, for its owner only.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn refuse_readable(path: &Path) -> Result<(), HomeError> {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(path);
    let mode = found.map_err(|source| HomeError::Disk {
        doing: "reading",
        path: path.to_owned(),
        source,
    })?;
    if mode.permissions().mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(HomeError::Readable {
            path: path.to_owned(),
        })
    }
}

#[cfg(not(unix))]
fn refuse_readable(_: &Path) -> Result<(), HomeError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().join("home"))).unwrap();
        (folder, home)
    }

    #[test]
    fn a_new_key_is_found_again_and_is_for_its_owner_only() {
        let (_folder, home) = home();
        let (made, path) = home.create("default").unwrap();
        assert_eq!(home.signer("default").unwrap().account(), made.account());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_that_exists_is_left_alone() {
        let (_folder, home) = home();
        let (first, _) = home.create("a").unwrap();
        assert!(matches!(home.create("a"), Err(HomeError::Exists { .. })));
        assert_eq!(home.signer("a").unwrap().account(), first.account());
    }

    #[test]
    fn a_missing_key_is_named_with_the_command_that_makes_it() {
        let (_folder, home) = home();
        let error = home.signer("nobody").unwrap_err();
        assert!(error.to_string().contains("vouchsafe key new nobody"), "{error}");
    }

    #[test]
    fn a_name_that_leaves_the_folder_is_refused() {
        let (_folder, home) = home();
        for name in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "A",
            "a b",
            "dev:../x",
            &"a".repeat(65),
        ] {
            assert!(
                matches!(home.signer(name), Err(HomeError::BadName(_))),
                "{name:?}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, home) = home();
        let (_, path) = home.create("open").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(home.signer("open"), Err(HomeError::Readable { .. })));
    }

    #[test]
    fn a_damaged_key_is_refused() {
        let (_folder, home) = home();
        for (name, text) in [("short", "abcd"), ("letters", &"zz".repeat(32)), ("empty", "")] {
            let (_, path) = home.create(name).unwrap();
            fs::write(&path, text).unwrap();
            assert!(
                matches!(home.signer(name), Err(HomeError::Malformed { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn development_keys_need_no_file() {
        let (_folder, home) = home();
        assert_eq!(
            home.signer("dev:alice").unwrap().account(),
            Signer::dev("alice").account()
        );
    }
}
