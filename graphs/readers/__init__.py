"""Readers: from files to statements. One family of formats a file or folder.

A reader is given a :class:`~graphs.readers.reading.Reading` and yields :class:`~graphs.block.Block` after block;
what it cannot take it rejects there. :func:`graphs.read_graph` makes a graph of one file, :mod:`graphs.importing`
of many.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphs.bare_names import restored
from graphs.block import Block
from graphs.readers.filtering import filtered
from graphs.readers.networks import read_gexf, read_graphml, read_node_link
from graphs.readers.obo_graphs import read_obo_graphs
from graphs.readers.rdf import FORMATS
from graphs.readers.reading import Reader, Reading
from graphs.readers.stored import read_stored
from graphs.readers.tables import TABLES
from graphs.readers.wikidata import read_wikidata
from graphs.readers.wordnet import read_wordnet_blocks

__all__ = ["READERS", "statements_of"]

READERS: Final[dict[str, Reader]] = {
    **FORMATS,
    **TABLES,
    "obo-graphs": read_obo_graphs,
    "wikidata-json": read_wikidata,
    "graphml": read_graphml,
    "gexf": read_gexf,
    "node-link": read_node_link,
    "wordnet": read_wordnet_blocks,
    "store": read_stored,
}
"""Every reader, by the name of its format."""

_FILTERING: Final = frozenset({"wikidata-json"})
"""Formats whose readers apply the filters themselves."""


def statements_of(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a file that its reading asks for.

    Raises:
        KeyError: the reading names no format of :data:`READERS`.
        GraphFormatError: as the format's reader says.
    """
    blocks = READERS[reading.format](reading)
    if reading.format in FORMATS:
        blocks = map(restored, blocks)
    return blocks if reading.format in _FILTERING else filtered(blocks, reading)
