"""Wikidata (https://www.wikidata.org): dumps of JSON lines."""

from __future__ import annotations

from graphs.readers.wikidata.dump import read_wikidata

__all__ = ["read_wikidata"]
