"""What comes in: bytes to a `Message`; pure."""

import base64
import hashlib
import json
import uuid
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.types import QUESTION_LIMIT, Attachment, Message, Thread, is_text
from model.types import Document

THREAD_LIMIT = 200  # code points
LINK_LIMIT = 4_096
FILES_LIMIT, LINKS_LIMIT = 10, 5


SURROGATE = "holds half a surrogate pair, which is no character"


def _characters(text: str) -> str:
    if not is_text(text):
        raise ValueError("holds a NUL character" if "\0" in text else SURROGATE)
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


Text = Annotated[str, AfterValidator(_characters)]
Asked = Annotated[
    str, Field(max_length=QUESTION_LIMIT), AfterValidator(_characters), AfterValidator(_not_blank)
]
Link = Annotated[str, Field(max_length=LINK_LIMIT), AfterValidator(_characters), AfterValidator(_not_blank)]
Name = Annotated[str, Field(max_length=THREAD_LIMIT), AfterValidator(_characters), AfterValidator(_not_blank)]


class FileIn(BaseModel):
    """A file to read."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Name
    data: str = Field(description="Its bytes in Base64.")


class Question(BaseModel):
    """A question, with what to read for it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    question: Asked
    context: Text | None = Field(
        None,
        description="The text to read, and it alone; kept where there is a thread, else not.",
    )
    thread: Name | None = Field(
        None,
        description="A name of your choosing: where nothing comes along, what it was given before is read.",
    )
    files: tuple[FileIn, ...] = Field(
        (), max_length=FILES_LIMIT, strict=False, description="To be read as the context is, beside it."
    )
    links: tuple[Link, ...] = Field(
        (), max_length=LINKS_LIMIT, strict=False, description="To be fetched and read, likewise."
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
    "too_long": "holds more than {max_length}",
    "tuple_type": "is no list",
    "model_type": "holds what is no object with a `name` and `data`",
}


def _refused(error: ValidationError) -> RefusedError:
    first = error.errors(include_url=False)[0]
    if not first["loc"]:  # a name that is no text at all
        first["loc"], first["type"] = (str(first["input"]),), "extra_forbidden"
    field, *within = first["loc"]
    path = _shown(str(field)) + "".join(
        f"[{one}]" if isinstance(one, int) else f".{_shown(one)}" for one in within
    )
    reason = _REASONS.get(first["type"], str(first["msg"]).removeprefix("Value error, "))
    return RefusedError(422, f"`{path}` {reason.format(**first.get('ctx', {}))}.", _shown(str(field)))


def _shown(field: str) -> str:
    """A field's name as a caller sent it, short and printable."""
    return field[:60].encode("ascii", "backslashreplace").decode()


def to_files(question: Question) -> dict[Attachment, bytes]:
    """The files that came along, and their bytes; raises `RefusedError`."""
    files = {}
    for file in question.files:
        try:
            data = base64.b64decode(file.data, validate=True)
        except ValueError as error:
            raise RefusedError(422, f"`files`: the data of “{file.name}” is no Base64.", "files") from error
        id = hashlib.sha256(file.name.encode() + b"\0" + data).hexdigest()[:16]
        files[Attachment(id, file.name, size=len(data), url=uuid.uuid4().hex)] = data
    return files


def to_message(question: Question, *, id: str, at: float, files: Collection[Attachment] = ()) -> Message:
    """The question as the conversation takes it: with a thread, what comes along is kept there."""
    documents: tuple[Document, ...] = ()
    if question.context and question.context.strip():
        version = hashlib.sha256(question.context.encode()).hexdigest()
        documents = (
            Document(f"context-{version[:16]}", version, question.context, title="context", added_at=at),
        )
    lent = documents or files or question.links
    return Message(
        id,
        Thread("http", thread=question.thread or ""),
        "ask",
        question.question,
        documents,
        at,
        remember=question.thread is not None,
        way="lent" if lent else "thread",
        attachments=tuple(files),
        links=question.links,
    )
