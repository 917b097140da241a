//! The manifests of the nets that a report names.
//!
//! What binds is the report, which is signed: a manifest counts only as far as it says the same of the net.

use crate::report::Model;
use serde::Deserialize;
use std::{collections::BTreeSet, fmt};

/// Why manifests are not those of the report's nets. Positions are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// The report does not list its nets as it must.
    Unlisted,
    /// The manifest at this position is not JSON that names a net.
    Shape(usize),
    /// The manifest at this position is of a net that the report does not name.
    Foreign(usize),
    /// The manifest at this position is of a net that another one is of.
    Twice(usize),
    /// The manifest at this position says something else of the net than the report.
    Other {
        /// Its position.
        at: usize,
        /// `name`, `licence` or `precision`.
        member: &'static str,
    },
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlisted => f.write_str("the report does not list its models"),
            Self::Shape(at) => write!(f, "manifest {at} does not name a model"),
            Self::Foreign(at) => write!(f, "manifest {at} is of a model that the report does not name"),
            Self::Twice(at) => write!(f, "manifest {at} is of a model that has one already"),
            Self::Other { at, member } => write!(f, "manifest {at} has another {member} than the report"),
        }
    }
}

impl std::error::Error for ManifestError {}

#[derive(Deserialize)]
struct Manifest {
    name: String,
    sha256: String,
    licence: String,
    precision: String,
}

/// For each of the report's nets the position of its manifest, where there is one.
///
/// # Errors
/// See [`ManifestError`].
pub fn matched<'a>(
    models: &[Model],
    manifests: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Option<usize>>, ManifestError> {
    let mut found = vec![None; models.len()];
    let mut seen = BTreeSet::new();
    for (at, manifest) in manifests.into_iter().enumerate() {
        let manifest: Manifest = serde_json::from_slice(manifest).map_err(|_| ManifestError::Shape(at))?;
        if !seen.insert(manifest.sha256.clone()) {
            return Err(ManifestError::Twice(at));
        }
        let mut is_named = false;
        for (model, place) in models.iter().zip(&mut found) {
            if model.sha256 != manifest.sha256 {
                continue;
            }
            is_named = true;
            let pairs = [
                ("name", &model.name, &manifest.name),
                ("licence", &model.licence, &manifest.licence),
                ("precision", &model.precision, &manifest.precision),
            ];
            if let Some((member, ..)) = pairs.into_iter().find(|(_, said, here)| said != here) {
                return Err(ManifestError::Other { at, member });
            }
            *place = Some(at);
        }
        if !is_named {
            return Err(ManifestError::Foreign(at));
        }
    }
    Ok(found)
}
