//! What goes through the pipes between the gateway and a photo process.
//!
//! ```text
//! frame = version u8 (1) ‖ kind u8 ‖ head length u32 ‖ body length u32 (big-endian) ‖ head (JSON) ‖ body (bytes)
//! ```
//!
//! Neither side trusts a length: it is compared with a cap before anything is allocated, and what is allocated grows
//! with the bytes that really come.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{limits::LockDown, probe::Probe};
use crate::{
    adapters::OnnxSettings,
    domain::{PhotoWishes, Pipeline, Reason},
    keys::NoiseKey,
    ports::{Cleaned, Seen},
};

/// Of this framing. Both ends are one program, so another number means that something else is at the other end.
const VERSION: u8 = 1;

/// Version, kind and two lengths. Bytes.
const HEADER: usize = 10;

/// The longest JSON head. Settings, a pipeline and a photo's findings are a few KiB. Bytes.
pub const MAX_HEAD: u32 = 1 << 20;

/// The first frame to a photo process: what to load, and how much it may use. The noise key is its body: it stands in no
/// text, and so in none of the copies that are made of text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// With absolute paths.
    pub settings: OnnxSettings,
    /// Of memory, for everything. Bytes.
    pub memory_bytes: u64,
    /// The largest photo. Bytes.
    pub max_raw_bytes: u32,
}

/// What the gateway asks.
#[derive(Debug)]
pub enum Request {
    Open(Box<Opening>),
    Photo { raw: Vec<u8>, wishes: PhotoWishes },
    Look { finished: Vec<u8> },
    Probe,
}

/// What a photo process says. Its first answer is `Ready` or `LoadFailed`.
#[derive(Debug)]
pub enum Answer {
    Ready { pipeline: Pipeline, locked: LockDown },
    LoadFailed(String),
    Cleaned(Cleaned),
    Seen(Seen),
    Refused(Reason),
    Engine(String),
    Probed(Probe),
}

/// Why a frame was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    #[error("version {found}, wanted {VERSION}")]
    Version { found: u8 },
    #[error("an unknown kind of message, {0}")]
    Kind(u8),
    #[error("a {part} of {claimed} bytes is announced, at most {max} are taken")]
    TooLong {
        part: &'static str,
        claimed: u64,
        max: u64,
    },
    #[error("the first message holds {0} bytes in place of a key")]
    Key(usize),
    #[error("a message was cut off")]
    CutOff,
    #[error("a message's head is not what it should be: {0}")]
    Head(#[from] serde_json::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

const OPEN: u8 = 1;
const PHOTO: u8 = 2;
const PROBE: u8 = 3;
const LOOK: u8 = 4;
const READY: u8 = 17;
const LOAD_FAILED: u8 = 18;
const CLEANED: u8 = 19;
const REFUSED: u8 = 20;
const ENGINE: u8 = 21;
const PROBED: u8 = 22;
const SEEN: u8 = 23;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadyHead<P, L> {
    pipeline: P,
    locked: L,
}

/// Sends the settings.
pub fn send_opening(to: &mut impl Write, opening: &Opening) -> Result<(), WireError> {
    write(to, OPEN, opening, opening.settings.noise.expose().as_slice())
}

/// Sends a photo and what is asked for it. No copy is made of the photo.
pub fn send_photo(to: &mut impl Write, raw: &[u8], wishes: &PhotoWishes) -> Result<(), WireError> {
    write(to, PHOTO, wishes, raw)
}

/// Sends a finished photo to be looked at. No copy is made of it.
pub fn send_look(to: &mut impl Write, finished: &[u8]) -> Result<(), WireError> {
    write(to, LOOK, &(), finished)
}

/// Asks for a [`Probe`].
pub fn send_probe(to: &mut impl Write) -> Result<(), WireError> {
    write(to, PROBE, &(), &[])
}

/// Longest body of the first frame: the noise key. Bytes.
pub const KEY: u32 = 32;

/// The next request, or `None` when the gateway has gone. `max_raw`: the largest photo, bytes.
pub fn receive_request(from: &mut impl Read, max_raw: u32) -> Result<Option<Request>, WireError> {
    let Some(frame) = read(from, max_raw)? else {
        return Ok(None);
    };
    Ok(Some(match frame.kind {
        OPEN => {
            let mut opening: Box<Opening> = frame.head()?;
            let body = Zeroizing::new(frame.body);
            let mut key = Zeroizing::new([0; KEY as usize]);
            if body.len() != key.len() {
                return Err(WireError::Key(body.len()));
            }
            key.copy_from_slice(&body);
            opening.settings.noise = NoiseKey::new(key);
            Request::Open(opening)
        }
        PHOTO => Request::Photo {
            wishes: frame.head()?,
            raw: frame.body,
        },
        LOOK => {
            let () = frame.head()?;
            Request::Look { finished: frame.body }
        }
        PROBE => Request::Probe,
        other => return Err(WireError::Kind(other)),
    }))
}

/// Sends an answer.
pub fn send_answer(to: &mut impl Write, answer: &Answer) -> Result<(), WireError> {
    match answer {
        Answer::Ready { pipeline, locked } => write(to, READY, &ReadyHead { pipeline, locked }, &[]),
        Answer::LoadFailed(why) => write(to, LOAD_FAILED, why, &[]),
        Answer::Cleaned(cleaned) => write(to, CLEANED, cleaned, &cleaned.bytes),
        Answer::Seen(seen) => write(to, SEEN, seen, &[]),
        Answer::Refused(reason) => write(to, REFUSED, &(&reason.code, &reason.detail), &[]),
        Answer::Engine(why) => write(to, ENGINE, why, &[]),
        Answer::Probed(probe) => write(to, PROBED, probe, &[]),
    }
}

/// The next answer. `max_clean`: the largest cleaned photo, bytes. Error `CutOff` also when there is none at all.
pub fn receive_answer(from: &mut impl Read, max_clean: u32) -> Result<Answer, WireError> {
    let frame = read(from, max_clean)?.ok_or(WireError::CutOff)?;
    Ok(match frame.kind {
        READY => {
            let ReadyHead { pipeline, locked } = frame.head()?;
            Answer::Ready { pipeline, locked }
        }
        LOAD_FAILED => Answer::LoadFailed(frame.head()?),
        CLEANED => Answer::Cleaned(Cleaned {
            bytes: frame.body,
            ..serde_json::from_slice(&frame.head)?
        }),
        SEEN => Answer::Seen(frame.head()?),
        REFUSED => {
            let (code, detail): (String, String) = frame.head()?;
            Answer::Refused(Reason::new(code, detail))
        }
        ENGINE => Answer::Engine(frame.head()?),
        PROBED => Answer::Probed(frame.head()?),
        other => return Err(WireError::Kind(other)),
    })
}

struct Frame {
    kind: u8,
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Frame {
    fn head<T: DeserializeOwned>(&self) -> Result<T, WireError> {
        Ok(serde_json::from_slice(&self.head)?)
    }
}

fn write(to: &mut impl Write, kind: u8, head: &impl Serialize, body: &[u8]) -> Result<(), WireError> {
    let head = serde_json::to_vec(head)?;
    let mut start = Vec::with_capacity(HEADER + head.len());
    start.extend([VERSION, kind]);
    start.extend(length("head", head.len(), MAX_HEAD)?.to_be_bytes());
    start.extend(length("body", body.len(), u32::MAX)?.to_be_bytes());
    start.extend(head);
    to.write_all(&start)?;
    to.write_all(body)?;
    Ok(to.flush()?)
}

fn length(part: &'static str, bytes: usize, max: u32) -> Result<u32, WireError> {
    let fitting = u32::try_from(bytes).ok().filter(|bytes| *bytes <= max);
    fitting.ok_or(WireError::TooLong {
        part,
        claimed: bytes as u64,
        max: max.into(),
    })
}

/// `None` when the other end has closed the pipe between two frames.
fn read(from: &mut impl Read, max_body: u32) -> Result<Option<Frame>, WireError> {
    let mut header = Vec::with_capacity(HEADER);
    from.by_ref().take(HEADER as u64).read_to_end(&mut header)?;
    let Some(&[version, kind, h0, h1, h2, h3, b0, b1, b2, b3]) = header.first_chunk::<HEADER>() else {
        return if header.is_empty() {
            Ok(None)
        } else {
            Err(WireError::CutOff)
        };
    };
    if version != VERSION {
        return Err(WireError::Version { found: version });
    }
    let head = u32::from_be_bytes([h0, h1, h2, h3]);
    let body = u32::from_be_bytes([b0, b1, b2, b3]);
    // Both are judged before either is read.
    for (part, claimed, max) in [("head", head, MAX_HEAD), ("body", body, max_body)] {
        if claimed > max {
            let (claimed, max) = (claimed.into(), max.into());
            return Err(WireError::TooLong { part, claimed, max });
        }
    }
    let head = exactly(from, head)?;
    let body = exactly(from, body)?;
    Ok(Some(Frame { kind, head, body }))
}

/// Reads `length` bytes, allocating as they come.
fn exactly(from: &mut impl Read, length: u32) -> Result<Vec<u8>, WireError> {
    // As much as a key is there from the start: no part of one is left behind in memory that was outgrown.
    let mut bytes = Vec::with_capacity(length.min(4_096) as usize);
    from.by_ref().take(length.into()).read_to_end(&mut bytes)?;
    if bytes.len() == length as usize {
        Ok(bytes)
    } else {
        Err(WireError::CutOff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClassFindings, Leftovers, Media, Region, SecondLook, Utility};

    fn cleaned() -> Cleaned {
        Cleaned {
            bytes: b"\xff\xd8 photo".to_vec(),
            media: Media::Jpeg,
            findings: [("face".into(), ClassFindings::default())].into(),
            areas: Vec::new(),
            second_look: SecondLook {
                replaced_late: 2,
                left: [("face".into(), 1)].into(),
            },
            utility: Utility::default(),
            metadata_removed: [("exif".into(), 1)].into(),
            metrics: r#"{"v":1}"#.into(),
            sketch: vouchsafe_evaluation::Sketch::try_from(vec![-300; 99]).ok(),
        }
    }

    fn sent(answer: &Answer) -> Vec<u8> {
        let mut bytes = Vec::new();
        send_answer(&mut bytes, answer).unwrap();
        bytes
    }

    #[test]
    fn an_answer_arrives_as_it_was_sent() {
        let bytes = sent(&Answer::Cleaned(cleaned()));
        let Answer::Cleaned(back) = receive_answer(&mut &bytes[..], 64).unwrap() else {
            panic!("another kind")
        };
        assert_eq!(back, cleaned());
        let bytes = sent(&Answer::Refused(Reason::new("damaged_picture", "ends early")));
        let Answer::Refused(back) = receive_answer(&mut &bytes[..], 0).unwrap() else {
            panic!("another kind")
        };
        assert_eq!((&*back.code, &*back.detail), ("damaged_picture", "ends early"));
    }

    #[test]
    fn a_photo_arrives_as_it_was_sent_with_its_wishes() {
        let wishes = PhotoWishes {
            keep: vec![Region {
                x: 1,
                y: 2,
                width: 3,
                height: u32::MAX,
            }],
            leftovers: Leftovers::Exactly([("face".into(), 2)].into()),
        };
        for len in [0, 1, 8_191, 8_192, 8_193, 100_000] {
            let raw = vec![0xa5; len];
            let mut bytes = Vec::new();
            send_photo(&mut bytes, &raw, &wishes).unwrap();
            send_probe(&mut bytes).unwrap();
            let mut from = &bytes[..];
            let Some(Request::Photo {
                raw: back,
                wishes: with,
            }) = receive_request(&mut from, 100_000).unwrap()
            else {
                panic!("another kind")
            };
            assert_eq!((back, &with), (raw, &wishes), "{len} bytes");
            let next = receive_request(&mut from, 0).unwrap();
            assert!(matches!(next, Some(Request::Probe)), "{next:?}");
            assert!(receive_request(&mut from, 0).unwrap().is_none());
        }
    }

    #[test]
    fn a_look_and_what_was_seen_arrive_as_they_were_sent() {
        let mut bytes = Vec::new();
        send_look(&mut bytes, b"\xff\xd8 finished").unwrap();
        let Some(Request::Look { finished }) = receive_request(&mut &bytes[..], 64).unwrap() else {
            panic!("another kind")
        };
        assert_eq!(finished, b"\xff\xd8 finished");
        let seen = Seen {
            width: 4,
            height: 3,
            objects: Some([("traffic light".into(), 2)].into()),
            residual: [("face".into(), 1)].into(),
        };
        let bytes = sent(&Answer::Seen(seen.clone()));
        let Answer::Seen(back) = receive_answer(&mut &bytes[..], 0).unwrap() else {
            panic!("another kind")
        };
        assert_eq!(back, seen);
    }

    fn opening() -> Opening {
        let noise = NoiseKey::new(Zeroizing::new([0x5a; 32]));
        Opening {
            settings: OnnxSettings {
                noise,
                ..OnnxSettings::default()
            },
            memory_bytes: 1,
            max_raw_bytes: 2,
        }
    }

    #[test]
    fn the_noise_key_arrives_and_stands_in_no_text() {
        let mut bytes = Vec::new();
        send_opening(&mut bytes, &opening()).unwrap();
        let Some(Request::Open(back)) = receive_request(&mut &bytes[..], KEY).unwrap() else {
            panic!("another kind")
        };
        assert_eq!(back.settings.noise.expose()[..], [0x5a; 32]);
        let text = [serde_json::to_string(&opening()).unwrap(), format!("{back:?}")].concat();
        assert!(!text.contains("5a5a") && !text.contains("90, 90"), "{text}");
    }

    #[test]
    fn an_opening_without_a_whole_key_is_refused() {
        for len in [0, 31] {
            let mut bytes = Vec::new();
            write(&mut bytes, OPEN, &opening(), &vec![7; len]).unwrap();
            let error = receive_request(&mut &bytes[..], KEY).unwrap_err();
            assert!(matches!(error, WireError::Key(found) if found == len), "{error}");
        }
    }

    #[test]
    fn a_frame_cut_anywhere_is_refused() {
        let bytes = sent(&Answer::Cleaned(cleaned()));
        for len in 0..bytes.len() {
            let error = receive_answer(&mut &bytes[..len], 64).unwrap_err();
            assert!(matches!(error, WireError::CutOff), "{len}: {error}");
        }
    }

    /// Gives ten bytes and panics when it is asked for more: whoever reads on, or allocates for it, has not refused.
    struct HeaderOnly(Vec<u8>);

    impl Read for HeaderOnly {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            assert!(!self.0.is_empty(), "read beyond the header");
            let take = self.0.len().min(into.len());
            into[..take].copy_from_slice(&self.0[..take]);
            self.0.drain(..take);
            Ok(take)
        }
    }

    #[test]
    fn four_gib_are_refused_by_their_header_in_both_directions() {
        for (head, body, wanted) in [(u32::MAX, 0, "head"), (0, u32::MAX, "body"), (0, 65, "body")] {
            let header = |kind: u8| {
                let mut bytes = vec![VERSION, kind];
                bytes.extend(head.to_be_bytes());
                bytes.extend(body.to_be_bytes());
                HeaderOnly(bytes)
            };
            let asked = receive_request(&mut header(PHOTO), 64).unwrap_err();
            let answered = receive_answer(&mut header(CLEANED), 64).unwrap_err();
            for error in [asked, answered] {
                assert!(
                    matches!(error, WireError::TooLong { part, .. } if part == wanted),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn another_version_and_an_unknown_kind_are_refused() {
        let mut bytes = sent(&Answer::LoadFailed("no model".into()));
        bytes[1] = 99;
        let error = receive_answer(&mut &bytes[..], 0).unwrap_err();
        assert!(matches!(error, WireError::Kind(99)), "{error}");
        bytes[0] = 2;
        let error = receive_answer(&mut &bytes[..], 0).unwrap_err();
        assert!(matches!(error, WireError::Version { found: 2 }), "{error}");
    }

    #[test]
    fn a_head_that_is_not_what_it_should_be_is_refused() {
        let mut bytes = sent(&Answer::LoadFailed("no model".into()));
        bytes[1] = CLEANED;
        let error = receive_answer(&mut &bytes[..], 0).unwrap_err();
        assert!(matches!(error, WireError::Head(_)), "{error}");
    }
}
