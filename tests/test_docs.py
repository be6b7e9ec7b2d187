"""The documentation says what is there: its links, commands, names and modules are held against the code."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

import experiments.run
from experiments.methods import BASELINES
from experiments.results_table import BEGIN, END
from graphs.exporting import WRITERS
from graphs.readers import READERS
from graphs.readers.sniffing import ENDINGS
from kgx.cli import app
from kgx.collection import MODALITIES
from kgx.evaluate.ranking import METRICS
from kgx.transfer.reference import LINK_RELATIONS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PACKAGES = ("graphs", "kgx", "experiments")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_RUNNABLE = re.compile(r"<!-- runnable: (\w+) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

every_document = pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def shell_lines(path: Path) -> list[str]:
    blocks = [body for language, body in _FENCE.findall(read(path)) if language in ("sh", "console")]
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def commands(program: str) -> list[tuple[str, list[str]]]:
    """Every command line of a program, in a block or within a sentence, with the document it stands in."""
    found = []
    for path in DOCS:
        quoted = re.findall(r"`([^`\n]+)`", prose(read(path)))
        for line in (*shell_lines(path), *quoted):
            words = shlex.split(line, comments=True) if line.startswith(program) else []
            if words[: len(program.split())] == program.split() and "…" not in line:
                found.append((path.name, words[len(program.split()) :]))
    return found


def anchors(path: Path) -> set[str]:
    """The names by which a document's headings can be linked to."""
    headings = re.findall(r"^#+ (.+)$", prose(read(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_every_link_within_the_project_leads_somewhere(path: Path) -> None:
    for target in _LINK.findall(prose(read(path))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = (path.parent / name).resolve() if name else path
        assert place.is_relative_to(ROOT), target
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), target


@every_document
def test_no_document_tells_of_the_machine_it_was_written_on(path: Path) -> None:
    assert not re.search(r"(?<![\w.~])/(?:tmp|work|home|root|mnt)/", read(path))


def test_the_readme_sets_up_by_two_commands() -> None:
    assert [line for line in shell_lines(README) if line.startswith("make")] == ["make demo", "make test"]
    assert "pip install" not in read(README)


def test_every_make_target_exists() -> None:
    targets = re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE)
    named = [words[0] for _, words in commands("make") if words]
    assert {"demo", "test"} <= set(named) <= set(targets)


def test_every_kgx_command_is_one_that_the_command_line_takes() -> None:
    root: Any = typer.main.get_command(app)
    found = [(place, words) for place, words in commands("kgx") if place != "cli.md" and len(words) > 1]
    assert len(found) >= 6
    for place, words in found:
        command, arguments = root, words
        while hasattr(command, "commands") and arguments:
            assert arguments[0] in command.commands, f"{place}: kgx {' '.join(words)}"
            command, arguments = command.commands[arguments[0]], arguments[1:]
        known = {
            name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
        }
        options = [word for word in arguments if word.startswith("--")]
        assert set(options) <= known, f"{place}: kgx {' '.join(words)}"
        if any(not word.startswith("--") for word in arguments):  # not only the name of an option
            command.make_context("kgx", arguments)  # raises where something is missing or impossible


def test_every_module_that_is_run_exists() -> None:
    found = commands("python -m")
    assert found
    for place, (module, *_) in found:
        found_module = importlib.util.find_spec(module)
        assert found_module is not None, f"{place}: python -m {module}"
        if found_module.submodule_search_locations:  # a package
            found_module = importlib.util.find_spec(f"{module}.__main__")
            assert found_module is not None, f"{place}: python -m {module}"
        assert "__main__" in read(Path(str(found_module.origin))), module


def test_python_in_the_readme_names_what_there_is() -> None:
    blocks = dict(_RUNNABLE.findall(read(README)))
    assert set(blocks) == {"search", "pretrain"}
    assert len(blocks) == sum(language == "python" for language, _ in _FENCE.findall(read(README)))
    for code in blocks.values():
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                package = node.value.id
                if package in PACKAGES:
                    assert hasattr(importlib.import_module(package), node.attr), f"{package}.{node.attr}"


def test_names_in_prose_are_public_names() -> None:
    for path in DOCS:
        for package, name in re.findall(r"`(kgx|graphs)\.([a-zA-Z_]\w*)[`(]", prose(read(path))):
            owner = importlib.import_module(package)
            known = hasattr(owner, name) or importlib.util.find_spec(f"{package}.{name}") is not None
            assert known, f"{path.name}: {package}.{name}"


def test_results_have_their_place_and_nothing_typed_by_hand_around_it() -> None:
    text = read(README)
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)
    between = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    assert not between.strip() or between.lstrip().startswith("**text → image**")
    outside = text.replace(between, "")
    assert not re.search(r"(?:R@|recall@?|MRR)\D{0,20}\d*\.\d{2}", outside, re.IGNORECASE)


@pytest.mark.parametrize("page", ["cli.md", "modules.md"])
def test_generated_pages_say_what_the_code_says(page: str) -> None:
    specification = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert specification is not None
    assert specification.loader is not None
    generate = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(generate)
    assert read(ROOT / "docs" / page) == generate.PAGES[page](), "run: make docs"


def test_the_architecture_names_every_room() -> None:
    text = read(ROOT / "docs" / "architecture.md")
    rooms = {
        path.parent.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).glob("*/__init__.py")
    }
    assert {room for room in rooms if f"`{room}/" not in text} == set()


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ("experiments.md", [*BASELINES, *experiments.run.OWN]),
        ("data-format.md", [*BASELINES, *experiments.run.OWN]),
        ("data-format.md", [*MODALITIES, *LINK_RELATIONS]),
        ("method.md", LINK_RELATIONS),
    ],
)
def test_names_that_data_bear_are_explained(document: str, names: list[str]) -> None:
    text = read(ROOT / "docs" / document)
    assert [name for name in names if f"`{name}`" not in text] == []


def test_formats_are_listed() -> None:
    text = read(ROOT / "docs" / "data-format.md")
    assert [ending for ending in ENDINGS if ending not in text] == []
    assert [metric for metric in METRICS if f'"{metric}"' not in text] == []
    listed = read(ROOT / "docs" / "knowledge-graphs.md")
    assert [name for name in {*READERS, *WRITERS} if f"`{name}`" not in listed] == []


def test_citations_are_arxiv_numbers_that_the_code_has_too() -> None:
    cited = set(re.findall(r"arXiv (\d{4}\.\d{5})", read(ROOT / "docs" / "method.md")))
    code = "".join(read(path) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    assert {number for number in cited if number not in code} == set()


def test_the_changelog_has_the_versions_of_the_package() -> None:
    version = importlib.import_module("kgx").__version__
    headings = re.findall(r"^## \[(.+?)\]", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert headings[:2] == ["Unreleased", version]
