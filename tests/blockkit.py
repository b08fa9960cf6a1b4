"""Block Kit drawn as Slack draws it, near enough to look at: blocks in, HTML out; pure.

It is strict, since the docs' pictures are drawn by it: what it does not know raises, so that nothing is
missing from them unseen. The page has a lenient one, `web/blockkit.py`, which leaves that out.
"""

import html
import re
from pathlib import Path

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")

THUMB = (
    "<svg viewBox='0 0 20 20' fill='none' stroke='currentColor' stroke-width='1.5'"
    " stroke-linejoin='round'><path d='M6.5 8.5v8h7.6c.9 0 1.6-.6 1.8-1.4l1.2-5c.3-1.1"
    "-.6-2.1-1.7-2.1h-4.2l.7-3.2c.2-1.2-.6-2-1.6-2.1zM3 8.5h3.5v8H3z'"
    "/></svg>"
)


class UnknownError(Exception):
    """A block or an element that Slack does not know, or that is not drawn here."""


def page(body, *, dark=False):
    """A whole page."""
    mode = "dark" if dark else "light"
    head = f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>"
    return f"{head}<body class={mode}><div id=page>{body}</div>"


def post(who, when, shown, *, app=False, alone=False, colour="#4a154b"):
    """A message: who wrote it, when, and what it shows, as HTML."""
    first = "<div></div><div class=alone>👁 Only visible to you</div>" if alone else ""
    badge = "<span class=app>APP</span>" if app else ""
    face = f"<div class=face style='background:{colour}'>{html.escape(who[0])}</div>"
    head = f"<span class=who>{html.escape(who)}</span>{badge}<span class=when>{html.escape(when)}</span>"
    return f"<div class=post>{first}{face}<div>{head}{shown}</div></div>"


def file(name, about):
    """A file that came with a message."""
    kind, name, about = (html.escape(one) for one in (name.rpartition(".")[2].upper(), name, about))
    return f"<div class=file><i>{kind}</i><span>{name}<small>{about}</small></span></div>"


def replies(count):
    """The line between a message and what was said under it."""
    return f"<div class=thread>{count} replies</div>"


def compose(text):
    """The field where somebody writes, before they send it."""
    return f"<div class=compose>{html.escape(text)}</div>"


def modal(view, names):
    """A dialog."""
    buttons = f"<span class=button>{_plain(view['close'])}</span>"
    if "submit" in view:
        buttons += f"<span class='button primary'>{_plain(view['submit'])}</span>"
    body = draw(view["blocks"], names)
    head = f"<header>{_plain(view['title'])}<i>✕</i></header>"
    return f"<div class=modal>{head}<div class=body>{body}</div><footer>{buttons}</footer></div>"


def home(view, names):
    """App Home."""
    tabs = "<div class=tabs><b>Home</b><span>Messages</span><span>About</span></div>"
    return f"<div class=home>{tabs}{draw(view['blocks'], names)}</div>"


def draw(blocks, names):
    """Blocks as HTML; `names` has what people and rooms are called, by their ids."""
    return "".join(f"<div class=block>{_block(block, names)}</div>" for block in blocks)


def _block(block, names):
    match block["type"]:
        case "rich_text":
            return "".join(_rich(element, names) for element in block["elements"])
        case "context":
            return _div("context", "".join(f"<span>{_text(one, names)}</span>" for one in block["elements"]))
        case "actions":
            return _div("actions", "".join(map(_button, block["elements"])))
        case "context_actions":
            return _div("icons", f"<span>{THUMB}</span><span>{THUMB}</span>")
        case "section":
            accessory = _button(block["accessory"]) if "accessory" in block else ""
            return _div("section", f"<div>{_text(block['text'], names)}</div>{accessory}")
        case "header":
            return f"<h3>{_plain(block['text'])}</h3>"
        case "divider":
            return "<hr>"
        case "input":
            return _input(block)
    raise UnknownError(block["type"])


def _rich(element, names):
    match element["type"]:
        case "rich_text_section":
            return f"<div>{_inline(element, names)}</div>"
        case "rich_text_quote":
            return _div("quote", _inline(element, names))
        case "rich_text_list":
            tag = "ol" if element["style"] == "ordered" else "ul"
            items = "".join(f"<li>{_inline(one, names)}</li>" for one in element["elements"])
            return f"<{tag} start={element.get('offset', 0) + 1}>{items}</{tag}>"
    raise UnknownError(element["type"])


def _inline(element, names):
    drawn = []
    for part in element["elements"]:
        match part["type"]:
            case "text":
                text = html.escape(part["text"]).replace("\n", "<br>")
                drawn.append(f"<b>{text}</b>" if part.get("style", {}).get("bold") else text)
            case "user":
                drawn.append(f"<span class=mention>@{html.escape(names[part['user_id']])}</span>")
            case "channel":
                drawn.append(f"<span class=mention>#{html.escape(names[part['channel_id']])}</span>")
            case _:
                raise UnknownError(part["type"])
    return "".join(drawn)


def _text(text, names):
    if text["type"] == "plain_text":
        return _plain(text)
    drawn = re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", text["text"])
    drawn = re.sub(r"<(https?://[^|>]+)\|([^>]+)>", r"<a href='\1'>\2</a>", drawn)
    drawn = re.sub(r"<#(\w+)>", lambda found: f"<span class=mention>#{names[found[1]]}</span>", drawn)
    return drawn.replace("\n", "<br>")


def _button(button):
    style = button.get("style", "")
    return f"<span class='button {style}'>{_plain(button['text'])}</span>"


def _input(block):
    element = block["element"]
    optional = " <small>(optional)</small>" if block.get("optional") else ""
    if element["type"] == "file_input":
        box = "<div class='box drop'>Add files</div>"
    else:
        tall = "tall" if element.get("multiline") else ""
        hint = _plain(element["placeholder"]) if "placeholder" in element else ""
        value = html.escape(element.get("initial_value", ""))
        box = f"<div class='box {tall}'>{f'<em>{value}</em>' if value else hint}</div>"
    below = f"<div class=hint>{_plain(block['hint'])}</div>" if "hint" in block else ""
    return _div("input", f"<label>{_plain(block['label'])}{optional}</label>{box}{below}")


def _plain(text):
    return html.escape(text["text"])


def _div(name, inside):
    return f"<div class={name}>{inside}</div>"
