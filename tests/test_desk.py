"""What may be asked of what is remembered, and by whom."""

import asyncio
import time
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot import archive, stores
from bot.archive.threads import Golden
from bot.desk import Desk
from bot.policy import NotAllowedError, RoomSettings
from bot.rights import WrongSettingError
from bot.types import Author, Message, Thread
from model.ladder import Ladder
from tests.fakes import Clock, FakeReader, SlowReader, conversation_over, document
from tests.test_archive import HERE, ROOM, SECRET, THERE, remember_secrets, runs_of, turn

ADA, BOB, ADMIN = Author("ada"), Author("bob"), Author("root", admin=True)
BOSS, GUEST = Author("boss", email="boss@example.org"), Author("gil", guest=True)


class Room:
    """A desk over a real store, and all that is wired to it."""

    def __init__(self, store, clock):
        self.remembered = archive.over(store, ttl_seconds=3600, clock=clock)
        self.threads = self.remembered.threads
        self.talk = conversation_over(self.remembered, FakeReader("heron"), deadline=60)
        self.answerer = self.talk.answerer
        self.desk = Desk(self.remembered, self.answerer.forget, admins=("boss@example.org",), clock=clock)
        self.talk._desk = self.desk
        self.clock = clock

    def ask(self, id="m", author=ADA, where=HERE, text="What nests?", **fields):
        return self.talk.ask(Message(id, where, "ask", text, at=self.clock(), author=author, **fields))


@pytest.fixture
async def room(tmp_path):
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}", clock=Clock())
    yield Room(store, store._clock)
    await store.close()


async def test_sources_are_the_threads_and_the_rooms(room):
    await room.threads.put(HERE, document("said", id="d"), at=1.0)
    await room.desk.pin(ADA, HERE, document("pinned", id="p"))
    here, pinned = await room.desk.sources(BOB, HERE)
    assert ([d.id for d in here], [(d.id, d.added_by) for d in pinned]) == (["d"], [("p", "ada")])
    assert [d.id for d in (await room.desk.sources(BOB, THERE))[1]] == ["p"]
    assert await room.desk.sources(BOB, ROOM) == ([], pinned)
    assert (await room.desk.sources(BOB, Thread("slack", "T", "other", "x")))[1] == []


async def test_what_is_pinned_answers_in_every_thread_of_the_room_and_in_no_other(room):
    await room.desk.pin(ADA, HERE, document("The heron nests there.", id="p"))
    assert (await room.ask("a")).answer.document.id == "p"
    assert (await room.ask("b", where=THERE)).answer.document.id == "p"
    assert (await room.ask("c", where=Thread("slack", "T", "other", "x"))).kind == "unsure"
    assert [t.id for _, t in await room.threads.turns_quoting(ROOM, "p")] == ["a", "b"]


async def test_one_unpins_ones_own_and_an_admin_anybodys(room):
    for id in ("a", "b"):
        await room.desk.pin(ADA, HERE, document(SECRET, id=id))
    with pytest.raises(NotAllowedError):
        await room.desk.unpin(BOB, HERE, "a")
    assert await room.desk.unpin(ADA, THERE, "a")
    assert await room.desk.unpin(BOSS, HERE, "b")
    assert not await room.desk.unpin(ADA, HERE, "b")
    assert [act.what for act in await room.desk.acts(ADMIN, HERE)] == ["unpin"]


async def test_nobody_pins_over_what_another_pinned(room):
    await room.desk.pin(ADMIN, HERE, document("the rules", id="p"))
    with pytest.raises(NotAllowedError):
        await room.desk.pin(BOB, HERE, document("my rules", id="p"))
    assert await room.threads.text(ROOM, "p", "1") == "the rules"
    await room.desk.pin(ADMIN, HERE, document("new rules", id="p", version="2"))
    await room.desk.pin(BOSS, HERE, document("newer rules", id="p", version="3"))
    assert await room.threads.text(ROOM, "p", "3") == "newer rules"
    assert [act.what for act in await room.desk.acts(ADMIN, ROOM)] == ["pin over"]


@pytest.mark.parametrize("who", [GUEST, Author("x", outside=True)])
async def test_guests_ask_only_where_a_setting_lets_them_and_never_pin_or_export(room, who):
    for act in (room.desk.sources(who, HERE), room.desk.pin(who, HERE, document("x"))):
        with pytest.raises(NotAllowedError):
            await act
    assert "Guests cannot ask" in (await room.ask(author=who)).text
    await room.desk.set(ADMIN, ROOM, {"guests": True})
    assert (await room.ask("n", author=who)).kind == "unsure"
    assert await room.desk.sources(who, HERE) == ([], [])
    for act in (room.desk.pin(who, HERE, document("x")), room.desk.export(who, HERE)):
        with pytest.raises(NotAllowedError):
            await act


async def test_what_only_admins_may_is_refused_to_others(room):
    desk = room.desk
    for refused in (
        desk.export(ADA, HERE),
        desk.gaps(ADA, HERE),
        desk.counts(ADA, HERE),
        desk.acts(ADA, HERE),
        desk.set(ADA, ROOM, {"guests": True}),
        desk.forget(ADA, HERE, "room"),
        desk.forget(ADA, HERE, "everything"),
        desk.forget_person(ADA, HERE, "bob"),
    ):
        with pytest.raises(NotAllowedError):
            await refused


# --------------------------------------------------------------------------- forgetting


async def everywhere(room, tmp_path):
    """The bytes of the database's files, and what this process has at hand."""
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    cached = repr([*room.answerer._cuts.values(), *(i.passages for i in room.answerer._indices.values())])
    return files.decode("utf-8", "replace") + cached


@pytest.mark.parametrize(
    ("who", "what"), [(ADMIN, "room"), (BOSS, "everything"), (ADA, "mine"), (ADMIN, "person")]
)
async def test_forgetting_leaves_no_run_of_twelve_characters_anywhere(room, tmp_path, who, what):
    await remember_secrets(room.threads)
    await room.threads.remove(HERE, "long")
    assert (await room.ask(text=f"What nests? {SECRET}")).kind == "answer"
    await room.ask("gap", text=f"Is that so? {SECRET}", where=THERE)
    assert runs_of(SECRET, await everywhere(room, tmp_path))
    room.clock.now += 1
    if what == "person":
        await room.desk.forget_person(who, HERE, "ada")
    else:
        await room.desk.forget(who, HERE, what)
    assert runs_of(SECRET, await everywhere(room, tmp_path)) == []
    assert (await room.desk.sources(ADA, HERE)) == ([], [])


async def test_forgetting_a_thread_leaves_the_rest_of_the_room(room, tmp_path):
    await room.threads.put(HERE, replace(document(SECRET), added_by="ada"), at=room.clock())
    await room.threads.put(THERE, replace(document("The heron is gone."), added_by="bob"), at=room.clock())
    await room.ask("m", text=SECRET)
    room.clock.now += 1
    forgotten = await room.desk.forget(ADA, HERE, "thread")
    assert (forgotten.documents, len(forgotten.turns)) == ({"d", "message-m"}, 1)
    assert runs_of(SECRET, await everywhere(room, tmp_path)) == []
    assert (await room.ask("n", where=THERE)).kind == "answer"
    assert await room.desk.acts(ADMIN, HERE) == []  # it was hers: no admin's act


async def test_a_thread_in_which_others_spoke_is_forgotten_by_an_admin_only(room):
    await room.threads.put(HERE, replace(document(SECRET), added_by="ada"), at=room.clock())
    await room.threads.add_turn(HERE, turn(author="bob"))
    with pytest.raises(NotAllowedError):
        await room.desk.forget(ADA, HERE, "thread")
    assert await room.threads.shelf(HERE)
    await room.desk.forget(ADMIN, HERE, "thread")
    assert await room.threads.shelf(HERE) == []
    assert [act.what for act in await room.desk.acts(ADMIN, HERE)] == ["forget thread"]


async def test_a_question_that_was_in_hand_when_all_was_forgotten_leaves_nothing(room, tmp_path):
    await room.threads.put(HERE, replace(document(f"The heron. {SECRET}"), added_by="ada"), at=1.0)
    slow = SlowReader("heron")
    room.answerer._ladder = Ladder([slow])
    asked = asyncio.create_task(room.ask(text=SECRET))
    await slow.begun.wait()
    room.clock.now += 1
    await room.desk.forget(ADMIN, HERE, "room")
    slow.go.set()
    await asked
    await room.remembered.store.scrub()
    assert await room.threads.turns(HERE) == []
    assert runs_of(SECRET, await everywhere(room, tmp_path)) == []


# --------------------------------------------------------------------------- looking, settings, limits


async def test_an_export_holds_all_of_a_room_and_nothing_of_another(room):
    await remember_secrets(room.threads)
    await room.threads.put(Thread("slack", "T", "other", "x"), document("theirs"), at=1.0)
    found = await room.desk.export(ADMIN, ROOM)
    assert len(found["threads"]) == 2
    documents = [d["text"] for thread in found["threads"] for d in thread["documents"]]
    assert sorted(documents, key=len) == [SECRET, SECRET, SECRET * 20_000]
    assert sum(len(thread["turns"]) for thread in found["threads"]) == 3
    assert [golden["id"] for golden in found["approved"]] == ["g"]
    assert (await room.desk.export(ADMIN, HERE))["approved"] == []
    assert "theirs" not in repr(found)
    assert [act.what for act in await room.desk.acts(ADMIN, ROOM)] == ["export"] * 2


async def test_gaps_and_counts_tell_what_was_asked(room):
    await room.ask("a", text="Where is the key?")
    await room.desk.pin(ADA, HERE, document("The heron nests there."))
    await room.ask("b")
    assert [(where, gap.question) for where, gap in await room.desk.gaps(BOSS, ROOM)] == [
        (HERE, "Where is the key?")
    ]
    (counts,) = (await room.desk.counts(ADMIN, ROOM)).values()
    assert counts == {"asked": 2, "unsure": 1, "answer": 1}


async def test_a_rooms_settings_go_before_its_workspaces(room):
    workspace = Thread("slack", "T")
    await room.desk.set(ADMIN, workspace, {"follow": "never", "per_minute": 5})
    room.clock.now += 1
    await room.desk.set(ADMIN, ROOM, {"follow": "always"})
    room.clock.now += 1
    found = await room.desk.settings(HERE)
    assert (found.follow, found.per_minute, found.guests) == ("always", 5, False)
    await room.desk.set(ADMIN, ROOM, {"follow": None})
    assert (await room.desk.settings(HERE)).follow == "never"
    assert (await room.desk.settings(Thread("slack", "U", "C"))).follow == "own"
    acts = [act.what for act in await room.desk.acts(ADMIN, ROOM)]
    assert acts == ["set follow", "set follow", "set follow, per_minute"]


async def test_a_setting_that_another_version_wrote_locks_no_room(room):
    stored = {"follow": "always", "colour": "red", "per_minute": "often"}
    await room.remembered.records.put("settings", str(ROOM), stored, 0)
    found = await room.desk.settings(HERE)
    assert (found.follow, found.per_minute) == ("always", 20)
    assert (await room.desk.set(ADMIN, ROOM, {"guests": True})).guests


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "there are follow, guests"),
        ({"follow": "sometimes"}, "follow"),
        ({"at_once": 0}, "at_once"),
    ],
)
async def test_a_wrong_setting_is_refused_in_a_sentence_and_changes_nothing(room, changes, words):
    with pytest.raises(WrongSettingError, match=words):
        await room.desk.set(ADMIN, ROOM, changes)
    assert await room.desk.settings(ROOM) == RoomSettings()


async def test_who_asks_too_often_is_told_when_to_ask_again(room):
    await room.desk.set(ADMIN, ROOM, {"at_once": 2, "per_minute": 30})
    kinds = [(await room.ask(str(n))).kind for n in range(3)]
    assert kinds == ["unsure", "unsure", "error"]
    with capture_logs() as logged:
        assert "ask again in 2 s" in (await room.ask("again")).text
    assert [one["event"] for one in logged] == ["question ended"]  # it is no failure
    assert (await room.ask("bob", author=BOB)).kind == "unsure"
    assert (await room.ask("else", where=Thread("slack", "T", "other", "x"))).kind == "unsure"
    room.clock.now += 2
    assert (await room.ask("later")).kind == "unsure"


async def test_a_limit_holds_over_several_tasks(room, tmp_path):
    await room.desk.set(ADMIN, ROOM, {"at_once": 5, "per_minute": 1})
    second = stores.open(f"sqlite:{tmp_path / 'test.db'}", clock=room.clock)
    other = Room(second, room.clock)
    asked = await asyncio.gather(*(one.ask(f"{n}") for n in range(10) for one in (room, other)))
    assert sum(reply.kind == "unsure" for reply in asked) == 5
    await second.close()


async def test_a_question_that_was_charged_is_not_charged_again(room):
    await room.desk.set(ADMIN, ROOM, {"at_once": 1, "per_minute": 1})
    message = Message("m", HERE, "ask", "What nests?", at=time.time(), author=ADA)
    assert (await room.talk.reply(message)).kind == "unsure"
    assert (await room.talk.reply(message, charged=True)).kind == "unsure"
    assert (await room.talk.reply(message)).kind == "error"


async def test_only_who_may_pin_approves_a_question(room):
    await room.desk.pin(ADA, ROOM, document("Ada did.", id="d"))
    assert await room.desk.approve(ADA, ROOM, Golden("g", "Who?", "Ada", "d"))
    assert not await room.desk.approve(ADA, ROOM, Golden("h", "Who?", "Ada", "unpinned"))
    assert [golden.author for golden in await room.threads.approved(ROOM)] == ["ada"]
    with pytest.raises(NotAllowedError):
        await room.desk.approve(GUEST, ROOM, Golden("h", "Who?", "Ada", "d"))
