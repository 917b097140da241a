mod proofs;
mod rules;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use vouchsafe_protocol::{
    bundle::{AuthoritySet, Finalised, SignedStatement},
    delivery::Point,
    id::{Account, Genesis, OfferId, OrderId, RecordId},
    log::{Entry, Fact, Standing},
    order::{Action, Stage},
    record::{Content, Statement},
};

use rules::{BOND_COOL_OFF, advance, note, pay, refused, withdraw};

use super::{
    Call, Chain, ChainError, Head, Justified, OfferState, OfferStatus, OfferTerms, OrderProof, OrderState,
    Receipt, RecordProof, RecordState, Registration, Rules,
};

/// What goes wrong with the next submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The node is gone before the call.
    BeforeInclusion,
    /// The call is included, and the answer is lost.
    AfterInclusion,
    /// Everybody's score falls to nothing just before the call.
    ScoreFalls,
}

/// Where the twin pretends to be: in its errors, as a node's address is in those of a real client.
pub const TWIN_ADDRESS: &str = "ws://twin.example:9944";

/// In-memory twin: one block per submission, every block final, the same order state machine as the pallet.
///
/// It checks what the pallets check where the gateway could get it wrong (signature, registration, proof, stage,
/// funds), keeps every accepted call, and moves no fees.
#[derive(Debug)]
pub struct MemoryChain {
    genesis: Genesis,
    /// The account that signs what is submitted here.
    account: Account,
    rules: Rules,
    state: Mutex<State>,
    bell: tokio::sync::Notify,
}

#[derive(Debug, Default)]
struct State {
    height: u32,
    reachable: bool,
    /// Takes questions and calls, and says nothing to them.
    silent: bool,
    /// Number of accepted calls at which the next one goes wrong.
    fault: Option<(usize, Fault)>,
    free: BTreeMap<Account, u128>,
    gateways: BTreeMap<Account, Registration>,
    records: BTreeMap<RecordId, (RecordState, Content)>,
    signed: BTreeMap<RecordId, SignedStatement>,
    log: Vec<Entry>,
    /// Heights at which the authority set changed.
    set_changes: Vec<u32>,
    /// Everybody's, basis points.
    score: u16,
    offers: BTreeMap<OfferId, (OfferState, OfferTerms)>,
    orders: BTreeMap<OrderId, (OrderState, u128)>,
    offered: BTreeSet<RecordId>,
    accepted: Vec<Call>,
    asked: Vec<OfferId>,
}

impl MemoryChain {
    /// A chain at height 1 where `account` owns `funds` planck.
    pub fn new(account: Account, funds: u128) -> Self {
        let state = State {
            height: 1,
            reachable: true,
            free: BTreeMap::from([(account, funds)]),
            ..State::default()
        };
        Self {
            genesis: Genesis([0x6e; 32]),
            account,
            rules: Rules {
                gateway_bond: 1_000,
                record_deposit: 10,
                min_offer_bond: 100,
                min_bond_ppm: 1_000_000,
                existential_deposit: 1,
                deliver_within: (5, 1_000),
                dispute_within: (2, 1_000),
                dispute_bytes_per_block: 1 << 20,
                slot_ms: 1_000,
            },
            state: Mutex::new(state),
            bell: tokio::sync::Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self) -> Result<MutexGuard<'_, State>, ChainError> {
        loop {
            let rung = self.bell.notified();
            {
                let state = self.state();
                if !state.reachable {
                    let address = TWIN_ADDRESS;
                    return Err(ChainError::Unreachable(format!("{address} was told to be away")));
                }
                if !state.silent {
                    return Ok(state);
                }
            }
            rung.await;
        }
    }

    /// Cuts or restores the connection.
    pub fn set_reachable(&self, reachable: bool) {
        self.state().reachable = reachable;
        self.bell.notify_waiters();
    }

    /// Lets every question and call wait until this is undone, as a node does behind a connection that has gone dead.
    pub fn set_silent(&self, silent: bool) {
        self.state().silent = silent;
        self.bell.notify_waiters();
    }

    /// Makes the next submission go wrong.
    pub fn fail_next(&self, fault: Fault) {
        let mut state = self.state();
        state.fault = Some((state.accepted.len(), fault));
    }

    /// Makes the submission after `accepted` accepted ones go wrong, once.
    pub fn fail_after(&self, accepted: usize, fault: Fault) {
        self.state().fault = Some((accepted, fault));
    }

    pub fn set_free(&self, account: Account, planck: u128) {
        self.state().free.insert(account, planck);
    }

    /// What everybody's word is worth from now on, basis points; nothing at first.
    pub fn set_score(&self, score: u16) {
        self.state().score = score;
    }

    /// Makes `blocks` empty blocks.
    pub fn advance(&self, blocks: u32) {
        self.state().height += blocks;
        self.bell.notify_waiters();
    }

    /// Every call that was accepted, in order.
    pub fn accepted(&self) -> Vec<Call> {
        self.state().accepted.clone()
    }

    /// Every offer that was asked for since the last time.
    pub fn take_asked(&self) -> Vec<OfferId> {
        std::mem::take(&mut self.state().asked)
    }

    /// What a buyer does: pays into escrow.
    pub fn place_order(&self, offer: OfferId, buyer: Account, blinded: Point) -> Result<OrderId, ChainError> {
        let mut state = self.state();
        let (terms_offer, terms) = state
            .offers
            .get(&offer)
            .copied()
            .ok_or_else(|| refused("NoOffer"))?;
        if terms_offer.status != OfferStatus::Open {
            return Err(refused("OfferClosed"));
        }
        pay(&mut state, buyer, terms.price)?;
        let order = OrderId::derive(&self.genesis, &offer, terms_offer.version, &buyer, &blinded);
        state.height += 1;
        let stage = Stage::Placed {
            deliver_by: state.height + terms.deliver_within,
        };
        let row = OrderState {
            offer,
            version: terms_offer.version,
            buyer,
            blinded,
            stage,
        };
        state.orders.insert(order, (row, terms.price));
        if let Some((offer, _)) = state.offers.get_mut(&offer) {
            offer.open_orders += 1;
        }
        drop(state);
        self.bell.notify_waiters();
        Ok(order)
    }

    /// What another gateway does: registers a record, whose signature is not looked at.
    pub fn register_elsewhere(&self, statement: &Statement) -> Result<RecordId, ChainError> {
        let mut state = self.state();
        state.height += 1;
        let (record, row) = self.record_row(&state, statement)?;
        let key = state.gateways.get(&statement.gateway).map(|gateway| gateway.key);
        let key = key.unwrap_or_default();
        state.records.insert(record, (row, statement.content));
        note(&mut state, record, Fact::Registered { key });
        Ok(record)
    }

    /// Makes a block in which one authority set names the next.
    pub fn change_set(&self) {
        let mut state = self.state();
        state.height += 1;
        let height = state.height;
        state.set_changes.push(height);
        drop(state);
        self.bell.notify_waiters();
    }

    /// What the buyer of an ended order does: forgets it.
    pub fn forget(&self, order: OrderId) {
        self.state().orders.remove(&order);
    }

    /// What the owner of a record does: withdraws it.
    pub fn withdraw(&self, record: RecordId) -> Result<(), ChainError> {
        let mut state = self.state();
        state.height += 1;
        withdraw(&mut state, record)
    }

    /// What auditors who agree on a fault do to an offer.
    pub fn halt(&self, offer: OfferId) -> Result<(), ChainError> {
        let mut state = self.state();
        state.height += 1;
        let bond_until = state.height + BOND_COOL_OFF;
        let (row, _) = state.offers.get_mut(&offer).ok_or_else(|| refused("NoOffer"))?;
        row.status = OfferStatus::Halted { bond_until };
        drop(state);
        self.bell.notify_waiters();
        Ok(())
    }

    /// What the proof of a fraud does to an offer: its bond is gone.
    pub fn freeze(&self, offer: OfferId) -> Result<(), ChainError> {
        let mut state = self.state();
        state.height += 1;
        let (row, _) = state.offers.get_mut(&offer).ok_or_else(|| refused("NoOffer"))?;
        row.status = OfferStatus::Frozen;
        let record = row.record;
        let (order, chunk) = (OrderId::default(), 0);
        note(&mut state, record, Fact::FraudProven { offer, order, chunk });
        drop(state);
        self.bell.notify_waiters();
        Ok(())
    }

    /// What anyone does with a late order.
    pub fn expire(&self, order: OrderId) -> Result<(), ChainError> {
        let mut state = self.state();
        state.height += 1;
        advance(&mut state, order, Action::Expire)
    }
}

#[async_trait]
impl Chain for MemoryChain {
    async fn genesis(&self) -> Result<Genesis, ChainError> {
        self.read().await.map(|_| self.genesis)
    }

    async fn finalised(&self) -> Result<Head, ChainError> {
        let height = self.read().await?.height;
        Ok(Head {
            height,
            hash: [0; 32],
        })
    }

    async fn finalised_above(&self, height: u32) -> Result<Head, ChainError> {
        loop {
            let rung = self.bell.notified();
            let head = self.finalised().await?;
            if head.height > height {
                return Ok(head);
            }
            rung.await;
        }
    }

    async fn rules(&self) -> Result<Rules, ChainError> {
        self.read().await.map(|_| self.rules)
    }

    async fn total_issuance(&self) -> Result<u128, ChainError> {
        let state = self.read().await?;
        Ok(state.free.values().sum())
    }

    async fn free(&self, account: Account) -> Result<u128, ChainError> {
        Ok(self.read().await?.free.get(&account).copied().unwrap_or_default())
    }

    async fn registration(&self, gateway: Account) -> Result<Option<Registration>, ChainError> {
        Ok(self.read().await?.gateways.get(&gateway).cloned())
    }

    async fn record(&self, record: RecordId) -> Result<Option<RecordState>, ChainError> {
        Ok(self
            .read()
            .await?
            .records
            .get(&record)
            .map(|(state, _)| state.clone()))
    }

    async fn signed(&self, record: RecordId) -> Result<Option<SignedStatement>, ChainError> {
        Ok(self.read().await?.signed.get(&record).cloned())
    }

    async fn standing(&self, record: RecordId) -> Result<Option<Standing>, ChainError> {
        let state = self.read().await?;
        Ok(rules::standing(&state, record))
    }

    async fn offer(&self, offer: OfferId) -> Result<Option<OfferState>, ChainError> {
        let mut state = self.read().await?;
        state.asked.push(offer);
        Ok(state.offers.get(&offer).map(|(state, _)| *state))
    }

    async fn least_bond(&self, _: Account, price: u128) -> Result<u128, ChainError> {
        let state = self.read().await?;
        Ok(self.bond_due(&state, price))
    }

    async fn open_orders(&self, offer: OfferId) -> Result<Vec<OrderId>, ChainError> {
        let state = self.read().await?;
        let open = |row: &OrderState| row.offer == offer && !matches!(row.stage, Stage::Closed(_));
        Ok(state
            .orders
            .iter()
            .filter(|(_, (row, _))| open(row))
            .map(|(id, _)| *id)
            .collect())
    }

    async fn order(&self, order: OrderId) -> Result<Option<OrderState>, ChainError> {
        Ok(self.read().await?.orders.get(&order).map(|(state, _)| *state))
    }

    async fn justified(&self) -> Result<Justified, ChainError> {
        let state = self.read().await?;
        Ok(proofs::justified(&state))
    }

    async fn authority_set(&self, at: &Justified) -> Result<AuthoritySet, ChainError> {
        let state = self.read().await?;
        Ok(proofs::authority_set(&state, at.height))
    }

    async fn handovers(&self, above: u32, below: u32) -> Result<Vec<(u32, Finalised)>, ChainError> {
        let state = self.read().await?;
        Ok(proofs::handovers(&state, above, below))
    }

    async fn prove_record(
        &self,
        record: RecordId,
        at: &Justified,
    ) -> Result<Option<RecordProof>, ChainError> {
        let state = self.read().await?;
        Ok(proofs::record(&state, &self.genesis, record, at.height))
    }

    async fn prove_order(&self, order: OrderId, _: &Justified) -> Result<Option<OrderProof>, ChainError> {
        let state = self.read().await?;
        Ok(proofs::order(&state, order))
    }

    async fn submit(&self, call: Call) -> Result<Receipt, ChainError> {
        let mut state = self.read().await?;
        let accepted = state.accepted.len();
        let fault = state
            .fault
            .take_if(|(at, _)| *at == accepted)
            .map(|(_, fault)| fault);
        if fault == Some(Fault::BeforeInclusion) {
            return Err(ChainError::Unreachable(
                "the connection broke before the call".into(),
            ));
        }
        if fault == Some(Fault::ScoreFalls) {
            state.score = 0;
        }
        state.height += 1;
        self.apply(&mut state, &call)?;
        state.accepted.push(call);
        let receipt = Receipt {
            height: state.height,
            block: [0; 32],
            fee: 0,
        };
        drop(state);
        self.bell.notify_waiters();
        match fault {
            Some(Fault::AfterInclusion) => {
                Err(ChainError::Unknown("the connection broke after the call".into()))
            }
            Some(Fault::BeforeInclusion | Fault::ScoreFalls) | None => Ok(receipt),
        }
    }
}
