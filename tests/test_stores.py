"""The contract of a store, kept by each."""

import asyncio
import sqlite3
import time

import pytest

from bot import stores
from bot.stores import ITEM_BYTES, Item, StoreError
from bot.stores import sqlite as sqlite_store

STRANGE = 'naïve café e\u0301 👩‍👩‍👧‍👦 שלום\r\n\t\u2028 \x01 " \\ end'


async def test_an_item_is_given_back_word_for_word(store):
    item = Item("p", "s", {"a": [1, 2.5, None, {"b": STRANGE}]}, STRANGE, 7, 2e9, 1e9)
    await store.put(item)
    assert await store.get("p", "s") == item


async def test_an_empty_item_is_an_item(store):
    await store.put(Item("p", "s"))
    assert await store.get("p", "s") == Item("p", "s")


async def test_what_was_never_there_is_not_there(store):
    assert await store.get("p", "s") is None
    assert await store.query("p") == []
    assert await store.keys("p") == []
    assert await store.overdue(10) == []
    await store.delete([("p", "s")])
    await store.check()


async def test_a_partition_is_read_by_the_beginning_of_its_keys_in_order(store):
    items = [Item("p", f"a#{n}") for n in ("1", "10", "2", "z", "é")]
    await store.put(*reversed(items), Item("p", "b#1"), Item("p", "a"), Item("q", "a#1"))
    assert await store.query("p", "a#") == items
    assert await store.query("p", "a#", newest_first=True) == items[::-1]
    assert await store.query("p", "a#", limit=2) == items[:2]
    assert await store.query("p", "a#", limit=2, newest_first=True) == items[:2:-1]
    assert sorted(await store.keys("p", "a#")) == [item.key for item in items]
    assert len(await store.query("p")) == 7


async def test_a_partition_of_many_pages_is_read_whole(store):
    items = [Item("p", f"{n:03}", body="x" * ITEM_BYTES) for n in range(9)]
    await store.put(*items)
    assert [(item.sk, len(item.body)) for item in await store.query("p")] == [
        (item.sk, ITEM_BYTES) for item in items
    ]
    assert [item.sk for item in await store.query("p", limit=7)] == [item.sk for item in items[:7]]
    assert len(await store.keys("p")) == 9


async def test_many_items_are_written_and_deleted_in_one_call(store):
    items = [Item("p", f"{n:03}") for n in range(60)]
    await store.put(*items)
    assert len(await store.query("p")) == 60
    await store.delete(await store.keys("p"))
    assert await store.query("p") == []


async def test_of_many_who_write_a_new_item_one_does(store):
    wrote = await asyncio.gather(*(store.put_if(Item("p", "s", {"by": n}), 0) for n in range(20)))
    assert sum(wrote) == 1
    found = await store.get("p", "s")
    assert (found.data["by"], found.version) == (wrote.index(True), 1)


async def test_an_item_is_changed_only_by_who_knows_its_version(store):
    assert await store.put_if(Item("p", "s", {"n": 1}), 0)
    assert not await store.put_if(Item("p", "s", {"n": 2}), 2)
    assert not await store.put_if(Item("p", "s", {"n": 2}), 0)
    assert await store.put_if(Item("p", "s", {"n": 2}), 1)
    assert not await store.put_if(Item("p", "s", {"n": 3}), 1)
    assert await store.get("p", "s") == Item("p", "s", {"n": 2}, version=2)
    assert not await store.put_if(Item("p", "none"), 1)
    assert await store.get("p", "none") is None


async def test_what_was_written_without_a_condition_is_not_taken_for_nothing(store):
    await store.put(Item("p", "s", {"n": 1}))
    assert not await store.put_if(Item("p", "s", {"n": 2}), 0)
    assert (await store.get("p", "s")).data == {"n": 1}


async def test_counts_are_added_up_whoever_adds(store):
    await asyncio.gather(*(store.add("p", "s", {"asked": 1, "answered": n % 2}) for n in range(20)))
    assert (await store.get("p", "s")).data == {"asked": 20, "answered": 10}
    await store.add("p", "s", {"new": 2}, expires_at=2e9)
    (found,) = await store.query("p")
    assert (found.data, found.expires_at) == ({"asked": 20, "answered": 10, "new": 2}, 2e9)


async def test_what_has_expired_is_not_given_back(store, clock):
    await store.put(Item("p", "s", expires_at=clock.now + 60, due=clock.now - 1), Item("p", "t"))
    assert len(await store.query("p")) == 2
    clock.now += 60
    assert await store.get("p", "s") is None
    assert await store.query("p") == [Item("p", "t")]
    assert await store.query("p", limit=1) == [Item("p", "t")]
    assert await store.overdue(10) == []
    assert not await store.put_if(Item("p", "s"), 1)
    assert await store.put_if(Item("p", "s", {"new": True}), 0)
    assert (await store.get("p", "s")).data == {"new": True}


async def test_counts_that_have_expired_begin_anew(store, clock):
    await store.add("p", "s", {"n": 1, "old": 1}, expires_at=clock.now + 60)
    clock.now += 60
    await store.add("p", "s", {"n": 1}, expires_at=clock.now + 60)
    assert (await store.get("p", "s")).data == {"n": 1}


async def test_what_has_expired_is_deleted_when_that_is_asked_for(store, clock):
    await store.put(Item("p", "s", expires_at=clock.now + 60), Item("p", "t"))
    clock.now += 60
    await store.purge()
    left = await store.keys("p")
    assert ("p", "t") in left
    assert ("p", "s") not in left or hasattr(store, "_client")  # DynamoDB does it by itself, in its time


async def test_open_work_is_found_when_it_is_due_the_oldest_first(store, clock):
    dues = {"late": -1.0, "latest": -100.5, "now": 0.0, "later": 1.0}
    await store.put(*(Item(f"p{sk}", sk, {"of": sk}, "b", due=clock.now + d) for sk, d in dues.items()))
    await store.put(Item("p", "settled"), Item("psign", "sign", due=-7.0))
    assert [sk for _, sk in await store.overdue(10)] == ["latest", "late", "now"]
    assert await store.overdue(1) == [("platest", "latest")]
    assert await store.signs(10) == {("psign", "sign"): -7.0}
    await store.put(Item("platest", "latest"))
    assert [sk for _, sk in await store.overdue(10)] == ["late", "now"]


@pytest.mark.parametrize("store_url", ["sqlite", "dynamodb"], indirect=True)  # memory has one connection
async def test_two_connections_see_each_others_writes_at_once(store_url, clock):
    one, two = stores.open(store_url, clock=clock), stores.open(store_url, clock=clock)
    for n in range(20):
        await one.put(Item("p", "s", {"n": n}))
        assert (await two.get("p", "s")).data == {"n": n}
    both = [s.put_if(Item("q", f"{n}"), 0) for n in range(20) for s in (one, two)]
    assert sum(await asyncio.gather(*both)) == 20
    await asyncio.gather(*(s.add("c", "s", {"n": 1}) for _ in range(20) for s in (one, two)))
    assert (await two.get("c", "s")).data == {"n": 40}
    await one.close()
    await two.close()


async def test_sqlite_outlives_a_restart(tmp_path):
    url = f"sqlite:{tmp_path / 'test.db'}"
    store = stores.open(url)
    await store.put(Item("p", "s", body="kept"))
    await store.close()
    store = stores.open(url)
    assert (await store.get("p", "s")).body == "kept"
    await store.close()


async def test_sqlite_keeps_its_files_to_their_owner(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}")
    await store.put(Item("p", "s"))
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}
    await store.close()


async def test_sqlite_leaves_nothing_of_what_was_deleted_in_its_files(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}")
    await store.put(*(Item("p", f"s{n}", {"a": "quincunx"}, body="quincunx" * 5000) for n in range(20)))
    await store.put(Item("p", "s0", body="another text"))
    await store.delete([("p", f"s{n}") for n in range(1, 20)])
    await store.scrub()
    for file in tmp_path.iterdir():
        assert b"quincunx" not in file.read_bytes(), file
    await store.close()


async def test_sqlite_tells_each_what_became_of_its_own_write_though_another_fails_beside_it(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}")
    busy = asyncio.create_task(store._do(lambda db: time.sleep(0.2)))
    await asyncio.sleep(0.05)  # what comes now waits together
    wrote, added, scrubbed, broken = await asyncio.gather(
        store.put_if(Item("p", "s"), 0),
        store.add("p", "n", {"n": 1}),
        store.scrub(),
        store.put(Item("p", "bad", body="\ud800")),
        return_exceptions=True,
    )
    await busy
    assert (wrote, added, scrubbed, type(broken)) == (True, None, None, StoreError)
    assert (await store.get("p", "n")).data == {"n": 1}
    await store.close()


async def test_sqlite_does_not_do_what_nobody_waits_for_any_longer(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}")
    busy = asyncio.create_task(store._do(lambda db: time.sleep(0.2)))
    await asyncio.sleep(0.05)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await store.put(Item("p", "s"))
    await busy
    assert await store.get("p", "s") is None
    await store.close()


async def test_sqlite_waits_for_another_process_once_and_not_once_for_each(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_store, "BUSY_SECONDS", 0.3)
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}")
    other = sqlite3.connect(tmp_path / "test.db")
    other.execute("BEGIN IMMEDIATE")
    waits = []
    monkeypatch.setattr(
        sqlite_store, "_is_busy", lambda error, real=sqlite_store._is_busy: waits.append(1) or real(error)
    )
    puts = (store.put(Item("p", f"{n}")) for n in range(20))
    refused = await asyncio.gather(*puts, return_exceptions=True)
    other.rollback()
    other.close()
    assert {type(error) for error in refused} == {StoreError}
    assert len(waits) <= 2
    await store.put(Item("p", "s"))
    await store.close()


async def test_sqlite_that_is_closed_says_so(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}")
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.get("p", "s")


async def test_sqlite_says_when_another_process_keeps_it_from_scrubbing(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}")
    await store.put(Item("p", "s"))
    other = sqlite3.connect(tmp_path / "test.db")
    other.execute("BEGIN")
    other.execute("SELECT * FROM items").fetchone()
    await store.put(Item("p", "t"))
    with pytest.raises(StoreError, match="another process"):
        await store.scrub()
    other.close()
    await store.scrub()
    await store.close()


async def test_a_database_that_cannot_be_opened_is_said_in_a_sentence(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"this is no database, and it is long enough to be read as a page" * 50)
    with pytest.raises(StoreError, match="cannot be opened"):
        stores.open(f"sqlite:{tmp_path / 'bad.db'}")
    for location, words in (
        (tmp_path / "none/x.db", "none does not exist"),
        (tmp_path, "folder"),
        ("", "No file"),
    ):
        with pytest.raises(StoreError, match=words):
            stores.open(f"sqlite:{location}")


async def test_a_database_that_breaks_later_raises_a_stores_error(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}")
    other = sqlite3.connect(tmp_path / "test.db")
    other.execute("DROP TABLE items")
    other.close()
    with pytest.raises(StoreError, match="does not answer"):
        await store.query("p")
    await store.close()


def test_a_store_that_does_not_exist_is_refused():
    with pytest.raises(StoreError, match="known are dynamodb:, memory:, sqlite:"):
        stores.open("redis:x")
