//! [`Royalties::of`], [`divide`] and [`givable`]: every unit goes somewhere, and nothing is made.

use super::input::Input;
use std::collections::BTreeMap;
use vouchsafe_protocol::{
    id::Account,
    price::{HouseShare, divide, givable, part, reward},
    record::WHOLE_PPM,
    royalty::{Ancestor, MAX_DEPTH, MAX_PAYEES, Royalties, Royalty, RoyaltyError},
};

/// The input is a price, the house's shares, and parents with their own tables, which nobody promises to be sane.
pub fn check(bytes: &[u8]) -> bool {
    let mut input = Input::new(bytes);
    let price = input.u128();
    let house = HouseShare {
        burned_ppm: input.u32(),
        treasury_ppm: input.u32(),
    };
    give_away(
        price,
        u128::from(house.burned_ppm),
        u128::from(house.treasury_ppm),
    );
    let mut parents = Vec::new();
    let mut loose = Vec::new();
    while !input.is_empty() {
        let parent = ancestor(&mut input);
        loose.push(parent.share_ppm);
        parents.push(parent);
    }
    // Shares that no table would hold divide a price too.
    conserve(price, house, &loose);

    let found = Royalties::of(&parents);
    let (shares, depth) = expected(&parents);
    let whole: u128 = parents.iter().map(|parent| u128::from(parent.share_ppm)).sum();
    match &found {
        Err(RoyaltyError::SharesExceedWhole) => assert!(whole > u128::from(WHOLE_PPM)),
        Err(RoyaltyError::TooManyPayees) => assert!(shares.len() > MAX_PAYEES as usize),
        Err(RoyaltyError::TooDeep) => assert!(depth > u16::from(MAX_DEPTH)),
        Ok(table) => {
            assert!(whole <= u128::from(WHOLE_PPM));
            assert_eq!(u16::from(table.depth), depth);
            let sorted: Vec<Royalty> = shares
                .iter()
                .map(|(&payee, &share)| Royalty {
                    payee,
                    share_ppm: share.try_into().unwrap(),
                })
                .collect();
            assert_eq!(*table.payees, sorted, "sorted, each payee once, none for nothing");
            assert_eq!(shares.values().sum::<u128>(), whole, "nothing is lost or made");
            let ppm: Vec<u32> = table.payees.iter().map(|royalty| royalty.share_ppm).collect();
            conserve(price, house, &ppm);
        }
    }
    found.is_ok()
}

fn ancestor(input: &mut Input) -> Ancestor {
    let kind = input.byte();
    let owner = Account(input.name());
    let share_ppm = share(kind, input);
    let payees: Vec<Royalty> = (0..input.below(MAX_PAYEES as usize + 1))
        .map(|_| Royalty {
            payee: Account(input.name()),
            share_ppm: share(kind, input),
        })
        .collect();
    Ancestor {
        owner,
        share_ppm,
        royalties: Royalties {
            payees: payees.try_into().unwrap(),
            depth: input.byte() % if kind < 128 { MAX_DEPTH } else { u8::MAX },
        },
    }
}

/// Mostly a share of which several make a whole.
fn share(kind: u8, input: &mut Input) -> u32 {
    match kind % 4 {
        0 => u32::from(input.u16()),
        1 => u32::from(input.byte()) * 4_000,
        2 => u32::from(input.byte() % 3),
        _ => input.u32(),
    }
}

/// Everybody's share of what the record earns, and its generations, by numbers that cannot overflow.
fn expected(parents: &[Ancestor]) -> (BTreeMap<Account, u128>, u16) {
    let mut shares = BTreeMap::new();
    let mut depth = 0;
    for parent in parents {
        depth = depth.max(u16::from(parent.royalties.depth) + 1);
        let whole = u128::from(parent.share_ppm);
        let mut kept = whole;
        let mut give = |payee, share: u128| {
            if share > 0 {
                *shares.entry(payee).or_default() += share;
            }
        };
        for royalty in &parent.royalties.payees {
            let ppm = u128::from(royalty.share_ppm.min(WHOLE_PPM));
            let share = (whole * ppm / u128::from(WHOLE_PPM)).min(kept);
            kept -= share;
            give(royalty.payee, share);
        }
        give(parent.owner, kept);
    }
    // The chain's own number ends at 255.
    (shares, depth.min(u16::from(u8::MAX)))
}

/// The parts of a price are what their shares say, rounded down, and add up to it.
fn conserve(price: u128, house: HouseShare, royalties_ppm: &[u32]) {
    let division = divide(price, house, royalties_ppm);
    let treasury = exact_part(price, house.treasury_ppm);
    assert_eq!(division.treasury, treasury);
    assert_eq!(part(price, house.burned_ppm), exact_part(price, house.burned_ppm));
    let house_burns = exact_part(price, house.burned_ppm).min(price - treasury);
    let net = price - treasury - house_burns;

    let mut left_ppm = WHOLE_PPM;
    assert_eq!(division.royalties.len(), royalties_ppm.len());
    for (&royalty, &ppm) in division.royalties.iter().zip(royalties_ppm) {
        let ppm = ppm.min(left_ppm);
        left_ppm -= ppm;
        assert_eq!(royalty, exact_part(net, ppm));
    }
    assert_eq!(division.seller, exact_part(net, left_ppm));
    let paid = division
        .royalties
        .iter()
        .try_fold(division.seller + division.treasury, |sum, royalty| {
            sum.checked_add(*royalty)
        })
        .unwrap();
    assert_eq!(paid.checked_add(division.burned), Some(price), "conserved");
    // Rounding burns less than one unit for each who is paid.
    assert!(division.burned - house_burns <= royalties_ppm.len() as u128);
}

/// However a bond is drawn on, a tenth of it is given away in all.
fn give_away(bond: u128, drawn: u128, price: u128) {
    let given = givable(bond, drawn);
    assert!(given <= bond / 10);
    assert_eq!(givable(bond - given, drawn + given), 0);
    assert_eq!(reward(bond, drawn, price), given.min(price));
}

/// `amount · ppm / 1,000,000`, rounded down, by long multiplication and division in two halves.
fn exact_part(amount: u128, ppm: u32) -> u128 {
    let (whole, ppm) = (u128::from(WHOLE_PPM), u128::from(ppm.min(WHOLE_PPM)));
    let high = (amount >> 64) * ppm;
    let low = (amount & u128::from(u64::MAX)) * ppm;
    ((high / whole) << 64) + (((high % whole) << 64) + low) / whole
}
