"""How much of what one core can multiply the reader makes of it, by either runtime.

    python -m bench.peak

Operations are counted from the shapes of the network's matrix products alone, two for each multiplication and
addition; all else that it does takes time and counts as nothing. The peak is a large product of the same data
type by the same runtime, in the same run: 2048³.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from model import machine
from model.embedded import NETWORK, TOKENIZER
from model.readers import PROJECT
from model.readers import onnx as by_onnx
from model.readers import openvino as by_openvino

WEIGHTS = PROJECT / "model" / "weights"
SHAPES = ((1, 128), (1, 256), (1, 384), (4, 128), (6, 128), (2, 384))  # windows x tokens
LARGE, CHAIN = 2048, 8
ROUNDS, SECONDS = 5, 0.5


@dataclass(frozen=True, slots=True)
class Network:
    """The sizes of a BERT, as its configuration says them."""

    layers: int
    width: int
    inner: int

    @classmethod
    def load(cls, file: Path) -> "Network":
        """Of a configuration's file."""
        config = json.loads(file.read_text())
        return cls(config["num_hidden_layers"], config["hidden_size"], config["intermediate_size"])

    def operations(self, windows: int, tokens: int) -> int:
        """Of all matrix products: six with weights and two of scores in each layer, and the last one."""
        weights = 4 * self.width**2 + 2 * self.width * self.inner
        scores = 2 * tokens * self.width
        return 2 * windows * tokens * (self.layers * (weights + scores) + 2 * self.width)


def main() -> None:
    """Print every figure."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # before a runtime counts its cores
    runtimes = {
        "onnx, int8": (by_onnx.engine, _large_int8()),
        f"openvino, {by_openvino.settings()['INFERENCE_PRECISION_HINT']}": (
            by_openvino.engine,
            _large_openvino(),
        ),
    }
    print(f"one core of {_name()}; billions of operations a second")
    peaks = {name: _most(large) for name, (_, large) in runtimes.items()}
    best = max(peaks, key=lambda name: peaks[name])
    for name, peak in peaks.items():
        print(f"{name:16} {LARGE}³ {peak / 1e9:7.0f}{'  <- the faster' if name == best else ''}")
    network = Network.load(WEIGHTS / "config.json")
    for name, (engine, _) in runtimes.items():
        run = engine(WEIGHTS / TOKENIZER, WEIGHTS / NETWORK).network
        for windows, tokens in SHAPES:
            reached = _most(_reading(run, network, windows, tokens))
            own, faster = (100 * reached / peaks[of] for of in (name, best))
            print(
                f"{name:16} {windows} x {tokens} tokens {reached / 1e9:7.0f}"
                f"   {own:5.1f} % of its own peak, {faster:5.1f} % of the faster"
            )


def _most(work: tuple[Callable[[], object], int]) -> float:
    """Operations a second in the best of some rounds: what else the machine does only ever slows one down."""
    run, operations = work
    run()
    best = 0.0
    for _ in range(ROUNDS):
        began, times = time.perf_counter(), 0
        while time.perf_counter() - began < SECONDS:
            run()
            times += 1
        best = max(best, times * operations / (time.perf_counter() - began))
    return best


def _reading(
    run: Callable[..., object], network: Network, windows: int, tokens: int
) -> tuple[Callable[[], object], int]:
    ids = np.random.default_rng(7).integers(1_000, 30_000, (windows, tokens))
    mask, types = np.ones_like(ids), np.zeros_like(ids)
    return lambda: run(ids, mask, types), network.operations(windows, tokens)


def _large_int8() -> tuple[Callable[[], object], int]:
    """As the network's products are done by ONNX Runtime: unsigned activations, signed weights."""
    chance = np.random.default_rng(7)
    weights = chance.integers(-127, 127, (LARGE, LARGE), np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
        "large",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [LARGE, LARGE])],
        [helper.make_tensor_value_info("c", TensorProto.INT32, [LARGE, LARGE])],
        [onnx.numpy_helper.from_array(weights, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    feed = {"a": chance.integers(0, 255, (LARGE, LARGE), np.uint8)}
    return lambda: session.run(None, feed), 2 * LARGE**3


def _large_openvino() -> tuple[Callable[[], object], int]:
    """Several in a row, so that the way from fp32 to bf16 and back is but a small part."""
    import openvino
    from openvino import opset13 as ops

    chance = np.random.default_rng(7)
    given = ops.parameter([LARGE, LARGE], np.float32)
    node = given
    for _ in range(CHAIN):
        weights = chance.standard_normal((LARGE, LARGE), np.float32) / LARGE**0.5
        node = ops.matmul(node, ops.constant(weights), False, False)
    compiled = openvino.Core().compile_model(openvino.Model([node], [given]), "CPU", by_openvino.settings())
    request = compiled.create_infer_request()
    feed = [chance.standard_normal((LARGE, LARGE), np.float32)]
    return lambda: request.infer(feed), CHAIN * 2 * LARGE**3


def _name() -> str:
    """The processor, and what it multiplies in units of its own."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    (name, *_) = [line.split(":")[1].strip() for line in lines if line.startswith("model name")] or ["?"]
    units = sorted(one for one in machine.features() if "amx" in one or "vnni" in one)
    return f"{name} ({', '.join(units) or 'without matrix units'})"


if __name__ == "__main__":
    main()
