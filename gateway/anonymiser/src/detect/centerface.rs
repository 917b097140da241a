//! CenterFace: one session, pictures in, boxes out.

use super::patches::{PATCH, Patches};
use super::{Detector, Glance};
use crate::error::{AnonymiseError, LoadError};
use crate::found::{Class, Found, distinct};
use crate::model::{Fit, Model, Net};
use crate::raster::Raster;
use crate::runtime::Runtime;
use crate::session;
use ort::session::Session;
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};

pub(crate) struct Centerface {
    session: Session,
    net: crate::model::Centerface,
    patches: Patches,
    batch: usize,
}

impl Centerface {
    /// Opens a session with one thread. Error: `Model`.
    pub fn new(runtime: &Runtime, model: &Model) -> Result<Self, LoadError> {
        let misfit = |reason: String| LoadError::Model {
            name: model.manifest.name.clone(),
            reason,
        };
        let Net::Centerface(net) = model.manifest.net.clone() else {
            return Err(session::other_kind(model, "centerface"));
        };
        let outputs = [&net.heatmap, &net.scale, &net.offset].map(String::as_str);
        let session = session::open(runtime, model, &net.input, &outputs)?;
        let input = session.inputs().iter().find(|input| input.name() == net.input);
        if let Some(input) = input.filter(|input| !takes_patches(input)) {
            let (name, found) = (&net.input, input.dtype());
            return Err(misfit(format!(
                "its input {name} is {found}, wanted patches of {PATCH} bytes"
            )));
        }
        Ok(Self {
            session,
            net,
            patches: Patches::new(),
            batch: runtime.device().batch(),
        })
    }

    /// Takes up to `batch` pictures at once whatever the device.
    #[cfg(test)]
    pub(super) fn taking(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// What is in each of the pictures gathered. Error: `Inference`.
    fn run(&mut self, threshold: f32) -> Result<Vec<Vec<Found>>, AnonymiseError> {
        let failed = |reason: String| AnonymiseError::Inference { reason };
        let patches = &self.patches;
        let pictures = patches.pictures;
        let shape = [pictures, patches.rows, patches.columns, PATCH];
        let tensor = TensorRef::from_array_view((shape, patches.values.as_slice()))
            .map_err(|e| failed(e.to_string()))?;
        let name = self.net.input.as_str();
        let outputs = self
            .session
            .run(ort::inputs![name => tensor])
            .map_err(|e| failed(e.to_string()))?;
        let stride = self.net.stride;
        let cells = |patches: usize| 2 * patches / stride as usize;
        let (rows, columns) = (cells(patches.rows), cells(patches.columns));
        // All planes of one output: `count` for each picture.
        let planes = |name: &str, count: usize| {
            let value = outputs
                .get(name)
                .ok_or_else(|| failed(format!("no output {name}")))?;
            let (shape, values) = value
                .try_extract_tensor::<f32>()
                .map_err(|e| failed(e.to_string()))?;
            let each = count * rows * columns;
            if values.len() != pictures * each {
                return Err(failed(format!("output {name} has the shape {shape:?}")));
            }
            Ok(values.chunks_exact(each))
        };
        let heat = planes(&self.net.heatmap, 1)?;
        let scale = planes(&self.net.scale, 2)?;
        let offset = planes(&self.net.offset, 2)?;
        let (stride, fit) = (stride as f32, self.net.fit);
        heat.zip(scale)
            .zip(offset)
            .map(|((heat, scale), offset)| decode(heat, scale, offset, columns, stride, fit, threshold))
            .collect()
    }
}

impl Detector for Centerface {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        Ok(self
            .look_at_all(&[Glance { view, turn }], threshold)?
            .pop()
            .unwrap_or_default())
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn look_at_all(
        &mut self,
        glances: &[Glance<'_>],
        threshold: f32,
    ) -> Result<Vec<Vec<Found>>, AnonymiseError> {
        let (overlap, multiple) = (self.net.overlap, self.net.multiple_of);
        let mut all = Vec::with_capacity(glances.len());
        while all.len() < glances.len() {
            let left = &glances[all.len()..];
            self.patches.clear();
            let taken = left
                .iter()
                .take(self.batch)
                .take_while(|glance| self.patches.add(glance.view, glance.turn, multiple));
            let taken = &left[..taken.count()];
            let seen = self.run(threshold)?.into_iter().zip(taken);
            all.extend(seen.map(|(faces, Glance { view, turn })| {
                let (width, height) = (view.width as f32, view.height as f32);
                let upright = |face: Found| face.turned_back(*turn, width, height);
                distinct(faces.into_iter().map(upright).collect(), overlap)
            }));
        }
        Ok(all)
    }
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
    fit: Fit,
    threshold: f32,
) -> Result<Vec<Found>, AnonymiseError> {
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
        let height = side(scale[cell]) * fit.height;
        let width = side(scale[cells + cell]) * fit.width;
        let y = (row + offset[cell] + 0.5) * stride;
        let x = (column + offset[cells + cell] + 0.5) * stride;
        if ![width, height, x, y].iter().all(|v| v.is_finite()) {
            return Err(nonsense());
        }
        faces.push(Found {
            class: Class::Face,
            x0: x - width / 2.0,
            y0: y - height / 2.0,
            x1: x + width / 2.0,
            y1: y + height / 2.0,
            score: score.clamp(0.0, 1.0),
        });
    }
    Ok(faces)
}
