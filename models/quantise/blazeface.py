#!/usr/bin/env python3
"""Makes models/weights/blazeface-back.onnx, and checks that the shipped file is the published net.

    python3 -m venv /some/folder && /some/folder/bin/pip install -r models/quantise/requirements.txt
    /some/folder/bin/python models/quantise/blazeface.py make CONVERTED.onnx OUT.onnx
    /some/folder/bin/python models/quantise/blazeface.py check face_detection_back.tflite

CONVERTED is the published net as tf2onnx gives it. What is changed, so that the same sums take a third less time:

1. Pictures of any sides that are multiples of 32, in planes, instead of 256 x 256 with black beside them.
2. 24 channels become 32, the new ones zero. The runtime's kernels take channels by sixteens; between layers of 24 it
   copied what they computed forth and back, and could not add and cut off in the same step.
3. Channels are added to by a convolution with ones and zeros, for the same reason.

On square pictures every output stays what it was to 1 in 10,000 of its range, for the order of additions differs: checked.

The published file comes from the repository google-ai-edge/mediapipe at commit a9b643e0f5978425d948050a2228398929733d05,
folder mediapipe/modules/face_detection (Apache-2.0). Its weights are 16-bit numbers; the shipped file holds the same
numbers in 32 bits. Every array of weights, without the zeros, must be found in the published file whole, in the order of
axes in which TensorFlow Lite stores it. That the graphs compute the same shows when both are run; the model card says how
far apart.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SHIPPED = Path(__file__).resolve().parents[1] / "weights" / "blazeface-back.onnx"
CONVERTED_SHA256 = "4e263b12e42f0fbfb6850c4b4d3b94189dde39cdd589cf9b6d94cd899432fc8e"
PUBLISHED_SHA256 = "e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8"
# ONNX keeps kernels as (out, in, row, column), TensorFlow Lite as (out, row, column, in), for depthwise convolutions as
# (1, row, column, out).
ORDERS = [(0, 2, 3, 1), (1, 2, 3, 0)]
NARROW, WIDE = 24, 32
PLANES = "planes"
PASSING_ON = "passing-on"  # begins the names of the kernels that add channels


def read(path, sha256):
    content = Path(path).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        sys.exit(f"{path} has sha256 {found}, wanted {sha256}")
    return content


def widen(graph):
    """24 channels to 32, everywhere; the new ones stay zero."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    wide = lambda channels: WIDE if channels == NARROW else channels
    done = set()
    for node in (node for node in graph.node if node.op_type == "Conv"):
        (group,) = [attribute for attribute in node.attribute if attribute.name == "group"]
        for name in node.input[1:]:
            if name in done:
                continue
            done.add(name)
            values = numpy_helper.to_array(constants[name])
            # Kernels of depthwise convolutions have one channel in.
            shape = [wide(channels) for channels in values.shape[:2]] + list(values.shape[2:])
            more = [(0, new - old) for new, old in zip(shape, values.shape, strict=True)]
            constants[name].CopyFrom(numpy_helper.from_array(np.pad(values, more), name))
        group.i = wide(group.i)


def pass_on(graph):
    """Channels of zeros are added by a convolution instead of a copy."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for place, node in enumerate(list(graph.node)):
        if node.op_type != "Pad":
            continue
        added = constants[node.input[1]][5]  # behind the channels; as many as there were
        kernel = np.eye(2 * added, WIDE if added == NARROW else added, dtype=np.float32)
        kernel[added:] = 0
        kernel[:, added:] = 0
        name = f"{PASSING_ON}-{added}"
        graph.initializer.append(numpy_helper.from_array(kernel[:, :, None, None], name))
        graph.node.remove(node)
        graph.node.insert(place, helper.make_node("Conv", [node.input[0], name], node.output, kernel_shape=[1, 1]))


def open_sides(graph):
    """Takes planes of any size, and gives as many anchors as they have."""
    transpose = graph.node[0]
    assert transpose.op_type == "Transpose"
    for node in graph.node:
        node.input[:] = [PLANES if name == transpose.output[0] else name for name in node.input]
    graph.node.remove(transpose)
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info(PLANES, TensorProto.FLOAT, [1, 3, "height", "width"]))
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in (node for node in graph.node if node.op_type == "Reshape"):
        shape = numpy_helper.to_array(constants[node.input[1]]).copy()
        shape[1] = -1
        constants[node.input[1]].CopyFrom(numpy_helper.from_array(shape, node.input[1]))
    for output in graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"anchors of {output.name}"


def same_outputs(before, after):
    """On noise and on a slope, which no photo is like, and on which every weight counts."""
    sessions = [onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]) for path in (before, after)]
    names = [output.name for output in sessions[0].get_outputs()]
    noise = np.random.default_rng(1).uniform(-1, 1, (256, 256, 3))
    line = np.linspace(-1, 1, 256)
    slope = np.stack([*np.meshgrid(line, line), np.zeros((256, 256))], axis=2)
    for picture in (noise, slope):
        picture = picture.astype(np.float32)
        wanted = sessions[0].run(names, {"input:0": picture[None]})
        found = sessions[1].run(names, {PLANES: np.ascontiguousarray(picture.transpose(2, 0, 1)[None])})
        for one, other in zip(wanted, found, strict=True):
            if np.abs(one - other).max() > 1e-4 * np.ptp(one):
                return False
    return True


def make(source, out):
    read(source, CONVERTED_SHA256)
    model = onnx.load(source)
    widen(model.graph)
    pass_on(model.graph)
    open_sides(model.graph)
    used = {name for node in model.graph.node for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, out)
    if not same_outputs(source, out):
        sys.exit("the outputs differ")
    print(f"{out} {hashlib.sha256(Path(out).read_bytes()).hexdigest()}")


def narrowed(array):
    """Without the channels that were added; they must be zero."""
    narrow = array[tuple(slice(NARROW if size == WIDE else None) for size in array.shape[:2])]
    if np.count_nonzero(narrow) != np.count_nonzero(array):
        return array  # these 32 are the net's own
    return narrow


def check(path):
    published = read(path, PUBLISHED_SHA256)
    tensors = onnx.load(SHIPPED).graph.initializer
    weights = [numpy_helper.to_array(each) for each in tensors if not each.name.startswith(PASSING_ON)]
    # The rest are shapes: whole numbers.
    weights = [narrowed(array) for array in weights if array.dtype == np.float32]
    for array in weights:
        half = array.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), array):
            sys.exit(f"an array of shape {array.shape} does not fit into 16 bits")
        orders = ORDERS if array.ndim == 4 else [tuple(range(array.ndim))]
        if not any(half.transpose(order).tobytes() in published for order in orders):
            sys.exit(f"an array of shape {array.shape} is not in the published file")
    print(f"{len(weights)} arrays of {sum(array.size for array in weights)} weights are the published ones")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", source, out]:
            make(source, out)
        case ["check", path]:
            check(path)
        case _:
            sys.exit(__doc__)
