"""Our program over a folder, and what it says that it masked (schema vouchsafe/masks/1)."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from boxes import Rect
from labels import BadUse

ROOT = Path(__file__).resolve().parents[2]
POLICIES = Path(__file__).resolve().parent / "policies"

# Our margin around a face's tight box, as a share of its size on each side: what a mask may cover beside the label.
MARGIN = 0.35


@dataclass(frozen=True)
class Mask:
    box: Rect
    kind: str
    escalated: bool


@dataclass(frozen=True)
class Result:
    """One photo: the output, or the code of the refusal; only what was masked, not what was reported or kept."""

    output: Path | None
    refused: str | None
    masks: tuple[Mask, ...]

    def boxes(self, kind: str | None = None) -> list[Rect]:
        return [mask.box for mask in self.masks if kind in (None, mask.kind)]


def policy_for(operator: str, release: int = 1) -> Path:
    """The policy that only chooses the operator; another for a second release where its noise has a seed."""
    for name in (f"{operator}-{release}", operator):
        for path in sorted(POLICIES.glob(f"{name}.*")):
            return path
    raise BadUse(f"no policy for {operator} in {POLICIES.name}")


def command(program: Path, photos: Path, out: Path, sheet: Path, policy: str | Path | None) -> list[str]:
    """The command line: `gateway anonymise`, or a program that takes the same arguments."""
    words = [str(program), *(["anonymise"] if program.name == "gateway" else [])]
    return [*words, str(photos), str(out), "--json", str(sheet), *policy_words(policy)]


def policy_words(policy: str | Path | None) -> list[str]:
    """A file is named from where the caller stands; anything else is the name of a policy that is built in."""
    if policy is None:
        return []
    return ["--policy", str(Path(policy).resolve() if Path(policy).is_file() else policy)]


def anonymise(program: Path, photos: Path, out: Path, policy: str | Path | None = None) -> dict[str, Result]:
    """Anonymises a folder of photos into `out`, which it makes; by name of the photo."""
    sheet = out.with_name(f"{out.name}.json")
    done = subprocess.run(command(program, photos, out, sheet, policy), cwd=ROOT, capture_output=True, text=True)
    # Status 1 says that photos were refused, which is a result.
    if done.returncode not in (0, 1) or not sheet.is_file():
        raise BadUse(f"{program.name} ended with status {done.returncode}: {done.stderr.strip()[-400:]}")
    results = {}
    for entry in json.loads(sheet.read_text())["files"]:
        name = entry["file"]
        masks = [
            Mask(Rect(m["x"], m["y"], m["width"], m["height"]), m["class"], m["escalated"])
            for m in entry["masks"]
            if m["action"] == "masked"
        ]
        output = None if entry["refused"] else _output(out, name)
        results[name] = Result(output, entry["refused"], tuple(masks))
    return results


def _output(out: Path, name: str) -> Path:
    """Where it was written: a misleading extension is put right on the way."""
    wanted = out / name
    if wanted.is_file():
        return wanted
    others = sorted(out.glob(f"{wanted.stem}.*"))
    if not others:
        raise BadUse(f"no output for {name}")
    return others[0]
