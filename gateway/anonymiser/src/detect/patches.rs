//! Pixels in the order in which the net multiplies them.
//!
//! The net's first convolution has a kernel of 3 x 3 pixels and takes every second pixel of every second row. Gathering
//! what it needs, three bytes at a time, took ONNX Runtime longer than the multiplying; here it is done while a
//! picture is turned and padded, in pieces of nine bytes, and the net begins with a plain product.

use crate::raster::Raster;

/// Bytes of one patch: 3 x 3 pixels of RGB, and a zero because the runtime's kernels take values by fours.
pub(crate) const PATCH: usize = 28;

/// Turned pictures of one size as the net takes them: `pictures x rows x columns x PATCH` bytes.
///
/// Patch (row, column) holds the pixels around (2 row, 2 column), row by row. What lies outside the picture is black:
/// a border of one pixel, and on the right and below what makes the sides multiples of what the net wants.
pub(crate) struct Patches {
    pub pictures: usize,
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<u8>,
    /// The turned picture in its border, kept for the next turn.
    canvas: Vec<u8>,
}

impl Patches {
    pub fn new() -> Self {
        Self {
            pictures: 0,
            rows: 0,
            columns: 0,
            values: Vec::new(),
            canvas: Vec::new(),
        }
    }

    /// Forgets all pictures.
    pub fn clear(&mut self) {
        self.pictures = 0;
        self.values.clear();
    }

    /// Adds `picture`, turned as by [`Raster::upright`], padded to multiples of `multiple` (even, above zero). False, and
    /// nothing is added, when that is another size than that of the pictures before.
    pub fn add(&mut self, picture: &Raster, turn: u8, multiple: u32) -> bool {
        let (width, height) = if (5..=8).contains(&turn) {
            (picture.height, picture.width)
        } else {
            (picture.width, picture.height)
        };
        let padded = |px: u32| px.next_multiple_of(multiple) as usize;
        let (width, height) = (padded(width), padded(height));
        let size = (height / 2, width / 2);
        if self.pictures > 0 && size != (self.rows, self.columns) {
            return false;
        }
        let pitch = 3 * (width + 2);
        // Of the turn before, what is not overwritten must not shine through.
        self.canvas.clear();
        self.canvas.resize(pitch * (height + 2), 0);
        picture.write_upright(turn, &mut self.canvas[pitch + 3..], pitch);
        (self.rows, self.columns) = size;
        self.pictures += 1;
        let before = self.values.len();
        self.values.resize(before + self.rows * self.columns * PATCH, 0);
        let rows = self.values[before..].chunks_exact_mut(self.columns * PATCH);
        for (y, row) in rows.enumerate() {
            let lines = &self.canvas[2 * y * pitch..(2 * y + 3) * pitch];
            let (first, rest) = lines.split_at(pitch);
            let (second, third) = rest.split_at(pitch);
            for (x, patch) in row.chunks_exact_mut(PATCH).enumerate() {
                let pixels = 6 * x..6 * x + 9;
                patch[..9].copy_from_slice(&first[pixels.clone()]);
                patch[9..18].copy_from_slice(&second[pixels.clone()]);
                patch[18..27].copy_from_slice(&third[pixels]);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One picture alone.
    fn gather(patches: &mut Patches, picture: &Raster, turn: u8) {
        patches.clear();
        assert!(patches.add(picture, turn, 4));
    }

    fn counting(width: u32, height: u32) -> Raster {
        let mut raster = Raster::new(width, height);
        raster.rgb.iter_mut().zip(1..).for_each(|(v, i)| *v = i);
        raster
    }

    /// The pixel of patch (row, column) at (x, y) in it.
    fn pixel(patches: &Patches, (row, column): (usize, usize), (x, y): (usize, usize)) -> &[u8] {
        &patches.values[(row * patches.columns + column) * PATCH + 9 * y + 3 * x..][..3]
    }

    #[test]
    fn a_patch_holds_the_neighbours_of_its_pixel_and_a_zero() {
        let mut patches = Patches::new();
        let picture = counting(4, 4);
        gather(&mut patches, &picture, 1);
        assert_eq!((patches.rows, patches.columns), (2, 2));
        for y in 0..3 {
            for x in 0..3 {
                let at = 3 * (4 * (1 + y) + 1 + x);
                assert_eq!(pixel(&patches, (1, 1), (x, y)), &picture.rgb[at..at + 3]);
            }
        }
        assert!(patches.values.chunks_exact(PATCH).all(|patch| patch[27] == 0));
    }

    #[test]
    fn outside_the_picture_it_is_black_also_after_a_larger_turn() {
        let mut patches = Patches::new();
        gather(&mut patches, &counting(4, 4), 1);
        gather(&mut patches, &counting(3, 2), 1);
        assert_eq!((patches.rows, patches.columns), (2, 2));
        for x in 0..3 {
            assert_eq!(pixel(&patches, (0, 0), (x, 0)), [0; 3], "above");
            assert_eq!(pixel(&patches, (1, 0), (x, 1)), [0; 3], "below");
        }
        assert_eq!(pixel(&patches, (0, 0), (0, 1)), [0; 3], "left");
        assert_eq!(pixel(&patches, (0, 1), (2, 1)), [0; 3], "right");
        assert_eq!(
            pixel(&patches, (0, 1), (1, 1)),
            [7, 8, 9],
            "the last pixel of the first row"
        );
    }

    #[test]
    fn a_turned_picture_is_gathered_as_if_it_had_been_turned_before() {
        let picture = counting(6, 4);
        for turn in 1..=8 {
            let (mut there, mut before) = (Patches::new(), Patches::new());
            gather(&mut there, &picture, turn);
            gather(&mut before, &picture.clone().upright(turn), 1);
            assert_eq!(
                (there.rows, there.columns),
                (before.rows, before.columns),
                "turn {turn}"
            );
            assert_eq!(there.values, before.values, "turn {turn}");
        }
    }

    #[test]
    fn pictures_of_one_size_lie_one_after_the_other_and_another_size_is_not_taken() {
        let (wide, tall) = (counting(8, 4), counting(4, 8));
        let mut patches = Patches::new();
        assert!(patches.add(&wide, 1, 4));
        assert!(!patches.add(&tall, 1, 4), "another size");
        assert!(patches.add(&tall, 6, 4), "turned it has the same");
        assert_eq!((patches.pictures, patches.rows, patches.columns), (2, 2, 4));
        let mut alone = Patches::new();
        gather(&mut alone, &wide, 1);
        let first = alone.values.clone();
        gather(&mut alone, &tall, 6);
        assert_eq!(patches.values, [first, alone.values].concat());
    }
}
