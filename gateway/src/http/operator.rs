//! The operator's token: made on first start, kept in a file that only its owner can read.

use std::{
    fs::{self, OpenOptions},
    future::{Ready, ready},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use subtle::ConstantTimeEq;

use super::{Api, HttpError};

/// Name of the token's file in the state folder.
pub const TOKEN_FILE: &str = "operator.token";

/// 32 random bytes as lower-case hex.
#[derive(Clone)]
pub struct OperatorToken(String);

/// Why there is no token to work with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    #[error("the operator's token {} cannot be read or written: {cause}", .path.display())]
    Io { path: PathBuf, cause: io::Error },
    #[error("{} may be read by others (mode {mode:o}); make it 600, or delete it to get a new token", .path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{} does not hold 64 hexadecimal digits; delete it to get a new token", .path.display())]
    Malformed { path: PathBuf },
    #[error("the system gives no randomness: {0}")]
    Entropy(String),
}

impl OperatorToken {
    /// Reads `<state>/operator.token`; on the first start makes it, mode 0600.
    pub fn open(state: &Path) -> Result<Self, TokenError> {
        let path = state.join(TOKEN_FILE);
        match Self::create(&path) {
            Err(TokenError::Io { cause, .. }) if cause.kind() == io::ErrorKind::AlreadyExists => {
                Self::read(path)
            }
            created => created,
        }
    }

    fn create(path: &Path) -> Result<Self, TokenError> {
        let failed = |cause| TokenError::Io {
            path: path.into(),
            cause,
        };
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|cause| TokenError::Entropy(cause.to_string()))?;
        let token = hex::encode(bytes);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        writeln!(file, "{token}")
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        tracing::info!(path = %path.display(), "made the operator's token");
        Ok(Self(token))
    }

    fn read(path: PathBuf) -> Result<Self, TokenError> {
        let failed = |cause| TokenError::Io {
            path: path.clone(),
            cause,
        };
        let mode = fs::metadata(&path).map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(TokenError::Exposed { path, mode });
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        let token = text.trim();
        if token.len() != 64 || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(TokenError::Malformed { path });
        }
        Ok(Self(token.to_owned()))
    }

    /// The token itself, for the header.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that does not depend on how much is right.
    fn admits(&self, offered: &str) -> bool {
        self.0.as_bytes().ct_eq(offered.as_bytes()).into()
    }
}

impl core::fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("OperatorToken(..)")
    }
}

/// Proof that a request carries the operator's token; as a handler's first argument it runs before any body is read.
#[derive(Clone, Copy, Debug)]
pub struct Operator(());

impl FromRequest for Operator {
    type Error = HttpError;
    type Future = Ready<Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let offered = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let admitted = match (offered, request.app_data::<web::Data<Api>>()) {
            (Some(offered), Some(api)) => api.token.admits(offered),
            _ => false,
        };
        ready(if admitted {
            Ok(Self(()))
        } else {
            Err(HttpError::Unauthorised)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_makes_a_private_token_and_later_ones_read_it() {
        let state = tempfile::tempdir().unwrap();
        let made = OperatorToken::open(state.path()).unwrap();
        let mode = fs::metadata(state.path().join(TOKEN_FILE))
            .unwrap()
            .permissions()
            .mode()
            & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(OperatorToken::open(state.path()).unwrap().expose(), made.expose());
        assert_eq!(made.expose().len(), 64);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(OperatorToken::open(other.path()).unwrap().expose(), made.expose());
    }

    #[test]
    fn a_token_that_others_may_read_is_refused() {
        let state = tempfile::tempdir().unwrap();
        OperatorToken::open(state.path()).unwrap();
        fs::set_permissions(state.path().join(TOKEN_FILE), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            OperatorToken::open(state.path()),
            Err(TokenError::Exposed { mode: 0o640, .. })
        ));
    }

    #[test]
    fn a_damaged_token_is_refused() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join(TOKEN_FILE);
        OperatorToken::open(state.path()).unwrap();
        fs::write(&path, "").unwrap();
        assert!(matches!(
            OperatorToken::open(state.path()),
            Err(TokenError::Malformed { .. })
        ));
    }

    #[test]
    fn debug_output_does_not_show_the_token() {
        let token = OperatorToken("ab".repeat(32));
        assert!(!format!("{token:?}").contains("ab"));
    }
}
