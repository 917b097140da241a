//! What stays visible: regions that a seller exempts, and objects that buyers need to see.
//!
//! The rule, for a photo with masks and the boxes of kept objects:
//!
//! 1. Every pixel of a face's tight box is painted, whatever lies over it.
//! 2. Every pixel of the mask of a plate, text or code is painted.
//! 3. Of the masks of persons and vehicles, and of a face's margin, every pixel is painted that no kept object covers.
//! 4. Nothing else is painted.

use super::grow;
use crate::found::{Class, Found};
use crate::raster::Raster;
use crate::report::Rect;

/// How much of a box must lie in one region for the thing to be exempt.
const INSIDE: f64 = 0.8;

/// Whether the seller exempts what was found: at least 80 % of its box lies inside one of `regions` (a statue, an actor
/// who agreed). Two regions side by side do not add up. A box without an area is never exempt.
pub(crate) fn exempt(found: &Found, regions: &[Rect]) -> bool {
    let [x0, y0, x1, y1] = [found.x0, found.y0, found.x1, found.y1].map(f64::from);
    let area = (x1 - x0) * (y1 - y0);
    let inside = |region: &Rect| {
        let (left, top) = (f64::from(region.x), f64::from(region.y));
        let (right, bottom) = (left + f64::from(region.width), top + f64::from(region.height));
        let width = (x1.min(right) - x0.max(left)).max(0.0);
        let height = (y1.min(bottom) - y0.max(top)).max(0.0);
        width * height >= INSIDE * area
    };
    x1 > x0 && y1 > y0 && area.is_finite() && regions.iter().any(inside)
}

/// The pixels that lie wholly inside the box of a kept object, cut to the picture. `None` when there are none. Inwards,
/// where masks are rounded outwards: a pixel in doubt is painted.
pub(crate) fn object(found: &Found, raster: &Raster) -> Option<Rect> {
    let x0 = found.x0.ceil().max(0.0) as u32;
    let y0 = found.y0.ceil().max(0.0) as u32;
    let x1 = (found.x1.floor().max(0.0) as u32).min(raster.width);
    let y1 = (found.y1.floor().max(0.0) as u32).min(raster.height);
    (x0 < x1 && y0 < y1).then(|| Rect {
        x: x0,
        y: y0,
        width: x1 - x0,
        height: y1 - y0,
    })
}

/// The mask of `found` and what of it is painted beside the `kept` objects: rectangles that do not overlap and together
/// are exactly what the rule says for this one mask. `None` when nothing of the mask is inside the picture.
pub(crate) fn masked(
    found: &Found,
    margin: f32,
    kept: &[Rect],
    raster: &Raster,
) -> Option<(Rect, Vec<Rect>)> {
    let mask = grow(found, margin, raster)?;
    let tight = grow(found, 0.0, raster);
    Some((mask, parts(found.class, mask, tight, kept)))
}

/// The same for a mask that is known; `tight` is the face's own box, `None` when it lies outside the picture.
pub(crate) fn parts(class: Class, mask: Rect, tight: Option<Rect>, kept: &[Rect]) -> Vec<Rect> {
    match class {
        Class::Plate | Class::Text | Class::Code => vec![mask],
        Class::Person | Class::Vehicle => without(vec![mask], kept),
        Class::Face => match tight {
            None => without(vec![mask], kept),
            Some(tight) => {
                let mut parts = without(vec![mask], &[tight]);
                parts = without(parts, kept);
                parts.push(tight);
                parts
            }
        },
    }
}

/// `areas`, which do not overlap, less all `holes`: at most four rectangles for each pair, none empty, none overlapping.
pub(super) fn without(areas: Vec<Rect>, holes: &[Rect]) -> Vec<Rect> {
    holes.iter().fold(areas, |areas, hole| {
        areas.into_iter().flat_map(|area| around(area, *hole)).collect()
    })
}

/// What is left of `area` above, below, left and right of `hole`.
fn around(area: Rect, hole: Rect) -> Vec<Rect> {
    let (right, bottom) = (area.x + area.width, area.y + area.height);
    // The hole as far as it is in the area; its own far sides may lie beyond 32 bits.
    let x0 = hole.x.clamp(area.x, right);
    let y0 = hole.y.clamp(area.y, bottom);
    let x1 = hole.x.saturating_add(hole.width).clamp(area.x, right);
    let y1 = hole.y.saturating_add(hole.height).clamp(area.y, bottom);
    if x0 >= x1 || y0 >= y1 {
        return vec![area];
    }
    let rect = |x: u32, y: u32, to_x: u32, to_y: u32| Rect {
        x,
        y,
        width: to_x - x,
        height: to_y - y,
    };
    let pieces = [
        rect(area.x, area.y, right, y0),
        rect(area.x, y1, right, bottom),
        rect(area.x, y0, x0, y1),
        rect(x1, y0, right, y1),
    ];
    (pieces.into_iter())
        .filter(|piece| piece.width > 0 && piece.height > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    fn found(class: Class, x0: f32, y0: f32, x1: f32, y1: f32) -> Found {
        Found {
            class,
            x0,
            y0,
            x1,
            y1,
            score: 0.9,
        }
    }

    fn holds(rect: &Rect, x: u32, y: u32) -> bool {
        (rect.x..rect.x + rect.width).contains(&x) && (rect.y..rect.y + rect.height).contains(&y)
    }

    #[test]
    fn a_box_is_exempt_when_four_fifths_of_it_lie_in_one_region() {
        let statue = [rect(100, 100, 80, 100)];
        for (x0, x1, wanted) in [
            (100.0, 180.0, true),
            (120.0, 200.0, false),
            (100.0, 200.0, true),
            (99.0, 200.0, false),
        ] {
            let face = found(Class::Face, x0, 120.0, x1, 180.0);
            assert_eq!(exempt(&face, &statue), wanted, "{x0} to {x1}");
        }
        let across = found(Class::Face, 0.0, 0.0, 20.0, 20.0);
        assert!(
            !exempt(&across, &[rect(0, 0, 10, 20), rect(10, 0, 10, 20)]),
            "halves do not add up"
        );
        assert!(!exempt(&across, &[]));
    }

    #[test]
    fn a_box_without_an_area_is_never_exempt() {
        let everywhere = [rect(0, 0, 1000, 1000)];
        for (x0, x1) in [(5.0, 5.0), (9.0, 5.0), (f32::NAN, 9.0), (5.0, f32::INFINITY)] {
            assert!(
                !exempt(&found(Class::Face, x0, 1.0, x1, 9.0), &everywhere),
                "{x0} to {x1}"
            );
        }
    }

    #[test]
    fn a_kept_box_is_rounded_inwards_and_cut_to_the_picture() {
        let raster = Raster::new(20, 10);
        let knife = found(Class::Text, -3.5, 2.2, 7.9, 30.0);
        assert_eq!(object(&knife, &raster), Some(rect(0, 3, 7, 7)));
        let thin = found(Class::Text, 4.1, 2.0, 4.9, 9.0);
        assert_eq!(object(&thin, &raster), None);
    }

    #[test]
    fn a_knife_is_cut_out_of_a_person_and_of_a_faces_margin_but_not_out_of_the_face() {
        let raster = Raster::new(100, 100);
        let knife = [rect(40, 0, 10, 100)];
        let (_, person) = masked(
            &found(Class::Person, 20.0, 20.0, 80.0, 80.0),
            0.0,
            &knife,
            &raster,
        )
        .unwrap();
        assert_eq!(person, [rect(20, 20, 20, 60), rect(50, 20, 30, 60)]);
        let (mask, face) = masked(&found(Class::Face, 30.0, 30.0, 60.0, 60.0), 0.5, &knife, &raster).unwrap();
        assert_eq!(mask, rect(15, 15, 60, 60));
        assert!(
            face.contains(&rect(30, 30, 30, 30)),
            "the face is whole: {face:?}"
        );
        assert!(
            !face.iter().any(|part| holds(part, 45, 20)),
            "above it the knife shows"
        );
        let (_, plate) = masked(&found(Class::Plate, 30.0, 30.0, 60.0, 60.0), 0.0, &knife, &raster).unwrap();
        assert_eq!(plate, [rect(30, 30, 30, 30)]);
    }

    /// Small numbers from a fixed sequence.
    struct Draw(u64);

    impl Draw {
        fn below(&mut self, bound: u32) -> u32 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) as u32) % bound
        }

        fn rect(&mut self, side: u32) -> Rect {
            let (x, y) = (self.below(side), self.below(side));
            rect(x, y, 1 + self.below(side - x), 1 + self.below(side - y))
        }

        fn within(&mut self, outer: Rect) -> Rect {
            let (dx, dy) = (self.below(outer.width), self.below(outer.height));
            let (width, height) = (
                1 + self.below(outer.width - dx),
                1 + self.below(outer.height - dy),
            );
            rect(outer.x + dx, outer.y + dy, width, height)
        }
    }

    #[test]
    fn for_any_masks_and_objects_exactly_what_the_rule_says_is_painted() {
        const SIDE: u32 = 24;
        let mut draw = Draw(7);
        for round in 0..400 {
            let masks: Vec<(Class, Rect, Rect)> = (0..1 + draw.below(4))
                .map(|_| {
                    let class = Class::ALL[draw.below(6) as usize];
                    let mask = draw.rect(SIDE);
                    (class, mask, draw.within(mask))
                })
                .collect();
            let kept: Vec<Rect> = (0..draw.below(4)).map(|_| draw.rect(SIDE)).collect();
            let painted: Vec<Vec<Rect>> = masks
                .iter()
                .map(|(class, mask, tight)| parts(*class, *mask, Some(*tight), &kept))
                .collect();
            for (x, y) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y))) {
                let object = kept.iter().any(|kept| holds(kept, x, y));
                let wanted = masks.iter().any(|(class, mask, tight)| match class {
                    Class::Plate | Class::Text | Class::Code => holds(mask, x, y),
                    Class::Person | Class::Vehicle => holds(mask, x, y) && !object,
                    Class::Face => holds(tight, x, y) || holds(mask, x, y) && !object,
                });
                let times = |parts: &Vec<Rect>| parts.iter().filter(|part| holds(part, x, y)).count();
                assert_eq!(
                    painted.iter().any(|parts| times(parts) > 0),
                    wanted,
                    "round {round}: {x}, {y}"
                );
                assert!(
                    painted.iter().all(|parts| times(parts) <= 1),
                    "round {round}: {x}, {y} twice"
                );
            }
            assert!(
                painted
                    .iter()
                    .flatten()
                    .all(|part| part.width > 0 && part.height > 0)
            );
        }
    }

    #[test]
    fn an_object_whose_far_side_is_beyond_all_numbers_is_cut_at_the_mask() {
        let huge = [rect(10, 0, u32::MAX, u32::MAX)];
        let parts = parts(Class::Person, rect(0, 0, 20, 20), None, &huge);
        assert_eq!(parts, [rect(0, 0, 10, 20)]);
    }
}
