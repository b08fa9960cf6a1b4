"""Teams on loopback: an identity provider that signs, a connector, and people with their clients.

It has what the real one has and nothing more: no bot reads back what stands there, no post takes a key that
makes it once, files come in personal chats alone, and rooms tell only of mentions, unless an owner consents.
"""

import asyncio
import html
import itertools
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import jwt
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from aiohttp.web import Application, Request, Response, json_response
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

APP, TENANT, SECRET = "00000000-0000-0000-0000-00000000a001", "00000000-0000-0000-0000-00000000000a", "s3cret"
ISSUER = "https://issuer.example"
TEAM, GENERAL = "19:team@thread.tacv2", "19:general@thread.tacv2"
BOT = {"id": f"28:{APP}", "name": "Wherein"}
PAGE = "<html><body>Bad gateway</body></html>"
LARGEST = 80_000  # bytes of a message as UTF-16
CARD = "application/vnd.microsoft.card.adaptive"
_keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]


class FakeIdentity:
    """Signs what the connector sends, and gives the bot its token."""

    def __init__(self) -> None:
        self.kid, self.key = "first", _keys[0]
        self.endorsements = ["msteams"]
        self.fetched = self.tokens = 0
        self.lives, self.down = 3600, False
        self.asked: list[dict[str, str]] = []
        self.issued: set[str] = set()
        self.app = Application()
        self.app.router.add_get("/openid", self._metadata)
        self.app.router.add_get("/keys", self._jwks)
        self.app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        self.gives = asyncio.Event()  # a token, to who waits for one
        self.gives.set()

    async def start(self) -> str:
        self.server = TestServer(self.app)
        await self.server.start_server()
        self.url = str(self.server.make_url("")).rstrip("/")
        return self.url

    def rotate(self) -> None:
        self.kid, self.key = "second", _keys[1]

    def sign(self, service_url: str, **changed) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": APP,
            "nbf": now - 10,
            "exp": now + 600,
            "serviceurl": service_url,
        } | changed
        return jwt.encode(claims, self.key, "RS256", {"kid": self.kid})

    async def _metadata(self, _: Request) -> Response:
        self.fetched += 1
        if self.down:
            return json_response({}, status=503)
        return json_response({"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"})

    async def _jwks(self, _: Request) -> Response:
        key = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return json_response({"keys": [key | {"kid": self.kid, "endorsements": self.endorsements}]})

    async def _token(self, request: Request) -> Response:
        form = dict(await request.post())
        self.asked.append(form)
        await self.gives.wait()
        secret = form.get("client_secret") == SECRET or "client_assertion" in form
        if not (secret and form.get("client_id") == APP and request.match_info["tenant"] == TENANT):
            return json_response({"error": "invalid_client"}, status=401)
        self.tokens += 1
        token = f"token-{self.tokens}"
        self.issued.add(token)
        return json_response({"access_token": token, "expires_in": self.lives, "token_type": "Bearer"})


@dataclass(slots=True)
class Post:
    """A message as it stands in a conversation."""

    id: str
    conversation: str
    activity: dict
    by: str = ""  # whose it is; empty: the bot's
    gone: bool = False
    changed: int = 0


@dataclass(slots=True)
class View:
    """What one person alone was shown: a card instead of another, or a dialog."""

    id: str
    conversation: str
    who: str
    card: dict
    payload: dict | None = None  # of the message that a dialog is about
    on: str = ""  # the message whose card was pressed


@dataclass
class FakeTeams:
    """The connector, its rooms, and what people do in their clients."""

    identity: FakeIdentity
    bot: str = ""  # where activities go
    consent: set[str] = field(default_factory=set)  # rooms whose owners let the bot read on
    posts: list[Post] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    typing: list[str] = field(default_factory=list)
    # A status, one with "page", whose body is a proxy's; "lost", "lost update", "page": taken, and not told.
    faults: list[str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    refuses_cards: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    signed: bool = True

    async def start(self) -> None:
        self._ids = itertools.count(int(time.time() * 1000))
        app = Application(client_max_size=10_000_000)
        base = "/v3/conversations/{conversation}/activities"
        app.router.add_post(base, self._post)
        app.router.add_post(base + "/{id}", self._post)
        app.router.add_put(base + "/{id}", self._update)
        app.router.add_delete(base + "/{id}", self._delete)
        app.router.add_get("/v3/conversations/{conversation}/members", self._members)
        app.router.add_get("/files/{name}", self._file)
        self.server = TestServer(app)
        await self.server.start_server()
        self.url = str(self.server.make_url("/")).rstrip("/") + "/"
        self._client = ClientSession()

    async def close(self) -> None:
        await self._client.close()
        await self.server.close()
        await self.identity.server.close()

    # ----------------------------------------------------------------------- the connector

    async def _fault(self, request: Request) -> Response | None:
        self.calls.append((request.method, request.path))
        if self.signed:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme != "Bearer" or token not in self.identity.issued:
                return json_response({"error": {"code": "Unauthorized"}}, status=401)
        if self.faults and self.faults[0][0].isdecimal():
            number, _, page = self.faults.pop(0).partition(" ")
            status = int(number)
            if page:
                return Response(status=status, text=PAGE, content_type="text/html")
            headers = {"Retry-After": "0.05"} if status == 429 else {}
            return json_response({"error": {"code": "Fault"}}, status=status, headers=headers)
        return None

    async def _post(self, request: Request) -> Response:
        if refused := await self._fault(request):
            return refused
        activity = await request.json()
        conversation = request.match_info["conversation"]
        if activity["type"] == "typing":
            self.typing.append(conversation)
            return json_response({"id": str(next(self._ids))})
        if refused := self._refused(activity):
            return refused
        if activity.get("text") and activity.get("attachments"):  # two messages, and the id of neither
            for part in ("text", "attachments"):
                self.posts.append(Post(str(next(self._ids)), conversation, {part: activity[part]}))
            return json_response({}, status=202)
        post = Post(str(next(self._ids)), conversation, activity)
        self.posts.append(post)
        if self.faults[:1] == ["lost"]:
            self.faults.pop(0)
            request.transport.abort()
        if self.faults[:1] == ["page"]:
            self.faults.pop(0)
            return Response(text=PAGE, content_type="text/html")
        return json_response({"id": post.id}, status=201)

    def _refused(self, activity: dict) -> Response | None:
        if len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le")) > LARGEST:
            return json_response({"error": {"code": "MessageSizeTooBig"}}, status=413)
        if activity.get("attachments") and self.refuses_cards:
            return json_response({"error": {"code": "BadSyntax"}}, status=400)
        if not (activity.get("text") or activity.get("attachments")):
            return json_response({"error": {"code": "BadSyntax"}}, status=400)
        return None

    def _bots(self, request: Request) -> Post | None:
        conversation, id = request.match_info["conversation"], request.match_info["id"]
        found = (one for one in self.posts if one.id == id and one.conversation == conversation)
        return next((one for one in found if not one.by and not one.gone), None)

    async def _update(self, request: Request) -> Response:
        if refused := await self._fault(request):
            return refused
        post, activity = self._bots(request), await request.json()
        if post is None:
            return json_response({"error": {"code": "NotFound"}}, status=404)
        if refused := self._refused(activity):
            return refused
        if activity.get("text") and activity.get("attachments"):
            told = "Activity resulted into multiple skype activities"
            return json_response({"error": {"code": "BadSyntax", "message": told}}, status=400)
        post.activity, post.changed = activity, post.changed + 1
        if self.faults[:1] == ["lost update"]:
            self.faults.pop(0)
            request.transport.abort()
        return json_response({"id": post.id})

    async def _delete(self, request: Request) -> Response:
        if refused := await self._fault(request):
            return refused
        post = self._bots(request)
        if post is None:
            return json_response({"error": {"code": "NotFound"}}, status=404)
        post.gone = True
        return Response(status=200)

    async def _members(self, request: Request) -> Response:
        return json_response([{"id": person(who)["id"], "name": who} for who in ("Ada", "Ben", "Cyd")])

    async def _file(self, request: Request) -> Response:
        data = self.files.get(request.match_info["name"])
        return Response(status=404) if data is None else Response(body=data)

    # ----------------------------------------------------------------------- what the bot is sent

    async def send(self, activity: dict | bytes, token: str | None = "") -> tuple[int, dict]:
        """POST an activity to the bot; `token` "" is a right one, None is none."""
        headers = {"Content-Type": "application/json"}
        if token == "" and self.signed:
            service = activity.get("serviceUrl", self.url) if isinstance(activity, dict) else self.url
            token = self.identity.sign(service)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        async with self._client.post(self.bot, data=data, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else {}

    def activity(self, who: str, conversation: str, **more) -> dict:
        room = conversation.partition(";messageid=")[0]
        data = {"tenant": {"id": TENANT}}
        if kind(conversation) == "channel":
            data |= {"channel": {"id": room}, "team": {"id": TEAM, "aadGroupId": "group-1"}}
        more["channelData"] = data | more.get("channelData", {})
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return {
            "type": "message",
            "id": str(next(self._ids)),
            "timestamp": at,
            "channelId": "msteams",
            "serviceUrl": self.url,
            "from": person(who),
            "recipient": BOT,
            "conversation": {
                "id": conversation,
                "conversationType": kind(conversation),
                "tenantId": TENANT,
                "isGroup": kind(conversation) != "personal",
            },
            "locale": "en-GB",
            **more,
        }

    def message(self, who: str, conversation: str, text: str, *, mention: bool, **more) -> dict:
        """What somebody's message is to the bot; a new one in a channel begins a reply chain."""
        made = self.activity(who, conversation, **more)
        if kind(conversation) == "channel" and ";messageid=" not in conversation:
            made["conversation"]["id"] += f";messageid={made['id']}"
        at = f"<at>{BOT['name']}</at>"
        made["text"] = f"{at} {text}" if mention else text
        told = f'<p><at id="0">{BOT["name"]}</at>&nbsp;{text}</p>' if mention else f"<p>{text}</p>"
        made["attachments"] = [*more.get("attachments", ()), {"contentType": "text/html", "content": told}]
        made["entities"] = [{"type": "clientInfo", "locale": "en-GB", "platform": "Web"}]
        if mention:
            made["entities"].append({"type": "mention", "mentioned": BOT, "text": at})
        return made

    async def says(
        self, who: str, conversation: str, text: str, *, mention: bool = False, files=(), **more
    ) -> Post:
        """Somebody says something; the bot is told where it may know."""
        attachments = [self._given(name, data) for name, data in files]
        if attachments and kind(conversation) == "personal":
            more["attachments"] = attachments
        made = self.message(who, conversation, text, mention=mention, **more)
        if attachments and kind(conversation) != "personal":
            made["attachments"][-1]["content"] += '<attachment id="4c1e2f"></attachment>'
        post = Post(made["id"], made["conversation"]["id"], made, by=who)
        self.posts.append(post)
        if self._hears(conversation, mention):
            await self.send(made)
        return post

    def _given(self, name: str, data: bytes) -> dict:
        self.files[name] = data
        return {
            "contentType": "application/vnd.microsoft.teams.file.download.info",
            "contentUrl": f"https://contoso-my.sharepoint.com/personal/ada/Documents/{name}",
            "name": name,
            "content": {
                "downloadUrl": f"{self.url}files/{name}",
                "uniqueId": uuid.uuid5(uuid.NAMESPACE_URL, name).hex,
                "fileType": name.rpartition(".")[2],
            },
        }

    def _hears(self, conversation: str, mention: bool) -> bool:
        room = conversation.partition(";")[0]
        return mention or kind(conversation) == "personal" or room in self.consent

    async def edits(self, post: Post, text: str, event: str = "editMessage") -> tuple[int, dict]:
        """Somebody changes their message, takes it back, or undoes that."""
        mention = "<at>" in post.activity["text"]
        changed = self.message(post.by, post.conversation, text, mention=mention)
        changed |= {"id": post.id, "type": "messageUpdate"}
        changed["channelData"] |= {"eventType": event}
        if event == "softDeleteMessage":
            changed |= {"type": "messageDelete"}
            del changed["text"], changed["attachments"]
        post.activity = post.activity | {"text": changed.get("text", "")}
        post.gone = event == "softDeleteMessage"
        return await self.send(changed) if self._hears(post.conversation, mention) else (0, {})

    async def deletes(self, post: Post) -> tuple[int, dict]:
        return await self.edits(post, "", "softDeleteMessage")

    async def invoke(self, who: str, conversation: str, name: str, value: dict, **more) -> tuple[int, dict]:
        return await self.send(
            self.activity(who, conversation, type="invoke", name=name, value=value, **more)
            | {"id": f"f:{uuid.uuid4()}"}
        )

    async def presses(self, who: str, post: Post, title: str) -> tuple[int, dict]:
        """Somebody presses a button on a card; what comes is shown to them alone."""
        post = self.below(post) or post
        button = next(one for one in actions(post.activity) if one["title"] == title)
        kept = {name: button[name] for name in ("type", "verb", "data") if name in button}
        value = {"action": kept, "trigger": "manual"}
        status, body = await self.invoke(
            who, post.conversation, "adaptiveCard/action", value, replyToId=post.id
        )
        if status == 200 and body["type"] == CARD:
            self.views.append(View(str(next(self._ids)), post.conversation, who, body["value"], on=post.id))
        return status, body

    async def thumbs(self, who: str, post: Post, *, up: bool, reason: str = "") -> tuple[int, dict]:
        """Somebody votes by Teams' own thumbs."""
        assert post.activity["channelData"]["feedbackLoop"] == {"type": "default"}
        said = json.dumps({"feedbackText": reason})
        value = {
            "actionName": "feedback",
            "actionValue": {"reaction": "like" if up else "dislike", "feedback": said},
        }
        return await self.invoke(who, post.conversation, "message/submitAction", value, replyToId=post.id)

    def payload(self, post: Post) -> dict:
        """A message as “Ask about this” is told of it."""
        root = post.conversation.partition(";messageid=")[2]
        said = re.sub(r"</?at>", "", post.activity["text"])
        return {
            "id": post.id,
            "replyToId": None if root == post.id else root or None,
            "createdDateTime": post.activity["timestamp"],
            "from": {
                "user": {"id": person(post.by)["aadObjectId"], "displayName": post.by},
                "application": None,
            },
            "body": {"contentType": "html", "content": f"<p>{said}</p>"},
            "attachments": [],
            "linkToMessage": f"https://teams.microsoft.com/l/message/x/{post.id}",
        }

    async def asks_about(self, who: str, post: Post, question: str) -> View:
        """Somebody picks “Ask about this” on a message, and fills in the dialog."""
        value = {
            "commandId": "askAbout",
            "commandContext": "message",
            "messagePayload": self.payload(post),
        }
        status, body = await self.invoke(who, post.conversation, "composeExtension/fetchTask", value)
        assert status == 200, body
        data = next(one for one in _actions(_dialog(body)) if one["type"] == "Action.Submit")["data"]
        value |= {"data": data | {"question": question}}
        status, body = await self.invoke(who, post.conversation, "composeExtension/submitAction", value)
        assert status == 200, body
        view = View(str(next(self._ids)), post.conversation, who, _dialog(body), value["messagePayload"])
        self.views.append(view)
        return view

    async def submits(self, view: View, title: str) -> tuple[int, dict]:
        """Somebody presses a button in a dialog."""
        button = next(one for one in _actions(view.card) if one["title"] == title)
        value = {
            "commandId": "askAbout",
            "commandContext": "message",
            "messagePayload": view.payload,
            "data": button["data"],
        }
        return await self.invoke(view.who, view.conversation, "composeExtension/submitAction", value)

    # ----------------------------------------------------------------------- what is seen

    def ours(self, conversation: str) -> list[Post]:
        """What the bot has posted there and still stands, without the buttons below it."""
        return [one for one in self._stand(conversation) if one.activity.get("text")]

    def _stand(self, conversation: str) -> list[Post]:
        here = [one for one in self.posts if one.conversation == conversation]
        return [one for one in here if not one.by and not one.gone]

    def below(self, post: Post) -> Post | None:
        """The buttons that belong to a message: the next of the bot's that is nothing else."""
        stand = self._stand(post.conversation)
        after = stand[stand.index(post) + 1 :] if post in stand else []
        return next((one for one in after if not one.activity.get("text")), None)

    def buttons(self, post: Post) -> list[dict]:
        """The buttons below a message."""
        below = self.below(post)
        return actions(below.activity) if below else []

    async def until(self, conversation: str, words: str, seconds: float = 20) -> Post:
        """The bot's message there that says that, once it is there."""
        ends = time.monotonic() + seconds
        while True:
            found = [one for one in self.ours(conversation) if words in shown(one.activity)]
            if found:
                return found[-1]
            stands = [shown(one.activity) for one in self.ours(conversation)]
            assert time.monotonic() < ends, f"{words!r} is not there: {stands}"
            await asyncio.sleep(0.02)


async def there(found, seconds: float = 20):
    """What that gives, once it gives something."""
    ends = time.monotonic() + seconds
    while not (given := found()):
        assert time.monotonic() < ends, "it did not come about"
        await asyncio.sleep(0.02)
    return given


def kind(conversation: str) -> str:
    if conversation.startswith("a:"):
        return "personal"
    return "channel" if "@thread.tacv2" in conversation else "groupChat"


def person(who: str) -> dict:
    return {
        "id": f"29:1{who.lower()}",
        "name": who,
        "aadObjectId": str(uuid.uuid5(uuid.NAMESPACE_DNS, who)),
        "role": "user",
    }


def actions(activity: dict) -> list[dict]:
    """The buttons on a message."""
    cards = [one["content"] for one in activity.get("attachments", ()) if one["contentType"] == CARD]
    return [action for card in cards for action in _actions(card)]


def _actions(card: dict) -> list[dict]:
    return card.get("actions", [])


def _dialog(body: dict) -> dict:
    return body["task"]["value"]["card"]["content"]


def shown(activity: dict) -> str:
    """A message as somebody sees it: what is bold stands between asterisks."""
    text = re.sub(r"^> ?", "", activity.get("text", ""), flags=re.MULTILINE).replace("**", "*")
    text = re.sub(r"\\([\\`*_{}\[\]()#+\-.!|<>~])", r"\1", text)
    return html.unescape(text) + "".join(
        f"\n{on_card(one['content'])}"
        for one in activity.get("attachments", ())
        if one["contentType"] == CARD
    )


def on_card(part: object) -> str:
    """The words on a card."""
    if isinstance(part, list):
        return "\n".join(filter(None, map(on_card, part)))
    if not isinstance(part, dict):
        return ""
    match part.get("type"):
        case "TextBlock":
            return part["text"]
        case "TextRun":
            return f"*{part['text']}*" if part.get("weight") == "Bolder" else part["text"]
        case "RichTextBlock":
            return "".join(map(on_card, part["inlines"]))
    return on_card([part.get("body", []), part.get("items", []), part.get("columns", [])])
