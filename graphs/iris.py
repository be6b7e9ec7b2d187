"""What may name an entity or a relation, where data does not say or does not check it itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

__all__ = ["is_iri", "is_name"]

_NO_TEXT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@lru_cache(1 << 16)
def is_iri(name: str) -> bool:
    """Tell whether a name is an absolute IRI (https://www.rfc-editor.org/rfc/rfc3987).

    >>> [is_iri(name) for name in ("http://example.org/owl", "obo:GO_1", "barn owl", "http://a b", "owl")]
    [True, True, False, False, False]
    """
    try:
        ox.NamedNode(name)
    except ValueError:
        return False
    return True


def is_name(name: str) -> bool:
    r"""Tell whether a name may stand for an entity at all: it has characters, and no controls among them.

    >>> [is_name(name) for name in ("barn owl", "", "a\x00b", "a\nb")]
    [True, False, False, False]
    """
    return name != "" and _NO_TEXT.search(name) is None
