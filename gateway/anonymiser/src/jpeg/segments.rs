//! From segment to segment (T.81 Annex B), until every scan is read.

use super::huffman::Table;
use super::scan::{Member, Scan, decode};
use super::{Colour, Component, Jpeg, JpegError, MAX_SCANS, malformed, unsupported};

const CUT: &str = "it ends before the picture does";

/// What the segments so far have said.
#[derive(Default)]
struct State {
    /// In zigzag order.
    steps: [Option<[u16; 64]>; 4],
    dc: [Option<Box<Table>>; 4],
    ac: [Option<Box<Table>>; 4],
    restart: u32,
    jfif: bool,
    /// The colour transform of an Adobe segment.
    adobe: Option<u8>,
    frame: Option<Frame>,
    scans: u32,
}

struct Frame {
    width: u32,
    height: u32,
    progressive: bool,
    components: Vec<Component>,
    sent: Vec<Sent>,
}

/// What of a component has been sent.
struct Sent {
    id: u8,
    /// Which quantisation table it takes.
    table: u8,
    /// The lowest bit sent of each coefficient, in zigzag order; 14 for none.
    lowest: [u8; 64],
}

const NOTHING: u8 = 14;

pub(super) fn read(bytes: &[u8]) -> Result<Jpeg, JpegError> {
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return Err(malformed("no start marker"));
    }
    let cut = || malformed(CUT);
    let mut state = State::default();
    let mut at = 2;
    loop {
        // Fill bytes, and what cameras leave between segments, are skipped.
        let rest = bytes.get(at..).unwrap_or_default();
        at += rest.iter().position(|b| *b == 0xFF).ok_or_else(cut)?;
        at += bytes[at..].iter().position(|b| *b != 0xFF).ok_or_else(cut)?;
        let marker = bytes[at];
        at += 1;
        match marker {
            0x00 | 0x01 | 0xD0..=0xD8 => continue,
            0xD9 => return finish(state),
            _ => {}
        }
        let length = bytes
            .get(at..)
            .and_then(|rest| rest.first_chunk())
            .ok_or_else(cut)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length < 2 {
            return Err(malformed("a segment shorter than its own length"));
        }
        let payload = bytes.get(at + 2..at + length).ok_or_else(cut)?;
        at += length;
        match marker {
            0xC0..=0xC2 => state.frame(payload, marker == 0xC2, bytes.len() - at)?,
            0xC4 => state.huffman_tables(payload)?,
            0xC8 => return Err(unsupported("a reserved segment")),
            0xC9..=0xCF => return Err(unsupported("arithmetic codes")),
            0xC3 | 0xC5..=0xC7 | 0xDE | 0xDF => return Err(unsupported("lossless or hierarchical coding")),
            0xDA => {
                let end = end_of_scan(bytes, at).ok_or_else(cut)?;
                state.scan(payload, &bytes[at..end])?;
                at = end;
            }
            0xDB => state.quantisation_tables(payload)?,
            0xDC => return Err(unsupported("a height that comes after the picture")),
            0xDD => {
                let interval = payload
                    .try_into()
                    .map_err(|_| malformed("a restart interval of another length"))?;
                state.restart = u16::from_be_bytes(interval).into();
            }
            0xE0 => state.jfif |= payload.starts_with(b"JFIF\0"),
            // Version and two flag words stand before the transform.
            0xEE if payload.starts_with(b"Adobe") => state.adobe = payload.get(11).copied().or(state.adobe),
            _ => {}
        }
    }
}

/// Position of the first marker behind `at` that is no restart.
fn end_of_scan(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|b| *b == 0xFF)?;
        match *bytes.get(at + 1)? {
            0x00 | 0xD0..=0xD7 => at += 2,
            0xFF => at += 1,
            _ => return Some(at),
        }
    }
}

/// The picture, when all of it was sent.
fn finish(state: State) -> Result<Jpeg, JpegError> {
    let colour = state.colour();
    let Some(mut frame) = state.frame else {
        return Err(malformed("it holds no picture data"));
    };
    if frame.sent.iter().any(|sent| sent.lowest[0] == NOTHING) {
        return Err(malformed("it holds no picture data for one of its components"));
    }
    frame.components.iter_mut().for_each(Component::pad);
    Ok(Jpeg {
        width: frame.width,
        height: frame.height,
        colour,
        components: frame.components,
    })
}

impl State {
    /// As libjpeg and its descendants tell: a JFIF header settles it, then an Adobe segment, then the names.
    fn colour(&self) -> Colour {
        let ids: Vec<_> = self
            .frame
            .iter()
            .flat_map(|f| f.sent.iter().map(|s| s.id))
            .collect();
        match (ids.as_slice(), self.jfif, self.adobe) {
            ([_], ..) => Colour::Grey,
            (_, true, _) => Colour::YCbCr,
            (_, false, Some(transform)) if transform != 0 => Colour::YCbCr,
            (_, false, Some(_)) | (b"RGB", false, None) => Colour::Rgb,
            _ => Colour::YCbCr,
        }
    }

    fn quantisation_tables(&mut self, mut payload: &[u8]) -> Result<(), JpegError> {
        const SHORT: &str = "a quantisation table that is too short";
        while let Some((head, rest)) = payload.split_first() {
            let short = || malformed(SHORT);
            let table: [u16; 64] = match head >> 4 {
                0 => {
                    let values: &[u8; 64] = rest.first_chunk().ok_or_else(short)?;
                    payload = &rest[64..];
                    values.map(u16::from)
                }
                1 => {
                    let values: &[u8; 128] = rest.first_chunk().ok_or_else(short)?;
                    payload = &rest[128..];
                    std::array::from_fn(|n| u16::from_be_bytes([values[2 * n], values[2 * n + 1]]))
                }
                _ => return Err(malformed("a quantisation table of unknown precision")),
            };
            let place = self.steps.get_mut(usize::from(head & 15));
            *place.ok_or_else(|| malformed("a quantisation table beyond the fourth"))? = Some(table);
        }
        Ok(())
    }

    fn huffman_tables(&mut self, mut payload: &[u8]) -> Result<(), JpegError> {
        while let Some((head, rest)) = payload.split_first() {
            let short = || malformed("a Huffman table that is too short");
            let counts: &[u8; 16] = rest.first_chunk().ok_or_else(short)?;
            let total: usize = counts.iter().map(|n| usize::from(*n)).sum();
            let symbols = rest.get(16..16 + total).ok_or_else(short)?;
            payload = &rest[16 + total..];
            let places = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(malformed("a Huffman table of unknown class")),
            };
            let place = places.get_mut(usize::from(head & 15));
            let place = place.ok_or_else(|| malformed("a Huffman table beyond the fourth"))?;
            *place = Some(Box::new(Table::new(*counts, symbols)?));
        }
        Ok(())
    }

    /// B.2.2. `behind`: how many bytes follow.
    fn frame(&mut self, payload: &[u8], progressive: bool, behind: usize) -> Result<(), JpegError> {
        let Some(([precision, y1, y0, x1, x0, count], listed)) = payload.split_first_chunk() else {
            return Err(malformed("a frame header that is too short"));
        };
        if self.frame.is_some() {
            return Err(malformed("two frame headers"));
        }
        if *precision != 8 {
            return Err(unsupported(format!("{precision} bits a sample")));
        }
        if !matches!(count, 1 | 3) {
            return Err(unsupported(format!("{count} components")));
        }
        let (width, height) = (u16::from_be_bytes([*x1, *x0]), u16::from_be_bytes([*y1, *y0]));
        if width == 0 || height == 0 {
            return Err(malformed(format!("declared size {width} x {height}")));
        }
        let (listed, []) = listed.as_chunks::<3>() else {
            return Err(malformed("a frame header of another length"));
        };
        if listed.len() != usize::from(*count) {
            return Err(malformed("a frame header of another length"));
        }
        // A single component has no MCUs to speak of (A.2.2), whatever its factors say.
        let factor = |nibble: u8| if *count == 1 { 1 } else { usize::from(nibble) };
        let factors = |c: &[u8; 3]| (factor(c[1] >> 4), factor(c[1] & 15));
        let (h, v) = (listed.iter().map(factors)).fold((1, 1), |(h, v), f| (f.0.max(h), f.1.max(v)));
        // T.81 also allows 3, and two rows of blocks beside four. The decoder of the second look does not, so what it
        // cannot see again is not begun.
        let fits = |(h, v): (usize, usize)| [h, v].iter().all(|factor| matches!(factor, 1 | 2 | 4));
        if !listed.iter().map(factors).all(fits) {
            return Err(unsupported("sampling factors other than 1, 2 and 4"));
        }
        if listed.iter().map(factors).any(|(_, own)| 1 < own && own < v) {
            return Err(unsupported("two rows of blocks beside four in an MCU"));
        }
        if listed.iter().map(factors).map(|(h, v)| h * v).sum::<usize>() > 10 {
            return Err(unsupported("MCUs of more than ten blocks"));
        }
        if (1..listed.len()).any(|n| listed[..n].iter().any(|other| other[0] == listed[n][0])) {
            return Err(malformed("two components of one name"));
        }

        let (width, height) = (usize::from(width), usize::from(height));
        let (across, down) = (width.div_ceil(8 * h), height.div_ceil(8 * v));
        let mut components: Vec<_> = (listed.iter().map(factors))
            .map(|(own_h, own_v)| {
                let samples = ((width * own_h).div_ceil(h), (height * own_v).div_ceil(v));
                Component {
                    h: own_h,
                    v: own_v,
                    steps: [1; 64],
                    wide: across * own_h,
                    high: down * own_v,
                    shown: (samples.0.div_ceil(8), samples.1.div_ceil(8)),
                    samples,
                    coefficients: Vec::new(),
                }
            })
            .collect();
        // See the module's first lines. A block is at least 2 bits, or 1 when it is progressive.
        let blocks: usize = components.iter().map(|c| c.shown.0 * c.shown.1).sum();
        if behind < blocks.div_ceil(if progressive { 8 } else { 4 }) {
            return Err(malformed(format!(
                "{behind} bytes cannot hold the {blocks} blocks of the declared size"
            )));
        }
        for component in &mut components {
            component.coefficients = vec![0; 64 * component.wide * component.high];
        }
        let sent = listed.iter().map(|[id, _, table]| Sent {
            id: *id,
            table: *table,
            lowest: [NOTHING; 64],
        });
        self.frame = Some(Frame {
            width: width as u32,
            height: height as u32,
            progressive,
            components,
            sent: sent.collect(),
        });
        Ok(())
    }

    /// B.2.3 and G.1.1.1.
    fn scan(&mut self, header: &[u8], data: &[u8]) -> Result<(), JpegError> {
        let Some(frame) = &mut self.frame else {
            return Err(malformed("picture data before a frame header"));
        };
        self.scans += 1;
        if self.scans > MAX_SCANS {
            return Err(malformed(format!("more than {MAX_SCANS} scans")));
        }
        let misshapen = || malformed("a scan header of another length");
        let (count, rest) = header.split_first().ok_or_else(misshapen)?;
        let (listed, band) = rest
            .split_at_checked(2 * usize::from(*count))
            .ok_or_else(misshapen)?;
        let [first, last, bits] = *band else {
            return Err(misshapen());
        };
        let (high, low) = (bits >> 4, bits & 15);
        let (first, last, high, low) = if frame.progressive {
            (first, last, high, low)
        } else {
            (0, 63, 0, 0) // decoders do not look at these in sequential files, and some encoders leave them empty
        };
        let in_order = first <= last && last <= 63 && (first > 0 || last == 0 || !frame.progressive);
        if !in_order || low > 13 || (high > 0 && high != low + 1) || (first > 0 && *count != 1) {
            return Err(unsupported("a scan of a band that T.81 does not have"));
        }
        let band = (usize::from(first), usize::from(last));

        let mut members: Vec<Member> = Vec::new();
        for [id, tables] in listed.as_chunks::<2>().0 {
            let index = (frame.sent.iter().position(|s| s.id == *id))
                .filter(|index| members.iter().all(|m| m.index != *index))
                .ok_or_else(|| malformed("a scan of components that the frame does not have"))?;
            let sent = &mut frame.sent[index];
            for lowest in &mut sent.lowest[band.0..=band.1] {
                // Each bit once: nothing but the first time, and then the next lower one.
                if *lowest != if high == 0 { NOTHING } else { high } {
                    return Err(unsupported("a scan that sends bits again or too early"));
                }
                *lowest = low;
            }
            if band.0 > 0 && sent.lowest[0] == NOTHING {
                return Err(unsupported("a scan that sends bits again or too early"));
            }
            if band.0 == 0 && high == 0 {
                let steps = self.steps.get(usize::from(sent.table)).copied().flatten();
                let steps = steps.ok_or_else(|| malformed("no quantisation table"))?;
                if steps.contains(&0) {
                    return Err(unsupported("a quantisation step of zero"));
                }
                frame.components[index].steps = steps;
            }
            members.push(Member {
                index,
                dc: self.dc.get(usize::from(tables >> 4)).and_then(Option::as_deref),
                ac: self.ac.get(usize::from(tables & 15)).and_then(Option::as_deref),
            });
        }
        if members.is_empty() {
            return Err(misshapen());
        }
        let scan = Scan {
            members,
            band,
            refines: high > 0,
            low: low.into(),
            progressive: frame.progressive,
            restart: self.restart,
            data,
        };
        // All components agree on this.
        let mcus = frame
            .components
            .first()
            .map_or((0, 0), |c| (c.wide / c.h, c.high / c.v));
        decode(&scan, &mut frame.components, mcus)
    }
}
