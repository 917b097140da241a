//! Where the runtime keeps a value: `twox128(pallet) ‖ twox128(entry) ‖ hashed keys`.

use subxt_metadata::StorageHasher;

/// The keys of one storage entry, its hashers as the node's metadata names them.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    prefix: [u8; 32],
    hashers: Vec<StorageHasher>,
}

impl Entry {
    pub fn new(pallet: &str, entry: &str, hashers: Vec<StorageHasher>) -> Self {
        let mut prefix = [0; 32];
        prefix[..16].copy_from_slice(&sp_crypto_hashing::twox_128(pallet.as_bytes()));
        prefix[16..].copy_from_slice(&sp_crypto_hashing::twox_128(entry.as_bytes()));
        Self { prefix, hashers }
    }

    /// The key of one value when `keys` has as many parts as the entry, else the prefix of all values below `keys`.
    /// Parts are SCALE bytes; parts beyond the entry's are ignored.
    pub fn key(&self, keys: &[&[u8]]) -> Vec<u8> {
        let mut whole = self.prefix.to_vec();
        for (hasher, key) in self.hashers.iter().zip(keys) {
            hash_into(*hasher, key, &mut whole);
        }
        whole
    }

    /// The last key part of the whole key `key`, if its hasher keeps it readable and it has 32 bytes.
    pub fn last_part(&self, key: &[u8]) -> Option<[u8; 32]> {
        match self.hashers.last()? {
            StorageHasher::Blake2_128Concat | StorageHasher::Twox64Concat | StorageHasher::Identity => {
                key.last_chunk::<32>().copied()
            }
            StorageHasher::Blake2_128
            | StorageHasher::Blake2_256
            | StorageHasher::Twox128
            | StorageHasher::Twox256 => None,
        }
    }

    /// How many key parts the entry has.
    pub fn parts(&self) -> usize {
        self.hashers.len()
    }

    /// Whether [`Entry::last_part`] can read the last part back.
    pub fn is_enumerable(&self) -> bool {
        self.last_part(&[0; 64]).is_some()
    }
}

fn hash_into(hasher: StorageHasher, key: &[u8], out: &mut Vec<u8>) {
    use sp_crypto_hashing::{blake2_128, blake2_256, twox_64, twox_128, twox_256};
    match hasher {
        StorageHasher::Blake2_128 => out.extend(blake2_128(key)),
        StorageHasher::Blake2_256 => out.extend(blake2_256(key)),
        StorageHasher::Blake2_128Concat => out.extend(blake2_128(key)),
        StorageHasher::Twox128 => out.extend(twox_128(key)),
        StorageHasher::Twox256 => out.extend(twox_256(key)),
        StorageHasher::Twox64Concat => out.extend(twox_64(key)),
        StorageHasher::Identity => {}
    }
    if matches!(
        hasher,
        StorageHasher::Blake2_128Concat | StorageHasher::Twox64Concat | StorageHasher::Identity
    ) {
        out.extend(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn an_accounts_row_has_the_key_that_every_substrate_chain_uses() {
        let entry = Entry::new("System", "Account", vec![StorageHasher::Blake2_128Concat]);
        // System.Account of //Alice (sr25519), as printed by the wallets' developer pages.
        let alice: vouchsafe_protocol::id::Account =
            "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
                .parse()
                .unwrap();
        assert_eq!(
            hex(&entry.key(&[alice.as_ref()])),
            "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9\
             de1e86a9a8c739864cf3cc5ec2bea59f\
             d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
        );
        assert_eq!(entry.last_part(&entry.key(&[alice.as_ref()])), Some(alice.0));
    }

    #[test]
    fn fewer_parts_give_a_prefix_of_the_whole_key() {
        let hashers = vec![StorageHasher::Twox64Concat, StorageHasher::Identity];
        let entry = Entry::new("Marketplace", "OpenOrders", hashers);
        let whole = entry.key(&[&[1; 32], &[2; 32]]);
        assert_eq!(whole.len(), 32 + 8 + 32 + 32);
        assert!(whole.starts_with(&entry.key(&[&[1; 32]])));
        assert!(whole.starts_with(&entry.key(&[])));
        assert_eq!(entry.last_part(&whole), Some([2; 32]));
    }

    #[test]
    fn a_hash_that_hides_its_key_is_not_enumerable() {
        assert!(!Entry::new("A", "B", vec![StorageHasher::Blake2_256]).is_enumerable());
        assert!(Entry::new("A", "B", vec![StorageHasher::Identity]).is_enumerable());
    }
}
