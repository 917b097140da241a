//! The shape of the hole that inpainting fills.
//!
//! The *core* is the mask that the policy asks for, at least [`SHADOW`] larger than the box on each side, and for a
//! person an ellipse on the ground as well: what a thing casts there tells that it was there. Of the core nothing is
//! left. Around it lies a *rim* of [`RIM`] pixels, in which the fill fades into the photo, so that no edge is seen.

use super::{Area, grow, keep};
use crate::found::{Class, Found};
use crate::policy::Operator;
use crate::raster::Raster;
use crate::report::Rect;

/// What the core is larger than the box on each side, at least. Share of the box's own side.
const SHADOW: f32 = 0.08;

/// Pixels.
const RIM: u32 = 4;

/// Half the axes of the ellipse at a person's feet, in widths and heights of its box.
const FEET: (f32, f32) = (0.75, 0.1);

/// Rectangles that the ellipse is made of, one below the other, each as wide as it is anywhere between them.
const STRIPS: u32 = 6;

/// The hole for `found`, less the `kept` objects by the rule of [`keep`]. `None` when nothing of it is in the picture.
pub(crate) fn hole(found: &Found, margin: f32, kept: &[Rect], raster: &Raster) -> Option<Area<'static>> {
    let (mask, parts) = keep::masked(found, margin.max(SHADOW), kept, raster)?;
    // In one piece where nothing is cut out.
    let mut core = if kept.is_empty() { vec![mask] } else { parts };
    let kept = match found.class {
        Class::Face | Class::Person | Class::Vehicle => kept,
        Class::Plate | Class::Text | Class::Code => &[],
    };
    if found.class == Class::Person {
        let ground = keep::without(feet(found, raster), kept);
        core.extend(keep::without(ground, &core));
    }
    let mut parts = core.clone();
    for part in &core {
        let rim = keep::without(vec![widened(*part, raster)], &parts);
        parts.extend(keep::without(rim, kept));
    }
    let mask = parts.iter().copied().reduce(Rect::around)?;
    Some(Area {
        core,
        parts,
        ..Area::whole(mask, Operator::Inpaint)
    })
}

/// How much of the pixel at `x`, `y` of the picture the fill hides: 255 within the core, evenly less to the rim's end.
pub(super) fn cover(core: &[Rect], x: u32, y: u32) -> u8 {
    let beside = |at: u32, from: u32, length: u32| {
        let last = from + length - 1;
        from.saturating_sub(at).max(at.saturating_sub(last))
    };
    let away = |part: &Rect| beside(x, part.x, part.width).max(beside(y, part.y, part.height));
    let away = core.iter().map(away).min().unwrap_or(u32::MAX).min(RIM + 1);
    // At most 255.
    (255 * (RIM + 1 - away) / (RIM + 1)) as u8
}

/// The rectangles of an ellipse around the middle of the box's lower side, as far as they are in the picture.
fn feet(found: &Found, raster: &Raster) -> Vec<Rect> {
    let (across, down) = (FEET.0 * (found.x1 - found.x0), FEET.1 * (found.y1 - found.y0));
    let middle = (found.x0 + found.x1) / 2.0;
    let height = |strip: u32| strip as f32 / STRIPS as f32 * 2.0 - 1.0;
    let strips = (0..STRIPS).filter_map(|strip| {
        let (above, below) = (height(strip), height(strip + 1));
        let nearest = if above < 0.0 { below.min(0.0) } else { above };
        let half = across * (1.0 - nearest * nearest).max(0.0).sqrt();
        let strip = Found {
            x0: middle - half,
            x1: middle + half,
            y0: found.y1 + above * down,
            y1: found.y1 + below * down,
            ..*found
        };
        grow(&strip, 0.0, raster)
    });
    // Rounded outwards, neighbours may share a row of pixels.
    strips.fold(Vec::new(), |mut apart, strip| {
        apart.extend(keep::without(vec![strip], &apart));
        apart
    })
}

/// `part` with the rim around it, cut to the picture.
fn widened(part: Rect, raster: &Raster) -> Rect {
    let (x, y) = (part.x.saturating_sub(RIM), part.y.saturating_sub(RIM));
    Rect {
        x,
        y,
        width: (part.x + part.width + RIM).min(raster.width) - x,
        height: (part.y + part.height + RIM).min(raster.height) - y,
    }
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

    fn times(parts: &[Rect], x: u32, y: u32) -> usize {
        let holds = |r: &&Rect| (r.x..r.x + r.width).contains(&x) && (r.y..r.y + r.height).contains(&y);
        parts.iter().filter(holds).count()
    }

    fn places(raster: &Raster) -> impl Iterator<Item = (u32, u32)> + use<> {
        let (width, height) = (raster.width, raster.height);
        (0..height).flat_map(move |y| (0..width).map(move |x| (x, y)))
    }

    #[test]
    fn a_core_is_the_mask_of_the_policy_or_eight_percent_larger_than_the_box() {
        let raster = Raster::new(400, 300);
        let car = found(Class::Vehicle, 100.0, 100.0, 200.0, 150.0);
        let hole = |margin| hole(&car, margin, &[], &raster).unwrap();
        assert_eq!(hole(0.05).core, [rect(92, 96, 116, 58)]);
        assert_eq!(hole(0.2).core, [rect(80, 90, 140, 70)]);
        assert_eq!(hole(0.2).mask, rect(76, 86, 148, 78), "and the rim");
        assert_eq!(hole(0.2).operator, Operator::Inpaint);
    }

    #[test]
    fn a_hole_is_its_core_and_all_within_four_pixels_of_it_each_pixel_once() {
        let raster = Raster::new(90, 80);
        for class in Class::ALL {
            for one in [
                found(class, 30.0, 20.0, 50.0, 60.0),
                found(class, -20.0, 50.5, 12.3, 99.0),
                found(class, 80.0, 0.0, 90.0, 4.0),
            ] {
                let Area {
                    core, parts, mask, ..
                } = hole(&one, 0.1, &[], &raster).unwrap();
                for (x, y) in places(&raster) {
                    let near = (x.saturating_sub(4)..=x + 4)
                        .flat_map(|x| (y.saturating_sub(4)..=y + 4).map(move |y| (x, y)))
                        .any(|(x, y)| times(&core, x, y) > 0);
                    assert_eq!(times(&parts, x, y), usize::from(near), "{one:?}: {x}, {y}");
                    let cover = cover(&core, x, y);
                    assert_eq!(cover == 255, times(&core, x, y) > 0, "{one:?}: {x}, {y}");
                    assert_eq!(cover > 0, near, "{one:?}: {x}, {y}");
                    assert!(!near || times(&[mask], x, y) == 1);
                }
            }
        }
    }

    #[test]
    fn the_fill_fades_evenly_over_the_rim() {
        let core = [rect(10, 10, 5, 5)];
        let row: Vec<u8> = (14..20).map(|x| cover(&core, x, 12)).collect();
        assert_eq!(row, [255, 204, 153, 102, 51, 0]);
        assert_eq!(cover(&core, 8, 17), 102, "the farther of both ways counts");
    }

    #[test]
    fn only_a_persons_hole_is_wider_at_the_feet() {
        let raster = Raster::new(300, 300);
        let core = |class| {
            let one = found(class, 100.0, 50.0, 200.0, 250.0);
            hole(&one, 0.1, &[], &raster).unwrap().core
        };
        // The mask reaches from 90 to 210, the ellipse from 75 to 225.
        assert_eq!(times(&core(Class::Person), 76, 250), 1);
        assert_eq!(times(&core(Class::Person), 223, 250), 1);
        assert_eq!(times(&core(Class::Person), 76, 233), 0);
        assert_eq!(times(&core(Class::Person), 76, 150), 0);
        assert_eq!(times(&core(Class::Vehicle), 76, 250), 0);
    }

    #[test]
    fn a_kept_object_stays_out_of_core_and_rim_but_for_a_face() {
        let raster = Raster::new(300, 300);
        let knife = [rect(140, 0, 20, 300)];
        for class in [Class::Person, Class::Vehicle] {
            let one = found(class, 100.0, 100.0, 200.0, 200.0);
            let parts = hole(&one, 0.1, &knife, &raster).unwrap().parts;
            let inside = places(&raster).filter(|(x, _)| (140..160).contains(x));
            assert!(inside.map(|(x, y)| times(&parts, x, y)).all(|times| times == 0));
            assert_eq!((times(&parts, 139, 150), times(&parts, 160, 150)), (1, 1));
        }
        let face = found(Class::Face, 100.0, 100.0, 200.0, 200.0);
        let parts = hole(&face, 0.1, &knife, &raster).unwrap().parts;
        assert_eq!((times(&parts, 150, 150), times(&parts, 150, 95)), (1, 0));
        let plate = found(Class::Plate, 100.0, 100.0, 200.0, 200.0);
        let parts = hole(&plate, 0.1, &knife, &raster).unwrap().parts;
        assert_eq!(times(&parts, 150, 90), 1);
    }

    #[test]
    fn what_lies_outside_the_picture_makes_no_hole() {
        let raster = Raster::new(100, 100);
        let outside = found(Class::Person, 200.0, 0.0, 240.0, 50.0);
        assert!(hole(&outside, 0.1, &[], &raster).is_none());
    }
}
