"""Encoding and linking the queries of many requests: texts together, which is quicker than one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kgx.attach import Attacher
from kgx.errors import EncoderError
from kgx.items import LinkedItems
from kgx.ranking.request import SearchRequest

__all__ = ["attached"]

_BATCH = 256  # texts that are encoded at a time


def attached(attacher: Attacher, requests: Sequence[SearchRequest]) -> list[list[LinkedItems]]:
    """Return the parts of every request, encoded and linked as :meth:`kgx.attach.Attacher.query` does one.

    Raises:
        EncoderError: one of them cannot be encoded; the message says which and why.
    """
    texts = [str(part.value) for request in requests for part in request.parts if part.modality == "text"]
    distinct = list(dict.fromkeys(texts))
    linked: dict[str, LinkedItems] = {}
    for start in range(0, len(distinct), _BATCH):
        some = distinct[start : start + _BATCH]
        linked.update(zip(some, _texts(attacher, some), strict=True))
    return [
        [
            linked[str(part.value)]
            if part.modality == "text"
            else attacher.query(Path(part.value), part.modality)
            for part in request.parts
        ]
        for request in requests
    ]


def _texts(attacher: Attacher, texts: Sequence[str]) -> list[LinkedItems]:
    encoding = attacher.encoder("text").encode(texts, "text")
    for row, reason in sorted(encoding.failures.items()):
        raise EncoderError(f"the query {texts[row][:40]!r}: {reason}")
    links = attacher.knowledge.linker.link(texts, encoding.vectors)
    names, nothing = tuple(texts), ("",) * len(texts)
    together = LinkedItems("text", names, names, nothing, names, encoding.vectors, (links,))
    alone = (together.select([row]) for row in range(len(together)))
    return [replace(one, links=tuple(link for link in one.links if len(link))) for one in alone]
