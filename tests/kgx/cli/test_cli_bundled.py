"""The command line as a process of its own, with the bundled encoders and real, odd and broken media."""

from __future__ import annotations

import csv
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("ctranslate2")

from PIL import Image, ImageDraw

from graphs import KnowledgeGraph
from graphs import vocabulary as v
from kgx.attach import Attacher
from kgx.collection import Collection, Item
from kgx.encoders import load_encoder
from kgx.folders import data_folder
from kgx.knowledge import Knowledge
from kgx.linking import class_iri
from kgx.train import TrainingOptions
from kgx.transfer.model_folder import save_model
from kgx.transfer.options import RelationOptions
from kgx.transfer.pretrain import Pretraining

COLOURS = {"red": (200, 30, 30), "green": (30, 160, 60), "blue": (40, 60, 200), "yellow": (230, 210, 40)}
SHAPES = ("circle", "square", "stripe")
THINGS = {"n03598930": "jigsaw puzzle", "n03724870": "mask", "n02782093": "balloon", "n04026417": "purse"}


def draw(path: Path, colour: str, shape: str, size: int) -> None:
    picture = Image.new("RGB", (96, 96), "white")
    pencil, box = ImageDraw.Draw(picture), (48 - size, 48 - size, 48 + size, 48 + size)
    if shape == "circle":
        pencil.ellipse(box, COLOURS[colour])
    else:
        pencil.rectangle(box if shape == "square" else (4, 40, 92, 40 + size // 2), COLOURS[colour])
    picture.save(path)


def graph() -> KnowledgeGraph:
    names = {f"http://my.example/{name}": name for name in (*COLOURS, *SHAPES, "colour", "shape")}
    names |= {class_iri(synset): name for synset, name in THINGS.items()}
    kinds = {name: "colour" if name in COLOURS else "shape" for name in (*COLOURS, *SHAPES)}
    return KnowledgeGraph.from_triples(
        [
            (f"http://my.example/{name}", v.SKOS_BROADER, f"http://my.example/{kind}")
            for name, kind in kinds.items()
        ],
        literals=[(iri, v.SKOS_PREF_LABEL, name, "en") for iri, name in names.items()],
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model pretrained on two dozen drawings."""
    folder = tmp_path_factory.mktemp("source")
    items = []
    for number in range(24):
        colour, shape = list(COLOURS)[number % 4], SHAPES[number % 3]
        draw(folder / f"{number}.png", colour, shape, 20 + number)
        items.append(Item(f"i{number}", "image", f"{number}.png", str(number)))
        items.append(Item(f"t{number}", "text", f"a {colour} {shape}", str(number)))
    names = {modality: f"bundled:{modality}" for modality in ("text", "image", "audio")}
    encoders = {modality: load_encoder(name) for modality, name in names.items()}
    knowledge = Knowledge.build(graph(), encoders["text"])
    linked = Attacher(knowledge, encoders).collection(Collection("shapes", folder, tuple(items)))
    options = RelationOptions(batch_size=12, training=TrainingOptions(epochs=2, learning_rate=5e-3))
    transfer = Pretraining.prepare(knowledge, linked, encoders, options).train(0)
    ids = {modality: encoder.id for modality, encoder in encoders.items()}
    save_model(transfer, folder / "model", encoders=names, encoder_ids=ids)
    return folder / "model"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder: good, odd and broken media."""
    import soundfile

    folder = tmp_path_factory.mktemp("own")
    rows: list[tuple[str, ...]] = [("id", "modality", "value", "entity", "title")]
    for name, colour, shape in (
        ("sun", "yellow", "circle"),
        ("door", "red", "square"),
        ("sea", "blue", "stripe"),
    ):
        draw(folder / f"{name}.png", colour, shape, 33)
        rows.append((name, "image", f"{name}.png", name, f"My {name}"))
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("green", "white")]
    frames[0].save(folder / "blink.gif", save_all=True, append_images=frames[1:])
    (folder / "broken.png").write_bytes((folder / "sun.png").read_bytes()[:60])
    (folder / "huge.png").write_bytes(_huge())
    (folder / "note.png").write_text("this is no picture")
    tone = 0.3 * np.sin(np.arange(16_000) * 0.2).astype(np.float32)
    soundfile.write(folder / "tone.wav", tone, 16_000)
    soundfile.write(folder / "silent.wav", tone[:0], 16_000)
    (folder / "broken.ogg").write_bytes(b"OggS nothing more")
    for name in ("blink.gif", "broken.png", "huge.png", "note.png"):
        rows.append((name, "image", name, name, ""))
    for name in ("tone.wav", "silent.wav", "broken.ogg"):
        rows.append((name, "audio", name, name, ""))
    rows.append(("words", "text", "the yellow sun", "sun", ""))
    with (folder / "items.csv").open("w", newline="") as manifest:
        csv.writer(manifest).writerows(rows)
    turtle = [
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix my: <http://mine.example/> .",
        'my:sun skos:prefLabel "sun"@en ; skos:broader my:sky . my:sky skos:prefLabel "sky"@en .',
    ]
    (folder / "thesaurus.ttl").write_text("\n".join(turtle))
    return folder


def _huge() -> bytes:
    """A PNG that says it has 400 million pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def kgx(data: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    # Its own cache, but for the networks that have been exported already.
    data.mkdir(exist_ok=True)
    if not (data / "onnx").exists():
        (data / "onnx").symlink_to(data_folder() / "onnx")
    return subprocess.run(
        [sys.executable, "-m", "kgx", *map(str, arguments)],
        env={**os.environ, "KGX_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_bring_your_own(model: Path, own: Path, tmp_path: Path) -> None:
    out, data = tmp_path / "my-run", tmp_path / "data"
    made = kgx(
        *(data, "run", "--items", own / "items.csv", "--kg", own / "thesaurus.ttl"),
        *("--model", model, "--out", out, "--json"),
    )
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert told["items"] == {"audio": 1, "image": 4, "text": 1}
    reasons = {entry["id"]: (entry["row"], entry["reason"]) for entry in told["skipped"]}
    assert set(reasons) == {"broken.png", "huge.png", "note.png", "silent.wav", "broken.ogg"}
    assert reasons["huge.png"] == (7, "the picture has 400 million pixels, the limit is 64")
    assert reasons["silent.wav"] == (10, "the sound has zero length")
    assert "broken" in reasons["broken.png"][1]
    assert "not a picture" in reasons["note.png"][1]
    assert "not a sound" in reasons["broken.ogg"][1]

    asked = kgx(data, "search", out, "a yellow sun in the sky", "--json", "-k", 9)
    assert asked.returncode == 0, asked.stderr
    hits = json.loads(asked.stdout)["hits"]
    assert {hit["id"] for hit in hits} == {"sun", "door", "sea", "blink.gif", "tone.wav", "words"}
    assert next(hit["caption"] for hit in hits if hit["id"] == "sun") == "My sun"
    assert "sun" in {concept["label"] for hit in hits if hit["id"] == "words" for concept in hit["concepts"]}

    shown = kgx(data, "search", out, "--image", own / "sun.png", "--to", "image", "-k", 1)
    assert shown.stdout.split()[2] == "sun", shown.stderr


@pytest.mark.parametrize("name", ["broken.png", "silent.wav"])
def test_strictness_stops_at_the_first_bad_file(model: Path, own: Path, tmp_path: Path, name: str) -> None:
    modality = "image" if name.endswith("png") else "audio"
    (own / "strict.csv").write_text(f"id,modality,value,entity\nw,text,a sun,x\nbad,{modality},{name},y\n")
    made = kgx(
        *(tmp_path / "data", "run", "--items", own / "strict.csv", "--model", model),
        *("--out", tmp_path / "run", "--strict"),
    )
    assert made.returncode == 1
    assert made.stdout == ""
    assert made.stderr.strip().splitlines()[-1].startswith(f"kgx: {own / name}: row 3: the ")
    assert "Traceback" not in made.stderr
    assert not (tmp_path / "run").exists()
