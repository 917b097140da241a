//! `cargo run --example thresholds -- FILE.ppm…`: prints the exact metrics of binary PPM pictures (P6, 8 bits, no comments)
//! and the eight hashes of their turned forms under the public key, a line of JSON each. Thresholds were chosen with it (README).

use std::error::Error;

use vouchsafe_evaluation::{HashKey, Picture, PixelMetrics, Sketch};

fn main() -> Result<(), Box<dyn Error>> {
    let key = HashKey::public();
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let mut words = bytes.splitn(5, |byte| byte.is_ascii_whitespace());
        let mut word = || words.next().ok_or("the header is too short");
        let (magic, width, height, depth) = (word()?, word()?, word()?, word()?);
        if magic != b"P6" || depth != b"255" {
            return Err(format!("{path}: not a PPM picture of 8 bits").into());
        }
        let number = |word: &[u8]| -> Result<u32, Box<dyn Error>> { Ok(std::str::from_utf8(word)?.parse()?) };
        let picture = Picture::new(number(width)?, number(height)?, word()?)?;
        let hashes = Sketch::of(&picture).map(|sketch| key.hashes(&sketch).map(|hash| format!("{hash:?}")));
        let line =
            serde_json::json!({ "path": path, "metrics": PixelMetrics::of(&picture), "hashes": hashes });
        println!("{line}");
    }
    Ok(())
}
