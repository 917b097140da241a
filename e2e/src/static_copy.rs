use crate::{Gateway, free_port};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

/// A copy of what a gateway serves for one offer, on a server that never answers an order: the seller who takes the
/// money and falls silent, or any host to which somebody has copied the ciphertext.
pub struct StaticCopy {
    port: u16,
}

impl StaticCopy {
    /// Copies sidecar and ciphertext of `offer`, and what is said of its record.
    pub fn of(gateway: &Gateway, offer: &str) -> Self {
        let mut pages = BTreeMap::new();
        let mut copy = |route: String| {
            if let Ok(mut response) = ureq::get(format!("{}{route}", gateway.url())).call() {
                let bytes = response
                    .body_mut()
                    .read_to_vec()
                    .expect("what a gateway serves can be read");
                pages.insert(route, bytes);
            }
        };
        copy(format!("/v1/offers/{offer}/sidecar"));
        copy(format!("/v1/offers/{offer}/ciphertext"));
        copy("/v1/offers".to_owned());
        let listed = gateway.get("/v1/offers").expect("a gateway lists its offers");
        let rows = listed
            .as_array()
            .or(listed["offers"].as_array())
            .expect("offers are a list")
            .clone();
        for row in rows {
            copy(format!(
                "/v1/datasets/{}",
                row["record"].as_str().expect("an offer names its record")
            ));
        }
        Self::serving(pages)
    }

    /// Serves these bodies by their routes.
    pub(crate) fn serving(pages: BTreeMap<String, Vec<u8>>) -> Self {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                drop(answer(stream, &pages)); // a client that goes away is no concern of a static host
            }
        });
        Self { port }
    }

    /// Where it is reached.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn answer(mut stream: TcpStream, pages: &BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let route = head.split_whitespace().nth(1).unwrap_or_default();
    let (status, body) = pages
        .get(route)
        .map_or(("404 Not Found", &[][..]), |body| ("200 OK", &body[..]));
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    if head.starts_with("GET") {
        stream.write_all(body)
    } else {
        Ok(())
    }
}
