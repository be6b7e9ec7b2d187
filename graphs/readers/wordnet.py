"""The database files of Princeton WordNet (https://wordnet.princeton.edu), as a graph of synsets.

Sources: wndb(5WN) for ``data.pos`` and ``pos.exc``, senseidx(5WN) for sense keys, cntlist(5WN) for tag
counts, lexnames(5WN) for the lexicographer files. What becomes of them:

===========  =================================================================================================
synset       an IRI: namespace, offset, hyphen, part of speech (a satellite, "s", counts as "a": 00019731-a)
ss_type      ``rdf:type`` of the synset, and the letter as a literal (where a satellite stays "s")
words        the first ``skos:prefLabel``, the others ``skos:altLabel``; weight 1 + how often the semantic
             concordances tag the word with this sense
pointers     triples between synsets; pointers between words are lifted to the words' synsets, and kept as literals
             too: word, relation, target synset, target word ("owl derivationally_related_form 00000700-a nocturnal")
frames       sentences that a verb fits in, after the verb where it holds for one word only
             ("move: Somebody ----s something")
gloss        ``skos:definition``, examples included
exceptions   ``skos:hiddenLabel`` of each synset that holds the base form, with that word's weight
lex_filenum  name of the lexicographer file as a literal
===========  =================================================================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from graphs import vocabulary as v
from graphs.assemble import assemble
from graphs.block import Block
from graphs.errors import GraphFormatError
from graphs.graph import KnowledgeGraph
from graphs.readers.reading import Reading
from graphs.readers.wordnet_files import (
    PARTS,
    Reject,
    Synset,
    read_exceptions,
    read_synsets,
    read_tag_counts,
)
from graphs.readers.wordnet_relations import RELATIONS, SYNSET_TYPES, VERB_FRAMES
from graphs.statements import Statements

__all__ = [
    "LEXICOGRAPHER_FILE",
    "SYNSET_TYPE",
    "VERB_FRAME",
    "WORD_POINTER",
    "read_wordnet",
    "read_wordnet_blocks",
]

LEXICOGRAPHER_FILE: Final = v.WN_RELATION + "lexicographer_file"
SYNSET_TYPE: Final = v.WN_RELATION + "synset_type"
VERB_FRAME: Final = v.WN_RELATION + "verb_frame"
WORD_POINTER: Final = v.WN_RELATION + "word_pointer"


def read_wordnet(folder: str | Path, *, namespace: str = v.WN30, source: str = "wordnet") -> KnowledgeGraph:
    """Read a folder of WordNet database files as a graph.

    Args:
        folder: holds ``data.noun``, ``data.verb``, ``data.adj`` and ``data.adv``; ``cntlist.rev`` (else
            ``index.sense``) and ``*.exc`` are used where they are there.
        namespace: what synset IRIs start with; the default is right for WordNet 3.0.
        source: name of the data set, kept with every statement.

    Raises:
        GraphFormatError: a file is missing or one of its lines malformed; says which.
    """
    run = _Run(Path(folder), namespace, source, "", None)
    return KnowledgeGraph(assemble(run.blocks()))


def read_wordnet_blocks(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a folder of WordNet database files, one block a file; see :func:`read_wordnet`.

    Raises:
        GraphFormatError: it comes as a stream, or a file is missing or not UTF-8; or a line is malformed or leads
            nowhere, and the first error stops the reading.
    """
    if reading.path is None:
        raise GraphFormatError("expected a folder of WordNet database files, got a stream", reading.name)
    folder, base = reading.path, reading.base or v.WN30
    reject = None if reading.on_error == "stop" else partial(_reject, reading)
    yield from _Run(folder, base, reading.source, reading.graph, reject).blocks()


def _reject(reading: Reading, error: GraphFormatError) -> None:
    """Take down a line of one of the files of the folder that is read."""
    reason = str(error).removeprefix(f"{error.path}:{error.line}: ").removeprefix(f"{error.path}: ")
    reading.reject(f"{error.path.name}: {reason}", error.line)


def _stop(error: GraphFormatError) -> None:
    raise error


class _Run:
    """One run over a database: what it says, and under which names."""

    def __init__(self, folder: Path, namespace: str, source: str, graph: str, reject: Reject | None) -> None:
        self._folder = folder
        self._namespace = namespace
        self._source, self._graph = source, graph
        self._reject = reject or _stop
        self._statements = Statements()
        self._tag_counts: Mapping[str, int] = {}

    def blocks(self) -> Iterator[Block]:
        """Yield the statements of all files."""
        self._tag_counts = read_tag_counts(self._folder, self._reject)
        files = {self._folder / f"data.{part}": types for part, types in PARTS.items()}
        synsets = {path: list(read_synsets(path, types, self._reject)) for path, types in files.items()}
        known = {synset.key: synset for found in synsets.values() for synset in found}
        self.describe_schema()
        for path, found in synsets.items():
            for synset in found:
                self.add_pointers(synset, known, path)
                self.add_synset(synset)
            words = self.add_words(found, known)
            exceptions = path.with_name(f"{path.suffix[1:]}.exc")
            self.add_exceptions(read_exceptions(exceptions, self._reject), words)
            yield self._statements.block()
            self._statements = Statements()

    def _add(self, head: str, relation: str, tail: str) -> None:
        self._statements.add(head, relation, tail, source=self._source, graph=self._graph)

    def _say(self, iri: str, predicate: str, text: str, weight: float = 1.0, language: str = "en") -> None:
        self._statements.add_literal(
            iri, predicate, text, language=language, source=self._source, graph=self._graph, weight=weight
        )

    def describe_schema(self) -> None:
        """State what WordNet's relations and classes are called, what they mean, and which are inverse."""
        for relation in RELATIONS:
            iri = v.WN_RELATION + relation.name
            self._add(iri, v.RDF_TYPE, v.OWL_OBJECT_PROPERTY)
            self._say(iri, v.RDFS_LABEL, relation.label)
            self._say(iri, v.SKOS_DEFINITION, relation.definition)
            if relation.inverse == relation.name:
                self._add(iri, v.RDF_TYPE, v.OWL_SYMMETRIC)
            elif relation.inverse:
                inverse = v.WN_RELATION + relation.inverse
                self._add(iri, v.OWL_INVERSE_OF, inverse)
        for kind in SYNSET_TYPES.values():
            self._say(v.WN_RELATION + kind.class_name, v.RDFS_LABEL, kind.label)

    def add_synset(self, synset: Synset) -> None:
        """Add the synset's class, its gloss, and where its lexicographers filed it."""
        iri = self._namespace + synset.key
        kind = v.WN_RELATION + SYNSET_TYPES[synset.type].class_name
        self._add(iri, v.RDF_TYPE, kind)
        self._say(iri, SYNSET_TYPE, synset.type, language="")
        self._say(iri, LEXICOGRAPHER_FILE, synset.lexicographer_file, language="")
        if synset.gloss:
            self._say(iri, v.SKOS_DEFINITION, synset.gloss)
        for frame, word in synset.frames:
            of_word = f"{synset.words[word - 1][0].replace('_', ' ')}: " if word else ""
            self._say(iri, VERB_FRAME, of_word + VERB_FRAMES[frame - 1])

    def add_pointers(self, synset: Synset, known: Mapping[str, Synset], path: Path) -> None:
        """Add the synset's relations, and which words those between words are between."""
        iri = self._namespace + synset.key
        for name, target, word, target_word in synset.pointers:
            other = known.get(target)
            if other is None:
                self._reject(
                    GraphFormatError(f"{name} leads to {target}, which no file holds", path, synset.line)
                )
                continue
            if target_word > len(other.words):
                self._reject(
                    GraphFormatError(f"{name} leads to word {target_word} of {target}", path, synset.line)
                )
                continue
            # a word may be derived from another of its own synset: between synsets that says nothing
            if target != synset.key:
                self._add(iri, v.WN_RELATION + name, self._namespace + target)
            if word and target_word:
                start, end = synset.words[word - 1][0], other.words[target_word - 1][0]
                self._say(iri, WORD_POINTER, f"{start} {name} {target} {end}", language="")

    def add_words(
        self, synsets: Iterable[Synset], known: Mapping[str, Synset]
    ) -> dict[str, list[tuple[Synset, float]]]:
        """Add the words of synsets as labels; return each word's synsets, and its weights there."""
        uses: dict[str, list[tuple[Synset, float]]] = defaultdict(list)
        for synset in synsets:
            predicate = v.SKOS_PREF_LABEL
            for (word, _), key in zip(synset.words, synset.sense_keys(known), strict=True):
                weight = 1.0 + self._tag_counts.get(key, 0)
                self._say(self._namespace + synset.key, predicate, word.replace("_", " "), weight)
                uses[word.lower()].append((synset, weight))
                predicate = v.SKOS_ALT_LABEL
        return uses

    def add_exceptions(
        self, exceptions: Iterable[tuple[str, str]], uses: Mapping[str, list[tuple[Synset, float]]]
    ) -> None:
        """Add irregular inflections as hidden labels of the synsets that hold the base form."""
        for form, base in exceptions:
            for synset, weight in uses.get(base, ()):
                if all(form != word.lower() for word, _ in synset.words):
                    label = form.replace("_", " ")
                    self._say(self._namespace + synset.key, v.SKOS_HIDDEN_LABEL, label, weight)
