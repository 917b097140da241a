//! A network made by the tests, byte by byte, as ONNX files are laid out (protobuf, `onnx.proto3`).

/// A number field.
fn number(field: u8, value: u8) -> Vec<u8> {
    assert!(field < 16 && value < 128, "one byte each");
    vec![field << 3, value]
}

/// A field of bytes, text or a message.
fn block(field: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let mut bytes = vec![(field << 3) | 2];
    let mut length = content.len();
    while length >= 128 {
        bytes.push((length % 128) as u8 | 128);
        length /= 128;
    }
    bytes.push(length as u8);
    bytes.extend(content);
    bytes
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes: Vec<u8> = inputs.iter().flat_map(|name| block(1, name)).collect();
    bytes.extend(block(2, output));
    bytes.extend(block(4, operator));
    bytes.extend(attributes.iter().flat_map(|attribute| block(5, attribute)));
    block(1, bytes)
}

/// An attribute that is one number. Its type, 2, is field 20, whose tag takes two bytes.
fn integer(name: &str, value: u8) -> Vec<u8> {
    [block(1, name), number(3, value), vec![0xA0, 1, 2]].concat()
}

/// An attribute that is a list of one number: type 7.
fn integers(name: &str, value: u8) -> Vec<u8> {
    [block(1, name), number(8, value), vec![0xA0, 1, 7]].concat()
}

/// What goes in or comes out: `kind` is 1 for float, 2 for bytes; 1 x height x width x `last`.
fn value(name: &str, kind: u8, last: u8) -> Vec<u8> {
    let sides = ["height", "width"].map(|side| block(1, block(2, side))).concat();
    let shape = [block(1, number(1, 1)), sides, block(1, number(1, last))].concat();
    let tensor = [number(1, kind), block(2, shape)].concat();
    [block(1, name), block(2, block(1, tensor))].concat()
}

/// Takes `patches` of `patch` bytes and gives `heat`, `scale` and `offset`, a cell each. The heat is the logarithm of a
/// negative number wherever the patch is not black.
pub fn that_gives_no_numbers(patch: u8) -> Vec<u8> {
    let graph = [
        node("Cast", &["patches"], "values", &[integer("to", 1)]),
        node(
            "ReduceMean",
            &["values"],
            "mean",
            &[integers("axes", 3), integer("keepdims", 1)],
        ),
        node("Neg", &["mean"], "minus", &[]),
        node("Log", &["minus"], "heat", &[]),
        node("Concat", &["mean", "mean"], "scale", &[integer("axis", 3)]),
        node("Concat", &["mean", "mean"], "offset", &[integer("axis", 3)]),
        block(2, "made by a test"),
        block(11, value("patches", 2, patch)),
        block(12, value("heat", 1, 1)),
        block(12, value("scale", 1, 2)),
        block(12, value("offset", 1, 2)),
    ];
    let opset = [block(1, ""), number(2, 13)].concat();
    [number(1, 8), block(7, graph.concat()), block(8, opset)].concat()
}
