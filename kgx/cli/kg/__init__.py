"""``kgx kg``: knowledge graphs in, out, and worked on. One group of commands a file."""

from __future__ import annotations

import typer

from kgx.cli.kg.checkpoints import checkpoint
from kgx.cli.kg.completing import COMPLETE_EXAMPLES, complete
from kgx.cli.kg.diffing import DIFF_EXAMPLES, diff
from kgx.cli.kg.editing import FORGET_EXAMPLES, PATCH_EXAMPLES, REMOVE_EXAMPLES, forget, patch, remove
from kgx.cli.kg.evaluating import EVALUATE_EXAMPLES, evaluate
from kgx.cli.kg.exporting import CONVERT_EXAMPLES, EXPORT_EXAMPLES, convert, export
from kgx.cli.kg.fetching import FETCH_EXAMPLES, fetch
from kgx.cli.kg.importing import ADD_EXAMPLES, IMPORT_EXAMPLES, add, import_
from kgx.cli.kg.many_values import ManyValuesCommand
from kgx.cli.kg.mapping import MAP_EXAMPLES, map_
from kgx.cli.kg.merging import MERGE_EXAMPLES, merge
from kgx.cli.kg.pretraining import PRETRAIN_EXAMPLES, pretrain
from kgx.cli.kg.querying import QUERY_EXAMPLES, query
from kgx.cli.kg.showing import SHOW_EXAMPLES, show
from kgx.cli.kg.splitting import SPLIT_EXAMPLES, split
from kgx.cli.kg.stats import STATS_EXAMPLES, stats
from kgx.cli.kg.subsetting import SUBSET_EXAMPLES, subset
from kgx.cli.kg.triple_options import TripleCommand
from kgx.cli.kg.validating import VALIDATE_EXAMPLES, validate

__all__ = ["kg"]

kg = typer.Typer(
    name="kg",
    help="Import, export, check, query and change knowledge graphs.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

kg.command("import", epilog=IMPORT_EXAMPLES)(import_)
kg.command("add", epilog=ADD_EXAMPLES)(add)
kg.command(epilog=FETCH_EXAMPLES)(fetch)
kg.command(epilog=EXPORT_EXAMPLES)(export)
kg.command(epilog=CONVERT_EXAMPLES)(convert)
kg.command(epilog=VALIDATE_EXAMPLES)(validate)
kg.command(epilog=STATS_EXAMPLES)(stats)
kg.command(epilog=QUERY_EXAMPLES)(query)
kg.command(epilog=SHOW_EXAMPLES)(show)
kg.command(epilog=SUBSET_EXAMPLES)(subset)
kg.command(epilog=MERGE_EXAMPLES)(merge)
kg.command("map", epilog=MAP_EXAMPLES)(map_)
kg.command(epilog=DIFF_EXAMPLES)(diff)
kg.command(epilog=PATCH_EXAMPLES)(patch)
kg.command(epilog=SPLIT_EXAMPLES)(split)
kg.command(cls=TripleCommand, epilog=REMOVE_EXAMPLES)(remove)
kg.command(epilog=FORGET_EXAMPLES)(forget)
kg.command(cls=ManyValuesCommand, epilog=EVALUATE_EXAMPLES)(evaluate)
kg.command(epilog=COMPLETE_EXAMPLES)(complete)
kg.command(epilog=PRETRAIN_EXAMPLES)(pretrain)
kg.add_typer(checkpoint)
