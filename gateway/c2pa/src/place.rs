//! Where a manifest stands in a photo: put in, found, and taken out so that every other byte is as it was.

use std::ops::Range;

/// What a photo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// In segments APP11, behind the JFIF segment.
    Jpeg,
    /// In a chunk `caBX`, behind `IHDR`.
    Png,
    /// In a chunk `C2PA`, at the end.
    Webp,
}

/// Why a photo takes no manifest, or gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// It does not begin as its kind does.
    #[error("the photo does not begin as one of its kind does")]
    NotThisMedia,
    /// The manifest does not fit one segment of a JPEG.
    #[error("the manifest has {0} bytes, more than fit")]
    TooLarge(usize),
    /// No manifest is where it is put here.
    #[error("the photo carries no manifest where one belongs")]
    NoManifest,
}

/// A JPEG segment's marker, length, and what stands before the boxes: `JP`, number of the box, number of the packet.
const JPEG_HEAD: usize = 2 + 2 + 2 + 2 + 4;
/// What fits one JPEG segment.
const MOST: usize = 0xffff - (JPEG_HEAD - 2);
const PNG_BEGIN: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const PNG_IHDR_END: usize = 8 + 25;

/// The photo with room made for a segment at a place. RIFF counts its own length, so that changes too.
pub(crate) struct Opened {
    /// The photo's bytes, without the segment.
    pub bytes: Vec<u8>,
    /// Where the segment goes.
    pub at: usize,
}

/// Prepares a photo for a segment of `segment` bytes.
pub(crate) fn open(photo: &[u8], media: Media, segment: usize) -> Result<Opened, PlaceError> {
    let mut bytes = photo.to_vec();
    let at = match media {
        Media::Jpeg => jpeg_place(photo)?,
        Media::Png if photo.starts_with(PNG_BEGIN) && photo.len() > PNG_IHDR_END => PNG_IHDR_END,
        Media::Png => return Err(PlaceError::NotThisMedia),
        Media::Webp => {
            let length =
                riff_length(photo).filter(|length| *length == photo.len() && photo.len().is_multiple_of(2));
            let length = length.ok_or(PlaceError::NotThisMedia)?;
            set_riff_length(&mut bytes, length + segment)?;
            photo.len()
        }
    };
    Ok(Opened { bytes, at })
}

/// A segment or chunk around a manifest store.
pub(crate) fn wrap(store: &[u8], media: Media) -> Result<Vec<u8>, PlaceError> {
    let too_large = PlaceError::TooLarge(store.len());
    if store.len() > MOST {
        return Err(too_large);
    }
    let length = u32::try_from(store.len()).map_err(|_| too_large)?;
    Ok(match media {
        Media::Jpeg => {
            let inner = u16::try_from(store.len() + JPEG_HEAD - 2).map_err(|_| too_large)?;
            // Box 1, packet 1: the whole store is one box in one packet.
            [
                &[0xff, 0xeb],
                &inner.to_be_bytes()[..],
                b"JP",
                &[0, 1],
                &[0, 0, 0, 1],
                store,
            ]
            .concat()
        }
        Media::Png => {
            let chunk = [b"caBX", store].concat();
            [&length.to_be_bytes()[..], &chunk, &crc32(&chunk).to_be_bytes()].concat()
        }
        // Of even length, so that no padding follows: `manifest::attach` sees to it.
        Media::Webp => [b"C2PA", &length.to_le_bytes()[..], store].concat(),
    })
}

/// Takes the manifest off: the photo as it was before `attach`, byte for byte, and the manifest store.
///
/// # Errors
/// [`PlaceError::NoManifest`] where none stands at the one place where it is put here, or more than one box is there.
pub fn detach(photo: &[u8], media: Media) -> Result<(Vec<u8>, Vec<u8>), PlaceError> {
    let (segment, store) = find(photo, media).ok_or(PlaceError::NoManifest)?;
    let store = photo.get(store).ok_or(PlaceError::NoManifest)?.to_vec();
    // What is taken off is exactly what would be put on.
    if wrap(&store, media).ok().as_deref() != photo.get(segment.clone()) || !is_one_store(&store) {
        return Err(PlaceError::NoManifest);
    }
    let mut bytes = photo.to_vec();
    bytes.drain(segment);
    if media == Media::Webp {
        let length = bytes.len();
        set_riff_length(&mut bytes, length)?;
    }
    Ok((bytes, store))
}

/// The segment and the store in it.
fn find(photo: &[u8], media: Media) -> Option<(Range<usize>, Range<usize>)> {
    match media {
        Media::Jpeg => {
            let at = jpeg_place(photo).ok()?;
            (photo.get(at..at + 2)? == [0xff, 0xeb]).then_some(())?;
            let length = usize::from(u16::from_be_bytes(array(photo, at + 2)?));
            let end = at + 2 + length;
            Some((at..end, at + JPEG_HEAD..end))
        }
        Media::Png => {
            photo.starts_with(PNG_BEGIN).then_some(())?;
            let at = PNG_IHDR_END;
            (photo.get(at + 4..at + 8)? == b"caBX").then_some(())?;
            let length = usize::try_from(u32::from_be_bytes(array(photo, at)?)).ok()?;
            let end = (at + 8).checked_add(length)?;
            Some((at..end.checked_add(4)?, at + 8..end))
        }
        Media::Webp => {
            (riff_length(photo)? == photo.len()).then_some(())?;
            // Chunk after chunk: a length that lies leads nowhere, and each step goes on by eight bytes at least.
            let mut at = 12usize;
            loop {
                let length = usize::try_from(u32::from_le_bytes(array(photo, at + 4)?)).ok()?;
                let end = (at + 8).checked_add(length)?;
                if end == photo.len() && photo.get(at..at + 4)? == b"C2PA" {
                    return Some((at..end, at + 8..end));
                }
                at = end.checked_add(length % 2)?;
            }
        }
    }
}

/// Behind the JFIF segment, which must be the first.
fn jpeg_place(photo: &[u8]) -> Result<usize, PlaceError> {
    let wrong = PlaceError::NotThisMedia;
    if !photo.starts_with(&[0xff, 0xd8, 0xff]) {
        return Err(wrong);
    }
    if photo.get(3) != Some(&0xe0) {
        return Ok(2);
    }
    let length = usize::from(u16::from_be_bytes(array(photo, 4).ok_or(wrong)?));
    let at = 4 + length;
    if length < 2 || photo.get(at) != Some(&0xff) {
        return Err(wrong);
    }
    Ok(at)
}

/// What a WebP says of its own length, head included.
fn riff_length(photo: &[u8]) -> Option<usize> {
    let is_webp = photo.starts_with(b"RIFF") && photo.get(8..12)? == b"WEBP";
    let length = usize::try_from(u32::from_le_bytes(array(photo, 4)?)).ok()?;
    is_webp.then_some(length.checked_add(8)?)
}

fn set_riff_length(photo: &mut [u8], length: usize) -> Result<(), PlaceError> {
    let inner = length.checked_sub(8).and_then(|inner| u32::try_from(inner).ok());
    let inner = inner.ok_or(PlaceError::NotThisMedia)?;
    let place = photo.get_mut(4..8).ok_or(PlaceError::NotThisMedia)?;
    place.copy_from_slice(&inner.to_le_bytes());
    Ok(())
}

/// A superbox of the kind `c2pa` that fills all.
fn is_one_store(store: &[u8]) -> bool {
    let length = array(store, 0).map(u32::from_be_bytes);
    length.is_some_and(|length| usize::try_from(length) == Ok(store.len()))
        && store.get(4..8) == Some(b"jumb")
        && store.get(16..20) == Some(b"c2pa")
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// CRC-32 as PNG has it (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_png() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }
}
