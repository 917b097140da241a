//! The photo process's side: load, lock in, then one photo after the other until the pipe ends.

use std::{
    error::Error,
    io::{self, Read, Write},
    process::ExitCode,
};

use super::{
    limits::{begin, lock_down},
    probe::{Probe, open_descriptors},
    wire::{Answer, KEY, Opening, Request, WireError, receive_request, send_answer},
};
use crate::{
    adapters::OnnxAnonymiser,
    ports::{AnonymiseError, Anonymiser, Onlooker},
};

/// `gateway anonymise-worker`: speaks over standard input and output with the gateway that started it, and is of no use
/// to anybody else. Status 1: it could not load, and has said why; 2: what it was told made no sense.
///
/// A panic ends the process: what it was working on is no longer to be trusted, and a new one costs little.
pub fn run_anonymise_worker() -> ExitCode {
    match serve(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(code) => code,
        // Nobody is left to tell: standard error goes nowhere, and the pipe has just failed.
        Err(_) => ExitCode::from(2),
    }
}

fn serve(from: &mut impl Read, to: &mut impl Write) -> Result<ExitCode, WireError> {
    begin()?;
    let opening = match receive_request(from, KEY)? {
        Some(Request::Open(opening)) => *opening,
        Some(Request::Photo { .. } | Request::Look { .. } | Request::Probe) => return Ok(ExitCode::from(2)),
        None => return Ok(ExitCode::SUCCESS),
    };
    let mut engine = match open(&opening) {
        Ok(engine) => engine,
        Err(why) => {
            send_answer(to, &Answer::LoadFailed(why))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let descriptors = open_descriptors()?;
    let locked = lock_down(opening.memory_bytes);
    let pipeline = engine.pipeline().clone();
    send_answer(to, &Answer::Ready { pipeline, locked })?;
    loop {
        let answer = match receive_request(from, opening.max_raw_bytes)? {
            Some(Request::Photo { raw, wishes }) => match engine.anonymise_with(&raw, &wishes) {
                Ok(cleaned) => Answer::Cleaned(cleaned),
                Err(AnonymiseError::Refused(reason)) => Answer::Refused(reason),
                Err(AnonymiseError::Engine(why)) => Answer::Engine(why),
            },
            Some(Request::Look { finished }) => match engine.look(&finished) {
                Ok(seen) => Answer::Seen(seen),
                Err(AnonymiseError::Refused(reason)) => Answer::Refused(reason),
                Err(AnonymiseError::Engine(why)) => Answer::Engine(why),
            },
            Some(Request::Probe) => Answer::Probed(Probe::run(opening.memory_bytes, descriptors.clone())),
            Some(Request::Open(_)) => return Ok(ExitCode::from(2)),
            None => return Ok(ExitCode::SUCCESS),
        };
        send_answer(to, &answer)?;
    }
}

fn open(opening: &Opening) -> Result<OnnxAnonymiser, String> {
    let mut opened = OnnxAnonymiser::open(&opening.settings, 1).map_err(|error| with_cause(&error))?;
    opened.pop().ok_or_else(|| "no session was opened".into())
}

fn with_cause(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
