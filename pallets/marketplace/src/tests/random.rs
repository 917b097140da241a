//! Random lives of the market: no sequence of calls and blocks breaks an invariant, makes or loses money, or changes
//! anything by a refused call.

use std::collections::BTreeMap;

use frame_support::traits::Currency;
use proptest::{prelude::*, sample::Index};
use sp_runtime::{StateVersion, traits::Dispatchable};
use vouchsafe_protocol::{
    delivery::Delivery,
    id::{OfferId, OrderId},
    order::Open,
};

use crate::{Call, Event, Offers, Orders, mock::*, try_state::check};

const PEOPLE: [AccountId; 4] = [SOFIA, BRUNO, CLARA, ANYONE];

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
    SetPrice {
        who: Index,
        offer: Index,
        price: Balance,
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
        9 * UNIT..60 * UNIT,
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
        1 => (index(), index(), amount()).prop_map(|(who, offer, price)| Step::SetPrice { who, offer, price }),
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
        2 => (1..8_u32).prop_map(|blocks| Step::Wait { blocks }),
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
            let (who, (record, content)) = (person(who), record(*n));
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
        Step::SetPrice { who, offer, price } => (
            person(who),
            Call::set_price {
                offer: seen.offer(offer),
                price: *price,
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
        Step::Withdraw { .. } | Step::GiveAway { .. } | Step::Wait { .. } | Step::WaitFor { .. } => {
            return None;
        }
    })
}

/// Everything else that happens around the market.
fn meanwhile(step: &Step, seen: &Seen, wealth: &mut BTreeMap<AccountId, Balance>) {
    let now = Marketplace::height();
    match step {
        Step::Withdraw { record: n } => TestRecords::withdraw(record(*n).0),
        Step::Wait { blocks } => run_to(now + blocks),
        Step::WaitFor { order } => {
            let open = Orders::<Test>::get(seen.order(order)).and_then(|row| row.stage.open(now));
            if let Some(Open::Deliver { until } | Open::Quiet { until }) = open {
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

/// What the events say that each person must have gained or lost.
fn book(wealth: &mut BTreeMap<AccountId, Balance>, events: &[Event<Test>]) {
    for event in events {
        if let Event::Settled {
            buyer, seller, price, ..
        } = event
        {
            *wealth.get_mut(buyer).unwrap() -= price;
            *wealth.get_mut(seller).unwrap() += price;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_calls_and_blocks_breaks_the_market(steps in prop::collection::vec(step(), 1..80)) {
        new_test_ext().execute_with(|| {
            let mut seen = Seen::default();
            let mut wealth: BTreeMap<_, _> = PEOPLE.into_iter().map(|who| (who, START)).collect();
            let issuance = Balances::total_issuance();
            for step in &steps {
                match call(step, &seen) {
                    None => meanwhile(step, &seen, &mut wealth),
                    Some((who, call)) => {
                        let before = sp_io::storage::root(StateVersion::V1);
                        let result = RuntimeCall::from(call).dispatch(signed(who));
                        let events = events_after(before, result.is_ok());
                        seen.note(&events);
                        book(&mut wealth, &events);
                    }
                }
                prop_assert_eq!(check::<Test>(), Ok(()), "after {:?}", step);
                prop_assert_eq!(Balances::total_issuance(), issuance);
                for (who, amount) in &wealth {
                    prop_assert_eq!(Balances::total_balance(who), *amount, "{:?} after {:?}", who, step);
                }
            }
            Ok(())
        })?;
    }
}

/// The events of an accepted call; a refused one must have left the storage as it was.
fn events_after(before: Vec<u8>, accepted: bool) -> Vec<Event<Test>> {
    if !accepted {
        assert_eq!(
            sp_io::storage::root(StateVersion::V1),
            before,
            "a refused call changed something"
        );
    }
    events()
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
            let mut seen = Seen::default();
            let mut wealth: BTreeMap<_, _> = PEOPLE.into_iter().map(|who| (who, START)).collect();
            for step in &steps {
                match call(step, &seen) {
                    None => meanwhile(step, &seen, &mut wealth),
                    // Refused or not: only what is reached counts here.
                    Some((who, call)) => _ = RuntimeCall::from(call).dispatch(signed(who)),
                }
                let events = events();
                seen.note(&events);
                book(&mut wealth, &events);
                for event in events {
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
        "OfferClosed",
        "Offered",
        "Ordered",
        "PriceSet",
        "Refunded",
        "Settled",
    ];
    assert_eq!(reached.into_iter().collect::<Vec<_>>(), expected);
}
