"""What is known of all entities at once, against one at a time."""

from __future__ import annotations

from graphs.store import Store
from graphs.survey import Survey
from graphs.vocabulary import DCTERMS_TITLE, RDFS_LABEL, SKOS_HIDDEN_LABEL

STORE = Store.from_triples(
    [("ex:a", "ex:r", "_:b"), ("ex:a", "ex:r", "<<( <ex:a> <ex:r> _:b )>>"), ("ex:a", RDFS_LABEL, "ex:c")],
    literals=[
        ("ex:a", RDFS_LABEL, "a", "en"),
        ("ex:d", DCTERMS_TITLE, "d", ""),
        ("ex:d", SKOS_HIDDEN_LABEL, "hidden", ""),
        ("ex:e", RDFS_LABEL, "\u2003", ""),
        ("ex:e", RDFS_LABEL, "", ""),
    ],
)


def test_flags_are_those_of_the_names() -> None:
    survey = Survey(STORE)
    names = STORE.entity_iris(range(STORE.num_entities))
    assert survey.blank.tolist() == [name.startswith("_:") for name in names]
    assert survey.quoted.tolist() == [name.startswith("<<(") for name in names]
    assert survey.subjects.tolist() == [name in ("ex:a", "ex:d", "ex:e") for name in names]


def test_labels_name_something_and_are_not_hidden() -> None:
    survey = Survey(STORE)
    assert [survey.literal(row)["value"] for row in survey.labels.tolist()] == ["a", "d"]
    assert [survey.literal(row)["value"] for row in survey.empty_labels.tolist()] == ["", "\u2003"]


def test_types_and_examples_of_an_empty_graph() -> None:
    survey = Survey(Store.from_triples([]))
    assert survey.with_type(["ex:Bird"]).tolist() == []
    assert survey.labels.tolist() == []
    assert survey.first(survey.subjects) == []
