//! Policies from text: presets, and files that change single keys of one.

use super::Policy;
use crate::error::LoadError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::Path;
use toml::{Table, Value};

/// Name and text of the embedded presets. Each gives every key, so that it can be read by itself.
const PRESETS: [(&str, &str); 4] = [
    ("street", include_str!("../../policies/street.toml")),
    ("event", include_str!("../../policies/event.toml")),
    ("training-data", include_str!("../../policies/training-data.toml")),
    ("strict", include_str!("../../policies/strict.toml")),
];

/// What a file starts from when it names no preset.
const SHIPPED: &str = PRESETS[0].0;

impl Default for Policy {
    /// The preset `street`.
    fn default() -> Self {
        Self::preset(SHIPPED).expect("the first preset is there; qed")
    }
}

impl Policy {
    /// The names that [`Self::preset`] knows.
    pub const PRESETS: [&'static str; 4] = [PRESETS[0].0, PRESETS[1].0, PRESETS[2].0, PRESETS[3].0];

    /// `street`, `event`, `training-data` or `strict`; see the files in `policies/`.
    pub fn preset(name: &str) -> Option<Self> {
        let table = preset(name)?;
        let policy = Self::deserialize(Value::Table(table));
        Some(policy.expect("the presets are complete, which a test checks; qed"))
    }

    /// A policy from TOML text, complete and checked. Error: `Policy`, with the key.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        let table: Table = text.parse().map_err(|e: toml::de::Error| refused(&e))?;
        let policy = Self::over_preset(table)?;
        policy.validate()?;
        Ok(policy)
    }

    /// [`Self::parse`] of a file. Errors: `Read`; `Policy`, with the file's name.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| LoadError::Read {
            path: name.clone(),
            source,
        })?;
        Self::parse(&text).map_err(|error| match error {
            LoadError::Policy(reason) => LoadError::Policy(format!("{name}: {reason}")),
            other => other,
        })
    }

    /// Lays `changes` over the preset that they name. Bounds are not looked at. Error: `Policy`.
    fn over_preset(mut changes: Table) -> Result<Self, LoadError> {
        let base = match changes.remove("preset") {
            None => SHIPPED.to_owned(),
            Some(Value::String(name)) => name,
            Some(other) => {
                return Err(LoadError::Policy(format!(
                    "preset is of type {}, wanted a name",
                    other.type_str()
                )));
            }
        };
        let Some(mut table) = preset(&base) else {
            let known = Self::PRESETS.join(", ");
            return Err(LoadError::Policy(format!(
                "preset is {base}, wanted one of {known}"
            )));
        };
        let named = changes.contains_key("name");
        merge(&mut table, changes);
        let mut policy = Self::deserialize(Value::Table(table)).map_err(|e| refused(&e))?;
        let is_preset = |policy: &Self| Self::preset(&policy.name).is_some_and(|preset| preset == *policy);
        if !is_preset(&policy) {
            if !named {
                policy.name = format!("{base}-changed");
            } else if Self::PRESETS.contains(&policy.name.as_str()) {
                return Err(LoadError::Policy(format!(
                    "name is {}, which belongs to a preset that differs from this policy",
                    policy.name
                )));
            }
        }
        Ok(policy)
    }
}

/// Parts of other files are policies too: shape and keys are checked here, bounds by [`Policy::validate`].
impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let table = Table::deserialize(from)?;
        Self::over_preset(table).map_err(|error| match error {
            LoadError::Policy(reason) => serde::de::Error::custom(reason),
            other => serde::de::Error::custom(other),
        })
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

fn preset(name: &str) -> Option<Table> {
    let (_, text) = PRESETS.iter().find(|(known, _)| *known == name)?;
    Some(
        text.parse()
            .expect("the presets are TOML, which a test checks; qed"),
    )
}

/// Tables are merged key by key, everything else is replaced. So is a table with a `kind`, because the keys beside it
/// belong to that kind.
fn merge(into: &mut Table, changes: Table) {
    for (key, change) in changes {
        match (into.get_mut(&key), change) {
            (Some(Value::Table(old)), Value::Table(new)) if !new.contains_key("kind") => merge(old, new),
            (_, change) => {
                into.insert(key, change);
            }
        }
    }
}

/// One line: the parser's own text spreads over several, with a drawing.
fn refused(error: &toml::de::Error) -> LoadError {
    LoadError::Policy(error.to_string().trim().replace('\n', " "))
}
