//! The bundle's format and those checks that need nothing but SHA-256. Everything in it is refused when it is changed.

mod golden_file;

use bounded_collections::BoundedVec;
use codec::Encode;
use golden_file::golden;
use proptest::prelude::*;
use serde_json::json;
use vouchsafe_protocol::{
    attestation::Class,
    bundle::{
        Authority, AuthoritySet, Bundle, Contents, Finalised, FormatError, Lineage, LineageError, MAX_FILE,
        Opening, OpeningError, SignedReport, SignedStatement, Trail, TrailError, lineage, read,
    },
    chunk::Layout,
    finding::Finding,
    hash::sha256,
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    key::ContentSecret,
    log::{Entry, Fact, Fraud, Frontier, Head, Inclusion, LifeError, Refusal, Standing, of_leaves},
    record::{Content, Grade, Parent, Statement},
    sidecar::Sidecar,
};

const GENESIS: Genesis = Genesis([0x11; 32]);
const OWNER: Account = Account([0x22; 32]);
const GATEWAY: Account = Account([0x33; 32]);
const KEY: [u8; 32] = [0x44; 32];
const HEIGHT: u32 = 1_000;

/// Plaintexts: the contents document and two photos, the second of three chunks.
fn items() -> [Vec<u8>; 3] {
    let photos = [vec![7u8; 65_536], (0..140_000u32).map(|i| i as u8).collect()];
    let listed = |photo: &Vec<u8>, name: &str| {
        json!({ "bytes": photo.len(), "media_type": "image/jpeg", "name": name,
            "sha256": hex::encode(sha256(photo).0) })
    };
    let document = json!({
        "items": [listed(&photos[0], "000001.jpg"), listed(&photos[1], "000002.jpg")],
        "schema": "vouchsafe/contents/1",
    });
    let [one, two] = photos;
    [document.to_string().into_bytes(), one, two]
}

fn secret() -> ContentSecret {
    ContentSecret::from_bytes([0x66; 32])
}

fn sealed() -> (Content, Sidecar) {
    let items = items();
    let layout = Layout::new(&items.each_ref().map(|item| item.len() as u64)).unwrap();
    let mut leaves = Vec::new();
    for chunk in items.iter().flat_map(|item| item.chunks(65_536)) {
        leaves.push(secret().seal(leaves.len() as u32, &mut chunk.to_vec()));
    }
    let content = Content {
        root: Sidecar::new(layout.clone(), leaves.clone()).unwrap().root(),
        chunks: layout.chunks(),
        bytes: layout.bytes(),
    };
    (content, Sidecar::new(layout, leaves).unwrap())
}

fn signed(content: Content, parents: &[RecordId]) -> SignedStatement {
    let parents = parents.iter().map(|&record| Parent { record, share_ppm: 1 });
    let statement = Statement {
        owner: OWNER,
        gateway: GATEWAY,
        content,
        input: Digest([2; 32]),
        report: Digest([3; 32]),
        metrics_root: Digest([4; 32]),
        items: 3,
        metadata: Digest([5; 32]),
        grade: Grade::Anonymous,
        parents: BoundedVec::truncate_from(parents.collect()),
    };
    SignedStatement {
        record: RecordId::derive(&GENESIS, &statement),
        statement,
        key: KEY,
        signature: [0x55; 64],
    }
}

/// A parent and a grandparent of the record, which names the parent alone.
fn family() -> [SignedStatement; 3] {
    let (content, _) = sealed();
    let ancient = signed(
        Content {
            bytes: 1,
            chunks: 1,
            ..content
        },
        &[],
    );
    let parent = signed(
        Content {
            bytes: 2,
            chunks: 1,
            ..content
        },
        &[ancient.record],
    );
    let record = signed(content, &[parent.record]);
    [record, parent, ancient]
}

/// A log in which the record was registered at height 10 and erased by its gateway at 20, among others; the indices
/// of its entries, and the head.
fn trail_with(facts: &[(u32, Fact)]) -> (Trail, Vec<u64>, Head) {
    let record = family()[0].record;
    let foreign = |height| Entry {
        record: RecordId([9; 32]),
        height,
        fact: Fact::Withdrawn,
    };
    let (mut entries, mut listed) = (vec![foreign(1)], vec![]);
    for &(height, fact) in facts {
        listed.push(entries.len() as u64);
        entries.extend([Entry { record, height, fact }, foreign(height)]);
    }
    let leaves: Vec<Digest> = entries
        .iter()
        .map(|entry| entry.leaf_hash(&GENESIS, sha256))
        .collect();
    let mut log = Frontier::default();
    for leaf in &leaves {
        log.append(*leaf, sha256).unwrap();
    }
    let prove = |&index: &u64| {
        let proof = Inclusion::build(index, log.size(), of_leaves(&leaves), sha256).unwrap();
        (entries[index as usize], proof)
    };
    let trail = BoundedVec::truncate_from(listed.iter().map(prove).collect());
    (trail, listed, log.head(sha256))
}

const LIFE: [(u32, Fact); 2] = [
    (10, Fact::Registered { key: KEY }),
    (20, Fact::Erased { by: GATEWAY }),
];

fn sample() -> Bundle {
    let (content, sidecar) = sealed();
    let opening = |item| Opening::build(&secret(), &sidecar, item).unwrap();
    let [record, parent, ancient] = family();
    assert_eq!(record.statement.content, content);
    let finalised = |n: u8| Finalised {
        header: BoundedVec::truncate_from(vec![n; 3]),
        justification: BoundedVec::truncate_from(vec![n; 5]),
    };
    let authority = |n: u8| Authority {
        key: [n; 32],
        weight: u64::from(n),
    };
    Bundle {
        genesis: GENESIS,
        checkpoint: AuthoritySet {
            id: 3,
            authorities: BoundedVec::truncate_from(vec![authority(1), authority(2)]),
        },
        handovers: BoundedVec::truncate_from(vec![finalised(1)]),
        finality: finalised(2),
        state: BoundedVec::truncate_from(vec![BoundedVec::truncate_from(vec![1, 2, 3])]),
        record,
        trail: trail_with(&LIFE).0,
        report: Some(SignedReport {
            document: BoundedVec::truncate_from(b"{}".to_vec()),
            signature: [0x77; 64],
        }),
        metadata: Some(BoundedVec::truncate_from(b"{}".to_vec())),
        models: BoundedVec::truncate_from(vec![BoundedVec::truncate_from(b"{}".to_vec())]),
        contents: Some(Contents {
            document: BoundedVec::truncate_from(items()[0].clone()),
            opening: opening(0),
        }),
        openings: BoundedVec::truncate_from(vec![opening(1), opening(2)]),
        ancestors: BoundedVec::truncate_from(vec![parent, ancient]),
    }
}

#[test]
fn the_file_is_the_golden_one_and_reads_as_what_was_written() {
    let bundle = sample();
    let file = bundle.to_file().unwrap();
    assert_eq!(Bundle::from_file(&file).as_ref(), Ok(&bundle));
    let shown = |opening: &Opening| {
        let chunks: Vec<_> = opening
            .chunks
            .iter()
            .map(|chunk| {
                json!({ "salt": hex::encode(chunk.salt), "ciphertext": chunk.ciphertext,
                    "path": chunk.path.to_vec() })
            })
            .collect();
        json!({ "item": opening.item, "chunks": chunks })
    };
    let openings: Vec<_> = bundle.openings.iter().map(shown).collect();
    let (_, listed, head) = trail_with(&LIFE);
    let entries: Vec<_> = bundle
        .trail
        .iter()
        .map(|(entry, proof)| {
            json!({ "leaf_input": hex::encode(entry.leaf_input(&GENESIS)), "index": proof.index,
                "path": proof.path.to_vec() })
        })
        .collect();
    golden(
        "bundle.json",
        &json!({
            "file": hex::encode(&file),
            "content": bundle.record.statement.content,
            "contents": { "document": String::from_utf8(items()[0].clone()).unwrap(),
                "opening": shown(&bundle.contents.as_ref().unwrap().opening) },
            "plaintexts": "item 1 is 65,536 times the byte 7; item 2 is 140,000 bytes, byte i is i modulo 256",
            "openings": openings,
            "trail": { "entries": entries, "listed": listed, "head": head },
        }),
    );
}

#[test]
fn an_item_is_shown_by_its_bytes_alone() {
    let (content, sidecar) = sealed();
    for (item, bytes) in (0..).zip(items()) {
        let opening = Opening::build(&secret(), &sidecar, item).unwrap();
        assert_eq!(opening.verify(&content, sidecar.layout(), &bytes), Ok(()));
    }
    assert_eq!(Opening::build(&secret(), &sidecar, 3), None);
}

#[test]
fn refuses_lengths_that_do_not_make_the_content() {
    let (content, sidecar) = sealed();
    let opening = Opening::build(&secret(), &sidecar, 1).unwrap();
    let lengths: Vec<u64> = sidecar.layout().item_lengths().collect();
    let others = [
        Layout::new(&[lengths[0], lengths[1], lengths[2] + 1]).unwrap(),
        Layout::new(&[lengths[0], lengths[1]]).unwrap(),
    ];
    for layout in others {
        let verdict = opening.verify(&content, &layout, &items()[1]);
        assert_eq!(verdict, Err(OpeningError::Layout));
    }
    // The same sums, cut elsewhere.
    let moved = Layout::new(&[lengths[0] + 1, lengths[1] - 1, lengths[2]]).unwrap();
    let verdict = opening.verify(&content, &moved, &items()[1]);
    assert!(matches!(verdict, Err(OpeningError::Length { .. })));
}

#[test]
fn refuses_an_item_that_the_content_does_not_have() {
    let (content, sidecar) = sealed();
    let opening = Opening::build(&secret(), &sidecar, 1).unwrap();
    for item in [3, u32::MAX] {
        let moved = Opening {
            item,
            ..opening.clone()
        };
        let verdict = moved.verify(&content, sidecar.layout(), &items()[1]);
        assert_eq!(verdict, Err(OpeningError::NoSuchItem(item)));
    }
}

#[test]
fn refuses_bytes_of_another_length_and_chunks_of_another_number() {
    let (content, sidecar) = sealed();
    let mut opening = Opening::build(&secret(), &sidecar, 2).unwrap();
    let mut photo = items()[2].clone();
    photo.push(0);
    let expected = OpeningError::Length {
        wanted: 140_000,
        found: 140_001,
    };
    assert_eq!(opening.verify(&content, sidecar.layout(), &photo), Err(expected));
    let last = opening.chunks.pop().unwrap();
    let verdict = |opening: &Opening| opening.verify(&content, sidecar.layout(), &items()[2]);
    assert_eq!(
        verdict(&opening),
        Err(OpeningError::Chunks { wanted: 3, found: 2 })
    );
    for _ in 0..2 {
        opening.chunks.try_push(last.clone()).unwrap();
    }
    assert_eq!(
        verdict(&opening),
        Err(OpeningError::Chunks { wanted: 3, found: 4 })
    );
}

#[test]
fn refuses_a_foreign_item_a_sibling_path_and_another_root() {
    let (content, sidecar) = sealed();
    let verdict =
        |opening: &Opening, content: &Content, bytes: &[u8]| opening.verify(content, sidecar.layout(), bytes);
    let photo = &items()[2];
    let opening = Opening::build(&secret(), &sidecar, 2).unwrap();
    // Chunk 0 is the contents document, chunk 1 the first photo.
    let foreign = vec![7; photo.len()];
    assert_eq!(
        verdict(&opening, &content, &foreign),
        Err(OpeningError::NotUnderRoot(2))
    );
    let mut swapped = opening.clone();
    let (second, third) = (opening.chunks[1].clone(), opening.chunks[2].clone());
    (swapped.chunks[1], swapped.chunks[2]) = (third, second);
    assert_eq!(
        verdict(&swapped, &content, photo),
        Err(OpeningError::NotUnderRoot(3))
    );
    let mut sibling = opening.clone();
    sibling.chunks[1].path = opening.chunks[0].path.clone();
    assert_eq!(
        verdict(&sibling, &content, photo),
        Err(OpeningError::NotUnderRoot(3))
    );
    let root = Digest([1; 32]);
    let verdict = verdict(&opening, &Content { root, ..content }, photo);
    assert_eq!(verdict, Err(OpeningError::NotUnderRoot(2)));
}

/// What the sample's verifier reads off the state: the indices, and the head.
fn read_trail(trail: &Trail, listed: &[u64], head: &Head) -> Result<Standing, TrailError> {
    read(&GENESIS, &family()[0], trail, listed, head, HEIGHT)
}

#[test]
fn a_trail_says_all_that_happened() {
    let fraud = Fact::FraudProven {
        offer: OfferId([1; 32]),
        order: OrderId([2; 32]),
        chunk: 3,
    };
    let facts = [
        LIFE[0],
        (12, Fact::Withdrawn),
        (13, fraud),
        (13, Fact::Erased { by: OWNER }),
    ];
    let (trail, listed, head) = trail_with(&facts);
    let expected = Standing {
        registered_at: 10,
        key: KEY,
        withdrawn_at: Some(12),
        erased: Some((13, OWNER)),
        fraud: Some(Fraud {
            at: 13,
            offer: OfferId([1; 32]),
            order: OrderId([2; 32]),
            chunk: 3,
        }),
        audited: 0,
        clean: 0,
        condemned: None,
    };
    assert_eq!(read_trail(&trail, &listed, &head), Ok(expected));

    let (trail, listed, head) = trail_with(&LIFE[..1]);
    let live = Standing {
        withdrawn_at: None,
        erased: None,
        fraud: None,
        ..expected
    };
    assert_eq!(read_trail(&trail, &listed, &head), Ok(live));
    let (trail, listed, head) = trail_with(&LIFE);
    let erased = Standing {
        withdrawn_at: Some(20),
        erased: Some((20, GATEWAY)),
        ..live
    };
    assert_eq!(read_trail(&trail, &listed, &head), Ok(erased));
}

#[test]
fn refuses_a_trail_that_keeps_something_back_or_adds_something() {
    let (trail, listed, head) = trail_with(&LIFE);
    let mut short = trail.clone();
    short.pop();
    let expected = TrailError::Count { wanted: 2, found: 1 };
    assert_eq!(read_trail(&short, &listed, &head), Err(expected));
    let expected = TrailError::Count { wanted: 1, found: 2 };
    assert_eq!(read_trail(&trail, &listed[..1], &head), Err(expected));
    assert_eq!(
        read_trail(&trail, &[listed[0], 2], &head),
        Err(TrailError::Index(1))
    );
}

#[test]
fn refuses_entries_that_are_not_in_the_log() {
    let (mut trail, listed, head) = trail_with(&LIFE);
    trail[1].0.height += 1;
    let expected = TrailError::NotInLog(1, Refusal::Root);
    assert_eq!(read_trail(&trail, &listed, &head), Err(expected));
    let (mut trail, ..) = trail_with(&LIFE);
    trail[0].1.path.pop();
    let expected = TrailError::NotInLog(0, Refusal::Length { wanted: 3, found: 2 });
    assert_eq!(read_trail(&trail, &listed, &head), Err(expected));
    // Another chain's log.
    let verdict = read(
        &Genesis([1; 32]),
        &family()[0],
        &trail_with(&LIFE).0,
        &listed,
        &head,
        HEIGHT,
    );
    assert_eq!(verdict, Err(TrailError::NotInLog(0, Refusal::Root)));
}

#[test]
fn refuses_another_key_and_entries_from_above_the_height() {
    let (trail, listed, head) = trail_with(&LIFE);
    let mut record = family()[0].clone();
    record.key[0] ^= 1;
    let verdict = read(&GENESIS, &record, &trail, &listed, &head, HEIGHT);
    assert_eq!(verdict, Err(TrailError::Key));
    let verdict = |height| read(&GENESIS, &family()[0], &trail, &listed, &head, height);
    assert!(verdict(20).is_ok());
    assert_eq!(verdict(19), Err(TrailError::Future));
}

#[test]
fn refuses_entries_that_are_no_life() {
    let registered = LIFE[0];
    let fraud = Fact::FraudProven {
        offer: OfferId([1; 32]),
        order: OrderId([2; 32]),
        chunk: 3,
    };
    let withdrawn = Fact::Withdrawn;
    let erased = Fact::Erased { by: OWNER };
    let stranger = Fact::Erased { by: Account([9; 32]) };
    let attested = |by, finding| Fact::Attested {
        by,
        finding,
        attestation: Digest([7; 32]),
    };
    let said = attested(Account([8; 32]), Finding::Clean);
    let lives: [(&[(u32, Fact)], LifeError); 12] = [
        (&[], LifeError::Empty),
        (&[(10, withdrawn)], LifeError::Registration(0)),
        (&[registered, registered], LifeError::Registration(1)),
        (&[registered, (9, withdrawn)], LifeError::Order(1)),
        (
            &[registered, (11, withdrawn), (12, withdrawn)],
            LifeError::Twice(2),
        ),
        (&[registered, (11, erased), (12, withdrawn)], LifeError::Twice(2)),
        (&[registered, (11, erased), (12, erased)], LifeError::Twice(2)),
        (&[registered, (11, fraud), (12, fraud)], LifeError::Twice(2)),
        (&[registered, (11, stranger)], LifeError::Stranger(1)),
        (&[registered, (11, said), (12, said)], LifeError::Twice(2)),
        (
            &[registered, (11, attested(OWNER, Finding::Clean))],
            LifeError::Interested(1),
        ),
        (
            &[registered, (11, attested(GATEWAY, Finding::Mismatch))],
            LifeError::Interested(1),
        ),
    ];
    for (facts, expected) in lives {
        let (trail, listed, head) = trail_with(facts);
        assert_eq!(
            read_trail(&trail, &listed, &head),
            Err(TrailError::Life(expected))
        );
    }
    // Of another record: its entries, its proofs.
    let (trail, listed, head) = trail_with(&LIFE);
    let verdict = read(&GENESIS, &family()[1], &trail, &listed, &head, HEIGHT);
    assert_eq!(verdict, Err(TrailError::Life(LifeError::Foreign(0))));
    let record = family()[0].record;
    let about = |record, height, fact| Entry { record, height, fact };
    let mixed = [
        about(record, 10, registered.1),
        about(RecordId([9; 32]), 11, withdrawn),
    ];
    let verdict = Standing::of(&record, [&OWNER, &GATEWAY], &mixed);
    assert_eq!(verdict, Err(LifeError::Foreign(1)));
}

#[test]
fn a_life_tells_what_auditors_said_and_when_they_condemned_it() {
    let attested = |auditor, finding| Fact::Attested {
        by: Account([auditor; 32]),
        finding,
        attestation: Digest([7; 32]),
    };
    let face = Finding::PrivacyMiss {
        item: 3,
        class: Class::Face,
    };
    let read = |facts: &[(u32, Fact)]| {
        let (trail, listed, head) = trail_with(facts);
        read_trail(&trail, &listed, &head).unwrap()
    };
    let clean = attested(11, Finding::Clean);
    let alone = read(&[LIFE[0], (11, clean), (12, attested(12, face))]);
    assert_eq!((alone.audited, alone.clean), (2, 1));
    assert_eq!((alone.condemned, alone.withdrawn_at), (None, None));

    let together = [
        LIFE[0],
        (11, clean),
        (12, attested(12, face)),
        (13, attested(13, face)),
        (14, attested(14, face)),
    ];
    let condemned = read(&together);
    assert_eq!((condemned.audited, condemned.clean), (4, 1));
    assert_eq!(condemned.condemned, Some((13, face)));
    assert_eq!(condemned.withdrawn_at, Some(13));
    // Withdrawn before: since then. A withdrawal after it says what was said.
    let before = read(&[
        LIFE[0],
        (11, Fact::Withdrawn),
        (12, attested(12, face)),
        (13, attested(13, face)),
    ]);
    assert_eq!(before.withdrawn_at, Some(11));
    let (trail, listed, head) = trail_with(&[together[0], together[2], together[3], (14, Fact::Withdrawn)]);
    assert_eq!(
        read_trail(&trail, &listed, &head),
        Err(TrailError::Life(LifeError::Twice(3)))
    );
}

#[test]
fn a_lineage_names_what_is_missing() {
    let [record, parent, ancient] = family();
    let found = |ancestors: &[SignedStatement]| lineage(&GENESIS, &record, ancestors);
    let missing = |ids: &[RecordId]| {
        Ok(Lineage {
            missing: ids.to_vec(),
        })
    };
    assert_eq!(found(&[parent.clone(), ancient.clone()]), missing(&[]));
    assert_eq!(found(std::slice::from_ref(&parent)), missing(&[ancient.record]));
    assert_eq!(found(&[]), missing(&[parent.record]));
}

#[test]
fn refuses_ancestors_that_are_nobodys_or_go_by_another_id() {
    let [record, parent, ancient] = family();
    let found = |ancestors: &[SignedStatement]| lineage(&GENESIS, &record, ancestors);
    assert_eq!(
        found(std::slice::from_ref(&ancient)),
        Err(LineageError::Foreign(0))
    );
    assert_eq!(
        found(&[ancient.clone(), parent.clone()]),
        Err(LineageError::Foreign(0))
    );
    let mut changed = parent;
    changed.statement.items += 1;
    assert_eq!(
        found(std::slice::from_ref(&changed)),
        Err(LineageError::Misnamed(0))
    );
    changed.record = RecordId::derive(&GENESIS, &changed.statement);
    assert_eq!(found(&[changed]), Err(LineageError::Foreign(0)));
}

#[test]
fn refuses_files_of_another_kind_cut_off_too_long_or_with_more() {
    let file = sample().to_file().unwrap();
    assert_eq!(Bundle::from_file(b"VSC1"), Err(FormatError::Magic));
    assert_eq!(Bundle::from_file(b""), Err(FormatError::Magic));
    for cut in 4..file.len() {
        assert_eq!(Bundle::from_file(&file[..cut]), Err(FormatError::Shape), "{cut}");
    }
    let more = [&file[..], &[0, 0]].concat();
    assert_eq!(Bundle::from_file(&more), Err(FormatError::Trailing { bytes: 2 }));
    let found = MAX_FILE + 1;
    assert_eq!(
        Bundle::from_file(&vec![0; found]),
        Err(FormatError::TooLong { found })
    );
    let mut large = sample();
    let node = BoundedVec::truncate_from(vec![0; 65_536]);
    large.state = BoundedVec::truncate_from(vec![node; 256]);
    assert!(matches!(large.to_file(), Err(FormatError::TooLong { found }) if found > MAX_FILE));
}

#[test]
fn refuses_counts_beyond_their_bounds() {
    // Genesis, number of the set, then more authorities than there may be.
    let mut file = [b"VSB1".as_slice(), &[0; 40]].concat();
    codec::Compact(129u32).encode_to(&mut file);
    file.extend(vec![1; 129 * 40]);
    assert_eq!(Bundle::from_file(&file), Err(FormatError::Shape));
}

#[test]
fn refuses_a_checkpoint_of_nobody_or_with_somebody_twice() {
    let mut bundle = sample();
    let twice = bundle.checkpoint.authorities[0].clone();
    bundle.checkpoint.authorities.try_push(twice).unwrap();
    assert_eq!(bundle.to_file(), Err(FormatError::Checkpoint));
    bundle.checkpoint.authorities = BoundedVec::new();
    assert_eq!(bundle.to_file(), Err(FormatError::Checkpoint));
    let file = [b"VSB1".as_slice(), &bundle.encode()].concat();
    assert_eq!(Bundle::from_file(&file), Err(FormatError::Checkpoint));
}

#[test]
fn refuses_openings_that_do_not_rise_from_one() {
    for items in [[0, 1], [1, 1], [2, 1]] {
        let mut bundle = sample();
        for (opening, item) in items.into_iter().enumerate() {
            bundle.openings[opening].item = item;
        }
        assert_eq!(bundle.to_file(), Err(FormatError::Openings));
        let file = [b"VSB1".as_slice(), &bundle.encode()].concat();
        assert_eq!(Bundle::from_file(&file), Err(FormatError::Openings));
    }
}

#[test]
fn refuses_an_ancestor_twice_and_the_record_among_them() {
    let [record, parent, _] = family();
    for extra in [record, parent] {
        let mut bundle = sample();
        bundle.ancestors.try_push(extra).unwrap();
        assert_eq!(bundle.to_file(), Err(FormatError::Ancestors));
        let file = [b"VSB1".as_slice(), &bundle.encode()].concat();
        assert_eq!(Bundle::from_file(&file), Err(FormatError::Ancestors));
    }
}

proptest! {
    #[test]
    fn no_changed_bit_leaves_a_file_as_it_was(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let bundle = sample();
        let mut file = bundle.to_file().unwrap();
        let at = at.index(file.len());
        file[at] ^= 1 << bit;
        if let Ok(changed) = Bundle::from_file(&file) {
            prop_assert_eq!(changed.to_file().unwrap(), file, "one encoding for one bundle");
            prop_assert_ne!(changed, bundle);
        }
    }

    #[test]
    fn no_changed_opening_holds(item in 0u32..3, at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let (content, sidecar) = sealed();
        let mut bytes = items()[item as usize].clone();
        let opening = Opening::build(&secret(), &sidecar, item).unwrap();
        let mut encoded = opening.encode();
        let place = at.index(encoded.len());
        encoded[place] ^= 1 << bit;
        if let Ok(changed) = <Opening as codec::DecodeAll>::decode_all(&mut &encoded[..]) {
            prop_assert!(changed.verify(&content, sidecar.layout(), &bytes).is_err());
        }
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        prop_assert!(opening.verify(&content, sidecar.layout(), &bytes).is_err());
    }

    #[test]
    fn reading_is_total(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let file = [b"VSB1".as_slice(), &bytes].concat();
        prop_assert!(Bundle::from_file(&file).is_err());
    }
}
