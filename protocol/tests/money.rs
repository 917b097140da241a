//! Division of a price, and the table of those who share in it.

use proptest::prelude::*;
use vouchsafe_protocol::{
    id::Account,
    price::{Division, HouseShare, divide, givable, part, reward},
    record::{MAX_PARENTS, WHOLE_PPM},
    royalty::{Ancestor, MAX_DEPTH, MAX_PAYEES, Royalties, Royalty, RoyaltyError},
};

const HOUSE: HouseShare = HouseShare {
    burned_ppm: 15_000,
    treasury_ppm: 10_000,
};

fn who(n: u8) -> Account {
    Account([n; 32])
}

fn root_of(owner: u8, share_ppm: u32) -> Ancestor {
    Ancestor {
        owner: who(owner),
        share_ppm,
        royalties: Royalties::default(),
    }
}

fn shares(table: &Royalties) -> Vec<(Account, u32)> {
    table
        .payees
        .iter()
        .map(|&Royalty { payee, share_ppm }| (payee, share_ppm))
        .collect()
}

#[test]
fn a_price_is_divided_to_the_unit() {
    let expected = Division {
        seller: 6_825_000,
        royalties: vec![2_437_500, 487_500],
        treasury: 100_000,
        burned: 150_000,
    };
    assert_eq!(divide(10_000_000, HOUSE, &[250_000, 50_000]), expected);
}

#[test]
fn what_rounding_leaves_over_is_burned() {
    let division = divide(
        100,
        HouseShare {
            burned_ppm: 0,
            treasury_ppm: 0,
        },
        &[333_333, 333_333],
    );
    let expected = Division {
        seller: 33,
        royalties: vec![33, 33],
        treasury: 0,
        burned: 1,
    };
    assert_eq!(division, expected);
}

#[test]
fn shares_beyond_the_whole_are_cut_off() {
    let division = divide(1_000, HouseShare::default(), &[900_000, 900_000]);
    assert_eq!(
        (division.seller, division.royalties, division.burned),
        (0, vec![900, 100], 0)
    );
}

#[test]
fn a_tenth_of_a_bond_may_be_given_away_in_all() {
    assert_eq!(givable(125, 0), 12);
    assert_eq!(givable(120, 5), 7);
    assert_eq!(givable(113, 12), 0);
    assert_eq!(givable(0, 12), 0);
    assert_eq!(givable(u128::MAX, u128::MAX), 0);
    assert_eq!(reward(1_000, 0, 25), 25);
    assert_eq!(reward(120, 5, 25), 7);
}

#[test]
fn a_house_that_takes_everything_is_not_sane() {
    assert!(HOUSE.is_sane() && HouseShare::default().is_sane());
    for (burned_ppm, treasury_ppm) in [(WHOLE_PPM, 0), (500_000, 500_000), (u32::MAX, 1)] {
        assert!(
            !HouseShare {
                burned_ppm,
                treasury_ppm
            }
            .is_sane()
        );
    }
}

#[test]
fn a_record_without_parents_shares_with_nobody() {
    assert_eq!(Royalties::of(&[]), Ok(Royalties::default()));
}

#[test]
fn grandparents_are_paid_out_of_the_parents_share() {
    let parent = Royalties::of(&[root_of(1, 200_000)]).unwrap();
    let child = Royalties::of(&[
        Ancestor {
            owner: who(2),
            share_ppm: 500_000,
            royalties: parent,
        },
        root_of(3, 100_000),
    ])
    .unwrap();
    assert_eq!(
        shares(&child),
        [(who(1), 100_000), (who(2), 400_000), (who(3), 100_000)]
    );
    assert_eq!(child.depth, 2);
}

#[test]
fn an_account_that_owns_several_ancestors_is_paid_once() {
    let table = Royalties::of(&[root_of(1, 100_000), root_of(1, 50_000), root_of(2, 0)]).unwrap();
    assert_eq!(shares(&table), [(who(1), 150_000)]);
}

#[test]
fn shares_above_the_whole_are_refused() {
    let refused = Royalties::of(&[root_of(1, WHOLE_PPM), root_of(2, 1)]);
    assert_eq!(refused, Err(RoyaltyError::SharesExceedWhole));
    let refused = Royalties::of(&[root_of(1, u32::MAX), root_of(2, u32::MAX)]);
    assert_eq!(refused, Err(RoyaltyError::SharesExceedWhole));
}

#[test]
fn more_payees_than_a_settlement_can_pay_are_refused() {
    let family = |from: u8| -> Royalties {
        let parents: Vec<Ancestor> = (from..from + 8).map(|n| root_of(n, 10_000)).collect();
        Royalties::of(&parents).unwrap()
    };
    let derived = |owner: u8, from: u8| Ancestor {
        owner: who(owner),
        share_ppm: 100_000,
        royalties: family(from),
    };
    assert_eq!(
        Royalties::of(&[derived(100, 0)]).unwrap().payees.len(),
        9,
        "eight ancestors and the parent"
    );
    assert_eq!(
        Royalties::of(&[derived(100, 0), derived(101, 8)]),
        Err(RoyaltyError::TooManyPayees)
    );
}

#[test]
fn more_generations_than_the_limit_are_refused() {
    let mut line = Royalties::default();
    for generation in 0..MAX_DEPTH {
        line = Royalties::of(&[Ancestor {
            owner: who(generation),
            share_ppm: 500_000,
            royalties: line,
        }])
        .unwrap();
    }
    assert_eq!(line.depth, MAX_DEPTH);
    let one_more = Ancestor {
        owner: who(99),
        share_ppm: 500_000,
        royalties: line,
    };
    assert_eq!(Royalties::of(&[one_more]), Err(RoyaltyError::TooDeep));
}

fn tables() -> impl Strategy<Value = Royalties> {
    let parents = prop::collection::vec((0..6u8, 0..=WHOLE_PPM / 3), 0..3);
    prop::collection::vec(parents, 1..5).prop_filter_map("too many payees", |generations| {
        generations
            .into_iter()
            .try_fold(Royalties::default(), |table, parents| {
                let ancestors: Vec<Ancestor> = parents
                    .into_iter()
                    .map(|(owner, share_ppm)| Ancestor {
                        owner: who(owner),
                        share_ppm,
                        royalties: table.clone(),
                    })
                    .collect();
                Royalties::of(&ancestors)
            })
            .ok()
    })
}

proptest! {
    #[test]
    fn a_part_is_the_exact_quotient(amount in 0..u128::MAX / 2_000_000, ppm in 0..=WHOLE_PPM) {
        prop_assert_eq!(part(amount, ppm), amount * u128::from(ppm) / u128::from(WHOLE_PPM));
    }

    #[test]
    fn a_part_never_exceeds_the_amount(amount: u128, ppm: u32) {
        prop_assert!(part(amount, ppm) <= amount);
    }

    #[test]
    fn the_parts_of_a_price_add_up_to_it(price: u128, burned_ppm: u32, treasury_ppm: u32, royalties in prop::collection::vec(any::<u32>(), 0..20)) {
        let Division { seller, royalties, treasury, burned } = divide(price, HouseShare { burned_ppm, treasury_ppm }, &royalties);
        let sum = royalties.iter().try_fold(seller, |sum, part| sum.checked_add(*part))
            .and_then(|sum| sum.checked_add(treasury))
            .and_then(|sum| sum.checked_add(burned));
        prop_assert_eq!(sum, Some(price));
    }

    /// Rounding costs each party less than one unit, and what it leaves is burned.
    #[test]
    fn rounding_favours_nobody(price in 0..u128::MAX / 2_000_000, royalties in prop::collection::vec(0..=WHOLE_PPM / 20, 0..16)) {
        let division = divide(price, HOUSE, &royalties);
        let count = royalties.len() as u128 + 1;
        prop_assert!(division.burned - part(price, HOUSE.burned_ppm) <= count);
        let net = price - division.treasury - part(price, HOUSE.burned_ppm);
        for (paid, ppm) in division.royalties.iter().zip(&royalties) {
            prop_assert_eq!(*paid, part(net, *ppm));
        }
    }

    #[test]
    fn a_table_is_sorted_bounded_and_gives_away_at_most_the_whole(table in tables()) {
        prop_assert!(table.payees.windows(2).all(|pair| pair[0].payee < pair[1].payee));
        prop_assert!(table.payees.iter().all(|royalty| royalty.share_ppm > 0));
        prop_assert!(table.payees.len() as u32 <= MAX_PAYEES);
        let sum: u64 = table.payees.iter().map(|royalty| u64::from(royalty.share_ppm)).sum();
        prop_assert!(sum <= u64::from(WHOLE_PPM));
        prop_assert!(MAX_PAYEES >= MAX_PARENTS);
    }
}
