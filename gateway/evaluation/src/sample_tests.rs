use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const BEACON: Digest = Digest([7; 32]);
const AUDIT: Digest = Digest([9; 32]);

#[test]
fn the_draw_is_pinned() {
    assert_eq!(
        draw(&BEACON, &AUDIT, 1_000, 8),
        [214, 890, 802, 282, 98, 58, 29, 310]
    );
}

#[test]
fn another_beacon_or_audit_draws_other_items() {
    let drawn = draw(&BEACON, &AUDIT, 1_000_000, 20);
    assert_ne!(draw(&Digest([8; 32]), &AUDIT, 1_000_000, 20), drawn);
    assert_ne!(draw(&BEACON, &Digest([8; 32]), 1_000_000, 20), drawn);
}

#[test]
fn fewer_items_than_the_sample_are_all_drawn() {
    let drawn: BTreeSet<u32> = draw(&BEACON, &AUDIT, 13, AUDIT_ITEMS).into_iter().collect();
    assert_eq!(drawn, (0..13).collect());
    assert!(draw(&BEACON, &AUDIT, 0, 5).is_empty());
    assert_eq!(
        draw(&BEACON, &AUDIT, u32::MAX, u32::MAX).len(),
        MAX_SAMPLE as usize
    );
}

#[test]
fn every_item_is_drawn_about_as_often_as_the_others() {
    // 2,000 draws of 3 out of 10: 600 each, standard deviation 20.5.
    let mut counts = [0_u32; 10];
    for audit in 0..2_000_u32 {
        let mut name = [0; 32];
        name[..4].copy_from_slice(&audit.to_le_bytes());
        for item in draw(&BEACON, &Digest(name), 10, 3) {
            counts[item as usize] += 1;
        }
    }
    assert!(
        counts.iter().all(|count| (500..700).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn numbers_that_favour_small_remainders_are_drawn_again() {
    // For a bound of 3 the largest number is unfair: 2^64 - 1 is a multiple of three, so 0 would come once too often.
    assert_eq!(below(3, |attempt| if attempt == 0 { u64::MAX } else { 5 }), 2);
    assert_eq!(below(3, |_| u64::MAX - 1), 2);
    assert_eq!(below(4, |_| u64::MAX), 3, "a power of two is always fair");
    assert_eq!(below(3, |_| u64::MAX), 0, "and it ends in any case");
}

#[test]
fn the_chance_to_miss_is_what_counting_says() {
    assert_eq!(miss_ppm(10, 1, 3), 700_000);
    // C(8,3) / C(10,3) = 56 / 120
    assert_eq!(miss_ppm(10, 2, 3), 466_667);
    assert_eq!(miss_ppm(10, 8, 3), 0, "three of two good ones cannot be drawn");
    assert_eq!(
        (miss_ppm(10, 0, 10), miss_ppm(10, 5, 0), miss_ppm(0, 0, 0)),
        (1_000_000, 1_000_000, 1_000_000)
    );
    assert_eq!(miss_ppm(10, 99, 1), 0);
}

#[test]
fn large_sets_come_near_the_figures_of_the_design() {
    let large = 1_000_000;
    // Share bad, chance with 20, 60 and 300 items, in percent.
    for (bad, wanted) in [
        (100_000, [12, 0, 0]),
        (20_000, [67, 30, 0]),
        (10_000, [82, 55, 5]),
    ] {
        let found = [20, 60, 300].map(|sample| (miss_ppm(large, bad, sample) + 5_000) / 10_000);
        assert_eq!(found, wanted, "{bad} of {large}");
    }
    for (bad, wanted) in [
        (500_000, [5, 7]),
        (100_000, [29, 44]),
        (50_000, [59, 90]),
        (10_000, [299, 459]),
    ] {
        let found = [50_000, 10_000].map(|ppm| items_needed(large, bad, ppm));
        assert_eq!(found, wanted, "{bad} of {large}");
    }
    assert_eq!(miss_ppm(large, large / 20, AUDIT_ITEMS), 46_066);
}

#[test]
fn nothing_bad_needs_the_whole_set() {
    assert_eq!(items_needed(50, 0, 10_000), 50);
    assert_eq!(items_needed(50, 0, 1_000_000), 0);
}

proptest! {
    #[test]
    fn a_draw_is_without_replacement_and_begins_every_longer_one(
        population in 1..5_000_u32, sample in 0..200_u32, more in 0..100_u32, beacon: [u8; 32]
    ) {
        let drawn = draw(&Digest(beacon), &AUDIT, population, sample);
        let different: BTreeSet<_> = drawn.iter().collect();
        prop_assert_eq!(different.len() as u32, sample.min(population));
        prop_assert!(drawn.iter().all(|item| *item < population));
        let longer = draw(&Digest(beacon), &AUDIT, population, sample + more);
        prop_assert!(longer.starts_with(&drawn));
    }

    #[test]
    fn the_chance_falls_with_each_bad_item_and_each_look(
        population in 1..3_000_u32, bad in 0..3_000_u32, sample in 0..3_000_u32
    ) {
        let chance = miss_ppm(population, bad, sample);
        prop_assert!(miss_ppm(population, bad + 1, sample) <= chance);
        prop_assert!(miss_ppm(population, bad, sample + 1) <= chance);
        let needed = items_needed(population, bad, chance);
        prop_assert!(needed <= sample.min(population));
    }
}
