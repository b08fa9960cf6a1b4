"""A workspace that puts Wherein out is forgotten, whole: the store is as it was before it came."""

import json
from dataclasses import replace

import pytest
from slack_sdk.oauth.installation_store import Installation as Installed

from bot import archive
from bot.archive.records import BUCKET, CHECK, DIGEST, FIT, GROUP, Act
from bot.archive.threads import Golden
from bot.archive.vault import SealedVault
from bot.archive.votes import Vote
from bot.channels.slack.leaving import leave
from bot.channels.slack.vaulted import Installations
from bot.desk import Desk
from bot.inbox import Inbox
from bot.telemetry import Metrics
from bot.types import Address, Author, Message, Thread, Turn
from tests.conftest import DAY
from tests.fakes import FakeReader, conversation_over, document, said
from tests.test_archive import SECRET, everything, runs_of, scanned
from tests.test_vault import key

TEAM, OTHERS = Thread("slack", "T1"), Thread("slack", "T2")
ADMIN = Author("root", admin=True)


async def items(store):
    """The keys of all that stands in a store and has not expired."""
    if hasattr(store, "_partitions"):
        found = [(item.pk, item.sk) for item in store._all() if store._alive(item)]
    elif hasattr(store, "_db"):
        sql = "SELECT pk, sk, expires_at FROM items"
        rows = await store._do(lambda db: db.execute(sql).fetchall())
        found = [(pk, sk) for pk, sk, ends in rows if ends is None or ends > store._clock()]
    else:
        rows = scanned(store)
        ends = [float(row["expires_at"]["N"]) if "expires_at" in row else None for row in rows]
        found = [
            (row["pk"]["S"], row["sk"]["S"])
            for row, end in zip(rows, ends, strict=True)
            if end is None or end > store._clock()
        ]
    return sorted(found)


async def live(remembered, desk, team, clock):
    """All that a workspace can leave behind, in rooms, in a room's own, and in a personal chat."""
    threads, records, messages = remembered.threads, remembered.records, remembered.messages
    room, here = replace(team, room="C1"), replace(team, room="C1", thread="1.1")
    alone = replace(team, room="D1")
    await desk.pin(ADMIN, here, replace(document(SECRET, id="p"), title=SECRET))
    long = replace(document(SECRET * 7_000, id="d"), places="1 page", added_by="ada")
    await threads.put(here, long, at=clock())
    for where in (here, alone):
        spoken = replace(document(SECRET, id="said"), kind="message", added_by="ada")
        await remembered.speech.put(where, spoken, at=clock())
        for kind in ("answer", "unsure"):
            turn = Turn(kind, clock(), SECRET, kind, SECRET, "d" if kind == "answer" else "", "ada")
            await threads.add_turn(where, turn)
            vote = Vote(kind, clock(), str(where), "ada", True, clock(), "r", "1", 0.5, SECRET)
            assert await remembered.votes.cast(where, vote)
        await threads.note_asked(where, "ada")
        await threads.mute(where, on=True)
        await remembered.speech.expect(where, "m", "a.pdf")
        await remembered.speech.meet(where)
        await remembered.speech.bring(where, "m", "d")
    assert await threads.approve(here, Golden("g", SECRET, SECRET, "p", author="bob", added_by="root"))
    await threads.hide(here, "gone")
    await threads.remove(room, "gone")
    await threads.forget_person(here, "carl")
    await desk.set(ADMIN, here, {"digest": True})
    await desk.set(ADMIN, replace(team, room="C9"), {"digest": True})  # a room where nothing was ever put
    await desk.set(ADMIN, team, {"guests": True})
    for where in (room, alone):
        await records.put(DIGEST, str(where), {"until": 1.0}, 0)
    await records.put(FIT, str(team), {"r 1": {}}, 0)
    await records.put(CHECK, str(team), {"at": 1.0, "asked": 1, "changed": {"g": "none"}}, 0)
    await records.put(GROUP, str(room), {"id": "G1"}, 0)
    await records.put(BUCKET, f"{room}/ada", {"full_at": clock()}, 0, expires_at=clock() + 60)
    await records.count(here, {"asked": 1})
    await records.note(here, Act("act", clock(), "ada", "export", str(here)))
    asked = replace(said("open", SECRET * 7_000), thread=here, documents=(document(SECRET),))
    held = await messages.record(replace(asked, id="settled"), "one")
    assert await messages.settle(held, "answer", "ref")
    waits = replace(asked, id="waits", thread=replace(team, room="C2", thread="9.9"))
    for message in (asked, waits):
        held = await messages.record(message, "one")
    await threads.know(waits.thread)
    await messages.wait(held)


class House:
    def __init__(self, store, clock):
        self.store = store
        self.remembered = archive.over(store, ttl_seconds=DAY, clock=clock)
        self.talk = conversation_over(self.remembered, FakeReader("heron"), deadline=60)
        self.desk = Desk(self.remembered, lambda _: None, clock=clock)
        self.talk._desk = self.desk

    async def leave(self, team, at):
        message = Message("left", team, "left", "", at=at, address=Address("slack"))
        assert await self.talk.reply(message) is None


@pytest.fixture
def house(store, clock):
    return House(store, clock)


async def test_a_workspace_that_puts_it_out_leaves_no_word_and_no_record(house, store, clock):
    await live(house.remembered, house.desk, OTHERS, clock)
    before = await items(store)
    await live(house.remembered, house.desk, TEAM, clock)
    assert runs_of(SECRET, await everything(store))
    clock.now += 1
    await house.leave(TEAM, clock())
    added = [key for key in await items(store) if key not in before]
    assert {pk.partition("#")[0] for pk, _ in added} <= {
        "teams",
        "team",
        "room",
        "person",
        "forgotten",
        "record",
    }
    assert [pk for pk, _ in added if pk.startswith("record#")] == [
        f"record#bucket#{replace(TEAM, room='C1')}/ada"
    ]


async def test_and_what_pointed_there_goes_by_itself(house, store, clock):
    before = await items(store)
    await live(house.remembered, house.desk, TEAM, clock)
    clock.now += 1
    await house.leave(TEAM, clock())
    assert SECRET not in json.dumps(await items(store))
    assert runs_of(SECRET, await everything(store)) == []
    clock.now += DAY + 3 * 3_600
    assert await items(store) == before


async def test_another_workspace_keeps_all_that_is_its_own(house, store, clock):
    await live(house.remembered, house.desk, OTHERS, clock)
    before = await items(store)
    await live(house.remembered, house.desk, TEAM, clock)
    clock.now += 1
    await house.leave(TEAM, clock())
    assert [key for key in before if key not in await items(store)] == []


async def test_who_comes_back_within_the_hour_can_be_forgotten_again(house, store, clock):
    before = await items(store)
    other = House(store, clock)  # another task, which knows its pointers to be written
    await live(house.remembered, house.desk, TEAM, clock)
    where = Thread("slack", "T1", "C1", "1.1")
    await other.remembered.threads.put(where, document(SECRET, id="x"), at=clock())
    clock.now += 1
    await house.leave(TEAM, clock())
    clock.now += 1_800
    await other.remembered.threads.put(where, document(SECRET, id="y"), at=clock())
    await other.desk.pin(ADMIN, where, document(SECRET, id="q"))
    assert runs_of(SECRET, await everything(store))
    clock.now += 60
    await house.leave(TEAM, clock())
    assert runs_of(SECRET, await everything(store)) == []
    clock.now += DAY + 3 * 3_600
    assert await items(store) == before


async def test_leaving_twice_is_leaving_once(house, store, clock):
    await live(house.remembered, house.desk, TEAM, clock)
    clock.now += 1
    await house.leave(TEAM, clock())
    once = await items(store)
    await house.leave(TEAM, clock())
    assert await items(store) == once


async def test_from_slacks_event_to_an_empty_store(house, store, clock):
    before = await items(store)
    vault = SealedVault(store, [key()])
    made = Installed(team_id="T1", bot_token="xoxb-1", user_id="UADA", installed_at=clock())
    await Installations(vault).async_save(made)
    await live(house.remembered, house.desk, TEAM, clock)
    clock.now += 60
    inbox = Inbox(house.remembered, house.desk, house.talk, {}, Metrics(), clock=clock)
    body = {"team_id": "T1", "event_id": "Ev1", "event_time": clock(), "event": {"type": "app_uninstalled"}}
    assert await leave(body, inbox.accept, vault) == ["T1"]
    await inbox.drain(10)
    left = [one for one in await items(store) if one not in before]
    assert [one for one in left if one[0].startswith(("vault#", "votes#", "counts#", "audit#"))] == []
    assert [one for one in left if one[0].startswith("thread#")] == [(f"thread#{TEAM}", "message#Ev1-T1")]
    assert runs_of(SECRET, await everything(store)) == []
    assert await leave(body, inbox.accept, vault) == ["T1"]  # it comes again, and is known
    await inbox.drain(10)
    clock.now += 9 * DAY
    assert await items(store) == before
