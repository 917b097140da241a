//! What a seller asks for single photos, from the upload to the report: regions that stay, and notes that let out a photo
//! which the second look refuses.

mod house;

use std::collections::BTreeMap;

use house::{CANARY, House, Shift, photo, pipeline};
use serde_json::{Value, json};
use vouchsafe_gateway::{
    domain::{
        Committed, KeepDraft, KeepList, KeepListError, KeepRefusal, KeepRegions, MAX_REASONS, MAX_REGIONS,
        NOTE_SCHEMA, Note, NoteFile, NoteRefusal, OVERRULED, SellerWishes, SignedNote, Timestamp,
        canonical_json, committed,
    },
    keys::GatewayKeys,
    work::UploadError,
};
use vouchsafe_protocol::{
    hash::sha256,
    id::Digest,
    record::Grade,
    report::{report_hash, report_signing_bytes},
};

fn draft(reason: &str) -> KeepDraft {
    KeepDraft {
        x: 10,
        y: 20,
        width: 30,
        height: 8,
        reason: reason.into(),
    }
}

fn keep(drafts: &[KeepDraft]) -> SellerWishes {
    SellerWishes {
        keep: KeepRegions::new(drafts.to_vec()).unwrap(),
        note: None,
    }
}

/// What the twin makes of a photo in which something is left.
fn seen(raw: &[u8]) -> Vec<u8> {
    house::cleaned(raw)
}

fn note_about(raw: &[u8]) -> Note {
    let salt = Digest([9; 32]);
    Note {
        schema: NOTE_SCHEMA.into(),
        photo: committed(Committed::Photo, &salt, &sha256(raw)),
        output: committed(Committed::Output, &salt, &sha256(&seen(raw))),
        policy: pipeline().digest,
        code: OVERRULED.into(),
        left: BTreeMap::from([("face".into(), 1)]),
        text: "a pattern in the curtain".into(),
        time_ms: Timestamp(1_790_000_000_000),
    }
}

fn signed(note: Note, keys: &GatewayKeys) -> SellerWishes {
    let signature = keys.sign_record(&note.signing_bytes());
    SellerWishes {
        keep: KeepRegions::default(),
        note: Some(NoteFile {
            file: None,
            salt: Digest([9; 32]),
            signed: SignedNote { note, signature },
        }),
    }
}

fn report(shift: &Shift, record: vouchsafe_protocol::id::RecordId) -> Value {
    serde_json::from_slice(&shift.service.report(record).unwrap().bytes).unwrap()
}

#[tokio::test]
async fn kept_regions_reach_the_anonymiser_and_the_report_without_their_place() {
    let house = House::new();
    let shift = house.open();
    let photos = [
        (
            photo("one"),
            keep(&[draft("a statue"), draft(" the actor agreed ")]),
        ),
        (photo("two"), SellerWishes::default()),
        (photo("three"), keep(&[draft("a statue")])),
    ];
    let job = shift.upload_with(&photos).await;
    for (path, bytes) in house.files() {
        let holds = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        assert!(!holds(b"a statue") && !holds(CANARY), "{}", path.display());
    }
    shift.work().await;
    let view = shift.view(job);
    assert_eq!(view.state, "done", "{view:?}");
    let report = report(&shift, view.record.unwrap());
    let wanted = json!({
        "regions": 3,
        // 2,000, 0 and 1,000 in three photos.
        "area_ppm": 1_000,
        "reasons": { "a statue": 2, "the actor agreed": 1 },
    });
    assert_eq!(report["kept"], wanted);
    assert_eq!(report["policy"]["grade"], "anonymous");
    let rows = shift.ports.journal.items(job).unwrap();
    let lengths: Vec<u64> = rows.iter().map(|row| row.bytes).collect();
    let plain = |mark: &str| seen(&photo(mark)).len() as u64;
    assert!(
        lengths[0] > plain("one") && lengths[2] > plain("three"),
        "the twin writes down what it keeps"
    );
    assert_eq!(lengths[1], plain("two"));
    // Where they lay ends with staging.
    let rest = format!("{rows:?}");
    assert!(!rest.contains("x: 10") && !rest.contains("y: 20"), "{rest}");
}

#[tokio::test]
async fn the_report_says_what_the_photos_were_read_behind_and_by_what() {
    let house = House::new();
    let shift = house.open();
    let job = shift.upload(&house::photos()).await;
    shift.work().await;
    let report = report(&shift, shift.view(job).record.unwrap());
    let isolation = json!({ "layers": ["process", "seccomp"], "complete": false });
    assert_eq!(report["worker"]["isolation"], isolation);
    assert_eq!(report["worker"]["provider"], "cpu");
    assert_eq!(report["overrides"], json!([]));
    assert_eq!(
        (&report["residual"]["found"], &report["residual"]["verdict"]),
        (&0.into(), &"clean".into())
    );
}

#[test]
fn each_refusal_of_regions_names_its_bound() {
    let refused = |drafts: Vec<KeepDraft>| KeepRegions::new(drafts).expect_err("they are refused");
    KeepRegions::new(vec![draft("x"); MAX_REGIONS]).unwrap();
    assert_eq!(
        refused(vec![draft("x"); MAX_REGIONS + 1]),
        KeepRefusal::TooMany { regions: 17 }
    );
    for empty in [
        KeepDraft {
            width: 0,
            ..draft("x")
        },
        KeepDraft {
            height: 0,
            ..draft("x")
        },
    ] {
        assert_eq!(refused(vec![draft("x"), empty]), KeepRefusal::Empty { region: 2 });
    }
    assert_eq!(refused(vec![draft(" \t")]), KeepRefusal::NoReason { region: 1 });
    KeepRegions::new(vec![draft(&"é".repeat(120))]).unwrap();
    assert_eq!(
        refused(vec![draft(&"é".repeat(121))]),
        KeepRefusal::LongReason {
            region: 1,
            chars: 121
        }
    );
    assert_eq!(
        refused(vec![draft("a\u{1b}[2J")]),
        KeepRefusal::ControlCharacter { region: 1 }
    );
}

#[test]
fn a_region_fits_a_photo_as_it_is_stored_or_turned_by_a_quarter() {
    let at = |x: u32, y: u32, width: u32, height: u32| {
        let region = KeepDraft {
            x,
            y,
            width,
            height,
            reason: "x".into(),
        };
        KeepRegions::new(vec![region])
            .unwrap()
            .check_against_header((64, 48))
    };
    at(0, 0, 64, 48).unwrap();
    at(0, 0, 48, 64).unwrap();
    at(63, 47, 1, 1).unwrap();
    for (x, y, width, height) in [
        (0, 0, 64, 49),
        (1, 0, 64, 1),
        (49, 49, 1, 1),
        (u32::MAX, 0, u32::MAX, 1),
    ] {
        let refused = at(x, y, width, height).unwrap_err();
        let outside = KeepRefusal::Outside {
            region: 1,
            width: 64,
            height: 48,
        };
        assert_eq!(refused, outside, "{x} {y} {width} {height}");
    }
}

#[test]
fn a_list_of_regions_is_read_by_name_and_refused_with_the_name() {
    let list =
        KeepList::parse(br#"{"a.jpg":[{"x":1,"y":2,"width":3,"height":4,"reason":"a statue"}]}"#).unwrap();
    assert_eq!(list.of("a.jpg").regions()[0].height, 4);
    assert!(list.of("b.jpg").is_empty());
    for shape in [
        "",
        "[]",
        r#"{"a.jpg":{}}"#,
        r#"{"a.jpg":[{"x":1}]}"#,
        r#"{"a.jpg":[{"x":-1,"y":2,"width":3,"height":4,"reason":"r"}]}"#,
        r#"{"a.jpg":[{"x":1,"y":2,"width":3,"height":4,"reason":"r","why":""}]}"#,
    ] {
        let refused = KeepList::parse(shape.as_bytes());
        assert!(
            matches!(refused, Err(KeepListError::Shape(_))),
            "{shape}: {refused:?}"
        );
    }
    let reason = |at: usize| json!([{ "x": 1, "y": 2, "width": 3, "height": 4, "reason": at.to_string() }]);
    let with = |count: usize| {
        let photos = (0..count).map(|at| (format!("{at:03}"), reason(at)));
        KeepList::parse(Value::Object(photos.collect()).to_string().as_bytes())
    };
    with(MAX_REASONS).unwrap();
    let refused = with(MAX_REASONS + 1).unwrap_err();
    assert!(
        matches!(&refused, KeepListError::Photo { name, refusal: KeepRefusal::TooManyReasons } if name == "032"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_note_lets_a_refused_photo_out_and_the_report_shows_it_to_whoever_has_the_key() {
    let house = House::new();
    let shift = house.open();
    let raw = photo("refuse");
    let note = note_about(&raw);
    let photos = [
        (photo("one"), SellerWishes::default()),
        (raw, signed(note.clone(), &house.keys)),
    ];
    let job = shift.upload_with(&photos).await;
    shift.work().await;
    let view = shift.view(job);
    assert_eq!(view.state, "done", "{view:?}");
    let record = view.record.unwrap();
    let dataset = shift.service.dataset(record).unwrap();
    assert_eq!(dataset.grade, "disguised");
    let report = report(&shift, record);
    assert_eq!(report["policy"]["grade"], "disguised");
    assert_eq!(report["residual"]["verdict"], "overridden");
    assert_eq!(report["residual"]["found"], 1);
    let [told] = report["overrides"].as_array().unwrap().as_slice() else {
        panic!("one note: {report}")
    };
    assert_eq!(told["note"], serde_json::to_value(&note).unwrap());
    assert!(
        told.get("salt").is_none(),
        "what opens the commitments stays here"
    );
    assert_eq!(
        report["overrides"][0]["note"]["policy"],
        report["policy"]["digest"]
    );

    // As a stranger checks it.
    let json = canonical_json(&told["note"]).unwrap();
    let message = [b"\x14vouchsafe/override/1".as_slice(), &json].concat();
    let signature: [u8; 64] = hex::decode(told["signature"].as_str().unwrap())
        .unwrap()
        .try_into()
        .unwrap();
    let key = ed25519_dalek::VerifyingKey::from_bytes(&dataset.report_key.0).unwrap();
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    key.verify_strict(&message, &signature).unwrap();

    // Report and record still fit each other.
    let genesis = shift.ports.journal.genesis().unwrap().unwrap();
    let document = shift.service.report(record).unwrap();
    let hash = report_hash(&genesis, &document.bytes);
    let signature = ed25519_dalek::Signature::from_bytes(&document.signature.unwrap());
    key.verify_strict(&report_signing_bytes(&genesis, &hash), &signature)
        .unwrap();
    let sealed = shift.ports.journal.job(job).unwrap().unwrap();
    assert_eq!(sealed.state.sealed().unwrap().statement.grade, Grade::Disguised);
}

/// Others depend on these bytes: whoever checks a note with nothing but a report.
#[test]
fn the_signed_bytes_and_the_commitments_of_a_note_are_pinned() {
    let note = Note {
        photo: Digest([1; 32]),
        output: Digest([2; 32]),
        policy: Digest([3; 32]),
        text: "ü \"x\"".into(),
        time_ms: Timestamp(5),
        ..note_about(b"")
    };
    let digest = |byte: &str| byte.repeat(32);
    let wanted = format!(
        concat!(
            "\u{14}vouchsafe/override/1",
            r#"{{"code":"residual_faces","left":{{"face":1}},"output":"0x{}","photo":"0x{}","policy":"0x{}","#,
            r#""schema":"vouchsafe/override/1","text":"ü \"x\"","time_ms":5}}"#
        ),
        digest("02"),
        digest("01"),
        digest("03")
    );
    assert_eq!(String::from_utf8(note.signing_bytes()).unwrap(), wanted);
    for (what, tag) in [
        (Committed::Photo, "\u{1a}vouchsafe/override/1/photo"),
        (Committed::Output, "\u{1b}vouchsafe/override/1/output"),
    ] {
        let message = [tag.as_bytes(), &[4; 32], &[5; 32]].concat();
        assert_eq!(
            committed(what, &Digest([4; 32]), &Digest([5; 32])),
            sha256(&message)
        );
    }
}

async fn refused_at_once(shift: &Shift, raw: &[u8], wishes: SellerWishes) -> UploadError {
    let mut upload = shift.service.begin_upload(house::dataset()).await.unwrap();
    upload
        .start_file_with("a.jpg", wishes)
        .and_then(|()| upload.write(raw))
        .and_then(|()| upload.end_file())
        .expect_err("it is refused")
}

#[tokio::test]
async fn a_note_that_is_not_for_this_photo_policy_or_gateway_is_refused_as_it_comes() {
    let house = House::new();
    let shift = house.open();
    let raw = photo("refuse");
    let good = || note_about(&raw);
    let stranger = GatewayKeys::from_seed([1; 32].into());
    let mut altered = signed(good(), &house.keys);
    altered.note.as_mut().unwrap().signed.note.text = "another text".into();
    let other_policy = Note {
        policy: Digest([7; 32]),
        ..good()
    };
    let cases = [
        (signed(good(), &stranger), NoteRefusal::Signature),
        (altered, NoteRefusal::Signature),
        (
            signed(other_policy, &house.keys),
            NoteRefusal::OtherPolicy {
                named: Digest([7; 32]),
                now: pipeline().digest,
            },
        ),
        (
            signed(note_about(&photo("refuse too")), &house.keys),
            NoteRefusal::OtherPhoto,
        ),
        (
            signed(
                Note {
                    text: " ".into(),
                    ..good()
                },
                &house.keys,
            ),
            NoteRefusal::Text,
        ),
        (
            signed(
                Note {
                    text: "é".repeat(401),
                    ..good()
                },
                &house.keys,
            ),
            NoteRefusal::Text,
        ),
        (
            signed(
                Note {
                    text: "a\nb".into(),
                    ..good()
                },
                &house.keys,
            ),
            NoteRefusal::Text,
        ),
        (
            signed(
                Note {
                    left: BTreeMap::new(),
                    ..good()
                },
                &house.keys,
            ),
            NoteRefusal::Shape,
        ),
        (
            signed(
                Note {
                    code: "residual_metadata".into(),
                    ..good()
                },
                &house.keys,
            ),
            NoteRefusal::Shape,
        ),
        (
            signed(
                Note {
                    schema: "vouchsafe/override/2".into(),
                    ..good()
                },
                &house.keys,
            ),
            NoteRefusal::Shape,
        ),
    ];
    for (wishes, wanted) in cases {
        let refused = refused_at_once(&shift, &raw, wishes).await;
        assert!(
            matches!(&refused, UploadError::Note { position: 1, refusal } if *refusal == wanted),
            "{wanted}: {refused}"
        );
    }
    assert_eq!(house.files_in("staging").len(), 0);
}

#[tokio::test]
async fn a_note_for_other_findings_or_other_output_fails_the_job() {
    let house = House::new();
    let shift = house.open();
    let raw = photo("refuse");
    let two_faces = Note {
        left: BTreeMap::from([("face".into(), 2)]),
        ..note_about(&raw)
    };
    let other_output = Note {
        output: Digest([8; 32]),
        ..note_about(&raw)
    };
    let clean = photo("nothing is left in this one");
    let needless = note_about(&clean);
    for (raw, note, wanted) in [
        (&raw, two_faces, "residual_faces"),
        (&raw, other_output, "override_other_output"),
        (&clean, needless, "override_other_findings"),
    ] {
        let job = shift
            .upload_with(&[(raw.clone(), signed(note, &house.keys))])
            .await;
        shift.work().await;
        let reason = shift.view(job).reason.unwrap();
        assert_eq!(reason.code, wanted, "{reason:?}");
        assert!(reason.detail.starts_with("file 1: "), "{reason:?}");
    }
    assert_eq!(house.files_in("staging").len(), 0);
}

#[tokio::test]
async fn a_note_does_not_outlive_the_policy_of_a_job_that_waits() {
    let house = House::new();
    let raw = photo("refuse");
    let shift = house.open();
    let job = shift
        .upload_with(&[(raw.clone(), signed(note_about(&raw), &house.keys))])
        .await;
    drop(shift);
    // The gateway comes back with other models.
    let ports = house.ports(
        house.journal(),
        vouchsafe_gateway::ports::catalogue::MemoryCatalogue::default(),
    );
    let other = vouchsafe_gateway::domain::Pipeline {
        digest: Digest([0xee; 32]),
        ..pipeline()
    };
    let settings = vouchsafe_gateway::work::Settings::default();
    let service =
        vouchsafe_gateway::work::Service::new(ports.clone(), house.keys.clone(), settings, other).unwrap();
    let shift = Shift {
        service,
        ports,
        clock: house.clock.clone(),
    };
    shift.work().await;
    assert_eq!(shift.view(job).reason.unwrap().code, "override_other_policy");
}
