//! What photos are worth and what they look like: into report, metadata and rows, and what is remembered of it.

mod house;

use std::sync::Arc;

use house::{House, Shift, TwinAnonymiser, photo};
use serde_json::Value;
use vouchsafe_evaluation::{ClassName, Label, Picture, PixelMetrics, Row, Sketch, Treated, suite_digest};
use vouchsafe_gateway::{
    adapters::{DiskBlobs, SledLookalikes},
    domain::{JobId, PhotoWishes, Pipeline},
    ports::{
        AnonymiseError, Anonymiser, BlobKind, Blobs, Cleaned, Lookalikes, catalogue::MemoryCatalogue,
        lookalikes::MemoryLookalikes,
    },
    work::{Ports, Tick, Worker},
};
use vouchsafe_protocol::{
    id::{OfferId, RecordId},
    report::rows_root,
};

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;

/// Grey squares, other ones for each number.
fn drawn(number: u8) -> Vec<u8> {
    let square = |x: u32, y: u32| {
        let at = 64 * u32::from(number) + 8 * (y / 6) + x / 8;
        let mixed = at.wrapping_mul(2_654_435_761) ^ (at.wrapping_mul(40_503) << 7);
        [(mixed >> 11) as u8; 3]
    };
    (0..HEIGHT)
        .flat_map(|y| (0..WIDTH).flat_map(move |x| square(x, y)))
        .collect()
}

fn sketch(number: u8) -> Sketch {
    let rgb = drawn(number);
    Sketch::of(&Picture::new(WIDTH, HEIGHT, &rgb).unwrap()).unwrap()
}

/// Measures the picture whose number is the photo's mark, as the real one measures what it has decoded.
struct Measuring(TwinAnonymiser);

impl Anonymiser for Measuring {
    fn pipeline(&self) -> &Pipeline {
        self.0.pipeline()
    }

    fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError> {
        let cleaned = self.0.anonymise_with(raw, wishes)?;
        // Two bytes end a photo of the house; the mark stands before them.
        let number = raw[raw.len() - 3] - b'0';
        let rgb = drawn(number);
        let face = || ClassName::new("face").unwrap();
        let treated = Treated {
            found: 2,
            masked: 2,
            ..Treated::default()
        };
        let row = Row {
            pixels: PixelMetrics::of(&Picture::new(WIDTH, HEIGHT, &rgb).unwrap()),
            objects: None,
            residual: [(face(), 0)].into(),
            findings: [(face(), treated)].into(),
            changed_ppm: 1_000,
            outside_error_milli: 0,
        };
        Ok(Cleaned {
            metrics: String::from_utf8(row.to_bytes()).unwrap(),
            sketch: Some(sketch(number)),
            ..cleaned
        })
    }
}

async fn sell(shift: &Shift, numbers: &[&str]) -> (JobId, RecordId, OfferId) {
    let photos: Vec<Vec<u8>> = numbers.iter().map(|number| photo(number)).collect();
    let job = shift.upload(&photos).await;
    let mut worker = Worker::new(
        shift.service.clone(),
        vec![Box::new(Measuring(TwinAnonymiser::default()))],
    );
    while worker.tick().await.unwrap() != Tick::Idle {}
    let view = shift.service.job(job).unwrap();
    assert_eq!(view.state, "done", "{view:?}");
    (job, view.record.unwrap(), view.offer.unwrap())
}

fn open(house: &House, lookalikes: Arc<dyn Lookalikes>) -> Shift {
    let ports = house.ports(house.journal(), MemoryCatalogue::default());
    house.try_open(Ports { lookalikes, ..ports }).unwrap()
}

fn report(shift: &Shift, record: RecordId) -> Value {
    serde_json::from_slice(&shift.service.report(record).unwrap().bytes).unwrap()
}

fn label(shift: &Shift, record: RecordId) -> Label {
    serde_json::from_value(report(shift, record)["quality"].clone()).unwrap()
}

#[tokio::test]
async fn report_metadata_and_page_say_what_the_photos_are_worth() {
    let house = House::new();
    let shift = house.open();
    let (_, record, _) = sell(&shift, &["0", "1", "0"]).await;
    let document = report(&shift, record);
    assert_eq!(document["output"]["suite"], suite_digest().to_string());
    let label = label(&shift, record);
    assert_eq!(
        (label.items, label.repeats_inside, label.repeats_earlier),
        (3, 1, Some(0))
    );
    assert_eq!(label.removed[&ClassName::new("face").unwrap()].replaced, 6);

    let page = shift.service.dataset(record).unwrap();
    let words: Vec<&str> = label_words(&page.quality);
    assert!(
        words
            .iter()
            .any(|line| line.contains("33 % look like an earlier one")),
        "{words:?}"
    );
    let metadata = page.metadata;
    let figures = metadata["dqv:hasQualityMeasurement"].as_array().unwrap();
    assert!(figures.len() > 10, "{metadata}");
}

fn label_words(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn the_rows_that_are_served_add_up_to_the_records_root_and_damaged_ones_are_not() {
    let house = House::new();
    let shift = house.open();
    let (_, record, offer) = sell(&shift, &["0", "1"]).await;
    let served = shift.service.metrics(record).unwrap();
    let text = String::from_utf8(served.bytes.clone()).unwrap();
    let rows: Vec<Row> = text
        .lines()
        .map(|line| Row::parse(line.as_bytes()).unwrap())
        .collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows_root(text.lines()), Some(served.hash));

    let damaged = text.replacen("\"width\":64", "\"width\":65", 1);
    let blobs = &shift.ports.blobs;
    blobs
        .put(offer, BlobKind::Metrics, &mut |out| {
            out.write_all(damaged.as_bytes())
        })
        .unwrap();
    assert!(shift.service.metrics(record).is_err());
}

#[tokio::test]
async fn a_photo_that_was_listed_before_is_told_until_that_listing_is_erased() {
    let house = House::new();
    let shift = house.open();
    let (_, first, _) = sell(&shift, &["0", "1"]).await;
    let (_, second, _) = sell(&shift, &["2", "1"]).await;
    assert_eq!(label(&shift, first).repeats_earlier, Some(0));
    assert_eq!(label(&shift, second).repeats_earlier, Some(1));
    shift.service.delete_dataset(first).unwrap();
    let (_, third, _) = sell(&shift, &["0", "2"]).await;
    assert_eq!(
        label(&shift, third).repeats_earlier,
        Some(1),
        "of the second alone"
    );
}

#[tokio::test]
async fn what_was_listed_is_known_again_after_the_store_is_lost() {
    let house = House::new();
    let folder = house.path("lookalikes.sled");
    let shift = open(&house, Arc::new(SledLookalikes::open(&folder).unwrap()));
    let (_, _, first) = sell(&shift, &["0"]).await;
    let (_, _, second) = sell(&shift, &["1"]).await;
    drop(shift);
    std::fs::remove_dir_all(&folder).unwrap();
    let shift = open(&house, Arc::new(SledLookalikes::open(&folder).unwrap()));
    assert_eq!(shift.ports.lookalikes.offers().unwrap(), [first, second]);
    let (_, third, _) = sell(&shift, &["1", "2"]).await;
    assert_eq!(label(&shift, third).repeats_earlier, Some(1));
}

#[tokio::test]
async fn what_the_store_knows_of_no_listing_is_forgotten_at_start() {
    let house = House::new();
    let lookalikes = Arc::new(MemoryLookalikes::default());
    lookalikes.enter(OfferId([9; 32]), &[]).unwrap();
    let shift = open(&house, lookalikes);
    assert_eq!(shift.ports.lookalikes.offers().unwrap(), []);
}

#[tokio::test]
async fn what_photos_look_like_lies_nowhere_without_the_gateways_key() {
    let house = House::new();
    let shift = house.open();
    let (_, _, offer) = sell(&shift, &["0"]).await;
    assert!(house.files_in("staging").is_empty(), "sketches go with the files");
    let blobs = DiskBlobs::open(house.path("blobs")).unwrap();
    let kept = (&blobs as &dyn Blobs)
        .read(offer, BlobKind::Hashes)
        .unwrap()
        .unwrap();
    assert_eq!(kept.len(), 33, "one hash in its list");
    let own = house.keys.lookalikes().hash(&sketch(0));
    assert_eq!(kept[1..], codec::Encode::encode(&own));
    let public = codec::Encode::encode(&vouchsafe_evaluation::HashKey::public().hash(&sketch(0)));
    let plain = serde_json::to_vec(&sketch(0)).unwrap();
    for (path, bytes) in house.files() {
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(!holds(&public) && !holds(&plain), "{}", path.display());
    }
}

#[tokio::test]
async fn photos_without_rows_of_the_suite_get_no_label() {
    let house = House::new();
    let shift = house.open();
    let job = shift.upload(&[photo("0")]).await;
    shift.work().await;
    let record = shift.service.job(job).unwrap().record.unwrap();
    let document = report(&shift, record);
    assert_eq!(
        (&document["quality"], &document["output"]["suite"]),
        (&Value::Null, &Value::Null)
    );
    assert!(shift.service.dataset(record).unwrap().quality.is_empty());
}
