"""Reads the golden photos with content credentials, which a Rust test holds equal to what gateway/c2pa writes, as others will:
with C2PA's own reader (c2pa-python, the core of c2patool) and by hand. `python credentials.py GOLDEN-FOLDER`
"""

import io
import json
import pathlib
import sys

import by_hand
import c2pa

MEDIA = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


def state(photo: bytes, media: str, root: str | None) -> tuple[str, set[str]]:
    """What C2PA's reader says of a photo, and why. `root`: a certificate that it shall trust."""
    settings = {"verify": {"verify_trust": True, "ocsp_fetch": False, "remote_manifest_fetch": False}}
    if root:
        settings["trust"] = {"trust_anchors": root}
    try:
        context = c2pa.Context.from_dict(settings)
        with c2pa.Reader(media, io.BytesIO(photo), context=context) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError as error:
        return "Unreadable", {str(error).split(":")[0]}
    failures = told["validation_results"]["activeManifest"]["failure"]
    return told["validation_state"], {failure["code"] for failure in failures}


def refused_by_hand(photo: bytes, ending: str, root: bytes) -> bool:
    try:
        by_hand.read(photo, ending, root)
    except by_hand.Wrong:
        return True
    return False


def check(folder: pathlib.Path):
    root = (folder / "root.pem").read_text()
    for ending, media in MEDIA.items():
        photo = (folder / f"signed.{ending}").read_bytes()
        bare = (folder / f"plain.{ending}").read_bytes()

        # Whole and signed; the signer is on no public list until somebody puts its root on theirs.
        if (found := state(photo, media, None)) != ("Valid", {"signingCredential.untrusted"}):
            yield f"{ending}: C2PA's reader says {found}"
        if (found := state(photo, media, root)) != ("Trusted", set()):
            yield f"{ending}: with its root C2PA's reader says {found}"
        if (found := state(bare, media, root))[0] != "Unreadable":
            yield f"{ending}: C2PA's reader finds a manifest where there is none: {found}"

        told = by_hand.read(photo, ending, root.encode())
        names = [action["action"] for action in told["actions"]]
        if names != ["c2pa.opened", "c2pa.edited", "c2pa.edited.metadata"]:
            yield f"{ending}: by hand it tells {names}"
        if not told["parent"]["instanceID"].startswith("urn:vouchsafe:input:0x"):
            yield f"{ending}: by hand it is made from {told['parent']}"
        start, length, _ = by_hand.CONTAINERS[ending](photo)
        rest = photo[:start] + photo[start + length :]
        if ending != "webp" and rest != bare:
            yield f"{ending}: without its manifest it is another photo"

        # Each byte of the file counts: changed one at a time, none passes by hand. C2PA's reader is asked about those of the
        # photo itself.
        for at in range(len(photo)):
            changed = bytearray(photo)
            changed[at] ^= 1
            if not refused_by_hand(bytes(changed), ending, root.encode()):
                yield f"{ending}: byte {at} of {len(photo)} can be changed unseen"
            of_photo = not start <= at < start + length
            if of_photo and state(bytes(changed), media, root)[0] in ("Valid", "Trusted"):
                yield f"{ending}: C2PA's reader takes a change of byte {at} of {len(photo)}"


wrong = list(check(pathlib.Path(sys.argv[1])))
print("\n".join(wrong) or "content credentials: valid to C2PA's reader, trusted with their root, and read by hand")
sys.exit(1 if wrong else 0)
