//! The table of domain-separation tags: one line for every hash that the protocol computes.
//!
//! A tag is never reused for a second meaning. A change of what is hashed under a tag is a new tag with a
//! higher number, so that bytes of two versions can never be mistaken for one another.

/// What a hash stands for. [`Tag::as_str`] is the only spelling of each tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// [`OfferId`](crate::id::OfferId): seller, nonce.
    OfferId,
    /// [`OrderId`](crate::id::OrderId): offer, version, buyer, blinded point.
    OrderId,
    /// [`RecordId`](crate::id::RecordId): SCALE bytes of the statement.
    RecordId,
    /// What a gateway signs when it vouches for a record.
    RecordSignature,
    /// Hiding commitment to the raw input: salt, hash of the raw input.
    Input,
    /// Hash of the canonical bytes of an anonymisation report.
    Report,
    /// What a gateway signs when it vouches for a report.
    ReportSignature,
    /// Hash of the canonical bytes of a metadata document.
    Metadata,
    /// Hash of a licence text.
    Licence,
    /// Hash to the ristretto255 group: offer, version.
    OfferPoint,
    /// Derivation of an offer's secret scalar from a seller's seed.
    OfferSecret,
    /// Derivation of a buyer's blinding scalar from the buyer's seed.
    Blind,
    /// Derivation of the proof's one-time scalar.
    ProofNonce,
    /// Challenge of the delivery proof.
    DeliveryProof,
    /// Extraction of chunk keys and salts from the content secret.
    Content,
    /// What lies under a leaf of the transparency log: SCALE bytes of the entry (not hashed under the tag).
    LogEntry,
    /// Name of an audit that nobody asked for: offer, auditor, height of the block that drew the items.
    OwnAudit,
    /// What an auditor signs: SCALE bytes of the attestation.
    AttestationSignature,
}

impl Tag {
    /// Every tag, in the order of the table in docs/PROTOCOL.md.
    pub const ALL: [Tag; 18] = [
        Tag::OfferId,
        Tag::OrderId,
        Tag::RecordId,
        Tag::RecordSignature,
        Tag::Input,
        Tag::Report,
        Tag::ReportSignature,
        Tag::Metadata,
        Tag::Licence,
        Tag::OfferPoint,
        Tag::OfferSecret,
        Tag::Blind,
        Tag::ProofNonce,
        Tag::DeliveryProof,
        Tag::Content,
        Tag::LogEntry,
        Tag::OwnAudit,
        Tag::AttestationSignature,
    ];

    /// The bytes that stand for the tag: ASCII, 1 to 64 bytes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Tag::OfferId => "vouchsafe/1/offer-id",
            Tag::OrderId => "vouchsafe/1/order-id",
            Tag::RecordId => "vouchsafe/1/record-id",
            Tag::RecordSignature => "vouchsafe/1/record-signature",
            Tag::Input => "vouchsafe/1/input",
            Tag::Report => "vouchsafe/1/report",
            Tag::ReportSignature => "vouchsafe/1/report-signature",
            Tag::Metadata => "vouchsafe/1/metadata",
            Tag::Licence => "vouchsafe/1/licence",
            Tag::OfferPoint => "vouchsafe/1/offer-point",
            Tag::OfferSecret => "vouchsafe/1/offer-secret",
            Tag::Blind => "vouchsafe/1/blind",
            Tag::ProofNonce => "vouchsafe/1/proof-nonce",
            Tag::DeliveryProof => "vouchsafe/1/delivery-proof",
            Tag::Content => "vouchsafe/1/content",
            Tag::LogEntry => "vouchsafe/1/log-entry",
            Tag::OwnAudit => "vouchsafe/1/own-audit",
            Tag::AttestationSignature => "vouchsafe/1/attestation-signature",
        }
    }
}
