use async_trait::async_trait;
use futures::StreamExt;
use tokio::sync::OnceCell;
use vouchsafe_chain_client::{
    Call as ClientCall, ChainClient, ChainError as ClientError, GatewayStatus, Justified as ClientJustified,
    OfferInfo, OfferStatus as ClientOfferStatus, RecordStatus, Signer,
};
use vouchsafe_protocol::{
    bundle::{AuthoritySet, Finalised, SignedStatement},
    id::{Account, Genesis, OfferId, OrderId, RecordId},
    log::Standing,
};

use crate::ports::{
    Chain, ChainError,
    chain::{
        Call, Head, Justified, OfferState, OfferStatus, OrderProof, OrderState, Receipt, RecordProof,
        RecordState, Registration, Rules,
    },
};

/// The chain through a node. Connects at the first use and again after that failed, so that the gateway starts
/// without a node.
pub struct NodeChain {
    url: String,
    expected: Option<Genesis>,
    signer: Signer,
    client: OnceCell<ChainClient>,
}

impl core::fmt::Debug for NodeChain {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("NodeChain")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl NodeChain {
    /// `account_seed`: ed25519 seed of the gateway's account. `expected`: refuses a node of any other chain.
    pub fn new(url: String, expected: Option<Genesis>, account_seed: &[u8; 32]) -> Self {
        Self {
            url,
            expected,
            signer: Signer::ed25519(account_seed),
            client: OnceCell::new(),
        }
    }

    async fn client(&self) -> Result<&ChainClient, ChainError> {
        self.client
            .get_or_try_init(|| ChainClient::connect(&self.url, self.expected))
            .await
            .map_err(convert)
    }
}

#[async_trait]
impl Chain for NodeChain {
    async fn genesis(&self) -> Result<Genesis, ChainError> {
        Ok(self.client().await?.genesis())
    }

    async fn finalised(&self) -> Result<Head, ChainError> {
        let head = self.client().await?.finalised().await.map_err(convert)?;
        Ok(Head {
            height: head.height,
            hash: head.hash,
        })
    }

    async fn finalised_above(&self, height: u32) -> Result<Head, ChainError> {
        let mut heads = std::pin::pin!(self.client().await?.finalised_heads());
        while let Some(head) = heads.next().await {
            let head = head.map_err(convert)?;
            if head.height > height {
                return Ok(Head {
                    height: head.height,
                    hash: head.hash,
                });
            }
        }
        Err(ChainError::Unreachable(
            "the stream of finalised blocks ended".into(),
        ))
    }

    async fn rules(&self) -> Result<Rules, ChainError> {
        let constants = self.client().await?.constants();
        Ok(Rules {
            gateway_bond: constants.gateway_bond,
            record_deposit: constants.record_deposit,
            min_offer_bond: constants.min_offer_bond,
            min_bond_ppm: constants.min_bond_ppm,
            dispute_bytes_per_block: constants.dispute_bytes_per_block,
            existential_deposit: constants.existential_deposit,
            deliver_within: constants.windows.deliver,
            dispute_within: constants.windows.dispute,
            slot_ms: constants.slot_ms,
        })
    }

    async fn total_issuance(&self) -> Result<u128, ChainError> {
        self.client().await?.total_issuance().await.map_err(convert)
    }

    async fn free(&self, account: Account) -> Result<u128, ChainError> {
        Ok(self
            .client()
            .await?
            .account(&account)
            .await
            .map_err(convert)?
            .free)
    }

    async fn registration(&self, gateway: Account) -> Result<Option<Registration>, ChainError> {
        let found = self.client().await?.gateway(&gateway).await.map_err(convert)?;
        Ok(found.map(|info| Registration {
            key: info.key,
            pipelines: info.pipelines,
            endpoint: info.endpoint,
            active: matches!(info.status, GatewayStatus::Active),
        }))
    }

    async fn record(&self, record: RecordId) -> Result<Option<RecordState>, ChainError> {
        let found = self.client().await?.record(&record).await.map_err(convert)?;
        Ok(found.map(|info| RecordState {
            live: matches!(info.status, RecordStatus::Live),
            royalties: info.royalties,
            statement: info.statement,
        }))
    }

    async fn signed(&self, record: RecordId) -> Result<Option<SignedStatement>, ChainError> {
        let found = self.client().await?.record(&record).await.map_err(convert)?;
        Ok(found.map(|info| info.signed(record)))
    }

    async fn standing(&self, record: RecordId) -> Result<Option<Standing>, ChainError> {
        self.client().await?.standing(&record).await.map_err(convert)
    }

    async fn offer(&self, offer: OfferId) -> Result<Option<OfferState>, ChainError> {
        Ok(self
            .client()
            .await?
            .offer(&offer)
            .await
            .map_err(convert)?
            .map(|info| offer_state(&info)))
    }

    async fn least_bond(&self, seller: Account, price: u128) -> Result<u128, ChainError> {
        let dues = self.client().await?.dues(&seller, price).await;
        Ok(dues.map_err(convert)?.bond)
    }

    async fn open_orders(&self, offer: OfferId) -> Result<Vec<OrderId>, ChainError> {
        self.client().await?.open_orders(&offer).await.map_err(convert)
    }

    async fn order(&self, order: OrderId) -> Result<Option<OrderState>, ChainError> {
        let found = self.client().await?.order(&order).await.map_err(convert)?;
        Ok(found.map(|info| OrderState {
            offer: info.offer,
            version: info.version,
            buyer: info.buyer,
            blinded: info.blinded,
            stage: info.stage,
        }))
    }

    async fn justified(&self) -> Result<Justified, ChainError> {
        let found = self.client().await?.justified().await.map_err(convert)?;
        Ok(Justified {
            height: found.height,
            hash: found.hash,
            block: found.block,
        })
    }

    async fn authority_set(&self, at: &Justified) -> Result<AuthoritySet, ChainError> {
        let found = self.client().await?.authority_set(&at.wire()).await;
        found.map_err(convert)
    }

    async fn handovers(&self, above: u32, below: u32) -> Result<Vec<(u32, Finalised)>, ChainError> {
        let found = self.client().await?.handovers(above, below).await;
        found.map_err(convert)
    }

    async fn prove_record(
        &self,
        record: RecordId,
        at: &Justified,
    ) -> Result<Option<RecordProof>, ChainError> {
        let found = self.client().await?.prove_record(&record, &at.wire()).await;
        Ok(found.map_err(convert)?.map(|proof| RecordProof {
            record: proof.record,
            trail: proof.trail,
            log: proof.log,
            state: proof.state,
        }))
    }

    async fn prove_order(&self, order: OrderId, at: &Justified) -> Result<Option<OrderProof>, ChainError> {
        let found = self.client().await?.prove_order(&order, &at.wire()).await;
        Ok(found.map_err(convert)?.map(|proof| OrderProof {
            stage: proof.order.stage,
            state: proof.state,
        }))
    }

    async fn submit(&self, call: Call) -> Result<Receipt, ChainError> {
        let receipt = self
            .client()
            .await?
            .submit(&self.signer, wire(call))
            .await
            .map_err(convert)?;
        Ok(Receipt {
            height: receipt.height,
            block: receipt.block,
            fee: receipt.fee,
        })
    }
}

impl Justified {
    fn wire(&self) -> ClientJustified {
        ClientJustified {
            height: self.height,
            hash: self.hash,
            block: self.block.clone(),
        }
    }
}

fn offer_state(info: &OfferInfo) -> OfferState {
    OfferState {
        seller: info.seller,
        record: info.record,
        version: info.version,
        key: info.key,
        price: info.price,
        status: match info.status {
            ClientOfferStatus::Open => OfferStatus::Open,
            ClientOfferStatus::Closed { bond_until } => OfferStatus::Closed { bond_until },
            ClientOfferStatus::Released => OfferStatus::Released,
            ClientOfferStatus::Frozen { .. } => OfferStatus::Frozen,
            ClientOfferStatus::Halted { bond_until } => OfferStatus::Halted { bond_until },
        },
        open_orders: info.open_orders,
    }
}

fn wire(call: Call) -> ClientCall {
    match call {
        Call::RegisterGateway {
            key,
            pipelines,
            endpoint,
        } => ClientCall::RegisterGateway {
            key,
            pipelines,
            endpoint,
        },
        Call::UpdateGateway {
            key,
            pipelines,
            endpoint,
        } => ClientCall::UpdateGateway {
            key,
            pipelines,
            endpoint,
        },
        Call::RegisterRecord { statement, signature } => ClientCall::RegisterRecord { statement, signature },
        Call::WithdrawRecord { record } => ClientCall::WithdrawRecord { record },
        Call::EraseRecord { record } => ClientCall::EraseRecord { record },
        Call::Offer(terms) => ClientCall::Offer {
            nonce: terms.nonce,
            record: terms.record,
            content: terms.content,
            key: terms.key,
            price: terms.price,
            licence: terms.licence,
            deliver_within: terms.deliver_within,
            dispute_within: terms.dispute_within,
            bond: terms.bond,
        },
        Call::Close { offer } => ClientCall::Close { offer },
        Call::Deliver {
            order,
            evaluated,
            proof,
        } => ClientCall::Deliver {
            order,
            evaluated,
            proof,
        },
        Call::Settle { order } => ClientCall::Settle { order },
        Call::ReleaseBond { offer } => ClientCall::ReleaseOfferBond { offer },
    }
}

fn convert(error: ClientError) -> ChainError {
    match error {
        ClientError::Refused { pallet, error, doc } => ChainError::Refused { pallet, error, doc },
        ClientError::NoFunds { account, reason } => ChainError::NoFunds {
            account,
            detail: reason,
        },
        ClientError::WrongGenesis { expected, found } => ChainError::WrongGenesis { expected, found },
        ClientError::Incompatible(detail) => ChainError::Incompatible(detail),
        ClientError::Dropped { .. } | ClientError::Timeout { .. } => ChainError::Unknown(told(&error)),
        // A transaction that the pool did not take changed nothing; the state is looked at again and it is repeated.
        ClientError::Rejected { .. } => ChainError::Unknown(told(&error)),
        other => ChainError::Unreachable(told(&other)),
    }
}

/// The error with its causes, on one line.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
