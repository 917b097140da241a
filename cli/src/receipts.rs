//! What a buyer keeps of every order, one file each under `<home>/receipts`: where its files went, and the delivered
//! point `W`. With `W` and the buyer's key the ciphertext opens again after the order was forgotten on chain.

use crate::{
    home::{self, HomeError},
    unpack,
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};
use vouchsafe_audit::contents::File;
use vouchsafe_protocol::{
    delivery::Point,
    id::{Digest, Genesis, OfferId, OrderId},
};

/// The schema that is written and read here.
pub const SCHEMA: &str = "vouchsafe/receipt/1";

/// One order, as its buyer remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// [`SCHEMA`].
    pub schema: String,
    /// The chain.
    pub genesis: Genesis,
    /// What was ordered.
    pub offer: OfferId,
    /// The order.
    pub order: OrderId,
    /// What it cost: planck, in decimal.
    pub price: String,
    /// `W`, if it was delivered.
    pub delivered: Option<Digest>,
    /// Where its files went, absolute; absent while they were not unpacked with this home.
    pub folder: Option<PathBuf>,
    /// The files.
    pub files: Vec<File>,
}

impl Receipt {
    /// `W`, if it was delivered.
    pub fn evaluated(&self) -> Option<Point> {
        self.delivered.map(|bytes| Point(bytes.0))
    }

    /// What is missing of the bought files, in words; `None` when every file is where it was put, byte for byte.
    pub fn missing(&self) -> Option<String> {
        let Some(folder) = &self.folder else {
            return Some("its files were never opened with this home".to_owned());
        };
        self.files.iter().find_map(|file| {
            let path = folder.join(&file.name);
            match unpack::hash_of(&path) {
                Ok(Some(found)) if found == file.sha256 => None,
                Ok(Some(_)) => Some(format!("{path:?} is not as it was bought")),
                Ok(None) => Some(format!("{path:?} is not there")),
                Err(failure) => Some(failure.to_string()),
            }
        })
    }
}

/// The receipts of one home.
#[derive(Clone, Debug)]
pub struct Receipts(PathBuf);

impl Receipts {
    /// Receipts in `folder`, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// The receipt of an order, if there is one.
    ///
    /// # Errors
    /// [`HomeError::BadReceipt`] for a file that is none, or another order's; [`HomeError::Disk`].
    pub fn read(&self, order: &OrderId) -> Result<Option<Receipt>, HomeError> {
        let path = self.path(order);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(disk("reading", path)(source)),
        };
        let bad = |reason: String| HomeError::BadReceipt {
            path: path.clone(),
            reason,
        };
        let receipt: Receipt = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
        if receipt.schema != SCHEMA {
            return Err(bad(format!(
                "its schema is {:?}, this version reads {SCHEMA:?}",
                receipt.schema
            )));
        }
        if receipt.order != *order {
            return Err(bad(format!("it is of order {}", receipt.order)));
        }
        Ok(Some(receipt))
    }

    /// Writes a receipt in place of an earlier one of the same order; after a crash either is whole.
    ///
    /// # Errors
    /// [`HomeError::Disk`].
    pub fn keep(&self, receipt: &Receipt) -> Result<(), HomeError> {
        home::create_folder(&self.0).map_err(disk("creating", &self.0))?;
        let path = self.path(&receipt.order);
        let partial = path.with_extension("partial");
        let text =
            serde_json::to_string_pretty(receipt).map_err(|error| disk("writing", &path)(error.into()))?;
        match fs::remove_file(&partial) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(disk("removing", partial)(error));
            }
            _ => {}
        }
        home::write_new(&partial, format!("{text}\n").as_bytes()).map_err(disk("writing", &partial))?;
        fs::rename(&partial, &path).map_err(disk("naming", path))
    }

    fn path(&self, order: &OrderId) -> PathBuf {
        self.0.join(format!("{}.json", &order.to_string()[2..]))
    }
}

fn disk(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> HomeError {
    let path = path.into();
    move |source| HomeError::Disk { doing, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vouchsafe_protocol::hash::sha256;

    const ORDER: OrderId = OrderId([3; 32]);

    fn receipt(folder: Option<&Path>) -> Receipt {
        Receipt {
            schema: SCHEMA.to_owned(),
            genesis: Genesis([1; 32]),
            offer: OfferId([2; 32]),
            order: ORDER,
            price: u128::MAX.to_string(),
            delivered: Some(Digest([4; 32])),
            folder: folder.map(Path::to_owned),
            files: vec![File {
                name: "000001.jpg".to_owned(),
                bytes: 4,
                media_type: "image/jpeg".to_owned(),
                sha256: sha256(b"face"),
            }],
        }
    }

    #[test]
    fn what_is_kept_is_found_again_and_the_last_one_counts() {
        let home = tempfile::tempdir().unwrap();
        let receipts = Receipts::new(home.path().join("receipts"));
        assert_eq!(receipts.read(&ORDER).unwrap(), None);
        receipts.keep(&receipt(None)).unwrap();
        receipts.keep(&receipt(Some(home.path()))).unwrap();
        let found = receipts.read(&ORDER).unwrap().unwrap();
        assert_eq!(found, receipt(Some(home.path())));
        assert_eq!(found.evaluated(), Some(Point([4; 32])));
        assert_eq!(
            fs::read_dir(receipts.folder()).unwrap().count(),
            1,
            "no partial file"
        );
        assert_eq!(receipts.read(&OrderId([9; 32])).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_receipt_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let receipts = Receipts::new(home.path().join("receipts"));
        receipts.keep(&receipt(None)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(receipts.folder()), 0o700);
        assert_eq!(mode(&receipts.path(&ORDER)), 0o600);
    }

    #[test]
    fn a_file_that_is_no_receipt_of_this_order_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let receipts = Receipts::new(home.path().to_owned());
        receipts.keep(&receipt(None)).unwrap();
        let path = receipts.path(&ORDER);
        let good = fs::read_to_string(&path).unwrap();
        let other = OrderId([5; 32]);
        for text in [
            "not JSON".to_owned(),
            good.replace(SCHEMA, "vouchsafe/receipt/9"),
            good.replace(&ORDER.to_string(), &other.to_string()),
        ] {
            fs::write(&path, text).unwrap();
            let error = receipts.read(&ORDER).unwrap_err();
            assert!(matches!(error, HomeError::BadReceipt { .. }), "{error}");
        }
    }

    #[test]
    fn files_are_complete_only_byte_for_byte_and_in_their_place() {
        let out = tempfile::tempdir().unwrap();
        let receipt_here = receipt(Some(out.path()));
        let said = |receipt: &Receipt| receipt.missing().unwrap_or_default();
        assert!(said(&receipt(None)).contains("never opened"));
        assert!(said(&receipt_here).contains("not there"));
        fs::write(out.path().join("000001.jpg"), "mask").unwrap();
        assert!(said(&receipt_here).contains("not as it was bought"));
        fs::write(out.path().join("000001.jpg"), "face").unwrap();
        assert_eq!(receipt_here.missing(), None);
    }
}
