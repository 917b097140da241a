//! What every adapter must do.

use codec::Decode;
use vouchsafe_evaluation::KeyedHash;
use vouchsafe_protocol::id::OfferId;

use super::Lookalikes;

const FIRST: OfferId = OfferId([9; 32]);
const SECOND: OfferId = OfferId([1; 32]);
const THIRD: OfferId = OfferId([5; 32]);

/// How many hashes the stores that [`all`] is given hold.
pub const ROOM: usize = 4;

/// Far from every other mark's.
fn hash(mark: u8) -> KeyedHash {
    let mut bytes = [0; 32];
    bytes[usize::from(mark) * 8..][..8].fill(0xff);
    KeyedHash::decode(&mut &bytes[..]).expect("any 32 bytes are a hash; qed")
}

fn known(lookalikes: &dyn Lookalikes, asking: OfferId, mark: u8) -> bool {
    lookalikes
        .others(asking)
        .unwrap()
        .nearest(&[hash(mark)])
        .is_some()
}

pub fn finds_what_other_offers_entered_and_not_ones_own(lookalikes: &dyn Lookalikes) {
    assert!(!known(lookalikes, SECOND, 0), "nothing is known at first");
    lookalikes.enter(FIRST, &[hash(0), hash(1)]).unwrap();
    assert!(known(lookalikes, SECOND, 0) && known(lookalikes, SECOND, 1));
    assert!(!known(lookalikes, SECOND, 2));
    assert!(!known(lookalikes, FIRST, 0), "an offer does not repeat itself");
}

pub fn replaces_what_an_offer_entered_before_and_keeps_its_age(lookalikes: &dyn Lookalikes) {
    lookalikes.enter(FIRST, &[hash(0)]).unwrap();
    lookalikes.enter(SECOND, &[hash(1)]).unwrap();
    lookalikes.enter(FIRST, &[hash(2)]).unwrap();
    assert!(!known(lookalikes, SECOND, 0) && known(lookalikes, SECOND, 2));
    assert_eq!(lookalikes.offers().unwrap(), [FIRST, SECOND]);
    assert_eq!(lookalikes.others(THIRD).unwrap().len(), 2);
}

pub fn forgets_an_offer_whole(lookalikes: &dyn Lookalikes) {
    lookalikes.enter(FIRST, &[hash(0), hash(1)]).unwrap();
    lookalikes.enter(SECOND, &[hash(2)]).unwrap();
    lookalikes.forget(FIRST).unwrap();
    lookalikes.forget(FIRST).unwrap();
    assert_eq!(lookalikes.offers().unwrap(), [SECOND]);
    assert!(!known(lookalikes, THIRD, 0) && known(lookalikes, THIRD, 2));
}

pub fn the_oldest_offers_make_room(lookalikes: &dyn Lookalikes) {
    lookalikes.enter(FIRST, &[hash(0)]).unwrap();
    lookalikes.enter(SECOND, &[hash(1), hash(1), hash(1)]).unwrap();
    assert_eq!(lookalikes.offers().unwrap(), [FIRST, SECOND], "{ROOM} fit");
    lookalikes.enter(THIRD, &[hash(2)]).unwrap();
    assert_eq!(lookalikes.offers().unwrap(), [SECOND, THIRD]);
    assert!(!known(lookalikes, THIRD, 0), "the first has made room");
    lookalikes.enter(THIRD, &[hash(3); ROOM + 1]).unwrap();
    assert_eq!(
        lookalikes.offers().unwrap(),
        [],
        "an offer beyond all room has none"
    );
}

pub fn an_offer_of_flat_items_is_entered_too(lookalikes: &dyn Lookalikes) {
    lookalikes.enter(FIRST, &[]).unwrap();
    assert_eq!(lookalikes.offers().unwrap(), [FIRST]);
    assert!(lookalikes.others(SECOND).unwrap().is_empty());
}

/// The whole suite; `fresh` makes an empty store for [`ROOM`] hashes.
pub fn all<L: Lookalikes>(fresh: impl Fn() -> L) {
    finds_what_other_offers_entered_and_not_ones_own(&fresh());
    replaces_what_an_offer_entered_before_and_keeps_its_age(&fresh());
    forgets_an_offer_whole(&fresh());
    the_oldest_offers_make_room(&fresh());
    an_offer_of_flat_items_is_entered_too(&fresh());
}
