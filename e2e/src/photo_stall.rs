use crate::{
    Chain, StaticCopy, VCH,
    stall::{delivery, secret, waiting},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use vouchsafe_chain_client::{Call, Signer};
use vouchsafe_protocol::{
    chunk::Layout,
    delivery::{OfferSecret, Point},
    hash::sha256,
    id::{Digest, OfferId, RecordId},
    record::{Content, Grade, Parents, Statement},
    report::{licence_hash, rows_root},
    sidecar::Sidecar,
};

const LICENCE: &str = "Look, and say what you see.";
/// Blocks, for the delivery and for the dispute: no story outlives them.
const WITHIN: u32 = 600;

/// A seller and a gateway that the story plays itself, who sell JPEG photos under rows of metrics that the story has chosen:
/// the real ones tell no lies about photos.
pub struct PhotoStall {
    /// What is sold.
    pub offer: OfferId,
    /// Its record.
    pub record: RecordId,
    /// Who sells.
    pub seller: Signer,
    /// Who vouches for it.
    pub gateway: Signer,
    delivers: Arc<AtomicBool>,
    _server: StaticCopy,
}

impl PhotoStall {
    /// Opens the `number`-th stall of the story, for a price of 1 VCH. Everything is on chain when this returns, and from then
    /// on everybody who orders is delivered to.
    pub fn open(chain: &Chain, number: u8, photos: &[Vec<u8>], rows: &[String]) -> Self {
        let (seller, gateway) = (
            Signer::ed25519(&[number; 32]),
            Signer::ed25519(&[number | 0x80; 32]),
        );
        chain.give(&[seller.account(), gateway.account()], 1_000 * VCH);
        let genesis = chain.client().genesis();
        let offer = OfferId::derive(&genesis, &seller.account(), 0);
        let secret = secret(&seller, &genesis, &offer);
        let (sidecar, ciphertext) = sealed(&secret, photos);
        let content = Content {
            root: sidecar.root(),
            chunks: sidecar.layout().chunks(),
            bytes: sidecar.layout().bytes(),
        };
        let statement = Statement {
            owner: seller.account(),
            gateway: gateway.account(),
            content,
            input: Digest([1; 32]),
            report: Digest([2; 32]),
            metrics_root: rows_root(rows).expect("there are rows"),
            items: photos.len() as u32,
            metadata: Digest([4; 32]),
            grade: Grade::Anonymous,
            parents: Parents::default(),
        };
        let record = RecordId::derive(&genesis, &statement);
        let page = json!({
            "title": "Photos", "description": "", "licence": {"name": "Candour", "text": LICENCE},
        });
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        let server = StaticCopy::serving(BTreeMap::from([
            (format!("/v1/offers/{offer}/sidecar"), sidecar.encode()),
            (format!("/v1/offers/{offer}/ciphertext"), ciphertext),
            (format!("/v1/datasets/{record}"), page.to_string().into_bytes()),
            (format!("/v1/datasets/{record}/metrics"), lines.into_bytes()),
        ]));

        let signature = gateway.sign(&statement.signing_bytes(&genesis));
        let (key, endpoint) = (gateway.account().0, server.url());
        let registration = Call::RegisterGateway {
            key,
            pipelines: Vec::new(),
            endpoint,
        };
        chain.submit(&gateway, registration);
        let statement = Box::new(statement);
        chain.submit(&seller, Call::RegisterRecord { statement, signature });
        let offering = Call::Offer {
            nonce: 0,
            record,
            content,
            key: secret.public(),
            price: VCH,
            licence: licence_hash(LICENCE.as_bytes()),
            deliver_within: WITHIN,
            dispute_within: WITHIN,
            // More than a newcomer is ever asked for.
            bond: 50 * VCH,
        };
        chain.submit(&seller, offering);
        let delivers = Arc::new(AtomicBool::new(true));
        deliver_to_all(chain, seller.clone(), offer, delivers.clone());
        Self {
            offer,
            record,
            seller,
            gateway,
            delivers,
            _server: server,
        }
    }

    /// Delivers to nobody who orders from now on.
    pub fn stop_delivering(&self) {
        self.delivers.store(false, Ordering::SeqCst);
    }

    /// The call with which `blinded` orders here.
    pub fn order(&self, blinded: Point) -> Call {
        Call::Order {
            offer: self.offer,
            version: 0,
            blinded,
            max_price: VCH,
            licence: licence_hash(LICENCE.as_bytes()),
        }
    }
}

/// Delivers to everybody who orders, beside the story, while it `delivers`.
fn deliver_to_all(chain: &Chain, seller: Signer, offer: OfferId, delivers: Arc<AtomicBool>) {
    let client = chain.client().clone();
    chain.beside(async move {
        loop {
            for (order, row) in waiting(&client, &offer).await {
                if !delivers.load(Ordering::SeqCst) {
                    return;
                }
                let call = delivery(&seller, &client.genesis(), order, offer, row.buyer, &row.blinded);
                // One that fails is tried again at the next look.
                drop(client.submit(&seller, call).await);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
}

/// Seals photos behind their list of contents, as a gateway does.
fn sealed(secret: &OfferSecret, photos: &[Vec<u8>]) -> (Sidecar, Vec<u8>) {
    let key = secret.content_secret();
    let entries: Vec<_> = (1..)
        .zip(photos)
        .map(|(number, photo)| {
            let sha256 = &sha256(photo).to_string()[2..];
            json!({"bytes": photo.len(), "media_type": "image/jpeg", "name": format!("{number:06}.jpg"), "sha256": sha256})
        })
        .collect();
    let contents = json!({"items": entries, "schema": "vouchsafe/contents/1"}).to_string();
    let items = [&[contents.into_bytes()][..], photos].concat();
    let lengths: Vec<u64> = items.iter().map(|item| item.len() as u64).collect();
    let layout = Layout::new(&lengths).expect("a few photos have a layout");
    let mut ciphertext = items.concat();
    let leaves = (0..layout.chunks()).map(|index| {
        let place = layout.chunk(index).expect("below the number of chunks");
        let start = place.offset as usize;
        key.seal(index, &mut ciphertext[start..start + place.len as usize])
    });
    let leaves = leaves.collect();
    let sidecar = Sidecar::new(layout, leaves).expect("one leaf for each chunk");
    (sidecar, ciphertext)
}
