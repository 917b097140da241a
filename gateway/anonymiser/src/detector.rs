//! CenterFace: one session, pictures in, boxes out.

use crate::error::{AnonymiseError, LoadError};
use crate::model::{Manifest, Model};
use crate::patches::{PATCH, Patches};
use crate::policy::DetectSize;
use crate::raster::Raster;
use crate::runtime::Runtime;
use ort::session::Session;
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};

/// A face: corners in pixels of the picture that was looked at, not clamped to it, all finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Face {
    pub x0: f32,
    pub y0: f32,
    pub x1: f32,
    pub y1: f32,
    /// 0 to 1.
    pub score: f32,
}

impl Face {
    fn area(&self) -> f32 {
        (self.x1 - self.x0).max(0.0) * (self.y1 - self.y0).max(0.0)
    }

    fn overlap(&self, other: &Self) -> f32 {
        let width = (self.x1.min(other.x1) - self.x0.max(other.x0)).max(0.0);
        let height = (self.y1.min(other.y1) - self.y0.max(other.y0)).max(0.0);
        let both = width * height;
        let all = self.area() + other.area() - both;
        if all > 0.0 { both / all } else { 0.0 }
    }

    /// Undoes [`Raster::upright`] by a quarter turn of a picture that was `width` x `height` before it.
    fn turned_back(self, turn: u8, width: f32, height: f32) -> Self {
        let Self {
            x0,
            y0,
            x1,
            y1,
            score,
        } = self;
        match turn {
            6 => Self {
                x0: y0,
                y0: height - x1,
                x1: y1,
                y1: height - x0,
                score,
            },
            3 => Self {
                x0: width - x1,
                y0: height - y1,
                x1: width - x0,
                y1: height - y0,
                score,
            },
            8 => Self {
                x0: width - y1,
                y0: x0,
                x1: width - y0,
                y1: x1,
                score,
            },
            _ => self,
        }
    }
}

/// How far a look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All turns at all sizes.
    Whole,
    /// To the first turn that shows a face: enough to know that the picture cannot be let out.
    UntilSeen,
}

pub(crate) struct Detector {
    session: Session,
    manifest: Manifest,
}

impl Detector {
    /// Opens a session with one thread. Error: `Model`.
    pub fn new(runtime: &Runtime, model: &Model) -> Result<Self, LoadError> {
        let name = model.manifest.name.clone();
        let misfit = |reason: String| LoadError::Model {
            name: name.clone(),
            reason,
        };
        let session = open(runtime, &model.weights).map_err(|e| misfit(e.to_string()))?;
        let manifest = model.manifest.clone();
        let wanted = manifest.input.name.as_str();
        let input = session.inputs().iter().find(|input| input.name() == wanted);
        let input = input.ok_or_else(|| misfit(format!("it has no input {wanted}")))?;
        if !takes_patches(input) {
            let found = input.dtype();
            return Err(misfit(format!(
                "its input {wanted} is {found}, wanted patches of {PATCH} bytes"
            )));
        }
        for wanted in [
            &manifest.output.heatmap,
            &manifest.output.scale,
            &manifest.output.offset,
        ] {
            if !session.outputs().iter().any(|o| o.name() == wanted) {
                return Err(misfit(format!("it has no output {wanted}")));
            }
        }
        Ok(Self { session, manifest })
    }

    /// Looks at `raster` once per turn (EXIF numbers of quarter turns) and size, as far as `extent`. Nothing seen means
    /// that all of them saw nothing. Error: `Inference`.
    ///
    /// Boxes are in pixels of `raster`, the best first, one per face.
    pub fn look(
        &mut self,
        raster: &Raster,
        turns: &[u8],
        size: DetectSize,
        threshold: f32,
        extent: Extent,
    ) -> Result<Vec<Face>, AnonymiseError> {
        let (mut faces, mut patches) = (Vec::new(), Patches::new());
        let long = raster.width.max(raster.height);
        let fine = size.fine(long);
        let sizes = [
            Some(fine),
            Some(size.coarse).filter(|coarse| *coarse > 0 && *coarse < fine),
        ];
        'looking: for side in sizes.into_iter().flatten() {
            let factor = f64::from(side) / f64::from(long);
            let scaled = |px: u32| ((f64::from(px) * factor).round() as u32).max(1);
            let small = raster.resized(scaled(raster.width), scaled(raster.height))?;
            let (width, height) = (small.width as f32, small.height as f32);
            let (fx, fy) = (raster.width as f32 / width, raster.height as f32 / height);
            for turn in turns {
                patches.gather(&small, *turn, self.manifest.input.multiple_of);
                let seen = self.run(&patches, threshold)?;
                faces.extend(seen.into_iter().map(|face| {
                    let Face {
                        x0,
                        y0,
                        x1,
                        y1,
                        score,
                    } = face.turned_back(*turn, width, height);
                    Face {
                        x0: x0 * fx,
                        y0: y0 * fy,
                        x1: x1 * fx,
                        y1: y1 * fy,
                        score,
                    }
                }));
                if extent == Extent::UntilSeen && !faces.is_empty() {
                    break 'looking;
                }
            }
        }
        Ok(distinct(faces, self.manifest.threshold.overlap))
    }

    fn run(&mut self, patches: &Patches, threshold: f32) -> Result<Vec<Face>, AnonymiseError> {
        let failed = |reason: String| AnonymiseError::Inference { reason };
        let shape = [1_usize, patches.rows, patches.columns, PATCH];
        let tensor = TensorRef::from_array_view((shape, patches.values.as_slice()))
            .map_err(|e| failed(e.to_string()))?;
        let name = self.manifest.input.name.as_str();
        let outputs = self
            .session
            .run(ort::inputs![name => tensor])
            .map_err(|e| failed(e.to_string()))?;
        let stride = self.manifest.output.stride;
        let cells = |patches: usize| 2 * patches / stride as usize;
        let (rows, columns) = (cells(patches.rows), cells(patches.columns));
        let plane = |name: &str, count: usize| {
            let value = outputs
                .get(name)
                .ok_or_else(|| failed(format!("no output {name}")))?;
            let (shape, values) = value
                .try_extract_tensor::<f32>()
                .map_err(|e| failed(e.to_string()))?;
            if values.len() != count * rows * columns {
                return Err(failed(format!("output {name} has the shape {shape:?}")));
            }
            Ok(values)
        };
        let heat = plane(&self.manifest.output.heatmap, 1)?;
        let scale = plane(&self.manifest.output.scale, 2)?;
        let offset = plane(&self.manifest.output.offset, 2)?;
        decode(heat, scale, offset, columns, stride as f32, threshold)
    }
}

fn open(runtime: &Runtime, weights: &[u8]) -> ort::Result<Session> {
    let cpu = ort::ep::CPU::default().with_arena_allocator(true).build();
    let session = Session::builder(&runtime.environment)?
        .with_no_environment_execution_providers()?
        .with_execution_providers([cpu])?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        // Photos differ in size, and a plan made for one shape would hold its memory for good.
        .with_memory_pattern(false)?
        .with_deterministic_compute(true)?
        .commit_from_memory(weights)?;
    Ok(session)
}

fn takes_patches(input: &Outlet) -> bool {
    match input.dtype() {
        ValueType::Tensor { ty, shape, .. } => {
            *ty == TensorElementType::Uint8 && shape.len() == 4 && shape[3] == PATCH as i64
        }
        _ => false,
    }
}

/// Cells of the heat map above `threshold` become boxes. A value that is not finite makes the whole look fail: a
/// net that computes nonsense must not pass for one that sees nothing.
fn decode(
    heat: &[f32],
    scale: &[f32],
    offset: &[f32],
    columns: usize,
    stride: f32,
    threshold: f32,
) -> Result<Vec<Face>, AnonymiseError> {
    let nonsense = || AnonymiseError::Inference {
        reason: "the net gave a value that is not finite".into(),
    };
    if heat.iter().any(|v| !v.is_finite()) {
        return Err(nonsense());
    }
    let cells = heat.len();
    let mut faces = Vec::new();
    for (cell, score) in heat.iter().enumerate().filter(|(_, score)| **score > threshold) {
        let (row, column) = ((cell / columns) as f32, (cell % columns) as f32);
        let side = |log: f32| log.min(8.0).exp() * stride;
        let (height, width) = (side(scale[cell]), side(scale[cells + cell]));
        let y = (row + offset[cell] + 0.5) * stride;
        let x = (column + offset[cells + cell] + 0.5) * stride;
        if ![width, height, x, y].iter().all(|v| v.is_finite()) {
            return Err(nonsense());
        }
        faces.push(Face {
            x0: x - width / 2.0,
            y0: y - height / 2.0,
            x1: x + width / 2.0,
            y1: y + height / 2.0,
            score: score.clamp(0.0, 1.0),
        });
    }
    Ok(faces)
}

/// One box per face, the best first. Ties keep the order of the cells, so that runs repeat exactly.
fn distinct(mut faces: Vec<Face>, overlap: f32) -> Vec<Face> {
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.iter().all(|better| better.overlap(&face) <= overlap) {
            kept.push(face);
        }
    }
    kept
}
