"""Depths of networks that are built in different ways."""

from __future__ import annotations

import pytest
import torch
import transformers
from torch import nn

from kgx.errors import EncoderError
from kgx.transfer.model.depth import depths_of
from kgx.transfer.model.picture_trunk import EfficientNetTrunk

from .conftest import MODELS


@pytest.mark.parametrize(
    ("kind", "blocks", "first", "last"),
    [
        ("bert", 3, "embeddings.word_embeddings.weight", "pooler.dense.bias"),
        ("distilbert", 3, "embeddings.word_embeddings.weight", None),
        ("vit", 3, "embeddings.cls_token", "layernorm.weight"),
        ("resnet", 3, "embedder.embedder.convolution.weight", None),
        ("convnext", 3, "embeddings.patch_embeddings.weight", "layernorm.weight"),
    ],
)
def test_models_of_transformers(kind: str, blocks: int, first: str, last: str | None) -> None:
    model: nn.Module = MODELS[kind][1]()
    depths = depths_of(model)
    names = [name for depth in depths for name in depth.parameters]
    assert sorted(names) == sorted(dict(model.named_parameters()))
    assert depths[0].name == "embeddings"
    assert first in depths[0].parameters
    assert len(depths) == 1 + blocks + (last is not None)
    if last is not None:
        assert depths[-1].name == "after"
        assert last in depths[-1].parameters
    for depth in depths[1 : 1 + blocks]:
        assert all(name.startswith(depth.name + ".") for name in depth.parameters)


def test_depths_are_passed_in_their_order() -> None:
    """What a block gives depends on the depths up to it, and on no later one."""
    model = MODELS["bert"][1]().eval()
    ids = torch.tensor([[2, 3]])
    with torch.no_grad():
        before = model(input_ids=ids, output_hidden_states=True).hidden_states
        for parameter in depths_of(model)[2].parameters.values():  # the second block
            parameter.add_(0.5)
        after = model(input_ids=ids, output_hidden_states=True).hidden_states
    same = [bool(torch.equal(one, other)) for one, other in zip(before, after, strict=True)]
    assert same == [True, True, False, False]


def test_what_every_block_looks_up_lies_at_the_bottom() -> None:
    model = transformers.MPNetModel(
        transformers.MPNetConfig(
            vocab_size=9, hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2
        )
    )
    assert "encoder.relative_attention_bias.weight" in depths_of(model)[0].parameters


def test_the_bundled_picture_network() -> None:
    pytest.importorskip("efficientnet_lite_pytorch")
    from kgx.encoders.bundled_image import new_body

    trunk = EfficientNetTrunk(new_body(), side=32)
    depths = trunk.depths()
    assert len(depths) == 1 + 21 + 1
    assert "_conv_stem.weight" in depths[0].parameters
    assert set(depths[-1].parameters) == {"_conv_head.weight", "_bn1.weight", "_bn1.bias"}


def test_a_network_without_a_list_of_layers() -> None:
    with pytest.raises(EncoderError, match="list of layers"):
        depths_of(nn.Linear(2, 2))


def test_parameters_that_are_shared_are_named_once() -> None:
    one = nn.Linear(3, 3)
    depths = depths_of(nn.ModuleDict({"blocks": nn.ModuleList([one, one])}))
    assert [(depth.name, depth.size) for depth in depths] == [("blocks.0", 12)]
