use super::*;
use std::net::TcpListener;

/// Answers one connection after another with the given bytes; returns the address and what was asked.
fn server(answers: Vec<Vec<u8>>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut request, mut byte) = (Vec::new(), [0]);
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                request.push(byte[0]);
            }
            asked.push(String::from_utf8(request).unwrap().to_lowercase());
            stream.write_all(&answer).unwrap();
        }
        asked
    });
    (url, thread)
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [
        format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").as_bytes(),
        body,
    ]
    .concat()
}

const OFFER: OfferId = OfferId([1; 32]);

#[test]
fn what_is_no_web_address_is_refused() {
    for url in [
        "",
        "127.0.0.1:8787",
        "ws://127.0.0.1",
        "http://",
        "http://a b",
        "file:///etc/passwd",
    ] {
        assert!(
            matches!(Gateway::at(url), Err(GatewayError::BadUrl(_))),
            "{url:?}"
        );
    }
    assert_eq!(
        Gateway::at("http://127.0.0.1:8787/").unwrap().url(),
        "http://127.0.0.1:8787"
    );
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ciphertext");
    let (url, asked) = server(vec![
        answer("200 OK\r\netag: \"v1\"\r\ncontent-length: 10", b"01234"),
        answer(
            "206 Partial Content\r\netag: \"v1\"\r\ncontent-length: 5",
            b"56789",
        ),
    ]);
    Gateway::at(&url)
        .unwrap()
        .ciphertext(&OFFER, 10, &path, |_| {})
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"0123456789");
    let asked = asked.join().unwrap();
    assert!(!asked[0].contains("range:"), "{}", asked[0]);
    assert!(
        asked[1].contains("range: bytes=5-") && asked[1].contains("if-range: \"v1\""),
        "{}",
        asked[1]
    );
}

#[test]
fn content_that_changed_between_two_attempts_is_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ciphertext");
    let (url, asked) = server(vec![
        answer("200 OK\r\netag: \"v1\"\r\ncontent-length: 10", b"01234"),
        answer("200 OK\r\netag: \"v2\"\r\ncontent-length: 10", b"abcdefghij"),
    ]);
    Gateway::at(&url)
        .unwrap()
        .ciphertext(&OFFER, 10, &path, |_| {})
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"abcdefghij");
    asked.join().unwrap();
}

#[test]
fn a_download_that_is_whole_asks_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ciphertext");
    fs::write(&path, b"0123456789").unwrap();
    // Nobody listens at port 1.
    Gateway::at("http://127.0.0.1:1")
        .unwrap()
        .ciphertext(&OFFER, 10, &path, |_| {})
        .unwrap();
}

#[test]
fn more_bytes_than_the_chain_says_are_refused_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ciphertext");
    let (url, asked) = server(vec![answer("200 OK\r\netag: \"v1\"", b"0123456789ABC")]);
    let error = Gateway::at(&url)
        .unwrap()
        .ciphertext(&OFFER, 10, &path, |_| {})
        .unwrap_err();
    assert!(matches!(error, GatewayError::Answer { .. }), "{error}");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    asked.join().unwrap();
}

#[test]
fn a_sidecar_over_its_cap_is_refused() {
    let (url, asked) = server(vec![answer("200 OK", &[0; 100])]);
    let error = Gateway::at(&url).unwrap().sidecar(&OFFER, 99).unwrap_err();
    assert!(matches!(error, GatewayError::Answer { .. }), "{error}");
    asked.join().unwrap();
}

#[test]
fn a_gateways_refusal_is_passed_on_in_its_words() {
    let body =
        br#"{"type":"urn:x","title":"Bad","status":422,"code":"zero_price","detail":"the price is zero"}"#;
    let (url, asked) = server(vec![answer("422 Unprocessable Content", body)]);
    let error = Gateway::at(&url).unwrap().offers().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the gateway refused: the price is zero (zero_price)"
    );
    asked.join().unwrap();
}

#[test]
fn what_a_gateway_does_not_have_is_named() {
    let (url, asked) = server(vec![answer("404 Not Found", b"")]);
    let error = Gateway::at(&url)
        .unwrap()
        .dataset(&RecordId([2; 32]))
        .unwrap_err();
    assert!(matches!(error, GatewayError::NotFound { .. }), "{error}");
    asked.join().unwrap();
}

#[test]
fn a_gateway_that_is_away_is_unreachable() {
    let error = Gateway::at("http://127.0.0.1:1").unwrap().offers().unwrap_err();
    assert!(matches!(error, GatewayError::Unreachable { .. }), "{error}");
}

#[test]
fn a_signature_is_128_hexadecimal_digits() {
    assert_eq!(hex_signature(&"ab".repeat(64)), Some([0xab; 64]));
    for bad in ["", "ab", &"zz".repeat(64), &"ab".repeat(65)] {
        assert_eq!(hex_signature(bad), None, "{bad:?}");
    }
}
