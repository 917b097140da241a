//! A dataset as a `multipart/form-data` body that is streamed from disk and never held in memory.

use crate::wishes::Parts;
use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
};

/// The body and what the request says about it.
pub struct Body {
    /// For the header `Content-Type`.
    pub content_type: String,
    /// For the header `Content-Length`.
    pub length: u64,
    parts: std::vec::IntoIter<Piece>,
    now: Option<Box<dyn Read>>,
}

enum Piece {
    Text(Vec<u8>),
    File { path: PathBuf, bytes: u64 },
}

impl Body {
    /// A part `metadata` with the given JSON, then one part `file` per file of the given length, each after the parts that
    /// `before` has for its place. `boundary` must not occur in the content: use random characters.
    pub fn new(metadata: &str, files: &[(PathBuf, u64)], before: &Parts, boundary: &str) -> Self {
        let json = |name: &str, json: &str| {
            let text = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\
                 Content-Type: application/json\r\n\r\n{json}\r\n"
            );
            Piece::Text(text.into_bytes())
        };
        let mut pieces = vec![json("metadata", metadata)];
        for (at, (path, bytes)) in files.iter().enumerate() {
            let parts = before.get(&at).into_iter().flatten();
            pieces.extend(parts.map(|(name, text)| json(name, text)));
            let name = file_name(path);
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            pieces.push(Piece::Text(head.into_bytes()));
            pieces.push(Piece::File {
                path: path.clone(),
                bytes: *bytes,
            });
            pieces.push(Piece::Text(b"\r\n".to_vec()));
        }
        pieces.push(Piece::Text(format!("--{boundary}--\r\n").into_bytes()));
        let length = pieces.iter().map(Piece::len).sum();
        let content_type = format!("multipart/form-data; boundary={boundary}");
        Self {
            content_type,
            length,
            parts: pieces.into_iter(),
            now: None,
        }
    }
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::File { bytes, .. } => *bytes,
        }
    }

    fn open(self) -> io::Result<Box<dyn Read>> {
        match self {
            Self::Text(text) => Ok(Box::new(Cursor::new(text))),
            Self::File { path, bytes } => {
                let file = File::open(&path)
                    .map_err(|error| io::Error::new(error.kind(), format!("opening {path:?}: {error}")))?;
                Ok(Box::new(Exactly {
                    file: file.take(bytes),
                    left: bytes,
                    path,
                }))
            }
        }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(piece) = &mut self.now {
                match piece.read(buffer)? {
                    0 => self.now = None,
                    read => return Ok(read),
                }
            }
            match self.parts.next() {
                Some(piece) => self.now = Some(piece.open()?),
                None => return Ok(0),
            }
        }
    }
}

/// A file of a length that was announced: one that shrank meanwhile is an error, not a shorter body.
struct Exactly {
    file: io::Take<File>,
    left: u64,
    path: PathBuf,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        if read == 0 && self.left > 0 {
            let changed = format!("{:?} became shorter while it was sent", self.path);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, changed));
        }
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

/// The file's own name, reduced to characters that need no quoting. The gateway gives files new names anyway.
fn file_name(path: &Path) -> String {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    name.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_body_has_the_announced_length_and_the_parts_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a\"b ü.jpg");
        fs::write(&path, b"JPEG").unwrap();
        let before = Parts::from([(0, vec![("keep", "[]".to_owned())])]);
        let mut body = Body::new(r#"{"title":"T"}"#, &[(path, 4)], &before, "XYZ");
        assert_eq!(body.content_type, "multipart/form-data; boundary=XYZ");
        let mut text = String::new();
        body.read_to_string(&mut text).unwrap();
        assert_eq!(text.len() as u64, body.length);
        let expected = "--XYZ\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\
            Content-Type: application/json\r\n\r\n{\"title\":\"T\"}\r\n\
            --XYZ\r\nContent-Disposition: form-data; name=\"keep\"\r\n\
            Content-Type: application/json\r\n\r\n[]\r\n\
            --XYZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a_b__.jpg\"\r\n\
            Content-Type: application/octet-stream\r\n\r\nJPEG\r\n--XYZ--\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_file_that_shrank_is_an_error_and_not_a_shorter_body() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        fs::write(&path, b"JP").unwrap();
        let error = Body::new("{}", &[(path, 4)], &Parts::new(), "XYZ")
            .read_to_end(&mut Vec::new())
            .unwrap_err();
        assert!(error.to_string().contains("became shorter"), "{error}");
    }

    #[test]
    fn a_file_that_grew_is_sent_up_to_its_announced_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        fs::write(&path, b"JPEG and more").unwrap();
        let mut body = Body::new("{}", &[(path, 4)], &Parts::new(), "XYZ");
        let mut text = String::new();
        body.read_to_string(&mut text).unwrap();
        assert_eq!(text.len() as u64, body.length);
        assert!(text.contains("\r\n\r\nJPEG\r\n"), "{text}");
    }
}
