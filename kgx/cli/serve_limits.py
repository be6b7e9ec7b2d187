"""Options of ``kgx serve`` that say how much may be asked of it, and how slowly."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from kgx.serve.options import FEWEST_HITS, MOST_HITS, Limits

__all__ = [
    "DEFAULTS",
    "KIB",
    "MEGA",
    "MIB",
    "AnswerSeconds",
    "BodySeconds",
    "BodySize",
    "Connections",
    "HeadSeconds",
    "HeadSize",
    "IdleSeconds",
    "MostHits",
    "Pixels",
    "Requests",
    "ShutdownSeconds",
    "SoundSeconds",
    "Workers",
    "WriteSeconds",
]

DEFAULTS: Final = Limits()
KIB: Final = 1 << 10
MIB: Final = 1 << 20
MEGA: Final = 1_000_000
_PANEL: Final = "Limits"
_LONGEST: Final = 86_400  # seconds

BodySize = Annotated[
    float,
    typer.Option(
        "--body-size",
        min=0.01,
        max=4096,
        help="MiB that a request may send: a picture, a sound, or JSON.",
        rich_help_panel=_PANEL,
    ),
]
HeadSize = Annotated[
    int,
    typer.Option(
        "--head-size",
        min=1,
        max=1024,
        help="KiB of a request's line and headers.",
        rich_help_panel=_PANEL,
    ),
]
Pixels = Annotated[
    float,
    typer.Option(
        "--megapixels",
        min=0.01,
        max=64,  # more than that nothing decodes
        help="Millions of pixels of a picture that comes with a request.",
        rich_help_panel=_PANEL,
    ),
]
SoundSeconds = Annotated[
    float,
    typer.Option(
        "--sound-seconds",
        min=0.1,
        max=_LONGEST,
        help="Length of a sound that comes with a request.",
        rich_help_panel=_PANEL,
    ),
]
MostHits = Annotated[
    int,
    typer.Option(
        "--most-hits",
        min=FEWEST_HITS,
        max=MOST_HITS,
        help="Hits that a request may ask for: the largest k.",
        rich_help_panel=_PANEL,
    ),
]
Connections = Annotated[
    int,
    typer.Option(
        "--connections",
        min=8,
        max=65_536,
        help="Connections at once; when all are taken, the one that has been silent for longest makes room.",
        rich_help_panel=_PANEL,
    ),
]
Requests = Annotated[
    int,
    typer.Option(
        "--requests",
        min=1,
        max=65_536,
        help="Requests that are answered, or wait for it, at once; more are sent away.",
        rich_help_panel=_PANEL,
    ),
]
Workers = Annotated[
    int, typer.Option("--workers", min=1, max=256, help="Threads that answer.", rich_help_panel=_PANEL)
]


def _seconds(name: str, told: str, least: float = 0.1) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        name, min=least, max=_LONGEST, help=told, rich_help_panel=_PANEL
    )
    return option


HeadSeconds = Annotated[float, _seconds("--head-seconds", "Until a connection has sent a request's headers.")]
BodySeconds = Annotated[float, _seconds("--body-seconds", "Until it has sent the body.")]
AnswerSeconds = Annotated[float, _seconds("--answer-seconds", "Until the answer begins.")]
WriteSeconds = Annotated[float, _seconds("--write-seconds", "Until a client has taken what was sent to it.")]
IdleSeconds = Annotated[
    int, _seconds("--idle-seconds", "Until the next request of a connection; it is closed then.", 1)
]
ShutdownSeconds = Annotated[
    int, _seconds("--shutdown-seconds", "For what is in flight when the server is stopped.", 1)
]
