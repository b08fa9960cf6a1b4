"""POST /ask: the question as JSON, and the reply as JSON, in one request."""

import hashlib
import hmac
import json
import time
import uuid
from typing import Annotated, Any, Literal, Self

from aiohttp.web import HTTPRequestEntityTooLarge, Request, Response
from pydantic import AfterValidator, BaseModel, ByteSize, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import settings
from bot.replies import megabytes
from bot.types import QUESTION_LIMIT, House, Message, Reply, Routes, Thread
from model.types import Answer, Document

HTTP_STATUS = {"error": 503}  # of a reply's kind; any other is 200
THREAD_LIMIT = 200  # code points
EXAMPLE = {"question": "Who renews the badge?", "context": "Badges end in May. The front desk renews them."}


class Settings(BaseSettings):
    """The settings of this channel."""

    model_config = SettingsConfigDict(env_prefix="WHEREIN_", frozen=True, env_ignore_empty=True)

    host: str = "127.0.0.1"
    api_key: str = Field("", repr=False)
    max_bytes: ByteSize = Field(ByteSize(settings.DEFAULT_MAX_BYTES), gt=0)

    @model_validator(mode="after")
    def _is_guarded(self) -> Self:
        if not self.api_key and not settings.is_loopback(self.host):
            raise settings.SettingsError(
                f"WHEREIN_API_KEY is not set, and WHEREIN_HOST={self.host} lets others reach /ask: set it,"
                " or take http out of WHEREIN_CHANNELS."
            )
        return self


# --------------------------------------------------------------------------- what comes in


SURROGATE = "holds half a surrogate pair, which is no character"


def _characters(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(SURROGATE) from error
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


Text = Annotated[str, AfterValidator(_characters)]
Asked = Annotated[
    str, Field(max_length=QUESTION_LIMIT), AfterValidator(_characters), AfterValidator(_not_blank)
]
Name = Annotated[str, Field(max_length=THREAD_LIMIT), AfterValidator(_characters), AfterValidator(_not_blank)]


class Question(BaseModel):
    """A question, with what to read for it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    question: Asked
    context: Text | None = Field(
        None, description="The text to read. With a thread it is kept there; without one nothing is kept."
    )
    thread: Name | None = Field(
        None, description="A name of your choosing: what was given under it before is read too."
    )


class RefusedError(Exception):
    """A request that cannot be asked: a status, a sentence, and the field that it is about."""

    def __init__(self, status: int, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.field = status, sentence, field


def to_question(body: bytes, content_type: str) -> Question:
    """What a request asks; raises `RefusedError`."""
    if content_type != "application/json":
        raise RefusedError(415, f"The content type is “{content_type}”: send application/json.")
    try:
        return Question.model_validate(_object(body))
    except ValidationError as error:
        raise _refused(error) from error


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "The body is not JSON: send an object with a `question`.") from error
    if not isinstance(found, dict):
        raise RefusedError(400, "The body is not a JSON object: send an object with a `question`.")
    return found


_REASONS = {
    "string_unicode": SURROGATE,
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "is not a string",
    "string_too_long": "is longer than {max_length} characters",
}


def _refused(error: ValidationError) -> RefusedError:
    first = error.errors(include_url=False)[0]
    if not first["loc"]:  # a name that is no text at all
        first["loc"], first["type"] = (str(first["input"]),), "extra_forbidden"
    field = _shown(str(first["loc"][0]))
    reason = _REASONS.get(first["type"], str(first["msg"]).removeprefix("Value error, "))
    return RefusedError(422, f"`{field}` {reason.format(**first.get('ctx', {}))}.", field)


def _shown(field: str) -> str:
    """A field's name as a caller sent it, short and printable."""
    return field[:60].encode("ascii", "backslashreplace").decode()


def to_message(question: Question, *, id: str, at: float) -> Message:
    """The question as the conversation takes it: with a thread, its context is kept there."""
    documents: tuple[Document, ...] = ()
    if question.context is not None:
        version = hashlib.sha256(question.context.encode()).hexdigest()
        documents = (
            Document(f"context-{version[:16]}", version, question.context, title="context", added_at=at),
        )
    thread = Thread("http", thread=question.thread or "")
    remember = question.thread is not None
    return Message(id, thread, "ask", question.question, documents, at, remember)


# --------------------------------------------------------------------------- what goes out


class SourceOut(BaseModel):
    """A document that was read."""

    id: str
    title: str
    where: str = Field(description="A link that opens it, or empty.")


class AnswerOut(BaseModel):
    """A quotation: `text` is what stands at `start:end` of the source, counted in code points."""

    text: str
    start: int
    end: int
    sentence: str
    confidence: float | None = Field(description="The probability that this is right; null where unknown.")
    source: SourceOut
    reader: str


class SkippedOut(BaseModel):
    """Something that was there and was not read."""

    title: str
    why: str


class ReplyOut(BaseModel):
    """What came of a question."""

    id: str
    kind: Literal["answer", "unsure", "info", "error"]
    text: str = Field(description="The reply in plain words.")
    answer: AnswerOut | None
    nearest: str | None = Field(description="The closest sentence, where nothing answers.")
    conflict: None = Field(description="Reserved for two sources that disagree.")
    asked: str = Field(description="The question as it was understood.")
    read: list[SourceOut]
    skipped: list[SkippedOut]


class RefusalOut(BaseModel):
    """A request that could not be asked."""

    kind: Literal["error"] = "error"
    text: str = Field(description="One sentence that says what to change.")
    field: str | None = Field(description="The field that it is about.")


def draw(reply: Reply) -> ReplyOut:
    """A reply as JSON."""
    return ReplyOut(
        id=reply.id,
        kind=reply.kind,
        text=reply.text,
        answer=_answer(reply.answer) if reply.answer else None,
        nearest=reply.nearest,
        conflict=None,
        asked=reply.asked,
        read=[_source(document) for document in reply.read],
        skipped=[SkippedOut(title=skipped.title, why=skipped.why) for skipped in reply.skipped],
    )


def _answer(answer: Answer) -> AnswerOut:
    return AnswerOut(
        text=answer.text,
        start=answer.start,
        end=answer.end,
        sentence=answer.sentence,
        confidence=None if answer.confidence is None else round(answer.confidence, 3),
        source=_source(answer.document),
        reader=answer.reader,
    )


def _source(document: Document) -> SourceOut:
    return SourceOut(id=document.id, title=document.title, where=document.where)


# --------------------------------------------------------------------------- the channel


class Http:
    """The channel: two routes."""

    name = "http"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._house: House

    def mount(self, routes: Routes, house: House) -> None:
        """Add /ask and /openapi.json."""
        self._house = house
        routes.add_route("POST", "/ask", self._ask)
        routes.add_route("GET", "/openapi.json", self._openapi)

    def invitation(self, address: str) -> str:
        """A `curl` that works as printed."""
        key = '-H "Authorization: Bearer $WHEREIN_API_KEY" ' if self._settings.api_key else ""
        asked = json.dumps(EXAMPLE)
        return f"Or ask:  curl {address}/ask {key}-H 'Content-Type: application/json' -d '{asked}'"

    async def _ask(self, request: Request) -> Response:
        try:
            self._let_in(request.headers.get("Authorization", ""))
            question = to_question(await self._body(request), request.content_type)
        except RefusedError as refused:
            out = RefusalOut(text=refused.sentence, field=refused.field)
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
            return _json(out, refused.status, headers)
        message = to_message(question, id=uuid.uuid4().hex, at=time.time())
        reply = await self._house.ask(message)
        return _json(draw(reply), HTTP_STATUS.get(reply.kind, 200))

    def _let_in(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        expected = self._settings.api_key.encode()
        right = hmac.compare_digest(key.strip().encode("utf-8", "surrogateescape"), expected)
        if expected and not (scheme.lower() == "bearer" and right):
            raise RefusedError(401, "The `Authorization` header does not hold the bearer of WHEREIN_API_KEY.")

    async def _body(self, request: Request) -> bytes:
        try:
            return await request.read()
        except HTTPRequestEntityTooLarge as error:
            limit = megabytes(self._settings.max_bytes)
            raise RefusedError(
                413, f"`context` is too large: the request is over {limit} (WHEREIN_MAX_BYTES).", "context"
            ) from error

    async def _openapi(self, _: Request) -> Response:
        return Response(text=json.dumps(openapi()), content_type="application/json")


def _json(out: BaseModel, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(
        text=out.model_dump_json(), status=status, content_type="application/json", headers=headers
    )


def openapi() -> dict[str, Any]:
    """The description of /ask, as OpenAPI 3.1 has it; made from the models above."""
    template = "#/components/schemas/{model}"
    schemas: dict[str, Any] = {}
    refs = {}
    for model in (Question, ReplyOut, RefusalOut):
        schema = model.model_json_schema(ref_template=template)
        schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
        refs[model] = {"application/json": {"schema": {"$ref": template.format(model=model.__name__)}}}
    refusals = {
        "400": "The body is no JSON object.",
        "401": "The bearer is missing or wrong.",
        "413": "The request is over WHEREIN_MAX_BYTES.",
        "415": "The content type is not application/json.",
        "422": "A field is missing, unknown or wrong.",
    }
    responses = {
        "200": {"description": "An answer, or that nothing answers.", "content": refs[ReplyOut]},
        "503": {"description": "It could not be read now.", "content": refs[ReplyOut]},
    } | {status: {"description": why, "content": refs[RefusalOut]} for status, why in refusals.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Wherein", "version": "1", "description": "I quote; I don't write."},
        "paths": {
            "/ask": {
                "post": {
                    "operationId": "ask",
                    "summary": "Ask a question of a text, or of what a thread was given.",
                    "security": [{}, {"bearer": []}],
                    "requestBody": {"required": True, "content": refs[Question]},
                    "responses": responses,
                }
            }
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def open() -> Http:
    """The channel, with its settings from the environment."""
    return Http(settings.load(Settings))
