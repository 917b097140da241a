use super::*;
use crate::place::detach;

const PHOTOS: [(Media, &[u8], &str); 3] = [
    (Media::Jpeg, include_bytes!("../tests/golden/plain.jpg"), "jpg"),
    (Media::Png, include_bytes!("../tests/golden/plain.png"), "png"),
    (Media::Webp, include_bytes!("../tests/golden/plain.webp"), "webp"),
];

fn signer() -> Signer {
    Signer::new(
        &[1; 32],
        &[2; 32],
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
    )
}

/// A story whose title has `long` characters, which moves every length.
fn signed(photo: &[u8], media: Media, long: usize) -> Result<Vec<u8>, PlaceError> {
    let parameters = [
        ("vouchsafe.class".to_owned(), vec!["face".to_owned()]),
        (
            "vouchsafe.models".to_owned(),
            vec!["c0".repeat(32), "91".repeat(32)],
        ),
    ];
    let story = Story {
        id: [7; 16],
        title: &"1".repeat(long),
        generator: ("Vouchsafe gateway", "0.1.0"),
        parent: (
            "urn:vouchsafe:input:0x11#1",
            "Known by a salted commitment alone.",
        ),
        agent: ("vouchsafe-anonymiser", "0.1.0"),
        actions: &[
            Action {
                action: "c2pa.edited",
                description: "face: 2 found, 2 replaced (solid)",
                parameters: &parameters,
            },
            Action {
                action: "c2pa.edited.metadata",
                description: "Removed: exif (1)",
                parameters: &[],
            },
        ],
    };
    attach(photo, media, &story, &signer())
}

/// Whether a file is the committed one; what is made now is left beside the system's temporary files where it is not.
fn is_golden(name: &str, made: &[u8]) -> bool {
    let golden = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let same = std::fs::read(golden).unwrap_or_default() == made;
    if !same {
        std::fs::write(std::env::temp_dir().join(name), made).unwrap();
    }
    same
}

#[test]
fn photos_with_their_manifests_are_the_committed_ones() {
    let mut others = Vec::new();
    for (media, photo, ending) in PHOTOS {
        let name = format!("signed.{ending}");
        if !is_golden(&name, &signed(photo, media, 4).unwrap()) {
            others.push(name);
        }
    }
    if !is_golden("root.pem", signer().root_pem().as_bytes()) {
        others.push("root.pem".to_owned());
    }
    assert!(
        others.is_empty(),
        "{others:?} have changed; see the folder for temporary files"
    );
}

#[test]
fn what_is_put_on_comes_off_whatever_its_length() {
    for (media, photo, _) in PHOTOS {
        for long in (0..40).chain([200, 255, 256, 1_000, 60_000]) {
            let whole = signed(photo, media, long).unwrap();
            let (bare, store) = detach(&whole, media).unwrap();
            assert_eq!(bare, photo, "{media:?} {long}");
            assert_eq!(whole.len(), photo.len() + wrap(&store, media).unwrap().len());
        }
    }
}

#[test]
fn every_other_byte_is_hashed_and_the_manifest_says_where_it_lies() {
    for (media, photo, _) in PHOTOS {
        let whole = signed(photo, media, 4).unwrap();
        let (_, store) = detach(&whole, media).unwrap();
        let segment = wrap(&store, media).unwrap();
        let at = whole
            .windows(segment.len())
            .position(|part| part == segment)
            .unwrap();
        let mut rest = whole.clone();
        rest.drain(at..at + segment.len());
        let holds = |bytes: &[u8]| store.windows(bytes.len()).any(|part| part == bytes);
        assert!(holds(&sha256(&rest)), "{media:?}");
        let place = map([
            ("start", Cbor::Unsigned(at as u64)),
            ("length", Cbor::Unsigned(segment.len() as u64)),
        ]);
        assert!(holds(&place.encode()), "{media:?}");
    }
}

#[test]
fn a_photo_of_another_kind_or_none_takes_no_manifest() {
    for (media, photo, _) in PHOTOS {
        for (other, bytes, _) in PHOTOS {
            if other != media {
                assert_eq!(
                    signed(bytes, media, 4),
                    Err(PlaceError::NotThisMedia),
                    "{media:?}"
                );
            }
        }
        for end in [0, 1, 4, 8, 12] {
            assert_eq!(
                signed(&photo[..end.min(photo.len())], media, 4),
                Err(PlaceError::NotThisMedia)
            );
        }
    }
    let [.., (_, webp, _)] = PHOTOS;
    let longer = [webp, &[0, 0]].concat();
    assert_eq!(
        signed(&longer, Media::Webp, 4),
        Err(PlaceError::NotThisMedia),
        "bytes behind its end"
    );
}

#[test]
fn a_manifest_that_fits_no_segment_is_refused() {
    for (media, photo, _) in PHOTOS {
        let refused = signed(photo, media, 70_000);
        assert!(
            matches!(refused, Err(PlaceError::TooLarge(bytes)) if bytes > 70_000),
            "{media:?}"
        );
    }
}

#[test]
fn a_photo_without_a_manifest_gives_none() {
    for (media, photo, _) in PHOTOS {
        assert_eq!(detach(photo, media), Err(PlaceError::NoManifest));
        assert_eq!(detach(&[], media), Err(PlaceError::NoManifest));
    }
}

#[test]
fn whatever_is_cut_off_or_changed_in_the_frame_no_manifest_comes_off() {
    for (media, photo, _) in PHOTOS {
        let whole = signed(photo, media, 4).unwrap();
        let (_, store) = detach(&whole, media).unwrap();
        let segment = wrap(&store, media).unwrap();
        let at = whole
            .windows(segment.len())
            .position(|part| part == segment)
            .unwrap();
        let head = segment.len() - store.len();
        // The frame, and the store's own length and kind.
        for place in at..at + head + 8 {
            let mut changed = whole.clone();
            changed[place] ^= 0x55;
            let taken = detach(&changed, media);
            assert!(
                taken.is_err() || taken.unwrap().0 != photo,
                "{media:?} {}",
                place - at
            );
        }
        for end in at..at + segment.len() {
            assert_eq!(
                detach(&whole[..end], media),
                Err(PlaceError::NoManifest),
                "{media:?} {end}"
            );
        }
    }
}
