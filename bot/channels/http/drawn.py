"""What goes out: a `Reply` as JSON, and the description of it all; pure."""

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, Field

from bot.channels.http.asked import Question
from bot.types import Reply
from model.types import Answer, Document


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
    source: SourceOut = Field(description="What it stands in; the link opens it there, where one can.")
    place: str = Field(description="Where in the source, as people say it: page 3; empty where unknown.")
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
    conflict: AnswerOut | None = Field(
        description="What another source says otherwise; the older of the two."
    )
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
        conflict=_answer(reply.conflict) if reply.conflict else None,
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
        place=answer.place,
        reader=answer.reader,
    )


def _source(document: Document) -> SourceOut:
    return SourceOut(id=document.id, title=document.title, where=document.where)


@cache
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
        "403": "There is no bearer, and the machine was called by a name that others know it by.",
        "408": "The body did not come in time.",
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
