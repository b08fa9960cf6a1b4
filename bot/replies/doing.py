"""What Wherein says when it is told to do something, and what it offers to do next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.receipts import Why
from bot.replies import answered_text, how_sure, quoted, source
from bot.replies.words import date, many, percent, quote, say
from bot.types import Intent, Message, Offer, Receipt, Reply, Turn
from model.types import Answer, Document

READ = 6  # titles, in Why
CANDIDATES = 5


def info(message: Message, text: str, offers: Sequence[Offer] = ()) -> Reply:
    """Words in answer to a command."""
    return Reply(message.id, "info", text, offers=tuple(offers))


def error(message: Message, name: str, **values: object) -> Reply:
    """A command that cannot be done, and what to do."""
    return Reply(message.id, "error", say(name, **values))


def offered(message: Message, reply: Reply) -> Reply:
    """A reply with what its reader may do next, and with who sees it."""
    offers: list[Offer] = [*reply.offers]
    if reply.kind in ("answer", "unsure") and message.remember and message.author.id:
        about = reply.id
        offers += [_offer("feedback", about, vote, f"offer.{vote}") for vote in ("up", "down")]
        if message.private and reply.answer:
            offers += [_offer("share", about), _offer("keep", about)]
        if reply.answer and reply.answer.runners_up:
            offers.append(_offer("next", about, "2"))
        if reply.receipt:
            offers.append(_offer("why", about))
    return replace(reply, offers=tuple(offers), audience="one" if message.private else "all")


def _offer(intent: Intent, about: str, text: str = "", name: str = "") -> Offer:
    return Offer(intent, say(name or f"offer.{intent}"), about, text)


# --------------------------------------------------------------------------- commands


def sources(message: Message, here: Sequence[Document], said: int, pinned: Sequence[Document]) -> Reply:
    """What is read for a question here, numbered."""
    if not (here or said or pinned):
        return info(message, say("sources.none"))
    lines = []
    if here or said:
        lines.append(say("sources.here"))
        lines += [_source(number, one) for number, one in enumerate(here, 1)]
        lines += [many("sources.said", said)] if said else []
    if pinned:
        lines.append(say("sources.pinned"))
        lines += [_source(number, one) for number, one in enumerate(pinned, len(here) + 1)]
    people = dict.fromkeys(one.added_by for one in (*here, *pinned) if one.added_by)
    return replace(info(message, "\n".join(lines)), people=tuple(people), read=(*here, *pinned))


def _source(number: int, document: Document) -> str:
    when = f", {date(document.added_at)}" if document.added_at else ""
    who = f"<@{document.added_by}>" if document.added_by else say("somebody")
    return say("sources.line", number=number, title=document.title, who=who, day=when)


def pinned(message: Message, document: Document) -> Reply:
    """A document is read in every thread of the room from now on."""
    what = Offer("unpin", say("offer.unpin", what=document.title), document.id, document.id)
    return info(message, say("pinned", title=document.title), [what])


def forgotten(message: Message, documents: int, turns: int) -> Reply:
    """So much was deleted."""
    if not documents and not turns:
        return info(message, say("forgotten.nothing"))
    told = many("forgotten.documents", documents), many("forgotten.turns", turns)
    return info(message, say("forgotten", documents=told[0], turns=told[1]))


def settings(message: Message, values: Mapping[str, Any]) -> Reply:
    """The settings of a room."""
    lines = [say("settings.room"), *map(setting, values, values.values()), say("settings.how")]
    return info(message, "\n".join(lines))


def setting(name: str, value: object) -> str:
    """A setting, its value, and what it is for."""
    return say("settings.line", name=name, value=_value(value), what=say(f"setting.{name}"))


def was_set(message: Message, name: str, value: object) -> Reply:
    """A setting has a new value."""
    return info(message, say("settings.set", name=name, value=_value(value)))


def _value(value: object) -> str:
    if value is None:
        return say("settings.unset")
    return str(value).casefold() if isinstance(value, bool) else str(value)


def doctor(message: Message, wrong: Collection[str]) -> Reply:
    """What is to be changed in the set-up."""
    if not wrong:
        return info(message, say("doctor.right"))
    return info(message, "\n".join([many("doctor.wrong", len(wrong)), *(f"• {line}" for line in wrong)]))


# --------------------------------------------------------------------------- about an answer


def next_best(message: Message, answer: Answer, number: int, count: int) -> Reply:
    """What came next to an answer; it is not claimed."""
    lead = say("next", number=number, count=count)
    further = [_offer("next", message.about, str(number + 1))] if number < count else []
    return replace(info(message, f"{lead} {quoted(answer)}.", further), answer=answer, lead=lead)


def why(message: Message, found: Why, *, may_delete: bool) -> Reply:
    """How an answer came to be."""
    turn, receipt = found.turn, found.turn.receipt
    lead = [] if found.asked == turn.question else [say("why.asked", asked=found.asked)]
    lead += [_how_sure(receipt)] if receipt else []
    best = tuple(one.answer for one in found.found[:CANDIDATES])
    lead += [say("why.candidates")] if best else []
    listed = [say("why.candidate", number=at, quoted=_candidate(one)) for at, one in enumerate(best, 1)]
    notes = _kept(found)
    explained = info(message, "\n".join([*lead, *listed, *notes]), [_offer("delete", turn.id)] * may_delete)
    return replace(explained, lead="\n".join(lead), candidates=best, notes=tuple(notes))


def _kept(found: Why) -> list[str]:
    """What was read for an answer, whether that still stands, and what the answer is called."""
    titles = [one.title for one in found.read]
    more = f" + {len(titles) - READ}" if len(titles) > READ else ""
    notes = [say("why.read", titles=", ".join(titles[:READ]) + more)] if titles else []
    notes.append(many("why.gone", found.gone) if found.gone else say("why.again"))
    return [*notes, say("why.id", id=found.turn.id)]


def _how_sure(receipt: Receipt) -> str:
    if receipt.confidence is None or receipt.line is None:
        return say("why.reader", reader=receipt.reader)
    sure, line = how_sure(receipt.confidence), percent(receipt.line)
    return say("why.sure", reader=receipt.reader, sure=sure, line=line)


def _candidate(one: Answer) -> str:
    return say("answer.source", quote=quote(one.text), source=source(one))


def shared(message: Message, answer: Answer, turn: Turn) -> Reply:
    """An answer that somebody had alone, for all: they have not seen the question."""
    who = f"<@{turn.author}>" if turn.author else say("somebody")
    lead = say("shared", who=who, asked=turn.question)
    reply = replace(_had(answer, turn), text=f"{lead}\n{answered_text(answer)}", lead=lead, by=turn.author)
    public = replace(message, private=False, remember=True)
    return offered(public, replace(reply, people=(turn.author,) if turn.author else ()))


def kept(message: Message, answer: Answer, turn: Turn) -> Reply:
    """The same answer, for who asked alone, and no longer offered to be shared."""
    return replace(offered(replace(message, private=False), _had(answer, turn)), audience="one")


def _had(answer: Answer, turn: Turn) -> Reply:
    """An answer as it was given before."""
    reply = Reply(turn.id, "answer", answered_text(answer), asked=turn.question, answer=answer)
    return replace(reply, sure=how_sure(answer.confidence), reader=answer.reader, receipt=turn.receipt)
