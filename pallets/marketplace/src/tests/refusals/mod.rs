//! One refusal per error, each with nothing changed.

mod listing;
mod purchase;

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
