"""Content credentials read by hand: containers, JUMBF, CBOR and X.509 from the standards, with Python's standard library and
`cryptography` for Ed25519. Shares no code with the writer in gateway/c2pa, nor with C2PA's own reader.
"""

import hashlib
import struct
import zlib

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID


class Wrong(Exception):
    """The photo is not what its manifest vouches for, or the manifest is none."""


def need(condition: bool, what: str):
    if not condition:
        raise Wrong(what)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def jpeg(data: bytes) -> tuple[int, int, bytes]:
    """Start and length of the one APP11 segment with JUMBF, and the boxes in it. Walks markers up to the picture data."""
    need(data[:2] == b"\xff\xd8", "no JPEG")
    at, found = 2, []
    while data[at + 1] != 0xDA:
        need(data[at] == 0xFF, "no marker")
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if data[at + 1] == 0xEB:
            identifier, box, packet = struct.unpack(">2sHI", data[at + 4 : at + 12])
            need((identifier, box, packet) == (b"JP", 1, 1), "an APP11 segment without JUMBF, or not the only one")
            found.append((at, 2 + length, data[at + 12 : at + 2 + length]))
        at += 2 + length
    need(len(found) == 1, f"{len(found)} segments with JUMBF")
    return found[0]


def png(data: bytes) -> tuple[int, int, bytes]:
    need(data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG")
    at, found, kinds = 8, [], []
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        content = data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        need(crc == zlib.crc32(kind + content), "a chunk's checksum")
        kinds.append(kind)
        if kind == b"caBX":
            found.append((at, 12 + length, content))
        at += 12 + length
    need(len(found) == 1 and kinds.index(b"caBX") < kinds.index(b"IDAT"), "not one caBX before IDAT")
    return found[0]


def webp(data: bytes) -> tuple[int, int, bytes]:
    need(data[:4] == b"RIFF" and data[8:12] == b"WEBP", "no WebP")
    need(struct.unpack("<I", data[4:8])[0] + 8 == len(data), "RIFF says another length")
    at, found = 12, []
    while at < len(data):
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        if kind == b"C2PA":
            found.append((at, 8 + length, data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    need(len(found) == 1, "not one chunk C2PA")
    return found[0]


CONTAINERS = {"jpg": jpeg, "png": png, "webp": webp}


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    at, found = 0, []
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        need(length >= 8 and at + length <= len(data), "a box that does not fit")
        found.append((kind, data[at + 8 : at + length]))
        at += length
    return found


def superbox(box: tuple[bytes, bytes], holds: bytes) -> tuple[bytes, str, list[tuple[bytes, bytes]]]:
    """Kind, label and the boxes within, of a `jumb` box whose boxes are all `holds`."""
    need(box[0] == b"jumb", "no superbox")
    (kind, description), *inner = boxes(box[1])
    need(all(name == holds for name, _ in inner), "another kind of box within")
    need(kind == b"jumd" and description[4:16].hex() == "00110010800000aa00389b71", "no description")
    need(description[16] == 3 and description[-1] == 0, "another kind of description")
    return description[:4], description[17:-1].decode(), inner


def cbor(data: bytes, at: int = 0):
    """A value and where it ends."""
    major, extra = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return {20: False, 21: True, 22: None}[extra], at
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(extra, 0)
    value = int.from_bytes(data[at : at + size], "big") if size else extra
    at += size
    if major == 0:
        return value, at
    if major == 1:
        return -1 - value, at
    if major in (2, 3):
        need(at + value <= len(data), "a text that does not fit")
        chunk = data[at : at + value]
        return (chunk if major == 2 else chunk.decode()), at + value
    if major == 4:
        members = []
        for _ in range(value):
            member, at = cbor(data, at)
            members.append(member)
        return members, at
    if major == 5:
        members = {}
        for _ in range(value):
            name, at = cbor(data, at)
            members[name], at = cbor(data, at)
        return members, at
    need(value == 18, "an unknown tag")
    return cbor(data, at)


def whole(data: bytes):
    value, end = cbor(data)
    need(end == len(data), "bytes behind a value")
    return value


def to_be_signed(protected: bytes, claim: bytes) -> bytes:
    def text(major: int, content: bytes) -> bytes:
        length = len(content)
        if length < 24:
            return bytes([major << 5 | length]) + content
        if length < 256:
            return bytes([major << 5 | 24, length]) + content
        return bytes([major << 5 | 25]) + struct.pack(">H", length) + content

    return b"\x84" + text(3, b"Signature1") + text(2, protected) + text(2, b"") + text(2, claim)


def read(data: bytes, ending: str, root_pem: bytes) -> dict:
    """Checks a photo in full; what its manifest tells. `root_pem`: the root that shall stand behind the signature."""
    try:
        return judged(data, ending, root_pem)
    except Wrong:
        raise
    except Exception as error:  # a reader of foreign bytes may fall over anything; that is a refusal too
        raise Wrong(repr(error)) from error


def judged(data: bytes, ending: str, root_pem: bytes) -> dict:
    start, length, content = CONTAINERS[ending](data)
    [store] = boxes(content)
    kind, label, [manifest_box] = superbox(store, b"jumb")
    need((kind, label) == (b"c2pa", "c2pa"), "no manifest store")
    kind, manifest, [assertions, claim_box, signature_box] = superbox(manifest_box, b"jumb")
    need(kind == b"c2ma" and manifest.startswith("urn:c2pa:"), "no manifest")

    kind, label, stored = superbox(assertions, b"jumb")
    need((kind, label) == (b"c2as", "c2pa.assertions"), "no assertions")
    found = {}
    for assertion in stored:
        kind, label, [(_, value)] = superbox(assertion, b"cbor")
        need(kind == b"cbor" and label not in found, "an assertion of another kind, or twice")
        found[label] = (sha256(assertion[1]), whole(value))
    kind, label, [(_, claim)] = superbox(claim_box, b"cbor")
    need((kind, label) == (b"c2cl", "c2pa.claim.v2"), "no claim")
    told = whole(claim)
    need(told["alg"] == "sha256", "another hash")
    need(told["signature"] == f"self#jumbf=/c2pa/{manifest}/c2pa.signature", "another signature")
    prefix = "self#jumbf=c2pa.assertions/"
    claimed = {reference["url"].removeprefix(prefix): reference["hash"] for reference in told["created_assertions"]}
    need(claimed == {label: digest for label, (digest, _) in found.items()}, "an assertion that was changed")

    binding = found["c2pa.hash.data"][1]
    need(binding["exclusions"] == [{"start": start, "length": length}], "it excludes another part of the photo")
    need(binding["hash"] == sha256(data[:start] + data[start + length :]), "the photo was changed")

    kind, label, [(_, cose)] = superbox(signature_box, b"cbor")
    need((kind, label) == (b"c2cs", "c2pa.signature"), "no signature")
    need(cose[:1] == b"\xd2", "no COSE_Sign1")
    protected, unprotected, payload, signature = whole(cose)
    headers = whole(protected)
    need((headers[1], unprotected, payload) == (-8, {}, None), "not EdDSA over the claim")
    leaf, root = (x509.load_der_x509_certificate(der) for der in headers[33])
    need(root == x509.load_pem_x509_certificate(root_pem), "another root")
    root.verify_directly_issued_by(root)
    leaf.verify_directly_issued_by(root)
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    need(usage.digital_signature and ExtendedKeyUsageOID.EMAIL_PROTECTION in purposes, "a certificate for other things")
    need(not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca, "a root that signs photos")
    key = leaf.public_key()
    need(isinstance(key, Ed25519PublicKey), "another kind of key")
    key.verify(signature, to_be_signed(protected, claim))

    actions = found["c2pa.actions.v2"][1]["actions"]
    ingredient = found["c2pa.ingredient.v3"]
    opened = actions[0]["parameters"]["ingredients"]
    need(opened == [{"url": prefix + "c2pa.ingredient.v3", "hash": ingredient[0]}], "it opens another thing")
    return {"claim": told, "parent": ingredient[1], "actions": actions}
