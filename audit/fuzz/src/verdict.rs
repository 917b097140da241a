//! [`verify`](vouchsafe_audit::verify) and what it is made of.

#[path = "../../tests/house/mod.rs"]
pub mod house;

use bounded_collections::{BoundedVec, ConstU32};
use house::House;
use std::cell::OnceCell;
use vouchsafe_audit::{
    Anchor, Earlier, Question, Verdict, blake2b, contents, document, finality,
    header::Header,
    models::matched,
    report::{Field, Report},
    trie::Proof,
    verify,
};
use vouchsafe_protocol::{
    bundle::{Bundle, MAGIC},
    hash::sha256,
    log::{Consistency, Head},
    record::Grade,
};

thread_local! {
    static GOOD: OnceCell<(House, Vec<u8>, Verdict)> = const { OnceCell::new() };
}

/// Whether the bytes got as far as being something: a bundle, a document, an anchor.
pub fn check(bytes: &[u8]) -> bool {
    let Some((&choice, rest)) = bytes.split_first() else {
        return false;
    };
    GOOD.with(|good| {
        let (house, file, verdict) = good.get_or_init(|| {
            let house = house::house();
            let (file, verdict) = (house.file(), house.verdict());
            assert!(verdict.is_good());
            (house, file, verdict)
        });
        match choice % 6 {
            0 => whole(house, rest),
            1 => edited(house, file, verdict, rest),
            2 => field(house, verdict, rest),
            3 => chain(house, rest),
            4 => documents(house, rest),
            _ => anchor(rest),
        }
    })
}

/// The verdict in every form, with everything brought that can be made of the bytes.
fn judged(house: &House, file: &[u8], bytes: &[u8]) -> Verdict {
    let mut photos = house.opened();
    photos.push(("<made up>".to_owned(), bytes.to_vec()));
    let head = Head {
        size: bytes.len() as u64,
        root: sha256(bytes),
    };
    let path = bytes
        .as_chunks::<32>()
        .0
        .iter()
        .map(|node| (*node).into())
        .collect();
    let question = Question {
        anchor: Some(house.anchor.clone()),
        files: house::brought(&photos),
        earlier: Some(Earlier {
            head,
            proof: Some(Consistency {
                path: BoundedVec::truncate_from(path),
            }),
        }),
        least_height: bytes.first_chunk().map(|height| u32::from_le_bytes(*height)),
    };
    let verdict = verify(file, &question);
    let (json, page) = (verdict.to_json(), verdict.to_page());
    assert_eq!(
        json["checks"].as_array().map(Vec::len),
        Some(verdict.checks.len())
    );
    assert!(!page.contains("<made up>"), "foreign text is no markup");
    let failed = verdict.failed().count();
    assert_eq!(verdict.sound, failed == 0);
    assert!(!verdict.shown, "made-up bytes are no photo");
    verdict
}

/// Nothing but the good bundle may stand for what it says: votes may be fewer and in another order, nodes in another order.
fn must_not_stand(house: &House, good: &Verdict, changed: &Bundle, file: &[u8]) {
    let verdict = house.verdict_of(file, &house.opened());
    let _page = verdict.to_page();
    if !verdict.is_good() || verdict.facts != good.facts {
        return;
    }
    let mut restored = changed.clone();
    restored.finality.justification = house.bundle.finality.justification.clone();
    for (handover, own) in restored.handovers.iter_mut().zip(&house.bundle.handovers) {
        handover.justification = own.justification.clone();
    }
    let sorted = |bundle: &Bundle| {
        let mut nodes = bundle.state.to_vec();
        nodes.sort_unstable();
        nodes
    };
    assert_eq!(sorted(&restored), sorted(&house.bundle));
    restored.state = house.bundle.state.clone();
    assert_eq!(
        restored, house.bundle,
        "another bundle is believed to be the good one"
    );
}

fn whole(house: &House, bytes: &[u8]) -> bool {
    let file = if bytes.starts_with(&MAGIC) {
        bytes.to_vec()
    } else {
        [&MAGIC, bytes].concat()
    };
    let verdict = judged(house, &file, bytes);
    assert!(!verdict.is_good());
    Bundle::from_file(&file).is_ok()
}

fn edited(house: &House, file: &[u8], good: &Verdict, bytes: &[u8]) -> bool {
    let mut changed = file.to_vec();
    for [low, high, top, kind, byte] in bytes.as_chunks::<5>().0 {
        let at = u32::from_le_bytes([*low, *high, *top, 0]) as usize % changed.len().max(1);
        match kind % 4 {
            0 if at < changed.len() => changed[at] ^= byte,
            1 => changed.insert(at, *byte),
            2 if at < changed.len() => {
                changed.remove(at);
            }
            _ => changed.truncate(changed.len().saturating_sub(usize::from(*byte))),
        }
    }
    let Ok(bundle) = Bundle::from_file(&changed) else {
        assert!(!house.verdict_of(&changed, &[]).sound);
        return false;
    };
    must_not_stand(house, good, &bundle, &changed);
    true
}

fn field(house: &House, good: &Verdict, bytes: &[u8]) -> bool {
    let Some((&choice, bytes)) = bytes.split_first() else {
        return false;
    };
    fn put<N: bounded_collections::Get<u32>>(place: &mut BoundedVec<u8, N>, bytes: &[u8]) {
        *place = BoundedVec::truncate_from(bytes.to_vec());
    }
    let mut bundle = house.bundle.clone();
    let at = bytes.first().map_or(0, |at| usize::from(*at));
    match choice % 10 {
        0 => put(&mut bundle.handovers[0].header, bytes),
        1 => put(&mut bundle.handovers[0].justification, bytes),
        2 => put(&mut bundle.finality.header, bytes),
        3 => put(&mut bundle.finality.justification, bytes),
        4 => {
            let at = at % bundle.state.len();
            put(&mut bundle.state[at], bytes);
        }
        5 => bundle
            .report
            .iter_mut()
            .for_each(|report| put(&mut report.document, bytes)),
        6 => bundle
            .metadata
            .iter_mut()
            .for_each(|metadata| put(metadata, bytes)),
        7 => put(&mut bundle.models[0], bytes),
        8 => bundle
            .contents
            .iter_mut()
            .for_each(|contents| put(&mut contents.document, bytes)),
        _ => bundle.state = nodes(bytes),
    }
    let Ok(file) = bundle.to_file() else {
        return false;
    };
    must_not_stand(house, good, &bundle, &file);
    true
}

/// Nodes cut out of the bytes, each behind its length in one byte.
fn nodes(mut bytes: &[u8]) -> BoundedVec<BoundedVec<u8, ConstU32<65_536>>, ConstU32<8_192>> {
    let mut nodes = Vec::new();
    while let Some((&length, rest)) = bytes.split_first() {
        let (node, rest) = rest.split_at(usize::from(length).min(rest.len()));
        nodes.push(BoundedVec::truncate_from(node.to_vec()));
        bytes = rest;
    }
    BoundedVec::truncate_from(nodes)
}

fn chain(house: &House, bytes: &[u8]) -> bool {
    let set = &house.anchor.sets[0];
    let header = Header::read(bytes);
    if let Ok(header) = &header {
        let _an_answer = header.next_set(set);
        assert!(finality::verify(bytes, header, set).is_err());
    }
    let target = Header::read(&house.bundle.handovers[0].header).expect("the house's own");
    let votes = &house.bundle.handovers[0].justification;
    if finality::verify(bytes, &target, set).is_ok() {
        let own: Vec<&[u8]> = vote_bytes(votes).collect();
        assert!(
            vote_bytes(bytes).all(|vote| own.contains(&vote)),
            "a vote that nobody made"
        );
    }
    let nodes = nodes(bytes);
    if let Some(root) = nodes.first() {
        let mut proof = Proof::new(blake2b(root), nodes.iter().map(|node| node.as_slice()));
        let _an_answer = proof.read(&bytes[..bytes.len().min(8)]);
    }
    header.is_ok()
}

/// The votes of a justification of few: target 36 bytes, signature 64, voter 32, each; before them round, target and one
/// byte that counts.
fn vote_bytes(justification: &[u8]) -> impl Iterator<Item = &[u8]> {
    justification.get(45..).unwrap_or_default().chunks_exact(132)
}

fn documents(house: &House, bytes: &[u8]) -> bool {
    let statement = &house.bundle.record.statement;
    let read = document::read(bytes);
    if let Ok(value) = &read {
        assert_eq!(house::canonical(value), bytes);
    }
    if let Ok(report) = Report::read(bytes) {
        for field in Field::ALL {
            let _an_answer = report.agrees(field, statement);
        }
        for grade in [Grade::Anonymous, Grade::Disguised] {
            if let Ok(left_over) = report.left_over(&house.bundle.record.key, grade) {
                assert!(left_over.is_nothing() || grade == Grade::Disguised);
            }
        }
        if let Some(models) = report.models() {
            let found = matched(
                &models,
                house.bundle.models.iter().map(|manifest| manifest.as_slice()),
            );
            assert!(found.is_err() || found.is_ok_and(|found| found.len() == models.len()));
        }
    }
    let _an_answer = matched(&[], [bytes]);
    let listed = contents::files(bytes);
    if let Ok(files) = &listed {
        let is_plain =
            |file: &contents::File| !file.name.contains(['/', '\\', '\0']) && !file.name.starts_with('.');
        assert!(files.iter().all(is_plain));
    }
    read.is_ok() || listed.is_ok()
}

fn anchor(bytes: &[u8]) -> bool {
    let Ok(anchor) = Anchor::from_json(bytes) else {
        return false;
    };
    let text = anchor.to_json().to_string();
    assert_eq!(Anchor::from_json(text.as_bytes()), Ok(anchor));
    true
}
