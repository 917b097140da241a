//! The part of CBOR (RFC 8949) that manifests need, in the one way in which it is written here: shortest heads, maps in the
//! order given.

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Cbor {
    Null,
    True,
    Unsigned(u64),
    /// `-1 - n`.
    Negative(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Cbor>),
    Map(Vec<(Cbor, Cbor)>),
}

impl From<&str> for Cbor {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A map with texts for keys.
pub(crate) fn map<const N: usize>(members: [(&str, Cbor); N]) -> Cbor {
    Cbor::Map(members.map(|(name, value)| (name.into(), value)).to_vec())
}

impl Cbor {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0xf6),
            Self::True => out.push(0xf5),
            Self::Unsigned(value) => head(0, *value, out),
            Self::Negative(value) => head(1, *value, out),
            Self::Bytes(bytes) => {
                head(2, bytes.len() as u64, out);
                out.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                head(3, text.len() as u64, out);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Array(members) => {
                head(4, members.len() as u64, out);
                members.iter().for_each(|member| member.write(out));
            }
            Self::Map(members) => {
                head(5, members.len() as u64, out);
                for (name, value) in members {
                    name.write(out);
                    value.write(out);
                }
            }
        }
    }
}

fn head(major: u8, value: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    let bytes = value.to_be_bytes();
    match value {
        0..=23 => out.push(major | bytes[7]),
        24..=0xff => out.extend([major | 24, bytes[7]]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend_from_slice(&bytes[6..]);
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 26);
            out.extend_from_slice(&bytes[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8949, appendix A.
    #[test]
    fn values_have_the_bytes_of_the_standards_examples() {
        for (value, hex) in [
            (Cbor::Unsigned(0), "00"),
            (Cbor::Unsigned(23), "17"),
            (Cbor::Unsigned(24), "1818"),
            (Cbor::Unsigned(1_000), "1903e8"),
            (Cbor::Unsigned(1_000_000), "1a000f4240"),
            (Cbor::Unsigned(1_000_000_000_000), "1b000000e8d4a51000"),
            (Cbor::Negative(99), "3863"),
            (Cbor::True, "f5"),
            (Cbor::Null, "f6"),
            (Cbor::Bytes(vec![1, 2, 3, 4]), "4401020304"),
            ("IETF".into(), "6449455446"),
            (
                Cbor::Array(vec![Cbor::Unsigned(1), Cbor::Array(vec![])]),
                "820180",
            ),
            (
                map([("a", Cbor::Unsigned(1)), ("b", Cbor::Array(vec![]))]),
                "a26161016162",
            ),
        ] {
            let found: String = value.encode().iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(found.starts_with(hex), "{found} {hex}");
        }
    }
}
