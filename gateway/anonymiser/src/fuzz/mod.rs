//! What must hold for bytes from anywhere: one `check` for each fuzz target (`fuzz/README.md`), given the committed
//! inputs by the tests.
//!
//! A check panics when a promise is broken, and says whether the bytes got as far as being accepted. No net is loaded.

mod jpeg;
mod metadata;
mod photo;
mod policy;

pub use jpeg::check as jpeg;
pub use metadata::check as metadata;
pub use photo::check as photo;
pub use policy::check as policy;

use crate::raster::Raster;
use crate::report::Rect;

/// Enough for every shape of MCU, and small enough to be tried often.
const MOST_PIXELS: u64 = 1 << 16;

/// Two areas within a picture of this size, as the last eight bytes say: what follows a picture's end is not read.
fn areas(bytes: &[u8], width: u32, height: u32) -> Vec<Rect> {
    let shares: &[u8; 8] = bytes.last_chunk().unwrap_or(&[0; 8]);
    let part = |whole: u32, share: u8| whole * u32::from(share) / 256;
    let area = |[x, y, w, h]: &[u8; 4]| {
        let (x, y) = (part(width, *x), part(height, *y));
        Rect {
            x,
            y,
            width: 1 + part(width - x - 1, *w),
            height: 1 + part(height - y - 1, *h),
        }
    };
    shares.as_chunks().0.iter().map(area).collect()
}

fn paint_black(raster: &mut Raster, areas: &[Rect]) {
    let width = raster.width;
    for area in areas {
        for y in area.y..area.y + area.height {
            let from = 3 * (y * width + area.x) as usize;
            raster.rgb[from..from + 3 * area.width as usize].fill(0);
        }
    }
}

#[cfg(test)]
mod corpus_tests;
