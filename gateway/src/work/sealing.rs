use std::io;

use codec::Encode;
use vouchsafe_protocol::{
    chunk::{Layout, LayoutError},
    id::{Account, Digest, Genesis, OfferId, RecordId},
    record::{Content, Statement},
    report::{input_commitment, metadata_hash, report_hash, report_signing_bytes},
    sidecar::{Sidecar, SidecarError},
};

use super::{
    credentials::{CredentialsError, Photos},
    looks::Looks,
    secrets::Opening,
    service::Service,
};
use crate::{
    domain::{
        CanonicalError, Contents, Described, ItemRow, Job, Reported, Sealed, earned_grade, metadata_document,
        metrics_root, quality, report_document,
    },
    ports::{BlobError, BlobKind, StagingError, StagingKey},
};

/// Why a dataset could not be sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealingError {
    #[error("the clean files have no layout: {0}")]
    Layout(#[from] LayoutError),
    #[error("the sidecar does not fit its layout: {0}")]
    Sidecar(#[from] SidecarError),
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    #[error("{rows} rows for {files} files")]
    Rows { rows: usize, files: u32 },
    #[error("clean file {0} differs from its row")]
    Changed(u32),
    #[error("clean file {file} takes no content credentials: {error}")]
    Credentials { file: u32, error: CredentialsError },
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error(transparent)]
    Staging(#[from] StagingError),
}

/// What sealing needs besides the job.
pub(crate) struct Plan<'a> {
    pub(crate) genesis: Genesis,
    pub(crate) nonce: u64,
    pub(crate) opening: &'a Opening,
    pub(crate) key: &'a StagingKey,
    pub(crate) rows: &'a [ItemRow],
}

/// Encrypts the clean files under the offer's content secret and writes every public blob.
///
/// Repeating it writes the same bytes: nonce, salt and clean files are stored before it begins, so one offer secret
/// never seals two contents.
pub(crate) fn seal(service: &Service, job: &Job, plan: &Plan<'_>) -> Result<Sealed, SealingError> {
    let Plan {
        genesis,
        nonce,
        opening,
        key,
        rows,
    } = *plan;
    if rows.len() != job.input.files as usize {
        return Err(SealingError::Rows {
            rows: rows.len(),
            files: job.input.files,
        });
    }
    let account = service.keys().account();
    let offer = OfferId::derive(&genesis, &account, nonce);
    let share = opening.share.as_ref().map(|share| &share.0);
    let secret = service.keys().offer_secret(&genesis, &offer, 0, share);
    let input = input_commitment(&genesis, &opening.salt.0, &opening.raw);
    let photos = Photos::new(service, job, key, rows, (offer, input));
    let rows = &photos.sealed_rows()?;
    let contents = Contents::new(rows).to_bytes()?;
    let lengths: Vec<u64> = core::iter::once(contents.len() as u64)
        .chain(rows.iter().map(|row| row.bytes))
        .collect();
    let layout = Layout::new(&lengths)?;

    let content_secret = secret.content_secret();
    let mut leaves = Vec::with_capacity(layout.chunks() as usize);
    let mut failed = None;
    let ciphertext = service
        .ports()
        .blobs
        .put(offer, BlobKind::Ciphertext, &mut |out| {
            leaves.clear();
            for item in 0..layout.items() {
                // Item 0 is the contents document.
                let plain = match item.checked_sub(1) {
                    None => Ok(contents.clone()),
                    Some(file) => photos.sealed(file),
                };
                let plain = match plain {
                    Ok(plain) => plain,
                    Err(error) => {
                        failed = Some(error);
                        return Err(io::Error::other("a clean file cannot be read"));
                    }
                };
                let mut rest = plain.as_slice();
                for index in layout.item(item).into_iter().flatten() {
                    let len = layout.chunk(index).map_or(0, |place| place.len as usize);
                    let (chunk, after) = rest.split_at(len.min(rest.len()));
                    let mut chunk = chunk.to_vec();
                    leaves.push(content_secret.seal(index, &mut chunk));
                    out.write_all(&chunk)?;
                    rest = after;
                }
            }
            Ok(())
        });
    if let Some(error) = failed {
        return Err(error);
    }
    let ciphertext = ciphertext?;
    let sidecar = Sidecar::new(layout.clone(), leaves)?;
    let wire = sidecar.encode();
    let put = |kind, bytes: &[u8]| {
        service
            .ports()
            .blobs
            .put(offer, kind, &mut |out| out.write_all(bytes))
    };
    let stored_sidecar = put(BlobKind::Sidecar, &wire)?;

    let looks = Looks::read(service, job, key)?;
    let quality = quality(rows, &looks.repeats(service, offer));
    let report = report_document(&Reported {
        pipeline: service.pipeline(),
        input: job.input,
        commitment: input,
        rows,
        quality: quality.as_ref(),
    })?;
    let hash = report_hash(&genesis, &report);
    let metadata = metadata_document(&Described {
        dataset: &job.dataset,
        rows,
        pipeline: service.pipeline(),
        grade: earned_grade(service.pipeline(), rows),
        genesis,
        account,
        key: Digest(service.keys().record_public()),
        offer,
        ciphertext_bytes: ciphertext.bytes,
        ciphertext_sha256: ciphertext.sha256,
        sidecar_bytes: stored_sidecar.bytes,
        sidecar_sha256: stored_sidecar.sha256,
        input,
        report: hash,
        taken_in: job.created_at,
        quality: quality.as_ref(),
    })?;
    put(BlobKind::Report, &report)?;
    put(BlobKind::Metadata, &metadata)?;
    put(BlobKind::Models, &service.pipeline().manifests.encode())?;
    let mut lines = String::new();
    for row in rows {
        lines.push_str(&row.metrics);
        lines.push('\n');
    }
    put(BlobKind::Metrics, lines.as_bytes())?;
    put(BlobKind::Hashes, &looks.hashes(service))?;

    let content = Content {
        root: sidecar.root(),
        chunks: layout.chunks(),
        bytes: layout.bytes(),
    };
    let statement = statement(
        service,
        job,
        account,
        content,
        rows,
        &Hashes {
            input,
            report: hash,
            metadata: metadata_hash(&genesis, &metadata),
        },
    );
    Ok(Sealed {
        nonce,
        offer,
        record: RecordId::derive(&genesis, &statement),
        key: secret.public(),
        licence: job.dataset.licence().hash(),
        report_signature: service.keys().sign_record(&report_signing_bytes(&genesis, &hash)),
        statement,
    })
}

struct Hashes {
    input: Digest,
    report: Digest,
    metadata: Digest,
}

fn statement(
    service: &Service,
    job: &Job,
    account: Account,
    content: Content,
    rows: &[ItemRow],
    hashes: &Hashes,
) -> Statement {
    Statement {
        owner: account,
        gateway: account,
        content,
        input: hashes.input,
        report: hashes.report,
        metrics_root: metrics_root(rows).unwrap_or_default(),
        items: rows.len() as u32,
        metadata: hashes.metadata,
        grade: earned_grade(service.pipeline(), rows),
        parents: job.dataset.parents().clone(),
    }
}
