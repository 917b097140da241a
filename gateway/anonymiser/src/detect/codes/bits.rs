//! Dark and light, by what is around.

/// A pixel is dark when it is this much darker than the mean around it: plain surfaces are light, noise and all.
const DARKER: u32 = 6;

/// One value a pixel: true is dark.
pub(super) struct Bits {
    pub width: usize,
    pub height: usize,
    dark: Vec<bool>,
}

impl Bits {
    /// Compares each pixel of `luma`, rows of `width`, with the mean of the square of `2 * reach + 1` pixels around it,
    /// cut at the border.
    pub fn of(luma: &[u8], width: usize, reach: usize) -> Self {
        let height = luma.len() / width.max(1);
        let row = |y: usize| &luma[y * width..(y + 1) * width];
        // Of the rows around the current one; 2^32 / 255 rows fit.
        let mut columns = vec![0_u32; width];
        let mut dark = Vec::with_capacity(luma.len());
        let mut rows = 0;
        let mut last = 0;
        for y in 0..height {
            while last < height && last <= y + reach {
                columns
                    .iter_mut()
                    .zip(row(last))
                    .for_each(|(sum, v)| *sum += u32::from(*v));
                (last, rows) = (last + 1, rows + 1);
            }
            if y > reach {
                let first = row(y - reach - 1);
                columns
                    .iter_mut()
                    .zip(first)
                    .for_each(|(sum, v)| *sum -= u32::from(*v));
                rows -= 1;
            }
            let mut sum: u64 = columns[..reach.min(width)].iter().copied().map(u64::from).sum();
            for (x, value) in row(y).iter().enumerate() {
                sum += columns.get(x + reach).copied().map_or(0, u64::from);
                if x > reach {
                    sum -= u64::from(columns[x - reach - 1]);
                }
                let across = (x + reach + 1).min(width) - x.saturating_sub(reach);
                let pixels = (across * rows) as u64;
                dark.push(u64::from(u32::from(*value) + DARKER) * pixels < sum);
            }
        }
        Self { width, height, dark }
    }

    /// Whether the pixel is dark; `None` outside the picture.
    pub fn at(&self, x: isize, y: isize) -> Option<bool> {
        let inside = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
        inside.then(|| self.dark[y as usize * self.width + x as usize])
    }

    pub fn row(&self, y: usize) -> &[bool] {
        &self.dark[y * self.width..(y + 1) * self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_compared_with_the_mean_of_the_square_around_it() {
        let (width, height) = (23_usize, 17_usize);
        let luma: Vec<u8> = (0..width * height).map(|i| (i * i * 31 % 251) as u8).collect();
        for reach in [0, 1, 3, 11, 40] {
            let bits = Bits::of(&luma, width, reach);
            for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
                let rows = y.saturating_sub(reach)..(y + reach + 1).min(height);
                let columns = x.saturating_sub(reach)..(x + reach + 1).min(width);
                let around: Vec<u64> = rows
                    .flat_map(|row| columns.clone().map(move |column| row * width + column))
                    .map(|at| u64::from(luma[at]))
                    .collect();
                let (sum, count) = (around.iter().sum::<u64>(), around.len() as u64);
                let wanted = (u64::from(luma[y * width + x]) + 6) * count < sum;
                assert_eq!(
                    bits.at(x as isize, y as isize),
                    Some(wanted),
                    "{x}, {y} within {reach}"
                );
            }
        }
    }

    #[test]
    fn outside_the_picture_nothing_is_dark_or_light() {
        let bits = Bits::of(&[0; 6], 3, 1);
        for (x, y) in [(-1, 0), (0, -1), (3, 0), (0, 2)] {
            assert_eq!(bits.at(x, y), None);
        }
        assert_eq!(Bits::of(&[], 0, 4).height, 0);
    }
}
