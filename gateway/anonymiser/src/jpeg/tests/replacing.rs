//! Masks change the MCUs that they touch and no others.

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
    after.replace(area, &pixels);
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
        after.replace(&[area], &black);
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
    let masked = |original: &Raster| {
        let mut jpeg = Jpeg::read(&sampled(original, SamplingFactor::F_2_2)).unwrap();
        jpeg.replace(&area, &pixels);
        jpeg
    };
    let mut other = picture(128, 128);
    for y in 40..70_usize {
        other.rgb[3 * (128 * y + 40)..3 * (128 * y + 70)].fill(250);
    }
    assert!(masked(&picture(128, 128)) == masked(&other));
}

#[test]
fn pixels_encoded_anew_look_as_they_did() {
    for sampling in SAMPLINGS {
        let bytes = encoded(&picture(120, 90), 95, |encoder| {
            encoder.set_sampling_factor(sampling)
        });
        let mut jpeg = Jpeg::read(&bytes).unwrap();
        let pixels = jpeg.to_raster(1);
        jpeg.replace(&[rect(0, 0, 120, 90)], &pixels);
        let (_, mean) = difference(&jpeg.to_raster(1), &pixels);
        assert!(mean < 2.0, "{sampling:?}: {mean:.2}");
    }
}

#[test]
#[should_panic(expected = "masks for a picture of another size")]
fn masks_for_another_picture_are_a_mistake_of_the_caller() {
    let mut jpeg = Jpeg::read(&grey(&picture(16, 16))).unwrap();
    jpeg.replace(&[rect(0, 0, 4, 4)], &Raster::new(16, 8));
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
