#!/usr/bin/env python3
"""Checks that the shipped BlazeFace is the published one.

    /some/folder/bin/python models/quantise/blazeface.py face_detection_back.tflite

The first file comes from the repository google-ai-edge/mediapipe at commit a9b643e0f5978425d948050a2228398929733d05,
folder mediapipe/modules/face_detection (Apache-2.0). Its weights are 16-bit numbers; the shipped file holds the same
numbers in 32 bits. Every array of weights must be found in the published file whole, in the order of axes in which
TensorFlow Lite stores it. That the graphs compute the same shows when both are run; the model card says how far apart.
"""

import hashlib
import sys
from pathlib import Path

import numpy
import onnx
from onnx import numpy_helper

SHIPPED = Path(__file__).resolve().parents[1] / "weights" / "blazeface-back.onnx"
PUBLISHED = "e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8"
# ONNX keeps kernels as (out, in, row, column), TensorFlow Lite as (out, row, column, in), for depthwise convolutions as
# (1, row, column, out).
ORDERS = [(0, 2, 3, 1), (1, 2, 3, 0)]


def main():
    published = Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(published).hexdigest() != PUBLISHED:
        sys.exit("that is not the published file")
    arrays = [numpy_helper.to_array(each) for each in onnx.load(SHIPPED).graph.initializer]
    # The rest are shapes and paddings: whole numbers.
    weights = [array for array in arrays if array.dtype == numpy.float32 and array.size > 1]
    for array in weights:
        half = array.astype(numpy.float16)
        if not numpy.array_equal(half.astype(numpy.float32), array):
            sys.exit(f"an array of shape {array.shape} does not fit into 16 bits")
        orders = ORDERS if array.ndim == 4 else [tuple(range(array.ndim))]
        if not any(half.transpose(order).tobytes() in published for order in orders):
            sys.exit(f"an array of shape {array.shape} is not in the published file")
    print(f"{len(weights)} arrays of {sum(array.size for array in weights)} weights are the published ones")


main()
