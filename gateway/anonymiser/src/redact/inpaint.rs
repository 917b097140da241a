//! What the holes of a photo are filled with.
//!
//! **Nothing leaks.** A fill is made from the pixels outside *all* masks of the photo, whatever their operators, and from
//! nothing else: neither what lies under a mask nor a key, a clock or the file decides anything about it. So what is
//! filled tells no more than what is left visible around it.
//!
//! **Bounds.** Holes that touch or overlap are filled as one, in one window with some of the photo around it; windows of
//! different holes may overlap, the holes' own rectangles do not. So all windows together have at most nine times as many
//! pixels as the photo, and what [`LEAST_AROUND`] adds; each is worked on in the memory that [`super::spread`] allows it.

use super::spread::Spread;
use super::{Area, PixelSet};
use crate::policy::Operator;
use crate::raster::Raster;
use crate::report::Rect;

/// What a window shows around its hole on each side, as far as the picture goes: as much as the hole's shorter side, but
/// no less and no more than this. Pixels.
const LEAST_AROUND: u32 = 32;
const MOST_AROUND: u32 = 1024;

/// How often a window is halved at least: as often as the training program does it.
const LEAST_HALVINGS: u32 = 6;

/// The fills of one photo, one for each hole.
pub(super) struct Fills(Vec<(Rect, Spread)>);

impl Fills {
    /// For all `areas` that are inpainted. `raster` is the photo before anything is painted.
    pub fn of(raster: &Raster, areas: &[Area]) -> Self {
        let holes = holes(areas);
        if holes.is_empty() {
            return Self(Vec::new());
        }
        let unknown = PixelSet::of(raster, areas.iter().flat_map(|area| &area.parts));
        let filled = holes.into_iter().map(|hole| {
            let window = window(hole, raster);
            // The coarsest cells are as long as the hole, so that hardly one of them knows nothing.
            let longer = hole.width.max(hole.height).next_power_of_two();
            let halvings = longer.ilog2().max(LEAST_HALVINGS);
            (hole, Spread::new(raster, window, &unknown, halvings))
        });
        Self(filled.collect())
    }

    /// The fill of the hole that `area` is a part of; `area` is one of those that [`Self::of`] was given, and inpainted.
    pub fn for_area(&self, area: &Area) -> Option<&Spread> {
        let fills = self.0.iter().find(|(hole, _)| hole.touches(area.mask));
        fills.map(|(_, fill)| fill)
    }
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

/// The part of the picture from which `hole` is filled.
fn window(hole: Rect, raster: &Raster) -> Rect {
    let around = hole.width.min(hole.height).clamp(LEAST_AROUND, MOST_AROUND);
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
    fn a_window_shows_as_much_around_a_hole_as_its_shorter_side_within_bounds() {
        let raster = Raster::new(6000, 4000);
        let wide = rect(2000, 2000, 300, 100);
        assert_eq!(window(wide, &raster), rect(1900, 1900, 500, 300));
        let small = rect(100, 10, 5, 8);
        assert_eq!(window(small, &raster), rect(68, 0, 69, 50));
        let large = rect(1500, 0, 3000, 4000);
        assert_eq!(window(large, &raster), rect(476, 0, 5048, 4000));
    }
}
