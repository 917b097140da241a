//! Pictures and files made by the tests, by code that shares nothing with the crate's own parsers.

use std::io::Cursor;

/// One upright face, 320 x 240, no metadata. Public domain: see the fixtures' README.
pub const ASTRONAUT: &[u8] = include_bytes!("../fixtures/astronaut.jpg");

/// 8-bit RGB, row by row.
#[derive(Clone, PartialEq, Debug)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

impl Picture {
    pub fn drawn(width: usize, height: usize, colour: impl Fn(usize, usize) -> [u8; 3]) -> Self {
        let rgb = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .flat_map(|(x, y)| colour(x, y));
        Self {
            width,
            height,
            rgb: rgb.collect(),
        }
    }

    /// A smooth scene without anything like a face.
    pub fn sky(width: usize, height: usize) -> Self {
        Self::drawn(width, height, |x, y| {
            [(40 + x / 8) as u8, (90 + y / 4) as u8, 200]
        })
    }

    pub fn astronaut() -> Self {
        Self::from_jpeg(ASTRONAUT)
    }

    pub fn from_jpeg(bytes: &[u8]) -> Self {
        let mut decoder = zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(bytes));
        let rgb = decoder.decode().unwrap();
        let (width, height) = decoder.dimensions().unwrap();
        Self { width, height, rgb }
    }

    pub fn from_png(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rgb).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        Self {
            width: info.width as usize,
            height: info.height as usize,
            rgb,
        }
    }

    pub fn from_webp(bytes: &[u8]) -> Self {
        let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).unwrap();
        let (width, height) = decoder.dimensions();
        let mut rgb = vec![0; decoder.output_buffer_size().unwrap()];
        decoder.read_image(&mut rgb).unwrap();
        Self {
            width: width as usize,
            height: height as usize,
            rgb,
        }
    }

    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = 3 * (y * self.width + x);
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    pub fn jpeg(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        jpeg_encoder::Encoder::new(&mut bytes, 95)
            .encode(
                &self.rgb,
                self.width as u16,
                self.height as u16,
                jpeg_encoder::ColorType::Rgb,
            )
            .unwrap();
        bytes
    }

    pub fn png(&self) -> Vec<u8> {
        png_of(
            self.width,
            self.height,
            png::ColorType::Rgb,
            png::BitDepth::Eight,
            &self.rgb,
        )
    }

    pub fn webp(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        image_webp::WebPEncoder::new(&mut bytes)
            .encode(
                &self.rgb,
                self.width as u32,
                self.height as u32,
                image_webp::ColorType::Rgb8,
            )
            .unwrap();
        bytes
    }

    /// This picture as a camera stores it that writes `orientation`, by the table of the EXIF standard: on which
    /// side of the upright picture the stored row 0 and column 0 lie.
    pub fn stored_as(&self, orientation: u8) -> Self {
        let (row_side, column_side) = match orientation {
            1 => ("top", "left"),
            2 => ("top", "right"),
            3 => ("bottom", "right"),
            4 => ("bottom", "left"),
            5 => ("left", "top"),
            6 => ("right", "top"),
            7 => ("right", "bottom"),
            _ => ("left", "bottom"),
        };
        let turned = orientation >= 5;
        let (width, height) = if turned {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        };
        Self::drawn(width, height, |column, row| {
            let (mut x, mut y) = (0, 0);
            for (side, distance) in [(row_side, row), (column_side, column)] {
                match side {
                    "top" => y = distance,
                    "bottom" => y = self.height - 1 - distance,
                    "left" => x = distance,
                    _ => x = self.width - 1 - distance,
                }
            }
            self.at(x, y)
        })
    }
}

pub fn png_of(
    width: usize,
    height: usize,
    colour: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}

/// A JPEG segment with its marker and length.
pub fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 2).to_be_bytes();
    [&[0xFF, marker], &length[..], payload].concat()
}

/// `jpeg` with `segments` right after its start marker.
pub fn with_segments(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

/// A PNG chunk with its checksum.
pub fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let body = [&kind[..], payload].concat();
    let mut crc = u32::MAX;
    for byte in &body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    [
        &(payload.len() as u32).to_be_bytes()[..],
        &body,
        &(!crc).to_be_bytes(),
    ]
    .concat()
}

/// `png` with `chunks` right after its header chunk.
pub fn with_chunks(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&png[..33], &chunks.concat(), &png[33..]].concat()
}

/// A RIFF chunk, padded.
pub fn riff_chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut bytes = [&kind[..], &(payload.len() as u32).to_le_bytes(), payload].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

/// `simple`, a WebP of one frame, in the extended form with `flags` and `chunks` after the frame.
pub fn extended_webp(simple: &[u8], width: u32, height: u32, flags: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut header = vec![flags, 0, 0, 0];
    header.extend(&(width - 1).to_le_bytes()[..3]);
    header.extend(&(height - 1).to_le_bytes()[..3]);
    let body = [
        b"WEBP".to_vec(),
        riff_chunk(b"VP8X", &header),
        simple[12..].to_vec(),
        chunks.concat(),
    ]
    .concat();
    [b"RIFF".to_vec(), (body.len() as u32).to_le_bytes().to_vec(), body].concat()
}

/// A TIFF block, big endian: orientation, a maker note, a GPS directory, and a second directory that holds
/// `thumbnail`.
pub fn exif(orientation: u16, thumbnail: &[u8]) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let mut bytes = [tag.to_be_bytes(), kind.to_be_bytes()].concat();
        bytes.extend(count.to_be_bytes());
        // A SHORT stands in the first half of the value field.
        bytes.extend(if kind == 3 { value << 16 } else { value }.to_be_bytes());
        bytes
    };
    let directory = |entries: &[Vec<u8>], next: u32| {
        let mut bytes = (entries.len() as u16).to_be_bytes().to_vec();
        bytes.extend(entries.concat());
        bytes.extend(next.to_be_bytes());
        bytes
    };
    let (first, inner, gps, second) = (8, 8 + 42, 8 + 42 + 18, 8 + 42 + 18 + 18);
    let blob = second + 30;
    let mut tiff = b"MM\0*\0\0\0\x08".to_vec();
    assert_eq!(tiff.len(), first);
    let pointers = [
        entry(0x0112, 3, 1, orientation.into()),
        entry(0x8769, 4, 1, inner as u32),
        entry(0x8825, 4, 1, gps as u32),
    ];
    tiff.extend(directory(&pointers, second as u32));
    tiff.extend(directory(&[entry(0x927C, 7, 4, 0x4D41_4B45)], 0));
    tiff.extend(directory(&[entry(0x0001, 2, 2, 0x4E00_0000)], 0));
    let size = thumbnail.len() as u32;
    tiff.extend(directory(
        &[entry(0x0201, 4, 1, blob as u32), entry(0x0202, 4, 1, size)],
        0,
    ));
    tiff.extend(thumbnail);
    tiff
}

/// The EXIF segment of a JPEG.
pub fn exif_segment(orientation: u16, thumbnail: &[u8]) -> Vec<u8> {
    segment(0xE1, &[b"Exif\0\0", &exif(orientation, thumbnail)[..]].concat())
}
