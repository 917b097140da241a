//! CenterFace: one session, pictures in, boxes out.

use crate::error::{AnonymiseError, LoadError};
use crate::model::{Manifest, Model};
use crate::policy::DetectSize;
use crate::raster::Raster;
use crate::runtime::Runtime;
use ort::session::Session;
use ort::value::TensorRef;

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
        if !session.inputs().iter().any(|i| i.name() == manifest.input.name) {
            return Err(misfit(format!("it has no input {}", manifest.input.name)));
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

    /// Looks at `raster` once per turn (EXIF numbers of quarter turns) and size. Error: `Inference`.
    ///
    /// Boxes are in pixels of `raster`, the best first, one per face.
    pub fn look(
        &mut self,
        raster: &Raster,
        turns: &[u8],
        size: DetectSize,
        threshold: f32,
    ) -> Result<Vec<Face>, AnonymiseError> {
        let mut faces = Vec::new();
        let long = raster.width.max(raster.height);
        let fine = size.fine(long);
        let sizes = [
            Some(fine),
            Some(size.coarse).filter(|coarse| *coarse > 0 && *coarse < fine),
        ];
        for side in sizes.into_iter().flatten() {
            let factor = f64::from(side) / f64::from(long);
            let scaled = |px: u32| ((f64::from(px) * factor).round() as u32).max(1);
            let small = raster.resized(scaled(raster.width), scaled(raster.height))?;
            let (width, height) = (small.width as f32, small.height as f32);
            let (fx, fy) = (raster.width as f32 / width, raster.height as f32 / height);
            for turn in turns {
                let turned = if *turn == 1 {
                    None
                } else {
                    Some(small.clone().upright(*turn))
                };
                let seen = self.run(turned.as_ref().unwrap_or(&small), threshold)?;
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
            }
        }
        Ok(distinct(faces, self.manifest.threshold.overlap))
    }

    fn run(&mut self, picture: &Raster, threshold: f32) -> Result<Vec<Face>, AnonymiseError> {
        let failed = |reason: String| AnonymiseError::Inference { reason };
        let (planes, width, height) = planes(picture, self.manifest.input.multiple_of);
        let shape = [1_usize, 3, height, width];
        let tensor =
            TensorRef::from_array_view((shape, planes.as_slice())).map_err(|e| failed(e.to_string()))?;
        let name = self.manifest.input.name.as_str();
        let outputs = self
            .session
            .run(ort::inputs![name => tensor])
            .map_err(|e| failed(e.to_string()))?;
        let stride = self.manifest.output.stride;
        let (rows, columns) = (height / stride as usize, width / stride as usize);
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

/// Planes first, padded with black on the right and below to multiples of `multiple`: (values, width, height).
fn planes(picture: &Raster, multiple: u32) -> (Vec<f32>, usize, usize) {
    let padded = |px: u32| px.next_multiple_of(multiple) as usize;
    let (width, height) = (padded(picture.width), padded(picture.height));
    let mut planes = vec![0_f32; 3 * width * height];
    let (red, rest) = planes.split_at_mut(width * height);
    let (green, blue) = rest.split_at_mut(width * height);
    for (y, row) in picture.rgb.chunks_exact(3 * picture.width as usize).enumerate() {
        let at = y * width..y * width + picture.width as usize;
        let targets = red[at.clone()]
            .iter_mut()
            .zip(&mut green[at.clone()])
            .zip(&mut blue[at]);
        for (pixel, ((r, g), b)) in row.chunks_exact(3).zip(targets) {
            (*r, *g, *b) = (pixel[0].into(), pixel[1].into(), pixel[2].into());
        }
    }
    (planes, width, height)
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
