"""What the layers below say of a request that they cannot answer, as problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graphs.errors import GraphError
from kgx.errors import CollectionError, KgxError
from kgx.serve.problems import ProblemError

__all__ = ["refusals"]


@contextmanager
def refusals(run: Path | None = None, /, **files: Path | None) -> Iterator[None]:
    """Turn errors that are raised on purpose into problems with status 409.

    The requests that come here are as the interface wants them (others are 422 before): it is this run that has no such
    modality, relation or column, or what lies in a file that is no picture after all.

    Args:
        run: the run's folder, which messages may begin with, and which is nobody's business.
        files: what files of the request are to be called -> where they are for now, which is nobody's business.

    >>> with refusals():
    ...     raise KgxError("the index holds no audio")
    Traceback (most recent call last):
    ...
    kgx.serve.problems.ProblemError: the index holds no audio
    """
    try:
        yield
    except (KgxError, GraphError) as error:
        told = str(error)
        if isinstance(error, CollectionError):
            told = told.removeprefix(f"{error.path}: ")
        if run is not None:
            told = told.removeprefix(f"{run}: ")
        for name, path in files.items():
            if path is not None:
                told = told.replace(str(path), f"the {name}")
        raise ProblemError(409, told) from error
