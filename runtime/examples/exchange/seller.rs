//! What a seller and the seller's gateway do.

use crate::{
    buyer::Purchase,
    goods::Goods,
    people::Person,
    random::Dice,
    world::{Breach, Checked, World},
};
use pallet_marketplace::Call as Market;
use pallet_provenance::Call as Trail;
use vouchsafe_protocol::{
    delivery::{Context, Delivery, OfferSecret},
    id::{Digest, OfferId, RecordId},
    record::{Grade, Parent, Statement},
    report::licence_hash,
    trust::bond,
};
use vouchsafe_runtime::{
    Balance, Marketplace, Runtime,
    constants::{MIN_DELIVER_WITHIN, MIN_OFFER_BOND, VCH},
};

/// The licence that everybody here sells and buys under.
pub fn licence() -> Digest {
    licence_hash(b"use it as you like")
}

/// What a seller asks for and stakes.
#[derive(Clone, Copy)]
pub struct Terms {
    /// Planck for one order.
    pub price: Balance,
    /// Planck on hold while the offer lives.
    pub bond: Balance,
    /// Blocks to deliver.
    pub deliver_within: u32,
    /// Blocks of quiet window beyond the least that is allowed.
    pub more_quiet: u32,
}

impl Terms {
    /// A price with the bond that somebody without a score needs: fifteen times the price.
    pub fn at(price: Balance) -> Self {
        Self {
            price,
            bond: bond(price, 0).max(MIN_OFFER_BOND),
            deliver_within: MIN_DELIVER_WITHIN,
            more_quiet: 0,
        }
    }

    /// Some price from 2 to 200 VCH, to the planck, and some windows.
    pub fn some(dice: &mut Dice) -> Self {
        let planck = Balance::from(dice.next()) % VCH;
        let price = Balance::from(dice.between(2, 199)) * VCH + planck;
        Self {
            deliver_within: MIN_DELIVER_WITHIN + dice.below(30),
            more_quiet: dice.below(30),
            ..Self::at(price)
        }
    }
}

/// An offer that is not made yet: its secret must be known before its content can be sealed.
pub struct Draft<'a> {
    pub seller: &'a Person,
    pub offer: OfferId,
    pub secret: OfferSecret,
    nonce: u64,
}

impl<'a> Draft<'a> {
    /// The seller's next offer.
    pub fn new(world: &mut World, seller: &'a Person) -> Self {
        let (genesis, nonce) = (Marketplace::genesis(), world.fresh());
        let offer = OfferId::derive(&genesis, &seller.id(), nonce);
        let secret = OfferSecret::derive(&seller.seed, &genesis, &offer, 0);
        Self {
            seller,
            offer,
            secret,
            nonce,
        }
    }

    /// What the gateway says of the goods.
    pub fn statement(&self, gateway: &Person, goods: &Goods, parents: &[Parent]) -> Checked<Statement> {
        let unique = Digest(self.offer.0);
        let too_many = |_| Breach("a record has too many parents".into());
        Ok(Statement {
            owner: self.seller.id(),
            gateway: gateway.id(),
            content: goods.content,
            input: unique,
            report: unique,
            metrics_root: unique,
            items: goods.sidecar.layout().items(),
            metadata: unique,
            grade: Grade::Anonymous,
            parents: parents.to_vec().try_into().map_err(too_many)?,
        })
    }

    /// Registers the record, signed by `gateway`.
    pub fn register(
        &self,
        world: &mut World,
        gateway: &Person,
        goods: &Goods,
        parents: &[Parent],
    ) -> Checked<RecordId> {
        let genesis = Marketplace::genesis();
        let statement = self.statement(gateway, goods, parents)?;
        let record = RecordId::derive(&genesis, &statement);
        let call = Trail::<Runtime>::register_record {
            signature: gateway.sign(&statement.signing_bytes(&genesis)),
            statement: Box::new(statement),
        };
        world.must(self.seller, call)?;
        Ok(record)
    }

    /// Registers the record, signed by `gateway`, and makes the offer.
    pub fn list(
        self,
        world: &mut World,
        gateway: &Person,
        goods: Goods,
        terms: Terms,
        parents: &[Parent],
    ) -> Checked<Listing<'a>> {
        let record = self.register(world, gateway, &goods, parents)?;
        let call = Market::<Runtime>::offer {
            nonce: self.nonce,
            record,
            content: goods.content,
            key: self.secret.public(),
            price: terms.price,
            licence: licence(),
            deliver_within: terms.deliver_within,
            dispute_within: Marketplace::least_dispute_window(goods.content.bytes) + terms.more_quiet,
            bond: terms.bond,
        };
        world.must(self.seller, call)?;
        Ok(Listing {
            seller: self.seller,
            offer: self.offer,
            record,
            secret: self.secret,
            goods,
        })
    }
}

/// An offer on the chain, and what its seller keeps.
pub struct Listing<'a> {
    pub seller: &'a Person,
    pub offer: OfferId,
    pub record: RecordId,
    pub secret: OfferSecret,
    pub goods: Goods,
}

impl Listing<'_> {
    /// What a delivery to `purchase` must be bound to.
    pub fn context(&self, purchase: &Purchase<'_>) -> Context {
        Context {
            genesis: Marketplace::genesis(),
            offer: self.offer,
            version: 0,
            order: purchase.order,
            buyer: purchase.buyer.id(),
        }
    }

    /// The answer to a purchase, made with `secret`.
    pub fn answer(&self, secret: &OfferSecret, purchase: &Purchase<'_>) -> Checked<Delivery> {
        secret
            .evaluate(&purchase.blinded, &self.context(purchase), &purchase.order.0)
            .map_err(|error| Breach(format!("an order cannot be answered: {error}")))
    }

    /// The call that delivers the key of a purchase.
    pub fn delivery(&self, purchase: &Purchase<'_>) -> Checked<Market<Runtime>> {
        Ok(deliver(purchase, self.answer(&self.secret, purchase)?))
    }

    /// Delivers the key of a purchase.
    pub fn deliver(&self, world: &mut World, purchase: &Purchase<'_>) -> Checked {
        world.must(self.seller, self.delivery(purchase)?)
    }

    /// Closes the offer, waits for the bond and frees it.
    pub fn wind_up(&self, world: &mut World) -> Checked {
        world.must(self.seller, Market::<Runtime>::close { offer: self.offer })?;
        self.wait_for_bond(world);
        self.release_bond(world)
    }

    /// Goes to the first height at which the bond of this closed offer may be released.
    pub fn wait_for_bond(&self, world: &World) {
        let offer = pallet_marketplace::Offers::<Runtime>::get(self.offer);
        if let Some(pallet_marketplace::OfferStatus::Closed { bond_until }) = offer.map(|offer| offer.status)
        {
            world.go_to(bond_until + 1);
        }
    }

    /// Frees the bond.
    pub fn release_bond(&self, world: &mut World) -> Checked {
        world.must(self.seller, Market::<Runtime>::release_bond { offer: self.offer })
    }
}

/// The call that delivers this.
pub fn deliver(purchase: &Purchase<'_>, delivery: Delivery) -> Market<Runtime> {
    Market::deliver {
        order: purchase.order,
        evaluated: delivery.evaluated,
        proof: delivery.proof,
    }
}

/// Registers a gateway.
pub fn open_gateway(world: &mut World, gateway: &Person) -> Checked {
    let endpoint = b"https://gateway.example".to_vec();
    let too_long = |_| Breach("a gateway's endpoint is too long".into());
    let call = Trail::<Runtime>::register_gateway {
        key: gateway.public(),
        pipelines: Default::default(),
        endpoint: endpoint.try_into().map_err(too_long)?,
    };
    world.must(gateway, call)
}
