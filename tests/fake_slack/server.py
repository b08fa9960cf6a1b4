"""The server: Slack's hosts on one port of loopback, with workspaces behind them."""

import asyncio
import contextlib
import json
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from aiohttp.web import Application, AppRunner, HTTPFound, Request, Response, TCPSite, json_response

from tests.fake_slack import payloads
from tests.fake_slack.api import PER_MINUTE, Api, ApiError
from tests.fake_slack.delivery import Deliveries, Delivery, Doors
from tests.fake_slack.oauth import OAuth
from tests.fake_slack.people import People
from tests.fake_slack.rates import Rates, TooManyError
from tests.fake_slack.responses import Responses
from tests.fake_slack.workspace import EVENTS, PLURAL, Json, Room, Workspace, fresh

TRIGGER_SECONDS = 3.0
LOGIN_PAGE = (
    "<!DOCTYPE html><html lang='en-US' class='supports_custom_scrollbar'><head><title>Slack</title></head>"
    "<body><form id='signin_form' action='/' method='post'>Sign in to your workspace</form></body></html>"
)


@dataclass
class Trigger:
    """Somebody did something, and the app may open a dialog for them."""

    team: str
    user: str
    room: str
    thread: str
    at: float
    used: bool = False


class FakeSlack:
    """Slack, as far as it is documented; `team` is the first workspace, `people` are those in it.

    Faults for `fail`: "ratelimited" (429), "500", "dropped" (it breaks the connection and does nothing),
    "lost" (after it has), "slow:0.5" (seconds), or an error's name, such as "channel_not_found".
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.url = ""
        self.app_id = fresh("A")
        self.client = f"{secrets.token_hex(6)}.{secrets.token_hex(6)}", secrets.token_hex(16)
        self.signing_secret, self.app_token = secrets.token_hex(16), f"xapp-1-{secrets.token_hex(16)}"
        self.events = set(EVENTS.split())  # that the app's manifest names
        self.page = 999  # the most that one page of messages holds
        self.mention_order = "same"  # or "mention first", "message first", "mention only", "message only"
        self.files_in_mentions = True
        self.redirect_files_to = ""  # another host, which then is asked for every file
        self.retry_after = 1  # seconds, of a 429 that is a fault
        self.whole: dict[str, Json] = {}  # by file: what files.info says besides
        self.rates = Rates(dict(PER_MINUTE))
        self.deliveries = Deliveries(self.signing_secret)
        self.calls: list[tuple[str, Json]] = []  # all that was asked, oldest first
        self.file_requests: list[tuple[str, bool]] = []  # path, and whether a token came along
        self._faults: defaultdict[str, list[str]] = defaultdict(list)
        self._triggers: dict[str, Trigger] = {}
        self.teams: dict[str, Workspace] = {}
        self.api, self.doors = Api(self), Doors(self.deliveries, self.app_id)
        self.oauth, self.responses = OAuth(self), Responses(self)
        self.team = self.workspace("Acme")
        self.people = People(self, self.team)

    def workspace(self, name: str, *, installed: bool = True) -> Workspace:
        """The workspace with that name, which is made where there is none."""
        for team in self.teams.values():
            if team.name == name:
                return team
        team = Workspace(name, address=self.url, clock=self.clock)
        team.installed = installed
        self.teams[team.id] = team
        return team

    def of(self, name: str) -> People:
        """The people of the workspace with that name."""
        return People(self, self.workspace(name))

    def install(self, manifest: Json) -> None:
        """Make the app what its manifest says: what it is told of, and what it may do in every workspace."""
        self.events = set(manifest["settings"]["event_subscriptions"]["bot_events"])
        for team in self.teams.values():
            team.scopes = set(manifest["oauth_config"]["scopes"]["bot"])

    @contextlib.asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator["FakeSlack"]:
        """Serve on loopback."""
        runner = AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await TCPSite(runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        for team in self.teams.values():
            team.address = self.url
        try:
            yield self
        finally:
            await self.deliveries.close()
            await runner.cleanup()

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` is here."""
        return f"{self.url}/api/"

    def environment(self, *, socket: bool = False, many: bool = False) -> dict[str, str]:
        """What the app is started with, for the first workspace alone or for all that install it."""
        named = {"SLACK_API_URL": self.api_url}
        if many:
            named |= {"SLACK_CLIENT_ID": self.client[0], "SLACK_CLIENT_SECRET": self.client[1]}
        else:
            named |= {"SLACK_BOT_TOKEN": self.team.bot_token}
        if socket:
            return named | {"SLACK_APP_TOKEN": self.app_token}
        return named | {"SLACK_SIGNING_SECRET": self.signing_secret}

    def application(self) -> Application:
        """The server's routes."""
        served = Application(client_max_size=64 * 1024 * 1024)
        served.router.add_route("*", "/api/{method}", self._call)
        served.router.add_get("/link/", self.doors.connect)
        served.router.add_route("GET", "/files-pri/{file}/{path:.*}", self._download)
        served.router.add_post("/commands/{team}/{id}/{secret}", self.responses.take)
        served.router.add_post("/actions/{team}/{id}/{secret}", self.responses.take)
        served.router.add_get("/oauth/v2/authorize", self.oauth.authorize)
        return served

    # ----------------------------------------------------------------------- what comes in

    def fail(self, method: str, *faults: str) -> None:
        """The next calls of a method fail so, one each."""
        self._faults[method] += faults

    def heal(self) -> None:
        """No call fails any more."""
        self._faults.clear()

    async def _call(self, request: Request) -> Response:
        method, asked = request.match_info["method"], await _asked(request)
        self.calls.append((method, {name: value for name, value in asked.items() if name != "token"}))
        fault = self._faults[method].pop(0) if self._faults[method] else ""
        if fault == "dropped":
            return _broken(request)
        if fault == "ratelimited":
            return _too_many(self.retry_after)
        if fault == "500":
            return Response(status=500, text="")
        if fault.startswith("slow:"):
            await asyncio.sleep(float(fault[5:]))
        elif fault and fault != "lost":
            return json_response({"ok": False, "error": fault})
        answer = await self._answer(method, request, asked)
        return _broken(request) if fault == "lost" else answer

    async def _answer(self, method: str, request: Request, asked: Json) -> Response:
        try:
            token = _token(request, asked)
            if method == "apps.connections.open":
                return json_response(self._connections(token))
            if method == "oauth.v2.access":
                return json_response(await self.oauth.access(request, asked))
            team = self._team(token)
            self.rates.call(team, method)
            body = await self.api.call(method, team, asked)
        except TooManyError as error:
            return _too_many(error.seconds)
        except ApiError as error:
            return json_response(error.body)
        headers = {"x-oauth-scopes": ",".join(sorted(team.scopes)), "x-slack-req-id": secrets.token_hex(16)}
        return json_response(body, headers=headers)

    def _connections(self, token: str) -> Json:
        if token != self.app_token:
            raise ApiError("invalid_auth" if token else "not_authed")
        host = self.url.removeprefix("http://")
        return {"ok": True, "url": f"ws://{host}/link/?ticket={self.doors.ticket()}&app_id={self.app_id}"}

    def _team(self, token: str) -> Workspace:
        if not token:
            raise ApiError("not_authed")
        for team in self.teams.values():
            if token == team.bot_token:
                if not team.installed:
                    raise ApiError("account_inactive")
                return team
        raise ApiError(self.oauth.gone(token) or "invalid_auth")

    async def _download(self, request: Request) -> Response:
        token = _token(request, {})
        self.file_requests.append((request.path, bool(token)))
        if self.redirect_files_to:
            raise HTTPFound(f"{self.redirect_files_to}{request.path}")
        team_id, _, id = request.match_info["file"].partition("-")
        team = self.teams.get(team_id)
        file = team.files.get(id) if team else None
        allowed = team and token == team.bot_token and "files:read" in team.scopes and team.installed
        if not allowed:
            return Response(text=LOGIN_PAGE, content_type="text/html")  # with 200, as Slack has it
        if file is None or file.about["mode"] == "tombstone":
            return Response(status=404, text="<!DOCTYPE html><title>404</title>", content_type="text/html")
        return Response(body=file.data, content_type=file.about["mimetype"])

    # ----------------------------------------------------------------------- what goes out

    def bring(self, kind: str, payload: Json) -> Delivery:
        """Bring something to the app."""
        return self.deliveries.bring(kind, payload)

    async def tell(self, team: Workspace, *events: Json) -> list[Delivery]:
        """Bring events to the app, at once, where it asked for them and may see them."""
        return [
            self.bring("events_api", payloads.envelope(team, self.app_id, event))
            for event in events
            if self._wants(team, event)
        ]

    def _wants(self, team: Workspace, event: Json) -> bool:
        if not team.installed and event["type"] not in ("app_uninstalled", "tokens_revoked"):
            return False
        name = event["type"]
        if name == "message":
            name = f"message.{PLURAL[event['channel_type']]}"
        room = team.rooms.get(event.get("channel", "")) if isinstance(event.get("channel"), str) else None
        inside = room is None or team.bot.id in room.members or event.get("user") == team.bot.id
        return name in self.events and inside

    def trigger(self, team: Workspace, user: str, room: str = "", thread: str = "") -> str:
        """A trigger_id, for three seconds and one dialog."""
        id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self._triggers[id] = Trigger(team.id, user, room, thread, self.clock())
        return id

    def exchange(self, id: str) -> Trigger:
        """Use a trigger_id up; raises `ApiError`."""
        trigger = self._triggers.get(id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self.clock() - trigger.at > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def shown(self, team: Workspace, room: Room, message: Json) -> None:
        """The app posted something: its status there goes out."""
        team.status.pop((room.id, message.get("thread_ts", "")), None)

    async def remove(self, team: Workspace, room: Room, ts: str) -> list[Delivery]:
        """Delete a message, and tell of it."""
        tombstone, was = team.delete(room, ts)
        was.pop("metadata", None)
        if tombstone:
            return await self.tell(team, payloads.changed(room, tombstone, was, team.ts()))
        return await self.tell(team, payloads.deleted(room, was, team.ts()))

    async def uninstall(self, team: Workspace) -> None:
        """Take the app out of a workspace: its tokens are worth nothing, and it is told of both."""
        team.installed = False
        tokens = {"oauth": [], "bot": [team.bot.id]}
        await self.tell(
            team,
            {"type": "tokens_revoked", "tokens": tokens, "event_ts": team.ts()},
            {"type": "app_uninstalled", "event_ts": team.ts()},
        )

    def called(self, method: str) -> list[Json]:
        """With what a method was called, oldest first."""
        return [asked for name, asked in self.calls if name == method]


async def _asked(request: Request) -> Json:
    """The arguments of a call, as Slack takes them: JSON, a form or a query."""
    asked: Json = dict(request.query)
    if request.content_type == "application/json":
        with contextlib.suppress(ValueError):
            asked |= json.loads(await request.read() or b"{}")
    else:
        asked |= dict(await request.post())
    return asked


def _token(request: Request, asked: Json) -> str:
    given = request.headers.get("Authorization", "")
    return given[7:] if given.startswith("Bearer ") else str(asked.get("token", ""))


def _too_many(seconds: float) -> Response:
    return json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)}
    )


def _broken(request: Request) -> Response:
    assert request.transport
    request.transport.abort()
    return Response()
