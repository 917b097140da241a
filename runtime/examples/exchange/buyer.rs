//! What a buyer does, with what a buyer knows: the chain, and what the seller published.

use crate::{
    goods::Goods,
    people::Person,
    seller::licence,
    world::{Breach, Checked, World, ensure},
};
use pallet_marketplace::{Call as Market, Offers, Orders};
use vouchsafe_protocol::{
    delivery::{Blind, Point},
    hash::sha256,
    id::{OfferId, OrderId},
    key::OpenError,
    misbehaviour::{Case, Evidence, NoFault},
    order::Stage,
};
use vouchsafe_runtime::{Balance, Marketplace, Runtime};

/// An order, and what its buyer keeps.
pub struct Purchase<'a> {
    pub buyer: &'a Person,
    pub offer: OfferId,
    pub order: OrderId,
    pub blinded: Point,
    pub blind: Blind,
}

/// Whether what was published is what the offer is about. An honest buyer pays for nothing else.
pub fn fits(offer: &OfferId, goods: &Goods) -> bool {
    let Some(offer) = Offers::<Runtime>::get(offer) else {
        return false;
    };
    let layout = goods.sidecar.layout();
    goods.sidecar.root() == offer.content.root
        && (layout.chunks(), layout.bytes()) == (offer.content.chunks, offer.content.bytes)
        && goods.chunks.len() == goods.sidecar.leaves().len()
        && goods
            .chunks
            .iter()
            .zip(goods.sidecar.leaves())
            .all(|(chunk, leaf)| chunk.len() == leaf.len as usize && sha256(chunk) == leaf.ciphertext)
}

impl<'a> Purchase<'a> {
    /// An order that is not placed yet, and the call that places it.
    pub fn draft(
        world: &mut World,
        buyer: &'a Person,
        offer: OfferId,
        max_price: Balance,
    ) -> (Self, Market<Runtime>) {
        let genesis = Marketplace::genesis();
        // More orders than fit a u32 would take the simulation centuries.
        let attempt = world.fresh() as u32;
        let blind = Blind::from_seed(&buyer.seed, &genesis, &offer, 0, attempt);
        let blinded = blind.blinded();
        let call = Market::order {
            offer,
            version: 0,
            blinded,
            max_price,
            licence: licence(),
        };
        let order = OrderId::derive(&genesis, &offer, 0, &buyer.id(), &blinded);
        let purchase = Self {
            buyer,
            offer,
            order,
            blinded,
            blind,
        };
        (purchase, call)
    }

    /// An order with the blinded point of another one, whose blind its buyer does not know and guesses.
    pub fn copy(buyer: &'a Person, other: &Purchase<'_>, max_price: Balance) -> (Self, Market<Runtime>) {
        let (genesis, offer, blinded) = (Marketplace::genesis(), other.offer, other.blinded);
        let call = Market::order {
            offer,
            version: 0,
            blinded,
            max_price,
            licence: licence(),
        };
        let purchase = Self {
            buyer,
            offer,
            order: OrderId::derive(&genesis, &offer, 0, &buyer.id(), &blinded),
            blinded,
            blind: Blind::from_seed(&buyer.seed, &genesis, &offer, 0, 0),
        };
        (purchase, call)
    }

    /// Places an order at the offer's price.
    pub fn place(world: &mut World, buyer: &'a Person, offer: OfferId) -> Checked<Self> {
        let row =
            Offers::<Runtime>::get(offer).ok_or_else(|| Breach(format!("offer {offer} is not there")))?;
        let (purchase, call) = Self::draft(world, buyer, offer, row.price);
        world.must(buyer, call)?;
        Ok(purchase)
    }

    /// Looks at what was published, refuses what does not fit, and places an order.
    pub fn check_and_place(
        world: &mut World,
        buyer: &'a Person,
        offer: OfferId,
        goods: &Goods,
    ) -> Checked<Self> {
        ensure(fits(&offer, goods), || {
            "a buyer was shown something else than the offer's content".into()
        })?;
        Self::place(world, buyer, offer)
    }

    /// Where the order stands.
    pub fn stage(&self) -> Checked<Stage> {
        Orders::<Runtime>::get(self.order)
            .map(|order| order.stage)
            .ok_or_else(|| Breach(format!("order {} is not there", self.order)))
    }

    /// The last height of the stage's window.
    pub fn deadline(&self) -> Checked<u32> {
        match self.stage()? {
            Stage::Placed { deliver_by } => Ok(deliver_by),
            Stage::Delivered { dispute_by, .. } => Ok(dispute_by),
            Stage::Closed(outcome) => Err(Breach(format!("order {} has ended: {outcome:?}", self.order))),
        }
    }

    /// Decrypts everything with the delivered key and returns the chunks that are not what was promised.
    pub fn bad_chunks(&self, goods: &Goods) -> Checked<Vec<u32>> {
        let case = self.case(goods)?;
        let secret = self
            .blind
            .unblind(&case.evaluated)
            .map_err(|error| Breach(format!("a verified delivery does not open: {error}")))?;
        let mut bad = vec![];
        for (index, (chunk, leaf)) in (0u32..).zip(goods.chunks.iter().zip(goods.sidecar.leaves())) {
            match secret.open(index, &mut chunk.clone(), leaf) {
                Ok(()) => {}
                Err(OpenError::Commitment) => bad.push(index),
                Err(error) => return Err(Breach(format!("chunk {index} was checked before: {error}"))),
            }
        }
        Ok(bad)
    }

    /// What convicts the seller by chunk `index`.
    ///
    /// # Errors
    /// Nothing does; see [`NoFault`].
    pub fn evidence(&self, goods: &Goods, index: u32) -> Checked<Result<Evidence, NoFault>> {
        let chunk = goods.chunks.get(index as usize).map_or(&[][..], Vec::as_slice);
        let case = self.case(goods)?;
        Ok(Evidence::build(&self.blind, &case, &goods.sidecar, index, chunk))
    }

    /// Finds the bad chunk and files the dispute, which must be accepted.
    pub fn dispute(&self, world: &mut World, goods: &Goods, bad: u32) -> Checked<Evidence> {
        let found = self.bad_chunks(goods)?;
        ensure(found == [bad], || {
            format!("chunk {bad} is bad, the buyer found {found:?}")
        })?;
        let evidence = self
            .evidence(goods, bad)?
            .map_err(|error| Breach(format!("a bad chunk convicts nobody: {error}")))?;
        world
            .dispute(self.order, &evidence)
            .map_err(|refusal| Breach(format!("a true dispute was refused: {refusal:?}")))?;
        Ok(evidence)
    }

    /// Removes the ended order, which frees its deposit.
    pub fn forget(&self, world: &mut World) -> Checked {
        world.must(self.buyer, Market::<Runtime>::forget { order: self.order })
    }

    /// The call that pays the seller.
    pub fn settle(&self) -> Market<Runtime> {
        Market::settle { order: self.order }
    }

    /// The call that gives a waiting buyer the price back.
    pub fn expire(&self) -> Market<Runtime> {
        Market::expire { order: self.order }
    }

    /// The call that gives the buyer of a frozen offer the price back.
    pub fn refund(&self) -> Market<Runtime> {
        Market::refund { order: self.order }
    }

    fn case(&self, goods: &Goods) -> Checked<Case> {
        let evaluated = self
            .stage()?
            .evaluated()
            .ok_or_else(|| Breach(format!("order {} was not delivered", self.order)))?;
        Ok(Case {
            genesis: Marketplace::genesis(),
            offer: self.offer,
            version: 0,
            content: goods.content,
            blinded: self.blinded,
            evaluated,
        })
    }
}
