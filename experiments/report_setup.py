"""What a run was made of: cards of its data sets, its parameters, its environment and its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.artefacts import DataSet
from experiments.markup import Html, element, join
from experiments.report_tables import simple_table
from experiments.results import RunResults

__all__ = ["cards_section", "parameters", "setup_section"]

_TOLD_ELSEWHERE = frozenset({"title", "purpose", "source_of_idea", "expected"})


def cards_section(run: RunResults) -> Html:
    """Return a card for each data set."""
    return join([_card(data) for data in run.data_sets])


def setup_section(run: RunResults) -> Html:
    """Return parameters, environment and configuration."""
    parts: list[str] = []
    rows = list(parameters(run.config))
    if rows:
        parts.append(simple_table("Parameters", ["parameter", "value"], rows, words=(1,)))
    if run.environment:
        entries = [
            join([element("dt", str(name)), element("dd", _words(value))])
            for name, value in run.environment.items()
        ]
        parts += [element("h3", "Environment"), element("dl", *entries)]
    if run.config_text:
        parts += [element("h3", "Configuration"), element("pre", element("code", run.config_text))]
    return join(parts)


def parameters(config: Mapping[str, Any], prefix: str = "") -> Iterator[list[str]]:
    """Yield every parameter of a configuration by its dotted name, with its value in words.

    >>> list(parameters({"title": "Owls", "seeds": [0, 1], "relation": {"hops": 2}}))
    [['seeds', '0, 1'], ['relation.hops', '2']]
    """
    for name, value in config.items():
        if name in _TOLD_ELSEWHERE and not prefix:
            continue
        if isinstance(value, Mapping) and value:
            yield from parameters(value, f"{prefix}{name}.")
        elif value not in (None, {}, []):
            yield [f"{prefix}{name}", _words(value)]


def _card(data: DataSet) -> Html:
    entries = {
        "source": ", ".join(f"Debian package {package}" for package in data.packages),
        "licence": data.licence,
        "preprocessing": data.preprocessing,
        "counted": _counts(data.counts),
        "taken": _counts(data.used),
    }
    told = [join([element("dt", name), element("dd", words)]) for name, words in entries.items() if words]
    return element(
        "div",
        element("h3", f"{data.name} ({data.role})"),
        element("p", data.about),
        element("dl", *told),
        class_="card",
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())


def _words(value: object) -> str:
    """Return a recorded value in words: mappings and lists flat, separated by commas."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_words(inner) for inner in value)
    return str(value)
