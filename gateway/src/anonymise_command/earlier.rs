//! What earlier runs vouch for, and the notes by which this run can vouch for itself when it is cut short.
//!
//! While a run with `--report FILE` is under way, `FILE.progress` holds one JSON text a line: what the run is, then the
//! report of each file *before* its output gets its name. So whatever an interrupted run has written, its notes know.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    report::{FileReport, PipelineReport, SCHEMA},
    write_whole,
};

/// Which run a report or a file of notes is from.
#[derive(Serialize, Deserialize)]
struct Run {
    schema: String,
    pipeline: Value,
}

#[derive(Deserialize)]
struct Stored {
    #[serde(flatten)]
    run: Run,
    files: Vec<FileReport>,
}

impl Run {
    fn of(pipeline: &PipelineReport) -> io::Result<Self> {
        Ok(Self {
            schema: SCHEMA.into(),
            pipeline: serde_json::to_value(pipeline)?,
        })
    }

    /// Another version, policy or model would have made other bytes.
    fn is_of(&self, pipeline: &Value) -> bool {
        self.schema == SCHEMA && self.pipeline == *pipeline
    }
}

/// Reports of anonymised files by name, from a finished or an interrupted run with the same pipeline.
#[derive(Debug, Default)]
pub(super) struct Earlier(BTreeMap<String, FileReport>);

/// What an earlier run says about an output that exists.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all of them are the large one")]
pub(super) enum Vouched {
    /// It wrote these bytes, from the input as it is now.
    Whole(FileReport),
    /// It wrote these bytes, and the input has changed since.
    Outdated,
    /// It did not write these bytes.
    No,
}

impl Earlier {
    /// Reads report and notes. A file that is absent vouches for nothing; `None`: there is one under the report's name
    /// that is no report at all.
    pub(super) fn read(report: &Path, pipeline: &PipelineReport) -> io::Result<Option<Self>> {
        let pipeline = Run::of(pipeline)?.pipeline;
        let mut known = BTreeMap::new();
        let mut keep = |file: FileReport| {
            if matches!(file, FileReport::Anonymised { .. }) {
                known.insert(file.name().to_owned(), file);
            }
        };
        if let Some(text) = read_if_there(report)? {
            let Ok(stored) = serde_json::from_slice::<Stored>(&text) else {
                return Ok(None);
            };
            if stored.run.is_of(&pipeline) {
                stored.files.into_iter().for_each(&mut keep);
            }
        }
        if let Some(text) = read_if_there(&notes_path(report))? {
            let mut lines = text.split(|byte| *byte == b'\n');
            let run = lines.next().map(serde_json::from_slice::<Run>);
            if matches!(run, Some(Ok(run)) if run.is_of(&pipeline)) {
                // The last line may be cut off; its output has no name yet.
                lines
                    .map_while(|line| serde_json::from_slice(line).ok())
                    .for_each(&mut keep);
            }
        }
        Ok(Some(Self(known)))
    }

    /// Judges the output at `path`, made from the input at `from`.
    pub(super) fn vouches(
        &self,
        name: &str,
        written_as: &str,
        from: &Path,
        path: &Path,
    ) -> io::Result<Vouched> {
        let Some(
            file @ FileReport::Anonymised {
                written_as: named,
                bytes_in,
                sha256,
                ..
            },
        ) = self.0.get(name)
        else {
            return Ok(Vouched::No);
        };
        let output = fs::symlink_metadata(path)?;
        if named != written_as || !output.is_file() || hash(path)? != *sha256 {
            return Ok(Vouched::No);
        }
        let input = fs::metadata(from)?;
        if input.len() == *bytes_in && changed(&input) <= changed(&output) {
            Ok(Vouched::Whole(file.clone()))
        } else {
            Ok(Vouched::Outdated)
        }
    }
}

fn changed(file: &fs::Metadata) -> SystemTime {
    file.modified().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn hash(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(hex::encode(hash.finalize())),
            len => hash.update(&part[..len]),
        }
    }
}

fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn notes_path(report: &Path) -> PathBuf {
    let mut path = report.as_os_str().to_owned();
    path.push(".progress");
    path.into()
}

/// The notes of the run under way.
#[derive(Debug)]
pub(super) struct Notes {
    path: PathBuf,
    file: Mutex<File>,
}

impl Notes {
    /// Replaces earlier notes by ones that begin with what is kept of them, in one step.
    pub(super) fn begin<'a>(
        report: &Path,
        pipeline: &PipelineReport,
        kept: impl Iterator<Item = &'a FileReport>,
    ) -> io::Result<Self> {
        let path = notes_path(report);
        let mut text = line(&Run::of(pipeline)?)?;
        for file in kept {
            text.extend(line(file)?);
        }
        write_whole(&path, &text)?;
        let file = Mutex::new(OpenOptions::new().append(true).open(&path)?);
        Ok(Self { path, file })
    }

    /// Notes a report. Called before its output appears.
    pub(super) fn add(&self, file: &FileReport) -> io::Result<()> {
        let text = line(file)?;
        self.file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&text)
    }

    /// The report is written: it says what the notes say.
    pub(super) fn end(self) -> io::Result<()> {
        fs::remove_file(self.path)
    }
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    Ok(text)
}
