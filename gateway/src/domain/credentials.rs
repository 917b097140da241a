use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{findings::Findings, kept::Kept, pipeline::Pipeline};

/// What a photo's content credentials tell of its anonymisation: settled when the photo is clean, so that sealing it again
/// after a restart, perhaps by another version, tells the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Version of the anonymiser.
    pub agent: String,
    /// What was done, in order.
    pub actions: Vec<Deed>,
}

/// One thing that was done to a photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// C2PA's name for it.
    pub action: String,
    /// For people.
    pub description: String,
    /// For programs.
    pub parameters: Vec<(String, Vec<String>)>,
}

impl Credentials {
    /// Tells of each class what was found and replaced by what, then what metadata went, and what was kept on purpose or let
    /// out. Never where in the photo. The models are named once, with the first action.
    pub fn new(
        pipeline: &Pipeline,
        findings: &Findings,
        metadata_removed: &BTreeMap<String, u32>,
        kept: &Kept,
        let_out: bool,
    ) -> Self {
        let mut looked_for = vec![
            ("vouchsafe.policy".into(), vec![pipeline.digest.to_string()]),
            (
                "vouchsafe.models".into(),
                pipeline
                    .models
                    .iter()
                    .map(|model| format!("sha256:{}", model.sha256))
                    .collect(),
            ),
        ];
        if kept.regions > 0 {
            looked_for.push(("vouchsafe.kept_regions".into(), vec![kept.regions.to_string()]));
        }
        if let_out {
            looked_for.push((
                "vouchsafe.let_out".into(),
                vec!["by a signed note in the report".into()],
            ));
        }
        let classes: Vec<&str> = pipeline.classes.keys().map(String::as_str).collect();
        let mut actions = vec![Deed {
            action: "c2pa.edited".into(),
            description: format!(
                "Looked at under the policy {}, for: {}",
                pipeline.policy,
                classes.join(", ")
            ),
            parameters: looked_for,
        }];
        for (class, found) in findings.iter().filter(|(_, found)| found.masked > 0) {
            let operator = pipeline.classes.get(class).map_or("", |policy| &policy.operator);
            actions.push(Deed {
                action: "c2pa.edited".into(),
                description: format!(
                    "{class}: {} found, {} replaced ({operator})",
                    found.found, found.masked
                ),
                parameters: vec![
                    ("vouchsafe.class".into(), vec![class.clone()]),
                    ("vouchsafe.operator".into(), vec![operator.to_owned()]),
                ],
            });
        }
        if !metadata_removed.is_empty() {
            let families = metadata_removed.keys().cloned().collect();
            actions.push(Deed {
                action: "c2pa.edited.metadata".into(),
                description: "Metadata were removed but for an allow-list".into(),
                parameters: vec![("vouchsafe.removed".into(), families)],
            });
        }
        Self {
            agent: pipeline.version.clone(),
            actions,
        }
    }
}
