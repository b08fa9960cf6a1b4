"""Block Kit as HTML, near enough to Slack's look to judge a message by; pure.

What it cannot draw it leaves out: the page shows it beside the answer, and never instead of it. The docs' own
pictures are drawn by a strict one, `tests/blockkit.py`, which raises there.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

Block = Mapping[str, Any]

_BOLD = re.compile(r"\*([^*\n]+)\*")
_ESCAPED = r"&(?:amp|quot|#x27);"
_LINK = re.compile(rf"&lt;(https?://(?:[^|&\s]|{_ESCAPED})+)\|((?:[^&]|{_ESCAPED})+)&gt;")


def draw(blocks: Sequence[Block]) -> str:
    """Blocks as HTML."""
    return "".join(f'<div class="block">{_block(block)}</div>' for block in blocks)


def _block(block: Block) -> str:
    match block.get("type"):
        case "rich_text":
            return "".join(map(_rich, block["elements"]))
        case "context":
            return f'<p class="small">{" · ".join(_text(one) for one in block["elements"])}</p>'
        case "actions":
            return f'<p class="buttons">{"".join(map(_button, block["elements"]))}</p>'
        case "context_actions":
            return '<p class="buttons"><span class="button">👍</span><span class="button">👎</span></p>'
        case "section":
            return f"<p>{_text(block['text'])}</p>"
    return ""


def _rich(element: Block) -> str:
    match element.get("type"):
        case "rich_text_section":
            return f"<p>{_inline(element)}</p>"
        case "rich_text_quote":
            return f"<blockquote><p>{_inline(element)}</p></blockquote>"
        case "rich_text_list":
            tag = "ol" if element.get("style") == "ordered" else "ul"
            return f"<{tag}>{''.join(f'<li>{_inline(one)}</li>' for one in element['elements'])}</{tag}>"
    return ""


def _inline(element: Block) -> str:
    drawn = []
    for part in element["elements"]:
        text = escape(part.get("text", "")).replace("\n", "<br>")
        drawn.append(f"<b>{text}</b>" if part.get("style", {}).get("bold") else text)
    return "".join(drawn)


def _text(text: Block) -> str:
    """A text object: plain, or Slack's markup, in which only bold and links are live."""
    said = escape(_unescaped(text["text"]) if text.get("type") == "mrkdwn" else text["text"])
    if text.get("type") == "mrkdwn":
        said = _BOLD.sub(r"<b>\1</b>", said)
        said = _LINK.sub(r'<a href="\1" target="_blank" rel="noopener">\2</a>', said)
    return said.replace("\n", "<br>")


def _unescaped(markup: str) -> str:
    """Slack's three entities as characters of which no markup comes."""
    return markup.replace("&lt;", "‹").replace("&gt;", "›").replace("&amp;", "&")


def _button(button: Block) -> str:
    return f'<span class="button">{escape(button["text"]["text"])}</span>'
