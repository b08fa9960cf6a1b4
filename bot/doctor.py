"""Checks a set-up, part by part, and names the line to change."""

import asyncio
import http.client
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.settings import GUESSABLE, Settings, is_loopback
from bot.stores import Item, Store, StoreError
from bot.types import Channel
from bot.unreached import unreached
from model.readers import ReaderError
from model.types import Answer

SECONDS = 10.0  # for each part


@dataclass(frozen=True, slots=True)
class Finding:
    """One line about one part: whether it is right, and what was found or is to be changed."""

    part: str
    ok: bool
    line: str
    odd: bool = False  # it is right, and yet hardly what was meant

    def __str__(self) -> str:
        mark = "BAD" if not self.ok else "note" if self.odd else "ok"
        return f"{mark:<4} {self.part:<10} {self.line}"


def unread(names: Sequence[str]) -> list[Finding]:
    """A finding for each sentence about a variable that no setting reads: it stops nothing."""
    return [Finding("settings", True, sentence, odd=True) for sentence in names]


async def examine(
    settings: Settings,
    store: Store,
    ask: Callable[[], Awaitable[Answer | None]],
    channels: Sequence[Channel],
    unknown: Sequence[str] = (),
) -> list[Finding]:
    """A finding for each part; `ask` asks the reader what it must know; `unknown` says what nothing reads."""
    findings = [
        *(unread(unknown) or [Finding("settings", True, "each is understood")]),
        await _store(settings, store),
        await _reader(settings, ask),
    ]
    for name, port in (("WHEREIN_PORT", settings.port), ("WHEREIN_WEB_PORT", settings.web_port)):
        if port:
            findings.append(await asyncio.to_thread(_port, settings.host.strip("[]"), name, port))
    findings.append(_secrets(settings))
    for channel in channels:
        problems = dict.fromkeys(await _problems(channel))  # two of its parts may find the same
        findings += [Finding(channel.name, False, problem) for problem in problems]
        findings += [] if problems else [Finding(channel.name, True, "it is set up")]
    return findings


async def _problems(channel: Channel) -> list[str]:
    try:
        async with asyncio.timeout(SECONDS):
            return await channel.check()
    except OSError as error:
        return [f"it could not be checked: {unreached(error)}."]
    except Exception as error:  # whatever a channel's library raises is a finding
        return [f"it could not be checked: {type(error).__name__}."]


async def _store(settings: Settings, store: Store) -> Finding:
    mark = Item("doctor", uuid.uuid4().hex, {"is": "here"}, expires_at=float(int(time.time()) + 60))
    try:
        async with asyncio.timeout(SECONDS):
            await store.put(mark)
            found = await store.get(*mark.key)
            await store.delete([mark.key])
            await store.overdue(1)  # by an index of its own, where the store has one
            await store.check()
    except (StoreError, TimeoutError) as error:
        reason = str(error) or "it did not answer in time"
        return Finding("store", False, f"WHEREIN_STORE={settings.store}: {reason}")
    if found != mark:
        return Finding("store", False, f"WHEREIN_STORE={settings.store}: it does not give back what it took.")
    return Finding("store", True, f"{settings.store} wrote, read and deleted an item")


async def _reader(settings: Settings, ask: Callable[[], Awaitable[Answer | None]]) -> Finding:
    first = settings.model.partition(":")[0]
    try:
        async with asyncio.timeout(SECONDS):
            answer = await ask()
    except (ReaderError, TimeoutError) as error:
        reason = str(error) or "it did not answer in time"
        return Finding("reader", False, f"WHEREIN_MODEL={settings.model}: {reason}")
    if answer is None:
        return Finding("reader", False, f"WHEREIN_MODEL={settings.model}: it finds nothing in a known text.")
    if answer.reader != first:
        line = (
            f"WHEREIN_MODEL={settings.model}: {first} did not answer, {answer.reader} did; the log says why."
        )
        return Finding("reader", False, line)
    return Finding("reader", True, f"{answer.reader} answered a known question")


def _port(host: str, name: str, port: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if _is_us(host, port):
            return Finding("port", True, f"{port}: Wherein is running there")
        return Finding("port", False, f"{name}={port} on {host} cannot be had: {error.strerror or error}.")
    return Finding("port", True, f"{port} on {host} is free")


def _is_us(host: str, port: int) -> bool:
    """Whether what listens there is a Wherein: its service or its page."""
    asked = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=2)  # noqa: S104
    try:
        asked.request("GET", "/healthz")
        if asked.getresponse().read() == b"ok\n":
            return True
        asked.request("GET", "/")
        return b"Wherein" in asked.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _secrets(settings: Settings) -> Finding:
    """Whether what guards a door that others reach is long enough."""
    if is_loopback(settings.host):
        return Finding("secrets", True, f"none is needed: only this machine reaches {settings.host}")
    password = settings.admin_password
    if settings.web_port and (password or not settings.sign_on) and len(password) < GUESSABLE:
        line = f"WHEREIN_ADMIN_PASSWORD has {len(password)} characters: give it {GUESSABLE} or more."
        return Finding("secrets", False, line)
    return Finding("secrets", True, "what must be guarded is")
