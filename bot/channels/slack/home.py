"""App Home: how to ask, what is remembered where, what is pinned; for admins the set-up and the settings."""

import json
from collections.abc import Iterator, Sequence

from bot.channels.slack import buttons
from bot.channels.slack.markup import defused
from bot.channels.slack.places import DIRECT
from bot.channels.slack.rich import Block, context, label, plain, rich, safe, section, worded
from bot.replies import cut
from bot.replies.doing import setting
from bot.replies.words import date, many, say
from bot.types import Offer, Overview, Remembered, as_text
from model.types import Document

PINS = 25  # of Slack's hundred blocks
TITLE = 150


def home_view(overview: Overview) -> Block:
    """The whole view, in the language that is spoken."""
    shown = [*_how(), *_remembered(overview), *_pinned(overview)]
    if overview.admin:
        shown += [*_setup(overview.wrong), *_settings(overview)]
    return {"type": "home", "blocks": shown}


def _how() -> list[Block]:
    ask = buttons.button(Offer("ask", say("home.ask"), "")) | {"style": "primary"}
    how = rich(*worded(say("home.how")))
    return [_header("home.title"), how, {"type": "actions", "elements": [ask]}]


def _remembered(overview: Overview) -> list[Block]:
    title = "home.remembered" if overview.admin else "home.remembered.own"
    direct = [one for one in overview.rooms if one.room.room.startswith(DIRECT)]
    lines = [
        _line({"type": "channel", "channel_id": one.room.room}, [one])
        for one in overview.rooms
        if one not in direct
    ]
    if direct:
        lines.insert(0, _line(plain(say("home.alone")), direct))
    if not lines:
        return [_divider(), _header(title), rich(*worded(say("home.nothing")))]
    drawn = rich({"type": "rich_text_list", "style": "bullet", "elements": lines})
    told = [say("home.more", count=overview.more)] if overview.more else []
    return [_divider(), _header(title), drawn, _print(*told, say("home.forget"))]


def _line(name: Block, rooms: Sequence[Remembered]) -> Block:
    threads, pins = sum(one.threads for one in rooms), sum(len(one.pinned) for one in rooms)
    told = [many("home.threads", threads)] if threads else []
    told += [many("home.pins", pins)] if pins else []
    return section(name, plain(f": {', '.join(told)}"))


def _pinned(overview: Overview) -> list[Block]:
    pinned = [(one, document) for one in overview.rooms for document in one.pinned]
    if not pinned:
        return []
    drawn = [_pin(one, document) for one, document in pinned[:PINS]]
    more = [say("home.more", count=len(pinned) - PINS)] if len(pinned) > PINS else []
    return [_divider(), _header("home.pinned"), *drawn, _print(*more, say("home.pinned.how"))]


def _pin(of: Remembered, document: Document) -> Block:
    """A pinned source; its button says in which room it is, for here is none."""
    title, link = defused(cut.short(as_text(document.title), TITLE)), safe(document.where)
    named = f"<{link.replace('&', '&amp;')}|{title}>" if link and title else title or cut.ELLIPSIS
    since = [date(document.added_at)] if document.added_at else []
    place = [] if of.room.room.startswith(DIRECT) else [f"<#{of.room.room}>"]
    shown = "\n".join(filter(None, (named, " · ".join([*place, *since]))))
    drawn: Block = {"type": "section", "text": {"type": "mrkdwn", "text": shown, "verbatim": True}}
    carried = {"about": document.id, "text": document.id, "room": of.room.room}
    if len(written := json.dumps(carried, ensure_ascii=False)) <= buttons.VALUE:
        button = buttons.button(Offer("unpin", say("home.unpin"), document.id, document.id))
        button["accessibility_label"] = cut.short(say("offer.unpin", what=document.title), cut.LABEL)
        drawn["accessory"] = button | {"value": written}
    return drawn


def _setup(wrong: Sequence[str]) -> Iterator[Block]:
    lines = [many("doctor.wrong", len(wrong)), *(f"• {line}" for line in wrong)]
    yield from (_divider(), _header("home.setup"))
    yield rich(*worded("\n".join(lines) if wrong else f"✓ {say('doctor.right')}"))


def _settings(overview: Overview) -> Iterator[Block]:
    lines = [setting(name, value) for name, value in overview.settings.items()]
    if lines:
        yield from (_divider(), _header("home.settings"))
        yield rich(*worded("\n".join(lines)))
        yield _print(say("home.settings.how"))


def _header(name: str) -> Block:
    return {"type": "header", "text": label(say(name), TITLE)}


def _print(*lines: str) -> Block:
    """Small print: what Wherein says, with its commands in bold as Slack's markup has it."""
    return context({"type": "mrkdwn", "text": " ".join(lines), "verbatim": True})


def _divider() -> Block:
    return {"type": "divider"}
