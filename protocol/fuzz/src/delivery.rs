//! [`delivery::verify`](verify) and [`Point::check`]: what a seller sends, and the points that anybody sends.

use super::input::Input;
use vouchsafe_protocol::{
    delivery::{Blind, Context, Delivery, DeliveryError, OfferSecret, Point, verify},
    hash_to_group,
    id::{Account, Genesis, OfferId, OrderId},
};

/// The order of the group, 2^252 + 27742317777372353535851937790883648493, little-endian.
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Everything that a delivery is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Claim {
    public: Point,
    blinded: Point,
    delivery: Delivery,
    context: Context,
}

/// The input is a point, a whole delivery, or seeds of an honest one and what is changed in it.
pub fn check(bytes: &[u8]) -> bool {
    let mut input = Input::new(bytes);
    match input.byte() % 3 {
        0 => point(Point(input.array())),
        1 => foreign(&mut input),
        _ => honest(&mut input),
    }
}

/// A valid point is one of only one encoding, below the field's order and not negative (RFC 9496 section 4.3.1).
fn point(point: Point) -> bool {
    let hashed = hash_to_group(&[point.as_ref()], b"fuzz").compress().0;
    assert_eq!(Point(hashed).check(), Ok(()));
    refuse_other_encodings(hashed);
    let valid = point.check().is_ok();
    if valid {
        assert_ne!(point.0, [0; 32], "the identity");
        refuse_other_encodings(point.0);
    } else {
        assert_eq!(point.check(), Err(DeliveryError::BadPoint(point)));
    }
    valid
}

/// Of a valid encoding `e`: `e + p`, `p - e`, and `e` with its highest bit set.
fn refuse_other_encodings(encoded: [u8; 32]) {
    let mut field_order = [0xff; 32];
    (field_order[0], field_order[31]) = (0xed, 0x7f);
    assert_eq!(encoded[0] & 1, 0, "negative");
    assert!(
        encoded.iter().rev().lt(field_order.iter().rev()),
        "not below the field's order"
    );
    let mut high = encoded;
    high[31] |= 0x80;
    for other in [
        add(&encoded, &field_order),
        subtract(&field_order, &encoded),
        high,
    ] {
        assert_eq!(Point(other).check(), Err(DeliveryError::BadPoint(Point(other))));
    }
}

fn foreign(input: &mut Input) -> bool {
    let claim = Claim {
        public: Point(input.array()),
        blinded: Point(input.array()),
        delivery: Delivery {
            evaluated: Point(input.array()),
            proof: input.array(),
        },
        context: Context {
            genesis: Genesis(input.array()),
            offer: OfferId(input.array()),
            version: input.u32(),
            order: OrderId(input.array()),
            buyer: Account(input.array()),
        },
    };
    claim.judge() == Ok(())
}

/// An honest delivery is accepted and opens the content; with anything changed it is not accepted.
fn honest(input: &mut Input) -> bool {
    let genesis = Genesis(input.name());
    let offer = OfferId(input.name());
    let version = input.u32();
    let secret = OfferSecret::derive(&input.name(), &genesis, &offer, version);
    let blind = Blind::from_seed(&input.name(), &genesis, &offer, version, input.u32());
    let blinded = blind.blinded();
    let buyer = Account(input.name());
    let context = Context {
        genesis,
        offer,
        version,
        order: OrderId::derive(&genesis, &offer, version, &buyer, &blinded),
        buyer,
    };
    let truth = Claim {
        public: secret.public(),
        blinded,
        delivery: secret.evaluate(&blinded, &context, &input.name()).unwrap(),
        context,
    };
    assert_eq!(truth.judge(), Ok(()));
    let opened = blind.unblind(&truth.delivery.evaluated).unwrap();
    assert_eq!(opened.expose(), secret.content_secret().expose());

    let mut claim = truth;
    while !input.is_empty() {
        claim.change(input);
    }
    assert_eq!(claim.judge().is_ok(), claim == truth);
    claim == truth
}

impl Claim {
    /// The verdict, which never contradicts what is known of the points.
    fn judge(&self) -> Result<(), DeliveryError> {
        let verdict = verify(&self.public, &self.blinded, &self.delivery, &self.context);
        let bad = [self.public, self.blinded, self.delivery.evaluated]
            .into_iter()
            .find(|point| point.check().is_err());
        match bad {
            Some(point) => assert_eq!(verdict, Err(DeliveryError::BadPoint(point))),
            None => assert!(matches!(verdict, Ok(()) | Err(DeliveryError::BadProof))),
        }
        verdict
    }

    fn change(&mut self, input: &mut Input) {
        let mask = input.byte();
        let Self {
            public,
            blinded,
            delivery,
            context,
        } = self;
        match input.byte() % 14 {
            0 => public.0[input.below(32)] ^= mask,
            1 => blinded.0[input.below(32)] ^= mask,
            2 => delivery.evaluated.0[input.below(32)] ^= mask,
            3 => delivery.proof[input.below(64)] ^= mask,
            4 => context.genesis.0[input.below(32)] ^= mask,
            5 => context.offer.0[input.below(32)] ^= mask,
            6 => context.version ^= u32::from(mask) << input.below(25),
            7 => context.order.0[input.below(32)] ^= mask,
            8 => context.buyer.0[input.below(32)] ^= mask,
            // Other valid points.
            9 => *public = any_point(mask),
            10 => *blinded = any_point(mask),
            11 => delivery.evaluated = any_point(mask),
            // The same scalars, not canonical.
            12 => add_group_order(delivery.proof.first_chunk_mut().unwrap()),
            _ => add_group_order(delivery.proof.last_chunk_mut().unwrap()),
        }
    }
}

fn any_point(seed: u8) -> Point {
    Point(hash_to_group(&[&[seed]], b"fuzz").compress().0)
}

fn add_group_order(scalar: &mut [u8; 32]) {
    *scalar = add(scalar, &GROUP_ORDER);
}

/// `a + b` modulo 2^256, little-endian.
fn add(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut carry = 0u16;
    std::array::from_fn(|at| {
        let digit = u16::from(a[at]) + u16::from(b[at]) + carry;
        carry = digit >> 8;
        digit as u8
    })
}

/// `a - b`, little-endian; `b` is at most `a`.
fn subtract(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut borrow = false;
    std::array::from_fn(|at| {
        let (digit, first) = a[at].overflowing_sub(b[at]);
        let (digit, second) = digit.overflowing_sub(u8::from(borrow));
        borrow = first || second;
        digit
    })
}
