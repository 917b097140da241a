"""Compares fills of holes in photos held apart: by the net, by classical means, solid and blur.

    evaluate.py --store photos.tar --weights weights.pt|inpaint.onnx [--sheet sheet.jpg] [--table table.md]
    evaluate.py --photos FOLDER …      other photos, cut to their middle

Same tiles and holes for all. In the hole: L1 (steps of 255), PSNR (dB) and SSIM; over the picture the distance of
features of the object detector in models/weights (NanoDet, COCO): `features`, paired, after Zhang et al., The Unreasonable
Effectiveness of Deep Features, 2018, untuned, weighted by the hole; `set`, of all fills from all photos, after Binkowski et
al., Demystifying MMD GANs, 2018, times 1000. Neither has the scale of LPIPS or KID.
"""

import argparse
import json
import pathlib
import time

import cv2
import numpy
import onnx
import onnxruntime
import torch
from PIL import Image, ImageOps
from torch.nn import functional as F

import export
import masks
import photos
from net import spread

DETECTOR = pathlib.Path(__file__).resolve().parents[2] / "weights" / "nanodet-int8.onnx"
LAYERS = ("concat15", "concat30", "concat45")  # ends of three stages of its backbone
SHARES = ((0.02, 0.05), (0.05, 0.1), (0.1, 0.2), (0.2, 0.4))  # of the picture


def as_bytes(picture: torch.Tensor) -> numpy.ndarray:
    """`3 x h x w`, 0 to 1, as `h x w x 3` bytes."""
    return (picture * 255).round().clamp(0, 255).byte().permute(1, 2, 0).contiguous().numpy()


def from_bytes(picture: numpy.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1).float() / 255


def telea(picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    return from_bytes(cv2.inpaint(as_bytes(picture * (1 - hole)), as_bytes(hole)[..., 0], 5, cv2.INPAINT_TELEA))


def navier_stokes(picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    return from_bytes(cv2.inpaint(as_bytes(picture * (1 - hole)), as_bytes(hole)[..., 0], 5, cv2.INPAINT_NS))


def pull_push(picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    return spread((picture * (1 - hole))[None], 1 - hole[None])[0]


def solid(picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    return picture * (1 - hole)


def blur(picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    """The only one that sees what is under the hole; here for scale, it hides little."""
    sigma = float(hole.sum()) ** 0.5 / 8
    return picture * (1 - hole) + hole * from_bytes(cv2.GaussianBlur(as_bytes(picture), (0, 0), sigma))


CLASSICAL = {"Telea": telea, "Navier-Stokes": navier_stokes, "pull-push": pull_push, "solid": solid, "blur": blur}


def net_of(path: pathlib.Path):
    """A function like those above, of a checkpoint's weights or of an exported file."""
    if path.suffix == ".onnx":
        opened = export.session(path)
        return lambda picture, hole: export.fill(opened, picture[None], hole[None])[0]
    net = export.load(path)

    def fill(picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return net(picture[None], hole[None])[0]

    return fill


def similarity(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """SSIM at every pixel, `1 x h x w`, mean of the colours; window of Wang et al., 2004 (11 x 11, sigma 1.5)."""
    line = torch.exp(-((torch.arange(11) - 5.0) ** 2) / 4.5)
    window = (line[:, None] * line / line.sum() ** 2)[None, None]

    def around(x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(F.pad(x[:, None], (5, 5, 5, 5), mode="reflect"), window)[:, 0]

    mean_a, mean_b = around(a), around(b)
    spread_a, spread_b = around(a * a) - mean_a**2, around(b * b) - mean_b**2
    together = around(a * b) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + 1e-4) * (2 * together + 9e-4)
    return (alike / ((mean_a**2 + mean_b**2 + 1e-4) * (spread_a + spread_b + 9e-4))).mean(0, keepdim=True)


class Features:
    """What the detector's backbone makes of a picture."""

    def __init__(self):
        model = onnx.load(DETECTOR)
        model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in LAYERS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        self.opened = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def __call__(self, picture: torch.Tensor) -> list[torch.Tensor]:
        return [torch.from_numpy(x)[0] for x in self.opened.run(list(LAYERS), {"picture": as_bytes(picture)[None]})]


def feature_distance(a: list[torch.Tensor], b: list[torch.Tensor], hole: torch.Tensor) -> float:
    total = 0.0
    for x, y in zip(a, b):
        x, y = (z / (z.norm(dim=0, keepdim=True) + 1e-6) for z in (x, y))
        weight = F.adaptive_avg_pool2d(hole[None], x.shape[1:])[0, 0]
        total += float((((x - y) ** 2).sum(0) * weight).sum() / weight.sum())
    return total / len(a)


def set_distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """Unbiased squared maximum mean discrepancy with the kernel (x y / d + 1)^3; rows are pictures."""

    def kernel(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x @ y.T / x.shape[1] + 1) ** 3

    n, m = len(a), len(b)
    same_a, same_b = kernel(a, a), kernel(b, b)
    within = (same_a.sum() - same_a.trace()) / (n * (n - 1)) + (same_b.sum() - same_b.trace()) / (m * (m - 1))
    return float(within - 2 * kernel(a, b).mean())


def measure(pictures: torch.Tensor, fills: dict, seed: int = 100) -> dict:
    """Per share of the hole and per fill: the means of the measures, the number of holes in `holes`, CPU seconds a hole."""
    features, report = Features(), {}
    for share in SHARES:
        rows = {name: {"l1": [], "psnr": [], "ssim": [], "features": [], "pooled": [], "seconds": []} for name in fills}
        pooled = []
        for number, picture in enumerate(pictures):
            hole = masks.holes(1, picture.shape[-1], seed + number, *share)[0]
            of_photo = features(picture)
            pooled.append(of_photo[-1].mean((1, 2)))
            for name, fill in fills.items():
                began = time.process_time()
                filled = fill(picture, hole).clamp(0, 1)
                row, took = rows[name], time.process_time() - began
                filled = picture * (1 - hole) + filled * hole
                inside = hole.sum() * 3
                square = float(((filled - picture) ** 2).sum() / inside)
                of_fill = features(filled)
                row["l1"].append(float((filled - picture).abs().sum() / inside) * 255)
                row["psnr"].append(-10 * float(numpy.log10(max(square, 1e-6))))
                row["ssim"].append(float((similarity(filled, picture) * hole).sum() / hole.sum()))
                row["features"].append(feature_distance(of_fill, of_photo, hole))
                row["pooled"].append(of_fill[-1].mean((1, 2)))
                row["seconds"].append(took)
        entry = {"holes": len(pictures)}
        for name, row in rows.items():
            distance = set_distance(torch.stack(row.pop("pooled")), torch.stack(pooled)) * 1000
            entry[name] = {key: float(numpy.mean(values)) for key, values in row.items()} | {"set": distance}
        report[f"{share[0] * 100:g} to {share[1] * 100:g} %"] = entry
    return report


def table(report: dict) -> str:
    lines = ["| hole | fill | L1 | PSNR | SSIM | features | set | CPU s |", "|---|---|---|---|---|---|---|---|"]
    for share, entry in report.items():
        for name, row in entry.items():
            if name == "holes":
                continue
            lines.append(
                f"| {share} | {name} | {row['l1']:.2f} | {row['psnr']:.2f} | {row['ssim']:.3f} "
                f"| {row['features']:.3f} | {row['set']:.2f} | {row['seconds']:.3f} |"
            )
    return "\n".join(lines)


def sheet(pictures: torch.Tensor, fills: dict, path: pathlib.Path, seed: int = 7) -> None:
    """One row a photo: as it is, with its hole, and filled by each."""
    rows = []
    for number, picture in enumerate(pictures):
        hole = masks.holes(1, picture.shape[-1], seed + number, 0.08, 0.25)[0]
        shown = [picture, picture * (1 - hole) + hole]
        for fill in fills.values():
            shown.append(picture * (1 - hole) + fill(picture, hole).clamp(0, 1) * hole)
        rows.append(numpy.concatenate([as_bytes(one) for one in shown], 1))
    whole = Image.fromarray(numpy.concatenate(rows, 0))
    whole.resize((whole.width * 5 // 8, whole.height * 5 // 8), Image.Resampling.LANCZOS).save(path, quality=85)


def middles(folder: pathlib.Path, side: int) -> torch.Tensor:
    cut = []
    for path in sorted(folder.rglob("*.jpg")):
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        if min(picture.size) >= side:
            cut.append(from_bytes(numpy.array(ImageOps.fit(picture, (side, side)))))
    return torch.stack(cut)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--store", type=pathlib.Path)
    which.add_argument("--photos", type=pathlib.Path)
    parser.add_argument("--weights", type=pathlib.Path, required=True)
    parser.add_argument("--side", type=int, default=256, help="a multiple of 64; of the store's tiles at most 320")
    parser.add_argument("--count", type=int, default=1000, help="photos at most, evenly chosen")
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--report", type=pathlib.Path, help="all figures, JSON")
    parser.add_argument("--sheet", type=pathlib.Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    if given.store:
        off = (photos.TILE - given.side) // 2
        pictures = photos.load(given.store, "held")[:, :, off : off + given.side, off : off + given.side].float() / 255
    else:
        pictures = middles(given.photos, given.side)
    pictures = pictures[:: max(1, -(-len(pictures) // given.count))]
    net = net_of(given.weights)
    report = measure(pictures, {"net": net, **CLASSICAL})
    print(table(report))
    if given.table:
        given.table.write_text(table(report) + "\n")
    if given.report:
        given.report.write_text(json.dumps(report, indent=1) + "\n")
    if given.sheet:
        chosen = pictures[:: max(1, len(pictures) // 8)][:8]
        sheet(chosen, {"Telea": telea, "pull-push": pull_push, "net": net}, given.sheet)


if __name__ == "__main__":
    main()
