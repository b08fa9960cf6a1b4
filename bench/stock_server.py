"""The stock Hugging Face container's own handler behind a bare aiohttp server, one question at a time.

    .venv-stock/bin/python -m bench.stock_server PORT FOLDER KIND

It runs in the stock container's environment (requirements/stock.in). Its network, of random weights, is made
in FOLDER; times do not depend on weights. KIND is `distilbert`, of that model's size, or `equal`, of ours.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
import transformers
from aiohttp.web import Application, Request, Response, post, run_app

from model import machine
from tests.stock_handler import VOCABULARY, Context, HuggingFaceHandlerService

SHAPES = {
    "distilbert": ("DistilBert", {}),  # six layers 768 wide, which is how its configuration begins
    "equal": (
        "Bert",
        {
            "hidden_size": 384,
            "num_hidden_layers": 6,
            "num_attention_heads": 12,
            "intermediate_size": 1536,
        },
    ),
}


def make_model(folder: Path, kind: str) -> None:
    """A model of a kind, in fp32, as transformers saves it."""
    torch.manual_seed(1)
    family, shape = SHAPES[kind]
    make_tokenizer = getattr(transformers, f"{family}TokenizerFast")
    tokenizer = make_tokenizer(tokenizer_file=str(VOCABULARY), model_max_length=512)
    config = getattr(transformers, f"{family}Config")(vocab_size=len(tokenizer), **shape)
    getattr(transformers, f"{family}ForQuestionAnswering")(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def application(folder: Path) -> Application:
    """One route; its handler runs on the one thread of a pool, as one worker of the container does."""
    service, context = HuggingFaceHandlerService(), Context(folder)
    service.initialize(context)
    worker = ThreadPoolExecutor(1)

    async def invocations(request: Request) -> Response:
        body = await request.read()
        loop = asyncio.get_running_loop()
        (reply,) = await loop.run_in_executor(worker, service.handle, [{"body": body}], context)
        return Response(text=reply, content_type="application/json")

    served = Application()
    served.add_routes([post("/invocations", invocations)])
    return served


if __name__ == "__main__":
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(machine.cores())
    make_model(folder, sys.argv[3])
    run_app(application(folder), host="127.0.0.1", port=port, print=None)
