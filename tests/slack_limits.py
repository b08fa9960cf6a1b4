"""What Slack takes, from its documentation: every block, element and text of it checked; and what is live."""

import json
import re

ELEMENTS = {"actions": 25, "context": 10, "context_actions": 5}
TEXTS = {"header": 150, "section": 3_000, "context": 3_000, "button": 75, "title": 24}
MESSAGE, FALLBACK = 12_000, 40_000


def check_blocks(blocks, *, most=50):
    """Assert that Slack takes them."""
    assert 0 < len(blocks) <= most
    assert most > 50 or len(json.dumps(bare(blocks))) + sum(map(length, texts(blocks))) <= MESSAGE
    for block in blocks:
        _check_block(block)


def check_view(view):
    """Assert that Slack takes a modal or a Home."""
    check_blocks(view["blocks"], most=100)
    if view["type"] == "modal":
        assert 0 < len(view["title"]["text"]) <= TEXTS["title"]
        assert len(view["private_metadata"]) <= 3_000
        assert len(view["callback_id"]) <= 255
        for name in ("submit", "close"):
            assert name not in view or 0 < len(view[name]["text"]) <= TEXTS["title"]
        assert ("submit" in view) == any(block["type"] == "input" for block in view["blocks"])
        assert not any(block["type"] == "context_actions" for block in view["blocks"])
    ids = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    assert len(ids) == len(set(ids))


def _check_block(block):
    elements = block.get("elements", [])
    assert len(elements) <= ELEMENTS.get(block["type"], 1_000)
    match block["type"]:
        case "rich_text":
            assert elements
            for element in elements:
                _check_rich(element)
        case "context":
            assert elements
            for element in elements:
                _check_text(element, TEXTS["context"])
        case "actions" | "context_actions":
            assert elements
            actions = [element["action_id"] for element in elements]
            assert len(actions) == len(set(actions))
            for element in elements:
                _check_interactive(element)
        case "section":
            _check_text(block["text"], TEXTS["section"])
            if "accessory" in block:
                _check_interactive(block["accessory"])
        case "header":
            assert block["text"]["type"] == "plain_text"
            _check_text(block["text"], TEXTS["header"])
        case "input":
            _check_text(block["label"], 2_000)
            assert block["element"]["action_id"]
        case "divider":
            assert block == {"type": "divider"}
        case _:
            raise AssertionError(block["type"])


def _check_rich(element):
    parts = element["elements"]
    assert parts
    if element["type"] == "rich_text_list":
        assert element["style"] in ("bullet", "ordered")
        for item in parts:
            assert item["type"] == "rich_text_section"
            _check_rich(item)
        return
    assert element["type"] in ("rich_text_section", "rich_text_quote")
    for part in parts:
        assert part["type"] in ("text", "user", "channel")
        assert part["type"] != "text" or part["text"]


def _check_text(text, most):
    assert text["type"] in ("plain_text", "mrkdwn")
    assert 0 < length(text["text"]) <= most
    assert text["type"] == "plain_text" or text["verbatim"]
    whole(text["text"])


def _check_interactive(element):
    assert len(element["action_id"]) <= 255
    if element["type"] == "feedback_buttons":
        buttons = [element["positive_button"], element["negative_button"]]
    else:
        assert element["type"] == "button"
        buttons = [element]
    for button in buttons:
        _check_text(button["text"], TEXTS["button"])
        assert len(button["value"]) <= 2_000
        assert {"about", "text"} <= set(json.loads(button["value"]))
        assert len(button.get("accessibility_label", "")) <= 75
        assert "👍" not in button.get("accessibility_label", "")


def whole(text):
    """Assert that no character of it is half of one."""
    assert not re.search("[\ud800-\udfff]", text)


def length(text):
    """As Slack counts at worst: in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def texts(value):
    """Every text in blocks."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("text", "value", "accessibility_label") and isinstance(inner, str):
                yield inner
            else:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def bare(value):
    """The same blocks without a word in them."""
    if isinstance(value, dict):
        return {
            key: ""
            if isinstance(inner, str) and key in ("text", "value", "accessibility_label")
            else bare(inner)
            for key, inner in value.items()
        }
    return [bare(inner) for inner in value] if isinstance(value, list) else value


def live(blocks):
    """What in blocks calls somebody or leads somewhere: users, rooms, and what stands between < and >."""
    found = []
    for element in _all(blocks):
        if element.get("type") in ("user", "channel", "usergroup", "broadcast", "link", "emoji"):
            found.append(element.get("user_id") or element.get("channel_id") or str(element))
        if element.get("type") == "mrkdwn":
            found += live_text(element["text"])
    return found


def live_text(text):
    """What in a text of Slack's markup is live, also where Slack looks for it by itself."""
    return re.findall(r"<([^>]*)>", text) + re.findall(
        r"(?<!<)(?<![\w|])https?://\S+|@(?:here|channel|everyone)\b|\b[\w.]+@[\w.]+|:[\w+-]+:",
        re.sub(r"<[^>]*>", "", text),
    )


def _all(value):
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _all(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _all(inner)


def words(blocks):
    """What a person reads: every text, with the bold between asterisks."""
    read = []
    for element in _all(blocks):
        if element.get("type") == "text":
            bold = element.get("style", {}).get("bold")
            read.append(f"*{element['text']}*" if bold else element["text"])
        elif element.get("type") in ("mrkdwn", "plain_text"):
            read.append(element["text"])
    return "".join(read)
