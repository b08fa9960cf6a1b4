"""Links are brought in safely: real servers and real sockets, all of them on loopback."""

import asyncio
import contextlib
import socket
import time
from dataclasses import replace

import pytest

from bot.documents.fetch import Fetcher, Limits, _Pinned
from bot.documents.fetching.refused import RefusedError
from bot.documents.fetching.response import Known
from tests.fakes import Clock
from tests.internet import ADDRESS, answer, bomb, moved

LIMITS = Limits(size=200_000)
QUICK = replace(LIMITS, total=1.0, connect=0.5, silence=0.3)  # for what is slow on purpose
OTHER = "8.8.4.4"
SIX = "2606:4700:4700::1111"


@pytest.fixture
def fetcher(net):
    """Makes fetchers into that internet."""
    made = []

    def make(limits=LIMITS, **options):
        options = {"resolve": net.resolve, "open_socket": net.open_socket, "tls": net.trusting} | options
        made.append(Fetcher(limits, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


async def refusal(fetching):
    with pytest.raises(RefusedError) as refused:
        await fetching
    return refused.value.reason, refused.value.detail


# ------------------------------------------------------------------------------------------- what comes


async def test_a_link_is_brought_in(net, fetcher):
    headers = {"Content_Type": "text/html; charset=ISO-8859-1", "ETag": '"1"', "Last_Modified": "yesterday"}
    site = await net.add({"/a?b=c": answer("<p>Hello", **headers)})
    found = await fetcher().fetch("http://example.com/a?b=c#there")
    assert (found.url, found.name) == ("http://example.com/a?b=c", "a")
    assert (found.media_type, found.charset, found.data) == ("text/html", "iso-8859-1", b"<p>Hello")
    assert (found.etag, found.last_modified, found.unchanged) == ('"1"', "yesterday", False)
    assert net.connected == [(ADDRESS, 80)]
    assert site.paths_asked == ["/a?b=c"]


async def test_it_says_who_asks_and_nothing_of_whoever_told_it_to(net, fetcher, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine example.com login me password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site = await net.add({"/": [answer("", "302 Found", Location="/b", Set_Cookie="a=b")], "/b": answer("b")})
    assert (await fetcher(about="https://bot.example/").fetch("http://example.com/")).data == b"b"
    for _, headers in site.asked:
        assert headers["User-Agent"] == "Wherein (+https://bot.example/)"
        assert {name.lower() for name in headers} == {
            "host", "user-agent", "accept", "accept-encoding", "connection",
        }  # fmt: skip


async def test_https_is_read_where_the_server_proves_who_it_is(net, fetcher):
    await net.add({"/": answer("secret")}, port=443, tls="example.com")
    assert (await fetcher().fetch("https://example.com/")).data == b"secret"


@pytest.mark.parametrize("tls", ["unknown", "example.org"])
async def test_a_server_that_cannot_prove_who_it_is_is_not_read(net, fetcher, tls):
    site = await net.add({"/": answer("forged")}, port=443, tls=tls)
    assert await refusal(fetcher().fetch("https://example.com/")) == ("tls", "example.com")
    assert site.asked == []


async def test_the_shipped_trust_knows_no_authority_of_ours(net, fetcher):
    await net.add({"/": answer("forged")}, port=443, tls="example.com")
    assert await refusal(fetcher(tls=None).fetch("https://example.com/")) == ("tls", "example.com")


async def test_plain_http_where_https_is_expected_is_not_read(net, fetcher):
    async def plainly(reader, writer):
        writer.write(answer("plain"))
        await writer.drain()

    await net.listen(plainly, ADDRESS, 443)
    net.names["example.com"] = [[ADDRESS]]
    assert await refusal(fetcher().fetch("https://example.com/")) == ("tls", "example.com")


async def test_ipv6_is_spoken(net, fetcher):
    await net.add({"/": answer("six")}, address=SIX)
    for host in ("example.com", f"[{SIX}]"):
        assert (await fetcher().fetch(f"http://{host}/")).data == b"six"
    assert net.connected == [(SIX, 80)] * 2
    assert net.resolved == ["example.com"]


async def test_a_public_address_needs_no_name(net, fetcher):
    await net.add({"/": answer("four")})
    assert (await fetcher().fetch(f"http://{ADDRESS}/")).data == b"four"
    assert net.resolved == []


async def test_a_name_in_another_script_is_resolved_as_the_net_knows_it(net, fetcher):
    await net.add({"/": answer("例")}, "xn--r8jz45g.jp")
    assert (await fetcher().fetch("http://例え.jp/")).url == "http://xn--r8jz45g.jp/"


async def test_where_one_address_does_not_answer_the_next_is_asked(net, fetcher):
    await net.add({"/": answer("here")})
    net.names["example.com"] = [[OTHER, SIX, ADDRESS]]
    assert (await fetcher().fetch("http://example.com/")).data == b"here"


async def test_an_empty_answer_is_one(net, fetcher):
    await net.add({"/": answer(b"", Content_Type=None)})
    found = await fetcher().fetch("http://example.com/")
    assert (found.data, found.media_type, found.name) == (b"", "", "example.com")


# ------------------------------------------------------------------------------------------- where it leads

FORBIDDEN = """
    127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200 168.63.129.16 0.0.0.0
    198.18.0.1 192.0.2.1 224.0.0.1 255.255.255.255 ::1 :: fe80::1 fe80::1%1 fc00::1 fd00:ec2::254 ff02::1
    ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 2002:7f00:1:: 2001:0:7f00:1::1 2001:db8::1
""".split()


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_a_name_of_a_forbidden_address_is_not_asked(net, fetcher, address):
    net.names["example.com"] = [[address]]
    assert await refusal(fetcher().fetch("http://example.com/")) == ("address", "example.com")
    assert net.connected == []


@pytest.mark.parametrize("addresses", [[ADDRESS, "10.0.0.1"], ["::1", ADDRESS], [ADDRESS, "nonsense"]])
async def test_one_forbidden_address_spoils_them_all(net, fetcher, addresses):
    net.names["example.com"] = [addresses]
    assert await refusal(fetcher().fetch("http://example.com/")) == ("address", "example.com")
    assert net.connected == []


@pytest.mark.parametrize(
    "link",
    "http://127.0.0.1/ http://[::1]/ http://0177.1/ http://2130706433/ http://0x7f000001/ http://localhost/"
    " http://[::ffff:169.254.169.254]/ http://169.254.169.254/latest/ http://１２７.0.0.1/ http://10。0。0。1/".split(),
)
async def test_a_forbidden_address_is_neither_resolved_nor_asked(net, fetcher, link):
    assert (await refusal(fetcher().fetch(link)))[0] == "address"
    assert net.resolved == net.connected == []


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://127.0.0.1/", "address"),
        ("//[::1]/", "address"),
        ("http://0x7f.1/", "address"),
        ("http://169.254.169.254/latest/meta-data/", "address"),
        ("http://inside.example.com/", "address"),
        ("http://nowhere.example.com/", "unresolved"),
        ("http://example.com:8080/", "port"),
        ("http://user:password@example.com/", "credentials"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "scheme"),
        ("http://[", "link"),
    ],
)
@pytest.mark.parametrize("hops", [1, 3])
async def test_a_redirect_is_checked_like_the_link_itself(net, fetcher, to, reason, hops):
    net.names["inside.example.com"] = [["10.0.0.1"]]
    paths = {f"/{hop}": moved(f"/{hop + 1}") for hop in range(hops)} | {f"/{hops}": moved(to)}
    await net.add(paths)
    assert (await refusal(fetcher().fetch("http://example.com/0")))[0] == reason
    assert net.connected == [(ADDRESS, 80)] * (hops + 1)


async def test_redirects_are_followed(net, fetcher):
    await net.add({"/": moved("http://example.org/a/b", "301 Moved")})
    other = await net.add({"/a/b": moved("c", "307 X"), "/a/c": answer("c")}, "example.org", address=OTHER)
    found = await fetcher().fetch("http://example.com/")
    assert (found.url, found.data) == ("http://example.org/a/c", b"c")
    assert other.asked[0][1]["Host"] == "example.org"
    assert net.connected == [(ADDRESS, 80), (OTHER, 80), (OTHER, 80)]


@pytest.mark.parametrize(
    "paths",
    [{"/": moved("/")}, {"/": moved("/a"), "/a": moved("/")}, {"/": moved("?a")} | {"/?a": moved("/")}],
)
async def test_a_loop_of_redirects_ends(net, fetcher, paths):
    await net.add(paths)
    assert await refusal(fetcher().fetch("http://example.com/")) == ("redirects", "example.com")
    assert len(net.connected) == LIMITS.redirects + 1


async def test_a_redirect_goes_up_to_https_and_never_down_again(net, fetcher):
    await net.add({"/": moved("https://example.com/a"), "/b": answer("plain")})
    await net.add({"/a": moved("/b"), "/b": moved("http://example.com/b")}, port=443, tls="example.com")
    assert await refusal(fetcher().fetch("http://example.com/")) == ("downgrade", "example.com")
    assert net.connected == [(ADDRESS, 80), (ADDRESS, 443), (ADDRESS, 443)]


async def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(net, fetcher):
    inside = await net.add({"/": answer("inside")}, "inside", address="127.0.0.1")
    await net.add({"/": answer("public")})
    net.names["example.com"] = [[ADDRESS], ["127.0.0.1"]]
    one = fetcher()
    assert (await one.fetch("http://example.com/")).data == b"public"
    assert net.resolved == ["example.com"]
    assert net.connected == [(ADDRESS, 80)]
    assert await refusal(one.fetch("http://example.com/")) == ("address", "example.com")
    assert inside.asked == []


async def test_a_name_that_changes_its_mind_between_redirects_is_caught(net, fetcher):
    await net.add({"/": moved("/b"), "/b": answer("b")})
    net.names["example.com"] = [[ADDRESS], ["169.254.169.254"]]
    assert await refusal(fetcher().fetch("http://example.com/")) == ("address", "example.com")
    assert net.connected == [(ADDRESS, 80)]


def test_no_socket_is_opened_to_what_was_not_checked(net):
    pinned = _Pinned([ADDRESS], net.open_socket)
    pinned.open((socket.AF_INET, socket.SOCK_STREAM, 6, "", (ADDRESS, 80))).close()
    for address in (OTHER, "127.0.0.1"):
        with pytest.raises(OSError, match="not an address that was checked"):
            pinned.open((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)))


async def test_a_name_that_does_not_resolve_says_so(net, fetcher):
    assert await refusal(fetcher().fetch("http://example.com/")) == ("unresolved", "example.com")
    net.names["example.com"] = [[]]
    assert await refusal(fetcher().fetch("http://example.com/")) == ("unresolved", "example.com")


async def test_a_server_that_is_not_there_says_so(net, fetcher):
    net.names["example.com"] = [[ADDRESS]]
    assert await refusal(fetcher().fetch("http://example.com/")) == ("unreachable", "example.com")


async def test_the_systems_resolver_is_the_default(fetcher, monkeypatch):
    asked = []

    def getaddrinfo(host, port, **_):
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", 0)), (10, 1, 6, "", ("::1", 0, 0, 0))]

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    assert await refusal(fetcher(resolve=None).fetch("http://example.com/")) == ("address", "example.com")
    assert asked == ["example.com"]


# ------------------------------------------------------------------------------------- how much and how long


async def endless(reader, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"


async def endless_chunks(reader, writer):
    writer.write(CHUNKED)
    while True:
        writer.write(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (endless, "large"),
        (endless_chunks, "large"),
        (answer("x" * 200_001), "large"),
        (answer("", Content_Length=str(10**15)), "large"),
        (answer("", Content_Length="9" * 30), "broken"),
        (answer("x" * 200_001, packed=True), "large"),
        (answer(bomb(150), Content_Encoding="gzip"), "large"),
        (answer("x", Content_Encoding="br"), "packed"),
        (answer("x", Content_Encoding="gzip, gzip"), "packed"),
        (answer("x", Content_Encoding="gzip"), "broken"),
    ],
)
async def test_no_more_is_taken_than_is_read(net, fetcher, said, reason):
    await net.add({"/": said})
    assert await refusal(fetcher().fetch("http://example.com/")) == (reason, "example.com")


async def test_a_bomb_under_the_limit_is_told_by_its_ratio(net, fetcher):
    await net.add({"/": answer(bomb(150), Content_Encoding="gzip")})
    roomy = replace(LIMITS, size=1_000_000_000)
    assert await refusal(fetcher(roomy).fetch("http://example.com/")) == ("packed", "example.com")


async def test_what_fits_is_taken(net, fetcher):
    text = bytes(range(32, 127)) * 2_000
    await net.add({"/": answer(text), "/packed": answer(text, packed=True)})
    assert (await fetcher().fetch("http://example.com/")).data == text
    assert (await fetcher().fetch("http://example.com/packed")).data == text


async def silent(reader, writer):
    await asyncio.sleep(30)


async def silent_body(reader, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nhalf")
    await asyncio.sleep(30)


def drip(said):
    async def dripping(reader, writer):
        writer.write(said)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    return dripping


@pytest.mark.parametrize(
    "said",
    [
        silent,
        silent_body,
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"),
    ],
    ids=["nothing", "half a body", "slow head", "slow body"],
)
@pytest.mark.parametrize("tls", [None, "example.com"])
async def test_a_slow_server_is_left(net, fetcher, said, tls):
    await net.add({"/": said}, port=443 if tls else 80, tls=tls)
    begun = time.monotonic()
    link = f"http{'s' if tls else ''}://example.com/"
    assert await refusal(fetcher(QUICK).fetch(link)) == ("slow", "example.com")
    assert time.monotonic() - begun < 5


async def test_a_server_that_shakes_no_hands_is_left(net, fetcher):
    await net.listen(silent, ADDRESS, 443)
    net.names["example.com"] = [[ADDRESS]]
    assert await refusal(fetcher(QUICK).fetch("https://example.com/")) == ("slow", "example.com")


async def test_a_slow_name_server_is_left(fetcher):
    async def resolve(host):
        await asyncio.sleep(30)

    one = fetcher(QUICK, resolve=resolve)
    assert await refusal(one.fetch("http://example.com/")) == ("slow", "example.com")


async def test_redirects_that_take_their_time_are_left_too(net, fetcher):
    async def slowly(reader, writer):
        await asyncio.sleep(0.2)
        writer.write(moved("/"))

    await net.add({"/": slowly})
    one = fetcher(replace(LIMITS, total=0.5))
    assert await refusal(one.fetch("http://example.com/")) == ("slow", "example.com")


async def test_so_many_links_at_once_and_no_more(net, fetcher):
    now, most = 0, 0

    async def counting(reader, writer):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        writer.write(answer("x"))

    await net.add({"/": counting})
    one = fetcher(replace(LIMITS, at_once=2))
    await asyncio.gather(*(one.fetch("http://example.com/") for _ in range(6)))
    assert most == 2


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/9.9 abc\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nhalf",
        CHUNKED + b"zz\r\nx\r\n0\r\n\r\n",
        CHUNKED + b"-5\r\nx\r\n0\r\n\r\n",
        CHUNKED + b"ffffffffffffffffff\r\nx",
        CHUNKED + b"5\r\nabc",
        CHUNKED + b"5\r\nabcdefg\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
        b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n",
    ],
    ids=lambda said: said[:60].decode().replace("\r\n", "|") + str(len(said)),
)
async def test_nonsense_is_no_answer(net, fetcher, said):
    await net.add({"/": said})
    assert await refusal(fetcher().fetch("http://example.com/")) == ("broken", "example.com")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer("x", Content_Type="image/png"), ("type", "image/png")),
        (answer("x", Content_Type="Application/ZIP; x=y"), ("type", "application/zip")),
        (answer("x", "401 Unauthorized", WWW_Authenticate="Basic"), ("login", "example.com")),
        (answer("x", "403 Forbidden"), ("login", "example.com")),
        (answer("x", "404 Not Found"), ("missing", "example.com")),
        (answer("x", "429 Too Many Requests"), ("limited", "example.com")),
        (answer("x", "503 Service Unavailable"), ("failing", "503")),
        (answer("x", "418 Teapot"), ("status", "418")),
        (answer("", "304 Not Modified"), ("status", "304")),
        (answer("x", "302 Found"), ("status", "302")),
    ],
)
async def test_what_is_not_read_is_refused_with_its_reason(net, fetcher, said, reason):
    await net.add({"/": said})
    assert await refusal(fetcher().fetch("http://example.com/")) == reason


async def test_what_is_not_read_is_not_even_loaded(net, fetcher):
    loaded = 0

    async def film(reader, writer):
        nonlocal loaded
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while loaded < 50_000_000:
                writer.write(b"x" * 100_000)
                await writer.drain()
                loaded += 100_000

    await net.add({"/": film})
    assert await refusal(fetcher().fetch("http://example.com/")) == ("type", "video/mp4")
    assert loaded < 20_000_000


# ------------------------------------------------------------------------------------------- reading again


async def test_what_is_known_is_asked_for_only_if_newer(net, fetcher):
    site = await net.add({"/a": [answer("", "304 Not Modified", Content_Type=None, Content_Length=None)]})
    known = Known("http://example.com/a", '"1"', "Mon, 01 Jan 2024 00:00:00 GMT")
    found = await fetcher().fetch("http://example.com/a", again=known)
    assert (found.unchanged, found.data, found.etag) == (True, b"", '"1"')
    assert found.last_modified == known.last_modified
    assert site.asked[-1][1]["If-None-Match"] == '"1"'
    assert site.asked[-1][1]["If-Modified-Since"] == known.last_modified


async def test_a_newer_version_is_brought_in(net, fetcher):
    await net.add({"/a": answer("new", ETag='"2"')})
    found = await fetcher().fetch("http://example.com/a", again=Known("http://example.com/a", '"1"'))
    assert (found.unchanged, found.data, found.etag) == (False, b"new", '"2"')


async def test_what_tells_a_version_is_said_only_to_who_gave_it(net, fetcher):
    site = await net.add({"/": moved("/b"), "/b": answer("b")})
    await fetcher().fetch("http://example.com/", again=Known("http://example.com/b", '"1"'))
    asked = dict(site.asked)
    assert "If-None-Match" not in asked["/"]
    assert asked["/b"]["If-None-Match"] == '"1"'


AGAIN = Known("http://example.com/a")
NOBODY = "User-agent: *\nDisallow: /"


async def test_a_person_is_not_stopped_by_robots_but_the_clock_is(net, fetcher):
    site = await net.add({"/a": answer("a"), "/robots.txt": answer(NOBODY)})
    one = fetcher()
    assert (await one.fetch("http://example.com/a")).data == b"a"
    assert site.paths_asked == ["/a"]
    assert await refusal(one.fetch("http://example.com/a", again=AGAIN)) == ("robots", "example.com")
    assert site.paths_asked == ["/a", "/robots.txt"]


async def test_what_robots_may_read_is_read_again(net, fetcher):
    rules = f"User-agent: wherein\nDisallow: /b\n\n{NOBODY}"
    await net.add({"/a": answer("a"), "/b?c": answer("b"), "/robots.txt": answer(rules)})
    one = fetcher()
    assert (await one.fetch("http://example.com/a", again=AGAIN)).data == b"a"
    assert await refusal(one.fetch("http://example.com/b?c", again=AGAIN)) == ("robots", "example.com")


async def test_robots_is_asked_where_a_redirect_leads_too(net, fetcher):
    await net.add({"/a": moved("http://example.org/a"), "/robots.txt": answer("")})
    await net.add({"/a": answer("a"), "/robots.txt": answer(NOBODY)}, "example.org", address=OTHER)
    assert await refusal(fetcher().fetch("http://example.com/a", again=AGAIN)) == ("robots", "example.org")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer("x", "404 Not Found"), None),
        (answer("x", "403 Forbidden"), None),
        (answer("x", "451 X"), None),
        (answer("x", Content_Type="image/png"), None),
        (answer("<html>", Content_Type="text/html"), None),
        (moved("/rules"), "robots"),
        (answer("x", "503 X"), "failing"),
        (answer("x", "429 X"), "limited"),
        (answer("x" * 600_000), "large"),
        (moved("http://127.0.0.1/"), "address"),
        (moved("/robots.txt"), "redirects"),
        (silent, "slow"),
        (b"nonsense", "broken"),
    ],
)
async def test_without_rules_all_may_be_read_and_with_rules_that_cannot_be_had_nothing(
    net, fetcher, said, reason
):
    await net.add({"/a": answer("a"), "/robots.txt": said, "/rules": answer(NOBODY)})
    limits = replace(QUICK if said is silent else LIMITS, size=1_000_000)
    fetching = fetcher(limits).fetch("http://example.com/a", again=AGAIN)
    if reason:
        assert (await refusal(fetching))[0] == reason
    else:
        assert (await fetching).data == b"a"


async def test_robots_is_asked_once_an_hour(net, fetcher):
    site = await net.add({"/a": answer("a"), "/robots.txt": answer("")})
    clock = Clock()
    one = fetcher(clock=clock)
    for _ in range(3):
        await one.fetch("http://example.com/a", again=AGAIN)
    assert site.paths_asked.count("/robots.txt") == 1
    clock.now += 3_601
    await one.fetch("http://example.com/a", again=AGAIN)
    assert site.paths_asked.count("/robots.txt") == 2


# ------------------------------------------------------------------------------------------- behind a proxy


async def pipe(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Proxy:
    """A proxy on loopback that connects to what stands in this internet."""

    def __init__(self, net):
        self.net, self.asked = net, []

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        method, target, _ = head.split("\r\n")[0].split(" ")
        if "refused" in target:
            writer.write(answer("no", "403 Forbidden"))
            return
        port = 443 if method == "CONNECT" else 80
        onward = await asyncio.open_connection(*self.net._places[ADDRESS, port])
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            onward[1].write(head.replace("http://example.com", "", 1).encode())
        await asyncio.gather(pipe(reader, onward[1]), pipe(onward[0], writer))


@pytest.fixture
async def proxy(net):
    serving = Proxy(net)
    host, port = await net.listen(serving.serve, "proxy", 0)
    serving.url = f"http://me:secret@{host}:{port}"
    return serving


async def test_a_proxy_connects_where_there_is_one(net, fetcher, proxy):
    site = await net.add({"/a": answer("a")})
    safe = await net.add({"/a": answer("b")}, port=443, tls="example.com")
    one = fetcher(proxy=proxy.url)
    assert (await one.fetch("http://example.com/a")).data == b"a"
    assert (await one.fetch("https://example.com/a")).data == b"b"
    assert [head.split("\r\n")[0] for head in proxy.asked] == [
        "GET http://example.com/a HTTP/1.1",
        "CONNECT example.com:443 HTTP/1.1",
    ]
    assert all("Proxy-Authorization: Basic" in head for head in proxy.asked)
    assert "Proxy-Authorization" not in safe.asked[0][1]
    assert net.connected == []
    assert net.resolved == ["example.com"] * 2
    assert len(site.asked) == 1


@pytest.mark.parametrize("addresses", [["10.0.0.1"], [ADDRESS, "127.0.0.1"]])
async def test_behind_a_proxy_too_nothing_forbidden_is_asked(net, fetcher, proxy, addresses):
    net.names["example.com"] = [addresses]
    assert await refusal(fetcher(proxy=proxy.url).fetch("http://example.com/")) == ("address", "example.com")
    assert (await refusal(fetcher(proxy=proxy.url).fetch("http://127.0.0.1/")))[0] == "address"
    assert proxy.asked == []


async def test_a_proxy_that_refuses_or_is_not_there_is_named(net, fetcher, proxy):
    net.names["refused.example.com"] = [[ADDRESS]]
    one = fetcher(proxy=proxy.url)
    assert await refusal(one.fetch("https://refused.example.com/")) == ("proxy", "refused.example.com")
    gone = fetcher(proxy="http://127.0.0.1:9")
    assert await refusal(gone.fetch("http://refused.example.com/")) == ("proxy", "refused.example.com")
