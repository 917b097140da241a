//! Pictures drawn by arithmetic, and what the suite must say of them: a machine checks itself before it judges others.

use codec::Encode;
use serde::Deserialize;
use vouchsafe_protocol::id::Digest;

use crate::keyed::HashKey;
use crate::picture::Picture;
use crate::pixels::PixelMetrics;
use crate::row::{ClassName, Row, Treated, metrics_root};
use crate::sketch::Sketch;

/// The reference vectors, as JSON.
const VECTORS: &str = include_str!("../vectors/reference.json");

/// This machine, or this build, does not compute what the suite says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reference picture {picture}: expected {expected}, found {found}")]
pub struct SelfTestFailed {
    pub picture: String,
    pub expected: String,
    pub found: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    /// Root over all rows below, in order.
    metrics_root: Digest,
    pictures: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    picture: String,
    row: String,
    /// Under the public key, lower-case hex; `null` for a flat picture.
    hash: Option<String>,
}

/// A reference picture.
struct Drawn {
    name: &'static str,
    width: u32,
    height: u32,
    /// Red, green and blue at (x, y).
    colour: fn(u32, u32) -> [u8; 3],
}

const DRAWN: [Drawn; 8] = [
    Drawn {
        name: "dot",
        width: 1,
        height: 1,
        colour: |_, _| [200, 100, 50],
    },
    Drawn {
        name: "grey",
        width: 64,
        height: 48,
        colour: |_, _| [128; 3],
    },
    Drawn {
        name: "ramp",
        width: 256,
        height: 16,
        colour: |x, y| [low(x), low(255 - x), low(16 * y)],
    },
    Drawn {
        name: "checker",
        width: 65,
        height: 43,
        colour: |x, y| {
            if (x / 4 + y / 4) % 2 == 0 {
                [0; 3]
            } else {
                [255; 3]
            }
        },
    },
    Drawn {
        name: "noise",
        width: 200,
        height: 150,
        colour: noise,
    },
    Drawn {
        name: "line",
        width: 2000,
        height: 2,
        colour: |x, _| [low(x / 8), low(x / 4), low(x)],
    },
    Drawn {
        name: "disc",
        width: 640,
        height: 480,
        colour: disc,
    },
    Drawn {
        name: "waves",
        width: 1300,
        height: 700,
        colour: waves,
    },
];

/// The lowest eight bits.
fn low(value: u32) -> u8 {
    value.to_le_bytes()[0]
}

/// 24 bits that look like chance: one step of a linear congruential generator (Numerical Recipes) after a multiplication
/// that spreads neighbours apart, and its upper bits.
fn chance(seed: u32) -> u32 {
    let state = seed
        .wrapping_mul(2_654_435_761)
        .wrapping_mul(1_664_525)
        .wrapping_add(1_013_904_223);
    (state ^ (state >> 15)).wrapping_mul(2_246_822_519) >> 8
}

fn noise(x: u32, y: u32) -> [u8; 3] {
    let [red, green, blue, _] = chance(200 * y + x).to_le_bytes();
    [red, green, blue]
}

/// A bright disc before a darkening sky, with a little noise.
fn disc(x: u32, y: u32) -> [u8; 3] {
    let grain = chance(640 * y + x) % 8;
    if x.abs_diff(220).pow(2) + y.abs_diff(200).pow(2) < 140 * 140 {
        [low(230 + grain), low(180 + grain), low(40 + grain)]
    } else {
        [
            low(y / 8 + grain),
            low(60 + y / 6 + grain),
            low(200 - y / 3 + grain),
        ]
    }
}

/// Triangular waves in both directions, slow and fast.
fn waves(x: u32, y: u32) -> [u8; 3] {
    let wave = |at: u32, length: u32| (at % (2 * length)).abs_diff(length) * 120 / length;
    [
        low(wave(x + y, 90) + wave(y, 11)),
        low(wave(x, 210) + wave(x + 2 * y, 7)),
        low(wave(y, 160) + wave(x, 13)),
    ]
}

impl Drawn {
    fn rgb(&self) -> Vec<u8> {
        (0..self.height)
            .flat_map(|y| (0..self.width).flat_map(move |x| (self.colour)(x, y)))
            .collect()
    }

    /// The canonical row, with counts that only fill the other members, and the hash under the public key.
    fn measured(&self) -> (Row, Option<String>) {
        let rgb = self.rgb();
        let picture = Picture::new(self.width, self.height, &rgb).expect("drawn to its size; qed");
        let name = |name: &str| ClassName::new(name).expect("a plain word; qed");
        let row = Row {
            pixels: PixelMetrics::of(&picture),
            objects: Some([(name("car"), 2), (name("traffic light"), 0)].into()),
            residual: [(name("face"), 0), (name("plate"), 0)].into(),
            findings: [(
                name("face"),
                Treated {
                    found: 3,
                    kept: 1,
                    masked: 2,
                    reported: 0,
                },
            )]
            .into(),
            changed_ppm: 4321,
            outside_error_milli: 77,
        };
        let hash = Sketch::of(&picture).map(|sketch| {
            let hash = HashKey::public().hash(&sketch).encode();
            hash.iter().map(|byte| format!("{byte:02x}")).collect()
        });
        (row, hash)
    }
}

/// Measures the reference pictures and compares with what the suite says of them, byte for byte. Gives the root over their
/// rows, which an attestation may name. Error: the first difference.
pub fn self_test() -> Result<Digest, SelfTestFailed> {
    let vectors: Vectors = serde_json::from_str(VECTORS).expect("the vectors come with the crate; qed");
    let differs = |picture: &str, expected: String, found: String| {
        if expected == found {
            return Ok(());
        }
        let picture = picture.to_owned();
        Err(SelfTestFailed {
            picture,
            expected,
            found,
        })
    };
    let names = |names: Vec<&str>| names.join(" ");
    let expected = names(
        vectors
            .pictures
            .iter()
            .map(|vector| vector.picture.as_str())
            .collect(),
    );
    differs(
        "list",
        expected,
        names(DRAWN.iter().map(|drawn| drawn.name).collect()),
    )?;
    let mut rows = Vec::with_capacity(DRAWN.len());
    for (vector, drawn) in vectors.pictures.into_iter().zip(&DRAWN) {
        let (row, hash) = drawn.measured();
        let found = String::from_utf8_lossy(&row.to_bytes()).into_owned();
        differs(drawn.name, vector.row, found)?;
        differs(
            drawn.name,
            vector.hash.unwrap_or_default(),
            hash.unwrap_or_default(),
        )?;
        rows.push(row);
    }
    let root = metrics_root(&rows).unwrap_or_default();
    differs("all", vectors.metrics_root.to_string(), root.to_string())?;
    Ok(root)
}

#[cfg(test)]
#[path = "reference_tests.rs"]
mod tests;
