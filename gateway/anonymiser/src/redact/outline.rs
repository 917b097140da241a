//! The outline of a person, as a segmentation net gives it.

use super::grid::Between;
use crate::report::Rect;

/// From this value on a pixel counts as the person's and is filled whole. A quarter: an outline that is a little too
/// wide costs background, one that is too narrow shows a hand.
const FULL: u8 = 64;

/// A grey plane stretched over a mask: 0 background, 255 surely the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outline<'a> {
    width: usize,
    height: usize,
    /// Row by row, `width * height`.
    values: &'a [u8],
}

impl<'a> Outline<'a> {
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "no segmentation net with a confirmed licence is shipped: persons are filled by their boxes"
        )
    )]
    /// `None` where the plane is empty or `values` has another length than its size says.
    pub fn new(width: u32, height: u32, values: &'a [u8]) -> Option<Self> {
        let (width, height) = (width as usize, height as usize);
        let fits = !values.is_empty() && width.checked_mul(height) == Some(values.len());
        fits.then_some(Self {
            width,
            height,
            values,
        })
    }

    pub fn values(&self) -> &'a [u8] {
        self.values
    }

    /// How much of the pixel at `x`, `y` of `mask` the fill hides: 255 wherever the plane says [`FULL`] or more, and
    /// proportionally less below, which makes the edge soft.
    pub fn cover(&self, x: u32, y: u32, mask: Rect) -> u8 {
        let value = if self.width > mask.width as usize || self.height > mask.height as usize {
            self.most(x, y, mask)
        } else {
            let across = Between::at(x, mask.width, self.width);
            let down = Between::at(y, mask.height, self.height);
            across.blend(&down, |column, row| self.values[row * self.width + column])
        };
        if value >= FULL {
            255
        } else {
            (u32::from(value) * 255 / u32::from(FULL)) as u8
        }
    }

    /// The highest value under a pixel that covers several cells: a finger must not fall between two samples.
    fn most(&self, x: u32, y: u32, mask: Rect) -> u8 {
        let span = |at: u32, length: u32, cells: usize| {
            let (at, length) = (at as usize, (length as usize).max(1));
            let from = (at * cells / length).min(cells - 1);
            from..((at + 1) * cells).div_ceil(length).clamp(from + 1, cells)
        };
        let columns = span(x, mask.width, self.width);
        span(y, mask.height, self.height)
            .flat_map(|row| &self.values[row * self.width..][columns.clone()])
            .copied()
            .max()
            .unwrap_or(0)
    }
}
