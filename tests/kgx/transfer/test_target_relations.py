"""A target with relations of its own, and a network that was never pretrained."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.renamed import RenamedTarget
from kgx.testing import TinyWorld
from kgx.train import TrainingOptions
from kgx.transfer.pretrain import Pretraining
from kgx.transfer.relation import RelationTransfer
from kgx.transfer.target_relations import bring_relations


@pytest.mark.parametrize(("wording", "parts"), [("reworded", 1), ("nameless", 1), ("nameless", 2)])
def test_renamed_relations_are_walked_though_the_source_never_had_them(
    trained: RelationTransfer, world: TinyWorld, wording, parts: int
) -> None:
    renamed = RenamedTarget.build(world.target, trained.maker.reference, wording, parts=parts)
    model = bring_relations(trained, renamed.relations, world.encoders["text"])
    own = {path.path.relations for path in model.maker.paths["image"]}
    assert not any(
        set(relations) & {"depicts", "in category"} for relations in own if relations[:1] != ("similar to",)
    )
    assert len(own) >= len({path.path.relations for path in trained.maker.paths["image"]})
    texts = model.refine(renamed.asked(renamed.items["text"]), query=True)
    images = model.refine(renamed.items["image"])
    known = trained.refine(world.target["text"], query=True) @ trained.refine(world.target["image"]).T
    agree = np.corrcoef((texts @ images.T).ravel(), known.ravel())[0, 1]
    assert agree > 0.8


def test_one_new_name_for_each_relation_leaves_the_tokens_as_they_were(
    trained: RelationTransfer, world: TinyWorld
) -> None:
    renamed = RenamedTarget.build(world.target, trained.maker.reference, "nameless")
    model = bring_relations(trained, renamed.relations, world.encoders["text"])
    before = trained.maker.make(world.target["image"], trained.centres.vectors["image"])["text"]
    after = model.maker.make(renamed.items["image"], trained.centres.vectors["image"])["text"]
    rows = {row.tobytes() for row in np.moveaxis(after.values, 1, 0)}
    direct = [
        n for n, path in enumerate(before.paths) if path.path.relations in (("depicts",), ("similar to",), ())
    ]
    assert all(before.values[:, column].tobytes() in rows for column in direct)


def test_an_untrained_network_is_adapted_by_its_own_options(
    pretraining: Pretraining, world: TinyWorld
) -> None:
    fresh = pretraining.untrained(0)
    assert fresh.curve.loss == []
    np.testing.assert_array_equal(
        fresh.refine(world.target["image"]), pretraining.untrained(0).refine(world.target["image"])
    )
    longer = pretraining.options.model_copy(update={"from_scratch": TrainingOptions(epochs=7)})
    again = pretraining.with_options(longer).untrained(0)
    pairs = {name: items.select(range(8)) for name, items in world.target.items()}
    assert len(again.adapt(pairs).curve.loss) == 7
    as_pretrained = pretraining.options.model_copy(update={"from_scratch": None})
    alike = pretraining.with_options(as_pretrained).untrained(0)
    assert len(alike.adapt(pairs).curve.loss) == pretraining.options.adaptation.epochs
