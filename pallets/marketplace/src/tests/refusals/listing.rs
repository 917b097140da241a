//! What a seller cannot do.

use super::*;

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
        let (offer, order) = bruno_orders();
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
