"""Verifies the transparency log and the contents of Vouchsafe datasets with Python's standard library alone.

Written from docs/PROTOCOL.md and RFC 9162, not from the Rust code: two readings of one text. `test_merkle.py` runs it over
the golden vectors of `protocol/vectors`, which the Rust tests read too. Hashes are 32 `bytes`, sizes and indices `int`.
"""

import hashlib

CHUNK = 65_536


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(data):
    return sha256(b"\x00", data)


def tagged(tag, genesis, *parts):
    """The bytes that the protocol hashes or signs (docs/PROTOCOL.md, section 2)."""
    sized = [len(part).to_bytes(8, "little") + part for part in parts]
    return bytes([len(tag)]) + tag.encode() + genesis + b"".join(sized)


def split(n):
    """The largest power of two below n, which is at least 2."""
    return 1 << (n - 1).bit_length() - 1


def root(leaves):
    """RFC 9162, section 2.1.1, from leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256()
    k = split(len(leaves))
    return sha256(b"\x01", root(leaves[:k]), root(leaves[k:]))


def inclusion_root(leaf, index, size, path):
    """The root that makes `path` a proof of `leaf` at `index` of `size`, or None: section 2.1.3.1, read backwards."""
    if not 0 <= index < size or (size == 1) != (not path):
        return None
    if size == 1:
        return leaf
    k, beside = split(size), path[-1]
    inside = inclusion_root(leaf, index, k, path[:-1]) if index < k else inclusion_root(leaf, index - k, size - k, path[:-1])
    return inside and (sha256(b"\x01", inside, beside) if index < k else sha256(b"\x01", beside, inside))


def includes(head, leaf, index, path):
    """Whether `leaf` is entry `index` under `head`, a pair of size and root."""
    return inclusion_root(leaf, index, head[0], path) == head[1]


def consistency_roots(first, second, path, whole=None):
    """The older and the newer root that `path` proves: section 2.1.4.1, read backwards. `whole` is the older log's root as
    long as the part looked at begins where the log does, which the proof leaves out."""
    if first == second:
        return ((whole,) * 2 if not path else None) if whole else ((path[0],) * 2 if len(path) == 1 else None)
    if not path:
        return None
    k, beside = split(second), path[-1]
    if first <= k:
        inside = consistency_roots(first, k, path[:-1], whole)
        return inside and (inside[0], sha256(b"\x01", inside[1], beside))
    inside = consistency_roots(first - k, second - k, path[:-1])
    return inside and tuple(sha256(b"\x01", beside, node) for node in inside)


def extends(older, newer, path):
    """Whether the log under the head `newer` begins with the one under `older`."""
    if older[0] > newer[0]:
        return False
    if older[0] == 0:
        return not path and older[1] == sha256() and (newer[0] > 0 or newer[1] == sha256())
    if older[0] == newer[0]:
        return not path and older[1] == newer[1]
    return consistency_roots(older[0], newer[0], path, older[1]) == (older[1], newer[1])


def read_sidecar(data):
    """The lengths of the items and the leaf hashes of the chunks (docs/PROTOCOL.md, section 3); ValueError if malformed."""
    items = int.from_bytes(data[4:8], "little")
    body = 8 + 8 * items
    if data[:4] != b"VSC1" or not 1 <= items <= 10_001 or len(data) < body:
        raise ValueError("no sidecar")
    items = [int.from_bytes(data[at : at + 8], "little") for at in range(8, body, 8)]
    chunks = sum(-(-item // CHUNK) for item in items)
    if 0 in items or chunks > 1 << 20 or len(data) != body + 64 * chunks:
        raise ValueError("lengths and chunks do not agree")
    lengths = (min(CHUNK, item - at) for item in items for at in range(0, item, CHUNK))
    leaves = [chunk_leaf(i, length, data[body + 64 * i : body + 64 * (i + 1)]) for i, length in enumerate(lengths)]
    return items, leaves


def chunk_leaf(index, length, hashes):
    """The leaf hash of a chunk; `hashes` is that of its ciphertext, then its commitment."""
    return leaf_hash(index.to_bytes(4, "little") + length.to_bytes(4, "little") + hashes)


def opens(root, chunks, lengths, item, data, opened):
    """Whether `data` is item `item` of the content with that root and number of chunks, cut by the items' lengths
    (docs/BUNDLE.md, section 5). `opened`: for each of the item's chunks salt, ciphertext hash and path."""
    counts = [-(-length // CHUNK) for length in lengths]
    if sum(counts) != chunks or len(data) != lengths[item] or len(opened) != counts[item]:
        return False
    for i, (salt, ciphertext, path) in enumerate(opened):
        chunk = data[i * CHUNK : (i + 1) * CHUNK]
        index = sum(counts[:item]) + i
        leaf = chunk_leaf(index, len(chunk), ciphertext + sha256(salt, chunk))
        if not includes((chunks, root), leaf, index, path):
            return False
    return True
