//! How a purchase ends: with the files and a receipt, or with the price back.

use super::{Buying, Delivered, stage};
use crate::{
    amount, dispute,
    failure::Failure,
    fault::Search,
    gateway::DatasetPage,
    purchase::{Attempt, Known},
    receipts::{Receipt, SCHEMA},
    show::size,
    unpack::Unpacked,
};
use serde_json::json;
use std::{fs, path::Path};
use vouchsafe_chain_client::Call;
use vouchsafe_protocol::{
    id::{Digest, OrderId},
    key::ContentSecret,
    order::Stage,
    sidecar::Sidecar,
};

impl Buying<'_> {
    /// Keeps what proves the fraud, and files it when the buyer agrees; returns how the purchase ends.
    pub(super) async fn complain(
        &self,
        failure: Failure,
        delivered: &Delivered,
        sidecar: &Sidecar,
        ciphertext: &Path,
        secret: &ContentSecret,
    ) -> Result<Failure, Failure> {
        let (order, price) = (delivered.order, delivered.price);
        let search = Search {
            show: self.show,
            exhibits: self.exhibits,
            genesis: self.chain.genesis(),
            offer: self.wish.offer,
            order,
        };
        let exhibit = match search.run(sidecar, ciphertext, secret) {
            Ok(Some(exhibit)) => exhibit,
            // Damaged on this disk since it was checked: the next run fetches it anew.
            Ok(None) | Err(Failure::Unusable { .. }) => return Ok(failure),
            Err(failure) => return Err(failure),
        };
        let wish = dispute::Wish {
            order,
            from: None,
            gateway: self.wish.gateway.clone(),
            yes: self.wish.dispute,
            dry_run: false,
        };
        let advice = match dispute::run(self.show, self.exhibits, self.chain, self.signer, &wish).await {
            Ok(()) => return Ok(Failure::Proven { order, price }),
            Err(Failure::Unfiled { .. }) => {
                let kept = self.exhibits.folder(&order);
                format!(
                    "What proves it is in {kept:?}. Nothing was filed; this files it and brings the price back: \
                     vouchsafe dispute {order}"
                )
            }
            Err(late @ (Failure::TooLate { .. } | Failure::NoOrder(_))) => late.to_string(),
            Err(failure) => return Err(failure),
        };
        Ok(Failure::DoesNotOpen {
            order,
            chunk: exhibit.chunk,
            reason: "a fraud of the seller".to_owned(),
            advice,
        })
    }

    /// Gets the price out of an offer whose fraud another buyer has proven, or in which auditors found a fault; returns how
    /// the purchase ends.
    pub(super) async fn take_back(
        &self,
        attempt: &Attempt,
        known: Option<Known>,
    ) -> Result<Failure, Failure> {
        let order = attempt.order;
        self.show
            .note("this seller was proven to cheat, or auditors found a fault: taking the money back");
        let taken = self.chain.submit(self.signer, Call::Refund { order }).await;
        // Anybody may do it, and may have been faster.
        if let Some(Stage::Placed { .. } | Stage::Delivered { .. }) = stage(self.known(attempt).await?) {
            taken?;
        }
        Ok(self.frozen(attempt, known))
    }

    /// The end of an order whose price is back because its offer is sold no more.
    pub(super) fn frozen(&self, attempt: &Attempt, known: Option<Known>) -> Failure {
        let price = known.and_then(|known| known.price);
        Failure::Proven {
            order: attempt.order,
            price: price.unwrap_or(self.offer.price),
        }
    }

    pub(super) fn refunded(&self, order: OrderId, deliver_by: u32, compensation: Option<u128>) -> Failure {
        Failure::Refunded {
            order,
            deliver_by,
            price: self.offer.price,
            compensation,
        }
    }

    /// Keeps in the home what opens the files again, and where they are.
    pub(super) fn remember(&self, delivered: &Delivered, unpacked: &Unpacked) -> Result<(), Failure> {
        let out = std::path::absolute(&self.wish.out).map_err(Failure::disk("finding", &self.wish.out))?;
        self.receipts.keep(&Receipt {
            schema: SCHEMA.to_owned(),
            genesis: self.chain.genesis(),
            offer: self.wish.offer,
            order: delivered.order,
            price: delivered.price.to_string(),
            delivered: Some(Digest(delivered.evaluated.0)),
            folder: Some(out),
            files: unpacked.files.clone(),
        })?;
        Ok(())
    }

    pub(super) fn receipt(
        &self,
        page: Option<&DatasetPage>,
        delivered: &Delivered,
        unpacked: &Unpacked,
        downloaded: f64,
        seconds: Option<f64>,
    ) -> Result<(), Failure> {
        let out = &self.wish.out;
        let json = json!({
            "offer": self.wish.offer, "order": delivered.order, "record": self.offer.record,
            "genesis": self.chain.genesis(), "buyer": self.signer.account(), "seller": self.offer.seller,
            "price": delivered.price.to_string(), "fee": delivered.fee.to_string(),
            "licence": page.map(|page| page.licence.name.clone()), "licence_hash": self.offer.licence,
            "root": self.offer.content.root, "files": unpacked.files.len(), "bytes": unpacked.bytes,
            "out": out, "download_seconds": downloaded, "order_to_data_seconds": seconds,
        });
        let folder = out.join(".vouchsafe");
        fs::create_dir_all(&folder).map_err(Failure::disk("creating", &folder))?;
        let path = folder.join("receipt.json");
        fs::write(&path, format!("{json:#}\n")).map_err(Failure::disk("writing", &path))?;
        if let Some(page) = page {
            let path = folder.join("licence.txt");
            fs::write(&path, &page.licence.text).map_err(Failure::disk("writing", &path))?;
        }
        let mut lines = vec![
            format!("order   {}", delivered.order),
            format!("record  {}", self.offer.record),
            format!(
                "files   {} ({}) in {}",
                unpacked.files.len(),
                size(unpacked.bytes),
                out.display()
            ),
        ];
        let (price, fee) = (amount::show(delivered.price), amount::show(delivered.fee));
        match seconds {
            Some(seconds) => lines.extend([
                format!("paid    {price}, fee {fee}"),
                format!("time    {seconds:.1} s from order to data"),
            ]),
            None => lines.push(format!(
                "paid    nothing now: an earlier run paid {price} for this order"
            )),
        }
        self.show.result(&json, &lines)?;
        Ok(())
    }
}
