//! Inputs are made with `jpeg-encoder`; `zune-jpeg` judges inputs and outputs alike, and shares nothing with this code.

mod hostile;
mod lossless;
mod pictures;
mod replacing;
mod writing;

pub(crate) use hostile::small_files;

use super::{Jpeg, JpegError};
use crate::codec;
use crate::format::Format;
use crate::raster::Raster;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use std::path::Path;

/// All that the encoder can write.
const SAMPLINGS: [SamplingFactor; 8] = [
    SamplingFactor::F_1_1,
    SamplingFactor::F_2_1,
    SamplingFactor::F_1_2,
    SamplingFactor::F_2_2,
    SamplingFactor::F_4_1,
    SamplingFactor::F_4_2,
    SamplingFactor::F_1_4,
    SamplingFactor::F_2_4,
];

/// Around one block and one MCU of every sampling.
const SIZES: [(u32, u32); 8] = [
    (1, 1),
    (8, 8),
    (9, 17),
    (17, 9),
    (16, 16),
    (33, 31),
    (64, 1),
    (70, 50),
];

/// Slopes, an edge and a little noise: every frequency, in all three channels.
pub(crate) fn picture(width: u32, height: u32) -> Raster {
    let mut raster = Raster::new(width, height);
    let mut state = width.wrapping_mul(65_537).wrapping_add(height);
    for (at, pixel) in raster.rgb.chunks_exact_mut(3).enumerate() {
        let (x, y) = (at as u32 % width, at as u32 / width);
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = state >> 28;
        let edge = if (x + 2 * y) % 96 < 40 { 60 } else { 0 };
        let slopes = [40 + x % 128 + edge, 20 + y % 128 + edge, 90 + (x + y) % 64];
        for (value, slope) in pixel.iter_mut().zip(slopes) {
            *value = (slope + noise) as u8;
        }
    }
    raster
}

fn encoded(raster: &Raster, quality: u8, set: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    set(&mut encoder);
    let (width, height) = (raster.width as u16, raster.height as u16);
    encoder
        .encode(&raster.rgb, width, height, ColorType::Rgb)
        .unwrap();
    bytes
}

fn sampled(raster: &Raster, sampling: SamplingFactor) -> Vec<u8> {
    encoded(raster, 90, |encoder| encoder.set_sampling_factor(sampling))
}

fn grey(raster: &Raster) -> Vec<u8> {
    let values: Vec<u8> = raster.rgb.chunks_exact(3).map(|p| p[1]).collect();
    let mut bytes = Vec::new();
    let (width, height) = (raster.width as u16, raster.height as u16);
    let encoder = Encoder::new(&mut bytes, 90);
    encoder.encode(&values, width, height, ColorType::Luma).unwrap();
    bytes
}

/// What the independent decoder sees.
fn judged(bytes: &[u8], width: u32, height: u32) -> Raster {
    codec::decode(Format::Jpeg, bytes, (width, height)).unwrap()
}

/// The photos of the demonstration.
fn photos() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/demo.d/photos");
    let mut photos: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "jpg"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    photos.sort();
    assert!(photos.len() >= 4, "the photos are where they were");
    photos
}

/// Largest and mean difference of two pictures' values.
fn difference(a: &Raster, b: &Raster) -> (u8, f64) {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let differences = || a.rgb.iter().zip(&b.rgb).map(|(a, b)| a.abs_diff(*b));
    let sum: u64 = differences().map(u64::from).sum();
    (differences().max().unwrap(), sum as f64 / a.rgb.len() as f64)
}

/// Position of the first segment with this marker.
fn position(bytes: &[u8], marker: u8) -> usize {
    bytes.windows(2).position(|pair| pair == [0xFF, marker]).unwrap()
}

/// Why a file is refused as damaged; a test fails where it is not.
fn damage(bytes: &[u8]) -> String {
    match Jpeg::read(bytes) {
        Err(JpegError::Malformed(reason)) => reason,
        other => panic!("{:?}", other.map(|j| (j.width, j.height))),
    }
}

/// Why a file is left to others; a test fails where it is not.
fn foreign(bytes: &[u8]) -> String {
    match Jpeg::read(bytes) {
        Err(JpegError::Unsupported(reason)) => reason,
        other => panic!("{:?}", other.map(|j| (j.width, j.height))),
    }
}
