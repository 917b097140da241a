//! `vouchsafe sell`: a folder of files to the seller's own gateway.

use crate::{
    amount,
    failure::Failure,
    gateway::{Gateway, JobPage},
    multipart::Body,
    parents::show_share,
    show::{Show, plain, size},
    wishes,
};
use serde_json::json;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use vouchsafe_documents::terms::Derivation;
use vouchsafe_protocol::record::Parent;

/// Most files of one dataset: one less than the items of a content, because the contents document is one too.
pub const MAX_FILES: usize = 10_000;

/// Licences that can be given by name; their text is a pointer to SPDX.
const SPDX: [&str; 11] = [
    "CC0-1.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "ODbL-1.0",
    "ODC-By-1.0",
    "PDDL-1.0",
    "CDLA-Permissive-2.0",
    "CDLA-Sharing-1.0",
];

/// Without `--licence`: the buyer may use, not pass on.
const OWN_USE: (&str, &str) = (
    "LicenseRef-Vouchsafe-Own-Use-1",
    "Vouchsafe own-use licence, version 1\n\n\
     The buyer may use this data for any lawful purpose within their own organisation, and may publish results\n\
     from which the data cannot be reconstructed. The buyer may not pass the data on, and may not try to identify\n\
     anybody who appears in it. The data is provided as it is, without warranty.\n",
);

/// What is sold, as given on the command line.
#[derive(Clone, Debug)]
pub struct Sale {
    /// The folder.
    pub folder: PathBuf,
    /// For people.
    pub title: String,
    /// For people.
    pub description: String,
    /// A file with the text, or an SPDX name.
    pub licence: Option<String>,
    /// Planck.
    pub price: u128,
    /// For searching.
    pub tags: Vec<String>,
    /// What it is derived from.
    pub parents: Vec<Parent>,
    /// Their metadata documents.
    pub parent_documents: Vec<String>,
    /// Whether others may derive from it.
    pub derivation: Derivation,
    /// The policy that the seller relies on.
    pub policy: Option<String>,
    /// A file that says what of which photo stays as it is.
    pub keep: Option<PathBuf>,
    /// Notes that let out photos which were refused.
    pub overrides: Vec<PathBuf>,
}

/// Name and text of a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// Its name.
    pub name: String,
    /// The text that buyers accept.
    pub text: String,
}

/// The licence that `--licence` means: the text of a file, an SPDX name, or the own-use licence when not given.
///
/// # Errors
/// [`Failure::UnknownLicence`], [`Failure::Disk`].
pub fn licence(given: Option<&str>) -> Result<Licence, Failure> {
    let Some(given) = given else {
        return Ok(Licence {
            name: OWN_USE.0.to_owned(),
            text: OWN_USE.1.to_owned(),
        });
    };
    if let Some(name) = SPDX.iter().find(|name| name.eq_ignore_ascii_case(given)) {
        let text = format!("SPDX-License-Identifier: {name}\nhttps://spdx.org/licenses/{name}.html\n");
        return Ok(Licence {
            name: (*name).to_owned(),
            text,
        });
    }
    let path = Path::new(given);
    if !path.is_file() {
        return Err(Failure::UnknownLicence {
            given: given.to_owned(),
            known: SPDX.join(", "),
        });
    }
    let text = fs::read_to_string(path).map_err(Failure::disk("reading", path))?;
    let name = path
        .file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(Licence { name, text })
}

/// What is said of derivation: what is asked for, else what the name of an SPDX licence says by itself.
pub fn derivation(forbidden: bool, asked_ppm: Option<u32>, licence: Option<&str>) -> Derivation {
    let named = |name: &&str| licence.is_some_and(|licence| name.eq_ignore_ascii_case(licence));
    let no_derivatives = SPDX
        .iter()
        .find(|name| named(name))
        .is_some_and(|name| name.contains("-ND-"));
    match asked_ppm {
        Some(least_share_ppm) => Derivation::Allowed { least_share_ppm },
        None if forbidden || no_derivatives => Derivation::Forbidden,
        None => Derivation::Unstated,
    }
}

/// The files of a folder with their lengths, by name; hidden files and folders below are left out.
///
/// # Errors
/// [`Failure::NotAFolder`], [`Failure::EmptyFolder`], [`Failure::TooManyFiles`], [`Failure::EmptyFile`],
/// [`Failure::Disk`].
pub fn files(folder: &Path) -> Result<Vec<(PathBuf, u64)>, Failure> {
    if !folder.is_dir() {
        return Err(Failure::NotAFolder(folder.to_owned()));
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::disk("reading", folder))? {
        let path = entry.map_err(Failure::disk("reading", folder))?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let found = fs::metadata(&path).map_err(Failure::disk("looking at", &path))?;
        if found.is_file() && !hidden {
            if found.len() == 0 {
                return Err(Failure::EmptyFile(path));
            }
            files.push((path, found.len()));
        }
    }
    match files.len() {
        0 => Err(Failure::EmptyFolder(folder.to_owned())),
        count if count > MAX_FILES => Err(Failure::TooManyFiles {
            folder: folder.to_owned(),
            files: count,
            most: MAX_FILES,
        }),
        _ => {
            files.sort();
            Ok(files)
        }
    }
}

/// Uploads, then follows the job to its end unless `wait` is false.
///
/// # Errors
/// See [`Failure`].
pub fn run(show: Show, gateway: &Gateway, token: &str, sale: &Sale, wait: bool) -> Result<(), Failure> {
    let started = Instant::now();
    let files = files(&sale.folder)?;
    let parts = wishes::parts(&files, sale.keep.as_deref(), &sale.overrides)?;
    let licence = licence(sale.licence.as_deref())?;
    let mut metadata = json!({
        "title": sale.title,
        "description": sale.description,
        "licence": {"name": licence.name, "text": licence.text},
        "price": sale.price.to_string(),
        "tags": sale.tags,
    });
    // Gateways of before know no parents.
    if !sale.parents.is_empty() {
        metadata["parents"] = json!(sale.parents);
    }
    // Nor terms.
    if !sale.parent_documents.is_empty() {
        metadata["parent_documents"] = json!(sale.parent_documents);
    }
    // Nor that somebody relies on a policy, and they say so.
    if let Some(policy) = &sale.policy {
        metadata["policy"] = json!(policy);
    }
    if !sale.derivation.is_unstated() {
        metadata["derivation"] = json!(sale.derivation);
        show.note(sale.derivation.to_string());
    }
    let bytes = files.iter().map(|(_, bytes)| bytes).sum();
    show.note(format!(
        "{} files, {}, for {} under {}, to {}",
        files.len(),
        size(bytes),
        amount::show(sale.price),
        licence.name,
        gateway.url()
    ));
    for parent in &sale.parents {
        let share = show_share(parent.share_ppm);
        show.note(format!(
            "derived from {}: {share} of what each sale earns goes there",
            parent.record
        ));
    }
    let body = Body::new(&metadata.to_string(), &files, &parts, &boundary()?);
    let bar = show.bytes("uploading", body.length);
    let (content_type, length) = (body.content_type.clone(), body.length);
    let mut counted = Counted {
        inner: body,
        bar: bar.clone(),
    };
    let id = gateway.upload(token, &content_type, length, &mut counted)?;
    bar.finish_and_clear();
    if !wait {
        show.result(&json!({"job": id}), &[format!("job {id}")])?;
        return Ok(());
    }
    let job = follow(show, gateway, token, &id)?;
    let seconds = started.elapsed().as_secs_f64();
    let id_of = |id: Option<String>| id.unwrap_or_else(|| "unknown".to_owned());
    let (record, offer) = (
        id_of(job.record.map(|id| id.to_string())),
        id_of(job.offer.map(|id| id.to_string())),
    );
    let masked = &job.counts["masked"];
    let mut lines = vec![format!("offer   {offer}"), format!("record  {record}")];
    if let Some(masked) = masked.as_u64() {
        lines.push(format!(
            "found   {masked} faces and other things, and replaced them"
        ));
    }
    lines.push(format!("time    {seconds:.1} s"));
    lines.push(format!("buyers run: vouchsafe buy {offer} --out DIR"));
    let json = json!({
        "job": job.id, "record": record, "offer": offer, "counts": job.counts, "stage_ms": job.stage_ms,
        "files": job.files.total, "seconds": seconds,
    });
    show.result(&json, &lines)?;
    Ok(())
}

/// Looks at the job until it ends. A gateway that restarts meanwhile is waited for.
fn follow(show: Show, gateway: &Gateway, token: &str, id: &str) -> Result<JobPage, Failure> {
    const PATIENCE: Duration = Duration::from_secs(120);
    let bar = show.count("anonymising", 0);
    let (mut said, mut seen) = (String::new(), Instant::now());
    loop {
        match gateway.job(token, id) {
            Ok(job) => {
                seen = Instant::now();
                bar.set_length(job.files.total);
                bar.set_position(job.files.done);
                bar.set_message(job.stage.clone());
                match job.state.as_str() {
                    "done" => {
                        bar.finish_and_clear();
                        return Ok(job);
                    }
                    "failed" => {
                        let (code, detail) = match job.reason {
                            Some(reason) => (reason.code, plain(&reason.detail)),
                            None => ("unknown".to_owned(), "the gateway says no reason".to_owned()),
                        };
                        return Err(Failure::JobFailed {
                            id: id.to_owned(),
                            code,
                            detail,
                        });
                    }
                    "cancelled" => return Err(Failure::JobCancelled(id.to_owned())),
                    _ => {}
                }
                let waits = job.reason.map(|reason| plain(&reason.detail)).unwrap_or_default();
                if job.state == "waiting" && waits != said {
                    bar.suspend(|| show.note(format!("the gateway waits: {waits}")));
                    said = waits;
                }
            }
            Err(crate::gateway::GatewayError::Unreachable { .. }) if seen.elapsed() < PATIENCE => {}
            Err(error) => return Err(error.into()),
        }
        std::thread::sleep(Duration::from_millis(400));
    }
}

/// 128 random bits, so that no file can hold the boundary by chance or by design.
fn boundary() -> Result<String, Failure> {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).map_err(|error| Failure::Runtime(io::Error::other(error.to_string())))?;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("vouchsafe-{hex}"))
}

struct Counted<R> {
    inner: R,
    bar: indicatif::ProgressBar,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bar.inc(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_that_forbids_derivation_says_so_in_the_terms_too() {
        let asked = |licence| derivation(false, None, Some(licence));
        assert_eq!(asked("cc-by-nd-4.0"), Derivation::Forbidden);
        assert_eq!(asked("CC-BY-4.0"), Derivation::Unstated);
        assert_eq!(
            asked("my-ND-licence.txt"),
            Derivation::Unstated,
            "a file's name says nothing"
        );
        assert_eq!(derivation(true, None, None), Derivation::Forbidden);
        let least_share_ppm = 5;
        assert_eq!(
            derivation(false, Some(least_share_ppm), Some("CC-BY-ND-4.0")),
            Derivation::Allowed { least_share_ppm }
        );
    }

    #[test]
    fn files_come_by_name_without_hidden_ones_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.jpg", "a.jpg", ".hidden"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join("below")).unwrap();
        let found = files(folder.path()).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|(path, _)| path.file_name().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["a.jpg", "b.jpg"]);
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(files(file.path()), Err(Failure::NotAFolder(_))));
        assert!(matches!(
            files(Path::new("nowhere/at/all")),
            Err(Failure::NotAFolder(_))
        ));
    }

    #[test]
    fn a_folder_without_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(files(folder.path()), Err(Failure::EmptyFolder(_))));
    }

    #[test]
    fn an_empty_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.jpg"), "").unwrap();
        assert!(matches!(files(folder.path()), Err(Failure::EmptyFile(path)) if path.ends_with("a.jpg")));
    }

    #[test]
    fn more_files_than_a_dataset_takes_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..=MAX_FILES {
            fs::write(folder.path().join(number.to_string()), "x").unwrap();
        }
        assert!(
            matches!(files(folder.path()), Err(Failure::TooManyFiles { files, .. }) if files == MAX_FILES + 1)
        );
    }

    #[test]
    fn a_licence_is_an_spdx_name_a_file_or_the_own_use_one() {
        let spdx = licence(Some("cc-by-4.0")).unwrap();
        assert_eq!(spdx.name, "CC-BY-4.0");
        assert!(spdx.text.contains("SPDX-License-Identifier: CC-BY-4.0"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("House rules.txt");
        fs::write(&path, "Be kind.").unwrap();
        let own = licence(path.to_str()).unwrap();
        assert_eq!(
            own,
            Licence {
                name: "House rules".to_owned(),
                text: "Be kind.".to_owned()
            }
        );
        assert_eq!(licence(None).unwrap().name, OWN_USE.0);
    }

    #[test]
    fn a_licence_that_is_neither_is_refused_with_the_names_that_are_known() {
        let failure = licence(Some("CC-BY-99")).unwrap_err();
        assert!(failure.to_string().contains("CC-BY-4.0"), "{failure}");
    }
}
