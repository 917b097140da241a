"""The nets that measure: BlazeFace and two that recognise faces, which are no part of the product, ONNX files by name; and
the product's own NanoDet.

BlazeFace is MediaPipe's single-shot detector: each anchor, the middle of a cell, gives a score and a box relative to it,
in pixels of the net's input, from -1 to 1. `blazeface-back`: 256 x 256, strides 16 and 32 with 2 and 6 anchors a cell;
`blazeface-full`: 192 x 192, stride 4, two outputs with one anchor a cell each. (Anchors and decoding as in MediaPipe's
SsdAnchorsCalculator and TensorsToDetectionsCalculator; that they are right shows in what is found: on WIDER FACE photos
the boxes overlap the labelled faces of 32 px and more by 0.6 of their union.)
"""

import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from boxes import Rect
from labels import BadUse

# Overlap (intersection over union) from which two boxes are the same face.
SAME = 0.3


def session(nets: Path, name: str) -> onnxruntime.InferenceSession:
    """The net `name`.onnx on one thread."""
    path = nets / f"{name}.onnx"
    if not path.is_file():
        raise BadUse(f"no net {name}.onnx in {nets}")
    return opened(path)


def opened(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def once_each(found: np.ndarray, overlap: float = SAME) -> np.ndarray:
    """Rows x1, y1, x2, y2, score from the surest down; without those that overlap a surer one by more."""
    left = found[np.argsort(-found[:, 4], kind="stable")]
    kept = []
    while len(left):
        first, left = left[0], left[1:]
        kept.append(first)
        low, high = np.maximum(left[:, :2], first[:2]), np.minimum(left[:, 2:4], first[2:4])
        shared = np.clip(high - low, 0, None).prod(axis=1)
        areas = (left[:, 2] - left[:, 0]) * (left[:, 3] - left[:, 1])
        every = areas + (first[2] - first[0]) * (first[3] - first[1]) - shared
        left = left[shared < overlap * np.maximum(every, 1e-9)]
    return np.array(kept).reshape(-1, 5)


class BlazeFace:
    """One of the two nets. `detect` gives rows x1, y1, x2, y2, score (0 to 1), in pixels of the picture."""

    GRIDS = {"blazeface-back": (256, ((16, 2), (32, 6))), "blazeface-full": (192, ((4, 1), (4, 1)))}

    def __init__(self, nets: Path, name: str) -> None:
        self._net = session(nets, name)
        self._input = self._net.get_inputs()[0].name
        self.side, grids = self.GRIDS[name]
        self._anchors = np.concatenate([self._middles(stride, count) for stride, count in grids])

    def _middles(self, stride: int, count: int) -> np.ndarray:
        """Anchors of one grid, row by row: x and y in pixels of the input."""
        line = (np.arange(self.side // stride) + 0.5) * stride
        y, x = np.meshgrid(line, line, indexing="ij")
        return np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), count, axis=0)

    def detect(self, picture: np.ndarray, threshold: float) -> np.ndarray:
        """Looks at the whole picture and at its four quarters with a fifth of overlap: small faces show in those."""
        height, width = picture.shape[:2]
        deep, wide = -(-height * 6 // 10), -(-width * 6 // 10)
        found = [self._look(picture, threshold)]
        for top in (0, height - deep):
            for left in (0, width - wide):
                part = self._look(picture[top : top + deep, left : left + wide], threshold)
                found.append(part + np.array([left, top, left, top, 0]))
        return once_each(np.concatenate(found))

    def _look(self, picture: np.ndarray, threshold: float) -> np.ndarray:
        height, width = picture.shape[:2]
        scale = self.side / max(height, width)
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        canvas = np.zeros((self.side, self.side, 3), np.uint8)
        canvas[: small[1], : small[0]] = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        tensor = canvas[np.newaxis].astype(np.float32) / 127.5 - 1
        # Score and box come in two outputs or, score first, in one. The finer grid has more anchors.
        outputs = sorted(self._net.run(None, {self._input: tensor}), key=lambda o: (-o.shape[1], o.shape[2]))
        if outputs[0].shape[2] == 1:
            outputs = [np.concatenate(pair, axis=2) for pair in zip(outputs[::2], outputs[1::2])]
        rows = np.concatenate([output[0] for output in outputs])
        logits, boxes = rows[:, 0], rows[:, 1:]
        scores = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
        sure = scores > threshold
        middles = self._anchors[sure] + boxes[sure, :2]
        halves = boxes[sure, 2:4] / 2
        corners = np.concatenate([middles - halves, middles + halves], axis=1) / scale
        return np.concatenate([corners, scores[sure, np.newaxis]], axis=1)


class NanoDet:
    """The object detector as its manifest says it is fed and read (models/README.md), on the whole picture once."""

    KINDS, BINS = 80, 11

    def __init__(self, manifest: Path) -> None:
        told = json.loads(manifest.read_text())
        self._net, self._how = opened(manifest.parent / told["file"]), told["net"]

    def detect(self, picture: np.ndarray, threshold: float) -> list[tuple[int, Rect, float]]:
        """Kind (0 to 79, persons 0), box in pixels of the picture, and score, the surest first within each kind."""
        height, width = picture.shape[:2]
        least, most = self._how["long_side"]
        scale = min(max(max(height, width), least), most) / max(height, width)
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        multiple = self._how["multiple_of"]
        sides = [-(-side // multiple) * multiple for side in (small[1], small[0])]
        canvas = np.zeros((1, *sides, 3), np.uint8)
        canvas[0, : small[1], : small[0]] = cv2.resize(picture, small, interpolation=way)
        wanted = [self._how["scores"], self._how["bins"]]
        scores, bins = self._net.run(wanted, {self._how["input"]: canvas})
        middles, strides = self._middles(sides)
        weights = bins[0].reshape(-1, 4, self.BINS)
        weights = np.exp(weights - weights.max(axis=2, keepdims=True))
        away = (weights * np.arange(self.BINS)).sum(axis=2) / weights.sum(axis=2) * strides[:, np.newaxis]
        corners = np.concatenate([middles - away[:, :2], middles + away[:, 2:]], axis=1)
        corners = corners / np.tile([small[0] / width, small[1] / height], 2)
        things = []
        for kind in range(self.KINDS):
            above = scores[0, :, kind] > threshold
            found = np.concatenate([corners[above], scores[0, above, kind, np.newaxis]], axis=1)
            for x0, y0, x1, y1, score in once_each(found, self._how["overlap"]).tolist():
                things.append((kind, Rect(x0, y0, max(0.0, x1 - x0), max(0.0, y1 - y0)), score))
        return things

    def _middles(self, sides: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Of all cells, row by row, the finest stride first: x and y of the middle, and the stride."""
        middles, strides = [], []
        for stride in self._how["strides"]:
            lines = [(np.arange(side // stride) + 0.5) * stride for side in sides]
            y, x = np.meshgrid(*lines, indexing="ij")
            middles.append(np.stack([x.ravel(), y.ravel()], axis=1))
            strides.append(np.full(x.size, stride))
        return np.concatenate(middles), np.concatenate(strides)


class Embedder:
    """A net that recognises faces: 8-bit RGB in, a vector of length 1 out."""

    INPUTS = {"faceres": (224, "global_pooling/Mean"), "mobileface": (112, "batchnorm0/add_1:0")}

    def __init__(self, nets: Path, name: str) -> None:
        self._net = session(nets, name)
        self._input = self._net.get_inputs()[0].name
        self.side, self._output = self.INPUTS[name]

    def embed(self, crops: list[np.ndarray]) -> np.ndarray:
        """One row for each crop; values go in as they are, 0 to 255."""
        rows = []
        for crop in crops:
            size = (self.side, self.side)
            way = cv2.INTER_AREA if crop.shape[0] > self.side else cv2.INTER_LINEAR
            tensor = cv2.resize(crop, size, interpolation=way)[np.newaxis].astype(np.float32)
            row = self._net.run([self._output], {self._input: tensor})[0].ravel()
            rows.append(row / max(float(np.linalg.norm(row)), 1e-12))
        return np.array(rows)


class Colours:
    """No net: the colours of `SIDE` x `SIDE` parts of a picture, around a middle grey, as a vector of length 1."""

    SIDE = 12

    def embed(self, crops: list[np.ndarray]) -> np.ndarray:
        """One row for each crop."""
        rows = []
        for crop in crops:
            small = cv2.resize(crop, (self.SIDE, self.SIDE), interpolation=cv2.INTER_AREA)
            row = small.astype(np.float32).ravel() - 127.5
            rows.append(row / max(float(np.linalg.norm(row)), 1e-12))
        return np.array(rows)
