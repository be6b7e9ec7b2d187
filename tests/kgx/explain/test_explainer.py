"""A score taken apart: its parts are the whole, and what is said of a part's absence is so."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphs.gnn.hop_tokens import TokenBlock
from graphs.neighbours import unit_rows
from graphs.propagate import normalise_rows, walk
from kgx.errors import ConfigError
from kgx.explain import Explanation
from kgx.explain.comparison import Comparison
from kgx.explain.edges import ReferenceEdges
from kgx.explain.meetings import Meeting, best_meetings
from kgx.explain.naming import path_name
from kgx.explain.side import Side
from kgx.explain.side_maker import SideMaker
from kgx.explain.walks import first_steps, walks_along
from kgx.items import LinkedItems
from kgx.search import Searcher, SearchRequest
from kgx.testing import species_word
from kgx.transfer.reference import SIMILAR
from kgx.transfer.refiner import new_refiner
from kgx.transfer.tokens import TokenPath

WORD = species_word(3 * 64 + 10)
ITEM = "image:stamp 3"


@pytest.fixture(scope="module")
def searcher(tiny_run: Path) -> Searcher:
    return Searcher.open(tiny_run)


@pytest.fixture(scope="module")
def maker(searcher: Searcher) -> SideMaker:
    return SideMaker(searcher.model.transfer, searcher.run.centres)


def _item(searcher: Searcher, name: str) -> LinkedItems:
    kept = searcher.run.kept_items[name.partition(":")[0]]
    return kept.items.select([kept.row_of[name]])


def _compared(searcher: Searcher, maker: SideMaker, text: str, name: str) -> Comparison:
    query = searcher.attacher.query(text, "text")
    vector = searcher.refine(query)
    item = searcher.run.index.vectors[searcher.explainer.row_of(name)]
    asked = Comparison.weighted([maker.make(query, query=True)], [(query, 1.0)])
    found = maker.make(_item(searcher, name), query=False)
    return Comparison(asked, found, vector, item, float(vector @ item))


@pytest.mark.parametrize("to", ["text", "image", "audio"])
@pytest.mark.parametrize("text", [f"some {WORD}", "a boat", "qwertz uiop"])
def test_contributions_add_up_to_the_score_of_the_hit(searcher: Searcher, text: str, to: str) -> None:
    for hit in searcher.search(text, to=to, k=4):
        told = searcher.explain(text, hit.id)
        assert (told.score, told.rank, told.modality) == (pytest.approx(hit.score, abs=1e-6), hit.rank, to)
        for parts in (told.query_contributions, told.item_contributions):
            assert sum(part.value for part in parts) == pytest.approx(hit.score, abs=1e-6)
            assert parts[-1].name == "rounding"
            assert abs(parts[-1].value) < 1e-4
            assert all(part.held == pytest.approx(told.score - part.value, abs=1e-9) for part in parts)
        assert sum(told.spaces.values()) == pytest.approx(hit.score, abs=1e-6)


def test_links_and_what_has_none_share_the_score(searcher: Searcher) -> None:
    told = searcher.explain(WORD, ITEM)
    for links, parts in (
        (told.query_links, told.query_contributions),
        (told.item_links, told.item_contributions),
    ):
        unlinked = sum(
            part.value
            for part in parts
            if part.name in ("itself", "rounding") or part.name.startswith("translation")
        )
        assert sum(link.value or 0.0 for link in links) + unlinked == pytest.approx(told.score, abs=1e-5)
    assert {link.node.label for link in told.query_links if link.relation == "mentions"} == {WORD}


def _tokens(
    searcher: Searcher, item: LinkedItems, *, query: bool, gone: tuple[TokenPath, int | None] | None
) -> dict[str, TokenBlock]:
    """Return an item's tokens by sparse products, one of them, or one end of one, left out: slow and obvious."""
    transfer, centres = searcher.model.transfer, searcher.run.centres
    maker, reference = transfer.maker, transfer.maker.reference
    blocks = {}
    raw = maker.make(item, centres.vectors[item.modality])
    for space, tokens in raw.items():
        values = tokens.values.astype(np.float32)
        for column, path in enumerate(tokens.paths):
            if gone is None or path != gone[0]:
                continue
            if gone[1] is None:
                values[:, column] = 0.0
                continue
            first = {name: normalise_rows(matrix) for name, matrix in reference.link_matrices(item).items()}
            first[SIMILAR] = reference.similar(item, centres.vectors[item.modality])
            likely = walk(reference.data, first[path.first], path.path.steps[1:]).toarray()
            likely[0, gone[1]] = 0.0
            left = likely / likely.sum() if likely.any() else likely
            values[:, column] = left @ reference.data[path.path.end].x.numpy()
        blocks[space] = maker.block(type(tokens)(tokens.paths, values), centres.paths, query=query)
    return blocks


def _refined(searcher: Searcher, blocks: dict[str, TokenBlock]) -> np.ndarray:
    rows = torch.tensor([0])
    with torch.no_grad():
        found: np.ndarray = searcher.model.transfer.refiner({s: b.rows(rows) for s, b in blocks.items()})[
            0
        ].numpy()
    return found


@pytest.mark.parametrize("name", [ITEM, "text:stamp 3", "audio:stamp 3"])
def test_without_a_relation_worked_out_anew(searcher: Searcher, maker: SideMaker, name: str) -> None:
    told, compared = searcher.explain(WORD, name), _compared(searcher, maker, WORD, name)
    assert compared.found is not None
    said = sorted(part.renormalised for part in told.item_contributions[:-1])
    found = []
    for token in compared.found.tokens:
        blocks = _tokens(searcher, _item(searcher, name), query=False, gone=(token.path, None))
        found.append(float(_refined(searcher, blocks) @ compared.query))
    assert said == pytest.approx(sorted(found), abs=1e-3)


def test_without_a_relation_all_else_held(searcher: Searcher, maker: SideMaker) -> None:
    """The refined vector is put together by hand, with one weight at zero but the lengths as they were."""
    compared = _compared(searcher, maker, WORD, ITEM)
    refiner, blocks = (
        searcher.model.transfer.refiner,
        _tokens(searcher, _item(searcher, ITEM), query=False, gone=None),
    )
    paths = {space: tokens.paths for space, tokens in _paths(searcher).items()}
    told = {part.name + part.space: part for part in searcher.explain(WORD, ITEM).item_contributions}
    shares, parts = refiner.shares(), {}
    for space, block in blocks.items():
        weights = refiner.attention_weights(space, block.rows(torch.tensor([0])))[0].detach().numpy()
        parts[space] = weights, block.tokens[0].float().numpy()
    whole = np.sqrt(sum(shares[space] for space in parts))
    for space, (weights, tokens) in parts.items():
        length = np.linalg.norm(weights @ tokens)
        other = compared.query[maker.slices[space]]
        for row, path in enumerate(paths[space]):
            if tokens[row].any():
                lost = np.sqrt(shares[space]) * weights[row] * (tokens[row] @ other) / length / whole
                part = told[path_name(path) + space]
                assert part.value == pytest.approx(lost, abs=1e-5)
                assert part.attention == pytest.approx(weights[row], abs=1e-5)


def _paths(searcher: Searcher) -> Any:
    centre = searcher.run.centres.vectors["image"]
    return searcher.model.transfer.maker.make(_item(searcher, ITEM), centre)


def _meetings(compared: Comparison, count: int = 12) -> list[Meeting]:
    assert compared.found is not None
    return best_meetings(compared.asked, compared.found, compared.query_gains, compared.item_gains, count)


def test_without_a_path_worked_out_anew(searcher: Searcher, maker: SideMaker) -> None:
    compared = _compared(searcher, maker, f"some {WORD}", ITEM)
    query, found = compared.asked[0], compared.found
    assert found is not None
    meetings = [meeting for meeting in _meetings(compared) if meeting.shared]
    assert len(meetings) >= 3
    whole = _refined(searcher, _tokens(searcher, query.item, query=True, gone=None)) @ _refined(
        searcher, _tokens(searcher, found.item, query=False, gone=None)
    )
    for meeting in meetings:
        gone = [
            (token.path, int(token.ends[arrival.end]))
            for token, arrival in (
                (query.tokens[meeting.query.token], meeting.query),
                (found.tokens[meeting.item.token], meeting.item),
            )
        ]
        left = _refined(searcher, _tokens(searcher, query.item, query=True, gone=gone[0])) @ _refined(
            searcher, _tokens(searcher, found.item, query=False, gone=gone[1])
        )
        said = compared.without(0, {gone[0][0]: meeting.query.end}, {gone[1][0]: meeting.item.end})
        assert compared.score - said == pytest.approx(whole - left, abs=1e-3)


def test_without_a_path_all_else_held(searcher: Searcher, maker: SideMaker) -> None:
    """What only comes of both ends together: the score without either counts it once too often."""
    compared = _compared(searcher, maker, f"some {WORD}", ITEM)
    found = compared.found
    assert found is not None
    for meeting in _meetings(compared):
        query = _less(compared.asked[0], meeting.query.token, meeting.query.end)
        item = _less(found, meeting.item.token, meeting.item.end)
        whole, neither = compared.asked[0].vector @ found.vector, query @ item
        second = whole - query @ found.vector - compared.asked[0].vector @ item + neither
        assert meeting.value == pytest.approx(second, abs=1e-5)


def _less(side: Side, place: int, end: int) -> np.ndarray:
    token = side.tokens[place]
    vector = side.vector.astype(np.float64)
    vector[side.slices[token.path.space]] -= token.scale / token.length * token.masses[end] * token.moved[end]
    return vector


def test_all_pairs_of_ends_are_the_score(searcher: Searcher, maker: SideMaker) -> None:
    compared = _compared(searcher, maker, WORD, ITEM)
    assert compared.found is not None
    total = sum(
        float((one.strengths() @ one.moved) @ (other.strengths() @ other.moved))
        for one in compared.asked[0].tokens
        for other in compared.found.tokens
        if one.path.space == other.path.space
    )
    assert total == pytest.approx(compared.score, abs=1e-4)


def test_walks_are_those_of_the_sparse_products(searcher: Searcher) -> None:
    reference, centres = searcher.model.transfer.maker.reference, searcher.run.centres
    edges, item = ReferenceEdges(reference), _item(searcher, ITEM)
    first = first_steps(item, reference, centres.vectors["image"])
    matrices = {name: normalise_rows(matrix) for name, matrix in reference.link_matrices(item).items()}
    matrices[SIMILAR] = reference.similar(item, centres.vectors["image"])
    walked = 0
    for path in searcher.model.transfer.maker.paths["image"]:
        if path.first in first:
            found = walks_along(first[path.first], path.path.steps[1:], edges)
            expected = walk(reference.data, matrices[path.first], path.path.steps[1:]).toarray()[0]
            likely = np.zeros_like(expected)
            if found is not None:
                np.add.at(likely, found.nodes[:, -1], found.weights)
                walked += 1
            assert likely == pytest.approx(expected, abs=1e-6)
    assert walked > 5


def test_a_mixed_query_adds_up(searcher: Searcher, tmp_path: Path) -> None:
    (tmp_path / "photo.picture").write_text(f"stamp image of mine: {species_word(5)}")
    for weights in ({"text": 0.7, "image": 0.3}, {"text": 1.0, "image": -0.4}):
        asked = {"image": tmp_path / "photo.picture", "weights": weights}
        hit = searcher.search(WORD, to="image", k=1, **asked)[0]
        told = searcher.explain(WORD, hit.id, **asked)
        assert told.score == pytest.approx(hit.score, abs=1e-6)
        assert sum(part.value for part in told.query_contributions) == pytest.approx(hit.score, abs=1e-6)
        assert {part.part for part in told.query_contributions[:-1]} == {"text", "image"}
        assert abs(told.query_contributions[-1].value) < 1e-4


def test_a_path_leads_from_the_query_to_the_item(searcher: Searcher) -> None:
    told = searcher.explain(f"some {WORD}", ITEM)
    assert any(path.kind == "shared" for path in told.paths)
    for path in told.paths:
        assert len(path.nodes) == len(path.steps) + 1
        assert (path.nodes[0].label, path.nodes[-1].name) == (f"some {WORD}", ITEM)
        assert all(step.provenance for step in path.steps)
        assert path.held == pytest.approx(told.score - path.value, abs=1e-9)
    more = searcher.explain(f"some {WORD}", ITEM, paths=60).paths
    direct = next(p for p in more if [s.relation for s in p.steps] == ["mentions", "depicts"])
    assert [step.inverse for step in direct.steps] == [False, True]
    assert [step.provenance for step in direct.steps] == ["lexical", "classifier"]
    assert [path.value for path in told.paths] == sorted((path.value for path in told.paths), reverse=True)


def test_who_states_a_link_is_named(searcher: Searcher) -> None:
    reference, naming = searcher.model.transfer.maker.reference, searcher.explainer._naming
    for relation, source in (("broader", "thesaurus"), ("closeMatch", "close match")):
        heads, tails, _ = ReferenceEdges(reference)._columns["concept", relation, "concept"]
        step = naming.step(("concept", relation, "concept"), int(heads[0]), int(tails[0]), 1.0)
        back = naming.step(
            ("concept", f"inverse of {relation}", "concept"), int(tails[0]), int(heads[0]), 1.0
        )
        assert (step.provenance, step.inverse) == (source, False)
        assert (back.provenance, back.inverse) == (source, True)


def test_what_the_encoders_alone_would_have_said(searcher: Searcher, tmp_path: Path) -> None:
    query = searcher.attacher.query(WORD, "text")
    texts = searcher.run.kept_items["text"]
    scores = unit_rows(texts.items.vectors) @ unit_rows(query.vectors)[0]
    row = texts.row_of["text:stamp 3"]
    plain = searcher.explain(WORD, "text:stamp 3").plain
    assert (plain.score, plain.rank) == (
        pytest.approx(scores[row], abs=1e-6),
        1 + (scores > scores[row]).sum(),
    )
    centres = searcher.run.centres.vectors
    moved = searcher.run.kept_items["image"].items.vectors - centres["image"]
    mapped = searcher.model.transfer.maker.maps["image", "text"].transform(unit_rows(moved)) - centres["text"]
    asked = unit_rows(query.vectors - centres["text"])[0]
    scores = unit_rows(mapped) @ asked
    row = searcher.run.kept_items["image"].row_of[ITEM]
    plain = searcher.explain(WORD, ITEM).plain
    assert (plain.score, plain.rank) == (
        pytest.approx(scores[row], abs=1e-5),
        1 + (scores > scores[row]).sum(),
    )
    assert searcher.explain(WORD, "audio:stamp 3").plain.score is None


def test_a_run_that_keeps_no_items_tells_of_the_query(tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "items")
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    told["files"] = {name: entry for name, entry in told["files"].items() if not name.startswith("items/")}
    told["collection"]["root"] = str(tmp_path)
    (tmp_path / "run" / "run.json").write_text(json.dumps(told))
    found = Searcher.open(tmp_path / "run").explain(WORD, ITEM)
    assert sum(part.value for part in found.query_contributions) == pytest.approx(found.score, abs=1e-6)
    assert (found.item_contributions, found.paths, found.plain.score) == ((), (), None)
    assert WORD in {link.node.label for link in found.item_links}
    assert "build it again" in found.notes[0]
    assert found.to_svg().startswith("<svg")
    assert "note: " in found.to_text()


def test_kept_items_come_back_as_they_were(searcher: Searcher, pretrained: Any) -> None:
    kept = searcher.run.kept_items["image"]
    target = pretrained.world.target["image"]
    assert kept.items.ids == target.ids
    assert np.array_equal(kept.items.vectors, target.vectors)
    expected = searcher.model.transfer.maker.reference.similar(
        kept.items, searcher.run.centres.vectors["image"]
    )
    assert kept.similar is not None
    assert abs(kept.similar - expected).max() == 0
    assert searcher.run.kept_items["audio"].similar is None


def test_an_item_that_is_not_there(searcher: Searcher) -> None:
    with pytest.raises(ConfigError, match=r"no item 'image:stamp3'; there is 'image:stamp 3' or"):
        searcher.explain(WORD, "image:stamp3")
    with pytest.raises(ConfigError, match=r"no item ''$"):
        searcher.explain(WORD, "")
    with pytest.raises(ConfigError, match="at least 1 path"):
        searcher.explain(WORD, ITEM, paths=0)
    with pytest.raises(ConfigError, match="expected one query"):
        searcher.explain(None, ITEM)
    with pytest.raises(ConfigError, match="put together already"):
        searcher.explain(SearchRequest.of(WORD), ITEM, weights={"text": 1.0})


def test_the_same_again(searcher: Searcher, tiny_run: Path) -> None:
    told = searcher.explain(WORD, ITEM)
    assert searcher.explain(SearchRequest.of(WORD), ITEM) == told
    assert searcher.explain(searcher.attacher.query(WORD, "text"), ITEM) == told
    again: Explanation = Searcher.open(tiny_run).explain(WORD, ITEM)
    assert json.dumps(again.to_dict()) == json.dumps(told.to_dict())


def test_a_learned_correction_is_a_part_of_its_own(searcher: Searcher) -> None:
    transfer, centres = searcher.model.transfer, searcher.run.centres
    torch.manual_seed(0)
    options = transfer.options.model_copy(update={"residual": 4})
    refiner = new_refiner(
        options, transfer.refiner.spaces, len(next(iter(transfer.maker.descriptors.values())))
    ).eval()
    with torch.no_grad():
        for parameter in refiner.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    corrected = replace(transfer, options=options, refiner=refiner)
    item = _item(searcher, ITEM)
    for query in (True, False):
        side = SideMaker(corrected, centres).make(item, query=query)
        expected = corrected.refine(item, centres, query=query)[0]
        assert side.correction.any()
        assert side.vector == pytest.approx(expected, abs=1e-4)
        assert side.without({}) == pytest.approx(expected, abs=1e-4)
