"""rdflib without its log of literals whose texts it has no value for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quiet_rdflib"]


@contextmanager
def quiet_rdflib() -> Iterator[None]:
    """Let rdflib keep literals that it cannot convert to Python's values without logging a traceback for each.

    Such literals are valid RDF (https://www.w3.org/TR/rdf12-concepts/#dfn-ill-typed), and are kept as they are.

    >>> import rdflib
    >>> with quiet_rdflib():
    ...     rdflib.Literal("ten", datatype=rdflib.XSD.integer)
    rdflib.term.Literal('ten', datatype=rdflib.term.URIRef('http://www.w3.org/2001/XMLSchema#integer'))
    """
    logger = logging.getLogger("rdflib.term")
    logger.addFilter(_is_other)
    try:
        yield
    finally:
        logger.removeFilter(_is_other)


def _is_other(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Failed to convert Literal lexical form")
