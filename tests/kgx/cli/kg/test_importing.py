"""``kgx kg import`` and ``add`` as a person runs them: as processes, killed ones too."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ANIMALS = Path(__file__).parents[3] / "data" / "animals.ttl"


def kg(*arguments: str | Path, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kgx", "kg", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=check, **options)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_balance_is_printed_for_people_and_for_programs(tmp_path: Path) -> None:
    told = json.loads(kg("import", ANIMALS, "--out", tmp_path / "kg", "--json").stdout)
    assert {name: told[name] for name in ("read", "stored", "duplicates", "rejected")} == {
        "read": 14,
        "stored": 14,
        "duplicates": 0,
        "rejected": 0,
    }
    assert (told["entities"], told["relations"], told["literals"]) == (5, 4, 10)
    assert told["seconds"] > 0
    assert told["sources"][0]["source"] == "animals.ttl"
    shown = kg("add", tmp_path / "kg", ANIMALS).stdout
    assert "animals.ttl" in shown
    assert "5 entities, 4 relations, 4 triples, 10 literals" in shown


def test_standard_input_and_packed_files_are_read(tmp_path: Path) -> None:
    packed = tmp_path / "animals.ttl.gz"
    packed.write_bytes(gzip.compress(ANIMALS.read_bytes()))
    told = json.loads(kg("import", packed, "--out", tmp_path / "one", "--json").stdout)
    assert told["stored"] == 14
    told = json.loads(
        kg("import", "-", "--out", tmp_path / "two", "--json", input=ANIMALS.read_text()).stdout
    )
    assert (told["stored"], told["sources"][0]["source"]) == (14, "stdin")


def test_an_error_is_one_line_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "bad.nt").write_text("<e:a> <e:b> <e:c> .\n<e:a> <e:b> .\n")
    done = kg("import", tmp_path / "bad.nt", "--out", tmp_path / "kg", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"kgx: {tmp_path / 'bad.nt'}:2: not valid n-triples")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "kg").exists()
    done = kg("import", tmp_path / "bad.nt", "--out", tmp_path / "kg", "--on-error", "report")
    assert "rejects.jsonl" in done.stdout


def test_an_address_is_not_fetched(tmp_path: Path) -> None:
    done = kg("import", "http://127.0.0.1:9/x.nt", "--out", tmp_path / "kg", check=False)
    assert done.returncode != 0
    assert "kgx kg fetch" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_killed_at_any_moment_the_graph_is_as_it_was_and_a_second_run_completes(tmp_path: Path) -> None:
    large = tmp_path / "large.nt"
    with large.open("w") as file:
        file.writelines(f"<e:{number}> <e:next> <e:{number + 1}> .\n" for number in range(200_000))
    kg("import", ANIMALS, "--out", tmp_path / "kg")
    kg("import", large, "--out", tmp_path / "fresh")
    before, after = content(tmp_path / "kg"), content(tmp_path / "fresh")
    command = [sys.executable, "-m", "kgx", "kg", "import", str(large), "--out", str(tmp_path / "kg")]
    for patience in (0.3, 0.6, 0.8):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            time.sleep(patience)
            running.send_signal(signal.SIGKILL)
        found = content(tmp_path / "kg")
        assert found in (before, after), "as it was, or whole"
        if found == after:  # it was faster
            break
    subprocess.run(command, check=True, capture_output=True)
    assert content(tmp_path / "kg") == after
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "kg", "large.nt"]
