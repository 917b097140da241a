//! The tree against a naive oracle written straight from RFC 6962 section 2.1.

use proptest::prelude::*;
use vouchsafe_protocol::{
    id::Digest,
    tree::{Frontier, leaf_hash, node_hash, path, root, verify},
};

/// `MTH` of RFC 6962 section 2.1, word for word, on leaf hashes.
fn oracle_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [only] => *only,
        _ => {
            let k = (leaves.len().div_ceil(2)).next_power_of_two();
            node_hash(&oracle_root(&leaves[..k]), &oracle_root(&leaves[k..]))
        }
    }
}

/// `PATH` of RFC 6962 section 2.1.1, word for word.
fn oracle_path(leaves: &[Digest], m: usize) -> Vec<Digest> {
    if leaves.len() == 1 {
        return vec![];
    }
    let k = (leaves.len().div_ceil(2)).next_power_of_two();
    let (mut inner, sibling) = if m < k {
        (oracle_path(&leaves[..k], m), oracle_root(&leaves[k..]))
    } else {
        (oracle_path(&leaves[k..], m - k), oracle_root(&leaves[..k]))
    };
    inner.push(sibling);
    inner
}

fn leaves(n: usize) -> Vec<Digest> {
    (0..n).map(|i| leaf_hash(&i.to_le_bytes())).collect()
}

#[test]
fn no_leaf_has_no_root_and_no_path() {
    assert_eq!(root(&[]), None);
    assert_eq!(Frontier::default().root(), None);
    assert_eq!(path(&[], 0), None);
    assert!(!verify(&Digest::default(), &Digest::default(), 0, 0, &[]));
}

#[test]
fn the_known_answers_of_certificate_transparency_hold() {
    // Leaf inputs and roots of the reference tests of RFC 6962's first implementation.
    let inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::default();
    for (input, expected) in inputs.iter().zip(roots) {
        frontier.push(leaf_hash(&hex::decode(input).unwrap()));
        assert_eq!(frontier.root().unwrap(), expected.parse().unwrap());
    }
}

#[test]
fn every_tree_up_to_70_leaves_agrees_with_the_oracle_and_every_path_verifies() {
    for n in 1..=70 {
        let leaves = leaves(n);
        let expected = oracle_root(&leaves);
        assert_eq!(root(&leaves), Some(expected), "{n} leaves");
        for m in 0..n {
            let found = path(&leaves, m as u64).unwrap();
            assert_eq!(found, oracle_path(&leaves, m), "path {m} of {n}");
            assert!(
                verify(&expected, &leaves[m], m as u64, n as u64, &found),
                "path {m} of {n}"
            );
        }
        assert_eq!(path(&leaves, n as u64), None);
    }
}

#[test]
fn no_path_verifies_at_another_position_of_the_same_tree() {
    for n in 2..=33u64 {
        let leaves = leaves(n as usize);
        let top = root(&leaves).unwrap();
        for m in 0..n {
            let proof = path(&leaves, m).unwrap();
            for other in (0..n + 2).filter(|&other| other != m) {
                assert!(
                    !verify(&top, &leaves[m as usize], other, n, &proof),
                    "{m} shown as {other} of {n}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn no_altered_proof_verifies(n in 1usize..300, pick in any::<prop::sample::Index>(), which in any::<prop::sample::Index>(), bit in 0usize..256) {
        let leaves = leaves(n);
        let top = root(&leaves).unwrap();
        let m = pick.index(n);
        let proof = path(&leaves, m as u64).unwrap();
        prop_assert!(verify(&top, &leaves[m], m as u64, n as u64, &proof));

        let flip = |digest: &Digest| { let mut d = *digest; d.0[bit / 8] ^= 1 << (bit % 8); d };
        prop_assert!(!verify(&flip(&top), &leaves[m], m as u64, n as u64, &proof));
        prop_assert!(!verify(&top, &flip(&leaves[m]), m as u64, n as u64, &proof));
        if !proof.is_empty() {
            let at = which.index(proof.len());
            let mut altered = proof.clone();
            altered[at] = flip(&altered[at]);
            prop_assert!(!verify(&top, &leaves[m], m as u64, n as u64, &altered));
            let mut shorter = proof.clone();
            shorter.remove(at);
            prop_assert!(!verify(&top, &leaves[m], m as u64, n as u64, &shorter));
        }
        let mut longer = proof.clone();
        longer.push(top);
        prop_assert!(!verify(&top, &leaves[m], m as u64, n as u64, &longer));
    }

    #[test]
    fn verify_is_total(bytes in prop::collection::vec(any::<[u8; 32]>(), 0..70), index: u64, len: u64) {
        let path: Vec<Digest> = bytes.iter().copied().map(Digest).collect();
        let _answer_without_a_panic = verify(&Digest::default(), &Digest([1; 32]), index, len, &path);
    }
}
