"""The folders of a collection as a hierarchy of SKOS concepts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from experiments.domains.vocabulary import iri
from graphs.builder import GraphBuilder
from graphs.vocabulary import RDF_TYPE, SKOS_ALT_LABEL, SKOS_BROADER, SKOS_CONCEPT, SKOS_PREF_LABEL

__all__ = ["add_categories", "category_of", "folder_words"]


def category_of(key: str) -> str:
    """Return the folder of a key.

    >>> category_of("animals/birds/owl")
    'animals/birds'
    """
    return str(PurePosixPath(key).parent)


def folder_words(name: str) -> str:
    """Return a folder's name in words: separators become spaces, a number in front goes.

    >>> folder_words("signs_and_symbols"), folder_words("00_strawberry_border")
    ('signs and symbols', 'strawberry border')
    """
    words = re.sub(r"[\s_\-]+", " ", name).strip()
    return re.sub(r"^\d+ (?=.)", "", words)


def add_categories(
    builder: GraphBuilder,
    namespace: str,
    folders: Iterable[str],
    *,
    source: str,
    compounds: Mapping[str, str] | None = None,
) -> int:
    """Add every folder and the folders around it as concepts, each under its parent by ``skos:broader``.

    Args:
        builder: takes the statements.
        namespace: what the concepts' IRIs start with; the folder's path follows.
        folders: paths with ``/`` between their parts.
        source: who says so.
        compounds: words of folder names that are written together; such a name stays as alternative label.

    Returns:
        How many categories there are.
    """
    paths = {path for folder in folders for path in (PurePosixPath(folder), *PurePosixPath(folder).parents)}
    paths.discard(PurePosixPath("."))
    for path in sorted(paths):
        category = iri(namespace, str(path))
        words = folder_words(path.name)
        builder.add(category, RDF_TYPE, SKOS_CONCEPT, source=source)
        label = (compounds or {}).get(words, words)
        builder.add_literal(category, SKOS_PREF_LABEL, label, language="en", source=source)
        if label != words:
            builder.add_literal(category, SKOS_ALT_LABEL, words, language="en", source=source)
        if len(path.parts) > 1:
            builder.add(category, SKOS_BROADER, iri(namespace, str(path.parent)), source=source)
    return len(paths)
