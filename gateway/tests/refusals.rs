//! Everything that is refused before it costs anything, one by one.

mod house;

use house::{House, draft, photo};
use vouchsafe_gateway::{
    domain::{
        DatasetDraft, DatasetRefusal as Refusal, JobId, Media, NewDataset, ParentDraft, PhotoRefusal,
        PhotoScanner, Planck,
    },
    ports::catalogue::MemoryCatalogue,
    work::{Service, Settings, UploadError, UploadLimits},
};
use vouchsafe_protocol::id::RecordId;

fn refused(change: impl FnOnce(&mut DatasetDraft)) -> Refusal {
    let mut draft = draft();
    change(&mut draft);
    NewDataset::new(draft).expect_err("the draft is refused")
}

#[test]
fn each_refusal_of_a_dataset_names_its_bound() {
    let accepts = |change: fn(&mut DatasetDraft)| {
        let mut draft = draft();
        change(&mut draft);
        NewDataset::new(draft).unwrap()
    };
    accepts(|_| {});
    assert_eq!(refused(|d| d.title = "  \t ".into()), Refusal::EmptyTitle);
    accepts(|d| d.title = "é".repeat(120));
    assert_eq!(
        refused(|d| d.title = "é".repeat(121)),
        Refusal::LongTitle { chars: 121 }
    );
    assert_eq!(
        refused(|d| d.title = "a\u{1b}[2J".into()),
        Refusal::ControlCharacter { field: "the title" }
    );
    accepts(|d| d.description = "a\n".repeat(2_000));
    assert_eq!(
        refused(|d| d.description = "a".repeat(4_001)),
        Refusal::LongDescription { chars: 4_001 }
    );
    assert_eq!(
        refused(|d| d.description = "a\0b".into()),
        Refusal::ControlCharacter {
            field: "the description"
        }
    );
    assert_eq!(
        refused(|d| d.licence.name = String::new()),
        Refusal::EmptyLicenceName
    );
    assert_eq!(
        refused(|d| d.licence.name = "x".repeat(81)),
        Refusal::LongLicenceName { chars: 81 }
    );
    assert_eq!(
        refused(|d| d.licence.text = " \n".into()),
        Refusal::EmptyLicenceText
    );
    accepts(|d| d.licence.text = "x".repeat(65_536));
    assert_eq!(
        refused(|d| d.licence.text = "x".repeat(65_537)),
        Refusal::LongLicenceText { bytes: 65_537 }
    );
    assert_eq!(refused(|d| d.price = "0".into()), Refusal::ZeroPrice);
    for price in [
        "",
        " 1",
        "1 ",
        "+1",
        "-1",
        "1.5",
        "1e3",
        "01",
        "0x10",
        "٣",
        "340282366920938463463374607431768211456",
    ] {
        assert!(
            matches!(refused(|d| d.price = price.into()), Refusal::BadPrice(_)),
            "{price:?}"
        );
    }
    assert_eq!(
        accepts(|d| d.price = u128::MAX.to_string()).price(),
        Planck(u128::MAX)
    );
    let tags = |count: usize| (0..count).map(|at| format!("tag-{at}")).collect::<Vec<_>>();
    assert_eq!(refused(|d| d.tags = tags(17)), Refusal::TooManyTags { tags: 17 });
    for tag in ["", "Street", "a b", "a_b", "ä", &"x".repeat(33)] {
        assert_eq!(
            refused(|d| d.tags = vec!["ok".into(), tag.into()]),
            Refusal::BadTag { position: 2 },
            "{tag:?}"
        );
    }
    assert_eq!(
        refused(|d| d.tags = vec!["a".into(), "a".into()]),
        Refusal::RepeatedTag { tag: "a".into() }
    );
    let relying = |policy: String| move |d: &mut DatasetDraft| d.policy = Some(policy);
    let forty = NewDataset::new(DatasetDraft {
        policy: Some("p".repeat(40)),
        ..draft()
    });
    assert!(forty.is_ok());
    assert_eq!(
        refused(relying("p".repeat(41))),
        Refusal::LongPolicy { chars: 41 }
    );
    assert_eq!(
        refused(relying("a\nb".into())),
        Refusal::ControlCharacter {
            field: "the policy's name"
        }
    );
}

#[test]
fn each_refusal_of_parents_names_its_bound() {
    let with = |shares: &[(u8, u32)]| {
        let parents = shares.iter().map(|&(record, share_ppm)| ParentDraft {
            record: RecordId([record; 32]),
            share_ppm,
        });
        let mut draft = draft();
        draft.parents = parents.collect();
        NewDataset::new(draft)
    };
    let eight: Vec<_> = (1..=8).map(|record| (record, 125_000)).collect();
    let parents = with(&eight).unwrap().parents().clone();
    assert_eq!(parents.len(), 8);
    assert_eq!(
        (parents[7].record, parents[7].share_ppm),
        (RecordId([8; 32]), 125_000)
    );
    let nine: Vec<_> = (1..=9).map(|record| (record, 0)).collect();
    assert_eq!(with(&nine), Err(Refusal::TooManyParents { parents: 9 }));
    assert_eq!(
        with(&[(1, 5), (2, 5), (1, 6)]),
        Err(Refusal::RepeatedParent {
            record: RecordId([1; 32])
        })
    );
    assert!(with(&[(1, 1_000_000), (2, 0)]).is_ok());
    assert_eq!(
        with(&[(1, 1_000_000), (2, 1)]),
        Err(Refusal::SharesExceedWhole { sum: 1_000_001 })
    );
    assert_eq!(
        with(&[(1, u32::MAX), (2, u32::MAX)]),
        Err(Refusal::SharesExceedWhole { sum: 8_589_934_590 }),
        "no sum overflows"
    );
}

#[test]
fn a_dataset_of_an_earlier_journal_has_no_parents_and_is_written_as_before() {
    let json = serde_json::to_value(house::dataset()).unwrap();
    assert_eq!(json.get("parents"), None);
    let read: NewDataset = serde_json::from_value(json).unwrap();
    assert!(read.parents().is_empty());
    let mut draft = draft();
    draft.parents = vec![ParentDraft {
        record: RecordId([7; 32]),
        share_ppm: 9,
    }];
    let derived = NewDataset::new(draft).unwrap();
    let json = serde_json::to_value(&derived).unwrap();
    assert_eq!(serde_json::from_value::<NewDataset>(json).unwrap(), derived);
}

#[test]
fn a_price_that_nobody_could_pay_is_refused() {
    let dataset = house::dataset();
    assert_eq!(dataset.check_payable(Planck(5_000)), Ok(()));
    let above = Refusal::PriceAboveIssuance {
        price: Planck(5_000),
        issuance: Planck(4_999),
    };
    assert_eq!(dataset.check_payable(Planck(4_999)), Err(above));
}

#[test]
fn a_stored_dataset_that_breaks_the_rules_is_not_read_back() {
    let mut json = serde_json::to_value(house::dataset()).unwrap();
    assert_eq!(
        serde_json::from_value::<NewDataset>(json.clone()).unwrap(),
        house::dataset()
    );
    json["price"] = "0".into();
    assert!(serde_json::from_value::<NewDataset>(json.clone()).is_err());
    json["price"] = "1".into();
    json["extra"] = "1".into();
    assert!(
        serde_json::from_value::<NewDataset>(json).is_err(),
        "unknown keys are refused"
    );
}

#[test]
fn a_job_id_is_32_small_hex_digits() {
    let id = JobId([0xab; 16]);
    assert_eq!(id.to_string().parse::<JobId>(), Ok(id));
    for text in [
        "",
        "ab",
        &"AB".repeat(16),
        &"ab".repeat(17),
        &"zz".repeat(16),
        "../../../../etc/passwd-----------",
    ] {
        assert!(text.parse::<JobId>().is_err(), "{text:?}");
    }
}

fn scan(bytes: &[u8], piece: usize) -> Result<Media, PhotoRefusal> {
    let mut scanner = PhotoScanner::new(1_000_000);
    for part in bytes.chunks(piece) {
        scanner.feed(part)?;
    }
    scanner.finish()
}

/// However the bytes are cut on their way, the verdict is the same.
fn verdict(bytes: &[u8]) -> Result<Media, PhotoRefusal> {
    let whole = scan(bytes, bytes.len().max(1));
    for piece in [1, 2, 3, 7, 64] {
        assert_eq!(scan(bytes, piece), whole, "in pieces of {piece}");
    }
    whole
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let chunk =
        |kind: &[u8; 4], body: &[u8]| [&(body.len() as u32).to_be_bytes()[..], kind, body, &[0; 4]].concat();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let body = [b"IEND".as_slice(), &[0; 300]].concat();
    [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &chunk(b"IHDR", &header),
        &chunk(b"IDAT", &body),
        &chunk(b"IEND", b""),
    ]
    .concat()
}

fn webp(kind: &[u8; 4], head: &[u8]) -> Vec<u8> {
    let mut body = [b"WEBP".as_slice(), kind, &100_u32.to_le_bytes(), head].concat();
    body.resize(112, 0);
    [b"RIFF".as_slice(), &(body.len() as u32).to_le_bytes(), &body].concat()
}

#[test]
fn photos_are_known_by_their_bytes() {
    assert_eq!(verdict(&photo("x")), Ok(Media::Jpeg));
    let with_thumbnail = [
        &photo("x")[..2],
        &[0xff, 0xe1, 0, 6, 0xff, 0xd9, 1, 2],
        &photo("x")[2..],
    ]
    .concat();
    assert_eq!(
        verdict(&with_thumbnail),
        Ok(Media::Jpeg),
        "an end marker inside a header segment is skipped"
    );
    assert_eq!(
        verdict(&[photo("x"), b"a motion photo's film".to_vec()].concat()),
        Ok(Media::Jpeg)
    );
    assert_eq!(verdict(&png(640, 480)), Ok(Media::Png));
    let lossy = webp(b"VP8 ", &[0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0]);
    assert_eq!(verdict(&lossy), Ok(Media::Webp));
    assert_eq!(
        verdict(&webp(b"VP8L", &[0x2f, 0x3f, 0xc0, 0x0b, 0])),
        Ok(Media::Webp)
    );
    assert_eq!(
        verdict(&webp(b"VP8X", &[0, 0, 0, 0, 63, 0, 0, 47, 0, 0])),
        Ok(Media::Webp)
    );
}

#[test]
fn what_is_no_photo_is_refused_whatever_its_name() {
    for bytes in [
        b"Hello, I am a text.".as_slice(),
        b"GIF89a",
        b"%PDF-1.7",
        b"\0\0\0\x20ftypheic",
        b"P6 1 1 255 abc",
    ] {
        assert_eq!(verdict(bytes), Err(PhotoRefusal::NotAPhoto), "{bytes:?}");
    }
    let wave = [b"RIFF\x70\0\0\0WAVE".as_slice(), &[0; 40]].concat();
    assert_eq!(verdict(&wave), Err(PhotoRefusal::NotAPhoto));
}

#[test]
fn a_photo_cut_anywhere_is_refused() {
    let lossy = webp(b"VP8 ", &[0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0]);
    for whole in [photo("x"), png(640, 480), lossy] {
        for len in 0..whole.len() {
            assert!(verdict(&whole[..len]).is_err(), "{len} of {} bytes", whole.len());
        }
        assert_eq!(verdict(&whole[..whole.len() - 1]), Err(PhotoRefusal::Truncated));
    }
}

#[test]
fn declared_pixels_over_the_limit_are_refused_by_the_header_alone() {
    let huge = PhotoRefusal::TooManyPixels {
        width: 30_000,
        height: 30_000,
        max: 1_000_000,
    };
    assert_eq!(verdict(&png(30_000, 30_000)[..40]), Err(huge));
    let mut jpeg = photo("x");
    jpeg[7..11].copy_from_slice(&[0x75, 0x30, 0x75, 0x30]);
    assert_eq!(verdict(&jpeg[..20]), Err(huge));
    let side = 29_999_u32.to_le_bytes();
    let head = [&[0, 0, 0, 0], &side[..3], &side[..3]].concat();
    assert_eq!(verdict(&webp(b"VP8X", &head)), Err(huge));
    assert_eq!(verdict(&png(1_000, 1_000)), Ok(Media::Png), "exactly the limit");
    assert_eq!(verdict(&png(0, 480)), Err(PhotoRefusal::NoSize));
    assert!(verdict(&png(u32::MAX, u32::MAX)).is_err());
}

async fn limited(limits: UploadLimits) -> (House, std::sync::Arc<Service>) {
    let house = House::new();
    let ports = house.ports(house.journal(), MemoryCatalogue::default());
    let settings = Settings {
        limits,
        ..Settings::default()
    };
    let service = Service::new(ports, house.keys.clone(), settings, house::pipeline()).unwrap();
    (house, service)
}

#[tokio::test]
async fn each_refusal_of_an_upload() {
    let len = photo("x").len() as u64;
    let limits = UploadLimits {
        max_files: 2,
        max_file_bytes: len + 5,
        max_total_bytes: 2 * len + 1,
        max_pixels: 10_000,
    };
    let (house, service) = limited(limits).await;
    let begin = || async { service.begin_upload(house::dataset()).await.unwrap() };

    assert!(matches!(begin().await.commit(), Err(UploadError::NoFiles)));

    let mut upload = begin().await;
    for name in [
        "",
        ".",
        "..",
        "../a.jpg",
        "a/b.jpg",
        "a\\b.jpg",
        "a\0.jpg",
        "a\nb.jpg",
        &"x".repeat(256),
    ] {
        assert!(
            matches!(upload.start_file(name), Err(UploadError::BadName { position: 1 })),
            "{name:?}"
        );
    }
    assert!(matches!(upload.write(b"x"), Err(UploadError::NoOpenFile)));
    assert!(matches!(upload.end_file(), Err(UploadError::NoOpenFile)));

    upload.start_file("a.jpg").unwrap();
    assert!(matches!(
        upload.start_file("b.jpg"),
        Err(UploadError::FileStillOpen { position: 1 })
    ));
    assert!(matches!(
        upload.end_file(),
        Err(UploadError::EmptyFile { position: 1 })
    ));

    upload = begin().await;
    upload.start_file("a.jpg").unwrap();
    assert!(matches!(
        upload.commit(),
        Err(UploadError::FileStillOpen { position: 1 })
    ));

    upload = begin().await;
    upload.start_file("a.jpg").unwrap();
    let text = upload.write(b"a text named .jpg");
    assert!(matches!(
        text,
        Err(UploadError::Photo {
            position: 1,
            refusal: PhotoRefusal::NotAPhoto
        })
    ));

    upload = begin().await;
    upload.start_file("a.jpg").unwrap();
    let big = [photo("x"), vec![0; 6]].concat();
    assert!(matches!(
        upload.write(&big),
        Err(UploadError::FileTooLarge { position: 1, .. })
    ));

    upload = begin().await;
    upload.start_file("a.jpg").unwrap();
    upload.write(&photo("x")[..30]).unwrap();
    let cut = upload.end_file();
    assert!(matches!(
        cut,
        Err(UploadError::Photo {
            position: 1,
            refusal: PhotoRefusal::Truncated
        })
    ));

    upload = begin().await;
    for name in ["a.jpg", "b.jpg"] {
        upload.start_file(name).unwrap();
        upload.write(&photo("x")).unwrap();
        upload.end_file().unwrap();
    }
    assert!(matches!(
        upload.start_file("c.jpg"),
        Err(UploadError::TooManyFiles { max: 2 })
    ));
    drop(upload);

    upload = begin().await;
    upload.start_file("a.jpg").unwrap();
    upload.write(&photo("x")).unwrap();
    upload.end_file().unwrap();
    upload.start_file("b.jpg").unwrap();
    let more = upload.write(&[photo("x"), vec![0; 2]].concat());
    assert!(matches!(more, Err(UploadError::UploadTooLarge { .. })));
    drop(upload);

    assert_eq!(service.jobs().unwrap(), [], "nothing of it became a job");
    assert_eq!(house.files_in("staging").len(), 0, "and nothing stayed on disk");
}
