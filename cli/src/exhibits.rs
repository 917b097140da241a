//! What proves a fraud, kept under `<home>/exhibits`, one folder for each order: the bad chunk as it was published, the
//! sidecar, and which chunk it is. With the buyer's key that is everything that a dispute needs, even when the seller's
//! gateway is gone by then. Nothing in it is secret.

use crate::{
    home::{self, HomeError},
    verify,
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};
use vouchsafe_protocol::{
    delivery::Blind,
    id::{Genesis, OfferId, OrderId},
    misbehaviour::{Case, Evidence},
};

/// The schema that is written and read here.
pub const SCHEMA: &str = "vouchsafe/exhibit/1";

/// A chunk that does not open to what its seller committed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhibit {
    /// [`SCHEMA`].
    pub schema: String,
    /// The chain.
    pub genesis: Genesis,
    /// What was ordered.
    pub offer: OfferId,
    /// The order.
    pub order: OrderId,
    /// The chunk's number, from 0.
    pub chunk: u32,
    /// The content's sidecar, encoded; a file of its own.
    #[serde(skip)]
    pub sidecar: Vec<u8>,
    /// The chunk's bytes; a file of its own.
    #[serde(skip)]
    pub ciphertext: Vec<u8>,
}

impl Exhibit {
    /// The evidence against the seller of `case`, checked as the chain will check it.
    ///
    /// # Errors
    /// Why it proves nothing, in words.
    pub fn evidence(&self, blind: &Blind, case: &Case) -> Result<Evidence, String> {
        let sidecar =
            verify::check_sidecar(&self.sidecar, &case.content).map_err(|error| error.to_string())?;
        Evidence::build(blind, case, &sidecar, self.chunk, &self.ciphertext)
            .map_err(|error| error.to_string())
    }
}

/// The exhibits of one home.
#[derive(Clone, Debug)]
pub struct Exhibits(PathBuf);

impl Exhibits {
    /// Exhibits in `folder`, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Where an order's is.
    pub fn folder(&self, order: &OrderId) -> PathBuf {
        self.0.join(&order.to_string()[2..])
    }

    /// Where an order's content can be fetched to, while it is looked through.
    pub(crate) fn scratch(&self, order: &OrderId) -> PathBuf {
        self.folder(order).with_extension("content")
    }

    /// The exhibit of an order, if there is one.
    ///
    /// # Errors
    /// [`HomeError::BadExhibit`] for a folder that holds none, or another order's; [`HomeError::Disk`].
    pub fn read(&self, order: &OrderId) -> Result<Option<Exhibit>, HomeError> {
        let folder = self.folder(order);
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map_err(disk("reading", path))
        };
        let label = match read("exhibit.json") {
            Err(HomeError::Disk { source, .. }) if source.kind() == ErrorKind::NotFound => return Ok(None),
            label => label?,
        };
        let bad = |reason: String| HomeError::BadExhibit {
            path: folder.clone(),
            reason,
        };
        let exhibit: Exhibit = serde_json::from_slice(&label).map_err(|error| bad(error.to_string()))?;
        if exhibit.schema != SCHEMA {
            let found = exhibit.schema;
            return Err(bad(format!(
                "its schema is {found:?}, this version reads {SCHEMA:?}"
            )));
        }
        if exhibit.order != *order {
            return Err(bad(format!("it is of order {}", exhibit.order)));
        }
        Ok(Some(Exhibit {
            sidecar: read("sidecar")?,
            ciphertext: read("chunk")?,
            ..exhibit
        }))
    }

    /// Writes an exhibit in place of an earlier one of the same order.
    ///
    /// # Errors
    /// [`HomeError::Disk`].
    pub fn keep(&self, exhibit: &Exhibit) -> Result<(), HomeError> {
        let folder = self.folder(&exhibit.order);
        let partial = folder.with_extension("partial");
        remove(&partial)?;
        home::create_folder(&partial).map_err(disk("creating", &partial))?;
        let label =
            serde_json::to_string_pretty(exhibit).map_err(|error| disk("writing", &partial)(error.into()))?;
        for (name, bytes) in [
            ("sidecar", exhibit.sidecar.as_slice()),
            ("chunk", &exhibit.ciphertext),
            ("exhibit.json", format!("{label}\n").as_bytes()),
        ] {
            let path = partial.join(name);
            home::write_new(&path, bytes).map_err(disk("writing", path))?;
        }
        remove(&folder)?;
        fs::rename(&partial, &folder).map_err(disk("naming", folder))
    }
}

fn remove(folder: &Path) -> Result<(), HomeError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(disk("removing", folder)(error)),
        _ => Ok(()),
    }
}

fn disk(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> HomeError {
    let path = path.into();
    move |source| HomeError::Disk { doing, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixtures::{GENESIS, OFFER, ORDER},
        sealed::{Dataset, dataset, spoil},
    };
    use vouchsafe_protocol::{chunk::CHUNK_LEN, delivery::OfferSecret, id::Point, sidecar::Sidecar};

    fn exhibit(sold: &Dataset, chunk: u32) -> Exhibit {
        let sidecar = Sidecar::decode(&sold.sidecar).unwrap();
        let place = sidecar.layout().chunk(chunk).unwrap();
        let start = usize::try_from(place.offset).unwrap();
        Exhibit {
            schema: SCHEMA.to_owned(),
            genesis: GENESIS,
            offer: OFFER,
            order: ORDER,
            chunk,
            sidecar: sold.sidecar.clone(),
            ciphertext: sold.ciphertext[start..start + place.len as usize].to_vec(),
        }
    }

    /// Of a content that was sealed with another secret than the offer's, which any delivery therefore does not open.
    fn case(sold: &Dataset, blind: &Blind) -> Case {
        let secret = OfferSecret::derive(&[5; 32], &GENESIS, &OFFER, 0);
        let context = vouchsafe_protocol::delivery::Context {
            genesis: GENESIS,
            offer: OFFER,
            version: 0,
            order: ORDER,
            buyer: vouchsafe_protocol::id::Account([6; 32]),
        };
        let blinded: Point = blind.blinded();
        let delivery = secret.evaluate(&blinded, &context, &[7; 32]).unwrap();
        Case {
            genesis: GENESIS,
            offer: OFFER,
            version: 0,
            content: sold.content,
            blinded,
            evaluated: delivery.evaluated,
        }
    }

    #[test]
    fn what_is_kept_is_found_again_and_the_last_one_counts() {
        let home = tempfile::tempdir().unwrap();
        let exhibits = Exhibits::new(home.path().join("exhibits"));
        let sold = dataset(&[vec![1; 70_000]]);
        assert_eq!(exhibits.read(&ORDER).unwrap(), None);
        exhibits.keep(&exhibit(&sold, 0)).unwrap();
        exhibits.keep(&exhibit(&sold, 1)).unwrap();
        assert_eq!(exhibits.read(&ORDER).unwrap(), Some(exhibit(&sold, 1)));
        assert_eq!(exhibits.read(&OrderId([9; 32])).unwrap(), None);
        let left = fs::read_dir(home.path().join("exhibits")).unwrap().count();
        assert_eq!(left, 1, "no partial folder");
    }

    #[test]
    fn a_kept_chunk_convicts_with_the_orders_blind_and_with_no_other() {
        let sold = dataset(&[vec![1; CHUNK_LEN as usize]]);
        let blind = |attempt| Blind::from_seed(&[8; 32], &GENESIS, &OFFER, 0, attempt);
        let case = case(&sold, &blind(0));
        let kept = exhibit(&sold, 1);
        assert_eq!(kept.evidence(&blind(0), &case).unwrap().index, 1);
        assert!(kept.evidence(&blind(1), &case).unwrap_err().contains("blind"));
    }

    #[test]
    fn a_damaged_exhibit_proves_nothing_and_says_why() {
        let sold = dataset(&[vec![1; 10]]);
        let blind = Blind::from_seed(&[8; 32], &GENESIS, &OFFER, 0, 0);
        let case = case(&sold, &blind);
        let mut damaged = exhibit(&sold, 0);
        damaged.ciphertext[0] ^= 1;
        assert!(damaged.evidence(&blind, &case).unwrap_err().contains("bytes"));
        let other = exhibit(&spoil(&sold, 1), 0);
        assert!(other.evidence(&blind, &case).unwrap_err().contains("root"));
    }

    #[test]
    fn a_folder_that_holds_no_exhibit_of_this_order_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let exhibits = Exhibits::new(home.path().to_owned());
        exhibits.keep(&exhibit(&dataset(&[vec![1; 10]]), 0)).unwrap();
        let path = exhibits.folder(&ORDER).join("exhibit.json");
        let good = fs::read_to_string(&path).unwrap();
        for text in [
            "not JSON".to_owned(),
            good.replace(SCHEMA, "vouchsafe/exhibit/9"),
            good.replace(&ORDER.to_string(), &OrderId([5; 32]).to_string()),
        ] {
            fs::write(&path, text).unwrap();
            let error = exhibits.read(&ORDER).unwrap_err();
            assert!(matches!(error, HomeError::BadExhibit { .. }), "{error}");
        }
    }
}
