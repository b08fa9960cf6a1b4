"""Links in what somebody wrote, and links to the sentence and the page."""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.fragments import LONGEST, directive
from bot.documents.links import found, to_page, to_sentence

PAGE = "https://example.com/lease"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("no link", []),
        ("https://example.com", ["https://example.com"]),
        ("See https://example.com/a, please.", ["https://example.com/a"]),
        ("Is it at https://example.com/a?b=c?", ["https://example.com/a?b=c"]),
        ("(https://example.com/a)", ["https://example.com/a"]),
        ("(see https://example.com/a).", ["https://example.com/a"]),
        ("https://example.com/a_(b)", ["https://example.com/a_(b)"]),
        ("(https://example.com/a_(b)), or not", ["https://example.com/a_(b)"]),
        ("[here](https://example.com/a)!", ["https://example.com/a"]),
        ("<https://example.com/a>", ["https://example.com/a"]),
        ("“https://example.com/a”", ["https://example.com/a"]),
        ('"https://example.com/a"', ["https://example.com/a"]),
        ("`https://example.com/a`", ["https://example.com/a"]),
        ("**https://example.com/a**", ["https://example.com/a"]),
        ("https://example.com/a…", ["https://example.com/a"]),
        ("見てhttps://example.com/a。次", ["https://example.com/a"]),
        ("（https://example.com/a）", ["https://example.com/a"]),
        ("HTTPS://EXAMPLE.COM/A", ["HTTPS://EXAMPLE.COM/A"]),
        ("https://例え.jp/é", ["https://例え.jp/é"]),
        ("https://a.com/ https://b.com/ https://a.com/", ["https://a.com/", "https://b.com/"]),
        ("https:// http:///", []),
        ("xhttps://example.com git+https://example.com", []),
        ("ftp://example.com file:///etc/passwd", []),
        ("https://[2606:4700::1]/a", ["https://[2606:4700::1]/a"]),
        ("https://example.com/a\nhttps://example.com/b", ["https://example.com/a", "https://example.com/b"]),
        ("https://example.com/a#b:~:text=c", ["https://example.com/a#b:~:text=c"]),
    ],
)
def test_the_links_of_a_message_are_found_as_they_were_meant(text, links):
    assert found(text) == links


def test_no_more_links_are_found_than_are_read():
    text = " ".join(f"https://example.com/{number}" for number in range(100))
    assert len(found(text)) == 5
    assert found(text, 2) == ["https://example.com/0", "https://example.com/1"]


@given(st.text())
def test_whatever_is_found_stands_in_the_text(text):
    for link in found(f"{text}https://{text}"):
        assert link in f"{text}https://{text}"


def test_a_pdf_is_opened_at_its_page():
    assert to_page("https://example.com/a.pdf", 7) == "https://example.com/a.pdf#page=7"
    assert to_page("https://example.com/a.pdf#x", 7) == "https://example.com/a.pdf#page=7"


def sentence_link(text, sentence, nth=0):
    start = [match.start() for match in re.finditer(re.escape(sentence), text)][nth]
    return to_sentence(PAGE, text, start, start + len(sentence)).removeprefix(PAGE)


def test_a_page_is_opened_at_the_sentence():
    text = "Badges end in May. The front desk renews them. So it is."
    link = sentence_link(text, "The front desk renews them.")
    assert link == "#:~:text=The%20front%20desk%20renews%20them."
    assert to_sentence(f"{PAGE}#top", text, 0, 18) == f"{PAGE}#:~:text=Badges%20end%20in%20May."


def test_what_has_a_meaning_in_a_fragment_is_written_out():
    link = sentence_link("Well-known, & paid: 5% #1.", "Well-known, & paid: 5% #1.")
    assert link == "#:~:text=Well%2Dknown%2C%20%26%20paid%3A%205%25%20%231."


def test_a_sentence_that_stands_twice_is_told_by_its_neighbours():
    text = "In Cork the rent is due. In Dublin the rent is due."
    assert (
        sentence_link(text, "the rent is due.", 0)
        == "#:~:text=In%20Cork-,the%20rent%20is%20due.,-In%20Dublin"
    )
    assert sentence_link(text, "the rent is due.", 1) == "#:~:text=In%20Dublin-,the%20rent%20is%20due."


def test_a_long_sentence_is_told_by_its_ends():
    text = "First. " + " ".join(f"word{number}" for number in range(100)) + " end. Last."
    link = sentence_link(text, text[7:-6])
    assert link == "#:~:text=word0%20word1%20word2%20word3,word97%20word98%20word99%20end."


def test_a_sentence_over_two_lines_is_told_by_its_ends():
    link = sentence_link("A heading\nand its text.\nMore.", "A heading\nand its text.")
    assert link == "#:~:text=A%20heading,and%20its%20text."


def test_context_keeps_to_its_line():
    text = "Cork\nRent is due.\nDublin\nRent is due."
    assert sentence_link(text, "Rent is due.", 1) == "#:~:text=Dublin-,Rent%20is%20due."


@pytest.mark.parametrize(
    "text", ["", "   ", "a\n" * 50, "\u0301", "x" * 2_000], ids=["empty", "blank", "same", "mark", "one word"]
)
def test_where_no_words_tell_it_apart_the_page_is_opened_at_its_top(text):
    assert to_sentence(PAGE, text, 0, len(text) if len(text) != 100 else 1) == PAGE


def test_a_text_without_spaces_is_told_too():
    text = "家賃は五月に払う。鍵は受付で受け取る。"
    assert unquote(sentence_link(text, "鍵は受付で受け取る。")) == "#:~:text=鍵は受付で受け取る。"


def folded(text):
    """The same characters as a browser compares them, with where each stands."""
    kept = []
    for place, character in enumerate(text):
        parts = unicodedata.normalize("NFKD", character).casefold()
        kept += [(part, place) for part in parts if not unicodedata.combining(part)]
    return "".join(character for character, _ in kept), [place for _, place in kept]


def parsed(written):
    """The four parts of a directive, decoded as the specification says."""
    assert written.startswith("text=")
    parts = written.removeprefix("text=").split(",")
    prefix = unquote(parts.pop(0).removesuffix("-")) if parts[0].endswith("-") else ""
    suffix = unquote(parts.pop()[1:]) if parts[-1].startswith("-") else ""
    first, *rest = map(unquote, parts)
    assert len(rest) <= 1
    return prefix, first, rest[0] if rest else "", suffix


def matches(text, prefix, first, last, suffix):
    """Every stretch that a browser could take for what is meant; the specification takes the first."""
    line, places = folded(text)

    def pattern(words):
        return r"\s+".join(re.escape(folded(word)[0]) for word in words.split())

    ahead = rf"(?<!\w){pattern(prefix)}\s*" if prefix else ""
    for begin in re.finditer(rf"(?={ahead}(?P<first>(?<!\w){pattern(first)}(?!\w)))", line):
        stop = begin.end("first")
        if last:
            behind = rf"(?=\s*{pattern(suffix)})" if suffix else ""
            end = re.compile(rf"(?<!\w){pattern(last)}(?!\w){behind}").search(line, stop)
            if not end:
                continue
            stop = end.end()
        elif suffix and not re.compile(rf"\s*{pattern(suffix)}(?!\w)").match(line, stop):
            continue
        yield places[begin.start("first")], places[stop - 1] + 1


TOKENS = st.sampled_from("a b A á of the rent-free -x- 5,000 R&D 100% due. due, Ünï".split())
SPACE = st.sampled_from([" ", " ", " ", "  ", "\n", "\n\n", "\u00a0"])


@given(st.lists(st.tuples(TOKENS, SPACE), min_size=1, max_size=80), st.data())
def test_a_fragment_decodes_to_the_sentence_and_fits_nowhere_else(words, data):
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    text = "".join(word + space for word, space in words)
    start = sum(len(word + space) for word, space in words[:first])
    end = sum(len(word + space) for word, space in words[:last]) + len(words[last][0])
    written = directive(text, start, end)
    if not written:
        return
    assert len(written) <= LONGEST
    assert re.fullmatch(r"text=(?:[\w.~]|%[0-9A-F]{2}|,|-(?=,)|(?<=,)-)+", written, re.ASCII)
    parts = parsed(written)
    begin, finish = parts[1], parts[2] or parts[1]
    assert text[start:end].split()[: len(begin.split())] == begin.split()
    assert text[start:end].split()[-len(finish.split()) :] == finish.split()
    assert list(matches(text, *parts)) == [(start, end)]


@given(
    st.lists(st.sampled_from([f"word{number}" for number in range(40)]), unique=True, min_size=3), st.data()
)
def test_a_sentence_of_its_own_words_always_has_a_fragment(words, data):
    first = data.draw(st.integers(0, len(words) - 1))
    text = " ".join(words)
    start = len(" ".join(words[:first])) + (first > 0)
    assert directive(text, start, len(text))


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_any_text_has_a_fragment_or_none(text, start, length):
    written = directive(text, start, start + length)
    assert written == "" or written.startswith("text=")
