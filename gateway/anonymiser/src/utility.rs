//! What the replacing cost: shares and errors as integers, the same on every machine.

use crate::raster::Raster;
use crate::report::Rect;
use std::collections::BTreeSet;

/// Lines from the first (inclusive) to the second (exclusive), and the spans that are covered in each of them.
type Band = (u32, u32, Vec<(u32, u32)>);

/// Spans of pixels (from, to) that `areas` cover in each line of the picture, sorted and apart; lines without any are
/// left out. Areas must lie within the picture.
fn covered(areas: &[Rect]) -> Vec<Band> {
    // Between two edges of areas every line is covered alike.
    let edges: BTreeSet<u32> = (areas.iter())
        .flat_map(|area| [area.y, area.y + area.height])
        .collect();
    let edges: Vec<u32> = edges.into_iter().collect();
    let mut bands = Vec::new();
    for band in edges.windows(2) {
        let mut spans: Vec<(u32, u32)> = areas
            .iter()
            .filter(|area| area.y <= band[0] && band[1] <= area.y + area.height)
            .map(|area| (area.x, area.x + area.width))
            .collect();
        spans.sort_unstable();
        let mut apart: Vec<(u32, u32)> = Vec::new();
        for (from, to) in spans {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => apart.push((from, to)),
            }
        }
        if !apart.is_empty() {
            bands.push((band[0], band[1], apart));
        }
    }
    bands
}

fn covered_pixels(bands: &[Band]) -> u64 {
    let lengths = bands.iter().map(|(from, to, spans)| {
        let length: u64 = spans.iter().map(|(from, to)| u64::from(to - from)).sum();
        length * u64::from(to - from)
    });
    lengths.sum()
}

/// Share of the picture under at least one area, parts per million, rounded down.
pub(crate) fn covered_ppm(areas: &[Rect], width: u32, height: u32) -> u32 {
    let pixels = covered_pixels(&covered(areas));
    let all = u64::from(width) * u64::from(height);
    (pixels * 1_000_000 / all.max(1)) as u32
}

/// Mean squared difference of channel values (0 to 255) outside `areas`, in thousandths, rounded down; 0 when nothing
/// lies outside. `parts` are those of the picture after, each where it lies in it and as large as that, apart from each other;
/// elsewhere it is the one `before`.
pub(crate) fn outside_error_milli(before: &Raster, parts: &[(Rect, &Raster)], areas: &[Rect]) -> u64 {
    let width = before.width as usize;
    let bands = covered(areas);
    let mut sum = 0_u64;
    for (place, after) in parts {
        let (left, right) = (place.x, place.x + place.width);
        for (line, row) in after.rgb.chunks_exact(3 * place.width as usize).enumerate() {
            let y = place.y + line as u32;
            let mut add = |from: u32, to: u32| {
                let (from, to) = (from.clamp(left, right), to.clamp(left, right));
                let start = 3 * (y as usize * width + from as usize);
                let length = 3 * (to.saturating_sub(from)) as usize;
                let row = &row[3 * (from - left) as usize..][..length];
                // No run of 4,096 values leaves 32 bits: their squares are at most 65,025.
                let runs = before.rgb[start..start + length].chunks(4096);
                for (a, b) in runs.zip(row.chunks(4096)) {
                    let part = (a.iter().zip(b)).map(|(a, b)| u32::from(a.abs_diff(*b)));
                    sum += u64::from(part.fold(0_u32, |sum, d| sum.wrapping_add(d.wrapping_mul(d))));
                }
            };
            let band = bands.iter().find(|(from, to, _)| (*from..*to).contains(&y));
            let mut from = 0;
            for (left, right) in band.into_iter().flat_map(|(_, _, spans)| spans) {
                add(from, *left);
                from = *right;
            }
            add(from, before.width);
        }
    }
    let hidden = covered_pixels(&bands);
    let outside = u64::from(before.width) * u64::from(before.height) - hidden;
    sum * 1000 / (3 * outside).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn areas_that_overlap_count_once() {
        assert_eq!(covered_ppm(&[], 10, 10), 0);
        assert_eq!(
            covered_ppm(&[rect(0, 0, 5, 5), rect(3, 3, 5, 5)], 10, 10),
            460_000
        );
        assert_eq!(
            covered_ppm(&[rect(0, 0, 10, 10), rect(2, 2, 3, 3)], 10, 10),
            1_000_000
        );
        assert_eq!(covered_ppm(&[rect(0, 0, 1, 3), rect(9, 1, 1, 3)], 10, 10), 60_000);
    }

    #[test]
    fn the_error_outside_is_what_a_loop_over_all_pixels_gives() {
        let (mut before, mut after) = (Raster::new(13, 11), Raster::new(13, 11));
        let mut state = 7_u32;
        for value in before.rgb.iter_mut().chain(&mut after.rgb) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *value = (state >> 24) as u8;
        }
        let areas = [rect(1, 2, 5, 4), rect(4, 4, 6, 7), rect(12, 0, 1, 11)];
        let inside = |x: u32, y: u32| {
            (areas.iter()).any(|a| (a.x..a.x + a.width).contains(&x) && (a.y..a.y + a.height).contains(&y))
        };
        let (mut sum, mut values) = (0_u64, 0_u64);
        for y in 0..11 {
            for x in (0..13).filter(|x| !inside(*x, y)) {
                for at in 3 * (y * 13 + x)..3 * (y * 13 + x) + 3 {
                    let (a, b) = (before.rgb[at as usize], after.rgb[at as usize]);
                    sum += u64::from(a.abs_diff(b)).pow(2);
                    values += 1;
                }
            }
        }
        let whole = [(rect(0, 0, 13, 11), &after)];
        assert_eq!(outside_error_milli(&before, &whole, &areas), sum * 1000 / values);
        assert_eq!(outside_error_milli(&before, &[], &areas), 0);
        assert_eq!(
            outside_error_milli(&before, &whole, &[rect(0, 0, 13, 11)]),
            0,
            "nothing outside"
        );
    }

    #[test]
    fn an_error_told_by_parts_is_that_of_the_whole_picture() {
        let before = Raster::new(13, 11);
        let part = |at: Rect, value: u8| {
            let mut part = Raster::new(at.width, at.height);
            part.rgb.fill(value);
            (at, part)
        };
        let parts = [part(rect(0, 1, 13, 3), 9), part(rect(2, 6, 7, 4), 200)];
        let mut after = before.clone();
        for (at, part) in &parts {
            after.put(part, at.x, at.y);
        }
        let areas = [rect(1, 2, 5, 4), rect(4, 4, 6, 3), rect(12, 0, 1, 11)];
        let parts = [(parts[0].0, &parts[0].1), (parts[1].0, &parts[1].1)];
        let wanted = outside_error_milli(&before, &[(rect(0, 0, 13, 11), &after)], &areas);
        assert!(wanted > 0);
        assert_eq!(outside_error_milli(&before, &parts, &areas), wanted);
    }
}
