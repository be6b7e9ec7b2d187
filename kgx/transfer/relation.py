"""Relation transfer: what was learned on a source about using relations refines the vectors of a target."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float32

from graphs.gnn.attached import AttachedBlock
from graphs.gnn.hop_tokens import TokenBlock
from kgx.items import LinkedItems
from kgx.progress import track
from kgx.train import Curve, fit
from kgx.train.averaging import draw_back
from kgx.transfer.centres import Centres, shrunk_mean
from kgx.transfer.maps import cross_fitted, fit_maps
from kgx.transfer.options import RelationOptions
from kgx.transfer.refiner import Refiner
from kgx.transfer.tasks import PairSet, RefinerTask
from kgx.transfer.tokens import TokenMaker

__all__ = ["RelationTransfer"]

_PART = 4_096  # items whose tokens are in memory at once: a tenth of a megabyte each
_BATCH = 1_024  # items refined at once
_WORTH = 1 / 16  # of a pair of the target that an item of the source counts as, up to `prior_pairs`


@dataclass(frozen=True)
class RelationTransfer:
    """A pretrained (and perhaps adapted) refiner with the graph that it walks.

    Attributes:
        options: how it was built and trained.
        maker: makes tokens from the reference graph.
        centres: the source's means.
        refiner: the network.
        curve: how training went.
    """

    options: RelationOptions
    maker: TokenMaker
    centres: Centres
    refiner: Refiner
    curve: Curve

    @property
    def learns(self) -> bool:
        """Whether the network has anything to learn."""
        return self.options.network != "similarity"

    def survey(self, items: LinkedItems, centres: Centres | None = None, *, description: str = "") -> Centres:
        """Return the means of a collection, drawn toward the source's where it is small.

        Texts keep the source's means: a query comes without a collection of texts.

        Args:
            items: the collection's items of one modality.
            centres: means to add to; the source's where left out.
            description: what the progress bar says; without it there is none.
        """
        known = centres or self.centres
        modality = items.modality
        centre = self.centre(items)
        if centre is None or centre is self.centres.vectors.get(modality):
            return known
        sums: dict[str, np.ndarray] = {}
        counts: Counter[str] = Counter()
        for part in _parts(items, description):
            for tokens in self.maker.make(part, centre).values():
                reached = tokens.counts()
                counts.update(reached)
                for name, mean in tokens.means().items():
                    sums[name] = sums.get(name, 0.0) + reached[name] * mean.astype(np.float64)
        paths = dict(known.paths)
        for name, total in sums.items():
            mean = (total / counts[name]).astype(np.float32)
            paths[name] = shrunk_mean(mean, counts[name], self.centres.paths.get(name))
        return Centres({**known.vectors, modality: centre}, paths)

    def centre(self, items: LinkedItems) -> Float32[np.ndarray, " dimension"] | None:
        """Return the mean vector of a collection, as :meth:`survey` has it; None where nothing tells it."""
        known = self.centres.vectors.get(items.modality)
        usable = items.vectors[items.vectors.any(axis=1)]
        if not len(usable) or (items.modality == "text" and known is not None):
            return known
        return shrunk_mean(usable.mean(axis=0), len(usable), known)

    def survey_all(self, items: Mapping[str, LinkedItems], *, description: str = "") -> Centres:
        """Return the means of a whole collection, modality by modality; see :meth:`survey`."""
        centres = self.centres
        for modality, some in items.items():
            told = f"{description} {modality}" if description else ""
            centres = self.survey(some, centres, description=told)
        return centres

    def refine(
        self,
        items: LinkedItems,
        centres: Centres | None = None,
        *,
        query: bool = False,
        description: str = "",
    ) -> Float32[np.ndarray, "n dimension"]:
        """Return the items' refined vectors, of length 1; zeros for items that could not be encoded.

        Args:
            items: of one modality.
            centres: means of the collection that they are from; the source's where left out.
            query: whether they come as queries, about which nothing is filed.
            description: what the progress bar says; without it there is none.
        """
        refined = np.zeros((len(items), sum(self.refiner.spaces.values())), np.float32)
        done = 0
        for part in _parts(items, description):
            blocks = self.blocks(part, centres or self.centres, query=query)
            for batch in torch.split(torch.arange(len(part)), _BATCH):
                with torch.no_grad():
                    found = self.refiner({space: block.rows(batch) for space, block in blocks.items()})
                refined[done : done + len(batch)] = found.numpy()
                done += len(batch)
        refined[~items.vectors.any(axis=1)] = 0.0
        return refined

    def blocks(
        self, items: LinkedItems, centres: Centres, *, query: bool = False
    ) -> dict[str, TokenBlock | AttachedBlock]:
        """Return the items' tokens, and where the network asks for them their links, ready for the refiner."""
        centre = centres.vectors[items.modality]
        tokens = self.maker.make(items, centre)
        return {
            **{space: self.maker.block(some, centres.paths, query=query) for space, some in tokens.items()},
            **self.maker.attached(items, centre, query=query),
        }

    def adapt(
        self, pairs: Mapping[str, LinkedItems], centres: Centres | None = None, *, seed: int = 0
    ) -> RelationTransfer:
        """Return a refiner adapted to a target by a few known pairs.

        The pairs join the reference graph, so that other items may be similar to them; the linear maps are fitted again
        with them; and the network is trained on, every pair seeing the graph without itself. The fewer pairs there are,
        the less its weights move from what they were.

        Args:
            pairs: modality -> items; those that share an entity are a pair. Their groups tell which of them must not
                see each other in training.
            centres: means of the collection that they are from; the source's where left out.
            seed: of batches and dropout.

        Raises:
            KgxError: no text and other item share an entity.
        """
        others = sorted(modality for modality in set(pairs) - {"text"} if len(pairs[modality]))
        if "text" not in pairs or not len(pairs["text"]) or not others:
            return self
        options, source, centres = self.options, self.maker.reference, centres or self.centres
        for some in pairs.values():
            if some.modality not in centres.vectors:
                centres = self.survey(some, centres)
        items = {
            modality: LinkedItems.join([own[modality] for own in (source.items, pairs) if modality in own])
            for modality in sorted({*source.items, *pairs})
        }
        added = {
            modality: len(pairs.get(modality, ())) for modality in items
        }  # they stand behind the source's
        repeats = {
            modality: np.repeat([1, options.pair_weight], [len(own) - added[modality], added[modality]])
            for modality, own in items.items()
        }
        reference = source.extended(items, centres.vectors)
        maker = replace(
            self.maker,
            reference=reference,
            known_paths={modality: self.maker.paths[modality] for modality in source.items},
            maps=fit_maps(reference, options.ridge_alpha, repeats=repeats),
        )
        adapted = replace(self, maker=maker, refiner=copy.deepcopy(self.refiner))
        if not self.learns:
            return adapted
        modality = max(others, key=lambda name: len(pairs[name]))
        blocks = {name: adapted._training_blocks(pairs[name], centres, self) for name in ("text", modality)}
        task = RefinerTask(
            adapted.refiner,
            PairSet.of_items(pairs["text"], pairs[modality], blocks["text"], blocks[modality], maker.asked()),
            batch_size=options.batch_size,
            token_dropout=options.token_dropout,
        )
        curve = fit(task, replace(options.adaptation, seed=seed), description="adapt")
        count = len(pairs[modality])
        draw_back(adapted.refiner, self.refiner, count / (count + self._prior_pairs))
        return replace(adapted, curve=curve)

    @property
    def _prior_pairs(self) -> float:
        """How many target pairs the weights count as: fewer where little was to be learned from."""
        items = self.maker.reference.items
        learned = max(len(own) for modality, own in items.items() if modality != "text")
        return min(self.options.prior_pairs, learned * _WORTH)

    def _training_blocks(
        self, items: LinkedItems, centres: Centres, before: RelationTransfer
    ) -> dict[str, TokenBlock | AttachedBlock]:
        """Return the tokens of pairs that are references themselves, each without what it knows of itself."""
        features = before.maker.own_features(items, centres.vectors[items.modality])
        mapped = {
            space: fitted.transform(features)
            for (start, space), fitted in before.maker.maps.items()
            if start == items.modality
        }
        translated = {path.space for path in self.maker.paths[items.modality] if path.translated}
        if translated - set(mapped):  # the first pairs of a modality: no map is known that has not seen them
            options, reference = self.options, self.maker.reference
            fresh = cross_fitted(reference, items.modality, options.ridge_alpha, options.folds)
            mapped = {**{space: rows[-len(items) :] for space, rows in fresh.items()}, **mapped}
        centre, groups = centres.vectors[items.modality], self.maker.reference.group_codes(items)
        tokens = self.maker.make(items, centre, groups=groups, translated=mapped)
        return {
            **{space: self.maker.block(some, centres.paths) for space, some in tokens.items()},
            **self.maker.attached(items, centre, groups=groups),
        }


def _parts(items: LinkedItems, description: str) -> Iterator[LinkedItems]:
    """Yield items some at a time, under a progress bar where it is to say something."""
    if len(items) <= _PART:
        starts, unit = range(min(len(items), 1)), len(items)
    else:
        starts, unit = range(0, len(items), _PART), _PART
    for start in track(starts, description, total=len(items), unit=unit) if description else starts:
        yield items.select(np.arange(start, min(start + unit, len(items)))) if len(starts) > 1 else items
