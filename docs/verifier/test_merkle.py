"""The golden vectors of the Rust crates, judged by the verifier beside this file."""

import json
import pathlib
import unittest

import merkle

VECTORS = pathlib.Path(__file__).resolve().parent.parent.parent / "protocol" / "vectors"


def vectors(name):
    return json.loads((VECTORS / name).read_text())


def raw(text):
    return bytes.fromhex(text.removeprefix("0x"))


def path(proof):
    return [raw(node) for node in proof["path"]]


def head(value):
    return value["size"], raw(value["root"])


class CertificateTransparency(unittest.TestCase):
    """Known answers that neither implementation made."""

    known = vectors("certificate-transparency.json")
    leaves = [merkle.leaf_hash(bytes.fromhex(data)) for data in known["inputs"]]
    heads = [(size, raw(root)) for size, root in enumerate(known["roots"])]

    def test_roots(self):
        self.assertEqual(len(self.heads), 9)
        for size, root in self.heads:
            self.assertEqual(merkle.root(self.leaves[:size]), root)

    def test_proofs(self):
        for proof in self.known["inclusion"]:
            index = proof["index"]
            self.assertTrue(merkle.includes(self.heads[proof["size"]], self.leaves[index], index, path(proof)))
        for proof in self.known["consistency"]:
            older, newer = self.heads[proof["first"]], self.heads[proof["second"]]
            self.assertTrue(merkle.extends(older, newer, path(proof)))


class Log(unittest.TestCase):
    log = vectors("log.json")
    leaves = [raw(entry["leaf"]) for entry in log["entries"]]
    heads = [head(value) for value in log["heads"]]

    def test_leaves_bind_tag_chain_and_entry(self):
        genesis = raw(self.log["genesis"])
        for entry in self.log["entries"]:
            data = merkle.tagged(self.log["tag"], genesis, raw(entry["scale"]))
            self.assertEqual(data, raw(entry["leaf_input"]))
            self.assertEqual(merkle.leaf_hash(data), raw(entry["leaf"]))
            self.assertEqual(raw(entry["scale"])[:32], raw(entry["record"]))
            self.assertEqual(int.from_bytes(raw(entry["scale"])[32:36], "little"), entry["height"])

    def test_heads_and_completed_subtrees(self):
        self.assertEqual(len(self.heads), len(self.leaves) + 1)
        for size, root in self.heads:
            self.assertEqual(merkle.root(self.leaves[:size]), root)
        for end, entry in enumerate(self.log["entries"], 1):
            for level, node in enumerate(entry["completes"]):
                self.assertEqual(merkle.root(self.leaves[end - (1 << level) : end]), raw(node))

    def test_frontier_holds_the_largest_complete_subtrees(self):
        frontier, peaks, start = raw(self.log["frontier"]), [], 0
        size = int.from_bytes(frontier[:8], "little")
        for level in reversed(range(64)):
            if size >> level & 1:
                peaks.append(merkle.root(self.leaves[start : start + (1 << level)]))
                start += 1 << level
        self.assertEqual((start, len(peaks)), (size, size.bit_count()))
        # The count of a short vector is SCALE's compact integer of one byte.
        self.assertEqual(frontier[8:], bytes([len(peaks) << 2]) + b"".join(peaks))

    def test_every_inclusion_verifies_and_no_damaged_one_does(self):
        for proof in self.log["inclusion"]:
            index, top, nodes = proof["index"], self.heads[proof["size"]], path(proof)
            leaf = self.leaves[index]
            self.assertTrue(merkle.includes(top, leaf, index, nodes))
            for damaged in damages(nodes):
                self.assertFalse(merkle.includes(top, leaf, index, damaged))
            for other in range(-1, top[0] + 2):
                self.assertEqual(merkle.includes(top, leaf, other, nodes), other == index)

    def test_every_consistency_verifies_and_no_damaged_one_does(self):
        self.assertEqual(len(self.log["consistency"]), 78)
        for proof in self.log["consistency"]:
            older, newer, nodes = self.heads[proof["first"]], self.heads[proof["second"]], path(proof)
            self.assertTrue(merkle.extends(older, newer, nodes))
            for damaged in damages(nodes):
                self.assertFalse(merkle.extends(older, newer, damaged))
            for other in self.heads:
                if other != older and 0 not in (other[0], older[0]):
                    self.assertFalse(merkle.extends((older[0], other[1]), newer, nodes))

    def test_a_head_of_no_entry_has_one_root(self):
        nothing, other = (0, merkle.sha256()), (0, bytes(32))
        self.assertTrue(merkle.extends(nothing, nothing, []))
        for pair in ((other, other), (other, nothing), (nothing, other), (other, self.heads[7])):
            self.assertFalse(merkle.extends(*pair, []))

    def test_what_the_protocol_refuses_is_refused(self):
        for case in self.log["refused"]:
            with self.subTest(case["what"]):
                if "leaf" in case:
                    holds = merkle.includes(head(case["head"]), raw(case["leaf"]), case["index"], path(case))
                else:
                    holds = merkle.extends(head(case["older"]), head(case["newer"]), path(case))
                self.assertFalse(holds)
        self.assertGreater(len(self.log["refused"]), 12)


class Content(unittest.TestCase):
    content = vectors("content.json")
    sidecar = raw(content["sidecar"])

    def test_the_sidecar_adds_up_to_the_root_and_each_chunk_has_its_place(self):
        items, leaves = merkle.read_sidecar(self.sidecar)
        self.assertEqual(items, self.content["item_lengths"])
        self.assertEqual(leaves, [raw(leaf["hash"]) for leaf in self.content["leaves"]])
        root = raw(self.content["root"])
        self.assertEqual(merkle.root(leaves), root)
        nodes = [raw(node) for node in self.content["path_of_chunk_2"]]
        self.assertTrue(merkle.includes((3, root), leaves[2], 2, nodes))
        self.assertFalse(merkle.includes((3, root), leaves[1], 2, nodes))

    def test_a_changed_sidecar_is_malformed_or_has_another_root(self):
        root = raw(self.content["root"])
        for at in range(len(self.sidecar)):
            changed = bytearray(self.sidecar)
            changed[at] ^= 1
            try:
                _, leaves = merkle.read_sidecar(bytes(changed))
            except ValueError:
                continue
            self.assertNotEqual(merkle.root(leaves), root, at)
        for cut in (self.sidecar[:-1], self.sidecar + b"\0", self.sidecar[:7], b""):
            self.assertRaises(ValueError, merkle.read_sidecar, cut)


class Bundle(unittest.TestCase):
    bundle = vectors("bundle.json")

    def test_each_opened_item_is_under_the_root_and_a_changed_one_is_not(self):
        content, contents = self.bundle["content"], self.bundle["contents"]
        document = contents["document"].encode()
        listed = json.loads(document)["items"]
        lengths = [len(document)] + [item["bytes"] for item in listed]
        self.assertEqual(sum(lengths), content["bytes"])
        plaintexts = [document, b"\7" * 65_536, bytes(i % 256 for i in range(140_000))]
        openings = [contents["opening"], *self.bundle["openings"]]
        self.assertEqual([opening["item"] for opening in openings], [0, 1, 2])
        for opening, data in zip(openings, plaintexts):
            opened = [(raw(chunk["salt"]), raw(chunk["ciphertext"]), path(chunk)) for chunk in opening["chunks"]]
            item = opening["item"]

            def holds(data, opened=opened, item=item):
                return merkle.opens(raw(content["root"]), content["chunks"], lengths, item, data, opened)

            self.assertTrue(holds(data))
            self.assertFalse(holds(data[:-1] + bytes([data[-1] ^ 1])))
            self.assertFalse(holds(data + b"\0"))
            self.assertFalse(holds(data, opened=[(bytes(32), *rest) for _, *rest in opened]))
            self.assertFalse(holds(data, item=(item + 1) % 3))
            if item:
                self.assertEqual(merkle.sha256(data).hex(), listed[item - 1]["sha256"])

    def test_the_trail_is_in_the_log_at_the_places_that_the_state_lists(self):
        trail = self.bundle["trail"]
        self.assertEqual([entry["index"] for entry in trail["entries"]], trail["listed"])
        for entry in trail["entries"]:
            leaf = merkle.leaf_hash(raw(entry["leaf_input"]))
            self.assertTrue(merkle.includes(head(trail["head"]), leaf, entry["index"], path(entry)))


def damages(nodes):
    """Each node changed, left out and doubled, and one put at either end."""
    for at, node in enumerate(nodes):
        yield nodes[:at] + [bytes([node[0] ^ 1]) + node[1:]] + nodes[at + 1 :]
        yield nodes[:at] + nodes[at + 1 :]
        yield nodes[:at] + [node] + nodes[at:]
    yield [bytes(32)] + nodes
    yield nodes + [bytes(32)]


if __name__ == "__main__":
    unittest.main()
