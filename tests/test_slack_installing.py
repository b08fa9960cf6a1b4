"""How Wherein gets into many Slack workspaces, keeps its tokens fresh, and is put out again."""

import asyncio
import base64
import logging
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp.web import Application, Request, Response, json_response
from slack_sdk.oauth.installation_store import Installation as Installed
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot import stores
from bot.archive.vault import SealedVault
from bot.channels.slack import leaving, pages, scopes
from bot.channels.slack.installing import COOKIE, STATE_SECONDS, App, Installing, States
from bot.channels.slack.renewing import VaultTokens
from bot.channels.slack.vaulted import Installations, member, name_of
from bot.settings import Settings, SettingsError
from bot.stores.memory import MemoryStore
from bot.types import NotAcceptedError, Thread, VaultError
from tests.fakes import Clock
from tests.test_archive import everything
from tests.test_vault import NEW, OLD

HOURS = 3_600


class FakeOAuth:
    """Slack, as far as it lets an app in: a code is good once, and so is a refresh token."""

    def __init__(self):
        self.codes, self.refreshes, self.tokens, self.calls = {}, {}, {}, []
        self.broken = self.slow = None
        self.rotates = False

    def application(self):
        app = Application()
        app.router.add_post("/api/oauth.v2.access", self._access)
        app.router.add_post("/api/auth.test", self._test)
        return app

    def agree(self, code, **team):
        """Somebody presses Allow in that workspace."""
        self.codes[code] = {"team": {"id": "T1", "name": "One"}, "enterprise": None} | team
        return code

    async def _access(self, request: Request) -> Response:
        form = await request.post()
        assert request.headers["Authorization"] == f"Basic {base64.b64encode(b'1.2:hush').decode()}"
        self.calls.append(dict(form))
        if self.broken:
            return Response(status=self.broken, text="<html>")
        if form.get("grant_type") == "refresh_token":
            about = self.refreshes.pop(form["refresh_token"], None)
            if self.slow:
                await self.slow.wait()
            return json_response(
                self._pair(about) if about else {"ok": False, "error": "invalid_refresh_token"}
            )
        about = self.codes.pop(form["code"], None)
        return json_response(self._pair(about) if about else {"ok": False, "error": "invalid_code"})

    def _pair(self, about):
        number = len(self.tokens) + 1
        token = f"xoxb-{number}"
        self.tokens[token] = about
        answer = {
            "ok": True,
            "app_id": "A1",
            "access_token": token,
            "token_type": "bot",
            "bot_user_id": "UBOT",
            "scope": ",".join(scopes.BOT),
            "authed_user": {"id": "UADA"},
            "is_enterprise_install": False,
        } | about
        if self.rotates:
            self.refreshes[f"xoxe-{number}"] = about
            answer |= {"refresh_token": f"xoxe-{number}", "expires_in": 12 * HOURS}
        return answer

    async def _test(self, request: Request) -> Response:
        if self.broken:
            return Response(status=self.broken, text="<html>")
        if request.headers["Authorization"].removeprefix("Bearer ") not in self.tokens:
            return json_response({"ok": False, "error": "invalid_auth"})
        answer = {"ok": True, "bot_id": "BBOT", "user_id": "UBOT", "url": "https://one.slack.com/"}
        return json_response(answer)


class Browser:
    """Somebody's browser: it keeps cookies, and follows nobody by itself."""

    def __init__(self, http, base):
        self._http, self._base = http, base
        self.cookies = {}

    async def get(self, path, **how):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies} if cookies else {}
        async with self._http.get(
            self._base + path, headers=headers | how.pop("headers", {}), **how
        ) as answer:
            for name, cookie in answer.cookies.items():
                assert cookie["secure"]
                assert cookie["httponly"]
                assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
                assert name.startswith("__Host-")
                if cookie["max-age"]:
                    self.cookies[name] = cookie.value
                else:
                    self.cookies.pop(name, None)
            return answer.status, await answer.text(), answer.headers

    async def begin(self):
        """Open the page; what its button leads to, as Slack would read it."""
        status, page, _ = await self.get("/slack/install")
        assert status == 200
        url = page.split('<a href="')[1].split('"')[0].replace("&amp;", "&")
        return urlsplit(url), {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}

    async def end(self, **query):
        return await self.get("/slack/oauth_redirect", params=query)


class Way:
    """The whole way in, over a real server and a real store."""

    def __init__(self, store, slack, app, base, http, clock):
        self.store, self.slack, self.app, self.clock = store, slack, app, clock
        self.base, self.http = base, http
        self.vault = SealedVault(store, [OLD])
        self.installing = Installing(app, self.vault, clock)
        self.tokens = self.installing.tokens
        self.accepted = []

    def browser(self):
        return Browser(self.http, self.base)

    async def install(self, code="c", **team):
        browser = self.browser()
        _, query = await browser.begin()
        self.slack.agree(code, **team)
        status, page, _ = await browser.end(code=code, state=query["state"])
        assert status == 200, page

    async def accept(self, message):
        self.accepted.append(message)
        return True

    def another(self):
        """Another task over the same store."""
        return Installing(self.app, SealedVault(self.store, [OLD]), self.clock).tokens


@pytest.fixture
async def way(aiohttp_server, tmp_path):
    slack, ours, clock = FakeOAuth(), Application(), Clock()
    clock.now = time.time()
    fake = await aiohttp_server(slack.application())
    app = App("1.2", "hush", str(fake.make_url("/api/")), "https://wherein.example.com")
    store = stores.open(f"sqlite:{tmp_path / 'test.db'}", clock=clock)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        made = Way(store, slack, app, "", http, clock)
        made.installing.mount(ours.router)
        made.base = str((await aiohttp_server(ours)).make_url("")).rstrip("/")
        yield made
    await store.close()


# --------------------------------------------------------------------------- into it


async def test_complaint_19_somebody_installs_it_and_it_has_a_token_there(way):
    browser = way.browser()
    url, query = await browser.begin()
    assert url.path == "/oauth/v2/authorize"
    assert query["redirect_uri"] == "https://wherein.example.com/slack/oauth_redirect"
    assert set(query["scope"].split(",")) == scopes.needed()
    assert "user_scope" not in query
    status, page, headers = await browser.end(code=way.slack.agree("c"), state=query["state"])
    assert status == 200
    assert "Wherein is in your Slack" in page
    assert "https://slack.com/app_redirect?app=A1&amp;team=T1" in page
    assert headers["Cache-Control"] == "no-store"
    assert browser.cookies == {}
    found = await way.tokens.of("T1", "")
    assert (found.team, found.token, found.bot_id, found.bot_user) == ("T1", "xoxb-1", "BBOT", "UBOT")
    assert found.url == "https://one.slack.com/"
    assert await way.tokens.of("T2", "") is None


async def test_the_token_stands_nowhere_in_the_store_nor_in_a_log(way, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    way.slack.rotates = True
    await way.install(code="code-quincunx")
    browser = way.browser()
    _, query = await browser.begin()
    await browser.end(code="code-quincunx", state=query["state"])  # it was used: Slack refuses it
    # The service has aiohttp's own log of requests switched off.
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    found = await everything(way.store) + "\n".join(ours) + capsys.readouterr().out
    assert "not installed" in found
    assert "installation%23T1" in found
    for secret in ("xoxb-1", "xoxe-1", "code-quincunx", "hush"):
        assert secret not in found


async def test_who_opens_the_page_again_and_again_writes_nothing(way):
    for _ in range(3):
        await way.browser().begin()
    assert await way.store.keys("vault#slack") == []


async def test_the_pages_are_in_the_language_of_the_browser(way):
    status, page, _ = await way.browser().get("/slack/install", headers={"Accept-Language": "de-CH,de;q=0.9"})
    assert (status, "Zu Slack hinzufügen" in page, 'lang="de"' in page) == (200, True, True)


async def refusals(way, said, status, **query):
    """A callback that must be refused with these words, and must ask Slack nothing."""
    browser = way.browser()
    _, asked = await browser.begin()
    given, page, headers = await browser.end(**{"state": asked["state"], "code": "c"} | query)
    assert (given, said in page) == (status, True), page
    assert "https://wherein.example.com/slack/install" in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert way.slack.calls == []
    assert await way.tokens.of("T1", "") is None


async def test_who_says_no_is_told_that_nothing_was_changed(way):
    way.slack.agree("c")
    await refusals(way, "You said no", 200, error="access_denied")


async def test_what_somebody_writes_into_the_address_is_not_shown(way):
    await refusals(way, "Slack did not take it", 200, error="<script>alert(1)</script>")
    _, page, _ = await way.browser().end(error="<script>alert(1)</script>")
    assert "<script" not in page


@pytest.mark.parametrize("state", ["wrong", "", "a.1.b", "é", "a" * 4000])
async def test_a_wrong_state_is_refused(way, state):
    way.slack.agree("c")
    await refusals(way, "was not begun in this browser", 400, state=state)


async def test_a_state_that_we_did_not_sign_is_refused_whatever_the_cookie_says(way):
    browser = way.browser()
    for state in ("nonce.1.00", "nonce", f"{'x' * 32}.{int(way.clock())}.{'0' * 64}", "..", "é"):
        browser.cookies = {COOKIE: state}
        status, page, _ = await browser.end(code=way.slack.agree("c"), state=state)
        assert status in (400, 401)
        assert "Begin again" in page
    assert way.slack.calls == []


async def test_a_state_from_another_browser_is_refused(way):
    _, query = await way.browser().begin()
    other = way.browser()
    status, page, _ = await other.end(code=way.slack.agree("c"), state=query["state"])
    assert (status, "not begun in this browser" in page) == (400, True)
    await other.begin()
    status, _, _ = await other.end(code="c", state=query["state"])
    assert status == 400
    assert way.slack.calls == []


async def test_a_missing_state_or_code_is_refused(way):
    browser = way.browser()
    _, query = await browser.begin()
    status, _, _ = await browser.end(code=way.slack.agree("c"))
    assert status == 400
    browser.cookies = {COOKIE: query["state"]}
    status, page, _ = await browser.end(state=query["state"])
    assert (status, "Slack did not take it" in page) == (401, True)
    assert way.slack.calls == []


async def test_a_state_is_good_for_one_time(way):
    browser = way.browser()
    _, query = await browser.begin()
    status, _, _ = await browser.end(code=way.slack.agree("c"), state=query["state"])
    assert status == 200
    browser.cookies = {COOKIE: query["state"]}
    status, page, _ = await browser.end(code=way.slack.agree("d"), state=query["state"])
    assert (status, "finished before" in page) == (401, True)
    assert len(way.slack.calls) == 1


async def test_of_two_who_use_a_state_at_once_one_is_let_in(way):
    states = [States(SealedVault(way.store, [OLD]), "hush", way.clock) for _ in range(8)]
    state = await states[0].async_issue()
    assert sum(await asyncio.gather(*(one.async_consume(state) for one in states))) == 1


async def test_a_state_ends_after_ten_minutes_and_leaves_nothing(way):
    browser = way.browser()
    _, query = await browser.begin()
    way.clock.now += STATE_SECONDS + 1
    status, page, _ = await browser.end(code=way.slack.agree("c"), state=query["state"])
    assert (status, "too long ago" in page) == (401, True)
    assert way.slack.calls == []
    assert await way.store.query("vault#slack") == []


@pytest.mark.parametrize("broken", [None, 500, 200])
async def test_a_code_that_slack_does_not_take_is_said(way, broken):
    way.slack.broken = broken
    browser = way.browser()
    _, query = await browser.begin()
    status, page, _ = await browser.end(code="never-given", state=query["state"])
    assert (status, "Slack did not take it" in page) == (401, True)
    assert await way.vault.names("slack", "installation#") == []


async def test_where_slack_cannot_be_reached_it_is_said(way):
    app = replace(way.app, api_url="http://127.0.0.1:9/api/")
    flow = Installing(app, way.vault, way.clock)._flow
    assert await flow.run_installation("c") is None


async def test_where_the_store_does_not_answer_it_is_said(way):
    browser = way.browser()
    _, query = await browser.begin()
    real = way.vault.put

    async def put(channel, name, *rest, **how):
        if name.startswith("installation"):
            raise VaultError("the store is away")
        return await real(channel, name, *rest, **how)

    way.vault.put = put
    status, page, _ = await browser.end(code=way.slack.agree("c"), state=query["state"])
    assert (status, "could not be kept" in page) == (500, True)


async def test_installed_again_it_has_the_new_token_at_once(way):
    await way.install()
    assert (await way.tokens.of("T1", "")).token == "xoxb-1"
    await way.install()
    assert (await way.tokens.of("T1", "")).token == "xoxb-2"


async def test_an_installation_that_no_key_opens_any_more_is_said_and_can_be_made_again(way):
    await SealedVault(way.store, [NEW]).put("slack", name_of("T1"), {}, 0)
    with pytest.raises(VaultError, match="have Wherein installed there again"):
        await way.tokens.of("T1", "")
    await way.install()
    assert (await way.tokens.of("T1", "")).token == "xoxb-1"


@pytest.mark.parametrize("lacks", ["public_url", "secret_key"])
def test_what_it_needs_of_the_services_settings_is_named(lacks):
    service = Settings(**{"public_url": "https://a.b", "secret_key": OLD} | {lacks: ""})
    with pytest.raises(
        SettingsError, match=f"^WHEREIN_{lacks.upper()} is not set, and SLACK_CLIENT_ID wants it"
    ):
        App.of(service, "1.2", "hush", "https://slack.com/api/")
    whole = App.of(
        Settings(public_url="https://a.b", secret_key=OLD), "1.2", "hush", "https://slack.com/api/"
    )
    assert (whole.public_url, "hush" in repr(whole)) == ("https://a.b", False)


# --------------------------------------------------------------------------- a whole organisation

ORG = {"team": None, "enterprise": {"id": "E1", "name": "Org"}, "is_enterprise_install": True}


async def test_an_organisations_installation_serves_each_of_its_workspaces(way):
    await way.install(**ORG)
    for team in ("T8", "T9"):
        found = await way.tokens.of(team, "E1")
        assert (found.team, found.enterprise, found.token) == (team, "E1", "xoxb-1")
    assert await way.tokens.of("T8", "") is None
    assert await way.tokens.of("T8", "E2") is None
    assert (await way.tokens.of("", "E1")).token == "xoxb-1"
    assert await way.vault.names("slack", member("E1")) == [member("E1", "T8"), member("E1", "T9")]


async def test_a_workspaces_own_installation_goes_before_its_organisations(way):
    await way.install(**ORG)
    await way.install(team={"id": "T1"}, enterprise={"id": "E1"})
    assert (await way.tokens.of("T1", "E1")).token == "xoxb-2"
    assert (await way.tokens.of("T2", "E1")).token == "xoxb-1"


# --------------------------------------------------------------------------- tokens that end


async def age(way, name, hours):
    """Let a token end in so many hours."""
    kept = await way.vault.get("slack", name)
    data = {**kept.data, "bot_token_expires_at": int(way.clock() + hours * HOURS)}
    assert await way.vault.put("slack", name, data, kept.version)


async def test_a_token_that_ends_soon_is_renewed_and_the_old_pair_is_used_once(way):
    way.slack.rotates = True
    await way.install()
    assert (await way.another().of("T1", "")).token == "xoxb-1"
    await age(way, name_of("T1"), 1.5)
    assert (await way.another().of("T1", "")).token == "xoxb-2"
    assert (await way.another().of("T1", "")).token == "xoxb-2"
    assert [call.get("refresh_token") for call in way.slack.calls] == [None, "xoxe-1"]
    assert list(way.slack.refreshes) == ["xoxe-2"]
    await age(way, name_of("T1"), 1.5)
    assert (await way.another().of("T1", "")).token == "xoxb-3"


async def test_two_tasks_that_renew_at_once_leave_one_valid_pair(way):
    way.slack.rotates, way.slack.slow = True, asyncio.Event()
    await way.install()
    await age(way, name_of("T1"), 1.5)
    tasks = [asyncio.create_task(way.another().of("T1", "")) for _ in range(6)]
    while sum(task.done() for task in tasks) < 5:
        await asyncio.sleep(0.01)
    way.slack.slow.set()
    found = [one.token for one in await asyncio.gather(*tasks)]
    assert sorted(found) == ["xoxb-1"] * 5 + ["xoxb-2"]  # the others go on with the one that is good yet
    assert [call.get("refresh_token") for call in way.slack.calls] == [None, "xoxe-1"]
    kept = (await way.vault.get("slack", name_of("T1"))).data
    assert (kept["bot_token"], kept["bot_refresh_token"]) == ("xoxb-2", "xoxe-2")
    assert list(way.slack.refreshes) == ["xoxe-2"]


async def test_who_finds_the_token_ended_waits_for_the_task_that_renews_it(way):
    way.slack.rotates, way.slack.slow = True, asyncio.Event()
    await way.install()
    await age(way, name_of("T1"), -1)
    tasks = [asyncio.create_task(way.another().of("T1", "")) for _ in range(4)]
    while len(way.slack.calls) < 2:
        await asyncio.sleep(0.01)
    way.slack.slow.set()
    assert {one.token for one in await asyncio.gather(*tasks)} == {"xoxb-2"}
    assert len(way.slack.calls) == 2


async def test_many_at_once_in_one_task_ask_the_store_once(way):
    await way.install()
    asked = []
    real = way.vault.get
    way.vault.get = lambda *what: asked.append(what) or real(*what)
    found = await asyncio.gather(*(way.tokens.of("T1", "") for _ in range(50)))
    assert {one.token for one in found} == {"xoxb-1"}
    assert len(asked) == 1


async def test_a_task_that_ended_while_it_renewed_is_followed_by_another(way):
    way.slack.rotates = True
    await way.install()
    await age(way, name_of("T1"), 1.5)
    kept = await way.vault.get("slack", name_of("T1"))
    claimed = {**kept.data, "renewing_until": way.clock() + 60}
    await way.vault.put("slack", name_of("T1"), claimed, kept.version)
    assert (await way.another().of("T1", "")).token == "xoxb-1"
    way.clock.now += 61
    assert (await way.another().of("T1", "")).token == "xoxb-2"


@pytest.mark.parametrize("broken", [500, None])
async def test_a_token_that_cannot_be_renewed_is_used_as_long_as_it_is_good(way, broken):
    way.slack.rotates = True
    await way.install()
    await age(way, name_of("T1"), 1.5)
    way.slack.broken = broken
    if not broken:
        way.slack.refreshes.clear()
    assert (await way.another().of("T1", "")).token == "xoxb-1"
    way.slack.broken = None
    if broken:
        way.clock.now += 61
        assert (await way.another().of("T1", "")).token == "xoxb-2"


async def test_a_workspace_that_installs_it_while_its_token_is_renewed_keeps_what_it_was_given_last(way):
    way.slack.rotates, way.slack.slow = True, asyncio.Event()
    await way.install()
    await age(way, name_of("T1"), 1.5)
    renewing = asyncio.create_task(way.another().of("T1", ""))
    while len(way.slack.calls) < 2:
        await asyncio.sleep(0.01)
    await way.install(code="again")
    way.slack.slow.set()
    await renewing
    assert (await way.vault.get("slack", name_of("T1"))).data["bot_token"] == "xoxb-2"


async def test_a_new_pair_is_written_though_the_store_was_away_for_a_moment(way):
    way.slack.rotates = True
    await way.install()
    await age(way, name_of("T1"), 1.5)

    class Away(SealedVault):
        fails = 2

        async def put(self, channel, name, data, version, **how):
            if data["bot_token"] == "xoxb-2" and self.fails:
                self.fails -= 1
                raise VaultError("the store is away")
            return await super().put(channel, name, data, version, **how)

    rotator = AsyncTokenRotator(client_id="1.2", client_secret="hush", client=way.app.client())
    tokens = VaultTokens(Away(way.store, [OLD]), rotator, way.clock)
    assert (await tokens.of("T1", "")).token == "xoxb-2"
    assert (await way.another().of("T1", "")).token == "xoxb-2"


async def test_tokens_that_do_not_rotate_are_never_renewed(way):
    await way.install()
    way.clock.now += 1_000 * HOURS
    assert (await way.another().of("T1", "")).token == "xoxb-1"
    assert len(way.slack.calls) == 1


# --------------------------------------------------------------------------- Bolt's store


async def test_it_is_a_store_as_bolt_wants_it():
    store = Installations(SealedVault(MemoryStore(Clock()), [OLD]))
    made = Installed(
        app_id="A1", team_id="T1", bot_token="xoxb-1", bot_id="B", bot_user_id="U", user_id="UADA"
    )
    made.bot_scopes, made.bot_token_expires_at, made.bot_refresh_token = ["chat:write"], 7, "xoxe-1"
    await store.async_save(made)
    ids = {"enterprise_id": None, "team_id": "T1"}
    found = await store.async_find_installation(**ids)
    assert found.to_dict() == {**made.to_dict(), "url": ""}
    bot = await store.async_find_bot(**ids)
    assert (bot.bot_token, bot.bot_token_expires_at) == ("xoxb-1", 7)
    bot.bot_token = "xoxb-2"
    await store.async_save_bot(bot)
    assert (await store.async_find_bot(**ids)).bot_token == "xoxb-2"
    await store.async_delete_installation(**ids, user_id="UADA")
    assert await store.async_find_bot(**ids)
    await store.async_delete_bot(**ids)
    assert await store.async_find_installation(**ids) is None
    await store.async_save_bot(bot)
    assert (await store.async_find_bot(**ids)).bot_token == "xoxb-2"
    await store.async_delete_all(**ids)
    assert await store.async_find_bot(**ids) is None


# --------------------------------------------------------------------------- out again


def event(kind="app_uninstalled", at=None, team="T1", **body):
    said = {"type": kind} | body.pop("event", {})
    at = int(time.time()) + 3_600 if at is None else at  # some are made long before their test is run
    return {"team_id": team, "event_id": f"Ev-{kind}", "event_time": at, "event": said} | body


REVOKED = {"tokens": {"oauth": [], "bot": ["UBOT"]}}


@pytest.mark.parametrize(
    "body", [event(), event("tokens_revoked", event=REVOKED)], ids=["uninstalled", "revoked"]
)
async def test_who_puts_it_out_has_all_forgotten_and_its_token_deleted(way, body):
    await way.install()
    await way.install(team={"id": "T2"})
    assert await way.tokens.of("T1", "")
    del way.slack.tokens["xoxb-1"]
    await way.installing.leave(body, way.accept)
    (left,) = way.accepted
    assert (left.intent, left.thread, left.at) == ("left", Thread("slack", "T1"), body["event_time"])
    assert await way.tokens.of("T1", "") is None
    assert await way.vault.names("slack", "installation#") == [name_of("T2")]
    await way.installing.leave(body, way.accept)
    assert {message.id for message in way.accepted} == {left.id}  # it comes twice, and is known by its id


async def test_a_persons_token_that_is_revoked_puts_nobody_out(way):
    await way.install()
    tokens = {"tokens": {"oauth": ["UADA"], "bot": []}}
    for body in (event("tokens_revoked", event=tokens), event("tokens_revoked"), event("app_mention"), {}):
        await way.installing.leave(body, way.accept)
    assert way.accepted == []
    assert await way.tokens.of("T1", "")


async def test_an_old_token_that_is_revoked_puts_nobody_out(way):
    way.slack.rotates = True
    await way.install()
    await age(way, name_of("T1"), 1.5)
    assert (await way.another().of("T1", "")).token == "xoxb-2"
    del way.slack.tokens["xoxb-1"]
    await way.installing.leave(event("tokens_revoked", event=REVOKED), way.accept)
    assert way.accepted == []
    assert (await way.tokens.of("T1", "")).token == "xoxb-2"


async def test_where_the_vault_does_not_answer_nothing_is_forgotten_and_nothing_is_replaced(way):
    await way.install()

    async def away(*_):
        raise VaultError("the store is away for a moment")

    real, way.vault.get = way.vault.get, away
    for body in (event("tokens_revoked", event=REVOKED), event()):
        with pytest.raises(VaultError):
            await way.installing.leave(body, way.accept)
    with pytest.raises(VaultError):
        await Installations(way.vault).async_save(Installed(team_id="T1", user_id="UADA"))
    way.vault.get = real
    assert way.accepted == []
    assert (await way.tokens.of("T1", "")).token == "xoxb-1"


async def test_where_it_is_not_known_whether_a_token_is_good_nothing_is_forgotten(way):
    await way.install()
    way.slack.broken = 500
    with pytest.raises(NotAcceptedError):
        await way.installing.leave(event("tokens_revoked", event=REVOKED), way.accept)
    assert way.accepted == []
    assert await way.vault.names("slack", "installation#") == [name_of("T1")]


async def test_an_event_that_comes_late_does_not_put_out_who_came_back(way):
    await way.install()
    await way.installing.leave(event(at=int(time.time()) - 300), way.accept)
    assert way.accepted == []
    assert await way.tokens.of("T1", "")


async def test_an_organisation_that_puts_it_out_does_so_in_each_of_its_workspaces(way):
    await way.install(**ORG)
    await way.install(team={"id": "T1"})
    for team in ("T8", "T9"):
        await way.tokens.of(team, "E1")
    whole = [{"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}]
    await way.installing.leave(event(team="T8", enterprise_id="E1", authorizations=whole), way.accept)
    assert sorted(message.thread.team for message in way.accepted) == ["T8", "T9"]
    assert [await way.tokens.of(team, "E1") for team in ("T8", "T9")] == [None, None]
    assert await way.vault.names("slack", "member#") == []
    assert await way.tokens.of("T1", "")


async def test_a_workspace_that_an_organisation_takes_it_from_is_forgotten_alone(way):
    await way.install(**ORG)
    for team in ("T8", "T9"):
        await way.tokens.of(team, "E1")
    body = event("team_access_revoked", team="E1", enterprise_id="E1", event={"team_ids": ["T8"]})
    await way.installing.leave(body, way.accept)
    assert [message.thread.team for message in way.accepted] == ["T8"]
    assert await way.vault.names("slack", "member#") == [member("E1", "T9")]
    assert await way.tokens.of("T9", "E1")


async def test_where_it_cannot_be_promised_nothing_is_deleted_and_slack_sends_it_again(way):
    await way.install()

    async def refuse(_):
        raise NotAcceptedError

    with pytest.raises(NotAcceptedError):
        await way.installing.leave(event(), refuse)
    assert await way.tokens.of("T1", "")


async def test_an_installation_that_no_key_opens_can_be_put_out(way):
    await SealedVault(way.store, [NEW]).put("slack", name_of("T1"), {}, 0)
    await way.installing.leave(event(), way.accept)
    assert len(way.accepted) == 1
    assert await way.vault.names("slack") == []


async def test_one_workspace_by_its_token_needs_no_vault_to_be_forgotten(way):
    assert await leaving.leave(event(), way.accept, None) == ["T1"]
    assert [message.thread.team for message in way.accepted] == ["T1"]


def test_every_reason_has_its_words():
    for reason in pages.REASONS:
        assert pages.refused(reason, "https://a.b") != pages.refused("unknown", "https://a.b")
