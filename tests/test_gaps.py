"""Questions that found nothing are grouped, and told once a week to a room that asked for it."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot import replies
from bot.digest import DIGEST, Digests, ended
from bot.gaps import COMPARED, grouped
from bot.policy import NotAllowedError
from bot.types import Address, Author, Message, NotAcceptedError, Thread
from tests.fakes import Clock, FakeReader, conversation_over
from tests.test_archive import HERE, ROOM, THERE, turn
from tests.test_desk import ADA, ADMIN
from tests.test_feedback import room
from tests.test_inbox import place

__all__ = ["place", "room"]  # fixtures

LEAVE = [
    ("How long is parental leave?", "ada"),
    ("What is the parental leave policy?", "bob"),
    ("parental leave: how long?", "ada"),
    ("Who has the key to the roof?", "carl"),
    ("Where is the roof key?", "carl"),
    ("When is the summer party?", "dora"),
]


def asked(questions=LEAVE):
    return [
        (THERE if n % 2 else HERE, turn(f"m{n}", float(n), question=question, kind="unsure", author=author))
        for n, (question, author) in enumerate(questions)
    ]


def test_questions_that_share_their_stems_are_one_gap():
    found = grouped(asked())
    assert [(gap.question, gap.count, gap.people, gap.last_asked) for gap in found] == [
        ("How long is parental leave?", 3, 2, 2.0),
        ("Who has the key to the roof?", 2, 1, 4.0),
        ("When is the summer party?", 1, 1, 5.0),
    ]
    assert [(where, asked.id) for where, asked in found[0].asked] == [
        (HERE, "m0"),
        (THERE, "m1"),
        (HERE, "m2"),
    ]


def test_questions_of_nothing_but_common_words_are_alike_only_where_they_are_the_same():
    found = grouped(asked([("Who is it?", "ada"), ("What is it?", "bob"), ("who is it?", "carl")]))
    assert sorted((gap.count, gap.people) for gap in found) == [(1, 1), (2, 2)]


def test_no_question_is_lost_and_none_is_counted_twice():
    found = grouped(asked([(f"What of thing{n % 7} and word{n % 11}?", str(n)) for n in range(200)]))
    ids = [turn.id for gap in found for _, turn in gap.asked]
    assert sorted(ids) == sorted(f"m{n}" for n in range(200))
    assert sum(gap.count for gap in found) == 200


def test_of_very_many_the_newest_are_grouped():
    found = grouped(asked([(f"What of thing{n}?", "ada") for n in range(2 * COMPARED)]))
    assert len(found) == COMPARED
    assert min(gap.last_asked for gap in found) == COMPARED


async def test_an_admin_sees_a_rooms_gaps_in_groups(room):
    for id in "abc":
        await room.ask(id, text="Where is the key?", author=Author(id))
    (gap,) = await room.desk.gap_groups(ADMIN, ROOM)
    assert (gap.question, gap.count, gap.people) == ("Where is the key?", 3, 3)
    with pytest.raises(NotAllowedError):
        await room.desk.gap_groups(ADA, ROOM)


# --------------------------------------------------------------------------- the digest

MONDAY = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
HOUR, DAY = 3_600.0, 86_400.0


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (MONDAY + 7.9 * HOUR, None),
        (MONDAY + 8 * HOUR, MONDAY),
        (MONDAY + 6.9 * DAY, MONDAY),
        (MONDAY - 1, MONDAY - 7 * DAY),
    ],
)
def test_a_week_ends_on_monday_and_is_told_from_the_morning_on(now, until):
    assert ended(now) == until


def test_a_digest_tells_what_several_asked_and_only_counts_what_one_did():
    reply = replies.digest(Message("d", ROOM, "digest", ""), grouped(asked()))
    assert reply.kind == "info"
    assert reply.text.splitlines() == [
        "Last week, questions here that nothing answered: 6.",
        "• “How long is parental leave?” or the like: 3, by 2 people",
        "• others: 3",
        "Pin what answers them, and the next one who asks gets an answer.",
    ]


class Weekly:
    """The real walk of a digest: a chore, the inbox, the conversation, and a chat on loopback."""

    def __init__(self, place):
        self.place, self.clock = place, Clock()
        self.clock.now = MONDAY + 9 * HOUR
        self.threads, self.room = place.archive.threads, Thread("loopback", "team", "room")
        self.talk = conversation_over(place.archive, FakeReader("heron"))
        self.desk = self.talk.desk

    def digests(self, chats=None):
        chats = {"loopback": self.place.channel} if chats is None else chats
        inbox = self.place.inbox(self.talk)
        return Digests(self.place.archive, self.desk.settings, chats, inbox.accept, self.clock)

    async def gap(self, id, question, author, at):
        where = Thread("loopback", "team", "room", "t")
        asked = turn(id, at, question=question, kind="unsure", author=author, document="", answer="")
        await self.threads.add_turn(where, asked)
        address = Address("loopback", {"reads_back": True})
        message = Message(id, where, "ask", question, at=at, author=Author(author), address=address)
        held = await self.place.archive.messages.record(message, "one", due=at)
        await self.place.archive.messages.settle(held, "unsure", f"p-{id}")

    async def posted(self):
        async with asyncio.timeout(20):
            while not self.place.chat.posts or any(inbox._at_work for inbox in self.place.inboxes):
                await asyncio.sleep(0.02)
        return list(self.place.chat.posts.values())


@pytest.fixture
async def weekly(place):
    made = Weekly(place)
    await made.desk.set(ADMIN, made.room, {"digest": True})
    for n, (question, author) in enumerate(LEAVE):
        await made.gap(f"m{n}", question, author, MONDAY - DAY + n)
    return made


async def test_a_room_that_asked_for_it_is_told_once_by_whichever_task(weekly):
    tasks = [weekly.digests() for _ in range(3)]
    await asyncio.gather(*(task.send() for task in tasks))
    await tasks[0].send()
    (post,) = await weekly.posted()
    assert post["text"].startswith("Last week, questions here that nothing answered: 6.")
    assert (post["kind"], post["of"]) == ("info", f"digest/{weekly.room}/2026-11-23")
    assert (await weekly.place.archive.records.get(DIGEST, str(weekly.room))).data == {"until": MONDAY}
    assert await tasks[1].due() == []
    await weekly.gap("new", "Where is the roof key?", "ada", MONDAY + DAY)
    weekly.clock.now += 7 * DAY
    assert [message.at for message in await tasks[0].due()] == [MONDAY + 7 * DAY]


async def test_it_is_no_question_and_charged_to_nobody(weekly):
    await weekly.digests().send()
    await weekly.posted()
    assert await weekly.threads.turns(weekly.room) == []
    (counts,) = (await weekly.place.archive.records.counts(weekly.room, 9)).values()
    assert counts == {"digest": 1}


async def test_a_room_that_did_not_ask_or_in_which_all_was_found_is_not_told(weekly):
    weekly.clock.now += 7 * DAY
    assert await weekly.digests().due() == []
    weekly.clock.now -= 7 * DAY
    await weekly.desk.set(ADMIN, weekly.room, {"digest": None})
    assert await weekly.digests().due() == []


async def test_where_there_is_no_way_to_speak_unasked_nobody_is_told(weekly):
    assert await weekly.digests(chats={}).due() == []


async def test_a_digest_that_could_not_be_recorded_is_sent_the_next_time(weekly):
    async def refuse(_):
        raise NotAcceptedError

    digests = weekly.digests()
    accept, digests._accept = digests._accept, refuse
    await digests.send()
    assert len(await digests.due()) == 1
    digests._accept = accept
    await digests.send()
    assert len(await weekly.posted()) == 1
