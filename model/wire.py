"""What is said to the endpoint, and what it answers; pure.

A question is `{"question": …, "passages": […]}`, several are a list of them; a reply, or a list of replies in
the same order, is `Reply`. Offsets count code points.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, TypeAdapter, ValidationError

from model.confidence import Calibration, Weights
from model.types import Passage, Span

QUESTION, PASSAGE, PASSAGES, QUESTIONS = 4_000, 4_000, 64, 64  # at most, of each; lengths in code points
BODY = 1_000_000  # bytes, at most


class WireError(ValueError):
    """What was sent is not what was agreed; the text is a sentence without anything of what was sent."""


class Message(BaseModel):
    """What goes over the wire: nothing is guessed from another type."""

    model_config = ConfigDict(strict=True, frozen=True)


class Asked(Message):
    """A question, and the passages to read for it."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=QUESTION)
    passages: list[Annotated[str, Field(max_length=PASSAGE)]] = Field(max_length=PASSAGES)


class Stretch(Message):
    """A span of one passage, as `model.types.Span` has it."""

    start: NonNegativeInt
    end: NonNegativeInt
    score: FiniteFloat
    null_score: FiniteFloat


class Coefficients(Message):
    """A calibration's weights, as `model.confidence.Weights` has them."""

    intercept: FiniteFloat
    margin: FiniteFloat
    shared: FiniteFloat
    around: FiniteFloat
    lead: FiniteFloat
    passages: FiniteFloat
    unnamed: FiniteFloat = 0.0


class Fit(Message):
    """How the model's evidence is weighed, as `model.confidence.Calibration` has it."""

    relevance: FiniteFloat
    shared: FiniteFloat
    weights: Coefficients
    line: FiniteFloat
    languages: list[str] = []


class Reply(Message):
    """Which model read, how it is calibrated, and for each passage its best spans, best first."""

    model: str
    revision: str
    calibration: Fit | None
    found: list[list[Stretch]]


_ONE = TypeAdapter(Asked)
_MANY = TypeAdapter(Annotated[list[Asked], Field(min_length=1, max_length=QUESTIONS)])


def asked(body: bytes) -> Asked | list[Asked]:
    """The question or the questions in a request; raises `WireError`."""
    kind: TypeAdapter[Any] = _MANY if body.lstrip()[:1] == b"[" else _ONE
    try:
        found: Asked | list[Asked] = kind.validate_json(body)
    except ValidationError as error:
        raise WireError(f"The request cannot be read: {_reason(error)}.") from None
    return found


def request(question: str, passages: Sequence[Passage]) -> bytes:
    """The request for one question; raises `WireError` where it may not be sent."""
    texts = [passage.text for passage in passages]
    try:
        return Asked(question=question, passages=texts).model_dump_json().encode()
    except ValidationError as error:
        raise WireError(f"The request cannot be sent: {_reason(error)}.") from None


def replied(
    model: str, revision: str, calibration: Calibration | None, found: Sequence[Sequence[Span]]
) -> Reply:
    """The reply to one question."""
    fit = None
    if calibration:
        fit = Fit.model_validate(asdict(calibration) | {"languages": list(calibration.languages)})
    spans = [[Stretch.model_validate(asdict(span)) for span in of] for of in found]
    return Reply(model=model, revision=revision, calibration=fit, found=spans)


def read(body: bytes) -> Reply:
    """The reply to one question; raises `WireError`."""
    try:
        return Reply.model_validate_json(body)
    except ValidationError as error:
        raise WireError(f"The reply cannot be read: {_reason(error)}.") from None


def calibration(reply: Reply) -> Calibration | None:
    """The calibration that a reply brings; without one no confidence is shown."""
    if reply.calibration is None:
        return None
    known = reply.calibration.model_dump()
    weights, languages = Weights(**known["weights"]), tuple(known["languages"])
    return Calibration(**(known | {"weights": weights, "languages": languages}))


def spans(reply: Reply, passages: Sequence[Passage]) -> list[list[Span]]:
    """The spans of a reply; raises `WireError` where they are not such as these passages can have."""
    return lying([[Span(**span.model_dump()) for span in of] for of in reply.found], passages)


def lying(found: Sequence[Sequence[Span]], passages: Sequence[Passage]) -> list[list[Span]]:
    """Each passage's spans, best first; raises `WireError` where one does not lie in its passage."""
    if len(found) != len(passages):
        raise WireError(f"The reply is about {len(found)} passages; {len(passages)} were sent.")
    for of, passage in zip(found, passages, strict=True):
        if not all(0 <= span.start < span.end <= len(passage.text) for span in of):
            raise WireError("The reply has a span that does not lie in its passage.")
    return [sorted(of, key=lambda span: -span.score) for of in found]


def _reason(error: ValidationError) -> str:
    """What is wrong first, and where, without what stood there."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = first["loc"]
    reason = first["msg"][:1].lower() + first["msg"][1:]
    if first["type"] == "extra_forbidden":  # its name is its sender's own
        place, reason = place[:-1], "there is a field that is not known"
    where = ".".join(map(str, place))
    return f"{where}: {reason}" if where else reason
