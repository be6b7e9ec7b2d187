"""A query alone is refined as it would be in a batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphs.errors import GraphError
from kgx.errors import ModelError
from kgx.items import LinkedItems
from kgx.transfer.centres import Centres
from kgx.transfer.live import LiveRefiner
from kgx.transfer.walk_tables import WalkTables


def _centres(transfer: Any, items: dict[str, LinkedItems]) -> Centres:
    centres = transfer.centres
    for some in items.values():
        centres = transfer.survey(some, centres)
    return centres


@pytest.mark.parametrize("modality", ["text", "image", "audio"])
def test_one_by_one_as_all_at_once(pretrained: Any, modality: str) -> None:
    transfer, target = pretrained.transfer, pretrained.world.target
    centres = _centres(transfer, target)
    live = LiveRefiner(transfer, centres, modality)
    items = target[modality]
    together = transfer.refine(items, centres, query=True)
    alone = np.concatenate([live.refine(items.select([row])) for row in range(len(items))])
    assert alone.shape == together.shape
    assert (alone * together).sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert np.abs(alone - together).max() < 5e-3


def test_after_adaptation(pretrained: Any) -> None:
    target = pretrained.world.target
    centres = _centres(pretrained.transfer, target)
    adapted = pretrained.transfer.adapt({name: target[name] for name in ("text", "image")}, centres)
    for modality in ("text", "image"):
        items = target[modality].select(range(12))
        live = LiveRefiner(adapted, centres, modality)
        together = adapted.refine(items, centres, query=True)
        alone = np.concatenate([live.refine(items.select([row])) for row in range(len(items))])
        assert (alone * together).sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_what_is_filed_of_a_query_does_not_count(pretrained: Any) -> None:
    transfer, target = pretrained.transfer, pretrained.world.target
    live = LiveRefiner(transfer, transfer.centres, "text")
    query = target["text"].select([0])
    assert "in category" in {link.relation for link in query.links}
    assert np.array_equal(live.refine(query), live.refine(query.without("in category")))


def test_a_query_that_could_not_be_encoded(pretrained: Any) -> None:
    live = LiveRefiner(pretrained.transfer, pretrained.transfer.centres, "text")
    query = pretrained.world.target["text"].select([0])
    assert not live.refine(replace(query, vectors=np.zeros_like(query.vectors))).any()


def test_a_query_without_links(pretrained: Any) -> None:
    transfer = pretrained.transfer
    live = LiveRefiner(transfer, transfer.centres, "text")
    query = replace(pretrained.world.target["text"].select([3]), links=())
    expected = transfer.refine(query, query=True)
    assert (live.refine(query) * expected).sum() == pytest.approx(1, abs=1e-4)


def test_equal_references_are_compared_once(pretrained: Any) -> None:
    source = pretrained.world.source["text"]
    live = LiveRefiner(pretrained.transfer, pretrained.transfer.centres, "text")
    assert live._anchors is not None
    rows, _ = live._anchors.nearest(np.ones(24, np.float32), 1000)
    assert len(rows) == len(np.unique(source.vectors, axis=0))


def test_tables_come_back_from_disk(pretrained: Any, tmp_path: Path) -> None:
    transfer, target = pretrained.transfer, pretrained.world.target
    tables = WalkTables.build(transfer.maker)
    tables.save(tmp_path / "walks")
    opened = WalkTables.open(tmp_path / "walks")
    assert opened.tables.keys() == tables.tables.keys()
    for modality in target:
        centres = _centres(transfer, target)
        query = target[modality].select([1])
        first, second = (
            LiveRefiner(transfer, centres, modality, some).refine(query) for some in (tables, opened)
        )
        assert np.array_equal(first, second)


def test_an_opened_model_answers_without_its_graph(pretrained: Any, tiny_model: Path) -> None:
    from kgx.transfer.model_folder import open_model

    opened = open_model(tiny_model)
    live = LiveRefiner(opened.transfer, opened.transfer.centres, "text", opened.tables)
    assert live.refine(pretrained.world.target["text"].select([0])).any()
    assert "data" not in vars(opened.transfer.maker.reference)


def test_damaged_tables_are_named(pretrained: Any, tmp_path: Path) -> None:
    from kgx.tensor_file import save_tensors

    save_tensors(tmp_path / "text.safetensors", {"offsets": np.zeros(2)}, {"space": "text"})
    with pytest.raises(ModelError, match=r"text\.safetensors is damaged"):
        WalkTables.open(tmp_path)


def test_a_learned_correction_cannot_be_worked_out_beforehand(pretrained: Any) -> None:
    from kgx.transfer.refiner import new_refiner

    transfer = pretrained.transfer
    options = transfer.options.model_copy(update={"residual": 4})
    size = len(next(iter(transfer.maker.descriptors.values())))
    other = replace(transfer, refiner=new_refiner(options, transfer.refiner.spaces, size))
    with pytest.raises(GraphError, match="learned correction"):
        LiveRefiner(other, transfer.centres, "text")
