//! `vouchsafe buy`: download, verify, pay, wait, open. Interrupted anywhere, the same command goes on.

mod ends;

use crate::{
    amount,
    exhibits::Exhibits,
    failure::Failure,
    fetch,
    gateway::{DatasetPage, Gateway, GatewayError},
    purchase::{self, Attempt, BLIND_SEED, Known, MAX_ATTEMPTS, Next, Objection},
    receipts::Receipts,
    show::{Show, plain},
    terms,
    trust::Both,
    unpack::Parcel,
};
use futures::{StreamExt, future::try_join_all};
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};
use vouchsafe_chain_client::{Call, ChainClient, ChainError, OfferInfo, OrderInfo, RecordInfo, Signer, ss58};
use vouchsafe_protocol::{
    delivery::Point,
    id::{OfferId, OrderId},
    order::{Stage, Standing},
};

/// How often an order whose transaction got lost is sent again.
const SEND_ATTEMPTS: u32 = 4;

/// How long a purchase waits for a node that is away.
const NODE_PATIENCE: Duration = Duration::from_secs(600);

/// A wish to buy.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What.
    pub offer: OfferId,
    /// Where the files go.
    pub out: PathBuf,
    /// The gateway's address, if not the one on chain.
    pub gateway: Option<String>,
    /// Refuse a higher price, planck.
    pub max_price: Option<u128>,
    /// If the seller cheats, file the proof without asking.
    pub dispute: bool,
}

struct Buying<'a> {
    show: Show,
    receipts: &'a Receipts,
    exhibits: &'a Exhibits,
    chain: &'a ChainClient,
    signer: &'a Signer,
    wish: &'a Wish,
    offer: OfferInfo,
    record: RecordInfo,
}

/// What ended well.
struct Delivered {
    order: OrderId,
    evaluated: Point,
    price: u128,
    /// When this run placed the order; `None` if it was found on chain.
    ordered: Option<Instant>,
    fee: u128,
}

fn stage(known: Option<Known>) -> Option<Stage> {
    known.map(|known| known.stage)
}

/// Buys. Whatever was paid for before is not paid for again.
///
/// # Errors
/// See [`Failure`].
pub async fn run(
    show: Show,
    receipts: &Receipts,
    exhibits: &Exhibits,
    chain: &ChainClient,
    signer: &Signer,
    wish: &Wish,
) -> Result<(), Failure> {
    let offer = chain
        .offer(&wish.offer)
        .await?
        .ok_or(Failure::NoOffer(wish.offer))?;
    let record = chain
        .record(&offer.record)
        .await?
        .ok_or(Failure::NoRecord(offer.record))?;
    Buying {
        show,
        receipts,
        exhibits,
        chain,
        signer,
        wish,
        offer,
        record,
    }
    .run()
    .await
}

impl Buying<'_> {
    async fn run(&self) -> Result<(), Failure> {
        let started = Instant::now();
        // An order of an earlier run is taken up whatever has become of the offer since.
        let (attempt, known) = self.latest_attempt().await?;
        let placed = known.is_some();
        let next = purchase::next(stage(known), self.offer.status.standing(), 0);
        match next {
            Next::TakeBack => return Err(self.take_back(&attempt, known).await?),
            Next::Frozen => return Err(self.frozen(&attempt, known)),
            Next::Place | Next::Await { .. } | Next::Expire { .. } | Next::Open { .. } | Next::Retry => {}
        }
        if !placed {
            self.may_order()?;
            self.is_room().await?;
        }
        let gateway = self.gateway().await?;
        let page = self.page(&gateway, placed)?;
        let scratch = self
            .wish
            .out
            .join(".partial")
            .join(&self.wish.offer.to_string()[2..]);
        fs::create_dir_all(&scratch).map_err(Failure::disk("creating", &scratch))?;
        let sidecar = fetch::content(
            self.show,
            &gateway,
            &self.wish.offer,
            &self.offer.content,
            &scratch,
        )?;
        let downloaded = started.elapsed().as_secs_f64();
        self.say_terms(page.as_ref()).await?;
        let delivered = self.obtain(&attempt, known).await?;
        let secret = attempt
            .blind
            .unblind(&delivered.evaluated)
            .map_err(|error| Failure::BadDelivery(error.to_string()))?;
        let ciphertext = scratch.join(fetch::CIPHERTEXT);
        let parcel = Parcel {
            order: delivered.order,
            ciphertext: &ciphertext,
            sidecar: &sidecar,
            secret: &secret,
        };
        let bar = self.show.bytes("opening", self.offer.content.bytes);
        let unpacked = parcel.unpack(&self.wish.out, &scratch, |bytes| bar.inc(bytes));
        bar.finish_and_clear();
        let unpacked = match unpacked {
            Err(failure @ Failure::DoesNotOpen { .. }) => {
                let end = self
                    .complain(failure, &delivered, &sidecar, &ciphertext, &secret)
                    .await?;
                if let Failure::Proven { .. } = end {
                    let _ = fs::remove_dir_all(&scratch);
                }
                return Err(end);
            }
            unpacked => unpacked?,
        };
        let seconds = delivered.ordered.map(|ordered| ordered.elapsed().as_secs_f64());
        self.remember(&delivered, &unpacked)?;
        self.receipt(page.as_ref(), &delivered, &unpacked, downloaded, seconds)?;
        let all = self.wish.out.join(".partial");
        fs::remove_dir_all(&scratch).map_err(Failure::disk("removing", &scratch))?;
        // Stays while another purchase is under way in the same folder.
        let _ = fs::remove_dir(all);
        Ok(())
    }

    fn attempt(&self, number: u32) -> Attempt {
        let seed = self.signer.subkey(BLIND_SEED);
        let buyer = self.signer.account();
        Attempt::derive(
            &seed,
            &self.chain.genesis(),
            &self.wish.offer,
            self.offer.version,
            &buyer,
            number,
        )
    }

    /// The attempt to go on with, and what is known of its order. All are looked at: a refunded one that was forgotten
    /// leaves a gap before one that is paid for.
    async fn latest_attempt(&self) -> Result<(Attempt, Option<Known>), Failure> {
        let mut attempts: Vec<_> = (0..MAX_ATTEMPTS).map(|number| self.attempt(number)).collect();
        let orders =
            async || try_join_all(attempts.iter().map(|attempt| self.chain.order(&attempt.order))).await;
        let rows = self.persist(orders).await?;
        let known = attempts
            .iter()
            .zip(rows)
            .map(|(attempt, row)| self.known_of(attempt, row))
            .collect::<Result<Vec<_>, _>>()?;
        let stages: Vec<_> = known.iter().map(|known| stage(*known)).collect();
        let chosen = purchase::choose(&stages).ok_or(Failure::TooManyAttempts(MAX_ATTEMPTS))?;
        if known[chosen].is_none() {
            for (attempt, stage) in attempts.iter().zip(&stages) {
                if purchase::next(*stage, Standing::Sound, 0) == Next::Retry {
                    self.show.note(format!(
                        "order {} was refunded earlier; this is a new one",
                        attempt.order
                    ));
                }
            }
        }
        Ok((attempts.swap_remove(chosen), known[chosen]))
    }

    async fn known(&self, attempt: &Attempt) -> Result<Option<Known>, Failure> {
        let row = self
            .persist(async || self.chain.order(&attempt.order).await)
            .await?;
        self.known_of(attempt, row)
    }

    fn known_of(&self, attempt: &Attempt, row: Option<OrderInfo>) -> Result<Option<Known>, Failure> {
        let receipt = match row {
            Some(_) => None,
            None => self.receipts.read(&attempt.order)?,
        };
        Ok(Known::of(row.as_ref(), receipt.as_ref()))
    }

    /// Whether a fraud of the offer is proven by now, or auditors have found a fault.
    async fn standing(&self) -> Result<Standing, Failure> {
        let offer = self
            .persist(async || self.chain.offer(&self.wish.offer).await)
            .await?;
        Ok(offer.map_or(Standing::Sound, |offer| offer.status.standing()))
    }

    /// Reads again while the node is away: with money in escrow, giving up early helps nobody.
    async fn persist<T>(&self, read: impl AsyncFn() -> Result<T, ChainError>) -> Result<T, Failure> {
        let started = Instant::now();
        loop {
            match read().await {
                Err(error @ ChainError::Unreachable { .. }) if started.elapsed() < NODE_PATIENCE => {
                    self.show.note(format!("waiting for the node: {error}"));
                }
                answer => return Ok(answer?),
            }
        }
    }

    fn may_order(&self) -> Result<(), Failure> {
        let most = self.wish.max_price;
        purchase::may_order(&self.offer, &self.record, most).map_err(|objection| match objection {
            Objection::Closed => Failure::OfferClosed(self.wish.offer),
            Objection::Frozen => Failure::OfferFrozen(self.wish.offer),
            Objection::Halted => Failure::OfferHalted(self.wish.offer),
            Objection::Withdrawn => Failure::Withdrawn(self.offer.record),
            Objection::Disagree(what) => Failure::OfferDisagrees(what),
            Objection::TooDear => Failure::TooDear {
                price: self.offer.price,
                most: most.unwrap_or(self.offer.price),
            },
        })
    }

    /// Before anything is downloaded: whether the seller may have one order more open.
    async fn is_room(&self) -> Result<(), Failure> {
        let price = self.offer.price;
        let room = self.chain.dues(&self.offer.seller, price).await?.room;
        if room < price {
            return Err(self.too_much_open(room));
        }
        Ok(())
    }

    fn too_much_open(&self, room: u128) -> Failure {
        Failure::TooMuchOpen {
            offer: self.wish.offer,
            room,
            price: self.offer.price,
        }
    }

    async fn gateway(&self) -> Result<Gateway, Failure> {
        if let Some(url) = &self.wish.gateway {
            return Ok(Gateway::at(url)?);
        }
        let registered = self.chain.gateway(&self.record.statement.gateway).await?;
        Ok(Gateway::at(&registered.ok_or(Failure::NoEndpoint)?.endpoint)?)
    }

    /// The page with the licence, whose text must be the one that the offer names. What was ordered before goes on
    /// without it.
    fn page(&self, gateway: &Gateway, placed: bool) -> Result<Option<DatasetPage>, Failure> {
        let page = match gateway.dataset(&self.offer.record) {
            Ok(page) => page,
            Err(GatewayError::Unreachable { .. } | GatewayError::NotFound { .. }) if placed => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        purchase::is_licence(&self.offer, &page.licence.text).map_err(|found| Failure::BadLicence {
            expected: self.offer.licence,
            found,
        })?;
        Ok(Some(page))
    }

    /// What the buyer agrees to by going on, before anything is paid.
    async fn say_terms(&self, page: Option<&DatasetPage>) -> Result<(), Failure> {
        if let Some(page) = page {
            self.show
                .note(format!("{} · {}", plain(&page.title), plain(&page.licence.name)));
        }
        let seller = self.chain.faults(&self.offer.seller).await?.as_seller;
        let gateway = self.chain.faults(&self.offer.gateway).await?.as_gateway;
        for line in terms::lines(&self.offer, self.chain.constants().slot_ms, seller, gateway) {
            self.show.note(line);
        }
        let trust = Both::of(self.chain, &self.offer.seller, &self.offer.gateway).await?;
        self.show.note(trust.words());
        Ok(())
    }

    /// Orders if need be, and waits until the key is on chain.
    async fn obtain(&self, attempt: &Attempt, mut known: Option<Known>) -> Result<Delivered, Failure> {
        let (mut ordered, mut fee, mut sent) = (None, 0, 0);
        let mut heads = Box::pin(self.chain.finalised_heads());
        // Gone with this function.
        let _waiting = self.show.waiting("waiting for the key");
        let mut said = false;
        loop {
            let now = self.persist(async || self.chain.finalised().await).await?.height;
            match purchase::next(stage(known), self.standing().await?, now) {
                Next::Open { evaluated } => {
                    // Pinned when it was ordered; the offer's may have changed since.
                    let price = known.and_then(|known| known.price).unwrap_or(self.offer.price);
                    return Ok(Delivered {
                        order: attempt.order,
                        evaluated,
                        price,
                        ordered,
                        fee,
                    });
                }
                Next::Place => {
                    sent += 1;
                    let start = Instant::now();
                    match self.place(attempt).await {
                        Ok(paid) => {
                            fee = paid;
                            self.show.note(format!("ordered: {}", attempt.order));
                        }
                        // It can never be included now, so sending it again pays once all the same.
                        Err(Failure::Chain(ChainError::Dropped { .. })) if sent < SEND_ATTEMPTS => {}
                        // Unless another run of this command was faster and the order on chain is ours anyway.
                        Err(failure) => {
                            if self.known(attempt).await?.is_none() {
                                return Err(failure);
                            }
                        }
                    }
                    ordered.get_or_insert(start);
                }
                Next::Await { deliver_by } => {
                    if !said {
                        let until = format!("at most until block {deliver_by} (now {now})");
                        self.show.note(format!("waiting for the key, {until}"));
                        said = true;
                    }
                    // An error here is one of a read, and the reads above and below deal with those.
                    let _ = heads.next().await;
                }
                Next::Expire { deliver_by } => {
                    self.show.note("the delivery is late: taking the money back");
                    let taken = self
                        .chain
                        .submit(self.signer, Call::Expire { order: attempt.order })
                        .await;
                    let standing = self.standing().await?;
                    match purchase::next(stage(self.known(attempt).await?), standing, now) {
                        Next::Retry => {
                            let compensation = taken.ok().and_then(|receipt| receipt.compensation);
                            return Err(self.refunded(attempt.order, deliver_by, compensation));
                        }
                        // Delivered at the last moment, or frozen.
                        Next::Open { .. } | Next::TakeBack | Next::Frozen => {}
                        Next::Place | Next::Await { .. } | Next::Expire { .. } => {
                            taken?;
                        }
                    }
                }
                // Somebody else ended the wait; the money is back all the same.
                Next::Retry => return Err(self.refunded(attempt.order, now, None)),
                Next::TakeBack => return Err(self.take_back(attempt, known).await?),
                Next::Frozen => return Err(self.frozen(attempt, known)),
            }
            known = self.known(attempt).await?;
        }
    }

    /// Pays into escrow; returns the fee.
    async fn place(&self, attempt: &Attempt) -> Result<u128, Failure> {
        let call = Call::Order {
            offer: self.wish.offer,
            version: self.offer.version,
            blinded: attempt.blind.blinded(),
            max_price: self.offer.price,
            licence: self.offer.licence,
        };
        let fee = self.chain.estimate_fee(self.signer, &call).await?;
        let constants = self.chain.constants();
        let needed = purchase::needed(
            self.offer.price,
            constants.order_deposit,
            fee,
            constants.existential_deposit,
        );
        let account = self.signer.account();
        let spendable = self.chain.account(&account).await?.free;
        if spendable < needed {
            return Err(Failure::NoFunds {
                account: ss58::encode(&account),
                needed,
                spendable,
            });
        }
        self.show.note(format!(
            "ordering: {} into escrow, {} deposit, fee about {}",
            amount::show(self.offer.price),
            amount::show(constants.order_deposit),
            amount::show(fee)
        ));
        match self.chain.submit(self.signer, call).await {
            Ok(receipt) => Ok(receipt.fee),
            // Somebody else was faster.
            Err(ChainError::Refused { error, .. }) if error == "TooMuchOpen" => {
                let dues = self.chain.dues(&self.offer.seller, self.offer.price).await?;
                Err(self.too_much_open(dues.room))
            }
            Err(error) => Err(error.into()),
        }
    }
}
