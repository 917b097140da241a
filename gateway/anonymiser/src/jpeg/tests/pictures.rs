//! Pixels: beside the independent decoder, beside the formula, and at smaller sizes.

use super::*;
use crate::jpeg::ZIGZAG;
use crate::jpeg::transform::{coefficients, samples};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// T.81 A.3.3, literally.
fn formula(coefficients: &[f64; 64]) -> [f64; 64] {
    let weight = |n: usize| if n == 0 { FRAC_1_SQRT_2 } else { 1.0 };
    let wave = |at: usize, n: usize| ((2 * at + 1) as f64 * n as f64 * PI / 16.0).cos();
    std::array::from_fn(|at| {
        let (x, y) = (at % 8, at / 8);
        let term = |n: usize| {
            let (u, v) = (n % 8, n / 8);
            weight(u) * weight(v) * coefficients[n] * wave(x, u) * wave(y, v) / 4.0
        };
        (0..64).map(term).sum()
    })
}

/// A generator of numbers up to `limit` in size.
fn numbers(seed: u32, limit: i32) -> impl FnMut() -> i32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as i32 % (2 * limit + 1) - limit
    }
}

#[test]
fn the_inverse_transform_is_within_one_of_the_formula() {
    let mut worst = 0.0_f64;
    for seed in 0..3000 {
        let mut next = numbers(seed, 300 >> (seed % 5));
        let mut steps = [1_u16; 64];
        let mut block = [0_i16; 64];
        // From a few low coefficients to all of them, so that every short cut is taken.
        let some = 1 + seed as usize % 64;
        for (k, (value, step)) in block.iter_mut().zip(&mut steps).enumerate().take(some) {
            *step = 1 + (seed as u16 + k as u16) % 5;
            *value = (next() / (1 + k as i32)) as i16;
        }
        let mut natural = [0.0; 64];
        for (place, (value, step)) in ZIGZAG.iter().zip(block.iter().zip(steps)) {
            natural[usize::from(*place)] = f64::from(*value) * f64::from(step);
        }
        let mut out = [0; 64];
        samples::<8, 8>(&block, &steps, &mut out, 8);
        for (value, wanted) in out.into_iter().zip(formula(&natural)) {
            worst = worst.max((f64::from(value) - (wanted + 128.0).clamp(0.0, 255.0)).abs());
        }
    }
    assert!((0.4..1.0).contains(&worst), "{worst}");
}

#[test]
fn the_forward_transform_undoes_the_inverse() {
    for seed in 0..500 {
        let mut next = numbers(seed, 127);
        let pixels: [u8; 64] = std::array::from_fn(|_| (128 + next()) as u8);
        let block = coefficients(&pixels.map(i16::from), &[1; 64]);
        let mut back = [0; 64];
        samples::<8, 8>(&block, &[1; 64], &mut back, 8);
        let worst = pixels.iter().zip(back).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        assert!(worst <= 1, "{worst}");
    }
}

#[test]
fn quantisation_rounds_to_the_nearest_step() {
    let flat = |value: i16, step: u16| coefficients(&[value; 64], &[step; 64])[0];
    assert_eq!([flat(128, 7), flat(129, 8), flat(127, 8)], [0, 1, -1]);
    assert_eq!(
        [flat(131, 16), flat(125, 16), flat(130, 16), flat(0, 1)],
        [2, -2, 1, -1024]
    );
}

#[test]
fn pixels_are_those_of_the_other_decoder() {
    for sampling in SAMPLINGS {
        for (width, height) in [(70, 50), (129, 65), (64, 64), (200, 3)] {
            // It is wrong about some files of several scans, so it is shown what is written here.
            let jpeg = Jpeg::read(&sampled(&picture(width, height), sampling)).unwrap();
            let (worst, mean) = difference(&jpeg.to_raster(1), &judged(&jpeg.write(1), width, height));
            // It rounds each time it doubles chroma, and blends the last pixels with what lies outside.
            let what = format!("{sampling:?} {width} x {height}: {worst}, {mean:.3}");
            assert!(worst <= 12 && mean < 0.5, "{what}");
        }
    }
}

#[test]
fn photos_look_as_in_the_other_decoder() {
    for (name, bytes) in photos() {
        let jpeg = Jpeg::read(&bytes).unwrap();
        let (worst, mean) = difference(&jpeg.to_raster(1), &judged(&bytes, jpeg.width, jpeg.height));
        assert!(worst <= 4 && mean < 0.5, "{name}: {worst}, {mean:.3}");
    }
}

#[test]
fn rows_of_mcus_alone_are_those_of_the_whole_picture() {
    for sampling in SAMPLINGS {
        let jpeg = Jpeg::read(&sampled(&picture(70, 101), sampling)).unwrap();
        let (whole, side) = (jpeg.to_raster(1), jpeg.mcu().1 as usize);
        let down = 101_usize.div_ceil(side);
        for (start, end) in (0..down).flat_map(|start| (start + 1..=down).map(move |end| (start, end))) {
            let part = jpeg.rows_to_raster(start..end);
            let (from, to) = (start * side, (end * side).min(101));
            assert_eq!((part.width, part.height as usize), (70, to - from));
            let wanted = &whole.rgb[3 * 70 * from..3 * 70 * to];
            assert!(part.rgb == wanted, "{sampling:?} rows {start} to {end}");
        }
    }
}

#[test]
fn grey_becomes_three_equal_values() {
    let raster = picture(33, 31);
    let bytes = grey(&raster);
    let ours = Jpeg::read(&bytes).unwrap().to_raster(1);
    assert!(ours.rgb.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]));
    assert!(difference(&ours, &judged(&bytes, 33, 31)).0 <= 1);
}

#[test]
fn smaller_sizes_show_the_means_of_the_full_size() {
    for sampling in SAMPLINGS {
        let (width, height) = (203, 117);
        let jpeg = Jpeg::read(&sampled(&picture(width, height), sampling)).unwrap();
        let full = jpeg.to_raster(1);
        for shrink in [2, 4, 8] {
            let small = jpeg.to_raster(shrink);
            assert_eq!(
                (small.width, small.height),
                (width.div_ceil(shrink), height.div_ceil(shrink))
            );
            let mut sum = 0.0;
            let inner = (width / shrink - 1, height / shrink - 1);
            for y in 0..inner.1 {
                for x in 0..inner.0 {
                    for c in 0..3 {
                        let pixels = (0..shrink * shrink).map(|n| {
                            let (x, y) = (x * shrink + n % shrink, y * shrink + n / shrink);
                            f64::from(full.rgb[3 * (y * width + x) as usize + c])
                        });
                        let mean = pixels.sum::<f64>() / f64::from(shrink * shrink);
                        sum += (mean - f64::from(small.rgb[3 * (y * small.width + x) as usize + c])).abs();
                    }
                }
            }
            let mean = sum / f64::from(3 * inner.0 * inner.1);
            assert!(mean < 4.0, "{sampling:?}, {shrink}: {mean:.2} away on average");
        }
    }
}

#[test]
fn a_flat_picture_has_one_colour_at_every_size() {
    let mut raster = Raster::new(53, 37);
    raster
        .rgb
        .chunks_exact_mut(3)
        .for_each(|p| p.copy_from_slice(&[200, 90, 30]));
    for sampling in SAMPLINGS {
        let jpeg = Jpeg::read(&sampled(&raster, sampling)).unwrap();
        for shrink in [1, 2, 4, 8] {
            let seen = jpeg.to_raster(shrink);
            for pixel in seen.rgb.chunks_exact(3) {
                let near = pixel.iter().zip([200, 90, 30]).all(|(a, b)| a.abs_diff(b) <= 3);
                assert!(near, "{sampling:?}, {shrink}: {pixel:?}");
            }
        }
    }
}

#[test]
fn any_other_shrink_is_the_next_smaller_one() {
    let jpeg = Jpeg::read(&grey(&picture(40, 24))).unwrap();
    for (given, taken) in [(0, 1), (3, 2), (7, 4), (9, 8), (u32::MAX, 8)] {
        assert!(jpeg.to_raster(given) == jpeg.to_raster(taken), "{given}");
    }
}
