"""WordNet's database files, on a hand-made database of ten synsets."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import GraphFormatError, KnowledgeGraph, read_graph
from graphs.assemble import assemble
from graphs.readers.reading import Reading
from graphs.readers.wordnet import (
    LEXICOGRAPHER_FILE,
    SYNSET_TYPE,
    VERB_FRAME,
    WORD_POINTER,
    read_wordnet,
    read_wordnet_blocks,
)
from graphs.readers.wordnet_relations import RELATIONS, SYMBOLS, VERB_FRAMES
from graphs.vocabulary import RDF_TYPE, WN30, WN_RELATION

DATABASE = Path(__file__).parents[2] / "data" / "wordnet"
CREATURE, OWL, WING, ORNITHOLOGY, MINERVA = (WN30 + f"00000{number}00-n" for number in range(1, 6))
FLY, MOVE = WN30 + "00000600-v", WN30 + "00000650-v"
NOCTURNAL, NIGHTLY, NOCTURNALLY = WN30 + "00000700-a", WN30 + "00000750-a", WN30 + "00000800-r"


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return read_graph(DATABASE)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATABASE, tmp_path / "dict"))


def relations_of(graph: KnowledgeGraph, synset: str) -> set[tuple[str, str]]:
    found = graph.neighbours(graph.entity_id(synset))
    return {(relation.removeprefix(WN_RELATION), graph.entity_iri(other)) for relation, other in found}


def labels_of(graph: KnowledgeGraph, synset: str) -> list[tuple[str, str, float]]:
    entity = graph.entity_id(synset)
    rows = [row for row in graph.label_table().to_pylist() if row["entity"] == entity]
    assert {row["language"] for row in rows} == {"en"}
    return sorted((row["kind"], row["label"], row["weight"]) for row in rows)


def literals_of(graph: KnowledgeGraph, predicate: str) -> dict[str, str]:
    rows = [row for row in graph.literals.to_pylist() if row["predicate"] == predicate]
    return {graph.entity_iri(row["subject"]): row["value"] for row in rows}


def test_pointers_become_relations_between_synsets(graph: KnowledgeGraph) -> None:
    assert relations_of(graph, OWL) == {
        (RDF_TYPE, WN_RELATION + "NounSynset"),
        ("hypernym", CREATURE),
        ("part_meronym", WING),
        ("domain_topic", ORNITHOLOGY),
        ("derivationally_related_form", NOCTURNAL),  # the pointer between its own two words is left out
    }
    assert ("instance_hyponym", MINERVA) in relations_of(graph, CREATURE)
    assert ("member_of_domain_topic", OWL) in relations_of(graph, ORNITHOLOGY)
    assert relations_of(graph, FLY) >= {("entailment", MOVE), ("antonym", MOVE)}
    assert ("similar_to", NIGHTLY) in relations_of(graph, NOCTURNAL)
    assert ("participle", FLY) in relations_of(graph, NIGHTLY)


def test_a_backslash_means_another_thing_for_adverbs(graph: KnowledgeGraph) -> None:
    assert ("derived_from_adjective", NOCTURNAL) in relations_of(graph, NOCTURNALLY)


def test_words_are_labels_weighted_by_tag_count(graph: KnowledgeGraph) -> None:
    assert labels_of(graph, OWL) == [
        ("alternative", "bird of night", 1.0),
        ("hidden", "owlen", 5.0),
        ("hidden", "owls", 5.0),
        ("preferred", "owl", 5.0),
    ]
    assert labels_of(graph, FLY) == [
        ("hidden", "flew", 8.0),
        ("hidden", "flown", 8.0),
        ("preferred", "fly", 8.0),
    ]
    assert graph.labels(graph.entity_id(OWL)) == ["owl", "bird of night"]


def test_a_satellite_finds_its_tag_count_through_the_head_of_its_cluster(graph: KnowledgeGraph) -> None:
    assert labels_of(graph, NIGHTLY) == [("alternative", "by night", 1.0), ("preferred", "nightly", 4.0)]


def test_an_exception_with_two_base_forms_helps_both(graph: KnowledgeGraph) -> None:
    assert ("hidden", "owls", 1.0) in labels_of(graph, WING)


def test_glosses_types_and_files_are_kept(graph: KnowledgeGraph) -> None:
    assert graph.definition(graph.entity_id(OWL)) == 'a bird that hunts at night; "the owl called"'
    assert literals_of(graph, LEXICOGRAPHER_FILE)[OWL] == "noun.animal"
    assert literals_of(graph, LEXICOGRAPHER_FILE)[FLY] == "verb.motion"
    assert literals_of(graph, SYNSET_TYPE)[NIGHTLY] == "s"
    assert (RDF_TYPE, WN_RELATION + "AdjectiveSatelliteSynset") in relations_of(graph, NIGHTLY)
    assert graph.sources() == {"wordnet": graph.num_triples + graph.num_literals}


def all_literals_of(graph: KnowledgeGraph, predicate: str, synset: str) -> set[str]:
    rows = [row for row in graph.literals.to_pylist() if row["predicate"] == predicate]
    return {row["value"] for row in rows if graph.entity_iri(row["subject"]) == synset}


def test_pointers_between_words_say_between_which(graph: KnowledgeGraph) -> None:
    assert all_literals_of(graph, WORD_POINTER, OWL) == {
        "owl derivationally_related_form 00000700-a nocturnal",
        "owl derivationally_related_form 00000200-n bird_of_night",
    }
    assert all_literals_of(graph, WORD_POINTER, MOVE) == {"move antonym 00000600-v fly"}
    assert all_literals_of(graph, WORD_POINTER, WING) == set()


def test_verbs_keep_the_sentences_that_they_fit_in(graph: KnowledgeGraph) -> None:
    assert len(VERB_FRAMES) == 35
    assert all_literals_of(graph, VERB_FRAME, FLY) == {"Somebody ----s"}
    assert all_literals_of(graph, VERB_FRAME, MOVE) == {"Somebody ----s", "move: Somebody ----s something"}


def test_malformed_lines_are_passed_over_if_that_is_asked_for(database: Path) -> None:
    path = database / "data.noun"
    lines = path.read_text().split("\n")
    lines[3] = "00000300 08 n 01 wing | what a bird flies with"
    path.write_text("\n".join(lines))
    (database / "cntlist.rev").write_text("owl\n")
    (database / "verb.exc").write_text("flew\n")
    reading = Reading(database, "wn", "wordnet", graph="ex:g", on_error="report")
    graph = KnowledgeGraph(assemble(read_wordnet_blocks(reading)))
    assert [(found.reason, found.line) for found in reading.rejections()] == [
        ("cntlist.rev: expected 3 fields, the last a count, got 'owl'", 1),
        ("data.noun: the line ends before its fields are complete", 4),
        ("data.noun: part_meronym leads to 00000300-n, which no file holds", 3),
        ("verb.exc: expected an inflected form and its base forms, got 'flew'", 1),
    ]
    assert set(graph.graphs()) == {"ex:g"}
    assert set(graph.sources()) == {"wn"}
    assert graph.definition(graph.entity_id(OWL)).startswith("a bird that hunts")


def test_a_stream_is_no_database() -> None:
    with pytest.raises(GraphFormatError, match="expected a folder of WordNet database files, got a stream"):
        list(read_wordnet_blocks(Reading(None, "stdin", "wordnet")))


def test_relations_are_described_and_have_inverses(graph: KnowledgeGraph) -> None:
    assert graph.relation_label(WN_RELATION + "instance_hypernym") == "instance hypernym"
    assert graph.inverse_of(WN_RELATION + "part_meronym") == WN_RELATION + "part_holonym"
    assert graph.inverse_of(WN_RELATION + "similar_to") == WN_RELATION + "similar_to"
    assert graph.inverse_of(WN_RELATION + "entailment") is None
    names = {relation.name: relation for relation in RELATIONS}
    assert len(names) == len(RELATIONS) == len(SYMBOLS) + 1
    for relation in RELATIONS:
        assert graph.relation_definition(WN_RELATION + relation.name)
        if relation.inverse:
            assert names[relation.inverse].inverse == relation.name


def test_relations_are_not_offered_as_labels(graph: KnowledgeGraph) -> None:
    assert "hypernym" not in graph.label_table()["label"].to_pylist()


def test_namespace_and_source_can_be_chosen() -> None:
    graph = read_wordnet(DATABASE, namespace="http://example.org/", source="mine")
    assert graph.definition(graph.entity_id("http://example.org/00000300-n")) == "what a bird flies with"
    assert set(graph.sources()) == {"mine"}


def test_tag_counts_come_from_the_sense_index_where_there_is_no_count_list(database: Path) -> None:
    (database / "cntlist.rev").unlink()
    assert ("preferred", "owl", 1.0) in labels_of(read_wordnet(database), OWL)
    (database / "index.sense").write_text("owl%1:05:00:: 00000200 1 4\n")
    assert ("preferred", "owl", 5.0) in labels_of(read_wordnet(database), OWL)


def test_exception_lists_may_be_missing(database: Path) -> None:
    for path in database.glob("*.exc"):
        path.unlink()
    assert "hidden" not in read_wordnet(database).label_table()["kind"].to_pylist()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("00000300 08 n 01 wing 0 000", "no bar before a gloss"),
        ("0000030 08 n 01 wing 0 000 | x", "offset of eight digits, got '0000030'"),
        ("00000300 08 v 01 wing 0 000 | x", "synset type among n, got 'v'"),
        ("00000300 45 n 01 wing 0 000 | x", "lexicographer file below 45, got 45"),
        ("00000300 xx n 01 wing 0 000 | x", "expected a lexicographer file, got 'xx'"),
        ("00000300 08 n -1 wing 0 000 | x", "expected a word count, got '-1'"),
        ("00000300 08 n 00 000 | x", "no words"),
        ("00000300 08 n 01 wing q 000 | x", "expected a lex_id, got 'q'"),
        ("00000300 08 n 02 wing 0 000 | x", "ends before its fields are complete"),
        ("00000300 08 n 01 wing 0 002 #p 00000200 n 0000 | x", "ends before its fields are complete"),
        ("00000300 08 n 01 wing 0 001 ?p 00000200 n 0000 | x", r"unknown pointer '\?p 00000200 n'"),
        ("00000300 08 n 01 wing 0 001 #p 00000200 q 0000 | x", "unknown pointer '#p 00000200 q'"),
        ("00000300 08 n 01 wing 0 000 01 + 02 00 | x", "expected 7 fields before the gloss, got 11"),
        ("00000300 08 n 01 wing 0 001 #p 00000999 n 0000 | x", "part_holonym leads to 00000999-n"),
        ("00000300 08 n 01 wing 0 001 #p 00000200 n 0201 | x", "the numbers of two words"),
        ("00000300 08 n 01 wing 0 001 #p 00000200 n 0100 | x", "the numbers of two words"),
        ("00000300 08 n 01 wing 0 001 #p 00000200 n 0109 | x", "part_holonym leads to word 9 of 00000200-n"),
        ("00000300 08 n 01 wing 0 001 #p 00000200 n 01 | x", "two word numbers of two digits each, got '01'"),
        ("| x", "ends before its fields are complete"),
    ],
)
def test_a_malformed_synset_is_named_with_its_line(line: str, says: str, database: Path) -> None:
    path = database / "data.noun"
    lines = path.read_text().split("\n")
    lines[3] = line
    path.write_text("\n".join(lines))
    with pytest.raises(GraphFormatError, match=says) as caught:
        read_wordnet(database)
    assert (caught.value.path, caught.value.line) == (path, 4)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("cntlist.rev", "owl%1:05:00:: 1 4\nowl%1:05:00:: 1\n", 2),
        ("cntlist.rev", "owl%1:05:00:: 1 many\n", 1),
        ("noun.exc", "owlen owl\n\nowls\n", 3),
        ("data.adv", "  1 licence\n00000800 02 r 01 caf\xe9 0 000 | x\n", 2),
    ],
)
def test_other_malformed_lines_are_named_too(name: str, text: str, line: int, database: Path) -> None:
    (database / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(GraphFormatError) as caught:
        read_wordnet(database)
    assert (caught.value.path, caught.value.line) == (database / name, line)


def test_a_missing_file_is_named(database: Path) -> None:
    (database / "data.adj").unlink()
    with pytest.raises(GraphFormatError, match=r"data\.adj: .*No such file"):
        read_wordnet(database)


def test_line_ends_of_other_systems_are_understood(database: Path, graph: KnowledgeGraph) -> None:
    for path in database.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_wordnet(database).equals(graph)


@given(name=st.sampled_from(sorted(path.name for path in DATABASE.iterdir())), data=st.data())
@settings(deadline=None)
def test_any_damage_gives_a_graph_or_a_format_error(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    database = tmp_path_factory.mktemp("damaged") / "dict"
    shutil.copytree(DATABASE, database)
    content = (DATABASE / name).read_bytes()
    start, length = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 40))
    patch = data.draw(st.binary(max_size=5))
    (database / name).write_bytes(content[:start] + patch + content[start + length :])
    try:
        result = read_wordnet(database).num_entities
    except GraphFormatError as error:
        result = len(str(error))
    assert result > 0
