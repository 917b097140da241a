use super::*;
use crate::picture::Picture;
use crate::sketch::tests::scene;

fn sketch(seed: u32) -> Option<Sketch> {
    let rgb = scene(96, 64, seed);
    Sketch::of(&Picture::new(96, 64, &rgb).unwrap())
}

fn mirrored(seed: u32) -> Option<Sketch> {
    sketch(seed).map(|sketch| sketch.turned()[1].clone())
}

#[test]
fn the_nearest_entry_is_found_and_the_oldest_of_several() {
    let key = HashKey::new(&[1; 32]);
    let hash = |seed| key.hash(&sketch(seed).unwrap());
    let mut index = Index::new(10);
    assert!(index.is_empty() && index.nearest(&[hash(1)]).is_none());
    for (item, seed) in [(70, 3), (71, 1), (72, 1), (73, 2)] {
        assert_eq!(index.enter(hash(seed), item), None);
    }
    assert_eq!(
        index.nearest(&[hash(1)]),
        Some(Near {
            item: 71,
            distance: 0
        })
    );
    assert_eq!(index.nearest(&[hash(9)]), None);
    assert_eq!(index.nearest(&[]), None);
}

#[test]
fn a_full_index_forgets_its_oldest_entry_and_says_so() {
    let key = HashKey::new(&[1; 32]);
    let hash = |seed| key.hash(&sketch(seed).unwrap());
    let mut index = Index::new(2);
    index.enter(hash(1), 1);
    index.enter(hash(2), 2);
    assert_eq!(index.enter(hash(3), 3), Some((hash(1), 1)));
    assert_eq!((index.len(), index.forgotten()), (2, 1));
    assert_eq!(index.nearest(&[hash(1)]), None);
    let kept: Vec<u64> = index.entries().map(|(_, item)| *item).collect();
    assert_eq!(kept, [2, 3]);
    let mut none = Index::new(0);
    assert_eq!(none.enter(hash(1), 1), Some((hash(1), 1)));
}

#[test]
fn a_set_counts_what_repeats_an_earlier_item_mirrored_or_not() {
    let set = [sketch(1), sketch(2), None, sketch(1), mirrored(2), sketch(5)];
    let wanted = Repeats {
        items: 6,
        flat: 1,
        inside: 2,
        earlier: None,
    };
    assert_eq!(repeats(&set, None), wanted);
}

#[test]
fn earlier_listings_are_found_by_the_key_that_entered_them_alone() {
    let key = HashKey::new(&[5; 32]);
    let mut index = Index::new(100);
    for (item, seed) in [(1, 11), (2, 12), (3, 13)] {
        index.enter(key.hash(&sketch(seed).unwrap()), item);
    }
    let set = [sketch(12), mirrored(13), sketch(1)];
    assert_eq!(repeats(&set, Some((&key, &index))).earlier, Some(2));
    let other = HashKey::new(&[6; 32]);
    assert_eq!(repeats(&set, Some((&other, &index))).earlier, Some(0));
}
