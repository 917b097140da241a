use std::io::{self, Read, Write};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{
        Payload,
        stream::{DecryptorBE32, EncryptorBE32},
    },
};
use zeroize::Zeroizing;

use crate::{
    domain::JobId,
    ports::{Slot, StagingKey},
};

/// Plain bytes per encrypted chunk.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const PREFIX: usize = 19;

/// Encrypts a file chunk by chunk: XChaCha20-Poly1305 in the STREAM construction (Hoang, Reyhanitabar, Rogaway,
/// Vizár 2015), so that chunks cannot be altered, reordered or cut off unseen.
///
/// Wire: `prefix (19) ‖ chunks of 64 KiB + 16`, the last one shorter and flagged. Bound to job and slot.
pub struct SealingWriter<W: Write> {
    into: W,
    cipher: EncryptorBE32<XChaCha20Poly1305>,
    aad: [u8; 21],
    plain: Zeroizing<Vec<u8>>,
}

impl<W: Write> SealingWriter<W> {
    /// `prefix` must never be used twice with one key.
    pub fn new(
        mut into: W,
        key: &StagingKey,
        job: JobId,
        slot: Slot,
        prefix: [u8; PREFIX],
    ) -> io::Result<Self> {
        into.write_all(&prefix)?;
        let cipher = EncryptorBE32::from_aead(XChaCha20Poly1305::new(key.expose().into()), &prefix.into());
        Ok(Self {
            into,
            cipher,
            aad: context(job, slot),
            plain: Zeroizing::new(Vec::with_capacity(CHUNK)),
        })
    }

    /// Writes the flagged last chunk and gives the inner writer back.
    pub fn finish(mut self) -> io::Result<W> {
        let last = Payload {
            msg: &self.plain,
            aad: &self.aad,
        };
        let sealed = self.cipher.encrypt_last(last).map_err(|_| too_long())?;
        self.into.write_all(&sealed)?;
        self.into.flush()?;
        Ok(self.into)
    }
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk is kept back until more comes: the last chunk has to be known as such.
        if self.plain.len() == CHUNK && !bytes.is_empty() {
            let sealed = self
                .cipher
                .encrypt_next(Payload {
                    msg: &self.plain,
                    aad: &self.aad,
                })
                .map_err(|_| too_long())?;
            self.into.write_all(&sealed)?;
            self.plain.clear();
        }
        let taken = bytes.len().min(CHUNK - self.plain.len());
        self.plain.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

/// Decrypts what [`SealingWriter`] wrote. Fails with `InvalidData` at the first chunk that is not whole.
pub struct OpeningReader<R: Read> {
    from: R,
    /// `None` once the last chunk was opened.
    cipher: Option<DecryptorBE32<XChaCha20Poly1305>>,
    aad: [u8; 21],
    /// Bytes read ahead: a chunk is the last one when nothing follows it.
    ahead: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
    at: usize,
}

impl<R: Read> OpeningReader<R> {
    pub fn new(mut from: R, key: &StagingKey, job: JobId, slot: Slot) -> io::Result<Self> {
        let mut prefix = [0; PREFIX];
        from.read_exact(&mut prefix).map_err(|_| altered())?;
        let cipher = DecryptorBE32::from_aead(XChaCha20Poly1305::new(key.expose().into()), &prefix.into());
        Ok(Self {
            from,
            cipher: Some(cipher),
            aad: context(job, slot),
            ahead: Vec::new(),
            plain: Zeroizing::new(Vec::new()),
            at: 0,
        })
    }

    fn refill(&mut self) -> io::Result<bool> {
        let Some(mut cipher) = self.cipher.take() else {
            return Ok(false);
        };
        let wanted = CHUNK + TAG + 1 - self.ahead.len();
        self.from
            .by_ref()
            .take(wanted as u64)
            .read_to_end(&mut self.ahead)?;
        let last = self.ahead.len() <= CHUNK + TAG;
        let chunk = if last {
            core::mem::take(&mut self.ahead)
        } else {
            self.ahead.drain(..CHUNK + TAG).collect()
        };
        let payload = Payload {
            msg: &chunk,
            aad: &self.aad,
        };
        self.plain = Zeroizing::new(if last {
            cipher.decrypt_last(payload).map_err(|_| altered())?
        } else {
            let plain = cipher.decrypt_next(payload).map_err(|_| altered())?;
            self.cipher = Some(cipher);
            plain
        });
        self.at = 0;
        Ok(true)
    }
}

impl<R: Read> Read for OpeningReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.plain.len() {
            if !self.refill()? {
                return Ok(0);
            }
        }
        let taken = out.len().min(self.plain.len() - self.at);
        out[..taken].copy_from_slice(&self.plain[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }
}

fn context(job: JobId, slot: Slot) -> [u8; 21] {
    let mut context = [0; 21];
    context[..16].copy_from_slice(&job.0);
    context[16..].copy_from_slice(&slot.label());
    context
}

fn altered() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "altered, cut off, or sealed with another key",
    )
}

fn too_long() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "more than 2^32 chunks in one staged file",
    )
}
