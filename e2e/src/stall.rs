use crate::{Chain, StaticCopy, VCH};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use vouchsafe_chain_client::{Call, ChainClient, ChainError, OrderInfo, Signer};
use vouchsafe_protocol::{
    chunk::Layout,
    delivery::{Context, OfferSecret, Point},
    hash::sha256,
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    leaf::Leaf,
    misbehaviour::{Case, Evidence},
    order::Stage,
    record::{Content, Grade, Parents, Statement},
    report::licence_hash,
    sidecar::Sidecar,
};

const LICENCE: &str = "Be kind.";
/// Lengths of the three files that are sold; with the list of contents they fill five chunks.
const FILES: [usize; 3] = [100_000, 65_536, 10];

/// How a played seller cheats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trick {
    /// Not at all.
    None,
    /// Commits to something else than what this chunk opens to.
    OtherPlaintext(u32),
    /// Publishes rubbish in the place of this chunk, and commits to the right plaintext.
    Rubbish(u32),
}

/// Price, bond and windows of a played seller.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Smallest unit.
    pub price: u128,
    /// Smallest unit.
    pub bond: u128,
    /// Blocks, for the delivery.
    pub deliver_within: u32,
    /// Blocks, for the dispute.
    pub dispute_within: u32,
}

/// A seller and a gateway that the story plays itself, because the real ones do not cheat: they register, offer, serve
/// and deliver as real ones do, but for one [`Trick`].
pub struct Stall {
    /// Who sells.
    pub seller: Signer,
    /// Who vouches for it.
    pub gateway: Signer,
    /// What is sold.
    pub offer: OfferId,
    /// Its record.
    pub record: RecordId,
    /// What the offer commits to.
    pub content: Content,
    /// As it is served.
    pub sidecar: Sidecar,
    /// As it is served.
    pub ciphertext: Vec<u8>,
    terms: Terms,
    genesis: Genesis,
    fees: Arc<Mutex<u128>>,
    server: StaticCopy,
}

impl Stall {
    /// Opens the `number`-th stall of the story. Everything is on chain when this returns.
    pub fn open(chain: &Chain, number: u8, trick: Trick, terms: Terms) -> Self {
        let (seller, gateway) = (
            Signer::ed25519(&[number; 32]),
            Signer::ed25519(&[number | 0x80; 32]),
        );
        chain.give(&[seller.account()], 1_000 * VCH + terms.bond);
        chain.give(&[gateway.account()], 1_000 * VCH);
        let genesis = chain.client().genesis();
        let offer = OfferId::derive(&genesis, &seller.account(), 0);
        let (sidecar, ciphertext) = sealed(&secret(&seller, &genesis, &offer), trick);
        let content = Content {
            root: sidecar.root(),
            chunks: sidecar.layout().chunks(),
            bytes: sidecar.layout().bytes(),
        };
        let statement = statement(&seller, &gateway, content, 1);
        let record = RecordId::derive(&genesis, &statement);
        let page = json!({
            "title": "Three files", "description": "", "licence": {"name": "Kindness", "text": LICENCE},
        });
        let server = StaticCopy::serving(BTreeMap::from([
            (format!("/v1/offers/{offer}/sidecar"), sidecar.encode()),
            (format!("/v1/offers/{offer}/ciphertext"), ciphertext.clone()),
            (format!("/v1/datasets/{record}"), page.to_string().into_bytes()),
            (
                "/v1/offers".to_owned(),
                json!([{"offer": offer, "title": "Three files"}])
                    .to_string()
                    .into_bytes(),
            ),
        ]));
        let stall = Self {
            seller,
            gateway,
            offer,
            record,
            content,
            sidecar,
            ciphertext,
            terms,
            genesis,
            fees: Arc::default(),
            server,
        };
        stall.register(chain, statement);
        stall
    }

    fn register(&self, chain: &Chain, statement: Statement) {
        let key = self.gateway.account().0;
        let endpoint = self.server.url();
        let registration = Call::RegisterGateway {
            key,
            pipelines: Vec::new(),
            endpoint,
        };
        chain.submit(&self.gateway, registration);
        let signature = self.gateway.sign(&statement.signing_bytes(&self.genesis));
        let statement = Box::new(statement);
        chain.submit(&self.seller, Call::RegisterRecord { statement, signature });
        chain.submit(&self.seller, self.offering(0, self.record, self.terms.bond));
    }

    /// The call that offers a record of the same content for the same price.
    fn offering(&self, nonce: u64, record: RecordId, bond: u128) -> Call {
        let offer = OfferId::derive(&self.genesis, &self.seller.account(), nonce);
        Call::Offer {
            nonce,
            record,
            content: self.content,
            key: secret(&self.seller, &self.genesis, &offer).public(),
            price: self.terms.price,
            licence: self.licence(),
            deliver_within: self.terms.deliver_within,
            dispute_within: self.terms.dispute_within,
            bond,
        }
    }

    /// Records the same content once more, as number `again` (2 or above).
    pub fn record_again(&self, chain: &Chain, again: u8) -> RecordId {
        let statement = statement(&self.seller, &self.gateway, self.content, again);
        let record = RecordId::derive(&self.genesis, &statement);
        let signature = self.gateway.sign(&statement.signing_bytes(&self.genesis));
        let statement = Box::new(statement);
        chain.submit(&self.seller, Call::RegisterRecord { statement, signature });
        record
    }

    /// Offers a record of [`Stall::record_again`] under this bond, if the chain takes it, and sells that from now on.
    ///
    /// # Errors
    /// The chain's.
    pub fn offer_again(&mut self, chain: &Chain, record: RecordId, bond: u128) -> Result<(), ChainError> {
        const NONCE: u64 = 1;
        let offer = self.offering(NONCE, record, bond);
        chain.wait(chain.client().submit(&self.seller, offer))?;
        self.offer = OfferId::derive(&self.genesis, &self.seller.account(), NONCE);
        self.record = record;
        Ok(())
    }

    /// Hash of the licence.
    pub fn licence(&self) -> Digest {
        licence_hash(LICENCE.as_bytes())
    }

    /// The call with which `blinded` orders here.
    pub fn order(&self, blinded: Point) -> Call {
        Call::Order {
            offer: self.offer,
            version: 0,
            blinded,
            max_price: self.terms.price,
            licence: self.licence(),
        }
    }

    /// The id of the order that `buyer` places with `blinded`.
    pub fn order_id(&self, buyer: &Account, blinded: &Point) -> OrderId {
        OrderId::derive(&self.genesis, &self.offer, 0, buyer, blinded)
    }

    /// The call that delivers to an order: always a valid one, because no other is taken.
    pub fn delivery(&self, order: OrderId, buyer: Account, blinded: &Point) -> Call {
        delivery(&self.seller, &self.genesis, order, self.offer, buyer, blinded)
    }

    /// Delivers to everybody who orders, beside the story.
    pub fn deliver_to_all(&self, chain: &Chain) {
        let (client, seller) = (chain.client().clone(), self.seller.clone());
        let (offer, fees) = (self.offer, Arc::clone(&self.fees));
        chain.beside(async move {
            loop {
                for (order, row) in waiting(&client, &offer).await {
                    let call = delivery(&seller, &client.genesis(), order, offer, row.buyer, &row.blinded);
                    if let Ok(receipt) = client.submit(&seller, call).await {
                        *fees.lock().expect("nothing panics with it") += receipt.fee;
                    }
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
    }

    /// What the seller has paid in fees for deliveries.
    pub fn delivery_fees(&self) -> u128 {
        *self.fees.lock().expect("nothing panics with it")
    }

    /// What the chain knows of an order with `blinded` that was delivered.
    pub fn case(&self, blinded: Point, evaluated: Point) -> Case {
        Case {
            genesis: self.genesis,
            offer: self.offer,
            version: 0,
            content: self.content,
            blinded,
            evaluated,
        }
    }

    /// The bytes of chunk `index` as they are served.
    pub fn chunk(&self, index: u32) -> Vec<u8> {
        let place = self.sidecar.layout().chunk(index).expect("there is such a chunk");
        let start = place.offset as usize;
        self.ciphertext[start..start + place.len as usize].to_vec()
    }

    /// Evidence about chunk `index` as it is served, whether it convicts or not: a slanderer does not check.
    pub fn evidence(&self, blind: [u8; 32], index: u32) -> Evidence {
        let path = self.sidecar.path(index).expect("there is such a chunk");
        Evidence {
            blind,
            index,
            leaf: self.sidecar.leaves()[index as usize],
            path: path.try_into().expect("five chunks have a short path"),
            ciphertext: self.chunk(index).try_into().expect("a chunk fits"),
        }
    }
}

/// What the gateway says of the content; `number` tells several statements apart.
fn statement(seller: &Signer, gateway: &Signer, content: Content, number: u8) -> Statement {
    Statement {
        owner: seller.account(),
        gateway: gateway.account(),
        content,
        input: Digest([number; 32]),
        report: Digest([2; 32]),
        metrics_root: Digest([3; 32]),
        items: FILES.len() as u32,
        metadata: Digest([4; 32]),
        grade: Grade::Anonymous,
        parents: Parents::default(),
    }
}

pub(crate) fn secret(seller: &Signer, genesis: &Genesis, offer: &OfferId) -> OfferSecret {
    OfferSecret::derive(&seller.subkey("offers"), genesis, offer, 0)
}

pub(crate) fn delivery(
    seller: &Signer,
    genesis: &Genesis,
    order: OrderId,
    offer: OfferId,
    buyer: Account,
    blinded: &Point,
) -> Call {
    let context = Context {
        genesis: *genesis,
        offer,
        version: 0,
        order,
        buyer,
    };
    let made = secret(seller, genesis, &offer)
        .evaluate(blinded, &context, &[7; 32])
        .expect("the chain takes valid points only");
    Call::Deliver {
        order,
        evaluated: made.evaluated,
        proof: made.proof,
    }
}

/// The orders of an offer that nobody has delivered to.
pub(crate) async fn waiting(client: &ChainClient, offer: &OfferId) -> Vec<(OrderId, OrderInfo)> {
    let mut found = Vec::new();
    for order in client.open_orders(offer).await.unwrap_or_default() {
        if let Ok(Some(row)) = client.order(&order).await
            && matches!(row.stage, Stage::Placed { .. })
        {
            found.push((order, row));
        }
    }
    found
}

/// Seals three files behind their list of contents, as a gateway does.
fn sealed(secret: &OfferSecret, trick: Trick) -> (Sidecar, Vec<u8>) {
    let key = secret.content_secret();
    let files = FILES.map(|len| (0..len).map(|at| (at % 251) as u8).collect::<Vec<_>>());
    let entries: Vec<_> = (1..)
        .zip(&files)
        .map(|(number, file)| {
            let sha256 = &sha256(file).to_string()[2..];
            json!({"bytes": file.len(), "media_type": "application/octet-stream",
                   "name": format!("{number:06}.bin"), "sha256": sha256})
        })
        .collect();
    let contents = json!({"items": entries, "schema": "vouchsafe/contents/1"}).to_string();
    let items = [&[contents.into_bytes()][..], &files].concat();
    let lengths: Vec<u64> = items.iter().map(|item| item.len() as u64).collect();
    let layout = Layout::new(&lengths).expect("four short items have a layout");
    let mut ciphertext = items.concat();
    let leaves: Vec<Leaf> = (0..layout.chunks())
        .map(|index| {
            let place = layout.chunk(index).expect("below the number of chunks");
            let start = place.offset as usize;
            let chunk = &mut ciphertext[start..start + place.len as usize];
            let leaf = key.seal(index, chunk);
            match trick {
                Trick::OtherPlaintext(bad) if bad == index => Leaf {
                    commitment: sha256(b"something better"),
                    ..leaf
                },
                Trick::Rubbish(bad) if bad == index => {
                    chunk.fill(0x5a);
                    Leaf {
                        ciphertext: sha256(chunk),
                        ..leaf
                    }
                }
                Trick::None | Trick::OtherPlaintext(_) | Trick::Rubbish(_) => leaf,
            }
        })
        .collect();
    let sidecar = Sidecar::new(layout, leaves).expect("one leaf for each chunk");
    (sidecar, ciphertext)
}
