//! One refusal per error, each with nothing changed.

use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, DispatchResult, TokenError};
use vouchsafe_protocol::{
    delivery::{Delivery, Point},
    id::{Digest, OfferId, OrderId, RecordId},
    record::Content,
};

use crate::{
    Error,
    mock::{self, *},
};

/// A story in which Sofia has registered the first record.
fn story(test: impl FnOnce()) {
    mock::story(|| {
        let (record, content) = record(1);
        TestRecords::put(record, SOFIA, content);
        test();
    });
}

/// No group element: larger than the field's prime.
const NOT_A_POINT: Point = Point([0xff; 32]);
/// The identity: a group element that hides nothing.
const IDENTITY: Point = Point([0; 32]);

/// A good first offer of Sofia's, for one thing to be wrong with.
#[derive(Clone)]
struct Attempt {
    seller: AccountId,
    nonce: u64,
    record: RecordId,
    content: Content,
    key: Point,
    price: Balance,
    deliver_within: u32,
    dispute_within: u32,
    bond: Balance,
}

impl Attempt {
    fn good() -> Self {
        let (record, content) = record(1);
        Self {
            seller: SOFIA,
            nonce: 1,
            record,
            content,
            key: secret(&offer_id(&SOFIA, 1)).public(),
            price: PRICE,
            deliver_within: DELIVER_WITHIN,
            dispute_within: DISPUTE_WITHIN,
            bond: BOND,
        }
    }

    fn offer(self) -> DispatchResult {
        Marketplace::offer(
            signed(self.seller),
            self.nonce,
            self.record,
            self.content,
            self.key,
            self.price,
            LICENCE,
            self.deliver_within,
            self.dispute_within,
            self.bond,
        )
    }
}

/// An order of Bruno's, good but for what the test passes.
fn order(offer: OfferId, version: u32, blinded: Point, licence: Digest) -> DispatchResult {
    Marketplace::order(signed(BRUNO), offer, version, blinded, PRICE, licence)
}

#[test]
fn prices_that_no_empty_account_can_receive() {
    story(|| {
        for price in [0, 1, ED - 1] {
            assert_noop!(
                Attempt {
                    price,
                    ..Attempt::good()
                }
                .offer(),
                Error::<Test>::PriceTooLow
            );
        }
        assert_ok!(
            Attempt {
                price: ED,
                ..Attempt::good()
            }
            .offer()
        );
        assert_noop!(
            Marketplace::revise(signed(SOFIA), offer_id(&SOFIA, 1), 0, BOND),
            Error::<Test>::PriceTooLow
        );
    });
}

#[test]
fn prices_above_all_the_money_there_is() {
    story(|| {
        let all = Balances::total_issuance();
        let price = all + 1;
        // Of all the money there is, the least bond is as much; so the highest price that works is what Sofia can bond.
        let most = START - ED;
        assert_noop!(
            Attempt {
                price,
                ..Attempt::good()
            }
            .offer(),
            Error::<Test>::PriceAboveIssuance
        );
        assert_ok!(
            Attempt {
                price: most,
                bond: most,
                ..Attempt::good()
            }
            .offer()
        );
        assert_noop!(
            Marketplace::revise(signed(SOFIA), offer_id(&SOFIA, 1), price, BOND),
            Error::<Test>::PriceAboveIssuance
        );
    });
}

#[test]
fn deliver_windows_outside_the_chains_bounds() {
    story(|| {
        for deliver_within in [0, 1, 101, u32::MAX] {
            assert_noop!(
                Attempt {
                    deliver_within,
                    ..Attempt::good()
                }
                .offer(),
                Error::<Test>::DeliverWindow
            );
        }
        assert_ok!(
            Attempt {
                deliver_within: 2,
                ..Attempt::good()
            }
            .offer()
        );
    });
}

#[test]
fn dispute_windows_outside_the_chains_bounds() {
    story(|| {
        for dispute_within in [0, 2, 3, 4, 201, u32::MAX] {
            assert_noop!(
                Attempt {
                    dispute_within,
                    ..Attempt::good()
                }
                .offer(),
                Error::<Test>::DisputeWindow
            );
        }
        assert_ok!(
            Attempt {
                dispute_within: 200,
                ..Attempt::good()
            }
            .offer()
        );
    });
}

#[test]
fn a_dispute_window_too_short_for_the_size_of_the_content() {
    // Three blocks at least, and one more for each 100,000 bytes begun; there are 150,000.
    assert_eq!(Marketplace::least_dispute_window(150_000), 5);
    for (dispute_within, enough) in [(4, false), (5, true)] {
        story(|| {
            let attempt = Attempt {
                dispute_within,
                ..Attempt::good()
            };
            let expected = if enough {
                Ok(())
            } else {
                Err(Error::<Test>::DisputeWindow.into())
            };
            assert_eq!(attempt.offer(), expected);
        });
    }
}

#[test]
fn bonds_below_the_minimum_or_the_price() {
    for (price, least) in [(ED, MIN_BOND), (PRICE, PRICE)] {
        story(|| {
            let bond = least - 1;
            assert_noop!(
                Attempt {
                    price,
                    bond,
                    ..Attempt::good()
                }
                .offer(),
                Error::<Test>::BondTooLow
            );
            assert_ok!(
                Attempt {
                    price,
                    bond: least,
                    ..Attempt::good()
                }
                .offer()
            );
            let offer = offer_id(&SOFIA, 1);
            assert_noop!(
                Marketplace::revise(signed(SOFIA), offer, least + 1, least),
                Error::<Test>::BondTooLow
            );
            assert_ok!(Marketplace::revise(signed(SOFIA), offer, least + 1, least + 1));
        });
    }
}

#[test]
fn a_bond_that_would_shrink() {
    story(|| {
        let offer = sofia_offers(1);
        assert_noop!(
            Marketplace::revise(signed(SOFIA), offer, ED, BOND - 1),
            Error::<Test>::BondShrinks
        );
    });
}

#[test]
fn orders_under_a_bond_that_late_deliveries_have_spent() {
    story(|| {
        assert_ok!(
            Attempt {
                bond: PRICE,
                ..Attempt::good()
            }
            .offer()
        );
        let offer = offer_id(&SOFIA, 1);
        let late = orders(&BRUNO, &offer, 0);
        run_to(1 + DELIVER_WITHIN + 1);
        assert_ok!(Marketplace::expire(signed(ANYONE), late));
        let blinded = blind(&BRUNO, &offer, 1).blinded();
        assert_noop!(order(offer, 0, blinded, LICENCE), Error::<Test>::BondTooLow);
        assert_ok!(Marketplace::revise(signed(SOFIA), offer, PRICE, PRICE));
        assert_ok!(order(offer, 0, blinded, LICENCE));
    });
}

#[test]
fn bonds_that_are_not_free_yet_or_any_more() {
    story(|| {
        let release = |offer| Marketplace::release_bond(signed(ANYONE), offer);
        assert_noop!(release(OfferId([5; 32])), Error::<Test>::OfferNotFound);
        let offer = sofia_offers(1);
        let order = orders(&BRUNO, &offer, 0);
        assert_noop!(release(offer), Error::<Test>::OfferNotClosed);
        assert_ok!(Marketplace::close(signed(SOFIA), offer));
        run_to(1 + COOL_OFF + 1);
        assert_noop!(release(offer), Error::<Test>::OrdersOpen);
        assert_ok!(Marketplace::expire(signed(ANYONE), order));
        run_to(1 + COOL_OFF + 1 + COOL_OFF);
        assert_noop!(release(offer), Error::<Test>::TooEarly);
        run_to(1 + COOL_OFF + 1 + COOL_OFF + 1);
        assert_ok!(release(offer));
        assert_noop!(release(offer), Error::<Test>::OfferClosed);
    });
}

#[test]
fn bonds_beyond_the_sellers_means() {
    story(|| {
        let bond = START - ED + 1;
        assert_noop!(
            Attempt {
                bond,
                ..Attempt::good()
            }
            .offer(),
            TokenError::FundsUnavailable
        );
        assert_ok!(
            Attempt {
                bond: bond - 1,
                ..Attempt::good()
            }
            .offer()
        );
    });
}

#[test]
fn offers_of_unknown_or_withdrawn_records() {
    story(|| {
        let unknown = Attempt {
            record: RecordId([77; 32]),
            ..Attempt::good()
        };
        assert_noop!(unknown.offer(), Error::<Test>::RecordNotLive);
        let withdrawn = Attempt::good();
        TestRecords::withdraw(withdrawn.record);
        assert_noop!(withdrawn.offer(), Error::<Test>::RecordNotLive);
    });
}

#[test]
fn offers_of_somebody_elses_record() {
    story(|| {
        assert_noop!(
            Attempt {
                seller: BRUNO,
                ..Attempt::good()
            }
            .offer(),
            Error::<Test>::NotRecordOwner
        );
    });
}

#[test]
fn offers_of_another_content_than_the_records() {
    story(|| {
        let good = Attempt::good().content;
        for content in [
            Content {
                root: Digest([9; 32]),
                ..good
            },
            Content {
                chunks: good.chunks + 1,
                ..good
            },
            Content {
                bytes: good.bytes - 1,
                ..good
            },
        ] {
            assert_noop!(
                Attempt {
                    content,
                    ..Attempt::good()
                }
                .offer(),
                Error::<Test>::ContentMismatch
            );
        }
    });
}

#[test]
fn a_second_offer_of_a_record_even_after_the_first_was_closed() {
    story(|| {
        let offer = sofia_offers(1);
        let again = Attempt {
            nonce: 2,
            ..Attempt::good()
        };
        assert_noop!(again.clone().offer(), Error::<Test>::AlreadyOffered);
        assert_ok!(Marketplace::close(signed(SOFIA), offer));
        assert_noop!(again.offer(), Error::<Test>::AlreadyOffered);
    });
}

#[test]
fn a_nonce_used_before() {
    story(|| {
        sofia_offers(1);
        let (record, content) = record(2);
        TestRecords::put(record, SOFIA, content);
        assert_noop!(
            Attempt {
                record,
                content,
                ..Attempt::good()
            }
            .offer(),
            Error::<Test>::NonceUsed
        );
    });
}

#[test]
fn points_that_are_none_or_hide_nothing() {
    story(|| {
        for key in [NOT_A_POINT, IDENTITY] {
            assert_noop!(
                Attempt {
                    key,
                    ..Attempt::good()
                }
                .offer(),
                Error::<Test>::BadPoint
            );
        }
        let offer = sofia_offers(1);
        for blinded in [NOT_A_POINT, IDENTITY] {
            assert_noop!(order(offer, 0, blinded, LICENCE), Error::<Test>::BadPoint);
        }
    });
}

#[test]
fn offers_that_are_not_there() {
    story(|| {
        let unknown = OfferId([5; 32]);
        let blinded = blind(&BRUNO, &unknown, 0).blinded();
        assert_noop!(order(unknown, 0, blinded, LICENCE), Error::<Test>::OfferNotFound);
        assert_noop!(
            Marketplace::revise(signed(SOFIA), unknown, PRICE, BOND),
            Error::<Test>::OfferNotFound
        );
        assert_noop!(
            Marketplace::close(signed(SOFIA), unknown),
            Error::<Test>::OfferNotFound
        );
    });
}

#[test]
fn orders_that_are_not_there() {
    story(|| {
        let (unknown, point) = (OrderId([5; 32]), blind(&BRUNO, &OfferId([5; 32]), 0).blinded());
        for refused in [
            Marketplace::refund(signed(ANYONE), unknown)
                .map(drop)
                .map_err(|refused| refused.error),
            Marketplace::deliver(signed(SOFIA), unknown, point, [0; 64]),
            Marketplace::settle(signed(ANYONE), unknown),
            Marketplace::expire(signed(ANYONE), unknown),
            Marketplace::forget(signed(BRUNO), unknown),
        ] {
            assert_noop!(refused, Error::<Test>::OrderNotFound);
        }
    });
}

#[test]
fn what_only_the_seller_may_do() {
    story(|| {
        let offer = sofia_offers(1);
        assert_noop!(
            Marketplace::revise(signed(BRUNO), offer, PRICE, BOND),
            Error::<Test>::NotSeller
        );
        assert_noop!(Marketplace::close(signed(BRUNO), offer), Error::<Test>::NotSeller);
        let order = orders(&BRUNO, &offer, 0);
        let Delivery { evaluated, proof } = honest(&order);
        assert_noop!(
            Marketplace::deliver(signed(BRUNO), order, evaluated, proof),
            Error::<Test>::NotSeller
        );
    });
}

#[test]
fn what_only_the_buyer_may_do() {
    story(|| {
        let offer = sofia_offers(1);
        let order = orders(&BRUNO, &offer, 0);
        run_to(1 + DELIVER_WITHIN + 1);
        assert_ok!(Marketplace::expire(signed(ANYONE), order));
        for other in [SOFIA, ANYONE] {
            assert_noop!(Marketplace::forget(signed(other), order), Error::<Test>::NotBuyer);
        }
    });
}

#[test]
fn calls_without_a_signature() {
    story(|| {
        let offer = sofia_offers(1);
        let order = orders(&BRUNO, &offer, 0);
        for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
            assert_noop!(
                Marketplace::close(origin.clone(), offer),
                DispatchError::BadOrigin
            );
            assert_noop!(
                Marketplace::settle(origin.clone(), order),
                DispatchError::BadOrigin
            );
            assert_noop!(Marketplace::expire(origin, order), DispatchError::BadOrigin);
        }
    });
}

#[test]
fn changes_and_orders_of_a_closed_offer() {
    story(|| {
        let offer = sofia_offers(1);
        assert_ok!(Marketplace::close(signed(SOFIA), offer));
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(order(offer, 0, blinded, LICENCE), Error::<Test>::OfferClosed);
        assert_noop!(
            Marketplace::revise(signed(SOFIA), offer, PRICE, BOND),
            Error::<Test>::OfferClosed
        );
        assert_noop!(
            Marketplace::close(signed(SOFIA), offer),
            Error::<Test>::OfferClosed
        );
    });
}

#[test]
fn an_order_of_another_version() {
    story(|| {
        let offer = sofia_offers(1);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(order(offer, 1, blinded, LICENCE), Error::<Test>::VersionMismatch);
    });
}

#[test]
fn an_order_under_another_licence() {
    story(|| {
        let offer = sofia_offers(1);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(
            order(offer, 0, blinded, Digest([0x12; 32])),
            Error::<Test>::LicenceMismatch
        );
    });
}

#[test]
fn an_order_below_the_price() {
    story(|| {
        let offer = sofia_offers(1);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(
            Marketplace::order(signed(BRUNO), offer, 0, blinded, PRICE - 1, LICENCE),
            Error::<Test>::PriceAboveMax
        );
    });
}

#[test]
fn an_order_beyond_the_buyers_means() {
    story(|| {
        let offer = sofia_offers(1);
        assert_ok!(Balances::transfer_allow_death(
            signed(BRUNO),
            ANYONE,
            START - PRICE
        ));
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(
            Marketplace::order(signed(BRUNO), offer, 0, blinded, PRICE, LICENCE),
            TokenError::FundsUnavailable
        );
    });
}

#[test]
fn a_seller_buying_from_himself() {
    story(|| {
        let offer = sofia_offers(1);
        let blinded = blind(&SOFIA, &offer, 0).blinded();
        assert_noop!(
            Marketplace::order(signed(SOFIA), offer, 0, blinded, PRICE, LICENCE),
            Error::<Test>::OwnOffer
        );
    });
}

#[test]
fn the_same_order_twice() {
    story(|| {
        let offer = sofia_offers(1);
        orders(&BRUNO, &offer, 0);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(order(offer, 0, blinded, LICENCE), Error::<Test>::AlreadyOrdered);
    });
}

#[test]
fn more_deliveries_than_the_secret_allows() {
    story(|| {
        MaxDeliveries::set(2);
        let offer = sofia_offers(1);
        let first = orders(&BRUNO, &offer, 0);
        orders(&CLARA, &offer, 0);
        let blinded = blind(&BRUNO, &offer, 1).blinded();
        assert_noop!(order(offer, 0, blinded, LICENCE), Error::<Test>::DeliveriesSpent);
        delivers(&first);
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(ANYONE), first));
        assert_noop!(order(offer, 0, blinded, LICENCE), Error::<Test>::DeliveriesSpent);
        // An order that was never answered has not used the secret.
        let unanswered = order_id(&offer, &CLARA, &blind(&CLARA, &offer, 0).blinded());
        assert_ok!(Marketplace::expire(signed(ANYONE), unanswered));
        assert_ok!(order(offer, 0, blinded, LICENCE));
    });
}

#[test]
fn proofs_with_any_byte_changed() {
    story(|| {
        let offer = sofia_offers(1);
        let order = orders(&BRUNO, &offer, 0);
        let Delivery { evaluated, proof } = honest(&order);
        for byte in 0..proof.len() {
            let mut altered = proof;
            altered[byte] ^= 1;
            assert_noop!(
                Marketplace::deliver(signed(SOFIA), order, evaluated, altered),
                Error::<Test>::BadProof
            );
        }
        for evaluated in [NOT_A_POINT, IDENTITY, secret(&offer).public()] {
            assert_noop!(
                Marketplace::deliver(signed(SOFIA), order, evaluated, proof),
                Error::<Test>::BadProof
            );
        }
    });
}

#[test]
fn payment_and_refund_before_their_time() {
    story(|| {
        let offer = sofia_offers(1);
        let order = orders(&BRUNO, &offer, 0);
        assert_noop!(
            Marketplace::expire(signed(ANYONE), order),
            Error::<Test>::TooEarly
        );
        delivers(&order);
        assert_noop!(
            Marketplace::settle(signed(ANYONE), order),
            Error::<Test>::TooEarly
        );
    });
}

#[test]
fn delivery_after_its_time() {
    story(|| {
        let offer = sofia_offers(1);
        let order = orders(&BRUNO, &offer, 0);
        let Delivery { evaluated, proof } = honest(&order);
        run_to(1 + DELIVER_WITHIN + 1);
        assert_noop!(
            Marketplace::deliver(signed(SOFIA), order, evaluated, proof),
            Error::<Test>::TooLate
        );
    });
}

#[test]
fn actions_of_another_stage() {
    story(|| {
        let offer = sofia_offers(1);
        let order = orders(&BRUNO, &offer, 0);
        let Delivery { evaluated, proof } = honest(&order);
        assert_noop!(
            Marketplace::settle(signed(ANYONE), order),
            Error::<Test>::WrongStage
        );
        delivers(&order);
        assert_noop!(
            Marketplace::deliver(signed(SOFIA), order, evaluated, proof),
            Error::<Test>::WrongStage
        );
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_noop!(
            Marketplace::expire(signed(ANYONE), order),
            Error::<Test>::WrongStage
        );
        assert_ok!(Marketplace::settle(signed(ANYONE), order));
        assert_noop!(
            Marketplace::settle(signed(ANYONE), order),
            Error::<Test>::WrongStage
        );
    });
}

#[test]
fn forgetting_an_order_that_has_not_ended() {
    story(|| {
        let offer = sofia_offers(1);
        let order = orders(&BRUNO, &offer, 0);
        assert_noop!(
            Marketplace::forget(signed(BRUNO), order),
            Error::<Test>::OrderOpen
        );
        delivers(&order);
        assert_noop!(
            Marketplace::forget(signed(BRUNO), order),
            Error::<Test>::OrderOpen
        );
    });
}
