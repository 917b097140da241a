//! Bytes that nobody should have to read.

use super::*;
use jpeg_encoder::SamplingFactor::{F_1_1, F_2_2};

/// Everything that may be done with bytes from anywhere.
fn use_all(bytes: &[u8]) -> bool {
    let Ok(jpeg) = Jpeg::read(bytes) else { return false };
    for shrink in [1, 2, 4, 8] {
        let raster = jpeg.to_raster(shrink);
        assert_eq!(
            raster.rgb.len(),
            3 * raster.width as usize * raster.height as usize
        );
    }
    let written = jpeg.write(1);
    assert!(
        Jpeg::read(&written).unwrap() == jpeg,
        "what is read can be written"
    );
    true
}

pub(crate) fn small_files() -> [Vec<u8>; 4] {
    let raster = picture(37, 21);
    [
        sampled(&raster, F_2_2),
        grey(&raster),
        encoded(&raster, 60, |encoder| {
            encoder.set_progressive_scans(4);
            encoder.set_restart_interval(2);
        }),
        refined(),
    ]
}

/// A progressive file of 8 x 8 grey pixels whose scans refine DC and AC values.
fn refined() -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    let mut add = |marker: u8, payload: &[u8], data: &[u8]| {
        file.extend([0xFF, marker]);
        file.extend((payload.len() as u16 + 2).to_be_bytes());
        file.extend(payload);
        file.extend(data);
    };
    add(0xDB, &[&[0][..], &[1; 64]].concat(), &[]);
    add(0xC2, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0], &[]);
    // DC: code 0 for 4 bits. AC: codes 00, 01, 10 for end, a value of one bit, and one after two zeros.
    add(0xC4, &[&[0x00, 1][..], &[0; 15], &[4]].concat(), &[]);
    add(
        0xC4,
        &[&[0x10, 0, 3][..], &[0; 14], &[0x00, 0x01, 0x21]].concat(),
        &[],
    );
    // DC 10 at bit 1: 0 1010 and ones.
    add(0xDA, &[1, 1, 0, 0, 0, 0x01], &[0b0101_0111]);
    // AC at bit 1: +1, then -1 after two zeros, then the end: 01 1, 10 0, 00.
    add(0xDA, &[1, 1, 0, 1, 63, 0x01], &[0b0111_0000]);
    // One more bit of DC: 1.
    add(0xDA, &[1, 1, 0, 0, 0, 0x10], &[0b1111_1111, 0]);
    // One more bit of AC: a new +1 on the first zero, passing the first value (its bit: 1), then a new -1 after two
    // zeros, passing the second value (0): 01 1 1, 10 0 0, and the end.
    add(0xDA, &[1, 1, 0, 1, 63, 0x10], &[0b0111_1000, 0b0011_1111]);
    file.extend([0xFF, 0xD9]);
    file
}

#[test]
fn refinements_add_one_bit_to_what_is_there_and_place_what_is_new() {
    let jpeg = Jpeg::read(&refined()).unwrap();
    let block = jpeg.components[0].blocks()[0];
    // Bit 1 gave 20, 2 and, after two zeros, -2.
    assert_eq!(block[..8], [21, 3, 1, 0, -2, 0, -1, 0]);
    assert!(block[8..].iter().all(|v| *v == 0));
    let (ours, theirs) = (jpeg.to_raster(1), judged(&refined(), 8, 8));
    assert!(difference(&ours, &theirs).0 <= 1);
}

#[test]
fn every_cut_is_refused() {
    for bytes in small_files() {
        assert!(use_all(&bytes));
        for end in 0..bytes.len() {
            damage(&bytes[..end]);
        }
    }
}

#[test]
fn every_flipped_bit_gives_an_answer() {
    for bytes in small_files() {
        let (mut read, mut bytes) = (0, bytes);
        for bit in 0..8 * bytes.len() {
            bytes[bit / 8] ^= 1 << (bit % 8);
            read += u32::from(use_all(&bytes));
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(read > 100, "some flips only change the picture: {read}");
    }
}

#[test]
fn random_bytes_behind_good_headers_give_an_answer() {
    let mut state = 1_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for bytes in small_files() {
        let scan = position(&bytes, 0xDA);
        for _ in 0..300 {
            let mut hostile = bytes.clone();
            let end = hostile.len() - 2;
            let start = if random() % 4 == 0 { 2 } else { scan + 8 };
            for _ in 0..1 + random() % 40 {
                let at = start + random() as usize % (end - start);
                hostile[at] = random() as u8;
            }
            use_all(&hostile);
            let noise: Vec<u8> = (0..200).map(|_| random() as u8).collect();
            use_all(&[&bytes[..start], &noise, b"\xFF\xD9"].concat());
        }
    }
}

fn with_size(bytes: &[u8], marker: u8, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let frame = position(&bytes, marker);
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

#[test]
fn a_huge_declared_size_with_little_behind_it_is_refused_before_anything_is_allocated() {
    let [sequential, _, progressive, _] = small_files();
    for (bytes, marker) in [(sequential, 0xC0), (progressive, 0xC2)] {
        let reason = damage(&with_size(&bytes, marker, 65_535, 65_535));
        assert!(reason.contains("cannot hold"), "{reason}");
    }
    // 2 bits for each of 1,024 grey blocks: 256 bytes are enough to try, 255 are not.
    let bytes = with_size(&grey(&picture(8, 8)), 0xC0, 256, 256);
    let head = position(&bytes, 0xC0) + 2 + 11;
    let with = |behind: usize| damage(&[&bytes[..head], &vec![0; behind]].concat());
    assert_eq!(
        with(255),
        "255 bytes cannot hold the 1024 blocks of the declared size"
    );
    assert_eq!(with(256), "it ends before the picture does");
}

#[test]
fn more_scans_than_64_are_refused() {
    // Scans of one coefficient and component each, bit by bit: 14 for each.
    let bytes = refined();
    let first = position(&bytes, 0xDA);
    let mut bomb = bytes[..first].to_vec();
    // DC 0 at bit 13, which code 0 for 0 bits says, then single coefficients at their end, then DC refinements.
    let table = position(&bomb, 0xC4) + 21;
    bomb[table] = 0;
    bomb.extend(b"\xFF\xDA\0\x08\x01\x01\0\0\0\x0D\x7F");
    for k in 1..=63 {
        bomb.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, k, k, 0, 0b0011_1111]);
    }
    let whole = [bomb.as_slice(), b"\xFF\xD9"].concat();
    assert!(Jpeg::read(&whole).is_ok(), "64 are not too many");
    bomb.extend(b"\xFF\xDA\0\x08\x01\x01\0\0\0\xDC\x7F\xFF\xD9");
    assert_eq!(damage(&bomb), "more than 64 scans");
}

#[test]
fn bits_that_are_sent_again_are_left_to_others() {
    let bytes = refined();
    let scans: Vec<usize> = (0..bytes.len() - 1)
        .filter(|at| bytes[*at..*at + 2] == [0xFF, 0xDA])
        .collect();
    let again = "a scan that sends bits again or too early";
    for (from, to) in scans.iter().zip(scans[1..].iter().chain([&(bytes.len() - 2)])) {
        let doubled = [&bytes[..*to], &bytes[*from..*to], &bytes[*to..]].concat();
        assert_eq!(foreign(&doubled), again);
    }
    let (dc, ac) = (&bytes[scans[0]..scans[1]], &bytes[scans[1]..scans[2]]);
    assert_eq!(
        foreign(&[&bytes[..scans[0]], ac, dc, &bytes[scans[2]..]].concat()),
        again
    );
    let grey = grey(&picture(8, 8));
    let scan = position(&grey, 0xDA);
    let end = grey.len() - 2;
    assert_eq!(foreign(&[&grey[..end], &grey[scan..]].concat()), again);
}

#[test]
fn other_kinds_of_jpeg_are_left_to_others() {
    let bytes = sampled(&picture(16, 16), F_1_1);
    let frame = position(&bytes, 0xC0);
    let changed = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        foreign(&bytes)
    };
    assert_eq!(changed(frame + 1, 0xC3), "lossless or hierarchical coding");
    assert_eq!(changed(frame + 1, 0xC6), "lossless or hierarchical coding");
    assert_eq!(changed(frame + 1, 0xC8), "a reserved segment");
    assert_eq!(changed(frame + 1, 0xC9), "arithmetic codes");
    assert_eq!(changed(frame + 1, 0xCA), "arithmetic codes");
    assert_eq!(changed(frame + 1, 0xDC), "a height that comes after the picture");
    assert_eq!(changed(frame + 4, 12), "12 bits a sample");
    assert_eq!(changed(frame + 9, 2), "2 components");
    assert_eq!(changed(frame + 9, 4), "4 components");
    let ratio = "sampling factors other than 1, 2 and 4";
    for factors in [0x01, 0x10, 0x51, 0x31, 0x13] {
        assert_eq!(changed(frame + 11, factors), ratio);
    }
    let mut uneven = bytes.clone();
    (uneven[frame + 11], uneven[frame + 14]) = (0x14, 0x12);
    assert_eq!(foreign(&uneven), "two rows of blocks beside four in an MCU");
    assert_eq!(changed(frame + 11, 0x44), "MCUs of more than ten blocks");
    let steps = position(&bytes, 0xDB);
    assert_eq!(changed(steps + 9, 0), "a quantisation step of zero");
    let scan = position(&bytes, 0xDA);
    assert_eq!(changed(scan + 6, 0x33), "a scan without its Huffman table");
    let progressive = refined();
    let scan = position(&progressive, 0xDA);
    for (at, value) in [(7, 5), (8, 64), (9, 0x0E), (9, 0x31)] {
        let mut bytes = progressive.clone();
        bytes[scan + at] = value;
        assert_eq!(foreign(&bytes), "a scan of a band that T.81 does not have");
    }
}

#[test]
fn each_kind_of_damage_has_its_reason() {
    let bytes = sampled(&picture(16, 16), F_1_1);
    let [steps, frame, codes, scan] = [0xDB, 0xC0, 0xC4, 0xDA].map(|marker| position(&bytes, marker));
    let changed = |at: usize, values: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + values.len()].copy_from_slice(values);
        damage(&bytes)
    };
    assert_eq!(damage(b""), "no start marker");
    assert_eq!(damage(b"\xFF\xD8\xFF\xD9"), "it holds no picture data");
    assert_eq!(
        damage(&[&bytes[..scan], b"\xFF\xD9"].concat()),
        "it holds no picture data for one of its components"
    );
    assert_eq!(
        changed(steps + 2, &[0, 1]),
        "a segment shorter than its own length"
    );
    assert_eq!(
        changed(steps + 4, &[0x20]),
        "a quantisation table of unknown precision"
    );
    assert_eq!(
        changed(steps + 4, &[0x10]),
        "a quantisation table that is too short"
    );
    assert_eq!(
        changed(steps + 4, &[0x04]),
        "a quantisation table beyond the fourth"
    );
    assert_eq!(changed(steps + 1, &[0xFE]), "no quantisation table");
    assert_eq!(changed(codes + 4, &[0x20]), "a Huffman table of unknown class");
    assert_eq!(changed(codes + 4, &[0x04]), "a Huffman table beyond the fourth");
    assert_eq!(changed(codes + 5, &[255]), "a Huffman table that is too short");
    assert_eq!(
        changed(codes + 5, &[3, 0, 3]),
        "a Huffman table with too many codes"
    );
    assert_eq!(changed(frame + 5, &[0, 0]), "declared size 16 x 0");
    assert_eq!(changed(frame + 9, &[1]), "a frame header of another length");
    assert_eq!(
        changed(frame + 13, &[bytes[frame + 10]]),
        "two components of one name"
    );
    assert_eq!(changed(frame + 1, &[0xFE]), "picture data before a frame header");
    assert_eq!(changed(scan + 4, &[4]), "a scan header of another length");
    assert_eq!(
        changed(scan + 5, &[77]),
        "a scan of components that the frame does not have"
    );
    let twice = [&bytes[..codes], &bytes[frame..]].concat();
    assert_eq!(damage(&twice), "two frame headers");
    let early = [&bytes[..bytes.len() - 30], b"\xFF\xD9"].concat();
    assert_eq!(damage(&early), "its picture data ends early");
}

#[test]
fn restart_markers_that_are_missing_or_out_of_order_are_damage() {
    let bytes = encoded(&picture(64, 64), 90, |encoder| encoder.set_restart_interval(2));
    let (first, second) = (position(&bytes, 0xD0), position(&bytes, 0xD1));
    let mut swapped = bytes.clone();
    swapped[second + 1] = 0xD3;
    assert_eq!(damage(&swapped), "its restart markers are out of order");
    let without = [&bytes[..first], &bytes[first + 2..]].concat();
    let reason = damage(&without);
    assert!(
        reason.contains("out of order") || reason.contains("early") || reason.contains("code"),
        "{reason}"
    );
}
