use std::{collections::HashSet, sync::Arc};

use futures::{StreamExt, stream};
use vouchsafe_protocol::{
    delivery::Context,
    id::{Digest, Genesis, OfferId, OrderId},
    order::{Open, Outcome, Stage},
};

use super::{own_offers::Owed, registrar::ensure_registered, service::Service};
use crate::ports::{
    ChainError, JournalError,
    chain::{Call, Head, OfferState, OfferStatus, OrderState},
    journal::{Answer, Subject},
};

/// Reads or calls under way at the same time.
const PARALLEL: usize = 16;

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Finalised height that the pass looked at.
    pub height: u32,
    pub delivered: u32,
    pub settled: u32,
    /// Bonds of closed offers that came back.
    pub released: u32,
    /// Calls that did not go through; the next pass looks again.
    pub failed: u32,
}

/// Why a pass could not look.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl DeskError {
    /// The error as anybody may read it.
    pub fn plain(&self) -> String {
        match self {
            Self::Chain(error) => error.plain(),
            Self::Journal(error @ JournalError::OtherChain { .. }) => error.to_string(),
            Self::Journal(_) => "the gateway's own journal does not answer".into(),
        }
    }
}

/// One thing to do, as a finalised block demands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Answer an order with the key.
    Deliver {
        order: OrderId,
        state: OrderState,
        seen_at: u32,
    },
    /// Take the price of an order whose quiet window has passed.
    Settle { order: OrderId },
    /// Take back the bond of an offer that is closed and over.
    ReleaseBond { offer: OfferId },
}

impl Task {
    /// What it is about: an order's or an offer's id.
    pub(crate) fn subject(&self) -> Digest {
        match self {
            Self::Deliver { order, .. } | Self::Settle { order } => Digest(order.0),
            Self::ReleaseBond { offer } => Digest(offer.0),
        }
    }
}

/// Answers orders. Acts only on what a finalised block shows, and only once per order and stage.
#[derive(Clone)]
pub struct Desk {
    service: Arc<Service>,
}

impl core::fmt::Debug for Desk {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Desk(..)")
    }
}

impl Desk {
    pub fn new(service: Arc<Service>) -> Self {
        Self { service }
    }

    /// Looks at the latest finalised block and does what is due, to the end.
    pub async fn pass(&self) -> Result<Pass, DeskError> {
        let (head, tasks) = self.look().await?;
        let mut pass = Pass {
            height: head.height,
            ..Pass::default()
        };
        let mut running = stream::iter(tasks)
            .map(|task| async move { (task, self.perform(task).await) })
            .buffer_unordered(PARALLEL);
        while let Some((task, done)) = running.next().await {
            match (task, done) {
                (Task::Deliver { .. }, Ok(())) => pass.delivered += 1,
                (Task::Settle { .. }, Ok(())) => pass.settled += 1,
                (Task::ReleaseBond { .. }, Ok(())) => pass.released += 1,
                (_, Err(error)) => {
                    tracing::warn!(%error, "an order could not be served; it is looked at again");
                    pass.failed += 1;
                }
            }
        }
        Ok(pass)
    }

    /// The head, and what it asks for. Also binds the journal to the chain and keeps the registration fresh.
    pub(crate) async fn look(&self) -> Result<(Head, Vec<Task>), DeskError> {
        let ports = self.service.ports();
        let head = ports.chain.finalised().await?;
        let genesis = ports.chain.genesis().await?;
        ports.journal.bind(genesis)?;
        self.service.status().saw_head(head.height, ports.clock.now());
        // Told in the status and the log; orders of earlier offers are answered all the same.
        drop(ensure_registered(&self.service).await);
        let mut tasks = Vec::new();
        let own = &self.service.own_offers;
        let mut found = stream::iter(own.list())
            .map(|(id, owed)| async move { (id, owed, ports.chain.offer(id).await) })
            .buffered(PARALLEL);
        while let Some((id, owed, state)) = found.next().await {
            let Some(state) = state? else {
                own.is_over(id);
                continue;
            };
            if state.open_orders > 0 {
                self.tasks_of(&genesis, head, id, &state, owed, &mut tasks)
                    .await?;
                continue;
            }
            match state.status {
                OfferStatus::Open => {}
                OfferStatus::Closed { bond_until } | OfferStatus::Halted { bond_until }
                    if head.height > bond_until =>
                {
                    tasks.push(Task::ReleaseBond { offer: id });
                }
                OfferStatus::Closed { .. } | OfferStatus::Halted { .. } => {}
                OfferStatus::Released | OfferStatus::Frozen => own.is_over(id),
            }
        }
        Ok((head, tasks))
    }

    /// Looks up what became of answered orders whose payment was never noted: the note is lost when the gateway stops
    /// between a settlement and its storage, or when somebody else settles. Returns how many turned out paid.
    pub async fn reconcile(&self) -> Result<u32, DeskError> {
        let ports = self.service.ports();
        let mut paid = 0;
        for (order, answer) in ports.journal.answers()? {
            if answer.settled {
                continue;
            }
            // A buyer may have forgotten a closed order: then nothing is known, and nothing is claimed.
            let Some(row) = ports.chain.order(order).await? else {
                continue;
            };
            if matches!(row.stage, Stage::Closed(Outcome::Settled { .. })) {
                ports.journal.record_answer(
                    order,
                    Answer {
                        settled: true,
                        ..answer
                    },
                )?;
                paid += 1;
            }
        }
        Ok(paid)
    }

    async fn tasks_of(
        &self,
        genesis: &Genesis,
        head: Head,
        offer: OfferId,
        state: &OfferState,
        owed: Owed,
        tasks: &mut Vec<Task>,
    ) -> Result<(), DeskError> {
        let chain = &self.service.ports().chain;
        let secret = self.service.offer_secret(genesis, offer, state.version)?;
        let ours = secret.is_some_and(|secret| secret.public() == state.key);
        let deliverable = ours && owed == Owed::Live;
        for order in chain.open_orders(offer).await? {
            let Some(row) = chain.order(order).await? else {
                continue;
            };
            let task = match row.stage.open(state.status.standing(), head.height) {
                // A call enters at the next block at the earliest.
                Some(Open::Deliver { until }) if deliverable && until > head.height => Task::Deliver {
                    order,
                    state: row,
                    seen_at: head.height,
                },
                Some(Open::Settle) => Task::Settle { order },
                Some(Open::Deliver { .. } | Open::Expire | Open::Dispute { .. } | Open::Void) | None => {
                    continue;
                }
            };
            tasks.push(task);
        }
        Ok(())
    }

    /// Does one thing.
    pub(crate) async fn perform(&self, task: Task) -> Result<(), DeskError> {
        match task {
            Task::Deliver {
                order,
                state,
                seen_at,
            } => self.deliver(order, state, seen_at).await,
            Task::Settle { order } => self.settle(order).await,
            Task::ReleaseBond { offer } => self.release_bond(offer).await,
        }
    }

    async fn deliver(&self, order: OrderId, state: OrderState, seen_at: u32) -> Result<(), DeskError> {
        let ports = self.service.ports();
        let genesis = ports.chain.genesis().await?;
        let context = Context {
            genesis,
            offer: state.offer,
            version: state.version,
            order,
            buyer: state.buyer,
        };
        let mut nonce = [0; 32];
        ports.entropy.fill(&mut nonce);
        let Some(secret) = self.service.offer_secret(&genesis, state.offer, state.version)? else {
            tracing::info!(%order, "an order of an erased dataset is not answered; its price goes back in time");
            return Ok(());
        };
        let Ok(delivery) = secret.evaluate(&state.blinded, &context, &nonce) else {
            // The pallet refuses such points when ordering; if one got through, the buyer is refunded in time.
            tracing::warn!(%order, "an order carries an invalid point and is not answered");
            return Ok(());
        };
        drop(secret);
        let evaluated = delivery.evaluated;
        let answer = Answer {
            offer: state.offer,
            evaluated,
            seen_at,
            settled: false,
        };
        ports.journal.record_answer(order, answer)?;
        for subject in [Subject::Order(order), Subject::Delivery(order)] {
            self.service.missing.want(&*ports.journal, subject);
        }
        let call = Call::Deliver {
            order,
            evaluated,
            proof: delivery.proof,
        };
        let receipt = ports.chain.submit(call).await?;
        tracing::info!(%order, height = receipt.height, "a key is delivered");
        Ok(())
    }

    async fn settle(&self, order: OrderId) -> Result<(), DeskError> {
        let ports = self.service.ports();
        let receipt = ports.chain.submit(Call::Settle { order }).await?;
        if let Some(answer) = ports.journal.answer(order)? {
            ports.journal.record_answer(
                order,
                Answer {
                    settled: true,
                    ..answer
                },
            )?;
        }
        tracing::info!(%order, height = receipt.height, "an order is settled");
        Ok(())
    }

    async fn release_bond(&self, offer: OfferId) -> Result<(), DeskError> {
        let chain = &self.service.ports().chain;
        let receipt = chain.submit(Call::ReleaseBond { offer }).await?;
        tracing::info!(%offer, height = receipt.height, "a bond is back");
        Ok(())
    }
}

/// What a call is under way for, so that a later head does not start the same again.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(std::sync::Mutex<HashSet<Digest>>);

impl UnderWay {
    /// False when its call is under way already.
    pub(crate) fn begin(&self, subject: Digest) -> bool {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(subject)
    }

    pub(crate) fn end(&self, subject: Digest) {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(&subject);
    }
}
