"""Names in tables: CURIEs, IRIs, blank nodes and bare names, and the entities that they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import quote, urlsplit

import pyarrow as pa

from graphs.iris import is_iri
from graphs.prefixes import expand
from graphs.readers.reading import Reading
from graphs.readers.terms import node_names

__all__ = ["CONTROL", "NameProblem", "Naming", "is_absolute", "is_blank", "is_bracketed"]

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
"""Characters that no name may hold: the ASCII control characters."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|\\^`]*")
_BLANK: Final = re.compile(r"_:[^\s<>\"]+")
_PATH: Final = "/:@!$&'()*+,;=-._~"
"""What may stand in a path as it is (RFC 3986, section 3.3), the percent sign aside."""


class NameProblem(ValueError):  # noqa: N818 - whoever catches it says where, and makes it an error
    """A text cannot name an entity; the message says why."""


@dataclass(frozen=True)
class Naming:
    """How the names of a table become names of entities.

    ========================  ========================================================================
    ``<http://example.org/>``  an IRI in brackets is that IRI, whatever the prefixes
    ``_:b1``                   a blank node, kept apart from those of other files by ``scope``
    ``ex:owl``                 a CURIE (https://www.w3.org/TR/curie/) is expanded where its prefix is known
    ``http://…``, ``no:such``  an absolute IRI, or a CURIE of an unknown prefix, is kept as it is
    ``owl``, ``/m/0abc``       a bare name is kept as it is; with ``base``, it is resolved against that
    ========================  ========================================================================

    A bare name that starts with a slash replaces the path of the base, another its last part, and what a path
    cannot hold is percent-encoded (RFC 3986); it follows a base that ends in ``#`` directly. Dots are no steps.

    Attributes:
        prefixes: namespaces by prefix.
        base: what bare names are resolved against; None leaves them as they are.
        scope: goes before the names of blank nodes.

    >>> naming = Naming({"ex": "http://example.org/"}, scope="1-")
    >>> [naming.name(text) for text in ("ex:owl", "<ex:owl>", "no:such", "_:b", "/m/0abc")]
    ['http://example.org/owl', 'ex:owl', 'no:such', '_:1-b', '/m/0abc']
    >>> Naming(base="http://example.org/birds/").name("barn owl")
    'http://example.org/birds/barn%20owl'
    """

    prefixes: Mapping[str, str] = field(default_factory=dict)
    base: str | None = None
    scope: str = ""

    @classmethod
    def of(cls, reading: Reading, known: Mapping[str, str] | None = None, scope: str | None = None) -> Naming:
        """Return the naming of a file.

        Args:
            reading: the file; its prefixes go before those ``known`` to its format.
            known: prefixes that need no declaration.
            scope: goes before the names of blank nodes; left out, the scope of the file.
        """
        prefixes = {**(known or {}), **reading.prefixes}
        named = {name: iri for name, iri in prefixes.items() if name}
        return cls(named, reading.base, reading.scope if scope is None else scope)

    @cached_property
    def places(self) -> tuple[str, str]:
        """What goes before bare names that start with a slash, and before others."""
        base = self.base or ""
        if base.endswith("#") or not urlsplit(base).netloc:
            return base, base
        scheme, authority, path, *_ = urlsplit(base)
        root = f"{scheme}://{authority}"
        return root, root + (path.rpartition("/")[0] + "/")

    def name(self, text: str) -> str:
        """Return the entity that a text names, which is no triple term.

        Raises:
            NameProblem: it is empty, holds control characters, is no valid blank node, or is a triple term.
        """
        if not text:
            raise NameProblem("is empty")
        found = CONTROL.search(text)
        if found:
            raise NameProblem(f"holds the control character U+{ord(found[0]):04X}")
        if text.startswith("_:"):
            if not is_blank(text):
                raise NameProblem(f"is not a valid blank node: {text[:80]!r}")
            return f"_:{self.scope}{text[2:]}"
        if self.term(text):
            raise NameProblem(f"is a triple term: {text[:80]!r}")
        if is_bracketed(text):
            return text[1:-1]
        return expand(text, self.prefixes) or self.resolved(text)

    def entity(self, text: str) -> str:
        """Return the entity that a text names, a triple term or any other; raises what :meth:`name` does."""
        return self.term(text) or self.name(text)

    def resolved(self, text: str) -> str:
        """Return a name that is no CURIE of a known prefix, resolved against the base where it is a bare one."""
        if self.base is None or is_absolute(text):
            return text
        return self.places[not text.startswith("/")] + quote(text, safe=_PATH)

    def term(self, text: str) -> str:
        """Return the triple term that a text stands for (RDF 1.2), or an empty text if it is none."""
        if not text.startswith("<<("):
            return ""
        found = node_names(pa.array([text.encode()], pa.large_binary()), self.scope)
        return str(found.names[0].as_py()) if found.triples[0] else ""


def is_blank(text: str) -> bool:
    """Tell whether a text names a blank node.

    >>> is_blank("_:b1"), is_blank("_:"), is_blank("b1")
    (True, False, False)
    """
    return _BLANK.fullmatch(text) is not None


def is_absolute(text: str) -> bool:
    """Tell whether a text has the form of an absolute IRI or a CURIE, in characters that IRIs may hold.

    >>> is_absolute("http://example.org/"), is_absolute("owl"), is_absolute("Re: owls")
    (True, False, False)
    """
    return _SCHEME.fullmatch(text) is not None


def is_bracketed(text: str) -> bool:
    """Tell whether a text is an absolute IRI in angle brackets.

    >>> is_bracketed("<http://example.org/>"), is_bracketed("<unk>"), is_bracketed("owl")
    (True, False, False)
    """
    return text.startswith("<") and text.endswith(">") and is_absolute(text[1:-1]) and is_iri(text[1:-1])
