//! Anonymises a photo or the photos of one folder, and writes every mask's box.
//!
//! `masks IN OUT --json FILE [--policy FILE.json] [--models DIR]`, for the measurements in `scripts/bench.d`: the
//! schema is `vouchsafe/masks/1`, boxes are in pixels of the upright photo. For the operator's eyes: where a face was
//! is itself a finding about a person. Exit status 1 when a photo was refused (nothing is written for that one), 2 when
//! the arguments are wrong.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vouchsafe_anonymiser::{AnonymiseError, Anonymised, Anonymiser, Mask, ModelSet, Policy, Runtime};

type Failure = Box<dyn std::error::Error>;

const SCHEMA: &str = "vouchsafe/masks/1";

#[derive(serde::Serialize)]
struct Sheet {
    schema: &'static str,
    files: Vec<Entry>,
}

#[derive(serde::Serialize)]
struct Entry {
    file: String,
    /// Upright, pixels; 0 when the photo was refused.
    width: u32,
    height: u32,
    /// The code of the refusal.
    refused: Option<&'static str>,
    masks: Vec<Area>,
}

#[derive(serde::Serialize)]
struct Area {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    class: &'static str,
    score: f64,
    operator: &'static str,
    action: &'static str,
    escalated: bool,
}

impl From<&Mask> for Area {
    fn from(mask: &Mask) -> Self {
        Self {
            x: mask.rect.x,
            y: mask.rect.y,
            width: mask.rect.width,
            height: mask.rect.height,
            class: mask.class.name(),
            score: (f64::from(mask.score) * 1000.0).round() / 1000.0,
            operator: mask.operator.name(),
            action: "masked",
            escalated: mask.escalated,
        }
    }
}

impl Entry {
    fn of(file: String, result: &Result<Anonymised, AnonymiseError>) -> Self {
        match result {
            Ok(done) => Self {
                file,
                width: done.item.width,
                height: done.item.height,
                refused: None,
                masks: done.item.masks.iter().map(Area::from).collect(),
            },
            Err(refusal) => Self {
                file,
                width: 0,
                height: 0,
                refused: Some(refusal.code()),
                masks: Vec::new(),
            },
        }
    }
}

#[derive(Default)]
struct Options {
    input: PathBuf,
    output: PathBuf,
    json: PathBuf,
    policy: Option<PathBuf>,
    models: Option<PathBuf>,
}

impl Options {
    fn parse() -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut places = Vec::new();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
            match argument.as_str() {
                "--json" => options.json = value()?.into(),
                "--policy" => options.policy = Some(value()?.into()),
                "--models" => options.models = Some(value()?.into()),
                place => places.push(PathBuf::from(place)),
            }
        }
        let [input, output] = <[PathBuf; 2]>::try_from(places).map_err(|_| "wants IN and OUT")?;
        if options.json.as_os_str().is_empty() {
            return Err("wants --json FILE".into());
        }
        Ok(Self {
            input,
            output,
            ..options
        })
    }
}

fn main() -> ExitCode {
    let options = match Options::parse() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("masks: {error}\nusage: masks IN OUT --json FILE [--policy FILE.json] [--models DIR]");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("masks: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many photos were refused.
fn run(options: &Options) -> Result<usize, Failure> {
    let runtime = Runtime::load(&Runtime::discover(None)?)?;
    let models = ModelSet::load(options.models.as_deref().unwrap_or(Path::new("models")))?;
    let policy = match &options.policy {
        Some(file) => serde_json::from_slice(&std::fs::read(file)?)?,
        None => Policy::default(),
    };
    let mut anonymiser = Anonymiser::new(&runtime, &models, policy)?;
    std::fs::create_dir_all(&options.output)?;
    let mut files = Vec::new();
    for photo in photos(&options.input)? {
        let name = photo.file_name().ok_or("a photo without a name")?;
        let result = anonymiser.anonymise(&std::fs::read(&photo)?);
        if let Ok(done) = &result {
            std::fs::write(options.output.join(name), &done.bytes)?;
        }
        files.push(Entry::of(name.to_string_lossy().into_owned(), &result));
    }
    let refused = files.iter().filter(|file| file.refused.is_some()).count();
    let sheet = Sheet {
        schema: SCHEMA,
        files,
    };
    std::fs::write(&options.json, serde_json::to_vec_pretty(&sheet)?)?;
    Ok(refused)
}

/// `input` itself, or the photos that lie in it, by name.
fn photos(input: &Path) -> Result<Vec<PathBuf>, Failure> {
    if input.is_file() {
        return Ok(vec![input.to_path_buf()]);
    }
    let mut photos = Vec::new();
    for entry in std::fs::read_dir(input)? {
        let path = entry?.path();
        let extension = path
            .extension()
            .map(|end| end.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        if ["jpg", "jpeg", "png", "webp"].contains(&extension.as_str()) {
            photos.push(path);
        }
    }
    photos.sort();
    Ok(photos)
}
