"""JSON-LD whose contexts are fetched, for whoever allows that.

PyLD expands such documents, because pyoxigraph fetches nothing; its reading is slower, and as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import Request, build_opener

from graphs.errors import GraphError
from graphs.readers.feed import MalformedError
from graphs.readers.json_text import JsonError, parse_json
from graphs.readers.limits import Limits

__all__ = ["expand"]

_MAX_CONTEXT: Final = 8 << 20
"""Bytes of one context."""
_MAX_CONTEXTS: Final = 64
"""Contexts that one document may name, those named by its contexts included."""
_SECONDS: Final = 20
"""How long a server may keep silent."""
_HEADERS: Final = {
    "Accept": "application/ld+json, application/json;q=0.9",
    "User-Agent": "kgx-retrieval (knowledge graph import)",
}

Loader = Callable[[str, dict[str, Any]], dict[str, Any]]


def expand(data: bytes, base: str | None, limits: Limits) -> bytes:
    """Return the statements of a document as N-Quads.

    Contexts are fetched by HTTP and HTTPS; those of a local file also from its own folder, and from nowhere else.

    Args:
        data: the document.
        base: where it stands.
        limits: how deep it, and its contexts, may be nested.

    Raises:
        MalformedError: the document is not valid, or a context cannot be fetched.
        GraphError: PyLD is not installed.

    >>> expand(b'{"@id": "http://e/owl", "http://e/eats": {"@id": "http://e/mouse"}}', None, Limits())
    b'<http://e/owl> <http://e/eats> <http://e/mouse> .\\n'
    """
    try:
        from pyld import jsonld
    except ImportError as error:
        raise GraphError(
            "remote JSON-LD contexts need PyLD; install it with: pip install 'kgx-retrieval[kg]'"
        ) from error
    try:
        document = parse_json(data, limits)
    except JsonError as error:
        raise MalformedError(str(error), line=error.line) from error
    options = {
        "base": base or "",
        "documentLoader": _loader(base, limits),
        "format": "application/n-quads",
    }
    try:
        written = jsonld.to_rdf(document, options)
    except jsonld.JsonLdError as error:
        raise MalformedError(_cause(error)) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # what PyLD stumbles over in documents that are no JSON-LD
        raise MalformedError(f"{type(error).__name__}: {error}") from error
    return str(written).encode()


def _cause(error: BaseException) -> str:
    """Return what is at the bottom of one of PyLD's errors."""
    while not isinstance(error, MalformedError):
        inner = getattr(error, "cause", None) or error.__cause__
        if inner is None:
            break
        error = inner
    return " ".join(str(error.args[0] if error.args else error).split())


def _loader(base: str | None, limits: Limits) -> Loader:
    """Return what fetches the contexts of one document, each once."""
    fetched: dict[str, dict[str, Any]] = {}

    def load(url: str, options: dict[str, Any]) -> dict[str, Any]:
        if url not in fetched:
            if len(fetched) >= _MAX_CONTEXTS:
                raise MalformedError(f"more than {_MAX_CONTEXTS} contexts are named")
            found, content = _local(url, base) if url.startswith("file:") else _fetched(url)
            if len(content) > _MAX_CONTEXT:
                raise MalformedError(f"the context {url} is longer than {_MAX_CONTEXT:,} bytes")
            try:
                document = parse_json(content, limits)
            except JsonError as error:
                raise MalformedError(f"the context {url}: {error}") from error
            fetched[url] = {"contextUrl": None, "documentUrl": found, "document": document}
        return fetched[url]

    return load


def _local(url: str, base: str | None) -> tuple[str, bytes]:
    """Read a context beside a local document, or below."""
    if base is None or not base.startswith("file:"):
        raise MalformedError(f"the context {url} is a local file, and the document is none")
    folder = Path(unquote(urlsplit(base).path)).resolve().parent
    path = Path(unquote(urlsplit(url).path)).resolve()
    if not path.is_relative_to(folder):
        raise MalformedError(f"the context {url} is outside the document's folder")
    try:
        with path.open("rb") as stream:
            return url, stream.read(_MAX_CONTEXT + 1)
    except OSError as error:
        raise MalformedError(f"the context {url} cannot be read: {error.strerror}") from error


def _fetched(url: str, hops: int = 1) -> tuple[str, bytes]:
    """Fetch a context, or the JSON-LD that a page names as its other form (as https://schema.org/ does)."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise MalformedError(f"the context {url!r} is no HTTP address")
    try:
        with build_opener().open(Request(url, headers=_HEADERS), timeout=_SECONDS) as answer:  # noqa: S310
            other = _other_form(answer.headers.get_all("Link") or [])
            if other and hops and "json" not in answer.headers.get_content_type():
                return _fetched(urljoin(answer.url, other), hops - 1)
            return answer.url, answer.read(_MAX_CONTEXT + 1)
    except (URLError, OSError, ValueError) as error:
        raise MalformedError(f"the context {url} cannot be fetched: {error}") from error


def _other_form(links: list[str]) -> str | None:
    """Return the address of the JSON-LD that Link headers name (https://www.w3.org/TR/json-ld11-api/#remote-document-and-context-retrieval)."""
    for link in ",".join(links).split(","):
        address, _, attributes = link.partition(";")
        if "alternate" in attributes and "application/ld+json" in attributes:
            return address.strip().strip("<>")
    return None
