"""Write the pages that say what the code says itself: ``docs/cli.md`` and ``docs/modules.md``.

Run: ``make docs`` (a test compares the pages with the code). Where ``make experiments`` has left finished runs, it
also writes ``docs/results.md`` from them; no figure of that page is typed.
"""

from __future__ import annotations

import ast
import html
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("graphs", "kgx", "experiments")


def modules_page() -> str:
    """List every module by room, with the first sentence of its docstring."""
    parts = [
        "# Modules",
        "Every module and what it says of itself. [architecture.md](architecture.md) tells how they belong together.",
    ]
    for package in PACKAGES:
        rooms = sorted({path.parent for path in (ROOT / package).rglob("*.py")})
        for room in rooms:
            name = room.relative_to(ROOT).as_posix()
            parts.append(f"{'##' if '/' not in name else '###'} `{name}/`")
            if told := _first_sentence(room / "__init__.py"):
                parts.append(told)
            rows = [
                f"| `{path.relative_to(ROOT).as_posix()}` | {_first_sentence(path)} |"
                for path in sorted(room.glob("*.py"))
                if path.name != "__init__.py"
            ]
            if rows:
                parts.append("\n".join(["| module | what it holds |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _first_sentence(path: Path) -> str:
    if not path.is_file():
        return ""
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(told.split("\n\n")[0].split())
    plain = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", first).replace("``", "`")
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", plain)[0].replace("|", "\\|")


def cli_page() -> str:
    """List every command with its arguments, its options and its examples, as ``--help`` has them."""
    command = [sys.executable, "-m", "typer", "kgx.cli.app", "utils", "docs", "--name", "kgx"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    text = html.unescape(done.stdout.replace("# `kgx`", "# Command line", 1))
    lines = []
    for line in text.splitlines():
        example = line.startswith(("kgx ", "curl "))
        lines.append(f"    {line}" if example else line)
    return "\n".join(lines).strip() + "\n"


def finished_runs() -> list[Path]:
    """Return the run folders of finished experiments, by name."""
    return sorted(path.parent for path in RUNS.glob("*/finished.json"))


def results_page(runs: list[Path]) -> str:
    """Tell what finished experiments found, each in a section, from their files alone."""
    sys.path.insert(0, str(ROOT))
    from experiments.report_many import evaluations_ledger, runs_markdown

    main = [DEMO] if (DEMO / "finished.json").is_file() else []
    return "\n\n".join(filter(None, (RESULTS_HEAD, evaluations_ledger([*main, *runs]), runs_markdown(runs))))


RUNS = ROOT / "runs" / "experiments"
DEMO = ROOT / "runs" / "demo"
RESULTS_HEAD = """# Results

What the experiments found, each section from the run folder below `runs/experiments/` that it names: bars first,
then the tables (means over seeds; 95 % bootstrap intervals over queries), then what is significant. `make experiments`
runs them all and writes this page again; [experiments.md](experiments.md) says how they are made, and each run folder
has a `report.html` with plots, data sets and parameters."""
PAGES = {"cli.md": cli_page, "modules.md": modules_page}


def main() -> int:
    """Write the pages."""
    for name, make in PAGES.items():
        (ROOT / "docs" / name).write_text(make(), encoding="utf-8")
    if runs := finished_runs():
        (ROOT / "docs" / "results.md").write_text(results_page(runs), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
