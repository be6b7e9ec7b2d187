"""How fast graphs are imported, opened and asked, against rdflib and pyoxigraph, in one run on one machine.

The data are made by a seeded generator: entities with relations between them (four fifths of the lines), labels and
numbers, grouped by subject as dumps are. An import is the whole way: parsing, checking, integer numbers, labels,
provenance, duplicates removed, the store written. rdflib's figure is parsing into its memory alone, pyoxigraph's
is going through what it parses without keeping anything.

Sides take turns, so that a busy machine slows both; figures are medians over the turns. Where imports of two sizes are
compared, each runs in a process of its own, as a command does, and tells how long it took and its peak memory; cold
starts are processes too, and timed whole.

Run: ``python -m experiments.benchmarks.kg_import`` (``--large 0`` leaves out the 20 million triples)
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from experiments.benchmarks.bar import Bar
from experiments.benchmarks.by_turns import by_turns

__all__ = ["Line", "main", "write_tables"]

_ENTITY: Final = "http://example.org/entity/Q"
_BLOCK: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    Attributes:
        work: what was done.
        measured: the figures behind the ratio.
        value: what the bar is about.
        bar: what is wanted of it.
        unit: of the value.
    """

    work: str
    measured: str
    value: float
    bar: Bar
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the bar is reached."""
        return self.bar.met(self.value)

    def __str__(self) -> str:
        return (
            f"{self.work:<42} {self.value:8.2f} {self.unit:<3} ({self.bar.told(self.value)})  {self.measured}"
        )


def write_tables(folder: Path, lines: int, *, seed: int = 0) -> None:
    """Write the same statements as ``data.nt``, and those between entities as ``data.tsv``, under their last parts as
    tables have them, and as ``iris.tsv``, under their IRIs.

    Args:
        folder: where to.
        lines: how many statements; a fifth as many entities.
        seed: of the draw.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    draw = np.random.default_rng(seed)
    entities = max(lines // 5, 10)
    heads = np.sort(draw.integers(0, entities, lines))

    def text(numbers: Any) -> Any:
        return pa.array(numbers).cast(pa.string())

    join = pc.binary_join_element_wise
    with (
        (folder / "data.nt").open("wb") as triples,
        (folder / "data.tsv").open("wb") as names,
        (folder / "iris.tsv").open("wb") as iris,
    ):
        for first in range(0, lines, _BLOCK):
            head = heads[first : first + _BLOCK]
            count = len(head)
            relation, tail = (
                draw.integers(0, 50, count),
                (entities * draw.random(count) ** 2).astype(np.int64),
            )
            kind = draw.random(count)
            subject = join("<" + _ENTITY, text(head), "> ", "")
            between = join(
                "<http://example.org/prop/P", text(relation), "> <" + _ENTITY, text(tail), "> .", ""
            )
            named = join(
                '<http://www.w3.org/2000/01/rdf-schema#label> "thing number ', text(head), " of ", text(tail),
                '"@en .', "",
            )  # fmt: skip
            counted = join(
                '<http://example.org/prop/count> "', text(tail),
                '"^^<http://www.w3.org/2001/XMLSchema#integer> .', "",
            )  # fmt: skip
            said = pc.if_else(kind < 0.8, between, pc.if_else(kind < 0.93, named, counted))
            triples.write("\n".join(join(subject, said, "").to_pylist()).encode() + b"\n")
            rows = pa.array(np.flatnonzero(kind < 0.8))
            cells = [text(numbers).take(rows) for numbers in (head, relation, tail)]
            for table, entity, prop in ((names, "Q", "P"), (iris, _ENTITY, "http://example.org/prop/P")):
                columns = [entity, cells[0], "\t" + prop, cells[1], "\t" + entity, cells[2], ""]
                table.write("\n".join(join(*columns).to_pylist()).encode() + b"\n")


def _medians(turns: int, *sides: Callable[[], Any]) -> list[float]:
    """Let the sides take turns, and return each one's median time."""
    return [statistics.median(seconds) for seconds in by_turns(sides, range(turns))]


def _import(source: Path, store: Path, jobs: int = 1) -> Any:
    from graphs.importing import ImportOptions, import_files

    return import_files([source], store, ImportOptions(jobs=jobs))


def _iterate(source: Path) -> int:
    import pyoxigraph

    return sum(1 for _ in pyoxigraph.parse(path=str(source), format=pyoxigraph.RdfFormat.N_TRIPLES))


def _rdflib(source: Path, kind: str) -> Any:
    import rdflib

    return rdflib.Graph().parse(str(source), format=kind)


def _head(source: Path, lines: int) -> Path:
    """Write the first lines of a file beside it: rdflib is measured on a part, and its rate compared."""
    part = source.with_name(f"part-{source.name}")
    with source.open("rb") as read, part.open("wb") as written:
        for _, line in zip(range(lines), read, strict=False):
            written.write(line)
    return part


def _turtle(source: Path) -> Path:
    import pyoxigraph

    target = source.with_suffix(".ttl")
    quads = pyoxigraph.parse(path=str(source), format=pyoxigraph.RdfFormat.N_TRIPLES)
    prefixes = {"e": "http://example.org/entity/", "p": "http://example.org/prop/"}
    pyoxigraph.serialize(
        (quad.triple for quad in quads), str(target), pyoxigraph.RdfFormat.TURTLE, prefixes=prefixes
    )
    return target


def _small(folder: Path, lines: int, part: int, turns: int) -> list[Line]:
    triples, table, store = folder / "data.nt", folder / "data.tsv", folder / "kg"
    few = _head(triples, part)
    turtle, few_turtle = _turtle(triples), _turtle(few)
    rows = sum(1 for _ in table.open("rb"))
    ours, threads, bare, tabular, of_iris, in_turtle = _medians(
        turns,
        lambda: _import(triples, store),
        lambda: _import(triples, store, 2),
        lambda: _iterate(triples),
        lambda: _import(table, folder / "table"),
        lambda: _import(folder / "iris.tsv", folder / "iris"),
        lambda: _import(turtle, folder / "turtle"),
    )
    peer, peer_turtle = _medians(1, lambda: _rdflib(few, "nt"), lambda: _rdflib(few_turtle, "turtle"))
    rate = lines / ours
    return [
        Line(
            "N-Triples, import / rdflib parse",
            f"{rate:,.0f}/s against {part / peer:,.0f}/s",
            rate / (part / peer),
            Bar(8),
        ),
        Line(
            "N-Triples, import / pyoxigraph iteration",
            f"{rate:,.0f}/s against {lines / bare:,.0f}/s",
            bare / ours,
            Bar(0.3),
        ),
        Line(
            "Turtle, import / rdflib parse",
            f"{lines / in_turtle:,.0f}/s against {part / peer_turtle:,.0f}/s",
            (lines / in_turtle) / (part / peer_turtle),
            Bar(12),
        ),
        Line(
            "TSV of names, import / N-Triples import",
            f"{rows / tabular:,.0f}/s against {rate:,.0f}/s",
            rows / tabular / rate,
            Bar(1.5),
        ),
        Line(
            "TSV of IRIs, import / N-Triples import",
            f"{rows / of_iris:,.0f}/s against {rate:,.0f}/s",
            rows / of_iris / rate,
            Bar(1.5),
        ),
        _two_jobs(lines, ours, threads),
        _neighbours(few, folder / "few", turns),
    ]


def _two_jobs(lines: int, one: float, two: float) -> Line:
    return Line(f"{lines:,} lines: two jobs / one", f"{one:.2f} s against {two:.2f} s", one / two, Bar(1.5))


def _neighbours(source: Path, store: Path, turns: int, asked: int = 100_000) -> Line:
    import numpy as np
    import rdflib

    from graphs.graph import KnowledgeGraph

    _import(source, store)
    graph = KnowledgeGraph.open(store)
    peer = _rdflib(source, "nt")
    chosen = np.random.default_rng(0).integers(0, graph.num_entities, asked)
    terms = [rdflib.URIRef(iri) for iri in graph.entity_iris(chosen)]

    def in_rdflib() -> int:
        return sum(1 for term in terms for _ in peer.predicate_objects(term))

    ours, theirs = _medians(turns, lambda: graph.neighbours_of(chosen), in_rdflib)
    return Line(
        f"neighbours of {asked:,} entities / rdflib",
        f"{ours:.3f} s against {theirs:.3f} s",
        theirs / ours,
        Bar(20),
    )


_COLD: Final = (
    "from graphs import KnowledgeGraph; g = KnowledgeGraph.open({store!r}); "
    "print(len(g.neighbours(g.entity_id({entity!r}))))"
)


def _large(folder: Path, lines: int, small: Path, few: int, turns: int) -> list[Line]:
    source, store = folder / "data.nt", folder / "kg"
    told: dict[str, Any] = {}
    taken: dict[tuple[int, int], list[float]] = defaultdict(list)
    peak = 0.0
    for _ in range(turns):
        for jobs in (1, 2):
            taken[few, jobs].append(_in_process(small, folder / "few", jobs)["seconds"])
            told = _in_process(source, store, jobs)
            taken[lines, jobs].append(told["seconds"])
            peak = max(peak, told["peak"])
    seconds = {case: statistics.median(times) for case, times in taken.items()}
    cold = [sys.executable, "-c", _COLD.format(store=str(store), entity=f"{_ENTITY}{lines // 11}")]
    (opening,) = _medians(5, lambda: subprocess.run(cold, check=True, capture_output=True))
    sizes = f"{told['triples']:,} triples, {told['entities']:,} entities"
    return [
        Line(f"{lines:,} lines: peak memory", sizes, peak, Bar(3, below=True), "GB"),
        *(
            Line(
                f"{lines:,} lines, {jobs} job{'s' * (jobs > 1)}: rate / rate at {few:,}",
                f"{lines / seconds[lines, jobs]:,.0f}/s against {few / seconds[few, jobs]:,.0f}/s",
                (lines / seconds[lines, jobs]) / (few / seconds[few, jobs]),
                Bar(0.8),
            )
            for jobs in (1, 2)
        ),
        _two_jobs(lines, seconds[lines, 1], seconds[lines, 2]),
        Line("cold process: open, one entity's neighbours", sizes, opening, Bar(0.3, below=True), "s"),
    ]


def _in_process(source: Path, store: Path, jobs: int) -> dict[str, Any]:
    """Import a file in a process of its own, and return what it tells of itself."""
    command = [sys.executable, "-m", "experiments.benchmarks.kg_import", "--only-import"]
    done = subprocess.run([*command, str(source), str(store), str(jobs)], stdout=subprocess.PIPE, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _only_import(source: str, store: str, jobs: str) -> None:
    told = _import(Path(source), Path(store), int(jobs)).to_dict()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({**told, "peak": peak}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.benchmarks.kg_import",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--lines", type=int, default=1_000_000, help="statements of the small graph (1,000,000)"
    )
    parser.add_argument(
        "--large", type=int, default=20_000_000, help="of the large one; 0: none (20,000,000)"
    )
    parser.add_argument("--part", type=int, default=200_000, help="statements that rdflib reads (200,000)")
    parser.add_argument("--turns", type=int, default=3, help="how often each side is measured (3)")
    parser.add_argument("--folder", type=Path, help="where files are made (a temporary folder)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--only-import",
        nargs=3,
        metavar=("FILE", "STORE", "JOBS"),
        help="import one file, print the report and the peak memory",
    )
    given = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if given.only_import:
        _only_import(*given.only_import)
        return 0
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        small, large = Path(place, "small"), Path(place, "large")
        small.mkdir()
        write_tables(small, given.lines)
        found = _small(small, given.lines, given.part, given.turns)
        if given.large:
            large.mkdir()
            write_tables(large, given.large)
            found += _large(large, given.large, small / "data.nt", given.lines, given.turns)
    if given.json:
        print(json.dumps([{**asdict(line), "met": line.met} for line in found], indent=1))
    else:
        print("\n".join(map(str, found)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
