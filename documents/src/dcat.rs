//! A metadata document as DCAT-AP 3.0 (<https://semiceu.github.io/DCAT-AP/releases/3.0.0/>) in JSON-LD, for data portals.
//!
//! Nothing is added that the document, the record or the gateway does not say.

use crate::{many, urn};
use serde_json::{Map, Value, json};
use vouchsafe_protocol::id::{Account, RecordId};

/// Access against payment: open to everybody, yet not free.
const RESTRICTED: &str = "http://publications.europa.eu/resource/authority/access-right/RESTRICTED";
const MEDIA_TYPES: &str = "http://www.iana.org/assignments/media-types/";

/// A metadata document with what it cannot say of itself.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// The record that names the document.
    pub record: RecordId,
    /// The document.
    pub document: &'a Value,
    /// Where its gateway is reached: `http(s)://…`, without a slash at the end.
    pub gateway: &'a str,
}

/// Who offers a catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Publisher<'a> {
    /// The gateway's account.
    pub account: Account,
    /// Where it is reached.
    pub gateway: &'a str,
}

/// One dataset as a JSON-LD document of its own.
pub fn dataset(listed: &Listed<'_>) -> Value {
    let mut node = node(listed);
    node["@context"] = context();
    node
}

/// Many datasets as a catalogue.
pub fn catalogue<'a>(publisher: &Publisher<'_>, listed: impl IntoIterator<Item = Listed<'a>>) -> Value {
    let Publisher { account, gateway } = publisher;
    let datasets: Vec<Value> = listed.into_iter().map(|listed| node(&listed)).collect();
    json!({
        "@context": context(),
        "@id": format!("{gateway}/v1/catalogue"),
        "@type": "dcat:Catalog",
        "dct:title": format!("Datasets of the gateway {gateway}"),
        "dct:description": "Anonymised datasets, sold by fair exchange on a Vouchsafe chain",
        "dct:publisher": agent(&urn("account", account), &format!("account {account}")),
        "foaf:homepage": { "@id": format!("{gateway}/docs") },
        "dcat:dataset": datasets,
    })
}

fn context() -> Value {
    json!({
        "dcat": "http://www.w3.org/ns/dcat#",
        "dct": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "odrl": "http://www.w3.org/ns/odrl/2/",
        "prov": "http://www.w3.org/ns/prov#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "spdx": "http://spdx.org/rdf/terms#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    })
}

fn node(listed: &Listed<'_>) -> Value {
    let Listed {
        record,
        document,
        gateway,
    } = *listed;
    let licence = licence(&document["license"]);
    let distributions: Vec<Value> = many(&document["distribution"])
        .iter()
        .filter(|file| file["@type"] == "cr:FileObject")
        .map(|file| distribution(file, gateway, &licence))
        .collect();
    let mut node = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            node.insert(name.to_owned(), value);
        }
    };
    put("@id", urn("record", &record).into());
    put("@type", "dcat:Dataset".into());
    put("dct:identifier", record.to_string().into());
    put("dct:title", document["name"].clone());
    // DCAT-AP wants one; a seller need not write any.
    let description = match document["description"].as_str() {
        None | Some("") => document["name"].clone(),
        Some(text) => text.into(),
    };
    put("dct:description", description);
    put("dct:issued", typed(&document["datePublished"], "xsd:date"));
    put("dcat:keyword", document["keywords"].clone());
    put("dcat:version", document["version"].clone());
    put("dct:accessRights", json!({ "@id": RESTRICTED }));
    put(
        "dcat:landingPage",
        json!({ "@id": format!("{gateway}/v1/datasets/{record}") }),
    );
    let publisher = &document["publisher"];
    if let (Some(id), Some(name)) = (publisher["@id"].as_str(), publisher["name"].as_str()) {
        put("dct:publisher", agent(id, name));
    }
    put("dct:provenance", provenance(&document["prov:wasGeneratedBy"]));
    put("prov:wasDerivedFrom", document["prov:wasDerivedFrom"].clone());
    put("odrl:hasPolicy", policy(&document["usageInfo"]));
    put("dcat:distribution", distributions.into());
    Value::Object(node)
}

fn agent(id: &str, name: &str) -> Value {
    json!({ "@id": id, "@type": "foaf:Agent", "foaf:name": name })
}

fn typed(value: &Value, datatype: &str) -> Value {
    match value.as_str() {
        Some(text) => json!({ "@value": text, "@type": datatype }),
        None => Value::Null,
    }
}

/// The licence by its name and the hash of its text; by its address too where it has one.
fn licence(licence: &Value) -> Value {
    let mut document = json!({
        "@type": "dct:LicenseDocument",
        "dct:title": licence["name"],
        "dct:identifier": format!("sha256:{}", licence["sha256"].as_str().unwrap_or_default()),
    });
    if let Some(url) = licence["url"].as_str() {
        document["@id"] = url.into();
    }
    document
}

fn provenance(activity: &Value) -> Value {
    match activity["description"].as_str() {
        Some(text) => json!({ "@type": "dct:ProvenanceStatement", "rdfs:label": text }),
        None => Value::Null,
    }
}

/// The ODRL rules without what only Croissant wants.
fn policy(usage: &Value) -> Value {
    let Some(usage) = usage.as_object() else {
        return Value::Null;
    };
    let rules = usage
        .iter()
        .filter(|(name, _)| name.starts_with("odrl:"))
        .map(|(name, value)| (name.clone(), value.clone()));
    let mut policy: Map<String, Value> = rules.collect();
    policy.insert("@type".to_owned(), "odrl:Offer".into());
    Value::Object(policy)
}

fn distribution(file: &Value, gateway: &str, licence: &Value) -> Value {
    let path = file["contentUrl"].as_str().unwrap_or_default();
    let url = format!("{gateway}/{path}");
    let media = file["encodingFormat"]
        .as_str()
        .unwrap_or("application/octet-stream");
    let mut distribution = json!({
        "@id": url,
        "@type": "dcat:Distribution",
        "dct:title": file["name"],
        "dct:description": file["description"],
        "dct:license": licence,
        "dcat:accessURL": { "@id": url },
        "dcat:downloadURL": { "@id": url },
        "dcat:mediaType": { "@id": format!("{MEDIA_TYPES}{media}") },
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": { "@id": "spdx:checksumAlgorithm_sha256" },
            "spdx:checksumValue": typed(&file["sha256"], "xsd:hexBinary"),
        },
    });
    let size = file["contentSize"]
        .as_str()
        .and_then(|size| size.strip_suffix(" B"));
    if let Some(bytes) = size {
        distribution["dcat:byteSize"] = json!({ "@value": bytes, "@type": "xsd:nonNegativeInteger" });
    }
    distribution
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(document: &Value) -> Listed<'_> {
        Listed {
            record: RecordId([7; 32]),
            document,
            gateway: "https://gateway.example",
        }
    }

    #[test]
    fn files_are_reached_at_the_gateway_and_bound_by_their_hash() {
        let document = json!({"name": "Streets", "distribution": [
            {"@type": "cr:FileObject", "name": "ciphertext", "contentUrl": "v1/offers/0x1/ciphertext",
             "contentSize": "12 B", "encodingFormat": "application/octet-stream", "sha256": "ab"},
            {"@type": "cr:FileSet", "name": "photos"},
        ]});
        let node = dataset(&listed(&document));
        let files = node["dcat:distribution"].as_array().unwrap();
        assert_eq!(files.len(), 1, "a file set is in a file, not at an address");
        let url = json!({"@id": "https://gateway.example/v1/offers/0x1/ciphertext"});
        assert_eq!(files[0]["dcat:accessURL"], url);
        assert_eq!(files[0]["dcat:byteSize"]["@value"], "12");
        assert_eq!(files[0]["spdx:checksum"]["spdx:checksumValue"]["@value"], "ab");
    }

    #[test]
    fn what_a_document_does_not_say_is_left_out_and_a_description_is_there_all_the_same() {
        let node = dataset(&listed(&json!({"name": "Streets", "description": ""})));
        for absent in [
            "dct:issued",
            "dct:publisher",
            "odrl:hasPolicy",
            "prov:wasDerivedFrom",
            "dcat:keyword",
        ] {
            assert_eq!(node.get(absent), None, "{absent}");
        }
        assert_eq!(node["dct:description"], "Streets");
    }

    #[test]
    fn a_document_of_any_shape_is_taken() {
        for document in [
            json!(null),
            json!([]),
            json!({"distribution": 5, "license": [1], "usageInfo": "x"}),
        ] {
            assert_eq!(dataset(&listed(&document))["@type"], "dcat:Dataset", "{document}");
        }
    }

    #[test]
    fn a_catalogue_holds_each_dataset_once_and_names_its_publisher() {
        let document = json!({"name": "Streets"});
        let publisher = Publisher {
            account: Account([1; 32]),
            gateway: "https://gateway.example",
        };
        let catalogue = catalogue(&publisher, [listed(&document), listed(&document)]);
        assert_eq!(catalogue["dcat:dataset"].as_array().unwrap().len(), 2);
        assert_eq!(catalogue["dcat:dataset"][0].get("@context"), None, "once, above");
        assert_eq!(
            catalogue["dct:publisher"]["@id"],
            urn("account", &Account([1; 32]))
        );
    }
}
