use super::service::Service;
use crate::{
    domain::Reason,
    ports::{ChainError, chain::Call},
};

/// Why the chain does not know this gateway yet.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistrationError {
    #[error("the gateway {ss58} retires on chain; release its bond after the cool-off, then start again")]
    Retiring { ss58: String },
    #[error(
        "the account {ss58} has {free} planck free and needs at least {needed} to register as a gateway; pay in and it goes on by itself"
    )]
    NoFunds { ss58: String, free: u128, needed: u128 },
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl RegistrationError {
    /// What is shown to anybody.
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::Retiring { .. } => Reason::new("gateway_retiring", self.to_string()),
            Self::NoFunds { .. } => Reason::new("no_funds", self.to_string()),
            Self::Chain(error) => Reason::new(error.code(), error.plain()),
        }
    }
}

/// Makes the chain know this gateway with its present key, pipeline and endpoint: looks first, then registers or
/// updates, so that repeating it costs a read.
pub(crate) async fn ensure_registered(service: &Service) -> Result<(), RegistrationError> {
    let _one_at_a_time = service.registering.lock().await;
    let outcome = register(service).await;
    match &outcome {
        Ok(()) => {
            if service.status().registered() {
                tracing::info!(account = %service.keys().account_ss58(), "the gateway is registered on chain");
            }
        }
        Err(error) => {
            if service.status().not_registered(error.reason()) {
                tracing::warn!(%error, "the gateway is not registered on chain yet");
            }
        }
    }
    outcome
}

async fn register(service: &Service) -> Result<(), RegistrationError> {
    let chain = &service.ports().chain;
    let account = service.keys().account();
    let key = service.keys().record_public();
    let pipelines = vec![service.pipeline().digest];
    let endpoint = service.settings().endpoint.clone();
    let call = match chain.registration(account).await? {
        Some(stored) if !stored.active => {
            return Err(RegistrationError::Retiring {
                ss58: service.keys().account_ss58(),
            });
        }
        Some(stored) if stored.key == key && stored.pipelines == pipelines && stored.endpoint == endpoint => {
            return Ok(());
        }
        Some(_) => Call::UpdateGateway {
            key,
            pipelines,
            endpoint,
        },
        None => {
            let rules = chain.rules().await?;
            let needed = rules.gateway_bond.saturating_add(rules.existential_deposit);
            let free = chain.free(account).await?;
            if free < needed {
                return Err(RegistrationError::NoFunds {
                    ss58: service.keys().account_ss58(),
                    free,
                    needed,
                });
            }
            Call::RegisterGateway {
                key,
                pipelines,
                endpoint,
            }
        }
    };
    chain.submit(call).await?;
    Ok(())
}
