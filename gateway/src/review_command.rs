//! `gateway review`: a photo that the second look refuses, for the operator's eyes, and the note that lets it out.
//!
//! The picture shown is what would leave, with everything masked that can be. The note answers for these very bytes under
//! this very policy (docs/decisions/0013-a-refused-photo-leaves-by-a-signed-note.md).

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use vouchsafe_protocol::{hash::sha256, id::Digest};

use crate::{
    anonymise_command::read_capped,
    domain::{
        Area, Committed, KeepRegions, Leftovers, NOTE_SCHEMA, Note, NoteFile, NoteRefusal, OVERRULED,
        PhotoWishes, Reason, SignedNote, Timestamp, committed,
    },
    keys::GatewayKeys,
    ports::{AnonymiseError, Anonymiser, Entropy},
};

/// What is asked on the command line.
#[derive(Clone, Debug)]
pub struct Request {
    pub input: PathBuf,
    /// Where the picture goes as it would leave. Must not be there yet.
    pub preview: PathBuf,
    /// What the seller exempts in it.
    pub keep: KeepRegions,
    /// The operator's word, and where the note goes, which must not be there yet either; `None` only shows.
    pub sign: Option<(String, PathBuf)>,
    /// Larger files are refused. Bytes.
    pub max_file_bytes: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reviewed {
    /// The second look lets it through: there is nothing to answer for, and nothing was written.
    Clean,
    /// Nobody's word can let it out, and nothing was written.
    Refused(Reason),
    /// What the second look still sees in the preview. `signed`: the note is written.
    Left { seen: Vec<Area>, signed: bool },
}

impl Reviewed {
    /// For people.
    pub fn sentences(&self, preview: &Path) -> String {
        let (seen, signed) = match self {
            Self::Clean => return "the second look lets this photo through: no note is needed\n".into(),
            Self::Refused(Reason { code, detail }) => {
                return format!("refused ({code}): {detail}; no note can let it out\n");
            }
            Self::Left { seen, signed } => (seen, *signed),
        };
        let mut text = format!("still seen in {}, in pixels:\n", preview.display());
        for area in seen {
            let Area {
                x,
                y,
                width,
                height,
                class,
                score_milli,
                ..
            } = area;
            let (whole, rest) = (score_milli / 1_000, score_milli % 1_000);
            text += &format!("  {class} at x {x}, y {y}, {width} x {height}, score {whole}.{rest:03}\n");
        }
        text += if signed {
            "the note is signed; hand it in with `vouchsafe sell --override`\n"
        } else {
            "look at it; --text and --note sign for it\n"
        };
        text
    }
}

/// Why nothing was reviewed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    #[error("cannot read {}: {cause}", .path.display())]
    Read { path: PathBuf, cause: io::Error },
    #[error("cannot write {}: {cause}", .path.display())]
    Write { path: PathBuf, cause: io::Error },
    #[error("{} is larger than {max} bytes", .path.display())]
    TooLarge { path: PathBuf, max: u64 },
    #[error(transparent)]
    Note(#[from] NoteRefusal),
    #[error("the anonymiser failed: {0}")]
    Engine(String),
}

/// Shows the photo and, where that is asked, signs. `now`: the time that the note states.
///
/// Preview and note are created with mode 0600: the one may show somebody, the other links a photo to a report.
pub fn run(
    anonymiser: &mut dyn Anonymiser,
    request: &Request,
    keys: &GatewayKeys,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Reviewed, ReviewError> {
    let raw = read_capped(&request.input, request.max_file_bytes).map_err(|cause| ReviewError::Read {
        path: request.input.clone(),
        cause,
    })?;
    let raw = raw.ok_or_else(|| ReviewError::TooLarge {
        path: request.input.clone(),
        max: request.max_file_bytes,
    })?;
    let wishes = PhotoWishes {
        keep: request.keep.regions(),
        leftovers: Leftovers::Show,
    };
    let cleaned = match anonymiser.anonymise_with(&raw, &wishes) {
        Ok(cleaned) if cleaned.second_look.left.is_empty() => return Ok(Reviewed::Clean),
        Ok(cleaned) => cleaned,
        Err(AnonymiseError::Refused(reason)) => return Ok(Reviewed::Refused(reason)),
        Err(AnonymiseError::Engine(why)) => return Err(ReviewError::Engine(why)),
    };
    let mut salt = Digest::default();
    entropy.fill(&mut salt.0);
    let note = |text: &str| {
        let note = Note {
            schema: NOTE_SCHEMA.into(),
            photo: committed(Committed::Photo, &salt, &sha256(&raw)),
            output: committed(Committed::Output, &salt, &sha256(&cleaned.bytes)),
            policy: anonymiser.pipeline().digest,
            code: OVERRULED.into(),
            left: cleaned.second_look.left.clone(),
            text: text.trim().into(),
            time_ms: now,
        };
        note.check()?;
        let signature = keys.sign_record(&note.signing_bytes());
        let file = request
            .input
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let signed = SignedNote { note, signature };
        Ok::<_, NoteRefusal>(NoteFile { file, salt, signed })
    };
    // A text that no note can hold is refused before anything is written.
    let signed = match &request.sign {
        Some((text, path)) => Some((note(text)?, path)),
        None => None,
    };
    create(&request.preview, &cleaned.bytes)?;
    if let Some((note, path)) = &signed {
        let json = serde_json::to_vec_pretty(note).expect("strings and integers have a JSON form; qed");
        create(path, &json)?;
    }
    let seen = cleaned
        .areas
        .into_iter()
        .filter(|area| area.action == "left")
        .collect();
    Ok(Reviewed::Left {
        seen,
        signed: signed.is_some(),
    })
}

fn create(path: &Path, bytes: &[u8]) -> Result<(), ReviewError> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(path);
    let written = opened.and_then(|mut file| file.write_all(bytes));
    written.map_err(|cause| ReviewError::Write {
        path: path.into(),
        cause,
    })
}
