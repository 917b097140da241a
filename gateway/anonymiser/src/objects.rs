//! Common objects, the 80 classes of COCO: how many a picture shows, and whether it still shows those that it did before.

use crate::coco;
use crate::detect::Object;
use crate::found::{Class, Found};
use crate::gate::Blank;
use crate::raster::Raster;
use crate::report::{Agreement, Rect};
use std::collections::BTreeMap;

/// An object of which this share or more is blank is not in the picture.
const GONE: f32 = 0.5;

/// By name, for every class: how many of `seen` the picture shows where it is not `blank`.
pub(crate) fn counted(seen: &[Object], blank: Blank<'_>, picture: &Raster) -> BTreeMap<String, u32> {
    let mut counts: BTreeMap<String, u32> =
        coco::NAMES.map(|name| (name.to_owned(), 0)).into_iter().collect();
    for object in seen {
        let shown = blank.share(&boxed(object), picture) < GONE;
        let name = coco::NAMES.get(usize::from(object.coco));
        if let Some(count) = name.and_then(|name| counts.get_mut(*name)).filter(|_| shown) {
            *count += 1;
        }
    }
    counts
}

/// How the objects before and after compare, less those that lie in `areas`. Both pictures have the size of `picture`.
pub(crate) fn agreement(before: &[Object], after: &[Object], areas: &[Rect], picture: &Raster) -> Agreement {
    let outside = |seen: &[Object]| -> Vec<(u8, Found)> {
        (seen.iter().map(|one| (one.coco, boxed(one))))
            .filter(|(_, one)| Blank::Areas(areas).share(one, picture) < GONE)
            .collect()
    };
    let (was, is) = (outside(before), outside(after));
    let mut left = is.clone();
    let mut same = 0;
    for (coco, one) in &was {
        let pair = left
            .iter()
            .position(|(other, two)| other == coco && two.overlap(one) >= 0.5);
        if let Some(pair) = pair {
            left.swap_remove(pair);
            same += 1;
        }
    }
    Agreement {
        before: was.len() as u32,
        after: is.len() as u32,
        same,
    }
}

/// The box; what it is called does not matter here.
fn boxed(object: &Object) -> Found {
    object.as_class(Class::Text)
}
