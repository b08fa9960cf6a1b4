"""docs/privacy.md says what is kept, an export holds all of it, and what is forgotten stands nowhere."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot import chores
from bot.archive import keys, records
from bot.archive.threads import Golden
from bot.archive.votes import Vote
from bot.stores import Item
from bot.types import Address, Attachment, Author, Thread, Turn
from model.deployment import calls
from model.readers import PROJECT
from tests.fakes import document, said
from tests.test_archive import SECRET, runs_of, scanned
from tests.test_deployment import ALL
from tests.test_leaving import ADMIN, house, items, live

__all__ = ["house"]  # a fixture

TEAM = Thread("slack", "T1")
ROOM, HERE = replace(TEAM, room="C1"), replace(TEAM, room="C1", thread="1.1")
PAGE = (PROJECT / "docs" / "privacy.md").read_text()
WORD = re.compile(r"heron\d+")  # each text of somebody's holds one of its own


def documented():
    """Each kind of thing in the page's table, and whether an export holds it."""
    section = PAGE.split("## Each kind of thing\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {
        kind: exported.strip().startswith("yes")
        for kinds, *_, exported in rows
        for kind in kinds.split("`")[1::2]
    }


def kind_of(pk, sk):
    """What the table calls an item."""
    partition, _, rest = pk.partition("#")
    if partition == "thread":
        return f"thread {sk.partition('#')[0]}"
    return f"record {rest.partition('#')[0]}" if partition == "record" else partition


def in_the_code():
    """Each kind of thing that the archive has a key for."""
    found, partition = set(), ""
    for line in keys.__doc__.splitlines():
        if line.startswith("| ") and "`" in line:
            first, second = (cell.split("`")[1::2] for cell in line.strip("|").split("|")[:2])
            partitions = first or [partition]
            found |= {kind_of(pk, sk) for pk in partitions for sk in second}
            partition = partitions[0]
    kinds = {getattr(records, name) for name in ("SETTINGS", "BUCKET", "FIT", "DIGEST", "CHECK", "GROUP")}
    return found - {"record KIND"} | {f"record {kind}" for kind in {*kinds, chores.LEASE}}


def test_the_table_of_what_is_kept_is_that_of_the_code():
    assert set(documented()) == in_the_code() | {"doctor"}


def test_whatever_writes_a_record_has_its_kind_in_the_table():
    code = "".join(file.read_text() for file in (PROJECT / "bot").rglob("*.py"))
    named = set(re.findall(r"records\.put\(\s*([\w.]+)", code))
    assert named == {"SETTINGS", "BUCKET", "FIT", "DIGEST", "CHECK", "GROUP", "LEASE"}


async def test_a_workspace_that_is_lived_in_holds_each_kind_and_no_other(house, store, clock):
    await live(house.remembered, house.desk, TEAM, clock)
    found = {kind_of(*key) for key in await items(store)}
    assert found <= set(documented())
    assert set(documented()) - found == {"record lease", "vault", "doctor"}


# --------------------------------------------------------------------------- the export


async def whole(store):
    """Each item of a store that has not expired."""
    return [item for key in await items(store) if (item := await store.get(*key))]


async def busy(house, clock):
    """A room in which each kind of thing has words of its own."""
    threads, messages, n = house.remembered.threads, house.remembered.messages, iter(range(1_000))

    def word():
        return f"heron{next(n)} nests"

    def given(id, **fields):
        return replace(document(word(), id=id), title=word(), where=f"https://e.org/{word()}", **fields)

    await house.desk.pin(ADMIN, HERE, given("p"))
    await threads.put(HERE, replace(given("d", added_by="ada"), text=word() * 25_000), at=clock())
    spoken = given("said", kind="message", added_by="ada")
    await house.remembered.speech.put(HERE, spoken, at=clock())
    for kind, quoted in (("answer", "d"), ("unsure", "")):
        turn = Turn(
            kind, clock(), word(), kind, word(), quoted, "ada", sentence=word(), source=word(), where=word()
        )
        await threads.add_turn(HERE, turn)
        assert await house.remembered.votes.cast(
            HERE, Vote(kind, clock(), str(HERE), "bob", up=False, at=clock(), stated=0.5, reason=word())
        )
    assert await threads.approve(HERE, Golden("g", word(), word(), "p", author="cyd", added_by="root"))
    await threads.note_asked(HERE, "eve/1")
    await threads.mute(HERE, on=True)
    await house.remembered.speech.meet(HERE)
    await house.remembered.speech.bring(HERE, "m", "d")
    await house.desk.set(ADMIN, ROOM, {"per_minute": 17})
    await threads.hide(HERE, "gone")
    for id, thread in (("short", HERE), ("waits", replace(ROOM, thread="9.9"))):
        asked = replace(
            said(id, word()),
            thread=thread,
            documents=(given("lent"),),
            address=Address("slack", {"u": "way-in"}),
            attachments=(Attachment("f", word(), url="https://e.org/way-in"),),
        )
        held = await messages.record(asked, "one", due=clock() + 60)
        if id == "waits":
            await threads.know(thread, "ada")
            await messages.wait(held)
    long = replace(said("long", word() * 25_000), thread=HERE)
    assert (await messages.record(long, "one", due=clock() + 60)).parts
    settled = await messages.record(replace(said("settled", word()), thread=HERE), "one", due=clock() + 60)
    await messages.settle(settled, "answer", "ref")


async def test_an_export_holds_every_word_that_the_store_holds_of_a_room(house, store, clock):
    await busy(house, clock)
    other = replace(ROOM, thread="2.2")
    await house.remembered.threads.put(other, document("heron999 sleeps", id="x"), at=clock())
    exported = json.dumps(await house.desk.export(ADMIN, ROOM), ensure_ascii=False)
    table, seen = documented(), set()
    for item in await whole(store):
        kind = kind_of(*item.key)
        words = set(WORD.findall(json.dumps(dict(item.data)) + item.body))
        assert words <= set(WORD.findall(exported)), item.key
        if words:
            assert table[kind], f"{kind} holds words, and the page says that no export does"
            seen.add(kind)
    assert seen == {f"thread {name}" for name in ("doc", "text", "turn", "vote", "golden", "message", "part")}
    for who in ("ada", "bob", "cyd", "root", "eve/1"):
        assert json.dumps(who) in exported
    assert '"muted": true' in exported
    assert '"per_minute": 17' in exported
    assert "way-in" not in exported
    one = json.dumps(await house.desk.export(ADMIN, HERE), ensure_ascii=False)
    assert "heron999" not in one
    assert "heron999" in exported


# --------------------------------------------------------------------------- forgetting


def written(database):
    """The bytes of a database's file, its write-ahead log, and the log's index."""
    files = list(database.parent.glob(f"{database.name}*"))
    assert len(files) >= 2
    return b"\n".join(file.read_bytes() for file in files).decode("latin-1")


async def raw(store):
    """All that a store holds, to the last byte: a database's free pages and its log, a table's attributes."""
    if hasattr(store, "_partitions"):
        return repr(store._partitions)
    if hasattr(store, "_file"):
        return written(Path(store._file))
    return repr(scanned(store))


def stands(text, found):
    """Runs of a text, as it is written and as SQLite's file has it."""
    return runs_of(text, found) or runs_of(text.encode().decode("latin-1"), found)


@pytest.mark.parametrize("way", ["leave", "everything"])
async def test_what_is_forgotten_stands_in_no_byte_of_the_store(house, store, clock, way):
    await live(house.remembered, house.desk, TEAM, clock)
    assert stands(SECRET, await raw(store))
    clock.now += 1
    if way == "leave":
        await house.leave(TEAM, clock())
    else:
        await house.desk.forget(ADMIN, TEAM, "everything")
        clock.now += 60  # what was in hand is answered, and lets go of its words
        ((key, sign),) = (await house.remembered.messages.signs(10)).items()
        held = await house.remembered.messages.take_over(key, "two", sign=sign)
        assert held.message.id == "open"
        await house.remembered.messages.settle(held, "answer", "ref")
        await store.scrub()
    assert stands(SECRET, await raw(store)) == []


async def test_what_somebody_has_forgotten_stands_in_no_byte_and_what_others_said_stays(house, store, clock):
    threads, speech, messages = house.remembered.threads, house.remembered.speech, house.remembered.messages
    theirs = {"ada": "the heron nests under the pier", "bob": "an otter sleeps beside the mill"}
    for n, (who, words) in enumerate(theirs.items()):
        here = replace(HERE, thread=f"{n}.1")
        await threads.put(here, replace(document(words * 9_000, id=f"d-{who}"), added_by=who), at=clock())
        await house.desk.pin(Author(who), here, replace(document(words, id=f"p-{who}"), title=words))
        await speech.put(
            here, replace(document(words, id=f"s-{who}"), kind="message", added_by=who), at=clock()
        )
        turn = Turn(f"t-{who}", clock(), words, "answer", words, f"d-{who}", who)
        await threads.add_turn(here, turn)
        assert await house.remembered.votes.cast(
            here, Vote(turn.id, turn.at, str(here), who, up=True, at=clock(), reason=words)
        )
        assert await threads.approve(
            here, Golden(f"g-{who}", words, words, f"p-{who}", author=who, added_by=who)
        )
        waits = replace(said(f"w-{who}", words * 11_000), thread=replace(TEAM, room="C2", thread=f"{n}"))
        held = await messages.record(replace(waits, author=Author(who)), "one", due=clock() + 60)
        await threads.know(held.message.thread, who)
        await messages.wait(held)
    clock.now += 1
    await house.desk.forget_person(ADMIN, TEAM, "ada")
    found = await raw(store)
    assert stands(theirs["ada"], found) == []
    bobs = [kind_of(*item.key) for item in await whole(store) if theirs["bob"] in item.body + repr(item.data)]
    assert {"thread doc", "thread text", "thread turn", "thread vote", "thread golden", "thread part"} == set(
        bobs
    )


async def test_what_expired_stands_in_no_byte_after_the_next_purge(house, store, clock):
    await house.remembered.threads.put(HERE, document(SECRET), at=clock())
    clock.now += 86_401
    await store.purge()
    await store.scrub()
    if not hasattr(store, "_client"):  # DynamoDB deletes it by itself, within days
        assert stands(SECRET, await raw(store)) == []
    assert await house.remembered.threads.shelf(HERE) == []


async def test_a_mark_that_was_deleted_leaves_its_key_nowhere_either(store):
    await store.put(*(Item(f"thread#quincunx-{n}", "doc#x", {"a": 1}, due=1.0) for n in range(200)))
    await store.delete([(f"thread#quincunx-{n}", "doc#x") for n in range(200)])
    await store.scrub()
    assert "quincunx" not in await raw(store)


@pytest.mark.parametrize("wanted", ALL, ids=range(len(ALL)))
def test_no_endpoint_is_asked_to_write_down_what_it_reads(wanted):
    assert "DataCaptureConfig" not in calls.configuration(wanted)
    kept = {"VariantPropertyType": "DataCaptureConfig"}
    update = calls.updated(wanted, scaled=True)
    assert "RetainAllVariantProperties" not in update or kept in update["ExcludeRetainedVariantProperties"]
