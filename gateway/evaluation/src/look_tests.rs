use super::*;
use crate::row::ClassName;

fn classes(counts: &[(&str, u32)]) -> Classes<u32> {
    (counts.iter())
        .map(|(name, count)| (ClassName::new(*name).unwrap(), *count))
        .collect()
}

fn look() -> Look {
    Look {
        schema: LOOK_SCHEMA.to_owned(),
        software: "gateway 0.1.0".to_owned(),
        policy: "street".to_owned(),
        pipeline: Digest([1; 32]),
        provider: "cpu".to_owned(),
        nets: vec![LookNet {
            name: "centerface".to_owned(),
            sha256: Digest([2; 32]),
        }],
        files: vec![LookedAt {
            name: "000001.jpg".to_owned(),
            sha256: Digest([3; 32]),
            width: 4,
            height: 3,
            objects: Some(classes(&[("traffic light", 2)])),
            residual: classes(&[("face", 1), ("plate", 0)]),
        }],
        unseen: vec![Unseen {
            name: "notes.jpg".to_owned(),
            code: "unknown_format".to_owned(),
            detail: "no picture".to_owned(),
        }],
    }
}

fn parsed(look: &Look) -> Result<Look, LookError> {
    Look::parse(&serde_json::to_vec(look).unwrap())
}

#[test]
fn a_look_is_read_as_it_was_written_and_finds_files_by_their_bytes() {
    let read = parsed(&look()).unwrap();
    assert_eq!(read, look());
    assert_eq!(read.at(&Digest([3; 32])), Some(&look().files[0]));
    assert_eq!(read.at(&Digest([4; 32])), None);
}

#[test]
fn an_unknown_member_is_refused_wherever_it_stands() {
    let text = serde_json::to_string(&look()).unwrap();
    for place in [
        "{\"schema\"",
        "{\"name\":\"centerface\"",
        "{\"name\":\"000001.jpg\"",
        "{\"name\":\"notes.jpg\"",
    ] {
        assert_eq!(text.matches(place).count(), 1, "{place}");
        let more = text.replace(place, &place.replacen('{', "{\"more\":1,", 1));
        let error = Look::parse(more.as_bytes()).unwrap_err();
        assert!(
            matches!(&error, LookError::Malformed(why) if why.contains("more")),
            "{error}"
        );
    }
}

#[test]
fn another_schema_is_told_before_its_members_are_judged() {
    let error = Look::parse(br#"{"schema":"vouchsafe/look/2","eyes":[]}"#).unwrap_err();
    let found = "vouchsafe/look/2".to_owned();
    assert_eq!(error, LookError::Schema { found });
}

#[test]
fn a_class_that_no_row_could_name_is_refused() {
    let text = serde_json::to_string(&look())
        .unwrap()
        .replace("\"face\"", "\"Face!\"");
    assert!(matches!(
        Look::parse(text.as_bytes()),
        Err(LookError::Malformed(_))
    ));
}

#[test]
fn more_than_the_caps_is_refused() {
    let file = look().files[0].clone();
    let (mut nets, mut files, mut many) = (look(), look(), look());
    nets.nets = vec![nets.nets[0].clone(); MAX_LOOK_NETS + 1];
    files.files = vec![file.clone(); MAX_LOOK_FILES];
    many.files[0].residual = (0..=MAX_CLASSES)
        .map(|number| (ClassName::new(format!("class {number}")).unwrap(), 0))
        .collect();
    for (look, told) in [(nets, "nets"), (files, "files"), (many, "classes of one file")] {
        let error = parsed(&look).unwrap_err();
        assert!(
            matches!(error, LookError::TooMany { what, .. } if what == told),
            "{error}"
        );
    }
    let bytes = vec![b' '; MAX_LOOK_BYTES + 1];
    assert!(matches!(Look::parse(&bytes), Err(LookError::TooLong { .. })));
}

#[test]
fn a_provider_that_no_attestation_could_name_is_refused() {
    for name in ["", "a provider", "sixteen-bytes-16", "cpu\u{7}"] {
        let told = Look {
            provider: name.to_owned(),
            ..look()
        };
        let error = parsed(&told).unwrap_err();
        assert!(
            matches!(
                error,
                LookError::Name {
                    what: "the provider",
                    most: 15
                }
            ),
            "{name:?}: {error}"
        );
    }
}

#[test]
fn a_file_under_two_names_counts_once_and_never_differently() {
    let mut twice = look();
    twice.files.push(LookedAt {
        name: "copy.jpg".to_owned(),
        ..twice.files[0].clone()
    });
    assert!(parsed(&twice).is_ok());
    twice.files[1].residual = classes(&[("face", 0), ("plate", 0)]);
    let sha256 = Digest([3; 32]);
    assert_eq!(parsed(&twice), Err(LookError::Contradiction { sha256 }));
}
