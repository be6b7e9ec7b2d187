"""Headers of Neo4j's import files: what their columns hold.

https://neo4j.com/docs/operations-manual/current/import/#import-tool-header-format

A field is ``name:type``, of which either may be missing. ``:ID``, ``:START_ID``, ``:END_ID`` (with an ID space in
parentheses), ``:LABEL``, ``:TYPE`` and ``:IGNORE`` say what a column is for; every other type is that of a property,
an array if ``[]`` follows. The name of a property is a predicate (``name`` is ``rdfs:label``), after which the language
of its texts (``name@en``) or the datatype of its values (``ex:mass^^ex:kilogram``) may stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from graphs import vocabulary as v
from graphs.attribute_names import XSD_BOOLEAN, XSD_DOUBLE, XSD_INTEGER, parse_attribute_name
from graphs.bare_names import iri_of, name_of
from graphs.readers.tables.literal_rows import language_tag
from graphs.readers.tables.naming import NameProblem, Naming

__all__ = ["STATEMENT", "TYPES", "Field", "Header", "HeaderProblem", "property_name", "property_type"]

STATEMENT: Final = v.RDF_STATEMENT
"""Property of a relationship: the entity that describes it, where that is no blank node."""

TYPES: Final = {
    "string": "",
    "char": "",
    "int": XSD_INTEGER,
    "long": v.XSD + "long",
    "short": v.XSD + "short",
    "byte": v.XSD + "byte",
    "float": v.XSD + "float",
    "double": XSD_DOUBLE,
    "boolean": XSD_BOOLEAN,
    "date": v.XSD + "date",
    "time": v.XSD + "time",
    "localtime": v.XSD + "time",
    "datetime": v.XSD + "dateTime",
    "localdatetime": v.XSD + "dateTime",
    "duration": v.XSD + "duration",
    "point": "neo4j://graph.schema#Point",
}
"""Datatypes of the types of properties; the last follows the export of neosemantics."""

_ROLES: Final = ("ID", "START_ID", "END_ID", "LABEL", "TYPE", "IGNORE")
_FIELD: Final = re.compile(r"(.*):([A-Za-z_]+)(\[\])?(?:\(([^()]*)\))?(\{.*\})?", re.DOTALL)
_NAME: Final = "name"
_NAMED: Final = re.compile(r"name@([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*(?:--(?:ltr|rtl))?)")
_TYPE_OF: Final = {datatype: name for name, datatype in reversed(TYPES.items())}


class HeaderProblem(ValueError):  # noqa: N818 - whoever catches it says where, and makes it an error
    """A header cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a column holds.

    Attributes:
        text: the field as it is written.
        role: one of Neo4j's roles, or empty for a property.
        space: the ID space of an ID, or empty for the common one.
        predicate: of a property, also of an ID that is one; else empty.
        language: of a property's texts, or empty.
        datatype: of a property's values, or empty.
        type: the type of a property's values, as Neo4j calls it.
        is_array: whether a cell holds several values.
    """

    text: str
    role: str = ""
    space: str = ""
    predicate: str = ""
    language: str = ""
    datatype: str = ""
    type: str = "string"
    is_array: bool = False

    @classmethod
    def parse(cls, text: str, naming: Naming) -> Field:
        """Take a field apart.

        Raises:
            HeaderProblem: it has no valid type or name.

        >>> Field.parse("born:int", Naming()).datatype
        'http://www.w3.org/2001/XMLSchema#integer'
        >>> Field.parse(":START_ID(Person)", Naming()).space, Field.parse("name@de", Naming()).language
        ('Person', 'de')
        """
        found = _FIELD.fullmatch(text)
        name, kind, array, space, options = found.groups() if found else (text, "string", None, None, None)
        role = kind.upper() if kind.upper() in _ROLES else ""
        if not role and kind.lower() not in TYPES:
            raise HeaderProblem(
                f"the column {text!r} has the type {kind!r}; known are {', '.join((*_ROLES, *TYPES))}"
            )
        if options and role != "ID":
            raise HeaderProblem(f"the column {text!r} has options, which cannot be read: {options}")
        predicate, language, datatype = _parse_property(name, naming) if name else ("", "", "")
        if not (role or name):
            raise HeaderProblem(f"a column has neither a name nor a role: {text!r}")
        if role:
            return cls(text, role, space or "", predicate if role == "ID" else "", type="string")
        kind = kind.lower()
        return cls(
            text, "", "", predicate, language, "" if language else datatype or TYPES[kind], kind, bool(array)
        )


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file of nodes or of relationships."""

    fields: tuple[Field, ...]

    @classmethod
    def parse(cls, cells: list[str], naming: Naming) -> Header:
        """Take a header apart.

        Raises:
            HeaderProblem: a column is missing, stands twice, or is not valid.
        """
        fields = tuple(Field.parse(cell.strip(), naming) for cell in cells)
        roles = [field.role for field in fields]
        listed = ", ".join(cells)
        for role in ("ID", "START_ID", "END_ID", "TYPE"):
            if roles.count(role) > 1:
                raise HeaderProblem(f"the column :{role} stands twice: {listed}")
        texts = [field.text for field in fields if field.role not in ("LABEL", "IGNORE")]
        if len(set(texts)) < len(texts):
            raise HeaderProblem(f"a column stands twice: {listed}")
        header = cls(fields)
        needed = ("START_ID", "END_ID", "TYPE") if header.of_relationships else ("ID",)
        missing = [f":{role}" for role in needed if role not in roles]
        if missing or (header.of_relationships and "ID" in roles):
            raise HeaderProblem(
                f"expected the columns :ID for nodes, or :START_ID, :END_ID and :TYPE for relationships, got {listed}"
            )
        return header

    @property
    def of_relationships(self) -> bool:
        """Whether rows are relationships; else they are nodes."""
        return any(field.role in ("START_ID", "END_ID", "TYPE") for field in self.fields)

    @staticmethod
    def is_header(cells: list[str]) -> bool:
        """Tell whether a row is a header: one of its cells names an ID, a label or a type.

        >>> Header.is_header(["personId:ID", "name"]), Header.is_header(["1", "Ann"])
        (True, False)
        """
        found = (_FIELD.fullmatch(cell.strip()) for cell in cells)
        return any(match is not None and match[2].upper() in _ROLES for match in found)


def _parse_property(name: str, naming: Naming) -> tuple[str, str, str]:
    """Return predicate, language and datatype of a property's name."""
    labelled = _NAMED.fullmatch(name)
    predicate, language, datatype = (_NAME, labelled[1], "") if labelled else parse_attribute_name(name)
    tag = language_tag(language)
    if tag is None:
        raise HeaderProblem(f"the column {name!r} has a language that is no tag of BCP 47")
    try:
        return (v.RDFS_LABEL if predicate == _NAME else name_of(naming.name(predicate))), tag, datatype
    except NameProblem as problem:
        raise HeaderProblem(f"the name of a column {problem}") from problem


def property_name(predicate: str, language: str, datatype: str) -> str | None:
    """Return the name of a property that stands for all three, or None where there is none.

    Args:
        predicate: IRI.
        language: BCP 47 tag, or empty.
        datatype: IRI of a datatype that the type of the property does not tell, or empty.

    >>> property_name("ex:says", "en", ""), property_name("name", "", "")
    ('ex:says@en', 'urn:graphs:name:name')
    """
    suffix = f"@{language}" if language else f"^^{datatype}" if datatype else ""
    for base in (_NAME, predicate, f"<{predicate}>", iri_of(predicate)):
        field = f"{base}{suffix}:string"
        try:
            found = Field.parse(field, Naming())
        except HeaderProblem:
            continue
        told = (found.predicate, found.language, found.datatype)
        if told == (predicate, language, datatype) and field == field.strip() and field.isprintable():
            return base + suffix
    return None


def property_type(datatype: str) -> str | None:
    """Return the type of properties whose values have a datatype, or None where there is none.

    >>> property_type("http://www.w3.org/2001/XMLSchema#integer"), property_type("ex:kilogram")
    ('int', None)
    """
    return _TYPE_OF.get(datatype)
