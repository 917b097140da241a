//! The contents document: item 0 of every dataset, which names the files that follow.

use serde::{Deserialize, Serialize};
use std::{collections::HashSet, fmt};
use vouchsafe_protocol::{chunk::Layout, id::Digest};

/// The schema that is read here.
pub const SCHEMA: &str = "vouchsafe/contents/1";
/// The longest contents document that is read, bytes: 10,000 entries of a kilobyte and a half.
pub const MAX_BYTES: u64 = 16 << 20;
/// The longest file name, bytes: what every file system takes.
const MAX_NAME: usize = 255;

/// Why a contents document is not used. Everything in it comes from the seller, so nothing is taken on trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentsError {
    /// Longer than [`MAX_BYTES`].
    TooLong(u64),
    /// It is not the expected JSON.
    Json(String),
    /// It has another schema than [`SCHEMA`].
    Schema(String),
    /// It names another number of files than the content has.
    Count {
        /// Files that it names.
        named: usize,
        /// Files that the content has.
        found: usize,
    },
    /// A file name stands twice, whatever the case of its letters.
    Twice(String),
    /// A file name is not safe to write.
    Name(String),
    /// A file has another length in the content.
    Length {
        /// The file's name.
        name: String,
        /// Bytes that it is said to have.
        said: u64,
        /// Bytes that the content has.
        found: u64,
    },
}

impl fmt::Display for ContentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(found) => write!(f, "it has {found} bytes, at most {MAX_BYTES} are read"),
            Self::Json(why) => write!(f, "it is not the expected JSON: {why}"),
            Self::Schema(found) => write!(f, "its schema is {found:?}, this version reads {SCHEMA:?}"),
            Self::Count { named, found } => write!(f, "it names {named} files, the content has {found}"),
            Self::Twice(name) => write!(f, "file {name:?} is listed twice"),
            Self::Name(name) => write!(f, "file name {name:?} is not safe to write"),
            Self::Length { name, said, found } => {
                write!(
                    f,
                    "file {name:?} is said to have {said} bytes, the content has {found}"
                )
            }
        }
    }
}

impl std::error::Error for ContentsError {}

/// One file of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// A plain name, checked: no separator, no leading dot, no control character.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// For example `image/jpeg`.
    pub media_type: String,
    /// SHA-256 of the file.
    pub sha256: Digest,
}

#[derive(Deserialize)]
struct Document {
    schema: String,
    items: Vec<File>,
}

/// Reads the document: the files in the order of the content's items, item 1 first.
///
/// # Errors
/// [`ContentsError::Json`], [`ContentsError::Schema`], [`ContentsError::Name`] or [`ContentsError::Twice`].
pub fn files(bytes: &[u8]) -> Result<Vec<File>, ContentsError> {
    let document: Document =
        serde_json::from_slice(bytes).map_err(|error| ContentsError::Json(error.to_string()))?;
    if document.schema != SCHEMA {
        return Err(ContentsError::Schema(document.schema));
    }
    let mut seen = HashSet::new();
    for file in &document.items {
        if !is_safe(&file.name) {
            return Err(ContentsError::Name(file.name.clone()));
        }
        // Some file systems do not tell upper from lower case.
        if !seen.insert(file.name.to_lowercase()) {
            return Err(ContentsError::Twice(file.name.clone()));
        }
    }
    Ok(document.items)
}

/// Reads the document and compares it with the layout of the content.
///
/// # Errors
/// See [`ContentsError`].
pub fn read(bytes: &[u8], layout: &Layout) -> Result<Vec<File>, ContentsError> {
    let files = files(bytes)?;
    let lengths: Vec<u64> = layout.item_lengths().skip(1).collect();
    if files.len() != lengths.len() {
        return Err(ContentsError::Count {
            named: files.len(),
            found: lengths.len(),
        });
    }
    for (file, found) in files.iter().zip(lengths) {
        if file.bytes != found {
            return Err(ContentsError::Length {
                name: file.name.clone(),
                said: file.bytes,
                found,
            });
        }
    }
    Ok(files)
}

/// A name that stays in its folder on every system: no separator or drive, not hidden, nothing that a terminal or a
/// file system could take for something else.
fn is_safe(name: &str) -> bool {
    let refused = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    (1..=MAX_NAME).contains(&name.len())
        && !name.starts_with('.')
        && !name.ends_with(['.', ' '])
        && !name.chars().any(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(items: &str) -> String {
        format!(r#"{{"items":[{items}],"schema":"vouchsafe/contents/1"}}"#)
    }

    fn entry(name: &str, bytes: u64) -> String {
        let name = serde_json::to_string(name).unwrap();
        let sha256 = "ab".repeat(32);
        format!(r#"{{"bytes":{bytes},"media_type":"image/jpeg","name":{name},"sha256":"{sha256}"}}"#)
    }

    fn layout(files: &[u64]) -> Layout {
        Layout::new(&[&[100][..], files].concat()).unwrap()
    }

    #[test]
    fn files_are_read_in_order() {
        let text = document(&[entry("000001.jpg", 5), entry("000002.png", 6)].join(","));
        let files = read(text.as_bytes(), &layout(&[5, 6])).unwrap();
        assert_eq!(
            files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
            ["000001.jpg", "000002.png"]
        );
        assert_eq!(files[1].bytes, 6);
    }

    #[test]
    fn a_name_that_leaves_the_folder_or_hides_is_refused() {
        for name in [
            "",
            ".",
            "..",
            "../a",
            "a/b",
            "/a",
            "a\\b",
            "C:a",
            ".hidden",
            "a\n",
            "a.",
            "a\u{0}",
            "a\u{1b}[2J",
        ] {
            let text = document(&entry(name, 5));
            let error = read(text.as_bytes(), &layout(&[5])).unwrap_err();
            assert!(matches!(error, ContentsError::Name(_)), "{name:?}: {error}");
        }
    }

    #[test]
    fn two_files_of_one_name_are_refused_whatever_the_case() {
        let text = document(&[entry("a.jpg", 5), entry("A.JPG", 6)].join(","));
        let error = read(text.as_bytes(), &layout(&[5, 6])).unwrap_err();
        assert!(matches!(error, ContentsError::Twice(_)), "{error}");
    }

    #[test]
    fn more_or_fewer_files_than_the_content_has_are_refused() {
        let text = document(&entry("a.jpg", 5));
        for files in [&[5, 6][..], &[]] {
            let error = read(text.as_bytes(), &layout(files)).unwrap_err();
            assert!(matches!(error, ContentsError::Count { .. }), "{error}");
        }
    }

    #[test]
    fn another_length_than_the_content_has_is_refused() {
        let text = document(&entry("a.jpg", 5));
        let error = read(text.as_bytes(), &layout(&[6])).unwrap_err();
        assert!(
            matches!(
                error,
                ContentsError::Length {
                    said: 5,
                    found: 6,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn another_schema_is_refused_by_name() {
        let text = document("").replace("contents/1", "contents/9");
        let error = read(text.as_bytes(), &layout(&[])).unwrap_err();
        assert!(
            matches!(error, ContentsError::Schema(ref s) if s.ends_with('9')),
            "{error}"
        );
    }

    #[test]
    fn what_is_not_json_is_refused() {
        assert!(matches!(
            read(b"\xff\xfe", &layout(&[])),
            Err(ContentsError::Json(_))
        ));
    }
}
