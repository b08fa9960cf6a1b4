"""The promise: each accepted message ends in exactly one visible outcome."""

import asyncio
import contextlib
import time
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestServer

from bot import archive, stores
from bot.archive.keys import word
from bot.delivery import SENDS, Limits
from bot.desk import Desk
from bot.inbox import AT_ONCE, FEW, TRIES, Inbox
from bot.replies.words import say
from bot.stores import StoreError
from bot.stores.memory import MemoryStore
from bot.telemetry import Metrics
from bot.types import DeliveryError, NotAcceptedError, Reply
from tests.conftest import url_of
from tests.fakes import ChatServer, CountedStore, Loopback, said

QUICK = Limits(hold=1.0, renew=0.3, pause=0.01)


class Talk:
    """Answers with a fixed sentence, fails as it is told to, and counts."""

    def __init__(self):
        self.given, self.asked, self.charged, self.counted = [], [], [], []
        self.seconds, self.failures = 0.0, 0

    async def hear(self, message):
        return True

    async def expect(self, message):
        pass

    async def count(self, message, reply):
        self.counted.append((message.id, reply.kind))

    async def reply(self, message, *, charged):
        self.given.append(message)
        self.asked.append(message.id)
        self.charged.append(charged)
        await asyncio.sleep(self.seconds)
        if self.failures:
            self.failures -= 1
            return Reply(message.id, "error", "try again", passing=True)
        return Reply(message.id, "answer", f"answer to {message.id}")


class Place:
    """A chat, a store and inboxes on it, as so many tasks would be."""

    def __init__(self, store):
        self.chat, self.talk = ChatServer(), Talk()
        self.archive = archive.over(store, ttl_seconds=60)
        self.inboxes, self.metrics = [], []

    async def __aenter__(self):
        self.server = TestServer(self.chat.app)
        await self.server.start_server()
        self.channel = Loopback(str(self.server.make_url("")).rstrip("/"))
        return self

    async def __aexit__(self, *_):
        for inbox in self.inboxes:
            await inbox.drain(0)
        await self.channel.close()
        await self.server.close()

    def inbox(self, talk=None, limits=QUICK, store=None, clock=time.time):
        remembered = self.archive
        if store or clock is not time.time:
            remembered = archive.over(store or self.archive.store, ttl_seconds=60, clock=clock)
        desk = Desk(remembered, lambda _: None)
        self.metrics.append(Metrics())
        chats = {"loopback": self.channel}
        more = {"limits": limits, "clock": clock}
        inbox = Inbox(remembered, desk, talk or self.talk, chats, self.metrics[-1], **more)
        self.inboxes.append(inbox)
        return inbox

    async def outcome(self, *messages, recover=True):
        """Wait until each has an answer or an error, and nothing is open; what stands in the chat."""
        async with asyncio.timeout(20):
            while True:
                if recover:
                    with contextlib.suppress(StoreError):
                        await self.inboxes[-1].recover()
                posts = [post for id in messages for post in self.chat.of(id)]
                done = {post["of"] for post in posts if post["kind"] != "info"}
                if done == set(messages) and not any(inbox._at_work for inbox in self.inboxes):
                    return posts
                await asyncio.sleep(0.02)

    async def settled(self, message):
        """Wait until a message has its outcome."""
        async with asyncio.timeout(20):
            while (await self.record(message)).due:
                with contextlib.suppress(StoreError):
                    await self.inboxes[-1].recover()
                await asyncio.sleep(0.02)

    async def record(self, message):
        key = f"thread#{message.thread}", f"message#{word(message.id)}"
        return await self.archive.store.get(*key)


class StubbornStore(MemoryStore):
    """Refuses writes while it is told to."""

    refuse = staticmethod(lambda item: False)

    async def put_if(self, item, version):
        if self.refuse(item):
            raise StoreError("not now")
        return await super().put_if(item, version)


@pytest.fixture
async def place():
    async with Place(StubbornStore(time.time)) as made:
        yield made


@pytest.fixture(params=["sqlite", "dynamodb"])
async def shared(request, tmp_path):
    """Two connections to one store that outlives a process."""
    url = url_of(request, tmp_path)
    one, two = stores.open(url), stores.open(url)
    async with Place(one) as made:
        made.other = two
        yield made
    await one.close()
    await two.close()


async def test_an_accepted_message_is_answered_once_and_its_words_are_let_go(place):
    message = said("m1", "Who signs the quincunx?")
    assert await place.inbox().accept(message)
    assert [post["text"] for post in await place.outcome("m1", recover=False)] == ["answer to m1"]
    record = await place.record(message)
    assert (record.data["outcome"], record.data["ref"], record.due) == ("answer", "ref-0", None)
    assert "quincunx" not in repr(record)


async def test_a_message_that_comes_twice_is_answered_once(place):
    inbox = place.inbox()
    taken = await asyncio.gather(*(inbox.accept(said("m1", "Who?", at=1.0)) for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]
    await place.outcome("m1")
    assert not await inbox.accept(said("m1", "Who?"))
    assert not await place.inbox().accept(said("m1", "Who?"))
    await asyncio.sleep(0.05)
    assert len(place.chat.posts) == 1
    assert place.talk.asked == ["m1"]


async def test_what_is_not_for_us_leaves_no_trace(place):
    inbox = place.inbox()
    assert not await inbox.accept(said("m1", "Lunch?", addressed=False))
    assert not await inbox.accept(said("m2", "I answer too", author={"id": "b", "bot": True}))
    assert not place.archive.store._partitions
    assert not place.talk.asked


async def test_what_is_overheard_where_nobody_asked_costs_two_looks_and_no_write(place):
    counted = CountedStore(place.archive.store)
    inbox = place.inbox(store=counted)
    await inbox.accept(said("m1", "Lunch?", addressed=False))  # the room's settings are known from now on
    counted.calls.clear()
    assert not await inbox.accept(said("m2", "Or tea?", addressed=False))
    assert counted.calls == ["get", "get"]


async def test_a_message_that_was_of_no_concern_is_taken_when_it_comes_again_addressed(place):
    inbox = place.inbox()
    assert not await inbox.accept(said("m1", "Who?", addressed=False))
    assert await inbox.accept(said("m1", "Who?"))
    await place.outcome("m1")


async def test_who_has_asked_in_a_thread_may_go_on_without_a_mention(place):
    inbox = place.inbox()
    await inbox.accept(said("m1", "Who?"))
    await place.outcome("m1")
    assert await inbox.accept(said("m2", "And when?", addressed=False))
    assert not await inbox.accept(said("m3", "And when?", addressed=False, author={"id": "bob"}))
    assert not await inbox.accept(said("m4", "And when?", "another thread", addressed=False))
    await place.archive.threads.mute(said("", "").thread, on=True)
    assert not await inbox.accept(said("m5", "And where?", addressed=False))
    await place.outcome("m1", "m2")


async def test_what_cannot_be_recorded_is_not_acknowledged_and_can_be_sent_again(place):
    inbox = place.inbox()
    place.archive.store.refuse = lambda item: True
    with pytest.raises(NotAcceptedError):
        await inbox.accept(said("m1", "Who?"))
    place.archive.store.refuse = lambda item: False
    assert await inbox.accept(said("m1", "Who?"))
    await place.outcome("m1")
    counted = place.metrics[0].exposed().decode()
    assert 'wherein_messages_total{channel="loopback",what="refused"} 1.0' in counted
    assert 'wherein_messages_total{channel="loopback",what="taken"} 1.0' in counted


@pytest.mark.parametrize("reads_back", [True, False])
async def test_an_answer_that_was_posted_and_not_settled_is_not_posted_again(place, reads_back):
    settles = []

    def refuse(item):
        if "outcome" not in item.data:
            return False
        settles.append(item)
        return len(settles) < 3

    place.archive.store.refuse = refuse
    message = said("m1", "Who?", reads_back=reads_back)
    await place.inbox().accept(message)
    place.inbox()
    while not settles:
        await asyncio.sleep(0.01)
    (post,) = await place.outcome("m1")
    assert post["text"] == "answer to m1"
    await place.settled(message)
    assert len(place.chat.posts) == 1
    assert (await place.record(message)).data["outcome"] == ("found" if reads_back else "answer")


async def test_where_the_chat_cannot_be_read_back_the_answer_takes_its_placeholders_place(place):
    await place.inbox().accept(said("m1", "Who?", reads_back=False))
    (post,) = await place.outcome("m1")
    assert (post["text"], post["changed"]) == ("answer to m1", 1)


@pytest.mark.parametrize("reads_back", [True, False])
@pytest.mark.parametrize("fault", ["busy", "broken", "lost"])
async def test_a_post_that_fails_is_made_good_and_never_doubled(place, reads_back, fault):
    await place.inbox().accept(said("m1", "Who?", reads_back=reads_back))
    place.chat.faults += [fault] if reads_back else ["", fault]
    (post,) = await place.outcome("m1")
    assert post["text"] == "answer to m1"


async def test_the_last_post_of_a_go_that_was_taken_all_the_same_is_found_in_the_next(place):
    place.chat.faults += ["broken"] * (SENDS - 1) + ["lost"]
    message = said("m1", "Who?")
    await place.inbox().accept(message)
    await place.outcome("m1")
    await place.settled(message)
    assert len(place.chat.posts) == 1
    assert (await place.record(message)).data["outcome"] == "found"


async def test_where_looking_for_a_post_fails_nothing_is_posted_again_before_it_was_looked_for(place):
    real, failures = place.channel.find, [DeliveryError("not now")] * 3

    async def find(message, address):
        if failures:
            raise failures.pop()
        return await real(message, address)

    place.channel.find = find
    place.chat.faults += ["lost"]
    message = said("m1", "Who?")
    await place.inbox().accept(message)
    await place.outcome("m1")
    await place.settled(message)
    assert len(place.chat.posts) == 1


async def test_a_message_is_charged_and_counted_once_however_often_the_chat_fails(place):
    place.chat.faults += ["broken"] * 12
    message = said("m1", "Who?")
    await place.inbox().accept(message)
    await place.outcome("m1")
    await place.settled(message)
    assert place.talk.charged == [False] + [True] * (len(place.talk.charged) - 1)
    assert len(place.talk.charged) > 2
    assert place.talk.counted == [("m1", "answer")]


async def test_who_is_told_to_stop_while_posting_lets_the_post_arrive_before_another_looks(place):
    real = place.channel.send

    async def slow(*arguments):  # the chat takes it, whoever waits for that
        return await asyncio.shield(asyncio.ensure_future(late(*arguments)))

    async def late(*arguments):
        await asyncio.sleep(0.3)
        return await real(*arguments)

    place.channel.send = slow
    first = place.inbox(limits=Limits(send=0.6, pause=0.01))
    message = said("m1", "Who?")
    await first.accept(message)
    await asyncio.sleep(0.1)
    await first.drain(0)
    place.inbox()
    await place.outcome("m1")
    await place.settled(message)
    assert len(place.chat.posts) == 1


async def test_a_channel_that_breaks_its_contract_ends_in_an_outcome_and_not_in_a_loop(place):
    async def broken(*_):
        raise KeyError("quincunx")

    place.channel.send = broken
    message = said("m1", "Who?")
    place.inbox(limits=Limits(hold=1.0, renew=0.3, pause=0.001))
    await place.inboxes[0].accept(message)
    await place.settled(message)
    assert (await place.record(message)).data["outcome"] == "failed"


async def test_a_channel_that_hangs_holds_nobody_up(place):
    async def hang(*_):
        await asyncio.sleep(60)

    place.channel.working = hang
    await place.inbox(limits=Limits(send=0.05)).accept(said("m1", "Who?"))
    await place.outcome("m1")


async def test_so_many_placeholders_that_may_have_been_posted_are_enough(place, monkeypatch):
    monkeypatch.setattr("bot.inbox.DOUBTS", 3)
    place.chat.faults += ["lost"] * 100
    message = said("m1", "Who?", reads_back=False)
    await place.inbox(limits=Limits(pause=0.001)).accept(message)
    await place.settled(message)
    assert (await place.record(message)).data["outcome"] == "undeliverable"
    assert len(place.chat.posts) == 4


async def test_characters_that_are_none_are_marked_and_the_message_is_answered(place):
    message = said("m1", "Who \ud800 signed\0?", author={"id": "ada", "name": "A\udfffda"})
    await place.inbox().accept(message)
    await place.settled(message)
    assert [(m.text, m.author.name) for m in place.talk.given] == [("Who \ufffd signed\ufffd?", "A\ufffdda")]


async def test_a_placeholder_whose_post_broke_is_orphaned_and_the_answer_is_still_one(place):
    place.chat.faults += ["lost"]
    await place.inbox().accept(said("m1", "Who?", reads_back=False))
    posts = await place.outcome("m1")
    assert sorted(post["kind"] for post in posts) == ["answer", "info"]


async def test_a_chat_that_is_down_for_longer_gets_its_answer_when_it_is_up(place):
    place.chat.faults += ["broken"] * 20
    await place.inbox().accept(said("m1", "Who?"))
    (post,) = await place.outcome("m1")
    assert post["text"] == "answer to m1"


async def test_what_the_chat_will_never_take_is_settled_and_not_tried_for_ever(place):
    place.chat.faults += ["gone"]
    message = said("m1", "Who?")
    await place.inbox().accept(message)
    await place.settled(message)
    assert (await place.record(message)).data["outcome"] == "undeliverable"
    assert not place.chat.posts


async def test_a_passing_error_is_tried_again_and_not_shown(place):
    place.talk.failures = 2
    await place.inbox().accept(said("m1", "Who?"))
    (post,) = await place.outcome("m1")
    assert (post["text"], place.talk.asked) == ("answer to m1", ["m1"] * 3)
    assert place.talk.counted == [("m1", "answer")]
    assert place.talk.charged == [False, True, True]


async def test_a_message_that_fails_each_time_ends_in_one_error(place):
    place.talk.failures = 1000
    await place.inbox().accept(said("m1", "Who?"))
    (post,) = await place.outcome("m1")
    assert (post["kind"], post["text"]) == ("error", "try again")
    assert len(place.talk.asked) == TRIES


async def test_a_message_that_ends_its_task_each_time_ends_in_one_error_too(place):
    message = said("m1", "Who?")
    now = time.time()
    key = (await place.archive.messages.record(message, "one", due=now)).key
    for _ in range(TRIES):  # each of these tasks died while it held the message
        sign = (await place.archive.messages.signs(1)).get(key)
        assert await place.archive.messages.take_over(key, "dead", sign=sign)
    place.inbox()
    (post,) = await place.outcome("m1")
    assert post["kind"] == "error"
    assert "failed each time" in post["text"]
    assert not place.talk.asked


async def test_a_message_that_takes_long_stays_with_who_works_on_it(shared):
    shared.talk.seconds = 3 * QUICK.hold
    await shared.inbox().accept(said("m1", "Who?"))
    shared.inbox(store=shared.other)
    (post,) = await shared.outcome("m1")
    assert shared.talk.asked == ["m1"]
    assert post["text"] == "answer to m1"


@pytest.mark.parametrize("ahead", [120, -120])
async def test_a_task_whose_clock_is_wrong_takes_nothing_from_who_works_on_it(ahead, place):
    place.talk.seconds = 2 * QUICK.hold
    wrong = Talk()
    first = place.inbox()
    await first.accept(said("m1", "Who?"))
    place.inbox(wrong, clock=lambda: time.time() + ahead)
    (post,) = await place.outcome("m1")
    assert (post["text"], place.talk.asked, wrong.asked) == ("answer to m1", ["m1"], [])


@pytest.mark.parametrize("ahead", [120, -120])
async def test_what_a_task_with_a_wrong_clock_held_when_it_died_does_not_wait_for_that_time(ahead, place):
    wrong = archive.over(place.archive.store, ttl_seconds=60, clock=lambda: time.time() + ahead)
    await wrong.messages.record(said("m1", "Who?"), "dead")
    place.inbox()
    (post,) = await place.outcome("m1")
    assert post["text"] == "answer to m1"


async def test_what_a_task_with_a_wrong_clock_left_for_a_while_does_not_wait_for_that_time(place):
    wrong = archive.over(place.archive.store, ttl_seconds=60, clock=lambda: time.time() + 120)
    held = await wrong.messages.record(said("m1", "Who?"), "one")
    noted = {"undelivered": True, "in_doubt": False, "unsure": False}
    await wrong.messages.leave(held, due=time.time() + 120.5, **noted)
    place.inbox()
    (post,) = await place.outcome("m1")
    assert post["text"] == "answer to m1"


async def test_what_a_task_with_a_wrong_clock_let_go_of_is_taken_up_at_once(place):
    wrong = archive.over(place.archive.store, ttl_seconds=60, clock=lambda: time.time() + 120)
    await wrong.messages.record(said("m1", "Who?"), "", due=time.time() + 120)
    place.inbox()
    (post,) = await place.outcome("m1")
    assert post["text"] == "answer to m1"


async def test_a_chat_is_asked_what_was_posted_only_where_something_may_have_been(place):
    sought = []
    real = place.channel.find

    async def find(message, address):
        sought.append(message)
        return await real(message, address)

    place.channel.find = find
    place.talk.failures = 1
    place.inbox()
    await place.inboxes[0].accept(said("tried twice", "Who?"))
    await place.outcome("tried twice")
    assert sought == []
    await place.archive.messages.record(said("of a dead task", "Who?"), "dead")
    await place.outcome("of a dead task")
    assert sought == ["of a dead task"]


async def test_what_a_dead_task_held_is_taken_over_and_answered_once(shared):
    dead = shared.archive.messages
    for n in range(5):
        assert await dead.record(said(f"m{n}", "Who?"), "dead")
    shared.inbox(), shared.inbox(store=shared.other)
    async with asyncio.timeout(20):
        while len(shared.chat.posts) < 5:
            await asyncio.gather(*(inbox.recover() for inbox in shared.inboxes))
            await asyncio.sleep(0.02)
    await shared.outcome(*(f"m{n}" for n in range(5)))
    assert sorted(shared.talk.asked) == [f"m{n}" for n in range(5)]


async def test_who_lost_a_message_while_asleep_does_not_post(place):
    slow = Talk()
    slow.seconds = 0.3
    sleeper = place.inbox(slow, limits=Limits(hold=0.1, renew=60.0))  # it never renews, as if it were frozen
    await sleeper.accept(said("m1", "Who?"))
    await asyncio.sleep(0.15)
    place.inbox()
    await place.outcome("m1")
    assert (slow.asked, place.talk.asked) == (["m1"], ["m1"])
    assert len(place.chat.posts) == 1


async def test_more_than_one_task_can_hold_waits_in_the_store_and_all_is_answered(shared):
    shared.talk.seconds = 0.02
    patient = Limits()  # a slow store takes its time: nobody's hold ends meanwhile
    inboxes = shared.inbox(limits=patient), shared.inbox(limits=patient, store=shared.other)
    ids = [f"m{n}" for n in range(3 * AT_ONCE)]
    taken = await asyncio.gather(*(inboxes[n % 2].accept(said(id, "Who?", id)) for n, id in enumerate(ids)))
    assert all(taken)
    posts = await shared.outcome(*ids)
    assert sorted(post["of"] for post in posts) == sorted(ids)
    assert sorted(shared.talk.asked) == sorted(ids)


async def test_who_is_told_to_stop_finishes_what_is_in_hand(place):
    place.talk.seconds = 0.1
    inbox = place.inbox()
    await inbox.accept(said("m1", "Who?"))
    await inbox.drain(5)
    assert [post["text"] for post in place.chat.of("m1")] == ["answer to m1"]


async def test_who_is_told_to_stop_leaves_what_takes_longer_to_another(place):
    slow = Talk()
    slow.seconds = 60
    first = place.inbox(slow, limits=Limits())
    await first.accept(said("m1", "Who?"))
    await asyncio.sleep(0.05)
    await first.drain(0.05)
    assert await first.accept(said("m2", "Who?"))  # recorded, for another
    place.inbox()
    began = time.monotonic()
    await place.outcome("m1", "m2")
    assert time.monotonic() - began < Limits().hold  # it did not wait for the first one's hold to end
    assert len(place.chat.posts) == 2


async def test_a_message_with_a_long_text_is_kept_in_parts_and_leaves_none(shared):
    text = "naïve quincunx, " * 60_000
    message = said("m1", "Who?", documents=[{"id": "d", "version": "1", "text": text}])
    held = await shared.archive.messages.record(message, "dead", due=time.time())
    assert held.parts
    shared.inbox()
    await shared.outcome("m1")
    assert shared.talk.given == [message]
    await shared.settled(message)
    assert not await shared.archive.messages.record(message, "again", due=time.time())
    assert not await shared.archive.store.keys(held.key[0], "part#")


async def test_parts_that_could_not_be_deleted_are_deleted_later(shared):
    message = said("m1", "Who?", documents=[{"id": "d", "version": "1", "text": "quincunx " * 100_000}])
    await shared.archive.messages.record(message, "dead", due=time.time())
    store, real, failures = shared.archive.store, shared.archive.store.delete, [StoreError("not now")] * 2

    async def delete(keys):
        if failures:
            raise failures.pop()
        await real(keys)

    store.delete = delete
    shared.inbox()
    await shared.outcome("m1")
    await shared.settled(message)
    assert not failures
    assert not await store.keys(f"thread#{message.thread}", "part#")


async def test_a_message_that_a_newer_version_wrote_is_left_to_it(place):
    message = said("m1", "Who?")
    held = await place.archive.messages.record(message, "newer", due=time.time())
    there = await place.archive.store.get(*held.key)
    await place.archive.store.put_if(replace(there, body='{"id": 1}'), there.version)
    inbox = place.inbox()
    await inbox.recover()
    assert not inbox._at_work
    assert (await place.record(message)).due > time.time() + 30


async def test_a_message_for_a_channel_that_is_not_here_waits(place):
    place.channel.name = "elsewhere"
    inbox = place.inbox()
    inbox._chats = {}
    message = said("m1", "Who?")
    await inbox.accept(message)
    while inbox._at_work:
        await asyncio.sleep(0.01)
    assert (await place.record(message)).due > time.time() + 30


async def test_who_would_wait_too_long_is_told_so_at_once_and_all_have_one_outcome(place, monkeypatch):
    monkeypatch.setattr("bot.inbox.LONGEST", 0.7)
    monkeypatch.setattr("bot.inbox.TURNED_AWAY", 200)
    inbox = place.inbox()
    place.talk.seconds = 0.4  # it learns that first
    sent = [said(f"m{n}", "Who?", thread=f"t{n}") for n in range(240)]
    for some in (sent[:40], sent[40:]):
        assert all(await asyncio.gather(*map(inbox.accept, some)))
        posts = await place.outcome(*(message.id for message in some))
        assert len(posts) == len(some)
    away = [post["of"] for post in posts if post["text"] == say("error.crowded")]
    assert 50 < len(away) <= 200 - AT_ONCE
    assert not set(away) & set(place.talk.asked)  # nothing was read for them
    assert 'outcome="turned away"' in place.metrics[0].exposed().decode()


async def test_where_even_one_turn_takes_too_long_only_a_few_have_one(place, monkeypatch):
    monkeypatch.setattr("bot.inbox.LONGEST", 0.1)
    monkeypatch.setattr("bot.inbox.TURNED_AWAY", 200)
    inbox = place.inbox()
    inbox._pressure._own = place.talk.seconds = 0.3
    sent = [said(f"m{n}", "Who?", thread=f"t{n}") for n in range(60)]
    for message in sent:
        await inbox.accept(message)
    await place.outcome(*(message.id for message in sent))
    assert FEW <= len(place.talk.asked) < AT_ONCE


async def test_files_that_are_read_for_long_turn_nobody_away_while_there_are_hands(place, monkeypatch):
    monkeypatch.setattr("bot.inbox.LONGEST", 0.1)
    inbox = place.inbox()
    inbox._pressure._any = place.talk.seconds = 0.3
    files = [said(f"f{n}", "", thread=f"f{n}", attachments=[{"id": "a", "name": "a.txt"}]) for n in range(8)]
    await asyncio.gather(*map(inbox.accept, files))
    place.talk.seconds = 0.0
    sent = [said(f"m{n}", "Who?", thread=f"t{n}") for n in range(8)]
    await asyncio.gather(*map(inbox.accept, sent))
    await place.outcome(*(message.id for message in sent))
    assert {message.id for message in sent} <= set(place.talk.asked)


async def test_what_waits_in_a_task_with_a_wrong_clock_is_taken_up_at_once_by_another(place, monkeypatch):
    monkeypatch.setattr("bot.inbox.AT_ONCE", 1)
    place.talk.seconds = 0.2
    wrong = place.inbox(clock=lambda: time.time() + 120)
    await wrong.accept(said("m1", "Who?"))
    await wrong.accept(said("m2", "Who?", thread="t2"))
    assert await place.archive.messages.overdue(1)


async def test_who_came_first_has_the_first_turn(place):
    inbox = place.inbox()
    place.talk.seconds = 0.05
    sent = [said(f"m{n}", "Who?", thread=f"t{n}") for n in range(120)]
    for message in sent:
        await inbox.accept(message)
    await place.outcome(*(message.id for message in sent), recover=False)
    places = [int(id[1:]) for id in place.talk.asked]
    assert max(at - number for at, number in enumerate(places)) <= AT_ONCE


async def test_many_questions_at_once_are_no_reason_to_turn_somebody_away_where_they_are_soon_answered(place):
    inbox = place.inbox()
    sent = [said(f"m{n}", "Who?", thread=f"t{n}") for n in range(200)]
    await asyncio.gather(*map(inbox.accept, sent))
    posts = await place.outcome(*(message.id for message in sent))
    assert {post["kind"] for post in posts} == {"answer"}


async def test_where_even_those_who_are_turned_away_pile_up_the_chat_is_to_send_it_again(place, monkeypatch):
    monkeypatch.setattr("bot.inbox.LONGEST", -1.0)
    monkeypatch.setattr("bot.inbox.AT_ONCE", 1)
    monkeypatch.setattr("bot.inbox.FEW", 1)
    monkeypatch.setattr("bot.inbox.TURNED_AWAY", 2)
    inbox = place.inbox()
    place.talk.seconds = 0.5
    assert await inbox.accept(said("in hand", "Who?", thread="t"))
    await asyncio.gather(*(inbox.accept(said(f"away {n}", "Who?", thread=f"t{n}")) for n in range(2)))
    with pytest.raises(NotAcceptedError):
        await inbox.accept(said("one more", "Who?", thread="t9"))
    assert await inbox.accept(said("a vote", "up", thread="t8", intent="feedback"))  # it takes no reading
    await place.outcome("in hand", "away 0", "away 1", "a vote")
    assert await inbox.accept(said("one more", "Who?", thread="t9"))
