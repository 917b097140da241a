use super::*;

fn grey(width: u32, height: u32, values: &[u8]) -> PixelMetrics {
    let rgb: Vec<u8> = values.iter().flat_map(|value| [*value; 3]).collect();
    PixelMetrics::of(&Picture::new(width, height, &rgb).unwrap())
}

/// Bytes that look like chance, the same every time.
fn bytes(count: usize) -> Vec<u8> {
    let mut state = 7_u32;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

#[test]
fn a_flat_picture_has_its_own_exposure_and_nothing_else() {
    let flat = grey(5, 4, &[200; 20]);
    assert_eq!((flat.exposure, flat.luma_p01, flat.luma_p99), (200_000, 200, 200));
    assert_eq!((flat.sharpness, flat.sharpness_scaled, flat.noise), (0, 0, 0));
    assert_eq!(
        (flat.entropy, flat.colourfulness, flat.dark_ppm, flat.bright_ppm),
        (0, 0, 0, 0)
    );
}

#[test]
fn the_smallest_picture_has_metrics() {
    let dot = grey(1, 1, &[3]);
    assert_eq!(
        (dot.width, dot.height, dot.dark_ppm, dot.sharpness),
        (1, 1, 1_000_000, 0)
    );
}

#[test]
fn shares_of_dark_and_bright_include_their_bounds() {
    let metrics = grey(8, 1, &[0, DARK, DARK + 1, 100, 100, BRIGHT - 1, BRIGHT, 255]);
    assert_eq!((metrics.dark_ppm, metrics.bright_ppm), (250_000, 250_000));
}

#[test]
fn percentiles_are_of_the_nearest_rank() {
    // 200 pixels of 0, 1, … 199: one in a hundred is two pixels.
    let values: Vec<u8> = (0..200).collect();
    let metrics = grey(200, 1, &values);
    assert_eq!((metrics.luma_p01, metrics.luma_p99), (1, 197));
}

#[test]
fn one_bright_pixel_gives_the_variance_of_its_laplacian() {
    let mut values = [0; 12];
    values[5] = 100; // Laplacian -400 there and 100 beside it
    assert_eq!(grey(4, 3, &values).sharpness, 62_500_000);
    let mut values = [0; 9];
    values[4] = 100;
    assert_eq!(
        grey(3, 3, &values).sharpness,
        0,
        "one inner pixel has no variance"
    );
}

#[test]
fn the_extreme_picture_stays_in_its_integers() {
    let values: Vec<u8> = (0..64_u32)
        .map(|at| if (at / 8 + at) % 2 == 0 { 0 } else { 255 })
        .collect();
    let checker = grey(8, 8, &values);
    assert_eq!(checker.sharpness, 1_040_400_000, "1,020 squared");
    assert_eq!(
        checker.noise, 426_126,
        "16 x 127.5 a pixel, times the root, over 6"
    );
    assert_eq!(checker.entropy, 1_000);
}

#[test]
fn sharpness_is_what_its_definition_says() {
    let (width, height) = (61, 17);
    let values = bytes(width * height);
    let at = |x: usize, y: usize| f64::from(values[width * y + x]);
    let inner = || (1..height - 1).flat_map(|y| (1..width - 1).map(move |x| (x, y)));
    let laplacians: Vec<f64> = inner()
        .map(|(x, y)| at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y))
        .collect();
    let mean = laplacians.iter().sum::<f64>() / laplacians.len() as f64;
    let variance = laplacians.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / laplacians.len() as f64;
    let noise: f64 = inner()
        .map(|(x, y)| {
            let row = |y: usize| at(x - 1, y) - 2.0 * at(x, y) + at(x + 1, y);
            (row(y - 1) - 2.0 * row(y) + row(y + 1)).abs()
        })
        .sum();
    let noise = (std::f64::consts::PI / 2.0).sqrt() * noise / (6.0 * laplacians.len() as f64);
    let metrics = grey(61, 17, &values);
    assert!((metrics.sharpness as f64 - variance * 1000.0).abs() < 1.5);
    assert!(
        (f64::from(metrics.noise) - noise * 1000.0).abs() < 1.5,
        "{} {noise}",
        metrics.noise
    );
}

#[test]
fn colourfulness_is_what_hasler_and_suesstrunk_say() {
    let rgb = bytes(3 * 40 * 30);
    let metrics = PixelMetrics::of(&Picture::new(40, 30, &rgb).unwrap());
    let pixels = rgb.as_chunks::<3>().0;
    let moments = |value: &dyn Fn([f64; 3]) -> f64| {
        let values: Vec<f64> = pixels.iter().map(|pixel| value(pixel.map(f64::from))).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (
            mean,
            values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64,
        )
    };
    let (rg, yb) = (
        moments(&|[r, g, _]| r - g),
        moments(&|[r, g, b]| (r + g) / 2.0 - b),
    );
    let wanted = (rg.1 + yb.1).sqrt() + 0.3 * rg.0.hypot(yb.0);
    assert!((f64::from(metrics.colourfulness) - 1000.0 * wanted).abs() < 3.0);
}

#[test]
fn entropy_is_what_shannon_says() {
    let values = bytes(5_000);
    let mut counts = [0_u32; 256];
    values.iter().for_each(|value| counts[usize::from(*value)] += 1);
    let wanted: f64 = (counts.iter().filter(|count| **count > 0))
        .map(|count| f64::from(*count) / 5_000.0)
        .map(|share| -share * share.log2())
        .sum();
    let found = f64::from(grey(100, 50, &values).entropy);
    assert!((found - 1000.0 * wanted).abs() < 1.0, "{found} {wanted}");
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(grey(16, 16, &all).entropy, 8_000, "every luma once");
}

#[test]
fn logarithms_of_powers_of_two_are_whole_and_the_others_rise() {
    for power in 0..64 {
        assert_eq!(log2_q32(1 << power), u64::from(power as u32) << 32);
    }
    assert_eq!(
        log2_q32(3),
        6_807_362_105,
        "1.58496250072 with 32 fractional bits"
    );
    let mut last = 0;
    for value in 1..5_000 {
        let log = log2_q32(value);
        assert!(value == 1 || log > last, "{value}");
        last = log;
    }
}

#[test]
fn a_large_picture_is_shrunk_before_its_scaled_sharpness() {
    let factor_of_two = 1_024;
    let values: Vec<u8> = (0..factor_of_two * 4)
        .map(|at| if (at / 2) % 2 == 0 { 10 } else { 90 })
        .collect();
    let wide = grey(1_024, 4, &values);
    assert!(wide.sharpness > 0);
    assert_eq!(
        wide.sharpness_scaled, 0,
        "two lines are left, none of them an inner one"
    );
    let values: Vec<u8> = values.iter().cycle().take(1_024 * 8).copied().collect();
    assert_eq!(
        grey(1_024, 8, &values).sharpness_scaled,
        25_600_000,
        "stripes one pixel wide: Laplacian ±160"
    );
    let narrow = grey(1_023, 8, &values[..1_023 * 8]);
    assert_eq!(narrow.sharpness_scaled, narrow.sharpness);
}
