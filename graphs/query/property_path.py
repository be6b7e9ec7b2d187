"""Property paths (https://www.w3.org/TR/sparql11-query/#propertypaths): how they are written, what they are made of.

Relations stand by any name that whoever follows the path can make sense of: an IRI in angle brackets, a CURIE, a bare
word. Negated property sets are left to SPARQL proper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from graphs.errors import GraphError

__all__ = [
    "LONGEST",
    "Alternative",
    "Inverse",
    "PropertyPath",
    "Relation",
    "Repeat",
    "Sequence",
    "Token",
    "parse_path",
    "path_between",
    "tokens_of",
]

LONGEST: Final = 4_000
"""Characters of a pattern or path, at most."""
_MOST_RELATIONS: Final = 64
_DEEPEST: Final = 16


@dataclass(frozen=True, slots=True)
class Relation:
    """One statement further."""

    name: str


@dataclass(frozen=True, slots=True)
class Inverse:
    """A path walked from its end to its start: ``^p``."""

    path: PropertyPath


@dataclass(frozen=True, slots=True)
class Sequence:
    """Paths one after the other: ``p/q``."""

    paths: tuple[PropertyPath, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Any of several paths: ``p|q``."""

    paths: tuple[PropertyPath, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A path several times over.

    Attributes:
        path: the path.
        least: 0 where nothing at all is a way too (``*``, ``?``), else 1 (``+``).
        many: whether it may be walked more than once (``*``, ``+``).
    """

    path: PropertyPath
    least: Literal[0, 1]
    many: bool


PropertyPath = Relation | Inverse | Sequence | Alternative | Repeat


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a pattern: its kind (``iri``, ``text``, ``variable``, ``name``, ``sign``), its content, its place."""

    kind: str
    text: str
    start: int


_TOKEN: Final = re.compile(
    r"""\s*(?:
      <(?P<iri>[^<>"{}|^`\\\s]*)>
    | "(?P<text>[^"\\]*)"
    | (?<![^\s(|/^])[?$](?P<variable>[A-Za-z_]\w*)
    | (?P<name>https?://[^\s<>"]+|[^\s<>"'|/^()*+?!{}\[\];,.$\\](?:[^\s<>"'|/^()*+?!{}\[\];,$\\]*[^\s<>"'|/^()*+?!{}\[\];,.$\\])?)
    | (?P<sign>[|/^()*+?.])
    )""",
    re.VERBOSE,
)


def tokens_of(text: str) -> list[Token]:
    """Cut a pattern into its pieces.

    Raises:
        GraphError: it is too long, or something in it is no part of a pattern.

    >>> [token.text for token in tokens_of('?item depicts/^(skos:broader|<ex:r>)* "bird of prey"')]
    ['item', 'depicts', '/', '^', '(', 'skos:broader', '|', 'ex:r', ')', '*', 'bird of prey']
    """
    if len(text) > LONGEST:
        raise GraphError(f"expected a pattern of at most {LONGEST} characters, got {len(text)}: ask for less")
    text = text.rstrip()
    tokens, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            rest = text[place:].lstrip()
            raise GraphError(f"not a pattern or path: column {len(text) - len(rest) + 1}: got {rest[:20]!r}")
        kind = str(match.lastgroup)
        tokens.append(Token(kind, match[kind], match.start(kind)))
        place = match.end()
    return tokens


def parse_path(text: str) -> PropertyPath:
    """Read a property path.

    Args:
        text: relations, joined by ``/`` (then), ``|`` (or), before them ``^`` (the other way round), behind them ``*``,
            ``+`` or ``?`` (any number of times, at least once, at most once), and brackets. ``a`` is ``rdf:type``.

    Raises:
        GraphError: it is no path, or one of too many relations or too deeply nested.

    >>> parse_path("hypernym*")
    Repeat(path=Relation(name='hypernym'), least=0, many=True)
    >>> parse_path("depicts/")
    Traceback (most recent call last):
    ...
    graphs.errors.GraphError: not a property path: expected a relation, got the end
    """
    return path_between(tokens_of(text))


def path_between(tokens: list[Token]) -> PropertyPath:
    """Read a property path that has been cut into its pieces; see :func:`parse_path`."""
    relations = sum(token.kind in ("iri", "text", "name") for token in tokens)
    if relations > _MOST_RELATIONS:
        raise GraphError(
            f"expected a path of at most {_MOST_RELATIONS} relations, got {relations}: ask for less"
        )
    reader = _Reader(tokens)
    path = reader.alternative(0)
    if reader.next is not None:
        raise _refusal("the end or one of | / * + ?", reader.next)
    return path


class _Reader:
    """Recursive descent through the grammar of SPARQL's section 9.1; ``next`` is what has not been read yet."""

    def __init__(self, tokens: list[Token]) -> None:
        self._rest: Iterator[Token] = iter(tokens)
        self.next: Token | None = next(self._rest, None)

    def _taken(self, signs: str) -> str:
        """Take one of some signs, if it comes next."""
        if self.next is None or self.next.kind != "sign" or self.next.text not in signs:
            return ""
        sign, self.next = self.next.text, next(self._rest, None)
        return sign

    def alternative(self, depth: int) -> PropertyPath:
        if depth > _DEEPEST:
            raise GraphError(
                f"expected a path of at most {_DEEPEST} brackets in one another, got more: ask for less"
            )
        paths = [self._sequence(depth)]
        while self._taken("|"):
            paths.append(self._sequence(depth))
        return paths[0] if len(paths) == 1 else Alternative(tuple(paths))

    def _sequence(self, depth: int) -> PropertyPath:
        paths = [self._step(depth)]
        while self._taken("/"):
            paths.append(self._step(depth))
        return paths[0] if len(paths) == 1 else Sequence(tuple(paths))

    def _step(self, depth: int) -> PropertyPath:
        inverse = bool(self._taken("^"))
        path = self._primary(depth)
        if sign := self._taken("*+?"):
            path = _repeated(path, sign)
        return Inverse(path) if inverse else path

    def _primary(self, depth: int) -> PropertyPath:
        if self._taken("("):
            path = self.alternative(depth + 1)
            if not self._taken(")"):
                raise _refusal("a closing bracket", self.next)
            return path
        token = self.next
        if token is None or token.kind not in ("iri", "text", "name"):
            raise _refusal("a relation", token)
        self.next = next(self._rest, None)
        return Relation(f"<{token.text}>" if token.kind == "iri" else token.text)


def _repeated(path: PropertyPath, sign: str) -> PropertyPath:
    """Repeat a path; a repetition of a repetition is one, so that nothing is walked over and over."""
    least: Literal[0, 1] = 1 if sign == "+" else 0
    many = sign != "?"
    if isinstance(path, Repeat):
        return Repeat(path.path, 1 if least and path.least else 0, many or path.many)
    return Repeat(path, least, many)


def _refusal(expected: str, token: Token | None) -> GraphError:
    got = "the end" if token is None else f"{token.text!r} in column {token.start + 1}"
    return GraphError(f"not a property path: expected {expected}, got {got}")
