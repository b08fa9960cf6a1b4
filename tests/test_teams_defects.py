"""The defects of botbuilder 4.17.1 that will not be mended there, each settled here, by its number.

Where it costs little, a test also shows that the defect is still there: if one is not, its cure can go.
"""

import asyncio
import json
import time

import pytest
from aiohttp import ClientSession
from botbuilder.core import TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import Activity, Entity

from bot.channels.teams import adapter, signed
from bot.channels.teams.incoming import incoming
from bot.channels.teams.parsed import to_message
from bot.channels.teams.sender import Sender
from bot.channels.teams.settings import load
from bot.channels.teams.signed import Keys
from bot.settings import Settings
from tests.fake_teams import BOT, GENERAL, person, shown
from tests.teams_house import fake, house, served
from tests.test_teams import ADA, BEN, FACT, QUESTION, answered, ask

__all__ = ["fake", "house"]  # fixtures


# --------------------------------------------------------------------------- 1


@pytest.mark.parametrize("token", ["expired", "garbage", None, "unknown key"])
async def test_defect_1_a_wrong_token_is_401_and_no_traceback(token, fake, house):
    made = ask(fake)
    if token == "expired":
        token = fake.identity.sign(fake.url, exp=int(time.time()) - 3_600)
    elif token == "unknown key":
        await fake.send(made)
        fake.identity.kid = "never published"
        token = fake.identity.sign(fake.url)
        fake.identity.kid = "first"
    status, body = await fake.send(made, token)
    assert status == 401
    assert "Traceback" not in json.dumps(body)


# --------------------------------------------------------------------------- 2


async def test_defect_2_a_new_key_of_microsofts_is_known_at_once(fake, house, monkeypatch):
    assert (await fake.send(ask(fake, "One?")))[0] == 200
    fake.identity.rotate()
    assert (await fake.send(ask(fake, "Two?")))[0] == 401
    monkeypatch.setattr(signed, "AGAIN_SECONDS", 0.0)  # half a minute later
    assert (await fake.send(ask(fake, "Three?")))[0] == 200
    assert fake.identity.fetched == 2


async def test_defect_2_who_makes_keys_up_has_them_fetched_every_half_minute_at_most(fake, house):
    made = ask(fake)
    await fake.send(made)
    fake.identity.kid = "made up"
    forged = fake.identity.sign(fake.url)
    fake.identity.kid = "first"
    assert {(await fake.send(made, forged))[0] for _ in range(20)} == {401}
    assert fake.identity.fetched == 1


async def test_defect_2_old_keys_serve_while_new_ones_cannot_be_had(fake, clock):
    async with ClientSession() as session:
        endpoints = load(Settings(web_port=0)).endpoints
        keys = Keys(endpoints, lambda: session, here=True, clock=clock)
        assert await keys.get("first")
        fake.identity.down = True
        clock.now += 3 * 86_400
        assert await keys.get("first")
        await keys.close()


# --------------------------------------------------------------------------- 3


async def test_defect_3_one_token_serves_every_turn(fake, house):
    for turn in range(5):
        await fake.send(ask(fake, f"Who is number {turn}?"))
    await asyncio.sleep(0.5)
    assert fake.identity.tokens == 1
    assert fake.identity.fetched == 1


async def test_defect_3_a_token_is_replaced_ahead_of_its_end_while_the_old_one_serves(fake):
    fake.identity.lives = 60
    async with served(fake):
        await fake.send(ask(fake))
        await fake.until(ADA, "othing")
        await fake.send(fake.message("Ben", BEN, QUESTION, mention=False))
        await fake.until(BEN, "othing")
    assert fake.identity.tokens <= 2


async def test_defect_3_a_slow_identity_provider_holds_nobody_else_up(fake, house):
    fake.identity.gives.clear()
    lags = []

    async def watch():
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            lags.append(time.monotonic() - began - 0.01)

    watching = asyncio.create_task(watch())
    await fake.send(ask(fake))
    await asyncio.sleep(0.5)
    assert fake.ours(ADA) == []
    assert max(lags) < 0.2
    fake.identity.gives.set()
    await fake.until(ADA, "othing")
    watching.cancel()


# --------------------------------------------------------------------------- 4


async def test_defect_4_one_client_serves_every_turn(fake, house):
    (channel,) = house.channels
    connectors = channel._adapter._connectors
    made = {id(await connectors.create(fake.url, "")) for _ in range(3)}
    await fake.send(ask(fake))
    await fake.until(ADA, "othing")
    assert made == {id(await connectors.create(fake.url, ""))}
    assert isinstance(connectors._sender, Sender)


# --------------------------------------------------------------------------- 5


async def test_defect_5_an_invoke_is_answered_with_its_body_as_it_is(fake, house):
    post = await answered(fake)
    status, body = await fake.presses("Ada", post, "Why?")
    assert status == 200
    assert body["statusCode"] == 200
    assert body["type"] == "application/vnd.microsoft.card.adaptive"
    assert body["value"]["type"] == "AdaptiveCard"


# --------------------------------------------------------------------------- 6


def test_defect_6_is_there_still():
    whole = {"type": "https://schema.org/Message", "@type": "Message", "citation": [{"position": 1}]}
    kept = Entity.deserialize(whole).serialize()
    assert "citation" not in kept


async def test_defect_6_a_citation_arrives_whole(fake, house):
    post = await answered(fake)
    (entity,) = [one for one in post.activity["entities"] if one["type"].endswith("/Message")]
    assert (entity["@type"], entity["@context"]) == ("Message", "https://schema.org")
    (claim,) = entity["citation"]
    assert claim["position"] == 1
    assert claim["appearance"]["abstract"]
    assert "[1]" in post.activity["text"]


# --------------------------------------------------------------------------- 7


async def test_defect_7_thumbs_are_taken(fake, house):
    post = await answered(fake)
    assert await fake.thumbs("Ada", post, up=False, reason="It was Ada.") == (200, {})


async def test_defect_7_ask_about_this_is_answered_and_can_be_shared(fake, house):
    fake.consent.add(GENERAL)
    said = await fake.says("Ben", GENERAL, FACT)
    view = await fake.asks_about("Ada", said, QUESTION)
    assert "Grace Hopper" in json.dumps(view.card)
    assert fake.ours(said.conversation) == []
    status, body = await fake.submits(view, "Share")
    assert (status, body["task"]["type"]) == (200, "message")
    assert "Ada" in shown((await fake.until(said.conversation, "Grace Hopper")).activity)


# --------------------------------------------------------------------------- 8


def mentioning(text, *entities):
    made = {
        "type": "message",
        "id": "1",
        "channelId": "msteams",
        "from": person("Ada"),
        "recipient": BOT,
        "conversation": {"id": "19:a@thread.v2", "conversationType": "groupChat", "tenantId": "t"},
        "text": text,
        "entities": [{"type": "mention", **entity} for entity in entities],
    }
    return to_message(incoming(made))


def test_defect_8_is_there_still():
    made = Activity().deserialize(
        {"recipient": BOT, "text": "<at>Wherein</at> who?", "entities": [{"type": "mention"}]}
    )
    with pytest.raises((KeyError, TypeError)):
        TurnContext.remove_recipient_mention(made)


OURS = {"mentioned": BOT, "text": "<at>Wherein</at>"}
ADAS = {"mentioned": person("Ada"), "text": "<at>Ada</at>"}


@pytest.mark.parametrize(
    ("text", "entities", "left"),
    [
        ("<at>Wherein</at> who signed?", [OURS], "who signed?"),
        ("who signed,\u00a0<at>Wherein</at>?\r\n", [OURS], "who signed, ?"),
        ("<at>Wherein</at> did <at>Ada</at> sign?", [OURS, ADAS], "did Ada sign?"),
        ("<at>Ada</at> <at>Wherein</at> who?", [ADAS, OURS], "Ada who?"),
        ("<at>Wherein</at>&nbsp;is 3 &lt; 4?", [OURS], "is 3 < 4?"),
        ("<at>W (a+b)*</at> who?", [{"mentioned": BOT, "text": "<at>W (a+b)*</at>"}], "who?"),
        ("Wherein who?", [{"mentioned": BOT}], "Wherein who?"),
        ("who?", [{"mentioned": BOT, "text": None}], "who?"),
        ("who is Wherein? <at>Wherein</at>", [OURS], "who is Wherein?"),
    ],
)
def test_defect_8_our_mention_goes_and_nobody_elses(text, entities, left):
    message = mentioning(text, *entities)
    assert (message.text, message.addressed) == (left, True)


@pytest.mark.parametrize("entity", [{}, {"mentioned": None}, {"mentioned": {"id": 7}}, ADAS])
def test_defect_8_who_is_not_mentioned_is_not_addressed(entity):
    assert not mentioning("<at>Ada</at> who?", entity).addressed


# --------------------------------------------------------------------------- all of them


def test_botbuilder_is_called_for_and_not_patched():
    assert adapter.CloudAdapter is CloudAdapter
    assert CloudAdapter.process_activity.__module__ == "botbuilder.core.cloud_adapter_base"


async def test_buttons_are_executed_and_fall_back_to_submitting(fake, house):
    for button in fake.buttons(await answered(fake)):
        assert button["type"] == "Action.Execute"
        assert button["fallback"]["type"] == "Action.Submit"
        assert button["verb"] == f"wherein_{button['data']['wherein']}"
