//! What the command line asks of a gateway over HTTP. Every answer has a cap, every wait an end.

use serde::Deserialize;
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use ureq::{Agent, Body, SendBody, http::Response};
use vouchsafe_protocol::id::{Digest, OfferId, RecordId};

/// The longest JSON document or list that is read, bytes.
const MAX_JSON: u64 = 16 << 20;
const CONNECT: Duration = Duration::from_secs(10);
/// The longest silence of a gateway that is sending or receiving.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a gateway may think before it answers, the checks after a large upload included.
const ANSWER: Duration = Duration::from_secs(300);
/// How often a download is taken up again where it broke off.
const DOWNLOAD_ATTEMPTS: u32 = 5;

/// Why a gateway's answer is of no use.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its case is")]
pub enum GatewayError {
    #[error("{0:?} is not a gateway's address: it must look like http://127.0.0.1:8787")]
    BadUrl(String),
    #[error("the gateway at {url} cannot be reached ({reason}); is it running, and reachable from here?")]
    Unreachable { url: String, reason: String },
    #[error(
        "the connection to {url} broke {attempts} times; run the same command again to go on where it stopped"
    )]
    CutOff { url: String, attempts: u32 },
    #[error("the gateway at {url} has no {what}")]
    NotFound { url: String, what: String },
    #[error("the gateway refused: {detail} ({code})")]
    Refused { code: String, detail: String },
    #[error("the gateway's answer to {what} cannot be used: {reason}")]
    Answer { what: String, reason: String },
    #[error("writing {path:?} failed: {source}")]
    Disk { path: PathBuf, source: std::io::Error },
}

/// What `GET /v1/datasets/{record}` says that the chain does not.
#[derive(Clone, Debug, Deserialize)]
pub struct DatasetPage {
    /// For people.
    pub title: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The licence that an order accepts.
    pub licence: LicencePage,
}

/// A licence as a gateway shows it.
#[derive(Clone, Debug, Deserialize)]
pub struct LicencePage {
    /// Its name.
    pub name: String,
    /// Its text, whose hash the offer carries.
    pub text: String,
}

/// One row of `GET /v1/offers`, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub struct OfferPage {
    /// Which offer.
    pub offer: OfferId,
    /// For people.
    pub title: String,
}

/// A job as `GET /v1/jobs/{id}` shows it.
#[derive(Clone, Debug, Deserialize)]
pub struct JobPage {
    /// Its name.
    pub id: String,
    /// `queued`, `running`, `waiting`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// What is being done.
    pub stage: String,
    /// How far.
    pub files: JobFiles,
    /// What was found.
    #[serde(default)]
    pub counts: serde_json::Value,
    /// The record, once registered.
    pub record: Option<RecordId>,
    /// The offer, once made.
    pub offer: Option<OfferId>,
    /// Why it failed or waits.
    pub reason: Option<JobReason>,
    /// Time by stage, milliseconds.
    #[serde(default)]
    pub stage_ms: serde_json::Value,
}

/// Progress of a job.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct JobFiles {
    /// Done.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// Why a job failed or waits.
#[derive(Clone, Debug, Deserialize)]
pub struct JobReason {
    /// For programs.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// The exact bytes of a document, with the signature that came along.
#[derive(Clone, Debug)]
pub struct Document {
    /// As served.
    pub bytes: Vec<u8>,
    /// The header `x-vouchsafe-signature`, if it is one.
    pub signature: Option<[u8; 64]>,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

#[derive(Deserialize)]
struct Accepted {
    job: String,
}

/// A gateway at an address.
#[derive(Clone, Debug)]
pub struct Gateway {
    base: String,
    agent: Agent,
}

impl Gateway {
    /// # Errors
    /// [`GatewayError::BadUrl`] for what is no `http(s)://` address.
    pub fn at(url: &str) -> Result<Self, GatewayError> {
        let base = url.trim_end_matches('/').to_owned();
        let host = base
            .strip_prefix("http://")
            .or_else(|| base.strip_prefix("https://"));
        if !host.is_some_and(|host| !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic())) {
            return Err(GatewayError::BadUrl(url.to_owned()));
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(3)
            .timeout_connect(Some(CONNECT))
            .timeout_resolve(Some(CONNECT))
            .timeout_per_read(Some(SILENCE))
            .timeout_per_write(Some(SILENCE))
            .timeout_recv_response(Some(ANSWER))
            .user_agent(concat!("vouchsafe/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self { base, agent })
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// What is sold under a record.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn dataset(&self, record: &RecordId) -> Result<DatasetPage, GatewayError> {
        self.json(
            &format!("/v1/datasets/{record}"),
            &format!("record {record}"),
            None,
        )
    }

    /// The gateway's own offers.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn offers(&self) -> Result<Vec<OfferPage>, GatewayError> {
        self.json("/v1/offers", "offers", None)
    }

    /// A document of a record, `report` or `metadata`, as its exact bytes.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn document(&self, record: &RecordId, name: &str) -> Result<Document, GatewayError> {
        let what = format!("{name} of record {record}");
        let mut response = self.get(&format!("/v1/datasets/{record}/{name}"), &what, &[])?;
        let header = response
            .headers()
            .get("x-vouchsafe-signature")
            .and_then(|value| value.to_str().ok());
        let signature = header.and_then(hex_signature);
        Ok(Document {
            bytes: read_capped(&mut response, MAX_JSON, &what)?,
            signature,
        })
    }

    /// The sidecar of an offer, at most `max` bytes.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn sidecar(&self, offer: &OfferId, max: u64) -> Result<Vec<u8>, GatewayError> {
        let what = format!("sidecar of offer {offer}");
        let mut response = self.get(&format!("/v1/offers/{offer}/sidecar"), &what, &[])?;
        read_capped(&mut response, max, &what)
    }

    /// Downloads an offer's ciphertext of exactly `bytes` bytes to `path`, going on where an earlier download stopped.
    /// `progress` hears of the bytes that are there.
    ///
    /// # Errors
    /// See [`GatewayError`]; what was downloaded stays.
    pub fn ciphertext(
        &self,
        offer: &OfferId,
        bytes: u64,
        path: &Path,
        mut progress: impl FnMut(u64),
    ) -> Result<(), GatewayError> {
        let disk = |source| GatewayError::Disk {
            path: path.to_owned(),
            source,
        };
        let what = format!("ciphertext of offer {offer}");
        let version = path.with_extension("etag");
        for attempt in 0..DOWNLOAD_ATTEMPTS {
            let options = OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(path);
            let mut file = options.map_err(disk)?;
            let mut have = file.metadata().map_err(disk)?.len();
            let known = fs::read_to_string(&version)
                .ok()
                .filter(|etag| etag.starts_with('"'));
            if have > bytes || (have < bytes && known.is_none()) {
                file.set_len(0).map_err(disk)?;
                have = 0;
            }
            if have == bytes {
                progress(have);
                return Ok(());
            }
            let from = format!("bytes={have}-");
            let conditions: &[(&str, &str)] = match &known {
                Some(etag) if have > 0 => &[("range", from.as_str()), ("if-range", etag.as_str())],
                _ => &[],
            };
            let mut response = self.get(&format!("/v1/offers/{offer}/ciphertext"), &what, conditions)?;
            if response.status().as_u16() != 206 {
                have = 0;
                file.set_len(0).map_err(disk)?;
            }
            let etag = response
                .headers()
                .get("etag")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            fs::write(&version, etag).map_err(disk)?;
            file.seek(SeekFrom::Start(have)).map_err(disk)?;
            // One byte more than expected is enough to know that it is not the content.
            let limit = bytes.saturating_sub(have).saturating_add(1);
            let mut reader = response.body_mut().as_reader().take(limit);
            if copy(&mut reader, &mut file, |copied| {
                progress(have.saturating_add(copied))
            })
            .map_err(disk)?
            {
                file.sync_all().map_err(disk)?;
                let found = file.metadata().map_err(disk)?.len();
                if found == bytes {
                    return Ok(());
                }
                if found > bytes {
                    file.set_len(0).map_err(disk)?;
                    return Err(GatewayError::Answer {
                        what,
                        reason: format!("more than {bytes} bytes came"),
                    });
                }
            }
            std::thread::sleep(Duration::from_millis(200 << attempt));
        }
        Err(GatewayError::CutOff {
            url: self.base.clone(),
            attempts: DOWNLOAD_ATTEMPTS,
        })
    }

    /// Uploads a dataset; returns the job's name.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn upload(
        &self,
        token: &str,
        content_type: &str,
        length: u64,
        body: &mut dyn Read,
    ) -> Result<String, GatewayError> {
        let what = "the upload";
        let sent = self
            .agent
            .post(format!("{}/v1/datasets", self.base))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", content_type)
            .header("content-length", length.to_string())
            .send(SendBody::from_reader(body));
        let mut response = self.judge(self.answered(sent)?, what)?;
        let bytes = read_capped(&mut response, MAX_JSON, what)?;
        Ok(parse::<Accepted>(&bytes, what)?.job)
    }

    /// How a job stands.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn job(&self, token: &str, id: &str) -> Result<JobPage, GatewayError> {
        self.json(&format!("/v1/jobs/{id}"), &format!("job {id}"), Some(token))
    }

    /// The bytes at `path`, at most `max` of them.
    pub(crate) fn bytes(
        &self,
        path: &str,
        what: &str,
        token: Option<&str>,
        max: u64,
    ) -> Result<Vec<u8>, GatewayError> {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = bearer
            .iter()
            .map(|value| ("authorization", value.as_str()))
            .collect();
        let mut response = self.get(path, what, &headers)?;
        read_capped(&mut response, max, what)
    }

    /// `DELETE` at `path`, and the answer's JSON.
    pub(crate) fn delete<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        what: &str,
        token: &str,
    ) -> Result<T, GatewayError> {
        let request = self.agent.delete(format!("{}{path}", self.base));
        let sent = request.header("authorization", format!("Bearer {token}")).call();
        let mut response = self.judge(self.answered(sent)?, what)?;
        parse(&read_capped(&mut response, MAX_JSON, what)?, what)
    }

    fn json<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        what: &str,
        token: Option<&str>,
    ) -> Result<T, GatewayError> {
        parse(&self.bytes(path, what, token, MAX_JSON)?, what)
    }

    fn get(&self, path: &str, what: &str, headers: &[(&str, &str)]) -> Result<Response<Body>, GatewayError> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.judge(self.answered(request.call())?, what)
    }

    fn answered(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, GatewayError> {
        answer.map_err(|error| match error {
            ureq::Error::BadUri(_) => GatewayError::BadUrl(self.base.clone()),
            error => GatewayError::Unreachable {
                url: self.base.clone(),
                reason: error.to_string(),
            },
        })
    }

    fn judge(&self, mut response: Response<Body>, what: &str) -> Result<Response<Body>, GatewayError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status.as_u16() == 404 {
            return Err(GatewayError::NotFound {
                url: self.base.clone(),
                what: what.to_owned(),
            });
        }
        let body = read_capped(&mut response, MAX_JSON, what).unwrap_or_default();
        let problem: Problem = serde_json::from_slice(&body).unwrap_or_else(|_| Problem {
            code: status.as_u16().to_string(),
            detail: status.to_string(),
        });
        Err(GatewayError::Refused {
            code: problem.code,
            detail: problem.detail,
        })
    }
}

fn read_capped(response: &mut Response<Body>, max: u64, what: &str) -> Result<Vec<u8>, GatewayError> {
    response
        .body_mut()
        .with_config()
        .limit(max)
        .read_to_vec()
        .map_err(|error| GatewayError::Answer {
            what: what.to_owned(),
            reason: error.to_string(),
        })
}

fn parse<T: for<'de> Deserialize<'de>>(bytes: &[u8], what: &str) -> Result<T, GatewayError> {
    serde_json::from_slice(bytes).map_err(|error| GatewayError::Answer {
        what: what.to_owned(),
        reason: error.to_string(),
    })
}

/// Copies until the end (`true`) or until the network fails (`false`); a failing disk is an error.
fn copy(from: &mut impl Read, to: &mut File, mut progress: impl FnMut(u64)) -> std::io::Result<bool> {
    let (mut buffer, mut copied) = (vec![0; 1 << 16], 0u64);
    loop {
        let Ok(read) = from.read(&mut buffer) else {
            return Ok(false);
        };
        if read == 0 {
            return Ok(true);
        }
        to.write_all(&buffer[..read])?;
        copied = copied.saturating_add(read as u64);
        progress(copied);
    }
}

fn hex_signature(text: &str) -> Option<[u8; 64]> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let (first, second) = (digits.get(..64)?, digits.get(64..)?);
    let halves = [first.parse::<Digest>().ok()?.0, second.parse::<Digest>().ok()?.0];
    halves.concat().try_into().ok()
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
