"""Typed configuration of an experiment, one YAML file each."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import yaml
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError, field_validator

from kgx.collection import MODALITIES
from kgx.errors import ConfigError
from kgx.train import TrainingOptions
from kgx.transfer.options import RelationOptions

__all__ = [
    "Expected",
    "ExperimentConfig",
    "MLPOptions",
    "SimilarityOptions",
    "TargetCompletionOptions",
    "check_config",
    "completed_by",
    "load_config",
]

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")


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


class TargetCompletionOptions(_Strict):
    """Predicted links of the target, before propagation.

    Attributes:
        checkpoint: of the relation model; a path within the working folder, or from the root.
        top: most links to concepts that an item gets.
        min_confidence: the least confidence of a link.
        relations: relations between concepts that are completed too, by the last part of their IRIs.
        concept_links: most links between concepts that are added, over all of these relations.
    """

    checkpoint: Path
    top: int = Field(default=1, ge=1)
    min_confidence: float = Field(default=0.95, ge=0, le=1)
    relations: tuple[str, ...] = ()
    concept_links: int = Field(default=1000, ge=1)


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
        completion: whether ours is also run on a target whose missing links a relation model has filled in.
        expected: ranges that the results are checked against.
    """

    title: str
    purpose: str
    source_of_idea: str
    graph: str
    source: str
    target: str
    encoders: dict[str, str]
    shots: tuple[NonNegativeInt, ...] = Field(default=(0, 50, 200), min_length=1)
    seeds: tuple[NonNegativeInt, ...] = Field(default=(0, 1, 2, 3, 4), min_length=1)
    generic_caption: int = Field(default=8, ge=1)
    threads: int = Field(default=2, ge=1)
    samples: int = Field(default=12, ge=0)
    relation: RelationOptions = RelationOptions()
    mlp: MLPOptions = MLPOptions()
    similarity: SimilarityOptions = SimilarityOptions()
    completion: TargetCompletionOptions | None = None
    expected: tuple[Expected, ...] = ()

    @field_validator("encoders")
    @classmethod
    def _with_text(cls, encoders: dict[str, str]) -> dict[str, str]:
        if not {"text"} <= set(encoders) <= set(MODALITIES):
            raise ValueError(
                f"expected encoders of text and others of {', '.join(MODALITIES)}, got {', '.join(encoders)}"
            )
        return encoders


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
    return check_config(content, str(path))


def check_config(content: Mapping[str, Any], origin: str) -> ExperimentConfig:
    """Check the options of an experiment.

    Args:
        content: name -> value.
        origin: where they come from, for messages.

    Raises:
        ConfigError: an option is unknown (the nearest known one is named), is missing, or has an impossible value.

    >>> check_config({"titel": "Owls"}, "owls.yaml")
    Traceback (most recent call last):
    ...
    kgx.errors.ConfigError: owls.yaml: titel: unknown option; did you mean 'title'?
    """
    try:
        return ExperimentConfig.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {_first_problem(error)}") from error


def completed_by(config: ExperimentConfig, checkpoint: Path) -> ExperimentConfig:
    """Return an experiment with its target completed by a checkpoint; how is as it is configured, or the default."""
    completion = config.completion or TargetCompletionOptions(checkpoint=checkpoint)
    return config.model_copy(update={"completion": completion.model_copy(update={"checkpoint": checkpoint})})


def _first_problem(error: ValidationError) -> str:
    problem = min(
        error.errors(), key=lambda found: found["type"] not in _UNKNOWN
    )  # misspelt rather than missing
    *path, last = problem["loc"]
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] not in _UNKNOWN:
        return f"{place}: {problem['msg']}"
    known: Any = ExperimentConfig
    for part in path:
        known = _fields(known)[part] if isinstance(part, str) else get_args(known)[0]
    near = difflib.get_close_matches(str(last), list(_fields(known)), n=1, cutoff=0.0)
    return f"{place}: unknown option; did you mean {near[0]!r}?"


def _fields(kind: Any) -> dict[str, Any]:
    """Return the types of a model's fields, of an optional one too."""
    kind = next((one for one in get_args(kind) if one is not NoneType), kind)
    if issubclass(kind, BaseModel):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    return get_type_hints(kind)
