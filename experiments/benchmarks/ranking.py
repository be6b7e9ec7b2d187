"""What words and concepts bring to a ranking by vectors: hybrid search and re-ranking, on the target's pool.

Captions of the pool ask, pictures of the pool are found; nothing of the test half takes part, so that what is chosen
here (the weight of concepts, whether an option is on) has not seen what results are reported on. A picture of that
collection has its caption from the very text that asks for it: words are compared with the names of its concepts alone.

Run: ``python -m experiments.benchmarks.ranking runs/demo``
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from jaxtyping import Bool, Float64

from kgx.threads import configure

if TYPE_CHECKING:
    from kgx.search import Searcher

__all__ = ["POOL", "WAYS", "main", "measure"]

WAYS: Final[dict[str, dict[str, bool]]] = {
    "vectors": {},
    "vectors and concepts (--rerank)": {"rerank": True},
    "vectors and words (--hybrid)": {"hybrid": True},
    "all three (--hybrid --rerank)": {"hybrid": True, "rerank": True},
}
POOL: Final = "split=pool"
"""The part of the target that choices are made on."""


def measure(
    searcher: Searcher, ways: Sequence[str] = tuple(WAYS), *, pool: str = POOL
) -> dict[str, dict[str, Float64[np.ndarray, " queries"]]]:
    """Return way of ranking -> metric -> its value for each query.

    Args:
        searcher: a run whose items have the column ``split``.
        ways: names in :data:`WAYS`.
        pool: condition on the items that take part.

    Raises:
        ConfigError: the items do not have that column, or none of them fulfils the condition.
    """
    from kgx.errors import ConfigError
    from kgx.filters.metadata import Condition, fulfilled
    from kgx.ranking.attaching import attached
    from kgx.ranking.concept_overlap import meaning
    from kgx.ranking.ranker import Ranker
    from kgx.ranking.request import SearchRequest
    from kgx.ranking.words import WordIndex, documents_of

    run = searcher.run
    taking_part = fulfilled(run.items, [Condition.parse(pool)])
    wordings = np.array([caption.casefold().strip() for caption in run.items.caption])
    kinds = np.array(run.items.modality)
    pictures, texts = (np.flatnonzero(taking_part & (kinds == modality)) for modality in ("image", "text"))
    texts = texts[np.isin(wordings[texts], wordings[pictures])]
    if not len(texts):
        raise ConfigError(
            f"no text and picture of the run with {pool} have a caption in common: nothing can be asked"
        )
    words = WordIndex.build(documents_of(run.items, run.concepts, captions=False))
    ranker = Ranker(run, searcher.model.transfer.maker.reference.knowledge.graph, words)
    asked = [run.items.caption[row] for row in texts]
    queries = attached(searcher.attacher, [SearchRequest.of(text) for text in asked])
    vectors = [searcher.refiner.refine(query) for (query,) in queries]
    found = {}
    for way in ways:
        options = WAYS[way]
        request = SearchRequest.of(
            "a caption",
            to="image",
            k=len(pictures),
            filters=pool,
            hybrid=options.get("hybrid", False),
            rerank=options.get("rerank", False),
        )
        relevant = np.zeros((len(texts), len(pictures)), dtype=np.bool_)
        for place, (row, text, query, vector) in enumerate(zip(texts, asked, queries, vectors, strict=True)):
            hits = ranker.rank(vector, [text], meaning(query, [1.0]), request)
            relevant[place, : len(hits)] = wordings[[hit for hit, _ in hits]] == wordings[row]
        found[way] = _metrics(relevant)
    return found


def _metrics(relevant: Bool[np.ndarray, "queries hits"]) -> dict[str, Float64[np.ndarray, " queries"]]:
    first = relevant.argmax(axis=1) + 1.0
    return {"R@1": (first <= 1) * 1.0, "R@10": (first <= 10) * 1.0, "MRR": 1.0 / first}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure a run and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m experiments.benchmarks.ranking", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a run of the demo's target")
    parser.add_argument("--threads", type=int, default=2, help="threads for the encoder (2)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    configure(1)
    from graphs.errors import GraphError
    from kgx.errors import KgxError
    from kgx.evaluate.intervals import paired_randomisation_test
    from kgx.search import Searcher

    try:
        found = measure(Searcher.open(given.run, threads=given.threads))
    except (KgxError, GraphError) as error:
        print(f"ranking: {error}", file=sys.stderr)
        return 1
    plain = found["vectors"]
    rows = {
        way: {
            name: {"mean": float(values.mean()), "p": paired_randomisation_test(values, plain[name])}
            for name, values in metrics.items()
        }
        for way, metrics in found.items()
    }
    if given.json:
        print(json.dumps({"queries": len(plain["MRR"]), "ways": rows}, indent=1))
        return 0
    print(f"{len(plain['MRR'])} captions of the pool; in brackets p of the difference to vectors alone")
    for way, metrics in rows.items():
        told = "  ".join(f"{name} {value['mean']:.3f} ({value['p']:.3f})" for name, value in metrics.items())
        print(f"{way:34} {told}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
