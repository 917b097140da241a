//! CenterFace: one session, pictures in, boxes out.

use super::Detector;
use super::patches::{PATCH, Patches};
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
        })
    }

    fn run(&mut self, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        let failed = |reason: String| AnonymiseError::Inference { reason };
        let patches = &self.patches;
        let shape = [1_usize, patches.rows, patches.columns, PATCH];
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
        let heat = plane(&self.net.heatmap, 1)?;
        let scale = plane(&self.net.scale, 2)?;
        let offset = plane(&self.net.offset, 2)?;
        decode(
            heat,
            scale,
            offset,
            columns,
            stride as f32,
            self.net.fit,
            threshold,
        )
    }
}

impl Detector for Centerface {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        self.patches.gather(view, turn, self.net.multiple_of);
        let (width, height) = (view.width as f32, view.height as f32);
        let seen = self.run(threshold)?;
        let seen = seen.into_iter().map(|face| face.turned_back(turn, width, height));
        Ok(distinct(seen.collect(), self.net.overlap))
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
