//! Model files and their manifests (`models/README.md` describes the format).

use crate::error::LoadError;
use crate::net::{Dbnet, Fill, Nanodet, Retina};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A manifest as it is on disk. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub name: String,
    /// What the net does: `face-detection`, `object-detection`, `text-detection`, `plate-detection`, `inpainting`.
    pub task: String,
    /// Path of the ONNX file, relative to the manifest.
    pub file: PathBuf,
    /// SHA-256 of that file, hexadecimal.
    pub sha256: String,
    pub licence: String,
    /// Where the weights come from and how the file was made from them.
    pub source: String,
    /// `float32` or `int8`.
    pub precision: String,
    /// How the net is fed and read.
    pub net: Net,
    pub threshold: Thresholds,
    /// Known misses, in plain words; they go into every report.
    pub limits: Vec<String>,
    /// False for weights that the project may not pass on: the operator places the file, or does without.
    #[serde(default = "shipped")]
    pub shipped: bool,
}

fn shipped() -> bool {
    true
}

/// How a net is fed and how its output becomes boxes; `kind` in the manifest.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Net {
    Centerface(Centerface),
    Nanodet(Nanodet),
    Dbnet(Dbnet),
    Retina(Retina),
    Blazeface(Blazeface),
    Fill(Fill),
}

/// CenterFace: one picture in patches of 3 x 3 pixels, `1 x height/2 x width/2 x 28` of `uint8` (`models/README.md`);
/// out come planes `1 x c x height/stride x width/stride`, here by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Centerface {
    pub input: String,
    /// The picture's sides must be multiples of this, which is even. Pixels.
    pub multiple_of: u32,
    /// One plane: confidence, 0 to 1.
    pub heatmap: String,
    /// Two planes: natural logarithm of height and width in strides.
    pub scale: String,
    /// Two planes: offset of the centre down and right, in strides.
    pub offset: String,
    pub stride: u32,
    /// The net's boxes, scaled about their middles by this, are those that people draw around faces.
    pub fit: Fit,
    /// Boxes that overlap a better one by more than this are the same face. Intersection over union.
    pub overlap: f32,
}

/// Shares of a box's own width and height, 0.5 to 2: the median of labelled over found ones.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    pub width: f32,
    pub height: f32,
}

impl Manifest {
    /// Reads and checks the file at `path`. Errors: `Read`, `Manifest`.
    fn read(path: &Path) -> Result<Self, LoadError> {
        let invalid = |reason: String| LoadError::Manifest {
            path: path.display().to_string(),
            reason,
        };
        let parsed: Self = serde_json::from_slice(&read(path)?).map_err(|e| invalid(e.to_string()))?;
        parsed.net.validate().map_err(invalid)?;
        Ok(parsed)
    }

    /// Reads the file that this manifest, which lies at `path`, names. Errors: `Read`, `Digest`.
    fn weights(self, path: &Path) -> Result<Model, LoadError> {
        let file = path.parent().unwrap_or(Path::new(".")).join(&self.file);
        let weights = read(&file)?;
        let found = hex::encode(Sha256::digest(&weights));
        if found != self.sha256 {
            let path = file.display().to_string();
            return Err(LoadError::Digest {
                path,
                wanted: self.sha256,
                found,
            });
        }
        Ok(Model {
            manifest: self,
            weights,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|source| LoadError::Read {
        path: path.display().to_string(),
        source,
    })
}

impl Net {
    /// What a manifest may not say.
    fn validate(&self) -> Result<(), String> {
        match self {
            Self::Centerface(net) => {
                if net.stride == 0 || net.multiple_of == 0 || !net.multiple_of.is_multiple_of(2) {
                    return Err("stride must be above zero, multiple_of too and even".into());
                }
                let sensible = |share: f32| (0.5..=2.0).contains(&share);
                if !sensible(net.fit.width) || !sensible(net.fit.height) {
                    return Err("fit wants shares of 0.5 to 2".into());
                }
                Ok(())
            }
            Self::Nanodet(net) => net.validate(),
            Self::Dbnet(net) => net.validate(),
            Self::Retina(net) => net.validate(),
            Self::Fill(net) => net.validate(),
            Self::Blazeface(net) => {
                let fits = |grid: &Grid| {
                    grid.stride > 0
                        && net.multiple_of.is_multiple_of(grid.stride)
                        && (1..=16).contains(&grid.anchors)
                };
                let sides = (32..=1024).contains(&net.side)
                    && net.multiple_of > 0
                    && net.side.is_multiple_of(net.multiple_of);
                if !sides || net.grids.is_empty() || !net.grids.iter().all(fits) {
                    return Err("wanted a side of 32 to 1024, a multiple of multiple_of, and grids whose stride divides \
                                that, of 1 to 16 anchors"
                        .into());
                }
                Ok(())
            }
        }
    }
}

/// BlazeFace: one picture, `1 x 3 x height x width` of `float32`, RGB from -1 to 1; out come values for each anchor of each
/// grid, row by row, the anchors of a cell after each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blazeface {
    pub input: String,
    /// The picture's longer side at most, and what both sides must be multiples of. Pixels.
    pub side: u32,
    pub multiple_of: u32,
    pub grids: Vec<Grid>,
    /// Boxes that overlap a better one by more than this are the same face. Intersection over union.
    pub overlap: f32,
}

/// A grid of anchors over the picture.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Side of a cell. Pixels.
    pub stride: u32,
    /// How many in each cell.
    pub anchors: u32,
    /// One value an anchor; its logistic function is the score.
    pub scores: String,
    /// 16 values an anchor, pixels: centre from the middle of the cell right and down, width, height, six points.
    pub boxes: String,
}

/// The thresholds that the model card's figures hold for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    pub detect: f32,
    pub residual: f32,
}

/// A manifest whose file has been read and has the right digest.
#[derive(Debug, Clone)]
pub struct Model {
    pub manifest: Manifest,
    pub(crate) weights: Vec<u8>,
}

impl Model {
    /// Reads a manifest and its file. Errors: `Read`, `Manifest`, `Digest`.
    pub fn load(manifest: &Path) -> Result<Self, LoadError> {
        Manifest::read(manifest)?.weights(manifest)
    }

    /// [`Self::load`], but a manifest or file that is not there gives nothing and its name in `missing`: the manifest's
    /// `name`, or its file's when it is that which is not there. What is there must be right. Errors as [`Self::load`].
    fn optional(manifest: &Path, missing: &mut Vec<String>) -> Result<Option<Self>, LoadError> {
        let absent = |e: &LoadError| matches!(e, LoadError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound);
        let parsed = match Manifest::read(manifest) {
            Err(e) if absent(&e) => {
                let stem = manifest.file_stem().unwrap_or_default();
                missing.push(stem.to_string_lossy().into_owned());
                return Ok(None);
            }
            parsed => parsed?,
        };
        let name = parsed.name.clone();
        match parsed.weights(manifest) {
            Err(e) if absent(&e) => {
                missing.push(name);
                Ok(None)
            }
            loaded => loaded.map(Some),
        }
    }

    pub fn info(&self) -> ModelInfo {
        let m = &self.manifest;
        ModelInfo {
            name: m.name.clone(),
            task: m.task.clone(),
            sha256: m.sha256.clone(),
            licence: m.licence.clone(),
            precision: m.precision.clone(),
            limits: m.limits.clone(),
        }
    }
}

/// The models of one pipeline. Share it between workers (`&ModelSet`): each session keeps its own copy inside ONNX
/// Runtime.
#[derive(Debug, Clone)]
pub struct ModelSet {
    /// `centerface.json`; without it there is no pipeline.
    pub faces: Model,
    /// `nanodet.json`: persons, vehicles and other things.
    pub objects: Option<Model>,
    /// `text.json`: text in the scene, and on plates.
    pub text: Option<Model>,
    /// `plates.json`: licence plates. Its weights are not shipped.
    pub plates: Option<Model>,
    /// `blazeface.json`: faces, seen by a net of another family, on the second look.
    pub second: Option<Model>,
    /// `inpaint.json`: fills holes. Without it they are filled all the same, with less in them, so it is never missing.
    pub fill: Option<Model>,
    /// Names of the optional models that are not there. What they would have found is not looked for, and a report has
    /// to say so.
    pub missing: Vec<String>,
}

impl ModelSet {
    /// Reads the models that are in a `models` directory; only the face detector must be. Errors as [`Model::load`]: a
    /// file that is there and has another digest than its manifest says is never passed over.
    pub fn load(directory: &Path) -> Result<Self, LoadError> {
        let faces = Model::load(&directory.join("centerface.json"))?;
        let mut missing = Vec::new();
        let mut optional = |file: &str| Model::optional(&directory.join(file), &mut missing);
        Ok(Self {
            faces,
            objects: optional("nanodet.json")?,
            text: optional("text.json")?,
            plates: optional("plates.json")?,
            second: optional("blazeface.json")?,
            fill: Model::optional(&directory.join("inpaint.json"), &mut Vec::new())?,
            missing,
        })
    }
}

/// What a report says about a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    pub name: String,
    pub task: String,
    /// Hexadecimal.
    pub sha256: String,
    pub licence: String,
    pub precision: String,
    pub limits: Vec<String>,
}
