"""Slack: events, commands and interactions, signed after they were changed, or wrongly signed."""

import itertools
import re
import secrets
import time
from urllib.parse import urlencode

from hypothesis import strategies as st

from tests.fake_slack.delivery import signed
from tests.fake_slack.workspace import fresh
from tests.fuzz import mutations, wire
from tests.fuzz.case import Case
from tests.fuzz.house import House
from tests.fuzz.slack_sources import COMMANDS, EVENTS, FORMS
from tests.fuzz.target import Batch, told

PATH = "/slack/events"
FORM = "application/x-www-form-urlencoded"
SEALS = ["right"] * 14 + ["other body", "none", "old", "early", "other secret", "odd"]
_NAMED = re.compile(rb"~([a-z]+)~")
_counter = itertools.count(1)


def _event(source: str, changes, coded) -> tuple[str, bytes, str]:
    body = mutations.written(mutations.changed(EVENTS[source], changes)).encode()
    return source, mutations.rebuilt(body, coded), "application/json"


def _form(source: str, changes, coded) -> tuple[str, bytes, str]:
    inner = mutations.written(mutations.changed(FORMS[source], changes))
    body = urlencode({"payload": inner}, errors="replace").encode()
    return source, mutations.rebuilt(body, coded), FORM


def _command(source: str, changes, coded) -> tuple[str, bytes, str]:
    form = mutations.changed(COMMANDS[source], changes)
    if isinstance(form, dict):
        pairs = [
            (str(name).removesuffix("@twice"), one)
            for name, value in form.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        body = urlencode(pairs, errors="replace").encode()
    else:
        body = mutations.written(form).encode()
    return source, mutations.rebuilt(body, coded), FORM


_SAID = st.one_of(
    *[st.builds(_event, st.sampled_from(sorted(EVENTS)), mutations.SAID, mutations.RAW_BYTES)] * 3,
    *[st.builds(_form, st.sampled_from(sorted(FORMS)), mutations.SAID, mutations.RAW_BYTES)] * 2,
    st.builds(_command, st.sampled_from(sorted(COMMANDS)), mutations.SAID, mutations.RAW_BYTES),
)


def _case(said: tuple[str, bytes, str], request: mutations.Request, seal: str) -> Case:
    source, body, kind = said
    query, headers, comes = request
    return Case("slack", source, body, PATH, {"Content-Type": kind} | headers, query, comes, seal)


class Slack:
    """The channel's one address."""

    name = "slack"
    cases = st.builds(_case, _SAID, mutations.REQUESTS, st.sampled_from(SEALS))

    def __init__(self, house: House) -> None:
        self._house = house
        self._slack, self._chat = house.slack, house.chats["slack"]

    async def _furnish(self) -> None:
        """A thread in which somebody was answered."""
        house, slack, team = self._house, self._slack, self._slack.team
        await house.freshen()
        team.installed = True
        self._ada = slack.team.person("Ada", admin=True)
        self._room = team.room("general")
        self._room.members |= {self._ada.id, team.bot.id}
        self._direct, self._mpim = team.direct("Ada"), team.room("group", kind="mpim", people=("Ada",))
        for room in team.rooms.values():
            room.messages.clear()
        self._thread = await slack.people.says("Ada", self._room, "The front desk renews the badges.")
        ts = await slack.people.says(
            "Ada", self._room, "@wherein Who renews the badges?", thread=self._thread
        )
        self._answer = f"{team.id}/{self._room.id}/{ts}"
        self._file = team.file("badges.txt", b"The front desk renews the badges on Fridays.", by=self._ada.id)
        await slack.deliveries.settled()
        await house.quiet()

    def _filled(self, body: bytes) -> bytes:
        team, room = self._slack.team, self._room.id
        known = {
            "team": team.id,
            "bot": team.bot.id,
            "app": self._slack.app_id,
            "ada": self._ada.id,
            "room": room,
            "direct": self._direct.id,
            "mpim": self._mpim.id,
            "thread": self._thread,
            "answer": self._answer,
            "file": self._file["id"],
            "fileurl": self._file["url_private_download"],
        }
        ts = f"{int(time.time())}.{next(_counter) % 1_000_000:06}"
        made = {"ts": ts, "event": fresh("Ev")}

        def value(found: re.Match[bytes]) -> bytes:
            name = found[1].decode()
            if name == "trigger" and name not in made:
                made[name] = self._slack.trigger(team, self._ada.id, room)
            if name == "url" and name not in made:
                made[name] = self._slack.responses.url("actions", team, room, self._ada.id)
            return str(known.get(name, made.get(name, found[0].decode()))).encode()

        return _NAMED.sub(value, body)

    def _sealed(self, body: bytes, seal: str) -> dict[str, str]:
        secret, now = self._slack.signing_secret, time.time()
        match seal:
            case "right":
                return signed(secret, body)
            case "other body":
                return signed(secret, body + b" ")
            case "none":
                return {}
            case "old":
                return signed(secret, body, now - 400)
            case "early":
                return signed(secret, body, now + 400)
            case "other secret":
                return signed(secrets.token_hex(16), body)
        stamp, mac = signed(secret, body).values()
        odd = [
            "",
            "v0=",
            "v0=" + "é" * 64,
            mac.replace("v0", "v1"),
            mac[:-1],
            mac.upper() + "\xff",
            "0" * 7_000,
        ]
        stamps = [stamp, "", "nan", "-1", "9" * 300, "１２", stamp + ".5"]
        n = next(_counter)
        return {"X-Slack-Request-Timestamp": stamps[n % 7 or 1], "X-Slack-Signature": odd[n // 7 % 7]}

    async def _send(self, number: int, case: Case) -> wire.Answer:
        body = self._filled(case.body)
        data = wire.request(case, body, self._sealed(body, case.seal), number)
        return await wire.sent("127.0.0.1", self._house.port, data, ends=case.ends)

    async def batch(self, cases: list[Case]) -> Batch:
        """Send them, wait until each that was accepted is answered, and look."""
        await self._furnish()
        return await told(self._house, self._chat, cases, self._send)
