"""Configuration of an experiment, one YAML file each: read, checked by its kind, and the options of retrieval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator, model_validator

from experiments.experiment import Expected, ExperimentBase, Strict
from experiments.kinds import load_kind
from experiments.known import DomainName, among, check_encoder
from experiments.method_names import (
    COMPLETED,
    DEFAULT_METHODS,
    FUSED_PARTS,
    METHODS,
    TEXT_AND_PICTURE_ONLY,
    UNPAIRED,
)
from experiments.planned import PlannedExperiment, Row, plan_problem
from experiments.protocol import DIRECTIONS
from kgx.checked_options import checked
from kgx.collection import MODALITIES
from kgx.errors import ConfigError
from kgx.fusion.vectors import checked_weights
from kgx.option_trees import read_options
from kgx.train import TrainingOptions
from kgx.transfer.feature import FEATURE_MAPS, new_feature_map
from kgx.transfer.options import RelationOptions

__all__ = [
    "Expected",
    "ExperimentBase",
    "ExperimentConfig",
    "MLPOptions",
    "SimilarityOptions",
    "TargetCompletionOptions",
    "WorldOptions",
    "check_config",
    "completed_by",
    "load_config",
    "load_retrieval_config",
    "takes_part",
]

_DIRECTIONS = tuple(f"{asked}-{sought}" for asked, sought in DIRECTIONS)


class MLPOptions(Strict):
    """The contrastive network without a graph."""

    hidden: int = Field(default=512, ge=1)
    dropout: float = Field(default=0.3, ge=0, lt=1)
    training: TrainingOptions = TrainingOptions(epochs=20, learning_rate=1e-3, patience=4)
    adaptation: TrainingOptions = TrainingOptions(epochs=30, learning_rate=3e-4)


class SimilarityOptions(Strict):
    """Parameter-free propagation over similarities."""

    neighbours: int = Field(default=10, ge=1)
    temperature: float = Field(default=0.05, gt=0)


class TargetCompletionOptions(Strict):
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


class WorldOptions(PlannedExperiment):
    """An experiment with a world of its own: what :meth:`experiments.world.World.build` needs.

    Attributes:
        graph, source, target: names of domains.
        encoders: modality -> encoder name; items of any other modality are left out.
        generic_caption: a source text that more drawings than this share says nothing of any one, and is left out.
    """

    graph: DomainName
    source: DomainName
    target: DomainName
    encoders: dict[str, str]
    generic_caption: int = Field(default=8, ge=1)

    @field_validator("encoders")
    @classmethod
    def _with_text(cls, encoders: dict[str, str]) -> dict[str, str]:
        if not {"text"} <= set(encoders) <= set(MODALITIES):
            raise ValueError(
                f"expected encoders of text and others of {', '.join(MODALITIES)}, got {', '.join(encoders)}"
            )
        for modality, name in encoders.items():
            check_encoder(name, modality)
        return encoders

    @model_validator(mode="after")
    def _without_gap(self) -> Self:
        for modality in sorted(self.modalities() - set(self.encoders)):
            raise ValueError(f"expected an encoder of {modality}, got encoders of {', '.join(self.encoders)}")
        return self

    def modalities(self) -> frozenset[str]:
        """Return the modalities without whose items there would be nothing to compute."""
        return frozenset({"text"})


class ExperimentConfig(WorldOptions):
    """Retrieval on a target by methods side by side; a configuration that names no kind is one of these.

    Attributes:
        shots: numbers of target pairs; ``all`` is all that there are.
        methods: which of :data:`experiments.method_names.METHODS` are compared; a completed target adds its own.
        directions: who asks whom.
        feature_maps: name of a feature map -> its options.
        vae: how long and how fast the map of that name is trained.
        fewer_seeds: method -> how many of the seeds it is run with, where all would take too long.
        fusion_weights: part -> weight, for fusions that learn none.
        ranking_depth: how many items of each query the TREC files hold, at most.
        samples: how many queries are shown with what they find.
        completion: whether ours is also run on a target whose missing links a relation model has filled in.
    """

    kind: Literal["retrieval"] = "retrieval"
    shots: tuple[NonNegativeInt | Literal["all"], ...] = Field(default=(0, 50, 200), min_length=1)
    methods: Annotated[tuple[str, ...], among(METHODS)] = Field(default=DEFAULT_METHODS, min_length=1)
    directions: Annotated[tuple[str, ...], among(_DIRECTIONS)] = Field(default=_DIRECTIONS, min_length=1)
    feature_maps: Annotated[dict[str, dict[str, Any]], among(FEATURE_MAPS)] = Field(default_factory=dict)
    vae: TrainingOptions = TrainingOptions(epochs=30, learning_rate=3e-3, weight_decay=0.0)
    fewer_seeds: Annotated[dict[str, PositiveInt], among(METHODS)] = Field(default_factory=dict)
    fusion_weights: Annotated[dict[str, float], among(FUSED_PARTS)] = Field(default_factory=dict)
    ranking_depth: int = Field(default=1000, ge=50)
    samples: int = Field(default=12, ge=0)
    relation: RelationOptions = RelationOptions()
    mlp: MLPOptions = MLPOptions()
    similarity: SimilarityOptions = SimilarityOptions()
    completion: TargetCompletionOptions | None = None

    @field_validator("feature_maps")
    @classmethod
    def _known_maps(cls, maps: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, options in maps.items():
            try:
                new_feature_map(name, **options)
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return maps

    @field_validator("fusion_weights")
    @classmethod
    def _of_all_parts(cls, weights: dict[str, float]) -> dict[str, float]:
        return checked_weights(dict.fromkeys(FUSED_PARTS), weights) if weights else weights

    def modalities(self) -> frozenset[str]:
        """Return texts and pictures, which pairs of a pool are made of."""
        return frozenset({"text", "image"})

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the tables, but for those that the target has too few pairs for."""
        methods = dict.fromkeys((*self.methods, *((COMPLETED,) if self.completion else ())))
        for direction in self.directions:
            if set(direction.split("-")) <= set(self.encoders):
                for method in methods:
                    for shots in self.shots:
                        if takes_part(direction, method, shots):
                            yield direction, method, None if shots == "all" else shots

    def files(self) -> tuple[Path, ...]:
        """Return the checkpoint of the relation model, where there is one."""
        return () if self.completion is None else (self.completion.checkpoint,)


def takes_part(direction: str, method: str, shots: int | str) -> bool:
    """Say whether a method has a row: what maps between modalities needs pairs of both, some have no use for pairs.

    >>> [takes_part("text-image", *row) for row in (("ridge", 0), ("random", 50))], takes_part("text-audio", "ridge", 0)
    ([True, False], False)
    """
    if shots and method in UNPAIRED:
        return False
    needs_pairs = method in ("ridge", "mlp", "similarity")
    return "audio" not in direction or (
        method not in TEXT_AND_PICTURE_ONLY and (shots != 0 or not needs_pairs)
    )


def load_config(path: str | Path) -> ExperimentBase:
    """Read and check a configuration; its kind says which options there are.

    Raises:
        ConfigError: the file cannot be read or parsed, a key or the kind is unknown (the nearest known one is named),
            or a value is impossible.
    """
    return check_config(read_options(path), str(path))


def load_retrieval_config(path: str | Path) -> ExperimentConfig:
    """Read and check a configuration that has to be one of retrieval.

    Raises:
        ConfigError: as :func:`load_config`, or it is of another kind.
    """
    config = load_config(path)
    if not isinstance(config, ExperimentConfig):
        raise ConfigError(f"{path}: expected an experiment of the kind 'retrieval', got {config.kind!r}")
    return config


def check_config(content: Mapping[str, Any], origin: str) -> ExperimentBase:
    """Check the options of an experiment.

    Args:
        content: name -> value; without a ``kind`` it is one of retrieval.
        origin: where they come from, for messages.

    Raises:
        ConfigError: an option, the kind or what an option names is unknown (the nearest known one is named), an option
            is missing, or has an impossible value; there would be nothing to compute; or a range is expected of what
            will have no figure.

    >>> check_config({"titel": "Owls"}, "owls.yaml")
    Traceback (most recent call last):
    ...
    kgx.errors.ConfigError: owls.yaml: titel: unknown option; did you mean 'title'?
    """
    try:
        kind = load_kind(content.get("kind", "retrieval"))
    except ConfigError as error:
        raise ConfigError(f"{origin}: kind: {error}") from error
    options = checked(kind.options, content, origin)
    if problem := plan_problem(options):
        raise ConfigError(f"{origin}: {problem}")
    return options


def completed_by(config: ExperimentConfig, checkpoint: Path) -> ExperimentConfig:
    """Return an experiment with its target completed by a checkpoint; how is as it is configured, or the default."""
    completion = config.completion or TargetCompletionOptions(checkpoint=checkpoint)
    return config.model_copy(update={"completion": completion.model_copy(update={"checkpoint": checkpoint})})
