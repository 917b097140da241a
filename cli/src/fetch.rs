//! The encrypted content of an offer, from its gateway to a folder, checked against what the chain says.

use crate::{failure::Failure, gateway::Gateway, show::Show, verify};
use std::{fs, io::BufReader, path::Path};
use vouchsafe_protocol::{id::OfferId, record::Content, sidecar::Sidecar};

/// Name of the ciphertext in its folder.
pub const CIPHERTEXT: &str = "ciphertext";
/// Name of the sidecar in its folder.
pub const SIDECAR: &str = "sidecar";

/// Fetches sidecar and ciphertext into `folder`, which exists, and checks both against the root on chain. What is there
/// already and right is kept; a broken download goes on where it stopped.
///
/// # Errors
/// [`Failure::BadContent`] for bytes that are not the content, [`Failure::Gateway`], [`Failure::Disk`].
pub(crate) fn content(
    show: Show,
    gateway: &Gateway,
    offer: &OfferId,
    content: &Content,
    folder: &Path,
) -> Result<Sidecar, Failure> {
    let path = folder.join(SIDECAR);
    let sidecar = match fs::read(&path)
        .ok()
        .map(|bytes| verify::check_sidecar(&bytes, content))
    {
        Some(Ok(sidecar)) => sidecar,
        Some(Err(_)) | None => {
            let bytes = gateway.sidecar(offer, verify::max_sidecar_bytes(content))?;
            let sidecar = verify::check_sidecar(&bytes, content).map_err(Failure::BadContent)?;
            fs::write(&path, bytes).map_err(Failure::disk("writing", &path))?;
            sidecar
        }
    };
    let path = folder.join(CIPHERTEXT);
    let bar = show.bytes("downloading", content.bytes);
    gateway.ciphertext(offer, content.bytes, &path, |bytes| bar.set_position(bytes))?;
    bar.finish_and_clear();
    let bar = show.bytes("checking", content.bytes);
    let file = fs::File::open(&path).map_err(Failure::disk("opening", &path))?;
    let checked = verify::check_ciphertext(BufReader::with_capacity(1 << 20, file), &sidecar, |bytes| {
        bar.inc(bytes)
    });
    bar.finish_and_clear();
    if let Err(fault) = checked {
        // What is wrong is not kept, so that the next run fetches it anew.
        let _ = fs::remove_file(&path);
        return Err(Failure::BadContent(fault));
    }
    Ok(sidecar)
}
