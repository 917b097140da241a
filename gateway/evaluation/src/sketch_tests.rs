use super::*;
use crate::keyed::{HashKey, RADIUS};

/// A scene of soft blobs, the same for the same seed.
pub(crate) fn scene(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    // In 1024ths of the sides, so that the same scene can be drawn at any size.
    let blobs: Vec<[u32; 4]> = (0..12)
        .map(|_| [next() % 1024, next() % 1024, 60 + next() % 250, 40 + next() % 180])
        .collect();
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (at, down) = (x * 1024 / width, y * 1024 / height);
            let light: u32 = (blobs.iter())
                .map(|[bx, by, radius, light]| {
                    let distance = (at.abs_diff(*bx).pow(2) + down.abs_diff(*by).pow(2)).isqrt();
                    light * radius.saturating_sub(distance) / radius
                })
                .sum();
            let light = (20 + light).min(255) as u8;
            rgb.extend([light, light / 2, 255 - light]);
        }
    }
    rgb
}

fn sketch(width: u32, height: u32, rgb: &[u8]) -> Option<Sketch> {
    Sketch::of(&Picture::new(width, height, rgb).unwrap())
}

#[test]
fn the_cosines_are_cosines() {
    for k in 0..=300 {
        let wanted = (k as f64 * std::f64::consts::PI / 64.0).cos() * 32_768.0;
        assert!((cosine(k) as f64 - wanted).abs() <= 0.5 + 1e-6, "{k}");
    }
}

#[test]
fn flat_pictures_have_no_sketch() {
    assert_eq!(sketch(40, 30, &[77; 3600]), None);
    // Fine stripes vanish in the means.
    let stripes: Vec<u8> = (0..320 * 320)
        .flat_map(|at| [if at % 2 == 0 { 0 } else { 255 }; 3])
        .collect();
    assert_eq!(sketch(320, 320, &stripes), None);
    assert!(sketch(40, 30, &scene(40, 30, 1)).is_some());
}

#[test]
fn any_shape_has_a_thumbnail_whose_mean_is_the_pictures() {
    for (width, height) in [(1, 1), (3, 50), (31, 33), (32, 32), (100, 7), (2000, 2)] {
        let rgb = scene(width, height, 5);
        let luma = Picture::new(width, height, &rgb).unwrap().luma();
        let thumbnail = thumbnail(&luma);
        let mean = thumbnail.iter().sum::<u64>() as f64 / 1024.0 / 256.0;
        let wanted = luma.values.iter().map(|v| f64::from(*v)).sum::<f64>() / luma.values.len() as f64;
        assert!(
            (mean - wanted).abs() < 0.01,
            "{width} x {height}: {mean} {wanted}"
        );
    }
}

#[test]
fn turned_sketches_are_those_of_the_turned_pictures() {
    let (width, height) = (90_usize, 70_usize);
    let rgb = scene(90, 70, 3);
    let pixel = |x: usize, y: usize| &rgb[3 * (width * y + x)..][..3];
    let turned = sketch(90, 70, &rgb).unwrap().turned();
    let different: std::collections::BTreeSet<_> = turned.iter().map(|sketch| sketch.0).collect();
    assert_eq!(different.len(), 8);
    for (turn, expected) in turned.iter().enumerate() {
        let (w, h) = if turn & 4 != 0 {
            (height, width)
        } else {
            (width, height)
        };
        let mut out = Vec::new();
        for y in 0..h {
            for x in 0..w {
                let x = if turn & 1 != 0 { w - 1 - x } else { x };
                let y = if turn & 2 != 0 { h - 1 - y } else { y };
                out.extend(if turn & 4 != 0 { pixel(y, x) } else { pixel(x, y) });
            }
        }
        assert_eq!(
            sketch(w as u32, h as u32, &out).as_ref(),
            Some(expected),
            "turn {turn}"
        );
    }
}

#[test]
fn half_size_other_light_and_a_painted_box_stay_near_and_other_scenes_do_not() {
    let key = HashKey::new(&[3; 32]);
    let hash = |width, height, rgb: &[u8]| key.hash(&sketch(width, height, rgb).unwrap());
    let original = hash(400, 300, &scene(400, 300, 1));
    let dimmed: Vec<u8> = scene(400, 300, 1).iter().map(|v| v / 4 * 3 + 10).collect();
    let mut boxed = scene(400, 300, 1);
    for y in 100..150 {
        boxed[3 * (400 * y + 150)..3 * (400 * y + 190)].fill(0);
    }
    let near = [
        hash(200, 150, &scene(200, 150, 1)),
        hash(400, 300, &dimmed),
        hash(400, 300, &boxed),
    ];
    for changed in near {
        assert!(
            original.distance(&changed) <= RADIUS,
            "{}",
            original.distance(&changed)
        );
    }
    for seed in 2..40 {
        let distance = original.distance(&hash(400, 300, &scene(400, 300, seed)));
        assert!(distance > RADIUS, "scene {seed}: {distance}");
    }
}

#[test]
fn without_the_key_a_hash_says_nothing_of_the_picture() {
    let sketch = sketch(100, 80, &scene(100, 80, 1)).unwrap();
    let hashes: Vec<_> = (0..8).map(|key| HashKey::new(&[key; 32]).hash(&sketch)).collect();
    for (at, hash) in hashes.iter().enumerate() {
        for other in &hashes[..at] {
            let distance = hash.distance(other);
            assert!(
                (80..=176).contains(&distance),
                "six standard deviations about one half: {distance}"
            );
        }
    }
    assert_eq!(
        format!("{:?} {:?}", HashKey::public(), sketch),
        "HashKey(..) Sketch(..)"
    );
}

#[test]
fn a_sketch_travels_as_a_list_of_its_numbers() {
    let sketch = sketch(100, 80, &scene(100, 80, 1)).unwrap();
    let text = serde_json::to_string(&sketch).unwrap();
    assert_eq!(serde_json::from_str::<Sketch>(&text).unwrap(), sketch);
    assert_eq!(Sketch::try_from(vec![0; 98]), Err(SketchLength { found: 98 }));
    assert!(serde_json::from_str::<Sketch>("[1,2,3]").is_err());
}
