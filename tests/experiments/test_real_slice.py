"""A small real slice from end to end: WordNet, some of Open Clip Art as source, some stamps as target."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import pytrec_eval

from experiments.config import ExperimentConfig, load_config
from experiments.domains import DOMAINS, Domain, load
from experiments.methods import Baselines, Embed
from experiments.protocol import Protocol
from experiments.results_store import ResultsStore, RowKey
from graphs import GraphBuilder, KnowledgeGraph
from graphs.vocabulary import WN_RELATION
from kgx.attach import Attacher
from kgx.collection import Collection, Item
from kgx.encoders import VectorCache, load_encoder
from kgx.evaluate import read_qrels, read_run
from kgx.items import LinkedItems
from kgx.knowledge import Knowledge
from kgx.linking import LexicalLinker, VisualLinker
from kgx.run_folder import open_run, write_run
from kgx.search import Searcher
from kgx.transfer.centres import Centres
from kgx.transfer.model_folder import save_model
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer

pytestmark = pytest.mark.real_data

CONFIG = Path(__file__).parents[2] / "experiments" / "configs" / "openclipart_to_tuxpaint.yaml"
DRAWINGS = ("animals", "food", "tools", "plants", "transportation", "buildings", "office", "recreation")
STAMPS = ("animals", "food", "household", "plants", "vehicles", "town", "clothes")


@dataclass(frozen=True)
class Slice:
    """The slice after everything has been computed once."""

    folder: Path
    encoders: dict[str, VectorCache]
    knowledge: Knowledge
    source: dict[str, LinkedItems]
    protocol: Protocol
    pretraining: Pretraining
    transfer: RelationTransfer
    centres: Centres
    baselines: Baselines
    stamps: Collection
    store: ResultsStore


def drawn(collection: Collection, folders: tuple[str, ...], count: int, split: str = "") -> set[str]:
    """Return what ``count`` pictures from some folders show, evenly spread."""
    shown = [
        item.entity
        for item in collection.of("image")
        if item.metadata["category"].split("/")[0] in folders
        and item.split == split
        and "copy_of" not in item.metadata
    ]
    return {shown[row] for row in np.unique(np.linspace(0, len(shown) - 1, count).astype(int))}


def asked(item: Item) -> bool:
    return (
        item.modality == "image"
        or (item.modality == "text" and item.language == "en")
        or (item.metadata.get("role") == "effect" and not item.language)
    )


def reached(
    graph: KnowledgeGraph, encoders: dict[str, VectorCache], wanted: list[tuple[str, Collection, list[Item]]]
) -> np.ndarray:
    """Return the categories, the synsets that items may be linked to, and whatever lies above those."""
    texts = [item.value for _, _, items in wanted for item in items if item.modality == "text"]
    files = [c.file(item) for _, c, items in wanted for item in items if item.modality == "image"]
    mentioned = LexicalLinker(graph).link(texts).concepts
    scores = encoders["image"].encode(files, "image").scores
    assert scores is not None
    folders = [
        DOMAINS[name].category_namespace + item.metadata["category"]
        for name, _, items in wanted
        for item in items
    ]
    categories = graph.entity_ids(sorted(set(folders)))
    found = np.unique(np.concatenate([mentioned, VisualLinker(graph).link(scores).concepts, categories]))
    ends = [graph.edges(WN_RELATION + name)[:2] for name in ("hypernym", "instance_hypernym")]
    heads, tails = (np.concatenate(sides) for sides in zip(*ends, strict=True))
    while True:
        above = np.union1d(found, tails[np.isin(heads, found)])
        if len(above) == len(found):
            return found[found >= 0]
        found = above


@pytest.fixture(scope="module")
def config() -> ExperimentConfig:
    """The shipped experiment, with fewer epochs."""
    shipped = load_config(CONFIG)
    content = shipped.model_dump()
    content["relation"]["training"] |= {"epochs": 12, "patience": 0}
    content["relation"]["adaptation"]["epochs"] = 5
    return ExperimentConfig.model_validate(content)


@pytest.fixture(scope="module")
def part(config: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Slice:
    folder = tmp_path_factory.mktemp("slice")
    encoders = {
        modality: VectorCache(folder / "vectors", load_encoder(name, threads=config.threads))
        for modality, name in config.encoders.items()
    }
    domains: dict[str, Domain] = {name: load(name) for name in (config.graph, config.source, config.target)}
    drawings, stamps = domains[config.source].collection, domains[config.target].collection
    tests = drawn(stamps, STAMPS, 60, "test")
    shown, pictured = drawn(drawings, DRAWINGS, 350), tests | drawn(stamps, STAMPS, 24, "pool")
    source_items = [item for item in drawings if item.entity in shown]
    target_items = [item for item in stamps if item.entity in pictured and asked(item)]
    builder = GraphBuilder()
    for domain in domains.values():
        builder.add_graph(domain.graph)
    graph = builder.build()
    wanted = [(config.source, drawings, source_items), (config.target, stamps, target_items)]
    knowledge = Knowledge.build(graph, encoders["text"], entities=reached(graph, encoders, wanted))
    attacher = Attacher(knowledge, encoders, folder)
    source, target = (
        attacher.collection(
            collection, items, category_namespace=DOMAINS[name].category_namespace, group=group
        )
        for (name, collection, items), group in zip(
            wanted, (lambda item: item.metadata["category"], lambda item: item.entity), strict=True
        )
    )
    texts = target["text"]
    protocol = Protocol(target, dict(zip(texts.entities, texts.captions, strict=True)), frozenset(tests))
    pretraining = Pretraining.prepare(knowledge, source, encoders, config.relation)
    transfer = pretraining.train(0)
    centres = transfer.centres
    for modality in sorted(target):
        centres = transfer.survey(target[modality], centres)
    return Slice(
        folder,
        encoders,
        knowledge,
        source,
        protocol,
        pretraining,
        transfer,
        centres,
        Baselines(config, pretraining, centres),
        stamps,
        ResultsStore(folder / "run", "slice"),
    )


@pytest.fixture(scope="module")
def metrics(part: Slice) -> Callable[[str, str, int], dict[str, float]]:
    """Return what a method scores in a direction after some pairs; every row is written as TREC files too."""
    adapted = {shots: part.transfer.adapt(part.protocol.draw(shots, 0), part.centres) for shots in (0, 24)}

    def score(name: str, method: str, shots: int = 0) -> dict[str, float]:
        key, direction = RowKey(name, method, shots, 0), part.protocol.direction(*name.split("-"))

        def asks(items: LinkedItems) -> np.ndarray:
            return adapted[shots].refine(items, part.centres, query=True)

        def files(items: LinkedItems) -> np.ndarray:
            return adapted[shots].refine(items, part.centres)

        sides: tuple[Embed, Embed] = (asks, files)
        if method != "relation-transfer":
            baseline = part.baselines.embed(method, {}, 0)
            assert baseline is not None
            sides = baseline, baseline
        if not part.store.has(key):
            part.store.put(key, direction, sides[0](direction.queries) @ sides[1](direction.gallery).T)
        part.store.summarise([key], {})
        (row,) = json.loads((part.folder / "run" / "results.json").read_text(encoding="utf-8"))
        found: dict[str, float] = row["metrics"]
        return found

    return score


Metrics = Callable[..., dict[str, float]]


def test_items_are_encoded_and_linked(part: Slice) -> None:
    assert 350 <= len(part.source["image"]) <= 400
    for items in (*part.source.values(), *part.protocol.items.values()):
        assert items.vectors.any(axis=1).all()
        assert items.linked() > 0.95 * len(items)
    assert {"mentions", "in category"} <= {link.relation for link in part.source["text"].links}
    assert {"depicts", "in category"} <= {link.relation for link in part.protocol.items["image"].links}
    assert len(part.knowledge.concepts) < 6000


def test_relations_of_wordnet_are_walked(part: Slice) -> None:
    relations = {name for path in part.transfer.maker.paths["image"] for name in path.path.relations}
    assert {"depicts", "hypernym", "inverse of describes"} <= relations


@pytest.mark.parametrize("direction", ["text-image", "image-text"])
def test_relations_carry_over_what_a_map_does_not(direction: str, metrics: Metrics) -> None:
    ours, ridge, chance = (
        metrics(direction, method)["recall@10"] for method in ("relation-transfer", "ridge", "random")
    )
    assert ours > ridge + 0.15
    assert ours > chance + 0.4
    assert metrics(direction, "relation-transfer")["mrr"] > metrics(direction, "label-text")["mrr"]


def test_a_few_pairs_do_no_harm(metrics: Metrics) -> None:
    zero, few = (metrics("text-image", "relation-transfer", shots)["recall@10"] for shots in (0, 24))
    assert few > zero - 0.06


def test_anyone_can_score_the_rows_again(part: Slice, metrics: Metrics) -> None:
    ours = metrics("text-image", "relation-transfer")
    trec = part.folder / "run" / "trec"
    qrels = read_qrels(trec / "text-image.qrels")
    run = read_run(trec / "text-image__relation-transfer__0__0.run")
    found = pytrec_eval.RelevanceEvaluator(qrels, {"success.10", "recip_rank", "ndcg_cut.10"}).evaluate(run)
    for name, measure in {"recall@10": "success_10", "mrr": "recip_rank", "ndcg@10": "ndcg_cut_10"}.items():
        assert ours[name] == pytest.approx(np.mean([row[measure] for row in found.values()]), abs=1e-6)
    assert all(name.startswith("text:") for name in run)


@pytest.fixture(scope="module")
def searcher(part: Slice, config: ExperimentConfig) -> Searcher:
    """The slice's model and index, saved and opened again."""
    ids = {modality: encoder.id for modality, encoder in part.encoders.items()}
    model, run = part.folder / "run" / "model", part.folder / "run"
    save_model(part.transfer, model, encoders=config.encoders, encoder_ids=ids)
    write_run(run, part.transfer, part.protocol.items, part.stamps, model=model, centres=part.centres)
    return Searcher.open(run)


def test_an_index_keeps_the_order(part: Slice, searcher: Searcher) -> None:
    queries, gallery = part.protocol.items["text"], part.protocol.items["image"]
    vectors = part.transfer.refine(queries, part.centres, query=True)
    scores = vectors @ part.transfer.refine(gallery, part.centres).T
    hits = open_run(searcher.run.folder).index.search(vectors, k=10, modality="image")
    for row, best in enumerate(-np.sort(-scores, axis=1)[:, :10]):
        found = dict(zip(gallery.ids, scores[row], strict=True))
        np.testing.assert_allclose(hits.scores[row], best, atol=1e-5)
        np.testing.assert_allclose([found[name] for name in hits.ids[row]], best, atol=1e-5)


def test_a_new_query_is_answered_and_explained(part: Slice, searcher: Searcher) -> None:
    direction = part.protocol.direction("text", "image")
    found = shared = 0
    for row in range(0, len(direction.queries), 6):
        hits = searcher.search(direction.queries.captions[row], to="image", k=10)
        assert [hit.rank for hit in hits] == list(range(1, 11))
        assert all(Path(hit.file).is_file() for hit in hits)
        assert all(hit.concepts and hit.concepts[0].label for hit in hits)
        shared += any(concept.meets for hit in hits for concept in hit.concepts)
        right = {direction.gallery.ids[column] for column in np.flatnonzero(direction.relevant[row])}
        found += bool(right & {hit.id for hit in hits})
    assert found >= 5  # of ten
    assert shared >= 2
