"""How an app is installed: a person allows it, a code is exchanged once, tokens are rotated."""

import base64
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp.web import HTTPFound, Request, Response

from tests.fake_slack.api import ApiError
from tests.fake_slack.workspace import Json, Person, Workspace

if TYPE_CHECKING:
    from tests.fake_slack.server import FakeSlack

CODE_SECONDS, TOKEN_SECONDS = 600.0, 43_200


class OAuth:
    """Codes, tokens, and what became of the old ones."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack
        self.rotates = False  # whether the app's manifest says so
        self.allows = True  # whether the person who is asked does
        self.by = "Ada"
        self.team = ""  # the workspace that is chosen; empty: the first
        self.lives = TOKEN_SECONDS  # how long a token lives that is rotated
        self.exchanges = 0
        self._codes: dict[str, tuple[Workspace, Person, str, float]] = {}
        self._refresh: dict[str, Workspace] = {}
        self._gone: dict[str, str] = {}

    async def authorize(self, request: Request) -> Response:
        """The page where a person allows the app: they are sent back at once."""
        asked = request.query
        if asked.get("client_id") != self._slack.client[0]:
            return Response(text="invalid_client_id", status=200)
        back = asked.get("redirect_uri") or f"{self._slack.deliveries.url.rsplit('/', 1)[0]}/oauth_redirect"
        if not self.allows:
            raise HTTPFound(
                f"{back}?{urlencode({'error': 'access_denied', 'state': asked.get('state', '')})}"
            )
        code = self.code(asked.get("scope", ""), asked.get("redirect_uri", ""))
        raise HTTPFound(f"{back}?{urlencode({'code': code, 'state': asked.get('state', '')})}")

    def code(self, scope: str, redirect: str = "") -> str:
        """A code, for ten minutes and one exchange."""
        team = self._slack.workspace(self.team) if self.team else self._slack.team
        team.scopes = set(filter(None, scope.split(",")))
        code = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._codes[code] = team, team.person(self.by, admin=True), redirect, self._slack.clock()
        return code

    async def access(self, request: Request, asked: Json) -> Json:
        """What oauth.v2.access answers; raises `ApiError`."""
        self._client(request, asked)
        if asked.get("grant_type") == "refresh_token":
            return self._refreshed(str(asked.get("refresh_token", "")))
        found = self._codes.pop(str(asked.get("code", "")), None)
        if found is None:
            raise ApiError("invalid_code")
        team, person, redirect, at = found
        if redirect and asked.get("redirect_uri") != redirect:
            raise ApiError("bad_redirect_uri")
        if self._slack.clock() - at > CODE_SECONDS:
            raise ApiError("invalid_code")
        self.exchanges += 1
        if team.installed:
            self._gone[team.bot_token] = "token_revoked"
        team.installed = True
        return self._issued(team) | {"authed_user": {"id": person.id}}

    def _client(self, request: Request, asked: Json) -> None:
        given = request.headers.get("Authorization", "")
        if given.startswith("Basic "):
            id, _, secret = base64.b64decode(given[6:]).decode().partition(":")
        else:
            id, secret = str(asked.get("client_id")), str(asked.get("client_secret"))
        if id != self._slack.client[0]:
            raise ApiError("invalid_client_id")
        if secret != self._slack.client[1]:
            raise ApiError("bad_client_secret")

    def _issued(self, team: Workspace) -> Json:
        prefix = "xoxe.xoxb-1-" if self.rotates else "xoxb-"
        team.bot_token = f"{prefix}{secrets.token_hex(16)}"
        body: Json = {
            "ok": True,
            "app_id": self._slack.app_id,
            "scope": ",".join(sorted(team.scopes)),
            "token_type": "bot",
            "access_token": team.bot_token,
            "bot_user_id": team.bot.id,
            "team": {"id": team.id, "name": team.name},
            "enterprise": {"id": team.enterprise, "name": "Grid"} if team.enterprise else None,
            "is_enterprise_install": False,
        }
        if self.rotates:
            refresh = f"xoxe-1-{secrets.token_hex(16)}"
            self._refresh[refresh] = team
            body |= {"refresh_token": refresh, "expires_in": self.lives}
        return body

    def _refreshed(self, token: str) -> Json:
        team = self._refresh.pop(token, None)
        if team is None or not team.installed:
            raise ApiError("invalid_refresh_token")
        self.exchanges += 1
        self._gone[team.bot_token] = "token_expired"
        return self._issued(team)

    def expire(self, team: Workspace) -> None:
        """Twelve hours have gone by: the token is worth nothing."""
        self._gone[team.bot_token] = "token_expired"
        team.bot_token = f"expired-{secrets.token_hex(8)}"

    def gone(self, token: str) -> str:
        """What is wrong with a token that was good once."""
        return self._gone.get(token, "")
