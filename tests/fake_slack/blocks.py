"""What Slack refuses in blocks and views, with its limits; pure."""

from collections.abc import Iterator
from typing import Any

from tests.fake_slack.workspace import Json

TEXT_LIMIT, UPDATE_LIMIT = 40_000, 4_000  # characters of chat.postMessage's text, of chat.update's
BLOCKS, VIEW_BLOCKS = 50, 100
MARKDOWN, ALL_TEXT = 12_000, 13_200  # of all markdown blocks of a message; of a message's blocks

_TYPES = {
    "message": "actions alert card carousel container context context_actions data_table divider file header"
    " image input markdown plan rich_text section table task_card video".split(),
    "modal": "actions alert context divider header image input rich_text section video".split(),
    "home": "actions alert context divider header image input rich_text section video".split(),
}
_ELEMENTS = {
    "actions": "button checkboxes channels_select conversations_select datepicker datetimepicker"
    " external_select multi_static_select overflow radio_buttons rich_text_input static_select timepicker"
    " users_select workflow_button".split(),
    "context_actions": ["feedback_buttons", "icon_button"],
    "context": ["image", "mrkdwn", "plain_text"],
}


def wrong(blocks: Any, surface: str = "message") -> list[str]:
    """What is wrong with blocks, a line each, with the place."""
    if not isinstance(blocks, list):
        return ["must be a valid JSON array [json-pointer:/blocks]"]
    most = BLOCKS if surface == "message" else VIEW_BLOCKS
    found = [f"no more than {most} items allowed [json-pointer:/blocks]"] if len(blocks) > most else []
    seen: set[str] = set()
    actions: set[tuple[str, str]] = set()
    for number, block in enumerate(blocks):
        at = f"/blocks/{number}"
        if not isinstance(block, dict) or block.get("type") not in _TYPES[surface]:
            found.append(f"unsupported type: {_get(block, 'type')} [json-pointer:{at}/type]")
            continue
        id = block.get("block_id")
        if id is not None and (id in seen or len(id) > 255):
            found.append(f"`block_id` must be unique and at most 255 characters [json-pointer:{at}/block_id]")
        seen.add(id)
        found += _block(block, at, actions)
    if surface == "message":
        markdown = sum(len(b.get("text", "")) for b in blocks if _get(b, "type") == "markdown")
        if markdown > MARKDOWN:
            found.append(f"must be less than {MARKDOWN + 1} characters [json-pointer:/blocks]")
    return found


def length(blocks: list[Json]) -> int:
    """How much text stands in blocks."""
    return sum(len(text) for text in _texts(blocks))


def _get(block: Any, name: str) -> Any:
    return block.get(name) if isinstance(block, dict) else None


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one)


def _text(node: Any, at: str, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> list[str]:
    if not isinstance(node, dict) or node.get("type") not in kinds or not isinstance(node.get("text"), str):
        return [f"missing required field or wrong type: text [json-pointer:{at}]"]
    if not 1 <= len(node["text"]) <= most:
        kind = f"less than {most + 1}" if node["text"] else "more than 0"
        return [f"must be {kind} characters [json-pointer:{at}/text]"]
    return []


def _count(node: Any, at: str, most: int) -> list[str]:
    if not isinstance(node, list) or not 1 <= len(node) <= most:
        return [f"must have from 1 to {most} items [json-pointer:{at}]"]
    return []


def _plain(node: Any, at: str, most: int) -> list[str]:
    return _text(node, at, most, ("plain_text",))


def _block(block: Json, at: str, actions: set[tuple[str, str]]) -> list[str]:
    kind = block["type"]
    check = {
        "section": _section,
        "context": _context,
        "actions": _actions,
        "context_actions": _actions,
        "input": _input,
        "rich_text": _rich_text,
        "table": _table,
        "container": _container,
    }.get(kind)
    if check:
        return check(block, at, actions)
    if kind == "header":
        return _plain(block.get("text"), f"{at}/text", 150)
    if kind == "markdown":
        ok = isinstance(block.get("text"), str) and block["text"]
        return [] if ok else [f"missing required field: text [json-pointer:{at}/text]"]
    if kind == "image":
        alt, title = block.get("alt_text"), block.get("title")
        found = (
            [] if isinstance(alt, str) and len(alt) <= 2_000 else [f"alt_text [json-pointer:{at}/alt_text]"]
        )
        return found + (_plain(title, f"{at}/title", 2_000) if title else [])
    return []


def _section(block: Json, at: str, actions: set[tuple[str, str]]) -> list[str]:
    found: list[str] = []
    if "text" not in block and "fields" not in block:
        found.append(f"missing required field: text [json-pointer:{at}]")
    if "text" in block:
        found += _text(block["text"], f"{at}/text", 3_000)
    if "fields" in block:
        found += _count(block["fields"], f"{at}/fields", 10)
        for number, one in enumerate(block["fields"]):
            found += _text(one, f"{at}/fields/{number}", 2_000)
    if "accessory" in block:
        found += _element(block["accessory"], f"{at}/accessory", block, actions)
    return found


def _context(block: Json, at: str, actions: set[tuple[str, str]]) -> list[str]:
    elements = block.get("elements")
    found = _count(elements, f"{at}/elements", 10)
    for number, one in enumerate(elements or []):
        if _get(one, "type") not in _ELEMENTS["context"]:
            found.append(f"unsupported type: {_get(one, 'type')} [json-pointer:{at}/elements/{number}]")
        elif one["type"] != "image":
            found += _text(one, f"{at}/elements/{number}", 3_000)
    return found


def _actions(block: Json, at: str, actions: set[tuple[str, str]]) -> list[str]:
    elements = block.get("elements")
    most = 25 if block["type"] == "actions" else 5
    found = _count(elements, f"{at}/elements", most)
    for number, one in enumerate(elements or []):
        place = f"{at}/elements/{number}"
        if _get(one, "type") not in _ELEMENTS[block["type"]]:
            found.append(f"unsupported type: {_get(one, 'type')} [json-pointer:{place}/type]")
        else:
            found += _element(one, place, block, actions)
    return found


def _element(one: Json, at: str, block: Json, actions: set[tuple[str, str]]) -> list[str]:
    found: list[str] = []
    id = one.get("action_id")
    if id is not None:
        key = (block.get("block_id") or str(at.split("/")[2]), id)
        if len(id) > 255 or key in actions:
            found.append(f"`action_id` must be unique within a block [json-pointer:{at}/action_id]")
        actions.add(key)
    kind = one.get("type")
    if kind == "button":
        found += _plain(one.get("text"), f"{at}/text", 75)
        found += _most(one, "value", 2_000, at) + _most(one, "url", 3_000, at)
        found += _most(one, "accessibility_label", 75, at)
        if one.get("style", "primary") not in ("primary", "danger"):
            found.append(f"must be a valid enum value [json-pointer:{at}/style]")
    elif kind == "feedback_buttons":
        for name in ("positive_button", "negative_button"):
            button = one.get(name) or {}
            found += _plain(button.get("text"), f"{at}/{name}/text", 75)
            if not isinstance(button.get("value"), str):
                found.append(f"missing required field: value [json-pointer:{at}/{name}/value]")
            found += _most(button, "value", 2_000, f"{at}/{name}")
            found += _most(button, "accessibility_label", 75, f"{at}/{name}")
    elif kind == "icon_button":
        found += _plain(one.get("text"), f"{at}/text", 75) + _most(one, "value", 2_000, at)
        if one.get("icon") != "trash":
            found.append(f"must be a valid enum value [json-pointer:{at}/icon]")
    elif kind == "overflow" or str(kind).endswith(("static_select", "radio_buttons", "checkboxes")):
        most = {"overflow": 5, "static_select": 100, "multi_static_select": 100}.get(str(kind), 10)
        found += _count(one.get("options"), f"{at}/options", most) if "option_groups" not in one else []
        for number, option in enumerate(one.get("options") or []):
            found += _text(option.get("text"), f"{at}/options/{number}/text", 75)
            found += _most(option, "value", 150, f"{at}/options/{number}")
    if one.get("confirm"):
        found += _plain(one["confirm"].get("title"), f"{at}/confirm/title", 100)
        found += _text(one["confirm"].get("text"), f"{at}/confirm/text", 300)
    return found


def _most(node: Json, name: str, most: int, at: str) -> list[str]:
    value = node.get(name)
    if value is None or (isinstance(value, str) and len(value) <= most):
        return []
    return [f"must be less than {most + 1} characters [json-pointer:{at}/{name}]"]


def _input(block: Json, at: str, actions: set[tuple[str, str]]) -> list[str]:
    found = _plain(block.get("label"), f"{at}/label", 2_000)
    if block.get("hint"):
        found += _plain(block["hint"], f"{at}/hint", 2_000)
    element = block.get("element")
    if not isinstance(element, dict):
        return [*found, f"missing required field: element [json-pointer:{at}/element]"]
    if element.get("placeholder"):
        found += _plain(element["placeholder"], f"{at}/element/placeholder", 150)
    if element.get("max_length", 1) > 3_000 or element.get("min_length", 0) > 3_000:
        found.append(f"must be at most 3000 [json-pointer:{at}/element/max_length]")
    if element.get("type") == "file_input" and not 1 <= element.get("max_files", 10) <= 10:
        found.append(f"must be from 1 to 10 [json-pointer:{at}/element/max_files]")
    return found + _element(element, f"{at}/element", block, actions)


def _rich_text(block: Json, at: str, actions: set[tuple[str, str]]) -> list[str]:
    kinds = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    elements = block.get("elements")
    if not isinstance(elements, list):
        return [f"missing required field: elements [json-pointer:{at}/elements]"]
    found = []
    for number, one in enumerate(elements):
        place = f"{at}/elements/{number}"
        if _get(one, "type") not in kinds or not isinstance(_get(one, "elements"), list):
            found.append(f"unsupported type: {_get(one, 'type')} [json-pointer:{place}]")
            continue
        for inner, part in enumerate(one["elements"]):
            if _get(part, "type") == "text" and not part.get("text"):
                found.append(f"must be more than 0 characters [json-pointer:{place}/elements/{inner}/text]")
    return found


def _table(block: Json, at: str, actions: set[tuple[str, str]]) -> list[str]:
    rows = block.get("rows")
    found = _count(rows, f"{at}/rows", 100)
    for number, row in enumerate(rows or []):
        found += _count(row, f"{at}/rows/{number}", 20)
    return found


def _container(block: Json, at: str, actions: set[tuple[str, str]]) -> list[str]:
    found = _plain(block.get("title"), f"{at}/title", 150) if "title" in block else []
    inner = block.get("child_blocks", block.get("blocks"))
    found += _count(inner, f"{at}/child_blocks", 10)
    for number, one in enumerate(inner or []):
        found += _block(one, f"{at}/child_blocks/{number}", actions)
    return found


def wrong_view(view: Any) -> list[str]:
    """What is wrong with a view, a line each."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["unsupported type [json-pointer:/view/type]"]
    found = [line.replace(":/", ":/view/") for line in wrong(view.get("blocks"), view["type"])]
    if view["type"] == "modal":
        found += _plain(view.get("title"), "/view/title", 24)
        for name in ("submit", "close"):
            found += _plain(view[name], f"/view/{name}", 24) if view.get(name) else []
        if not view.get("submit") and any(b.get("type") == "input" for b in view.get("blocks") or []):
            found.append("missing required field: submit [json-pointer:/view/submit]")
    found += _most(view, "private_metadata", 3_000, "/view") + _most(view, "callback_id", 255, "/view")
    return found
