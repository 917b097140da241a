//! The two parsers around the pixels: the survey of what comes, and the audit of what leaves.

use crate::container::{Survey, audit, survey};
use crate::format::Format;

/// The input is a file, and the Exif block of another one.
pub fn check(bytes: &[u8]) -> bool {
    let mut any = false;
    // None of them looks at the first bytes, which the sniffer has read.
    for format in [Format::Jpeg, Format::Png, Format::Webp] {
        if let Ok(found) = survey(format, bytes) {
            plausible(&found, bytes.len());
            audited(format, bytes, &found);
            any = true;
        } else {
            // No audit passes what no survey reads, whatever size is expected of it.
            assert!(size_of_audited(format, bytes).is_none());
        }
    }
    if let Ok(length) = u16::try_from(bytes.len() + 2) {
        exif(length, bytes);
    }
    any
}

fn plausible(found: &Survey, length: usize) {
    assert!(found.width > 0 && found.height > 0);
    assert!((1..=8).contains(&found.orientation));
    // An Exif block counts up to four times; every piece has a header of four bytes.
    let pieces: u64 = found.metadata.values().map(|count| u64::from(*count)).sum();
    assert!(pieces <= length as u64);
}

/// What passes holds nothing but an orientation, and nothing can be put behind it or cut off.
fn audited(format: Format, bytes: &[u8], found: &Survey) {
    if audit(format, bytes, found.width, found.height).is_err() {
        return;
    }
    let orientation = u32::from(found.orientation > 1);
    assert_eq!(
        found.metadata.values().sum::<u32>(),
        orientation,
        "{:?}",
        found.metadata
    );
    let longer = [bytes, b"\0"].concat();
    assert!(audit(format, &longer, found.width, found.height).is_err());
    assert!(audit(format, &bytes[..bytes.len() - 1], found.width, found.height).is_err());
}

/// The size, not zero, by which the audit passes these bytes: 0 x 0 is none, and a refusal tells it.
fn size_of_audited(format: Format, bytes: &[u8]) -> Option<String> {
    let told = audit(format, bytes, 0, 0).err()?.to_string();
    let zero = told.contains("size of 0 x") || told.contains(" x 0 instead");
    (told.contains("instead of 0 x 0") && !zero).then_some(told)
}

/// The bytes as the Exif block of a picture.
fn exif(length: u16, block: &[u8]) {
    const FRAME: &[u8] = b"\xFF\xC0\0\x0B\x08\0\x01\0\x01\x01\x01\x11\0";
    const SCAN: &[u8] = b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0\xFF\xD9";
    let file = [b"\xFF\xD8\xFF\xE1", &length.to_be_bytes()[..], block, FRAME, SCAN].concat();
    let found = survey(Format::Jpeg, &file).expect("whatever an Exif block says, the file has a size");
    plausible(&found, file.len());
    assert_eq!((found.width, found.height), (1, 1));
}
