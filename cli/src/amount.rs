//! Amounts of money as people write them.

/// Planck in one coin.
pub const VCH: u128 = 1_000_000_000_000;
const DECIMALS: usize = 12;

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Neither "12.5 VCH" nor a whole number of planck.
    #[error("{0:?} is not an amount: write for example \"12.5 VCH\", or a whole number of planck")]
    Syntax(String),
    /// A fraction without a unit could mean either.
    #[error("{0:?} has a fraction but no unit: planck are whole; did you mean \"{0} VCH\"?")]
    FractionOfPlanck(String),
    /// More than twelve decimals.
    #[error("{0:?} has more than 12 decimals: the smallest part of a coin is 0.000000000001 VCH")]
    TooFine(String),
    /// More than 128 bits.
    #[error("{0:?} is more than can exist")]
    TooLarge(String),
}

/// Reads `12.5 VCH`, `12.5VCH` or a whole number of planck; returns planck.
///
/// # Errors
/// See [`AmountError`].
pub fn parse(text: &str) -> Result<u128, AmountError> {
    let given = text.trim();
    let lower = given.to_ascii_lowercase();
    if let Some(coins) = lower.strip_suffix("vch") {
        return coins_to_planck(coins.trim_end(), given);
    }
    let number = lower.strip_suffix("planck").map_or(lower.as_str(), str::trim_end);
    if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
        return number
            .parse()
            .map_err(|_| AmountError::TooLarge(given.to_owned()));
    }
    match coins_to_planck(number, given) {
        Ok(_) => Err(AmountError::FractionOfPlanck(given.to_owned())),
        Err(_) => Err(AmountError::Syntax(given.to_owned())),
    }
}

fn coins_to_planck(coins: &str, given: &str) -> Result<u128, AmountError> {
    let (whole, fraction) = coins.split_once('.').unwrap_or((coins, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(AmountError::Syntax(given.to_owned()));
    }
    if fraction.len() > DECIMALS {
        return Err(AmountError::TooFine(given.to_owned()));
    }
    let too_large = || AmountError::TooLarge(given.to_owned());
    let whole: u128 = whole.parse().map_err(|_| too_large())?;
    let fraction: u128 = format!("{fraction:0<DECIMALS$}")
        .parse()
        .map_err(|_| too_large())?;
    whole
        .checked_mul(VCH)
        .and_then(|planck| planck.checked_add(fraction))
        .ok_or_else(too_large)
}

/// The amount in coins, exactly, without zeros at the end: `12.5 VCH`.
pub fn show(planck: u128) -> String {
    let (whole, fraction) = (planck / VCH, planck % VCH);
    if fraction == 0 {
        return format!("{whole} VCH");
    }
    let fraction = format!("{fraction:0DECIMALS$}");
    format!("{whole}.{} VCH", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_and_planck_are_read_exactly() {
        let half = VCH / 2;
        for (text, planck) in [
            ("12.5 VCH", 12 * VCH + half),
            ("12.5VCH", 12 * VCH + half),
            (" 0.000000000001 vch ", 1),
            ("3 VCH", 3 * VCH),
            ("1000", 1_000),
            ("7 planck", 7),
            ("0", 0),
        ] {
            assert_eq!(parse(text), Ok(planck), "{text:?}");
        }
    }

    #[test]
    fn what_is_shown_is_read_back_to_the_unit() {
        for planck in [0, 1, VCH, VCH + 1, 12 * VCH + VCH / 2, 999_999_999_999, u128::MAX] {
            assert_eq!(parse(&show(planck)), Ok(planck), "{}", show(planck));
        }
        assert_eq!(show(12 * VCH + VCH / 2), "12.5 VCH");
    }

    #[test]
    fn a_text_that_is_no_number_is_refused() {
        for text in [
            "",
            "VCH",
            "a VCH",
            "-1 VCH",
            "1e3",
            "1.2.3 VCH",
            ".5 VCH",
            "5. VCH",
            "1,5 VCH",
            "0x10",
        ] {
            assert!(
                matches!(parse(text), Err(AmountError::Syntax(_))),
                "{text:?}: {:?}",
                parse(text)
            );
        }
    }

    #[test]
    fn a_fraction_without_unit_is_refused_with_a_question() {
        assert_eq!(
            parse("12.5"),
            Err(AmountError::FractionOfPlanck("12.5".to_owned()))
        );
    }

    #[test]
    fn a_part_of_a_planck_is_refused() {
        assert!(matches!(
            parse("0.0000000000001 VCH"),
            Err(AmountError::TooFine(_))
        ));
    }

    #[test]
    fn more_than_128_bits_are_refused() {
        let coins = format!("{} VCH", u128::MAX);
        assert!(matches!(parse(&coins), Err(AmountError::TooLarge(_))));
        assert!(matches!(
            parse(&format!("{}0", u128::MAX)),
            Err(AmountError::TooLarge(_))
        ));
    }
}
