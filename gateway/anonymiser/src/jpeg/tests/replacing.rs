//! Masks change the MCUs that they touch and no others.

use super::super::replace::RIM;
use super::*;
use crate::report::Rect;

const FILL: [u8; 3] = [16, 16, 16];

fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect { x, y, width, height }
}

fn paint(raster: &mut Raster, area: &[Rect]) {
    for r in area {
        for y in r.y..(r.y + r.height).min(raster.height) {
            for x in r.x..(r.x + r.width).min(raster.width) {
                let at = 3 * (y * raster.width + x) as usize;
                raster.rgb[at..at + 3].copy_from_slice(&FILL);
            }
        }
    }
}

/// Masks `area`, and checks every MCU and the pixels that others see.
fn masked(bytes: &[u8], area: &[Rect], what: &str) {
    let before = Jpeg::read(bytes).unwrap();
    let mut pixels = before.to_raster(1);
    paint(&mut pixels, area);
    let mut after = before.clone();
    after.replace(area, &[], &pixels);
    let written = after.write(1);
    let same = before.same_mcus(&Jpeg::read(&written).unwrap()).unwrap();

    let (width, height) = before.mcu();
    let across = before.width.div_ceil(width);
    let mut changed = 0;
    for (n, same) in (0..).zip(&same) {
        let mcu = rect(n % across * width, n / across * height, width, height);
        let meets = |r: &Rect| {
            r.x < mcu.x + mcu.width
                && mcu.x < r.x + r.width
                && r.y < mcu.y + mcu.height
                && mcu.y < r.y + r.height
        };
        assert!(*same || area.iter().any(meets), "{what}: MCU {n} changed");
        changed += u32::from(!same);
    }
    assert!(changed > 0, "{what}: nothing changed");

    // Deep inside a mask, where no quantisation error of an edge reaches, others see the fill.
    let seen = judged(&written, before.width, before.height);
    for r in area {
        for y in r.y..(r.y + r.height).min(seen.height) {
            for x in r.x..(r.x + r.width).min(seen.width) {
                let inside = |from: u32, length: u32, mcu: u32, end: u32, at: u32| {
                    let whole = (
                        from.div_ceil(mcu) * mcu,
                        if from + length >= end {
                            end
                        } else {
                            (from + length) / mcu * mcu
                        },
                    );
                    let margin = |edge: u32| if edge == 0 || edge == end { 0 } else { 4 };
                    at >= whole.0 + margin(whole.0) && at + margin(whole.1) < whole.1
                };
                if inside(r.x, r.width, width, seen.width, x) && inside(r.y, r.height, height, seen.height, y)
                {
                    let pixel = &seen.rgb[3 * (y * seen.width + x) as usize..][..3];
                    let near = pixel.iter().zip(FILL).all(|(a, b)| a.abs_diff(b) <= 6);
                    assert!(near, "{what}: {pixel:?} at {x}, {y}");
                }
            }
        }
    }
}

#[test]
fn other_mcus_stay_bit_identical_in_every_sampling() {
    let area = [rect(20, 10, 64, 70), rect(100, 90, 7, 5), rect(150, 90, 51, 41)];
    for sampling in SAMPLINGS {
        masked(
            &sampled(&picture(201, 131), sampling),
            &area,
            &format!("{sampling:?}"),
        );
    }
    masked(&grey(&picture(201, 131)), &area, "grey");
}

#[test]
fn other_mcus_of_progressive_files_and_files_with_restarts_stay_too() {
    let area = [rect(33, 21, 70, 64)];
    for sampling in SAMPLINGS {
        let bytes = encoded(&picture(180, 120), 85, |encoder| {
            encoder.set_sampling_factor(sampling);
            encoder.set_progressive(true);
            encoder.set_restart_interval(4);
        });
        masked(&bytes, &area, &format!("{sampling:?}"));
    }
}

#[test]
fn photos_keep_what_is_outside() {
    for (name, bytes) in photos() {
        masked(&bytes, &[rect(100, 60, 90, 120), rect(3, 5, 40, 40)], &name);
    }
}

#[test]
fn tiny_pictures_can_be_masked_whole() {
    for sampling in SAMPLINGS {
        for (width, height) in SIZES {
            let what = format!("{sampling:?} {width} x {height}");
            masked(
                &sampled(&picture(width, height), sampling),
                &[rect(0, 0, width, height)],
                &what,
            );
        }
    }
}

#[test]
fn a_mask_touches_exactly_the_mcus_it_reaches_into() {
    let before = Jpeg::read(&sampled(&picture(64, 48), SamplingFactor::F_2_2)).unwrap();
    let black = Raster::new(64, 48);
    for (area, wanted) in [
        (rect(0, 0, 16, 16), vec![0]),
        (rect(15, 15, 1, 1), vec![0]),
        (rect(15, 15, 2, 1), vec![0, 1]),
        (rect(16, 16, 16, 17), vec![5, 9]),
        (rect(60, 40, u32::MAX, u32::MAX), vec![11]),
        (rect(64, 0, 10, 10), vec![]),
        (rect(10, 10, 0, 5), vec![]),
    ] {
        let mut after = before.clone();
        after.replace(&[area], &[], &black);
        let same = before.same_mcus(&after).unwrap();
        let changed: Vec<_> = (0..same.len()).filter(|n| !same[*n]).collect();
        assert_eq!(changed, wanted, "{area:?}");
    }
}

#[test]
fn what_was_there_before_leaves_no_trace_in_an_mcu_that_is_touched() {
    let area = [rect(40, 40, 30, 30)];
    let mut pixels = picture(128, 128);
    paint(&mut pixels, &area);
    let masked = |original: &Raster, greys: &[Rect]| {
        let mut jpeg = Jpeg::read(&sampled(original, SamplingFactor::F_2_2)).unwrap();
        jpeg.replace(&area, greys, &pixels);
        jpeg
    };
    let mut other = picture(128, 128);
    for y in 40..70_usize {
        other.rgb[3 * (128 * y + 40)..3 * (128 * y + 70)].fill(250);
    }
    for greys in [&[][..], &area] {
        assert!(masked(&picture(128, 128), greys) == masked(&other, greys));
    }
    let beyond = [
        rect(u32::MAX - 2, u32::MAX - 2, 9, 9),
        rect(40, 128, u32::MAX, u32::MAX),
    ];
    assert!(masked(&other, &beyond) == masked(&other, &[]));
}

#[test]
fn pixels_encoded_anew_look_as_they_did() {
    for sampling in SAMPLINGS {
        let bytes = encoded(&picture(120, 90), 95, |encoder| {
            encoder.set_sampling_factor(sampling)
        });
        let mut jpeg = Jpeg::read(&bytes).unwrap();
        let pixels = jpeg.to_raster(1);
        jpeg.replace(&[rect(0, 0, 120, 90)], &[], &pixels);
        let (_, mean) = difference(&jpeg.to_raster(1), &pixels);
        assert!(mean < 2.0, "{sampling:?}: {mean:.2}");
    }
}

#[test]
#[should_panic(expected = "masks for a picture of another size")]
fn masks_for_another_picture_are_a_mistake_of_the_caller() {
    let mut jpeg = Jpeg::read(&grey(&picture(16, 16))).unwrap();
    jpeg.replace(&[rect(0, 0, 4, 4)], &[], &Raster::new(16, 8));
}

#[test]
fn files_of_another_size_or_sampling_have_no_mcus_in_common() {
    let read = |width, sampling| Jpeg::read(&sampled(&picture(width, 20), sampling)).unwrap();
    let jpeg = read(20, SamplingFactor::F_2_2);
    assert_eq!(jpeg.same_mcus(&read(21, SamplingFactor::F_2_2)), None);
    assert_eq!(jpeg.same_mcus(&read(20, SamplingFactor::F_2_1)), None);
    assert_eq!(
        jpeg.same_mcus(&Jpeg::read(&grey(&picture(20, 20))).unwrap()),
        None
    );
}

#[test]
fn mcus_with_other_steps_are_not_the_same() {
    let flat = Raster::new(20, 20);
    let [a, b] = [50, 80].map(|quality| Jpeg::read(&encoded(&flat, quality, |_| ())).unwrap());
    assert!(a.same_mcus(&b).unwrap().into_iter().all(|same| !same));
}

/// What others see of `bytes` with one mask, of which `greys` are painted in greys, filled with `fill`.
fn filled(bytes: &[u8], mask: Rect, greys: &[Rect], fill: [u8; 3]) -> Raster {
    let mut jpeg = Jpeg::read(bytes).unwrap();
    let mut pixels = jpeg.to_raster(1);
    let mut colour = Raster::new(mask.width, mask.height);
    colour.rgb.as_chunks_mut::<3>().0.fill(fill);
    pixels.put(&colour, mask.x, mask.y);
    jpeg.replace(&[mask], greys, &pixels);
    judged(&jpeg.write(1), jpeg.width, jpeg.height)
}

/// Values of the pixels of `rect`, less `edge` pixels on each side.
fn values(raster: &Raster, rect: Rect, edge: u32) -> impl Iterator<Item = [u8; 3]> {
    let inner = Rect {
        x: rect.x + edge,
        y: rect.y + edge,
        width: rect.width - 2 * edge,
        height: rect.height - 2 * edge,
    };
    let part = raster.part(inner).into_owned();
    part.rgb.as_chunks::<3>().0.to_vec().into_iter()
}

#[test]
fn black_and_white_masks_show_no_brightness_of_what_is_beside_them_and_its_colour_in_their_rim_alone() {
    // Edges on, before and behind those of blocks and MCUs; one is smaller than a block.
    let masks = [
        rect(20, 10, 64, 70),
        rect(33, 47, 37, 23),
        rect(64, 64, 32, 32),
        rect(71, 35, 5, 6),
    ];
    for sampling in SAMPLINGS {
        for quality in [20, 50, 75, 90, 97, 100] {
            let bytes = encoded(&picture(121, 103), quality, |e| e.set_sampling_factor(sampling));
            for mask in masks {
                for fill in [[0; 3], [255; 3]] {
                    let seen = filled(&bytes, mask, &[mask], fill);
                    let what = format!("{sampling:?} at {quality}: {fill:?} in {mask:?}");
                    // Whatever colour comes to black or white, one channel stays where it is.
                    let extreme = |pixel: [u8; 3]| pixel.iter().zip(fill).any(|(a, b)| *a == b);
                    assert!(values(&seen, mask, 0).all(extreme), "{what}");
                    // What is stretched is blended with the next sample, which may be of a block that keeps its colours.
                    if mask.width.min(mask.height) > 2 * (RIM + 1) {
                        let pure = values(&seen, mask, RIM + 1).all(|pixel| pixel == fill);
                        assert!(pure, "{what}");
                    }
                    let traces = filled(&bytes, mask, &[], fill);
                    let same = values(&traces, mask, 0).all(|pixel| pixel == fill);
                    assert!(!same || quality == 100 || mask.x % 32 == 0, "{what}");
                }
            }
        }
    }
}

#[test]
fn a_black_mask_costs_its_surroundings_their_colour_and_not_their_brightness() {
    let mask = rect(37, 29, 41, 38);
    let around = rect(32, 16, 48, 64);
    for (name, bytes) in photos() {
        let whole = Jpeg::read(&bytes).unwrap().to_raster(1);
        let luma = |pixel: [u8; 3]| {
            let [r, g, b] = pixel.map(f64::from);
            0.299 * r + 0.587 * g + 0.114 * b
        };
        let error = |seen: &Raster| {
            let inside = |n: usize| {
                let (x, y) = (
                    around.x + n as u32 % around.width,
                    around.y + n as u32 / around.width,
                );
                (mask.x..mask.x + mask.width).contains(&x) && (mask.y..mask.y + mask.height).contains(&y)
            };
            let pairs = values(&whole, around, 0).zip(values(seen, around, 0));
            let outside: Vec<f64> = (pairs.enumerate())
                .filter(|(n, _)| !inside(*n))
                .map(|(_, (before, after))| (luma(before) - luma(after)).abs())
                .collect();
            outside.iter().sum::<f64>() / outside.len() as f64
        };
        let (plain, pure) = (
            error(&filled(&bytes, mask, &[], [0; 3])),
            error(&filled(&bytes, mask, &[mask], [0; 3])),
        );
        assert!(pure < plain + 1.0, "{name}: {pure} against {plain}");
    }
}

#[test]
fn a_grey_mask_gets_no_colour_from_beside_it_and_a_colour_in_it_stays() {
    let mask = rect(21, 19, 50, 44);
    let bytes = sampled(&picture(120, 90), SamplingFactor::F_2_2);
    let colours = |seen: &Raster| {
        let spread = |[r, g, b]: [u8; 3]| r.max(g).max(b) - r.min(g).min(b);
        values(seen, mask, 5).map(spread).max().unwrap()
    };
    assert_eq!(colours(&filled(&bytes, mask, &[mask], [120; 3])), 0);
    assert!(colours(&filled(&bytes, mask, &[], [120; 3])) > 4);
    let red = [200, 30, 40];
    let seen = filled(&bytes, mask, &[mask], red);
    let deep = values(&seen, mask, 16);
    assert!(deep.into_iter().all(|[r, g, b]| r > 180 && g < 60 && b < 70));
}
