//! What the operators leave, and what they do not. Pictures are compared without printing them.

use super::*;
use std::collections::BTreeSet;

const SEED: [u8; 32] = [7; 32];
const RED: [u8; 3] = [200, 10, 20];
const GREEN: [u8; 3] = [10, 200, 20];

const fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect { x, y, width, height }
}

/// Texture that differs with `key`, from a fixed sequence.
fn texture(width: u32, height: u32, key: u32) -> Raster {
    let mut raster = Raster::new(width, height);
    let mut state = key.wrapping_mul(2_654_435_761).wrapping_add(1);
    for value in &mut raster.rgb {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *value = (state >> 24) as u8;
    }
    raster
}

fn at(raster: &Raster, x: u32, y: u32) -> [u8; 3] {
    let from = 3 * (y * raster.width + x) as usize;
    [raster.rgb[from], raster.rgb[from + 1], raster.rgb[from + 2]]
}

fn places(area: Rect) -> impl Iterator<Item = (u32, u32)> {
    (area.y..area.y + area.height).flat_map(move |y| (area.x..area.x + area.width).map(move |x| (x, y)))
}

/// `raster` with the pixels of `area` taken from other texture.
fn changed_within(raster: &Raster, area: Rect) -> Raster {
    let other = texture(raster.width, raster.height, 99);
    let mut changed = raster.clone();
    for (x, y) in places(area) {
        let from = 3 * (y * raster.width + x) as usize;
        changed.rgb[from..from + 3].copy_from_slice(&at(&other, x, y));
    }
    changed
}

fn painted(mut raster: Raster, areas: &[Area]) -> Raster {
    let fills = Fills::of(&raster, areas, None).unwrap();
    paint(&mut raster, areas, &fills, &SEED);
    raster
}

#[test]
fn what_lies_under_a_constant_fill_decides_nothing_about_the_output() {
    for (key, mask) in [rect(0, 0, 40, 30), rect(5, 7, 20, 11), rect(39, 29, 1, 1)]
        .into_iter()
        .enumerate()
    {
        let photo = texture(40, 30, key as u32);
        let other = changed_within(&photo, mask);
        assert!(photo != other);
        for operator in [Operator::Solid { rgb: RED }, Operator::Silhouette { rgb: RED }] {
            let areas = [Area::whole(mask, operator)];
            assert!(
                painted(photo.clone(), &areas) == painted(other.clone(), &areas),
                "{operator:?}"
            );
        }
    }
}

#[test]
fn what_lies_under_a_constant_fill_does_not_come_back_through_a_weaker_operator_that_overlaps_it() {
    let face = rect(10, 10, 20, 20);
    let photo = texture(60, 40, 1);
    let other = changed_within(&photo, face);
    for weaker in [Operator::Mosaic { cells: 6 }, Operator::Blur] {
        let areas = [
            Area::whole(rect(5, 5, 30, 12), weaker),
            Area::whole(face, Operator::Solid { rgb: RED }),
        ];
        assert!(
            painted(photo.clone(), &areas) == painted(other.clone(), &areas),
            "{weaker:?}"
        );
    }
}

#[test]
fn pixels_outside_all_masks_stay() {
    let photo = texture(50, 40, 3);
    let mask = rect(10, 10, 20, 20);
    let operators = [
        Operator::Solid { rgb: RED },
        Operator::Mosaic { cells: 4 },
        Operator::Blur,
        Operator::Silhouette { rgb: RED },
        Operator::Inpaint,
    ];
    for operator in operators {
        let output = painted(photo.clone(), &[Area::whole(mask, operator)]);
        let outside = |(x, y): &(u32, u32)| !(10..30).contains(x) || !(10..30).contains(y);
        for (x, y) in places(rect(0, 0, 50, 40)).filter(outside) {
            assert_eq!(at(&output, x, y), at(&photo, x, y), "{operator:?} at {x}, {y}");
        }
    }
}

#[test]
fn only_the_parts_of_a_mask_are_painted() {
    let photo = texture(40, 40, 3);
    let parts = vec![rect(0, 0, 10, 40), rect(20, 0, 20, 40)];
    for operator in [Operator::Solid { rgb: RED }, Operator::Mosaic { cells: 3 }] {
        let area = Area {
            parts: parts.clone(),
            ..Area::whole(rect(0, 0, 40, 40), operator)
        };
        let output = painted(photo.clone(), &[area]);
        for (x, y) in places(rect(10, 0, 10, 40)) {
            assert_eq!(at(&output, x, y), at(&photo, x, y));
        }
        assert!(places(parts[1]).any(|(x, y)| at(&output, x, y) != at(&photo, x, y)));
    }
}

#[test]
fn where_masks_overlap_the_stronger_operator_wins_in_any_order() {
    let photo = texture(60, 60, 5);
    let overlap = rect(20, 20, 10, 10);
    let weak_to_strong = [
        Operator::Blur,
        Operator::Mosaic { cells: 4 },
        Operator::Silhouette { rgb: GREEN },
        Operator::Solid { rgb: RED },
    ];
    for (place, weak) in weak_to_strong.into_iter().enumerate() {
        for strong in &weak_to_strong[place + 1..] {
            let weaker = Area::whole(rect(10, 10, 20, 20), weak);
            let stronger = Area::whole(rect(20, 20, 20, 20), *strong);
            let output = painted(photo.clone(), &[weaker.clone(), stronger.clone()]);
            let reversed = painted(photo.clone(), &[stronger.clone(), weaker]);
            assert!(output == reversed, "{weak:?} and {strong:?}");
            let alone = painted(photo.clone(), &[stronger]);
            for (x, y) in places(overlap) {
                assert_eq!(at(&output, x, y), at(&alone, x, y), "{weak:?} and {strong:?}");
            }
        }
    }
}

#[test]
fn masks_of_equal_strength_give_the_same_bytes_in_any_order() {
    let photo = texture(60, 60, 6);
    let areas = [
        Area::whole(rect(0, 0, 30, 30), Operator::Solid { rgb: RED }),
        Area::whole(rect(10, 0, 30, 30), Operator::Solid { rgb: GREEN }),
        Area::whole(rect(10, 20, 30, 30), Operator::Mosaic { cells: 4 }),
        Area::whole(rect(20, 30, 30, 30), Operator::Mosaic { cells: 5 }),
        Area::whole(rect(25, 30, 30, 30), Operator::Blur),
        Area::whole(rect(5, 25, 20, 20), Operator::Inpaint),
        Area {
            core: vec![rect(4, 40, 8, 9)],
            ..Area::whole(rect(0, 36, 16, 17), Operator::Inpaint)
        },
        Area {
            core: vec![rect(6, 40, 8, 9)],
            ..Area::whole(rect(0, 36, 16, 17), Operator::Inpaint)
        },
    ];
    let expected = painted(photo.clone(), &areas);
    for turn in 1..areas.len() {
        let mut turned = areas.clone();
        turned.rotate_left(turn);
        assert!(painted(photo.clone(), &turned) == expected, "rotated by {turn}");
    }
}

/// Every cell's pixels shuffled among themselves: other pixels, the same means.
fn shuffled_within_cells(raster: &Raster, mask: Rect, cells: u32) -> Raster {
    let mut shuffled = raster.clone();
    let cell = |x: u32, y: u32| {
        let (column, row) = (
            (x - mask.x) * cells / mask.width,
            (y - mask.y) * cells / mask.height,
        );
        row * cells + column
    };
    for number in 0..cells * cells {
        let members: Vec<_> = places(mask).filter(|(x, y)| cell(*x, *y) == number).collect();
        for ((x, y), (from_x, from_y)) in members.iter().zip(members.iter().rev()) {
            let to = 3 * (y * raster.width + x) as usize;
            shuffled.rgb[to..to + 3].copy_from_slice(&at(raster, *from_x, *from_y));
        }
    }
    shuffled
}

#[test]
fn a_mosaic_depends_on_nothing_but_the_brightness_of_its_mask_and_the_seed() {
    for (cells, mask) in [
        (4, rect(3, 2, 37, 29)),
        (6, rect(0, 0, 48, 40)),
        (1, rect(10, 10, 20, 20)),
    ] {
        let photo = texture(48, 40, cells);
        let shuffled = shuffled_within_cells(&photo, mask, 1);
        assert!(photo != shuffled);
        let areas = [Area::whole(mask, Operator::Mosaic { cells: cells as u8 })];
        assert!(
            painted(photo, &areas) == painted(shuffled, &areas),
            "{cells} cells"
        );
    }
}

#[test]
fn a_mosaic_has_no_more_cells_on_a_large_face_than_on_a_small_one() {
    for (width, height) in [(6, 6), (13, 17), (60, 50), (331, 250)] {
        let photo = texture(340, 260, 8);
        let mask = rect(2, 3, width, height);
        let output = painted(photo, &[Area::whole(mask, Operator::Mosaic { cells: 6 })]);
        // Along a row the colour changes at cell borders only.
        let row: Vec<_> = (2..2 + width).map(|x| at(&output, x, 3)).collect();
        let changes = row.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changes <= 5, "{width} x {height}: {changes} changes");
        let colours: BTreeSet<_> = places(mask).map(|(x, y)| at(&output, x, y)).collect();
        assert!(
            colours.len() <= 5,
            "{width} x {height}: {} colours",
            colours.len()
        );
    }
}

#[test]
fn a_mosaic_is_grey_in_steps_over_a_mask_of_any_colour() {
    let output = painted(
        texture(64, 64, 9),
        &[Area::whole(rect(0, 0, 64, 64), Operator::Mosaic { cells: 6 })],
    );
    assert!(output.rgb.iter().all(|value| value % 16 == 8));
    assert!(output.rgb.chunks(3).all(|rgb| rgb == [rgb[0]; 3]));
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_or_place_others() {
    // Grey, so that all differences come from the noise.
    let flat = Raster {
        width: 80,
        height: 40,
        rgb: vec![120; 3 * 80 * 40],
    };
    let mosaic = |mask: Rect, seed: &[u8; 32]| {
        let mut raster = flat.clone();
        paint(
            &mut raster,
            &[Area::whole(mask, Operator::Mosaic { cells: 6 })],
            &Fills::default(),
            seed,
        );
        places(mask).map(|(x, y)| at(&raster, x, y)).collect::<Vec<_>>()
    };
    let (left, right) = (rect(0, 0, 30, 30), rect(40, 0, 30, 30));
    assert_eq!(mosaic(left, &SEED), mosaic(left, &SEED));
    assert_ne!(mosaic(left, &SEED), mosaic(left, &[8; 32]));
    assert_ne!(mosaic(left, &SEED), mosaic(right, &SEED));
}

#[test]
fn a_mosaic_has_one_of_four_tones_and_two_steps_of_noise() {
    let flat = Raster {
        width: 60,
        height: 60,
        rgb: vec![120; 3 * 60 * 60],
    };
    let mut greys = BTreeSet::new();
    for seed in 0..40 {
        let mut raster = flat.clone();
        paint(
            &mut raster,
            &[Area::whole(rect(0, 0, 60, 60), Operator::Mosaic { cells: 6 })],
            &Fills::default(),
            &[seed; 32],
        );
        let near = |tone: &u8| raster.rgb.iter().all(|value| value.abs_diff(*tone) <= 32);
        assert!([56, 104, 152, 200].iter().any(near), "seed {seed}");
        greys.extend(raster.rgb);
    }
    assert_eq!(greys, (24..=232).step_by(16).collect());
}

#[test]
fn a_seed_differs_with_the_policy_and_with_the_item() {
    let seeds = [
        seed(&[1; 32], b"one"),
        seed(&[2; 32], b"one"),
        seed(&[1; 32], b"two"),
        seed(&[1; 32], b""),
    ];
    assert_eq!(BTreeSet::from(seeds).len(), 4);
    assert_eq!(seed(&[1; 32], b"one"), seeds[0]);
}

#[test]
fn a_blur_depends_on_sixteen_means_alone() {
    let mask = rect(1, 2, 45, 37);
    let photo = texture(48, 40, 11);
    let shuffled = shuffled_within_cells(&photo, mask, 4);
    let areas = [Area::whole(mask, Operator::Blur)];
    assert!(painted(photo, &areas) == painted(shuffled, &areas));
}

#[test]
fn masks_smaller_than_the_grid_are_painted_too() {
    for (width, height) in [(1, 1), (2, 40), (40, 1), (3, 3), (7, 9)] {
        let mask = rect(0, 0, width, height);
        let photo = texture(40, 40, 12);
        let mosaic = painted(photo.clone(), &[Area::whole(mask, Operator::Mosaic { cells: 6 })]);
        assert!(places(mask).all(|(x, y)| at(&mosaic, x, y).iter().all(|value| value % 16 == 8)));
        let blur = painted(photo, &[Area::whole(mask, Operator::Blur)]);
        let colours: BTreeSet<_> = places(mask).map(|(x, y)| at(&blur, x, y)).collect();
        assert_eq!(colours.len(), 1, "{width} x {height} keeps one mean");
    }
}

#[test]
fn a_silhouette_fills_where_the_outline_says_so_and_fades_beside_it() {
    // Left half background, right half person.
    let values = [0, 0, 255, 255].repeat(4);
    let area = Area {
        outline: Outline::new(4, 4, &values),
        ..Area::whole(rect(0, 0, 40, 40), Operator::Silhouette { rgb: RED })
    };
    let photo = Raster {
        width: 40,
        height: 40,
        rgb: vec![100; 3 * 40 * 40],
    };
    let output = painted(photo, &[area]);
    assert_eq!(at(&output, 0, 20), [100; 3]);
    assert_eq!(at(&output, 20, 20), RED);
    assert_eq!(at(&output, 39, 39), RED);
    let row: Vec<u8> = (0..40).map(|x| at(&output, x, 20)[0]).collect();
    assert!(row.is_sorted(), "towards the person it gets redder: {row:?}");
    assert!(
        row.iter().any(|v| (101..200).contains(v)),
        "the edge is soft: {row:?}"
    );
}

#[test]
fn what_an_outline_is_a_quarter_sure_of_decides_nothing_about_the_output() {
    let values = [64; 9];
    let mask = rect(4, 4, 20, 20);
    let area = Area {
        outline: Outline::new(3, 3, &values),
        ..Area::whole(mask, Operator::Silhouette { rgb: RED })
    };
    let photo = texture(40, 40, 13);
    let other = changed_within(&photo, mask);
    assert!(painted(photo, std::slice::from_ref(&area)) == painted(other, &[area]));
}

#[test]
fn no_thin_limb_is_lost_in_an_outline_finer_than_its_mask() {
    // One bright column in 97.
    let values: Vec<u8> = (0..97 * 97).map(|i| if i % 97 == 50 { 255 } else { 0 }).collect();
    let area = Area {
        outline: Outline::new(97, 97, &values),
        ..Area::whole(rect(0, 0, 10, 10), Operator::Silhouette { rgb: RED })
    };
    let output = painted(Raster::new(10, 10), &[area]);
    assert!((0..10).all(|y| at(&output, 5, y) == RED));
    assert_eq!(at(&output, 0, 0), [0; 3]);
}

#[test]
fn a_plane_whose_size_is_not_that_of_its_values_is_no_outline() {
    assert_eq!(Outline::new(0, 0, &[]), None);
    assert_eq!(Outline::new(2, 3, &[0; 5]), None);
    assert_eq!(Outline::new(u32::MAX, u32::MAX, &[0; 5]), None);
    assert!(Outline::new(2, 3, &[0; 6]).is_some());
}

#[test]
fn a_mosaic_shows_through_where_a_silhouette_does_not_fill() {
    let values = [0, 0, 255, 255].repeat(4);
    let areas = [
        Area {
            outline: Outline::new(4, 4, &values),
            ..Area::whole(rect(0, 0, 40, 40), Operator::Silhouette { rgb: RED })
        },
        Area::whole(rect(0, 0, 40, 40), Operator::Mosaic { cells: 2 }),
    ];
    let output = painted(texture(40, 40, 14), &areas);
    assert!((0..40).all(|y| at(&output, 0, y).iter().all(|value| value % 16 == 8)));
    assert!((0..40).all(|y| at(&output, 35, y) == RED));
}

#[test]
fn a_box_grows_by_its_margin_and_ends_at_the_border() {
    let raster = Raster::new(100, 50);
    let found = |x0, y0, x1, y1| Found {
        class: crate::found::Class::Face,
        x0,
        y0,
        x1,
        y1,
        score: 1.0,
    };
    assert_eq!(
        grow(&found(20.0, 10.0, 40.0, 20.0), 0.5, &raster),
        Some(rect(10, 5, 40, 20))
    );
    assert_eq!(
        grow(&found(20.2, 10.7, 39.1, 19.9), 0.0, &raster),
        Some(rect(20, 10, 20, 10))
    );
    assert_eq!(
        grow(&found(-10.0, -10.0, 10.0, 10.0), 0.5, &raster),
        Some(rect(0, 0, 20, 20))
    );
    assert_eq!(grow(&found(101.0, 10.0, 140.0, 20.0), 0.0, &raster), None);
}
