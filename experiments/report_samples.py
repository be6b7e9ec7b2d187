"""The contact sheet of a report: sample queries with what was found, to be looked at and listened to."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from experiments.markup import Html, element, join
from experiments.previews import picture, sound
from experiments.results import Hit, RunResults, Sample
from experiments.results_table import direction_label

__all__ = ["samples_section"]


def samples_section(run: RunResults) -> Html:
    """Return the samples by direction, each query with its hits in order; nothing where there are none."""
    if not run.samples:
        return Html("")
    order = {direction: place for place, direction in enumerate(run.directions)}
    samples = sorted(
        run.samples, key=lambda sample: (order.get(sample.direction, len(order)), sample.direction)
    )
    parts: list[str] = [
        element(
            "p",
            "The first hits of single queries, with their scores and the concepts that they are linked to.",
        )
    ]
    for direction, group in groupby(samples, key=lambda sample: sample.direction):
        parts.append(element("h3", direction_label(direction)))
        parts += [_sample(sample, run.folder) for sample in group]
    return join(parts)


def _sample(sample: Sample, folder: Path) -> Html:
    asked, found = [*sample.direction.split("-", 1), "items"][:2]
    query = sample.query
    relevant = sum(hit.relevant for hit in sample.hits)
    heading = f"“{query.text}”" if query.text else query.caption or query.id
    shown = _media(folder, query.media, asked, heading) if query.media else Html("")
    about = element(
        "div",
        element("h4", heading),
        shown,
        element("p", f"{relevant} of the first {len(sample.hits)} relevant", class_="quiet"),
    )
    hits = element("ol", *[_hit(hit, folder) for hit in sample.hits], class_="hits")
    return element("article", about, hits, class_="sample", aria_label=f"{asked} to {found}: {heading}")


def _hit(hit: Hit, folder: Path) -> Html:
    shown = _media(folder, hit.media, hit.modality, hit.caption or hit.id) if hit.media else Html("")
    verdict = element("span", "✓ relevant", class_="verdict") if hit.relevant else Html("")
    place = element(
        "p", element("span", f"{hit.rank}."), verdict, element("span", f"{hit.score:.3f}"), class_="place"
    )
    concepts = [element("li", concept) for concept in hit.concepts]
    return element(
        "li",
        shown,
        place,
        element("p", hit.caption or hit.id, title=hit.id),
        element("ul", *concepts, class_="concepts", aria_label="concepts") if concepts else Html(""),
        class_="hit relevant" if hit.relevant else "hit",
    )


def _media(folder: Path, path: Path, modality: str, description: str) -> Html:
    """Return a picture or a player; a relative path counts from the run folder."""
    if modality == "audio":
        return sound(folder / path, description)
    return element("div", picture(folder / path, description), class_="frame")
