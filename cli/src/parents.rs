//! What a dataset is derived from, as people write and read it.

pub use vouchsafe_documents::terms::percent as show_share;
use vouchsafe_protocol::{
    id::ParseIdError,
    record::{Parent, WHOLE_PPM},
};

/// Why a text names no parent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParentError {
    /// No `=`.
    #[error("{0:?} is not RECORD=SHARE: write for example 0x…=250000 for a quarter of every sale")]
    Syntax(String),
    /// What stands before the `=` is no id.
    #[error("the record is not an id: {0}")]
    Record(ParseIdError),
    /// What stands behind the `=` is no share.
    #[error("{0:?} is not a share: write parts per million, a whole number from 0 to {WHOLE_PPM}")]
    Share(String),
}

/// Reads `RECORD=SHARE`, the share in parts per million.
///
/// # Errors
/// See [`ParentError`].
pub fn parse(text: &str) -> Result<Parent, ParentError> {
    let (record, share) = text
        .split_once('=')
        .ok_or_else(|| ParentError::Syntax(text.to_owned()))?;
    let record = record.trim().parse().map_err(ParentError::Record)?;
    let share_ppm = parse_share(share.trim())?;
    Ok(Parent { record, share_ppm })
}

/// Reads a share in parts per million.
///
/// # Errors
/// [`ParentError::Share`].
pub fn parse_share(text: &str) -> Result<u32, ParentError> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(share_ppm) if digits && share_ppm <= WHOLE_PPM => Ok(share_ppm),
        _ => Err(ParentError::Share(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vouchsafe_protocol::id::RecordId;

    const ID: &str = "0707070707070707070707070707070707070707070707070707070707070707";

    #[test]
    fn a_record_and_a_share_within_the_whole_are_a_parent() {
        for share_ppm in [0, 1, 250_000, 1_000_000] {
            let parent = Parent {
                record: RecordId([7; 32]),
                share_ppm,
            };
            assert_eq!(parse(&format!("0x{ID}={share_ppm}")), Ok(parent));
            assert_eq!(parse(&format!("{ID} = {share_ppm} ")), Ok(parent));
        }
    }

    #[test]
    fn a_text_without_a_share_is_refused() {
        assert_eq!(parse(ID), Err(ParentError::Syntax(ID.to_owned())));
    }

    #[test]
    fn a_parent_that_is_no_id_is_refused() {
        for record in ["", "0x", "0x12", &ID[1..], &format!("{ID}0")] {
            assert!(
                matches!(parse(&format!("{record}=1")), Err(ParentError::Record(_))),
                "{record:?}"
            );
        }
    }

    #[test]
    fn a_share_that_is_no_whole_number_of_parts_per_million_is_refused() {
        for share in ["", "-1", "+1", "0.25", "25%", "1e3", "1000001", "99999999999"] {
            assert_eq!(
                parse(&format!("{ID}={share}")),
                Err(ParentError::Share(share.to_owned()))
            );
        }
    }
}
