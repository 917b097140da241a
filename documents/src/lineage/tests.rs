use super::*;
use crate::terms::Derivation;
use serde_json::json;
use vouchsafe_protocol::{
    id::Digest,
    record::{Content, Parent, Statement},
};

fn id(mark: u8) -> RecordId {
    RecordId([mark; 32])
}

fn statement(parents: &[(u8, u32)]) -> Statement {
    let parents: Vec<Parent> = parents
        .iter()
        .map(|&(mark, share_ppm)| Parent {
            record: id(mark),
            share_ppm,
        })
        .collect();
    Statement {
        owner: Account([9; 32]),
        gateway: Account([9; 32]),
        content: Content {
            root: Digest([1; 32]),
            chunks: 1,
            bytes: 1,
        },
        input: Digest([1; 32]),
        report: Digest([1; 32]),
        metrics_root: Digest([1; 32]),
        items: 3,
        metadata: Digest([1; 32]),
        grade: Grade::Anonymous,
        parents: parents.try_into().unwrap(),
    }
}

fn standing() -> Standing {
    Standing {
        registered_at: 1,
        key: [0; 32],
        withdrawn_at: None,
        erased: None,
        fraud: None,
        audited: 0,
        clean: 0,
        condemned: None,
    }
}

/// Walks through records as a chain would give them.
fn walked(chain: &[(u8, &[(u8, u32)])]) -> Lineage {
    let mut walk = Walk::new(id(chain[0].0));
    while let Some(record) = walk.next_record() {
        if let Some((_, parents)) = chain.iter().find(|(mark, _)| id(*mark) == record) {
            walk.learn(&record, &statement(parents), &standing());
        }
    }
    walk.finish()
}

/// 1 is derived from 2 and 3, and 2 from 3 as well.
const TRIANGLE: &[(u8, &[(u8, u32)])] = &[(1, &[(3, 50_000), (2, 250_000)]), (2, &[(3, 100_000)]), (3, &[])];

#[test]
fn each_record_is_asked_for_once_and_stands_above_all_that_is_derived_from_it() {
    let lineage = walked(TRIANGLE);
    let rows: Vec<_> = lineage
        .nodes
        .iter()
        .map(|node| (node.record, node.generation))
        .collect();
    assert_eq!(rows, [(id(1), 0), (id(2), 1), (id(3), 2)]);
    let edges: Vec<_> = lineage
        .edges
        .iter()
        .map(|edge| (edge.child, edge.parent, edge.share_ppm))
        .collect();
    assert_eq!(
        edges,
        [
            (id(1), id(3), 50_000),
            (id(1), id(2), 250_000),
            (id(2), id(3), 100_000)
        ]
    );
    assert!(lineage.complete);
}

#[test]
fn a_tree_tells_each_record_once() {
    assert_eq!(
        walked(TRIANGLE).show(Format::Tree),
        "0x01010101…  (no title to be had): anonymous, live, 3 files\n\
         ├─ 5 % to 0x03030303…  (no title to be had): anonymous, live, 3 files\n\
         └─ 25 % to 0x02020202…  (no title to be had): anonymous, live, 3 files\n   \
            └─ 10 % to 0x03030303…, told above\n"
    );
}

#[test]
fn a_parent_that_the_chain_does_not_have_is_shown_as_unknown() {
    let lineage = walked(&[(1, &[(7, 1)])]);
    assert_eq!(lineage.nodes[1].state, State::Unknown);
    assert!(lineage.show(Format::Tree).contains("not on this chain"));
}

#[test]
fn a_wide_lineage_ends_at_its_bound_and_says_so() {
    let wide: Vec<Vec<(u8, u32)>> = (0..9u8)
        .map(|of| (1..=8).map(|at| (1 + of * 8 + at, 0)).collect())
        .collect();
    let chain: Vec<(u8, &[(u8, u32)])> = wide
        .iter()
        .enumerate()
        .map(|(at, parents)| (1 + at as u8, parents.as_slice()))
        .collect();
    let lineage = walked(&chain);
    assert_eq!(lineage.nodes.len(), MAX_NODES);
    assert!(!lineage.complete);
    for format in [Format::Tree, Format::Dot, Format::Svg] {
        assert!(
            lineage.show(format).contains("at most 64 records are shown"),
            "{format:?}"
        );
    }
    let ends = lineage
        .edges
        .iter()
        .all(|edge| lineage.node(&edge.parent).is_some());
    assert!(ends, "no edge leads to a record that is left out");
}

#[test]
fn a_cycle_that_a_node_makes_up_ends() {
    let lineage = walked(&[(1, &[(2, 1)]), (2, &[(1, 1)])]);
    assert_eq!(lineage.nodes.len(), 2);
    assert!(lineage.show(Format::Tree).contains("told above"));
    assert!(lineage.show(Format::Svg).ends_with("</svg>\n"));
}

#[test]
fn of_all_that_the_log_says_the_worst_is_shown() {
    use vouchsafe_protocol::{
        finding::Finding,
        id::{OfferId, OrderId},
        log::Fraud,
    };
    let mut now = standing();
    assert_eq!(State::of(&now), State::Live);
    now.withdrawn_at = Some(2);
    assert_eq!(State::of(&now), State::Withdrawn);
    now.erased = Some((3, Account([9; 32])));
    assert_eq!(State::of(&now), State::Erased);
    now.condemned = Some((3, Finding::FalseExact { item: 0, metric: 0 }));
    assert_eq!(State::of(&now), State::Condemned);
    now.fraud = Some(Fraud {
        at: 4,
        offer: OfferId([1; 32]),
        order: OrderId([2; 32]),
        chunk: 0,
    });
    assert_eq!(State::of(&now), State::Fraud);
    let mut walk = Walk::new(id(1));
    walk.learn(&id(1), &statement(&[]), &now);
    let lineage = walk.finish();
    assert!(lineage.show(Format::Tree).contains("FRAUD"));
    assert!(lineage.show(Format::Dot).contains("color=\"#b00020\""));
    assert!(lineage.show(Format::Svg).contains("stroke=\"#b00020\""));
}

#[test]
fn a_parent_whose_terms_are_broken_is_pointed_out_everywhere() {
    let mut walk = Walk::new(id(1));
    walk.learn(&id(1), &statement(&[(2, 10_000), (3, 5)]), &standing());
    walk.learn(&id(2), &statement(&[]), &standing());
    walk.learn(&id(3), &statement(&[]), &standing());
    let asks = Derivation::Allowed {
        least_share_ppm: 20_000,
    };
    walk.read(
        &id(2),
        &json!({"name": "Streets", "usageInfo": asks.policy("urn:a", "urn:b")}),
    );
    walk.read(
        &id(3),
        &json!({"name": "Parks", "usageInfo": Derivation::Unstated.policy("urn:a", "urn:b")}),
    );
    let lineage = walk.finish();
    let broken: Vec<_> = lineage.breaches().map(|edge| edge.parent).collect();
    assert_eq!(broken, [id(2)]);
    for format in [Format::Tree, Format::Dot, Format::Svg] {
        let shown = lineage.show(format);
        assert!(shown.contains("its terms ask for 2 %"), "{shown}");
        assert!(shown.contains("Parks"), "{shown}");
    }
    let shown: serde_json::Value = serde_json::from_str(&lineage.show(Format::Json)).unwrap();
    assert_eq!(
        shown["edges"][0]["breach"]["share_too_small"]["asked_ppm"],
        20_000
    );
    assert_eq!(shown["edges"][1].get("breach"), None);
    assert_eq!(shown["nodes"][1]["grade"], "anonymous");
}

#[test]
fn a_title_breaks_out_of_no_format() {
    let mut walk = Walk::new(id(1));
    walk.learn(&id(1), &statement(&[]), &standing());
    let title = "</text><script>alert('1')</script>\"\\\n\u{1b}[2J\u{202e}&amp;";
    walk.read(&id(1), &json!({"name": title}));
    let lineage = walk.finish();
    let svg = lineage.show(Format::Svg);
    assert!(!svg.contains("<script") && !svg.contains('\u{202e}'), "{svg}");
    assert!(
        svg.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"),
        "{svg}"
    );
    let dot = lineage.show(Format::Dot);
    assert!(dot.contains(r#"</script>\"\\ "#), "{dot}");
    let tree = lineage.show(Format::Tree);
    assert_eq!(tree.lines().count(), 1, "{tree}");
    assert!(!tree.contains('\u{1b}'), "{tree}");
}

#[test]
fn a_long_title_is_cut_where_room_is_short() {
    assert_eq!(cut("abcdef", 6), "abcdef");
    assert_eq!(cut("abcdefg", 6), "abcde…");
}

#[test]
fn boxes_of_a_drawing_do_not_overlap() {
    let parents: Vec<(u8, u32)> = (2..=9).map(|mark| (mark, 1)).collect();
    let svg = walked(&[(1, &parents)]).show(Format::Svg);
    let number = |line: &str, name: &str| -> usize {
        let rest = line.split_once(&format!(" {name}=\"")).unwrap().1;
        rest.split_once('"').unwrap().0.parse().unwrap()
    };
    let boxes: Vec<_> = svg
        .lines()
        .filter(|line| line.contains("rx="))
        .map(|line| (number(line, "x"), number(line, "y")))
        .collect();
    assert_eq!(boxes.len(), 9);
    for (at, a) in boxes.iter().enumerate() {
        for b in &boxes[at + 1..] {
            assert!(a.1 != b.1 || a.0.abs_diff(b.0) >= 250, "{a:?} {b:?}");
        }
    }
}
