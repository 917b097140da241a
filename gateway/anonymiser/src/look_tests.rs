use super::*;
use crate::found::Class;

/// Sizes at the seams: small, wide, tall, at and around the sizes where reducing and cutting begin.
const SIZES: [(u32, u32); 12] = [
    (1, 1),
    (1, 900),
    (416, 416),
    (1280, 960),
    (1600, 1200),
    (1601, 1201),
    (1920, 1080),
    (4000, 3000),
    (3000, 4000),
    (20_000, 2_500),
    (7_071, 7_071),
    (9_999, 3),
];

fn all_views() -> Vec<Views> {
    let mut all = Vec::new();
    for tile in [0, 128, 640, 1024] {
        for (overlap, tile_percent) in [(0, 100), (12, 100), (25, 50), (75, 200)] {
            all.push(Views {
                tile,
                tile_min: tile.min(640),
                overlap_percent: overlap,
                tile_percent,
                coarse: 320,
                ..Views::default()
            });
        }
    }
    all
}

fn covers(view: &View, x: u32, y: u32) -> bool {
    let r = view.region;
    (r.x..r.x + r.width).contains(&x) && (r.y..r.y + r.height).contains(&y)
}

/// Edges of the regions and the pixels beside them: if these are covered, all are.
fn corners(views: &[View], width: u32, height: u32) -> Vec<(u32, u32)> {
    let around = |ends: Vec<u32>, length: u32| {
        let mut all: Vec<u32> = ends
            .iter()
            .flat_map(|end| [end.saturating_sub(1), *end])
            .collect();
        all.retain(|at| *at < length);
        all.sort_unstable();
        all.dedup();
        all
    };
    let xs = around(
        views
            .iter()
            .flat_map(|v| [v.region.x, v.region.x + v.region.width])
            .collect(),
        width,
    );
    let ys = around(
        views
            .iter()
            .flat_map(|v| [v.region.y, v.region.y + v.region.height])
            .collect(),
        height,
    );
    ys.iter().flat_map(|y| xs.iter().map(|x| (*x, *y))).collect()
}

#[test]
fn every_pixel_is_in_a_view_of_every_level_and_nothing_outside_the_picture() {
    for views in all_views() {
        for (width, height) in SIZES {
            let plan = Sweep::plan(width, height, &views);
            for view in plan.whole.iter().chain(&plan.tiles) {
                let r = view.region;
                assert!(r.width > 0 && r.height > 0 && view.width > 0 && view.height > 0);
                assert!(
                    r.x + r.width <= width && r.y + r.height <= height,
                    "{width} x {height}: {view:?}"
                );
            }
            for view in &plan.whole {
                assert_eq!((view.region.width, view.region.height), (width, height));
            }
            for (x, y) in corners(&plan.tiles, width, height) {
                let seen = plan.tiles.iter().any(|view| covers(view, x, y));
                assert!(seen, "{width} x {height}, {views:?}: pixel {x}, {y}");
            }
        }
    }
}

#[test]
fn neighbouring_pieces_share_what_was_asked_for() {
    for (length, piece) in [
        (1281, 1280),
        (4000, 1280),
        (4000, 640),
        (7071, 128),
        (300, 299),
        (9999, 1),
    ] {
        for overlap in [0, 1, 12, 25, 50, 75] {
            let spans = spans(length, piece, overlap);
            assert_eq!(spans[0].0, 0);
            assert_eq!(spans.last().map(|(at, piece)| at + piece), Some(length));
            for pair in spans.windows(2) {
                let shared = u64::from(pair[0].0 + pair[0].1 - pair[1].0);
                // A piece of one pixel cannot share a part of it.
                let wanted = u64::from(piece) * u64::from(overlap) / 100;
                assert!(
                    shared >= wanted.min(u64::from(piece) - 1),
                    "{length} in {piece} by {overlap}: {pair:?}"
                );
            }
        }
    }
}

#[test]
fn a_piece_as_long_as_all_is_the_only_one() {
    assert_eq!(spans(640, 640, 25), [(0, 640)]);
    assert_eq!(spans(641, 640, 25), [(0, 401), (240, 401)]);
}

#[test]
fn views_are_bounded_in_number_and_size() {
    for views in all_views() {
        for (width, height) in SIZES {
            let plan = Sweep::plan(width, height, &views);
            assert!(plan.whole.len() <= 2 && plan.tiles.len() <= MOST_TILES);
            let longest = |view: &View| view.width.max(view.height);
            assert!(plan.whole.iter().all(|view| longest(view) <= views.max));
            // Rounding to whole pixels may add one.
            assert!(
                plan.tiles.iter().all(|view| longest(view) <= views.tile + 1),
                "{width} x {height} {views:?}"
            );
        }
    }
}

#[test]
fn a_small_photo_has_one_view_and_a_large_one_is_cut_up() {
    let views = Views::default();
    for (width, height) in [(1, 1), (416, 416), (1280, 960), (1600, 1000)] {
        let plan = Sweep::plan(width, height, &views);
        assert_eq!((plan.whole.len(), plan.tiles.len()), (1, 0), "{width} x {height}");
    }
    let plan = Sweep::plan(4000, 3000, &views);
    assert_eq!((plan.whole[0].width, plan.whole[0].height), (1280, 960));
    assert_eq!(plan.tiles.len(), 4 * 3);
    let shape = |tile: &View| (tile.width, tile.height);
    assert!(plan.tiles.iter().all(|tile| shape(tile) == (1115, 1102)));
    let none = Views { tile: 0, ..views };
    assert_eq!(Sweep::plan(4000, 3000, &none).tiles, []);
}

#[test]
fn a_small_photo_is_enlarged_into_one_tile() {
    let views = Views {
        min: 256,
        max: 512,
        percent: 50,
        tile_min: 640,
        ..Views::default()
    };
    let shapes = |width, height| {
        let plan = Sweep::plan(width, height, &views);
        let shape = |view: &View| (view.width, view.height);
        let tiles: Vec<_> = plan.tiles.iter().map(shape).collect();
        (shape(&plan.whole[0]), tiles)
    };
    assert_eq!(shapes(416, 208), ((256, 128), vec![(640, 320)]));
    assert_eq!(shapes(900, 600), ((450, 300), vec![(900, 600)]));
    assert_eq!(shapes(1920, 1080), ((512, 288), vec![(1037, 1080); 2]));
}

#[test]
fn a_coarse_view_comes_only_where_it_is_coarser() {
    let views = Views {
        coarse: 416,
        ..Views::default()
    };
    assert_eq!(Sweep::plan(416, 300, &views).whole.len(), 1);
    let plan = Sweep::plan(1000, 500, &views);
    assert_eq!(
        plan.whole.iter().map(|view| view.width).collect::<Vec<_>>(),
        [1000, 416]
    );
}

fn face(x: f32, y: f32, side: f32, score: f32) -> Found {
    Found {
        class: Class::Face,
        x0: x,
        y0: y,
        x1: x + side,
        y1: y + side,
        score,
    }
}

fn whole(found: Found) -> Seen {
    Seen { found, cut: false }
}

fn cut(found: Found) -> Seen {
    Seen { found, cut: true }
}

#[test]
fn a_cut_box_goes_where_a_neighbour_shows_the_whole_thing_and_stays_where_none_does() {
    let all = face(100.0, 100.0, 40.0, 0.4);
    let half = Found {
        x1: 118.0,
        score: 0.9,
        ..all
    };
    assert_eq!(merged(vec![cut(half), whole(all)]), [all]);
    assert_eq!(merged(vec![cut(half)]), [half]);
    let elsewhere = face(300.0, 100.0, 40.0, 0.4);
    assert_eq!(merged(vec![cut(half), whole(elsewhere)]), [half, elsewhere]);
    // Two halves of a face that no tile shows whole: both are masked.
    let other = Found {
        x0: 116.0,
        score: 0.3,
        ..all
    };
    assert_eq!(merged(vec![cut(half), cut(other)]), [half, other]);
}

#[test]
fn one_thing_seen_in_two_views_is_one_box_the_better() {
    let (better, worse) = (face(10.0, 10.0, 30.0, 0.8), face(14.0, 12.0, 30.0, 0.5));
    assert_eq!(merged(vec![whole(worse), whole(better)]), [better]);
    let person = Found {
        class: Class::Person,
        ..worse
    };
    assert_eq!(
        merged(vec![whole(person), whole(better)]),
        [better, person],
        "classes do not hide each other"
    );
}

#[test]
fn a_part_of_a_better_box_goes_but_not_what_is_around_it() {
    let (large, part) = (face(0.0, 0.0, 40.0, 0.8), face(2.0, 2.0, 18.0, 0.3));
    assert_eq!(merged(vec![whole(part), whole(large)]), [large]);
    let (faint, sure) = (Found { score: 0.2, ..large }, Found { score: 0.9, ..part });
    assert_eq!(merged(vec![whole(sure), whole(faint)]), [sure, faint]);
    let far_smaller = face(2.0, 2.0, 12.0, 0.3);
    assert_eq!(
        merged(vec![whole(far_smaller), whole(large)]),
        [large, far_smaller]
    );
}

#[test]
fn what_is_merged_covers_what_was_seen() {
    // Pseudo-random boxes; each must lie near one that was kept: overlapping, inside or itself.
    let mut state = 7_u32;
    let mut next = |bound: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) % bound) as f32
    };
    let seen: Vec<Seen> = (0..400)
        .map(|i| Seen {
            found: face(next(900), next(900), 5.0 + next(60), next(1000) / 1000.0),
            cut: i % 5 == 0,
        })
        .collect();
    let kept = merged(seen.clone());
    assert!(kept.len() < seen.len());
    for one in &seen {
        let near =
            |k: &Found| k.overlap(&one.found) > SAME || k.shared(&one.found) >= SEEN_WHOLE * one.found.area();
        // A box may give way to one that gave way to a third.
        let near_near = seen.iter().filter(|other| near(&other.found)).any(|other| {
            kept.iter().any(|k| {
                k.overlap(&other.found) > SAME || k.shared(&other.found) >= SEEN_WHOLE * other.found.area()
            })
        });
        assert!(near_near, "{one:?}");
    }
    assert_eq!(merged(seen.clone()), kept, "and again the same");
    assert!(kept.windows(2).all(|pair| pair[0].score >= pair[1].score));
}

#[test]
fn a_photo_lies_in_the_turn_that_showed_most_and_upright_wins_a_tie() {
    assert_eq!(lies_in([0.0; 4]), 1);
    assert_eq!(lies_in([0.5, 0.4, 0.3, 0.5]), 1);
    assert_eq!(lies_in([0.5, 1.4, 0.3, 0.5]), 6);
    assert_eq!(lies_in([0.6, 0.6, 0.3, 0.5]), 3);
}

/// Sees one face at the same place of every view, as sure as is told for the turn.
struct Turned {
    scores: [(u8, f32); 4],
    looks: Vec<u8>,
}

impl Detector for Turned {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        self.looks.push(turn);
        let score = self.scores.iter().find(|(one, _)| *one == turn).unwrap().1;
        // Each turn sees another place, so that nothing is merged; tiles see what the whole view does not.
        let at = f32::from(turn) * 20.0 + if view.width == 128 { 10.0 } else { 0.0 };
        Ok(Some(face(at, 0.0, 8.0, score))
            .into_iter()
            .filter(|one| one.score > threshold)
            .collect())
    }
}

#[test]
fn turns_in_which_the_photo_does_not_lie_count_from_a_higher_score_on() {
    let views = Views {
        min: 300,
        max: 300,
        tile: 0,
        aside: 35,
        ..Views::default()
    };
    let picture = Raster::new(300, 300);
    let swept = |scores: [(u8, f32); 4], views: Views| {
        let mut detector = Turned {
            scores,
            looks: Vec::new(),
        };
        let found = sweep(&mut detector, &picture, &views, 0.12, Extent::Whole, &|_| true).unwrap();
        found.iter().map(|one| one.score).collect::<Vec<_>>()
    };
    let lying = [(3, 0.2), (6, 0.9), (8, 0.4), (1, 0.15)];
    assert_eq!(swept(lying, views), [0.9, 0.4]);
    assert_eq!(swept(lying, Views { aside: 0, ..views }), [0.9, 0.4, 0.2, 0.15]);
    let upright = [(3, 0.2), (6, 0.25), (8, 0.36), (1, 0.4)];
    assert_eq!(swept(upright, views), [0.4, 0.36]);
    let faint = [(3, 0.2), (6, 0.25), (8, 0.19), (1, 0.15)];
    assert_eq!(
        swept(faint, views),
        [0.25],
        "the likeliest turn counts, however faint"
    );
}

/// Two tiles of 128 x 128, and the whole reduced to 100.
const TWO_TILES: Views = Views {
    min: 64,
    max: 100,
    percent: 100,
    coarse: 0,
    tile: 128,
    tile_percent: 100,
    tile_min: 0,
    overlap_percent: 0,
    turns: 4,
    tile_turns: 0,
    reduced: 0,
    aside: 35,
};

#[test]
fn tiles_are_shown_in_the_turns_in_which_the_photo_may_lie() {
    let picture = Raster::new(256, 128);
    let turns = |tile_turns, half_turn: f32, turned: f32| {
        let mut detector = Turned {
            scores: [(3, half_turn), (6, turned), (8, 0.0), (1, 0.5)],
            looks: Vec::new(),
        };
        let views = Views {
            tile_turns,
            ..TWO_TILES
        };
        sweep(&mut detector, &picture, &views, 0.12, Extent::Whole, &|_| true).unwrap();
        assert_eq!(detector.looks[..4], TURNS);
        detector.looks[4..].to_vec()
    };
    assert_eq!(
        turns(0, 0.0, 0.3),
        [1, 1],
        "half of the evidence at least: 0.7 of the score"
    );
    assert_eq!(turns(0, 0.0, 0.4), [6, 1, 6, 1]);
    assert_eq!(turns(0, 0.0, 0.9), [6, 6]);
    assert_eq!(turns(0, 0.8, 0.9), [3, 6, 3, 6]);
    assert_eq!(turns(1, 0.0, 0.9), [1, 1]);
    assert_eq!(turns(4, 0.0, 0.4), [TURNS, TURNS].concat());
}

#[test]
fn where_nothing_sure_is_seen_tiles_are_shown_upright_and_in_every_turn_that_showed_anything() {
    // A crowd seen from afar shows the whole view next to nothing: the turn with most of that may be any.
    let turns = |scores: [f32; 4]| {
        let mut detector = Turned {
            scores: std::array::from_fn(|i| (TURNS[i], scores[i])),
            looks: Vec::new(),
        };
        let picture = Raster::new(256, 128);
        sweep(&mut detector, &picture, &TWO_TILES, 0.12, Extent::Whole, &|_| {
            true
        })
        .unwrap();
        let tiles = &detector.looks[4..];
        assert_eq!(tiles[..tiles.len() / 2], tiles[tiles.len() / 2..]);
        tiles[..tiles.len() / 2].to_vec()
    };
    assert_eq!(turns([0.0; 4]), [1]);
    assert_eq!(turns([0.3, 0.0, 0.0, 0.0]), [3, 1]);
    assert_eq!(turns([0.3, 0.0, 0.13, 0.2]), [3, 8, 1]);
    assert_eq!(turns([0.49, 0.3, 0.3, 0.3]), TURNS);
    assert_eq!(
        turns([0.5, 0.3, 0.3, 0.3]),
        [3],
        "half of the evidence at least, now that it is sure"
    );
}

/// Finds white pixels like [`White`], several views at once, and notes how many it was given each time.
struct AtOnce {
    eye: White,
    batch: usize,
    given: Vec<usize>,
}

impl Detector for AtOnce {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        self.eye.look(view, turn, threshold)
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn look_at_all(
        &mut self,
        glances: &[Glance<'_>],
        threshold: f32,
    ) -> Result<Vec<Vec<Found>>, AnonymiseError> {
        self.given.push(glances.len());
        let look = |glance: &Glance<'_>| self.eye.look(glance.view, glance.turn, threshold);
        glances.iter().map(look).collect()
    }
}

#[test]
fn views_shown_several_at_once_show_what_they_show_one_after_the_other() {
    let views = Views {
        min: 64,
        max: 64,
        tile: 64,
        tile_turns: 4,
        ..Views::default()
    };
    let mut picture = Raster::new(400, 240);
    for (x, y) in [(10, 10), (60, 200), (333, 117), (399, 239)] {
        let at = 3 * (y * 400 + x);
        picture.rgb[at..at + 3].fill(255);
    }
    let look = |batch: usize, extent: Extent| {
        let mut eye = AtOnce {
            eye: White { looks: Vec::new() },
            batch,
            given: Vec::new(),
        };
        let found = sweep(&mut eye, &picture, &views, 0.1, extent, &|_| true).unwrap();
        (found, eye.given)
    };
    let (one_by_one, given) = look(1, Extent::Whole);
    assert_eq!(one_by_one.len(), 4);
    assert!(given.iter().all(|count| *count == 1));
    let (several, given) = look(8, Extent::Whole);
    assert_eq!(several, one_by_one);
    assert!(
        given.contains(&8) && given.iter().all(|count| *count <= 8),
        "{given:?}"
    );
    let (_, given) = look(8, Extent::UntilSeen);
    assert!(given.iter().all(|count| *count == 1), "the first sight is enough");
}

/// Sees one face in every view, as sure as is told for whole views and tiles, upright and turned once.
struct Levels {
    whole: [f32; 2],
    tile: [f32; 2],
}

impl Detector for Levels {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        let scores = if view.width == 128 { self.tile } else { self.whole };
        let score = match turn {
            1 => scores[0],
            6 => scores[1],
            _ => 0.0,
        };
        let at = if view.width == 128 { 10.0 } else { 30.0 } + f32::from(turn) * 8.0;
        let seen = Some(face(at, 0.0, 4.0, score)).into_iter();
        Ok(seen.filter(|one| one.score > threshold).collect())
    }
}

/// Sees one face of 130 px in a tile, and nothing else.
struct Huge(f32);

impl Detector for Huge {
    fn look(&mut self, view: &Raster, turn: u8, _: f32) -> Result<Vec<Found>, AnonymiseError> {
        let tile = view.width == 640 && turn == 1;
        Ok(Some(face(10.0, 10.0, 130.0, self.0))
            .filter(|_| tile)
            .into_iter()
            .collect())
    }
}

#[test]
fn the_tiles_tell_how_a_photo_lies_and_the_reduced_view_counts_from_a_higher_score_on() {
    let scores = |whole, tile, views: Views| {
        let picture = Raster::new(256, 128);
        let found = sweep(
            &mut Levels { whole, tile },
            &picture,
            &views,
            0.12,
            Extent::Whole,
            &|_| true,
        );
        let mut scores: Vec<f32> = found.unwrap().iter().map(|one| one.score).collect();
        scores.dedup();
        scores
    };
    let reduced = Views {
        reduced: 30,
        ..TWO_TILES
    };
    assert_eq!(scores([0.2, 0.0], [0.15, 0.0], TWO_TILES), [0.2, 0.15]);
    assert_eq!(scores([0.2, 0.0], [0.15, 0.0], reduced), [0.15]);
    assert_eq!(scores([0.31, 0.0], [0.15, 0.0], reduced), [0.31, 0.15]);
    // The whole view takes it for upright, the tiles know better: what upright shows counts above 0.35 only.
    assert_eq!(scores([0.34, 0.32], [0.3, 0.5], reduced), [0.5, 0.32]);
    assert_eq!(scores([0.37, 0.32], [0.3, 0.5], reduced), [0.5, 0.37, 0.32]);
    // A face that fills a tile is one for the whole view too.
    let huge = |score| {
        let picture = Raster::new(640, 640);
        let views = Views {
            tile: 640,
            tile_min: 640,
            min: 64,
            max: 64,
            ..reduced
        };
        let found = sweep(&mut Huge(score), &picture, &views, 0.12, Extent::Whole, &|_| true).unwrap();
        found.len()
    };
    assert_eq!((huge(0.29), huge(0.31)), (0, 1));
    // Without a tile that shows something, the whole view's word counts.
    assert_eq!(scores([0.31, 0.5], [0.0, 0.0], reduced), [0.5]);
}

#[test]
fn how_a_photo_lies_is_told_when_it_is_sure() {
    let picture = Raster::new(256, 128);
    let lies = |upright, turned| {
        let mut detector = Levels {
            whole: [0.0, 0.2],
            tile: [upright, turned],
        };
        let swept = super::swept(&mut detector, &picture, &TWO_TILES, 0.12, Extent::Whole, &|_| {
            true
        });
        swept.unwrap().lies
    };
    // Two tiles show one face each.
    assert_eq!((lies(0.0, 0.5), lies(0.0, 0.36)), (Some(6), Some(6)));
    assert_eq!((lies(0.0, 0.34), lies(0.0, 0.0)), (None, None));
}

/// Sees one face wherever a view holds white pixels: their bounding box. Counts its looks by turn.
struct White {
    looks: Vec<(u32, u32, u8)>,
}

impl Detector for White {
    fn look(&mut self, view: &Raster, turn: u8, threshold: f32) -> Result<Vec<Found>, AnonymiseError> {
        self.looks.push((view.width, view.height, turn));
        let white: Vec<(u32, u32)> = (0..view.width * view.height)
            .filter(|i| view.rgb[3 * *i as usize] > 200)
            .map(|i| (i % view.width, i / view.width))
            .collect();
        let range = |values: Vec<u32>| values.iter().min().copied().zip(values.iter().max().copied());
        let xs = range(white.iter().map(|(x, _)| *x).collect());
        let ys = range(white.iter().map(|(_, y)| *y).collect());
        let found = xs.zip(ys).map(|((x0, x1), (y0, y1))| Found {
            class: Class::Face,
            x0: x0 as f32,
            y0: y0 as f32,
            x1: x1 as f32 + 1.0,
            y1: y1 as f32 + 1.0,
            score: 0.9,
        });
        Ok(found.into_iter().filter(|one| one.score > threshold).collect())
    }
}

/// A black picture with a white square.
fn marked(width: u32, height: u32, x: u32, y: u32, side: u32) -> Raster {
    let mut raster = Raster::new(width, height);
    for row in y..y + side {
        let start = 3 * (row * width + x) as usize;
        raster.rgb[start..start + 3 * side as usize].fill(255);
    }
    raster
}

fn swept(raster: &Raster, views: &Views, extent: Extent) -> (Vec<Found>, Vec<(u32, u32, u8)>) {
    let mut detector = White { looks: Vec::new() };
    let found = sweep(&mut detector, raster, views, 0.5, extent, &|_| true).unwrap();
    (found, detector.looks)
}

#[test]
fn what_a_tile_shows_is_told_where_it_is_in_the_photo() {
    let views = Views {
        min: 64,
        max: 100,
        tile: 128,
        overlap_percent: 25,
        turns: 1,
        tile_turns: 1,
        ..Views::default()
    };
    for (x, y) in [(0, 0), (150, 60), (280, 180), (100, 90)] {
        let raster = marked(300, 200, x, y, 20);
        let (found, looks) = swept(&raster, &views, Extent::Whole);
        assert_eq!(looks.len(), 1 + 3 * 2);
        let [one] = found.as_slice() else {
            panic!("{found:?}")
        };
        let wanted = face(x as f32, y as f32, 20.0, 0.9);
        assert!(one.overlap(&wanted) > 0.6, "{one:?} at {x}, {y}");
    }
}

#[test]
fn a_look_until_something_is_seen_ends_there() {
    let views = Views {
        tile: 0,
        ..Views::default()
    };
    let (found, looks) = swept(&marked(500, 400, 30, 30, 40), &views, Extent::UntilSeen);
    assert_eq!((found.len(), looks), (1, vec![(500, 400, 3)]));
    let (found, looks) = swept(&Raster::new(500, 400), &views, Extent::UntilSeen);
    assert_eq!(found.len(), 0);
    assert_eq!(looks.iter().map(|look| look.2).collect::<Vec<_>>(), TURNS);
}

#[test]
fn what_is_not_kept_does_not_end_the_look() {
    let views = Views {
        tile: 0,
        ..Views::default()
    };
    let raster = marked(500, 400, 30, 30, 40);
    let mut detector = White { looks: Vec::new() };
    let found = sweep(&mut detector, &raster, &views, 0.5, Extent::UntilSeen, &|_| false).unwrap();
    assert_eq!((found.len(), detector.looks.len()), (0, 4));
}
