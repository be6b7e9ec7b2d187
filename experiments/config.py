"""Typed configuration of an experiment, one YAML file each."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgx.errors import ConfigError
from kgx.train import TrainingOptions
from kgx.transfer.options import RelationOptions

__all__ = ["Expected", "ExperimentConfig", "MLPOptions", "SimilarityOptions", "load_config"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MLPOptions(_Strict):
    """The contrastive network without a graph."""

    hidden: int = Field(default=512, ge=1)
    dropout: float = Field(default=0.3, ge=0, lt=1)
    training: TrainingOptions = TrainingOptions(epochs=20, learning_rate=1e-3, patience=4)
    adaptation: TrainingOptions = TrainingOptions(epochs=30, learning_rate=3e-4)


class SimilarityOptions(_Strict):
    """Parameter-free propagation over similarities."""

    neighbours: int = Field(default=10, ge=1)
    temperature: float = Field(default=0.05, gt=0)


class Expected(_Strict):
    """Range in which a figure has to fall for the run to count as repeated."""

    direction: str
    method: str
    shots: int
    metric: str
    low: float
    high: float


class ExperimentConfig(_Strict):
    """One experiment.

    Attributes:
        title, purpose, source_of_idea: what it is, what it shows, where it comes from.
        graph, source, target: names of domains.
        encoders: modality -> encoder name.
        shots: numbers of target pairs.
        seeds: of training and of the draw of pairs.
        generic_caption: a source text that more drawings than this share says nothing of any one, and is left out.
        expected: ranges that the results are checked against.
    """

    title: str
    purpose: str
    source_of_idea: str
    graph: str
    source: str
    target: str
    encoders: dict[str, str]
    shots: tuple[int, ...] = (0, 50, 200)
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    generic_caption: int = Field(default=8, ge=1)
    threads: int = Field(default=2, ge=1)
    samples: int = Field(default=12, ge=0)
    relation: RelationOptions = RelationOptions()
    mlp: MLPOptions = MLPOptions()
    similarity: SimilarityOptions = SimilarityOptions()
    expected: tuple[Expected, ...] = ()


def load_config(path: str | Path) -> ExperimentConfig:
    """Read and check a configuration.

    Raises:
        ConfigError: the file cannot be read or parsed, a key is unknown (the nearest known one is named), or a value is
            impossible.
    """
    try:
        content: Any = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected a mapping of options, got {type(content).__name__}")
    try:
        return ExperimentConfig.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error)}") from error


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "extra_forbidden":
        return f"{place}: {problem['msg']}"
    model: type[BaseModel] = ExperimentConfig
    for part in problem["loc"][:-1]:
        inner = model.model_fields[str(part)].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    near = difflib.get_close_matches(str(problem["loc"][-1]), list(model.model_fields), n=1, cutoff=0.0)
    return f"{place}: unknown option; did you mean {near[0]!r}?"
