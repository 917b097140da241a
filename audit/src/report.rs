//! What a report must say to agree with the statement that names it. The online audit and the bundle's verifier ask here.

mod notes;

pub use notes::{LeftOver, NotesError};

use crate::document::{self, DocumentError};
use serde_json::Value;
use std::fmt;
use vouchsafe_protocol::{
    id::Digest,
    record::{Grade, Statement},
};

/// The schemas of reports that are read here (docs/schemas/report-2.schema.json, report-3.schema.json). The third also says what
/// the photos are worth.
pub const SCHEMAS: [&str; 2] = ["vouchsafe/report/2", "vouchsafe/report/3"];

/// A report in canonical form.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    value: Value,
}

/// What report and statement both say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `output.items`: number of clean files.
    Items,
    /// `output.metrics_root`.
    Metrics,
    /// `policy.grade`.
    Grade,
    /// `input.commitment`.
    Input,
}

/// How a report does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// It does not state this.
    Unstated(Field),
    /// It states something else.
    Other {
        /// What.
        field: Field,
        /// What the report says.
        found: String,
        /// What the statement says.
        said: String,
    },
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Items => "the number of files",
            Self::Metrics => "the metrics' root",
            Self::Grade => "the grade",
            Self::Input => "the commitment to the input",
        })
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unstated(_) => f.write_str("the report does not state it"),
            Self::Other { found, said, .. } => write!(f, "found {found}, the record says {said}"),
        }
    }
}

impl std::error::Error for Disagreement {}

/// A net by its bytes, as a report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// What it is called.
    pub name: String,
    /// SHA-256 of its file, 64 lower-case hexadecimal digits in an honest report.
    pub sha256: String,
    /// SPDX expression.
    pub licence: String,
    /// `float32` or `int8`.
    pub precision: String,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Items, Self::Metrics, Self::Grade, Self::Input];
}

impl Report {
    /// Reads a report.
    ///
    /// # Errors
    /// See [`DocumentError`].
    pub fn read(bytes: &[u8]) -> Result<Self, DocumentError> {
        let value = document::read(bytes)?;
        Ok(Self { value })
    }

    /// Its `schema`, where it names one.
    pub fn schema(&self) -> Option<&str> {
        self.value["schema"].as_str()
    }

    /// Whether it says the same as the statement of this.
    ///
    /// # Errors
    /// See [`Disagreement`].
    pub fn agrees(&self, field: Field, statement: &Statement) -> Result<(), Disagreement> {
        let (found, said) = match field {
            Field::Items => {
                let found = self.value["output"]["items"].as_u64();
                (found.map(|found| found.to_string()), statement.items.to_string())
            }
            Field::Metrics => (
                digest(&self.value["output"]["metrics_root"]),
                statement.metrics_root.to_string(),
            ),
            Field::Grade => (
                self.value["policy"]["grade"].as_str().map(str::to_owned),
                grade_name(statement.grade).to_owned(),
            ),
            Field::Input => (
                digest(&self.value["input"]["commitment"]),
                statement.input.to_string(),
            ),
        };
        match found {
            None => Err(Disagreement::Unstated(field)),
            Some(found) if found == said => Ok(()),
            Some(found) => Err(Disagreement::Other { field, found, said }),
        }
    }

    /// The nets that it names, in its order; `None` where it does not list them as it must.
    pub fn models(&self) -> Option<Vec<Model>> {
        let text = |model: &Value, name: &str| Some(model[name].as_str()?.to_owned());
        let model = |model: &Value| {
            Some(Model {
                name: text(model, "name")?,
                sha256: text(model, "sha256")?,
                licence: text(model, "licence")?,
                precision: text(model, "precision")?,
            })
        };
        self.value["models"].as_array()?.iter().map(model).collect()
    }

    /// What was left in the photos, all of it answered for by the gateway's key, under the report's policy, with a grade
    /// that is not better than disguised.
    ///
    /// # Errors
    /// See [`NotesError`].
    pub fn left_over(&self, key: &[u8; 32], grade: Grade) -> Result<LeftOver, NotesError> {
        notes::check(&self.value, key, grade)
    }

    /// What it says the photos are worth; `None` where it does not.
    pub fn quality(&self) -> Option<&Value> {
        self.value.get("quality").filter(|quality| !quality.is_null())
    }

    /// A member, for showing.
    pub(crate) fn text(&self, section: &str, member: &str) -> Option<String> {
        self.value[section][member].as_str().map(str::to_owned)
    }
}

/// A digest in the one way in which it is written, however the report wrote it.
fn digest(value: &Value) -> Option<String> {
    let digest: Digest = value.as_str()?.parse().ok()?;
    Some(digest.to_string())
}

/// The grade as reports write it.
pub fn grade_name(grade: Grade) -> &'static str {
    match grade {
        Grade::Anonymous => "anonymous",
        Grade::Pseudonymous => "pseudonymous",
        Grade::Disguised => "disguised",
    }
}
