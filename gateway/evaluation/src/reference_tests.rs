use super::*;

/// What the vectors file must hold for the code as it stands, for whoever makes a new version of the suite.
fn rendered() -> String {
    let mut rows = Vec::new();
    let pictures: Vec<String> = (DRAWN.iter())
        .map(|drawn| {
            let (row, hash) = drawn.measured();
            let text = String::from_utf8(row.to_bytes()).unwrap();
            rows.push(row);
            let hash = hash.map_or("null".into(), |hash| format!("{hash:?}"));
            format!(
                "    {{\n      \"picture\": {:?},\n      \"row\": {text:?},\n      \"hash\": {hash}\n    }}",
                drawn.name
            )
        })
        .collect();
    let root = metrics_root(&rows).unwrap();
    format!(
        "{{\n  \"metrics_root\": \"{root}\",\n  \"pictures\": [\n{}\n  ]\n}}\n",
        pictures.join(",\n")
    )
}

#[test]
fn the_reference_vectors_are_what_the_suite_computes() {
    assert_eq!(VECTORS, rendered());
}

#[test]
fn a_machine_that_computes_rightly_passes_its_self_test() {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(self_test(), Ok(vectors.metrics_root));
    assert_eq!(vectors.pictures.len(), 8);
}

#[test]
fn every_reference_row_is_read_back_as_it_was_written() {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    for (vector, drawn) in vectors.pictures.iter().zip(&DRAWN) {
        assert_eq!(
            Row::parse(vector.row.as_bytes()),
            Ok(drawn.measured().0),
            "{}",
            vector.picture
        );
    }
}

#[test]
fn flat_pictures_have_no_hash_and_the_others_lie_apart() {
    let hashes: Vec<_> = (DRAWN.iter())
        .filter_map(|drawn| {
            let rgb = drawn.rgb();
            let sketch = Sketch::of(&Picture::new(drawn.width, drawn.height, &rgb).unwrap())?;
            Some((drawn.name, HashKey::public().hash(&sketch)))
        })
        .collect();
    let names: Vec<_> = hashes.iter().map(|(name, _)| *name).collect();
    assert!(!names.contains(&"grey") && !names.contains(&"dot"), "{names:?}");
    assert!(names.contains(&"disc") && names.contains(&"waves"), "{names:?}");
    for (name, hash) in &hashes {
        for (other, another) in hashes.iter().filter(|(other, _)| other != name) {
            assert!(
                hash.distance(another) > crate::keyed::RADIUS,
                "{name} and {other}"
            );
        }
    }
}
