//! What nets saw in the photos: `gateway look --json`, from a machine that has some, beside the rows.

use super::{Looked, first_few};
use crate::failure::Failure;
use std::{fs::File, io::Read, path::Path};
use vouchsafe_evaluation::{Excess, Look, MAX_LOOK_BYTES, Metric, Outcome};
use vouchsafe_protocol::attestation::{Claim, Class, MAX_CLAIMS};

/// With which nets somebody looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    /// What ran them.
    pub provider: String,
    /// Whose classes and thresholds counted.
    pub policy: String,
    /// How many of the drawn photos they saw.
    pub photos: u32,
}

impl Used {
    /// Before any photo.
    pub fn of(look: &Look) -> Self {
        Self {
            provider: look.provider.clone(),
            policy: look.policy.clone(),
            photos: 0,
        }
    }
}

/// More of a class than an item's row admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// From 0.
    pub item: u32,
    /// As the buyer has it.
    pub name: String,
    pub more: Excess,
}

impl Sighting {
    /// As `vouchsafe attest --seen` takes it.
    pub fn place(&self) -> String {
        format!("{}:{}", u64::from(self.item) + 1, self.more.class.as_str())
    }

    /// For an attestation; `None` for a class that it has no name for.
    fn claim(&self) -> Option<Claim> {
        let class = match self.more.class.as_str() {
            "face" => Class::Face,
            "plate" => Class::Plate,
            "text" => Class::Text,
            "code" => Class::Code,
            "person" => Class::Person,
            "vehicle" => Class::Vehicle,
            _ => return None,
        };
        let item = self.item;
        Some(Claim { item, class })
    }
}

/// Reads what was printed, never more of it than it may hold.
pub(super) fn read(path: &Path) -> Result<Look, Failure> {
    let mut bytes = Vec::new();
    let limit = MAX_LOOK_BYTES as u64 + 1;
    let file = File::open(path).map_err(Failure::disk("reading", path))?;
    (file.take(limit).read_to_end(&mut bytes)).map_err(Failure::disk("reading", path))?;
    Look::parse(&bytes).map_err(|error| Failure::NotALook {
        file: path.to_owned(),
        why: error.to_string(),
    })
}

impl Looked {
    /// The first few sightings, for an attestation.
    pub(super) fn claims(&self) -> Vec<Claim> {
        let claims = self.sightings.iter().filter_map(Sighting::claim);
        claims.take(MAX_CLAIMS as usize).collect()
    }

    /// What nets see otherwise than the rows say, one sentence each, the first few of many. Numbers do not prove it: people
    /// must look.
    pub(super) fn doubts(&self) -> Vec<String> {
        let sightings = self.sightings.iter().map(|sighting| {
            let Excess {
                class,
                admitted,
                seen,
            } = &sighting.more;
            format!(
                "item {}, {}: {seen} {} seen, its row admits {admitted} (attest it with --seen {})",
                u64::from(sighting.item) + 1,
                sighting.name,
                class.as_str(),
                sighting.place()
            )
        });
        let outside = (self.wrong.iter())
            .filter(|wrong| wrong.metric == Metric::Objects)
            .filter(|_| self.agreement.outcome() == Outcome::Mismatch)
            .map(|wrong| {
                format!(
                    "item {}, {}: objects are off by {}",
                    u64::from(wrong.item) + 1,
                    wrong.name,
                    wrong.difference
                )
            });
        first_few(sightings.chain(outside).collect())
    }
}
