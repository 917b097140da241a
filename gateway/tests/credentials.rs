//! Photos that leave with content credentials: what is sealed is the checked photo and its manifest, and nothing else.

mod house;

use std::{collections::BTreeMap, sync::Arc};

use house::{House, Shift, TwinAnonymiser, blob, dataset, photos};
use vouchsafe_c2pa::{Media as Container, Signer, detach};
use vouchsafe_gateway::{
    domain::{JobId, Media, PhotoWishes, Pipeline},
    ports::{AnonymiseError, Anonymiser, BlobKind, Chain, Cleaned, catalogue::MemoryCatalogue},
    work::{Service, Settings, Tick, Worker},
};
use vouchsafe_protocol::{hash::sha256, sidecar::Sidecar};

const JPEG: &[u8] = include_bytes!("../c2pa/tests/golden/plain.jpg");
const PNG: &[u8] = include_bytes!("../c2pa/tests/golden/plain.png");
const WEBP: &[u8] = include_bytes!("../c2pa/tests/golden/plain.webp");

/// Gives whole pictures for the three photos of the house.
struct Painter(TwinAnonymiser);

impl Anonymiser for Painter {
    fn pipeline(&self) -> &Pipeline {
        self.0.pipeline()
    }

    fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError> {
        let cleaned = self.0.anonymise_with(raw, wishes)?;
        let says = |word: &[u8]| raw.windows(word.len()).any(|part| part == word);
        let (media, picture) = match (says(b"one"), says(b"two")) {
            (true, _) => (Media::Jpeg, JPEG),
            (_, true) => (Media::Png, PNG),
            _ => (Media::Webp, WEBP),
        };
        let bytes = picture.to_vec();
        Ok(Cleaned {
            bytes,
            media,
            ..cleaned
        })
    }
}

fn open(house: &House, content_credentials: bool) -> Shift {
    let ports = house.ports(house.journal(), MemoryCatalogue::default());
    let settings = Settings {
        content_credentials,
        ..Settings::default()
    };
    let service = Service::new(ports.clone(), house.keys.clone(), settings, house::pipeline()).unwrap();
    let clock = house.clock.clone();
    Shift {
        service,
        ports,
        clock,
    }
}

fn painter(service: &Arc<Service>) -> Worker {
    Worker::new(
        service.clone(),
        vec![Box::new(Painter(TwinAnonymiser::default()))],
    )
}

async fn finish(shift: &Shift, job: JobId) {
    let mut worker = painter(&shift.service);
    for _ in 0..100 {
        if worker.tick().await.unwrap() == Tick::Idle {
            break;
        }
    }
    assert_eq!(shift.view(job).state, "done", "{:?}", shift.view(job));
}

/// What a buyer gets: the contents document and the files.
async fn items(house: &House, shift: &Shift, job: JobId) -> Vec<Vec<u8>> {
    let offer = shift.view(job).offer.unwrap();
    let (order, blind) = house::order(house, offer).await;
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 1);
    let stage = house.chain.order(order).await.unwrap().unwrap().stage;
    let secret = blind.unblind(&stage.evaluated().unwrap()).unwrap();
    let sidecar = Sidecar::decode(&blob(shift, offer, BlobKind::Sidecar)).unwrap();
    house::open_items(&secret, &sidecar, &blob(shift, offer, BlobKind::Ciphertext))
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn a_sealed_photo_is_the_checked_one_and_its_manifest_and_nothing_else() {
    let house = House::new();
    let shift = open(&house, true);
    let job = shift.upload_as(dataset(), &photos()).await;
    finish(&shift, job).await;
    let sold = items(&house, &shift, job).await;
    let contents: serde_json::Value = serde_json::from_slice(&sold[0]).unwrap();
    let report = shift
        .service
        .dataset(shift.view(job).record.unwrap())
        .unwrap()
        .report;
    let commitment = report["input"]["commitment"].as_str().unwrap();
    let kinds = [
        (Container::Jpeg, JPEG),
        (Container::Png, PNG),
        (Container::Webp, WEBP),
    ];
    for (number, (container, plain)) in (1..).zip(kinds) {
        let photo = &sold[number];
        let (bare, store) = detach(photo, container).unwrap();
        assert_eq!(bare, plain);
        assert!(holds(
            &store,
            &format!("urn:vouchsafe:input:{commitment}#{number}")
        ));
        assert!(holds(&store, "face: 2 found, 2 replaced (solid)"));
        assert!(holds(&store, &format!("sha256:{}", "00".repeat(32))), "the model");
        let said = &contents["items"][number - 1];
        assert_eq!(said["bytes"], photo.len());
        assert_eq!(said["sha256"], hex::encode(sha256(photo).0));
        assert!(holds(&store, said["name"].as_str().unwrap()));
    }
    let sealed: usize = sold[1..].iter().map(Vec::len).sum();
    assert_eq!(report["output"]["bytes"], sealed);
}

#[tokio::test]
async fn without_the_setting_photos_are_sealed_as_they_were_checked() {
    let house = House::new();
    let shift = open(&house, false);
    let job = shift.upload_as(dataset(), &photos()).await;
    finish(&shift, job).await;
    assert_eq!(items(&house, &shift, job).await[1..], [JPEG, PNG, WEBP]);
}

#[tokio::test]
async fn what_was_settled_when_a_photo_was_cleaned_outlives_another_setting() {
    let house = House::new();
    let job = {
        let shift = open(&house, true);
        let job = shift.upload_as(dataset(), &photos()).await;
        let mut worker = painter(&shift.service);
        while shift.view(job).files.done < 2 {
            worker.tick().await.unwrap();
        }
        job
    };
    let shift = open(&house, false);
    finish(&shift, job).await;
    let sold = items(&house, &shift, job).await;
    assert!(detach(&sold[1], Container::Jpeg).is_ok());
    assert!(detach(&sold[2], Container::Png).is_ok());
    assert_eq!(sold[3], WEBP);
}

#[tokio::test]
async fn the_same_photos_sealed_a_second_time_are_the_same() {
    let sealed = async |house: &House| {
        let shift = open(house, true);
        let job = shift.upload_as(dataset(), &photos()).await;
        finish(&shift, job).await;
        let offer = shift.view(job).offer.unwrap();
        blob(&shift, offer, BlobKind::Ciphertext)
    };
    assert_eq!(sealed(&House::new()).await, sealed(&House::new()).await);
}

#[tokio::test]
async fn what_is_no_picture_takes_no_manifest_and_fails_the_dataset() {
    let house = House::new();
    let shift = open(&house, true);
    let job = shift.upload_as(dataset(), &photos()).await;
    // The twin's outputs only say that they are JPEGs.
    shift.work().await;
    let reason = shift.view(job).reason.unwrap();
    assert_eq!(reason.code, "sealing_failed");
    assert!(reason.detail.contains("content credentials"), "{}", reason.detail);
    assert!(house.files_in("blobs").is_empty(), "nothing is left of it");
}

#[test]
fn the_root_is_the_gateways_own_and_stays_the_same() {
    let pem = |signer: Signer| signer.root_pem();
    let (one, another) = (House::new(), House::new());
    assert_eq!(pem(one.keys.credentials()), pem(another.keys.credentials()));
    let stranger = vouchsafe_gateway::keys::GatewayKeys::from_seed([0x5f; 32].into());
    assert_ne!(pem(stranger.credentials()), pem(one.keys.credentials()));
}

#[test]
fn a_note_and_kept_regions_are_told_and_no_place_is() {
    use vouchsafe_gateway::domain::{Credentials, Kept};
    let mut painter = Painter(TwinAnonymiser::default());
    let cleaned = painter
        .anonymise_with(&photos()[0], &PhotoWishes::default())
        .unwrap();
    let kept = Kept {
        regions: 2,
        ..Kept::default()
    };
    let told = Credentials::new(
        painter.pipeline(),
        &cleaned.findings,
        &BTreeMap::new(),
        &kept,
        true,
    );
    let names: Vec<_> = told.actions[0]
        .parameters
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "vouchsafe.policy",
            "vouchsafe.models",
            "vouchsafe.kept_regions",
            "vouchsafe.let_out"
        ]
    );
    assert_eq!(
        told.actions.len(),
        2,
        "no metadata went, so nothing is said of them"
    );
}
