"""The embedded reader by OpenVINO: twice as fast where the processor multiplies bf16 in units of its own.

It reads the same folder as `onnx:`. There the activations are made int8 as they come; here the int8 weights,
which bf16 holds exactly, multiply them as they are.
"""

import math
import sys
from pathlib import Path
from typing import Any

# An import of openvino would report it to its maker, over the network; this is how Python forbids an import.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import numpy as np
import openvino
from openvino import opset13 as ops
from openvino.frontend.onnx import ConversionExtension

from model import embedded, machine
from model.embedded import OUTPUTS, WAITING, EmbeddedReader, Session
from model.engine import Engine, Logits, Tokens
from model.readers import folder

STEP = 32  # tokens: windows of one length share runs, and lengths in between are no faster


def open(location: str, waiting: int = WAITING, patience: float = math.inf) -> EmbeddedReader:
    """The reader whose weights lie in the folder `location`; what may wait for it, and for how long."""
    return embedded.open("openvino", folder(location), engine, waiting, patience)


def engine(tokenizer: Path, network: Path) -> Engine:
    """What reads with the network in a file."""
    core = openvino.Core()
    core.add_extension(ConversionExtension("DynamicQuantizeLinear", _unquantized))
    core.add_extension(ConversionExtension("MatMulInteger", _product))
    compiled = core.compile_model(core.read_model(network), "CPU", settings())
    request = compiled.create_infer_request()

    def run(feed: dict[str, Tokens]) -> tuple[Logits, Logits]:
        found = request.infer(feed)
        start, end = (found[name].copy() for name in OUTPUTS)  # the next run writes over them
        return start, end

    takes = [taken.any_name for taken in compiled.inputs]
    gives = [given.any_name for given in compiled.outputs]
    return Engine(tokenizer, Session(takes, gives, run), step=STEP, shares_runs=True)


def settings() -> dict[str, Any]:
    """How it computes on this machine."""
    return {
        "INFERENCE_PRECISION_HINT": "bf16" if machine.features() & machine.BF16 else "f32",
        "INFERENCE_NUM_THREADS": machine.threads(),
        "ENABLE_CPU_PINNING": False,  # else every container of one host would sit on its first cores
    }


def _unquantized(node: Any) -> list[Any]:
    """Activations as they are, with the scale and the zero that say so."""
    one, zero = (ops.constant(np.float32(value)).output(0) for value in (1, 0))
    return [node.get_input(0), one, zero]


def _product(node: Any) -> list[Any]:
    """Their product with int8 weights; the graph scales it by column afterwards."""
    if node.get_input_size() > 3 and node.get_input(3).get_node().data.any():
        raise ValueError("its weights are not symmetric")
    weights = ops.convert(node.get_input(1), "f32")
    return list(ops.matmul(node.get_input(0), weights, False, False).outputs())
