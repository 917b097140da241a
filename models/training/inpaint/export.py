"""Writes the net as ONNX and says how far the file drifts from the net it was made of.

    export.py --weights weights.pt --store photos.tar --out inpaint.onnx [--precision float32|float16|int8]

float16 halves the weights in the file and computes in float32; int8 quantises weights and activations, calibrated on tiles
of the training split. The drift is measured in ONNX Runtime on tiles held apart.
"""

import argparse
import json
import pathlib
import tempfile
import warnings

import numpy
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

import masks
import photos
from net import Inpainter

OPSET = 17
LIMIT = 12_000_000  # bytes of the file


def load(path: pathlib.Path) -> Inpainter:
    """The net with the averaged weights of a training run, ready to use."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    net = Inpainter(saved["settings"]["wide"], tuple(saved["settings"]["dilations"]))
    net.load_state_dict(saved["average"])
    return net.eval()


def write(net: Inpainter, path: pathlib.Path) -> None:
    """`picture` (`n x 3 x h x w`, 0 to 1) and `mask` (`n x 1 x h x w`, 1 in the hole) to `filled`, sides free."""
    example = torch.zeros(1, 3, 128, 192), torch.zeros(1, 1, 128, 192)
    sides = {0: "n", 2: "height", 3: "width"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further package is called old
        torch.onnx.export(
            net, example, str(path), dynamo=False, opset_version=OPSET, input_names=["picture", "mask"],
            output_names=["filled"], dynamic_axes={"picture": sides, "mask": sides, "filled": sides},
        )
    model = onnx.load(path)
    del model.metadata_props[:]
    model.producer_name, model.producer_version, model.doc_string = "", "", ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def halve(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights in float16, each cast to float32 before its use."""
    weights, casts = [], []
    for weight in model.graph.initializer:
        if weight.data_type != TensorProto.FLOAT or numpy.prod(weight.dims) < 64:
            weights.append(weight)
            continue
        short = numpy_helper.to_array(weight).astype(numpy.float16)
        weights.append(numpy_helper.from_array(short, f"{weight.name}.half"))
        casts.append(helper.make_node("Cast", [f"{weight.name}.half"], [weight.name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(weights)
    model.graph.node.extend(nodes)
    return model


def quantise(source: pathlib.Path, path: pathlib.Path, tiles: torch.Tensor) -> None:
    """Static, activations unsigned and weights signed 8 bit per channel, convolutions only; the last stays in float32."""
    from onnxruntime import quantization

    class Examples(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = iter(range(32))

        def get_next(self):
            if (number := next(self.left, None)) is None:
                return None
            picture = photos.crops(tiles, 1, 256, 1000 + number).numpy()
            return {"picture": picture, "mask": masks.holes(1, 256, 2000 + number).numpy()}

    with tempfile.TemporaryDirectory() as folder:
        ready = pathlib.Path(folder, "ready.onnx")
        quantization.quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
        last = [node.name for node in onnx.load(ready).graph.node if node.op_type == "Conv"][-1]
        quantization.quantize_static(
            str(ready), str(path), Examples(), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
            activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
            op_types_to_quantize=["Conv"], nodes_to_exclude=[last], reduce_range=True,
        )


def session(path: pathlib.Path, threads: int = 1) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def fill(opened: onnxruntime.InferenceSession, picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(opened.run(None, {"picture": picture.numpy(), "mask": hole.numpy()})[0])


def drift(net: Inpainter, path: pathlib.Path, tiles: torch.Tensor, count: int = 16) -> dict[str, float]:
    """Of the file from the net, in the holes, in steps of 1/255: the mean and the largest difference."""
    opened, differences = session(path), []
    for number in range(count):
        picture, hole = photos.crops(tiles, 1, 256, 3000 + number), masks.holes(1, 256, 4000 + number)
        with torch.no_grad():
            off = (net(picture, hole) - fill(opened, picture, hole)).abs()
        differences.append(off[hole.expand_as(off) > 0] * 255)
    together = torch.cat(differences)
    return {"mean": round(together.mean().item(), 4), "largest": round(together.max().item(), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=pathlib.Path, required=True)
    parser.add_argument("--store", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--precision", choices=("float32", "float16", "int8"), default="float16")
    given = parser.parse_args()
    net = load(given.weights)
    with tempfile.TemporaryDirectory() as folder:
        plain = pathlib.Path(folder, "plain.onnx")
        write(net, plain)
        if given.precision == "float32":
            given.out.write_bytes(plain.read_bytes())
        elif given.precision == "float16":
            onnx.save(halve(onnx.load(plain)), given.out)
        else:
            quantise(plain, given.out, photos.load(given.store, "train"))
    size = given.out.stat().st_size
    off = drift(net, given.out, photos.load(given.store, "held"))
    print(json.dumps({"file": given.out.name, "bytes": size, "precision": given.precision, "drift_of_255": off}))
    if size > LIMIT:
        raise SystemExit(f"{size} bytes, at most {LIMIT}")


if __name__ == "__main__":
    main()
