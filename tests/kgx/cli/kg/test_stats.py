"""``kgx kg stats``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

Command = Callable[..., Any]


def test_tables_and_a_picture(kg: Command, animals: Path, tmp_path: Path) -> None:
    found = kg("stats", animals, "--plot", tmp_path / "animals.svg")
    assert found.code == 0, found.err
    assert "entities with a label  2 of 3 (66.7%)" in found.out
    assert "inverse http://www.w3.org/2004/02/skos/core#narrower (100%)" in found.out
    assert "14  animals.ttl" in found.out
    assert ET.parse(tmp_path / "animals.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_json(kg: Command, animals: Path) -> None:
    told = json.loads(kg("stats", animals, "--json").out)
    assert (told["triples"], told["literals"], told["components"]["count"]) == (4, 10, 2)
    assert {row["cardinality"] for row in told["relation_table"]} == {"1-1"}


def test_tables_are_cut_and_say_so(kg: Command, animals: Path) -> None:
    assert "… and 3 more relations" in kg("stats", animals, "--top", 1).out
