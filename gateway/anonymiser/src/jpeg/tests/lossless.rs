//! Coefficients survive reading and writing, whatever they were stored like.

use super::*;

/// Reads, writes and reads again; the coefficients must not change, and others must see the same picture.
fn survives(bytes: &[u8], what: &str) -> Jpeg {
    let jpeg = Jpeg::read(bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
    let written = jpeg.write(1);
    let again = Jpeg::read(&written).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(jpeg == again, "{what}: coefficients differ");
    assert!(again.write(1) == written, "{what}: the second writing differs");
    let seen = judged(&written, jpeg.width, jpeg.height);
    // The other decoder is wrong about sequential files of several scans, so those have only the pixels read here to
    // be compared with.
    let scans = bytes.windows(2).filter(|pair| *pair == [0xFF, 0xDA]).count();
    if scans > 1 && bytes.windows(2).any(|pair| pair == [0xFF, 0xC0]) {
        let (worst, mean) = difference(&seen, &jpeg.to_raster(1));
        assert!(worst <= 12 && mean < 0.6, "{what}: {worst}, {mean:.3}");
    } else {
        let before = judged(bytes, jpeg.width, jpeg.height);
        assert_eq!(difference(&before, &seen).0, 0, "{what}: pixels differ");
    }
    jpeg
}

#[test]
fn coefficients_of_every_sampling_and_size_survive() {
    for sampling in SAMPLINGS {
        for (width, height) in SIZES {
            let bytes = sampled(&picture(width, height), sampling);
            let jpeg = survives(&bytes, &format!("{sampling:?} {width} x {height}"));
            assert_eq!((jpeg.width, jpeg.height), (width, height));
        }
    }
}

#[test]
fn a_progressive_file_holds_what_the_sequential_one_holds() {
    for sampling in SAMPLINGS {
        for (width, height) in SIZES {
            let raster = picture(width, height);
            let sequential = Jpeg::read(&sampled(&raster, sampling)).unwrap();
            for scans in [2, 10, 20] {
                let bytes = encoded(&raster, 90, |encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder.set_progressive_scans(scans);
                });
                let what = format!("{sampling:?} {width} x {height}, {scans} scans");
                let progressive = survives(&bytes, &what);
                assert!(progressive == sequential, "{what}");
            }
        }
    }
}

#[test]
fn restart_markers_change_nothing() {
    for sampling in SAMPLINGS {
        for progressive in [false, true] {
            let raster = picture(150, 90);
            let with = |interval: u16| {
                encoded(&raster, 90, |encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder.set_progressive(progressive);
                    encoder.set_restart_interval(interval);
                })
            };
            let without = Jpeg::read(&with(0)).unwrap();
            for interval in [1, 3, 1000] {
                let what = format!("{sampling:?}, progressive {progressive}, every {interval}");
                assert!(survives(&with(interval), &what) == without, "{what}");
            }
        }
    }
}

#[test]
fn grey_files_survive_and_have_blocks_for_mcus() {
    for (width, height) in SIZES {
        let bytes = grey(&picture(width, height));
        let jpeg = survives(&bytes, &format!("grey {width} x {height}"));
        assert_eq!((jpeg.mcu(), jpeg.components.len()), ((8, 8), 1));
    }
}

#[test]
fn sampling_factors_of_a_single_component_mean_nothing() {
    let mut bytes = grey(&picture(33, 31));
    let frame = position(&bytes, 0xC0);
    let before = Jpeg::read(&bytes).unwrap();
    bytes[frame + 11] = 0x22;
    assert!(Jpeg::read(&bytes).unwrap() == before);
}

#[test]
fn optimised_tables_survive_and_the_output_is_as_short() {
    let raster = picture(208, 160); // whole MCUs: what fills up others is not always sent
    for quality in [5, 50, 100] {
        let plain = encoded(&raster, quality, |_| ());
        let best = encoded(&raster, quality, |encoder| {
            encoder.set_optimized_huffman_tables(true)
        });
        let written = survives(&best, "optimised").write(1);
        assert!(Jpeg::read(&plain).unwrap() == Jpeg::read(&best).unwrap());
        assert!(
            written.len() < plain.len(),
            "quality {quality}: {}",
            written.len()
        );
        let (ours, theirs) = (written.len() as f64, best.len() as f64);
        assert!(
            ours < theirs * 1.01 + 64.0,
            "quality {quality}: {ours} and {theirs} bytes"
        );
    }
}

#[test]
fn blocks_outside_the_picture_are_flat_whatever_the_file_has_there() {
    let whole = sampled(&picture(64, 64), SamplingFactor::F_2_2);
    let frame = position(&whole, 0xC0);
    // Cropped to 49 x 33, as lossless tools do it: 4 x 3 MCUs are left, and one more row of them is not read at all.
    let mut cropped = whole.clone();
    (cropped[frame + 6], cropped[frame + 8]) = (33, 49);
    let (whole, cropped) = (Jpeg::read(&whole).unwrap(), Jpeg::read(&cropped).unwrap());
    let mut outside = 0;
    for (component, before) in cropped.components.iter().zip(&whole.components) {
        for (index, block) in component.blocks().iter().enumerate() {
            let (x, y) = (index % component.wide, index / component.wide);
            if x < component.shown.0 && y < component.shown.1 {
                assert_eq!(*block, before.blocks()[index], "what shows something stays");
            } else {
                assert!(block[1..].iter().all(|v| *v == 0), "{x}, {y}");
                outside += 1;
            }
        }
    }
    assert_eq!(outside, 8 + 6 - 1, "one column and one row of brightness");
}

#[test]
fn photos_survive() {
    for (name, bytes) in photos() {
        let jpeg = survives(&bytes, &name);
        let same = jpeg.same_mcus(&Jpeg::read(&jpeg.write(6)).unwrap()).unwrap();
        assert!(!same.is_empty() && same.into_iter().all(|same| same), "{name}");
    }
}

#[test]
fn stray_bytes_fill_bytes_and_what_follows_the_end_do_not_matter() {
    let bytes = sampled(&picture(40, 30), SamplingFactor::F_2_2);
    let jpeg = Jpeg::read(&bytes).unwrap();
    let tables = position(&bytes, 0xDB);
    for stray in [
        &b"\0\0\0"[..],
        b"\xFF\xFF",
        b"stray\xFF\x00",
        b"\xFF\x01",
        b"\xFF\xD8",
    ] {
        let longer = [&bytes[..tables], stray, &bytes[tables..], b"\xFF\xD8 more"].concat();
        assert!(Jpeg::read(&longer).unwrap() == jpeg, "{}", stray.escape_ascii());
    }
}

#[test]
fn the_colour_transform_is_told_as_common_decoders_tell_it() {
    let bytes = sampled(&picture(24, 24), SamplingFactor::F_1_1);
    let (app0, frame) = (position(&bytes, 0xE0), position(&bytes, 0xC0));
    assert_eq!(&bytes[app0 + 4..app0 + 9], b"JFIF\0");
    let scan = position(&bytes, 0xDA);
    let named = |names: &[u8; 3], app: &[u8]| {
        let mut bytes = bytes.clone();
        for (n, name) in names.iter().enumerate() {
            bytes[frame + 10 + 3 * n] = *name;
            bytes[scan + 5 + 2 * n] = *name;
        }
        bytes.splice(app0..app0 + 18, app.iter().copied());
        bytes
    };
    let adobe = |transform: u8| [b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat();
    let jfif = &bytes[app0..app0 + 18];
    let plain = [1, 2, 3];
    let cases = [
        (named(&plain, jfif), false),
        (named(&plain, b""), false),
        (named(b"RGB", b""), true),
        (named(&plain, &adobe(0)), true),
        (named(&plain, &adobe(1)), false),
        (named(b"RGB", &adobe(1)), false),
    ];
    let [as_ycbcr, as_rgb] = [0, 2].map(|n: usize| Jpeg::read(&cases[n].0).unwrap().to_raster(1));
    assert!(as_ycbcr != as_rgb);
    for (n, (bytes, rgb)) in cases.iter().enumerate() {
        let jpeg = Jpeg::read(bytes).unwrap();
        let raster = jpeg.to_raster(1);
        assert!(
            raster == if *rgb { &as_rgb } else { &as_ycbcr }.clone(),
            "case {n}"
        );
        // The other decoder sees the output as this one sees the input.
        let (worst, _) = difference(&judged(&jpeg.write(1), 24, 24), &raster);
        assert!(worst <= 2, "case {n}: {worst}");
    }
    // A JFIF header settles it, whatever follows.
    let both = named(&plain, &[jfif, &adobe(0)].concat());
    assert!(Jpeg::read(&both).unwrap().to_raster(1) == as_ycbcr);
}
