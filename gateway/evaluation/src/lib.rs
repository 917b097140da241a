#![doc = include_str!("../README.md")]

mod compare;
mod decode;
mod keyed;
mod label;
mod look;
mod metric;
mod near;
mod picture;
mod pixels;
mod publish;
mod reference;
mod row;
mod sample;
mod sketch;

pub use compare::{
    Agreed, Agreement, Compared, Excess, Outcome, Recomputed, Tally, agreement, compare, excess,
};
pub use decode::{DecodeError, Decoded, Format, decode_stored};
pub use keyed::{HASH_BITS, HashKey, KeyedHash, RADIUS};
pub use label::{Exposure, Label, Present, Removed, Sharpness, Spread, exposure_of, label, sharpness_of};
pub use look::{
    LOOK_SCHEMA, Look, LookError, LookNet, LookedAt, MAX_LOOK_BYTES, MAX_LOOK_FILES, MAX_LOOK_NETS, Unseen,
};
pub use metric::{Band, Kind, Metric, SUITE_VERSION, manifest, suite_digest};
pub use near::{Index, MAX_ENTRIES, Near, Repeats, repeats};
pub use picture::{MAX_PIXELS, Picture, PictureError};
pub use pixels::{BRIGHT, DARK, PixelMetrics, SCALED_SIDE};
pub use publish::{Measurement, Published, publish};
pub use reference::{SelfTestFailed, self_test};
pub use row::{
    ClassName, Classes, MAX_CLASS_NAME, MAX_CLASSES, MAX_ROW_BYTES, Row, RowError, Treated, metrics_root,
};
pub use sample::{AUDIT_ITEMS, MAX_SAMPLE, draw, items_needed, miss_ppm};
pub use sketch::{SKETCH_LEN, Sketch, SketchLength};
