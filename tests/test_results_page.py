"""The page of results is what its run folders say, where they are there."""

from __future__ import annotations

import re
from pathlib import Path

from experiments.report_many import runs_markdown

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "results.md"


def sections() -> list[tuple[str, str]]:
    """Name of the run folder and text of every section of the page."""
    if not PAGE.is_file():
        return []
    parts = re.split(r"(?m)^(?=## )", PAGE.read_text(encoding="utf-8"))[1:]
    return [(re.findall(r"From the run folder `([^`]+)`", part)[0], part) for part in parts]


def test_every_section_names_its_run_folder() -> None:
    names = [name for name, _ in sections()]
    assert len(names) == len(set(names))


def test_figures_are_those_of_the_runs_that_are_here() -> None:
    """Run folders are no part of the repository: where one lies here, its section has to be made of it."""
    stale = []
    for name, text in sections():
        folder = ROOT / "runs" / "experiments" / name
        if (folder / "finished.json").is_file() and text.strip() != runs_markdown([folder]).strip():
            stale.append(name)
    assert stale == [], "run: make docs"
