use std::io::Write as _;

use vouchsafe_protocol::hash::sha256;
use zeroize::Zeroizing;

use super::{
    secrets::StagedSecret,
    stop::{Stop, refused_file, staging_stop},
    worker::Worker,
};
use crate::{
    domain::{Credentials, Event, ItemRow, Job, JobId, Reason, SignedNote, StagedFile},
    ports::{AnonymiseError, Change, Cleaned, Slot, StagingError, StagingKey},
};

impl Worker {
    /// Cleans the next files, as many at once as there are anonymisers, and stores each in order.
    pub(super) fn clean_files(&mut self, job: &Job, done: u32) -> Result<(), Stop> {
        // The gateway may have been started again with another policy since the upload.
        let policy = &self.service.pipeline().policy;
        (job.dataset.check_policy(policy))
            .map_err(|refusal| Stop::Fail(Reason::new("policy_not_here", refusal.to_string())))?;
        let StagedSecret { key, files } = self.staged_secret(job.id)?;
        let staging = &self.service.ports().staging;
        let mut raws = Vec::new();
        for (at, file) in (done..job.input.files)
            .zip(files.iter().skip(done as usize))
            .take(self.anonymisers.len())
        {
            let raw = staging.read(job.id, Slot::Raw(at), &key).map_err(staging_stop)?;
            raws.push((Zeroizing::new(raw), file, file.wishes.for_photo()));
        }
        if raws.is_empty() {
            return Err(Stop::Fail(Reason::new(
                "secret_lost",
                "the list of raw files is too short",
            )));
        }
        let cleaned: Vec<Result<Cleaned, AnonymiseError>> =
            match (self.anonymisers.as_mut_slice(), raws.as_slice()) {
                ([one, ..], [(raw, _, wishes)]) => vec![one.anonymise_with(raw, wishes)],
                (several, raws) => std::thread::scope(|scope| {
                    let pairs = several.iter_mut().zip(raws);
                    let running: Vec<_> = pairs
                        .map(|(one, (raw, _, wishes))| scope.spawn(move || one.anonymise_with(raw, wishes)))
                        .collect();
                    let died = || Err(AnonymiseError::Engine("the anonymiser's thread panicked".into()));
                    running
                        .into_iter()
                        .map(|thread| thread.join().unwrap_or_else(|_| died()))
                        .collect()
                }),
            };
        let mut job = job.clone();
        for ((at, cleaned), (raw, file, _)) in (done..).zip(cleaned).zip(&raws) {
            let cleaned = cleaned.map_err(|error| refused_file(at, error))?;
            let note = self.judge(file, raw, &cleaned);
            let note = note.map_err(|reason| refused_file(at, AnonymiseError::Refused(reason)))?;
            let row = self.stage_clean(job.id, (at, file), &key, &cleaned, note)?;
            let event = Event::FileCleaned {
                found: row.findings.values().map(|class| class.found).sum(),
                masked: row.findings.values().map(|class| class.masked).sum(),
            };
            job = self.store_with(&job, event, |after| Change {
                item: Some((at, row)),
                ..Change::of(after)
            })?;
        }
        Ok(())
    }

    /// Whether a photo that came out may leave, and the note that says so where one is needed.
    fn judge(&self, file: &StagedFile, raw: &[u8], cleaned: &Cleaned) -> Result<Option<SignedNote>, Reason> {
        let judge = (
            &self.service.keys().record_public(),
            self.service.pipeline().digest,
        );
        let left = &cleaned.second_look.left;
        (file.wishes).allow(judge, &sha256(raw), &sha256(&cleaned.bytes), left)?;
        Ok(file.wishes.note.as_ref().map(|note| note.signed.clone()))
    }

    fn stage(&self, id: JobId, slot: Slot, key: &StagingKey, bytes: &[u8]) -> Result<(), Stop> {
        let ports = self.service.ports();
        let mut prefix = [0; 19];
        ports.entropy.fill(&mut prefix);
        let mut writer = ports
            .staging
            .create(id, slot, key, prefix)
            .map_err(staging_stop)?;
        let written = writer.write_all(bytes).and_then(|()| writer.finish());
        Ok(written.map_err(|cause| StagingError::Io { job: id, cause })?)
    }

    /// The clean file, and what it looks like, are durable before the journal says so.
    fn stage_clean(
        &self,
        id: JobId,
        (at, file): (u32, &StagedFile),
        key: &StagingKey,
        cleaned: &Cleaned,
        note: Option<SignedNote>,
    ) -> Result<ItemRow, Stop> {
        let ports = self.service.ports();
        self.stage(id, Slot::Clean(at), key, &cleaned.bytes)?;
        match &cleaned.sketch {
            Some(sketch) => {
                let json = serde_json::to_vec(sketch).expect("numbers always have a JSON form; qed");
                self.stage(id, Slot::Sketch(at), key, &json)?;
            }
            // An earlier try of this step has left none either: the same photo is as flat as before.
            None => ports.staging.discard(id, Slot::Sketch(at))?,
        }
        ports.staging.sync(id)?;
        let kept = file.wishes.keep.told(cleaned.utility.kept_ppm);
        let credentials = self.service.settings().content_credentials.then(|| {
            let pipeline = self.service.pipeline();
            Credentials::new(
                pipeline,
                &cleaned.findings,
                &cleaned.metadata_removed,
                &kept,
                note.is_some(),
            )
        });
        Ok(ItemRow {
            media: cleaned.media,
            bytes: cleaned.bytes.len() as u64,
            sha256: sha256(&cleaned.bytes),
            findings: cleaned.findings.clone(),
            second_look: cleaned.second_look.clone(),
            utility: cleaned.utility,
            kept,
            note,
            credentials,
            metadata_removed: cleaned.metadata_removed.clone(),
            metrics: cleaned.metrics.clone(),
        })
    }
}
