"""Files over HTTP: whole, in parts, or not at all where the browser has them already (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Response
from fastapi.responses import FileResponse

from kgx.serve.problems import ProblemError

if TYPE_CHECKING:
    from fastapi import Request

__all__ = ["is_held", "ranges_obeyed", "sent_file"]

_PART = r"\s*(?:\d{1,18}-\d{0,18}|-\d{1,18})\s*"
_RANGES = re.compile(rf"bytes={_PART}(?:,{_PART})*", re.IGNORECASE)


def sent_file(request: Request, path: Path, media_type: str, headers: Mapping[str, str]) -> Response:
    """Return the answer to a request for a file.

    Args:
        request: may ask for ranges, or name what the browser has.
        path: of the file.
        media_type: of the file.
        headers: of the answer.

    Raises:
        ProblemError: 404: the file is gone; 416: nothing of what is asked for is in it.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise ProblemError(404, "the file is gone") from error
    whole = FileResponse(path, media_type=media_type, headers=dict(headers), stat_result=status)
    tag, changed = whole.headers["etag"], whole.headers["last-modified"]
    if is_held(tag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers={**headers, "ETag": tag, "Last-Modified": changed})
    asked = request.headers.get("range")
    same = request.headers.get("if-range", tag) in (tag, changed)
    if asked is not None and not (same and ranges_obeyed(asked, status.st_size)):
        request.scope["headers"] = [field for field in request.scope["headers"] if field[0] != b"range"]
    return whole


def is_held(tag: str, told: str | None) -> bool:
    """Tell whether a browser has a file already, by what it tells in ``If-None-Match``.

    >>> is_held('"a"', 'W/"b", W/"a"'), is_held('"a"', "*"), is_held('"a"', None)
    (True, True, False)
    """
    tags = [one.strip().removeprefix("W/") for one in (told or "").split(",")]
    return tag in tags or tags == ["*"]


def ranges_obeyed(asked: str, size: int) -> bool:
    """Tell whether the ranges that are asked for are sent; the whole file is where they make no sense.

    Args:
        asked: the header ``Range``.
        size: of the file.

    Raises:
        ProblemError: 416: none of them is in the file.

    >>> ranges_obeyed("bytes=0-4, -2", 10), ranges_obeyed("bytes=4-0", 10), ranges_obeyed("lines=1-2", 10)
    (True, False, False)
    """
    if not _RANGES.fullmatch(asked):
        return False
    inside = []
    for part in asked.partition("=")[2].split(","):
        first, _, last = part.strip().partition("-")
        if first and last and int(last) < int(first):
            return False
        inside.append(int(first) < size if first else size > 0 and int(last) > 0)
    if not any(inside):
        raise ProblemError(
            416,
            f"expected a range within the {size:,} bytes of the file, got {asked}",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return all(inside)
