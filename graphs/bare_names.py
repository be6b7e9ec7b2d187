"""Bare names in RDF: entities and relations whose names are no IRIs, such as ``cat`` or ``/m/02``.

Tables of triples are full of them, and RDF has no place for them. They are written as IRIs under a namespace of
their own, percent-encoded (https://www.rfc-editor.org/rfc/rfc3986#section-2.1), and become names again where such
IRIs are read. Both ways lose nothing: every name comes back as it was, and every IRI, too, those under that namespace
among them that stand for no name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.compute as pc

from graphs.block import Block
from graphs.iris import is_iri

__all__ = ["NAMES", "iri_of", "is_written_plainly", "name_of", "restored"]

NAMES: Final = "urn:graphs:name:"
"""Namespace of the IRIs that stand for bare names."""
_KEPT: Final = "-._~!$&'()*+,;=:@/"
_DEEPEST: Final = 8
"""How often a name may begin with the namespace: IRIs with more of it stand for no name."""
_POOLS: Final = ("nodes", "relations", "predicates", "datatypes", "graphs")


def iri_of(name: str, namespace: str = NAMES) -> str:
    """Return the IRI that stands for a bare name; different names have different IRIs.

    >>> iri_of("/m/02 b"), iri_of("猫")
    ('urn:graphs:name:/m/02%20b', 'urn:graphs:name:%E7%8C%AB')
    """
    return namespace + quote(name, safe=_KEPT)


def name_of(iri: str, namespace: str = NAMES) -> str:
    """Return the bare name that an IRI stands for; any other IRI is returned as it is.

    >>> name_of("urn:graphs:name:/m/02%20b"), name_of("http://example.org/b%20c")
    ('/m/02 b', 'http://example.org/b%20c')
    >>> name_of("urn:graphs:name:ex:b")  # where a name is an IRI, it is written as it is
    'urn:graphs:name:ex:b'
    """
    if not iri.startswith(namespace) or iri.startswith(namespace * _DEEPEST):
        return iri
    name = unquote(iri[len(namespace) :])
    # What iri_of() cannot have made, and what would become a blank node or a triple term, is no bare name.
    if not name or name.startswith(("_:", "<<(")) or iri_of(name, namespace) != iri:
        return iri
    return iri if is_written_plainly(name, namespace) else name


def is_written_plainly(name: str, namespace: str = NAMES) -> bool:
    """Tell whether a name is written as it is: it is an IRI, and would not be taken for an encoded name.

    >>> [is_written_plainly(name) for name in ("ex:b", "b", "urn:graphs:name:b", "urn:graphs:name:ex:b")]
    [True, False, False, True]
    """
    return is_iri(name) and name_of(name, namespace) == name


def restored(block: Block, namespace: str = NAMES) -> Block:
    """Return a block in which the IRIs of bare names are names again.

    >>> from graphs.statements import Statements
    >>> statements = Statements()
    >>> statements.add("urn:graphs:name:cat", "urn:graphs:name:is%20a", "ex:animal")
    >>> pools = restored(statements.block()).pools
    >>> pools.nodes.to_pylist(), pools.relations.to_pylist()
    (['cat', 'ex:animal'], ['is a'])
    """
    changed = {}
    for pool in _POOLS:
        strings = getattr(block.pools, pool)
        found = pc.starts_with(strings, namespace)
        if pc.any(found).as_py():
            names = [name_of(iri, namespace) for iri in strings.filter(found).to_pylist()]
            changed[pool] = pc.replace_with_mask(strings, found, pa.array(names, strings.type))
    return replace(block, pools=replace(block.pools, **changed)) if changed else block
