"""Teams, over real HTTP, with really signed tokens: who comes in, what is answered, what goes wrong."""

import asyncio
import contextlib
import json
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from aiohttp import ClientSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bot.channels import teams
from bot.channels.teams import drawn
from bot.channels.teams.settings import CLOUDS, is_among
from bot.settings import Settings, SettingsError
from bot.types import Thread
from tests.fake_teams import GENERAL, TENANT, _keys, shown, there
from tests.teams_house import environment, fake, house, served

__all__ = ["fake", "house"]  # fixtures

ADA, BEN = "a:1ada", "a:1ben"
GROUP = "19:chat@thread.v2"
FACT, QUESTION = "The lease of the Leeds office was signed by Grace Hopper.", "Who signed the lease of Leeds?"
NAMES = (
    "APP_ID APP_PASSWORD CERTIFICATE TENANT_ID ALLOW_UNSIGNED OPENID_URL TOKEN_ISSUER LOGIN_URL OAUTH_SCOPE"
)


def ask(fake, text=QUESTION, **more):
    return fake.message("Ada", ADA, text, mention=False, **more)


async def put_in(fake, text=FACT):
    """Ada says something to Wherein alone, and sees that it was taken."""
    await fake.says("Ada", ADA, text)
    await fake.until(ADA, "othing")


async def answered(fake):
    """Ada asks of what she put in; the answer, once its buttons are there."""
    await put_in(fake)
    await fake.says("Ada", ADA, QUESTION)
    post = await fake.until(ADA, "Grace Hopper")
    await there(lambda: fake.buttons(post))
    return post


# --------------------------------------------------------------------------- who comes in


async def test_what_is_signed_right_comes_in(fake, house):
    assert await fake.send(ask(fake)) == (200, {})
    assert "nothing" in shown((await fake.until(ADA, "othing")).activity)


WRONG = {
    "expired": {"exp": int(time.time()) - 3_600, "nbf": int(time.time()) - 7_200},
    "not yet valid": {"nbf": int(time.time()) + 3_600},
    "for another app": {"aud": "another-app"},
    "by another issuer": {"iss": "https://elsewhere.example"},
    "for another service": {"serviceurl": "https://elsewhere.example/"},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
async def test_what_is_signed_wrong_does_not(changed, fake, house):
    status, body = await fake.send(ask(fake), fake.identity.sign(fake.url, **changed))
    assert status == 401
    assert "Traceback" not in str(body)
    assert fake.posts == []


@pytest.mark.parametrize("token", [None, "garbage", "a.b.c", "eyJhbGciOiJub25lIn0.eyJhIjoxfQ."])
async def test_no_token_or_what_is_none_does_not(token, fake, house):
    assert (await fake.send(ask(fake), token))[0] == 401


async def test_an_unsigned_algorithm_does_not(fake, house):
    claims = {"iss": "https://issuer.example", "aud": "x", "exp": int(time.time()) + 60}
    forged = jwt.encode(claims, "k" * 32, "HS256", {"kid": fake.identity.kid})
    assert (await fake.send(ask(fake), forged))[0] == 401


async def test_a_key_that_is_not_endorsed_for_teams_does_not(fake, house):
    fake.identity.endorsements = ["webchat"]
    assert (await fake.send(ask(fake)))[0] == 401


async def test_without_keys_it_is_to_be_sent_again(fake, house):
    fake.identity.down = True
    assert (await fake.send(ask(fake)))[0] == 503


async def test_of_another_tenant_it_does_not(fake, house):
    made = ask(fake)
    made["channelData"]["tenant"]["id"] = "another-tenant"
    assert (await fake.send(made))[0] == 403


@pytest.mark.parametrize("url", ["https://evil.example/", "http://smba.trafficmanager.net/", "https://u@x"])
async def test_a_service_url_elsewhere_does_not(url, fake, house):
    made = ask(fake) | {"serviceUrl": url}
    assert (await fake.send(made))[0] == 403


async def test_another_channel_of_the_bot_service_does_not(fake, house):
    fake.identity.endorsements = ["msteams", "webchat"]
    assert (await fake.send(ask(fake) | {"channelId": "webchat"}))[0] == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        (b"[1]", 400),
        (b"null", 400),
        (b"7", 400),
        (b'"text"', 400),
        (b"{}", 400),
        (b'{"type": 5}', 400),
        (b'{"type": "message", "conversation": "x"}', 400),
        (b'{"type": "message", "conversation": {"id": 1}, "attachments": 7}', 400),
        (b"[" * 100_000, 400),
        (b"\xff\xfe", 400),
        (b" " * 1_000_001, 413),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_body_that_is_no_activity_is_refused(body, status, fake, house):
    assert (await fake.send(body))[0] == status


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "messageReaction"},
        {"type": "never heard of"},
        {"type": "messageUpdate", "channelData": {"eventType": "colourChanged"}},
        {"type": "conversationUpdate", "membersAdded": [{"id": "29:somebody"}]},
        {"attachments": [{"contentType": 5, "content": []}], "entities": [{"mentioned": "x"}], "text": ""},
        {"from": None, "text": None, "attachments": None},
        {"value": {"wherein": ["ask"]}, "text": ""},
    ],
    ids=str,
)
async def test_an_activity_that_is_none_of_ours_is_let_go(changed, fake, house):
    status, _ = await fake.send(ask(fake) | changed | {"serviceUrl": fake.url})
    assert status in (200, 403)  # what loses its tenant is nobody's


@pytest.mark.parametrize("name", ["signin/verifyState", "task/fetch", "", "fileConsent/invoke"])
async def test_an_unknown_invoke_is_not_implemented(name, fake, house):
    assert await fake.invoke("Ada", ADA, name, {}) == (501, {})


@pytest.mark.parametrize("value", [None, 5, [], {"action": 7}, {"action": {}}, {"action": {"data": [1]}}])
@pytest.mark.parametrize(
    "name",
    [
        "adaptiveCard/action",
        "message/submitAction",
        "composeExtension/fetchTask",
        "composeExtension/submitAction",
    ],
)
async def test_an_invoke_with_nonsense_is_no_failure(name, value, fake, house):
    status, _ = await fake.invoke("Ada", ADA, name, value)
    assert status in (200, 400, 501)


async def test_a_card_action_of_another_conversation_is_refused(fake, house):
    buttons = fake.buttons(await answered(fake))
    button = next(one for one in buttons if one["data"]["wherein"] == "why")
    value = {"action": {"type": "Action.Execute", "verb": button["verb"], "data": button["data"]}}
    assert (await fake.invoke("Ben", BEN, "adaptiveCard/action", value))[0] == 403
    assert (await fake.invoke("Ada", ADA, "adaptiveCard/action", value))[0] == 200
    submitted = ask(fake, "") | {"value": button["data"], "text": ""}
    submitted["conversation"]["id"] = BEN
    assert (await fake.send(submitted))[0] == 403


# --------------------------------------------------------------------------- once, and surely


async def test_the_same_activity_twice_is_answered_once(fake, house):
    made = ask(fake)
    assert [await fake.send(made), await fake.send(made)] == [(200, {}), (200, {})]
    await asyncio.gather(*(fake.send(made) for _ in range(5)))
    await fake.until(ADA, "othing")
    await asyncio.sleep(0.3)
    assert len(fake.ours(ADA)) == 1


@pytest.mark.parametrize("fault", ["429", "412", "502", "502 page", "504", "401"])
async def test_what_the_connector_does_not_take_is_sent_again(fault, fake, house):
    fake.faults = [fault]
    await fake.send(ask(fake))
    await fake.until(ADA, "othing")
    assert len(fake.ours(ADA)) == 1
    assert fake.faults == []


async def test_an_update_that_fails_is_repeated(fake, house):
    await fake.says("Ada", GENERAL, QUESTION, mention=True)  # a channel has no sign of typing
    fake.faults = ["429", "412", "502"]
    conversation = fake.posts[0].conversation
    await fake.until(conversation, "othing")
    assert len(fake.ours(conversation)) == 1
    assert fake.faults == []


@pytest.mark.parametrize("fault", ["403", "404 page"])
async def test_where_a_room_is_gone_nothing_is_tried_again(fault, fake, house):
    fake.faults = [fault] * 5
    await fake.send(ask(fake))
    await asyncio.sleep(0.5)
    posts = [path for method, path in fake.calls if method == "POST"]
    assert 1 <= len(posts) <= 2  # the sign of typing, and the reply
    assert fake.ours(ADA) == []


@pytest.mark.parametrize("fault", ["lost", "page"])
async def test_a_post_lost_on_the_way_leaves_a_placeholder_and_no_second_answer(fault, fake, house):
    fake.faults = [fault]
    said = await fake.says("Ada", GENERAL, QUESTION, mention=True)
    await fake.until(said.conversation, "othing")
    stand = [shown(one.activity).strip() for one in fake.ours(said.conversation)]
    assert stand[0] == "Looking …"
    assert len(stand) == 2


async def test_an_update_lost_on_the_way_is_made_again(fake, house):
    said = await fake.says("Ada", GENERAL, QUESTION, mention=True)
    fake.faults = ["lost update"]
    post = await fake.until(said.conversation, "othing")
    await there(lambda: post.changed == 2)
    assert len(fake.ours(said.conversation)) == 1


async def test_a_card_that_is_refused_falls_back_to_text(fake, house):
    await put_in(fake)
    fake.refuses_cards = True
    await fake.says("Ada", ADA, QUESTION)
    post = await fake.until(ADA, "Grace Hopper")
    await asyncio.sleep(0.3)
    assert fake.buttons(post) == []


async def test_buttons_that_fail_come_with_the_next_try_and_the_answer_stands_once(fake, house):
    said = await fake.says("Ada", GENERAL, FACT, mention=True)
    await fake.until(said.conversation, "othing")
    await fake.says("Ada", said.conversation, QUESTION, mention=True)
    post = await fake.until(said.conversation, "Grace Hopper")
    fake.faults = ["429"]
    assert await there(lambda: fake.buttons(post))
    stand = [one for one in fake.ours(said.conversation) if "Grace Hopper" in shown(one.activity)]
    assert len(stand) == 1


async def test_buttons_go_with_an_answer_that_is_taken_back(fake, house):
    fake.consent.add(GENERAL)
    said = await fake.says("Ada", GENERAL, FACT)
    await fake.says("Ada", said.conversation, QUESTION, mention=True)
    post = await fake.until(said.conversation, "Grace Hopper")
    assert await there(lambda: fake.buttons(post))
    await fake.deletes(said)
    await fake.until(said.conversation, "take that answer back")
    await there(lambda: not fake.buttons(post))


async def test_what_is_too_long_is_posted_in_plain_words(fake, house, monkeypatch):
    monkeypatch.setattr(drawn, "activity", lambda reply, names: {"type": "message", "text": "x" * 90_000})
    await fake.send(ask(fake))
    await fake.until(ADA, "othing")


async def test_typing_is_shown_while_it_works(fake, house):
    await fake.send(ask(fake))
    await fake.until(ADA, "othing")
    assert ADA in fake.typing


async def test_after_a_restart_it_corrects_what_it_said_before(fake, tmp_path):
    fake.consent.add(GENERAL)
    store = f"sqlite:{tmp_path / 'kept.db'}"
    async with served(fake, store=store):
        said = await fake.says("Ada", GENERAL, "The fire drill is on Tuesday.")
        await fake.says("Ben", said.conversation, "When is the fire drill?", mention=True)
        post = await fake.until(said.conversation, "Tuesday")
    async with served(fake, store=store):
        await fake.edits(said, "The fire drill is on Thursday.")
        assert (await fake.until(said.conversation, "Thursday")).id == post.id


async def test_after_a_restart_it_answers_what_was_asked_before(fake, tmp_path):
    store = f"sqlite:{tmp_path / 'kept.db'}"
    async with served(fake, store=store):
        fake.faults = ["412"] * 50
        await fake.send(ask(fake))
    assert fake.ours(ADA) == []
    fake.faults = []
    async with served(fake, store=store):
        await fake.until(ADA, "othing")
    assert len(fake.ours(ADA)) == 1


# --------------------------------------------------------------------------- where it is asked


async def test_a_group_chat_is_answered_where_it_is_mentioned(fake, house):
    await fake.says("Ada", GROUP, FACT, mention=True)
    await fake.says("Ben", GROUP, QUESTION, mention=True)
    assert "Ada" in shown((await fake.until(GROUP, "*Grace Hopper*")).activity)


@pytest.mark.parametrize("room", [GENERAL, GROUP])
async def test_without_consent_a_reply_says_that_it_sees_mentions_alone(room, fake, house):
    post = await fake.says("Ada", room, QUESTION, mention=True)
    said = shown((await fake.until(post.conversation, "othing")).activity)
    assert "I see only messages that mention me" in said


async def test_with_consent_it_does_not_say_so(fake, house):
    fake.consent.add(GENERAL)
    said = await fake.says("Ada", GENERAL, FACT)
    await fake.says("Ben", said.conversation, QUESTION, mention=True)
    post = await fake.until(said.conversation, "Grace Hopper")
    assert "mention me" not in shown(post.activity)


async def test_it_greets_once_and_forgets_when_it_is_put_out(fake, house):
    joined = fake.activity("Ada", GENERAL, type="installationUpdate", action="add")
    added = fake.activity("Ada", GENERAL, type="conversationUpdate", membersAdded=[joined["recipient"]])
    await asyncio.gather(fake.send(joined), fake.send(added))
    await fake.until(GENERAL, "Hello.")
    await asyncio.sleep(0.2)
    assert len(fake.ours(GENERAL)) == 1
    said = await fake.says("Ada", GENERAL, FACT, mention=True)
    await fake.says("Ada", said.conversation, QUESTION, mention=True)
    await fake.until(said.conversation, "Grace Hopper")
    await fake.send(fake.activity("Ada", GENERAL, type="installationUpdate", action="remove"))
    await asyncio.sleep(0.5)
    before = {post.id for post in fake.ours(said.conversation)}
    await fake.says("Ada", said.conversation, QUESTION, mention=True)
    new = await there(
        lambda: [one for one in fake.ours(said.conversation) if one.id not in before and one.changed]
    )
    assert "I could read nothing of what is here" in shown(new[0].activity)


async def test_put_out_of_a_team_it_forgets_all_its_channels(fake, tmp_path):
    store, second = f"sqlite:{tmp_path / 'kept.db'}", "19:second@thread.tacv2"
    async with served(fake, store=store) as service:
        for channel in (GENERAL, second):
            said = await fake.says("Ada", channel, FACT, mention=True)
            await fake.until(said.conversation, "othing")
        tenant = Thread("teams", TENANT)
        assert len(await service.archive.threads.of_team(tenant)) == 2
    async with served(fake, store=store) as service:

        def kept():
            return [text for (text,) in read(tmp_path / "kept.db") if "Grace Hopper" in text]

        assert len(kept()) >= 2
        await fake.send(fake.activity("Ada", GENERAL, type="installationUpdate", action="remove"))
        await there(lambda: not kept())


def read(file):
    with contextlib.closing(sqlite3.connect(file)) as opened:
        return opened.execute("SELECT body FROM items").fetchall()


async def test_a_vote_with_a_reason_is_kept_also_by_another_process(fake, tmp_path):
    store = f"sqlite:{tmp_path / 'kept.db'}"
    async with served(fake, store=store):
        post = await answered(fake)
    async with served(fake, store=store) as service:
        assert await fake.thumbs("Ada", post, up=False, reason="It was Ada.") == (200, {})
        assert (await fake.thumbs("Ada", post, up=False, reason="{nonsense"))[0] == 200
        where = teams.incoming.thread(TENANT, ADA, "")
        votes = await service.archive.votes.of_thread(where)
        assert [(vote.up, vote.reason) for vote in votes] == [(False, "{nonsense")]


async def test_an_edit_and_its_undoing_in_a_chat(fake, house):
    said = await fake.says("Ada", ADA, "The alarm code is changed on Mondays.")
    await fake.until(ADA, "othing")
    await fake.deletes(said)
    await fake.edits(said, "The alarm code is changed on Fridays.", "undeleteMessage")
    await asyncio.sleep(0.3)
    await fake.says("Ada", ADA, "When is the alarm code changed?")
    await fake.until(ADA, "*Fridays*")


# --------------------------------------------------------------------------- complaints


async def test_complaint_4_teams_answers_as_every_chat_does(fake, house):
    await put_in(fake)
    await fake.says("Ada", ADA, QUESTION)
    post = await fake.until(ADA, "“The lease of the Leeds office was signed by *Grace Hopper*.”")
    assert {"Why?"} <= {one["title"] for one in await there(lambda: fake.buttons(post))}


async def test_complaint_21_it_is_acknowledged_before_it_is_answered(fake, house, monkeypatch):
    reading, go_on = house.answerer.answer, asyncio.Event()

    async def slow(*args, **named):
        await go_on.wait()
        return await reading(*args, **named)

    monkeypatch.setattr(house.answerer, "answer", slow)
    await fake.says("Ada", ADA, "The badge desk is in room 4.")
    await fake.says("Ada", ADA, "Where is the badge desk?")
    assert fake.ours(ADA) == []
    go_on.set()
    await fake.until(ADA, "*room 4*")


@pytest.mark.parametrize("room", [GENERAL, GROUP])
async def test_complaint_22_where_files_do_not_arrive_it_says_what_to_do(room, fake, house):
    post = await fake.says(
        "Ada", room, "What does the offer come to?", mention=True, files=[("offer.txt", b"1,840 euros")]
    )
    said = shown((await fake.until(post.conversation, "othing")).activity)
    assert "send it to me alone, or put in a link" in said


async def test_complaint_22_in_a_personal_chat_they_are_read(fake, house):
    await fake.says("Ada", ADA, "", files=[("offer.txt", b"The offer of Kessler is 1,840 euros.")])
    await fake.until(ADA, "Read: offer.txt")
    await fake.says("Ada", ADA, "How much is the offer of Kessler?")
    await fake.until(ADA, "*1,840 euros*")


async def test_complaint_23_a_certificate_does_without_a_secret(fake, monkeypatch, tmp_path):
    monkeypatch.delenv("TEAMS_APP_PASSWORD")
    monkeypatch.setenv("TEAMS_CERTIFICATE", str(certificate(tmp_path)))
    async with served(fake):
        await fake.send(ask(fake))
        await fake.until(ADA, "othing")
    asked = fake.identity.asked[0]
    assert "client_secret" not in asked
    claims = jwt.decode(
        asked["client_assertion"],
        _keys[0].public_key(),
        ["PS256"],
        audience=f"{fake.identity.url}/{TENANT}/oauth2/v2.0/token",
    )
    assert claims["iss"] == claims["sub"] == asked["client_id"]


def certificate(folder):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wherein")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_keys[0].public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(_keys[0], hashes.SHA256())
    )
    key = _keys[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "bot.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM) + key)
    return file


# --------------------------------------------------------------------------- settings


@pytest.fixture
def clean(monkeypatch):
    for name in NAMES.split():
        monkeypatch.delenv(f"TEAMS_{name}", raising=False)
    return monkeypatch


REGISTERED = {"TEAMS_APP_ID": "a", "TEAMS_APP_PASSWORD": "p", "TEAMS_TENANT_ID": "t"}
REFUSED = {
    "TEAMS_APP_ID is not set": {},
    "TEAMS_TENANT_ID is not set": {"TEAMS_APP_ID": "a", "TEAMS_APP_PASSWORD": "p"},
    "TEAMS_APP_PASSWORD is not set": {"TEAMS_APP_ID": "a", "TEAMS_TENANT_ID": "t"},
    "are both set": REGISTERED | {"TEAMS_CERTIFICATE": "x.pem"},
    "there is no such file": {"TEAMS_APP_ID": "a", "TEAMS_TENANT_ID": "t", "TEAMS_CERTIFICATE": "/no.pem"},
    "TEAMS_TOKEN_ISSUER is not set": REGISTERED | {"TEAMS_OPENID_URL": "https://x.example/"},
    "TEAMS_LOGIN_URL=http": REGISTERED
    | {
        "TEAMS_OPENID_URL": "https://x.example/",
        "TEAMS_TOKEN_ISSUER": "i",
        "TEAMS_LOGIN_URL": "http://x.example",
        "TEAMS_OAUTH_SCOPE": "s",
    },
    "TEAMS_CLOUD=mars": REGISTERED | {"TEAMS_CLOUD": "mars"},
}


@pytest.mark.parametrize(("words", "given"), REFUSED.items(), ids=REFUSED)
def test_settings_that_cannot_work_are_named(words, given, clean):
    for name, value in given.items():
        clean.setenv(name, value)
    with pytest.raises(SettingsError, match=words):
        teams.open(Settings(web_port=0))


def test_unsigned_activities_are_for_this_machine_alone(clean):
    clean.setenv("TEAMS_ALLOW_UNSIGNED", "true")
    assert teams.open(Settings(web_port=0))
    with pytest.raises(SettingsError, match="TEAMS_ALLOW_UNSIGNED"):
        teams.open(Settings(web_port=0, host="0.0.0.0"))


def test_a_certificate_that_is_none_is_refused(clean, tmp_path):
    file = tmp_path / "bot.pem"
    file.write_text("no certificate")
    for name, value in (REGISTERED | {"TEAMS_APP_PASSWORD": "", "TEAMS_CERTIFICATE": str(file)}).items():
        clean.setenv(name, value)
    with pytest.raises(SettingsError, match="TEAMS_CERTIFICATE"):
        teams.open(Settings(web_port=0))


async def test_without_an_app_id_what_is_unsigned_comes_in_on_this_machine(fake, monkeypatch):
    for name in environment(""):
        if name != "TEAMS_ALLOW_UNSIGNED":
            monkeypatch.delenv(name)
    fake.signed = False
    async with served(fake):
        await fake.send(ask(fake))
        await fake.until(ADA, "othing")
        assert (await fake.send(ask(fake) | {"serviceUrl": "https://evil.example/"}))[0] == 403
        async with ClientSession() as browser:
            for status, headers in (
                (415, {"Content-Type": "text/plain"}),
                (403, {"Content-Type": "application/json", "Host": "evil.example"}),
                (200, {"Content-Type": "application/json; charset=utf-8", "Host": "localhost:3978"}),
            ):
                sent = json.dumps(ask(fake))
                async with browser.post(fake.bot, data=sent, headers=headers) as answer:
                    assert answer.status == status


async def test_the_check_names_what_is_wrong(fake, monkeypatch):
    channel = teams.open(Settings(web_port=0))
    assert await channel.check() == []
    await channel.close()
    monkeypatch.setenv("TEAMS_APP_PASSWORD", "wrong")
    fake.identity.down = True
    channel = teams.open(Settings(web_port=0))
    password, keys = await channel.check()
    await channel.close()
    assert "TEAMS_APP_PASSWORD" in password
    assert keys.endswith("/openid cannot be had: it answers 503.")


async def test_the_check_says_in_words_that_microsoft_cannot_be_reached(fake, monkeypatch):
    nowhere = "http://127.0.0.1:9"
    monkeypatch.setenv("TEAMS_LOGIN_URL", nowhere)
    monkeypatch.setenv("TEAMS_OPENID_URL", f"{nowhere}/openid")
    channel = teams.open(Settings(web_port=0))
    assert await channel.check() == [
        f"{nowhere} cannot be reached, and so there is no token: the connection is refused.",
        f"The keys behind {nowhere}/openid cannot be had: the connection is refused.",
    ]
    await channel.close()


# --------------------------------------------------------------------------- hosts


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://europe.botframework.com/", True),
        ("https://botframework.com.evil.example/", False),
        ("https://evilbotframework.com/", False),
        ("https://smba.trafficmanager.net:8443/", False),
        ("https://smba.trafficmanager.net@evil.example/", False),
        ("https://user@smba.trafficmanager.net/", False),
        ("http://smba.trafficmanager.net/", False),
        ("http://127.0.0.1/", False),
        ("https://[::1", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_a_connector_is_known_by_its_host(url, may):
    assert is_among(url, CLOUDS["public"].hosts, here=False) is may


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://contoso-my.sharepoint.com/x", True),
        ("https://sharepoint.com.evil.example/x", False),
        ("https://169.254.169.254/latest", False),
        ("http://contoso.sharepoint.com/x", False),
        ("http://localhost/x", False),
    ],
)
def test_files_come_from_microsofts_hosts_alone(url, may):
    assert is_among(url, CLOUDS["public"].files, here=False) is may


async def test_a_file_elsewhere_is_not_fetched(fake, house):
    made = ask(fake, "What is in it?")
    given = fake._given("offer.txt", b"x")
    given["content"]["downloadUrl"] = "https://evil.example/offer.txt"
    made["attachments"] = [given]
    await fake.send(made)
    assert "offer.txt" in shown((await fake.until(ADA, "othing")).activity)


async def test_the_service_answers_its_health_beside_teams(fake, house):
    async with ClientSession() as client, client.get(fake.bot.replace("/api/messages", "/healthz")) as answer:
        assert answer.status == 200
