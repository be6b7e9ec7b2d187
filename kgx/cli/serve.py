"""``kgx serve``: a run over HTTP, with a web page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.options import Debug, Mapped, RunFolder, RunModel, Threads
from kgx.cli.serve_limits import (
    DEFAULTS,
    KIB,
    MEGA,
    MIB,
    AnswerSeconds,
    BodySeconds,
    BodySize,
    Connections,
    HeadSeconds,
    HeadSize,
    IdleSeconds,
    MostHits,
    Pixels,
    Requests,
    ShutdownSeconds,
    SoundSeconds,
    Workers,
    WriteSeconds,
)
from kgx.threads import configure

__all__ = ["SERVE_EXAMPLES", "serve"]

SERVE_EXAMPLES = """
Examples:

kgx serve runs/demo

kgx serve runs/demo --port 9000 --token-file token.txt

kgx serve runs/demo --host 0.0.0.0 --token-file token.txt

kgx serve runs/demo --body-size 4 --megapixels 8 --most-hits 50 --answer-seconds 5

curl -H 'Content-Type: application/json' -d '{"text": "a bird of prey"}' http://127.0.0.1:8000/v1/search
"""


def serve(
    run: RunFolder,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; any but this machine's own needs a token.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file", help="File with the token that editing, and others than this machine, need."
        ),
    ] = None,
    protect: Annotated[
        bool, typer.Option("--protect", help="Ask for the token for searching too, on this machine as well.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name", help="Another name that the server is asked by, as by a proxy on this machine."
        ),
    ] = None,
    read_only: Annotated[
        bool,
        typer.Option("--read-only", help="Let nobody add or remove items, not even with the token."),
    ] = False,
    body_size: BodySize = DEFAULTS.body_bytes / MIB,
    head_size: HeadSize = DEFAULTS.head_bytes >> 10,
    megapixels: Pixels = DEFAULTS.pixels / MEGA,
    sound_seconds: SoundSeconds = DEFAULTS.sound_seconds,
    most_hits: MostHits = DEFAULTS.hits,
    connections: Connections = DEFAULTS.connections,
    requests: Requests = DEFAULTS.requests,
    workers: Workers = DEFAULTS.workers,
    head_seconds: HeadSeconds = DEFAULTS.head_seconds,
    body_seconds: BodySeconds = DEFAULTS.body_seconds,
    answer_seconds: AnswerSeconds = DEFAULTS.answer_seconds,
    write_seconds: WriteSeconds = DEFAULTS.write_seconds,
    idle_seconds: IdleSeconds = DEFAULTS.idle_seconds,
    shutdown_seconds: ShutdownSeconds = DEFAULTS.shutdown_seconds,
    model: RunModel = None,
    mmap: Mapped = True,
    threads: Threads = 2,
    debug: Debug = False,
) -> None:
    """Serve a run over HTTP: a web page, and an interface that programs ask (/openapi.json describes it).

    Stop it by Ctrl-C or SIGTERM: what is in flight is answered first.
    """
    # Requests are shared out among threads; within one, the numeric libraries would only wait for one another.
    configure(1)
    from kgx.search import Searcher
    from kgx.serve.options import Limits, ServerOptions, read_token
    from kgx.serve.server import serve as run_server

    options = ServerOptions(
        host=host,
        port=port,
        token=None if token_file is None else read_token(token_file),
        protect_reading=protect,
        names=frozenset(name or ()),
        limits=Limits(
            head_bytes=head_size * KIB,
            body_bytes=round(body_size * MIB),
            pixels=round(megapixels * MEGA),
            sound_seconds=sound_seconds,
            hits=most_hits,
            connections=connections,
            requests=requests,
            workers=workers,
            head_seconds=head_seconds,
            body_seconds=body_seconds,
            answer_seconds=answer_seconds,
            write_seconds=write_seconds,
            idle_seconds=idle_seconds,
            shutdown_seconds=shutdown_seconds,
        ),
    )
    if options.token is None or read_only:
        run_server(Searcher.open(run, model=model, threads=threads, mmap=mmap), options)
        return
    from kgx.editing import RunEditor

    with RunEditor.open(run, model=model, threads=threads, mmap=mmap) as editor:
        run_server(editor.searcher, options, editable=editor)
