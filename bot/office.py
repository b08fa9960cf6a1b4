"""What an admin does on the page: every act of it asks the desk first whether they may."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from bot.archive import Archive
from bot.archive.records import CHECK
from bot.archive.threads import Golden
from bot.desk import Desk
from bot.feedback import Reviewed
from bot.figures import Approved, Check, Deed, Judgement, Line, Missing, Stage
from bot.policy import RoomSettings
from bot.rights import WrongSettingError
from bot.telemetry import Metrics
from bot.types import Author, Thread
from model.line import Judged
from model.types import Document

EVERYWHERE = Thread("page")  # of no workspace: what is the whole service's
JUDGED = 2_000  # votes that the line is held against
SHOWN = 100  # rows of a list

Examine = Callable[[], Awaitable[Sequence[Line]]]
CheckGolden = Callable[[Thread], Awaitable[Check]]
What = Literal["mine", "thread", "room", "everything"]


class Office:
    """Figures, lists and acts, for whoever may administer."""

    def __init__(
        self,
        desk: Desk,
        archive: Archive,
        metrics: Metrics,
        examine: Examine,
        check_golden: CheckGolden,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._desk, self._archive, self._metrics, self._clock = desk, archive, metrics, clock
        self._examine, self._check = examine, check_golden

    async def admits(self, author: Author) -> bool:
        """Whether somebody may administer."""
        return await self._desk.may(author, "administer", EVERYWHERE)

    async def _allow(self, author: Author, where: Thread = EVERYWHERE) -> None:
        await self._desk.allow(author, "administer", where)

    # ----------------------------------------------------------------------- where

    async def teams(self, author: Author) -> list[Thread]:
        """The workspaces of which anything is known."""
        await self._allow(author)
        return [*await self._archive.threads.teams(), EVERYWHERE]

    async def rooms(self, author: Author, team: Thread) -> list[Thread]:
        """The rooms of a workspace where something was put in or asked."""
        await self._allow(author, team)
        return [room for room in await self._archive.threads.of_team(team) if room.room]

    # ----------------------------------------------------------------------- figures

    async def counts(self, author: Author, team: Thread, days: int) -> dict[str, dict[str, int]]:
        """What was counted in a workspace, by the day."""
        return await self._desk.counts(author, team, days)

    async def stages(self, author: Author) -> list[Stage]:
        """How long each stage of a question took, in this task."""
        await self._allow(author)
        return [Stage(name, *of) for name, of in self._metrics.stages().items()]

    async def readers(self, author: Author) -> dict[str, int]:
        """How many questions each reader read, in this task."""
        await self._allow(author)
        return self._metrics.readers()

    # ----------------------------------------------------------------------- answers

    async def judgements(self, author: Author, where: Thread) -> list[Judgement]:
        """The last votes in a room, or in a workspace, the newest first."""
        found = await self._desk.feedback.review(author, where, SHOWN)
        return [_judgement(one, shown=await self._shows_words(one.where)) for one in found]

    async def judged(self, author: Author, where: Thread) -> list[Judged]:
        """The answers that people judged, as sure as they are taken to be here now.

        One that several judged is right where most of them say so.
        """
        await self._allow(author, where)
        votes = await self._archive.votes.of_team(where, JUDGED)
        cast: dict[tuple[str, float], list[bool]] = defaultdict(list)
        for vote in votes:
            here = not where.room or Thread.parse(vote.thread).whole_room == where.whole_room
            if vote.stated is not None and here:
                sure = await self._desk.feedback.taken(where, vote)
                cast[f"{vote.thread} {vote.answer}", sure].append(vote.up)
        return [Judged(sure, 2 * sum(ups) > len(ups)) for (_, sure), ups in cast.items()]

    async def missing(self, author: Author, where: Thread) -> list[Missing]:
        """What nothing answered, grouped; in a workspace, of all its rooms."""
        found = []
        for room in [where] if where.room else await self.rooms(author, where):
            shown = await self._shows_words(room)
            for gap in await self._desk.gap_groups(author, room):
                words = gap.question if shown else ""
                found.append(Missing(words, gap.count, gap.people, gap.last_asked))
        return sorted(found, key=lambda gap: (-gap.people, -gap.count, -gap.last_asked))[:SHOWN]

    async def _shows_words(self, where: Thread) -> bool:
        return (await self._desk.settings(where)).words

    # ----------------------------------------------------------------------- approved questions

    async def approved(self, author: Author, team: Thread) -> tuple[list[Approved], Check]:
        """The approved questions of a workspace, and when they were last checked."""
        check = await self._last_check(author, team)
        found = []
        for room in await self._archive.threads.of_team(team):
            shown = await self._shows_words(room)
            approved = await self._archive.threads.approved(room)
            found += [_approved(one, check.changed.get(one.id, ""), shown=shown) for one in approved]
        return found[:SHOWN], check

    async def check(self, author: Author, team: Thread) -> Check:
        """Ask the approved questions of a workspace again."""
        await self._allow(author, team)
        check = await self._check(team)
        if check.problem:
            return check
        there = await self._archive.records.get(CHECK, str(team))
        data = {"at": check.at, "asked": check.asked, "changed": dict(check.changed)}
        await self._archive.records.put(CHECK, str(team), data, there.version)
        return check

    async def _last_check(self, author: Author, team: Thread) -> Check:
        await self._allow(author, team)
        return Check(**(await self._archive.records.get(CHECK, str(team))).data)

    # ----------------------------------------------------------------------- sources and settings

    async def sources(self, author: Author, room: Thread) -> tuple[list[Document], int]:
        """What is pinned to a room, and how many threads of it hold something."""
        await self._allow(author, room)
        _, pinned = await self._desk.sources(author, room.whole_room)
        threads = [one for one in await self._archive.threads.of_room(room) if one.thread]
        return pinned, len(threads)

    async def unpin(self, author: Author, room: Thread, document: str) -> bool:
        """Take a pinned document away."""
        await self._allow(author, room)
        return await self._desk.unpin(author, room, document)

    async def settings(self, author: Author, where: Thread) -> RoomSettings:
        """What holds in a room, or in a workspace."""
        await self._allow(author, where)
        return await self._desk.settings(where)

    async def set(self, author: Author, where: Thread, changes: Mapping[str, Any]) -> str:
        """Change settings; a sentence where one is wrong, and nothing is changed then."""
        await self._allow(author, where)
        try:
            await self._desk.set(author, where, changes)
        except WrongSettingError as error:
            return str(error)
        return ""

    # ----------------------------------------------------------------------- what is kept

    async def export(self, author: Author, where: Thread) -> dict[str, Any]:
        """All that a room holds, as plain JSON."""
        await self._allow(author, where)
        return await self._desk.export(author, where)

    async def forget(self, author: Author, where: Thread, what: What) -> tuple[int, int]:
        """Delete what a room or a workspace holds: how many documents, how many questions."""
        await self._allow(author, where)
        gone = await self._desk.forget(author, where, what)
        return len(gone.documents), len(gone.turns)

    async def forget_person(self, author: Author, where: Thread, person: str) -> tuple[int, int]:
        """Delete what one person put in or asked in a workspace."""
        await self._allow(author, where)
        gone = await self._desk.forget_person(author, where, person)
        return len(gone.documents), len(gone.turns)

    # ----------------------------------------------------------------------- how it is set up and run

    async def examine(self, author: Author) -> Sequence[Line]:
        """What is right and wrong with the set-up."""
        await self._allow(author)
        return await self._examine()

    async def deeds(self, author: Author, team: Thread) -> list[Deed]:
        """What admins did in a workspace, the newest first."""
        acts = await self._desk.acts(author, team, SHOWN)
        return [Deed(act.at, act.author, act.what, act.where) for act in acts]


def _judgement(of: Reviewed, *, shown: bool) -> Judgement:
    vote, turn = of.vote, of.turn
    plain = Judgement(vote.at, of.where, vote.answer, vote.up, vote.stated, shown)
    if not shown or turn is None:
        return plain
    source = of.source.title if of.source else turn.source
    return replace(
        plain,
        reason=vote.reason,
        question=turn.question,
        said=turn.sentence or turn.answer,
        source=source,
        link=turn.where,
    )


def _approved(one: Golden, changed: str, *, shown: bool) -> Approved:
    words = (one.question, one.answer) if shown else ("", "")
    return Approved(one.id, Thread.parse(one.thread), one.author, *words, changed)
