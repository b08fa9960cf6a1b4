"""What is remembered, over each store, and how it is forgotten."""

import asyncio
import time
from dataclasses import replace

import pytest

from bot import archive
from bot.archive import keys
from bot.archive.records import Act
from bot.archive.threads import Golden
from bot.stores import ITEM_BYTES, Item
from bot.types import Thread, Turn
from tests.conftest import DAY
from tests.fakes import CountedStore, document, said

HERE, THERE = Thread("slack", "T", "C", "here"), Thread("slack", "T", "C", "there")
ROOM, ELSEWHERE = Thread("slack", "T", "C"), Thread("slack", "T", "D", "here")
SECRET = "the heron nests under the north pier, says Óðinn"


@pytest.fixture
def threads(remembered):
    return remembered.threads


def turn(id="t", at=1.5, **fields):
    said = {"question": "Who?", "kind": "answer", "answer": "Ada", "document": "d", "author": "ada"}
    return Turn(id, at, **(said | fields))


async def put(threads, where, *documents, **how):
    for one in documents:
        await threads.put(where, one, at=threads._clock(), **how)


async def everything(store):
    """All that stands anywhere in a store, as one text."""
    if hasattr(store, "_partitions"):
        return repr(store._partitions)
    if hasattr(store, "_db"):
        rows = await store._do(lambda db: db.execute("SELECT * FROM items").fetchall())
        return repr(rows)
    return repr(scanned(store))


def scanned(store):
    """Every item of a table, with all its attributes, page by page."""
    pages = store._client.get_paginator("scan").paginate(TableName=store._table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def runs_of(text, found):
    """Runs of twelve characters of the text that stand in what was found."""
    return [run for start in range(len(text) - 11) if (run := text[start : start + 12]) in found]


# --------------------------------------------------------------------------- shelves


async def test_a_shelf_lists_documents_in_the_order_in_which_they_came_without_their_texts(threads, clock):
    for n in (2, 1, 3):
        await put(threads, HERE, document(f"text {n}", id=f"d{n}"))
        clock.now += 1
    assert await threads.shelf(HERE) == [document("", id=f"d{n}") for n in (2, 1, 3)]


async def test_a_text_is_given_back_word_for_word(threads):
    text = "naïve café e\u0301 👩‍👩‍👧‍👦 שלום\r\n\t\u2028 end" + "€" * ITEM_BYTES
    await put(threads, HERE, document(text), document("", id="empty"))
    assert await threads.text(HERE, "d", "1") == text
    assert await threads.text(HERE, "empty", "1") == ""


async def test_a_text_of_which_a_part_is_missing_is_not_given(threads, store):
    await put(threads, HERE, document("x" * 3 * ITEM_BYTES))
    parts = await store.keys(f"thread#{HERE}", "text#")
    assert len(parts) == 3
    await store.delete(parts[1:2])
    assert await threads.text(HERE, "d", "1") is None


async def test_a_new_version_replaces_the_old_one_in_its_place(threads, store, clock):
    await put(threads, HERE, document("the old text", id="a"))
    clock.now += 1
    await put(threads, HERE, document("other", id="b"))
    await put(threads, HERE, document("new", id="a", version="2"))
    assert [(d.id, d.version) for d in await threads.shelf(HERE)] == [("a", "2"), ("b", "1")]
    assert await threads.text(HERE, "a", "2") == "new"
    assert await threads.text(HERE, "a", "1") is None
    assert "the old text" not in await everything(store)


async def test_one_thread_never_sees_anothers(threads):
    await put(threads, HERE, document("secret"))
    await threads.add_turn(HERE, turn())
    await threads.note_asked(HERE, "ada")
    await threads.mute(HERE, on=True)
    for other in (THERE, ROOM, ELSEWHERE, replace(HERE, team="U"), replace(HERE, channel="teams")):
        assert await threads.shelf(other) == []
        assert await threads.text(other, "d", "1") is None
        assert await threads.turns(other) == []
        assert not await threads.has_asked(other, "ada")
        assert not await threads.is_muted(other)


@pytest.mark.parametrize(
    "other",
    [
        Thread("http", "a", "", "b"),
        Thread("http", "a", "b", ""),
        Thread("http/a", "", "b"),
        Thread("http", "a/", "b"),
        Thread("http", "a", "/b"),
        Thread("http", "a%2F", "b"),
        Thread("http", "a#", "b#doc"),
    ],
)
def test_no_two_threads_share_a_key(other):
    assert str(Thread("http", "a/", "", "b")) != str(other)
    assert str(Thread("http", "a", "b")) != str(Thread("http", "a/b"))
    assert Thread.parse(str(other)) == other
    assert "#" not in str(other)


async def test_documents_whose_ids_begin_alike_are_not_mixed_up(threads):
    ids = ["d", "d#", "d#1", "d/1", "d%23", "d 1"]
    for id in ids:
        await put(threads, HERE, document(f"text of {id}", id=id))
    await threads.remove(HERE, "d")
    assert [await threads.text(HERE, id, "1") for id in ids] == [None, *(f"text of {id}" for id in ids[1:])]


async def test_turns_come_back_oldest_first_and_once(threads):
    for id, at in (("b", 20.0), ("c", 100.25), ("a", 3.0), ("b", 20.0)):
        await threads.add_turn(HERE, turn(id, at))
    assert await threads.turns(HERE) == [turn("a", 3.0), turn("b", 20.0), turn("c", 100.25)]
    assert await threads.turns(HERE, last=2) == [turn("b", 20.0), turn("c", 100.25)]


async def test_who_has_asked_in_a_thread_is_known_until_it_is_forgotten(threads):
    await threads.note_asked(HERE, "ada")
    assert await threads.has_asked(HERE, "ada")
    assert not await threads.has_asked(HERE, "bob")
    await threads.forget(HERE)
    assert not await threads.has_asked(HERE, "ada")
    await threads.note_asked(HERE, "ada")
    assert await threads.has_asked(HERE, "ada")


async def test_an_approved_question_goes_with_the_thread_the_document_or_the_person_it_came_from(threads):
    async def left():
        return [golden.id for golden in await threads.approved(ROOM)]

    for id in ("a", "b", "c", "d"):
        await put(threads, THERE if id == "d" else HERE, document("x", id=f"doc-{id}"))
        golden = Golden(
            id, SECRET, SECRET, f"doc-{id}", author="root", added_by="bob" if id == "c" else "ada"
        )
        assert await threads.approve(THERE if id == "d" else HERE, golden)
    assert not await threads.approve(HERE, Golden("gone", SECRET, SECRET, "nowhere"))
    await threads.remove(HERE, "doc-a")
    assert await left() == ["b", "c", "d"]
    await threads.forget_person(HERE, "bob")
    assert await left() == ["b", "d"]
    await threads.forget(THERE)
    assert await left() == ["b"]
    await threads.forget(ROOM)
    assert await left() == []


async def test_what_quotes_a_pinned_document_is_found_from_it_wherever_it_was_asked(threads):
    await put(threads, ROOM, document("pinned", id="p"), keep=True)
    await threads.add_turn(HERE, turn("a", document="p"), ROOM)
    await threads.add_turn(THERE, turn("b", document="p"), ROOM)
    await threads.add_turn(THERE, turn("c", document="other"))
    found = await threads.turns_quoting(ROOM, "p")
    assert [(where, quoting.id) for where, quoting in found] == [(HERE, "a"), (THERE, "b")]


async def test_questions_that_found_nothing_are_the_gaps_of_their_room(threads):
    await threads.add_turn(HERE, turn("a", 1.0, kind="unsure", document=""))
    await threads.add_turn(THERE, turn("b", 2.0, kind="unsure", document=""))
    await threads.add_turn(HERE, turn("c", 3.0))
    assert [(where, gap.id) for where, gap in await threads.gaps(HERE)] == [(HERE, "a"), (THERE, "b")]


async def test_pins_and_approved_questions_outlive_threads(threads, clock):
    await put(threads, ROOM, document("pinned", id="p"), keep=True)
    await threads.approve(ROOM, Golden("g", "Who?", "Ada", "p", author="ada"))
    await put(threads, HERE, document("said"))
    await threads.add_turn(HERE, turn())
    clock.now += DAY + 1
    assert (await threads.shelf(HERE), await threads.turns(HERE)) == ([], [])
    assert await threads.text(HERE, "d", "1") is None
    assert await threads.text(ROOM, "p", "1") == "pinned"
    assert [golden.id for golden in await threads.approved(ROOM)] == ["g"]
    assert ROOM in await threads.of_room(ROOM)


async def test_many_at_once_lose_nothing(threads):
    await asyncio.gather(*(put(threads, HERE, document(f"text {n}", id=f"d{n}")) for n in range(40)))
    assert len(await threads.shelf(HERE)) == 40


async def test_what_is_written_again_and_again_is_found_as_long_as_it_is_there(threads, clock):
    await put(threads, HERE, document("said"))
    for _ in range(5):
        clock.now += DAY / 2
        await put(threads, HERE, document("said"))
    assert await threads.of_room(HERE) == [HERE]


def test_what_was_noted_within_an_hour_is_known_whatever_the_clock_does(clock):
    clock.now, first, second = 10 * keys.FRESH_SECONDS, ("a", "b"), ("a", "c")
    lately = keys._Lately(clock)
    lately.add(first)
    assert first in lately
    assert second not in lately
    clock.now += 0.6 * keys.FRESH_SECONDS
    lately.add(second)
    assert first in lately
    assert second in lately
    lately.drop(first)
    assert first not in lately
    clock.now += 0.9 * keys.FRESH_SECONDS
    assert second not in lately
    lately.add(first)
    clock.now -= 5 * keys.FRESH_SECONDS
    assert first not in lately


def test_no_more_than_so_many_are_known(clock, monkeypatch):
    monkeypatch.setattr(keys, "KNOWN", 10)
    lately = keys._Lately(clock)
    for n in range(100):
        lately.add(("pk", str(n)))
    assert [n for n in range(100) if ("pk", str(n)) in lately] == list(range(90, 100))


# --------------------------------------------------------------------------- forgetting


async def remember_secrets(threads):
    """The same words, in every place that can hold them."""
    pinned, own = document(SECRET, id="p"), document(SECRET, id="d")
    await put(threads, ROOM, replace(pinned, title=SECRET, where=SECRET, added_by="ada"), keep=True)
    await put(threads, HERE, replace(own, added_by="ada"), replace(own, id="long", text=SECRET * 20_000))
    asked = {"question": SECRET, "answer": SECRET}
    await threads.add_turn(HERE, turn("a", threads._clock(), **asked, document="p"), ROOM)
    await threads.add_turn(HERE, turn("b", threads._clock(), **asked, document="d"))
    await threads.add_turn(HERE, turn("c", threads._clock(), question=SECRET, kind="unsure", document=""))
    await threads.approve(ROOM, Golden("g", SECRET, SECRET, "p", author="ada"))


async def test_forgetting_a_room_leaves_no_run_of_twelve_characters(threads, store, clock):
    await remember_secrets(threads)
    assert runs_of(SECRET, await everything(store))
    clock.now += 1
    forgotten = await threads.forget_room(HERE)
    assert runs_of(SECRET, await everything(store)) == []
    assert (forgotten.documents, len(forgotten.turns)) == ({"p", "d", "long"}, 3)


async def test_forgetting_a_person_leaves_nothing_of_theirs_and_all_of_others(threads, store, clock):
    await remember_secrets(threads)
    await put(threads, HERE, replace(document("what Bob said", id="bob"), added_by="bob"))
    await threads.add_turn(HERE, turn("bob", clock.now, document="bob", author="bob"))
    await threads.remove(HERE, "long")  # it is nobody's
    clock.now += 1
    forgotten = await threads.forget_person(HERE, "ada")
    assert forgotten.documents == {"d", "p"}
    assert runs_of(SECRET, await everything(store)) == []
    assert await threads.text(HERE, "bob", "1") == "what Bob said"
    assert [turn.id for turn in await threads.turns(HERE)] == ["bob"]


async def test_removing_a_document_takes_what_quotes_it_along(threads, clock):
    await remember_secrets(threads)
    clock.now += 1
    await threads.remove(ROOM, "p")
    assert await threads.shelf(ROOM) == []
    assert [turn.id for turn in await threads.turns(HERE)] == ["b", "c"]
    assert await threads.approved(ROOM) == []


@pytest.mark.parametrize("forget", ["thread", "person", "document"])
async def test_what_was_forgotten_is_not_kept_by_who_was_still_at_it(threads, store, clock, forget):
    """An answer that was read before the forgetting, and is noted after it."""
    await put(threads, HERE, replace(document(SECRET), added_by="ada"))
    asked_at = clock.now
    clock.now += 1
    if forget == "thread":
        await threads.forget(HERE)
    elif forget == "person":
        await threads.forget_person(HERE, "ada")
    else:
        await threads.remove(HERE, "d")
    await threads.add_turn(HERE, turn("late", asked_at, question=SECRET, answer=SECRET))
    await threads.put(HERE, replace(document(SECRET), added_by="ada"), at=asked_at)
    assert runs_of(SECRET, await everything(store)) == []


@pytest.mark.parametrize("forget", ["forget", "forget_room", "forget_team", "forget_person"])
async def test_what_was_in_hand_is_not_kept_in_a_thread_that_held_nothing_yet(threads, store, clock, forget):
    asked_at = clock.now
    clock.now += 1
    await getattr(threads, forget)(*((HERE, "ada") if forget == "forget_person" else (HERE,)))
    await threads.add_turn(HERE, turn("late", asked_at, question=SECRET, answer=SECRET))
    await threads.put(HERE, replace(document(SECRET), added_by="ada"), at=asked_at)
    assert runs_of(SECRET, await everything(store)) == []


async def test_forgetting_takes_parts_of_messages_along_that_were_never_recorded(remembered, store):
    pk = f"thread#{HERE}"
    text = document(SECRET * 20_000)
    open_one = replace(said("m", "Who?"), thread=HERE, documents=(text,))
    held = await remembered.messages.record(open_one, "one", due=0.0)
    await store.put(Item(pk, "part#message#x#token#00000", body=SECRET))
    await remembered.threads.forget(HERE)
    left = await store.keys(pk, "part#")
    assert left
    assert all(sk.startswith(held.parts) for _, sk in left)


async def test_many_who_write_one_document_leave_one_text(threads):
    puts = (put(threads, HERE, document(f"text {n}", version=str(n))) for n in range(30))
    await asyncio.gather(*puts, return_exceptions=True)
    (standing,) = await threads.shelf(HERE)
    assert await threads.text(HERE, standing.id, standing.version) == f"text {standing.version}"


async def test_what_is_said_after_the_forgetting_is_kept(threads, clock):
    await put(threads, HERE, document("old"))
    await threads.forget(HERE)
    clock.now += 1
    await put(threads, HERE, document("new"))
    await threads.add_turn(HERE, turn(at=clock.now))
    assert await threads.text(HERE, "d", "1") == "new"
    assert len(await threads.turns(HERE)) == 1


def scans(store):
    """A list that is filled with what goes over a whole table from now on."""
    found = []
    if hasattr(store, "_client"):
        name = "before-call.dynamodb"
        store._client.meta.events.register(
            name, lambda model, **_: found.append(model.name) if model.name == "Scan" else None
        )
    elif hasattr(store, "_db"):
        real = store._do

        async def explained(work):
            seen = []
            await real(lambda db: db.set_trace_callback(seen.append))
            result = await real(work)
            await real(lambda db: db.set_trace_callback(None))
            for sql in seen:
                if sql.split()[0] in ("SELECT", "UPDATE", "DELETE", "INSERT"):
                    plan = await real(lambda db, sql=sql: db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
                    found.extend(row[3] for row in plan if row[3].startswith("SCAN"))
            return result

        store._do = explained
    else:
        store._all = lambda: found.append("all") or []
    return found


async def test_nothing_scans(remembered, store, clock):
    found, threads, records = scans(store), remembered.threads, remembered.records
    for n in range(3):
        await put(threads, replace(ELSEWHERE, thread=f"other-{n}"), document("x"))
    await remember_secrets(threads)
    held = await remembered.messages.record(said("m", "Who?"), "one", due=clock.now)
    held = await remembered.messages.take_over(held.key, "two")
    await remembered.messages.settle(held, "answer", "ref")
    await records.put("settings", "a", {"n": 1}, (await records.get("settings", "a")).version)
    await records.count(HERE, {"asked": 1})
    await records.note(HERE, Act("a", 1.0, "ada", "export", "C"))
    await records.acts(HERE, 10), await records.counts(HERE, 10)
    await threads.shelf(HERE), await threads.text(HERE, "d", "1"), await threads.turns(HERE)
    await threads.gaps(HERE), await threads.turns_quoting(ROOM, "p"), await threads.approved(ROOM)
    await threads.has_asked(HERE, "ada"), await threads.is_muted(HERE), await threads.teams()
    clock.now += 1
    await threads.remove(ROOM, "p"), await threads.forget_person(HERE, "ada")
    await threads.forget(HERE), await threads.forget_team(HERE)
    assert found == []


async def test_what_is_said_for_the_first_time_is_written_without_a_look_at_what_stands_there(store, clock):
    counted = CountedStore(store)
    remembered = archive.over(counted, ttl_seconds=DAY, clock=clock)

    def message(id, text):
        return replace(document(text, id=id), kind="message")

    await remembered.speech.put(HERE, message("m1", "one"), at=1.0)
    counted.calls.clear()
    assert await remembered.speech.put(HERE, message("m2", "two"), at=2.0)
    assert counted.calls == ["put_if", "query", "query"]
    assert await remembered.speech.put(HERE, message("m2", "two, rather"), at=3.0)
    assert not await remembered.speech.put(HERE, message("m2", "two"), at=2.0)
    said = (await remembered.threads.contents(HERE))[1]
    assert sorted(one.text for one in said) == ["one", "two, rather"]


# --------------------------------------------------------------------------- records


async def test_a_record_is_written_only_by_who_read_it_last(remembered):
    records = remembered.records
    first = await records.get("settings", "a")
    assert (first.data, first.version) == ({}, 0)
    assert await records.put("settings", "a", {"n": 1}, 0)
    assert not await records.put("settings", "a", {"n": 2}, 0)
    there = await records.get("settings", "a")
    assert (there.data, there.version) == ({"n": 1}, 1)
    await records.delete("settings", "a")
    assert (await records.get("settings", "a")).version == 0


async def test_counts_are_kept_by_the_day(remembered, clock):
    records = remembered.records
    clock.now = 1_800_000_000.0
    await asyncio.gather(*(records.count(HERE, {"asked": 1, "answer": 1}) for _ in range(5)))
    clock.now += DAY
    await records.count(ELSEWHERE, {"asked": 1})
    assert await records.counts(ROOM, 31) == {
        time.strftime("%Y-%m-%d", time.gmtime(1_800_000_000)): {"asked": 5, "answer": 5},
        time.strftime("%Y-%m-%d", time.gmtime(1_800_000_000 + DAY)): {"asked": 1},
    }
    assert list(await records.counts(ROOM, 1)) == [time.strftime("%Y-%m-%d", time.gmtime(clock.now))]


async def test_acts_are_listed_the_newest_first(remembered):
    acts = [Act(str(n), float(n), "ada", "export", "C") for n in range(12)]
    for act in acts:
        await remembered.records.note(ROOM, act)
    assert await remembered.records.acts(HERE, 3) == acts[:-4:-1]
