//! Codes drawn by the tests, looked for.

use super::*;
use crate::codec;
use crate::format::Format;
use crate::found::Class;
use qrcode::{Color, EcLevel, QrCode, Version};

/// A code as it lies in a picture.
#[derive(Clone, Copy)]
struct Sketch {
    version: i16,
    /// Side of a module, pixels.
    module: f32,
    /// Turn about the centre, degrees clockwise.
    angle: f32,
    /// Centre of the code, pixels.
    centre: [f32; 2],
    dark: u8,
    light: u8,
    /// How much smaller things get downwards, a pixel: a view from below.
    tilt: f32,
}

impl Sketch {
    fn upright(version: i16, module: f32, centre: [f32; 2]) -> Self {
        Self {
            version,
            module,
            angle: 0.0,
            centre,
            dark: 25,
            light: 230,
            tilt: 0.0,
        }
    }

    fn turned(self, angle: f32) -> Self {
        Self { angle, ..self }
    }

    fn modules(&self) -> f32 {
        f32::from(17 + 4 * self.version)
    }

    /// Draws the code with its quiet zone of four modules, four samples a pixel.
    fn draw(&self, raster: &mut Raster) {
        let code = QrCode::with_version(b"0123456789", Version::Normal(self.version), EcLevel::L).unwrap();
        let (side, colours) = (code.width() as f32, code.to_colors());
        assert_eq!(side, self.modules());
        let (sin, cos) = self.angle.to_radians().sin_cos();
        for y in 0..raster.height {
            for x in 0..raster.width {
                let mut values = Vec::new();
                for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                    let (px, py) = (x as f32 + dx - self.centre[0], y as f32 + dy - self.centre[1]);
                    let nearer = 1.0 + self.tilt * py;
                    let (px, py) = (px * nearer, py * nearer);
                    let u = (px * cos + py * sin) / self.module + side / 2.0;
                    let v = (py * cos - px * sin) / self.module + side / 2.0;
                    let quiet = -4.0..side + 4.0;
                    if quiet.contains(&u) && quiet.contains(&v) {
                        let on_code = (0.0..side).contains(&u) && (0.0..side).contains(&v);
                        let at = v as usize * code.width() + u as usize;
                        let dark = on_code && colours[at] == Color::Dark;
                        values.push(u32::from(if dark { self.dark } else { self.light }));
                    }
                }
                if values.len() == 4 {
                    let from = 3 * (y * raster.width + x) as usize;
                    raster.rgb[from..from + 3].fill((values.iter().sum::<u32>() / 4) as u8);
                }
            }
        }
    }

    /// The box around the code without its quiet zone; right for sketches without a tilt.
    fn bounds(&self) -> Found {
        let (sin, cos) = self.angle.to_radians().sin_cos();
        let half = self.modules() * self.module / 2.0 * (sin.abs() + cos.abs());
        Found {
            class: Class::Code,
            x0: self.centre[0] - half,
            y0: self.centre[1] - half,
            x1: self.centre[0] + half,
            y1: self.centre[1] + half,
            score: 1.0,
        }
    }
}

/// Mild texture, as of a wall.
fn wall(width: u32, height: u32) -> Raster {
    let mut raster = Raster::new(width, height);
    let mut state = 5_u32;
    for pixel in raster.rgb.chunks_exact_mut(3) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        pixel.fill(120 + (state >> 24) as u8 / 8);
    }
    raster
}

fn look(view: &Raster) -> Vec<Found> {
    Codes.look(view, 1, 0.3).unwrap()
}

fn sure_of(found: &[Found], sketch: &Sketch, what: &str) {
    let [one] = found else { panic!("{what}: {found:?}") };
    let wanted = sketch.bounds();
    assert_eq!(one.class, Class::Code);
    assert!((0.4..=1.0).contains(&one.score), "{what}: {one:?}");
    assert!(
        one.shared(&wanted) >= 0.95 * wanted.area(),
        "{what}: {one:?} leaves some of {wanted:?}"
    );
    assert!(one.overlap(&wanted) >= 0.8, "{what}: {one:?} for {wanted:?}");
}

#[test]
fn codes_are_found_at_every_size_and_turn() {
    for (version, module) in [
        (1, 3.0),
        (1, 8.0),
        (1, 20.0),
        (4, 2.5),
        (4, 6.0),
        (10, 4.0),
        (15, 3.0),
    ] {
        for angle in [
            0.0, 7.0, 15.0, 30.0, 45.0, 60.0, 90.0, 135.0, 180.0, 200.0, 270.0, 333.0,
        ] {
            let sketch = Sketch::upright(version, module, [0.0; 2]).turned(angle);
            let side = (sketch.modules() + 12.0) * module * 1.45;
            let sketch = Sketch {
                centre: [side / 2.0 + 3.0, side / 2.0 - 2.0],
                ..sketch
            };
            let mut view = wall(side as u32 + 20, side as u32);
            sketch.draw(&mut view);
            sure_of(
                &look(&view),
                &sketch,
                &format!("version {version}, {module} px, {angle} degrees"),
            );
        }
    }
}

#[test]
fn a_small_code_in_a_large_picture_is_found() {
    let mut view = wall(1280, 960);
    let sketch = Sketch::upright(2, 3.0, [1000.0, 700.0]).turned(20.0);
    sketch.draw(&mut view);
    sure_of(&look(&view), &sketch, "75 px in 1280");
}

#[test]
fn a_code_that_is_light_on_dark_is_found() {
    let mut view = wall(400, 300);
    let sketch = Sketch {
        dark: 230,
        light: 25,
        ..Sketch::upright(3, 5.0, [200.0, 150.0]).turned(12.0)
    };
    sketch.draw(&mut view);
    sure_of(&look(&view), &sketch, "inverted");
}

#[test]
fn a_faint_code_half_in_shadow_is_found() {
    let mut view = wall(400, 300);
    let sketch = Sketch {
        dark: 110,
        light: 160,
        ..Sketch::upright(3, 5.0, [200.0, 150.0])
    };
    sketch.draw(&mut view);
    for (at, value) in view.rgb.iter_mut().enumerate() {
        let x = at / 3 % 400;
        *value = (u32::from(*value) * (400 - x as u32 / 2) / 400) as u8;
    }
    sure_of(&look(&view), &sketch, "shadow");
}

#[test]
fn a_code_seen_from_the_side_is_found() {
    let mut view = wall(500, 500);
    let sketch = Sketch {
        tilt: 0.0008,
        ..Sketch::upright(3, 8.0, [250.0, 250.0])
    };
    sketch.draw(&mut view);
    let found = look(&view);
    let [one] = found[..] else { panic!("{found:?}") };
    assert!(one.overlap(&sketch.bounds()) > 0.6, "{one:?}");
}

#[test]
fn codes_beside_each_other_are_told_apart() {
    let mut view = wall(700, 400);
    let sketches = [
        Sketch::upright(2, 5.0, [150.0, 150.0]),
        Sketch::upright(2, 5.0, [340.0, 160.0]).turned(30.0),
        Sketch::upright(1, 7.0, [560.0, 200.0]).turned(80.0),
    ];
    for sketch in &sketches {
        sketch.draw(&mut view);
    }
    let found = look(&view);
    assert_eq!(found.len(), 3, "{found:?}");
    for sketch in &sketches {
        let best = found
            .iter()
            .map(|one| one.overlap(&sketch.bounds()))
            .fold(0.0, f32::max);
        assert!(best >= 0.8, "{found:?}");
    }
}

#[test]
fn every_turn_gives_the_same_boxes() {
    let mut view = wall(300, 260);
    Sketch::upright(2, 5.0, [150.0, 130.0]).draw(&mut view);
    let upright = look(&view);
    for turn in [3, 6, 8] {
        assert_eq!(Codes.look(&view, turn, 0.3).unwrap(), upright, "turn {turn}");
    }
}

#[test]
fn a_code_below_the_threshold_is_not_told() {
    let mut view = wall(300, 260);
    Sketch::upright(2, 5.0, [150.0, 130.0]).draw(&mut view);
    let score = look(&view)[0].score;
    assert!(Codes.look(&view, 1, score).unwrap().is_empty(), "above, not at");
    assert_eq!(Codes.look(&view, 1, score - 0.01).unwrap().len(), 1);
}

#[test]
fn pictures_without_codes_show_none() {
    let portrait = include_bytes!("../../../tests/fixtures/astronaut.jpg");
    let portrait = codec::decode(Format::Jpeg, portrait, (320, 240)).unwrap();
    let mut checked = Raster::new(300, 300);
    let mut noise = Raster::new(300, 300);
    let mut state = 9_u32;
    for (at, (board, grain)) in checked.rgb.iter_mut().zip(&mut noise.rgb).enumerate() {
        let (x, y) = (at / 3 % 300, at / 900);
        *board = if (x / 8 + y / 8) % 2 == 0 { 30 } else { 220 };
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *grain = (state >> 24) as u8;
    }
    let pictures = [
        ("a portrait", portrait),
        ("a checkerboard", checked),
        ("noise", noise),
        ("a wall", wall(300, 200)),
    ];
    for (what, picture) in pictures {
        assert_eq!(look(&picture), [], "{what}");
    }
}

#[test]
fn three_squares_on_a_plain_wall_are_no_code() {
    let mut view = wall(400, 400);
    for (left, top) in [(100, 100), (240, 100), (100, 240)] {
        for (x, y) in (0..42).flat_map(|y| (0..42).map(move |x| (x, y))) {
            let ring =
                |from: u32, to: u32| (from * 6..to * 6).contains(&x) && (from * 6..to * 6).contains(&y);
            let value = if !ring(1, 6) || ring(2, 5) { 20 } else { 140 };
            let from = (3 * ((top + y) * 400 + left + x)) as usize;
            view.rgb[from..from + 3].fill(value);
        }
    }
    assert_eq!(look(&view), []);
}

#[test]
fn the_smallest_and_thinnest_pictures_are_looked_at_too() {
    for (width, height) in [(1, 1), (2, 900), (900, 2), (33, 31)] {
        assert_eq!(look(&wall(width, height)), [], "{width} x {height}");
    }
}

#[test]
fn a_picture_full_of_squares_is_looked_at_to_the_end() {
    // 1,600 finder patterns: far more than are grouped.
    let side = 40 * 9 * 2;
    let mut view = Raster::new(side, side);
    for (at, pixel) in view.rgb.chunks_exact_mut(3).enumerate() {
        let (x, y) = (at as u32 % side / 2 % 9, at as u32 / side / 2 % 9);
        let ring = |from: u32, to: u32| (from..to).contains(&x) && (from..to).contains(&y);
        pixel.fill(if ring(0, 7) && (!ring(1, 6) || ring(2, 5)) {
            20
        } else {
            220
        });
    }
    let found = look(&view);
    assert!(
        found.len() <= MOST / 3,
        "each square belongs to one code: {}",
        found.len()
    );
}
