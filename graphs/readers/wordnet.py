"""The database files of Princeton WordNet (https://wordnet.princeton.edu), as a graph of synsets.

Sources: wndb(5WN) for ``data.pos`` and ``pos.exc``, senseidx(5WN) for sense keys, cntlist(5WN) for tag
counts, lexnames(5WN) for the lexicographer files. What becomes of them:

===========  =================================================================================================
synset       an IRI: namespace, offset, hyphen, part of speech (a satellite, "s", counts as "a": 00019731-a)
ss_type      ``rdf:type`` of the synset, and the letter as a literal (where a satellite stays "s")
words        the first ``skos:prefLabel``, the others ``skos:altLabel``; weight 1 + how often the semantic
             concordances tag the word with this sense
pointers     triples between synsets; pointers between words are lifted to the words' synsets
gloss        ``skos:definition``, examples included
exceptions   ``skos:hiddenLabel`` of each synset that holds the base form, with that word's weight
lex_filenum  name of the lexicographer file as a literal
===========  =================================================================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from graphs import vocabulary as v
from graphs.builder import GraphBuilder
from graphs.errors import GraphFormatError
from graphs.readers.wordnet_files import PARTS, Synset, read_exceptions, read_synsets, read_tag_counts
from graphs.readers.wordnet_relations import RELATIONS, SYNSET_TYPES
from graphs.store import KnowledgeGraph

__all__ = ["LEXICOGRAPHER_FILE", "SYNSET_TYPE", "read_wordnet"]

LEXICOGRAPHER_FILE: Final = v.WN_RELATION + "lexicographer_file"
SYNSET_TYPE: Final = v.WN_RELATION + "synset_type"


def read_wordnet(folder: str | Path, *, namespace: str = v.WN30, source: str = "wordnet") -> KnowledgeGraph:
    """Read a folder of WordNet database files.

    Args:
        folder: holds ``data.noun``, ``data.verb``, ``data.adj`` and ``data.adv``; ``cntlist.rev`` (else
            ``index.sense``) and ``*.exc`` are used where they are there.
        namespace: what synset IRIs start with; the default is right for WordNet 3.0.
        source: name of the data set, kept with every statement.

    Raises:
        GraphFormatError: a file is missing or one of its lines malformed; says which.
    """
    folder = Path(folder)
    reading = _Reading(namespace, source, read_tag_counts(folder))
    files = {folder / f"data.{part}": types for part, types in PARTS.items()}
    synsets = {path: list(read_synsets(path, types)) for path, types in files.items()}
    known = {synset.key: synset for found in synsets.values() for synset in found}
    reading.describe_schema()
    for path, found in synsets.items():
        for synset in found:
            reading.add_pointers(synset, known, path)
            reading.add_synset(synset)
        words = reading.add_words(found, known)
        reading.add_exceptions(read_exceptions(path.with_name(f"{path.suffix[1:]}.exc")), words)
    return reading.builder.build()


class _Reading:
    """One run over a database: what goes into the builder, and under which names."""

    def __init__(self, namespace: str, source: str, tag_counts: Mapping[str, int]) -> None:
        self.builder = GraphBuilder()
        self._namespace = namespace
        self._source = source
        self._tag_counts = tag_counts

    def _say(self, iri: str, predicate: str, text: str, weight: float = 1.0) -> None:
        self.builder.add_literal(iri, predicate, text, language="en", source=self._source, weight=weight)

    def describe_schema(self) -> None:
        """State what WordNet's relations and classes are called, what they mean, and which are inverse."""
        for relation in RELATIONS:
            iri = v.WN_RELATION + relation.name
            self.builder.add(iri, v.RDF_TYPE, v.OWL_OBJECT_PROPERTY, source=self._source)
            self._say(iri, v.RDFS_LABEL, relation.label)
            self._say(iri, v.SKOS_DEFINITION, relation.definition)
            if relation.inverse == relation.name:
                self.builder.add(iri, v.RDF_TYPE, v.OWL_SYMMETRIC, source=self._source)
            elif relation.inverse:
                inverse = v.WN_RELATION + relation.inverse
                self.builder.add(iri, v.OWL_INVERSE_OF, inverse, source=self._source)
        for kind in SYNSET_TYPES.values():
            self._say(v.WN_RELATION + kind.class_name, v.RDFS_LABEL, kind.label)

    def add_synset(self, synset: Synset) -> None:
        """Add the synset's class, its gloss, and where its lexicographers filed it."""
        iri = self._namespace + synset.key
        kind = v.WN_RELATION + SYNSET_TYPES[synset.type].class_name
        self.builder.add(iri, v.RDF_TYPE, kind, source=self._source)
        self.builder.add_literal(iri, SYNSET_TYPE, synset.type, source=self._source)
        self.builder.add_literal(iri, LEXICOGRAPHER_FILE, synset.lexicographer_file, source=self._source)
        if synset.gloss:
            self._say(iri, v.SKOS_DEFINITION, synset.gloss)

    def add_pointers(self, synset: Synset, known: Mapping[str, Synset], path: Path) -> None:
        """Add the synset's relations."""
        iri = self._namespace + synset.key
        for name, target in synset.pointers:
            if target not in known:
                raise GraphFormatError(f"{name} leads to {target}, which no file holds", path, synset.line)
            # a word may be derived from another of its own synset: between synsets that says nothing
            if target != synset.key:
                self.builder.add(iri, v.WN_RELATION + name, self._namespace + target, source=self._source)

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
