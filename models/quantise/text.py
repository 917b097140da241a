#!/usr/bin/env python3
"""Makes models/weights/text.onnx from the weights in the PyPI wheel rapidocr-onnxruntime 1.4.4 (PP-OCRv4 detection).

    python3 -m venv /some/folder && /some/folder/bin/pip install -r models/quantise/requirements.txt
    /some/folder/bin/pip download --no-deps rapidocr-onnxruntime==1.4.4 && unzip rapidocr_onnxruntime-1.4.4-*.whl
    /some/folder/bin/python models/quantise/text.py rapidocr_onnxruntime/models OUT.onnx [INT8.onnx]

1. Clean: constants become initialisers, the input becomes bytes (`1 x height x width x 3`, RGB), the normalisation moves
   into the graph and its first convolution, what goes in and out gets plain names.
2. Quantise, only where asked for: static QDQ as for centerface.py. The model card says what that costs.

Calibration sees only pictures that anybody may use: pages and photos that come with scikit-image and text drawn here.
"""

import hashlib
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import skimage
from onnx import TensorProto, helper, numpy_helper, version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image, ImageDraw

SOURCE = "ch_PP-OCRv4_det_infer.onnx"
SOURCE_SHA256 = "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9"


def clean(model):
    graph = model.graph
    for node in [node for node in graph.node if node.op_type == "Constant"]:
        (attribute,) = node.attribute
        tensor = onnx.TensorProto()
        tensor.CopyFrom(attribute.t)
        tensor.name = node.output[0]
        graph.initializer.append(tensor)
        graph.node.remove(node)
    (source,), (target,) = graph.input, graph.output
    constants = {tensor.name: tensor for tensor in graph.initializer}
    first = [node for node in graph.node if source.name in node.input]
    assert [node.op_type for node in first] == ["Conv"]
    kernel = numpy_helper.to_array(constants[first[0].input[1]])
    # Trained on blue, green, red; (value / 255 - 0.5) / 0.5 each.
    kernel = np.ascontiguousarray((kernel[:, ::-1].astype(np.float64) / 127.5).astype(np.float32))
    constants[first[0].input[1]].CopyFrom(numpy_helper.from_array(kernel, first[0].input[1]))
    graph.initializer.append(numpy_helper.from_array(np.array(127.5, np.float32), "middle"))
    graph.node.insert(0, helper.make_node("Transpose", ["picture"], ["planes"], perm=[0, 3, 1, 2]))
    graph.node.insert(1, helper.make_node("Cast", ["planes"], ["values"], to=TensorProto.FLOAT))
    graph.node.insert(2, helper.make_node("Sub", ["values", "middle"], [source.name]))
    (last,) = [node for node in graph.node if target.name in node.output]
    last.output[0] = "probability"
    del graph.input[:], graph.output[:], graph.value_info[:]
    graph.input.append(helper.make_tensor_value_info("picture", TensorProto.UINT8, [1, "H", "W", 3]))
    graph.output.append(helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, 1, "H", "W"]))
    del model.metadata_props[:]
    model.producer_name = model.producer_version = model.doc_string = ""
    for index, node in enumerate(graph.node):
        node.name = f"{node.op_type.lower()}{index}"
        node.doc_string = ""
    model = version_converter.convert_version(model, 17)
    onnx.checker.check_model(model)
    return model


def pictures():
    data = pathlib.Path(skimage.__file__).parent / "data"
    for name in ("page.png", "text.png", "motorcycle_left.png", "coffee.png", "astronaut.png", "rocket.jpg", "chelsea.png"):
        yield Image.open(data / name).convert("RGB").resize((640, 416))
    for size, ground, ink in ((12, "white", "black"), (28, "yellow", "black"), (48, "navy", "white"), (20, "grey", "red")):
        sheet = Image.new("RGB", (640, 416), ground)
        for row in range(416 // (2 * size)):
            ImageDraw.Draw(sheet).text((17 * (row % 5), 2 * size * row), "AB 123 CD every word 47-XK", ink, font_size=size)
        yield sheet


class Calibration(CalibrationDataReader):
    def __init__(self):
        self.left = iter(pictures())

    def get_next(self):
        picture = next(self.left, None)
        return None if picture is None else {"picture": np.asarray(picture)[None]}


def main(folder, out, int8=None):
    source = pathlib.Path(folder) / SOURCE
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    assert found == SOURCE_SHA256, f"{source} has sha256 {found}, wanted {SOURCE_SHA256}"
    onnx.save(clean(onnx.load(source)), out)
    print(f"{out} {hashlib.sha256(pathlib.Path(out).read_bytes()).hexdigest()}")
    if int8:
        with tempfile.TemporaryDirectory() as scratch:
            folded = pathlib.Path(scratch) / "folded.onnx"
            quant_pre_process(out, folded, skip_symbolic_shape=True)
            last = [node.name for node in onnx.load(folded).graph.node][-3:]
            quantize_static(
                folded, int8, Calibration(), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_exclude=last,
            )
        print(f"{int8} {hashlib.sha256(pathlib.Path(int8).read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
