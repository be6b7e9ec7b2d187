"""Tables that come in pairs, one of nodes and one of edges: what they are called, and the blank nodes they share."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from graphs.readers.reading import Reading
from graphs.readers.unpacking import PACKED_ENDINGS

__all__ = ["pair_paths", "shared_scope", "split_endings"]

_HEAD: Final = 1 << 16
_MEMBER: Final = re.compile(r"(.*?)(?:[-_.]|^)(?:nodes|edges|relationships|rels)", re.IGNORECASE)


def pair_paths(path: Path, ending: str, edges: str) -> tuple[Path, Path]:
    """Return where nodes and edges are written to.

    Args:
        path: a file, beside which the two will stand, or a folder to hold them.
        ending: of their names, such as ``.tsv``; one that says how they are packed may follow it.
        edges: what edges are called.

    >>> [str(found) for found in pair_paths(Path("kg.tsv.gz"), ".tsv", "edges")]
    ['kg_nodes.tsv.gz', 'kg_edges.tsv.gz']
    >>> [str(found) for found in pair_paths(Path("kg"), ".tsv", "edges")]
    ['kg/nodes.tsv', 'kg/edges.tsv']
    """
    stem, endings = split_endings(path.name)
    if path.is_dir() or not endings:
        return path / f"nodes{ending}", path / f"{edges}{ending}"
    found = _MEMBER.fullmatch(stem)
    stem = found[1] if found else stem
    before = f"{stem}_" if stem else ""
    return path.with_name(f"{before}nodes{endings}"), path.with_name(f"{before}{edges}{endings}")


def shared_scope(reading: Reading) -> str:
    """Return what goes before the names of blank nodes: the same for all tables of nodes and edges of one name.

    They are told apart from tables of the same name elsewhere by how they begin, as single files are.
    """
    if reading.path is None or _family(reading.path) is None:
        return reading.scope
    family = _family(reading.path)
    digest = hashlib.sha256(repr(family).encode())
    for sibling in sorted(reading.path.parent.iterdir()):
        if sibling.is_file() and _family(sibling) == family:
            digest.update(str(sibling.stat().st_size).encode())
            with sibling.open("rb") as stream:
                digest.update(stream.read(_HEAD))
    return digest.hexdigest()[:12] + "-"


def _family(path: Path) -> tuple[str, str] | None:
    """Return what the names of tables that belong together have in common, or None for any other file."""
    stem, endings = split_endings(path.name)
    found = _MEMBER.fullmatch(stem)
    return (found[1], endings) if found else None


def split_endings(name: str) -> tuple[str, str]:
    """Return a file's name without its endings, and these: the last one, and the one before if that says packed."""
    path = Path(name)
    endings = path.suffix
    if endings.lower() in PACKED_ENDINGS:
        endings = Path(path.stem).suffix + endings
    return name[: len(name) - len(endings)], endings
