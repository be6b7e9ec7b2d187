"""Matching a target's relations with the source's, and reading them so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.renamed import RenamedTarget, Wording
from graphs import KnowledgeGraph
from graphs import vocabulary as v
from graphs.operations.mapping import map_names
from graphs.operations.sssom import MappingTable, read_sssom
from graphs.relation_mapping import RelationMatch
from graphs.relations import STRUCTURE_FIELDS
from kgx.attach import Attacher
from kgx.testing import KIND, PLACE, TinyWorld, species_iri
from kgx.transfer.extend import extend_knowledge, extend_paths
from kgx.transfer.mapped_relations import TargetByTable, bring_by_table, match_relations, read_relations_as
from kgx.transfer.model_folder import open_model, save_model
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.target_relations import bring_relations


def descriptor(name: int, place: int, *, named: bool = True) -> np.ndarray:
    words = np.eye(3)[name] * named
    return np.concatenate([words, np.eye(len(STRUCTURE_FIELDS))[place]]).astype(np.float32)


SOURCE = {
    ("image", "depicts", "concept"): descriptor(0, 0),
    ("image", "made by", "concept"): descriptor(1, 1),
    ("text", "mentions", "concept"): descriptor(2, 2),
    ("concept", "inverse of depicts", "image"): descriptor(0, 3),
    ("", "says", ""): descriptor(2, 4),
}


def read_as(target: dict[tuple[str, str, str], np.ndarray]) -> dict[str, str]:
    return {kind[1]: match.source for kind, match in match_relations(SOURCE, target).items()}


def test_relations_without_names_are_told_apart_by_their_place() -> None:
    target = {("image", f"R{n}", "concept"): descriptor(0, n, named=False) for n in (1, 0)}
    assert read_as(target) == {"R1": "made by", "R0": "depicts"}


def test_only_relations_between_the_same_types_of_nodes_are_matched() -> None:
    assert read_as({("text", "R0", "concept"): descriptor(2, 0)}) == {"R0": "mentions"}
    assert read_as({("audio", "R0", "concept"): descriptor(0, 0)}) == {}


def test_what_the_source_has_itself_and_inverses_are_left_alone() -> None:
    assert read_as(dict(SOURCE)) == {}
    assert read_as({("concept", "inverse of R0", "image"): descriptor(0, 0)}) == {}
    assert match_relations({}, SOURCE) == {}


def test_a_relation_in_two_parts_is_matched_twice() -> None:
    target = {("image", f"R{n}", "concept"): descriptor(n % 2, n % 2) for n in range(4)}
    assert read_as(target) == {"R0": "depicts", "R1": "made by", "R2": "depicts", "R3": "made by"}


def test_a_match_lends_its_descriptor_in_both_directions(trained: RelationTransfer, world: TinyWorld) -> None:
    renamed = RenamedTarget.build(world.target, trained.maker.reference, "nameless")
    brought = bring_relations(trained, renamed.relations, world.encoders["text"])
    new = next(name for name, old in renamed.was.items() if old == "depicts")
    matches = {("image", new, "concept"): RelationMatch("depicts", new, 1.0, "descriptors")}
    read = read_relations_as(brought, trained, matches).maker
    known = trained.maker.descriptors
    np.testing.assert_array_equal(
        read.descriptors["image", new, "concept"], known["image", "depicts", "concept"]
    )
    back = ("concept", f"inverse of {new}", "image")
    assert back in brought.maker.descriptors
    np.testing.assert_array_equal(read.descriptors[back], known["concept", "inverse of depicts", "image"])
    assert read.paths == brought.maker.paths
    untouched = replace(brought, maker=replace(brought.maker, descriptors=brought.maker.descriptors))
    assert read_relations_as(untouched, trained, {}).maker.descriptors == brought.maker.descriptors


STATED = {"kindOf": KIND.iri, "livesIn": PLACE.iri}
HEADER = "subject_id\tpredicate_id\tobject_id\tconfidence"


def table_of(folder: Path, was: Mapping[str, str], *, without: frozenset[str] = frozenset()) -> MappingTable:
    """Write what every relation was before it was renamed as an SSSOM table, and read it."""
    lines = ["#curie_map:", "#  their: http://target.example/vocabulary/", '#  kgx: "urn:kgx:link:"', HEADER]
    for number, (new, old) in enumerate({**was, "similar_to": "similar to"}.items()):
        ends = [f"their:{new}", STATED.get(old, f"kgx:{old.replace(' ', '_')}")]
        if old not in without:
            first, second = ends if number % 2 else reversed(ends)  # either end may stand first
            lines.append(f"{first}\tskos:exactMatch\t{second}\t0.9")
    file = folder / "relations.sssom.tsv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_sssom(file)


def brought_by_table(
    model: RelationTransfer,
    world: TinyWorld,
    folder: Path,
    wording: Wording,
    *,
    parts: int = 1,
    without: frozenset[str] = frozenset(),
) -> tuple[RenamedTarget, TargetByTable]:
    """Rename the target's relations, and bring them to a model by a table of what they were."""
    renamed = RenamedTarget.build(world.target, model.maker.reference, wording, parts=parts)
    table = table_of(folder, renamed.was, without=without)
    return renamed, bring_by_table(model, renamed.relations, table, world.encoders["text"])


@pytest.fixture(scope="module", params=["hop-tokens", "similarity", "rgcn", "compgcn", "hgt"])
def any_network(
    request: pytest.FixtureRequest, trained: RelationTransfer, of_messages: Callable[..., Pretraining]
) -> RelationTransfer:
    return trained if request.param == "hop-tokens" else of_messages(request.param).train(0)


@pytest.mark.parametrize("parts", [1, 2])
def test_by_a_table_a_renamed_target_gets_the_vectors_that_it_had(
    any_network: RelationTransfer, world: TinyWorld, parts: int, tmp_path: Path
) -> None:
    renamed, brought = brought_by_table(any_network, world, tmp_path, "nameless", parts=parts)
    assert {match.target for match in brought.matches} >= {"similar to"}
    assert len(brought.matches) == len(renamed.was) + 1
    items = {modality: brought.read(some) for modality, some in renamed.items.items()}
    before, after = any_network.survey_all(world.target), brought.model.survey_all(items)
    for modality, own in world.target.items():
        for query in (False, True):
            np.testing.assert_allclose(
                brought.model.refine(items[modality], after, query=query),
                any_network.refine(own, before, query=query),
                atol=1e-6,
            )


def test_a_model_by_a_table_is_a_model_as_any_other(
    trained: RelationTransfer, world: TinyWorld, tmp_path: Path
) -> None:
    renamed, brought = brought_by_table(trained, world, tmp_path, "nameless")
    names = {modality: encoder.id for modality, encoder in world.encoders.items()}
    save_model(brought.model, tmp_path / "model", encoders=names, encoder_ids=names)
    opened = open_model(tmp_path / "model").transfer
    knowledge = opened.maker.reference.knowledge
    linked = Attacher(knowledge, world.encoders).collection(world.target_collection)
    for modality in ("text", "image"):
        expected = trained.refine(world.target[modality])
        np.testing.assert_allclose(opened.refine(linked[modality]), expected, atol=1e-6)
    pairs = {name: brought.read(items.select(range(8))) for name, items in renamed.items.items()}
    own = {name: items.select(range(8)) for name, items in world.target.items()}
    np.testing.assert_allclose(
        brought.model.adapt(pairs).refine(linked["image"]),
        trained.adapt(own).refine(world.target["image"]),
        atol=1e-4,
    )


def test_what_a_table_leaves_out_is_brought_as_it_is(
    trained: RelationTransfer, world: TinyWorld, tmp_path: Path
) -> None:
    left_out = frozenset({"livesIn", "in category"})
    renamed, brought = brought_by_table(trained, world, tmp_path, "reworded", without=left_out)
    now = {old: new for new, old in renamed.was.items()}
    known = trained.maker.paths["image"]
    kept = [path for path in known if not {"livesIn", "inverse of livesIn"} & set(path.path.relations)]
    paths = list(brought.model.maker.paths["image"])
    assert paths[: len(kept)] == kept
    further = [set(path.path.relations) for path in paths[len(kept) :]]
    assert all(
        relations & {now["livesIn"], f"inverse of {now['livesIn']}", now["in category"]}
        for relations in further
    )
    assert all(any(now[old] in some for some in further) for old in ("livesIn", "in category"))
    images = brought.read(renamed.items["image"])
    assert {link.relation for link in images.links} == {"depicts", now["in category"]}
    refined = brought.model.refine(images)
    assert (refined * trained.refine(world.target["image"])).sum(axis=1).min() > 0.8


def test_what_a_table_says_of_others_or_is_not_sure_of_changes_nothing(
    trained: RelationTransfer, world: TinyWorld, tmp_path: Path
) -> None:
    renamed = RenamedTarget.build(world.target, trained.maker.reference, "reworded")
    texts, table = world.encoders["text"], table_of(tmp_path, renamed.was)
    plain = bring_relations(trained, renamed.relations, texts)
    unsure = bring_by_table(trained, renamed.relations, table, texts, min_confidence=0.95)
    other = bring_by_table(trained, renamed.relations, table, texts, predicates=[v.SKOS + "closeMatch"])
    for brought in (unsure, other):
        assert brought.matches == ()
        items = renamed.items["image"]
        np.testing.assert_array_equal(brought.read(items).links[0].concepts, items.links[0].concepts)
        np.testing.assert_array_equal(
            brought.model.maker.descriptors["concept", "inverse of " + now_kind(renamed), "concept"],
            plain.maker.descriptors["concept", "inverse of " + now_kind(renamed), "concept"],
        )


def now_kind(renamed: RenamedTarget) -> str:
    return next(new for new, old in renamed.was.items() if old == "kindOf")


def test_a_graph_beside_the_models_own_can_be_mapped_before(
    trained: RelationTransfer, world: TinyWorld, tmp_path: Path
) -> None:
    """As docs/method.md has it: by ``kgx kg map`` with the prefix of the model's relations preferred."""
    table = tmp_path / "relations.sssom.tsv"
    lines = ["#curie_map:", "#  their: http://their.example/", "#  ours: http://example.org/", HEADER]
    table.write_text("\n".join([*lines, "their:isA\tskos:exactMatch\tours:kindOf\t1\n"]), encoding="utf-8")

    def refined(graph: KnowledgeGraph) -> np.ndarray:
        texts = world.encoders["text"]
        extended = extend_knowledge(trained, graph, texts)
        attacher = Attacher(extended.maker.reference.knowledge, world.encoders)
        items = attacher.collection(world.target_collection)
        walked = extend_paths(extended, items.values())
        return walked.refine(items["image"], walked.survey_all(items))

    def thesaurus(relation: str) -> KnowledgeGraph:
        told = [
            (species_iri(number * 64 + 10), relation, "http://their.example/shelf") for number in range(8)
        ]
        return KnowledgeGraph.from_triples(
            told, literals=[("http://their.example/shelf", v.SKOS_PREF_LABEL, "shelf of all", "en")]
        )

    mapped = map_names(thesaurus("http://their.example/isA"), read_sssom(table), prefer=["ours"])
    expected = refined(thesaurus(KIND.iri))
    np.testing.assert_allclose(refined(KnowledgeGraph(mapped.columns)), expected, atol=1e-6)
    assert np.abs(refined(thesaurus("http://their.example/isA")) - expected).max() > 1e-4
