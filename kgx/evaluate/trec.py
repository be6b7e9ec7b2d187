r"""Rankings and relevance in the TREC formats, so that anyone can score them again.

A *qrels* file has a line ``query 0 document relevance`` for each relevant pair; a *run* file has a line
``query Q0 document rank score tag`` for each retrieved document. Fields are separated by single spaces. The
formats know no quoting, so in an id white space, control characters and ``%`` are written as ``%XX`` of their
UTF-8 bytes; every other character stands as it is.

**The scores of a run file are not always the system's.** Evaluators such as trec_eval ignore the rank column:
they sort by score, held in single precision, and break ties by document id. An order in which ties are broken
against the system would be lost. What is written is therefore the system's score in single precision wherever
that is lower than the score on the line before, and otherwise the next lower single-precision number: scores
fall strictly, by one unit in the last place where documents were tied, with the non-relevant ones first. An
evaluator then finds the same ranks as :func:`kgx.evaluate.ranking.best_ranks` with pessimistic ties.
Infinities, and what lies beyond ±1e38, are written as about ±1e38.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, unquote

import numpy as np
from jaxtyping import Float32, Int64, Num

from kgx.errors import KgxError
from kgx.evaluate.ranking import Relevance, relevance_matrix
from kgx.folders import atomic_path

__all__ = ["TrecFormatError", "read_qrels", "read_run", "strictly_decreasing", "write_qrels", "write_run"]

_UNSAFE = re.compile(r"[\s%\x00-\x1f\x7f\ud800-\udfff]")
_LIMIT = 1e38

Value = TypeVar("Value", int, float)


class TrecFormatError(KgxError):
    """A line of a qrels or run file is malformed.

    >>> str(TrecFormatError("expected 4 fields, got 3", "animals.qrels", 7))
    'animals.qrels:7: expected 4 fields, got 3'
    """

    def __init__(self, message: str, path: str | Path, line: int) -> None:
        self.path = Path(path)
        self.line = line
        super().__init__(f"{path}:{line}: {message}")


def write_qrels(
    path: str | Path, relevant: Relevance, query_ids: Sequence[str], document_ids: Sequence[str]
) -> None:
    """Write every relevant pair, replacing the file as a whole.

    Args:
        path: the file; its folder is made where it is missing.
        relevant: a boolean matrix [queries, documents], or for each query the indices of its relevant ones.
        query_ids: one for each row, unique.
        document_ids: one for each column, unique.

    Raises:
        ValueError: an id is empty or occurs twice, shapes do not fit, a query has no relevant document.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_qrels(f"{folder}/a.qrels", [[0, 1]], ["text:owl"], ["image:owl", "image:snowy owl"])
    ...     Path(f"{folder}/a.qrels").read_text().splitlines()
    ['text:owl 0 image:owl 1', 'text:owl 0 image:snowy%20owl 1']
    """
    queries, documents = _escaped(query_ids, "query"), _escaped(document_ids, "document")
    matrix = relevance_matrix(relevant, (len(queries), len(documents)))
    lines = [f"{queries[row]} 0 {documents[column]} 1\n" for row, column in np.argwhere(matrix)]
    with atomic_path(Path(path)) as temporary:
        temporary.write_text("".join(lines), encoding="utf-8", newline="\n")


def write_run(
    path: str | Path,
    scores: Num[np.ndarray, "queries documents"],
    relevant: Relevance,
    query_ids: Sequence[str],
    document_ids: Sequence[str],
    *,
    tag: str,
    depth: int = 1000,
) -> None:
    """Write each query's first ``depth`` documents, ties broken against the system, replacing the file.

    Relevance is used for nothing but the order of equal scores; see the top of this module for what is
    written as the score. A ``depth`` below the number of documents cuts the ranking: an evaluator then
    counts a relevant document below it as not found.

    Args:
        path: the file; its folder is made where it is missing.
        scores: higher is better; infinities are allowed, NaN is not.
        relevant: a boolean matrix, or for each query the indices of its relevant documents.
        query_ids: one for each row, unique.
        document_ids: one for each column, unique.
        tag: name of the run, in every line.
        depth: number of documents written for each query.

    Raises:
        ValueError: NaN, shapes that do not fit, an id that is empty or occurs twice, an empty tag.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_run(f"{folder}/a.run", np.array([[.5, .5]]), [[0]], ["q"], ["good", "bad"], tag="demo")
    ...     print(Path(f"{folder}/a.run").read_text(), end="")
    q Q0 bad 1 0.5 demo
    q Q0 good 2 0.49999997 demo
    """
    queries, documents = _escaped(query_ids, "query"), _escaped(document_ids, "document")
    (label,) = _escaped([tag], "tag")
    scores = np.asarray(scores)
    if scores.dtype.kind != "f":
        scores = scores.astype(np.float64)
    if scores.shape != (len(queries), len(documents)):
        raise ValueError(f"expected scores of shape {(len(queries), len(documents))}, got {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError("expected a score for every pair, got NaN")
    if depth < 1:
        raise ValueError(f"expected a depth of at least 1, got {depth}")
    matrix = relevance_matrix(relevant, (len(queries), len(documents)))
    with atomic_path(Path(path)) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as out:
        for query, row, good in zip(queries, scores, matrix, strict=True):
            order = np.lexsort((good, -row))[:depth]
            falling = strictly_decreasing(row[order]).tolist()
            out.writelines(
                f"{query} Q0 {documents[column]} {rank} {score:.9g} {label}\n"
                for rank, (column, score) in enumerate(zip(order.tolist(), falling, strict=True), start=1)
            )


def read_qrels(path: str | Path) -> dict[str, dict[str, int]]:
    """Return relevance by query and document, ids unescaped: what pytrec_eval takes.

    Raises:
        TrecFormatError: a line without four fields, a grade that is no whole number, or a pair judged twice.
    """
    judged: dict[str, dict[str, int]] = {}
    for number, fields in _records(path, 4):
        try:
            grade = int(fields[3])
        except ValueError as error:
            raise TrecFormatError(f"expected a whole number, got {fields[3]!r}", path, number) from error
        _insert(judged, _plain(fields[0]), _plain(fields[2]), grade, path, number)
    return judged


def read_run(path: str | Path) -> dict[str, dict[str, float]]:
    """Return scores by query and document in the file's order, ids unescaped: what pytrec_eval takes.

    Raises:
        TrecFormatError: a line without six fields, a score that is no number, or a document retrieved twice.
    """
    retrieved: dict[str, dict[str, float]] = {}
    for number, fields in _records(path, 6):
        try:
            score = float(fields[4])
        except ValueError as error:
            raise TrecFormatError(f"expected a score, got {fields[4]!r}", path, number) from error
        if score != score:
            raise TrecFormatError("expected a score, got NaN", path, number)
        _insert(retrieved, _plain(fields[0]), _plain(fields[2]), score, path, number)
    return retrieved


def strictly_decreasing(scores: Num[np.ndarray, " n"]) -> Float32[np.ndarray, " n"]:
    """Return falling ``scores`` in single precision, lowered where needed so that they fall strictly.

    Single-precision numbers in order are consecutive integers when their bits are read as such, so that
    "the next lower number" is a subtraction.

    >>> strictly_decreasing(np.array([2.0, 1.0, 1.0, 0.5])).tolist()
    [2.0, 1.0, 0.9999999403953552, 0.5]
    """
    single = np.clip(scores, -_LIMIT, _LIMIT).astype(np.float32) + np.float32(0)  # -0.0 becomes 0.0
    bits = single.view(np.int32).astype(np.int64)
    place = np.where(bits >= 0, bits, -(bits & 0x7FFFFFFF))
    steps = np.arange(len(place))
    place = np.minimum.accumulate(place + steps) - steps
    return _number_at(place)


def _number_at(place: Int64[np.ndarray, " n"]) -> Float32[np.ndarray, " n"]:
    """Undo the ordering of :func:`strictly_decreasing`: the single-precision number at each place."""
    bits = np.where(place >= 0, place, -place | 0x80000000)
    return bits.astype(np.uint32).view(np.float32)


def _escaped(ids: Sequence[str], what: str) -> list[str]:
    """Return the ids as they are written, or name the one that is empty or occurs twice."""
    seen: set[str] = set()
    for identifier in ids:
        if not identifier:
            raise ValueError(f"expected every {what} id to be non-empty, got ''")
        if identifier in seen:
            raise ValueError(f"expected every {what} id once, got {identifier!r} twice")
        seen.add(identifier)
    return [
        _UNSAFE.sub(lambda found: quote(found.group(), safe="", errors="surrogatepass"), identifier)
        for identifier in ids
    ]


def _plain(identifier: str) -> str:
    return unquote(identifier, errors="surrogatepass")


def _records(path: str | Path, width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the fields of each line that is not blank."""
    number = 0
    with Path(path).open(encoding="utf-8", newline="\n") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                fields = line.split()
                if fields and len(fields) != width:
                    raise TrecFormatError(f"expected {width} fields, got {len(fields)}", path, number)
                if fields:
                    yield number, fields
        except UnicodeDecodeError as error:
            raise TrecFormatError(f"expected UTF-8 ({error.reason})", path, number + 1) from error


def _insert(
    table: dict[str, dict[str, Value]], query: str, document: str, value: Value, path: str | Path, line: int
) -> None:
    row = table.setdefault(query, {})
    if document in row:
        raise TrecFormatError(f"document {document!r} stands twice under query {query!r}", path, line)
    row[document] = value
