//! Masks, and what is painted into them.
//!
//! An operator of its own joins as a variant of [`Operator`] and an arm of [`paint`]; its place in
//! [`Operator::strength`] says over which others it is painted.

mod cells;
mod grid;
mod hole;
mod inpaint;
pub(crate) mod keep;
mod mosaic;
mod outline;
mod spread;

pub(crate) use inpaint::Fills;
pub(crate) use outline::Outline;

use crate::found::Found;
use crate::policy::{Operator, Treatment};
use crate::raster::Raster;
use crate::report::Rect;
use grid::Grid;
use mosaic::{Mosaic, joined};
use sha2::{Digest, Sha256};

/// One thing to hide.
#[derive(Debug, Clone)]
pub(crate) struct Area<'a> {
    /// The whole mask, within the picture: what means are taken over and outlines are stretched over.
    pub mask: Rect,
    /// What of the mask is painted, within it and apart from each other: from [`keep::parts`].
    pub parts: Vec<Rect>,
    /// Where nothing of the photo may be left, within `parts`; around it a fill may fade into the photo. Looked at by
    /// [`Operator::Inpaint`] alone: the others leave nothing of the photo in any part.
    pub core: Vec<Rect>,
    pub operator: Operator,
    /// Looked at by [`Operator::Silhouette`] alone; without it the whole mask is filled.
    pub outline: Option<Outline<'a>>,
}

impl Area<'_> {
    /// A mask that is painted whole.
    pub fn whole(mask: Rect, operator: Operator) -> Self {
        Self {
            mask,
            parts: vec![mask],
            core: vec![mask],
            operator,
            outline: None,
        }
    }

    /// What of it shows greys alone, whatever the photo shows: the whole mask as one where it is painted whole.
    pub fn greys(&self) -> &[Rect] {
        let is_grey = match self.operator {
            Operator::Solid { rgb } => is_grey(rgb),
            Operator::Silhouette { rgb } => self.outline.is_none() && is_grey(rgb),
            Operator::Mosaic { .. } => true,
            Operator::Blur | Operator::Inpaint => false,
        };
        let pixels = |rect: &Rect| u64::from(rect.width) * u64::from(rect.height);
        if !is_grey {
            &[]
        } else if self.parts.iter().map(pixels).sum::<u64>() == pixels(&self.mask) {
            std::slice::from_ref(&self.mask)
        } else {
            &self.parts
        }
    }
}

fn is_grey([red, green, blue]: [u8; 3]) -> bool {
    red == green && green == blue
}

/// What is painted for `found` under `treatment`, less what of the `kept` objects stays visible (see [`keep`]). `None`
/// when nothing of it is inside the picture.
pub(crate) fn area(
    found: &Found,
    treatment: &Treatment,
    kept: &[Rect],
    raster: &Raster,
) -> Option<Area<'static>> {
    let Treatment { operator, margin, .. } = *treatment;
    if operator == Operator::Inpaint {
        return hole::hole(found, margin, kept, raster);
    }
    let (mask, parts) = keep::masked(found, margin, kept, raster)?;
    Some(Area {
        parts,
        ..Area::whole(mask, operator)
    })
}

/// What a mosaic is drawn from: the digest of the policy and something about the photo that its pixels do not decide,
/// such as its salted commitment. From pixels, an attacker who guesses them could tell what was drawn.
pub(crate) fn seed(policy: &[u8; 32], item: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"vouchsafe/redact/1")
        .chain_update(policy)
        .chain_update(item)
        .finalize()
        .into()
}

/// The box of `found` grown by `margin` of its size on each side, in whole pixels, cut to the picture. `None` when
/// nothing of it is inside.
pub(crate) fn grow(found: &Found, margin: f32, raster: &Raster) -> Option<Rect> {
    let (dx, dy) = ((found.x1 - found.x0) * margin, (found.y1 - found.y0) * margin);
    // `as` saturates, so boxes far outside end at the border.
    let x0 = (found.x0 - dx).floor().max(0.0) as u32;
    let y0 = (found.y0 - dy).floor().max(0.0) as u32;
    let x1 = ((found.x1 + dx).ceil().max(0.0) as u32).min(raster.width);
    let y1 = ((found.y1 + dy).ceil().max(0.0) as u32).min(raster.height);
    (x0 < x1 && y0 < y1).then(|| Rect {
        x: x0,
        y: y0,
        width: x1 - x0,
        height: y1 - y0,
    })
}

/// Paints all areas, whose masks must lie within the picture, with the `fills` made for them, in an order of its own: the same areas in another order
/// give the same bytes.
///
/// The stronger operator is painted first and stays. A weaker one that overlaps it takes its means from what is there by
/// then, so that nothing of what the stronger removed comes back through them. Mosaics that overlap are painted as one.
pub(crate) fn paint(raster: &mut Raster, areas: &[Area], fills: &Fills, seed: &[u8; 32]) {
    let areas = joined(areas);
    let mut order: Vec<&Area> = areas.iter().collect();
    order.sort_by_cached_key(|area| rank(area));
    let mut done = PixelSet::new(raster);
    for area in order {
        let Area { mask, operator, .. } = *area;
        match operator {
            Operator::Solid { rgb } => fill(raster, area, &mut done, |_, _| Ink::full(rgb)),
            Operator::Silhouette { rgb } => match &area.outline {
                None => fill(raster, area, &mut done, |_, _| Ink::full(rgb)),
                Some(outline) => fill(raster, area, &mut done, |x, y| Ink {
                    rgb,
                    cover: outline.cover(x, y, mask),
                }),
            },
            Operator::Inpaint => {
                if let Some(colours) = fills.colours(mask) {
                    fill(raster, area, &mut done, |x, y| {
                        let (x, y) = (mask.x + x, mask.y + y);
                        Ink {
                            rgb: colours.at(x, y),
                            cover: hole::cover(&area.core, x, y),
                        }
                    });
                }
            }
            Operator::Mosaic { cells } => {
                let mosaic = Mosaic::new(raster, mask, cells.max(1), seed);
                fill(raster, area, &mut done, |x, y| Ink::full(mosaic.at(x, y)));
            }
            Operator::Blur => {
                // Below two pixels a cell the means would be the pixels.
                let cells = if mask.width.min(mask.height) < 8 { 1 } else { 4 };
                let grid = Grid::of(raster, mask, cells);
                fill(raster, area, &mut done, |x, y| Ink::full(grid.smooth(x, y)));
            }
        }
    }
}

/// Strong before weak; then by what decides the bytes, so that equal ranks are equal areas.
fn rank<'a>(area: &'a Area<'a>) -> impl Ord + use<'a> {
    let key = |rect: &Rect| (rect.y, rect.x, rect.height, rect.width);
    let parameters = match area.operator {
        Operator::Solid { rgb } | Operator::Silhouette { rgb } => rgb,
        Operator::Mosaic { cells } => [cells, 0, 0],
        Operator::Blur | Operator::Inpaint => [0; 3],
    };
    let keys = |parts: &[Rect]| parts.iter().map(key).collect::<Vec<_>>();
    (
        std::cmp::Reverse(area.operator.strength()),
        key(&area.mask),
        parameters,
        keys(&area.parts),
        keys(&area.core),
        area.outline.as_ref().map(Outline::values),
    )
}

/// A colour and how much of the pixel below it hides: 255 all, 0 nothing.
struct Ink {
    rgb: [u8; 3],
    cover: u8,
}

impl Ink {
    fn full(rgb: [u8; 3]) -> Self {
        Self { rgb, cover: 255 }
    }
}

/// Paints the parts of `area` with what `ink` gives for a place in its mask, except where a stronger operator was.
fn fill(raster: &mut Raster, area: &Area, done: &mut PixelSet, ink: impl Fn(u32, u32) -> Ink) {
    let width = raster.width as usize;
    for part in &area.parts {
        for y in part.y..part.y + part.height {
            for x in part.x..part.x + part.width {
                let at = y as usize * width + x as usize;
                if done.has(at) {
                    continue;
                }
                let Ink { rgb, cover } = ink(x - area.mask.x, y - area.mask.y);
                let pixel = &mut raster.rgb[3 * at..3 * at + 3];
                if cover == 255 {
                    pixel.copy_from_slice(&rgb);
                    done.add(at);
                } else {
                    for (old, new) in pixel.iter_mut().zip(rgb) {
                        *old = mix(*old, new, cover);
                    }
                }
            }
        }
    }
}

/// `new` over `old`, rounded to the nearest.
fn mix(old: u8, new: u8, cover: u8) -> u8 {
    let (old, new, cover) = (u32::from(old), u32::from(new), u32::from(cover));
    ((old * (255 - cover) + new * cover + 127) / 255) as u8
}

/// Pixels of a picture, one bit each.
struct PixelSet(Vec<u64>);

impl PixelSet {
    /// None of them.
    fn new(raster: &Raster) -> Self {
        let pixels = raster.width as usize * raster.height as usize;
        Self(vec![0; pixels.div_ceil(64)])
    }

    /// Those of `areas`, which lie within the picture.
    fn of<'a>(raster: &Raster, areas: impl Iterator<Item = &'a Rect>) -> Self {
        let mut set = Self::new(raster);
        let width = raster.width as usize;
        for area in areas {
            for y in area.y..area.y + area.height {
                let row = y as usize * width + area.x as usize;
                (row..row + area.width as usize).for_each(|at| set.add(at));
            }
        }
        set
    }

    fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    fn add(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }
}

impl Rect {
    /// The smallest rectangle around both.
    fn around(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self {
            x,
            y,
            width: (self.x + self.width).max(other.x + other.width) - x,
            height: (self.y + self.height).max(other.y + other.height) - y,
        }
    }
}

#[cfg(test)]
mod tests;
