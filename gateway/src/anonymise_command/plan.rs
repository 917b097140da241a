//! What a run will do, decided whole before anything is read for good or written.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use super::{
    CommandError, Existing, Request,
    earlier::{Earlier, Vouched},
    report::{FileReport, PipelineReport},
    shown,
};
use crate::domain::{KeepList, Media};

/// Bytes that tell a format.
const MAGIC: usize = 12;

/// Files in the order of their names.
#[derive(Debug)]
pub(super) struct Plan {
    /// Where outputs go; made when the work begins.
    pub(super) folder: PathBuf,
    pub(super) tasks: Vec<Task>,
}

#[derive(Debug)]
pub(super) struct Task {
    pub(super) from: PathBuf,
    /// Relative to what was given.
    pub(super) name: PathBuf,
    /// How `--keep` names it: as `name`; a photo that was given itself by its own name, whatever its output is called.
    pub(super) called: String,
    pub(super) act: Act,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all of them are the large one")]
pub(super) enum Act {
    /// Not looked at, for this reason.
    Skip(&'static str),
    /// Done by an earlier run.
    Keep(FileReport),
    /// What it begins like, and its name under the output folder. `None` for what does not begin like a photo: it is
    /// refused when it is its turn, and nothing is written for it.
    Clean(Option<(Media, PathBuf)>),
}

impl Plan {
    pub(super) fn kept(&self) -> impl Iterator<Item = &FileReport> {
        self.tasks.iter().filter_map(|task| match &task.act {
            Act::Keep(file) => Some(file),
            Act::Skip(_) | Act::Clean(_) => None,
        })
    }
}

/// Finds the files, names their outputs, and refuses all of it when an output may not be written. Writes nothing.
pub(super) fn plan(request: &Request, pipeline: &PipelineReport) -> Result<Plan, CommandError> {
    let (folder, mut tasks) = find(request)?;
    tasks.sort_by(|a, b| a.name.cmp(&b.name));
    refuse_clashes(&tasks)?;
    refuse_unknown(&tasks, &request.keep)?;
    let there = |path: &Path| fs::symlink_metadata(path).is_ok();
    match request.existing {
        Existing::Replace => {}
        Existing::Refuse => {
            let outputs = tasks.iter().filter_map(|task| match &task.act {
                Act::Clean(Some((_, name))) => Some(folder.join(name)),
                Act::Clean(None) | Act::Keep(_) | Act::Skip(_) => None,
            });
            let paths: Vec<_> = outputs
                .chain(request.report.clone())
                .filter(|path| there(path))
                .collect();
            if !paths.is_empty() {
                return Err(CommandError::Exists { paths });
            }
        }
        Existing::Resume => {
            let report = request.report.as_ref().ok_or(CommandError::NoReport)?;
            keep_what_is_done(&folder, &mut tasks, report, pipeline, &request.keep)?;
        }
    }
    Ok(Plan { folder, tasks })
}

/// Marks files that the earlier run has done; refuses when there are outputs that it has not written.
fn keep_what_is_done(
    folder: &Path,
    tasks: &mut [Task],
    report: &Path,
    pipeline: &PipelineReport,
    keep: &KeepList,
) -> Result<(), CommandError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |cause| CommandError::Read { path, cause }
    };
    let earlier = Earlier::read(report, pipeline).map_err(unreadable(report))?;
    let earlier = earlier.ok_or_else(|| CommandError::NotAReport { path: report.into() })?;
    let mut foreign = Vec::new();
    for task in tasks {
        let Act::Clean(Some((_, written_as))) = &task.act else {
            continue;
        };
        let path = folder.join(written_as);
        if fs::symlink_metadata(&path).is_err() {
            continue;
        }
        let vouched = earlier.vouches(&shown(&task.name), &shown(written_as), &task.from, &path);
        match vouched.map_err(unreadable(&path))? {
            // Reports do not say where regions lie: whether they are the same can not be told, so the work is done again.
            Vouched::Whole(file) if file.has_kept_regions() || !keep.of(&task.called).is_empty() => {}
            Vouched::Whole(file) => task.act = Act::Keep(file),
            Vouched::Outdated => {}
            Vouched::No => foreign.push(path),
        }
    }
    if foreign.is_empty() {
        return Ok(());
    }
    Err(CommandError::Unvouched {
        paths: foreign,
        report: report.into(),
    })
}

/// A name that was misspelt would silently mask what was to stay.
fn refuse_unknown(tasks: &[Task], keep: &KeepList) -> Result<(), CommandError> {
    let known = |name: &&str| {
        let is = |task: &Task| matches!(task.act, Act::Clean(_)) && task.called == **name;
        tasks.iter().any(is)
    };
    let names: Vec<_> = keep
        .names()
        .filter(|name| !known(name))
        .map(str::to_owned)
        .collect();
    if names.is_empty() {
        Ok(())
    } else {
        Err(CommandError::KeepUnknown { names })
    }
}

fn refuse_clashes(tasks: &[Task]) -> Result<(), CommandError> {
    let mut taken = BTreeMap::new();
    for task in tasks {
        let Act::Clean(Some((_, output))) = &task.act else {
            continue;
        };
        if let Some(first) = taken.insert(output, &task.from) {
            return Err(CommandError::Clash {
                first: first.clone(),
                second: task.from.clone(),
                output: output.clone(),
            });
        }
    }
    Ok(())
}

/// The output folder, and what there is to do, in no order.
fn find(request: &Request) -> Result<(PathBuf, Vec<Task>), CommandError> {
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
        let called = input.file_name().unwrap_or_default();
        let called = called.to_string_lossy().into_owned();
        let task = Task::new(input.clone(), name.into(), None)?;
        let task = Task { called, ..task };
        return Ok((folder, vec![task]));
    }
    let inside = fs::canonicalize(input).map_err(unreadable)?;
    let outside = where_it_will_be(output).map_err(|cause| CommandError::Write {
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
            tasks.push(Task::new(entry.path(), name, skip)?);
        }
    }
    if tasks.iter().all(|task| matches!(task.act, Act::Skip(_))) {
        return Err(CommandError::Nothing { path: input.clone() });
    }
    Ok((output.clone(), tasks))
}

impl Task {
    fn new(from: PathBuf, name: PathBuf, skip: Option<&'static str>) -> Result<Self, CommandError> {
        let called = shown(&name);
        if let Some(why) = skip {
            let act = Act::Skip(why);
            return Ok(Self {
                from,
                name,
                called,
                act,
            });
        }
        let mut head = Vec::with_capacity(MAGIC);
        let read = File::open(&from).and_then(|file| file.take(MAGIC as u64).read_to_end(&mut head));
        if let Err(cause) = read {
            return Err(CommandError::Read { path: from, cause });
        }
        let planned = Media::of_first_bytes(&head).map(|media| (media, with_true_ending(&name, media)));
        let act = Act::Clean(planned);
        Ok(Self {
            from,
            name,
            called,
            act,
        })
    }
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

/// The real place of a folder, as far as it is there; the rest is what making it would add.
fn where_it_will_be(folder: &Path) -> io::Result<PathBuf> {
    let folder = std::path::absolute(folder)?;
    for there in folder.ancestors() {
        let Ok(mut real) = fs::canonicalize(there) else {
            continue;
        };
        for part in folder.strip_prefix(there).into_iter().flat_map(Path::components) {
            match part {
                Component::ParentDir => {
                    real.pop();
                }
                other => real.push(other),
            }
        }
        return Ok(real);
    }
    Ok(folder)
}
