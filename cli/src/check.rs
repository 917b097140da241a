//! `vouchsafe verify`: what a bundle proves, with nothing but the bundle, the anchor and the files at hand.

use crate::{
    failure::Failure,
    keep,
    show::{Show, plain},
};
use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};
use vouchsafe_audit::{Anchor, Brought, Check, Outcome, Question, Source, Verdict, verify};
use vouchsafe_protocol::bundle::MAX_FILE;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The bundle.
    pub bundle: PathBuf,
    /// Files that are said to be of the dataset.
    pub files: Vec<PathBuf>,
    /// What is trusted.
    pub anchor: Option<PathBuf>,
    /// The oldest height that is taken.
    pub not_before: Option<u32>,
    /// Where the page goes.
    pub page: Option<PathBuf>,
}

/// A file that is read from its beginning as often as it takes.
#[derive(Debug)]
struct OnDisk(PathBuf);

impl Source for OnDisk {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(BufReader::with_capacity(1 << 16, File::open(&self.0)?)))
    }
}

/// Verifies, and shows every check.
///
/// # Errors
/// [`Failure::Unsound`] with the names of the checks that fail, [`Failure::NotAnchored`] without an anchor,
/// [`Failure::NotShown`] for a file that is not shown to be an item; [`Failure::BadAnchor`], [`Failure::Disk`], [`Failure::NoBundle`].
pub fn run(show: Show, wish: &Wish) -> Result<(), Failure> {
    let anchor = wish.anchor.as_deref().map(read_anchor).transpose()?;
    let file = read(&wish.bundle)?;
    let sources = wish.files.iter().map(|path| on_disk(path));
    let sources: Vec<(String, OnDisk)> = sources.collect::<Result<_, _>>()?;
    let files = sources.iter().map(|(name, source)| Brought {
        name: name.as_str(),
        source,
    });
    let question = Question {
        files: files.collect(),
        anchor,
        least_height: wish.not_before,
        ..Question::default()
    };
    let verdict = verify(&file, &question);
    if let Some(path) = &wish.page {
        keep::write(path, verdict.to_page().as_bytes())?;
    }
    show.result(&verdict.to_json(), &lines(&verdict))?;
    judge(&verdict)
}

/// The end of the command that a verdict calls for.
fn judge(verdict: &Verdict) -> Result<(), Failure> {
    if !verdict.sound {
        return Err(Failure::Unsound {
            failed: failed(verdict),
        });
    }
    if !verdict.anchored {
        return Err(Failure::NotAnchored);
    }
    if !verdict.shown {
        return Err(Failure::NotShown);
    }
    Ok(())
}

/// The names of the checks that failed, as they are printed.
pub(crate) fn failed(verdict: &Verdict) -> Vec<String> {
    verdict.failed().map(name).collect()
}

fn name(check: &Check) -> String {
    match &check.item {
        Some(item) => format!("{} {}", check.kind.name(), plain(item)),
        None => check.kind.name().to_owned(),
    }
}

fn lines(verdict: &Verdict) -> Vec<String> {
    let mut lines: Vec<String> = verdict.checks.iter().map(line).collect();
    let findings = |check: &&Check| matches!(check.outcome, Outcome::Finding(_));
    let count = verdict.checks.iter().filter(findings).count();
    lines.extend(verdict.lines().iter().map(|line| plain(line)));
    lines.push(match (verdict.sound, verdict.anchored, verdict.shown, count) {
        (false, ..) => "the bundle is NOT sound".to_owned(),
        (true, false, ..) => "the bundle agrees with itself, and is NOT anchored".to_owned(),
        (true, true, false, _) => {
            "the bundle is sound and anchored; a file is NOT shown to be part of it".to_owned()
        }
        (true, true, true, 0) => "the bundle is sound and anchored".to_owned(),
        (true, true, true, count) => {
            format!("the bundle is sound and anchored, with {count} to be known (finding)")
        }
    });
    lines
}

fn line(check: &Check) -> String {
    let verdict = check.outcome.name().replace('_', " ");
    let why = check
        .outcome
        .reason()
        .map(|reason| format!(": {}", plain(&reason.to_string())))
        .unwrap_or_default();
    let (name, question, standard) = (name(check), check.kind.question(), check.kind.standard());
    format!("{verdict:<11}  {name:<17}  {question}{why}  [{standard}]")
}

/// Reads a trust anchor.
pub(crate) fn read_anchor(path: &Path) -> Result<Anchor, Failure> {
    let text = fs::read(path).map_err(Failure::disk("reading", path))?;
    Anchor::from_json(&text).map_err(|error| Failure::BadAnchor {
        path: path.to_owned(),
        why: error.to_string(),
    })
}

/// Reads a bundle, and no more of a file than a bundle can have.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(Failure::disk("opening", path))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(Failure::disk("reading", path))?;
    if bytes.len() > MAX_FILE {
        return Err(Failure::NoBundle(path.to_owned()));
    }
    Ok(bytes)
}

fn on_disk(path: &Path) -> Result<(String, OnDisk), Failure> {
    // A file that is not there is a slip of the caller's, and no failed check.
    File::open(path).map_err(Failure::disk("opening", path))?;
    Ok((path.display().to_string(), OnDisk(path.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(bundle: PathBuf) -> Wish {
        Wish {
            bundle,
            files: Vec::new(),
            anchor: None,
            not_before: None,
            page: None,
        }
    }

    #[test]
    fn what_is_no_bundle_is_not_sound_and_the_check_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.vsb");
        fs::write(&path, b"not a bundle").unwrap();
        let page = folder.path().join("page.html");
        let asked = Wish {
            page: Some(page.clone()),
            ..wish(path)
        };
        let failure = run(Show { json: true }, &asked).unwrap_err();
        assert!(matches!(&failure, Failure::Unsound { failed } if failed == &["format"]));
        assert_eq!(failure.exit_status(), 15);
        assert!(fs::read_to_string(page).unwrap().contains("<html"));
    }

    #[test]
    fn an_anchor_that_is_none_is_refused_before_anything_is_judged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anchor.json");
        fs::write(&path, b"{}").unwrap();
        let asked = Wish {
            anchor: Some(path),
            ..wish("nowhere.vsb".into())
        };
        let failure = run(Show { json: true }, &asked).unwrap_err();
        assert!(matches!(failure, Failure::BadAnchor { .. }), "{failure}");
        assert_eq!(failure.exit_status(), 2);
    }

    #[test]
    fn a_file_longer_than_any_bundle_is_not_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.vsb");
        File::create(&path).unwrap().set_len(MAX_FILE as u64 + 1).unwrap();
        let failure = run(Show { json: true }, &wish(path)).unwrap_err();
        assert!(matches!(failure, Failure::NoBundle(_)), "{failure}");
    }
}
