"""Teams: activities, each with a token that is minted for it, or with one that nobody should believe."""

import base64
import itertools
import json
import time
from typing import Any

import jwt
from hypothesis import strategies as st

from tests.fake_teams import APP, BOT, FakeIdentity, FakeTeams, _keys
from tests.fuzz import mutations, wire
from tests.fuzz.case import Case
from tests.fuzz.house import House
from tests.fuzz.target import Batch, told

PATH = "/api/messages"
ADA, GENERAL, GROUP = "a:1ada", "19:general@thread.tacv2", "19:chat@thread.v2"
QUESTION, SERVICE = "Who renews the badges?", "~service~"
WRONG_TOKENS = (
    "none", "no bearer", "garbage", "expired", "too early", "other key", "other issuer", "other audience",
    "other service",
    "no expiry", "not signed", "symmetric", "unknown key", "no key id", "odd key id", "odd claims", "cut",
    "huge", "deep",
)  # fmt: skip
SEALS = ["right"] * 40 + list(WRONG_TOKENS)
_ids = itertools.count(1)


def _sources() -> dict[str, Any]:
    fake = FakeTeams(FakeIdentity())
    fake.url, fake._ids = SERVICE, itertools.count(1)
    found: dict[str, Any] = {}
    for place, conversation in (("alone", ADA), ("in a channel", GENERAL), ("in a group", GROUP)):
        found[f"asked {place}"] = fake.message("Ada", conversation, QUESTION, mention=True)
        found[f"said {place}"] = fake.message(
            "Ada", conversation, "The front desk renews the badges.", mention=False
        )
        for event, kind in (
            ("editMessage", "Update"),
            ("softDeleteMessage", "Delete"),
            ("undeleteMessage", "Update"),
        ):
            changed = fake.message(
                "Ada", conversation, "It is so.", mention=False, channelData={"eventType": event}
            )
            found[f"{event} {place}"] = changed | {"type": f"message{kind}"}
        moved = fake.activity("Ada", conversation, type="conversationUpdate", membersAdded=[BOT])
        found[f"brought in {place}"] = moved
        found[f"put out {place}"] = fake.activity(
            "Ada", conversation, type="installationUpdate", action="remove"
        )
        chain = conversation + (";messageid=1" if conversation == GENERAL else "")
        found |= {f"{name} {place}": one for name, one in _invokes(fake, chain)}
    for command in ("help", "sources", "forget", "settings line 0.5", "pin https://a.example/", "mute"):
        found[f"told to {command.split()[0]}"] = fake.message("Ada", ADA, command, mention=False)
    file = fake._given("badges.txt", b"")
    found["a file"] = fake.message("Ada", ADA, QUESTION, mention=False, attachments=[file])
    for one in found.values():
        one |= {"id": "~id~", "timestamp": "~at~"}
    return found


def _invokes(fake: FakeTeams, conversation: str) -> list[tuple[str, Any]]:
    def invoke(name: str, value: Any) -> Any:
        return fake.activity("Ada", conversation, type="invoke", name=name, value=value, replyToId="1")

    room, found = conversation.partition(";")[0], []
    answer = f"00000000-0000-0000-0000-00000000000a/{room}/1"
    for intent in ("feedback", "next", "why", "share", "delete", "keep", "unpin"):
        data = {"wherein": intent, "about": answer, "text": "up", "reason": "so"}
        action = {"type": "Action.Execute", "verb": intent, "data": data}
        found.append(
            (f"pressed {intent}", invoke("adaptiveCard/action", {"action": action, "trigger": "manual"}))
        )
    vote = {"reaction": "like", "feedback": json.dumps({"feedbackText": "so"})}
    found.append(("thumbs", invoke("message/submitAction", {"actionName": "feedback", "actionValue": vote})))
    payload = {
        "id": "1", "replyToId": None, "createdDateTime": "2026-01-01T00:00:00Z",
        "linkToMessage": "https://teams.microsoft.com/l/x",
        "from": {"user": {"id": "u", "displayName": "Ada"}, "application": None}, "attachments": [],
        "body": {"contentType": "html", "content": "<p>The <b>front desk</b> renews the badges.</p>"},
    }  # fmt: skip
    value = {"commandId": "askAbout", "commandContext": "message", "messagePayload": payload}
    found.append(("asked about", invoke("composeExtension/fetchTask", value)))
    sent = value | {"data": {"wherein": "ask", "question": QUESTION}}
    found.append(("sent a dialog", invoke("composeExtension/submitAction", sent)))
    return found


SOURCES = _sources()


def _case(source: str, changes: Any, coded: Any, request: mutations.Request, seal: str) -> Case:
    body = mutations.rebuilt(mutations.written(mutations.changed(SOURCES[source], changes)).encode(), coded)
    query, headers, comes = request
    return Case(
        "teams", source, body, PATH, {"Content-Type": "application/json"} | headers, query, comes, seal
    )


class Teams:
    """The channel's one address."""

    name = "teams"
    cases = st.builds(
        _case,
        st.sampled_from(sorted(SOURCES)),
        mutations.SAID,
        mutations.RAW_BYTES,
        mutations.REQUESTS,
        st.sampled_from(SEALS),
    )

    def __init__(self, house: House) -> None:
        self._house, self._fake, self._chat = house, house.teams, house.chats["teams"]
        self._tokens: dict[str, str] = {}

    def _filled(self, body: bytes) -> bytes:
        n = next(_ids)
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{n % 1_000_000:06}Z"
        for name, value in (("id", f"{int(time.time())}{n:07}"), ("at", at), ("service", self._fake.url)):
            body = body.replace(f"~{name}~".encode(), value.encode())
        return body

    def _service(self, body: bytes) -> str:
        try:
            found = json.loads(body)["serviceUrl"]
        except (ValueError, RecursionError, KeyError, TypeError, IndexError):
            return self._fake.url
        return found if isinstance(found, str) else self._fake.url

    def _right(self, service: str) -> str:
        try:
            if service not in self._tokens:
                self._tokens[service] = self._fake.identity.sign(service)
        except ValueError:  # no token can hold it
            return self._right(self._fake.url)
        return self._tokens[service]

    def _sealed(self, body: bytes, seal: str) -> dict[str, str]:
        service, now = self._service(body), int(time.time())
        right = self._right(service)
        claims = {"iss": "https://issuer.example", "aud": APP, "exp": now + 600, "serviceurl": service}
        identity = self._fake.identity

        def signed(headers: dict[str, Any], key: Any = identity.key, how: str = "RS256", **more: Any) -> str:
            return jwt.encode(claims | more, key, how, headers)

        kid = {"kid": identity.kid}
        head, _, rest = right.partition(".")
        match seal:
            case "right":
                token = right
            case "none":
                return {}
            case "no bearer":
                return {"Authorization": f"Basic {right}"}
            case "garbage":
                token = "\xff\0.{}.é"
            case "expired":
                token = signed(kid, exp=now - 1_000)
            case "too early":
                token = signed(kid, nbf=now + 10_000)
            case "other key":
                token = signed(kid, _keys[1])
            case "other issuer":
                token = signed(kid, iss="https://else.example")
            case "other audience":
                token = signed(kid, aud=["else"])
            case "other service":
                token = signed(kid, serviceurl=f"{service}x")
            case "no expiry":
                del claims["exp"]
                token = signed(kid)
            case "not signed":
                token = signed(kid, None, "none")
            case "symmetric":
                token = signed(kid, "k" * 64, "HS256")
            case "unknown key":
                token = signed({"kid": f"k{next(_ids)}"})
            case "no key id":
                token = signed({})
            case "odd key id":
                token = f"{_part({'alg': 'RS256', 'kid': [1]})}.{rest}"
            case "odd claims":
                token = f"{head}.{_part([1, None])}.AAAA"
            case "cut":
                token = right[: len(right) // 2]
            case "huge":
                token = "A" * 7_000
            case _:
                token = f"{_part(None, b'[' * 3_000)}.{rest}"
        return {"Authorization": f"Bearer {token}"}

    async def _send(self, number: int, case: Case) -> wire.Answer:
        body = self._filled(case.body)
        data = wire.request(case, body, self._sealed(body, case.seal), number)
        return await wire.sent("127.0.0.1", self._house.port, data, ends=case.ends)

    async def batch(self, cases: list[Case]) -> Batch:
        """Send them, wait until each that was accepted is answered, and look."""
        await self._house.freshen()
        self._tokens.clear()
        return await told(self._house, self._chat, cases, self._send)


def _part(what: Any, raw: bytes = b"") -> str:
    return base64.urlsafe_b64encode(raw or json.dumps(what).encode()).rstrip(b"=").decode()
