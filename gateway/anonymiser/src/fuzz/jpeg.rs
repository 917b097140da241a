//! The coefficient codec: reading, decoding, masking, writing, and reading again.

use super::{MOST_PIXELS, areas, paint_black};
use crate::codec::decode;
use crate::container::{audit, survey};
use crate::format::Format;
use crate::jpeg::Jpeg;
use crate::raster::Raster;
use crate::report::Rect;

/// The input is a file; what follows its end says where the masks are.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(jpeg) = Jpeg::read(bytes) else { return false };
    let (width, height) = (jpeg.width, jpeg.height);
    let surveyed = survey(Format::Jpeg, bytes).expect("what is read has a size");
    assert_eq!((width, height), (surveyed.width, surveyed.height));
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return false;
    }
    for shrink in [2, 4, 8] {
        let small = jpeg.to_raster(shrink);
        assert_eq!(
            (small.width, small.height),
            (width.div_ceil(shrink), height.div_ceil(shrink))
        );
        assert_eq!(small.rgb.len(), 3 * small.width as usize * small.height as usize);
    }

    let areas = areas(bytes, width, height);
    let mut painted = jpeg.to_raster(1);
    paint_black(&mut painted, &areas);
    let mut masked = jpeg.clone();
    masked.replace(&areas, &areas, &painted);
    // The same masks over a picture of which nothing else is left.
    let mut bare = jpeg.clone();
    let whole = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    bare.replace(&[whole], &[], &Raster::new(width, height));
    bare.replace(&areas, &areas, &painted);
    let kept = jpeg.same_mcus(&masked).expect("of one shape");
    let made = bare.same_mcus(&masked).expect("of one shape");
    for (index, (kept, made)) in kept.into_iter().zip(made).enumerate() {
        if is_touched(&jpeg, index, &areas) {
            assert!(made, "MCU {index} holds something of what was masked");
        } else {
            assert!(kept, "MCU {index} changed, and no mask touches it");
        }
    }

    for orientation in [1, 1 + (bytes.len() % 8) as u8] {
        let written = masked.write(orientation);
        audit(Format::Jpeg, &written, width, height).expect("what is written is on the list");
        let again = survey(Format::Jpeg, &written).expect("what is written has a size");
        assert_eq!(again.orientation, orientation);
        assert!(Jpeg::read(&written).expect("what is written can be read") == masked);
        decode(Format::Jpeg, &written, (width, height)).expect("another decoder reads it");
    }
    true
}

/// Does an area share a pixel with this MCU, counted row by row?
fn is_touched(jpeg: &Jpeg, index: usize, areas: &[Rect]) -> bool {
    let (wide, high) = jpeg.mcu();
    let across = jpeg.width.div_ceil(wide) as usize;
    let (x, y) = ((index % across) as u32 * wide, (index / across) as u32 * high);
    (areas.iter()).any(|a| a.x < x + wide && x < a.x + a.width && a.y < y + high && y < a.y + a.height)
}
