"""What a site's robots.txt lets Wherein read again."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.fetching.robots import Rules

OWN = "User-agent: Wherein\nDisallow: /own\n\nUser-agent: *\nDisallow: /all"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("user-AGENT : wherein/2.0 (x)\ndisallow:/", "/a", False),
        ("User-agent: whereinto\nDisallow: /", "/a", True),
        (OWN, "/own", False),
        (OWN, "/all", True),
        ("User-agent: a\nUser-agent: wherein\nDisallow: /x", "/x", False),
        ("User-agent: wherein\nDisallow: /x\nUser-agent: b\nDisallow: /y", "/y", True),
        ("User-agent: wherein\nDisallow: /x\n\nUser-agent: wherein\nDisallow: /y", "/y", False),
        ("User-agent: wherein\n\n# why\nDisallow: /x # here", "/x", False),
        ("User-agent: wherein\nCrawl-delay: 5\nSitemap: /s\nDisallow: /x", "/x", False),
        ("User-agent: wherein\nAllow: /", "/x", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/c", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/a.pdf?b", True),
        ("User-agent: *\nDisallow: /*.pdf", "/x/a.pdf?b", False),
        ("User-agent: *\nDisallow: /a$", "/a", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /a*b*c$", "/axbxbc", False),
        ("User-agent: *\nDisallow: /ab*b$", "/ab", True),
        ("User-agent: *\nDisallow: *", "/a", False),
        ("User-agent: *\nDisallow: /caf%c3%a9", "/café", False),
        ("User-agent: *\nDisallow: /café", "/caf%C3%A9", False),
        ("User-agent: *\nDisallow: /%7Ejoe", "/~joe", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
        ("User-agent: *\nDisallow: /a?b=", "/a?b=1", False),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("Disallow: /", "/a", True),
        ("<html><title>Not found</title>", "/a", True),
    ],
)
def test_the_longest_rule_for_us_decides(text, path, allowed):
    assert Rules(text).allow(path) is allowed


@given(st.text(), st.text())
def test_any_text_makes_rules(text, path):
    assert Rules(text).allow(f"/{path}") in (True, False)
    assert Rules(f"User-agent: *\nDisallow: {text}").allow(f"/{path}") in (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: a\n" * 18_000 + "Disallow: /x\n" * 18_000,
        "User-agent: *\n" + "Disallow: /*a*a*a*a*a*a*b\n" * 18_000,
        "User-agent: *\nDisallow: /" + "*a" * 250_000 + "$",
    ],
    ids=["agents", "stars", "one long rule"],
)
def test_a_hostile_file_is_done_with_in_no_time(text):
    begun = time.process_time()
    assert Rules(text).allow("/" + "a" * 2_000) in (True, False)
    assert time.process_time() - begun < 2
