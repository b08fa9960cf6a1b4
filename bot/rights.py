"""What holds in a room, who may do what there, and how often: settings, rights and limits."""

import time
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

import structlog
from cachetools import TTLCache
from pydantic import ValidationError

from bot import policy
from bot.archive import Archive
from bot.archive.keys import word
from bot.archive.records import BUCKET, SETTINGS, Act
from bot.policy import NotAllowedError, Right, RoomSettings
from bot.stores import StoreError
from bot.types import Author, Thread

log = structlog.get_logger(__name__)

SETTINGS_SECONDS = 10.0  # another task's change is known here after this
ROOMS = 10_000  # whose settings are at hand
ATTEMPTS = 8  # at settings that others write at the same time


class WrongSettingError(Exception):
    """A room's setting is unknown or has a wrong value; the text is a sentence for whoever set it."""


class Rights:
    """Says who may do what, as the settings of room and team have it."""

    def __init__(
        self,
        archive: Archive,
        *,
        admins: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._archive, self._admins, self._clock = archive, admins, clock
        self._settings: TTLCache[Thread, RoomSettings] = TTLCache(ROOMS, SETTINGS_SECONDS)

    # ----------------------------------------------------------------------- settings

    async def settings(self, where: Thread) -> RoomSettings:
        """What holds in a room: its own settings, else its team's, else ours."""
        room = where.whole_room
        known = self._settings.get(room)
        if known is None:
            teams_own = await self._archive.records.get(SETTINGS, str(where.whole_team))
            rooms_own = await self._archive.records.get(SETTINGS, str(room))
            known = RoomSettings.model_validate(_understood({**teams_own.data, **rooms_own.data}))
            self._settings[room] = known
        return known

    async def set(self, author: Author, where: Thread, changes: Mapping[str, Any]) -> RoomSettings:
        """Change settings of a room, or of a team where `where` has no room; None unsets one.

        Raises `WrongSettingError` with a sentence, and changes nothing then.
        """
        await self.allow(author, "settings", where)
        key, records = str(where.whole_room), self._archive.records
        for _ in range(ATTEMPTS):
            there = await records.get(SETTINGS, key)
            wanted = {**_understood(there.data), **changes}
            wanted = {name: value for name, value in wanted.items() if value is not None}
            checked = _checked(wanted).model_dump(include=set(wanted))
            await self._archive.threads.know(where)
            if await records.put(SETTINGS, key, checked, there.version):
                self._settings.clear()
                await self.note(author, f"set {', '.join(sorted(changes))}", where.whole_room)
                return await self.settings(where)
        raise StoreError("The settings are being changed by others just now.")

    # ----------------------------------------------------------------------- rights and limits

    async def charge(self, author: Author, where: Thread) -> float:
        """Count a question for somebody's limit in a room; how many seconds they must wait, 0 for none."""
        key, records = f"{where.whole_room}/{word(author.id)}", self._archive.records
        room, now = await self.settings(where), self._clock()
        for _ in range(ATTEMPTS):
            there = await records.get(BUCKET, key)
            spent = policy.spend(there.data.get("full_at", 0.0), now, room)
            data, ends = {"full_at": spent.full_at}, spent.full_at + 1
            if spent.wait or await records.put(BUCKET, key, data, there.version, expires_at=ends):
                return spent.wait
        return 60 / room.per_minute  # they ask many times at once, all over the place

    async def allow(self, author: Author, right: Right, where: Thread) -> None:
        """Raise `NotAllowedError` where somebody may not do that here, whoever `WHEREIN_ADMINS` names."""
        if not policy.may(policy.known(author, self._admins), right, await self.settings(where)):
            raise NotAllowedError(right)

    async def may(self, author: Author, right: Right, where: Thread) -> bool:
        """Whether somebody may do that here."""
        try:
            await self.allow(author, right, where)
        except NotAllowedError:
            return False
        return True

    async def note(self, author: Author, what: str, where: Thread) -> None:
        """Write what somebody did into the audit log."""
        act = Act(uuid.uuid4().hex, self._clock(), author.id, what, str(where))
        await self._archive.records.note(where, act)
        log.info("administered", act=act.id, author=author.id, what=what)


def _understood(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored settings, without those that another version of ours knows or wants otherwise."""
    try:
        RoomSettings.model_validate(stored)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors(include_url=False) if problem["loc"]}
        return {name: value for name, value in stored.items() if name not in wrong}
    return dict(stored)


def _checked(wanted: Mapping[str, Any]) -> RoomSettings:
    try:
        return RoomSettings.model_validate(wanted)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            known = ", ".join(RoomSettings.model_fields)
            raise WrongSettingError(f"“{name}” is no setting: there are {known}.") from error
        raise WrongSettingError(f"“{name}”: {first['msg'][0].lower()}{first['msg'][1:]}.") from error
