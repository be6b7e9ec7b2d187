"""Ranking by words: BM25 over captions and the names of concepts, by the library bm25s (Lù, arXiv 2407.03618)."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from jaxtyping import Bool, Float32

from kgx.concept_table import ConceptTable
from kgx.folders import atomic_folder
from kgx.item_table import ItemTable
from kgx.linking.inflection import base_forms
from kgx.linking.part_of_speech import PartOfSpeech
from kgx.linking.stop_words import STOP_WORDS
from kgx.linking.tokens import words

if TYPE_CHECKING:
    from bm25s import BM25

__all__ = ["WordIndex", "documents_of", "terms"]

_FOLDER: Final = "words"
_LONGEST: Final = 10_000  # characters of a document, and of a query, that are read
_UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError, EOFError)


def terms(text: str) -> list[str]:
    """Return the words of a text that say something, and behind each what it may be the plural of.

    >>> terms("The owls, a fox")
    ['owls', 'owl', 'fox']
    """
    found = []
    for word in words(text[:_LONGEST]):
        if word not in STOP_WORDS:
            found.append(word)
            found += [base for base, part in base_forms(word).items() if part & PartOfSpeech.NOUN]
    return found


def documents_of(items: ItemTable, concepts: ConceptTable, *, captions: bool = True) -> list[str]:
    """Return what is known in words of each item: its caption, unless left out, and the names of its concepts."""
    return [
        "\n".join((caption if captions else "", *dict.fromkeys(link.shown.label for link in linked.links)))
        for caption, linked in zip(items.caption, concepts.rows, strict=True)
    ]


class WordIndex:
    """Documents, ranked by BM25 (Lucene's variant, k1 = 1.5, b = 0.75).

    >>> index = WordIndex.build(["an owl", "two owls and a fox", "a car"])
    >>> (index.scores("Owls!") > 0).tolist(), index.scores("the of").any()
    ([True, True, False], np.False_)
    """

    def __init__(self, engine: BM25 | None, count: int) -> None:
        self._engine = engine
        self._count = count

    @classmethod
    def build(cls, documents: Sequence[str]) -> WordIndex:
        """Index documents in memory."""
        import bm25s

        corpus = [terms(document) for document in documents]
        if not any(corpus):
            return cls(None, len(corpus))
        engine = bm25s.BM25()
        engine.index(corpus, show_progress=False)
        return cls(engine, len(corpus))

    @classmethod
    def kept(cls, documents: Sequence[str], folder: Path) -> WordIndex:
        """Open the index of documents in a folder; make it first where there is none, or where it is of others.

        Args:
            documents: the documents.
            folder: where indexes are kept; each appears when it is complete.
        """
        import bm25s

        digest = hashlib.sha256(json.dumps([bm25s.__version__, list(documents)]).encode()).hexdigest()[:16]
        place = folder / f"{_FOLDER}-{digest}"
        if place.is_dir():
            try:
                return cls(bm25s.BM25.load(place, load_corpus=False, show_progress=False), len(documents))
            except _UNREADABLE:
                shutil.rmtree(place, ignore_errors=True)  # damaged: made again below
        index = cls.build(documents)
        if index._engine is not None:
            with atomic_folder(place) as temporary:
                index._engine.save(temporary, show_progress=False)
            for old in folder.glob(f"{_FOLDER}-*"):
                if old != place:
                    shutil.rmtree(old, ignore_errors=True)
        return index

    def scores(self, text: str, allowed: Bool[np.ndarray, " n"] | None = None) -> Float32[np.ndarray, " n"]:
        """Return the score of every document for a query; 0 where they share no word.

        Args:
            text: the query.
            allowed: which documents count; the others get 0.
        """
        known: dict[str, Any] = {} if self._engine is None else self._engine.vocab_dict
        asked = [term for term in dict.fromkeys(terms(text)) if term in known]
        if self._engine is None or not asked:
            return np.zeros(self._count, dtype=np.float32)
        found: np.ndarray = self._engine.get_scores(asked)
        return found if allowed is None else np.where(allowed, found, np.float32(0))
