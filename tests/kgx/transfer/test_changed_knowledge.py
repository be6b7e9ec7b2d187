"""After a change of what is known, only the items that it concerns have other vectors than before."""

from __future__ import annotations

import numpy as np
import pytest

from graphs import vocabulary as v
from graphs.operations.patch import Patch
from graphs.statement import Statement
from kgx.errors import ModelError
from kgx.items import LinkedItems
from kgx.testing import KIND, PLACE, SketchEncoder, TinyWorld, species_iri, species_word
from kgx.transfer.centres import Centres
from kgx.transfer.changed_knowledge import ChangedKnowledge, change_knowledge
from kgx.transfer.relation import RelationTransfer

EX = "http://example.org/"


def label(subject: str, text: str) -> Statement:
    return Statement(subject, v.SKOS_PREF_LABEL, text, is_literal=True, language="en")


def refreshed(
    change: ChangedKnowledge, items: LinkedItems, centres: Centres
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all vectors worked out again, those of only what is concerned, and which these are."""
    relinked = change.relinked(items)
    similar = change.before.maker.reference.similar(items, centres.vectors[items.modality])
    concerned = change.concerns(items, relinked, similar)
    part = change.before.refine(items, centres)
    part[concerned] = change.after.refine(relinked.select(np.flatnonzero(concerned)), centres)
    return change.after.refine(relinked, centres), part, concerned


PATCHES = {
    "a triple comes": Patch([], [Statement(species_iri(75), PLACE.iri, EX + "attic")]),
    "a triple goes": Patch([Statement(species_iri(11), KIND.iri, EX + "bird")], []),
    "a concept moves": Patch(
        [Statement(species_iri(11), KIND.iri, EX + "bird")],
        [Statement(species_iri(11), KIND.iri, EX + "fish")],
    ),
    "a concept gets another name": Patch([], [label(species_iri(300), species_word(12))]),
    "a concept comes": Patch(
        [], [label(EX + "aaa", species_word(13)), Statement(EX + "aaa", KIND.iri, EX + "boat")]
    ),
    "a concept goes": Patch(
        [
            Statement(species_iri(12), KIND.iri, EX + "bird"),
            Statement(species_iri(12), PLACE.iri, EX + "forest"),
            label(species_iri(12), species_word(12)),
            Statement(species_iri(12), v.SKOS_DEFINITION, "one bird", is_literal=True, language="en"),
        ],
        [],
    ),
    "a definition comes": Patch(
        [], [Statement(species_iri(10), v.SKOS_DEFINITION, "one shoe", is_literal=True, language="en")]
    ),
    "nothing that is walked": Patch([], [Statement(species_iri(10), EX + "unheardOf", species_iri(20))]),
}


@pytest.mark.parametrize("name", PATCHES)
@pytest.mark.parametrize("modality", ["text", "image"])
def test_it_equals_working_everything_out_again(
    trained: RelationTransfer, world: TinyWorld, target_centres: Centres, name: str, modality: str
) -> None:
    change = change_knowledge(trained, PATCHES[name], world.encoders["text"])
    assert not change.absent
    assert (change.removed, change.added) == (len(PATCHES[name].removed), len(PATCHES[name].added))
    whole, part, concerned = refreshed(change, world.target[modality], target_centres)
    assert np.abs(whole - part).max() <= 1e-5
    before = trained.refine(world.target[modality], target_centres)
    assert np.array_equal(
        np.abs(whole - before).max(axis=1) > 1e-5, concerned & (np.abs(whole - before).max(axis=1) > 1e-5)
    )
    if name == "nothing that is walked":
        assert not concerned.any()
    else:
        assert not concerned.all()


def test_a_change_matters(trained: RelationTransfer, world: TinyWorld, target_centres: Centres) -> None:
    change = change_knowledge(trained, PATCHES["a concept moves"], world.encoders["text"])
    whole, _, concerned = refreshed(change, world.target["text"], target_centres)
    before = trained.refine(world.target["text"], target_centres)
    moved = np.abs(whole - before).max(axis=1) > 1e-4
    assert moved.any()
    assert concerned[moved].all()


def test_what_is_to_go_and_is_not_there_is_told(trained: RelationTransfer, world: TinyWorld) -> None:
    absent = Statement(species_iri(11), KIND.iri, EX + "house")
    change = change_knowledge(trained, Patch([absent], []), world.encoders["text"])
    assert change.absent == (absent,)
    assert change.removed == change.added == 0


def test_another_encoder_is_refused(trained: RelationTransfer) -> None:
    with pytest.raises(ModelError, match="take the same text encoder"):
        change_knowledge(trained, Patch(), SketchEncoder())


def test_items_that_came_in_parts_are_linked_as_those_that_came_together(
    trained: RelationTransfer, world: TinyWorld, target_centres: Centres
) -> None:
    whole = world.target["text"]
    parts = LinkedItems.join([whole.select(range(30)), whole.select(range(30, len(whole)))])
    change = change_knowledge(trained, PATCHES["a triple comes"], world.encoders["text"])
    reference = change.after.maker.reference
    now, expected = (
        reference.link_matrices(change.relinked(items))["mentions"].toarray() for items in (parts, whole)
    )
    assert np.array_equal(now, expected)
    similar = change.before.maker.reference.similar(whole, target_centres.vectors["text"])
    concerned = [change.concerns(items, change.relinked(items), similar) for items in (parts, whole)]
    assert np.array_equal(*concerned)
    assert not concerned[0].all()
