"""The composition root: the only file that knows every other; the tests build the service with it too."""

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp.web import Application, AppRunner, Request, Response, SockSite

import web
from bot import archive, doctor, documents, golden, headers, intake, said, signpost, stores
from bot.archive import Archive
from bot.archive.vault import SealedVault
from bot.changes import Changes
from bot.channels import open as open_channel
from bot.channels.http import Settings as Asking
from bot.chores import Chore, Chores
from bot.conversation import Conversation
from bot.desk import Desk
from bot.digest import Digests
from bot.doctor import Finding
from bot.documents import fetch
from bot.documents.fetch import Fetcher
from bot.documents.pool import Pool
from bot.doing import Doing
from bot.figures import Check, Line
from bot.golden import Checked
from bot.inbox import Inbox
from bot.office import Office
from bot.overview import Overviews
from bot.rereading import Rereading
from bot.settings import Settings, SettingsError, is_loopback, shown, unread
from bot.stores import StoreError
from bot.stores.memory import MemoryStore
from bot.telemetry import Metrics
from bot.trial import Trial
from bot.types import Channel, Chat, Closing, House, Reply, Source, Starting, Thread
from model import ladder
from model.answerer import Answerer, no_text
from model.readers import ReaderError, UnknownReaderError
from model.types import Document
from web.uploads import CHANNEL, Uploads

if TYPE_CHECKING:
    from web.handed import Handed
    from web.sign_on import SignOn

log = structlog.get_logger(__name__)

SETTINGS = Settings, Asking  # all that read a variable `WHEREIN_…`
THREADS = 2  # for Python's own work off the loop: more wait for the same lock, each with memory of its own
READY_SECONDS = 2.0  # store and reader answer within this, or the service is not ready
PROBE = "Who signed the lease?", [Document("probe", "", "Ada signed the lease.")], no_text
READ_LATELY_SECONDS = 30.0  # longer than a question may take: till then a full queue is not a broken reader
COUNT_SECONDS = 15.0  # how often what waits is counted
RECOVERY_SECONDS = 2.0  # how soon a message that nobody holds is looked for
REREAD_SECONDS = 6 * 3_600.0  # pinned links
PURGE_SECONDS, SCRUB_SECONDS, CACHE_SECONDS = 600.0, 60.0, 60.0
PREVIEWS = {"slack": "bot.channels.slack.drawn:blocks", "teams": "bot.channels.teams.drawn:activity"}
TRIAL_SECONDS = 6 * 3_600.0  # the longest that what is tried on the page is remembered
RESEAL_SECONDS = 3_600.0  # what an old key sealed
IDLE_SECONDS = 75.0  # a connection that asks nothing, or never ends its question; over a balancer's 60
LINGER_SECONDS = 5.0  # a balancer goes on sending until it has seen that this one is not ready
DIGEST_SECONDS = 1_800.0  # how late on Monday morning a digest may come


@dataclass(slots=True)
class Service:
    """The parts of a running Wherein, wired."""

    settings: Settings
    archive: Archive
    answerer: Answerer
    desk: Desk
    conversation: Conversation
    files: Pool
    links: Fetcher
    inbox: Inbox
    chores: Chores
    channels: Sequence[Channel]
    house: House
    trial: Trial
    office: Office
    uploads: Uploads
    http: Application
    stopping: bool = False  # then it is not ready, and a balancer sends nobody here

    async def close(self) -> None:
        """Let go of what is held."""
        for channel in self.channels:
            if isinstance(channel, Closing):
                await channel.close()
        self.answerer.close()
        self.files.close()
        self.links.close()
        self.uploads.close()
        await self.archive.store.close()


def build(settings: Settings, channels: Sequence[Channel] | None = None) -> Service:
    """A service from its settings, with the channels that they name or with those given.

    Raises `SettingsError` with a sentence that names the setting.
    """
    opened = [open_channel(name, settings) for name in settings.channels] if channels is None else channels
    try:
        reader = ladder.open(settings.model)
    except UnknownReaderError as error:
        raise SettingsError(shown(f"WHEREIN_MODEL={settings.model}: {error}")) from error
    try:
        store = stores.open(settings.store)
    except StoreError as error:
        reader.close()
        raise SettingsError(shown(f"WHEREIN_STORE={settings.store}: {error}")) from error
    metrics = Metrics()
    answerer = Answerer(reader, kept=settings.max_thread)
    remembered = archive.over(store, ttl_seconds=settings.ttl_days * 86_400)

    def drop(documents: Collection[str]) -> None:
        answerer.forget([*documents, said.JOINED])

    desk = Desk(remembered, drop, admins=settings.admins)
    changes = Changes(remembered, drop)
    files = Pool(documents.Limits(bytes=int(settings.max_bytes)))
    links = Fetcher(fetch.Limits(size=int(settings.max_bytes)), proxy=settings.proxy)
    sources = {channel.name: channel for channel in opened if isinstance(channel, Source)}
    taken = intake.Limits(int(settings.max_bytes), settings.max_thread, settings.history)
    reading = intake.Intake(remembered, changes, files, links, sources, taken)

    async def lines() -> list[Line]:
        probe = partial(answerer.answer, *PROBE)
        found = await doctor.examine(settings, store, probe, opened, unread(*SETTINGS))
        return [Line(one.part, one.ok, one.line) for one in found]

    async def wrong() -> list[str]:
        return [f"{one.part}: {one.text}" for one in await lines() if not one.ok]

    doing = Doing(remembered, desk, reading, wrong)
    talk = answerer, remembered, desk, reading, changes, doing, metrics
    conversation = Conversation(*talk, deadline=settings.deadline)
    chats = {channel.name: channel for channel in opened if isinstance(channel, Chat)}
    inbox = Inbox(remembered, desk, conversation, chats, metrics)
    again = Rereading(remembered, reading.things, links, chats, most=settings.max_thread)
    digests = Digests(remembered, desk.settings, chats, inbox.accept)
    uploads = Uploads(int(settings.max_bytes))
    trial = _trial(settings, remembered, answerer, files, links, uploads, metrics, wrong)

    check = partial(_checked, remembered, conversation)
    office = Office(desk, remembered, metrics, lines, check)
    vault = SealedVault(store, settings.secret_keys)

    async def reseal() -> None:
        for channel in opened:
            await vault.reseal(channel.name)

    by_the_clock = _chores(remembered, answerer, inbox, again, digests)
    chores = Chores(remembered.records, [*by_the_clock, Chore("seals", RESEAL_SECONDS, reseal)])
    house = House(conversation.ask, inbox.accept, Overviews(remembered, desk, wrong), vault)
    http = Application(client_max_size=int(settings.max_bytes), middlewares=[signpost.in_our_words])
    headers.protect(http, https=settings.public_url.startswith("https:"))
    parts = remembered, answerer, desk, conversation, files, links, inbox, chores, opened, house
    service = Service(settings, *parts, trial, office, uploads, http)
    for channel in opened:
        channel.mount(http.router, house)
    _mount_probes(service, metrics)
    signpost.mount(http, settings.web_port)
    return service


def _trial(
    settings: Settings,
    remembered: Archive,
    answerer: Answerer,
    files: Pool,
    links: Fetcher,
    uploads: Uploads,
    metrics: Metrics,
    wrong: Callable[[], Awaitable[list[str]]],
) -> Trial:
    """What people try on the page: the same walk over an archive in memory; settings, limits and counts are
    the service's."""
    memory = archive.over(MemoryStore(time.time), ttl_seconds=TRIAL_SECONDS)
    tried = replace(memory, records=remembered.records)

    def drop(documents: Collection[str]) -> None:
        answerer.forget([*documents, said.JOINED])

    desk, changes = Desk(tried, drop, admins=settings.admins), Changes(tried, drop)
    taken = intake.Limits(int(settings.max_bytes), settings.max_thread, settings.history)
    reading = intake.Intake(tried, changes, files, links, {CHANNEL: uploads}, taken)
    doing = Doing(tried, desk, reading, wrong)
    talk = answerer, tried, desk, reading, changes, doing, metrics
    return Trial(Conversation(*talk, deadline=settings.deadline), tried, drop)


async def _checked(remembered: Archive, conversation: Conversation, team: Thread) -> Check:
    """The approved questions of a team, asked again just now."""
    try:
        checked = await golden.check(remembered.threads, conversation.look, str(team))
    except golden.CannotCheckError as error:
        return Check(problem=str(error))
    return Check(time.time(), checked.asked, {change.id: change.what for change in checked.changes})


def _chores(
    remembered: Archive, answerer: Answerer, inbox: Inbox, again: Rereading, digests: Digests
) -> list[Chore]:
    async def expire() -> None:
        answerer.expire()

    return [
        Chore("recovery", RECOVERY_SECONDS, inbox.recover, alone=True),
        Chore("queue", COUNT_SECONDS, inbox.count, alone=True),
        Chore("purge", PURGE_SECONDS, remembered.store.purge),
        Chore("digest", DIGEST_SECONDS, digests.send),
        Chore("scrub", SCRUB_SECONDS, remembered.store.scrub),
        Chore("links", REREAD_SECONDS, again.read_all, long=True),
        Chore("cache", CACHE_SECONDS, expire, alone=True),
    ]


def _mount_probes(service: Service, metrics: Metrics) -> None:
    """What the machinery around the service asks: is it alive, is it ready, what does it count."""

    async def alive(_: Request) -> Response:
        return Response(text="ok\n")

    async def ready(_: Request) -> Response:
        found = {
            "store": await _answers(service.archive.store.check()),
            "reader": await _answers(_reads(service.answerer)),
            **({"service": "it is stopping"} if service.stopping else {}),
        }
        status = 200 if all(state == "ok" for state in found.values()) else 503
        return Response(text=json.dumps(found), status=status, content_type="application/json")

    async def counted(_: Request) -> Response:
        metrics.tasks(len(asyncio.all_tasks()))
        return Response(body=metrics.exposed(), headers={"Content-Type": "text/plain; version=0.0.4"})

    for path, probe in (("/healthz", alive), ("/readyz", ready), ("/metrics", counted)):
        service.http.router.add_get(path, probe)


async def _answers(check: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(READY_SECONDS):
            await check
    except (StoreError, ReaderError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return "ok"


async def _reads(answerer: Answerer) -> None:
    """Ask the reader a known question, unless it answered somebody just now: busy is not broken."""
    if time.monotonic() - answerer.read_at > READ_LATELY_SECONDS:
        answer = await answerer.answer(*PROBE, until=time.monotonic() + READY_SECONDS)
        if answer is None:
            raise ReaderError(f"The reader {answerer.reader} finds nothing in a text that it knows.")


# --------------------------------------------------------------------------- a process


async def run(
    settings: Settings,
    stop: asyncio.Event,
    say: Callable[[str], None] = print,
    channels: Sequence[Channel] | None = None,
) -> None:
    """Serve until `stop` is set, then finish what is in hand or leave it to another task.

    Where other machines reach it, it is served for some seconds more, without being ready.
    Raises `SettingsError` where a port cannot be had.
    """
    for sentence in unread(*SETTINGS):
        log.warning(sentence)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="work"))
    async with contextlib.AsyncExitStack() as held:
        service = build(settings, channels)
        held.push_async_callback(service.close)
        runner = AppRunner(
            service.http,
            access_log=None,
            shutdown_timeout=settings.deadline,
            keepalive_timeout=IDLE_SECONDS,
        )
        await runner.setup()
        held.push_async_callback(_finish, service, runner)
        listener = _listen("WHEREIN_PORT", settings.host, settings.port)
        await SockSite(runner, listener).start()
        for channel in service.channels:
            if isinstance(channel, Starting):
                await channel.start()
        lines = [channel.invitation(_address(listener)) for channel in service.channels]
        if settings.web_port:
            door = _listen("WHEREIN_WEB_PORT", settings.host, settings.web_port)
            held.push_async_callback(_ended, asyncio.create_task(_page(service, door)))
            lines.insert(0, f"Try it:  {_address(door)}   (the page is up some seconds after the service)")
        held.push_async_callback(_ended, asyncio.create_task(service.chores.run()))
        lines.append(f"Its health: {_address(listener)}/readyz   Stop it: Ctrl-C")
        for line in lines:
            say(line)
        await stop.wait()
        service.stopping = True
        log.info("stopping")
        if not is_loopback(settings.host):
            await asyncio.sleep(LINGER_SECONDS)


async def _finish(service: Service, runner: AppRunner) -> None:
    """Finish what is in hand, of chats and of those who wait at /ask, within one deadline."""
    await asyncio.gather(service.inbox.drain(service.settings.deadline), runner.cleanup())


async def examine(settings: Settings) -> list[Finding]:
    """What is right and wrong with this set-up."""
    try:
        service = build(settings)
    except SettingsError as error:
        return misset(error)
    probe = partial(service.answerer.answer, *PROBE)
    try:
        return await doctor.examine(
            settings, service.archive.store, probe, service.channels, unread(*SETTINGS)
        )
    finally:
        await service.close()


def misset(error: SettingsError) -> list[Finding]:
    """The setting that is wrong, and those that nothing reads: one of them may be it, misspelt."""
    return [Finding("settings", False, str(error)), *doctor.unread(unread(*SETTINGS))]


async def check_golden(settings: Settings, team: str = "") -> Checked:
    """Every approved question, asked again; raises `SettingsError`, `CannotCheckError` and `StoreError`."""
    service = build(settings, channels=())
    try:
        return await golden.check(service.archive.threads, service.conversation.look, team)
    finally:
        await service.close()


async def _page(service: Service, door: socket.socket) -> None:
    """The page, whose failing never takes the service down."""
    try:
        with door:  # a page that is not there does not keep a browser waiting
            await web.serve(_handed(service), door)
        log.error("the page ended; the service goes on")
    except ImportError as error:
        log.error("no page: Gradio is not installed; WHEREIN_WEB_PORT=0 does without", missing=error.name)
    except OSError as error:
        why = error.strerror or str(error)
        log.error("the page failed; the service goes on, and WHEREIN_WEB_PORT=0 does without", reason=why)
    except Exception as error:
        log.error("the page failed", error=type(error).__name__, exc_info=error)


def _handed(service: Service) -> "Handed":
    """All that the page needs."""
    from web.handed import Handed  # what checks signatures is there where the page is

    settings = service.settings
    return Handed(
        service.trial,
        service.office,
        _sign_on(settings),
        service.uploads,
        max_bytes=int(settings.max_bytes),
        public_url=settings.public_url,
        previews=_previews(),
    )


def _previews() -> dict[str, Callable[[Reply], Any]]:
    """How each chat would show a reply, whether it is set up here or not."""
    found: dict[str, Callable[[Reply], Any]] = {}
    for name, draws in PREVIEWS.items():
        with contextlib.suppress(ImportError):  # what draws for it is not installed here
            module, _, function = draws.partition(":")
            found[name] = getattr(import_module(module), function)
    return found


def _sign_on(settings: Settings) -> "SignOn":
    """How people sign on to the page, as the settings have it."""
    if settings.sign_on:
        from web.sign_on.alb import Alb, Balancer

        return Alb(Balancer.parse(settings.sign_on.removeprefix("alb:")))
    if settings.admin_password:
        from web.sign_on.password import Password

        return Password(settings.admin_password)
    from web.sign_on import Anybody

    return Anybody()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _listen(setting: str, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=1024)
    except socket.gaierror as error:
        raise SettingsError(f"WHEREIN_HOST={host}: that is no address of this machine.") from error
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise SettingsError(f"{setting}={port}: the service cannot listen there: {reason}.") from error


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:  # it listens everywhere: the nearest place is here
        host = "::1" if ":" in host else "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
