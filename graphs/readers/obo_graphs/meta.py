"""What OBO Graphs say of an element in its ``meta``, in the terms of oboInOwl and OWL.

Sources: https://github.com/geneontology/obographs for the JSON, and the mapping of OBO to OWL
(https://owlcollab.github.io/oboformat/doc/obo-syntax.html) for the terms. Texts of these ontologies say no language.

========================  ========================================================================================
``definition``            ``IAO:0000115``
``comments``              ``rdfs:comment``
``synonyms``              ``oboInOwl:hasExactSynonym`` and so on, as their ``pred`` says
``xrefs``                 ``oboInOwl:hasDbXref``
``subsets``               ``oboInOwl:inSubset``
``basicPropertyValues``   literals of their ``pred``; where that is "term replaced by", relations
``version``               ``owl:versionIRI`` where it is an IRI, else ``owl:versionInfo``
``deprecated``            ``owl:deprecated``
========================  ========================================================================================

What is said of one of these (the sources of a definition, the type of a synonym) is said of an ``owl:Axiom`` that
quotes it, as OWL 2 annotates axioms (https://www.w3.org/TR/owl2-mapping-to-rdf/#Translation_of_Annotations).
"""

from __future__ import annotations

from typing import Any, Final

from graphs import vocabulary as v
from graphs.block import Block
from graphs.iris import is_iri, is_name
from graphs.readers.reading import Reading
from graphs.statements import Statements

__all__ = ["Elements", "Problem", "add_meta", "annotate"]

_VERSION_INFO: Final = v.OWL + "versionInfo"
_VERSION_IRI: Final = v.OWL + "versionIRI"
_DEPRECATED: Final = v.OWL + "deprecated"
_BOOLEAN: Final = v.XSD + "boolean"
_XREF: Final = v.OBO_IN_OWL + "hasDbXref"
_SYNONYM_TYPE: Final = v.OBO_IN_OWL + "hasSynonymType"
_IN_SUBSET: Final = v.OBO_IN_OWL + "inSubset"
_REPLACED_BY: Final = v.OBO + "IAO_0100001"
_SYNONYMS: Final = frozenset(f"has{scope}Synonym" for scope in ("Exact", "Broad", "Narrow", "Related"))


class Problem(Exception):  # noqa: N818 - no error of the program: the reason of a rejection
    """An element is not what the schema says."""


class Elements:
    """Collects what elements say, and names the blank nodes that OWL needs for some of it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._statements = Statements()
        self._blanks = 0

    def __len__(self) -> int:
        return len(self._statements)

    def block(self) -> Block:
        """Return what has been collected since the last call."""
        return self._statements.take()

    def blank(self) -> str:
        """Return a new blank node."""
        self._blanks += 1
        return f"_:{self._reading.scope}obo{self._blanks}"

    def iri(self, name: Any) -> str:
        """Return the name of an element.

        Raises:
            Problem: it is none.
        """
        if not isinstance(name, str) or not is_name(name):
            raise Problem(f"expected the id of an element, got {name!r:.80}")
        if name.startswith("_:"):
            return f"_:{self._reading.scope}{name[2:]}"
        prefix, colon, local = name.partition(":")
        space = self._reading.prefixes.get(prefix)
        if colon and space is not None and not local.startswith("//"):
            return space + local
        return name

    def iris(self, names: Any) -> list[str]:
        """Return the names of a list of elements; none where there is no list."""
        if names is None:
            return []
        if not isinstance(names, list):
            raise Problem(f"expected a list of ids, got {names!r:.80}")
        return [self.iri(name) for name in names]

    def add(self, head: str, relation: str, tail: str) -> None:
        """Add a triple."""
        reading = self._reading
        self._statements.add(head, relation, tail, source=reading.source, graph=reading.graph)

    def say(self, subject: str, predicate: str, text: str, datatype: str = "") -> None:
        """Add a literal."""
        reading = self._reading
        self._statements.add_literal(
            subject, predicate, text, datatype=datatype, source=reading.source, graph=reading.graph
        )

    def say_checked(self, subject: str, predicate: str, text: Any, line: int) -> bool:
        """Add a text if it is one, else reject it; tell which."""
        if isinstance(text, str):
            self.say(subject, predicate, text)
            return True
        self.reject(f"{subject}: expected a text, got {text!r:.80}", line)
        return False

    def reject(self, reason: str, line: int) -> None:
        """Reject one statement."""
        self._reading.reject(reason, line)

    def reject_rest(self, subject: str, rest: dict[str, Any], line: int) -> None:
        """Reject what an element holds that the schema does not know."""
        for name in rest:
            self.reject(f"{subject}: unknown part {name!r:.80}", line)


def add_meta(elements: Elements, subject: str, meta: Any, line: int) -> bool:
    """Add all that a meta says of its subject, and tell whether it says anything; what it should not is rejected."""
    if meta is None:
        return False
    if not isinstance(meta, dict):
        elements.reject(f"{subject}: expected an object as meta, got {meta!r:.80}", line)
        return False
    before = len(elements)
    for name, content in meta.items():
        try:
            _add_part(elements, subject, name, content, line)
        except Problem as problem:
            elements.reject(f"{subject}: {problem}", line)
    return len(elements) > before


def _add_part(elements: Elements, subject: str, name: str, content: Any, line: int) -> None:
    if name == "definition":
        _add_value(elements, subject, v.IAO_DEFINITION, content, line)
    elif name == "version":
        is_there = isinstance(content, str) and is_iri(content)
        if is_there:
            elements.add(subject, _VERSION_IRI, content)
        else:
            elements.say_checked(subject, _VERSION_INFO, content, line)
    elif name == "deprecated":
        if not isinstance(content, bool):
            raise Problem(f"expected true or false for deprecated, got {content!r:.80}")
        elements.say(subject, _DEPRECATED, str(content).lower(), _BOOLEAN)
    elif name in ("comments", "subsets", "synonyms", "xrefs", "basicPropertyValues"):
        if not isinstance(content, list):
            raise Problem(f"expected a list of {name}, got {content!r:.80}")
        for found in content:
            try:
                _add_element(elements, subject, name, found, line)
            except Problem as problem:
                elements.reject(f"{subject}: {problem}", line)
    else:
        raise Problem(f"unknown part {name!r:.80} of the meta")


def _add_element(elements: Elements, subject: str, name: str, found: Any, line: int) -> None:
    if name == "comments":
        elements.say_checked(subject, v.RDFS_COMMENT, found, line)
    elif name == "subsets":
        elements.add(subject, _IN_SUBSET, elements.iri(found))
    elif name == "xrefs":
        if isinstance(found, str):
            elements.say(subject, _XREF, found)
        else:
            _add_value(elements, subject, _XREF, found, line)
    else:
        predicate = found.get("pred") if isinstance(found, dict) else None
        if predicate is None and name == "synonyms":
            predicate = "hasExactSynonym"
        predicate = v.OBO_IN_OWL + predicate if predicate in _SYNONYMS else elements.iri(predicate)
        _add_value(elements, subject, predicate, found, line)


def _add_value(elements: Elements, subject: str, predicate: str, found: Any, line: int) -> None:
    """Add a property value, and what is said of it."""
    if not isinstance(found, dict) or not isinstance(found.get("val"), str):
        raise Problem(f"expected an object with a text as val, got {found!r:.80}")
    text = found["val"]
    refers = predicate == _REPLACED_BY and is_iri(text)
    if refers:
        text = elements.iri(text)
        elements.add(subject, predicate, text)
    else:
        elements.say(subject, predicate, text)
    annotate(elements, (subject, predicate, text), found, line, refers=refers)
    elements.reject_rest(
        subject,
        {
            name: value
            for name, value in found.items()
            if name not in ("val", "pred", "xrefs", "meta", "lbl", "synonymType")
        },
        line,
    )


def annotate(
    elements: Elements,
    statement: tuple[str, str, str],
    found: dict[str, Any],
    line: int,
    *,
    refers: bool = True,
) -> None:
    """Say of a statement what an element has beside it: xrefs, a label, a type of synonym, a meta.

    Args:
        elements: where it goes.
        statement: subject, predicate, and object.
        found: the element that states it.
        line: where it stands.
        refers: whether the object is an entity; else it is a text.
    """
    named = {name: found[name] for name in ("xrefs", "meta", "lbl", "synonymType") if found.get(name)}
    if not named:
        return
    subject, predicate, target = statement
    axiom = elements.blank()
    elements.add(axiom, v.RDF_TYPE, v.OWL + "Axiom")
    elements.add(axiom, v.OWL + "annotatedSource", subject)
    elements.add(axiom, v.OWL + "annotatedProperty", predicate)
    if refers:
        elements.add(axiom, v.OWL + "annotatedTarget", target)
    else:
        elements.say(axiom, v.OWL + "annotatedTarget", target)
    if "xrefs" in named:
        _add_part(elements, axiom, "xrefs", named["xrefs"], line)
    if "lbl" in named:
        elements.say_checked(axiom, v.RDFS_LABEL, named["lbl"], line)
    if "synonymType" in named:
        elements.add(axiom, _SYNONYM_TYPE, elements.iri(named["synonymType"]))
    add_meta(elements, axiom, named.get("meta"), line)
