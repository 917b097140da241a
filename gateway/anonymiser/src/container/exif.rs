//! Just enough TIFF to know the orientation and which families of tags are there. Never fails: what cannot be
//! read is treated as absent, because all of it is dropped anyway.

#[derive(Debug)]
pub(super) struct Found {
    /// 1 to 8.
    pub orientation: u8,
    pub gps: bool,
    pub thumbnail: bool,
    pub maker_note: bool,
}

const ORIENTATION: u16 = 0x0112;
const THUMBNAIL_OFFSET: u16 = 0x0201;
const STRIP_OFFSETS: u16 = 0x0111;
const EXIF_IFD: u16 = 0x8769;
const GPS_IFD: u16 = 0x8825;
const MAKER_NOTE: u16 = 0x927C;

struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

struct Entry {
    tag: u16,
    /// The value field read as a 16-bit number (for SHORT) and as a 32-bit number (for LONG and offsets).
    short: u16,
    long: u32,
}

impl Tiff<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let two: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian {
            u16::from_be_bytes(two)
        } else {
            u16::from_le_bytes(two)
        })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let four: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        })
    }

    /// Entries of the directory at `at` as far as they are there, and the offset of the next directory.
    fn directory(&self, at: u32) -> (Vec<Entry>, Option<u32>) {
        let at = at as usize;
        let Some(count) = self.u16(at).filter(|_| at >= 8) else {
            return (Vec::new(), None);
        };
        let entry = |index: usize| {
            let at = at + 2 + 12 * index;
            Some(Entry {
                tag: self.u16(at)?,
                short: self.u16(at + 8)?,
                long: self.u32(at + 8)?,
            })
        };
        let entries: Vec<_> = (0..usize::from(count)).map_while(entry).collect();
        (entries, self.u32(at + 2 + 12 * usize::from(count)))
    }
}

/// Reads a TIFF block, with or without the `Exif\0\0` in front.
pub(super) fn read(block: &[u8]) -> Found {
    let mut found = Found {
        orientation: 1,
        gps: false,
        thumbnail: false,
        maker_note: false,
    };
    let bytes = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let big_endian = match bytes.get(..4) {
        Some(b"MM\0*") => true,
        Some(b"II*\0") => false,
        _ => return found,
    };
    let tiff = Tiff { bytes, big_endian };
    let Some(first) = tiff.u32(4) else { return found };
    let (entries, next) = tiff.directory(first);
    for entry in &entries {
        match entry.tag {
            ORIENTATION if (1..=8).contains(&entry.short) => found.orientation = entry.short as u8,
            GPS_IFD => found.gps = true,
            EXIF_IFD => {
                let (inner, _) = tiff.directory(entry.long);
                found.maker_note |= inner.iter().any(|e| e.tag == MAKER_NOTE);
            }
            _ => {}
        }
    }
    if let Some(second) = next.filter(|next| *next != 0) {
        let (inner, _) = tiff.directory(second);
        found.thumbnail = inner
            .iter()
            .any(|e| matches!(e.tag, THUMBNAIL_OFFSET | STRIP_OFFSETS));
    }
    found
}
