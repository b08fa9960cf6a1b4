"""What somebody wrote in Slack's markup, as they see it: plain words, links, names; pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.types import Message

_MARKED = re.compile(r"<([^<>]*)>")
_MENTION = re.compile(r"@([UW][A-Z0-9]{2,})\b")
_SPACE = re.compile(r"[ \t]{2,}")
_SCHEMES = "http://", "https://"


def plain(text: str, bot: str = "") -> str:
    """What somebody wrote, as they see it; only the mention of `bot` is taken out."""

    def shown(found: re.Match[str]) -> str:
        return _shown(found[1], bot)

    mentioned = mentions(text, bot)
    text = _unescaped(_MARKED.sub(shown, text))
    if not mentioned:
        return text.strip()
    return "\n".join(_SPACE.sub(" ", line).strip() for line in text.split("\n")).strip(" \t\n,:")


def _shown(marked: str, bot: str) -> str:
    what, _, label = marked.partition("|")
    match what[:1]:
        case "@":
            return "" if bot and what[1:] == bot else f"@{label.removeprefix('@') or what[1:]}"
        case "#":
            return f"#{label or what[1:]}"
        case "!":
            return label or f"@{what[1:].partition('^')[0]}"
    return label if label and not _same(label, what) else what.removeprefix("mailto:").removeprefix("tel:")


def _same(label: str, url: str) -> bool:
    """Whether a label is but the address, shortened by Slack."""
    return any(url.rstrip("/") == f"{before}{label.rstrip('/')}" for before in ("", *_SCHEMES))


def mentions(text: str, who: str) -> bool:
    """Whether somebody is mentioned."""
    return bool(who) and re.search(rf"<@{re.escape(who)}(?:\|[^<>]*)?>", text) is not None


def links(text: str) -> tuple[str, ...]:
    """The links that stand behind other words: those are not found in the plain text."""
    found = (marked.partition("|") for marked in _MARKED.findall(text))
    return tuple(
        dict.fromkeys(
            _unescaped(url)
            for url, _, label in found
            if url.startswith(_SCHEMES) and label and not _same(label, url)
        )
    )


def mentioned(text: str) -> set[str]:
    """The ids of people whose names a plain text wants."""
    return set(_MENTION.findall(text))


def named(text: str, name: Callable[[str], str]) -> str:
    """A plain text with people's names in the place of their ids."""
    return _MENTION.sub(lambda found: f"@{name(found[1]) or found[1]}", text)


def all_named(message: Message, name: Callable[[str], str]) -> Message:
    """A message with people's names in its own text, and in the texts that it brings."""
    documents = tuple(replace(one, text=named(one.text, name)) for one in message.documents)
    return replace(message, text=named(message.text, name), documents=documents)


def all_mentioned(message: Message) -> set[str]:
    """The ids of people whose names it wants."""
    return mentioned(message.text).union(*(mentioned(one.text) for one in message.documents))


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
