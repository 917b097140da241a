//! Random lives of the market: no sequence of calls and blocks breaks an invariant, makes or loses money, or changes
//! anything by a refused call.

use std::collections::BTreeMap;

use frame_support::traits::Currency;
use proptest::{prelude::*, sample::Index};
use sp_runtime::{StateVersion, traits::Dispatchable};
use vouchsafe_protocol::{
    delivery::Delivery,
    id::{OfferId, OrderId},
    misbehaviour::Evidence,
    order::Open,
    price::HouseShare,
};

use crate::{Call, Event, House, HouseOf, Offers, Orders, mock::*, try_state::check};

const PEOPLE: [AccountId; 4] = [SOFIA, BRUNO, CLARA, ANYONE];
const TREASURY: AccountId = AccountId::new([0x70; 32]);
/// Has a share so small that it can rarely be received.
const HEIR: AccountId = AccountId::new([0x71; 32]);
/// Where burned money is booked.
const NOBODY: AccountId = AccountId::new([0x72; 32]);

/// What somebody tries. Indices choose among the people, records, offers and orders that there are.
#[derive(Debug, Clone)]
enum Step {
    Offer {
        who: Index,
        record: u8,
        nonce: u64,
        price: Balance,
        bond: Balance,
        deliver: u32,
        dispute: u32,
    },
    Withdraw {
        record: u8,
    },
    Revise {
        who: Index,
        offer: Index,
        price: Balance,
        bond: Balance,
    },
    ReleaseBond {
        who: Index,
        offer: Index,
    },
    /// The buyer disputes a chunk, which is bad in every other record.
    Dispute {
        order: Index,
        chunk: u32,
    },
    Refund {
        who: Index,
        order: Index,
    },
    Close {
        who: Index,
        offer: Index,
    },
    Order {
        who: Index,
        offer: Index,
        attempt: u32,
        max_price: Balance,
    },
    /// By the seller, or with `who` by anybody; with `wrong` the proof of another order.
    Deliver {
        who: Option<Index>,
        order: Index,
        wrong: Option<Index>,
    },
    Settle {
        who: Index,
        order: Index,
    },
    Expire {
        who: Index,
        order: Index,
    },
    Forget {
        who: Option<Index>,
        order: Index,
    },
    /// Somebody gives as much away as the chain allows, and is reaped where nothing is on hold.
    GiveAway {
        who: Index,
        to: Index,
    },
    Wait {
        blocks: u32,
    },
    /// Just to the height at which the order waits for somebody else.
    WaitFor {
        order: Index,
    },
}

fn amount() -> impl Strategy<Value = Balance> {
    prop_oneof![
        Just(ED - 1),
        Just(ED),
        ED..100 * UNIT,
        900 * UNIT..1_100 * UNIT,
        Just(Balance::MAX)
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    let offer = (
        index(),
        1..6_u8,
        0..4_u64,
        amount(),
        9 * UNIT..120 * UNIT,
        1..12_u32,
        2..12_u32,
    )
        .prop_map(
            |(who, record, nonce, price, bond, deliver, dispute)| Step::Offer {
                who,
                record,
                nonce,
                price,
                bond,
                deliver,
                dispute,
            },
        );
    prop_oneof![
        3 => offer,
        1 => (1..6_u8).prop_map(|record| Step::Withdraw { record }),
        2 => (index(), index(), amount(), 9 * UNIT..300 * UNIT)
            .prop_map(|(who, offer, price, bond)| Step::Revise { who, offer, price, bond }),
        3 => (index(), index()).prop_map(|(who, offer)| Step::ReleaseBond { who, offer }),
        6 => (index(), prop_oneof![3 => Just(1), 1 => 0..3_u32])
            .prop_map(|(order, chunk)| Step::Dispute { order, chunk }),
        2 => (index(), index()).prop_map(|(who, order)| Step::Refund { who, order }),
        2 => (index(), index()).prop_map(|(who, offer)| Step::Close { who, offer }),
        8 => (index(), index(), 0..3_u32, amount()).prop_map(|(who, offer, attempt, max_price)| {
            Step::Order { who, offer, attempt, max_price }
        }),
        6 => (prop::option::weighted(0.1, index()), index(), prop::option::weighted(0.1, index()))
            .prop_map(|(who, order, wrong)| Step::Deliver { who, order, wrong }),
        3 => (index(), index()).prop_map(|(who, order)| Step::Settle { who, order }),
        3 => (index(), index()).prop_map(|(who, order)| Step::Expire { who, order }),
        3 => (prop::option::weighted(0.2, index()), index())
            .prop_map(|(who, order)| Step::Forget { who, order }),
        1 => (index(), index()).prop_map(|(who, to)| Step::GiveAway { who, to }),
        2 => (1..20_u32).prop_map(|blocks| Step::Wait { blocks }),
        3 => index().prop_map(|order| Step::WaitFor { order }),
    ]
}

fn person(index: &Index) -> AccountId {
    index.get(&PEOPLE).clone()
}

/// The offers and orders that were ever accepted, in order of their ids; removed orders stay in `orders`.
#[derive(Default)]
struct Seen {
    offers: Vec<OfferId>,
    orders: Vec<OrderId>,
}

impl Seen {
    fn offer(&self, index: &Index) -> OfferId {
        if self.offers.is_empty() {
            OfferId([0xaa; 32])
        } else {
            *index.get(&self.offers)
        }
    }

    fn order(&self, index: &Index) -> OrderId {
        if self.orders.is_empty() {
            OrderId([0xaa; 32])
        } else {
            *index.get(&self.orders)
        }
    }

    fn note(&mut self, events: &[Event<Test>]) {
        for event in events {
            match event {
                Event::Offered { offer, .. } => self.offers.push(*offer),
                Event::Ordered { order, .. } if !self.orders.contains(order) => self.orders.push(*order),
                _ => {}
            }
        }
    }
}

/// The content of record `n` as its seller sealed it: bad in its second chunk where `n` is even.
fn stock(n: u8, offer: &OfferId) -> Goods {
    match n % 2 {
        0 => bad_goods(offer),
        _ => goods(offer, |_, _| ()),
    }
}

/// Whatever a buyer can put together against a stored order, honest or not: the pool must take exactly the frauds that
/// are in time.
fn dispute(order: &OrderId, chunk: u32) {
    let Some(row) = Orders::<Test>::get(order) else {
        return;
    };
    let offer = Offers::<Test>::get(row.offer).unwrap();
    let n = offer.record.0[0];
    let goods = stock(n, &row.offer);
    let blind = (0..3)
        .map(|attempt| blind(&row.buyer, &row.offer, attempt))
        .find(|blind| blind.blinded() == row.blinded)
        .unwrap();
    let index = chunk as usize;
    let evidence = Evidence {
        blind: *blind.expose(),
        index: chunk,
        leaf: goods.sidecar.leaves()[index],
        path: goods.sidecar.path(chunk).unwrap().try_into().unwrap(),
        ciphertext: goods.chunks[index].clone().try_into().unwrap(),
    };
    let open = row.stage.open(offer.status.standing(), Marketplace::height());
    let convicts = n.is_multiple_of(2) && chunk == 1 && matches!(open, Some(Open::Dispute { .. }));
    assert_eq!(disputes(order, &evidence).is_ok(), convicts);
}

/// The caller and call of a step, or `None` for one that is no call of ours.
fn call(step: &Step, seen: &Seen) -> Option<(AccountId, Call<Test>)> {
    let row = |order: &OrderId| Orders::<Test>::get(order);
    Some(match step {
        Step::Offer {
            who,
            record: n,
            nonce,
            price,
            bond,
            deliver,
            dispute,
        } => {
            let (who, (record, _)) = (person(who), record(*n));
            let content = stock(*n, &offer_id(&who, *nonce)).content;
            if Offers::<Test>::iter_values().all(|offer| offer.record != record) {
                TestRecords::put(record, who.clone(), content);
            }
            let call = Call::offer {
                nonce: *nonce,
                record,
                content,
                key: secret(&offer_id(&who, *nonce)).public(),
                price: *price,
                licence: LICENCE,
                deliver_within: *deliver,
                dispute_within: *dispute,
                bond: *bond,
            };
            (who, call)
        }
        Step::Revise {
            who,
            offer,
            price,
            bond,
        } => (
            person(who),
            Call::revise {
                offer: seen.offer(offer),
                price: *price,
                bond: *bond,
            },
        ),
        Step::ReleaseBond { who, offer } => (
            person(who),
            Call::release_bond {
                offer: seen.offer(offer),
            },
        ),
        Step::Refund { who, order } => (
            person(who),
            Call::refund {
                order: seen.order(order),
            },
        ),
        Step::Close { who, offer } => (
            person(who),
            Call::close {
                offer: seen.offer(offer),
            },
        ),
        Step::Order {
            who,
            offer,
            attempt,
            max_price,
        } => {
            let (who, offer) = (person(who), seen.offer(offer));
            let blinded = blind(&who, &offer, *attempt).blinded();
            (
                who,
                Call::order {
                    offer,
                    version: 0,
                    blinded,
                    max_price: *max_price,
                    licence: LICENCE,
                },
            )
        }
        Step::Deliver { who, order, wrong } => {
            let order = seen.order(order);
            let answered = wrong.as_ref().map_or(order, |other| seen.order(other));
            row(&answered)?;
            let seller = who
                .as_ref()
                .map(person)
                .or_else(|| row(&order).map(|row| row.seller))?;
            let Delivery { evaluated, proof } = honest(&answered);
            (
                seller,
                Call::deliver {
                    order,
                    evaluated,
                    proof,
                },
            )
        }
        Step::Settle { who, order } => (
            person(who),
            Call::settle {
                order: seen.order(order),
            },
        ),
        Step::Expire { who, order } => (
            person(who),
            Call::expire {
                order: seen.order(order),
            },
        ),
        Step::Forget { who, order } => {
            let order = seen.order(order);
            let buyer = who
                .as_ref()
                .map(person)
                .or_else(|| row(&order).map(|row| row.buyer))?;
            (buyer, Call::forget { order })
        }
        Step::Withdraw { .. }
        | Step::GiveAway { .. }
        | Step::Wait { .. }
        | Step::WaitFor { .. }
        | Step::Dispute { .. } => return None,
    })
}

/// Everything else that happens around the market.
fn meanwhile(step: &Step, seen: &Seen, wealth: &mut BTreeMap<AccountId, Balance>) {
    let now = Marketplace::height();
    match step {
        Step::Dispute { order, chunk } => dispute(&seen.order(order), *chunk),
        Step::Withdraw { record: n } => TestRecords::withdraw(record(*n).0),
        Step::Wait { blocks } => run_to(now + blocks),
        Step::WaitFor { order } => {
            let open = Orders::<Test>::get(seen.order(order)).and_then(|row| {
                let standing = Offers::<Test>::get(row.offer).unwrap().status.standing();
                row.stage.open(standing, now)
            });
            if let Some(Open::Deliver { until } | Open::Dispute { until }) = open {
                run_to(until + 1);
            }
        }
        Step::GiveAway { who, to } if person(who) != person(to) => {
            let (who, to) = (person(who), person(to));
            let before = Balances::total_balance(&who);
            // Refused where it would create an account that is too poor; then nothing moves.
            let _ = Balances::transfer_all(signed(who.clone()), to.clone(), false);
            let moved = before - Balances::total_balance(&who);
            *wealth.get_mut(&who).unwrap() -= moved;
            *wealth.get_mut(&to).unwrap() += moved;
        }
        _ => {}
    }
}

/// What the events say that each person must have gained or lost; returns what was burned.
fn book(wealth: &mut BTreeMap<AccountId, Balance>, events: &[Event<Test>]) -> Balance {
    let mut sum_burned = 0;
    let mut moves = |from: &AccountId, to: &AccountId, amount: Balance| {
        *wealth.get_mut(from).unwrap() -= amount;
        *wealth.get_mut(to).unwrap() += amount;
    };
    let mut royalties = 0;
    for event in events {
        match event {
            Event::RoyaltyPaid { order, payee, amount } => {
                let buyer = Orders::<Test>::get(order).unwrap().buyer;
                moves(&buyer, payee, *amount);
                royalties += amount;
            }
            Event::Settled {
                buyer,
                seller,
                price,
                paid,
                treasury,
                burned,
                ..
            } => {
                assert_eq!(
                    *price,
                    paid + treasury + burned + royalties,
                    "a price is divided whole"
                );
                royalties = 0;
                moves(buyer, seller, *paid);
                moves(buyer, &TREASURY, *treasury);
                moves(buyer, &NOBODY, *burned);
                sum_burned += burned;
            }
            Event::FraudProven {
                buyer,
                seller,
                reward,
                burned,
                ..
            } => {
                moves(seller, buyer, *reward);
                moves(seller, &NOBODY, *burned);
                sum_burned += burned;
            }
            Event::Refunded {
                buyer,
                seller,
                compensation,
                ..
            } => moves(seller, buyer, *compensation),
            _ => {}
        }
    }
    sum_burned
}

/// A market whose house takes its shares and whose first three records have parents, and what everybody owns.
fn market() -> BTreeMap<AccountId, Balance> {
    HouseOf::<Test>::put(House {
        share: HouseShare {
            burned_ppm: 15_000,
            treasury_ppm: 10_000,
        },
        treasury: Some(TREASURY),
    });
    for n in 1..=3 {
        TestRecords::share(record(n).0, &[(CLARA, 123_456), (HEIR, 7)]);
    }
    let everybody = PEOPLE.into_iter().map(|who| (who, START));
    everybody
        .chain([TREASURY, HEIR, NOBODY].map(|who| (who, 0)))
        .collect()
}

/// A market in the middle of its life: what there is in it, and what everybody must own.
struct Life {
    seen: Seen,
    wealth: BTreeMap<AccountId, Balance>,
}

/// What a step led to.
struct Led {
    events: Vec<Event<Test>>,
    burned: Balance,
}

impl Life {
    fn begin() -> Self {
        Self {
            seen: Seen::default(),
            wealth: market(),
        }
    }

    /// Takes a step, whose call may be refused; then it must have left the storage as it was.
    fn take(&mut self, step: &Step) -> Led {
        match call(step, &self.seen) {
            None => meanwhile(step, &self.seen, &mut self.wealth),
            Some((who, call)) => {
                let before = sp_io::storage::root(StateVersion::V1);
                if RuntimeCall::from(call).dispatch(signed(who)).is_err() {
                    let after = sp_io::storage::root(StateVersion::V1);
                    assert_eq!(after, before, "a refused call changed something");
                }
            }
        }
        let events = events();
        self.seen.note(&events);
        let burned = book(&mut self.wealth, &events);
        Led { events, burned }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_calls_and_blocks_breaks_the_market(steps in prop::collection::vec(step(), 1..80)) {
        new_test_ext().execute_with(|| {
            let mut life = Life::begin();
            let mut issuance = Balances::total_issuance();
            for step in &steps {
                issuance -= life.take(step).burned;
                prop_assert_eq!(check::<Test>(), Ok(()), "after {:?}", step);
                assert_all_was_told();
                prop_assert_eq!(Balances::total_issuance(), issuance);
                for (who, amount) in life.wealth.iter().filter(|(who, _)| **who != NOBODY) {
                    prop_assert_eq!(Balances::total_balance(who), *amount, "{:?} after {:?}", who, step);
                }
            }
            Ok(())
        })?;
    }
}

/// The strategy above is worth something only if it reaches every event.
#[test]
fn random_steps_reach_every_outcome() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..40 {
        let steps = prop::collection::vec(step(), 80)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        new_test_ext().execute_with(|| {
            let mut life = Life::begin();
            for step in &steps {
                for event in life.take(step).events {
                    let name = format!("{event:?}");
                    reached.insert(
                        name.trim_start_matches("Event::")
                            .split([' ', '{'])
                            .next()
                            .unwrap_or_default()
                            .to_owned(),
                    );
                }
            }
        });
    }
    let expected = [
        "BondReleased",
        "Delivered",
        "Forgotten",
        "FraudProven",
        "OfferClosed",
        "Offered",
        "Ordered",
        "Refunded",
        "Revised",
        "RoyaltyPaid",
        "Settled",
    ];
    assert_eq!(reached.into_iter().collect::<Vec<_>>(), expected);
}
