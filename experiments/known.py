"""What a configuration may name, the one place where names are held against it: an unknown one gets the nearest."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator

from experiments.categorised import CategoryTask
from experiments.domains import DOMAINS
from kgx.checked_options import known_names
from kgx.collection import MODALITIES
from kgx.encoders import ENCODERS

__all__ = ["DomainName", "KnownTask", "among", "check_encoder", "check_model"]

_HUB: Final = "hf:"


def among(known: Collection[str]) -> BeforeValidator:
    """Return what refuses unknown names and those that come twice: in a name, in several, or in a mapping's keys.

    >>> among(["owl", "heron"]).func(["owl", "herron"])
    Traceback (most recent call last):
    ...
    ValueError: unknown name 'herron'; did you mean 'heron'?
    """

    def check(given: Any) -> Any:
        if isinstance(given, (str, list, tuple, dict)):
            known_names((given,) if isinstance(given, str) else tuple(given), tuple(known))
        return given

    return BeforeValidator(check)


DomainName = Annotated[str, among(DOMAINS)]
"""Name of one of :data:`experiments.domains.DOMAINS`."""


def check_model(name: str, bundled: Collection[str]) -> None:
    """Refuse the name of a model that is neither bundled nor ``hf:NAME-OR-FOLDER``.

    Raises:
        ValueError: it is neither; the nearest bundled one is named.
    """
    if not (name.startswith(_HUB) and name.removeprefix(_HUB)):
        known_names((name,), bundled)


def check_encoder(name: str, modality: str) -> None:
    """Refuse the name of an encoder that there is not, or that takes another modality.

    Raises:
        ValueError: no encoder of the modality has the name; the nearest one is named.

    >>> check_encoder("bundled:txt", "text")
    Traceback (most recent call last):
    ...
    ValueError: unknown name 'bundled:txt'; did you mean 'bundled:text'?
    """
    takes = {encoder: getattr(made, "modalities", MODALITIES) for encoder, made in ENCODERS.items()}
    check_model(name, [encoder for encoder, modalities in takes.items() if modality in modalities])


def _of_known_domain(task: CategoryTask) -> CategoryTask:
    known_names((task.domain,), DOMAINS)
    return task


KnownTask = Annotated[CategoryTask, AfterValidator(_of_known_domain)]
"""A task whose collection there is."""
