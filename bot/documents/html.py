"""Web pages: the main content, without menus, banners and scripts."""

import re
from collections.abc import Iterator
from typing import Any

from bot.documents import UnreadableError, Why
from bot.documents.file import File
from bot.documents.render import Renderer, Shown, size
from bot.documents.writer import Writer

_DEEP = 10_000  # elements in elements: the parser's time grows with the square of it
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)(?:[^<>]*[^<>/])?>")
_CLOSED_BY_ITSELF = frozenset(
    "area base br col dd dt embed hr img input li link meta option p param source td th tr track wbr"
    " body colgroup html option rp rt tbody tfoot thead".split()
)
_NEVER = frozenset(
    "script style noscript template svg canvas iframe object embed button select datalist audio video map"
    " math head -comment".split()
)
_STRUCK = frozenset("del s strike".split())  # what no longer holds
_AROUND = frozenset("nav footer aside dialog".split())
_ROLES = frozenset(
    "navigation banner contentinfo complementary search dialog alertdialog menu menubar".split()
)
_NAMES = re.compile(
    r"\b(?:cookie|gdpr|breadcrumb|sidebar|newsletter|skip-link|advert"
    r"|(?:social|share|sharing|consent)(?:-(?:media|links?|icons?|buttons?|bar|list|tools|banner|box|modal|popup|manager|sdk))*(?![\w-]))",
    re.IGNORECASE,
)
_ENOUGH = 0.15  # of all that a page shows: a main part with less is none


def read(file: File, out: Writer) -> None:
    """Write a page's title and main content."""
    _check_depth(file.text)
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(file.text)
    title = page.css_first("title")
    out.title = title.text() if title else ""
    body = page.body or page.root
    if body is None:
        return
    pieces = _best(page, body)
    heading = next((piece[2] for piece in pieces if piece[0] == "heading"), "")
    out.title = out.title.strip() or heading
    for show, *what in pieces:
        getattr(out, show)(*what)


def _check_depth(text: str) -> None:
    depth = 0
    for tag in _TAG.finditer(text):
        if tag[2].lower() not in _CLOSED_BY_ITSELF:
            depth += -1 if tag[1] else 1
            if depth > _DEEP:
                raise UnreadableError(Why.TOO_DEEP)


def _best(page: Any, body: Any) -> list[Shown]:
    """What the page says is its main part; or all but what is around one; or all."""
    everything = Renderer(_never).render(body)
    enough = _ENOUGH * size(everything)
    for root in _main(page):
        pieces = Renderer(_never).render(root)
        if size(pieces) >= enough:
            return pieces
    pieces = Renderer(_around).render(body)
    return pieces if size(pieces) >= enough else everything


def _main(page: Any) -> Iterator[Any]:
    yield from page.css("main")
    yield from page.css("[role=main]")
    if len(articles := page.css("article")) == 1:
        yield from articles


def _never(node: Any) -> bool:
    """Whether nobody sees it, or it is struck through."""
    if node.tag in _NEVER or node.tag in _STRUCK:
        return True
    said = node.attributes
    if not said:
        return False
    style = (said.get("style") or "").replace(" ", "").lower()
    unseen = "display:none" in style or "line-through" in style
    return unseen or "hidden" in said or said.get("aria-hidden") == "true"


def _around(node: Any) -> bool:
    """Whether it is around the main content rather than in it."""
    if _never(node) or node.tag in _AROUND:
        return True
    said = node.attributes
    if (said.get("role") or "").lower() in _ROLES:
        return True
    if node.tag == "header":
        return node.css_first("h1") is None and not _within_article(node)
    if node.tag in ("ul", "ol", "table"):
        return _is_menu(node)
    named = f"{said.get('id') or ''} {said.get('class') or ''}"
    return node.tag in ("div", "section", "form", "p") and bool(_NAMES.search(named.replace("_", "-")))


def _within_article(node: Any) -> bool:
    while node := node.parent:
        if node.tag == "article":
            return True
    return False


def _is_menu(node: Any) -> bool:
    """Whether it is a list of nothing but short links."""
    links = node.css("a")
    if len(links) < 3:
        return False
    linked = sum(len(link.text(strip=True)) for link in links)
    return linked >= 0.9 * len(node.text(strip=True)) and linked < 40 * len(links)
