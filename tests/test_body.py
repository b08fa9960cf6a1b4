"""What comes of an answer, unpacked within limits."""

import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.fetching.body import GRACE, RATIO, Body
from bot.documents.fetching.refused import RefusedError
from tests.internet import bomb


def fed(data, coding="gzip", limit=20_000_000, piece=65_536):
    body = Body(coding, limit, "example.com")
    for start in range(0, len(data), piece):
        body.feed(data[start : start + piece])
    return body.all()


def refusal(*args, **named):
    with pytest.raises(RefusedError) as refused:
        fed(*args, **named)
    return refused.value.reason


@given(st.binary(), st.sampled_from(["gzip", "x-gzip", "GZIP", "", "identity"]), st.integers(1, 50))
def test_what_was_sent_comes_out(data, coding, piece):
    sent = gzip.compress(data) if "gzip" in coding.lower() else data
    assert fed(sent, coding, piece=piece) == data


@given(st.binary())
def test_nonsense_comes_out_or_is_refused_and_nothing_else(data):
    try:
        fed(data)
    except RefusedError as error:
        assert error.reason == "broken"  # noqa: PT017


def test_one_byte_too_many_is_refused():
    assert len(fed(b"x" * 100, "", limit=100)) == 100
    assert refusal(b"x" * 101, "", limit=100) == "large"
    assert len(fed(gzip.compress(b"x" * 100), limit=100)) == 100
    assert refusal(gzip.compress(b"x" * 101), limit=100) == "large"


@pytest.mark.parametrize("piece", [1_000, 65_536, 10_000_000])
def test_a_bomb_is_refused_before_it_goes_off(piece):
    packed = bomb(100)
    tracemalloc.start()
    try:
        assert refusal(packed, limit=50_000_000, piece=piece) == "packed"
        assert tracemalloc.get_traced_memory()[1] < 3 * (GRACE + RATIO * len(packed))
    finally:
        tracemalloc.stop()


def test_a_small_text_of_one_letter_is_no_bomb():
    assert len(fed(gzip.compress(b"a" * 900_000))) == 900_000


def test_what_is_cut_short_is_refused():
    assert refusal(gzip.compress(bytes(range(256)) * 50)[:-5]) == "broken"
    assert fed(b"") == b""


def test_what_follows_the_end_is_padding():
    assert fed(gzip.compress(b"all") + b"\0" * 100 + gzip.compress(b"more")) == b"all"


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "aes"])
def test_a_packing_that_was_not_asked_for_is_refused(coding):
    assert refusal(b"x", coding) == "packed"
