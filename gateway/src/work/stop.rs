use super::{registrar::RegistrationError, sealing::SealingError, worker::WorkerError};
use crate::{
    domain::Reason,
    keys::SealError,
    ports::{AnonymiseError, ChainError, StagingError},
};

/// How a step can end other than well.
pub(super) enum Stop {
    Store(WorkerError),
    /// `reason` is shown with the job; `cause`, in full, is for the log.
    Wait {
        reason: Reason,
        cause: String,
    },
    Fail(Reason),
}

impl<E: Into<WorkerError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl From<ChainError> for Stop {
    fn from(error: ChainError) -> Self {
        if error.may_pass() {
            Self::wait_for(&error)
        } else {
            Self::Fail(Reason::new(error.code(), error.plain()))
        }
    }
}

impl Stop {
    /// Looks again later, whatever the error is.
    pub(super) fn wait_for(error: &ChainError) -> Self {
        Self::Wait {
            reason: Reason::new(error.code(), error.plain()),
            cause: error.to_string(),
        }
    }
}

impl From<RegistrationError> for Stop {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::Chain(error) => error.into(),
            other => Self::Wait {
                reason: other.reason(),
                cause: other.to_string(),
            },
        }
    }
}

impl From<SealError> for Stop {
    fn from(error: SealError) -> Self {
        Self::Fail(Reason::new("secret_lost", error.to_string()))
    }
}

impl From<SealingError> for Stop {
    fn from(error: SealingError) -> Self {
        match error {
            SealingError::Blob(error) => Self::Store(error.into()),
            SealingError::Staging(error) => staging_stop(error),
            other => Self::Fail(Reason::new("sealing_failed", other.to_string())),
        }
    }
}

/// A staged file that is gone or altered stays so; anything else may pass.
pub(super) fn staging_stop(error: StagingError) -> Stop {
    match error {
        StagingError::Missing { .. } | StagingError::Corrupt { .. } => {
            Stop::Fail(Reason::new("staging_lost", error.to_string()))
        }
        other => Stop::Store(other.into()),
    }
}

/// Positions are told from 1, as people count.
pub(super) fn refused_file(at: u32, error: AnonymiseError) -> Stop {
    let position = at + 1;
    match error {
        AnonymiseError::Refused(reason) => Stop::Fail(Reason::new(
            reason.code,
            format!("file {position}: {}", reason.detail),
        )),
        AnonymiseError::Engine(detail) => {
            Stop::Fail(Reason::new("engine_failed", format!("file {position}: {detail}")))
        }
    }
}
