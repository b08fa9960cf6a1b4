"""Votes are kept one a person, over each store, and go with what they are about and with who cast them."""

import asyncio
from dataclasses import replace

import pytest

from bot.archive.votes import KEPT_SECONDS, Vote
from tests.conftest import DAY
from tests.fakes import document
from tests.test_archive import ELSEWHERE, HERE, ROOM, SECRET, THERE, everything, put, runs_of, scans, turn

EVERYONE = ("ada", "bob", "#1", "a/b")


def vote(of, author, where=HERE, **fields):
    said = {"up": True, "at": of.at + 1, "reader": "onnx", "stated": 0.7, "reason": SECRET}
    return Vote(of.id, of.at, str(where), author, **(said | fields))


@pytest.fixture
async def asked(remembered, clock):
    """A turn of Ada's, that quotes a document of Bob's."""
    of = turn("m", clock.now, author="ada")
    await put(remembered.threads, HERE, replace(document("x"), added_by="bob"))
    await remembered.threads.add_turn(HERE, of)
    clock.now += 1
    return of


async def test_a_person_has_one_vote_an_answer_which_may_be_changed_and_taken_back(remembered, asked):
    votes = remembered.votes
    for author in EVERYONE:
        assert await votes.cast(HERE, vote(asked, author))
    changed = vote(asked, "bob", up=False, reason="no")
    assert await votes.cast(HERE, changed)
    assert await votes.of(HERE, asked, "bob") == changed
    assert sorted(v.author for v in await votes.of_thread(HERE)) == sorted(EVERYONE)
    assert {v.author: v.up for v in await votes.of_team(ROOM)} == {v: v != "bob" for v in EVERYONE}
    await votes.retract(changed)
    assert await votes.of(HERE, asked, "bob") is None
    assert len(await votes.of_team(ROOM)) == 3


async def test_many_who_vote_at_once_are_all_counted(remembered, asked):
    await asyncio.gather(*(remembered.votes.cast(HERE, vote(asked, f"p{n}")) for n in range(20)))
    assert len(await remembered.votes.of_team(HERE)) == 20


async def test_a_team_never_sees_anothers_votes(remembered, asked):
    await remembered.votes.cast(HERE, vote(asked, "bob"))
    assert await remembered.votes.of_team(replace(HERE, team="U")) == []
    assert await remembered.votes.of_thread(THERE) == []


async def test_reasons_last_as_long_as_threads_and_verdicts_longer(remembered, store, asked, clock):
    await remembered.votes.cast(HERE, vote(asked, "bob"))
    clock.now += DAY + 1
    await store.purge()
    assert await remembered.votes.of_thread(HERE) == []
    (left,) = await remembered.votes.of_team(HERE)
    assert (left.up, left.stated, left.reason) == (True, 0.7, "")
    clock.now += KEPT_SECONDS
    assert await remembered.votes.of_team(HERE) == []


@pytest.mark.parametrize(
    "forget",
    [
        lambda threads: threads.forget(HERE),
        lambda threads: threads.forget_room(HERE),
        lambda threads: threads.forget_team(HERE),
        lambda threads: threads.forget_person(HERE, "ada"),  # who asked
        lambda threads: threads.forget_person(HERE, "bob"),  # whose document was quoted
        lambda threads: threads.forget_person(HERE, "carl"),  # who voted
        lambda threads: threads.remove(HERE, "d"),
    ],
    ids=["thread", "room", "team", "asker", "owner", "voter", "document"],
)
async def test_a_vote_goes_with_its_answer_and_with_who_cast_it(remembered, store, asked, clock, forget):
    await remembered.votes.cast(HERE, vote(asked, "carl"))
    clock.now += 1
    await forget(remembered.threads)
    assert await remembered.votes.of_team(HERE) == []
    assert runs_of(SECRET, await everything(store)) == []


@pytest.mark.parametrize("what", ["thread", "room", "team", "voter"])
async def test_what_is_left_of_a_vote_when_its_thread_has_expired_can_be_forgotten_too(
    remembered,
    asked,
    clock,
    what,
):
    await remembered.votes.cast(HERE, vote(asked, "carl"))
    clock.now += 2 * DAY
    threads = remembered.threads
    await {
        "thread": lambda: threads.forget(HERE),
        "room": lambda: threads.forget_room(HERE),
        "team": lambda: threads.forget_team(HERE),
        "voter": lambda: threads.forget_person(HERE, "carl"),
    }[what]()
    assert await remembered.votes.of_team(HERE) == []


async def test_forgetting_leaves_the_votes_of_others(remembered, asked, clock):
    other = turn("n", clock.now, author="carl", document="")
    await remembered.threads.add_turn(THERE, other)
    clock.now += 1
    await remembered.votes.cast(HERE, vote(asked, "carl"))
    await remembered.votes.cast(THERE, vote(other, "carl", THERE))
    await remembered.votes.cast(THERE, vote(other, "ada", THERE))
    clock.now += 1
    await remembered.threads.forget(HERE)
    assert sorted(v.author for v in await remembered.votes.of_team(HERE)) == ["ada", "carl"]
    await remembered.threads.forget_person(ELSEWHERE, "ada")
    assert [v.author for v in await remembered.votes.of_team(HERE)] == ["carl"]


async def test_who_votes_on_what_is_forgotten_meanwhile_leaves_nothing(remembered, store, asked, clock):
    late = vote(asked, "carl", at=clock.now)
    clock.now += 1
    await remembered.threads.forget_person(HERE, "carl")
    assert not await remembered.votes.cast(HERE, late)
    await remembered.threads.forget(HERE)
    assert not await remembered.votes.cast(HERE, vote(asked, "dora", at=clock.now + 1))
    assert runs_of(SECRET, await everything(store)) == []


async def test_nothing_scans_for_a_vote(remembered, store, asked, clock):
    found = scans(store)
    await remembered.votes.cast(HERE, vote(asked, "carl"))
    await remembered.votes.of_team(HERE, 10), await remembered.votes.of_thread(HERE)
    clock.now += 1
    await remembered.threads.forget_person(HERE, "carl"), await remembered.threads.forget(HERE)
    assert found == []
