//! What came of looking, as an attestation.

use super::Looked;
use codec::Encode;
use vouchsafe_chain_client::Signer;
use vouchsafe_evaluation::{Metric, Outcome, Tally, suite_digest};
use vouchsafe_protocol::{
    attestation::{Attestation, Comparison, Runtime, Signed, VERSION, Verdict},
    id::{Digest, Genesis, OfferId},
};

/// What was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub genesis: Genesis,
    pub audit: Digest,
    pub offer: OfferId,
    pub content_root: Digest,
    pub metrics_root: Digest,
    pub drawn_at: u32,
}

/// The attestation. What is claimed to be still in an item, nets saw elsewhere: there are none here.
pub(super) fn attestation(said: &Said, looked: &Looked) -> Attestation {
    let drawn = looked.drawn.len();
    let mut bits = vec![0_u8; drawn.div_ceil(8)];
    for place in 0..drawn {
        bits[place / 8] |= 1 << (place % 8);
    }
    let metrics: Vec<Comparison> = (Metric::ALL.iter())
        .map(|metric| {
            looked
                .agreement
                .metrics
                .get(metric)
                .map_or(Comparison::Skipped, comparison)
        })
        .collect();
    let build = format!("vouchsafe {}", env!("CARGO_PKG_VERSION"));
    // Named where nets saw at least one of the photos.
    let provider = looked.nets.as_ref().filter(|nets| nets.photos > 0);
    let provider = provider
        .map(|nets| nets.provider.clone().into_bytes())
        .unwrap_or_default();
    Attestation {
        version: VERSION,
        genesis: said.genesis,
        audit: said.audit,
        offer: said.offer,
        content_root: said.content_root,
        metrics_root: said.metrics_root,
        suite: suite_digest(),
        runtime: Runtime {
            build: build.into_bytes().try_into().unwrap_or_default(),
            provider: provider.try_into().unwrap_or_default(),
        },
        drawn_at: said.drawn_at,
        population: looked.population,
        // At most 128 are drawn, and there are 17 metrics.
        drawn: u16::try_from(drawn).unwrap_or(u16::MAX),
        looked: bits.try_into().unwrap_or_default(),
        metrics: metrics.try_into().unwrap_or_default(),
        claims: looked.claims().try_into().unwrap_or_default(),
        verdict: verdict(looked.agreement.outcome()),
    }
}

fn comparison(tally: &Tally) -> Comparison {
    match (tally.outside, tally.equal.saturating_add(tally.within)) {
        (0, 0) => Comparison::Skipped,
        (0, _) => Comparison::Agree,
        (items, _) => Comparison::Differ {
            items: u16::try_from(items).unwrap_or(u16::MAX),
            worst: u32::try_from(tally.worst).unwrap_or(u32::MAX),
        },
    }
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Nothing => Verdict::Nothing,
        Outcome::Clean => Verdict::Clean,
        Outcome::Mismatch => Verdict::Mismatch,
        Outcome::ExactFalse => Verdict::ExactFalse,
        Outcome::Sighting => Verdict::Sighting,
    }
}

/// The file: the attestation with this key's signature.
pub(super) fn signed(attestation: Attestation, signer: &Signer) -> Vec<u8> {
    let signature = signer.sign(&attestation.signing_bytes());
    Signed {
        attestation,
        auditor: signer.account(),
        signature,
    }
    .encode()
}
