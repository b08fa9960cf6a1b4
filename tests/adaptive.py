"""Messages and Adaptive Cards drawn as Teams draws them, near enough to look at: dicts in, HTML out; pure."""

import base64
import html
import re
from pathlib import Path

from bot import mark
from tests.blockkit import THUMB
from tests.teams_replies import markdown

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
FACE = f"<img src='data:image/png;base64,{base64.b64encode(mark.color(96)).decode()}'>"
CITED = re.compile(r"\[(\d)\]")


class UnknownError(Exception):
    """An element that Teams does not know, or that is not drawn here."""


def page(body, *, dark=False):
    """A whole page."""
    head = f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>"
    return f"{head}<body class={'dark' if dark else 'light'}><div id=page>{body}</div>"


def post(who, when, shown, *, colour="#4f52b2"):
    """A message: who wrote it, when, and what it shows, as HTML."""
    face = FACE if who == "Wherein" else html.escape(who[0])
    style = "" if who == "Wherein" else f" style='background:{colour}'"
    head = f"<div class=head><b>{html.escape(who)}</b>{html.escape(when)}</div>"
    said = f"<div>{head}<div class=bubble>{shown}</div></div>"
    return f"<div class=post><div class=face{style}>{face}</div>{said}</div>"


def draw(activity):
    """A message's text with its citations, its buttons, and the thumbs."""
    shown = CITED.sub(r"<span class=cite>\1</span>", markdown(activity["text"]))
    for one in activity.get("attachments", ()):
        shown += actions(one["content"].get("actions", ()))
    thumbs = "feedbackLoop" in activity.get("channelData", {})
    return shown + (f"<div class=thumbs>{THUMB}{THUMB}</div>" if thumbs else "")


def citation(activity):
    """What opens over the first citation."""
    shape = activity["entities"][0]["citation"][0]["appearance"]
    name, abstract = html.escape(shape["name"]), html.escape(shape["abstract"])
    return f"<div class=popup><b>1. {name}</b><small>{abstract}</small></div>"


def dialog(card):
    """A card in a dialog."""
    body = "".join(map(_element, card["body"]))
    return f"<div class=dialog><header>{FACE}Wherein</header>{body}{actions(card.get('actions', ()))}</div>"


def actions(buttons):
    """Buttons in a row."""
    each = "".join(f"<span>{html.escape(button['title'])}</span>" for button in buttons)
    return f"<div class=actions>{each}</div>" if each else ""


def _element(element):
    match element["type"]:
        case "RichTextBlock":
            return f"<div>{''.join(map(_run, element['inlines']))}</div>"
        case "Container":
            return f"<div class={element['style']}>{''.join(map(_element, element['items']))}</div>"
        case "Input.Text":
            value = html.escape(element.get("value", ""))
            return f"<div>{html.escape(element['label'])}<div class=input>{value}</div></div>"
    raise UnknownError(element["type"])


def _run(run):
    text = html.escape(run["text"])
    text = f"<b>{text}</b>" if run.get("weight") == "Bolder" else text
    text = f"<a>{text}</a>" if "selectAction" in run else text
    return f"<span class='{run.get('size', '')} {'subtle' if run.get('isSubtle') else ''}'>{text}</span>"
