"""RDF documents: Turtle, TriG, RDF/XML and JSON-LD, parsed by pyoxigraph.

Specifications: https://www.w3.org/TR/turtle/, https://www.w3.org/TR/trig/,
https://www.w3.org/TR/rdf-syntax-grammar/ and https://www.w3.org/TR/json-ld11/.

What is parsed is written as N-Quads and taken apart by columns, many statements at a time, which is several times
faster than looking at each.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from graphs.block import Block
from graphs.errors import GraphError
from graphs.readers.document_pass import REMOTE_CONTEXT, DocumentPass
from graphs.readers.feed import MalformedError
from graphs.readers.json_contexts import check_contexts
from graphs.readers.parsing import one_line, reason_of
from graphs.readers.reading import Reading
from graphs.readers.remote_contexts import expand
from graphs.readers.replaying import Opener, replayable
from graphs.readers.sniffing import HEAD, looks_like

__all__ = ["base_of", "explain", "read_document"]


def read_document(reading: Reading) -> Iterator[Block]:
    """Yield the statements of a document.

    A statement with an IRI or a language tag that is not valid is rejected by itself. Any other error ends the
    document, as what comes behind could be misunderstood; what stands before is kept. What JSON-LD's specification
    leaves out (keys without an IRI, terms that are not valid) counts as rejected, and stops nothing.

    Blank nodes without a label are named by the order in which they appear, so that reading a document again gives
    the same names.

    Raises:
        GraphError: the base is no absolute IRI.
        GraphFormatError: the document cannot be read, or goes beyond the limits; or something in it is not valid,
            and the first error stops the reading.

    >>> import io
    >>> reading = Reading(None, "stdin", "turtle", stream=io.BytesIO(b"<ex:owl> <ex:eats> <ex:mouse>, <ex:vole> ."))
    >>> [len(block) for block in read_document(reading)]
    [2]
    """
    base = base_of(reading)
    with replayable(reading) as opener:
        if reading.allow_remote and DocumentPass(reading, opener, base).names_remote_contexts():
            yield from _with_remote_contexts(reading, opener, base)
            return
        if reading.format == "json-ld":
            with opener() as stream:
                check_contexts(stream, reading.name, reading.limits)
        fast = DocumentPass(reading, opener, base)
        yield from fast.blocks()
        if fast.failure is None:
            if reading.format == "json-ld":
                DocumentPass(reading, opener, base).leave_out()
            return
        failed = fast
        if fast.fault_of_a_term and (fast.statements or _looks_like_another(reading, opener) is None):
            failed = DocumentPass(reading, opener, base)
            yield from failed.rows(fast.batches)
        if failed.failure is not None:
            reading.reject(explain(failed.failure, reading, opener), failed.line_of_failure())


def _with_remote_contexts(reading: Reading, opener: Opener, base: str | None) -> Iterator[Block]:
    with opener() as stream:
        data = stream.read()
    try:
        written = expand(data, base, reading.limits)
    except MalformedError as error:
        reading.reject(explain(error, reading, opener), error.line)
        return
    yield from DocumentPass(reading, opener, base).taken_apart(written)


def base_of(reading: Reading) -> str | None:
    """Return what relative IRIs are resolved against: what was asked for, or else the file's own IRI.

    Raises:
        GraphError: it is no absolute IRI.
    """
    base = reading.base or (None if reading.path is None else reading.path.resolve().as_uri())
    if base is not None:
        try:
            ox.NamedNode(base)
        except ValueError as error:
            raise GraphError(
                f"expected an absolute IRI as the base of {reading.name}, got {base!r}"
            ) from error
    return base


def explain(error: Exception, reading: Reading, opener: Opener) -> str:
    """Say what is wrong with a file, and what its content looks like instead."""
    message = reason_of(error) if isinstance(error, SyntaxError) else one_line(" ".join(str(error).split()))
    if REMOTE_CONTEXT in message:
        message = (
            "it names a remote @context, and nothing is fetched: write it into the file, or allow remote ones"
        )
    message = f"not valid {reading.format}: {message}"
    looks = _looks_like_another(reading, opener)
    if looks is None:
        return message
    if looks == "web page":
        return f"{message}; the content looks like a web page"
    return (
        f"{message}; the content looks like {looks}: change the file's ending, or name the format {looks!r}"
    )


def _looks_like_another(reading: Reading, opener: Opener) -> str | None:
    with opener() as stream:
        return looks_like(stream.read(HEAD), reading.format)
