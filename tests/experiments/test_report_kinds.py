"""What single kinds of experiment record is shown in both forms, and is not missed where it is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiments.report import write_report
from experiments.report_kinds import kind_tables
from experiments.report_many import runs_markdown, write_comparison
from experiments.results import RunResults
from experiments.results_store import write_json
from kgx.errors import KgxError

ROW = {"method": "plain", "shots": 0, "seed": 0, "direction": "text-image", "metrics": {"recall@10": 0.5}}
RECOVERY = [
    {"direction": direction, "method": method, "recall@10": score, "recovered": share}
    for direction in ("text-image", "image-text")
    for method, score, share in (("plain", 0.5, 0.0), ("mixup", 0.55, 0.5), ("all", 0.49, -0.104))
]
HEARD = {
    "variant": "reworded",
    "ends": ["image", "concept"],
    "relation": "R1",
    "was": "depicts",
    "score": 0.5,
}
MAPPING = [
    {**HEARD, "read as": "depicts", "right": True},
    {**HEARD, "ends": ["text", "concept"], "read as": "a|b", "right": False},
    {**HEARD, "variant": "split", "read as": "depicts", "right": True},
    {**HEARD, "variant": "split", "relation": "R2", "read as": "depicts", "right": True},
    {**HEARD, "variant": "split", "relation": "R3", "read as": None, "right": False},
]
WEIGHTS = [
    {"method": "pairs", "seed": 0, "pairs": 1.0},
    {"method": "together", "seed": 0, "pairs": 0.5, "links": 0.25},
    {"method": "together", "seed": 1, "pairs": 0.7, "links": 0.25},
]


def folder(path: Path, **files: Any) -> Path:
    write_json(path / "results.json", [ROW])
    for name, content in files.items():
        write_json(path / f"{name}.json", content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "heading", "table"),
    [
        (
            "recovery",
            RECOVERY,
            "What is recovered",
            """Recovered, image → text:

| method | R@10 | recovered |
|---|---:|---:|
| plain | 0.500 | 0 % |
| mixup | 0.550 | 50 % |
| all | 0.490 | -10 % |

The share of""",
        ),
        (
            "mapping",
            MAPPING,
            "Relations read as the source&#x27;s",
            """Relations read right:

| target | right | share |
|---|---:|---:|
| reworded | 1 of 2 | 50 % |
| split | 2 of 3 | 67 % |
| all | 3 of 5 | 60 % |

What each relation is read as:

| relation | from | reworded | split |
|---|---|---|---|
| depicts | image | ✓ | ✓ (2), ✗ nothing |
| depicts | text | ✗ a\\|b | – |
""",
        ),
        (
            "task_weights",
            WEIGHTS,
            "Weights of tasks",
            """Weights of tasks:

| method | pairs | links |
|---|---:|---:|
| together | 0.600 (0.500–0.700) | 0.250 |
""",
        ),
    ],
)
def test_tables_stand_in_both_forms(
    name: str, content: Any, heading: str, table: str, tmp_path: Path
) -> None:
    run = folder(tmp_path, **{name: content})
    assert table in runs_markdown([run])
    write_comparison([run], tmp_path / "page.html")
    for page in (write_report(run), tmp_path / "page.html"):
        assert f">{heading}</h" in page.read_text(encoding="utf-8")


def test_runs_without_them_have_no_such_tables(tmp_path: Path) -> None:
    run = folder(tmp_path)
    assert kind_tables(RunResults.read(run)) == []
    assert write_report(run).read_text(encoding="utf-8").count("<h2") == 1
    folder(tmp_path, recovery=[], mapping=[], task_weights=WEIGHTS[:1])
    assert kind_tables(RunResults.read(run)) == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("recovery", {**RECOVERY[0], "recovered": "much"}, "recovered"),
        ("mapping", {**MAPPING[0], "ends": ["image"]}, "ends"),
        ("task_weights", {**WEIGHTS[1], "links": "heavy"}, "links"),
    ],
)
def test_a_record_that_is_none_is_named(name: str, content: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(KgxError, match=message) as caught:
        write_report(folder(tmp_path, **{name: [content]}))
    assert f"{name}.json" in str(caught.value)
