"""What Wherein shows on Adaptive Cards: a reply in a dialog, a question to ask; pure.

People's words stand in text runs, which know no markup. https://adaptivecards.io/explorer/TextRun.html
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import regex

from bot.channels.teams.marked import address, named
from bot.replies import source
from bot.replies.cut import ELLIPSIS, around, length, short
from bot.replies.words import say
from bot.types import QUESTION_LIMIT, Offer, Reply
from model.types import Answer

Part = dict[str, Any]
Names = Mapping[str, str]
"""What people are called, by their ids."""

TYPE = "application/vnd.microsoft.card.adaptive"
LIMIT = 25_000  # bytes of a message or a card, as UTF-16
ROOMS = 3_000, 1_500, 700, 250  # UTF-16 units for a quotation: the first with which all fits
LINK_ROOM = 2_000
ANSWER = 800  # no reader gives a longer one
CANDIDATES = 5  # that Why shows
BUTTONS = 6  # more Teams hides
LABEL = 60
EXCERPT = 600

_TOLD = regex.compile(r"\*(\w(?:[\w ]{0,58}\w)?)\*")


def size(drawn: Mapping[str, Any]) -> int:
    """How many bytes a message or a card takes as Teams counts them."""
    return 2 * length(json.dumps(drawn, ensure_ascii=False))


def fitting(draw: Callable[[int], Part]) -> Part:
    """What is drawn with as much room as the limit leaves."""
    for room in ROOMS:
        drawn = draw(room)
        if size(drawn) <= LIMIT:
            break
    return drawn


def attachment(card: Part) -> Part:
    """A card as it goes with a message or into a dialog."""
    return {"contentType": TYPE, "content": card}


def dialog(card: Part) -> Part:
    """A card as the answer to who opens or submits a dialog."""
    value = {"title": "Wherein", "width": "medium", "height": "medium", "card": attachment(card)}
    return {"task": {"type": "continue", "value": value}}


def buttons_card(offers: Iterable[Offer]) -> Part | None:
    """What may be done next, below a message; None where that is nothing."""
    actions = buttons(offers)
    return _card([], actions) if actions else None


def info_card(reply: Reply, names: Names | None = None) -> Part:
    """Why an answer is one, or what came next to it."""
    return fitting(lambda room: _card(_body(reply, room, names or {}), buttons(reply.offers)))


def answer_card(reply: Reply, names: Names | None = None) -> Part:
    """An answer for who asked in a dialog, who may share it."""
    submits = [_submit(offer) for offer in _shown(reply.offers)]
    return fitting(lambda room: _card(_body(reply, room, names or {}), submits))


def ask_card(
    excerpt: str, *, question: str = "", trouble: str = "", data: Mapping[str, Any] | None = None
) -> Part:
    """“Ask about this”: what it is about, and room for a question; `data` comes back with it."""
    asked = _input("question", say("dialog.question"), say("question.none"), QUESTION_LIMIT)
    body = [_said(say("dialog.about"), weight="Bolder", size="Medium")]
    body += [_said(trouble, color="Attention")] if trouble else []
    body += [_quote([_run(short(excerpt, EXCERPT))])] if excerpt.strip() else []
    button = {
        "type": "Action.Submit",
        "title": say("dialog.send"),
        "data": {**(data or {}), "wherein": "ask", "about": "", "text": ""},
    }
    return _card([*body, asked | ({"value": question} if question else {})], [button])


def prompts() -> Part:
    """What somebody may say first, as suggestions above where they write."""
    commands = "help", "sources"
    return {
        "to": [],
        "actions": [
            {"type": "imBack", "title": say(f"teams.prompt.{command}"), "value": command}
            for command in commands
        ],
    }


# --------------------------------------------------------------------------- buttons


def buttons(offers: Iterable[Offer]) -> list[Part]:
    """The offers as buttons; feedback has Teams' own."""
    return [_execute(offer) for offer in _shown(offers)]


def _shown(offers: Iterable[Offer]) -> list[Offer]:
    return [offer for offer in offers if offer.intent != "feedback"][:BUTTONS]


def _execute(offer: Offer) -> Part:
    submit = _submit(offer)
    return submit | {"type": "Action.Execute", "verb": f"wherein_{offer.intent}", "fallback": submit}


def _submit(offer: Offer) -> Part:
    data = {"wherein": offer.intent, "about": offer.about, "text": offer.text}
    return {"type": "Action.Submit", "title": short(offer.label, LABEL), "data": data}


# --------------------------------------------------------------------------- bodies


def _card(body: list[Part], actions: list[Part]) -> Part:
    schema = "http://adaptivecards.io/schemas/adaptive-card.json"
    card = {"type": "AdaptiveCard", "$schema": schema, "version": "1.5", "body": body}
    return card | ({"actions": actions} if actions else {})


def _body(reply: Reply, room: int, names: Names) -> list[Part]:
    """A reply: what it quotes, what else it says, and what it read."""
    told = named(short(lead_of(reply), 2 * room), reply.people, names)
    body = [_said(line) for line in told.splitlines() if line.strip()]
    notes = [_said(short(note, room // 4), isSubtle=True, size="Small") for note in reply.notes]
    if reply.answer:
        body += _quotation(reply.answer, reply.sure, room)
        if reply.conflict:
            body += [_said(reply.otherwise), *_quotation(reply.conflict, "", room // 2)]
        return body + notes
    if reply.kind == "unsure":
        nearest = say("quote", text=short(reply.nearest or "", room))
        body += [_said(say("nearest")), _quote([_run(nearest)])] if reply.nearest else []
        return body + ([_said(reply.sure, isSubtle=True)] if reply.sure else []) + notes
    if reply.candidates:
        for found in reply.candidates[:CANDIDATES]:
            body += _quotation(found, "", room // 4)
        return body + notes
    return body or [_said(ELLIPSIS)]


def lead_of(reply: Reply) -> str:
    """The words before what is quoted, or all of them where nothing is."""
    return reply.lead if reply.answer or reply.candidates else reply.lead or reply.text


def _quotation(answer: Answer, sure: str, room: int) -> list[Part]:
    before, inner, after = around(answer, room)
    opens, closes = say("quote", text="\0").split("\0")
    runs = [
        _run(opens + before),
        _run(short(inner, ANSWER), weight="Bolder"),
        _run(after + closes),
    ]
    url = address(answer.document.where, min(LINK_ROOM, room))
    leads = {"selectAction": {"type": "Action.OpenUrl", "url": url}} if url else {}
    about = [_run(short(source(answer), room // 4), **leads)] + ([_run(f" · {sure}")] if sure else [])
    return [_quote(runs), {"type": "RichTextBlock", "inlines": about}]


def _quote(runs: list[Part]) -> Part:
    items = [{"type": "RichTextBlock", "inlines": runs}]
    return {"type": "Container", "style": "emphasis", "items": items}


def _said(line: str, **style: Any) -> Part:
    """A line of what Wherein says: *help* is bold there."""
    runs = []
    for place, text in enumerate(_TOLD.split(line)):
        strong = {"weight": "Bolder"} if place % 2 else {}
        runs += [_run(text, **{**style, **strong})] if text else []
    return {"type": "RichTextBlock", "inlines": runs or [_run(" ")]}


def _run(text: str, **style: Any) -> Part:
    return {"type": "TextRun", "text": text, **style}


def _input(id: str, label: str, missing: str, most: int) -> Part:
    return {
        "type": "Input.Text",
        "id": id,
        "label": label,
        "isRequired": True,
        "errorMessage": missing,
        "isMultiline": True,
        "maxLength": most,
    }
