"""WordNet 3.0 (Fellbaum 1998, https://wordnet.princeton.edu): the knowledge graph, without items."""

from __future__ import annotations

from pathlib import Path

from experiments.domains.base import Domain, DomainSource
from graphs.readers.wordnet import read_wordnet
from kgx.collection import Collection

__all__ = ["WORDNET_DOMAIN"]

_LICENCE = "WordNet 3.0 license"


def _build(folder: Path) -> Domain:
    graph = read_wordnet(folder)
    notes = {"entities": graph.num_entities, "triples": graph.num_triples, "literals": graph.num_literals}
    return Domain(Collection("wordnet", folder, ()), graph, _LICENCE, notes)


WORDNET_DOMAIN = DomainSource("wordnet", ("wordnet-base",), _LICENCE, _build)
