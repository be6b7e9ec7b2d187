"""A graph under a checkpoint: what is numbered, what is refused, and what names say."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from graphs import KnowledgeGraph
from graphs.completion.links import Numbering
from graphs.errors import EmptyGraphError, UnknownTermError
from graphs.gnn.ultra import Ultra
from graphs.gnn.ultra.checkpoint import save_checkpoint
from graphs.vocabulary import RDFS_LABEL
from kgx.completion.finding import find_links, found, named_entity, named_relation
from kgx.completion.target import Target
from kgx.completion.texts import entity_texts, relation_texts
from kgx.errors import EncoderError
from kgx.testing import WordEncoder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_checkpoint(Ultra(dim=8, relation_layers=2, entity_layers=3), tmp_path / "model")
    return tmp_path / "model"


def test_a_graph_without_links_is_refused(tmp_path: Path, model: Path) -> None:
    (tmp_path / "words.nt").write_text(f'<ex:a> <{RDFS_LABEL}> "a" .\n', encoding="utf-8")
    with pytest.raises(EmptyGraphError, match=r"words\.nt"):
        Target.read(tmp_path / "words.nt", model)


def test_every_missing_link_of_a_relation_can_be_found(families: Path, model: Path) -> None:
    target = Target.read(families, model)
    relation = named_relation(target, "grandparent")
    links = find_links(target, relations=[relation], top=None)
    known = {tuple(row) for row in target.links.rows().tolist()}
    assert {link.relation for link in links} == {relation}
    assert not known & {(link.head, link.relation, link.tail) for link in links}
    best = found(target, links[0])
    assert (best.relation, best.relation_label) == ("grandparent", "grandparent")
    only = find_links(target, relations=[relation], head=named_entity(target, "f0a"), top=3)
    assert {target.numbering.entities[link.head] for link in only} == {"f0a"}
    only = find_links(target, relations=[relation], tail=named_entity(target, "f0c"), top=3)
    assert {target.numbering.entities[link.tail] for link in only} == {"f0c"}


def test_what_has_no_link_is_not_known(families: Path, model: Path) -> None:
    target = Target.read(families, model)
    with pytest.raises(UnknownTermError, match="cousin"):
        named_relation(target, "cousin")
    with pytest.raises(UnknownTermError, match="f9a"):
        named_entity(target, "f9a")


def test_relations_go_by_their_labels_too(tmp_path: Path, model: Path) -> None:
    rows = ["<ex:a> <ex:hasPart> <ex:b> .", "<ex:a> <ex:1/eats> <ex:b> .", "<ex:b> <ex:2/eats> <ex:a> ."]
    (tmp_path / "a.nt").write_text("\n".join(rows), encoding="utf-8")
    target = Target.read(tmp_path / "a.nt", model)
    numbers = {named_relation(target, name) for name in ("ex:hasPart", "haspart", "has part")}
    assert numbers == {target.numbering.relation("ex:hasPart")}
    with pytest.raises(UnknownTermError, match="2 relations are called 'eats'"):
        named_relation(target, "eats")


def test_names_become_vectors_in_the_order_of_numbers() -> None:
    store = KnowledgeGraph.from_triples(
        [("ex:a", "ex:hasPart", "ex:b")], literals=[("ex:a", RDFS_LABEL, "apple", "en")]
    )
    numbering, encoder = Numbering(), WordEncoder()
    numbering.links(store)
    numbering.links(KnowledgeGraph.from_triples([("ex:pear", "ex:isA", "ex:a")]))
    vectors = entity_texts(store, numbering, encoder).numpy()
    assert vectors.tolist() == encoder.encode(["apple", "b", "pear"], "text").vectors.tolist()
    texts = ["has part", "is a", "inverse of has part", "inverse of is a"]
    found_vectors = relation_texts(store, numbering, encoder).numpy()
    assert found_vectors.tolist() == encoder.encode(texts, "text").vectors.tolist()


def test_an_encoder_that_has_changed_is_refused(families: Path, tmp_path: Path) -> None:
    widened = Ultra(dim=8, relation_layers=1, entity_layers=1, text_dim=WordEncoder().dimension)
    save_checkpoint(widened, tmp_path / "a", {"text_encoder": "tiny:text", "text_encoder_id": "older"})
    with pytest.raises(EncoderError, match="older"):
        Target.read(families, tmp_path / "a")
    save_checkpoint(widened, tmp_path / "b")
    with pytest.raises(EncoderError, match="does not say"):
        Target.read(families, tmp_path / "b")
