"""Approved questions are asked again by a command, which fails where an answer has changed."""

import asyncio

import pytest

from bot import archive, stores
from bot.__main__ import main
from bot.archive.threads import Golden
from bot.golden import CannotCheckError, check
from bot.types import Thread
from model.ladder import Ladder
from model.readers import ReaderError
from tests.fakes import BrokenReader, document
from tests.test_archive import HERE, ROOM
from tests.test_desk import ADA
from tests.test_feedback import heard, room, say

__all__ = ["heard", "room"]  # fixtures


async def checked(place, team=""):
    return await check(place.threads, place.talk.look, team)


@pytest.fixture
async def golden(heard):
    """The room with one question that Ada approved."""
    await heard.ask("m")
    await say(heard, "m", "up")
    return heard


async def test_while_nothing_has_changed_nothing_is_told_and_nothing_is_kept(golden):
    before = await golden.threads.turns(HERE), await golden.remembered.records.counts(HERE, 9)
    found = await checked(golden)
    assert (found.asked, found.readers, found.changes) == (1, ("fake",), ())
    assert str(found) == "Approved questions asked again: 1, read by fake; changed: 0."
    assert (await golden.threads.turns(HERE), await golden.remembered.records.counts(HERE, 9)) == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"word": "nests"}, "another answer, from p"),
        ({"margin": -2.0}, "nothing is claimed any more"),
    ],
)
async def test_a_reader_that_answers_otherwise_is_told_by_ids_alone(golden, change, told):
    for name, value in change.items():
        setattr(golden.answerer._ladder._rungs[0].reader, name, value)
    (found,) = (await checked(golden)).changes
    assert str(found) == f"CHANGED  {HERE}  m  {told}"
    assert "heron" not in str(found)


async def test_votes_and_lines_that_take_an_answer_away_are_told(golden):
    await golden.threads.put(ROOM, document("The heron nests there, too.", id="a"), at=golden.clock())
    await golden.remembered.records.put("settings", str(ROOM), {"line": 0.9}, 0)
    golden.desk._settings.clear()
    assert [change.what for change in (await checked(golden)).changes] == ["nothing is claimed any more"]


async def test_the_same_words_from_elsewhere_are_a_change(golden):
    await golden.threads.put(HERE, document("The heron nests here, nests.", id="nearer"), at=golden.clock())
    found = (await checked(golden)).changes
    assert [change.what for change in found] == ["the same words, from nearer"]


async def test_one_team_is_checked_where_one_is_named(golden):
    assert (await checked(golden, "slack/T")).asked == 1
    await golden.threads.note_asked(Thread("slack", "U", "C", "x"), "ada")
    with pytest.raises(CannotCheckError, match="--team slack/U"):
        await checked(golden, "slack/U")


async def test_where_a_question_cannot_be_read_that_is_no_change(golden):
    golden.answerer._ladder = Ladder([BrokenReader(ReaderError("gone"))])
    with pytest.raises(CannotCheckError, match="reader does not answer"):
        await checked(golden)


# --------------------------------------------------------------------------- the command


async def remember(url, answer):
    store = stores.open(url)
    remembered = archive.over(store, ttl_seconds=3600)
    threads = remembered.threads
    await remembered.records.put("settings", str(ROOM), {"line": 0.05}, 0)
    await threads.put(ROOM, document("They end in May. Priya renews the badges.", id="p"), at=1e12, keep=True)
    assert await threads.approve(HERE, Golden("m", "Who renews the badges?", answer, "p", author=ADA.id))
    await store.close()


@pytest.mark.parametrize(("answer", "status"), [("Priya renews the badges.", 0), ("Otto", 1)])
def test_the_command_fails_where_an_answer_has_changed(tmp_path, monkeypatch, capsys, answer, status):
    url = f"sqlite:{tmp_path / 'test.db'}"
    asyncio.run(remember(url, answer))
    monkeypatch.setenv("WHEREIN_STORE", url)
    monkeypatch.setenv("WHEREIN_MODEL", "lexical:")
    assert main(["check-golden"]) == status
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == f"Approved questions asked again: 1, read by lexical; changed: {status}."
    assert lines == ([f"CHANGED  {HERE}  m  another answer, from p"] if status else [])


@pytest.mark.parametrize(
    ("environment", "arguments", "words"),
    [
        ({"WHEREIN_STORE": "sqlite:/nowhere/x.db"}, [], "WHEREIN_STORE"),
        ({"WHEREIN_MODEL": "gpt:4"}, [], "WHEREIN_MODEL"),
        ({}, ["--team", "slack/none"], "--team slack/none"),
    ],
)
def test_where_it_cannot_run_it_says_so_and_ends_with_2(
    tmp_path, monkeypatch, capsys, environment, arguments, words
):
    known = {"WHEREIN_STORE": f"sqlite:{tmp_path / 'test.db'}", "WHEREIN_MODEL": "lexical:"}
    for name, value in (known | environment).items():
        monkeypatch.setenv(name, value)
    assert main(["check-golden", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_team_is_named_to_no_other_command(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["doctor", "--team", "slack/T"])
    assert "check-golden" in capsys.readouterr().err
