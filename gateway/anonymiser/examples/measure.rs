//! Recall at the shipped threshold by size of face, and CPU time per photo with each step's share.
//!
//! `cargo run -p vouchsafe-anonymiser --example measure -- FOLDER [--models DIR] [--policy FILE.toml] [--limit N]`
//!
//! FOLDER holds `labels.json` (file name -> faces with `box: [x, y, width, height]` in pixels of the stored file) and
//! the photos beside it. A face counts as covered when at least 90 % of its box lies under the masks: what matters
//! is what is hidden, not how well two boxes agree. Faces under 10 px and those marked invalid are left out. Without
//! `labels.json` every JPEG, PNG and WebP in FOLDER is taken and recall is not told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use vouchsafe_anonymiser::{Anonymiser, Mask, ModelSet, Policy, Runtime, Step, Wishes};

type Failure = Box<dyn std::error::Error>;

#[derive(serde::Deserialize)]
struct Photo {
    faces: Vec<Label>,
}

#[derive(serde::Deserialize)]
struct Label {
    #[serde(rename = "box")]
    area: [f64; 4],
    #[serde(default)]
    invalid: u8,
}

const BINS: [(&str, f64, f64); 3] = [
    ("10-16", 10.0, 16.0),
    ("16-24", 16.0, 24.0),
    ("24+", 24.0, f64::INFINITY),
];

fn main() -> Result<(), Failure> {
    let options = Options::parse()?;
    let file = options.folder.join("labels.json");
    let labelled_set = file.is_file();
    let labels: BTreeMap<String, Photo> = if labelled_set {
        serde_json::from_slice(&std::fs::read(file)?)?
    } else {
        unlabelled(&options.folder)?
    };
    let runtime = Runtime::load(&Runtime::discover(None)?)?;
    let models = ModelSet::load(&options.models)?;
    let policy: Policy = match &options.policy {
        Some(file) => Policy::load(file)?,
        None => Policy::default(),
    };
    println!("policy {}", policy.canonical_json());
    let mut anonymiser = Anonymiser::new(&runtime, &models, policy)?;

    let mut covered = [0_u32; BINS.len()];
    let mut labelled = [0_u32; BINS.len()];
    let (mut photos, mut refused, mut escalated, mut masks, mut area) = (0_u32, 0_u32, 0_u32, 0_usize, 0_u64);
    let mut steps: BTreeMap<Step, f64> = BTreeMap::new();
    for (name, photo) in labels.iter().take(options.limit) {
        let Some(path) = find(&options.folder, name) else {
            return Err(format!("no photo {name}").into());
        };
        let bytes = std::fs::read(path)?;
        photos += 1;
        let mut last: Option<(Step, f64)> = None;
        let result = anonymiser.anonymise_with(&bytes, &Wishes::default(), &mut |step| {
            let now = cpu_seconds();
            if let Some((step, since)) = last.replace((step, now)) {
                *steps.entry(step).or_default() += now - since;
            }
        });
        if let Some((step, since)) = last {
            *steps.entry(step).or_default() += cpu_seconds() - since;
        }
        let faces: Vec<_> = photo.faces.iter().filter(|f| f.invalid == 0).collect();
        let found = match &result {
            Ok(done) => {
                escalated += u32::from(done.item.residual.found > 0);
                area += u64::from(done.item.metrics.changed_ppm);
                done.item.masks.as_slice()
            }
            Err(refusal) => {
                refused += 1;
                println!("refused {name}: {refusal}");
                // A withheld photo exposes nobody, but it is not a success of the detector either.
                continue;
            }
        };
        masks += found.len();
        for face in faces {
            let Some(bin) = BINS
                .iter()
                .position(|(_, from, to)| (*from..*to).contains(&face.area[3]))
            else {
                continue;
            };
            labelled[bin] += 1;
            covered[bin] += u32::from(share_under(face.area, found) >= 0.9);
        }
    }

    println!("photos {photos}, refused by the second look {refused}, escalated {escalated}, masks {masks}");
    println!(
        "mean area replaced {:.1} %",
        area as f64 / f64::from((photos - refused).max(1)) / 10_000.0
    );
    for (bin, (name, ..)) in BINS.iter().enumerate().filter(|_| labelled_set) {
        let share = 100.0 * f64::from(covered[bin]) / f64::from(labelled[bin].max(1));
        println!(
            "recall {name:>6} px: {share:5.1} %  ({} of {})",
            covered[bin], labelled[bin]
        );
    }
    let total: f64 = steps.values().sum();
    println!("CPU {:.1} ms per photo", 1000.0 * total / f64::from(photos));
    for (step, seconds) in &steps {
        let each = 1000.0 * seconds / f64::from(photos);
        println!(
            "  {:<11} {each:7.2} ms  {:4.1} %",
            format!("{step:?}"),
            100.0 * seconds / total
        );
    }
    Ok(())
}

struct Options {
    folder: PathBuf,
    models: PathBuf,
    policy: Option<PathBuf>,
    limit: usize,
}

impl Options {
    fn parse() -> Result<Self, Failure> {
        let mut options = Self {
            folder: PathBuf::new(),
            models: "models".into(),
            policy: None,
            limit: usize::MAX,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
            match argument.as_str() {
                "--models" => options.models = value()?.into(),
                "--policy" => options.policy = Some(value()?.into()),
                "--limit" => options.limit = value()?.parse()?,
                folder => options.folder = folder.into(),
            }
        }
        Ok(options)
    }
}

/// The photos in `folder`, by name.
fn unlabelled(folder: &Path) -> Result<BTreeMap<String, Photo>, Failure> {
    let mut photos = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let lower = name.to_lowercase();
        if [".jpg", ".jpeg", ".png", ".webp"]
            .iter()
            .any(|end| lower.ends_with(end))
        {
            photos.insert(name, Photo { faces: Vec::new() });
        }
    }
    Ok(photos)
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(name), folder.join("images").join(name)]
        .into_iter()
        .find(|path| path.is_file())
}

/// Share of a labelled box whose pixel centres lie under a mask.
fn share_under([x, y, width, height]: [f64; 4], masks: &[Mask]) -> f64 {
    let steps = 20;
    let at = |from: f64, length: f64, step: i32| from + length * (f64::from(step) + 0.5) / f64::from(steps);
    let inside = |px: f64, py: f64| {
        masks.iter().any(|m| {
            let (x0, y0) = (f64::from(m.rect.x), f64::from(m.rect.y));
            (x0..x0 + f64::from(m.rect.width)).contains(&px)
                && (y0..y0 + f64::from(m.rect.height)).contains(&py)
        })
    };
    let hits = (0..steps * steps)
        .filter(|i| inside(at(x, width, i % steps), at(y, height, i / steps)))
        .count();
    hits as f64 / f64::from(steps * steps)
}

/// CPU time of this process so far, user and system, from the kernel's accounting.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split_whitespace()
        .next()
        .and_then(|ns| ns.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1e9
}
