"""One statement as a value, and as a line of N-Quads (https://www.w3.org/TR/n-quads/).

They are for telling statements of a stored graph, and for naming them again: unlike the readers of N-Quads, these lines
keep the names of blank nodes as they are in the graph. Bare names are written as :mod:`graphs.bare_names` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from graphs import vocabulary as v
from graphs.bare_names import iri_of, is_written_plainly, name_of
from graphs.block import Block

__all__ = ["Statement", "parse_statement", "rename_within", "statements_of"]

_ESCAPES: Final = {"\t": "\\t", "\b": "\\b", "\n": "\\n", "\r": "\\r", "\f": "\\f", '"': '\\"', "\\": "\\\\"}
_UNESCAPES: Final = {escape[1]: character for character, escape in _ESCAPES.items()} | {"'": "'"}
_OBEYED: Final = r"\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Characters that a terminal would obey instead of showing them."""
_TO_ESCAPE: Final = re.compile(rf'[{_OBEYED}"\\]')
_ESCAPED: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_DEEPEST: Final = 50
"""How deep triple terms may be nested."""
_TERM: Final = re.compile(
    r"[ \t]*(?:"
    r"<(?P<iri>[^<>]*)>"
    r"|(?P<blank>_:[^\s<>\"]*[^\s<>\".])"
    r'|"(?P<text>(?:[^"\\]|\\.)*)"(?:@(?P<language>[A-Za-z][A-Za-z0-9-]*)|\^\^<(?P<datatype>[^<>]*)>)?'
    r"|(?P<opening><<\()"
    r"|(?P<closing>\)>>)"
    r"|(?P<end>\.[ \t]*(?:#.*)?$|$))"
)


class Statement(NamedTuple):
    """A triple, or a literal that is said of an entity, in a named graph.

    Attributes:
        subject: an entity, as graphs name it: IRI, blank node or triple term.
        predicate: IRI.
        object: an entity, or the lexical form of a literal.
        graph: named graph; empty for the default graph.
        is_literal: whether ``object`` is a literal.
        language: of a literal, or empty.
        datatype: of a literal; empty for plain text.

    >>> print(Statement("ex:owl", "ex:says", "hoo\\n", is_literal=True, language="en").n_quad())
    <ex:owl> <ex:says> "hoo\\n"@en .
    """

    subject: str
    predicate: str
    object: str
    graph: str = ""
    is_literal: bool = False
    language: str = ""
    datatype: str = ""

    def n_quad(self) -> str:
        """Return the statement as a line of N-Quads, without its end of line."""
        terms = [_node(self.subject), f"<{_iri(self.predicate)}>", self._written_object()]
        if self.graph:
            terms.append(_node(self.graph))
        return f"{' '.join(terms)} ."

    def _written_object(self) -> str:
        if not self.is_literal:
            return _node(self.object)
        text = f'"{_TO_ESCAPE.sub(_escape, self.object)}"'
        if self.language:
            return f"{text}@{self.language}"
        return f"{text}^^<{_iri(self.datatype)}>" if self.datatype else text


def parse_statement(line: str) -> Statement:
    """Return the statement that a line of N-Quads (or N-Triples) makes; the dot at its end may be missing.

    Raises:
        ValueError: what was expected, and what stands there.

    >>> parse_statement('<ex:owl> <ex:eats> <ex:mouse> _:g .')[:4]
    ('ex:owl', 'ex:eats', 'ex:mouse', '_:g')
    """
    reader = _Terms(line)
    subject, predicate, value = reader.node(), reader.node(), reader.term()
    if predicate.startswith(("_:", "<<")):
        raise ValueError(f"expected the IRI of a predicate, got {predicate}")
    graph = reader.graph()
    if isinstance(value, str):
        return Statement(subject, predicate, value, graph)
    return Statement(subject, predicate, value.object, graph, True, value.language, value.datatype)


def rename_within(term: str, rename: Callable[[str], str]) -> str:
    """Return a triple term with the entities and relations that it names called by other names.

    What looks like a triple term and is none stays as it is.

    >>> rename_within('<<( <ex:owl> <ex:eats> <<( <ex:owl> <ex:is> "ex:owl" )>> )>>', lambda name: name.upper())
    '<<( <EX:OWL> <EX:EATS> <<( <EX:OWL> <EX:IS> "ex:owl" )>> )>>'
    """
    try:
        quoted = parse_statement(term.removeprefix("<<(").removesuffix(")>>"))
    except ValueError:
        return term
    return _triple_term(_renamed(quoted, rename))


def _renamed(quoted: Statement, rename: Callable[[str], str]) -> Statement:
    subject, value = (
        name if is_text else rename_within(name, rename) if name.startswith("<<(") else rename(name)
        for name, is_text in ((quoted.subject, False), (quoted.object, quoted.is_literal))
    )
    return quoted._replace(subject=subject, predicate=rename(quoted.predicate), object=value)


def _triple_term(quoted: Statement) -> str:
    return f"<<( {quoted.n_quad().removesuffix(' .')} )>>"


def statements_of(block: Block) -> Iterator[Statement]:
    """Yield the statements of a block one by one, triples first."""
    pools = block.pools
    names = pools.nodes.to_pylist()
    relations, predicates, graphs = (
        pool.to_pylist() for pool in (pools.relations, pools.predicates, pools.graphs)
    )
    triples, literals = block.triples, block.literals
    columns = (triples.head, triples.relation, triples.tail, triples.graph)
    for head, relation, tail, graph in zip(*(column.tolist() for column in columns), strict=True):
        yield Statement(names[head], relations[relation], names[tail], graphs[graph])
    values, languages, datatypes = (
        pool.to_pylist() for pool in (pools.values, pools.languages, pools.datatypes)
    )
    columns = (literals.subject, literals.predicate, literals.value, literals.graph)
    kinds = (literals.language.tolist(), literals.datatype.tolist())
    rows = zip(*(column.tolist() for column in columns), *kinds, strict=True)
    for subject, predicate, value, graph, language, datatype in rows:
        yield Statement(
            names[subject],
            predicates[predicate],
            values[value],
            graphs[graph],
            True,
            languages[language],
            datatypes[datatype],
        )


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def _unescape(found: re.Match[str]) -> str:
    short, long, letter = found.groups()
    if letter is None:
        number = int(short or long, 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise ValueError(f"{found.group()} stands for no character")
        return chr(number)
    if letter not in _UNESCAPES:
        raise ValueError(f"unknown escape {found.group()}")
    return _UNESCAPES[letter]


def _iri(name: str) -> str:
    return _TO_ESCAPE.sub(_escape, name) if is_written_plainly(name) else iri_of(name)


def _node(name: str) -> str:
    return name if name.startswith(("_:", "<<(")) else f"<{_iri(name)}>"


class _Terms:
    """Reads the terms of a line one after another."""

    def __init__(self, line: str) -> None:
        self._line, self._place, self._depth = line, 0, 0

    def _next(self) -> re.Match[str]:
        found = _TERM.match(self._line, self._place)
        if found is None:
            raise ValueError(f"expected a term of N-Quads, got {self._line[self._place :].strip()[:80]!r}")
        self._place = found.end()
        return found

    def term(self) -> str | Statement:
        """Return the name of an entity, or a literal as the statement it would be the object of."""
        found = self._next()
        if found["text"] is not None:
            value = _ESCAPED.sub(_unescape, found["text"])
            datatype = name_of(_ESCAPED.sub(_unescape, found["datatype"] or ""))
            datatype = "" if datatype == v.XSD_STRING else datatype
            return Statement("", "", value, "", True, found["language"] or "", datatype)
        return self._named(found)

    def node(self) -> str:
        """Return the name of an entity."""
        found = self._next()
        if found["text"] is not None:
            raise ValueError(f"expected an IRI or a blank node, got the literal {found.group().strip()}")
        return self._named(found)

    def _named(self, found: re.Match[str]) -> str:
        if found["iri"]:
            return name_of(_ESCAPED.sub(_unescape, found["iri"]))
        if found["blank"]:
            return found["blank"]
        if found["opening"]:
            self._depth += 1
            if self._depth > _DEEPEST:
                raise ValueError(f"triple terms are nested deeper than {_DEEPEST}")
            subject, predicate, value = self.node(), self.node(), self.term()
            self._depth -= 1
            if not self._next()["closing"]:
                raise ValueError("expected )>> after the three terms of a triple term")
            said = Statement("", "", value) if isinstance(value, str) else value
            quoted = said._replace(subject=subject, predicate=predicate)
            return _triple_term(quoted)
        raise ValueError(f"expected an IRI, a blank node or a literal, got {found.group().strip()!r}")

    def graph(self) -> str:
        """Return the name of the graph, or an empty one, and see that the line ends behind it."""
        found = self._next()
        if found["end"] is not None:
            return ""
        if found["text"] is not None or found["opening"]:
            raise ValueError(f"expected a named graph or the end, got {found.group().strip()}")
        name = self._named(found)
        if self._next()["end"] is None:
            raise ValueError("expected the end of the statement after four terms")
        return name
