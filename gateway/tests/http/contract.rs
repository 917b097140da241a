//! `openapi.json` tells the truth: it names every route and no other, and answers have the shapes that it says.

use std::collections::BTreeSet;

use serde_json::Value;
use vouchsafe_gateway::http::{OPENAPI, ROUTES};

use crate::{
    client::Form,
    evidence::proven_order,
    world::{METADATA, World, png},
};

fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// The description of an operation.
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> &'a Value {
    &document["paths"][path][method.to_ascii_lowercase()]
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .expect("a reference leads somewhere"),
        None => value,
    }
}

/// Checks a value against the part of JSON Schema that the document uses.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let schema = resolve(document, schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices
            .iter()
            .any(|choice| check(document, choice, value, at).is_ok());
        return if fits {
            Ok(())
        } else {
            Err(format!("{at}: {value} fits no choice"))
        };
    }
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        other => return Err(format!("{at}: the schema's type {other:?} is not known here")),
    };
    if !fits {
        return Err(format!("{at}: {value} is no {}", schema["type"]));
    }
    if let Some(names) = schema["enum"].as_array()
        && !names.contains(value)
    {
        return Err(format!("{at}: {value} is none of {names:?}"));
    }
    if let Some(only) = schema.get("const")
        && only != value
    {
        return Err(format!("{at}: {value} is not {only}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(document, &schema["items"], item, &format!("{at}[{index}]"))?;
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            return Err(format!("{at}: {name} is missing"));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(property), _) => check(document, property, member, &at)?,
            (None, Value::Bool(false)) => return Err(format!("{at} is not in the document")),
            (None, Value::Object(_)) => check(document, &schema["additionalProperties"], member, &at)?,
            (None, _) => {}
        }
    }
    Ok(())
}

#[test]
fn the_document_names_every_route_and_no_other() {
    let document = document();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.insert((method.to_ascii_uppercase(), path.clone()));
        }
    }
    let routed: BTreeSet<_> = ROUTES
        .iter()
        .map(|(method, path)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(described, routed);
}

#[test]
fn the_document_is_served_as_committed_and_has_this_version() {
    let reply = World::new().get("/openapi.json");
    assert_eq!(reply.text(), OPENAPI);
    assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
    fn walk(document: &Value, value: &Value) {
        if value["$ref"].is_string() {
            resolve(document, value);
        }
        for child in value.as_object().into_iter().flat_map(|object| object.values()) {
            walk(document, child);
        }
        value
            .as_array()
            .into_iter()
            .flatten()
            .for_each(|child| walk(document, child));
    }
    let document = document();
    walk(&document, &document);
    let mut names = BTreeSet::new();
    for (method, path) in ROUTES {
        let name = operation(&document, method, path)["operationId"]
            .as_str()
            .unwrap();
        assert!(names.insert(name.to_owned()), "{name} is used twice");
    }
}

/// `value` with every reference into `schema` replaced by what it leads to, and what is said beside it kept.
fn inlined(schema: &Value, value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut all = serde_json::Map::new();
            if let Some(path) = value["$ref"].as_str() {
                let target = schema.pointer(path.trim_start_matches('#')).unwrap();
                all.extend(inlined(schema, target).as_object().unwrap().clone());
            }
            let said = members
                .iter()
                .filter(|(name, _)| !["$ref", "$defs", "$schema", "$id"].contains(&name.as_str()));
            all.extend(said.map(|(name, member)| (name.clone(), inlined(schema, member))));
            Value::Object(all)
        }
        Value::Array(members) => members.iter().map(|member| inlined(schema, member)).collect(),
        plain => plain.clone(),
    }
}

#[test]
fn the_report_has_the_shape_that_the_schema_file_says() {
    let file = include_str!("../../../docs/schemas/report-3.schema.json");
    let schema: Value = serde_json::from_str(file).unwrap();
    assert_eq!(
        document()["components"]["schemas"]["Report"],
        inlined(&schema, &schema)
    );
}

/// Whether a report has the shape that the document says, which is that of the schema file.
pub fn fits_the_report_schema(report: &Value) -> Result<(), String> {
    let document = document();
    check(
        &document,
        &document["components"]["schemas"]["Report"],
        report,
        "report",
    )
}

#[test]
fn exactly_the_operators_routes_ask_for_the_token() {
    let world = World::new();
    let document = document();
    for (method, path) in ROUTES {
        let concrete = path.replace("{id}", "x").replace("{record}", "x");
        let refused = world.send(method, &concrete, &[], &[]).status == 401;
        let described = operation(&document, method, path)["security"].is_array();
        assert_eq!(refused, described, "{method} {path}");
    }
}

#[test]
fn answers_have_the_shapes_that_the_document_says() {
    let world = World::new();
    let document = document();
    let (record, offer) = world.listed();
    let body = Form::default().metadata(METADATA).file("a.png", &png(8, 8)).end();
    let job = world.accepted(&body);
    let schema_of = |method: &str, path: &str, status: &str, media: &str| {
        let answer = resolve(
            &document,
            &operation(&document, method, path)["responses"][status],
        )
        .clone();
        answer["content"][media]["schema"].clone()
    };
    for (route, path) in [
        ("/health", "/health".to_owned()),
        ("/v1/gateway", "/v1/gateway".to_owned()),
        ("/v1/offers", "/v1/offers".to_owned()),
        ("/v1/datasets/{record}", format!("/v1/datasets/{record}")),
        (
            "/v1/datasets/{record}/lineage",
            format!("/v1/datasets/{record}/lineage"),
        ),
        ("/v1/jobs", "/v1/jobs".to_owned()),
        ("/v1/jobs/{id}", format!("/v1/jobs/{job}")),
    ] {
        let reply = world.get_as_operator(&path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        let schema = schema_of("GET", route, "200", "application/json");
        check(&document, &schema, &reply.json(), route).unwrap();
    }
    let schema = schema_of("POST", "/v1/datasets", "202", "application/json");
    check(&document, &schema, &world.upload(&body).json(), "accepted").unwrap();
    let problem = schema_of(
        "GET",
        "/v1/offers/{id}/ciphertext",
        "416",
        "application/problem+json",
    );
    let beyond = world.get_with(
        &format!("/v1/offers/{offer}/ciphertext"),
        &["Range: bytes=99999999-"],
    );
    check(&document, &problem, &beyond.json(), "problem").unwrap();
    let draft = serde_json::from_str(METADATA).unwrap();
    check(
        &document,
        &document["components"]["schemas"]["DatasetDraft"],
        &draft,
        "draft",
    )
    .unwrap();
}

#[test]
fn an_orders_proof_has_the_shape_that_the_document_says() {
    let world = World::new();
    let document = document();
    let (_, offer) = world.listed();
    let order = proven_order(&world, &offer);
    let reply = world.get(&format!("/v1/orders/{order}/proof"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let schema = &document["components"]["schemas"]["OrderProof"];
    check(&document, schema, &reply.json(), "proof").unwrap();
    assert!(reply.json()["placed"].is_object() && reply.json()["delivered"].is_object());
}

#[test]
fn the_shape_check_itself_refuses_what_is_wrong() {
    let document = document();
    let schema = &document["components"]["schemas"]["Accepted"];
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({ "job": 1 }),
        serde_json::json!({ "job": "a", "x": 1 }),
    ] {
        assert!(check(&document, schema, &wrong, "accepted").is_err(), "{wrong}");
    }
}
