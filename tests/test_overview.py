"""What Wherein remembers of a team, at a glance: each sees what they have a part in, an admin all."""

import pytest

from bot import app
from bot.desk import Desk
from bot.overview import ROOMS, Overviews
from bot.settings import Settings
from bot.types import Author, Thread, Turn
from model.types import Document

TEAM = Thread("slack", "T1")
ADA, BEN, BOSS = Author("ada"), Author("ben"), Author("boss", admin=True)


def place(room, thread="", team="T1"):
    return Thread("slack", team, room, thread)


@pytest.fixture
def desk(remembered, clock):
    return Desk(remembered, lambda ids: None, clock=clock)


@pytest.fixture
def checks():
    return []


@pytest.fixture
def overviews(remembered, desk, clock, checks):
    async def wrong():
        checks.append("now")
        return ["slack: the scope files:read is missing"]

    return Overviews(remembered, desk, wrong, clock=clock)


async def asked(remembered, author, where, id="m"):
    await remembered.threads.add_turn(where, Turn(id, 1_000_000_000.0, "Who?", "unsure", author=author.id))


async def seen(overviews, author):
    found = await overviews.overview(author, TEAM)
    return {one.room.room: (one.threads, [document.title for document in one.pinned]) for one in found.rooms}


async def test_somebody_sees_the_rooms_where_they_asked_and_no_others(remembered, desk, overviews):
    await asked(remembered, ADA, place("C1", "1"))
    await asked(remembered, ADA, place("C1", "2"))
    await asked(remembered, BEN, place("C1", "3"))
    await asked(remembered, BEN, place("secret", "1"))
    await desk.pin(BEN, place("C1"), Document("d", "1", "text", title="handbook"))
    await desk.pin(BEN, place("secret"), Document("e", "1", "text", title="salaries"))
    assert await seen(overviews, ADA) == {"C1": (2, ["handbook"])}
    assert await seen(overviews, BEN) == {"C1": (1, ["handbook"]), "secret": (1, ["salaries"])}
    assert await seen(overviews, Author()) == {}


async def test_an_admin_sees_every_room_the_set_up_and_the_settings(remembered, desk, overviews):
    await asked(remembered, ADA, place("C1", "1"))
    await asked(remembered, BEN, place("C2", "1"))
    await asked(remembered, BEN, place("C3", "1", team="T2"))
    await desk.set(BOSS, TEAM, {"follow": "always"})
    found = await overviews.overview(BOSS, TEAM)
    assert {one.room.room: one.threads for one in found.rooms} == {"C1": 1, "C2": 1}
    assert found.admin
    assert found.wrong == ("slack: the scope files:read is missing",)
    assert found.settings["follow"] == "always"


async def test_who_is_no_admin_is_told_nothing_of_set_up_and_settings(overviews, checks):
    found = await overviews.overview(ADA, TEAM)
    assert (found.admin, found.wrong, dict(found.settings), checks) == (False, (), {}, [])


async def test_a_guest_whom_no_setting_lets_in_sees_nothing(remembered, desk, overviews):
    guest = Author("guest", guest=True)
    await asked(remembered, guest, place("C1", "1"))
    assert await seen(overviews, guest) == {}
    await desk.set(BOSS, TEAM, {"guests": True})
    assert await seen(overviews, guest) == {"C1": (1, [])}


async def test_the_set_up_is_checked_once_a_minute_however_often_home_is_opened(overviews, checks, clock):
    for _ in range(3):
        await overviews.overview(BOSS, TEAM)
    assert len(checks) == 1
    clock.now += 61
    await overviews.overview(BOSS, TEAM)
    assert len(checks) == 2


async def test_a_conversation_alone_counts_as_one_thread(remembered, overviews):
    await asked(remembered, ADA, place("D1"))
    assert await seen(overviews, ADA) == {"D1": (1, [])}


async def test_what_is_forgotten_is_seen_no_more(remembered, desk, overviews):
    await asked(remembered, ADA, place("C1", "1"))
    await desk.forget(BOSS, TEAM, "everything")
    assert await seen(overviews, ADA) == {}
    assert await seen(overviews, BOSS) == {}


async def test_complaint_20_of_many_rooms_the_first_are_told_and_the_others_counted(remembered, overviews):
    for number in range(ROOMS + 3):
        await asked(remembered, ADA, place(f"C{number}", "1"))
    found = await overviews.overview(BOSS, TEAM)
    assert (len(found.rooms), found.more) == (ROOMS, 3)


async def test_an_edge_is_handed_the_overview_of_the_real_archive():
    service = app.build(Settings(store="memory:", model="lexical:"), channels=())
    try:
        found = await service.house.desk.overview(BOSS, TEAM)
        assert found.admin
        assert found.settings["follow"] == "own"
        assert (await service.house.desk.overview(ADA, TEAM)).settings == {}
    finally:
        await service.close()


async def test_who_had_what_they_said_forgotten_sees_nothing_of_the_room(remembered, desk, overviews):
    await asked(remembered, ADA, place("C1", "1"), "m1")
    await asked(remembered, BEN, place("C1", "1"), "m2")
    await desk.pin(BEN, place("C1"), Document("d", "1", "text", title="handbook"))
    await desk.forget(ADA, TEAM, "mine")
    assert await seen(overviews, ADA) == {}
    assert await seen(overviews, BEN) == {"C1": (1, ["handbook"])}
