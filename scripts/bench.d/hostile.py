"""Hostile and damaged images through the program as it ships: for each file a run of its own, with its locked process.

Counted: outcomes (anonymised, or the code of the refusal); runs that ended any other way, those included whose process for
photos died; the longest run by processor time and by the clock, start and nets included; the most memory of any of the
processes. A run over a photo without any hostility is told beside them.

Status 1 when a run ended badly, took more than 5 seconds of processor time, or 1 GiB of memory. The last line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from craft_metadata import drawn
from labels import BadUse
from ours import ROOT, command

MOST_SECONDS = 5.0
MOST_MEMORY = 1 << 30
# What the program calls it when its process for photos died, hung, or spoke nonsense.
DIED = {"crashed_the_decoder", "too_slow", "engine_failed"}


@dataclass(frozen=True)
class Run:
    name: str
    outcome: str
    processor: float
    clock: float
    memory: int

    def bad(self) -> bool:
        return self.outcome.startswith("crash") or self.processor > MOST_SECONDS or self.memory >= MOST_MEMORY


def run(program: Path, photo: Path) -> Run:
    with tempfile.TemporaryDirectory() as out:
        return run_into(program, photo, Path(out, "out"))


def run_into(program: Path, photo: Path, out: Path) -> Run:
    begun = time.monotonic()
    process = subprocess.Popen(
        [*command(program, photo, out, None), "--sandbox", "required"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    said = process.stdout.read() if process.stdout else b""
    # What it and the processes that it waited for have used.
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        photo.name,
        outcome(process.returncode, said),
        used.ru_utime + used.ru_stime,
        time.monotonic() - begun,
        used.ru_maxrss * 1024,
    )


def outcome(status: int, said: bytes) -> str:
    if status not in (0, 1) or not said.startswith(b"{"):
        return f"crash: status {status}"
    (entry,) = json.loads(said)["files"]
    if entry["verdict"] != "refused":
        return "anonymised"
    return f"crash: {entry['detail']}" if entry["code"] in DIED else f"refused: {entry['code']}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench hostile", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, help="images that nobody should have to open")
    options = parser.parse_args()
    files = sorted(path for path in options.folder.rglob("*") if path.is_file())
    if not files:
        raise BadUse(f"no files in {options.folder}")
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch, "plain.jpg")
        drawn().save(plain)
        control = run(options.ours, plain)
    runs = [run(options.ours, path) for path in files]
    outcomes = Counter(one.outcome for one in runs)
    for what, number in sorted(outcomes.items()):
        print(f"{number:5}  {what}")
    slowest = max(runs, key=lambda one: one.processor)
    largest = max(runs, key=lambda one: one.memory)
    waited = max(runs, key=lambda one: one.clock)
    print(f"most processor time {slowest.processor:.2f} s ({slowest.name}); a plain photo {control.processor:.2f} s")
    print(f"longest by the clock {waited.clock:.2f} s ({waited.name}); a plain photo {control.clock:.2f} s")
    print(f"most memory {largest.memory >> 20} MiB ({largest.name}); a plain photo {control.memory >> 20} MiB")
    bad = [one for one in runs if one.bad()]
    for one in bad:
        print(f"  {one.name}: {one.outcome}, {one.processor:.2f} s, {one.memory >> 20} MiB")
    told = {"files": len(runs), "bad": len(bad), "outcomes": outcomes}
    most = {"processor_s": slowest.processor, "clock_s": waited.clock, "memory_bytes": largest.memory}
    print(json.dumps({"measure": "hostile", **told, **most}))
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench hostile: {error}", file=sys.stderr)
        sys.exit(2)
