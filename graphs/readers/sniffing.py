"""Which format a file has: told by its ending, by its content, or by both, which then must not contradict each other.

A wrong ending is an error that says what the content looks like; it never gives a graph without statements.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from graphs.columns import META
from graphs.errors import GraphFormatError
from graphs.readers.content import content_of, has_plain_line, is_within
from graphs.readers.limits import Limits
from graphs.readers.opening import opened
from graphs.readers.unpacking import PACKED_ENDINGS

__all__ = ["ENDINGS", "HEAD", "format_of", "format_of_head", "is_format_folder", "looks_like"]

HEAD: Final = 1 << 16
"""Bytes, unpacked, that are looked at."""

ENDINGS: Final[dict[str, str]] = {
    ".ttl": "turtle",
    ".turtle": "turtle",
    ".nt": "n-triples",
    ".ntriples": "n-triples",
    ".nq": "n-quads",
    ".nquads": "n-quads",
    ".trig": "trig",
    ".rdf": "rdf-xml",
    ".owl": "rdf-xml",
    ".jsonld": "json-ld",
    ".json-ld": "json-ld",
    ".n3": "n3",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".graphml": "graphml",
    ".gexf": "gexf",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".csv": "csv",
}
"""Format that an ending tells; one of ``.gz``, ``.bz2``, ``.xz`` and ``.zst`` may follow it."""

_UNDECIDED: Final = frozenset(
    {".json", ".jsonl", ".ndjson", ".xml", ".txt", ".owl", ".tsv", ".tab", ".csv", ""}
)
"""Endings of more than one format: where content tells one, that is it."""
_WEAK: Final = frozenset({"tsv", "csv"})
"""What many texts look like: never held against an ending."""
_LINES: Final = frozenset({"n-triples", "n-quads"})
_SENTENCES: Final = frozenset({"turtle", "trig"})


def format_of(path: Path) -> str:
    """Return the name of a file's or folder's format.

    Raises:
        GraphFormatError: it cannot be read, nothing tells its format, or its ending tells another than its content.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "birds.json")
    ...     _ = path.write_text('{"@id": "http://example.org/owl"}')
    ...     format_of(path)
    'json-ld'
    """
    if path.is_dir():
        return _format_of_folder(path)
    with opened(path, str(path), Limits()) as stream:
        head = stream.read(HEAD)
    return _decide(head, path)


def format_of_head(head: bytes, name: str) -> str:
    """Return the name of the format of a stream, told by its first bytes, which may be packed.

    Args:
        head: the first bytes.
        name: what the stream is called; an ending in it is heard.

    Raises:
        GraphFormatError: nothing tells the format, or the ending of the name tells another than the content.

    >>> format_of_head(b"<ex:owl> <ex:eats> <ex:mouse> .", "stdin")
    'n-triples'
    """
    return _decide(_unpacked(head, name), Path(name))


def is_format_folder(path: Path) -> bool:
    """Tell whether a folder is read as a whole: a stored graph, or the database of WordNet."""
    return (path / META).is_file() or (path / "data.noun").is_file()


def looks_like(head: bytes, format: str) -> str | None:  # noqa: A002 - the word that every RDF library uses
    """Return what some content looks like where that is not the format that it was taken for, or None.

    >>> looks_like(b"@prefix ex: <http://example.org/> .", "json-ld"), looks_like(b"<ex:a> <ex:b> <ex:c> .", "turtle")
    ('turtle', None)
    """
    found = content_of(head)
    return None if found is None or found in _WEAK or is_within(found, format) else found


def _decide(head: bytes, path: Path) -> str:
    ending = _ending(path)
    told, found = ENDINGS.get(ending), content_of(head)
    if ending in _UNDECIDED and found is not None and (told is None or found not in _WEAK):
        return found
    if told is None:
        if found is None or found == "web page":
            what = "it looks like a web page" if found else f"nor does the ending {ending!r}"
            raise GraphFormatError(f"nothing in its content tells the format, {what}; name the format", path)
        return found
    if found is None or found in _WEAK or is_within(found, told):
        return told
    if told in _LINES and found in _SENTENCES and has_plain_line(head):
        return told  # some lines are broken: the reader says which
    hint = "" if found == "web page" else f": name the format {found!r}, or change the ending"
    raise GraphFormatError(
        f"its ending says {told}, but the content looks like {_article(found)}{hint}", path, 1
    )


def _article(found: str) -> str:
    return f"a {found}" if found == "web page" else found


def _ending(path: Path) -> str:
    """Return the ending that tells the format, in lower case."""
    endings = [ending.lower() for ending in path.suffixes]
    if endings and endings[-1] in PACKED_ENDINGS:
        endings.pop()
    return endings[-1] if endings else ""


def _unpacked(head: bytes, name: str) -> bytes:
    """Unpack as much as can be of content that is cut short."""
    parts: list[bytes] = []
    try:
        with opened(io.BytesIO(head), name, Limits()) as stream:
            while (piece := stream.read1(256)) and len(parts) < HEAD // 256:  # type: ignore[attr-defined]
                parts.append(piece)
    except GraphFormatError:
        if not parts:
            raise
    return b"".join(parts)


def _format_of_folder(path: Path) -> str:
    if (path / META).is_file():
        return "store"
    if (path / "data.noun").is_file():
        return "wordnet"
    raise GraphFormatError(
        f"expected a file, a stored graph (a folder with {META}) or a WordNet database (a folder with data.noun)",
        path,
    )
