use super::item::Media;

/// Longest header that is looked through for a photo's size: JPEG segments before the frame header may hold a
/// thumbnail and several colour profiles.
const MAX_HEADER_BYTES: u64 = 4 << 20;

/// Why bytes are refused as a photo while they stream in, before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoRefusal {
    #[error("not a JPEG, PNG or WebP photo, whatever its name says")]
    NotAPhoto,
    #[error("declares {width} x {height} pixels, at most {max} in all are allowed")]
    TooManyPixels { width: u32, height: u32, max: u64 },
    #[error("its header does not say how large the photo is")]
    NoSize,
    #[error("the file is cut off")]
    Truncated,
}

/// Looks at a photo as it streams by: format by its first bytes, size by its header, and whether its end is there.
/// Keeps a few bytes of state, decodes nothing. A photo that passes can still turn out malformed.
#[derive(Clone, Debug)]
pub struct PhotoScanner {
    max_pixels: u64,
    /// Bytes from `base` on that are still needed; short but for what one `feed` brings.
    window: Vec<u8>,
    /// Position in the file of the window's first byte.
    base: u64,
    /// Bytes seen.
    seen: u64,
    /// Width and height, once the header has told them.
    size: Option<(u32, u32)>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Magic,
    /// At a JPEG marker; the size is not known yet.
    JpegHeader,
    /// After the frame header: looking for the end marker.
    JpegBody,
    /// At a PNG chunk's length.
    Png,
    /// Found the whole last chunk or end marker.
    Whole(Media),
    /// RIFF says that the file has this many bytes.
    Webp {
        until: u64,
    },
}

impl PhotoScanner {
    /// `max_pixels`: largest declared width × height.
    pub fn new(max_pixels: u64) -> Self {
        Self {
            max_pixels,
            window: Vec::new(),
            base: 0,
            seen: 0,
            size: None,
            state: State::Magic,
        }
    }

    /// Takes the next bytes; refuses as soon as a refusal is certain.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), PhotoRefusal> {
        self.seen += bytes.len() as u64;
        if matches!(self.state, State::Whole(_) | State::Webp { .. }) {
            return Ok(()); // what follows the end is the anonymiser's business: it is not kept
        }
        // Bytes of a chunk that is being skipped never enter the window.
        let start = self.seen - bytes.len() as u64;
        let skip = self.base.saturating_sub(start).min(bytes.len() as u64) as usize;
        self.window.extend_from_slice(&bytes[skip..]);
        while self.advance()? {}
        Ok(())
    }

    /// Width and height of the photo as it is stored, pixels; `None` before its header has come by.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.size
    }

    /// Judges the whole file.
    pub fn finish(self) -> Result<Media, PhotoRefusal> {
        match self.state {
            State::Whole(media) => Ok(media),
            State::Webp { until } if self.seen >= until => Ok(Media::Webp),
            State::Webp { .. } | State::JpegHeader | State::JpegBody | State::Png => {
                Err(PhotoRefusal::Truncated)
            }
            // A prefix of a known beginning is a cut off photo, anything else none at all.
            State::Magic if b"\x89PNG\r\n\x1a\n".starts_with(&self.window) => Err(PhotoRefusal::Truncated),
            State::Magic if b"\xff\xd8\xff".starts_with(&self.window) => Err(PhotoRefusal::Truncated),
            State::Magic if self.window.starts_with(b"RIFF") => Err(PhotoRefusal::Truncated),
            State::Magic => Err(PhotoRefusal::NotAPhoto),
        }
    }

    /// One step; false when more bytes are needed.
    fn advance(&mut self) -> Result<bool, PhotoRefusal> {
        match self.state {
            State::Magic => self.magic(),
            State::JpegHeader => self.jpeg_segment(),
            State::JpegBody => Ok(self.jpeg_end()),
            State::Png => self.png_chunk(),
            State::Whole(_) | State::Webp { .. } => Ok(false),
        }
    }

    fn magic(&mut self) -> Result<bool, PhotoRefusal> {
        let head = &self.window;
        if head.starts_with(b"\xff\xd8\xff") {
            self.skip(2);
            self.state = State::JpegHeader;
            return Ok(true);
        }
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            self.skip(8);
            self.state = State::Png;
            return Ok(true);
        }
        if head.starts_with(b"RIFF") {
            return self.webp();
        }
        let undecided = |magic: &[u8]| head.len() < magic.len() && magic.starts_with(head);
        if undecided(b"\xff\xd8\xff") || undecided(b"\x89PNG\r\n\x1a\n") || undecided(b"RIFF") {
            return Ok(false);
        }
        Err(PhotoRefusal::NotAPhoto)
    }

    /// JPEG, ITU-T T.81 annex B: marker, then for most a length that counts itself.
    fn jpeg_segment(&mut self) -> Result<bool, PhotoRefusal> {
        if self.base > MAX_HEADER_BYTES {
            return Err(PhotoRefusal::NoSize);
        }
        let Some(&[first, marker]) = self.window.first_chunk::<2>() else {
            return Ok(false);
        };
        if first != 0xff {
            return Err(PhotoRefusal::NoSize);
        }
        match marker {
            0xff => self.skip(1), // fill byte
            0x01 | 0xd0..=0xd8 => self.skip(2),
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let Some(frame) = self.window.first_chunk::<9>() else {
                    return Ok(false);
                };
                let height = u32::from(u16::from_be_bytes([frame[5], frame[6]]));
                let width = u32::from(u16::from_be_bytes([frame[7], frame[8]]));
                self.judge(width, height)?;
                self.state = State::JpegBody;
            }
            0xd9 | 0xda => return Err(PhotoRefusal::NoSize),
            _ => {
                let Some(segment) = self.window.first_chunk::<4>() else {
                    return Ok(false);
                };
                let length = u16::from_be_bytes([segment[2], segment[3]]);
                self.skip(2 + u64::from(length.max(2)));
            }
        }
        Ok(true)
    }

    /// Looks for the end marker. In entropy-coded data 0xff is always followed by 0x00 or a restart marker, so the
    /// pair cannot stand for anything else there.
    fn jpeg_end(&mut self) -> bool {
        if self.window.windows(2).any(|pair| pair == [0xff, 0xd9]) {
            self.state = State::Whole(Media::Jpeg);
            self.window = Vec::new();
        } else {
            let keep = usize::from(self.window.last() == Some(&0xff));
            self.skip((self.window.len() - keep) as u64);
        }
        false
    }

    /// PNG, ISO/IEC 15948: length, type, data, checksum.
    fn png_chunk(&mut self) -> Result<bool, PhotoRefusal> {
        let Some(head) = self.window.first_chunk::<8>() else {
            return Ok(false);
        };
        let length = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        let kind = [head[4], head[5], head[6], head[7]];
        if self.base == 8 {
            let Some(header) = self.window.first_chunk::<16>() else {
                return Ok(false);
            };
            if &kind != b"IHDR" {
                return Err(PhotoRefusal::NoSize);
            }
            let width = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
            let height = u32::from_be_bytes([header[12], header[13], header[14], header[15]]);
            self.judge(width, height)?;
        }
        if &kind == b"IEND" {
            if (self.window.len() as u64) < 12 {
                return Ok(false);
            }
            self.state = State::Whole(Media::Png);
            self.window = Vec::new();
            return Ok(false);
        }
        self.skip(12 + length);
        Ok(true)
    }

    /// WebP, RFC 9649: the size stands in the first chunk, whatever its kind.
    fn webp(&mut self) -> Result<bool, PhotoRefusal> {
        let Some(head) = self.window.first_chunk::<30>() else {
            return Ok(false);
        };
        if &head[8..12] != b"WEBP" {
            return Err(PhotoRefusal::NotAPhoto);
        }
        let until = 8 + u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let at16 = |at: usize| u32::from(u16::from_le_bytes([head[at], head[at + 1]]));
        let at24 = |at: usize| at16(at) | u32::from(head[at + 2]) << 16;
        let (width, height) = match &head[12..16] {
            b"VP8 " => (at16(26) & 0x3fff, at16(28) & 0x3fff),
            b"VP8L" => {
                let bits = at16(21) | at16(23) << 16;
                ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
            }
            b"VP8X" => (at24(24) + 1, at24(27) + 1),
            _ => return Err(PhotoRefusal::NoSize),
        };
        self.judge(width, height)?;
        self.window = Vec::new();
        self.state = State::Webp { until };
        Ok(false)
    }

    fn judge(&mut self, width: u32, height: u32) -> Result<(), PhotoRefusal> {
        if width == 0 || height == 0 {
            return Err(PhotoRefusal::NoSize);
        }
        let max = self.max_pixels;
        if u64::from(width) * u64::from(height) > max {
            return Err(PhotoRefusal::TooManyPixels { width, height, max });
        }
        self.size = Some((width, height));
        Ok(())
    }

    /// Moves on by `count` bytes, also past what has been seen.
    fn skip(&mut self, count: u64) {
        let here = count.min(self.window.len() as u64) as usize;
        self.window.drain(..here);
        self.base += count;
    }
}
