//! A view as nets of bytes take it: scaled, turned, and black on the right and below up to sides that they can halve.

use crate::error::AnonymiseError;
use crate::found::Found;
use crate::raster::Raster;

/// `1 x rows x columns x 3` bytes, and the way back from there.
pub(super) struct Letterbox {
    pub rows: usize,
    pub columns: usize,
    /// The turned picture in it, which begins top left.
    pub width: usize,
    pub height: usize,
    /// `3 * rows * columns` bytes.
    pub values: Vec<u8>,
    turn: u8,
    /// The scaled picture before the turn, and pixels of the view for one of its pixels.
    scaled: [f32; 2],
    factors: [f32; 2],
}

impl Letterbox {
    pub fn new() -> Self {
        Self {
            rows: 0,
            columns: 0,
            width: 0,
            height: 0,
            values: Vec::new(),
            turn: 1,
            scaled: [0.0; 2],
            factors: [1.0; 2],
        }
    }

    /// Takes in `view`, turned as by [`Raster::upright`]. Its longer side is brought within `least..=most` pixels, the
    /// first at least 1 and not above the second; then both become multiples of `multiple`, above zero.
    pub fn fill(
        &mut self,
        view: &Raster,
        turn: u8,
        [least, most]: [u32; 2],
        multiple: u32,
    ) -> Result<(), AnonymiseError> {
        let long = view.width.max(view.height).max(1);
        let side = long.clamp(least, most);
        let factor = f64::from(side) / f64::from(long);
        let scaled = |px: u32| ((f64::from(px) * factor).round() as u32).max(1);
        let small = view.resized(scaled(view.width), scaled(view.height))?;
        self.turn = turn;
        self.scaled = [small.width as f32, small.height as f32];
        self.factors = [
            view.width as f32 / small.width as f32,
            view.height as f32 / small.height as f32,
        ];
        let (width, height) = if (5..=8).contains(&turn) {
            (small.height, small.width)
        } else {
            (small.width, small.height)
        };
        let padded = |px: u32| px.next_multiple_of(multiple) as usize;
        (self.width, self.height) = (width as usize, height as usize);
        (self.columns, self.rows) = (padded(width), padded(height));
        let pitch = 3 * self.columns;
        // Of the picture before, what is not overwritten must not shine through.
        self.values.clear();
        self.values.resize(pitch * self.rows, 0);
        small.write_upright(turn, &mut self.values, pitch);
        Ok(())
    }

    /// A box in model pixels, in pixels of the view as it was before the turn.
    pub fn back(&self, found: Found) -> Found {
        let [width, height] = self.scaled;
        let [fx, fy] = self.factors;
        found.turned_back(self.turn, width, height).scaled(fx, fy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::Class;

    /// White, with a black rectangle at (x, y) of 20 x 10 pixels.
    fn marked(width: u32, height: u32, (x, y): (u32, u32)) -> Raster {
        let mut raster = Raster::new(width, height);
        raster.rgb.fill(255);
        for row in y..y + 10 {
            let from = 3 * (row * width + x) as usize;
            raster.rgb[from..from + 60].fill(0);
        }
        raster
    }

    /// The dark pixels' bounds in the picture within the letterbox.
    fn dark(letterbox: &Letterbox) -> Found {
        let (mut x0, mut y0, mut x1, mut y1) = (f32::MAX, f32::MAX, 0.0_f32, 0.0_f32);
        for y in 0..letterbox.height {
            for x in 0..letterbox.width {
                if letterbox.values[3 * (y * letterbox.columns + x)] < 128 {
                    let (left, top) = (x as f32, y as f32);
                    (x0, y0) = (x0.min(left), y0.min(top));
                    (x1, y1) = (x1.max(left + 1.0), y1.max(top + 1.0));
                }
            }
        }
        Found {
            class: Class::Text,
            x0,
            y0,
            x1,
            y1,
            score: 1.0,
        }
    }

    #[test]
    fn what_is_seen_in_any_turn_and_size_is_told_where_it_is_in_the_view() {
        let view = marked(200, 120, (130, 70));
        for turn in [1, 3, 6, 8] {
            for side in [[416, 416], [96, 96], [1, 2000], [1, 100], [300, 600]] {
                let mut letterbox = Letterbox::new();
                letterbox.fill(&view, turn, side, 32).unwrap();
                let found = letterbox.back(dark(&letterbox));
                let off = [
                    found.x0 - 130.0,
                    found.y0 - 70.0,
                    found.x1 - 150.0,
                    found.y1 - 80.0,
                ];
                // A pixel of the smallest picture is two of the view.
                assert!(
                    off.iter().all(|px| px.abs() <= 2.1),
                    "turn {turn}, {side:?}: {off:?}"
                );
            }
        }
    }

    #[test]
    fn sides_are_multiples_and_what_is_outside_is_black_also_after_a_larger_picture() {
        let mut letterbox = Letterbox::new();
        for (width, height) in [(300, 200), (70, 33)] {
            let view = Raster {
                width,
                height,
                rgb: vec![255; 3 * (width * height) as usize],
            };
            letterbox.fill(&view, 6, [1, 320], 32).unwrap();
            assert_eq!(
                (letterbox.width, letterbox.height),
                (height as usize, width as usize)
            );
            assert!(letterbox.rows.is_multiple_of(32) && letterbox.columns.is_multiple_of(32));
            assert!(letterbox.rows - letterbox.height < 32 && letterbox.columns - letterbox.width < 32);
            let white = letterbox.values.iter().filter(|value| **value == 255).count();
            assert_eq!(white, 3 * (width * height) as usize);
            let corner = 3 * ((letterbox.height - 1) * letterbox.columns + letterbox.width - 1);
            assert_eq!(letterbox.values[corner], 255, "the picture's last pixel");
        }
    }

    #[test]
    fn a_line_of_one_pixel_is_not_scaled_to_nothing() {
        let view = Raster::new(5000, 1);
        let mut letterbox = Letterbox::new();
        letterbox.fill(&view, 1, [416, 416], 32).unwrap();
        assert_eq!((letterbox.width, letterbox.height), (416, 1));
        assert_eq!((letterbox.columns, letterbox.rows), (416, 32));
    }
}
