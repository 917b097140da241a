//! The delivery: that it works, that no wrong one does, and that independent judges agree.

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto};
use proptest::prelude::*;
use sha2::{Digest as _, Sha512};
use vouchsafe_protocol::{
    delivery::{Blind, Context, Delivery, DeliveryError, OfferSecret, Point, verify},
    hash_to_group,
    id::{Account, Genesis, OfferId, OrderId},
};

const GENESIS: Genesis = Genesis([1; 32]);
const OFFER: OfferId = OfferId([2; 32]);
const BUYER: Account = Account([3; 32]);

fn context(order: OrderId) -> Context {
    Context {
        genesis: GENESIS,
        offer: OFFER,
        version: 0,
        order,
        buyer: BUYER,
    }
}

struct Sale {
    secret: OfferSecret,
    blind: Blind,
    context: Context,
    delivery: Delivery,
}

fn sale(seller: u8, buyer: u8, attempt: u32) -> Sale {
    let secret = OfferSecret::derive(&[seller; 32], &GENESIS, &OFFER, 0);
    let blind = Blind::from_seed(&[buyer; 32], &GENESIS, &OFFER, 0, attempt);
    let context = context(OrderId::derive(&GENESIS, &OFFER, 0, &BUYER, &blind.blinded()));
    let delivery = secret.evaluate(&blind.blinded(), &context, &[9; 32]).unwrap();
    Sale {
        secret,
        blind,
        context,
        delivery,
    }
}

fn check(sale: &Sale) -> Result<(), DeliveryError> {
    verify(
        &sale.secret.public(),
        &sale.blind.blinded(),
        &sale.delivery,
        &sale.context,
    )
}

#[test]
fn the_buyer_ends_with_the_secret_that_sealed_the_content() {
    let sale = sale(10, 20, 0);
    assert_eq!(check(&sale), Ok(()));
    let opened = sale.blind.unblind(&sale.delivery.evaluated).unwrap();
    assert_eq!(opened.expose(), sale.secret.content_secret().expose());
}

#[test]
fn all_buyers_end_with_the_same_secret_and_none_with_the_same_points() {
    let (one, two, again) = (sale(10, 20, 0), sale(10, 21, 0), sale(10, 20, 1));
    let open = |s: &Sale| *s.blind.unblind(&s.delivery.evaluated).unwrap().expose();
    assert_eq!(open(&one), open(&two));
    assert_eq!(open(&one), open(&again));
    assert_ne!(one.blind.blinded(), two.blind.blinded());
    assert_ne!(one.blind.blinded(), again.blind.blinded());
}

#[test]
fn a_key_made_with_another_secret_is_refused() {
    let (honest, cheat) = (sale(10, 20, 0), sale(11, 20, 0));
    let error = verify(
        &honest.secret.public(),
        &honest.blind.blinded(),
        &cheat.delivery,
        &honest.context,
    );
    assert_eq!(error, Err(DeliveryError::BadProof));
}

#[test]
fn a_delivery_is_refused_in_every_other_context() {
    let sale = sale(10, 20, 0);
    let base = sale.context;
    let others = [
        Context {
            genesis: Genesis([7; 32]),
            ..base
        },
        Context {
            offer: OfferId([7; 32]),
            ..base
        },
        Context { version: 1, ..base },
        Context {
            order: OrderId([7; 32]),
            ..base
        },
        Context {
            buyer: Account([7; 32]),
            ..base
        },
    ];
    for context in others {
        let answer = verify(
            &sale.secret.public(),
            &sale.blind.blinded(),
            &sale.delivery,
            &context,
        );
        assert_eq!(answer, Err(DeliveryError::BadProof), "{context:?}");
    }
}

#[test]
fn the_identity_and_non_canonical_bytes_are_no_points() {
    let sale = sale(10, 20, 0);
    for bytes in [[0; 32], [0xff; 32], {
        // The field prime itself: a second encoding of zero.
        let mut p = [0xff; 32];
        (p[0], p[31]) = (0xed, 0x7f);
        p
    }] {
        let bad = Point(bytes);
        let refused = Err(DeliveryError::BadPoint(bad));
        assert_eq!(bad.check(), refused);
        assert_eq!(
            verify(&bad, &sale.blind.blinded(), &sale.delivery, &sale.context),
            refused
        );
        assert_eq!(
            verify(&sale.secret.public(), &bad, &sale.delivery, &sale.context),
            refused
        );
        let forged = Delivery {
            evaluated: bad,
            ..sale.delivery
        };
        assert_eq!(
            verify(
                &sale.secret.public(),
                &sale.blind.blinded(),
                &forged,
                &sale.context
            ),
            refused
        );
        assert_eq!(
            sale.secret.evaluate(&bad, &sale.context, &[0; 32]),
            refused.map(|()| sale.delivery)
        );
        assert_eq!(sale.blind.unblind(&bad).map(|_| ()), refused);
    }
}

#[test]
fn scalars_that_are_not_canonical_are_refused() {
    let sale = sale(10, 20, 0);
    for half in [0..32, 32..64] {
        let mut forged = sale.delivery;
        forged.proof[half].fill(0xff);
        let answer = verify(
            &sale.secret.public(),
            &sale.blind.blinded(),
            &forged,
            &sale.context,
        );
        assert_eq!(answer, Err(DeliveryError::BadProof));
    }
    assert!(OfferSecret::from_scalar(&[0; 32], &GENESIS, &OFFER, 0).is_none());
    assert!(OfferSecret::from_scalar(&[0xff; 32], &GENESIS, &OFFER, 0).is_none());
    assert!(Blind::from_scalar(&[0; 32], &GENESIS, &OFFER, 0).is_none());
    assert!(Blind::from_scalar(&[0xff; 32], &GENESIS, &OFFER, 0).is_none());
}

#[test]
fn a_repeated_nonce_never_repeats_a_one_time_scalar() {
    // With one t for two challenges, s = (z1 - z2) / (c2 - c1). The derivation must keep them apart.
    let (one, two) = (sale(10, 20, 0), sale(10, 21, 0));
    let scalar = |b: &[u8]| Scalar::from_canonical_bytes(b.try_into().unwrap()).unwrap();
    let (c1, z1) = (
        scalar(&one.delivery.proof[..32]),
        scalar(&one.delivery.proof[32..]),
    );
    let (c2, z2) = (
        scalar(&two.delivery.proof[..32]),
        scalar(&two.delivery.proof[32..]),
    );
    let recovered = (z1 - z2) * (c2 - c1).invert();
    let public = (recovered * curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT).compress();
    assert_ne!(Point(public.0), one.secret.public());
}

#[test]
fn secrets_are_never_printed() {
    let sale = sale(10, 20, 0);
    assert_eq!(
        format!("{:?} {:?}", sale.secret, sale.blind),
        "OfferSecret(..) Blind(..)"
    );
}

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// `Finalize` of RFC 9497 section 3.3.1 from the unblinded element on.
fn rfc_output(input: &[u8], element: &[u8; 32]) -> Vec<u8> {
    let len = |bytes: &[u8]| (bytes.len() as u16).to_be_bytes();
    let hasher = Sha512::new()
        .chain_update(len(input))
        .chain_update(input)
        .chain_update(len(element));
    hasher
        .chain_update(element)
        .chain_update(b"Finalize")
        .finalize()
        .to_vec()
}

#[test]
fn the_vectors_of_rfc_9497_hold() {
    // Appendix A.1.2, ristretto255-SHA512, VOPRF mode, test vectors 1 and 2.
    let key = unhex("e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909");
    let secret = OfferSecret::from_scalar(&key, &GENESIS, &OFFER, 0).unwrap();
    let public = unhex("c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e");
    assert_eq!(secret.public(), Point(public));
    let cases = [
        (
            "00",
            "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
            "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
            "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c",
        ),
        (
            "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
            "cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c",
            "60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468",
            "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6",
        ),
    ];
    let scalar = unhex("64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706");
    let blind = Blind::from_scalar(&scalar, &GENESIS, &OFFER, 0).unwrap();
    for (input, blinded, evaluated, output) in cases {
        let input = hex::decode(input).unwrap();
        let dst = b"HashToGroup-OPRFV1-\x01-ristretto255-SHA512";
        let element: RistrettoPoint = hash_to_group(&[&input], dst);
        let ours = Scalar::from_canonical_bytes(scalar).unwrap() * element;
        assert_eq!(
            ours.compress(),
            CompressedRistretto(unhex(blinded)),
            "hash to group"
        );

        let context = context(OrderId([0; 32]));
        let delivery = secret
            .evaluate(&Point(unhex(blinded)), &context, &[0; 32])
            .unwrap();
        assert_eq!(delivery.evaluated, Point(unhex(evaluated)), "evaluation");
        let opened = blind.unblind(&delivery.evaluated).unwrap();
        assert_eq!(
            rfc_output(&input, opened.expose()),
            hex::decode(output).unwrap(),
            "unblinding"
        );
    }
}

#[test]
fn a_client_of_the_voprf_crate_accepts_our_evaluations() {
    let mut rng = rand::rngs::OsRng;
    for input in [&b"one"[..], b"two", b""] {
        let server = voprf::OprfServer::<voprf::Ristretto255>::new(&mut rng).unwrap();
        let key: [u8; 32] = server.serialize().as_slice().try_into().unwrap();
        let secret = OfferSecret::from_scalar(&key, &GENESIS, &OFFER, 0).unwrap();

        let blinding = voprf::OprfClient::<voprf::Ristretto255>::blind(input, &mut rng).unwrap();
        let blinded = Point(blinding.message.serialize().as_slice().try_into().unwrap());
        let ours = secret
            .evaluate(&blinded, &context(OrderId([0; 32])), &[5; 32])
            .unwrap();
        let theirs = voprf::EvaluationElement::deserialize(&ours.evaluated.0).unwrap();
        let output = blinding.state.finalize(input, &theirs).unwrap();
        assert_eq!(output, server.evaluate(input).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn blind_evaluate_verify_unblind(seller: [u8; 32], buyer: [u8; 32], offer: [u8; 32], version: u32, nonce: [u8; 32]) {
        let offer = OfferId(offer);
        let secret = OfferSecret::derive(&seller, &GENESIS, &offer, version);
        let blind = Blind::from_seed(&buyer, &GENESIS, &offer, version, 0);
        let order = OrderId::derive(&GENESIS, &offer, version, &BUYER, &blind.blinded());
        let context = Context { genesis: GENESIS, offer, version, order, buyer: BUYER };
        let delivery = secret.evaluate(&blind.blinded(), &context, &nonce).unwrap();
        prop_assert_eq!(verify(&secret.public(), &blind.blinded(), &delivery, &context), Ok(()));
        let opened = blind.unblind(&delivery.evaluated).unwrap();
        prop_assert_eq!(*opened.expose(), *secret.content_secret().expose());
    }

    #[test]
    fn no_altered_bit_verifies(at in 0usize..96, bit in 0u8..8) {
        let mut sale = sale(10, 20, 0);
        match at {
            0..32 => sale.delivery.evaluated.0[at] ^= 1 << bit,
            _ => sale.delivery.proof[at - 32] ^= 1 << bit,
        }
        prop_assert!(check(&sale).is_err());
    }
}
