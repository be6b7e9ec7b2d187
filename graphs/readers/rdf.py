"""RDF in all its formats: which reader reads which."""

from __future__ import annotations

from typing import Final

from graphs.readers.documents import read_document
from graphs.readers.lines import read_lines
from graphs.readers.notation3 import read_notation3
from graphs.readers.reading import Reader

__all__ = ["FORMATS"]

FORMATS: Final[dict[str, Reader]] = {
    "turtle": read_document,
    "n-triples": read_lines,
    "n-quads": read_lines,
    "trig": read_document,
    "rdf-xml": read_document,
    "json-ld": read_document,
    "n3": read_notation3,
}
"""Readers of RDF by the names of formats."""
