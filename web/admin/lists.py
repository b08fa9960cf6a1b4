"""What is listed of a workspace or a room: answers that were judged, gaps, approved questions, pins, acts."""

from html import escape

from bot.figures import Judgement
from bot.replies.words import number, percent, say
from bot.types import Author, Thread
from web.admin import rows
from web.admin.desk import named, short
from web.draw import text
from web.handed import Office


async def answers(office: Office, author: Author, where: Thread) -> str:
    """The last votes, with what they are about."""
    found = await office.judgements(author, where)
    heads = [say(f"admin.answers.{name}") for name in ("when", "where", "vote", "sure", "said")]
    return rows.table(
        heads,
        [
            [
                rows.when(one.at),
                escape(short(one.where)),
                _vote(one.up),
                "–" if one.confidence is None else percent(one.confidence),
                _said(one),
            ]
            for one in found
        ],
        say("admin.none.answers"),
    )


def _vote(up: bool) -> str:
    name, mark = ("good", "👍") if up else ("bad", "👎")
    return f'<span class="{name} whole">{mark} {escape(say(f"admin.vote.{name}"))}</span>'


def _said(one: Judgement) -> str:
    if not one.shown:
        return rows.hidden()
    if not one.question:
        return f'<span class="dim">{escape(say("admin.gone"))}</span>'
    reason = f"<br><i>{text(one.reason)}</i>" if one.reason else ""
    source = f" — {rows.linked(one.source or one.link, one.link)}" if one.source or one.link else ""
    said = text(one.said) if one.said else escape(say("admin.nothing_claimed"))
    return f"<b>{text(one.question)}</b><br>{said}{source}{reason}"


async def gaps(office: Office, author: Author, where: Thread) -> str:
    """What nothing answered, what most people ran into first."""
    return rows.table(
        [say(f"admin.gaps.{name}") for name in ("question", "count", "people", "last")],
        [
            [
                text(one.question) if one.question else rows.hidden(),
                number(one.count),
                number(one.people),
                rows.when(one.last_asked),
            ]
            for one in await office.missing(author, where)
        ],
        say("admin.none.gaps"),
        numbers=(1, 2),
    )


async def golden(office: Office, author: Author, where: Thread) -> str:
    """The approved questions, and what their last check found."""
    found, check = await office.approved(author, where.whole_team)
    last = say("admin.golden.checked", asked=number(check.asked), when=rows.when(check.at))
    return f"<p>{last if check.at else say('admin.golden.never')}</p>" + rows.table(
        [say(f"admin.golden.{name}") for name in ("where", "question", "answer", "state")],
        [
            [
                escape(short(one.where.whole_room)),
                text(one.question) if one.question else rows.hidden(),
                text(one.answer) if one.answer else "–",
                _state(one.changed, checked=bool(check.at)),
            ]
            for one in found
        ],
        say("admin.none.golden"),
    )


def _state(changed: str, *, checked: bool) -> str:
    if changed:
        return f'<span class="bad">{text(changed)}</span>'
    return f'<span class="good">{escape(say("admin.golden.same"))}</span>' if checked else "–"


async def sources(office: Office, author: Author, where: Thread) -> tuple[str, list[tuple[str, str]]]:
    """What is pinned, room by room; and what may be unpinned, each by its name and its key."""
    rooms = [where] if where.room else await office.rooms(author, where)
    listed, choices = [], []
    for room in rooms:
        pinned, threads = await office.sources(author, room)
        for document in pinned:
            who = escape(document.added_by or "–")
            shown = rows.linked(document.title, document.where)
            listed.append(
                [
                    escape(short(room)),
                    shown,
                    document.kind,
                    number(document.size),
                    who,
                    rows.when(document.added_at),
                ]
            )
            choices.append((f"{document.title} ({short(room)})", f"{room}\n{document.id}"))
        count = number(threads)
        listed.append(
            [
                escape(short(room)),
                f'<span class="dim">{say("admin.sources.threads", count=count)}</span>',
                "",
                "",
                "",
                "",
            ]
        )
    heads = [say(f"admin.sources.{name}") for name in ("where", "title", "kind", "size", "who", "when")]
    return rows.table(heads, listed, say("admin.none.sources"), numbers=(3,)), choices


async def audit(office: Office, author: Author, where: Thread) -> str:
    """What admins did."""
    return rows.table(
        [say(f"admin.audit.{name}") for name in ("when", "who", "what", "where")],
        [
            [rows.when(one.at), text(one.author), text(one.what), text(_of(one.where))]
            for one in await office.deeds(author, where.whole_team)
        ],
        say("admin.none.audit"),
    )


def _of(key: str) -> str:
    return named(Thread.parse(key)) if key.count("/") == 3 else key


async def setup(office: Office, author: Author, where: Thread) -> str:
    """What is right and wrong with the set-up."""
    lines = await office.examine(author)
    wrong = sum(not line.ok for line in lines)
    said = f'<p class="good">{escape(say("doctor.right"))}</p>' if not wrong else ""
    return said + rows.table(
        [say("admin.setup.part"), say("admin.setup.state"), say("admin.setup.line")],
        [[text(line.part), _is_right(line.ok), text(line.text)] for line in lines],
        "",
    )


def _is_right(ok: bool) -> str:
    name = "good" if ok else "bad"
    return f'<span class="{name}">{escape(say(f"admin.setup.{name}"))}</span>'
