"""Who somebody is on the page: by the password, tried only so often; by what the balancer signed."""

import asyncio
import base64
import itertools
import json
import re

import httpx
import jwt
import pytest
from aiohttp import ClientSession, DummyCookieJar
from aiohttp.test_utils import TestServer
from aiohttp.web import Application, Response
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from multidict import CIMultiDict
from starlette.requests import Request
from structlog.testing import capture_logs

from bot.settings import Settings, SettingsError, load
from tests.fakes import Clock
from tests.workplace import Visitor, serving
from web.sign_on import Anybody
from web.sign_on.alb import FETCHES, Alb, Balancer, WrongArnError
from web.sign_on.password import COOKIE, SESSION_SECONDS, TRIES, TRY_SECONDS, Password, TriedTooOftenError

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/wherein/50dc6c495c0c9188"
KID = "1a2b3c4d-0000-4000-8000-123456789abc"


def asked(headers=(), cookie=""):
    sent = [(name.encode(), value.encode()) for name, value in headers]
    sent += [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
    return Request({"type": "http", "method": "GET", "path": "/", "headers": sent, "query_string": b""})


# --------------------------------------------------------------------------- the password


async def test_who_knows_the_password_gets_a_cookie_that_another_task_knows_too():
    clock = Clock()
    cookie = await Password("hush hush", clock).sign("hush hush", "a")
    other = Password("hush hush", clock)
    assert (await other.who(asked(cookie=cookie))).admin
    assert await Password("another", clock).who(asked(cookie=cookie)) is None
    clock.now += SESSION_SECONDS + 1
    assert await other.who(asked(cookie=cookie)) is None


@pytest.mark.parametrize(
    "cookie", ["x", "9999999999.", "9999999999.00", ".", "1e9.x", "9" * 40 + ".x", "٣.x", "-1.x"]
)
async def test_a_cookie_that_is_not_ours_names_nobody(cookie):
    door = Password("hush hush", Clock())
    assert not door.is_signed(cookie)


async def test_a_cookie_with_a_later_end_is_not_ours():
    clock = Clock()
    door = Password("hush hush", clock)
    ends, nonce, signed = (await door.sign("hush hush", "a")).split(".")
    assert door.is_signed(f"{ends}.{nonce}.{signed}")
    assert not door.is_signed(f"{int(ends) + 1}.{nonce}.{signed}")
    assert not door.is_signed(f"{ends}.{'0' * 32}.{signed}")


async def test_who_signs_in_gets_a_cookie_of_their_own_and_one_signed_off_opens_nothing():
    door = Password("hush hush", Clock())
    given = {await door.sign("hush hush", "a") for _ in range(20)}
    assert len(given) == 20
    gone, *others = given
    door.sign_off(gone)
    door.sign_off("x")
    assert not door.is_signed(gone)
    assert all(door.is_signed(cookie) for cookie in others)


async def test_the_password_is_tried_only_so_often_and_then_even_the_right_one_waits():
    clock = Clock()
    door = Password("hush hush", clock)
    for _ in range(TRIES):
        assert await door.sign("wrong", "a") is None
    with pytest.raises(TriedTooOftenError):
        await door.sign("hush hush", "a")
    assert await door.sign("hush hush", "b")
    clock.now += TRY_SECONDS + 1
    assert await door.sign("hush hush", "a")


async def _guess(door):
    for n in range(1_000):
        await door.sign("wrong", f"address {n}")


async def test_guessing_from_many_addresses_is_slowed_too():
    door = Password("hush hush", Clock())
    with pytest.raises(TriedTooOftenError):
        await _guess(door)


@pytest.mark.parametrize("wrong", ["", "hush", "hush hush ", "HUSH HUSH", "\udcff", "x" * 10_000])
async def test_another_password_is_none(wrong):
    assert await Password("hush hush", Clock()).sign(wrong, "a") is None


def test_a_browser_signs_in_by_the_form_and_out_again():
    with serving(furnished=False, admin_password="hush hush") as place, capture_logs() as logged:
        page = Visitor(place.url)
        html = {"accept": "text/html"}
        for path in ("/", "/en/", "/en/admin/"):
            answer = page.get(path, headers=html)
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")
            assert page.get(path).status_code == 401
        told = {"data": ["a", "b"], "fn_index": 0, "session_hash": "x"}
        assert page.post("/en/gradio_api/queue/join", json=told).status_code == 401
        form = page.get("/login")
        assert 'type="password"' in form.text
        assert "<script" not in form.text
        wrong = page.post("/login", data={"password": "<script>"})
        assert (wrong.status_code, "<script" in wrong.text) == (401, False)
        elsewhere = page.post(
            "/login", data={"password": "hush hush"}, headers={"origin": "https://evil.example"}
        )
        assert elsewhere.status_code == 403
        signed = page.post("/login", data={"password": "hush hush"})
        cookie = signed.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        within = Visitor(place.url, cookie=cookie.partition(";")[0])
        assert within.get("/en/admin/").status_code == 200
        assert "Ada" in within.ask("Who signs?", "Ada signs.", "w")
        told = within.get("/logout", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
        assert told.status_code == 403
        assert within.get("/en/admin/").status_code == 200
        out = within.get("/logout")
        assert (out.headers["location"], "Max-Age=0" in out.headers["set-cookie"]) == ("/login", True)
        assert within.get("/en/admin/").status_code == 401  # whoever kept the cookie
        assert "hush" not in "".join(one.text for one in (form, wrong, elsewhere, signed, out))
        for _ in range(TRIES):
            page.post("/login", data={"password": "wrong"})
        assert page.post("/login", data={"password": "hush hush"}).status_code == 429
    told = [(one["event"], one.get("reason")) for one in logged if "address" in one]
    wrong, elsewhere = ("sign-on refused", "another password"), ("a request from elsewhere", None)
    begun = [wrong, elsewhere, ("signed on", None), ("signed off", None)]
    assert told == [*begun, *[wrong] * (TRIES - 1), *[("sign-on refused", "too many tries")] * 2]
    assert "hush" not in repr(logged)
    assert cookie.partition("=")[2].partition(";")[0] not in repr(logged)


def test_over_https_the_cookie_is_of_this_host_alone_and_never_sent_in_the_clear():
    with serving(
        furnished=False, admin_password="hush hush", public_url="https://wherein.example.com"
    ) as place:
        page = Visitor(place.url, host="wherein.example.com")
        signed = page.post("/login", data={"password": "hush hush"})
        name, _, rest = signed.headers["set-cookie"].partition("=")
        assert (name, "; Secure" in rest, "; Path=/;" in rest, "Domain" in rest) == (
            "__Host-wherein",
            True,
            True,
            False,
        )
        cookie = rest.partition(";")[0]
        assert signed.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        asked = {"host": "wherein.example.com"}
        assert Visitor(place.url, cookie=f"__Host-wherein={cookie}", **asked).get("/en/").status_code == 200
        for other in (f"wherein={cookie}", "__Host-wherein=fixed-by-somebody"):
            assert Visitor(place.url, cookie=other, **asked).get("/en/").status_code == 401


# --------------------------------------------------------------------------- several tasks


class Sticky:
    """A balancer with a sticky target group: a browser's cookie names the task that it began with."""

    def __init__(self, *tasks):
        self._tasks, self._next = tasks, itertools.cycle(range(len(tasks)))
        self.app = Application(client_max_size=10**8)
        self.app.router.add_route("*", "/{path:.*}", self._forward)

    async def _forward(self, request):
        chosen = request.cookies.get("AWSALB") or str(next(self._next))
        own = {name: value for name, value in request.headers.items() if name.lower() != "accept-encoding"}
        async with (
            ClientSession(auto_decompress=False, cookie_jar=DummyCookieJar()) as client,
            client.request(
                request.method,
                self._tasks[int(chosen)] + request.path_qs,
                headers=own,
                data=await request.read(),
                allow_redirects=False,
            ) as answer,
        ):
            kept = [(name, value) for name, value in answer.headers.items() if name not in HOPS]
            passed = Response(body=await answer.read(), status=answer.status, headers=CIMultiDict(kept))
        passed.set_cookie("AWSALB", chosen)
        return passed


HOPS = "Transfer-Encoding", "Connection", "Content-Length"


def browsed(url):
    """Somebody signs in, puts a text in, and asks of it twice; the second time without it."""
    page = Visitor(url)
    with httpx.Client(timeout=60) as browser:
        browser.post(f"{url}/login", data={"password": "hush hush"})
        page.headers["cookie"] = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    page.ask("Who signs?", "Ada signs, and Ben pays.", "one")
    return page.ask("Who pays?", "Ada signs, and Ben pays.", "one"), page


async def test_behind_two_tasks_a_browser_keeps_its_conversation_and_a_cookie_holds_at_both():
    task = {"furnished": False, "admin_password": "hush hush"}
    with serving(**task) as one, serving(**task) as two:
        async with TestServer(Sticky(one.url, two.url).app) as balancer:
            url = str(balancer.make_url("")).rstrip("/")
            seen = [await asyncio.to_thread(browsed, url) for _ in range(2)]
        for shown, _ in seen:
            assert "<mark>Ben</mark>" in shown
            assert "1 question before" in shown
        stuck = [page.headers["cookie"] for _, page in seen]
        assert [re.search(r"AWSALB=(\d)", cookie)[1] for cookie in stuck] == ["0", "1"]
        assert all(Visitor(of.url, cookie=stuck[0]).get("/en/admin/").status_code == 200 for of in (one, two))


# --------------------------------------------------------------------------- the balancer


class Keys:
    """The balancer's public keys on loopback."""

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.pem = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.asked = []
        self.app = Application()
        self.app.router.add_get("/{id}", self._give)

    async def _give(self, request):
        self.asked.append(request.match_info["id"])
        found = request.match_info["id"] == KID
        return Response(body=self.pem if found else b"no such key", status=200 if found else 403)

    def token(self, clock, *, key=None, head=None, algorithm="ES256", **claims):
        ends = int(clock()) + 120
        told = {
            "sub": "ada-sub",
            "email": "ada@example.org",
            "exp": ends,
            "iss": "https://id.example.org",
        } | claims
        of = {"kid": KID, "signer": ARN, "exp": ends, "client": "c", "iss": "https://id.example.org"} | (
            head or {}
        )
        return jwt.encode(told, key or self.private, algorithm=algorithm, headers=of)


@pytest.fixture
async def alb(clock):
    keys = Keys()
    server = TestServer(keys.app)
    await server.start_server()
    door = Alb(Balancer(ARN, str(server.make_url("")).rstrip("/")), clock)
    door.keys = keys
    yield door
    await door.close()
    await server.close()


async def test_whom_the_balancer_signed_is_named_and_its_key_is_asked_for_once(alb, clock):
    for _ in range(3):
        author = await alb.who(asked([("x-amzn-oidc-data", alb.keys.token(clock))]))
        assert (author.id, author.email, author.admin) == ("ada-sub", "ada@example.org", False)
    assert alb.keys.asked == [KID]


async def test_aws_pads_its_base64_and_that_is_understood(alb, clock):
    def padded(of):
        return base64.urlsafe_b64encode(json.dumps(of, separators=(",", ":")).encode()).decode()

    ends = int(clock()) + 60
    head = {"typ": "JWT", "kid": KID, "alg": "ES256", "iss": "i", "client": "c", "signer": ARN, "exp": ends}
    body = {"sub": "ada-sub", "email": "ada@example.org", "exp": ends}
    signed = f"{padded(head)}.{padded(body)}"
    assert "=" in signed
    signature = jwt.get_algorithm_by_name("ES256").sign(signed.encode(), alb.keys.private)
    token = f"{signed}.{base64.urlsafe_b64encode(signature).decode()}"
    assert (await alb.named(token)).email == "ada@example.org"


async def test_what_this_balancer_did_not_sign_names_nobody(alb, clock):
    keys, stranger = alb.keys, ec.generate_private_key(ec.SECP256R1())
    good = keys.token(clock)
    head, body, signature = good.split(".")
    forged = base64.urlsafe_b64encode(json.dumps({"sub": "root", "exp": 9e9}).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": KID, "signer": ARN}).encode()).decode()
    for token in (
        keys.token(clock, key=stranger),
        keys.token(clock, head={"signer": ARN.replace("wherein", "another")}),
        keys.token(clock, head={"signer": ""}),
        keys.token(clock, head={"kid": "../../etc/passwd"}),
        keys.token(clock, head={"kid": "unknown"}),
        keys.token(clock, key="x" * 64, algorithm="HS256"),
        keys.token(clock, exp=int(clock()) - 60),
        keys.token(clock, head={"exp": int(clock()) - 60}),
        keys.token(clock, sub=""),
        keys.token(clock, exp="soon"),
        f"{head}.{forged}.{signature}",
        f"{none}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        "", "x", "a.b.c", good + "x", "ü.ü.ü",
    ):  # fmt: skip
        assert await alb.named(token) is None, token
    assert await alb.named(good)


async def test_two_headers_name_nobody(alb, clock):
    token = alb.keys.token(clock)
    assert await alb.who(asked([("x-amzn-oidc-data", token)] * 2)) is None
    assert await alb.who(asked()) is None


async def test_an_address_that_nobody_verified_names_no_admin(alb, clock):
    author = await alb.named(alb.keys.token(clock, email_verified="false"))
    assert (author.id, author.email) == ("ada-sub", "")


async def test_who_makes_up_names_of_keys_does_not_have_us_ask_for_all_of_them(alb, clock):
    for n in range(10 * FETCHES):
        assert await alb.named(alb.keys.token(clock, head={"kid": f"{n:08x}"})) is None
    assert len(alb.keys.asked) == FETCHES


def test_where_the_keys_lie_is_told_by_the_balancers_own_name():
    assert Balancer.parse(ARN).keys == "https://public-keys.auth.elb.eu-west-1.amazonaws.com"
    gov = ARN.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1")
    assert Balancer.parse(gov).keys.endswith("/aws-elb-public-keys-prod-us-gov-west-1")
    for wrong in (
        "",
        "x",
        ARN + "/x y",
        ARN.replace("/app/", "/net/"),
        ARN.replace("eu-west-1", "eu@evil.example/"),
    ):
        with pytest.raises(WrongArnError):
            Balancer.parse(wrong)


# --------------------------------------------------------------------------- settings


def test_a_page_that_others_reach_wants_a_password_or_a_balancer(monkeypatch):
    monkeypatch.setenv("WHEREIN_HOST", "0.0.0.0")
    with pytest.raises(SettingsError, match="WHEREIN_ADMIN_PASSWORD is not set"):
        load(Settings)
    monkeypatch.setenv("WHEREIN_SIGN_ON", f"alb:{ARN}")
    assert load(Settings).sign_on == f"alb:{ARN}"


@pytest.mark.parametrize("wrong", ["alb", "alb:", ARN, f"oidc:{ARN}", "alb:arn:aws:s3:::x"])
def test_a_sign_on_that_is_none_is_said_in_one_sentence(monkeypatch, wrong):
    monkeypatch.setenv("WHEREIN_SIGN_ON", wrong)
    with pytest.raises(SettingsError, match=r"WHEREIN_SIGN_ON=.*say alb:ARN"):
        load(Settings)


async def test_on_loopback_whoever_sits_there_is_the_admin():
    assert (await Anybody().who(asked())).admin
