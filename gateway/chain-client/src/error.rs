use vouchsafe_protocol::id::{Account, Genesis};

/// The cause below one of this crate's errors, kept for logs.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the chain could not be read, or a call has no effect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The node's address is not a WebSocket address.
    #[error("{url:?} is not the address of a node: it must look like ws://127.0.0.1:9944 ({reason})")]
    BadUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The node does not answer. The client goes on trying to reconnect: the same call may succeed later.
    #[error("the node at {url} does not answer ({reason}); is it running, and reachable from here?")]
    Unreachable {
        /// The node's address.
        url: String,
        /// What was tried and how it ended.
        reason: String,
    },
    /// The node serves another chain than the one expected.
    #[error("the node serves another chain: expected genesis {expected}, found {found}")]
    WrongGenesis {
        /// The chain that the caller wants.
        expected: Genesis,
        /// The chain that the node serves.
        found: Genesis,
    },
    /// The chain's calls or stored shapes are not those that this program was built for.
    #[error("the node's runtime is not one that this version can talk to: {0}")]
    Incompatible(String),
    /// The call was included and refused; the fee is spent and nothing else has changed.
    #[error("the chain refused the call: {pallet}.{error}{}", sentence(.doc))]
    Refused {
        /// The pallet that refused, or `Runtime` for an error of the runtime itself.
        pallet: String,
        /// The error's name.
        error: String,
        /// Its documentation in the node's metadata; may be empty.
        doc: String,
    },
    /// The account cannot pay what the call needs, fee included.
    #[error("{} cannot pay for this: {reason}", crate::ss58::encode(.account))]
    NoFunds {
        /// The signer.
        account: Account,
        /// What the node or the chain said.
        reason: String,
    },
    /// The node did not take the transaction into its pool; nothing was sent on.
    #[error("the node did not accept the transaction: {reason}")]
    Rejected {
        /// What the node said.
        reason: String,
    },
    /// The transaction's lifetime passed without its inclusion in a finalised block: it can never be included
    /// now. Look at the chain's state before trying again.
    #[error("the transaction was not included by block {until}, so it never will be; nothing has changed")]
    Dropped {
        /// The last block in which it could have been included.
        until: u32,
    },
    /// Finality did not advance for so long that the client stopped waiting. The transaction may still be
    /// included: look at the chain's state before trying again.
    #[error("the chain finalised nothing for {seconds} s while waiting for {what}; it may still happen")]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
    },
    /// The node answered something that cannot be understood, or refused a request.
    #[error("the node's answer to {request} is of no use")]
    Answer {
        /// What was asked.
        request: String,
        /// Why.
        #[source]
        source: Cause,
    },
}

impl ChainError {
    /// Whether the same call may succeed later without any change on the caller's side. After
    /// [`Dropped`](Self::Dropped) and [`Timeout`](Self::Timeout) look at the chain's state first.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Dropped { .. } | Self::Timeout { .. } | Self::Answer { .. } => {
                true
            }
            Self::BadUrl { .. }
            | Self::WrongGenesis { .. }
            | Self::Incompatible(_)
            | Self::Refused { .. }
            | Self::NoFunds { .. }
            | Self::Rejected { .. } => false,
        }
    }

    pub(crate) fn answer(request: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self::Answer {
            request: request.into(),
            source: source.into(),
        }
    }
}

fn sentence(doc: &str) -> String {
    if doc.is_empty() {
        String::new()
    } else {
        format!(" ({})", doc.trim_end_matches('.'))
    }
}
