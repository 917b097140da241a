//! The verdict as JSON and as a page.

mod house;

use house::{House, Plan, house, name, signed_note};
use serde_json::{Value, json};
use vouchsafe_audit::{Question, verify};
use vouchsafe_protocol::{
    finding::Finding,
    id::{Account, Digest, OfferId, OrderId},
    log::Fact,
    record::Grade,
};

/// Whether `value` is as `schema` says: as much of JSON Schema 2020-12 as our schemas use, and nothing else.
fn fits(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{why}: {value} against {schema}"));
    for (keyword, said) in schema.as_object().unwrap() {
        let holds = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let path = said.as_str().unwrap().strip_prefix('#').unwrap();
                fits(value, root.pointer(path).unwrap(), root)?;
                true
            }
            "type" => match said.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "null" => value.is_null(),
                "integer" => value.is_u64() || value.is_i64(),
                other => panic!("type {other}"),
            },
            "const" => value == said,
            "enum" => said.as_array().unwrap().contains(value),
            "minimum" => value.as_i64() >= said.as_i64(),
            "minItems" => value
                .as_array()
                .is_some_and(|list| list.len() as u64 >= said.as_u64().unwrap()),
            "maxItems" => value
                .as_array()
                .is_some_and(|list| list.len() as u64 <= said.as_u64().unwrap()),
            "pattern" => {
                assert_eq!(said, "^0x[0-9a-f]{64}$");
                let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
                let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
                digits.is_some_and(|digits| digits.len() == 64 && digits.bytes().all(is_digit))
            }
            "required" => {
                let has = |name: &Value| value.get(name.as_str().unwrap()).is_some();
                said.as_array().unwrap().iter().all(has)
            }
            "properties" => {
                for (name, inner) in said.as_object().unwrap() {
                    value.get(name).map_or(Ok(()), |value| fits(value, inner, root))?;
                }
                true
            }
            "additionalProperties" => {
                let known = schema["properties"].as_object().unwrap();
                said.as_bool().unwrap()
                    || value
                        .as_object()
                        .is_none_or(|all| all.keys().all(|name| known.contains_key(name)))
            }
            "items" => {
                value
                    .as_array()
                    .unwrap()
                    .iter()
                    .try_for_each(|value| fits(value, said, root))?;
                true
            }
            "oneOf" => {
                said.as_array()
                    .unwrap()
                    .iter()
                    .filter(|one| fits(value, one, root).is_ok())
                    .count()
                    == 1
            }
            other => panic!("keyword {other}"),
        };
        if !holds {
            return wrong(keyword);
        }
    }
    Ok(())
}

fn schema(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn attested(n: u8) -> Fact {
    Fact::Attested {
        by: Account([n; 32]),
        finding: Finding::FalseExact { item: 1, metric: 4 },
        attestation: Digest([n; 32]),
    }
}

/// A record to which everything has happened.
fn eventful() -> House {
    let mut plan = Plan {
        grade: Grade::Disguised,
        withdrawn_at: Some(20),
        ..Plan::default()
    };
    let fraud = Fact::FraudProven {
        offer: OfferId([7; 32]),
        order: OrderId([8; 32]),
        chunk: 5,
    };
    plan.life.extend([
        (20, Fact::Withdrawn),
        (30, Fact::Erased { by: house::OWNER }),
        (40, fraud),
        (41, attested(1)),
        (42, attested(2)),
    ]);
    plan.report["policy"]["grade"] = json!("disguised");
    plan.report["residual"]["found"] = json!(1);
    plan.report["overrides"] = json!([signed_note(&plan.gateway, "<b>a statue</b>\u{202e}")]);
    plan.metadata["name"] = json!("</td><script>alert('1')</script>\u{0}");
    House::new(plan)
}

#[test]
fn verdicts_have_the_shape_of_their_schema() {
    let schema = schema(include_str!("../../docs/schemas/verdict-1.schema.json"));
    let eventful = eventful();
    let foreign = [
        ("x".to_owned(), vec![1]),
        (name(3), eventful.plan.photos[2].clone()),
    ];
    let mut wrong = house();
    wrong.bundle.record.signature[0] ^= 1;
    let verdicts = [
        house().verdict(),
        eventful.verdict(),
        eventful.verdict_of(&eventful.file(), &foreign),
        wrong.verdict(),
        verify(b"none", &Question::default()),
    ];
    for verdict in verdicts {
        let json = verdict.to_json();
        fits(&json, &schema, &schema).unwrap();
        assert_eq!(json["checks"].as_array().unwrap().len(), verdict.checks.len());
        assert_eq!(
            (&json["sound"], &json["anchored"]),
            (&verdict.sound.into(), &verdict.anchored.into())
        );
    }
}

#[test]
fn what_does_not_fit_a_schema_is_noticed() {
    let schema = schema(include_str!("../../docs/schemas/verdict-1.schema.json"));
    let good = house().verdict().to_json();
    for (pointer, value) in [
        ("/sound", json!("yes")),
        ("/checks/0/outcome", json!("fine")),
        ("/bundle/sha256", json!("0x00")),
        ("/facts/record/items", json!(-1)),
        ("/facts/block", json!({})),
        ("/facts/more", json!(1)),
    ] {
        let mut changed = good.clone();
        match changed.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => changed["facts"]["more"] = value,
        }
        assert!(fits(&changed, &schema, &schema).is_err(), "{pointer}");
    }
}

#[test]
fn anchors_have_the_shape_of_their_schema() {
    let schema = schema(include_str!("../../docs/schemas/anchor-1.schema.json"));
    fits(&house().anchor.to_json(), &schema, &schema).unwrap();
}

#[test]
fn a_failed_check_takes_the_facts_with_it_that_it_carries() {
    let facts = |change: fn(&mut House)| {
        let mut house = house();
        change(&mut house);
        house.verdict().to_json()["facts"].clone()
    };
    let of_record = facts(|house| house.bundle.record.signature[0] ^= 1);
    assert_eq!(of_record["record"], Value::Null);
    let of_chain = facts(|house| house.bundle.state[0][0] ^= 1);
    assert_eq!(
        (&of_chain["block"], &of_chain["standing"]),
        (&Value::Null, &Value::Null)
    );
    let of_report = facts(|house| house.bundle.report.as_mut().unwrap().signature[0] ^= 1);
    assert_eq!(of_report["report"], Value::Null);
    let of_anchor = facts(|house| house.anchor.sets[0].id = 9);
    assert_eq!(
        (&of_anchor["block"], &of_anchor["log"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn the_page_needs_nothing_else_and_foreign_text_is_no_markup() {
    let house = eventful();
    let photos = [("<img src=x>.jpg".to_owned(), vec![1])];
    let verdict = house.verdict_of(&house.file(), &photos);
    let page = verdict.to_page();
    assert_eq!(page, verdict.to_page());
    for markup in [
        "<script", "<b>", "<img", "<link", "src=", "href=", "url(", "@import", "\u{202e}", "\u{0}",
    ] {
        let escaped = page.replace("&lt;img src=x&gt;", "");
        assert!(!escaped.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"));
    assert!(page.contains("&lt;b&gt;a statue&lt;/b&gt;"));
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains("Not sound"));
    for check in &verdict.checks {
        assert!(page.contains(&format!("<code>{}", check.kind.name())));
    }
    assert!(
        eventful()
            .verdict()
            .to_page()
            .contains("withdrawn by its owner at block 20")
    );
}

#[test]
fn every_tag_of_the_page_is_closed() {
    for page in [
        house().verdict().to_page(),
        verify(b"", &Question::default()).to_page(),
    ] {
        for tag in [
            "html", "head", "body", "table", "tr", "td", "th", "code", "small", "p", "h1", "h2", "div",
            "style", "title", "strong",
        ] {
            let opened =
                page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}
