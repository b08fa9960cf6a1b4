"""What a server says of what it sends."""

import pytest
from yarl import URL

from bot.documents.fetching import content, response
from bot.documents.fetching.refused import RefusedError
from bot.documents.fetching.response import Known

PAGE = URL("https://example.com/docs/lease.pdf?x=1")


@pytest.mark.parametrize(
    ("disposition", "path", "name"),
    [
        ("", "/docs/lease.pdf", "lease.pdf"),
        ("", "/docs/", "docs"),
        ("", "/", "example.com"),
        ("", "/caf%C3%A9%20menu", "café menu"),
        ('attachment; filename="rent.pdf"', "/x", "rent.pdf"),
        ("attachment; filename*=UTF-8''caf%C3%A9.pdf", "/x", "café.pdf"),
        ('inline; filename="../../etc/passwd"', "/x", "passwd"),
        ('inline; filename="C:\\\\a\\\\b.txt"', "/x", "b.txt"),
        ('inline; filename="a\x00\x1b\u202egnp.exe"', "/x", "agnp.exe"),
        ("attachment", "/x.txt", "x.txt"),
        ("; ; =; filename", "/x.txt", "x.txt"),
        ("", f"/{'a' * 500}", "a" * 120),
        ("", "/%2e%2e%2fa%00b", "ab"),
    ],
)
def test_a_name_is_what_the_server_or_the_path_calls_it(disposition, path, name):
    assert content.name(disposition, path, "example.com") == name


@pytest.mark.parametrize(
    ("told", "name", "media_type"),
    [
        ("text/html; charset=utf-8", "", "text/html"),
        ("TEXT/HTML", "", "text/html"),
        ("", "a.pdf", "application/pdf"),
        ("application/octet-stream", "a.pdf", "application/pdf"),
        ("application/octet-stream", "a.zip", "application/zip"),
        ("application/octet-stream", "a.unheard-of", ""),
        ("binary/octet-stream", "", ""),
        ("image/png", "a.pdf", "image/png"),
    ],
)
def test_a_type_is_what_the_server_tells_or_else_the_name(told, name, media_type):
    assert content.media_type(told, name) == media_type


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/html",
        "text/plain",
        "text/markdown",
        "text/csv",
        "text/x-python",
        "application/xhtml+xml",
        "application/pdf",
        "application/json",
        "application/ld+json",
        "message/rfc822",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ],
)
def test_documents_are_read(media_type):
    assert content.is_read(media_type)


@pytest.mark.parametrize(
    "media_type",
    "image/png image/svg+xml audio/mpeg video/mp4 application/zip application/x-msdownload application/wasm"
    " font/woff2 multipart/mixed application/java-archive nonsense text/ application/msword".split(),
)
def test_what_is_no_document_is_not_read(media_type):
    assert not content.is_read(media_type)


@pytest.mark.parametrize(
    ("told", "charset"),
    [
        ("text/html; charset=ISO-8859-1", "iso-8859-1"),
        ('text/html; charset="utf-8"', "utf-8"),
        ("text/html", ""),
        ("", ""),
        (";;;charset", ""),
    ],
)
def test_an_encoding_is_what_the_server_tells(told, charset):
    assert content.charset(told) == charset


def test_a_head_tells_what_comes():
    headers = {"Content-Type": "application/pdf", "ETag": '"1"', "Last-Modified": "yesterday"}
    found = response.received(PAGE, 200, headers, known=None, size=100)
    assert (found.url, found.name, found.media_type) == (str(PAGE), "lease.pdf", "application/pdf")
    assert (found.etag, found.last_modified, found.unchanged) == ('"1"', "yesterday", False)


@pytest.mark.parametrize(
    ("status", "headers", "reason", "detail"),
    [
        (401, {}, "login", "example.com"),
        (403, {}, "login", "example.com"),
        (404, {}, "missing", "example.com"),
        (410, {}, "missing", "example.com"),
        (429, {}, "limited", "example.com"),
        (500, {}, "failing", "500"),
        (503, {}, "failing", "503"),
        (204, {}, "status", "204"),
        (206, {}, "status", "206"),
        (302, {}, "status", "302"),
        (304, {}, "status", "304"),
        (418, {}, "status", "418"),
        (999, {}, "failing", "999"),
        (200, {"Content-Type": "image/png"}, "type", "image/png"),
        (200, {"Content-Length": "101"}, "large", "example.com"),
        (200, {"Content-Length": "9" * 5_000}, "large", "example.com"),
        (302, {"Location": "http://10.0.0.1/"}, "address", "10.0.0.1"),
    ],
)
def test_a_head_that_brings_nothing_is_refused_with_its_reason(status, headers, reason, detail):
    with pytest.raises(RefusedError) as refused:
        response.received(PAGE, status, headers, known=None, size=100)
    assert (refused.value.reason, refused.value.detail) == (reason, detail)


def test_a_redirect_with_letters_beyond_ascii_is_understood():
    location = "/é".encode().decode("ascii", "surrogateescape")
    assert response.received(PAGE, 301, {"Location": location}, known=None, size=1) == URL(
        "https://example.com/é"
    )
    assert response.received(PAGE, 301, {"Location": "/\udce9"}, known=None, size=1).host == "example.com"


def test_what_is_known_is_asked_for_only_if_newer():
    assert response.conditions(None) == response.conditions(Known("https://example.com/")) == {}
    asked = response.conditions(Known("https://example.com/", '"1"', "yesterday"))
    assert asked == {"If-None-Match": '"1"', "If-Modified-Since": "yesterday"}


def test_what_is_unchanged_keeps_what_tells_its_version():
    known = Known(str(PAGE), '"1"', "yesterday")
    found = response.received(PAGE, 304, {}, known=known, size=1)
    assert found.unchanged
    assert (found.etag, found.last_modified, found.data) == ('"1"', "yesterday", b"")
    assert response.received(PAGE, 304, {"ETag": '"2"'}, known=known, size=1).etag == '"2"'
