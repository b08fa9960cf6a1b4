"""People who ask in Teams: in personal chats and in reply chains, each when the last answer is there."""

import asyncio
import time
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

from aiohttp import ClientError

from bot import replies
from bot.types import Message, Thread
from tests.chaos.ledger import Asked, Ledger
from tests.fake_teams import FakeTeams, Post, shown

CHATS, CHAINS = 50, 30
AGAIN = 1.0, 5.0, 15.0, 30.0  # seconds after which what was not acknowledged is sent again
LOOKING = replies.looking(Message("", Thread("teams"), "ask", "")).text


@dataclass
class Talk:
    """A conversation in which one person asks one question after the other."""

    who: str
    conversation: str
    code: str
    asked: Asked | None = None  # what waits for its reply
    last: Asked | None = None


class InTeams:
    """Asks, and looks at what comes."""

    def __init__(self, fake: FakeTeams, ledger: Ledger, chance: Random) -> None:
        self._fake, self._ledger, self._chance = fake, ledger, chance
        self._talks: list[Talk] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._seen: set[str] = set()  # replies that were noted

    async def settle_in(self) -> None:
        """Say what will be asked about; in personal chats, Wherein answers that."""
        for n in range(CHATS):
            talk = Talk(f"P{n}", f"a:1p{n}", self._ledger.code(self._chance))
            self._talks.append(talk)
            await self._fake.says(talk.who, talk.conversation, self._fact(talk))
        for n in range(CHAINS):
            room, code = f"19:room{n}@thread.tacv2", self._ledger.code(self._chance)
            self._fake.consent.add(room)
            talk = Talk(f"P{n}", room, code)
            talk.conversation = (await self._fake.says(talk.who, room, self._fact(talk))).conversation
            self._talks.append(talk)
        while len(finals := self._finals()) < CHATS:
            await asyncio.sleep(0.1)
        self._seen = {post.id for post in finals}

    def _fact(self, talk: Talk) -> str:
        return f"The locker of {talk.who} opens with {talk.code}."

    def ask(self) -> Asked | None:
        """Have somebody ask something who waits for nothing; None where everybody waits.

        Who waits asks nothing else, however long it takes: nothing in a reply tells which question it is for.
        """
        free = [one for one in self._talks if one.asked is None]
        if not free:
            return None
        talk = self._chance.choice(free)
        words = f"Which code opens the locker of {talk.who}?"
        mention = not talk.conversation.startswith("a:")
        made = self._fake.message(talk.who, talk.conversation, words, mention=mention)
        asked = self._ledger.ask(f"{talk.conversation}/{made['id']}", "teams", talk.code)
        self._fake.posts.append(Post(made["id"], talk.conversation, made, by=talk.who))
        talk.asked = talk.last = asked
        task = asyncio.create_task(self._send(asked, made))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return asked

    async def _send(self, asked: Asked, activity: dict[str, Any]) -> None:
        """Send it until it is acknowledged, a few times."""
        for pause in (0.0, *AGAIN):
            await asyncio.sleep(pause)
            try:
                status, _ = await self._fake.send(activity)
            except (ClientError, TimeoutError, ValueError):
                continue
            if 200 <= status < 300:
                asked.accepted = time.monotonic()
                return

    # ----------------------------------------------------------------------- what comes

    def look(self) -> None:
        """Note what Wherein said: a reply is to the question that waits in its conversation."""
        for post in self._finals():
            if post.id not in self._seen:
                self._seen.add(post.id)
                self._note(post)

    def _note(self, post: Post) -> None:
        talk = next((one for one in self._talks if one.conversation == post.conversation), None)
        asked = talk and (talk.asked or talk.last)
        if talk is None or asked is None:
            self._ledger.strays.append(f"a reply in {post.conversation}")
            return
        words = shown(post.activity)
        asked.seen(words, self._ledger.foreign(asked, words))
        talk.asked = None

    def waiting(self) -> int:
        """Questions that are still sent again."""
        return len(self._sending)

    def _stand(self) -> list[Post]:
        return [post for post in self._fake.posts if not post.by and not post.gone]

    def _finals(self) -> list[Post]:
        """The replies of Wherein's that stand."""
        return [post for post in self._stand() if post.activity.get("text") not in (None, "", LOOKING)]

    def orphans(self) -> list[str]:
        """Placeholders that no answer replaced."""
        found = (post for post in self._stand() if post.activity.get("text") == LOOKING)
        return [f"{post.conversation}/{post.id}" for post in found]

    def spare_buttons(self) -> int:
        """Messages of buttons right after another one: a reply has one at most."""
        by: dict[str, list[bool]] = {}
        for post in self._stand():
            by.setdefault(post.conversation, []).append(not post.activity.get("text"))
        return sum(one and next_ for posts in by.values() for one, next_ in pairwise(posts))
