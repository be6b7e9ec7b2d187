"""Options as trees of names and values: read from YAML, replaced by ``NAME=VALUE``, laid over others."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from kgx.errors import ConfigError

__all__ = ["laid_over", "named_values", "read_options", "with_changes"]

# What the parser raises: for an impossible date, a ValueError; where a tag does not fit its value, one of the others.
_NO_YAML = (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError)


def read_options(path: str | Path) -> dict[str, Any]:
    """Read options from a YAML file (https://yaml.org/spec/1.1/), as they stand there.

    Raises:
        ConfigError: the file cannot be read, or holds no mapping in YAML.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
    ...     _ = file.write("training: {epochs: 3}")
    ...     file.flush()
    ...     read_options(file.name)
    {'training': {'epochs': 3}}
    """
    try:
        content: Any = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except _NO_YAML as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected a mapping of options, got {type(content).__name__}")
    return content


def named_values(words: Sequence[str]) -> dict[str, Any]:
    """Return what words such as ``relation.hops=1`` say: dotted name -> value, read as YAML.

    Raises:
        ConfigError: one is not ``NAME=VALUE``.

    >>> named_values(["training.epochs=3", "seeds=[0, 1]"])
    {'training.epochs': 3, 'seeds': [0, 1]}
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"--set: expected NAME=VALUE, got {word!r}")
        try:
            found[name.strip()] = yaml.safe_load(value)
        except _NO_YAML as error:
            raise ConfigError(f"--set: expected NAME=VALUE, got {word!r}") from error
    return found


def with_changes(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with some of them replaced.

    Args:
        content: the options, as a tree.
        changes: dotted name -> value.

    >>> with_changes({"relation": {"hops": 2}}, {"relation.hops": 1, "mlp.hidden": 64})
    {'relation': {'hops': 1}, 'mlp': {'hidden': 64}}
    """
    tree = copy.deepcopy(dict(content))
    for name, value in changes.items():
        *path, last = name.split(".")
        place = tree
        for part in path:
            if not isinstance(place.get(part), dict):
                place[part] = {}
            place = place[part]
        place[last] = value
    return tree


def laid_over(content: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with those of another tree in their places; what that says nothing of stays.

    Args:
        content: the options, as a tree.
        further: some of them, and perhaps others.

    >>> laid_over({"training": {"epochs": 16, "patience": 4}, "hops": 2}, {"training": {"epochs": 20}})
    {'training': {'epochs': 20, 'patience': 4}, 'hops': 2}
    """
    tree = dict(content)
    for name, value in further.items():
        below = tree.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            tree[name] = laid_over(below, value)
        else:
            tree[name] = value
    return tree
