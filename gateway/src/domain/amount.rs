use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An amount of planck (10^12 planck = 1 VCH). Written as a decimal string in JSON: a JSON number above 2^53 is
/// not portable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Planck(pub u128);

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount is decimal digits without sign, point or leading zero, at most 2^128 - 1 planck")]
pub struct PlanckError;

impl FromStr for Planck {
    type Err = PlanckError;

    fn from_str(text: &str) -> Result<Self, PlanckError> {
        // `u128::from_str` alone would take "+5" and "007".
        let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        if !plain {
            return Err(PlanckError);
        }
        text.parse().map(Self).map_err(|_| PlanckError)
    }
}

impl TryFrom<String> for Planck {
    type Error = PlanckError;

    fn try_from(text: String) -> Result<Self, PlanckError> {
        text.parse()
    }
}

impl From<Planck> for String {
    fn from(amount: Planck) -> Self {
        amount.to_string()
    }
}

impl fmt::Display for Planck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
