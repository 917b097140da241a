//! Which views of a photo a detector is shown, and putting together what it saw in them.
//!
//! A net sees faces of a certain range of sizes, nearly upright. So a photo is shown whole, reduced to a bounded
//! size, in up to four turns; and where reducing it loses small faces, in overlapping tiles as well.

use crate::detect::{Detector, Glance};
use crate::error::AnonymiseError;
use crate::found::Found;
use crate::raster::Raster;
use crate::report::Rect;
use serde::{Deserialize, Serialize};

/// Boxes of one thing in several views overlap by more than this. Intersection over union.
const SAME: f32 = 0.3;

/// A box with this share of its area in a better one is a part of the same thing, unless it is much smaller.
const INSIDE: f32 = 0.8;

/// Boxes that differ by more than this in area are two things, even one within the other: a face in front of a poster
/// of a face.
const LARGER: f32 = 9.0;

/// A box at the inner edge of a tile is dropped when this share of it lies in a box that no edge cuts.
const SEEN_WHOLE: f32 = 0.7;

/// A box this near to an inner edge of a tile may go on behind it. Model pixels.
const EDGE: f32 = 2.0;

/// Evidence, a sum of squared scores, from which on the turn with most of it is how the photo lies: one face at 0.5. What
/// looks a little like a face turns up in photos without any.
pub(crate) const SURE: f32 = 0.25;

/// A face with a side above this in a tile shows well in a whole view too, so that a faint score is no face: a mask of
/// that size costs more than hundreds of small ones. Model pixels.
const LARGE: f32 = 128.0;

/// Tiles of one photo. Where there would be more, they show the photo reduced: time and memory stay bounded.
const MOST_TILES: usize = 256;

/// Quarter turns as EXIF counts them (3 half, 6 clockwise, 8 anticlockwise, 1 none). What an earlier look upright
/// missed is more likely to show in the others, and they come first.
const TURNS: [u8; 4] = [3, 6, 8, 1];

/// How a photo is shown to a detector: sizes, tiles and turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Views {
    /// Long side of the whole view: smaller photos are enlarged to this, which finds smaller faces. Model pixels, 32 to
    /// 2048.
    pub min: u32,
    /// Larger photos are reduced to this, which bounds time and memory. `min` to 2048.
    pub max: u32,
    /// Share of the photo's own long side, taken before `min` and `max` are applied. Percent, 1 to 400.
    pub percent: u32,
    /// A second, coarse whole view of this long side finds faces that fill the photo. 0 = none; up to 2048.
    pub coarse: u32,
    /// Side of the tiles in which a photo is shown that the whole view reduces. Model pixels: 0 = no tiles, or 128 to 2048.
    pub tile: u32,
    /// Share of the photo's own long side at which it is cut into tiles. Percent, 1 to 400.
    pub tile_percent: u32,
    /// Least long side of that: smaller photos are enlarged to this and shown in one tile, which finds smaller faces. Model
    /// pixels, 0 (nothing is enlarged) to `tile`.
    pub tile_min: u32,
    /// Share of a tile that the next one shows again. Percent, 0 to 75. A face larger than it may be cut.
    pub overlap_percent: u32,
    /// Turns of the whole views: 1 (upright) or 4.
    pub turns: u8,
    /// Turns of the tiles: 1, 4, or 0: those in which the photo may lie, by what the whole views saw.
    pub tile_turns: u8,
    /// What a whole view shows counts from this score on, if tiles show the photo larger, and so does what fills much of
    /// a tile: tiles are the better judges of all but the largest faces. Percent, 0 (the threshold of the look holds) to
    /// 100.
    pub reduced: u32,
    /// What a turn shows counts from this score on, if the photo seems to lie in another one. Percent, 0 (the threshold of
    /// the look holds for all turns) to 100. A photo is full of what looks a little like a face lying on its side.
    pub aside: u32,
}

impl Default for Views {
    fn default() -> Self {
        Self {
            min: 416,
            max: 1280,
            percent: 100,
            coarse: 0,
            tile: 1280,
            tile_percent: 100,
            tile_min: 0,
            overlap_percent: 12,
            turns: 4,
            tile_turns: 0,
            reduced: 0,
            aside: 40,
        }
    }
}

impl Views {
    /// The long side of the whole view, for a photo whose own long side is `long`. Pixels.
    fn fine(&self, long: u32) -> u32 {
        let wanted = u64::from(long) * u64::from(self.percent) / 100;
        wanted.clamp(self.min.into(), self.max.into()) as u32
    }

    pub(crate) fn whole_turns(&self) -> &'static [u8] {
        if self.turns == 4 { &TURNS } else { &[1] }
    }
}

/// A region of a photo, and the size at which it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    /// Pixels of the photo, within it.
    pub region: Rect,
    /// Model pixels, above zero.
    pub width: u32,
    pub height: u32,
}

impl View {
    /// `region` at `factor` of its size.
    pub fn scaled(region: Rect, factor: f64) -> Self {
        let side = |px: u32| ((f64::from(px) * factor).round() as u32).max(1);
        Self {
            region,
            width: side(region.width),
            height: side(region.height),
        }
    }
}

/// The views of one photo, upright; the turns come on top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sweep {
    /// All of the photo: fine, then coarse.
    pub whole: Vec<View>,
    /// Together all of the photo, row by row: one where it is no larger than a tile, none when the fine view loses little.
    pub tiles: Vec<View>,
}

impl Sweep {
    /// Plans the views of a photo of `width` x `height` pixels, both above zero.
    pub fn plan(width: u32, height: u32, views: &Views) -> Self {
        let all = Rect {
            x: 0,
            y: 0,
            width,
            height,
        };
        let long = width.max(height);
        let factor = |side: u32| f64::from(side) / f64::from(long);
        let fine = views.fine(long);
        let coarse = Some(views.coarse).filter(|coarse| *coarse > 0 && *coarse < fine);
        let sizes = [Some(fine), coarse].into_iter().flatten();
        let whole = sizes.map(|side| View::scaled(all, factor(side))).collect();

        let mut side = u64::from(long) * u64::from(views.tile_percent) / 100;
        side = side.max(views.tile_min.into());
        let mut tiles = Vec::new();
        // Tiles that show the photo hardly larger than the whole view would see what it has seen.
        while views.tile > 0 && 4 * side > 5 * u64::from(fine) {
            let extent = (u64::from(views.tile) * u64::from(long) / side).max(1) as u32;
            let rows = spans(height, extent, views.overlap_percent);
            let columns = spans(width, extent, views.overlap_percent);
            if rows.len() * columns.len() > MOST_TILES {
                side = side * 7 / 8;
                continue;
            }
            let regions = rows
                .iter()
                .flat_map(|row| columns.iter().map(move |column| (row, column)));
            tiles = regions
                .map(|(row, column)| Rect {
                    x: column.0,
                    y: row.0,
                    width: column.1,
                    height: row.1,
                })
                .map(|region| View::scaled(region, side as f64 / f64::from(long)))
                .collect();
            break;
        }
        Self { whole, tiles }
    }
}

/// Starts and lengths of pieces of at most `piece` pixels that cover `length`: as few as can be, equally long, spread
/// evenly. Neighbours share at least `overlap` percent of `piece`.
fn spans(length: u32, piece: u32, overlap: u32) -> Vec<(u32, u32)> {
    if length <= piece {
        return vec![(0, length)];
    }
    let (length, piece) = (u64::from(length), u64::from(piece));
    let shared = (piece * u64::from(overlap.min(75)) / 100).min(piece - 1);
    let steps = (length - piece).div_ceil(piece - shared);
    let piece = (length + steps * shared).div_ceil(steps + 1);
    let room = length - piece;
    (0..=steps)
        .map(|i| ((room * i / steps) as u32, piece as u32))
        .collect()
}

/// How far a look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All views.
    Whole,
    /// To the first view that shows something: enough to know that the picture cannot be let out.
    UntilSeen,
}

/// What one view showed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    /// In pixels of the photo.
    pub found: Found,
    /// Whether an edge of the view that is not an edge of the photo may have cut it.
    pub cut: bool,
}

/// A view cut out and scaled, to be shown in one turn or several.
pub(crate) struct Prepared {
    small: Raster,
    view: View,
    /// Whether the photo goes on to the right of the view, and below it.
    goes_on: (bool, bool),
}

impl Prepared {
    /// Error: `Inference`.
    pub fn new(raster: &Raster, view: View) -> Result<Self, AnonymiseError> {
        Ok(Self {
            small: (raster.part(view.region).resized(view.width, view.height)?).into_owned(),
            view,
            goes_on: (
                view.region.x + view.region.width < raster.width,
                view.region.y + view.region.height < raster.height,
            ),
        })
    }

    /// What `detector` sees in it. Error: `Inference`.
    pub fn show(
        &self,
        detector: &mut dyn Detector,
        turn: u8,
        threshold: f32,
    ) -> Result<Vec<Seen>, AnonymiseError> {
        Ok(self.placed(detector.look(&self.small, turn, threshold)?))
    }

    /// What was seen in it, in pixels of the photo.
    fn placed(&self, found: Vec<Found>) -> Vec<Seen> {
        let (small, view) = (&self.small, &self.view);
        let (fx, fy) = (
            view.region.width as f32 / small.width as f32,
            view.region.height as f32 / small.height as f32,
        );
        let (x, y) = (view.region.x as f32, view.region.y as f32);
        let seen = found.into_iter().map(|one| {
            let cut = (view.region.x > 0 && one.x0 < EDGE)
                || (view.region.y > 0 && one.y0 < EDGE)
                || (self.goes_on.0 && one.x1 > view.width as f32 - EDGE)
                || (self.goes_on.1 && one.y1 > view.height as f32 - EDGE);
            let found = one.scaled(fx, fy);
            let found = Found {
                x0: found.x0 + x,
                y0: found.y0 + y,
                x1: found.x1 + x,
                y1: found.y1 + y,
                ..found
            };
            Seen { found, cut }
        });
        seen.collect()
    }
}

/// What was seen in one turn of a whole view or of a tile.
struct Shown {
    turn: u8,
    /// A whole view that tiles show larger, or a face in a tile that is so large that a whole view shows it well too.
    reduced: bool,
    seen: Seen,
}

/// Shows `raster` to `detector` in the views that `views` asks for, as far as `extent`, and puts together what passes
/// `keep`. Nothing seen means that every view was looked at and showed nothing. Error: `Inference`.
///
/// Boxes are in pixels of `raster`, the best first, one per thing. [`Views::aside`] and [`Views::reduced`] hold for a
/// look at all views.
pub(crate) fn sweep(
    detector: &mut dyn Detector,
    raster: &Raster,
    views: &Views,
    threshold: f32,
    extent: Extent,
    keep: &dyn Fn(&Found) -> bool,
) -> Result<Vec<Found>, AnonymiseError> {
    Ok(swept(detector, raster, views, threshold, extent, keep)?.found)
}

/// What a [`sweep`] tells.
pub(crate) struct Swept {
    pub found: Vec<Found>,
    /// The turn in which the photo surely lies; `None` where what was seen does not suffice to tell.
    pub lies: Option<u8>,
}

/// [`sweep`], and how the photo lies. Error: `Inference`.
pub(crate) fn swept(
    detector: &mut dyn Detector,
    raster: &Raster,
    views: &Views,
    threshold: f32,
    extent: Extent,
    keep: &dyn Fn(&Found) -> bool,
) -> Result<Swept, AnonymiseError> {
    let plan = Sweep::plan(raster.width, raster.height, views);
    let mut shown: Vec<Shown> = Vec::new();
    let tiled = !plan.tiles.is_empty();
    // As many at once as the detector likes, unless the first that shows something may be the last.
    let batch = match extent {
        Extent::Whole => detector.batch().max(1),
        Extent::UntilSeen => 1,
    };
    // Shows the views, each in all of `turns`; adds up the evidence by turn. True when enough was seen.
    let mut take = |views: &[View], turns: &[u8], tiles: bool, evidence: &mut [f32; 4]| {
        let prepared: Result<Vec<_>, _> = views.iter().map(|view| Prepared::new(raster, *view)).collect();
        let prepared = prepared?;
        let glances = turns
            .iter()
            .flat_map(|turn| prepared.iter().map(move |view| (view, *turn)))
            .collect::<Vec<_>>();
        for glances in glances.chunks(batch) {
            let asked = glances.iter().map(|(prepared, turn)| Glance {
                view: &prepared.small,
                turn: *turn,
            });
            let asked: Vec<_> = asked.collect();
            let found = detector.look_at_all(&asked, threshold)?;
            for ((prepared, turn), found) in glances.iter().zip(found) {
                let here = prepared.placed(found);
                // Squares: many boxes hardly above the threshold must not outweigh a few sure ones.
                let more: f32 = here.iter().map(|one| one.found.score * one.found.score).sum();
                for (evidence, _) in (evidence.iter_mut().zip(TURNS)).filter(|(_, of)| of == turn) {
                    *evidence += more;
                }
                let kept = here.into_iter().filter(|one| keep(&one.found));
                let factor = prepared.view.width as f32 / prepared.view.region.width as f32;
                shown.extend(kept.map(|seen| Shown {
                    turn: *turn,
                    reduced: tiled && (!tiles || seen.found.area().sqrt() * factor > LARGE),
                    seen,
                }));
                if extent == Extent::UntilSeen && !shown.is_empty() {
                    return Ok::<bool, AnonymiseError>(true);
                }
            }
        }
        Ok(false)
    };
    // Breaks off as soon as it is known that there is something.
    let lying = 'all: {
        let (mut whole, mut tiles) = ([0.0; 4], [0.0; 4]);
        let of = |wanted: &[u8]| -> Vec<u8> {
            let turns = TURNS.iter().filter(|turn| wanted.contains(turn));
            turns.copied().collect()
        };
        let turns = of(views.whole_turns());
        for view in &plan.whole {
            if take(std::slice::from_ref(view), &turns, false, &mut whole)? {
                break 'all None;
            }
        }
        let turns = match views.tile_turns {
            4 => TURNS.to_vec(),
            _ => of(&turns_of_tiles(views, whole)),
        };
        for several in plan.tiles.chunks(batch) {
            if take(several, &turns, true, &mut tiles)? {
                break 'all None;
            }
        }
        let evidence = if tiles == [0.0; 4] { whole } else { tiles };
        Some((lies_in(evidence), evidence.into_iter().any(|one| one >= SURE)))
    };
    if let Some((lying, _)) = lying {
        let least = |counts: bool, percent: u32| if counts { 0.0 } else { percent as f32 / 100.0 };
        let counts = |one: &Shown| {
            let aside = least(one.turn == lying, views.aside);
            let reduced = least(!one.reduced, views.reduced);
            one.seen.found.score > aside.max(reduced)
        };
        shown.retain(counts);
    }
    Ok(Swept {
        found: merged(shown.into_iter().map(|one| one.seen).collect()),
        lies: lying.filter(|(_, sure)| *sure).map(|(lying, _)| lying),
    })
}

/// The turns in which tiles are shown, given what the whole views saw in each of [`TURNS`]: that in which they saw most,
/// and those in which they saw at least half as much, because the tiles can tell better. Where they saw nothing sure, as in
/// a crowd whose faces are too small for them, all in which they saw anything, and upright: one faint box tells nothing.
fn turns_of_tiles(views: &Views, whole: [f32; 4]) -> Vec<u8> {
    let most = whole.iter().copied().fold(0.0, f32::max);
    if views.tile_turns == 1 {
        return vec![1];
    }
    let likely = |turn: u8, evidence: f32| match most >= SURE {
        true => 2.0 * evidence >= most,
        false => evidence > 0.0 || turn == 1,
    };
    (TURNS.into_iter().zip(whole))
        .filter(|(turn, evidence)| likely(*turn, *evidence))
        .map(|(turn, _)| turn)
        .collect()
}

/// The turn which showed most, by sums of squared scores for each of [`TURNS`]; upright when none did better.
fn lies_in(evidence: [f32; 4]) -> u8 {
    let best = (0..3).fold(3, |best, i| if evidence[i] > evidence[best] { i } else { best });
    TURNS[best]
}

/// One box per thing, the best first. Ties keep their order, so that runs repeat exactly.
///
/// A box cut by a tile's edge goes where another shows the whole thing. Of two that overlap the better stays. A box
/// inside a better one goes, too; around a better one it stays, because what it covers more may be the face.
pub(crate) fn merged(seen: Vec<Seen>) -> Vec<Found> {
    let whole: Vec<Found> = seen.iter().filter(|one| !one.cut).map(|one| one.found).collect();
    let hidden = |part: &Found| {
        let enough = SEEN_WHOLE * part.area();
        whole
            .iter()
            .any(|all| all.class == part.class && all.area() > part.area() && all.shared(part) >= enough)
    };
    let mut found: Vec<Found> = seen
        .iter()
        .filter(|one| !(one.cut && hidden(&one.found)))
        .map(|one| one.found)
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Found> = Vec::new();
    for one in found {
        let again = |better: &Found| {
            let inside = better.shared(&one) >= INSIDE * one.area() && better.area() <= LARGER * one.area();
            better.class == one.class && (inside || better.overlap(&one) > SAME)
        };
        if !kept.iter().any(again) {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
