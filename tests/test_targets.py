"""Where a link leads, as far as it tells."""

import pytest
from yarl import URL

from bot.documents.fetching.refused import RefusedError
from bot.documents.fetching.targets import parse


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://example.com/a", "https://example.com/a"),
        ("HTTP://EXAMPLE.COM", "http://example.com"),
        ("http://example.com:80/", "http://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://example.com/a#b", "https://example.com/a"),
        ("https://example.com/a%2Fb?sig=a%2Fb%3D&x=%E9+1", "https://example.com/a%2Fb?sig=a%2Fb%3D&x=%E9+1"),
        ("https://例え.jp/é ?q=ü", "https://xn--r8jz45g.jp/%C3%A9%20?q=%C3%BC"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://ⓔxample.com/", "https://example.com/"),
        ("https://example。com/", "https://example.com/"),
        ("https://my_site.example.com/", "https://my_site.example.com/"),
        ("http://[2606:4700:4700:0::1111]/", "http://[2606:4700:4700::1111]/"),
        (" https://example.com/ ", "https://example.com/"),
    ],
)
def test_a_link_has_one_spelling(link, said):
    assert str(parse(link)) == said


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("", "link"),
        ("example.com", "link"),
        ("/etc/passwd", "link"),
        ("//example.com/", "link"),
        ("http://", "link"),
        ("http:///x", "link"),
        ("http:example.com", "link"),
        ("http://a..example.com/", "link"),
        ("http://-a.example.com/", "link"),
        ("http://exa mple.com/", "link"),
        ("http://example.com\\@127.0.0.1/", "link"),
        ("http://example.com\r\nHost: evil/", "link"),
        ("http://example.com/\tx", "link"),
        ("http://example.com\0.evil/", "link"),
        ("http://[::1/", "link"),
        ("http://xn--a/", "link"),
        ("http://\u200bexample.com/", "link"),
        ("http://a\ud800.com/", "link"),
        ("http://127.0.0.1%2f.example.com/", "link"),
        (f"http://{'a' * 64}.com/", "link"),
        (f"http://{'a.' * 127}com/", "link"),
        (f"http://example.com/{'a' * 5_000}", "link"),
        ("http://example.com:99999/", "link"),
        ("http://example.com:x/", "link"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://example.com/", "scheme"),
        ("gopher://example.com/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,hello", "scheme"),
        ("ws://example.com/", "scheme"),
        ("http://user@example.com/", "credentials"),
        ("http://user:password@example.com/", "credentials"),
        ("http://:@example.com/", "credentials"),
        ("http://@example.com/", "credentials"),
        ("http://example.com:80@127.0.0.1/", "credentials"),
        ("http://example.com:22/", "port"),
        ("http://example.com:8080/", "port"),
        ("http://example.com:0/", "port"),
        ("http://localhost/", "address"),
        ("http://LOCALHOST./", "address"),
        ("http://intranet/", "address"),
        ("http://%31%32%37.0.0.1/", "address"),
        ("http://[::]/", "address"),
        ("http://[fe80::1%25eth0]/", "address"),
    ],
)
def test_a_link_that_leads_nowhere_good_is_refused_with_its_reason(link, reason):
    with pytest.raises(RefusedError) as refused:
        parse(link)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("b", "https://example.com/x/b"),
        ("/b?c", "https://example.com/b?c"),
        ("?c", "https://example.com/x/a?c"),
        ("//example.org/b", "https://example.org/b"),
        ("http://example.org/ü#d", "http://example.org/%C3%BC"),
        ("../../../b", "https://example.com/b"),
    ],
)
def test_a_redirect_goes_on_from_where_it_stands(location, said):
    assert str(parse(location, URL("https://example.com/x/a?b"))) == said


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("//127.0.0.1/", "address"),
        ("http://[::ffff:169.254.169.254]/latest/meta-data/", "address"),
        ("file:///etc/passwd", "scheme"),
        ("//u:p@example.com/", "credentials"),
        ("//example.com:25/", "port"),
        ("\\\\127.0.0.1\\", "link"),
        ("http://[/", "link"),
    ],
)
def test_a_redirect_is_checked_like_a_link(location, reason):
    with pytest.raises(RefusedError) as refused:
        parse(location, URL("https://example.com/x/a?b"))
    assert refused.value.reason == reason


def test_a_refusal_names_what_was_written():
    with pytest.raises(RefusedError) as refused:
        parse("http://example.com:8080/")
    assert (refused.value.reason, refused.value.detail) == ("port", "8080")
