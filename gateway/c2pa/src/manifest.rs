//! A manifest: what was done to a photo, signed, in the form of C2PA 2.x (claim version 2).

use crate::{
    cbor::{Cbor, map},
    certificate::Signer,
    jumbf,
    place::{Media, PlaceError, open, wrap},
    sha256,
};

const ALGORITHM: &str = "sha256";
const INGREDIENT: &str = "c2pa.ingredient.v3";
const ACTIONS: &str = "c2pa.actions.v2";
const DATA_HASH: &str = "c2pa.hash.data";

/// Something that was done, after the photo was opened.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    /// A name of C2PA's, e.g. `c2pa.edited`.
    pub action: &'a str,
    /// For people.
    pub description: &'a str,
    /// For programs, by name, each a list.
    pub parameters: &'a [(String, Vec<String>)],
}

/// What a manifest tells.
#[derive(Clone, Copy, Debug)]
pub struct Story<'a> {
    /// Names this manifest among all; nothing else may have it.
    pub id: [u8; 16],
    /// The photo's name.
    pub title: &'a str,
    /// Who tells: program and version.
    pub generator: (&'a str, &'a str),
    /// What the photo was made from, by a name that says nothing of its content, and a sentence about that name.
    pub parent: (&'a str, &'a str),
    /// What did it: program and version.
    pub agent: (&'a str, &'a str),
    /// What was done, in order.
    pub actions: &'a [Action<'a>],
}

/// The photo with a signed manifest in it. The same arguments give the same bytes.
///
/// No time stamp is in it: a clock that nobody vouches for proves nothing, and the record on chain has a height.
///
/// # Errors
/// See [`PlaceError`].
pub fn attach(photo: &[u8], media: Media, story: &Story<'_>, signer: &Signer) -> Result<Vec<u8>, PlaceError> {
    // The manifest says where in the photo it lies, and how long it is, in numbers that take more bytes as they grow.
    let start = open(photo, media, 0)?.at;
    let mut length = 0;
    for pad in [0, 1] {
        for _ in 0..4 {
            let segment = wrap(
                &store(media, story, signer, &Binding::new(start, length, pad)),
                media,
            )?;
            if segment.len() == length && (media != Media::Webp || length % 2 == 0) {
                let opened = open(photo, media, length)?;
                let hash = sha256(&opened.bytes);
                let binding = Binding {
                    hash,
                    ..Binding::new(start, length, pad)
                };
                let segment = wrap(&store(media, story, signer, &binding), media)?;
                let mut whole = opened.bytes;
                whole.splice(opened.at..opened.at, segment);
                return Ok(whole);
            }
            length = segment.len();
        }
    }
    Err(PlaceError::TooLarge(length))
}

/// Which bytes of the photo the manifest vouches for: all but itself.
struct Binding {
    start: usize,
    length: usize,
    hash: [u8; 32],
    /// Bytes without meaning, for an even length.
    pad: usize,
}

impl Binding {
    fn new(start: usize, length: usize, pad: usize) -> Self {
        let hash = [0; 32];
        Self {
            start,
            length,
            hash,
            pad,
        }
    }
}

fn store(media: Media, story: &Story<'_>, signer: &Signer, binding: &Binding) -> Vec<u8> {
    let id = uuid(story.id);
    let label = format!("urn:c2pa:{id}");
    let format = match media {
        Media::Jpeg => "image/jpeg",
        Media::Png => "image/png",
        Media::Webp => "image/webp",
    };
    let assertion = |label: &str, value: Cbor| jumbf::cbor(b"cbor", label, &value.encode());
    let ingredient = assertion(INGREDIENT, ingredient(story));
    let actions = assertion(ACTIONS, actions(story, &ingredient));
    let data_hash = assertion(DATA_HASH, data_hash(binding));

    let claim = map([
        ("instanceID", Cbor::Text(format!("xmp:iid:{id}"))),
        ("claim_generator_info", named(story.generator)),
        (
            "signature",
            Cbor::Text(format!("self#jumbf=/c2pa/{label}/c2pa.signature")),
        ),
        (
            "created_assertions",
            Cbor::Array(vec![
                reference(INGREDIENT, &ingredient),
                reference(ACTIONS, &actions),
                reference(DATA_HASH, &data_hash),
            ]),
        ),
        ("dc:title", story.title.into()),
        ("dc:format", format.into()),
        ("alg", ALGORITHM.into()),
    ])
    .encode();
    let signature = cose(&claim, signer);
    let manifest = jumbf::superbox(
        b"c2ma",
        &label,
        &[
            &jumbf::superbox(b"c2as", "c2pa.assertions", &[&ingredient, &actions, &data_hash]),
            &jumbf::cbor(b"c2cl", "c2pa.claim.v2", &claim),
            &jumbf::cbor(b"c2cs", "c2pa.signature", &signature),
        ],
    );
    jumbf::superbox(b"c2pa", "c2pa", &[&manifest])
}

fn ingredient(story: &Story<'_>) -> Cbor {
    let (name, description) = story.parent;
    map([
        ("relationship", "parentOf".into()),
        ("dc:title", "raw photo".into()),
        ("instanceID", name.into()),
        ("description", description.into()),
    ])
}

fn actions(story: &Story<'_>, ingredient: &[u8]) -> Cbor {
    let opened = map([
        ("action", "c2pa.opened".into()),
        (
            "parameters",
            map([(
                "ingredients",
                Cbor::Array(vec![reference(INGREDIENT, ingredient)]),
            )]),
        ),
    ]);
    let done = story.actions.iter().map(|action| {
        let parameters = action.parameters.iter().map(|(name, values)| {
            let values = values.iter().map(|value| value.as_str().into()).collect();
            (name.as_str().into(), Cbor::Array(values))
        });
        map([
            ("action", action.action.into()),
            ("softwareAgent", named(story.agent)),
            ("description", action.description.into()),
            ("parameters", Cbor::Map(parameters.collect())),
        ])
    });
    map([
        (
            "actions",
            Cbor::Array(core::iter::once(opened).chain(done).collect()),
        ),
        ("allActionsIncluded", Cbor::True),
    ])
}

fn data_hash(binding: &Binding) -> Cbor {
    let exclusion = map([
        ("start", Cbor::Unsigned(binding.start as u64)),
        ("length", Cbor::Unsigned(binding.length as u64)),
    ]);
    map([
        ("exclusions", Cbor::Array(vec![exclusion])),
        ("name", "jumbf manifest".into()),
        ("alg", ALGORITHM.into()),
        ("hash", Cbor::Bytes(binding.hash.to_vec())),
        ("pad", Cbor::Bytes(vec![0; binding.pad])),
    ])
}

fn reference(label: &str, superbox: &[u8]) -> Cbor {
    map([
        ("url", Cbor::Text(format!("self#jumbf=c2pa.assertions/{label}"))),
        ("hash", Cbor::Bytes(jumbf::hash(superbox).to_vec())),
    ])
}

fn named((name, version): (&str, &str)) -> Cbor {
    map([("name", name.into()), ("version", version.into())])
}

/// COSE_Sign1 (RFC 9052, section 4.2) with EdDSA (RFC 9053) over the claim, which stands in a box of its own; certificates in
/// the protected header (`x5chain`, RFC 9360).
fn cose(claim: &[u8], signer: &Signer) -> Vec<u8> {
    let chain = signer.chain().map(|der| Cbor::Bytes(der.to_vec())).to_vec();
    let protected = Cbor::Map(vec![
        (Cbor::Unsigned(1), Cbor::Negative(7)),
        (Cbor::Unsigned(33), Cbor::Array(chain)),
    ])
    .encode();
    let to_sign = Cbor::Array(vec![
        "Signature1".into(),
        Cbor::Bytes(protected.clone()),
        Cbor::Bytes(Vec::new()),
        Cbor::Bytes(claim.to_vec()),
    ])
    .encode();
    let message = Cbor::Array(vec![
        Cbor::Bytes(protected),
        Cbor::Map(Vec::new()),
        Cbor::Null,
        Cbor::Bytes(signer.sign(&to_sign).to_vec()),
    ]);
    // Tag 18: a COSE_Sign1.
    [vec![0xd2], message.encode()].concat()
}

/// Version 8 of RFC 9562: the bits are the maker's own.
fn uuid(mut id: [u8; 16]) -> String {
    id[6] = (id[6] & 0x0f) | 0x80;
    id[8] = (id[8] & 0x3f) | 0x80;
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts =
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex.get(part).unwrap_or_default().to_owned());
    parts.join("-")
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
