//! The neural pipeline behind the port, with the library and the model that `scripts/setup` places.

mod house;

use house::House;
use vouchsafe_gateway::{
    adapters::{OnnxAnonymiser, OnnxSettings},
    domain::{Media, PhotoScanner},
    ports::{AnonymiseError, Anonymiser},
    work::{Service, Settings, Tick, Worker},
};

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
        (cleaned.media, cleaned.faces_found, cleaned.faces_replaced),
        (Media::Png, 0, 0)
    );
    assert!(!holds(&cleaned.bytes, b"Erika"));
    assert_eq!(cleaned.metadata_removed.get("png-text"), Some(&1));
    let mut scanner = PhotoScanner::new(320 * 240);
    scanner.feed(&cleaned.bytes).unwrap();
    assert_eq!(scanner.finish(), Ok(Media::Png));
    let metrics: serde_json::Value = serde_json::from_str(&cleaned.metrics).unwrap();
    assert_eq!(
        (&metrics["width"], &metrics["residual"]),
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
    assert_eq!((pipeline.provider.as_str(), pipeline.models.len()), ("cpu", 1));
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
