"""Links numbered across files."""

from __future__ import annotations

import numpy as np

from graphs.completion.links import Links, Numbering
from graphs.store import Store
from graphs.vocabulary import RDFS_LABEL


def test_files_that_name_things_alike_share_their_numbers() -> None:
    numbering = Numbering()
    one = numbering.links(Store.from_triples([("ex:a", "ex:r", "ex:b"), ("ex:b", "ex:s", "ex:a")]))
    other = numbering.links(Store.from_triples([("ex:0", "ex:s", "ex:b"), ("ex:a", "ex:0", "ex:a")]))
    names, relations = numbering.entities, numbering.relations
    said = {(names[h], relations[r], names[t]) for h, r, t in Links.together(one, other).rows().tolist()}
    assert said == {
        ("ex:a", "ex:r", "ex:b"),
        ("ex:b", "ex:s", "ex:a"),
        ("ex:0", "ex:s", "ex:b"),
        ("ex:a", "ex:0", "ex:a"),
    }
    assert (names[:2], relations[:2]) == (["ex:a", "ex:b"], ["ex:r", "ex:s"])
    assert (numbering.entity("ex:0"), numbering.relation("ex:0"), numbering.entity("ex:r")) == (2, 2, None)


def test_what_is_only_described_has_no_number() -> None:
    store = Store.from_triples(
        [("ex:a", "ex:r", "ex:b")], literals=[("ex:c", RDFS_LABEL, "c", ""), ("ex:r", RDFS_LABEL, "r", "")]
    )
    numbering = Numbering()
    numbering.links(store)
    assert numbering.entities == ["ex:a", "ex:b"]


def test_a_link_counts_once_and_a_graph_without_links_has_none() -> None:
    links = Links.of(np.array([[1, 0, 0], [0, 0, 1], [1, 0, 0]]))
    assert links.rows().tolist() == [[0, 0, 1], [1, 0, 0]]
    assert len(Numbering().links(Store.from_triples([]))) == 0
    assert len(Links.together(links, links)) == 2
