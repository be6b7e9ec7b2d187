"""OBO Graphs JSON (https://github.com/geneontology/obographs)."""

from __future__ import annotations

from graphs.readers.obo_graphs.document import read_obo_graphs

__all__ = ["read_obo_graphs"]
