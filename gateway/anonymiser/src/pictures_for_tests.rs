//! What tests show to the shipped nets: photos of the demonstration, and drawn things.

use crate::codec;
use crate::format::Format;
use crate::found::{Class, Found};
use crate::model::ModelSet;
use crate::raster::Raster;
use crate::runtime::Runtime;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The shipped ones.
pub(crate) fn models() -> ModelSet {
    ModelSet::load(&repository().join("models")).unwrap()
}

pub(crate) fn runtime() -> Runtime {
    let path = Runtime::discover(None).expect("the tests need the library that scripts/setup places");
    Runtime::load(&path).unwrap()
}

/// A photo of the demonstration, as its file stores it.
pub(crate) fn photo(name: &str) -> Raster {
    let bytes = std::fs::read(repository().join("scripts/demo.d/photos").join(name)).unwrap();
    let format = Format::sniff(&bytes).unwrap();
    let survey = crate::container::survey(format, &bytes).unwrap();
    codec::decode(format, &bytes, (survey.width, survey.height)).unwrap()
}

/// Letters of 5 x 7 cells, row by row, the leftmost cell in the highest of five bits.
const LETTERS: [(char, [u8; 7]); 10] = [
    ('A', [14, 17, 17, 31, 17, 17, 17]),
    ('B', [30, 17, 17, 30, 17, 17, 30]),
    ('E', [31, 16, 16, 30, 16, 16, 31]),
    ('H', [17, 17, 17, 31, 17, 17, 17]),
    ('K', [17, 18, 20, 24, 20, 18, 17]),
    ('N', [17, 25, 21, 19, 17, 17, 17]),
    ('T', [31, 4, 4, 4, 4, 4, 4]),
    ('1', [4, 12, 4, 4, 4, 4, 14]),
    ('4', [2, 6, 10, 18, 31, 2, 2]),
    ('7', [31, 1, 2, 4, 8, 8, 8]),
];

/// Writes `line` in cells of `cell` pixels and gives the box of its letters.
pub(crate) fn write(raster: &mut Raster, line: &str, (x, y): (u32, u32), cell: u32, ink: [u8; 3]) -> Found {
    let mut left = x;
    for letter in line.chars() {
        let rows = LETTERS
            .iter()
            .find(|(name, _)| *name == letter)
            .map(|(_, rows)| rows);
        for (row, bits) in rows.into_iter().flatten().enumerate() {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                fill(
                    raster,
                    (left + column * cell, y + row as u32 * cell),
                    (cell, cell),
                    ink,
                );
            }
        }
        left += 6 * cell;
    }
    Found {
        class: Class::Text,
        x0: x as f32,
        y0: y as f32,
        x1: (left - cell) as f32,
        y1: (y + 7 * cell) as f32,
        score: 1.0,
    }
}

/// A rectangle: place, then size.
pub(crate) fn fill(raster: &mut Raster, (x, y): (u32, u32), (width, height): (u32, u32), colour: [u8; 3]) {
    for row in y..y + height {
        for column in x..x + width {
            let at = 3 * (row * raster.width + column) as usize;
            raster.rgb[at..at + 3].copy_from_slice(&colour);
        }
    }
}

/// One colour.
pub(crate) fn sheet(width: u32, height: u32, colour: [u8; 3]) -> Raster {
    let mut raster = Raster::new(width, height);
    fill(&mut raster, (0, 0), (width, height), colour);
    raster
}

/// Share of `thing`, pixel by pixel, under `boxes`.
pub(crate) fn covered(thing: &Found, boxes: &[Found]) -> f32 {
    let inside = |one: &Found, x: f32, y: f32| one.x0 <= x && x < one.x1 && one.y0 <= y && y < one.y1;
    let (mut all, mut under) = (0, 0);
    for y in thing.y0 as u32..thing.y1 as u32 {
        for x in thing.x0 as u32..thing.x1 as u32 {
            all += 1;
            under += u32::from(
                boxes
                    .iter()
                    .any(|one| inside(one, x as f32 + 0.5, y as f32 + 0.5)),
            );
        }
    }
    under as f32 / all as f32
}
