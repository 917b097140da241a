//! Ids from text, and the protocol's shapes from JSON.

use vouchsafe_protocol::{
    id::{Account, Digest, Genesis, OfferId, OrderId, ParseIdError, Point, RecordId},
    price::HouseShare,
    record::{Content, Grade, Parent},
    royalty::Royalty,
};

/// Whether bytes are a value of this shape; what is read is read again from what it is written as.
macro_rules! json {
    ($shape:ty, $bytes:expr) => {
        serde_json::from_slice::<$shape>($bytes).is_ok_and(|value| {
            let written = serde_json::to_vec(&value).unwrap();
            assert_eq!(serde_json::from_slice::<$shape>(&written).unwrap(), value);
            true
        })
    };
}

/// The input is a kind, then text.
pub fn check(bytes: &[u8]) -> bool {
    let Some((kind, bytes)) = bytes.split_first() else {
        return false;
    };
    match kind % 8 {
        0 => std::str::from_utf8(bytes).is_ok_and(id),
        1 => json!(Digest, bytes),
        2 => json!(Content, bytes),
        3 => json!(Grade, bytes),
        4 => json!(Parent, bytes),
        5 => json!(Royalty, bytes),
        6 => json!(HouseShare, bytes),
        _ => json!(Vec<Point>, bytes),
    }
}

fn id(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_id = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let found = text.parse::<Digest>();
    if !is_id {
        let length = digits.len();
        assert_eq!(found, Err(ParseIdError { length }));
        return false;
    }
    let digest = found.unwrap();
    for (at, byte) in digest.0.iter().enumerate() {
        let pair = &digits[2 * at..2 * at + 2];
        assert_eq!(Ok(*byte), u8::from_str_radix(pair, 16));
    }
    assert_eq!(digest.to_string(), format!("0x{}", digits.to_ascii_lowercase()));
    assert_eq!(text.parse(), Ok(Genesis(digest.0)));
    assert_eq!(text.parse(), Ok(Account(digest.0)));
    assert_eq!(text.parse(), Ok(RecordId(digest.0)));
    assert_eq!(text.parse(), Ok(OfferId(digest.0)));
    assert_eq!(text.parse(), Ok(OrderId(digest.0)));
    assert_eq!(text.parse(), Ok(Point(digest.0)));
    true
}
