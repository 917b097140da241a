//! `gateway anonymise IN OUT`: the service's pipeline over a file or a folder, without chain or server.
//!
//! The bytes are the ones that the service would seal. A file appears under its name whole or not at all, and
//! nothing is written for a file that is refused. What may not be written is found before any work is done.

mod earlier;
mod plan;
mod report;

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Component, Path, PathBuf},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
};

pub use report::{FileReport, PipelineReport, Report, SCHEMA, Summary};

use self::{
    earlier::Notes,
    plan::{Act, Plan, Task, plan},
};
use crate::{
    domain::{KeepList, Leftovers, PhotoWishes},
    ports::{AnonymiseError, Anonymiser},
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
    pub existing: Existing,
    /// Larger files are refused. Bytes.
    pub max_file_bytes: u64,
    /// What is exempted in which file: by the name of the photo that was given, or by the path from the folder that was, with
    /// `/`.
    pub keep: KeepList,
}

/// What happens to outputs that are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Nothing is done at all, and they are named.
    #[default]
    Refuse,
    /// What an earlier run with the same settings has written, by its report or by the notes that it left when it was
    /// cut short, is kept, or made anew where its input has changed; anything else is as [`Existing::Refuse`]. Needs
    /// the earlier run's `report`.
    Resume,
    /// They are overwritten.
    Replace,
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
    #[error(
        "{} there already, and nothing was done: {}. --replace overwrites; --resume, with the --report of the run that \
         wrote them, keeps what is done",
        are(.paths),
        listed(.paths)
    )]
    Exists { paths: Vec<PathBuf> },
    #[error(
        "{} there already that {} does not vouch for (other settings, changed since, or not from that run), and nothing \
         was done: {}. --replace overwrites",
        are(.paths),
        .report.display(),
        listed(.paths)
    )]
    Unvouched { paths: Vec<PathBuf>, report: PathBuf },
    #[error("{} and {} would both become {}; rename one of them", .first.display(), .second.display(), .output.display())]
    Clash {
        first: PathBuf,
        second: PathBuf,
        output: PathBuf,
    },
    #[error("--keep names {names}, and there is no such photo to anonymise", names = .names.join(", "))]
    KeepUnknown { names: Vec<String> },
    #[error("--resume needs --report: the report of the run to resume")]
    NoReport,
    #[error("{} is not a report of this program; --resume would overwrite it", .path.display())]
    NotAReport { path: PathBuf },
}

/// Paths that an error names before it only counts.
const NAMED: usize = 5;

fn are(paths: &[PathBuf]) -> String {
    match paths.len() {
        1 => "1 file is".into(),
        several => format!("{several} files are"),
    }
}

fn listed(paths: &[PathBuf]) -> String {
    let named: Vec<_> = paths
        .iter()
        .take(NAMED)
        .map(|path| path.display().to_string())
        .collect();
    let text = named.join(", ");
    match paths.len().saturating_sub(NAMED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// How far the work is: told at its beginning and after each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub total: usize,
}

/// Does everything that is asked, with one thread per anonymiser: they share the files, and neither outputs nor report
/// depend on who takes which. A photo that cannot be cleaned is refused and the rest goes on. Panics without an
/// anonymiser.
///
/// Errors before the first file is touched, but for files that cannot be read or written when it is their turn: then the
/// files under way are finished, and a run with `--report` can be resumed.
pub fn run<A: Anonymiser>(
    anonymisers: &mut [A],
    request: &Request,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, CommandError> {
    let pipeline = anonymisers
        .first()
        .expect("the caller brings one; qed")
        .pipeline();
    let pipeline = PipelineReport::of(pipeline);
    let plan = plan(request, &pipeline)?;
    let cannot_write = |path: &Path| {
        let path = path.to_owned();
        move |cause| CommandError::Write { path, cause }
    };
    if !plan.folder.as_os_str().is_empty() {
        fs::create_dir_all(&plan.folder).map_err(cannot_write(&plan.folder))?;
    }
    let notes = match &request.report {
        Some(path) => Some(Notes::begin(path, &pipeline, plan.kept()).map_err(cannot_write(path))?),
        None => None,
    };
    let work = Work {
        plan: &plan,
        notes: notes.as_ref(),
        max_file_bytes: request.max_file_bytes,
        keep: &request.keep,
    };
    let files = work.share(anonymisers, progress)?;
    let report = Report {
        schema: SCHEMA,
        pipeline,
        summary: Summary::of(&files),
        files,
        kept: plan.kept().count() as u32,
    };
    if let (Some(path), Some(notes)) = (&request.report, notes) {
        let json = serde_json::to_vec_pretty(&report).map_err(io::Error::from);
        let written = json.and_then(|json| write_whole(path, &json));
        written.and_then(|()| notes.end()).map_err(cannot_write(path))?;
    }
    Ok(report)
}

/// What all threads of a run look at.
#[derive(Clone, Copy)]
struct Work<'a> {
    plan: &'a Plan,
    notes: Option<&'a Notes>,
    max_file_bytes: u64,
    keep: &'a KeepList,
}

impl Work<'_> {
    /// Reports in the order of the tasks, or the first task's error.
    fn share<A: Anonymiser>(
        self,
        anonymisers: &mut [A],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<FileReport>, CommandError> {
        let total = self.plan.tasks.len();
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let mut done: Vec<Option<Result<FileReport, CommandError>>> = (0..total).map(|_| None).collect();
        std::thread::scope(|scope| {
            let (tell, told) = mpsc::channel();
            for one in anonymisers {
                let (tell, next, stop) = (tell.clone(), &next, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::SeqCst) {
                        let at = next.fetch_add(1, Ordering::SeqCst);
                        let Some(task) = self.plan.tasks.get(at) else {
                            break;
                        };
                        let file = self.one(one, task);
                        stop.fetch_or(file.is_err(), Ordering::SeqCst);
                        if tell.send((at, file)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(tell);
            progress(Progress { done: 0, total });
            for (count, (at, file)) in (1..).zip(told) {
                done[at] = Some(file);
                progress(Progress { done: count, total });
            }
        });
        // After an error the rest was never begun.
        done.into_iter().flatten().collect()
    }

    fn one(self, anonymiser: &mut impl Anonymiser, task: &Task) -> Result<FileReport, CommandError> {
        let name = shown(&task.name);
        let planned = match &task.act {
            Act::Skip(why) => {
                let why = String::from(*why);
                return Ok(FileReport::Skipped { name, why });
            }
            Act::Keep(file) => return Ok(file.clone()),
            Act::Clean(planned) => planned,
        };
        let keep = self.keep.of(&task.called);
        let refused = |code: &str, detail: String| {
            let code = code.into();
            Ok(FileReport::Refused { name, code, detail })
        };
        let raw = match read_capped(&task.from, self.max_file_bytes) {
            Ok(Some(raw)) => raw,
            Ok(None) => {
                let detail = format!("the file is larger than {} bytes", self.max_file_bytes);
                return refused("file_too_large", detail);
            }
            Err(cause) => {
                return Err(CommandError::Read {
                    path: task.from.clone(),
                    cause,
                });
            }
        };
        let wishes = PhotoWishes {
            keep: keep.regions(),
            leftovers: Leftovers::Refuse,
        };
        // One file that the code did not expect costs one refusal, not the run.
        let cleaned = match catch_unwind(AssertUnwindSafe(|| anonymiser.anonymise_with(&raw, &wishes))) {
            Ok(Ok(cleaned)) => cleaned,
            Ok(Err(AnonymiseError::Refused(reason))) => return refused(&reason.code, reason.detail),
            Ok(Err(AnonymiseError::Engine(detail))) => return refused("engine_failed", detail),
            Err(_) => return refused("engine_failed", "the anonymiser panicked".into()),
        };
        // Only what the plan names was looked at before the work began: nothing else is ever written.
        let Some((_, written_as)) = planned.as_ref().filter(|(media, _)| *media == cleaned.media) else {
            let made = cleaned.media.media_type();
            return refused(
                "engine_failed",
                format!("{made} came of what does not begin like it"),
            );
        };
        let path = self.plan.folder.join(written_as);
        let file = FileReport::of(&task.name, written_as, raw.len() as u64, &keep, &cleaned);
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| self.notes.map_or(Ok(()), |notes| notes.add(&file)))
            .and_then(|()| write_whole(&path, &cleaned.bytes))
            .map_err(|cause| CommandError::Write { path, cause })?;
        Ok(file)
    }
}

/// The whole file, or `None` when it is larger than `max`.
pub(crate) fn read_capped(path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut raw = Vec::new();
    File::open(path)?
        .take(max.saturating_add(1))
        .read_to_end(&mut raw)?;
    Ok((raw.len() as u64 <= max).then_some(raw))
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

/// A relative name, with `/`.
fn shown(name: &Path) -> String {
    let parts = name.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}
