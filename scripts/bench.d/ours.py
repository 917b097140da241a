"""Our program over a folder, and what it says that it masked (`gateway anonymise --json`)."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from boxes import Rect
from labels import BadUse

ROOT = Path(__file__).resolve().parents[2]
POLICIES = Path(__file__).resolve().parent / "policies"

# What a mask may cover around a labelled box, as a share of its size on each side, before it counts as false area.
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


def policy_for(operator: str) -> Path:
    """The policy that only chooses the operator."""
    path = POLICIES / f"{operator}.toml"
    if not path.is_file():
        raise BadUse(f"no policy for {operator} in {POLICIES.name}")
    return path


def command(program: Path, photos: Path, out: Path, policy: str | Path | None) -> list[str]:
    """The command line; what it prints is the report with the masks of every file."""
    return [str(program), "anonymise", str(photos), str(out), "--json", *policy_words(policy)]


def policy_words(policy: str | Path | None) -> list[str]:
    """A file is named from where the caller stands; anything else is the name of a policy that is built in."""
    if policy is None:
        return []
    return ["--policy", str(Path(policy).resolve() if Path(policy).is_file() else policy)]


def anonymise(program: Path, photos: Path, out: Path, policy: str | Path | None = None) -> dict[str, Result]:
    """Anonymises a folder of photos into `out`, which it makes; by name of the photo."""
    done = subprocess.run(command(program, photos, out, policy), cwd=ROOT, capture_output=True, text=True)
    # Status 1 says that photos were refused, which is a result.
    if done.returncode not in (0, 1) or not done.stdout.startswith("{"):
        raise BadUse(f"{program.name} ended with status {done.returncode}: {done.stderr.strip()[-400:]}")
    results = {}
    for entry in json.loads(done.stdout)["files"]:
        if entry["verdict"] == "skipped":
            continue
        masks = [
            Mask(Rect(m["x"], m["y"], m["width"], m["height"]), m["class"], m["escalated"])
            for m in entry.get("masks", [])
            if m["action"] == "masked"
        ]
        refused = entry["code"] if entry["verdict"] == "refused" else None
        output = None if refused else out / entry["written_as"]
        results[entry["name"]] = Result(output, refused, tuple(masks))
    return results
