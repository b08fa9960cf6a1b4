"""The reader behind an endpoint: through boto3 to the real container, and to one that fails in every way."""

import asyncio
import socket
import sys

import pytest

from model import ladder, readers
from model.readers import ReaderBusyError, ReaderError, UnknownReaderError, sagemaker
from model.readers.sagemaker import ATTEMPTS, CALLS
from model.types import Passage
from tests.fakes import FakeSageMaker
from tests.test_app import MARKER

URL = "sagemaker://wherein?region=eu-west-1"
STOCK = f"{URL}&dialect=huggingface"
PASSAGES = [Passage("d", 0, f"Ada and {MARKER} wrote the parser in May."), Passage("d", 60, "")]
EMPTY = {"model": "m", "revision": "r", "calibration": None, "found": [[], []]}
GOOD = (200, {}, EMPTY)


def one_span(start, end, score):
    span = {"start": start, "end": end, "score": score, "null_score": 0.0}
    return EMPTY | {"found": [[span], []]}


def model_error(status):
    body = {"Message": MARKER, "OriginalStatusCode": status, "OriginalMessage": MARKER, "LogStreamArn": ""}
    return 424, {"x-amzn-errortype": "ModelError"}, body


def error(status, name):
    return status, {"x-amzn-errortype": name}, {"message": MARKER}


@pytest.fixture
async def calling(aiohttp_server, aws):
    """A reader whose endpoint gives these answers, in turn."""
    opened = []

    async def begin(*answers, url=URL):
        fake = FakeSageMaker(*answers)
        server = await aiohttp_server(fake.application())
        aws.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", str(server.make_url("/")))
        opened.append(readers.open_one(url))
        return opened[-1], fake

    yield begin
    for reader in opened:
        reader.close()


# --------------------------------------------------------------------------- the real container


async def test_the_endpoint_finds_what_the_embedded_reader_finds(endpoint, reader):
    opened = readers.open_one(URL)
    assert opened.calibration is None
    assert await opened.read("Who wrote it?", PASSAGES) == await reader.read("Who wrote it?", PASSAGES)
    assert opened.calibration == reader.calibration
    opened.close()


async def test_many_questions_at_once_each_get_their_own_answer(endpoint, reader):
    opened = readers.open_one(URL)
    asked = [
        ("Who wrote it?", [Passage("d", 0, f"{name} wrote it.")]) for name in ("Ada", "Grace", "Mary") * 5
    ]
    found = await asyncio.gather(*(opened.read(*one) for one in asked))
    assert found == [await reader.read(*one) for one in asked]
    opened.close()


async def test_what_the_container_refuses_is_an_error_without_what_was_sent(endpoint):
    opened = readers.open_one(URL)
    with pytest.raises(ReaderError, match="its container answers 400") as raised:
        await opened._asked(b'{"question": "' + MARKER.encode() + b'"}')
    assert MARKER not in str(raised.value)
    opened.close()


async def test_without_passages_nothing_is_called(calling):
    reader, fake = await calling(GOOD)
    assert await reader.read("Who?", []) == []
    assert fake.asked == []


# --------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("answer", "words", "attempts", "busy"),
    [
        (error(400, "ValidationError"), "refuses the call: ValidationError", 1, False),
        (error(400, "ThrottlingException"), "is busy: ThrottlingException", ATTEMPTS, True),
        (error(429, "ModelNotReadyException"), "is busy: ModelNotReadyException", ATTEMPTS, True),
        (error(503, "ServiceUnavailable"), "is busy: ServiceUnavailable", ATTEMPTS, True),
        (error(500, "InternalFailure"), "fails: InternalFailure", ATTEMPTS, False),
        (error(530, "InternalDependencyException"), "fails: InternalDependency", ATTEMPTS, False),
        (error(403, "AccessDeniedException"), "refuses the call: AccessDeniedException", 1, False),
        (error(403, "ExpiredTokenException"), "refuses the call: ExpiredTokenException", 1, False),
        (model_error(400), "its container answers 400", 1, False),
        (model_error(413), "its container answers 413", 1, False),
        (model_error(429), "is busy: its container answers 429", ATTEMPTS, True),
        (model_error(500), "its container answers 500", ATTEMPTS, False),
        (model_error(503), "is busy: its container answers 503", ATTEMPTS, True),
        ((502, {}, "<html>"), "fails: 502", ATTEMPTS, False),
    ],
    ids=str,
)
async def test_every_error_is_one_of_ours_and_what_may_pass_is_tried_again(
    calling, answer, words, attempts, busy
):
    reader, fake = await calling(answer)
    with pytest.raises(ReaderError, match=words) as raised:
        await reader.read("Who?", PASSAGES)
    assert isinstance(raised.value, ReaderBusyError) is busy
    assert "wherein" in str(raised.value)  # the endpoint's name
    assert MARKER not in str(raised.value)
    assert len(fake.asked) == attempts


async def test_the_error_may_be_named_in_the_body_alone(calling):
    reader, _ = await calling((429, {}, {"__type": "ModelNotReadyException", "message": "not yet"}))
    with pytest.raises(ReaderBusyError, match="ModelNotReadyException"):
        await reader.read("Who?", PASSAGES)


async def test_a_trouble_that_passes_is_not_seen(calling):
    reader, fake = await calling(error(400, "ThrottlingException"), error(500, "InternalFailure"), GOOD)
    assert await reader.read("Who?", PASSAGES) == [[], []]
    assert len(fake.asked) == 3


async def test_an_endpoint_that_hangs_is_given_up_and_not_asked_again(calling, monkeypatch):
    monkeypatch.setattr(sagemaker, "READ_SECONDS", 0.2)
    reader, fake = await calling((0, {}, ""))
    with pytest.raises(ReaderError, match=r"has not answered within 0\.2 s"):
        await reader.read("Who?", PASSAGES)
    assert len(fake.asked) == 1


async def test_an_endpoint_that_is_not_there_is_said(aws):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    aws.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", f"http://127.0.0.1:{port}")
    reader = readers.open_one(URL)
    with pytest.raises(ReaderError, match="cannot be reached"):
        await reader.read("Who?", PASSAGES)
    reader.close()


async def test_what_may_not_be_sent_is_an_error_of_ours(calling):
    reader, fake = await calling(GOOD)
    for question in ("", "x" * 5000, "\ud800"):
        with pytest.raises(ReaderError, match="cannot be asked"):
            await reader.read(question, PASSAGES)
    assert fake.asked == []


async def test_an_address_of_the_endpoint_that_is_none_is_said(aws):
    aws.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "nowhere")
    reader = readers.open_one(URL)
    with pytest.raises(ReaderError, match="cannot be called: ValueError"):
        await reader.read("Who?", PASSAGES)
    reader.close()


async def test_without_credentials_it_says_so(calling, aws):
    reader, _ = await calling(GOOD)
    aws.delenv("AWS_ACCESS_KEY_ID")
    aws.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ReaderError, match="there are no AWS credentials"):
        await reader.read("Who?", PASSAGES)


async def test_without_a_region_it_says_so(calling):
    reader, _ = await calling(GOOD, url="sagemaker://wherein")
    with pytest.raises(ReaderError, match="no region is given"):
        await reader.read("Who?", PASSAGES)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("nonsense", "cannot be read"),
        ({}, "cannot be read"),
        (EMPTY | {"found": [[]]}, "about 1 passages; 2 were sent"),
        (one_span(2, 999, 1.0), "does not lie"),
        (one_span(3, 3, 1.0), "does not lie"),
        (one_span(-1, 3, 1.0), "cannot be read"),
        (one_span(0, 3, None), "cannot be read"),
        (EMPTY | {"calibration": {"line": 0.5}}, "cannot be read"),
    ],
)
async def test_a_reply_that_is_not_as_agreed_is_an_error(calling, body, words):
    reader, _ = await calling((200, {}, body))
    with pytest.raises(ReaderError, match=words):
        await reader.read("Who?", PASSAGES)


async def test_more_calls_than_may_wait_are_told_so_at_once(calling, monkeypatch):
    monkeypatch.setattr(sagemaker, "READ_SECONDS", 0.5)
    reader, fake = await calling((0, {}, ""))
    ends = await asyncio.gather(
        *(reader.read("Who?", PASSAGES) for _ in range(3 * CALLS)), return_exceptions=True
    )
    assert sum(isinstance(end, ReaderBusyError) for end in ends) == CALLS
    assert len(fake.asked) <= 2 * CALLS


async def test_a_closed_reader_says_so(calling):
    reader, _ = await calling(GOOD)
    await reader.read("Who?", PASSAGES)
    reader.close()
    with pytest.raises(ReaderError, match="closed"):
        await reader.read("Who?", PASSAGES)


# --------------------------------------------------------------------------- the address


@pytest.mark.parametrize(
    "location", ["", "//", "wherein", "//wherein/path", "//wherein?zone=1", "//wherein?dialect=french"]
)
def test_an_address_that_names_no_endpoint_is_refused(location):
    with pytest.raises(UnknownReaderError, match="names no endpoint"):
        ladder.open(f"sagemaker:{location}")


def test_without_boto3_it_says_what_is_missing(monkeypatch):
    monkeypatch.delitem(sys.modules, "model.readers.sagemaker")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ReaderError, match="needs boto3, which is not installed"):
        readers.open_one(URL)


# --------------------------------------------------------------------------- the stock container's dialect


async def test_the_stock_container_gets_one_call_with_the_passages_that_have_words(calling):
    found = [{"score": 0.9, "start": 0, "end": 3, "answer": "Ada"}]
    reader, fake = await calling((200, {}, [found, found]), url=STOCK)
    passages = [PASSAGES[0], Passage("d", 0, " \n"), PASSAGES[0], PASSAGES[1]]
    spans = await reader.read("Who?", passages)
    assert [[(s.start, s.end) for s in of] for of in spans] == [[(0, 3)], [], [(0, 3)], []]
    assert spans[0][0].margin > 0
    assert reader.calibration is None
    ((name, sent),) = fake.asked
    assert name == "wherein"
    assert [one["context"] for one in sent["inputs"]] == [PASSAGES[0].text] * 2
    assert sent["parameters"]["handle_impossible_answer"] is False


async def test_a_stock_span_outside_its_passage_is_an_error(calling):
    reader, _ = await calling((200, {}, {"score": 0.9, "start": 0, "end": 999, "answer": "x"}), url=STOCK)
    with pytest.raises(ReaderError, match="does not lie"):
        await reader.read("Who?", PASSAGES)
