"""Links made to lead into our own network, or round it for ever: none gets through, each has a sentence."""

import asyncio
import time
from dataclasses import replace

import pytest

from bot.documents.fetch import Fetcher
from bot.documents.fetching.refused import RefusedError
from bot.replies import skipped
from tests.internet import ADDRESS, answer, bomb, moved
from tests.test_fetch import CHUNKED, FORBIDDEN, QUICK, endless, endless_chunks, silent, silent_body

SPELLED = """
    http://127.0.0.1/ http://127.1/ http://127.0.1/ http://0177.0.0.1/ http://0x7f.0.0.1/ http://0x7f000001/
    http://2130706433/ http://017700000001/ http://127.0.0.1./ http://0/ http://0.0.0.0/ http://[::]/ http://[::1]/
    http://[0:0:0:0:0:0:0:1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[::127.0.0.1]/
    http://[64:ff9b::127.0.0.1]/ http://[64:ff9b::a9fe:a9fe]/ http://[2002:7f00:1::]/ http://[fe80::1]/
    http://[fd00:ec2::254]/ http://169.254.169.254/latest/meta-data/ http://2852039166/ http://0xa9fea9fe/
    http://[::ffff:169.254.169.254]/ http://10.0.0.1/ http://172.16.0.1/ http://192.168.0.1/ http://100.64.0.1/
    http://168.63.129.16/ http://100.100.100.200/ http://224.0.0.1/ http://255.255.255.255/ http://localhost/
    http://LOCALHOST/ http://localhost./ http://metadata/ http://１２７.0.0.1/ http://10。0。0。1/ http://①②⑦.0.0.1/
    http://example.com:22/ http://example.com:6379/ https://example.com:8443/ http://example.com:0/
    http://user@example.com/ http://user:password@example.com/ http://example.com@127.0.0.1/
    ftp://example.com/ file:///etc/passwd gopher://127.0.0.1:6379/_FLUSHALL data:text/html,x
    javascript:alert(1) dict://127.0.0.1:11211/ ldap://127.0.0.1/ jar:http://127.0.0.1!/ http:/// http://[ http://a..b.com/
    http://example.com\\\\@127.0.0.1/ http://-/ http://%31%32%37.0.0.1/ //127.0.0.1/ http:127.0.0.1
""".split()
ANSWERED = {
    "an answer without end": endless,
    "chunks without end": endless_chunks,
    "a bomb": answer(bomb(150), Content_Encoding="gzip"),
    "silence": silent,
    "half a page": silent_body,
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    "a broken chunk": CHUNKED + b"zz\r\n",
    "a circle": moved("/"),
    "a way into this network": moved("http://127.0.0.1/"),
    "a way to the cloud's metadata": moved("http://169.254.169.254/latest/meta-data/"),
    "a way to a file": moved("file:///etc/passwd"),
    "a way to another port": moved("http://example.com:6379/"),
    "a way with a password": moved("http://me:secret@example.com/"),
    "a film": answer("x", Content_Type="video/mp4"),
    "a login": answer("x", "401 Unauthorized"),
    "a teapot": answer("x", "418 Teapot"),
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
}


async def sentence(net, link, limits=QUICK):
    """Why a link is not brought in."""
    fetcher = Fetcher(limits, resolve=net.resolve, open_socket=net.open_socket, tls=net.trusting)
    began = time.monotonic()
    try:
        with pytest.raises(RefusedError) as refused:
            await fetcher.fetch(link)
    finally:
        fetcher.close()
    assert time.monotonic() - began < 10
    return skipped.refused(link, refused.value).why


def test_a_hundred_are_tried_half_of_them_only_spelled_in_another_way():
    assert len(set(SPELLED)) >= 50
    assert len(set(SPELLED)) + len(ANSWERED) + len(FORBIDDEN) >= 100


@pytest.mark.parametrize("link", SPELLED)
async def test_a_link_into_this_network_however_spelled_connects_to_nothing(net, link):
    net.names["example.com"] = [[ADDRESS]]
    assert await sentence(net, link)
    assert net.connected == []


@pytest.mark.parametrize("what", ANSWERED)
async def test_an_answer_made_to_do_harm_is_left(net, what):
    await net.add({"/": ANSWERED[what]})
    assert await sentence(net, "http://example.com/", replace(QUICK, size=200_000))
    assert set(net.connected) == {(ADDRESS, 80)}


async def test_many_of_them_at_once_keep_no_good_link_waiting_for_long(net):
    await net.add({"/": silent, "/good": answer("good")})
    fetcher = Fetcher(QUICK, resolve=net.resolve, open_socket=net.open_socket)
    bad = [asyncio.create_task(fetcher.fetch("http://example.com/")) for _ in range(12)]
    await asyncio.sleep(0)
    began = time.monotonic()
    assert (await fetcher.fetch("http://example.com/good")).data == b"good"
    assert time.monotonic() - began < 5
    await asyncio.gather(*bad, return_exceptions=True)
    fetcher.close()
