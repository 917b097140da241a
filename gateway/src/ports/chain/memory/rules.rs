//! What the twin's pallets do with a call: the rules of the real ones, as far as a gateway could get them wrong.

use vouchsafe_protocol::{
    bundle::SignedStatement,
    delivery::{self, Context, Delivery},
    id::{Account, OfferId, OrderId, RecordId},
    log::{Entry, Fact, Standing},
    order::{Action, Outcome, Stage, step},
    price::{HouseShare, divide},
    record::{Parent, Statement},
    royalty::{Ancestor, Royalties, RoyaltyError},
    trust::bond,
};

use super::{
    super::{Call, ChainError, OfferState, OfferStatus, OfferTerms, RecordState, Registration},
    MemoryChain, State,
};

/// Blocks from the end of an offer to that of its bond.
pub(super) const BOND_COOL_OFF: u32 = 3;

impl MemoryChain {
    /// Does what the pallets do with a call of the account that signs here.
    pub(super) fn apply(&self, state: &mut State, call: &Call) -> Result<(), ChainError> {
        let me = self.account;
        match call {
            Call::RegisterGateway {
                key,
                pipelines,
                endpoint,
            } => {
                if state.gateways.contains_key(&me) {
                    return Err(refused("AlreadyRegistered"));
                }
                pay(state, me, self.rules.gateway_bond)?;
                let row = Registration {
                    key: *key,
                    pipelines: pipelines.clone(),
                    endpoint: endpoint.clone(),
                    active: true,
                };
                state.gateways.insert(me, row);
            }
            Call::UpdateGateway {
                key,
                pipelines,
                endpoint,
            } => {
                let row = state
                    .gateways
                    .get_mut(&me)
                    .ok_or_else(|| refused("NotRegistered"))?;
                *row = Registration {
                    key: *key,
                    pipelines: pipelines.clone(),
                    endpoint: endpoint.clone(),
                    active: row.active,
                };
            }
            Call::RegisterRecord { statement, signature } => {
                self.register_record(state, statement, signature)?
            }
            Call::WithdrawRecord { record } => withdraw(state, *record)?,
            Call::EraseRecord { record } => self.erase(state, *record)?,
            Call::Offer(terms) => self.make_offer(state, terms)?,
            Call::Close { offer } => {
                let (row, _) = state.offers.get_mut(offer).ok_or_else(|| refused("NoOffer"))?;
                if row.status != OfferStatus::Open {
                    return Err(refused("OfferClosed"));
                }
                let bond_until = state.height + BOND_COOL_OFF;
                row.status = OfferStatus::Closed { bond_until };
            }
            Call::ReleaseBond { offer } => {
                let (row, terms) = state.offers.get_mut(offer).ok_or_else(|| refused("NoOffer"))?;
                match row.status {
                    OfferStatus::Closed { bond_until } | OfferStatus::Halted { bond_until }
                        if row.open_orders == 0 && state.height > bond_until =>
                    {
                        row.status = OfferStatus::Released;
                        *state.free.entry(row.seller).or_default() += terms.bond;
                    }
                    OfferStatus::Closed { .. } | OfferStatus::Halted { .. } => {
                        return Err(refused("TooEarly"));
                    }
                    OfferStatus::Open | OfferStatus::Released | OfferStatus::Frozen => {
                        return Err(refused("OfferNotClosed"));
                    }
                }
            }
            Call::Deliver {
                order,
                evaluated,
                proof,
            } => {
                let (row, _) = state
                    .orders
                    .get(order)
                    .copied()
                    .ok_or_else(|| refused("NoOrder"))?;
                let (offer, terms) = state
                    .offers
                    .get(&row.offer)
                    .copied()
                    .ok_or_else(|| refused("NoOffer"))?;
                let context = Context {
                    genesis: self.genesis,
                    offer: row.offer,
                    version: row.version,
                    order: *order,
                    buyer: row.buyer,
                };
                let answer = Delivery {
                    evaluated: *evaluated,
                    proof: *proof,
                };
                delivery::verify(&offer.key, &row.blinded, &answer, &context)
                    .map_err(|_| refused("BadProof"))?;
                let action = Action::Deliver {
                    evaluated: *evaluated,
                    dispute_within: terms.dispute_within,
                };
                advance(state, *order, action)?;
            }
            Call::Settle { order } => advance(state, *order, Action::Settle)?,
        }
        Ok(())
    }

    fn register_record(
        &self,
        state: &mut State,
        statement: &Statement,
        signature: &[u8; 64],
    ) -> Result<(), ChainError> {
        let gateway = state
            .gateways
            .get(&statement.gateway)
            .ok_or_else(|| refused("NotRegistered"))?;
        if !gateway.active {
            return Err(refused("GatewayRetiring"));
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(&gateway.key).map_err(|_| refused("BadKey"))?;
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        key.verify_strict(&statement.signing_bytes(&self.genesis), &signature)
            .map_err(|_| refused("BadSignature"))?;
        if statement.owner != self.account {
            return Err(refused("NotOwner"));
        }
        let (record, row) = self.record_row(state, statement)?;
        pay(state, statement.owner, self.rules.record_deposit)?;
        state.records.insert(record, (row, statement.content));
        let (key, signature) = (key.to_bytes(), signature.to_bytes());
        let signed = SignedStatement {
            record,
            statement: statement.clone(),
            key,
            signature,
        };
        state.signed.insert(record, signed);
        note(state, record, Fact::Registered { key });
        Ok(())
    }

    fn erase(&self, state: &mut State, record: RecordId) -> Result<(), ChainError> {
        if standing(state, record).is_some_and(|standing| standing.erased.is_some()) {
            return Err(refused("AlreadyErased"));
        }
        let (row, _) = state
            .records
            .get_mut(&record)
            .ok_or_else(|| refused("UnknownRecord"))?;
        if row.statement.owner != self.account {
            return Err(refused("NeitherOwnerNorGateway"));
        }
        row.live = false;
        note(state, record, Fact::Erased { by: self.account });
        Ok(())
    }

    /// The row of a new record, if it may be registered.
    pub(super) fn record_row(
        &self,
        state: &State,
        statement: &Statement,
    ) -> Result<(RecordId, RecordState), ChainError> {
        if !statement.content.is_sane() || statement.items == 0 {
            return Err(refused("BadContent"));
        }
        let record = RecordId::derive(&self.genesis, statement);
        if state.records.contains_key(&record) {
            return Err(refused("RecordExists"));
        }
        let row = RecordState {
            statement: statement.clone(),
            live: true,
            royalties: shared_with(state, &statement.parents)?,
        };
        Ok((record, row))
    }

    /// The least bond of an offer at this price now.
    pub(super) fn bond_due(&self, state: &State, price: u128) -> u128 {
        bond(price, state.score).max(self.rules.bond_floor(price))
    }

    fn make_offer(&self, state: &mut State, terms: &OfferTerms) -> Result<(), ChainError> {
        let offer = OfferId::derive(&self.genesis, &self.account, terms.nonce);
        let (record, content) = state
            .records
            .get(&terms.record)
            .ok_or_else(|| refused("NoRecord"))?;
        if !record.live || record.statement.owner != self.account || *content != terms.content {
            return Err(refused("WrongRecord"));
        }
        if state.offers.contains_key(&offer) || state.offered.contains(&terms.record) {
            return Err(refused("AlreadyOffered"));
        }
        let within = |(low, high): (u32, u32), blocks: u32| (low..=high).contains(&blocks);
        if !within(self.rules.deliver_within, terms.deliver_within)
            || !within(
                (
                    self.rules.least_dispute_window(terms.content.bytes),
                    self.rules.dispute_within.1,
                ),
                terms.dispute_within,
            )
        {
            return Err(refused("WindowOutOfRange"));
        }
        if terms.bond < self.bond_due(state, terms.price) {
            return Err(refused("BondTooLow"));
        }
        pay(state, self.account, terms.bond)?;
        let row = OfferState {
            seller: self.account,
            record: terms.record,
            version: 0,
            key: terms.key,
            price: terms.price,
            status: OfferStatus::Open,
            open_orders: 0,
        };
        state.offers.insert(offer, (row, *terms));
        state.offered.insert(terms.record);
        Ok(())
    }
}

/// Who shares in what a record with these parents earns, by the rules of the pallet.
fn shared_with(state: &State, parents: &[Parent]) -> Result<Royalties, ChainError> {
    let mut ancestors = Vec::with_capacity(parents.len());
    for (at, parent) in parents.iter().enumerate() {
        if parents[..at]
            .iter()
            .any(|earlier| earlier.record == parent.record)
        {
            return Err(refused("DuplicateParent"));
        }
        match state.records.get(&parent.record) {
            None => return Err(refused("UnknownParent")),
            Some((row, _)) if !row.live => return Err(refused("ParentWithdrawn")),
            Some((row, _)) => ancestors.push(Ancestor {
                owner: row.statement.owner,
                share_ppm: parent.share_ppm,
                royalties: row.royalties.clone(),
            }),
        }
    }
    Royalties::of(&ancestors).map_err(|error| match error {
        RoyaltyError::SharesExceedWhole => refused("SharesExceedWhole"),
        RoyaltyError::TooManyPayees => refused("TooManyPayees"),
        RoyaltyError::TooDeep => refused("TooDeep"),
    })
}

pub(super) fn withdraw(state: &mut State, record: RecordId) -> Result<(), ChainError> {
    let (row, _) = state
        .records
        .get_mut(&record)
        .ok_or_else(|| refused("NoRecord"))?;
    if !row.live {
        return Err(refused("AlreadyWithdrawn"));
    }
    row.live = false;
    note(state, record, Fact::Withdrawn);
    Ok(())
}

/// Appends to the log.
pub(super) fn note(state: &mut State, record: RecordId, fact: Fact) {
    let height = state.height;
    state.log.push(Entry { record, height, fact });
}

/// What the log says of a record.
pub(super) fn standing(state: &State, record: RecordId) -> Option<Standing> {
    let (row, _) = state.records.get(&record)?;
    let about: Vec<Entry> = (state.log.iter())
        .filter(|entry| entry.record == record)
        .cloned()
        .collect();
    let custodians = [&row.statement.owner, &row.statement.gateway];
    Standing::of(&record, custodians, &about).ok()
}

pub(super) fn refused(error: &str) -> ChainError {
    ChainError::Refused {
        pallet: "Twin".into(),
        error: error.into(),
        doc: String::new(),
    }
}

pub(super) fn pay(state: &mut State, account: Account, planck: u128) -> Result<(), ChainError> {
    let free = state.free.entry(account).or_default();
    match free.checked_sub(planck) {
        Some(rest) => {
            *free = rest;
            Ok(())
        }
        None => Err(ChainError::NoFunds {
            account,
            detail: format!("{planck} planck are needed, {free} are free"),
        }),
    }
}

/// Pays the price of a settled order to the seller and to whom the record's earnings are shared with. This chain's house
/// takes nothing.
fn settle(state: &mut State, offer: OfferId, price: u128) {
    let Some((offer, _)) = state.offers.get(&offer) else {
        return;
    };
    let (seller, record) = (offer.seller, offer.record);
    let shared = state
        .records
        .get(&record)
        .map(|(row, _)| row.royalties.payees.to_vec());
    let payees = shared.unwrap_or_default();
    let shares: Vec<u32> = payees.iter().map(|royalty| royalty.share_ppm).collect();
    let division = divide(price, HouseShare::default(), &shares);
    *state.free.entry(seller).or_default() += division.seller;
    for (royalty, planck) in payees.iter().zip(division.royalties) {
        *state.free.entry(royalty.payee).or_default() += planck;
    }
}

pub(super) fn advance(state: &mut State, order: OrderId, action: Action) -> Result<(), ChainError> {
    let height = state.height;
    let (row, price) = state.orders.get_mut(&order).ok_or_else(|| refused("NoOrder"))?;
    let standing = match state.offers.get(&row.offer) {
        Some((offer, _)) => offer.status.standing(),
        None => return Err(refused("NoOffer")),
    };
    row.stage =
        step(row.stage, standing, action, height).map_err(|refusal| refused(&format!("{refusal:?}")))?;
    let (offer, buyer, price) = (row.offer, row.buyer, *price);
    match row.stage {
        Stage::Placed { .. } | Stage::Delivered { .. } => return Ok(()),
        Stage::Closed(Outcome::Settled { .. }) => settle(state, offer, price),
        Stage::Closed(Outcome::Refunded | Outcome::Disputed | Outcome::Voided) => {
            *state.free.entry(buyer).or_default() += price;
        }
    }
    if let Some((offer, _)) = state.offers.get_mut(&offer) {
        offer.open_orders -= 1;
        if let OfferStatus::Closed { bond_until } | OfferStatus::Halted { bond_until } = &mut offer.status {
            *bond_until = height + BOND_COOL_OFF;
        }
    }
    Ok(())
}
