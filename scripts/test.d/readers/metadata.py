"""Reads the golden metadata documents, which a Rust test holds equal to what the gateway makes, as others will read them:
with MLCommons' mlcroissant, and as RDF. `python metadata.py GOLDEN-FOLDER`
"""

import copy
import json
import pathlib
import sys

import absl.logging
import mlcroissant
import rdflib
from mlcroissant._src.core.issues import ValidationError

absl.logging.set_verbosity(absl.logging.ERROR)  # warnings are asked for below

PREFIXES = """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dqv: <http://www.w3.org/ns/dqv#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX odrl: <http://www.w3.org/ns/odrl/2/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rai: <http://mlcommons.org/croissant/RAI/>
PREFIX sc: <https://schema.org/>
PREFIX spdx: <http://spdx.org/rdf/terms#>
PREFIX v: <urn:vouchsafe:>
"""

# What the graph of every document must hold.
CROISSANT = [
    "?d a sc:Dataset ; sc:name ?name ; sc:license/sc:sha256 ?hash ; sc:version ?v ; sc:datePublished ?day",
    "?d sc:distribution ?f . ?f sc:sha256 ?hash ; sc:contentUrl ?at ; sc:contentSize ?size",
    "?d prov:wasDerivedFrom ?raw . FILTER(STRSTARTS(STR(?raw), 'urn:vouchsafe:input:0x'))",
    "?d prov:wasGeneratedBy ?a . ?a a prov:Activity ; prov:wasAssociatedWith ?s . ?s a prov:SoftwareAgent",
    "?d prov:wasGeneratedBy/prov:used ?model . ?model sc:sha256 ?digest",
    "?d prov:wasGeneratedBy/prov:wasAssociatedWith/prov:actedOnBehalfOf ?account . ?d prov:wasAttributedTo ?account",
    "?d sc:usageInfo ?p . ?p a odrl:Offer ; odrl:assigner ?a ; odrl:target ?t ; odrl:permission/odrl:action odrl:use",
    "?d rai:dataLimitations ?l ; rai:dataPreprocessingProtocol ?h ; rai:personalSensitiveInformation ?i",
]
# What the one with parents, terms and measurements must hold besides.
DERIVED = [
    "?d prov:wasDerivedFrom <urn:vouchsafe:record:0x" + "aa" * 32 + ">, <urn:vouchsafe:record:0x" + "bb" * 32 + ">",
    "?d sc:usageInfo/odrl:permission ?p . ?p odrl:action odrl:derive ; odrl:duty ?y . ?y odrl:action odrl:compensate ; "
    "odrl:constraint [ odrl:leftOperand v:share-of-sales ; odrl:operator odrl:gteq ; odrl:rightOperand 125000 ]",
    "?d dqv:hasQualityMeasurement ?m . ?m a dqv:QualityMeasurement ; dqv:isMeasurementOf ?metric ; dqv:value 1 . "
    "FILTER(STRENDS(STR(?metric), '/repeated-items'))",
]
# Mandatory in DCAT-AP 3.0.0 for a catalogue, its datasets, their distributions and every agent, by class.
DCAT = {
    "dcat:Catalog": ["dct:title", "dct:description", "dct:publisher"],
    "dcat:Dataset": ["dct:title", "dct:description"],
    "dcat:Distribution": ["dcat:accessURL"],
    "foaf:Agent": ["foaf:name"],
    "spdx:Checksum": ["spdx:algorithm", "spdx:checksumValue"],
}


def graph(document: dict) -> rdflib.Graph:
    return rdflib.Graph().parse(data=json.dumps(document), format="json-ld", publicID="https://gateway.example/")


def holds(triples: rdflib.Graph, pattern: str) -> bool:
    return triples.query(PREFIXES + "ASK { " + pattern + " }").askAnswer


def errors(document: dict) -> list[str]:
    """What mlcroissant refuses the document for, its warnings included."""
    try:
        dataset = mlcroissant.Dataset(jsonld=document)
    except (ValidationError, ValueError) as error:
        return [str(error)]
    issues = dataset.metadata.ctx.issues
    return [*issues.errors, *issues.warnings]


def without(document: dict, *path) -> dict:
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed


def check(folder: pathlib.Path):
    """One line for everything that is wrong."""
    documents = {name: json.loads((folder / f"{name}.croissant.json").read_text()) for name in ("derived", "plain")}
    for name, document in documents.items():
        yield from (f"{name}: {error}" for error in errors(document))
        metadata = mlcroissant.Dataset(jsonld=document).metadata
        if str(metadata.conforms_to[0]) != "http://mlcommons.org/croissant/1.1" or metadata.name != document["name"]:
            yield f"{name}: mlcroissant reads {metadata.conforms_to} and {metadata.name}"
        files = [(node.id, node.sha256) for node in metadata.file_objects]
        if files != [(file["@id"], file["sha256"]) for file in document["distribution"][:2]]:
            yield f"{name}: mlcroissant reads the files {files}"
        triples = graph(document)
        for pattern in CROISSANT + (DERIVED if name == "derived" else []):
            if not holds(triples, pattern):
                yield f"{name}: its graph does not hold {pattern}"
    for pattern in DERIVED:
        if holds(graph(documents["plain"]), pattern):
            yield f"plain: its graph holds {pattern}"

    # The judges can say no: a document that lacks what is mandatory is refused.
    for path in [("distribution", 0, "contentUrl"), ("distribution", 0, "sha256"), ("@type",), ("license",)]:
        if not errors(without(documents["derived"], *path)):
            yield f"mlcroissant takes a document without {path}"
    if holds(graph(without(documents["derived"], "prov:wasGeneratedBy")), CROISSANT[3]):
        yield "a graph without its activity has one"

    catalogue = graph(json.loads((folder / "catalogue.dcat.json").read_text()))
    for kind, properties in DCAT.items():
        if not holds(catalogue, f"?x a {kind}"):
            yield f"catalogue: no {kind}"
        for name in properties:
            if holds(catalogue, f"?x a {kind} FILTER NOT EXISTS {{ ?x {name} ?y }}"):
                yield f"catalogue: a {kind} without {name}"
    for pattern in [
        "?c dcat:dataset ?a, ?b . FILTER(?a != ?b)",
        "?d a dcat:Dataset ; odrl:hasPolicy/odrl:permission/odrl:action odrl:derive",
        "?d dcat:distribution ?f . ?f dct:license/dct:title 'CC0-1.0'",
    ]:
        if not holds(catalogue, pattern):
            yield f"catalogue: its graph does not hold {pattern}"


wrong = list(check(pathlib.Path(sys.argv[1])))
print("\n".join(wrong) or "metadata documents: mlcroissant takes them, and their graphs hold lineage, terms, measurements and DCAT-AP")
sys.exit(1 if wrong else 0)
