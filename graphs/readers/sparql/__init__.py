"""SPARQL endpoints (https://www.w3.org/TR/sparql11-protocol/), read page by page."""

from __future__ import annotations

from graphs.readers.sparql.endpoint import Endpoint, read_sparql
from graphs.readers.sparql.fetching import Patience

__all__ = ["Endpoint", "Patience", "read_sparql"]
