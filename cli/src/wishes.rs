//! What a seller asks for single photos: `--keep` and `--override`, on their way into the upload.

use crate::failure::Failure;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Parts of the body that stand before a file, as name and JSON, by the file's place in the upload.
pub type Parts = BTreeMap<usize, Vec<(&'static str, String)>>;

/// Reads both kinds of file and finds the photos that they name. What stands in them the gateway judges: here only a name
/// without a photo is refused, because it would silently be left out.
///
/// # Errors
/// [`Failure::Disk`], [`Failure::WishFile`], [`Failure::WishOfNoFile`].
pub fn parts(files: &[(PathBuf, u64)], keep: Option<&Path>, overrides: &[PathBuf]) -> Result<Parts, Failure> {
    let place = |path: &Path, name: &str| {
        let is = |(file, _): &(PathBuf, u64)| {
            file.file_name()
                .is_some_and(|file| file.to_string_lossy() == name)
        };
        files.iter().position(is).ok_or_else(|| Failure::WishOfNoFile {
            path: path.to_owned(),
            name: name.to_owned(),
        })
    };
    let mut parts = Parts::new();
    if let Some(path) = keep {
        let Value::Object(photos) = read(path)? else {
            let wanted = "a JSON object that names photos is wanted";
            return Err(no_good(path, wanted));
        };
        for (name, regions) in photos {
            let part = ("keep", regions.to_string());
            parts.entry(place(path, &name)?).or_default().push(part);
        }
    }
    for path in overrides {
        let mut note = read(path)?;
        let name = note.as_object_mut().and_then(|note| note.remove("file"));
        let Some(Value::String(name)) = name else {
            return Err(no_good(
                path,
                "it is no note of `gateway review`: it names no file",
            ));
        };
        let here = parts.entry(place(path, &name)?).or_default();
        if here.iter().any(|(part, _)| *part == "override") {
            return Err(no_good(path, &format!("there is another note for {name}")));
        }
        here.push(("override", note.to_string()));
    }
    Ok(parts)
}

fn read(path: &Path) -> Result<Value, Failure> {
    let text = fs::read(path).map_err(Failure::disk("reading", path))?;
    serde_json::from_slice(&text).map_err(|error| no_good(path, &format!("it is not JSON: {error}")))
}

fn no_good(path: &Path, why: &str) -> Failure {
    Failure::WishFile {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn written(folder: &TempDir, name: &str, text: &str) -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn files() -> Vec<(PathBuf, u64)> {
        ["in/a.jpg", "in/b c.jpg"].map(|path| (path.into(), 1)).to_vec()
    }

    #[test]
    fn regions_and_notes_go_before_the_photo_that_they_name() {
        let folder = TempDir::new().unwrap();
        let keep = written(&folder, "keep.json", r#"{"b c.jpg": [{"x": 1}], "a.jpg": []}"#);
        let note = written(&folder, "note.json", r#"{"file": "b c.jpg", "salt": "0x00"}"#);
        let parts = parts(&files(), Some(&keep), &[note]).unwrap();
        assert_eq!(parts[&0], [("keep", "[]".to_owned())]);
        let wanted = [
            ("keep", r#"[{"x":1}]"#.to_owned()),
            ("override", r#"{"salt":"0x00"}"#.to_owned()),
        ];
        assert_eq!(parts[&1], wanted);
    }

    #[test]
    fn nothing_asked_is_nothing_sent() {
        assert_eq!(parts(&files(), None, &[]).unwrap(), Parts::new());
    }

    #[test]
    fn a_name_without_a_photo_is_refused() {
        let folder = TempDir::new().unwrap();
        let keep = written(&folder, "keep.json", r#"{"c.jpg": []}"#);
        let note = written(&folder, "note.json", r#"{"file": "in/a.jpg"}"#);
        for refused in [parts(&files(), Some(&keep), &[]), parts(&files(), None, &[note])] {
            assert!(
                matches!(refused, Err(Failure::WishOfNoFile { .. })),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn what_is_no_list_and_no_note_is_refused() {
        let folder = TempDir::new().unwrap();
        for text in ["[]", "{", ""] {
            let keep = written(&folder, "keep.json", text);
            let refused = parts(&files(), Some(&keep), &[]);
            assert!(
                matches!(refused, Err(Failure::WishFile { .. })),
                "{text}: {refused:?}"
            );
        }
        for text in ["{}", "[]", r#"{"file": 1}"#] {
            let note = written(&folder, "note.json", text);
            let refused = parts(&files(), None, &[note]);
            assert!(
                matches!(refused, Err(Failure::WishFile { .. })),
                "{text}: {refused:?}"
            );
        }
    }

    #[test]
    fn two_notes_for_one_photo_are_refused() {
        let folder = TempDir::new().unwrap();
        let note = written(&folder, "note.json", r#"{"file": "a.jpg"}"#);
        let refused = parts(&files(), None, &[note.clone(), note]);
        assert!(matches!(refused, Err(Failure::WishFile { .. })), "{refused:?}");
    }
}
