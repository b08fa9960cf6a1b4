"""The contract of a store, kept by each."""

import asyncio
import sqlite3
from dataclasses import replace

import pytest

from bot import stores
from bot.stores import StoreError
from bot.types import Thread, Turn
from tests.fakes import document

HERE, THERE = Thread("http", thread="here"), Thread("http", thread="there")
DAY = 86_400.0


@pytest.fixture(params=["memory", "sqlite"])
async def store(request, tmp_path):
    opened = stores.open(f"{request.param}:{tmp_path / 'test.db'}", ttl_seconds=DAY)
    yield opened
    await opened.close()


def turn(id="t"):
    return Turn(id, 1.5, "Who?", "answer", "Ada", "d")


async def test_a_shelf_lists_documents_in_order_without_their_texts(store):
    for n in (2, 1, 3):
        await store.put(HERE, document(f"text {n}", id=f"d{n}"))
    assert await store.shelf(HERE) == [document("", id=f"d{n}") for n in (2, 1, 3)]


async def test_a_text_is_given_back_word_for_word(store):
    text = "naïve café e\u0301 👩‍👩‍👧‍👦 שלום\r\n\t\u2028 end" + "x" * 1_000_000
    await store.put(HERE, document(text))
    assert await store.text(HERE, "d", "1") == text


async def test_a_new_version_replaces_the_old_one_in_its_place(store):
    await store.put(HERE, document("old", id="a"))
    await store.put(HERE, document("other", id="b"))
    await store.put(HERE, replace(document("new", id="a"), version="2"))
    assert [(d.id, d.version) for d in await store.shelf(HERE)] == [("a", "2"), ("b", "1")]
    assert await store.text(HERE, "a", "2") == "new"
    assert await store.text(HERE, "a", "1") is None


async def test_one_thread_never_sees_anothers(store):
    await store.put(HERE, document("secret"))
    await store.add_turn(HERE, turn())
    assert await store.shelf(THERE) == []
    assert await store.text(THERE, "d", "1") is None
    assert await store.turns(THERE) == []


@pytest.mark.parametrize(
    "other",
    [
        Thread("http", "a", "", "b"),
        Thread("http", "a", "b", ""),
        Thread("http/a", "", "b"),
        Thread("http", "a/", "b"),
        Thread("http", "a", "/b"),
        Thread("http", "a%2F", "b"),
    ],
)
def test_no_two_threads_share_a_key(other):
    assert str(Thread("http", "a/", "", "b")) != str(other)
    assert str(Thread("http", "a", "b")) != str(Thread("http", "a/b"))


async def test_turns_come_back_oldest_first(store):
    for id in "abc":
        await store.add_turn(HERE, turn(id))
    assert await store.turns(HERE) == [turn(id) for id in "abc"]


async def test_what_was_never_there_is_not_there(store):
    assert await store.shelf(HERE) == []
    assert await store.text(HERE, "d", "1") is None
    assert await store.turns(HERE) == []
    await store.check()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_what_has_expired_is_not_given_back(kind, tmp_path):
    store = stores.open(f"{kind}:{tmp_path / 'test.db'}", ttl_seconds=1.0)
    await store.put(HERE, document("text"))
    await store.add_turn(HERE, turn())
    assert await store.shelf(HERE)
    await asyncio.sleep(1.05)
    assert (await store.shelf(HERE), await store.turns(HERE)) == ([], [])
    assert await store.text(HERE, "d", "1") is None
    await store.close()


async def test_many_at_once_lose_nothing(store):
    await asyncio.gather(*(store.put(HERE, document(f"text {n}", id=f"d{n}")) for n in range(100)))
    assert len(await store.shelf(HERE)) == 100


async def test_sqlite_outlives_a_restart_and_serves_two_processes_connections(tmp_path):
    url = f"sqlite:{tmp_path / 'test.db'}"
    one, two = stores.open(url, ttl_seconds=DAY), stores.open(url, ttl_seconds=DAY)
    await asyncio.gather(
        *(s.put(HERE, document("text", id=f"{s is one}{n}")) for n in range(30) for s in (one, two))
    )
    await one.close()
    await two.close()
    again = stores.open(url, ttl_seconds=DAY)
    assert len(await again.shelf(HERE)) == 60
    await again.close()


async def test_memory_lets_go_of_what_has_expired():
    store = stores.open("memory:", ttl_seconds=0.01)
    await store.put(HERE, document("old"))
    await store.add_turn(HERE, turn())
    await asyncio.sleep(0.02)
    store._purged_at = 0.0
    await store.add_turn(THERE, turn())
    assert not store._documents
    assert list(store._turns) == [str(THERE)]


async def test_sqlite_keeps_its_files_to_their_owner(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}", ttl_seconds=DAY)
    await store.put(HERE, document("text"))
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}
    await store.close()


async def test_sqlite_reads_what_a_later_version_wrote(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}", ttl_seconds=DAY)
    await store.put(HERE, document("text"))
    more = """UPDATE documents SET about = json_set(about, '$.colour', 'red')"""
    await store._do(lambda db: db.execute(more))
    assert await store.shelf(HERE) == [document("")]
    await store.close()


@pytest.mark.parametrize("again", ["put", "turn", "open"])
async def test_sqlite_deletes_what_has_expired(tmp_path, again):
    url = f"sqlite:{tmp_path / 'test.db'}"
    store = stores.open(url, ttl_seconds=0.01)
    await store.put(HERE, document("quincunx" * 100))
    await asyncio.sleep(0.02)
    store._purged_at = 0.0
    if again == "put":
        await store.put(HERE, document("new words", id="e"))
    elif again == "turn":
        await store.add_turn(HERE, turn())
    await store.close()
    if again == "open":
        await stores.open(url, ttl_seconds=DAY).close()
    for file in tmp_path.iterdir():
        assert b"quincunx" not in file.read_bytes()


async def test_a_database_that_cannot_be_opened_is_said_in_a_sentence(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"this is no database, and it is long enough to be read as a page" * 50)
    for name in ("bad.db", "none/none.db"):
        with pytest.raises(StoreError, match=name):
            stores.open(f"sqlite:{tmp_path / name}", ttl_seconds=DAY)


async def test_a_database_that_breaks_later_raises_a_stores_error(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}", ttl_seconds=DAY)
    other = sqlite3.connect(tmp_path / "test.db")
    other.execute("DROP TABLE documents")
    other.close()
    with pytest.raises(StoreError, match="does not answer"):
        await store.shelf(HERE)
    await store.close()


def test_a_store_that_does_not_exist_is_refused():
    with pytest.raises(StoreError, match="known are memory:, sqlite:"):
        stores.open("redis:x", ttl_seconds=DAY)
