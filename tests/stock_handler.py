"""The stock Hugging Face container's own handler behind a small HTTP server: `make stock` starts it.

    python tests/stock_handler.py PORT FOLDER

It runs in an environment of its own (requirements/stock.in), and stands where SageMaker would: an error of
the handler comes as SageMaker gives a container's. Its DistilBERT, of random weights, is made in FOLDER.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

os.environ["HF_TASK"] = "question-answering"  # before the toolkit reads it

import torch
from mms.service import PredictionException
from sagemaker_huggingface_inference_toolkit.handler_service import HuggingFaceHandlerService
from transformers import DistilBertConfig, DistilBertForQuestionAnswering, DistilBertTokenizerFast

VOCABULARY = Path(__file__).parents[1] / "model" / "weights" / "tokenizer.json"


def make_model(folder):
    torch.manual_seed(1)
    tokenizer = DistilBertTokenizerFast(tokenizer_file=str(VOCABULARY), model_max_length=512)
    config = DistilBertConfig(vocab_size=len(tokenizer), dim=64, hidden_dim=128, n_layers=2, n_heads=2)
    DistilBertForQuestionAnswering(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


class Context:
    """What the handler asks of the server that it is usually run by."""

    def __init__(self, folder):
        self.system_properties = {"model_dir": str(folder), "gpu_id": None, "batch_size": 1}
        self.manifest = {}
        self.metrics = SimpleNamespace(add_time=lambda *_: None)
        kinds = {"Content-Type": "application/json", "Accept": "application/json"}
        self.request_processor = [SimpleNamespace(get_request_properties=lambda: kinds)]

    def set_response_content_type(self, *_):
        pass


class Invocations(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            (reply,) = service.handle([{"body": body}], context)
        except PredictionException as error:
            told = {
                "Message": "container",
                "OriginalStatusCode": error.error_code,
                "OriginalMessage": error.message,
            }
            self.say(424, json.dumps(told), {"x-amzn-errortype": "ModelError"})
        else:
            self.say(200, reply, {})

    def say(self, status, text, headers):
        body = text.encode()
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    make_model(folder)
    context, service = Context(folder), HuggingFaceHandlerService()
    service.initialize(context)
    ThreadingHTTPServer(("127.0.0.1", port), Invocations).serve_forever()
