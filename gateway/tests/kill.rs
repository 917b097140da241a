//! `kill -9` on a process that commits: every acknowledged write is there afterwards, and nothing half.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use vouchsafe_gateway::{
    adapters::RedbJournal,
    domain::{Event, JobId, JobState, Timestamp},
    ports::{
        Change, Journal,
        journal::{SecretKind, conformance::new_job},
    },
};

const FOLDER: &str = "VOUCHSAFE_KILL_TEST_FOLDER";
const NAME: &str = "acknowledged_writes_survive_a_kill";

/// The victim: commits a pair of writes for ever and says so after each pair.
fn commit_for_ever(folder: &Path) -> ! {
    let journal = RedbJournal::open(&folder.join("journal.redb")).unwrap();
    let first = journal.jobs().unwrap().len() as u32;
    let mut out = std::io::stdout();
    for at in first.. {
        let job = numbered(at);
        journal.create(&job, &at.to_be_bytes()).unwrap();
        let started = job.after(Event::Started, Timestamp(1)).unwrap();
        journal
            .conclude(&Change {
                forget: vec![SecretKind::Staging],
                ..Change::of(started)
            })
            .unwrap();
        writeln!(out, "ack {at}").unwrap();
        out.flush().unwrap();
    }
    unreachable!("2^32 commits take longer than any test");
}

fn numbered(at: u32) -> vouchsafe_gateway::domain::Job {
    let mut job = new_job(1);
    job.id = JobId([0; 16]);
    job.id.0[..4].copy_from_slice(&at.to_be_bytes());
    job
}

#[test]
fn acknowledged_writes_survive_a_kill() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        commit_for_ever(Path::new(&folder));
    }
    let folder = tempfile::TempDir::new().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..12_usize {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args([NAME, "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        // Another number of writes each time, so that the blow falls elsewhere.
        let mut acks = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("ack ")?.parse::<u32>().ok());
        let wanted = acknowledged.len() + 1 + round * 7 % 23;
        while acknowledged.len() < wanted {
            acknowledged.push(acks.next().expect("the victim commits"));
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        // What it said between our last look and the blow counts too.
        acknowledged.extend(acks);

        let journal = RedbJournal::open(&folder.path().join("journal.redb")).unwrap();
        for &at in &acknowledged {
            let job = journal
                .job(numbered(at).id)
                .unwrap()
                .unwrap_or_else(|| panic!("write {at} is lost"));
            assert_eq!(
                job.state,
                JobState::Anonymising { done: 0 },
                "both writes of pair {at}"
            );
            assert_eq!(journal.secret(job.id, SecretKind::Staging).unwrap(), None);
        }
        for job in journal.jobs().unwrap() {
            let secret = journal.secret(job.id, SecretKind::Staging).unwrap();
            assert_eq!(
                secret.is_some(),
                job.state == JobState::Queued,
                "a secret goes with its step, never alone"
            );
        }
    }
    assert!(acknowledged.len() > 12);
}
