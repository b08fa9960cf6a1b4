"""The embedded reader by ONNX Runtime: on any processor, from a folder of weights; no torch, no network."""

import math
from pathlib import Path

import onnxruntime

from model import embedded, machine
from model.embedded import OUTPUTS, WAITING, EmbeddedReader, Session
from model.engine import Engine
from model.readers import folder


def open(location: str, waiting: int = WAITING, patience: float = math.inf) -> EmbeddedReader:
    """The reader whose weights lie in the folder `location`; what may wait for it, and for how long."""
    return embedded.open("onnx", folder(location), engine, waiting, patience)


def engine(tokenizer: Path, network: Path) -> Engine:
    """What reads with the network in a file."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = machine.threads()
    options.enable_mem_pattern = False  # plans by shape: with a new shape each time it only costs memory
    options.log_severity_level = 3  # errors only: its warnings speak to graph authors
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    takes = [taken.name for taken in session.get_inputs()]
    gives = [given.name for given in session.get_outputs()]
    return Engine(tokenizer, Session(takes, gives, lambda feed: tuple(session.run(OUTPUTS, feed))))
