"""``kgx serve``: a run over HTTP, with a web page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgx.cli.options import Debug, RunFolder, RunModel, Threads
from kgx.threads import configure

__all__ = ["SERVE_EXAMPLES", "serve"]

SERVE_EXAMPLES = """
Examples:

kgx serve runs/demo

kgx serve runs/demo --port 9000 --token-file token.txt

kgx serve runs/demo --host 0.0.0.0 --token-file token.txt

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
    connections: Annotated[int, typer.Option("--connections", min=8, help="Connections at once.")] = 512,
    model: RunModel = None,
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
        limits=Limits(connections=connections),
    )
    if options.token is None or read_only:
        run_server(Searcher.open(run, model=model, threads=threads), options)
        return
    from kgx.editing import RunEditor

    with RunEditor.open(run, model=model, threads=threads) as editor:
        run_server(editor.searcher, options, editable=editor)
