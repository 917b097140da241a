//! All that happens to a photo but the looking: sniffing, survey, limit, decoder, mask, writer, audit, and the other decoder.

use super::{MOST_PIXELS, areas, paint_black};
use crate::container::{audit, survey};
use crate::format::Format;
use crate::photo::Photo;
use crate::policy::{JpegPath, Output, Policy};
use crate::report::Rect;

/// The input is a file; what follows its end says where the masks are.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(format) = Format::sniff(bytes) else {
        return false;
    };
    let Ok(surveyed) = survey(format, bytes) else {
        return false;
    };
    let (width, height) = (surveyed.width, surveyed.height);
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return false;
    }
    let upright = if surveyed.orientation >= 5 {
        (height, width)
    } else {
        (width, height)
    };
    let mut any = false;
    // Other formats have one path; the two differ in nothing for them.
    for jpeg in [JpegPath::Coefficients, JpegPath::Pixels] {
        let output = Output {
            jpeg,
            ..Policy::default().output
        };
        let Ok(photo) = Photo::read(format, bytes, &surveyed, &output) else {
            continue;
        };
        any = true;
        let mut painted = photo.pixels.clone();
        assert_eq!((painted.width, painted.height), upright);
        let areas = areas(bytes, painted.width, painted.height);
        paint_black(&mut painted, &areas);
        let written = photo
            .write(&painted, &areas, &areas)
            .expect("what is read can be written");
        audit(format, &written.bytes, written.width, written.height).expect("it is on the list");
        let left = survey(format, &written.bytes).expect("what is written has a size");
        let orientation = u32::from(left.orientation > 1);
        assert_eq!(
            left.metadata.values().sum::<u32>(),
            orientation,
            "{:?}",
            left.metadata
        );
        let seen = photo.seen(&written).expect("what is written can be read");
        assert_eq!((seen.width, seen.height), upright);
        if let Some((units, parts)) = photo.compared(&written) {
            assert!(units.identical <= units.all);
            assert_eq!(parts.is_empty(), units.identical == units.all);
            for part in parts {
                let Rect { x, y, width, height } = part.place;
                assert_eq!((part.pixels.width, part.pixels.height), (width, height));
                assert!(x + width <= upright.0 && y + height <= upright.1);
            }
        }
        if format != Format::Jpeg {
            assert!(seen == painted, "written without loss");
        }
    }
    any
}
