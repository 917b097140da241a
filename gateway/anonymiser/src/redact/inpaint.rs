//! What the holes of a photo are filled with.
//!
//! **Nothing leaks.** A fill is made from the pixels outside *all* masks of the photo, whatever their operators, and from
//! nothing else: neither what lies under a mask nor a key, a clock or the file decides anything about it. So what is
//! filled tells no more than what is left visible around it. A net is given zeros where nothing is known.
//!
//! **Who fills.** The net if there is one and it sees enough: it is given a window with as much around the hole as its
//! longer side, in cells of as many pixels as it takes to be small enough for it, and of these at most two fifths may be
//! unknown. Otherwise [`spread`].
//!
//! **Bounds.** Holes that touch or overlap are filled as one; windows of different holes may overlap, the holes' own
//! rectangles do not. All windows that are spread over have together at most nine times as many pixels as the photo, and
//! what [`LEAST_AROUND`] adds; each is worked on in the memory that [`super::spread`] allows it. A net works on one window
//! at a time, of at most its own longest side.

use super::cells::{Cells, Colours};
use super::spread::spread;
use super::{Area, PixelSet};
use crate::error::AnonymiseError;
use crate::fill_net::{FillNet, Pierced};
use crate::policy::Operator;
use crate::raster::Raster;
use crate::report::{Fill, Rect};

/// What the window of [`spread`] shows around its hole on each side, as far as the picture goes: as much as the hole's
/// shorter side, but no less and no more than this. Pixels.
const LEAST_AROUND: u32 = 32;
const MOST_AROUND: u32 = 1024;

/// How often a window is halved at least: as often as the training program does it.
const LEAST_HALVINGS: u32 = 6;

/// A net is asked where at most this share of what it is shown is unknown. Percent; it was trained on less.
const MOST_UNKNOWN: usize = 40;

/// The fills of one photo, one for each hole.
#[derive(Default)]
pub(crate) struct Fills(Vec<(Rect, Fill, Colours)>);

impl Fills {
    /// For all `areas` that are inpainted, by `net` where it can. `raster` is the photo before anything is painted. Error:
    /// `Inference`, with a net alone.
    pub fn of(
        raster: &Raster,
        areas: &[Area],
        mut net: Option<&mut FillNet>,
    ) -> Result<Self, AnonymiseError> {
        let holes = holes(areas);
        if holes.is_empty() {
            return Ok(Self::default());
        }
        let unknown = PixelSet::of(raster, areas.iter().flat_map(|area| &area.parts));
        let mut fills = Vec::new();
        for hole in holes {
            let painted = match &mut net {
                Some(net) => by_net(net, raster, hole, &unknown)?,
                None => None,
            };
            fills.push(match painted {
                Some(colours) => (hole, Fill::Net, colours),
                None => (hole, Fill::Spread, by_spreading(raster, hole, &unknown)),
            });
        }
        Ok(Self(fills))
    }

    /// What filled the hole that the inpainted `mask` is a part of: that of one of the areas which [`Self::of`] was given.
    pub fn kind(&self, mask: Rect) -> Option<Fill> {
        self.over(mask).map(|(_, fill, _)| *fill)
    }

    /// The colours of that hole.
    pub(super) fn colours(&self, mask: Rect) -> Option<&Colours> {
        self.over(mask).map(|(.., colours)| colours)
    }

    fn over(&self, mask: Rect) -> Option<&(Rect, Fill, Colours)> {
        self.0.iter().find(|(hole, ..)| hole.touches(mask))
    }
}

fn by_spreading(raster: &Raster, hole: Rect, unknown: &PixelSet) -> Colours {
    let around = hole.width.min(hole.height).clamp(LEAST_AROUND, MOST_AROUND);
    // The coarsest cells are as long as the hole, so that hardly one of them knows nothing.
    let longer = hole.width.max(hole.height).next_power_of_two();
    let halvings = longer.ilog2().max(LEAST_HALVINGS);
    spread(raster, window(hole, around, raster), unknown, halvings)
}

/// `None` where too much is unknown for the net. Error: `Inference`.
fn by_net(
    net: &mut FillNet,
    raster: &Raster,
    hole: Rect,
    unknown: &PixelSet,
) -> Result<Option<Colours>, AnonymiseError> {
    let window = window(hole, hole.width.max(hole.height), raster);
    let side = window.width.max(window.height).div_ceil(net.longest());
    let seen = Cells::known(raster, window, unknown, side);
    let Some(pierced) = pierced(&seen, net.multiple_of()) else {
        return Ok(None);
    };
    let filled = net.fill(&pierced)?;
    let planes: Vec<&[f32]> = filled.chunks(pierced.rows * pierced.columns).collect();
    let colour = |(place, [r, g, b, known]): (usize, &[f32; 4])| {
        if *known >= 1.0 {
            return [*r, *g, *b];
        }
        let at = place / seen.width * pierced.columns + place % seen.width;
        [0, 1, 2].map(|channel: usize| (255.0 * planes[channel][at]).clamp(0.0, 255.0))
    };
    Ok(Some(Colours {
        window,
        side,
        cells: Cells {
            width: seen.width,
            height: seen.height,
            values: seen.values.iter().enumerate().map(colour).collect(),
        },
    }))
}

/// `seen` as a net takes it. A cell of which a pixel is unknown is a hole, and so is what fills up the sides to multiples
/// of `multiple_of`. `None` where more than [`MOST_UNKNOWN`] of the cells are holes.
fn pierced(seen: &Cells<4>, multiple_of: usize) -> Option<Pierced> {
    let (rows, columns) = (
        seen.height.next_multiple_of(multiple_of),
        seen.width.next_multiple_of(multiple_of),
    );
    let plane = rows * columns;
    let mut pierced = Pierced {
        rows,
        columns,
        picture: vec![0.0; 3 * plane],
        mask: vec![1.0; plane],
    };
    let mut holes = 0;
    for (place, [r, g, b, known]) in seen.values.iter().enumerate() {
        if *known < 1.0 {
            holes += 1;
            continue;
        }
        let at = place / seen.width * columns + place % seen.width;
        pierced.mask[at] = 0.0;
        for (channel, value) in [r, g, b].into_iter().enumerate() {
            pierced.picture[channel * plane + at] = value / 255.0;
        }
    }
    (100 * holes <= MOST_UNKNOWN * seen.values.len()).then_some(pierced)
}

/// The smallest rectangles around all that is inpainted which neither overlap nor touch.
fn holes(areas: &[Area]) -> Vec<Rect> {
    let inpainted = areas.iter().filter(|area| area.operator == Operator::Inpaint);
    let mut holes: Vec<Rect> = Vec::new();
    for area in inpainted {
        let mut hole = area.mask;
        while let Some(place) = holes.iter().position(|other| other.touches(hole)) {
            hole = hole.around(holes.swap_remove(place));
        }
        holes.push(hole);
    }
    holes
}

/// `hole` with `around` pixels more on each side, cut to the picture.
fn window(hole: Rect, around: u32, raster: &Raster) -> Rect {
    let (x, y) = (hole.x.saturating_sub(around), hole.y.saturating_sub(around));
    Rect {
        x,
        y,
        width: (hole.x + hole.width + around).min(raster.width) - x,
        height: (hole.y + hole.height + around).min(raster.height) - y,
    }
}

impl Rect {
    /// Whether both share a pixel, or an edge or corner of one.
    fn touches(self, other: Self) -> bool {
        let near = |a: u32, length: u32, b: u32, other: u32| a <= b + other && b <= a + length;
        near(self.x, self.width, other.x, other.width) && near(self.y, self.height, other.y, other.height)
    }
}

#[cfg(test)]
#[path = "inpaint_tests.rs"]
mod nothing_leaks;

#[cfg(test)]
mod tests {
    use super::*;

    const fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    fn inpainted(mask: Rect) -> Area<'static> {
        Area::whole(mask, Operator::Inpaint)
    }

    #[test]
    fn holes_that_overlap_or_touch_are_filled_as_one_in_any_order() {
        let mut areas = vec![
            inpainted(rect(0, 0, 10, 10)),
            inpainted(rect(10, 5, 10, 10)),
            inpainted(rect(15, 14, 2, 20)),
            inpainted(rect(40, 0, 5, 5)),
            inpainted(rect(45, 5, 5, 5)),
            Area::whole(rect(60, 60, 9, 9), Operator::Blur),
        ];
        for _ in 0..areas.len() {
            areas.rotate_left(1);
            let mut holes = holes(&areas);
            holes.sort_unstable_by_key(|hole| hole.x);
            assert_eq!(holes, [rect(0, 0, 20, 34), rect(40, 0, 10, 10)]);
        }
    }

    #[test]
    fn a_hole_that_joins_two_others_is_one_with_both() {
        let areas = [(0, 0, 4, 4), (20, 0, 4, 4), (2, 1, 20, 2)];
        let areas = areas.map(|(x, y, width, height)| inpainted(rect(x, y, width, height)));
        assert_eq!(holes(&areas), [rect(0, 0, 24, 4)]);
    }

    #[test]
    fn a_window_ends_with_the_picture() {
        let raster = Raster::new(6000, 4000);
        let wide = rect(2000, 2000, 300, 100);
        assert_eq!(window(wide, 100, &raster), rect(1900, 1900, 500, 300));
        let corner = rect(5990, 10, 10, 8);
        assert_eq!(window(corner, 32, &raster), rect(5958, 0, 42, 50));
    }

    #[test]
    fn what_is_spread_comes_from_as_far_as_the_holes_shorter_side_within_bounds() {
        let raster = Raster::new(6000, 4000);
        let unknown = PixelSet::new(&raster);
        for (hole, wanted) in [
            (rect(2000, 2000, 300, 100), rect(1900, 1900, 500, 300)),
            (rect(100, 10, 5, 8), rect(68, 0, 69, 50)),
            (rect(1500, 0, 3000, 4000), rect(476, 0, 5048, 4000)),
        ] {
            assert_eq!(by_spreading(&raster, hole, &unknown).window, wanted);
        }
    }

    fn seen(width: usize, height: usize, known: impl Fn(usize) -> f32) -> Cells<4> {
        let values = (0..width * height).map(|place| [51.0, 102.0, 255.0, known(place)]);
        Cells {
            width,
            height,
            values: values.collect(),
        }
    }

    #[test]
    fn a_net_is_shown_zeros_where_a_pixel_is_unknown_and_beyond_the_window() {
        let pierced = pierced(&seen(70, 3, |place| if place == 71 { 0.99 } else { 1.0 }), 64).unwrap();
        assert_eq!((pierced.rows, pierced.columns), (64, 128));
        let plane = 64 * 128;
        for at in 0..plane {
            let (x, y) = (at % 128, at / 128);
            let known = x < 70 && y < 3 && (x, y) != (1, 1);
            let wanted = if known { [0.2, 0.4, 1.0] } else { [0.0; 3] };
            let value = [0, 1, 2].map(|channel| pierced.picture[channel * plane + at]);
            assert_eq!(value, wanted, "{x}, {y}");
            assert_eq!(pierced.mask[at], if known { 0.0 } else { 1.0 }, "{x}, {y}");
        }
    }

    #[test]
    fn a_net_is_not_asked_where_more_than_two_fifths_are_unknown() {
        let share = |unknown: usize| seen(10, 10, move |place| if place < unknown { 0.0 } else { 1.0 });
        assert!(pierced(&share(40), 64).is_some());
        assert!(pierced(&share(41), 64).is_none());
    }
}
