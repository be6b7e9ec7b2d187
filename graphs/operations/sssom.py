"""Mapping tables in SSSOM/TSV (https://mapping-commons.github.io/sssom/spec-formats-tsv/).

Lines that begin with ``#`` hold metadata as YAML, of which ``curie_map`` is used here; or they stand in a file beside
the table that ends in ``.sssom.yml``. Then come a header and one mapping a row, tab-separated, quoted as in CSV.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import yaml

from graphs import vocabulary as v
from graphs.errors import GraphFormatError
from graphs.prefixes import expand
from graphs.readers.limits import Limits
from graphs.readers.opening import opened

__all__ = ["BUILT_IN_PREFIXES", "MappingRow", "MappingTable", "RejectedRow", "read_sssom"]

_SSSOM: Final = "https://w3id.org/sssom/"
BUILT_IN_PREFIXES: Final = {
    "linkml": "https://w3id.org/linkml/",
    "owl": v.OWL,
    "rdf": v.RDF,
    "rdfs": v.RDFS,
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": v.SKOS,
    "sssom": _SSSOM,
    "xsd": v.XSD,
}
"""Prefixes that a table may use without declaring them (https://mapping-commons.github.io/sssom/spec-intro/)."""

_NO_TERM: Final = _SSSOM + "NoTermFound"
_IDENTIFIERS: Final = ("subject_id", "predicate_id", "object_id")
_NOT_IN_IRI: Final = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_SCHEMES: Final = ("http://", "https://", "urn:")


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One mapping: terms as IRIs.

    Attributes:
        subject: IRI.
        predicate: IRI.
        object: IRI.
        confidence: from 0 to 1; 1 where the table gives none.
        line: where it stands, counted from 1.
    """

    subject: str
    predicate: str
    object: str
    confidence: float
    line: int


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be used: where, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class MappingTable:
    """What a table says.

    Attributes:
        rows: its mappings.
        rejected: rows that are not valid.
        left_out: how many valid rows map nothing to anything, by why: "negated", "no term found", "literal".
        prefixes: the table's own CURIE map.
    """

    rows: list[MappingRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)


def read_sssom(
    path: str | Path,
    *,
    prefixes: Mapping[str, str] | None = None,
    stop: bool = True,
    limits: Limits | None = None,
) -> MappingTable:
    """Read a mapping table; it may be packed.

    Args:
        path: the table.
        prefixes: what CURIEs stand for whose prefix the table does not declare.
        stop: whether a row that is not valid is an error; otherwise it is listed.
        limits: what the file may cost.

    Raises:
        GraphFormatError: the file cannot be read, lacks a column, or declares no valid CURIE map; or, where that is an
            error, a row is not valid.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     file = Path(place, "birds.sssom.tsv")
    ...     _ = file.write_text(
    ...         "#curie_map:\\n#  a: http://a.example/\\nsubject_id\\tpredicate_id\\tobject_id\\nex:owl\\tskos:exactMatch\\ta:1\\n"
    ...     )
    ...     table = read_sssom(file, prefixes={"ex": "http://example.org/"})
    >>> table.rows[0].subject, table.rows[0].object, table.rows[0].line
    ('http://example.org/owl', 'http://a.example/1', 4)
    """
    path, limits = Path(path), limits or Limits()
    with opened(path, str(path), limits) as stream:
        metadata, first, header = _head(stream, path, limits)
        curies = _curie_map(metadata or _beside(path), path)
        table = MappingTable(prefixes=curies)
        reader = _Rows(path, {**(prefixes or {}), **BUILT_IN_PREFIXES, **curies}, table)
        for line, row in _cells(header, stream, path, first, limits):
            try:
                reader.take(line, row)
            except ValueError as error:
                if stop:
                    raise GraphFormatError(str(error), path, line) from error
                table.rejected.append(RejectedRow(line, str(error)))
    return table


class _Rows:
    """Puts rows into a table; the first one it is given is the header."""

    def __init__(self, path: Path, prefixes: Mapping[str, str], table: MappingTable) -> None:
        self._path, self._prefixes, self._table = path, prefixes, table
        self._header: list[str] | None = None

    def take(self, line: int, row: list[str]) -> None:
        """Take a row, or raise ValueError."""
        if self._header is None:
            self._header = self._checked_header(line, row)
            return
        if len(row) != len(self._header):
            raise ValueError(f"expected {len(self._header)} columns as in the header, got {len(row)}")
        cells = {name: cell.strip() for name, cell in zip(self._header, row, strict=True)}
        reason = self._says_nothing(cells)
        if reason:
            self._table.left_out[reason] = self._table.left_out.get(reason, 0) + 1
            return
        subject, predicate, value = (self._iri(cells, name) for name in _IDENTIFIERS)
        confidence = _confidence(cells.get("confidence", ""))
        self._table.rows.append(MappingRow(subject, predicate, value, confidence, line))

    def _checked_header(self, line: int, row: list[str]) -> list[str]:
        header = [name.strip() for name in row]
        missing = [name for name in _IDENTIFIERS if name not in header]
        if missing:
            raise GraphFormatError(
                f"expected the columns {', '.join(_IDENTIFIERS)} of an SSSOM table, got {', '.join(header)}",
                self._path,
                line,
            )
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            raise GraphFormatError(f"the column {twice[0]} stands twice in the header", self._path, line)
        return header

    def _says_nothing(self, cells: Mapping[str, str]) -> str | None:
        """Return why a row does not say that two terms match, if it does not."""
        modifier = cells.get("predicate_modifier", "")
        if modifier.lower() == "not":
            return "negated"
        if modifier:
            raise ValueError(f"expected the predicate modifier Not or nothing, got {modifier!r}")
        if any("literal" in cells.get(f"{end}_type", "") for end in ("subject", "object")):
            return "literal"
        if any(expand(cells[name], self._prefixes) == _NO_TERM for name in _IDENTIFIERS):
            return "no term found"
        return None

    def _iri(self, cells: Mapping[str, str], name: str) -> str:
        written = cells[name]
        if not written:
            raise ValueError(f"{name} is empty")
        iri = expand(written, self._prefixes)
        if iri is None and written.startswith(_SCHEMES):
            iri = written  # not what SSSOM asks for, but it is clear what is meant
        if iri is None:
            raise ValueError(f"the prefix of {name} {written!r} is not in the table's curie_map")
        if _NOT_IN_IRI.search(iri):
            raise ValueError(f"{name} {written!r} has a character that no IRI may have")
        return iri


def _confidence(written: str) -> float:
    if not written:
        return 1.0
    try:
        number = float(written)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"expected a confidence from 0 to 1, got {written!r}")
    return number


def _head(stream: IO[bytes], path: Path, limits: Limits) -> tuple[str, int, bytes]:
    """Return the metadata without their signs, the number of the first line after them, and that line."""
    metadata: list[str] = []
    size = 0
    while line := stream.readline(limits.max_statement + 1):
        size += len(line)
        if size > limits.max_statement:
            raise GraphFormatError(f"metadata longer than the limit of {limits.max_statement:,} bytes", path)
        if not line.startswith(b"#"):
            return "".join(metadata), len(metadata) + 1, line
        try:
            # Spreadsheets fill up the lines of metadata with the tabs of empty columns.
            metadata.append(line[1:].decode().rstrip("\t\r\n") + "\n")
        except UnicodeDecodeError as error:
            raise GraphFormatError(f"not valid UTF-8: {error.reason}", path, len(metadata) + 1) from error
    raise GraphFormatError("expected a header and rows of an SSSOM table, got none", path, len(metadata) + 1)


def _beside(path: Path) -> str:
    """Return the metadata that stand in a file of their own."""
    place = path.with_name(path.name.split(".")[0] + ".sssom.yml")
    try:
        return place.read_text(encoding="utf-8") if place.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise GraphFormatError(f"cannot be read: {error}", place) from error


def _curie_map(metadata: str, path: Path) -> dict[str, str]:
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(metadata, yaml.SafeLoader)):
            raise GraphFormatError("the metadata hold YAML aliases, which SSSOM forbids", path)
        found: Any = yaml.safe_load(metadata)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise GraphFormatError(f"the metadata are not valid YAML: {error}", path) from error
    if found is None:
        return {}
    curies = found.get("curie_map", {}) if isinstance(found, dict) else None
    if not isinstance(curies, dict) or not all(
        isinstance(part, str) for pair in curies.items() for part in pair
    ):
        raise GraphFormatError("expected metadata with a curie_map of IRIs by prefix", path)
    for prefix, iri in BUILT_IN_PREFIXES.items():
        if curies.get(prefix, iri) != iri:
            raise GraphFormatError(f"the prefix {prefix} always stands for {iri}, not {curies[prefix]}", path)
    return dict(curies)


def _cells(
    header: bytes, stream: IO[bytes], path: Path, first: int, limits: Limits
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with the number of the line where it begins."""
    line = first

    def lines() -> Iterator[str]:
        nonlocal line
        data = header
        while data:
            if len(data) > limits.max_statement:
                raise GraphFormatError(
                    f"a line is longer than the limit of {limits.max_statement:,} bytes", path, line
                )
            try:
                text = data.decode()
            except UnicodeDecodeError as error:
                raise GraphFormatError(f"not valid UTF-8: {error.reason}", path, line) from error
            line += 1  # before csv takes the line: it asks for another only within quotes
            yield text
            data = stream.readline(limits.max_statement + 1)

    rows = csv.reader(lines(), delimiter="\t", strict=True)
    while True:
        began = line
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise GraphFormatError(f"not a valid row of a table: {error}", path, began) from error
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield began, row
