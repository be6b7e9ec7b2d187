"""The files of the web page, read once: what is not among them cannot be asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["PageFile", "page_files"]

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page.

    Attributes:
        content: its bytes.
        type: its media type.
        tag: changes with its content (an entity tag of HTTP).
    """

    content: bytes
    type: str
    tag: str


def page_files() -> Mapping[str, PageFile]:
    """Return name -> file.

    >>> "index.html" in page_files()
    True
    """
    found = {}
    for entry in files("kgx.serve").joinpath("page").iterdir():
        suffix = "." + entry.name.rpartition(".")[2]
        if suffix in _TYPES:
            content = entry.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            found[entry.name] = PageFile(content, _TYPES[suffix], tag)
    return found
