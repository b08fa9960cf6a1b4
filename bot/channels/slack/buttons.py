"""What may be done next, as Slack's buttons; each says what it does to who cannot see it."""

import json
from collections.abc import Sequence

from bot.channels.slack.pressed import PREFIX
from bot.channels.slack.rich import Block, label
from bot.replies.words import LANGUAGES, say
from bot.types import Offer

VALUE = 2_000  # of one button, and here of all: an id is short
ROWS, IN_A_ROW = 4, 10
STYLES = {"share": "primary", "delete": "danger"}


def value(about: str, text: str = "") -> str:
    """What a button carries: which answer or document it is about, and the text of the message it makes."""
    return json.dumps({"about": about, "text": text}, ensure_ascii=False)


def rows(offers: Sequence[Offer], *, dialog: bool = False) -> list[Block]:
    """The buttons for what is offered; thumbs stand by themselves, but in a dialog Slack has none."""
    carried, spent = [], 0
    for one in offers:
        spent += len(value(one.about, one.text))
        carried += [one] if spent <= VALUE else []
    thumbs = {one.text: one for one in carried if one.intent == "feedback"}
    pair = None if dialog else (thumbs.get("up"), thumbs.get("down"))
    drawn = [] if pair and all(pair) else list(thumbs.values())
    drawn += [one for one in carried if one.intent != "feedback"]
    made = [{"type": "actions", "elements": row} for row in _apart([button(one) for one in drawn])]
    if pair and pair[0] and pair[1]:
        made.append({"type": "context_actions", "elements": [_thumbs(pair[0], pair[1])]})
    return made


def button(offer: Offer) -> Block:
    """One button."""
    kind = "_".join([offer.intent, offer.text] if offer.intent == "feedback" else [offer.intent])
    drawn: Block = {
        "type": "button",
        "action_id": PREFIX + kind,
        "text": label(offer.label),
        "value": value(offer.about, offer.text),
    }
    if (name := f"label.{kind}") in LANGUAGES["en"]:
        drawn["accessibility_label"] = say(name)
    if offer.intent in STYLES:
        drawn["style"] = STYLES[offer.intent]
    if offer.intent == "delete":
        drawn["confirm"] = _confirm()
    return drawn


def _confirm() -> Block:
    return {
        "title": label(say("slack.delete.title")),
        "text": label(say("slack.delete.text"), 300),
        "confirm": label(say("slack.delete.yes"), 30),
        "deny": label(say("slack.cancel"), 30),
        "style": "danger",
    }


def _thumbs(up: Offer, down: Offer) -> Block:
    def thumb(offer: Offer) -> Block:
        said = say(f"slack.{offer.text}"), say(f"label.feedback_{offer.text}")
        return {
            "text": label(said[0]),
            "value": value(offer.about, offer.text),
            "accessibility_label": said[1],
        }

    return {
        "type": "feedback_buttons",
        "action_id": f"{PREFIX}feedback",
        "positive_button": thumb(up),
        "negative_button": thumb(down),
    }


def _apart(buttons: Sequence[Block]) -> list[list[Block]]:
    """The same in rows, none with two buttons of one action: Slack takes no such row."""
    made: list[list[Block]] = []
    for one in buttons:
        free = (
            row
            for row in made
            if len(row) < IN_A_ROW and all(one["action_id"] != x["action_id"] for x in row)
        )
        row = next(free, None)
        if row is None:
            if len(made) == ROWS:
                continue
            made.append(row := [])
        row.append(one)
    return made
