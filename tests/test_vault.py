"""Tokens lie in the store as nobody can read them, and are changed only by who read them last."""

import asyncio
import base64
import os

import pytest

from bot import stores
from bot.archive.vault import SealedVault
from bot.settings import Settings, SettingsError, load
from bot.stores import Item
from bot.stores.memory import MemoryStore
from bot.types import VaultError
from tests.fakes import Clock
from tests.test_archive import everything


def key():
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


OLD, NEW, OTHER = key(), key(), key()
TOKEN = {"token": "xoxb-quincunx", "naïve": [1, None, "שלום"]}


@pytest.fixture
def vault(store):
    return SealedVault(store, [OLD])


async def test_what_is_kept_is_given_back_and_cannot_be_read_in_the_store(vault, store):
    assert await vault.get("slack", "T1") is None
    assert await vault.put("slack", "T1", TOKEN, 0)
    kept = await vault.get("slack", "T1")
    assert (kept.data, kept.version) == (TOKEN, 1)
    found = await everything(store)
    assert "T1" in found
    assert "quincunx" not in found
    assert "xoxb" not in found


async def test_of_many_who_change_one_thing_one_does(vault):
    await vault.put("slack", "T1", {"n": 0}, 0)
    wrote = await asyncio.gather(*(vault.put("slack", "T1", {"n": n}, 1) for n in range(1, 9)))
    assert sum(wrote) == 1
    kept = await vault.get("slack", "T1")
    assert (kept.data["n"], kept.version) == (wrote.index(True) + 1, 2)
    assert not await vault.put("slack", "T1", {}, 0)


async def test_names_are_listed_by_their_channel_and_beginning(vault):
    for channel, name in (
        ("slack", "team#T2"),
        ("slack", "team#T1"),
        ("slack", "used#a"),
        ("teams", "team#x"),
    ):
        await vault.put(channel, name, {}, 0)
    assert await vault.names("slack", "team#") == ["team#T1", "team#T2"]
    assert len(await vault.names("slack")) == 3
    assert await vault.names("slack", "team#T1/") == []
    await vault.delete("slack", "team#T1")
    await vault.delete("slack", "team#T1")
    assert await vault.names("slack", "team#") == ["team#T2"]
    assert await vault.get("slack", "team#T1") is None


async def test_what_expires_is_gone(vault, clock):
    await vault.put("slack", "used#a", {}, 0, expires_at=clock.now + 60)
    clock.now += 60
    assert await vault.get("slack", "used#a") is None
    assert await vault.names("slack") == []
    assert await vault.put("slack", "used#a", {}, 0)


async def test_a_key_is_changed_without_losing_anything(vault, store, clock):
    await vault.put("slack", "T1", TOKEN, 0)
    await vault.put("slack", "T2", {}, 0, expires_at=clock.now + 60)
    both = SealedVault(store, [NEW, OLD])
    assert (await both.get("slack", "T1")).data == TOKEN
    assert await both.reseal("slack") == 2
    assert await both.reseal("slack") == 0
    assert (await SealedVault(store, [NEW]).get("slack", "T1")).data == TOKEN
    with pytest.raises(
        VaultError, match="WHEREIN_SECRET_KEY does not open what slack keeps as T1: add the key"
    ):
        await vault.get("slack", "T1")
    clock.now += 60
    assert await both.get("slack", "T2") is None


async def test_what_was_changed_while_it_was_resealed_stays_as_it_was_changed():
    class Late(MemoryStore):
        async def query(self, pk, prefix="", **how):
            found = await super().query(pk, prefix, **how)
            await SealedVault(self, [NEW]).put("slack", "T1", {"n": 2}, 1)
            return found

    store = Late(Clock())
    await SealedVault(store, [OLD]).put("slack", "T1", {"n": 1}, 0)
    assert await SealedVault(store, [NEW, OLD]).reseal("slack") == 0
    assert (await SealedVault(store, [NEW]).get("slack", "T1")).data == {"n": 2}


async def test_a_seal_that_no_key_opens_keeps_no_other_from_being_renewed():
    store = MemoryStore(Clock())
    await SealedVault(store, [OTHER]).put("slack", "a", {}, 0)
    await SealedVault(store, [OLD]).put("slack", "b", {}, 0)
    assert await SealedVault(store, [NEW, OLD]).reseal("slack") == 1


async def test_a_seal_in_anothers_place_is_not_taken_for_it():
    store = MemoryStore(Clock())
    vault = SealedVault(store, [OLD])
    await vault.put("slack", "T1", TOKEN, 0)
    stolen = await store.get("vault#slack", "T1")
    for pk, sk in (("vault#slack", "T2"), ("vault#teams", "T1")):
        await store.put(Item(pk, sk, body=stolen.body))
        with pytest.raises(VaultError, match="sealed as T1"):
            await vault.get(pk.removeprefix("vault#"), sk)


@pytest.mark.parametrize("body", ["", "no seal", "gAAAAAB" + "A" * 90, "é"])
async def test_a_broken_seal_is_said_in_a_sentence_without_what_it_holds(body):
    store = MemoryStore(Clock())
    await store.put(Item("vault#slack", "T1", body=body))
    with pytest.raises(VaultError, match=r"^WHEREIN_SECRET_KEY does not open"):
        await SealedVault(store, [OLD]).get("slack", "T1")


async def test_without_a_key_nothing_is_kept_and_nothing_is_opened(store, vault):
    await vault.put("slack", "T1", TOKEN, 0)
    keyless = SealedVault(store, [])
    with pytest.raises(VaultError, match="WHEREIN_SECRET_KEY is not set"):
        await keyless.put("slack", "T2", TOKEN, 0)
    with pytest.raises(VaultError, match="WHEREIN_SECRET_KEY is not set"):
        await keyless.get("slack", "T1")
    assert await keyless.names("slack") == ["T1"]
    assert await keyless.reseal("slack") == 0


async def test_a_store_that_does_not_answer_is_a_vaults_error(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}")
    vault = SealedVault(store, [OLD])
    await store.close()
    for ask in (vault.get("slack", "a"), vault.put("slack", "a", {}, 0), vault.names("slack")):
        with pytest.raises(VaultError, match="closed"):
            await ask


# --------------------------------------------------------------------------- the setting


@pytest.mark.parametrize(
    "value",
    ["hunter2", "x" * 44, key()[:-4], f"{key()},hunter2", ",", f"{key()},"],
    ids=["a word", "no bytes", "short", "one of two", "none of two", "half of two"],
)
def test_a_key_that_is_none_is_not_printed_and_said_how_to_make(monkeypatch, value):
    monkeypatch.setenv("WHEREIN_SECRET_KEY", value)
    with pytest.raises(
        SettingsError, match="WHEREIN_SECRET_KEY is no key: make one with “openssl rand"
    ) as raised:
        load(Settings)
    assert value.strip(",") not in str(raised.value) or value == ","


def test_a_key_is_understood_in_either_alphabet_and_several_with_commas(monkeypatch):
    raw = b"\xfb\xef\xff" * 10 + b"\xff\xff"
    standard = base64.b64encode(raw).decode()
    assert "/" in standard
    assert "+" in standard
    monkeypatch.setenv("WHEREIN_SECRET_KEY", f" {standard} , {OLD}\n")
    settings = load(Settings)
    assert settings.secret_keys == (base64.urlsafe_b64encode(raw).decode(), OLD)
    assert OLD not in repr(settings)
    monkeypatch.delenv("WHEREIN_SECRET_KEY")
    assert load(Settings).secret_keys == ()
