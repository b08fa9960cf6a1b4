"""What Wherein shows on Adaptive Cards; pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.types import QUESTION_LIMIT, Offer, Reply

TYPE = "application/vnd.microsoft.card.adaptive"


def attachment(card: dict[str, Any]) -> dict[str, Any]:
    """A card as it goes with a message or into a dialog."""
    return {"contentType": TYPE, "content": card}


def dialog(card: dict[str, Any]) -> dict[str, Any]:
    """A card as the answer to who opens or submits a dialog."""
    value = {"title": "Wherein", "width": "medium", "height": "medium", "card": attachment(card)}
    return {"task": {"type": "continue", "value": value}}


def buttons(offers: Iterable[Offer]) -> list[dict[str, Any]]:
    """The offers as buttons; feedback has Teams' own."""
    shown = [offer for offer in offers if offer.intent != "feedback"]
    return [
        _submit(one) | {"type": "Action.Execute", "verb": f"wherein_{one.intent}", "fallback": _submit(one)}
        for one in shown
    ]


def _submit(offer: Offer) -> dict[str, Any]:
    data = {"wherein": offer.intent, "about": offer.about, "text": offer.text}
    return {"type": "Action.Submit", "title": offer.label, "data": data}


def info_card(reply: Reply, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A reply to who pressed a button."""
    return _card(reply.text, buttons(reply.offers))


def answer_card(reply: Reply, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An answer for who asked in a dialog."""
    actions = [_submit(one) for one in reply.offers if one.intent != "feedback"]
    card = _card(reply.text, actions)
    if answer := reply.answer:
        start = answer.start - answer.sentence_start
        before, after = answer.sentence[:start], answer.sentence[start + len(answer.text) :]
        runs = [(f"“{before}", "Default"), (answer.text, "Bolder"), (f"{after}”", "Default")]
        inlines = [{"type": "TextRun", "text": text, "weight": weight} for text, weight in runs if text]
        card["body"] = [{"type": "RichTextBlock", "inlines": inlines}]
    return card


def ask_card(
    excerpt: str, *, question: str = "", trouble: str = "", data: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """“Ask about this”."""
    asked = {"type": "Input.Text", "id": "question", "label": "?", "maxLength": QUESTION_LIMIT}
    button = {"type": "Action.Submit", "title": "?", "data": {**(data or {}), "wherein": "ask"}}
    card = _card(trouble or excerpt, [button])
    return card | {"body": [*card["body"], asked]}


def _card(text: str, actions: list[dict[str, Any]]) -> dict[str, Any]:
    body = [{"type": "TextBlock", "text": text, "wrap": True}]
    return {"type": "AdaptiveCard", "version": "1.5", "body": body, "actions": actions}
