//! A small HTTP/1.1 client that can also behave badly.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

/// No answer takes this long; a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Status and problem code, after checking that it is a well-formed problem.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("urn:vouchsafe:problem:{code}"));
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        (self.status, code)
    }
}

pub struct Client {
    pub stream: TcpStream,
}

impl Client {
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream }
    }

    /// Sends a head; `headers` as lines without their end.
    pub fn head(&mut self, method: &str, path: &str, headers: &[String]) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n");
        headers.iter().for_each(|line| head += &format!("{line}\r\n"));
        self.stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    }

    /// Sends one chunk of a chunked body; false when the other side has hung up.
    pub fn chunk(&mut self, bytes: &[u8]) -> bool {
        let head = format!("{:x}\r\n", bytes.len());
        [head.as_bytes(), bytes, b"\r\n"]
            .iter()
            .all(|part| self.stream.write_all(part).is_ok())
    }

    pub fn hang_up(self) {
        self.stream.shutdown(Shutdown::Both).unwrap();
    }

    /// Reads the head of the answer.
    pub fn reply_head(&mut self) -> (u16, BTreeMap<String, String>, BufReader<TcpStream>) {
        let mut reader = BufReader::new(self.stream.try_clone().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let status = line
            .split(' ')
            .nth(1)
            .unwrap_or_else(|| panic!("no status in {line:?}"))
            .parse()
            .unwrap();
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        (status, headers, reader)
    }

    /// Reads the whole answer: as long as it says, else up to the end of the connection.
    pub fn reply(self) -> Reply {
        self.reply_to("GET")
    }

    /// [`Self::reply`]; the answer to `HEAD` has no body, whatever length it says.
    pub fn reply_to(mut self, method: &str) -> Reply {
        let (status, headers, reader) = self.reply_head();
        let mut raw = Vec::new();
        let length = headers
            .get("content-length")
            .map_or(u64::MAX, |length| length.parse().unwrap());
        reader
            .take(if method == "HEAD" { u64::MAX } else { length })
            .read_to_end(&mut raw)
            .unwrap();
        let chunked = headers
            .get("transfer-encoding")
            .is_some_and(|coding| coding == "chunked");
        Reply {
            status,
            body: if chunked { unchunk(&raw) } else { raw },
            headers,
        }
    }
}

fn unchunk(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = raw.windows(2).position(|pair| pair == b"\r\n") {
        let len = usize::from_str_radix(std::str::from_utf8(&raw[..end]).unwrap(), 16).unwrap();
        if len == 0 {
            break;
        }
        body.extend_from_slice(&raw[end + 2..end + 2 + len]);
        raw = &raw[end + 2 + len + 2..];
    }
    body
}

pub const BOUNDARY: &str = "----------5f1c9a";

/// A multipart body, part by part.
#[derive(Clone, Default)]
pub struct Form(Vec<u8>);

impl Form {
    pub fn part(mut self, disposition: &str, bytes: &[u8]) -> Self {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(bytes);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    pub fn metadata(self, json: &str) -> Self {
        self.part("name=\"metadata\"", json.as_bytes())
    }

    pub fn file(self, name: &str, bytes: &[u8]) -> Self {
        self.part(&format!("name=\"file\"; filename=\"{name}\""), bytes)
    }

    pub fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.0
    }

    /// What has been built so far, without an end.
    pub fn cut(self) -> Vec<u8> {
        self.0
    }
}
