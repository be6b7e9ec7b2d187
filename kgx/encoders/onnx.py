"""Networks exported once to ONNX, kept by content, and run by onnxruntime with few, quiet threads."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgx.errors import MissingExtraError
from kgx.folders import atomic_path, data_folder

if TYPE_CHECKING:
    import torch

__all__ = ["export_once", "open_session"]

_OPSET = 17


def export_once(
    key: str,
    build: Callable[[], tuple[torch.nn.Module, tuple[torch.Tensor, ...]]],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic: dict[str, dict[int, str]],
) -> Path:
    """The network's ONNX file below the data cache; built and exported if it is not there yet.

    Args:
        key: name of the file: it has to change with the weights and with the exported code.
        build: gives the network in evaluation mode and an example of its inputs; called only when needed.
        inputs: names of the inputs.
        outputs: names of the outputs.
        dynamic: the axes whose length is free, by input or output name.
    """
    target = data_folder() / "onnx" / f"{key}.onnx"
    if target.exists():
        return target
    import torch

    network, example = build()
    with atomic_path(target) as temporary, warnings.catch_warnings():
        # The tracing exporter is deprecated in favour of one that needs a further package; its warnings
        # concern constants that are constant here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            example,
            str(temporary),
            dynamo=False,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=dynamic,
            opset_version=_OPSET,
        )
    return target


def open_session(path: Path, *, threads: int) -> Any:
    """An onnxruntime session on the CPU with ``threads`` threads that sleep, not spin, between runs.

    Raises:
        MissingExtraError: onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("onnxruntime", extra="bundled") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
