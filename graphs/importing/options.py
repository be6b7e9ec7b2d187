"""How files are imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphs.parallel import default_jobs
from graphs.readers.limits import Limits
from graphs.readers.reading import Filters, OnError

__all__ = ["ImportOptions"]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How files are read.

    Attributes:
        format: name of their format, as in :data:`graphs.readers.READERS`; left out, each file tells its own.
        base: what relative IRIs are resolved against; left out, each file's own ``file:`` IRI.
        graph: named graph of statements that name none themselves.
        source: name of the source of all statements; left out, each file's name.
        on_error: ``stop`` at the first statement that cannot be taken (nothing is stored), or ``report`` and go on.
        allow_remote: whether anything may be fetched from the network while parsing.
        filters: what of the files is wanted.
        limits: what a file may cost.
        prefixes: short names of namespaces, before those that the files declare.
        jobs: threads to work with; left out, two where there are as many cores.
    """

    format: str | None = None
    base: str | None = None
    graph: str = ""
    source: str | None = None
    on_error: OnError = "stop"
    allow_remote: bool = False
    filters: Filters = field(default_factory=Filters)
    limits: Limits = field(default_factory=Limits)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    jobs: int = field(default_factory=default_jobs)
