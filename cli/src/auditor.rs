//! `vouchsafe auditor`: who may audit. Until panels are drawn, that is for those to decide who govern the chain.

use crate::{failure::Failure, show::Show};
use clap::Subcommand;
use serde_json::json;
use vouchsafe_chain_client::{Call, ChainClient, Signer, ss58};
use vouchsafe_protocol::id::Account;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum AuditorCommand {
    /// Let an account audit. Takes the key that governs the chain.
    Admit {
        /// An address or a key's name.
        account: String,
    },
    /// Let an account audit no more; what it said stands. Takes the key that governs the chain.
    Dismiss {
        /// An address or a key's name.
        account: String,
    },
    /// Say whether an account may audit.
    Show {
        /// An address or a key's name.
        account: String,
    },
}

impl AuditorCommand {
    /// The account, as given.
    pub fn account(&self) -> &str {
        match self {
            Self::Admit { account } | Self::Dismiss { account } | Self::Show { account } => account,
        }
    }
}

/// Does it, unless it is so already; `signer` is asked for only to change something.
///
/// # Errors
/// [`Failure::NotGoverned`]; see [`Failure`].
pub async fn run(
    show: Show,
    chain: &ChainClient,
    signer: impl FnOnce() -> Result<Signer, Failure>,
    command: &AuditorCommand,
    auditor: Account,
) -> Result<(), Failure> {
    let since = chain.auditor_since(&auditor).await?;
    let call = match (command, since) {
        (AuditorCommand::Admit { .. }, None) => Some(Call::AdmitAuditor { auditor }),
        (AuditorCommand::Dismiss { .. }, Some(_)) => Some(Call::DismissAuditor { auditor }),
        (AuditorCommand::Admit { .. }, Some(_))
        | (AuditorCommand::Dismiss { .. }, None)
        | (AuditorCommand::Show { .. }, _) => None,
    };
    let since = match call {
        None => since,
        Some(call) => {
            chain.submit(&signer()?, call).await?;
            let now = chain.auditor_since(&auditor).await?;
            // Who governs only passes the call on: that it was taken does not say that it succeeded.
            if now.is_some() == since.is_some() {
                return Err(Failure::NotGoverned(ss58::encode(&auditor)));
            }
            now
        }
    };
    let line = match since {
        Some(height) => format!("{} may audit, since block {height}", ss58::encode(&auditor)),
        None => format!("{} may not audit", ss58::encode(&auditor)),
    };
    show.result(
        &json!({ "account": auditor, "ss58": ss58::encode(&auditor), "since": since }),
        &[line],
    )?;
    Ok(())
}
