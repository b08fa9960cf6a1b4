"""What a person sees of blocks: their words, the bold ones between asterisks, and their buttons; pure."""

import re
from collections.abc import Sequence

from tests.fake_slack.payloads import plain
from tests.fake_slack.people import elements, labels
from tests.fake_slack.workspace import Json


def text(blocks: Sequence[Json], names: dict[str, str] | None = None) -> str:
    """The words, a line for each part; `names` are people's and channels', by id."""
    lines = (_block(block, names or {}) for block in blocks)
    return "\n".join(line for line in lines if line)


def buttons(blocks: Sequence[Json]) -> tuple[str, ...]:
    """What may be pressed, as it is labelled."""
    return tuple(label for _, element in elements(blocks) for label, _ in labels(element))


def _block(block: Json, names: dict[str, str]) -> str:
    kind = block["type"]
    if kind in ("section", "header", "alert"):
        parts = [block["text"]] if "text" in block else []
        return "\n".join(_text(one, names) for one in (*parts, *block.get("fields", [])))
    if kind == "context":
        shown = (
            one.get("alt_text", "") if one["type"] == "image" else _text(one, names)
            for one in block["elements"]
        )
        return "  ".join(shown)
    if kind == "rich_text":
        return "\n".join(_rich(one, names) for one in block["elements"])
    if kind == "markdown":
        return re.sub(r"\*\*(.+?)\*\*", r"*\1*", block["text"])
    if kind in ("container", "card"):
        titles = [_text(block[name], names) for name in ("title", "subtitle", "body") if name in block]
        return "\n".join(titles + [_block(one, names) for one in block.get("child_blocks", [])])
    if kind == "table":
        return "\n".join(" | ".join(_cell(cell, names) for cell in row) for row in block["rows"])
    if kind == "input":
        return _text(block["label"], names)
    if kind == "image":
        return str(block["alt_text"])
    return ""


def _cell(cell: Json, names: dict[str, str]) -> str:
    return (
        _block(cell, names) if cell["type"] == "rich_text" else str(cell.get("text", cell.get("value", "")))
    )


def _text(node: Json, names: dict[str, str]) -> str:
    words = node["text"]
    if node["type"] == "plain_text":
        return str(words)
    return "\n".join(_line(line, names) for line in words.split("\n"))


def _line(line: str, names: dict[str, str]) -> str:
    """A line of Slack's own markup, as it is shown."""
    quoted = line.startswith(("&gt;", ">"))
    line = re.sub(r"^(&gt;|>)\s?", "", line)
    line = re.sub(r"<[@#](\w+)(?:\|[^>]*)?>", lambda found: f"@{names.get(found[1], found[1])}", line)
    line = re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", line)
    line = re.sub(r"<!(\w+)[^>]*>", r"@\1", line)
    line = re.sub(r"<([^|>]+)\|([^>]*)>", r"\2", line)
    line = plain(re.sub(r"<([^>]+)>", r"\1", line))
    return quote(line) if quoted else line


def quote(words: str) -> str:
    """Words that stand as a quotation."""
    return words if words.startswith("“") or not words else f"“{words}”"


def _rich(part: Json, names: dict[str, str]) -> str:
    if part["type"] == "rich_text_list":
        return "\n".join(f"• {_rich(one, names)}" for one in part["elements"])
    words = "".join(_inline(one, names) for one in part["elements"])
    words = re.sub(r"\*(\s*)\*", r"\1", words)  # two bold ones side by side are one
    return quote(words) if part["type"] == "rich_text_quote" else words


def _inline(one: Json, names: dict[str, str]) -> str:
    kind = one["type"]
    if kind == "user":
        return f"@{names.get(one['user_id'], one['user_id'])}"
    if kind == "channel":
        return f"#{names.get(one['channel_id'], one['channel_id'])}"
    if kind == "emoji":
        return f":{one['name']}:"
    if kind == "broadcast":
        return f"@{one['range']}"
    if kind == "date":
        return str(one.get("fallback", one["timestamp"]))
    words = one.get("text") or one.get("url", "")
    return f"*{words}*" if one.get("style", {}).get("bold") else str(words)
