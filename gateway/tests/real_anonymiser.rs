//! The neural pipeline behind the port, with the library and the model that `scripts/setup` places.

mod house;

use std::{fs, path::Path};

use house::{House, Shift, blob, open_items, order};
use vouchsafe_gateway::{
    adapters::{OnnxAnonymiser, OnnxSettings},
    anonymise_command::{self, Existing, FileReport, Request},
    domain::{KeepList, Media, PhotoScanner},
    ports::{AnonymiseError, Anonymiser, BlobKind, Chain, catalogue::MemoryCatalogue},
    work::{Service, Settings, Tick, Worker},
};
use vouchsafe_protocol::sidecar::Sidecar;

/// A drawn picture without a face: two gradients and a grid, with a text chunk that has to go.
fn drawing() -> Vec<u8> {
    let (width, height) = (320_u32, 240_u32);
    let pixel = |x: u32, y: u32| {
        let grid = if x.is_multiple_of(32) || y.is_multiple_of(32) {
            60
        } else {
            0
        };
        [(x / 2) as u8 + grid, y as u8 / 2 + grid, 90 + grid]
    };
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .add_text_chunk("Author".into(), "Erika Mustermann".into())
        .unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

fn open(sessions: usize) -> Vec<OnnxAnonymiser> {
    OnnxAnonymiser::open(&OnnxSettings::default(), sessions).expect("run scripts/setup first")
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

#[test]
fn the_port_keeps_its_promises_over_the_real_pipeline() {
    let [mut one, mut other] = <[OnnxAnonymiser; 2]>::try_from(open(2)).unwrap();
    let raw = drawing();
    assert!(holds(&raw, b"Erika"));
    let cleaned = one.anonymise(&raw).unwrap();
    assert_eq!(
        cleaned,
        other.anonymise(&raw).unwrap(),
        "the same bytes in any session"
    );
    assert_eq!(
        (cleaned.media, cleaned.findings["face"].found, cleaned.areas.len()),
        (Media::Png, 0, 0)
    );
    assert!(!holds(&cleaned.bytes, b"Erika"));
    assert_eq!(cleaned.metadata_removed.get("png-text"), Some(&1));
    let mut scanner = PhotoScanner::new(320 * 240);
    scanner.feed(&cleaned.bytes).unwrap();
    assert_eq!(scanner.finish(), Ok(Media::Png));
    let metrics: serde_json::Value = serde_json::from_str(&cleaned.metrics).unwrap();
    assert_eq!(
        (&metrics["width"], &metrics["residual"]["face"]),
        (&320.into(), &0.into())
    );
    assert_eq!(
        vouchsafe_gateway::domain::canonical_json(&metrics).unwrap(),
        cleaned.metrics.as_bytes()
    );

    let cut = one.anonymise(&raw[..raw.len() / 2]);
    assert!(
        matches!(&cut, Err(AnonymiseError::Refused(reason)) if reason.code == "damaged_picture"),
        "{cut:?}"
    );
    let pipeline = one.pipeline();
    assert_eq!(pipeline, other.pipeline());
    assert_eq!((pipeline.provider.as_str(), pipeline.models.len()), ("cpu", 4));
    assert_eq!((pipeline.policy.as_str(), pipeline.missing.len()), ("street", 0));
    assert!(pipeline.models[0].name.starts_with("centerface"), "{pipeline:?}");
    assert_ne!(pipeline.digest.0, [0; 32]);
}

#[tokio::test]
async fn a_drawn_picture_goes_all_the_way_to_an_offer() {
    let house = House::new();
    let engines = open(1);
    let pipeline = engines[0].pipeline().clone();
    let model = pipeline.models[0].sha256.clone();
    let ports = house.ports(
        house.journal(),
        vouchsafe_gateway::ports::catalogue::MemoryCatalogue::default(),
    );
    let service = Service::new(ports, house.keys.clone(), Settings::default(), pipeline).unwrap();
    let mut upload = service.begin_upload(house::dataset()).await.unwrap();
    upload.start_file("drawing.png").unwrap();
    upload.write(&drawing()).unwrap();
    upload.end_file().unwrap();
    let job = upload.commit().unwrap();
    let engines = engines
        .into_iter()
        .map(|engine| Box::new(engine) as Box<dyn Anonymiser>)
        .collect();
    let mut worker = Worker::new(service.clone(), engines);
    while worker.tick().await.unwrap() != Tick::Idle {}
    let view = service.job(job).unwrap();
    assert_eq!(view.state, "done", "{view:?}");
    let dataset = service.dataset(view.record.unwrap()).unwrap();
    assert_eq!(dataset.report["metadata_removed"]["png-text"], 1);
    assert_eq!(dataset.report["models"][0]["sha256"], model.as_str());
    assert_eq!((dataset.items, dataset.grade), (1, "anonymous"));
    for (path, bytes) in house.files() {
        assert!(!holds(&bytes, b"Erika"), "{}", path.display());
    }
}

/// The demonstration's photos, which have faces, and a PNG; by name.
fn real_photos() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo.d/photos");
    let mut photos: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    photos.push(("drawing.png".into(), drawing()));
    photos.sort();
    photos
}

#[tokio::test]
async fn the_command_and_the_service_give_the_same_bytes_and_the_same_items() {
    let photos = real_photos();
    assert!(photos.len() > 3);

    let dir = tempfile::tempdir().unwrap();
    let (input, output) = (dir.path().join("in"), dir.path().join("out"));
    fs::create_dir(&input).unwrap();
    for (name, bytes) in &photos {
        fs::write(input.join(name), bytes).unwrap();
    }
    let request = Request {
        input,
        output: output.clone(),
        report: None,
        existing: Existing::Refuse,
        max_file_bytes: 1 << 20,
        keep: KeepList::default(),
    };
    // Another number of sessions on each side: it must not matter.
    let report = anonymise_command::run(&mut open(2), &request, &mut |_| {}).unwrap();

    let house = House::new();
    let engines = open(1);
    let ports = house.ports(house.journal(), MemoryCatalogue::default());
    let pipeline = engines[0].pipeline().clone();
    assert_eq!(report.pipeline.digest, pipeline.digest.to_string());
    let service = Service::new(ports.clone(), house.keys.clone(), Settings::default(), pipeline).unwrap();
    let shift = Shift {
        service,
        ports,
        clock: house.clock.clone(),
    };
    let raws: Vec<_> = photos.iter().map(|(_, bytes)| bytes.clone()).collect();
    let job = shift.upload(&raws).await;
    let engines = engines
        .into_iter()
        .map(|engine| Box::new(engine) as Box<dyn Anonymiser>)
        .collect();
    let mut worker = Worker::new(shift.service.clone(), engines);
    while worker.tick().await.unwrap() != Tick::Idle {}
    let offer = shift.view(job).offer.expect("the dataset is offered");

    // The service's bytes as a buyer gets them.
    let (order, blind) = order(&house, offer).await;
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 1);
    let stage = house.chain.order(order).await.unwrap().unwrap().stage;
    let secret = blind.unblind(&stage.evaluated().unwrap()).unwrap();
    let sidecar = Sidecar::decode(&blob(&shift, offer, BlobKind::Sidecar)).unwrap();
    let bought = open_items(&secret, &sidecar, &blob(&shift, offer, BlobKind::Ciphertext));
    let rows = shift.ports.journal.items(job).unwrap();
    assert_eq!(
        (report.files.len(), rows.len(), bought.len()),
        (photos.len(), photos.len(), photos.len() + 1)
    );

    let mut faces = 0;
    for (((name, _), row), (bytes, told)) in
        photos.iter().zip(rows).zip(bought[1..].iter().zip(&report.files))
    {
        let FileReport::Anonymised {
            written_as,
            media_type,
            bytes_out,
            sha256,
            findings,
            second_look,
            utility,
            metadata_removed,
            metrics,
            ..
        } = told
        else {
            panic!("{told:?}")
        };
        assert!(
            fs::read(output.join(written_as)).unwrap() == *bytes,
            "{name}: other bytes"
        );
        assert_eq!(
            (media_type.as_str(), *bytes_out, sha256),
            (row.media.media_type(), row.bytes, &hex::encode(row.sha256.0)),
            "{name}"
        );
        assert_eq!(
            (findings, second_look, utility),
            (&row.findings, &row.second_look, &row.utility),
            "{name}"
        );
        assert_eq!(
            (metadata_removed, metrics),
            (&row.metadata_removed, &row.metrics),
            "{name}"
        );
        faces += row.findings["face"].masked;
    }
    assert!(faces > 3, "the comparison is over photos with faces");
    assert_eq!(report.summary.masked, faces);
}
