//! A signing certificate and the root above it, made from two seeds: no clock and no chance, so the same at every start.

use crate::sha256;
use ed25519_dalek::{Signer as _, SigningKey};

/// What signs manifests, with its certificates (X.509, RFC 5280; Ed25519 in X.509, RFC 8410).
///
/// The root is nobody's but the holder's: it is on no public list, and whoever wants to trust it must be given it.
pub struct Signer {
    leaf: SigningKey,
    leaf_certificate: Vec<u8>,
    root_certificate: Vec<u8>,
}

impl core::fmt::Debug for Signer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Signer(..)")
    }
}

const ED25519: &[u64] = &[1, 3, 101, 112];
const ORGANISATION: &[u64] = &[2, 5, 4, 10];
const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
const SUBJECT_KEY: &[u64] = &[2, 5, 29, 14];
const AUTHORITY_KEY: &[u64] = &[2, 5, 29, 35];
const EXTENDED_USAGE: &[u64] = &[2, 5, 29, 37];
/// What C2PA's certificate profile has long asked of signers.
const EMAIL_PROTECTION: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 4];

/// Both certificates hold from the day this format was made, for as long as somebody keeps the seed: RFC 5280, 4.1.2.5 has
/// this year for certificates with no well-defined end.
const FROM: &[u8] = b"260101000000Z";
const UNTIL: &[u8] = b"99991231235959Z";

impl Signer {
    /// `holder` is the name in both certificates, at most 64 characters as X.520 has it; what is longer is cut.
    pub fn new(root_seed: &[u8; 32], leaf_seed: &[u8; 32], holder: &str) -> Self {
        let (root, leaf) = (
            SigningKey::from_bytes(root_seed),
            SigningKey::from_bytes(leaf_seed),
        );
        let holder: String = holder.chars().take(59).collect();
        let root_name = name(&format!("{holder} root"));
        let root_key = root.verifying_key().to_bytes();
        let leaf_key = leaf.verifying_key().to_bytes();
        Self {
            root_certificate: certificate((&root, &root_name), &root_name, &root_key, true),
            leaf_certificate: certificate((&root, &root_name), &name(&holder), &leaf_key, false),
            leaf,
        }
    }

    /// The root in PEM, for readers that shall trust it.
    pub fn root_pem(&self) -> String {
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for line in self.root_certificate.chunks(48) {
            pem.push_str(&base64(line));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }

    /// The signing certificate, then the one that signed it, in DER.
    pub(crate) fn chain(&self) -> [&[u8]; 2] {
        [&self.leaf_certificate, &self.root_certificate]
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.leaf.sign(message).to_bytes()
    }
}

fn certificate(issuer: (&SigningKey, &[u8]), subject: &[u8], key: &[u8; 32], is_root: bool) -> Vec<u8> {
    let (issuer_key, issuer_name) = issuer;
    let algorithm = sequence(&[&oid(ED25519)]);
    // Positive, and never the same for two keys.
    let mut serial = sha256(&[b"serial", &key[..]].concat())[..16].to_vec();
    serial[0] = (serial[0] & 0x3f) | 0x40;
    let (constraints, usage) = match is_root {
        // No certificate authority below it; signs certificates and revocation lists (bits 5 and 6).
        true => (sequence(&[&der(0x01, &[0xff]), &der(0x02, &[0])]), [1, 0x06]),
        // Bit 0: signs.
        false => (sequence(&[]), [7, 0x80]),
    };
    let authority = issuer_key.verifying_key().to_bytes();
    let mut extensions = vec![
        extension(BASIC_CONSTRAINTS, true, &constraints),
        extension(KEY_USAGE, true, &der(0x03, &usage)),
        extension(SUBJECT_KEY, false, &der(0x04, &sha256(key)[..20])),
        extension(
            AUTHORITY_KEY,
            false,
            &sequence(&[&der(0x80, &sha256(&authority)[..20])]),
        ),
    ];
    if !is_root {
        extensions.push(extension(
            EXTENDED_USAGE,
            false,
            &sequence(&[&oid(EMAIL_PROTECTION)]),
        ));
    }
    let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
    let to_sign = sequence(&[
        &der(0xa0, &der(0x02, &[2])),
        &der(0x02, &serial),
        &algorithm,
        issuer_name,
        &sequence(&[&der(0x17, FROM), &der(0x18, UNTIL)]),
        subject,
        &sequence(&[&algorithm, &bits(key)]),
        &der(0xa3, &sequence(&extensions)),
    ]);
    let signature = issuer_key.sign(&to_sign).to_bytes();
    sequence(&[&to_sign, &algorithm, &bits(&signature)])
}

fn name(common: &str) -> Vec<u8> {
    let part = |kind, text: &str| der(0x31, &sequence(&[&oid(kind), &der(0x0c, text.as_bytes())]));
    sequence(&[
        &part(ORGANISATION, "Vouchsafe gateway"),
        &part(COMMON_NAME, common),
    ])
}

fn extension(kind: &[u64], critical: bool, value: &[u8]) -> Vec<u8> {
    let value = der(0x04, value);
    match critical {
        true => sequence(&[&oid(kind), &der(0x01, &[0xff]), &value]),
        false => sequence(&[&oid(kind), &value]),
    }
}

/// A bit string of whole bytes.
fn bits(bytes: &[u8]) -> Vec<u8> {
    der(0x03, &[&[0], bytes].concat())
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

/// Tag, length, content. Nothing here is 64 KiB long.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let length: &[u8] = match (high, low) {
        (0, 0..=127) => &[low],
        (0, _) => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [&[tag], length, content].concat()
}

fn oid(arcs: &[u64]) -> Vec<u8> {
    let mut content = Vec::new();
    let first = arcs.first().zip(arcs.get(1)).map(|(a, b)| a * 40 + b);
    for arc in first.iter().chain(arcs.iter().skip(2)) {
        let mut groups = vec![(arc & 0x7f) as u8];
        let mut rest = arc >> 7;
        while rest > 0 {
            groups.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        content.extend(groups.iter().rev());
    }
    der(0x06, &content)
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let all =
            group.iter().fold(0u32, |all, byte| (all << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let letter = LETTERS[((all >> (18 - 6 * at)) & 0x3f) as usize];
            out.push(if at <= group.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_identifiers_have_the_bytes_that_others_write() {
        assert_eq!(oid(ED25519), [6, 3, 0x2b, 0x65, 0x70]);
        assert_eq!(
            oid(&[1, 2, 840, 113_549]),
            [6, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]
        );
    }

    /// RFC 4648, section 10.
    #[test]
    fn base64_is_the_standards() {
        for (plain, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), text);
        }
    }

    #[test]
    fn lengths_take_as_many_bytes_as_they_need() {
        assert_eq!(der(4, &[0; 127])[..2], [4, 127]);
        assert_eq!(der(4, &[0; 128])[..3], [4, 0x81, 128]);
        assert_eq!(der(4, &[0; 256])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn the_same_seeds_make_the_same_certificates_and_others_others() {
        let pem = |root| Signer::new(&[root; 32], &[2; 32], "a").root_pem();
        assert_eq!(pem(1), pem(1));
        assert_ne!(pem(1), pem(3));
        let signer = Signer::new(&[1; 32], &[2; 32], &"long ".repeat(50));
        assert!(signer.chain().iter().all(|certificate| certificate.len() < 600));
    }
}
