"""What a photo costs: the share of each of our steps, the floor below them, and deface at our threshold.

The photos of a folder are taken at three sizes: as they are, at 640 px (long side), and as 1080p (1920 x 1080, cut out of
the middle); copies are JPEG files of quality 85 in a temporary folder. At each size:

- The steps, in CPU time on one thread, from the example program `measure`, and the floor: what any anonymiser has to do,
  which is to decode, to detect and to encode once, in the same run on the same core.
- Whole processes, pinned to one core: `gateway anonymise` with its report, and deface 1.5.0 as a command with its default
  blur, at its default threshold and at ours. CPU time is that of the process and its children, from the kernel. Start-up
  is told apart by a run over a damaged file, which both give up on after they have loaded their nets. The programs take
  turns, and medians are told, so that other work on the machine meets all of them.

The last line is JSON: milliseconds of CPU a photo.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labels import BadUse, photos_in
from ours import ROOT, command, policy_words
from peer import DEFAULT_THRESHOLD, NAME
from PIL import Image, ImageOps
from pictures import save, upright

QUALITY = 85
DAMAGED = b"\xff\xd8\xff\xd9"  # the start and the end of a JPEG file
DEFACE = Path(sys.executable).with_name("deface")


def at_640(picture: Image.Image) -> Image.Image:
    scale = 640 / max(picture.size)
    return picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)


def at_1080p(picture: Image.Image) -> Image.Image:
    return ImageOps.fit(picture, (1920, 1080), Image.Resampling.LANCZOS)


SIZES: dict[str, Callable[[Image.Image], Image.Image] | None] = {
    "as they are": None,
    "640 px": at_640,
    "1080p": at_1080p,
}


@dataclass(frozen=True)
class Cost:
    """Of one program over some photos, milliseconds of CPU; memory of its largest process, MB."""

    photo: float
    start: float
    memory: float

    @property
    def per_second(self) -> float:
        return 1000 / self.photo


def cpu_of(words: list[str], core: int) -> tuple[float, float]:
    """CPU seconds of a command and its children on one core, and the most memory that one held, MB."""

    def pin() -> None:
        os.sched_setaffinity(0, {core})

    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        words, cwd=ROOT, env=environment, preexec_fn=pin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{words[0]} ended with status {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def sized(photos: list[Path], folder: Path, change: Callable[[Image.Image], Image.Image] | None) -> None:
    folder.mkdir()
    for photo in photos:
        if change is None:
            (folder / photo.name).write_bytes(photo.read_bytes())
        else:
            save(change(upright(photo)), folder / f"{photo.stem}.jpg", QUALITY)


def run_ours(program: Path, policy: str | None) -> Callable[[Path, Path], list[str]]:
    def words(photos: Path, scratch: Path) -> list[str]:
        report = ["--report", str(scratch / "report.json")] if program.name == "gateway" else []
        return command(program, photos, scratch / "out", policy) + report

    return words


def run_deface(threshold: float) -> Callable[[Path, Path], list[str]]:
    def words(photos: Path, scratch: Path) -> list[str]:
        shutil.copytree(photos, scratch / "out")  # it writes beside its input
        return [str(DEFACE), "--thresh", str(threshold), *map(str, sorted((scratch / "out").iterdir()))]

    return words


def compare(
    programs: dict[str, Callable[[Path, Path], list[str]]],
    photos: Path,
    damaged: Path,
    turns: int,
    core: int,
    scratch: Path,
) -> dict[str, Cost]:
    """Each program over the photos and over a damaged file, in turns; medians."""
    count = sum(1 for _ in photos.iterdir())
    taken: dict[tuple[str, Path], list[tuple[float, float]]] = {}
    for _ in range(turns):
        for name, words in programs.items():
            for folder in (photos, damaged):
                place = scratch / "run"
                place.mkdir()
                taken.setdefault((name, folder), []).append(cpu_of(words(folder, place), core))
                shutil.rmtree(place)
    costs = {}
    for name in programs:
        whole, start = (statistics.median(cpu for cpu, _ in taken[name, folder]) for folder in (photos, damaged))
        costs[name] = Cost(
            1000 * (whole - start) / count, 1000 * start, max(memory for _, memory in taken[name, photos])
        )
    return costs


def steps(program: Path, photos: Path, policy: str | None, core: int) -> dict[str, object]:
    words = ["taskset", "-c", str(core), str(program), str(photos), *policy_words(policy)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise BadUse(f"{program.name} ended with status {done.returncode}: {done.stderr.strip()[-400:]}")
    print("\n".join(done.stdout.splitlines()[1:-1]))
    return json.loads(done.stdout.splitlines()[-1])


def our_threshold() -> float:
    """The detector's, as shipped."""
    return json.loads((ROOT / "models" / "centerface.json").read_text())["threshold"]["detect"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench anonymise", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, help="the photos")
    parser.add_argument("--policy", metavar="NAME|FILE", help="the policy of ours; its default without")
    parser.add_argument(
        "--threshold", type=float, default=our_threshold(), help="deface's second one (%(default)s: ours)"
    )
    parser.add_argument("--turns", type=int, default=3, metavar="N", help="default %(default)s")
    parser.add_argument(
        "--core", type=int, default=max(os.sched_getaffinity(0)), help="the core to run on (%(default)s)"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="only the first photos")
    options = parser.parse_args()
    if not options.folder.is_dir():
        raise BadUse(f"no folder {options.folder}")
    photos = photos_in(options.folder, options.limit)
    programs = {
        "ours": run_ours(options.ours, options.policy),
        f"deface {DEFAULT_THRESHOLD:.2f}": run_deface(DEFAULT_THRESHOLD),
        f"deface {options.threshold:.2f}": run_deface(options.threshold),
    }
    print(f"{len(photos)} photos, core {options.core}, {options.turns} turns, ours beside {NAME}")
    told = {}
    with tempfile.TemporaryDirectory() as name:
        for number, (size, change) in enumerate(SIZES.items()):
            scratch = Path(name) / str(number)
            scratch.mkdir()
            sized(photos, scratch / "in", change)
            (scratch / "damaged").mkdir()
            (scratch / "damaged" / "damaged.jpg").write_bytes(DAMAGED)
            print(f"\n{size}")
            each = steps(options.steps, scratch / "in", options.policy, options.core)
            costs = compare(programs, scratch / "in", scratch / "damaged", options.turns, options.core, scratch)
            ours = costs["ours"]
            for program, cost in costs.items():
                print(
                    f"  {program:<12}{cost.photo:9.1f} ms a photo {cost.per_second:8.2f} photos a CPU-second "
                    f" start {cost.start:7.0f} ms  {cost.memory:6.0f} MB  ours is {ours.photo / cost.photo:.3f} of it"
                )
            told[size] = {
                "steps": each,
                "programs": {
                    p: {
                        "ms": c.photo,
                        "start_ms": c.start,
                        "photos_per_cpu_second": c.per_second,
                        "memory_mb": c.memory,
                        "ours_to_it": ours.photo / c.photo,
                    }
                    for p, c in costs.items()
                },
            }
    print(json.dumps({"measure": "anonymise", "photos": len(photos), "sizes": told}))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench anonymise: {error}", file=sys.stderr)
        sys.exit(2)
