//! `vouchsafe erase`: what opens a dataset is destroyed in its gateway, and the chain is told.

use crate::{
    failure::Failure,
    gateway::{Gateway, GatewayError, JobPage},
    show::{Show, plain},
};
use serde_json::json;
use std::time::{Duration, Instant};
use vouchsafe_protocol::id::RecordId;

/// How long a gateway that has gone is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Erases a record of this gateway. One that is erased already is no failure.
///
/// # Errors
/// [`Failure::NotErased`] without `yes` or a yes; see [`Failure`].
pub fn run(show: Show, gateway: &Gateway, token: &str, record: RecordId, yes: bool) -> Result<(), Failure> {
    show.note(format!(
        "Erasing destroys what opens record {record} in {}: its ciphertext and documents, the salt of its originals and \
         its share of the key. Nobody can undo it. Orders that are open and not delivered are refunded when they expire. \
         Copies that buyers hold stay with them, and so do bundles; the record itself stays on chain, and says that it is \
         erased.",
        gateway.url()
    ));
    if !yes && show.ask("Erase it?")? != Some(true) {
        return Err(Failure::NotErased(record));
    }
    let job = gateway.erase(token, &record)?;
    show.note("destroyed; the gateway now tells the chain, with or without this command");
    let job = follow(show, gateway, token, job)?;
    let lines = [
        format!("record  {record}"),
        "erased: key, salt, ciphertext and documents are destroyed, and the chain says so".to_owned(),
    ];
    show.result(
        &json!({"record": record, "erased": true, "job": job.id, "offer": job.offer}),
        &lines,
    )?;
    Ok(())
}

/// Looks at the job until the chain has been told.
fn follow(show: Show, gateway: &Gateway, token: &str, mut job: JobPage) -> Result<JobPage, Failure> {
    let (waiting, mut seen) = (show.waiting("waiting for the chain"), Instant::now());
    while !is_over(&job) {
        std::thread::sleep(Duration::from_millis(300));
        match gateway.job(token, &job.id) {
            Ok(now) => (job, seen) = (now, Instant::now()),
            Err(GatewayError::Unreachable { .. }) if seen.elapsed() < PATIENCE => {}
            Err(error) => return Err(error.into()),
        }
    }
    waiting.finish_and_clear();
    match &job.reason {
        Some(reason) if reason.code == "erased" => Ok(job),
        reason => Err(Failure::JobFailed {
            id: job.id.clone(),
            code: reason
                .as_ref()
                .map(|reason| reason.code.clone())
                .unwrap_or_default(),
            detail: reason
                .as_ref()
                .map(|reason| plain(&reason.detail))
                .unwrap_or_default(),
        }),
    }
}

/// While it is erased, the job is cancelled with the reason `erasing`, or waits.
fn is_over(job: &JobPage) -> bool {
    let erasing = job.reason.as_ref().is_some_and(|reason| reason.code == "erasing");
    !erasing && job.state != "waiting"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: &str, code: &str) -> JobPage {
        let text = json!({
            "id": "a", "state": state, "stage": "offered", "files": {"done": 1, "total": 1},
            "reason": {"code": code, "detail": "…"},
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn the_command_waits_until_the_chain_has_been_told() {
        assert!(!is_over(&job("cancelled", "erasing")));
        assert!(!is_over(&job("waiting", "chain_unreachable")));
        assert!(is_over(&job("cancelled", "erased")));
    }

    #[test]
    fn without_a_yes_nothing_is_asked_of_the_gateway() {
        // Nobody listens there: a request would fail with another error.
        let gateway = Gateway::at("http://127.0.0.1:1").unwrap();
        let record = RecordId([1; 32]);
        let refused = run(Show { json: true }, &gateway, "token", record, false);
        assert!(matches!(refused, Err(Failure::NotErased(id)) if id == record));
    }
}
