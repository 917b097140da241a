//! Every committed fuzz input, through the same functions as the fuzz targets (`fuzz/README.md`).
//!
//! `UPDATE_CORPUS=1 cargo test -p vouchsafe-anonymiser --lib corpus` draws the seeds anew.

use super::{jpeg, metadata, photo, policy};
use crate::codec::encode;
use crate::format::Format;
use crate::jpeg::Jpeg;
use crate::jpeg::tests::{picture, small_files};
use std::fs;
use std::path::{Path, PathBuf};

const MOST_SEEDS: usize = 16;
const MOST_BYTES: usize = 2048;

/// Drawn by libwebp, of which we have no writer: a disc on a field, 16 x 16, lossy; the second one half transparent.
const LOSSY_WEBP: &str = "524946466800000057454250565038205c0000001002009d012a1000100002804225b002743051c18a69cf934200feea9fe\
    1388b634d5b42812e1d2e56939011a8981be770e7bbf2d4ff736baa47d1e227b3ffc3d0aa7fb1fb8943ab7e25ef89ba8efd19b07ecbc62e29f91555f\
    00000";
const CLEAR_WEBP: &str = "52494646a600000057454250565038580a000000100000000f00000f0000414c504820000000010ff0c0ff8888a0b66d1b46\
    46feffd563da18e48688fe4f0080496d5c29f30756503820600000001002009d012a1000100002804225b002743048c18a69cf934200feea9fe1388b\
    634d5b42812e1d2e56939011a8981be770e7bbf2c9ff72e98c6ab41853d9ffe3d078068d85fb8947b164768305fa607acd7ae795801fa31e4cdf1161\
    52000000";

/// A TIFF block that says: turned by 90 degrees, a position, a maker's note, and a preview in the second directory.
const EXIF: &[u8] = b"MM\0*\0\0\0\x08\0\x03\
    \x01\x12\0\x03\0\0\0\x01\0\x06\0\0\x88\x25\0\x04\0\0\0\x01\0\0\0\x32\x87\x69\0\x04\0\0\0\x01\0\0\0\x32\0\0\0\x44\
    \0\x01\x92\x7C\0\x07\0\0\0\x04note\0\0\0\0\
    \0\x02\x02\x01\0\x04\0\0\0\x01\0\0\0\x62\x02\x02\0\x04\0\0\0\x01\0\0\0\x02\0\0\0\0\xFF\xD8";

fn folder(target: &str) -> PathBuf {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    corpus.join(target)
}

/// Gives the target's inputs to `check`. Both answers must come up, or the inputs do not reach what they are for.
fn keeps_its_promises(target: &str, check: fn(&[u8]) -> bool) {
    let mut answers = [0, 0];
    for entry in fs::read_dir(folder(target)).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        answers[usize::from(check(&fs::read(path).unwrap()))] += 1;
    }
    assert!(answers[0] > 0, "{target}: no input is refused");
    assert!(answers[1] > 0, "{target}: no input is accepted");
}

#[test]
fn the_coefficient_codec_keeps_its_promises() {
    keeps_its_promises("jpeg", jpeg);
}

#[test]
fn the_parsers_of_metadata_keep_their_promises() {
    keeps_its_promises("metadata", metadata);
}

#[test]
fn the_way_of_a_photo_keeps_its_promises() {
    keeps_its_promises("photo", photo);
}

#[test]
fn policies_from_text_keep_their_promises() {
    keeps_its_promises("policy", policy);
}

#[test]
fn every_target_has_its_test_and_few_small_inputs() {
    let mut targets = names(&folder(""));
    let mut sources = names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets"));
    targets.sort();
    sources.sort();
    assert_eq!(targets, ["jpeg", "metadata", "photo", "policy"]);
    assert!(
        sources
            .iter()
            .map(|name| name.trim_end_matches(".rs"))
            .eq(&targets)
    );
    for target in targets {
        let inputs = names(&folder(&target));
        let seeds = inputs.iter().filter(|name| name.starts_with("seed-")).count();
        assert!((1..=MOST_SEEDS).contains(&seeds), "{target}: {seeds} seeds");
        for name in inputs {
            let length = fs::read(folder(&target).join(&name)).unwrap().len();
            assert!(length <= MOST_BYTES, "{target}/{name}: {length} bytes");
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn seeds_are_those_that_are_drawn_here() {
    let update = std::env::var_os("UPDATE_CORPUS").is_some();
    for (target, name, bytes) in [jpegs(), photos(), files(), policies()].into_iter().flatten() {
        let path = folder(target).join(format!("seed-{name}"));
        if update {
            fs::create_dir_all(folder(target)).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let stored = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(stored, bytes, "{}", path.display());
    }
}

/// Target, name, bytes.
type Seed = (&'static str, &'static str, Vec<u8>);

/// Says where the masks are: a quarter in the middle, and a strip on the left.
const MASKS: &[u8] = &[64, 64, 128, 128, 0, 0, 32, 255];

fn jpegs() -> Vec<Seed> {
    let [colour, grey, progressive, refined] = small_files();
    let turned = Jpeg::read(&colour).unwrap().write(6);
    let with_masks = [&colour, MASKS].concat();
    let cut = colour[..colour.len() / 2].to_vec();
    let arithmetic = replaced(&grey, b"\xFF\xC0", b"\xFF\xC9");
    let named = [
        ("colour", with_masks),
        ("grey", grey),
        ("progressive", progressive),
        ("refined", refined),
        ("turned", turned),
        ("cut", cut),
        ("arithmetic", arithmetic),
    ];
    named.map(|(name, bytes)| ("jpeg", name, bytes)).into()
}

fn photos() -> Vec<Seed> {
    let [colour, _, progressive, _] = small_files();
    let exif = segment(0xE1, &[b"Exif\0\0", EXIF].concat());
    let plain = encode(Format::Png, &picture(9, 7), 0).unwrap();
    // One pixel is the same in seven passes as in one.
    let dot = encode(Format::Png, &picture(1, 1), 0).unwrap();
    let woven = [
        &dot[..8],
        &chunk(b"IHDR", &[&dot[16..28], &[1]].concat()),
        &dot[33..],
    ]
    .concat();
    let palette = png(
        png::ColorType::Indexed,
        png::BitDepth::Two,
        &[0b0001_1000, 0b0100_0000, 0b1000_0100, 0],
    );
    let deep = png(
        png::ColorType::GrayscaleAlpha,
        png::BitDepth::Sixteen,
        &[0x5A; 40],
    );
    let named = [
        ("jpeg", [&colour, MASKS].concat()),
        ("jpeg-turned", [&colour[..2], &exif, &colour[2..]].concat()),
        ("jpeg-progressive", progressive),
        ("jpeg-arithmetic", replaced(&colour, b"\xFF\xC0", b"\xFF\xC9")),
        ("png", [&plain, MASKS].concat()),
        ("png-palette", palette),
        ("png-deep", deep),
        ("png-woven", woven),
        ("webp", encode(Format::Webp, &picture(9, 7), 0).unwrap()),
        ("webp-lossy", hex::decode(LOSSY_WEBP).unwrap()),
        ("webp-clear", hex::decode(CLEAR_WEBP).unwrap()),
        ("gif", b"GIF89a\x01\0\x01\0".to_vec()),
    ];
    named.map(|(name, bytes)| ("photo", name, bytes)).into()
}

fn files() -> Vec<Seed> {
    let [_, grey, ..] = small_files();
    let dot = picture(1, 1);
    let (png, webp) = (
        encode(Format::Png, &dot, 0).unwrap(),
        encode(Format::Webp, &dot, 0).unwrap(),
    );
    let oriented = Jpeg::read(&grey).unwrap().write(3);
    let segments = [
        segment(0xE0, b"JFXX\0\x10preview"),
        segment(0xE1, &[b"Exif\0\0", EXIF].concat()),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0name"),
        segment(0xE2, b"ICC_PROFILE\0\x01\x01name"),
        segment(0xE2, b"MPF\0II*\0"),
        segment(0xED, b"Photoshop 3.0\x008BIM"),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01"),
        segment(0xFE, b"words"),
    ]
    .concat();
    let chunks = [
        chunk(b"tEXt", b"Author\0name"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0name"),
        chunk(b"eXIf", EXIF),
        chunk(b"iCCP", b"name\0\0"),
        chunk(b"tIME", &[7, 234, 11, 21, 22, 0, 0]),
        chunk(b"prVt", b"words"),
    ]
    .concat();
    let lossy = hex::decode(LOSSY_WEBP).unwrap();
    let parts = [
        riff(b"VP8X", &[0x2C, 0, 0, 0, 15, 0, 0, 15, 0, 0]),
        lossy[12..].to_vec(),
        riff(b"ICCP", b"name"),
        riff(b"EXIF", EXIF),
        riff(b"XMP ", b"words"),
    ]
    .concat();
    let extended = riff(b"RIFF", &[b"WEBP", parts.as_slice()].concat());
    let animated = [&png[..33], &chunk(b"acTL", &[0; 8]), &png[33..]].concat();
    let named = [
        ("exif", EXIF.to_vec()),
        ("jpeg", [&grey[..2], &segments, &grey[2..], b"behind"].concat()),
        ("jpeg-out", oriented),
        ("png", [&png[..33], &chunks, &png[33..], b"behind"].concat()),
        ("png-animated", animated),
        ("png-out", png),
        ("webp", [extended.as_slice(), b"behind"].concat()),
        ("webp-out", webp),
    ];
    named.map(|(name, bytes)| ("metadata", name, bytes)).into()
}

fn policies() -> Vec<Seed> {
    let named = [
        ("empty", ""),
        ("preset", "preset = \"strict\"\n"),
        (
            "classes",
            "name = \"a-1\"\ngrade = \"disguised\"\n[classes.face]\naction = \"refuse\"\nmargin = 0.001\n\
            threshold = 1\nrequired = false\n[classes.person]\naction = \"mask\"\noperator.kind = \"silhouette\"\n\
            operator.rgb = [1, 2, 255]\n[classes.plate]\noperator = { kind = \"mosaic\", cells = 6 }\naction = \"mask\"\n\
            [classes.text]\naction = \"mask\"\noperator = { kind = \"blur\" }\n",
        ),
        (
            "views",
            "preset = \"event\"\n[views]\nmin = 32\nmax = 2048\ncoarse = 1\npercent = 400\nturns = 1\ntile = 128\n\
            tile_percent = 1\noverlap_percent = 75\ntile_turns = 4\naside = 100\n[gate]\nfaces = 0.01\nsecond = 0.3333\n\
            escalations = 8\ncloser = 64\nviews.turns = 1\nsecond_views = { min = 40 }\n",
        ),
        (
            "output",
            "limits = { max_pixels = 1_000_000_000, max_side = 1 }\noutput.jpeg_quality = 50\noutput.jpeg = \"pixels\"\n\
            output.agreement = true\nkeep.classes = [\"knife\", \"cell phone\"]\nkeep.threshold = 0.5\n",
        ),
        ("unknown-key", "[classes.face]\nmargins = 1\n"),
        ("out-of-bounds", "keep.threshold = nan\n"),
        ("preset-name", "name = \"street\"\noutput.jpeg_quality = 51\n"),
        ("no-toml", "name = 'a\n"),
    ];
    named.map(|(name, text)| ("policy", name, text.into())).into()
}

/// `bytes` with the first `old` in it replaced.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 2).to_be_bytes();
    [&[0xFF, marker], &length[..], payload].concat()
}

fn riff(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut bytes = [kind, &(payload.len() as u32).to_le_bytes()[..], payload].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let body = [&kind[..], payload].concat();
    let crc = body.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    });
    [
        &(payload.len() as u32).to_be_bytes()[..],
        &body,
        &(!crc).to_be_bytes(),
    ]
    .concat()
}

/// 5 x 2 pixels of this kind; a palette has three colours, one of them clear.
fn png(colour: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 5, 2);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == png::ColorType::Indexed {
        encoder.set_palette(&[255, 0, 0, 0, 255, 0, 0, 0, 255][..]);
        encoder.set_trns(&[255, 0][..]);
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}
