//! `gateway anonymise IN OUT`: the service's pipeline over a file or a folder, without chain or server.
//!
//! The bytes are the ones that the service would seal. A file appears under its name whole or not at all, and
//! nothing is written for a file that is refused.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::{Media, Model, Pipeline, grade_name},
    ports::{AnonymiseError, Anonymiser, Cleaned},
};

/// What is asked on the command line.
#[derive(Clone, Debug)]
pub struct Request {
    /// A photo, or a folder whose photos are all taken, with the folders inside it.
    pub input: PathBuf,
    /// For a photo: a file, or a folder that exists. For a folder: a folder, made if need be.
    pub output: PathBuf,
    /// Where the report is written; none if absent.
    pub report: Option<PathBuf>,
    /// Replace files that exist.
    pub replace: bool,
    /// Larger files are refused. Bytes.
    pub max_file_bytes: u64,
}

/// Why nothing was done, or the work had to stop. Refused photos are no error: they are in the [`Report`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    #[error("cannot read {}: {cause}", .path.display())]
    Read { path: PathBuf, cause: io::Error },
    #[error("cannot write {}: {cause}", .path.display())]
    Write { path: PathBuf, cause: io::Error },
    #[error("there is no file to anonymise in {}", .path.display())]
    Nothing { path: PathBuf },
    #[error("{} lies inside {}: the next run would take its output as input", .output.display(), .input.display())]
    OutputInInput { input: PathBuf, output: PathBuf },
    #[error("{} is there already; --replace overwrites it", .path.display())]
    Exists { path: PathBuf },
}

/// One report per file, and their sum. Written as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub schema: &'static str,
    pub pipeline: PipelineReport,
    pub files: Vec<FileReport>,
    pub summary: Summary,
}

/// What did the work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PipelineReport {
    pub version: String,
    pub provider: String,
    /// Digest of policy and models.
    pub digest: String,
    pub grade: &'static str,
    pub operator: String,
    pub residual_threshold_milli: u32,
    pub models: Vec<Model>,
    pub limits: Vec<String>,
}

/// What became of one file. Names are relative to what was given, with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum FileReport {
    Anonymised {
        name: String,
        /// Differs from `name` where the name's ending did not say what the file is.
        written_as: String,
        media_type: &'static str,
        bytes_in: u64,
        bytes_out: u64,
        /// Of the written bytes, lower-case hex.
        sha256: String,
        faces_found: u32,
        faces_replaced: u32,
        /// Faces by size class.
        sizes: BTreeMap<String, u32>,
        /// Metadata entries removed, by family.
        metadata_removed: BTreeMap<String, u32>,
        /// The canonical row that a record's metrics tree would hold, as text.
        metrics: String,
    },
    Refused {
        name: String,
        code: String,
        detail: String,
    },
    /// Hidden files, links and devices are not looked at.
    Skipped { name: String, why: &'static str },
}

/// Sums over all files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub anonymised: u32,
    pub refused: u32,
    pub skipped: u32,
    pub faces_found: u64,
    pub faces_replaced: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// How far the work is, told before each file and after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub total: usize,
}

/// A file to do, or a reason not to.
struct Task {
    from: PathBuf,
    /// Under the output folder.
    name: PathBuf,
    skip: Option<&'static str>,
}

/// Does everything that is asked. A photo that cannot be cleaned is refused and the rest goes on.
pub fn run(
    anonymiser: &mut dyn Anonymiser,
    request: &Request,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, CommandError> {
    let (folder, tasks) = plan(request)?;
    if let Some(report) = &request.report
        && report.exists()
        && !request.replace
    {
        return Err(CommandError::Exists { path: report.clone() });
    }
    let mut report = Report {
        schema: "vouchsafe/local-report/1",
        pipeline: PipelineReport::of(anonymiser.pipeline()),
        files: Vec::with_capacity(tasks.len()),
        summary: Summary::default(),
    };
    let total = tasks.len();
    for (done, task) in tasks.into_iter().enumerate() {
        progress(Progress { done, total });
        let file = one(anonymiser, request, &folder, &task)?;
        report.summary.add(&file);
        report.files.push(file);
    }
    progress(Progress { done: total, total });
    if let Some(path) = &request.report {
        let json = serde_json::to_vec_pretty(&report).map_err(io::Error::from);
        let written = json.and_then(|json| write_whole(path, &json));
        written.map_err(|cause| CommandError::Write {
            path: path.clone(),
            cause,
        })?;
    }
    Ok(report)
}

/// The output folder, and what goes into it in a fixed order.
fn plan(request: &Request) -> Result<(PathBuf, Vec<Task>), CommandError> {
    let Request { input, output, .. } = request;
    let unreadable = |cause| CommandError::Read {
        path: input.clone(),
        cause,
    };
    if !fs::metadata(input).map_err(unreadable)?.is_dir() {
        let (folder, name) = match (output.is_dir(), input.file_name(), output.file_name()) {
            (true, Some(name), _) => (output.clone(), name),
            (false, _, Some(name)) => (output.parent().unwrap_or(Path::new("")).into(), name),
            _ => return Err(CommandError::Nothing { path: input.clone() }),
        };
        return Ok((
            folder,
            vec![Task {
                from: input.clone(),
                name: name.into(),
                skip: None,
            }],
        ));
    }
    let inside = fs::canonicalize(input).map_err(unreadable)?;
    fs::create_dir_all(output).map_err(|cause| CommandError::Write {
        path: output.clone(),
        cause,
    })?;
    let outside = fs::canonicalize(output).map_err(|cause| CommandError::Write {
        path: output.clone(),
        cause,
    })?;
    if outside.starts_with(&inside) {
        return Err(CommandError::OutputInInput {
            input: input.clone(),
            output: output.clone(),
        });
    }
    let mut tasks = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let path = input.join(&folder);
        let failed = |cause| CommandError::Read {
            path: path.clone(),
            cause,
        };
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let name = folder.join(entry.file_name());
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden {
                folders.push(name);
                continue;
            }
            let odd = (!kind.is_file()).then_some("not a regular file");
            let skip = if hidden { Some("hidden") } else { odd };
            tasks.push(Task {
                from: entry.path(),
                name,
                skip,
            });
        }
    }
    if tasks.iter().all(|task| task.skip.is_some()) {
        return Err(CommandError::Nothing { path: input.clone() });
    }
    tasks.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((output.clone(), tasks))
}

fn one(
    anonymiser: &mut dyn Anonymiser,
    request: &Request,
    folder: &Path,
    task: &Task,
) -> Result<FileReport, CommandError> {
    let name = shown(&task.name);
    if let Some(why) = task.skip {
        return Ok(FileReport::Skipped { name, why });
    }
    let raw = match read_capped(&task.from, request.max_file_bytes) {
        Ok(Some(raw)) => raw,
        Ok(None) => {
            let detail = format!("the file is larger than {} bytes", request.max_file_bytes);
            return Ok(FileReport::Refused {
                name,
                code: "file_too_large".into(),
                detail,
            });
        }
        Err(cause) => {
            return Err(CommandError::Read {
                path: task.from.clone(),
                cause,
            });
        }
    };
    let cleaned = match anonymiser.anonymise(&raw) {
        Ok(cleaned) => cleaned,
        Err(AnonymiseError::Refused(reason)) => {
            return Ok(FileReport::Refused {
                name,
                code: reason.code,
                detail: reason.detail,
            });
        }
        Err(AnonymiseError::Engine(detail)) => {
            return Ok(FileReport::Refused {
                name,
                code: "engine_failed".into(),
                detail,
            });
        }
    };
    let written_as = with_true_ending(&task.name, cleaned.media);
    let path = folder.join(&written_as);
    if !request.replace && path.exists() {
        return Err(CommandError::Exists { path });
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let made = parent.map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| write_whole(&path, &cleaned.bytes))
        .map_err(|cause| CommandError::Write { path, cause })?;
    Ok(FileReport::of(
        name,
        shown(&written_as),
        raw.len() as u64,
        cleaned,
    ))
}

/// The whole file, or `None` when it is larger than `max`.
fn read_capped(path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut raw = Vec::new();
    File::open(path)?
        .take(max.saturating_add(1))
        .read_to_end(&mut raw)?;
    Ok((raw.len() as u64 <= max).then_some(raw))
}

/// The name with an ending that says what the bytes are: kept where it does, else one more is put behind it.
fn with_true_ending(name: &Path, media: Media) -> PathBuf {
    let ending = name.extension().unwrap_or_default().to_ascii_lowercase();
    if ending == media.ending()
        || (media == Media::Jpeg && ["jpeg", "jpe", "jfif"].iter().any(|e| ending == *e))
    {
        return name.to_owned();
    }
    let mut longer = name.as_os_str().to_owned();
    longer.push(".");
    longer.push(media.ending());
    longer.into()
}

/// Writes beside the target, makes it durable, then renames: the name shows the whole file or what was there before.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&partial, path));
    if renamed.is_err() {
        // The first error is the one to tell; what is left is cleaned, not raw.
        let _ = fs::remove_file(&partial);
    }
    renamed
}

fn shown(name: &Path) -> String {
    let parts = name.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

impl PipelineReport {
    fn of(pipeline: &Pipeline) -> Self {
        Self {
            version: pipeline.version.clone(),
            provider: pipeline.provider.clone(),
            digest: pipeline.digest.to_string(),
            grade: grade_name(pipeline.grade),
            operator: pipeline.operator.clone(),
            residual_threshold_milli: pipeline.residual_threshold_milli,
            models: pipeline.models.clone(),
            limits: pipeline.limits.clone(),
        }
    }
}

impl FileReport {
    fn of(name: String, written_as: String, bytes_in: u64, cleaned: Cleaned) -> Self {
        Self::Anonymised {
            name,
            written_as,
            media_type: cleaned.media.media_type(),
            bytes_in,
            bytes_out: cleaned.bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&cleaned.bytes)),
            faces_found: cleaned.faces_found,
            faces_replaced: cleaned.faces_replaced,
            sizes: cleaned.sizes,
            metadata_removed: cleaned.metadata_removed,
            metrics: cleaned.metrics,
        }
    }
}

impl Summary {
    fn add(&mut self, file: &FileReport) {
        match file {
            FileReport::Anonymised {
                bytes_in,
                bytes_out,
                faces_found,
                faces_replaced,
                ..
            } => {
                self.anonymised += 1;
                self.bytes_in += bytes_in;
                self.bytes_out += bytes_out;
                self.faces_found += u64::from(*faces_found);
                self.faces_replaced += u64::from(*faces_replaced);
            }
            FileReport::Refused { .. } => self.refused += 1,
            FileReport::Skipped { .. } => self.skipped += 1,
        }
    }
}
