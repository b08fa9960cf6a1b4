"""The reader before the stock Hugging Face container's own handler; run by `make stock`, not by `make test`.

The handler needs an environment of its own, .venv-stock: see requirements/stock.in.
"""

import asyncio
import json
import subprocess
import time

import boto3
import pytest

from bench.common import free_port, listens
from model import readers
from model.deployment.stock import USUAL
from model.readers import PROJECT, ReaderError
from model.types import Passage
from tests.test_app import MARKER

PYTHON = PROJECT / ".venv-stock" / "bin" / "python"
URL = "sagemaker://stock?region=eu-west-1&dialect=huggingface"
LEASE = "Ada Byron signed the lease in May."
FILLER = "The harbour was quiet that year, and nobody wrote anything down about it. "


@pytest.fixture(scope="session")
def stock(tmp_path_factory):
    """The handler with a DistilBERT of random weights, as a process; its address."""
    port = free_port()
    command = [
        PYTHON,
        PROJECT / "tests" / "stock_handler.py",
        str(port),
        tmp_path_factory.mktemp("distilbert"),
    ]
    process = subprocess.Popen(command)
    while not listens(port):
        assert process.poll() is None
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture
def reader(stock, aws):
    aws.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", stock)
    opened = readers.open_one(URL)
    yield opened
    opened.close()


@pytest.fixture
def ask(reader):
    """What the handler answers to a body, unread."""
    client = boto3.client("sagemaker-runtime", region_name="eu-west-1")

    def invoke(body):
        reply = client.invoke_endpoint(
            EndpointName="stock", ContentType="application/json", Body=json.dumps(body)
        )
        return json.loads(reply["Body"].read())

    yield invoke
    client.close()


def passages(*texts):
    return [Passage("d", 0, text) for text in texts]


def hold(found, texts):
    assert len(found) == len(texts)
    for spans, text in zip(found, texts, strict=True):
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert [span.score for span in spans] == sorted((span.score for span in spans), reverse=True)
        assert all(a.end <= b.start or b.end <= a.start for a in spans for b in spans if a is not b)


def test_the_usual_address_is_the_one_that_sagemaker_s_own_package_gives():
    command = "from model.deployment import stock; print(stock.image('eu-west-1'))"
    told = subprocess.check_output([PYTHON, "-c", command], cwd=PROJECT, text=True)
    assert told.strip() == USUAL.format(region="eu-west-1")


async def test_a_single_passage_is_read(reader):
    found = await reader.read("Who signed the lease?", passages(LEASE))
    hold(found, [LEASE])
    assert 1 <= len(found[0]) <= 3
    assert reader.calibration is None


async def test_a_passage_of_one_word_is_read(reader):
    assert [(s.start, s.end) for s in (await reader.read("Who?", passages("Ada")))[0]] == [(0, 3)]


async def test_ten_passages_are_read_in_one_call_each_as_it_is_alone(reader):
    texts = [f"{LEASE} {FILLER * n}"[:800] for n in range(10)]
    found = await reader.read("Who signed the lease?", passages(*texts))
    hold(found, texts)
    alone = [(await reader.read("Who signed the lease?", passages(text)))[0] for text in texts]
    assert found == alone


async def test_passages_without_words_and_in_any_script_keep_their_places(reader):
    texts = ["", LEASE, " \n", "会議は三時に始まります。", "👩‍💻 caf\u0065\u0301 שלום badge"]
    found = await reader.read("Who?", passages(*texts))
    hold(found, texts)
    assert [bool(spans) for spans in found] == [False, True, False, True, True]


async def test_questions_at_once_each_get_their_own_answer(reader):
    texts = [f"{name} signed the {thing}." for name in ("Ada", "Grace") for thing in ("lease", "poem")]
    found = await asyncio.gather(*(reader.read("Who?", passages(text)) for text in texts))
    assert found == [await reader.read("Who?", passages(text)) for text in texts]


async def test_a_question_that_it_cannot_take_is_an_error_without_its_words(reader):
    with pytest.raises(ReaderError, match="its container answers 400") as raised:
        await reader.read("", passages(f"{MARKER} is."))
    assert MARKER not in str(raised.value)


async def test_a_question_longer_than_its_windows_is_an_error(reader):
    with pytest.raises(ReaderError, match="its container answers 400"):
        await reader.read("why " * 500, passages(LEASE))


def test_its_replies_have_the_forms_that_are_expected(ask):
    one, two = {"question": "Who?", "context": LEASE}, {"question": "When?", "context": LEASE}
    assert isinstance(ask({"inputs": one}), dict)
    assert [type(found) for found in ask({"inputs": [one, two]})] == [dict, dict]
    for inputs in (one, [one]):
        assert [set(found) for found in ask({"inputs": inputs, "parameters": {"top_k": 3}})] == [
            {"score", "start", "end", "answer"}
        ] * 3
    assert [len(found) for found in ask({"inputs": [one, two], "parameters": {"top_k": 3}})] == [3, 3]
    alone = ask({"inputs": [one, {"question": "Who?", "context": "Ada"}], "parameters": {"top_k": 1}})
    assert [type(found) for found in alone] == [dict, dict]
