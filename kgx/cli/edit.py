"""`kgx edit`: items of a run come and go, and what it knows changes, without building it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgx.cli.options import AsJson, Debug, RunFolder, RunModel, Threads
from kgx.threads import configure

if TYPE_CHECKING:
    from kgx.editing import Edited, RunEditor

__all__ = ["edit"]

_ADD_EXAMPLES = """
Examples:

kgx edit add my-run new-items.csv

kgx edit add my-run new-items.jsonl --json
"""
_REMOVE_EXAMPLES = """
Examples:

kgx edit remove my-run image:owl-3 text:owl-3

cut -f1 gone.tsv | xargs kgx edit remove my-run
"""
_KNOWLEDGE_EXAMPLES = """
Examples:

kgx kg diff old-thesaurus new-thesaurus --format patch > changes.rdfp

kgx edit knowledge my-run changes.rdfp
"""
_COMPACT_EXAMPLES = """
Examples:

kgx edit compact my-run
"""

edit = typer.Typer(
    name="edit", no_args_is_help=True, help="Add and remove items of a run, and change what it knows."
)


@edit.command(epilog=_ADD_EXAMPLES)
def add(
    run: RunFolder,
    items: Annotated[
        Path,
        typer.Argument(
            help="Manifest of the new items: CSV, TSV, JSON Lines or Parquet.", show_default=False
        ),
    ],
    model: RunModel = None,
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Add the items of a manifest to a run; those whose ids it has already are replaced.

    Only these items are encoded, linked and refined. Their files are copied into the run. All of them come, or none.
    """
    from kgx.collection import Collection
    from kgx.editing.new_items import NewItem

    collection = Collection.read(items, strict=True)
    new = [NewItem.of(item, collection) for item in collection]
    _edit(run, model, threads, lambda editor: editor.add(new), as_json=as_json)


@edit.command(epilog=_REMOVE_EXAMPLES)
def remove(
    run: RunFolder,
    ids: Annotated[list[str], typer.Argument(help="Ids of items.", show_default=False)],
    model: RunModel = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Remove items from a run: all of them, or none where one of them is not there."""
    _edit(run, model, 1, lambda editor: editor.remove(ids), as_json=as_json)


@edit.command(epilog=_KNOWLEDGE_EXAMPLES)
def knowledge(
    run: RunFolder,
    patch: Annotated[
        Path,
        typer.Argument(help="RDF Patch: rows A and D, statements that come and go.", show_default=False),
    ],
    model: RunModel = None,
    threads: Threads = 2,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Take statements out of what a run knows, and put others in; what they concern is refined again.

    The run gets a model of its own, whose network is the same. A relation that the model has no path along is shown and
    can be searched by, but moves no vector until the run is built again.
    """
    from graphs.operations.patch import read_patch

    changes = read_patch(patch)
    _edit(
        run,
        model,
        threads,
        lambda editor: editor.change_knowledge(changes, source=patch.name),
        as_json=as_json,
    )


@edit.command(epilog=_COMPACT_EXAMPLES)
def compact(run: RunFolder, model: RunModel = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """Make a run and all its changes one again: it opens faster, and an index that is not flat is trained anew."""

    def compacted(editor: RunEditor) -> Edited:
        from kgx.editing import Edited

        editor.compact()
        return Edited()

    _edit(run, model, 1, compacted, as_json=as_json)


def _edit(
    run: Path, model: Path | None, threads: int, change: Callable[[RunEditor], Edited], *, as_json: bool
) -> None:
    configure(threads)
    from kgx.editing import RunEditor

    with RunEditor.open(run, model=model, threads=threads) as editor:
        edited = change(editor)
        items, changes = editor.run.summary.items, editor.changes
    if as_json:
        typer.echo(
            json.dumps({**asdict(edited), "items": dict(items), "changes": changes}, ensure_ascii=False)
        )
        return
    counts = {
        "added": len(edited.added),
        "replaced": len(edited.replaced),
        "removed": len(edited.removed),
        "refined again": edited.refined,
        "statements added": edited.statements_added,
        "statements removed": edited.statements_removed,
    }
    for name, count in counts.items():
        if count:
            typer.echo(f"{name}: {count:,}")
    held = ", ".join(f"{count:,} of {modality}" for modality, count in items.items())
    made = f"{changes} change{'' if changes == 1 else 's'}"
    typer.echo(f"{run}: {held}; {made} since it was built or compacted")
