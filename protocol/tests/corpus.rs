//! Every committed fuzz input, through the same functions as the fuzz targets (`fuzz/README.md`).
//!
//! `UPDATE_CORPUS=1 cargo test -p vouchsafe-protocol --test corpus` writes the seeds anew from the golden vectors.

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use fuzz::{bundle, delivery, dispute, evidence, layout, log, money, scale, sidecar, text, tree};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{fs, path::PathBuf};
use vouchsafe_protocol::id::Digest;

/// In the fuzz targets the node's own function stands here; this feeds the same hash in pieces.
fn in_pieces(message: &[u8]) -> Digest {
    let pieces = message.chunks(61);
    let hasher = pieces.fold(Sha256::new(), |hasher, piece| hasher.chain_update(piece));
    Digest(hasher.finalize().into())
}

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target)
}

/// Gives the target's inputs to `check`. Both answers must come up, or the inputs do not reach what they are for.
fn keeps_its_promises(target: &str, check: impl Fn(&[u8]) -> bool) {
    let mut answers = [0, 0];
    for entry in fs::read_dir(folder(target)).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        answers[usize::from(check(&fs::read(path).unwrap()))] += 1;
    }
    assert!(answers[0] > 0, "{target}: no input is refused");
    assert!(answers[1] > 0, "{target}: no input is accepted");
}

#[test]
fn sidecar_keeps_its_promises() {
    keeps_its_promises("sidecar", sidecar::check);
}

#[test]
fn layout_keeps_its_promises() {
    keeps_its_promises("layout", layout::check);
}

#[test]
fn scale_keeps_its_promises() {
    keeps_its_promises("scale", scale::check);
}

#[test]
fn text_keeps_its_promises() {
    keeps_its_promises("text", text::check);
}

#[test]
fn delivery_keeps_its_promises() {
    keeps_its_promises("delivery", delivery::check);
}

#[test]
fn tree_keeps_its_promises() {
    keeps_its_promises("tree", tree::check);
}

#[test]
fn log_keeps_its_promises() {
    keeps_its_promises("log", log::check);
}

#[test]
fn bundle_keeps_its_promises() {
    keeps_its_promises("bundle", bundle::check);
}

#[test]
fn evidence_keeps_its_promises() {
    keeps_its_promises("evidence", |bytes| evidence::check(bytes, in_pieces));
}

#[test]
fn dispute_keeps_its_promises() {
    keeps_its_promises("dispute", |bytes| dispute::check(bytes, in_pieces));
}

#[test]
fn money_keeps_its_promises() {
    keeps_its_promises("money", money::check);
}

#[test]
fn every_target_has_its_test_and_few_bytes() {
    let mut targets: Vec<String> = names("fuzz/corpus");
    let mut sources: Vec<String> = names("fuzz/fuzz_targets");
    targets.sort();
    sources.sort();
    assert_eq!(
        targets,
        [
            "bundle", "delivery", "dispute", "evidence", "layout", "log", "money", "scale", "sidecar",
            "text", "tree"
        ]
    );
    assert!(
        sources
            .iter()
            .map(|name| name.trim_end_matches(".rs"))
            .eq(&targets)
    );
    for target in targets {
        let inputs = fs::read_dir(folder(&target)).unwrap();
        let bytes: u64 = inputs.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
        assert!(bytes <= 10_000, "{target}: {bytes} bytes");
    }
}

fn names(folder: &str) -> Vec<String> {
    fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn seeds_are_those_of_the_golden_vectors() {
    let seeds = [
        sidecar_seeds(),
        layout_seeds(),
        scale_seeds(),
        text_seeds(),
        delivery_seeds(),
        tree_seeds(),
        log_seeds(),
        bundle_seeds(),
        evidence_seeds(),
        dispute_seeds(),
        money_seeds(),
    ];
    for (target, name, bytes) in seeds.into_iter().flatten() {
        let path = folder(target).join(format!("seed-{name}"));
        if std::env::var_os("UPDATE_CORPUS").is_some() {
            fs::create_dir_all(folder(target)).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let stored = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(stored, bytes, "{}", path.display());
    }
}

/// Target, name, bytes.
type Seed = (&'static str, String, Vec<u8>);

fn seed(target: &'static str, name: impl Into<String>, parts: &[&[u8]]) -> Seed {
    (target, name.into(), parts.concat())
}

fn vector(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).unwrap()
}

fn sidecar_seeds() -> Vec<Seed> {
    let (content, fraud) = (vector("content.json"), vector("misbehaviour.json"));
    let whole = bytes(&content["sidecar"]);
    vec![
        seed("sidecar", "content", &[&whole]),
        seed("sidecar", "fraud", &[&bytes(&fraud["sidecar"])]),
        seed("sidecar", "cut", &[&whole[..whole.len() - 1]]),
        seed("sidecar", "with-more", &[&whole, &[0]]),
        seed("sidecar", "no-items", &[b"VSC1\0\0\0\0"]),
    ]
}

fn layout_seeds() -> Vec<Seed> {
    let content = vector("content.json");
    let lengths: Vec<u8> = content["item_lengths"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|length| [&[3u8][..], &length.as_u64().unwrap().to_le_bytes()].concat())
        .collect();
    vec![
        seed("layout", "content", &[&lengths]),
        seed("layout", "many-items", &[&[192, 5, 0x11, 0x27]]),
        seed("layout", "too-many-items", &[&[192, 5, 0x12, 0x27]]),
        seed("layout", "an-empty-item", &[&lengths, &[0, 0]]),
        // 2^20 chunks of 2^16 bytes.
        seed("layout", "most-chunks", &[&[3], &(1u64 << 36).to_le_bytes()]),
        seed(
            "layout",
            "one-chunk-too-many",
            &[&[3], &((1u64 << 36) + 1).to_le_bytes()],
        ),
        seed("layout", "endless", &[&[3], &[0xff; 8]]),
    ]
}

fn scale_seeds() -> Vec<Seed> {
    let (record, fraud, delivery) = (
        vector("record.json"),
        vector("misbehaviour.json"),
        vector("delivery.json"),
    );
    let log = vector("log.json");
    let statement = bytes(&record["scale"]);
    let mut seeds = vec![
        seed("scale", "evidence", &[&[0], &bytes(&fraud["evidence"])]),
        seed("scale", "statement", &[&[1], &statement]),
        seed(
            "scale",
            "delivery",
            &[&[2], &bytes(&delivery["evaluated"]), &bytes(&delivery["proof"])],
        ),
        // A statement starts with two accounts and its content.
        seed("scale", "content", &[&[4], &statement[64..108]]),
        seed("scale", "fault", &[&[9], &bytes(&fraud["fault"])]),
        seed("scale", "too-many-parents", &[&[5, 9 << 2], &[1; 9 * 36]]),
        seed(
            "scale",
            "log-entry",
            &[&[14], &bytes(&log["entries"][5]["scale"])],
        ),
        seed("scale", "log-head", &[&[15], &[7; 40]]),
        seed("scale", "log-frontier", &[&[16], &bytes(&log["frontier"])]),
        seed(
            "scale",
            "log-frontier-of-one-more",
            &[&[16, 8], &bytes(&log["frontier"])[1..]],
        ),
        seed(
            "scale",
            "log-inclusion",
            &[&[17], &bytes(&log["inclusion"][17]["scale"])],
        ),
        seed(
            "scale",
            "log-consistency",
            &[&[18], &bytes(&log["consistency"][31]["scale"])],
        ),
    ];
    for (at, stage) in record["stages"].as_array().unwrap().iter().enumerate() {
        seeds.push(seed("scale", format!("stage-{at}"), &[&[3], &bytes(stage)]));
    }
    seeds
}

fn text_seeds() -> Vec<Seed> {
    let ids = vector("ids.json");
    let id = ids["offer"]["id"].as_str().unwrap();
    let content = format!(r#"{{"root":"{id}","chunks":3,"bytes":131073}}"#);
    let royalty = format!(r#"{{"payee":"{id}","share_ppm":250000}}"#);
    let parent = format!(r#"{{"record":"{id}","share_ppm":250000}}"#);
    vec![
        seed("text", "id", &[&[0], id.as_bytes()]),
        seed("text", "id-without-0x", &[&[0], &id.as_bytes()[2..]]),
        seed("text", "id-cut", &[&[0], &id.as_bytes()[..65]]),
        seed("text", "id-with-g", &[&[0], &id.as_bytes()[..65], b"g"]),
        seed("text", "id-quoted", &[&[1], format!("\"{id}\"").as_bytes()]),
        seed("text", "content", &[&[2], content.as_bytes()]),
        seed("text", "grade", &[&[3], b"\"disguised\""]),
        seed("text", "parent", &[&[4], parent.as_bytes()]),
        seed("text", "royalty", &[&[5], royalty.as_bytes()]),
        seed(
            "text",
            "house-share",
            &[&[6], br#"{"burned_ppm":20000,"treasury_ppm":0}"#],
        ),
        seed("text", "points", &[&[7], format!("[\"{id}\"]").as_bytes()]),
    ]
}

fn delivery_seeds() -> Vec<Seed> {
    let (ids, delivery) = (vector("ids.json"), vector("delivery.json"));
    let order = &ids["order"];
    let claim = [
        bytes(&delivery["public"]),
        bytes(&delivery["blinded"]),
        bytes(&delivery["evaluated"]),
        bytes(&delivery["proof"]),
        bytes(&ids["genesis"]),
        bytes(&order["offer"]),
        vec![0; 4],
        bytes(&order["id"]),
        bytes(&order["buyer"]),
    ]
    .concat();
    let mut foreign_order = claim.clone();
    foreign_order[230] ^= 1;
    // Genesis, offer, version, the seeds of both, the attempt, the buyer, the nonce.
    let honest = [2u8, 0x11, 2, 0, 0, 0, 0, 0x44, 0x55, 0, 0, 0, 0, 0x33, 0x77];
    let mut seeds = vec![
        seed("delivery", "point", &[&[0], &bytes(&delivery["public"])]),
        seed("delivery", "no-point", &[&[0], &[0xff; 32]]),
        seed("delivery", "identity", &[&[0], &[0; 32]]),
        seed("delivery", "foreign", &[&[1], &claim]),
        seed("delivery", "foreign-order", &[&[1], &foreign_order]),
        seed("delivery", "honest", &[&honest]),
        seed("delivery", "another-point", &[&honest, &[1, 11]]),
        seed("delivery", "another-challenge-encoding", &[&honest, &[0, 12]]),
        seed("delivery", "another-response-encoding", &[&honest, &[0, 13]]),
    ];
    // A bit of each part: points, proof, chain, offer, version, order, buyer.
    seeds.extend((0..9).map(|part| seed("delivery", format!("changed-{part}"), &[&honest, &[1, part, 20]])));
    seeds
}

fn tree_seeds() -> Vec<Seed> {
    let content = vector("content.json");
    let claim = [
        vec![2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0],
        bytes(&content["root"]),
        bytes(&content["leaves"][2]["hash"]),
        bytes(&content["path_of_chunk_2"][0]),
    ]
    .concat();
    vec![
        seed("tree", "content", &[&[0], &claim]),
        seed("tree", "content-cut", &[&[0], &claim[..80]]),
        seed("tree", "built", &[&[1, 12, 3, 7]]),
        seed("tree", "built-and-damaged", &[&[1, 12, 3, 7, 2, 8, 1]]),
        seed("tree", "built-of-equal-leaves", &[&[1, 15, 0, 4, 0, 0, 1]]),
        seed(
            "tree",
            "endless",
            &[&[0], &[0xfe], &[0xff; 15], &claim[16..], &[9; 640]],
        ),
    ]
}

fn log_seeds() -> Vec<Seed> {
    let log = vector("log.json");
    let head = |value: &Value| {
        let size = value["size"].as_u64().unwrap().to_le_bytes();
        [size.to_vec(), bytes(&value["root"])].concat()
    };
    let inclusion = log["inclusion"].as_array().unwrap().last().unwrap();
    let leaf = bytes(&log["entries"][6]["leaf"]);
    let mut seeds = vec![
        seed(
            "log",
            "inclusion",
            &[&[0], &leaf, &head(&log["heads"][7]), &bytes(&inclusion["scale"])],
        ),
        seed("log", "grown", &[&[2, 20, 6, 3]]),
        seed("log", "grown-of-nothing", &[&[2, 20, 0, 20]]),
    ];
    for proof in log["consistency"].as_array().unwrap() {
        let (first, second) = (
            proof["first"].as_u64().unwrap(),
            proof["second"].as_u64().unwrap(),
        );
        if matches!((first, second), (0, 7) | (3, 7) | (4, 7) | (7, 7) | (5, 6)) {
            let (older, newer) = (&log["heads"][first as usize], &log["heads"][second as usize]);
            let parts = [&[1u8][..], &head(older), &head(newer), &bytes(&proof["scale"])];
            seeds.push(seed("log", format!("consistency-{first}-{second}"), &parts));
            let parts = [&[1u8][..], &head(newer), &head(older), &bytes(&proof["scale"])];
            seeds.push(seed(
                "log",
                format!("consistency-{second}-{first}-shrunk"),
                &parts,
            ));
        }
    }
    // One change of each kind to a log of 21 entries, spoken of at 13 and in entry 9.
    seeds.extend((0..9).map(|kind| seed("log", format!("damaged-{kind}"), &[&[2, 20, 13, 9, 1, kind, 1]])));
    seeds
}

fn bundle_seeds() -> Vec<Seed> {
    let file = bytes(&vector("bundle.json")["file"]);
    vec![
        seed("bundle", "sample", &[&file]),
        seed("bundle", "cut", &[&file[..400]]),
        seed("bundle", "with-more", &[&file, &[0]]),
    ]
}

fn evidence_seeds() -> Vec<Seed> {
    let (ids, fraud) = (vector("ids.json"), vector("misbehaviour.json"));
    let case = [
        bytes(&ids["genesis"]),
        bytes(&fraud["offer"]),
        vec![0; 4],
        bytes(&fraud["root"]),
        vec![3, 0, 0, 0],
        vec![12, 0, 0, 0, 0, 0, 0, 0],
        bytes(&fraud["blinded"]),
        bytes(&fraud["evaluated"]),
    ]
    .concat();
    let filed = bytes(&fraud["evidence"]);
    let changed = |at: usize| {
        let mut changed = filed.clone();
        changed[at] ^= 2;
        changed
    };
    vec![
        seed("evidence", "fraud", &[&[0], &case, &filed]),
        seed("evidence", "honest", &[&[0b0101_0000], &case, &filed]),
        seed("evidence", "wrong-blind", &[&[0], &case, &changed(0)]),
        seed("evidence", "beyond-end", &[&[0], &case, &changed(32)]),
        seed("evidence", "not-under-root", &[&[0], &case, &changed(80)]),
        seed("evidence", "length", &[&[0b0100_0000], &case, &changed(36)]),
        seed(
            "evidence",
            "wrong-ciphertext",
            &[&[0], &case, &changed(filed.len() - 1)],
        ),
        seed("evidence", "mended", &[&[0xff], &case, &changed(filed.len() - 1)]),
    ]
}

fn dispute_seeds() -> Vec<Seed> {
    // Genesis, offer, version, the seller's seed, three items, their lengths, what fills their chunks.
    let sale = [0x11u8, 2, 0, 0x44, 2, 3, 4, 5, 1, 2, 3];
    // This chunk and another one, kind and mask; then buyer, attempt, and the chunk complained of.
    let tampered = |kind: u8, mask: u8| {
        seed(
            "dispute",
            format!("tampered-{kind}"),
            &[&sale, &[1], &[1, 2, kind, mask], &[0x33, 0, 1]],
        )
    };
    let mut seeds: Vec<Seed> = (0..10).map(|kind| tampered(kind, 9)).collect();
    seeds.extend([
        seed("dispute", "honest", &[&sale, &[0], &[0x33, 0, 2]]),
        seed("dispute", "beyond-end", &[&sale, &[0], &[0x33, 0, 3]]),
        seed("dispute", "forged", &[&sale, &[0], &[0x33, 0, 1], &[40, 0, 1]]),
        seed(
            "dispute",
            "two-chunks",
            &[
                &[0x11, 2, 0, 0x44, 0, 255, 7, 8],
                &[1],
                &[1, 0, 0, 1],
                &[0x33, 0, 1],
            ],
        ),
        seed(
            "dispute",
            "longer-than-a-chunk",
            &[&[0x11, 2, 0, 0x44, 0, 254, 7], &[1], &[0, 0, 4, 1], &[0x33, 0, 0]],
        ),
    ]);
    seeds
}

fn money_seeds() -> Vec<Seed> {
    // The price, and what the house burns and takes.
    let bill = |price: u128, burned: u32, treasury: u32| {
        [
            &price.to_le_bytes()[..],
            &burned.to_le_bytes(),
            &treasury.to_le_bytes(),
        ]
        .concat()
    };
    let usual = bill(12_500_000_000_003, 20_000, 5_000);
    // Owner, share (in thousandths times four), payees, depth.
    let parents = [[1u8, 1, 60, 0, 0], [1, 2, 20, 0, 3]].concat();
    let crowd: Vec<u8> = [1u8, 1, 200, 16]
        .into_iter()
        .chain((2..18).flat_map(|payee| [payee, 10]))
        .chain([1])
        .collect();
    vec![
        seed("money", "no-parents", &[&usual]),
        seed("money", "parents", &[&usual, &parents]),
        seed(
            "money",
            "parents-of-parents",
            &[&usual, &[1, 1, 100, 2, 5, 30, 6, 40, 1]],
        ),
        seed("money", "too-many-payees", &[&usual, &crowd]),
        seed("money", "too-deep", &[&usual, &[129, 1, 60, 0, 8]]),
        seed(
            "money",
            "more-than-everything",
            &[&usual, &[1, 1, 200, 0, 0], &[1, 2, 200, 0, 0]],
        ),
        seed(
            "money",
            "largest",
            &[
                &bill(u128::MAX, 999_999, u32::MAX),
                &[3, 1, 0xff, 0xff, 0xff, 0xff, 0, 0],
            ],
        ),
    ]
}
