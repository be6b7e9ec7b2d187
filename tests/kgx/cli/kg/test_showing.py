"""``kgx kg show``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
EX = "http://example.org/animals#"


@pytest.mark.parametrize("name", ["owl", "Eule", f"<{EX}owl>", f"{EX}owl"])
def test_an_entity_page(kg: Command, animals: Path, name: str) -> None:
    found = kg("show", animals, name)
    assert found.code == 0, found.err
    lines = found.out.splitlines()
    assert lines[0] == "owl"
    assert lines[1].startswith(EX + "owl")
    assert "    a bird that hunts at night  (en)" in lines
    assert lines[lines.index("→ broader") + 1] == f"    bird  {EX}bird"
    assert lines[lines.index("← narrower") + 1] == f"    bird  {EX}bird"
    assert lines[-1] == "source: animals.ttl"


def test_languages_depth_and_limits(kg: Command, animals: Path) -> None:
    found = kg("show", animals, EX + "bird", "--lang", "de", "--depth", 2)
    assert f"    Eule  {EX}owl" in found.out
    assert "        → has part\n" in found.out
    cut = kg("show", animals, "owl", "--limit", 1).out
    assert "    owl  (en)\n    … and 1 more" in cut
    assert "Eule" in kg("show", animals, "owl", "--limit", 1, "--all").out


def test_json(kg: Command, animals: Path) -> None:
    told = json.loads(kg("show", animals, "owl", "--json").out)
    assert told["iri"] == EX + "owl"
    assert [text["value"] for text in told["labels"][0]["texts"]] == ["owl", "Eule"]
    (broader,) = [one for one in told["outgoing"] if one["label"] == "broader"]
    assert broader["ends"][0]["sources"] == ["animals.ttl"]


def test_a_label_of_several_entities_lists_them(kg: Command, tmp_path: Path) -> None:
    text = '<http://x.example/1> <http://www.w3.org/2000/01/rdf-schema#label> "bank" .\n'
    (tmp_path / "banks.nt").write_text(text + text.replace("/1>", "/2>"))
    found = kg("show", tmp_path / "banks.nt", "bank")
    assert found.code == 1
    assert found.out.splitlines()[1:] == ["http://x.example/1  bank", "http://x.example/2  bank"]
    told = json.loads(kg("show", tmp_path / "banks.nt", "bank", "--json").out)
    assert [one["iri"] for one in told["candidates"]] == ["http://x.example/1", "http://x.example/2"]


def test_who_says_so_where_there_are_several(kg: Command, tmp_path: Path) -> None:
    (tmp_path / "said.nq").write_text("<ex:a> <ex:r> <ex:b> .\n<ex:a> <ex:r> <ex:c> <ex:g> .\n")
    found = kg("show", tmp_path / "said.nq", "ex:a")
    assert any(line.startswith("    c  ex:c  [") and "ex:g" in line for line in found.out.splitlines())


def test_labels_cannot_steer_the_terminal(kg: Command, tmp_path: Path) -> None:
    (tmp_path / "evil.nt").write_text(
        '<ex:a> <http://www.w3.org/2000/01/rdf-schema#label> "\\u001b[2Jx\\r\\n" .\n'
    )
    shown = kg("show", tmp_path / "evil.nt", "ex:a").out
    assert "\x1b" not in shown
    assert "\ufffd[2Jx" in shown


def test_what_is_not_there_is_one_line(kg: Command, animals: Path) -> None:
    found = kg("show", animals, "zebra")
    assert (found.code, found.err.splitlines()[-1][:30]) == (1, "kgx: the graph has no entity w")
