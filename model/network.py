"""A Hugging Face extractive question-answering model as ONNX, in full precision and in int8.

It needs torch and transformers, and only an export does: `make export` runs it in an environment of its own.
"""

import inspect
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import (
    MODEL_FOR_QUESTION_ANSWERING_MAPPING,
    AutoConfig,
    AutoModelForQuestionAnswering,
    AutoTokenizer,
)

from model.embedded import INPUTS, OUTPUTS
from model.engine import MAX_TOKENS, Engine

LEAST_TOKENS = 128  # below, no passage fits beside a question
OPSET = 18
CLOSE = 1e-3  # logits: the graph may differ from the model by so much, or it is not exported
TRIAL = ("Who signed the lease?", ("Ada signed.", "It was a quiet year at the harbour. " * 100))
COLUMN_LIMIT = 127  # of int8, symmetric


class ExportError(Exception):
    """A model cannot be a reader; the text is a sentence for whoever runs the export."""


@dataclass(frozen=True, slots=True)
class Source:
    """A model as transformers has it, with its tokenizer, and what a window of it may hold."""

    model: Any
    tokenizer: Any
    tokens: int

    @property
    def kind(self) -> str:
        """As its configuration names it."""
        return str(self.model.config.model_type)

    @property
    def parameters(self) -> int:
        """How many weights it has."""
        return sum(weight.numel() for weight in self.model.parameters())


# --------------------------------------------------------------------------- transformers


def load(name: str) -> Source:
    """The model of a folder or a hub id; raises `ExportError` where it is none that marks spans."""
    try:
        config = AutoConfig.from_pretrained(name)
        tokenizer = AutoTokenizer.from_pretrained(name)
        if type(config) not in MODEL_FOR_QUESTION_ANSWERING_MAPPING:
            raise ExportError(f"“{name}” is a {config.model_type}, which has no form that marks answers.")
        model, loading = AutoModelForQuestionAnswering.from_pretrained(
            name,
            dtype=torch.float32,
            attn_implementation="eager",  # the plain products, which ONNX Runtime knows how to fuse
            output_loading_info=True,
        )
    except (OSError, ValueError, ImportError) as error:
        raise ExportError(f"“{name}” cannot be loaded: {str(error).splitlines()[0]}") from error
    if loading["missing_keys"] or loading["mismatched_keys"]:
        missing = ", ".join(sorted(map(str, [*loading["missing_keys"], *loading["mismatched_keys"]]))[:3])
        raise ExportError(f"“{name}” was not trained to mark answers: it has no weights for {missing}.")
    if not getattr(tokenizer, "is_fast", False):
        raise ExportError(f"“{name}” has no fast tokenizer, and nothing else tells where a token stands.")
    if tokenizer.pad_token_id is None:
        raise ExportError(f"“{name}” has no padding, so that windows cannot be read together.")
    source = Source(model.eval(), tokenizer, _tokens(model, tokenizer))
    if source.tokens < LEAST_TOKENS:
        raise ExportError(
            f"“{name}” takes {source.tokens} tokens; {LEAST_TOKENS} are the least to read with."
        )
    return source


def _tokens(model: Any, tokenizer: Any) -> int:
    """How many tokens it has positions for; RoBERTa's begin after its padding's."""
    limits = [MAX_TOKENS, int(tokenizer.model_max_length)]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            first = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - first)
    return min(limits)


def write_tokenizer(source: Source, file: Path) -> None:
    """The tokenizer's file, with the facts that `model.engine` takes from it; raises `ExportError`."""
    tokenizer = source.tokenizer.backend_tokenizer
    tokenizer.enable_truncation(source.tokens)
    tokenizer.enable_padding(pad_id=source.tokenizer.pad_token_id, pad_token=source.tokenizer.pad_token)
    tokenizer.save(str(file))
    try:
        Engine(file, lambda ids, mask, types: (np.empty(0, np.float32), np.empty(0, np.float32)))
    except ValueError as error:
        raise ExportError(f"The model cannot be a reader: {error}.") from error


# --------------------------------------------------------------------------- full precision


def write_full(source: Source, file: Path) -> float:
    """The network as plain ONNX, and by how much its logits differ from the model's at most.

    ONNX Runtime fuses it as it loads it. Raises `ExportError` where it differs by more than `CLOSE`.
    """
    trial = _trial(source)
    short = {name: values[:, :16] for name, values in trial.items()}
    try:
        _trace(source, short, file)
        differs = max(_difference(source, file, tried) for tried in (trial, short))
    except Exception as error:  # torch, onnxruntime and each model raise types of their own
        raise ExportError(f"A {source.kind} cannot be exported: {type(error).__name__}.") from error
    if not differs <= CLOSE:
        raise ExportError(f"The network changes when it is exported: its logits differ by {differs:.2g}.")
    return differs


def _trace(source: Source, feed: dict[str, torch.Tensor], file: Path) -> None:
    source.model.config.return_dict = False  # a tuple of logits, which is what can be traced
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing: what it gets wrong is measured
        torch.onnx.export(
            source.model,
            (),
            str(file),
            kwargs=feed,
            input_names=list(feed),
            output_names=list(OUTPUTS),
            dynamic_axes={name: {0: "batch", 1: "tokens"} for name in (*feed, *OUTPUTS)},
            opset_version=OPSET,
            dynamo=False,  # the newer exporter's graph is fused less, and a fifth to a half slower in int8
        )


def _trial(source: Source) -> dict[str, torch.Tensor]:
    """A short and a full window, of what both the tokenizer gives and the model takes."""
    question, texts = TRIAL
    source.tokenizer.padding_side = "right"
    made = source.tokenizer(
        [question] * len(texts),
        list(texts),
        padding=True,
        truncation="only_second",
        max_length=source.tokens,
        return_tensors="pt",
    )
    taken = inspect.signature(source.model.forward).parameters
    return {name: made[name] for name in INPUTS if name in made and name in taken}


def _difference(source: Source, file: Path, feed: Mapping[str, torch.Tensor]) -> float:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = source.model(**feed, return_dict=True)
    taken = [one.name for one in session.get_inputs()]
    found = session.run(list(OUTPUTS), {name: feed[name].numpy() for name in taken})
    real = feed["attention_mask"].numpy() == 1
    return max(
        float(np.abs(logits - expected[name].numpy())[real].max())
        for name, logits in zip(OUTPUTS, found, strict=True)
    )


# --------------------------------------------------------------------------- int8


def write_int8(source: Source, full: Path, file: Path) -> None:
    """The same with int8 weights: products per column, word embeddings per row, the last layer as it was."""
    graph = onnx.load(full).graph
    last = [node.name for node in graph.node if node.op_type == "MatMul"][-1]
    quantize_dynamic(
        full,
        file,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=[last],
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    network = onnx.load(file)
    _embeddings_to_int8(network.graph, source.model.config.vocab_size)
    onnx.save(network, file)


def _embeddings_to_int8(graph: Any, words: int) -> None:
    """Word embeddings as int8 with one scale a row: most of a small network's size, at no loss."""
    weights = {tensor.name: tensor for tensor in graph.initializer if tensor.dims and tensor.dims[0] == words}
    for place, node in reversed(list(enumerate(graph.node))):
        if node.op_type != "Gather" or node.input[0] not in weights:
            continue
        tensor = weights[node.input[0]]
        rows = numpy_helper.to_array(tensor)
        scale = np.maximum(np.abs(rows).max(1, keepdims=True), 1e-8) / COLUMN_LIMIT
        name, (table, ids), (found,) = node.name, node.input, node.output
        graph.initializer.extend(
            [
                numpy_helper.from_array(np.rint(rows / scale).astype(np.int8), f"{table}_rows"),
                numpy_helper.from_array(scale.astype(np.float32), f"{table}_scales"),
            ]
        )
        made = [
            helper.make_node("Gather", [f"{table}_rows", ids], [f"{found}_rows"], f"{name}_rows"),
            helper.make_node("Gather", [f"{table}_scales", ids], [f"{found}_scales"], f"{name}_scales"),
            helper.make_node(
                "Cast", [f"{found}_rows"], [f"{found}_cast"], f"{name}_cast", to=onnx.TensorProto.FLOAT
            ),
            helper.make_node("Mul", [f"{found}_cast", f"{found}_scales"], [found], f"{name}_scaled"),
        ]
        del graph.node[place]
        for node_made in reversed(made):
            graph.node.insert(place, node_made)
        if not any(table in other.input for other in graph.node):
            graph.initializer.remove(tensor)
