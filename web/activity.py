"""A message for Teams as HTML: its text, which is markdown, and the buttons of its card; pure."""

from collections.abc import Mapping
from html import escape
from typing import Any

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True})
_STRONG = {"&lt;strong&gt;": "<strong>", "&lt;/strong&gt;": "</strong>"}  # all the HTML that a message has


def draw(activity: Mapping[str, Any]) -> str:
    """A message as HTML."""
    drawn: str = _MARKDOWN.render(str(activity.get("text", ""))).replace("\n", " ")
    for written, live in _STRONG.items():
        drawn = drawn.replace(written, live)
    buttons = [
        f'<span class="button">{escape(str(action.get("title", "")))}</span>'
        for attached in activity.get("attachments", ())
        for action in attached.get("content", {}).get("actions", ())
    ]
    return drawn + (f'<p class="buttons">{"".join(buttons)}</p>' if buttons else "")
