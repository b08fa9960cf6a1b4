"""What goes out: a `Reply` as a message of Teams; pure."""

from collections.abc import Mapping
from typing import Any

from bot.channels.teams import cards
from bot.types import Reply


def activity(reply: Reply, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A reply as a message with its buttons."""
    buttons = cards.buttons(reply.offers)
    card = {"type": "AdaptiveCard", "version": "1.5", "actions": buttons}
    attached = {"attachments": [cards.attachment(card)]} if buttons else {}
    return text_only(reply, names) | attached


def text_only(reply: Reply, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The same without a card."""
    drawn: dict[str, Any] = {"type": "message", "textFormat": "markdown", "text": reply.text}
    if reply.answer:
        answer = reply.answer
        start = answer.start - answer.sentence_start
        bold = f"{answer.sentence[:start]}**{answer.text}**{answer.sentence[start + len(answer.text) :]}"
        notes = " · ".join((reply.sure, *reply.notes))
        drawn["text"] = f"{reply.lead} “{bold}” [1]\n\n{answer.document.title} · {notes}".strip()
        claim = {
            "@type": "Claim",
            "position": 1,
            "appearance": {
                "@type": "DigitalDocument",
                "name": answer.document.title[:80] or "text",
                "abstract": answer.sentence[:160],
            },
        }
        drawn["entities"] = [
            {
                "type": "https://schema.org/Message",
                "@type": "Message",
                "@context": "https://schema.org",
                "citation": [claim],
            }
        ]
    elif reply.notes:
        drawn["text"] += "\n\n" + " · ".join(reply.notes)
    if any(offer.intent == "feedback" for offer in reply.offers):
        drawn["channelData"] = {"feedbackLoop": {"type": "default"}}
    return drawn
