"""How long a text query takes end to end, against the text encoder alone, in one run.

End to end is what a person waits for once a model is loaded: encode, link, attach to the graph, refine, search, and put
captions and reasons to the hits. The queries are such as people type, of three kinds in equal parts: names of concepts,
first clauses of their definitions, and captions of the source collection (never of the collection that is searched);
all different, and all of them new to the searcher. Both sides take turns query by query, so that a busy machine slows
both.

Run: ``python -m experiments.benchmarks.text_query runs/demo``
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.benchmarks.bar import Bar
from experiments.benchmarks.by_turns import by_turns
from kgx.threads import configure

if TYPE_CHECKING:
    from kgx.encoders import Encoder
    from kgx.search import Searcher
    from kgx.transfer.reference import ReferenceGraph

__all__ = ["Result", "against_encoder", "main", "measure", "realistic_queries"]

_BAR = Bar(1.3, below=True)
_WARM = 20  # queries of each side before the clock starts
_WORDS = 12  # of a query, at most


@dataclass(frozen=True, slots=True)
class Result:
    """What one run measured. Times are medians in milliseconds.

    Attributes:
        queries: number of different queries.
        words: mean number of words of a query.
        threads: of the encoder.
        encoder, encoder_90: the encoder alone, and the time below which nine in ten stay.
        whole, whole_90: end to end.
        ratio: of the medians.
        open_seconds, first_seconds: opening the run, and the first answer.
    """

    queries: int
    words: float
    threads: int
    encoder: float
    encoder_90: float
    whole: float
    whole_90: float
    ratio: float
    open_seconds: float
    first_seconds: float


def realistic_queries(reference: ReferenceGraph, count: int, seed: int = 0) -> list[str]:
    """Return different queries such as people type.

    Args:
        reference: holds the concepts, and the source's captions.
        count: how many.
        seed: of the draw.
    """
    import numpy as np

    graph, concepts = reference.knowledge.graph, reference.knowledge.concepts
    drawn = np.random.default_rng(seed)
    captions = sorted(set(reference.items["text"].captions)) if "text" in reference.items else []
    kinds: list[Iterator[str]] = [
        (graph.label(int(concept)) for concept in drawn.permutation(concepts)),
        (graph.definition(int(concept)).split(";")[0] for concept in drawn.permutation(concepts)),
        (captions[place] for place in drawn.permutation(len(captions)).tolist()),
    ]
    found: dict[str, None] = {}
    while len(found) < count and kinds:
        kind = kinds.pop(0)
        words = next((text.split()[:_WORDS] for text in kind if text.strip()), None)
        if words is not None:
            found.setdefault(" ".join(words))
            kinds.append(kind)
    return list(found)


def measure(searcher: Searcher, queries: Sequence[str], *, to: str) -> tuple[list[float], list[float]]:
    """Return seconds of every query: by the encoder alone, and end to end.

    Args:
        searcher: an opened run.
        queries: all different; the first ones are not counted.
        to: modality that is searched for.
    """
    whole, alone = against_encoder(
        lambda query: searcher.search(query, to=to), searcher.encoders["text"], queries
    )
    return alone[_WARM:], whole[_WARM:]


def against_encoder(
    ask: Callable[[str], object], encoder: Encoder, queries: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Return seconds of every query: asked, and by the encoder alone.

    Args:
        ask: asks for a text.
        encoder: of texts.
        queries: each side is given one that the other has not just answered.
    """
    forth, back = iter(queries), reversed(queries)
    whole, alone = by_turns(
        [lambda: ask(next(forth)), lambda: encoder.encode([next(back)], "text")], range(len(queries))
    )
    return whole, alone


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure a run and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m experiments.benchmarks.text_query", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("--queries", type=int, default=200, help="different queries (200)")
    parser.add_argument("--to", default="image", help="text, image, audio or any (image)")
    parser.add_argument("--threads", type=int, default=2, help="threads for the encoder (2)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of queries (0)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    # As in ``kgx search``: a single query is too small to share out among threads; the encoder has its own. The numeric
    # libraries read this when they load.
    configure(1)
    import numpy as np

    from graphs.errors import GraphError
    from kgx.errors import KgxError
    from kgx.search import Searcher

    try:
        start = time.perf_counter()
        searcher = Searcher.open(given.run, threads=given.threads)
        opened = time.perf_counter()
        searcher.search("a first question", to=given.to)
        answered = time.perf_counter()
        queries = realistic_queries(
            searcher.model.transfer.maker.reference, given.queries + _WARM, given.seed
        )
        alone, whole = measure(searcher, queries, to=given.to)
    except (KgxError, GraphError) as error:
        print(f"text_query: {error}", file=sys.stderr)
        return 1
    alone_half, alone_most = np.quantile(alone, (0.5, 0.9)).tolist()
    whole_half, whole_most = np.quantile(whole, (0.5, 0.9)).tolist()
    result = Result(
        queries=len(whole),
        words=round(sum(len(query.split()) for query in queries) / len(queries), 1),
        threads=given.threads,
        encoder=round(1e3 * alone_half, 3),
        encoder_90=round(1e3 * alone_most, 3),
        whole=round(1e3 * whole_half, 3),
        whole_90=round(1e3 * whole_most, 3),
        ratio=round(whole_half / alone_half, 3),
        open_seconds=round(opened - start, 2),
        first_seconds=round(answered - opened, 2),
    )
    if given.json:
        print(json.dumps(asdict(result), indent=1))
    else:
        print(
            f"{result.queries} queries of {result.words} words: the encoder alone {result.encoder:.2f} ms, end to end "
            f"{result.whole:.2f} ms: ratio {result.ratio:.2f} ({_BAR.told(result.ratio)})"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
