"""What Wherein remembers, laid out once over any store: its keys, its pointers, and how it is forgotten."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.archive.keys import Pointers
from bot.archive.messages import KEPT_SECONDS, Messages
from bot.archive.records import Records
from bot.archive.speech import Speech
from bot.archive.threads import Threads
from bot.archive.votes import Votes
from bot.stores import Store


@dataclass(frozen=True, slots=True)
class Archive:
    """The kinds of things that are remembered, and the store that keeps them."""

    store: Store
    threads: Threads
    messages: Messages
    records: Records
    speech: Speech
    votes: Votes


def over(store: Store, *, ttl_seconds: float, clock: Callable[[], float] = time.time) -> Archive:
    """The archive that a store keeps, its threads for so long."""
    pointers = Pointers(store, ttl_seconds, clock)
    votes = Votes(store, ttl_seconds, clock)
    threads = Threads(store, pointers, votes, ttl_seconds, clock)
    speech = Speech(store, pointers, threads, ttl_seconds, clock)
    messages = Messages(store, clock, kept_seconds=max(KEPT_SECONDS, ttl_seconds))
    return Archive(store, threads, messages, Records(store, clock), speech, votes)
