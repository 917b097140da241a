//! `gateway look PATH…`: what the second look's nets see in finished photos, for somebody who evaluates a record.
//!
//! Who evaluates has the photos and nothing else: not the originals, and not where masks were painted. Nothing is written
//! (docs/EVALUATION.md).

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use vouchsafe_evaluation::{
    ClassName, Classes, LOOK_SCHEMA, Look, LookNet, LookedAt, MAX_LOOK_FILES, RowError, Unseen,
};
use vouchsafe_protocol::{hash::sha256, id::Digest};

use crate::{
    anonymise_command::read_capped,
    domain::{Media, Reason},
    ports::{AnonymiseError, Onlooker, Seen},
};

/// What is asked on the command line.
#[derive(Clone, Debug)]
pub struct Request {
    /// Files, each taken whatever its name; and folders, of which the photos are taken, not those of folders inside.
    pub paths: Vec<PathBuf>,
    /// Larger files are not read. Bytes.
    pub max_file_bytes: u64,
}

/// Why nothing was looked at. A file that cannot be read or is no photo is no error: it is in the [`Look`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookError {
    #[error("cannot read {}: {cause}", .path.display())]
    Read { path: PathBuf, cause: io::Error },
    #[error("there is no JPEG, PNG or WebP photo in {}", .0.display())]
    Nothing(PathBuf),
    #[error("{0} photos are too many for one look, which takes {MAX_LOOK_FILES}")]
    TooMany(usize),
    #[error("the anonymiser does not say properly what it is made of: {0}")]
    Odd(String),
}

/// Looks at everything that is asked for, in the order of the paths; the files of a folder by name. `progress` is told how
/// many are done, and of how many.
///
/// Errors before the first file is read.
pub fn run(
    onlooker: &mut dyn Onlooker,
    request: &Request,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Look, LookError> {
    let mut look = empty(onlooker)?;
    let files = listed(&request.paths)?;
    for (done, file) in files.iter().enumerate() {
        progress(done, files.len());
        match one(onlooker, file, request.max_file_bytes) {
            Ok(seen) => look.files.push(seen),
            Err(Reason { code, detail }) => look.unseen.push(Unseen {
                name: file.display().to_string(),
                code,
                detail,
            }),
        }
    }
    progress(files.len(), files.len());
    Ok(look)
}

/// A look at no file, by these nets.
fn empty(onlooker: &dyn Onlooker) -> Result<Look, LookError> {
    let pipeline = onlooker.pipeline();
    let net = |name: &str, sha256: &str| -> Result<LookNet, LookError> {
        let parsed = format!("0x{sha256}").parse::<Digest>();
        Ok(LookNet {
            name: name.to_owned(),
            sha256: parsed.map_err(|_| LookError::Odd(format!("{sha256:?} is no SHA-256")))?,
        })
    };
    let nets: Result<Vec<LookNet>, LookError> = (pipeline.models.iter())
        .map(|model| net(&model.name, &model.sha256))
        .collect();
    Ok(Look {
        schema: LOOK_SCHEMA.to_owned(),
        software: format!("gateway {}", pipeline.version),
        policy: pipeline.policy.clone(),
        pipeline: pipeline.digest,
        provider: pipeline.provider.clone(),
        nets: nets?,
        files: Vec::new(),
        unseen: Vec::new(),
    })
}

/// Every file that is to be read.
fn listed(paths: &[PathBuf]) -> Result<Vec<PathBuf>, LookError> {
    let mut files = Vec::new();
    for path in paths {
        let cannot = |cause| LookError::Read {
            path: path.clone(),
            cause,
        };
        if !fs::metadata(path).map_err(cannot)?.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(cannot)? {
            let file = entry.map_err(cannot)?.path();
            if is_named_as_a_photo(&file) && file.is_file() {
                inside.push(file);
            }
        }
        if inside.is_empty() {
            return Err(LookError::Nothing(path.clone()));
        }
        inside.sort();
        files.extend(inside);
    }
    match files.len() {
        count if count > MAX_LOOK_FILES => Err(LookError::TooMany(count)),
        _ => Ok(files),
    }
}

fn is_named_as_a_photo(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    ["jpg", "jpeg", "png", "webp"]
        .iter()
        .any(|known| ending == *known)
}

fn one(onlooker: &mut dyn Onlooker, path: &Path, max: u64) -> Result<LookedAt, Reason> {
    let read = read_capped(path, max).map_err(|cause| Reason::new("unreadable", cause.to_string()))?;
    let too_large = || Reason::new("file_too_large", format!("the file is larger than {max} bytes"));
    let bytes = read.ok_or_else(too_large)?;
    // For a clear word: the worker would refuse it too.
    if Media::of_first_bytes(&bytes).is_none() {
        return Err(Reason::new("unknown_format", "it is no JPEG, PNG or WebP photo"));
    }
    let Seen {
        width,
        height,
        objects,
        residual,
    } = onlooker.look(&bytes).map_err(|error| match error {
        AnonymiseError::Refused(reason) => reason,
        AnonymiseError::Engine(detail) => Reason::new("engine_failed", detail),
    })?;
    let odd = |error: RowError| Reason::new("engine_failed", error.to_string());
    Ok(LookedAt {
        name: path.display().to_string(),
        sha256: sha256(&bytes),
        width,
        height,
        objects: objects.map(classes).transpose().map_err(odd)?,
        residual: classes(residual).map_err(odd)?,
    })
}

fn classes(counts: BTreeMap<String, u32>) -> Result<Classes<u32>, RowError> {
    let named = |(name, count)| Ok((ClassName::new(name)?, count));
    counts.into_iter().map(named).collect()
}

/// For people: a line for each file, and with what was looked.
pub fn sentences(look: &Look) -> String {
    let counted = |classes: &Classes<u32>| {
        let some: Vec<String> = (classes.iter())
            .filter(|(_, count)| **count > 0)
            .map(|(name, count)| format!("{count} {}", name.as_str()))
            .collect();
        match some.as_slice() {
            [] => "nothing".to_owned(),
            some => some.join(", "),
        }
    };
    let mut text = String::new();
    for LookedAt {
        name,
        sha256,
        objects,
        residual,
        ..
    } in &look.files
    {
        let objects = objects.as_ref().map_or("not counted".to_owned(), counted);
        let residual = counted(residual);
        text += &format!("{name} ({sha256})\n  still seen: {residual}; objects: {objects}\n");
    }
    for Unseen { name, code, detail } in &look.unseen {
        text += &format!("{name}: NOT LOOKED AT ({code}): {detail}\n");
    }
    let nets: Vec<String> = (look.nets.iter())
        .map(|net| format!("{} {}", net.name, net.sha256))
        .collect();
    text + &format!(
        "{} looked at, {} not; policy {}, by {} on {}\n",
        look.files.len(),
        look.unseen.len(),
        look.policy,
        nets.join(", "),
        look.provider
    )
}
