"""What is said to the stock Hugging Face container, and what its answers mean; pure.

Its question-answering pipeline gives softmax probabilities and no score for "no answer".
"""

import json
import math
from collections.abc import Iterable, Sequence
from itertools import chain

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, TypeAdapter, ValidationError

from model.types import Passage, Span
from model.wire import WireError

TOP = 10  # spans asked of each passage: most of them overlap
SPANS = 3  # kept of those
SURE = 1e-6  # a probability is kept this far from 0 and 1, where its logit has no end


class Found(BaseModel):
    """A span as the pipeline gives it."""

    model_config = ConfigDict(strict=True, frozen=True)

    score: float = Field(ge=0, le=1.0001)  # a product of two rounded numbers
    start: NonNegativeInt
    end: NonNegativeInt


_REPLY = TypeAdapter(Found | list[Found | list[Found]])


def readable(passages: Sequence[Passage]) -> list[Passage]:
    """The passages that may be sent: one empty context fails the whole call."""
    return [passage for passage in passages if passage.text.strip()]


def request(question: str, passages: Sequence[Passage]) -> bytes:
    """The one call for all passages."""
    inputs = [{"question": question, "context": passage.text} for passage in passages]
    # With handle_impossible_answer "no answer" takes a place among the best, and says nothing where the model
    # was never taught it.
    parameters = {"top_k": TOP, "handle_impossible_answer": False}
    return json.dumps({"inputs": inputs, "parameters": parameters}).encode()


def read(body: bytes, count: int) -> list[list[Span]]:
    """For each of `count` passages its spans, best first, none overlapping a better one; raises `WireError`.

    One span alone comes without its list, and so does one passage's list of spans. A score is the logit of
    its probability: more than 0 where a span is likelier than all others together.
    """
    try:
        reply = _REPLY.validate_json(body)
    except ValidationError:
        raise WireError("The reply is not what a question-answering pipeline gives.") from None
    given = [
        one if isinstance(one, list) else [one] for one in (reply if isinstance(reply, list) else [reply])
    ]
    if count == 1:
        given = [list(chain.from_iterable(given))]
    if len(given) != count:
        raise WireError(f"The reply is about {len(given)} passages; {count} were sent.")
    return list(map(_apart, given))


def _apart(found: Iterable[Found]) -> list[Span]:
    kept: list[Span] = []
    for one in sorted(found, key=lambda one: -one.score):
        free = all(one.end <= better.start or better.end <= one.start for better in kept)
        if free and len(kept) < SPANS and one.start < one.end:  # an empty one says that there is none
            kept.append(Span(one.start, one.end, _logit(one.score)))
    return kept


def _logit(probability: float) -> float:
    bounded = min(max(probability, SURE), 1 - SURE)
    return math.log(bounded / (1 - bounded))
