//! Accounts as text: SS58 with prefix 42, the form that wallets show.

use vouchsafe_protocol::id::Account;

/// The prefix of addresses on a Vouchsafe chain: the generic one.
pub const PREFIX: u8 = 42;

/// Why a text is not an account's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ss58Error {
    /// Not base 58.
    #[error("an address holds only letters and digits without 0, O, I and l")]
    Alphabet,
    /// Not one byte of prefix, 32 of account and 2 of checksum.
    #[error("an address has 35 bytes, this one has {0}")]
    Length(usize),
    /// An address of another chain.
    #[error("this is an address of another network (prefix {0}, expected {PREFIX})")]
    Prefix(u8),
    /// Mistyped.
    #[error("the address's checksum is wrong: it was mistyped or cut")]
    Checksum,
}

/// The address of `account`.
pub fn encode(account: &Account) -> String {
    let mut bytes = [&[PREFIX], account.as_bytes().as_slice()].concat();
    bytes.extend_from_slice(&checksum(&bytes));
    bs58::encode(bytes).into_string()
}

/// The account that `address` names.
///
/// # Errors
/// See [`Ss58Error`].
pub fn decode(address: &str) -> Result<Account, Ss58Error> {
    let bytes = bs58::decode(address)
        .into_vec()
        .map_err(|_| Ss58Error::Alphabet)?;
    let whole: [u8; 35] = bytes
        .as_slice()
        .try_into()
        .map_err(|_| Ss58Error::Length(bytes.len()))?;
    let (payload, sum) = whole.split_at(33);
    if whole[0] != PREFIX {
        return Err(Ss58Error::Prefix(whole[0]));
    }
    if sum != checksum(payload) {
        return Err(Ss58Error::Checksum);
    }
    Ok(Account(
        payload[1..].try_into().expect("33 bytes less one are 32; qed"),
    ))
}

fn checksum(payload: &[u8]) -> [u8; 2] {
    let hash = sp_crypto_hashing::blake2_512(&[b"SS58PRE", payload].concat());
    [hash[0], hash[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE_ED25519: &str = "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu";

    #[test]
    fn a_known_address_is_the_account_and_back() {
        let account: Account = "88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee"
            .parse()
            .unwrap();
        assert_eq!(encode(&account), ALICE_ED25519);
        assert_eq!(decode(ALICE_ED25519), Ok(account));
    }

    #[test]
    fn a_mistyped_address_is_refused() {
        let mistyped = ALICE_ED25519.replacen("FA9", "FA8", 1);
        assert_eq!(decode(&mistyped), Err(Ss58Error::Checksum));
    }

    #[test]
    fn a_character_outside_base_58_is_refused() {
        assert_eq!(decode(&ALICE_ED25519.replace('F', "0")), Err(Ss58Error::Alphabet));
    }

    #[test]
    fn a_short_address_is_refused_with_its_length() {
        assert_eq!(decode("5FA9"), Err(Ss58Error::Length(3)));
    }

    #[test]
    fn an_address_of_another_network_is_refused_with_its_prefix() {
        let mut bytes = [&[0u8], [7u8; 32].as_slice()].concat();
        bytes.extend_from_slice(&checksum(&bytes));
        assert_eq!(
            decode(&bs58::encode(bytes).into_string()),
            Err(Ss58Error::Prefix(0))
        );
    }
}
