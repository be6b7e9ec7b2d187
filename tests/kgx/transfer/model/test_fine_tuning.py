"""Fine-tuning: what each strategy trains and leaves alone, and that it learns, stops and goes on as it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from kgx.errors import ConfigError, EncoderError, MissingExtraError, ModelError
from kgx.train import TrainingOptions
from kgx.transfer.model import (
    Examples,
    FineTuned,
    FineTuningOptions,
    SharedTrunk,
    Trunk,
    fine_tune,
    load_trunk,
    read_examples,
)
from kgx.transfer.model.classification_task import ClassificationTask
from kgx.transfer.model.classifier import Classifier

from .conftest import MODELS

ModelFolder = Callable[[str], Path]
Texts = tuple[list[str], list[str]]
Pictures = tuple[list[Path], list[str]]
QUICK = FineTuningOptions(batch_size=8, training=TrainingOptions(epochs=2, learning_rate=1e-2))
EVERY = ("freeze", "last_n", "gradual", "full", "lora")


def read(trunk: Trunk, data: Texts | Pictures, modality: str = "text", head: str = "label") -> Examples:
    return read_examples(trunk, data[0], data[1], modality, head=head)


def weights(module: torch.nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def changed(before: dict[str, Tensor], module: torch.nn.Module) -> set[str]:
    after = module.state_dict()
    return {name for name, value in before.items() if not torch.equal(value, after[name])}


def tuned(folder: Path, data: Texts, strategy: str, **options: object) -> tuple[set[str], FineTuned]:
    trunk = load_trunk(f"hf:{folder}", "text")
    before = weights(trunk)
    result = fine_tune(
        trunk, read(trunk, data), options=replace(QUICK, strategy=strategy, dropout=0.0, **options)
    )
    return changed(before, trunk), result


def test_what_each_strategy_trains(model_folder: ModelFolder, texts: Texts) -> None:
    pytest.importorskip("peft")
    folder = model_folder("bert")
    found = {name: tuned(folder, texts, name, last=1)[0] for name in EVERY}
    assert found["freeze"] == set()
    assert found["last_n"]
    assert all(name.startswith("body.encoder.layer.2.") for name in found["last_n"])
    assert found["gradual"] == found["last_n"]  # two epochs: first the head, then one block more
    assert {name.split(".")[1] for name in found["full"]} == {"embeddings", "encoder"}
    assert found["lora"]
    assert all(name.startswith("body.encoder.layer.") and name.endswith("weight") for name in found["lora"])


def test_gradual_unfreezing_goes_downward(model_folder: ModelFolder, texts: Texts) -> None:
    trunk = load_trunk(f"hf:{model_folder('bert')}", "text")
    classifier = Classifier(trunk, {"label": ["bird", "tool"]})
    options = FineTuningOptions("gradual", training=TrainingOptions(epochs=6))
    task = ClassificationTask(classifier, [read(trunk, texts)], [], options)
    blocks = [f"encoder.layer.{number}." for number in range(3)] + ["embeddings."]
    for epoch, below in enumerate(([], blocks[2:3], blocks[1:3], blocks[:3], blocks, blocks)):
        task.begin_epoch(epoch)
        free = {name for name, one in trunk.body.named_parameters() if one.requires_grad}
        assert free == {
            name for name, _ in trunk.body.named_parameters() if name.startswith(tuple(below) or "-")
        }


def test_deeper_layers_learn_more_slowly(model_folder: ModelFolder, texts: Texts) -> None:
    trunk = load_trunk(f"hf:{model_folder('distilbert')}", "text")
    classifier = Classifier(trunk, {"label": ["bird", "tool"]})
    options = FineTuningOptions("full", decay=0.5, head_rate=4.0)
    groups = ClassificationTask(classifier, [read(trunk, texts)], [], options).parameter_groups()
    assert [group.rate for group in groups] == [4.0, 0.125, 0.25, 0.5, 1.0]
    assert groups[1].parameters[0] is trunk.body.embeddings.word_embeddings.weight


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("strategy", ["full", "lora"])
def test_any_model_learns(
    kind: str, strategy: str, model_folder: ModelFolder, texts: Texts, pictures: Pictures
) -> None:
    if strategy == "lora":
        pytest.importorskip("peft")
    modality = MODELS[kind][0]
    trunk = load_trunk(f"hf:{model_folder(kind)}", modality)
    data = read(trunk, texts if modality == "text" else pictures, modality)
    options = replace(QUICK, strategy=strategy, training=TrainingOptions(epochs=12, learning_rate=2e-2))
    result = fine_tune(trunk, data, options=options)
    values = texts if modality == "text" else pictures
    told = result.classifier.predict(values[0]).labels
    assert sum(one == other for one, other in zip(told, values[1], strict=True)) >= 0.9 * len(told)


def test_a_frozen_trunk_gives_what_its_heads_were_trained_on(model_folder: ModelFolder, texts: Texts) -> None:
    """Vectors that are computed once make the same head as a trunk that is passed each time with all of it frozen."""
    trunk = load_trunk(f"hf:{model_folder('bert')}", "text")
    data = read(trunk, texts)
    options = replace(QUICK, strategy="freeze", dropout=0.0)
    once = fine_tune(trunk, data, options=options).classifier

    class Passing(ClassificationTask):
        def begin_epoch(self, epoch: int) -> None:
            self._classifier.trunk.requires_grad_(False)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        other = Classifier(trunk, once.labels, dropout=0.0)
        task = Passing(other, [data], [], replace(options, strategy="last_n", last=1))
        task._trained = frozenset()
        from kgx.train import fit

        fit(task, options.training)
    for one, two in zip(once.heads.parameters(), other.heads.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-5)


def test_frozen_running_statistics_stay(model_folder: ModelFolder, pictures: Pictures) -> None:
    trunk = load_trunk(f"hf:{model_folder('resnet')}", "image")
    before = weights(trunk)
    fine_tune(trunk, read(trunk, pictures, "image"), options=replace(QUICK, strategy="last_n", last=1))
    moved = changed(before, trunk)
    assert {name.split(".")[3] for name in moved} == {"2"}
    assert any("running_mean" in name for name in moved)


def test_it_stops_when_validation_gets_no_better(model_folder: ModelFolder, texts: Texts) -> None:
    trunk = load_trunk(f"hf:{model_folder('bert')}", "text")
    data = read(trunk, texts)
    rows = list(range(0, len(data), 3))
    training = TrainingOptions(epochs=40, learning_rate=2e-2, patience=2)
    result = fine_tune(trunk, data, data.part(rows), replace(QUICK, strategy="full", training=training))
    assert len(result.curve.score) < 40
    assert result.curve.score[result.curve.best_epoch] == max(result.curve.score)


class SwitchedOffError(Exception):
    """The machine was switched off."""


@pytest.mark.parametrize("strategy", EVERY)
def test_it_goes_on_exactly(
    strategy: str, model_folder: ModelFolder, texts: Texts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if strategy == "lora":
        pytest.importorskip("peft")
    folder = model_folder("bert")
    training = TrainingOptions(epochs=4, learning_rate=1e-2, patience=4, seed=2, accumulate=2)
    options = replace(QUICK, strategy=strategy, decay=0.5, training=training)

    def run(snapshot: Path | None) -> FineTuned:
        trunk = load_trunk(f"hf:{folder}", "text")
        data = read(trunk, texts)
        return fine_tune(trunk, data, data.part([0, 5, 13, 20]), options, snapshot=snapshot)

    whole = run(None)
    batches, epochs = ClassificationTask.batches, [0]

    def failing(self: ClassificationTask, generator: torch.Generator) -> Iterator[tuple[int, Tensor]]:
        epochs[0] += 1
        if epochs[0] == 3:
            raise SwitchedOffError
        return batches(self, generator)

    with monkeypatch.context() as patched:
        patched.setattr(ClassificationTask, "batches", failing)
        with pytest.raises(SwitchedOffError):
            run(tmp_path / "snapshot")
    torch.manual_seed(99)
    again = run(tmp_path / "snapshot")
    assert again.curve == whole.curve
    assert changed(weights(whole.classifier), again.classifier) == set()


def test_another_data_set_s_snapshot_is_refused(
    model_folder: ModelFolder, texts: Texts, tmp_path: Path
) -> None:
    trunk = load_trunk(f"hf:{model_folder('bert')}", "text")
    data = read(trunk, texts)
    fine_tune(trunk, data, options=replace(QUICK, strategy="freeze"), snapshot=tmp_path / "snapshot")
    with pytest.raises(ModelError, match="other options"):
        fine_tune(
            trunk,
            data.part(range(0, len(data), 2)),
            options=replace(QUICK, strategy="freeze"),
            snapshot=tmp_path / "snapshot",
        )


def test_several_heads_share_one_trunk(model_folder: ModelFolder, texts: Texts) -> None:
    trunk = load_trunk(f"hf:{model_folder('bert')}", "text")
    articles = [text.split()[0] for text in texts[0]]
    sets = [read(trunk, texts, head="kind"), read(trunk, (texts[0], articles), head="article")]
    training = TrainingOptions(epochs=14, learning_rate=2e-2)
    result = fine_tune(trunk, sets, options=replace(QUICK, strategy="shared", training=training))
    assert result.classifier.labels == {"kind": ("bird", "tool"), "article": ("a", "old", "the")}
    for head, right in (("kind", texts[1]), ("article", articles)):
        told = result.classifier.predict(texts[0], head=head).labels
        assert sum(one == other for one, other in zip(told, right, strict=True)) >= 0.8 * len(right)
    with pytest.raises(ModelError, match="heads kind, article"):
        result.classifier.predict(texts[0])


def test_several_modalities_share_layers(model_folder: ModelFolder, texts: Texts, pictures: Pictures) -> None:
    members = {
        "text": load_trunk(f"hf:{model_folder('bert')}", "text"),
        "image": load_trunk(f"hf:{model_folder('resnet')}", "image"),
    }
    trunk = SharedTrunk(members, width=16)
    before = weights(trunk)
    data = (pictures[0], ["bird" if label == "red" else "tool" for label in pictures[1]])
    sets = [read(trunk, texts, "text"), read(trunk, data, "image")]
    training = TrainingOptions(epochs=20, learning_rate=2e-2)
    result = fine_tune(trunk, sets, options=replace(QUICK, strategy="shared", training=training))
    assert {name.split(".")[0] for name in changed(before, trunk)} == {"body"}
    for (values, right), modality in ((texts, "text"), (data, "image")):
        told = result.classifier.predict(values, modality=modality).labels
        assert sum(one == other for one, other in zip(told, right, strict=True)) >= 0.8 * len(right)


def test_what_cannot_be_trained(model_folder: ModelFolder, texts: Texts) -> None:
    trunk = load_trunk(f"hf:{model_folder('bert')}", "text")
    data = read(trunk, texts)
    birds = data.part([row for row, label in enumerate(data.labels) if label == "bird"])
    cases: Sequence[tuple[Sequence[Examples], Sequence[Examples], FineTuningOptions, str]] = [
        ([], [], QUICK, "got none"),
        ([birds], [], QUICK, "two labels"),
        ([data], [Examples(data.inputs, ["fish"] * len(data), "text")], QUICK, "fish"),
        ([data], [], replace(QUICK, strategy="shared"), "several heads"),
        ([data], [], replace(QUICK, strategy="last_n", last=4), "3 blocks"),
    ]
    for training, validation, options, message in cases:
        with pytest.raises(ConfigError, match=message):
            fine_tune(trunk, training, validation, options)
    with pytest.raises(EncoderError, match="takes text"):
        fine_tune(trunk, Examples(data.inputs, data.labels, "image"), options=QUICK)
    with pytest.raises(ConfigError, match="none of 2 can be read"):
        read_examples(trunk, ["", " "], ["a", "b"], "text")
    with pytest.raises(ConfigError, match="a label for each"):
        read_examples(trunk, ["a"], [], "text")


@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "frozen"},
        {"last": 0},
        {"decay": 0.0},
        {"decay": 1.5},
        {"head_rate": 0.0},
        {"dropout": 1.0},
    ],
)
def test_impossible_options(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"expected|choose"):
        FineTuningOptions(**options)


def test_a_missing_extra_names_the_line_that_installs_it(
    model_folder: ModelFolder, texts: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "peft", None)
    trunk = load_trunk(f"hf:{model_folder('bert')}", "text")
    with pytest.raises(MissingExtraError, match=r"kgx-retrieval\[lora\]"):
        fine_tune(trunk, read(trunk, texts), options=replace(QUICK, strategy="lora"))
