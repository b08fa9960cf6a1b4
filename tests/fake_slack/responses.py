"""response_urls: five answers within thirty minutes, without a token."""

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp.web import Request, Response, json_response

from tests.fake_slack import payloads
from tests.fake_slack.api import ApiError
from tests.fake_slack.workspace import Alone, Json, Workspace, fresh

if TYPE_CHECKING:
    from tests.fake_slack.server import FakeSlack

USES, SECONDS = 5, 1_800.0


@dataclass
class Way:
    """One response_url."""

    team: Workspace
    room: str
    user: str
    ts: str = ""  # the message that was acted upon
    at: float = 0.0
    uses: int = 0
    posted: list[Json] = field(default_factory=list)


class Responses:
    """Those that were handed out."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack
        self._ways: dict[str, Way] = {}

    def url(self, kind: str, team: Workspace, room: str, user: str, ts: str = "") -> str:
        """A new one: `kind` is "commands" or "actions"."""
        path = f"/{kind}/{team.id}/{fresh('1')}/{secrets.token_hex(12)}"
        self._ways[path] = Way(team, room, user, ts, self._slack.clock())
        return f"{self._slack.url}{path}"

    async def take(self, request: Request) -> Response:
        """The app answers there."""
        asked: Json = await request.json()
        self._slack.calls.append(("response_url", asked))
        way = self._ways.get(request.path)
        if way is None:
            return json_response({"ok": False, "error": "invalid_url"}, status=404)
        if self._slack.clock() - way.at > SECONDS:
            return json_response({"ok": False, "error": "expired_url"}, status=404)
        if way.uses >= USES:
            return json_response({"ok": False, "error": "used_url"}, status=404)
        try:
            await self._act(way, asked)
        except ApiError as error:
            return json_response(error.body, status=500 if error.body["error"] == "no_text" else 404)
        way.uses += 1
        return Response(text="ok") if "/commands/" in request.path else json_response({"ok": True})

    async def act_at(self, url: str, asked: Json) -> None:
        """What came with the acknowledgement of a command is shown as if it came this way."""
        await self._act(self._ways[url.removeprefix(self._slack.url)], asked)

    async def _act(self, way: Way, asked: Json) -> None:
        team, room = way.team, way.team.rooms[way.room]
        alone = next((one for one in team.alone if one.message["ts"] == way.ts), None)
        if asked.get("delete_original") in (True, "true"):
            if alone:
                team.alone.remove(alone)
            elif way.ts in room.messages:
                await self._slack.remove(team, room, way.ts)
            else:
                raise ApiError("message_not_found")
            return
        if asked.get("replace_original") in (True, "true") and way.ts:
            made = self._slack.api.made(team, asked)
            kept = {name: made[name] for name in ("text", "blocks", "metadata") if name in made}
            if alone:
                alone.message |= kept
            elif way.ts in room.messages:
                message, was = team.edit(room, way.ts, kept, by=team.bot.id)
                await self._slack.tell(team, payloads.changed(room, message, was, team.ts()))
            else:
                raise ApiError("message_not_found")
            return
        message = self._slack.api.made(team, asked)
        if asked.get("response_type") == "in_channel":
            team.put(room, message)
            self._slack.shown(team, room, message)
            if team.bot.id in room.members:
                await self._slack.tell(team, payloads.message_event(room, message))
        else:
            team.alone.append(Alone(room.id, way.user, message | {"is_ephemeral": True}))
            self._slack.shown(team, room, message)
