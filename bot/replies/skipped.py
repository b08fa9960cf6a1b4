"""Why something that was there was not read, in words; one line for each reason there is."""

from bot.documents import Why
from bot.documents.fetching.refused import Reason, RefusedError
from bot.types import Skipped, SourceReason
from model.types import Document

LISTED = 12  # of what was not read; of more, their number
PARTS = 4  # of one document

WHY: dict[Why, str] = {
    Why.UNKNOWN_TYPE: "that is a kind of file that I do not read{ (detail)}",
    Why.ENCRYPTED: "it is locked with a password: put it in without one",
    Why.DAMAGED: "it is damaged, or not made as its kind is",
    Why.EMPTY: "there are no words in it",
    Why.PICTURES: "it holds pictures of text, and I do not read pictures",
    Why.HIDDEN: "whoever made it hid it",
    Why.TOO_LARGE: "it is too large, packed or unpacked",
    Why.TOO_LONG: "it is longer than I read at once",
    Why.TOO_SLOW: "it took too long to read",
    Why.TOO_DEEP: "it holds things within things, too deep to follow",
    Why.MISSING: "what reads it is not installed here{ (detail)}",
    Why.CRASHED: "it could not be read: reading it failed each time",
    Why.BUSY: "too many files are being read just now: put it in again in a minute",
}
REFUSED: dict[Reason, str] = {
    "address": "{detail} is not on the public internet",
    "broken": "what {detail} sent was cut short or made no sense",
    "credentials": "it holds a user or a password: take those out",
    "downgrade": "it leads on from https to http, where others can read along",
    "failing": "its server has an error ({detail}): try again later",
    "large": "what {detail} sent is larger than I read",
    "limited": "{detail} wants to be asked less often: try again later",
    "link": "it is no link that can be followed",
    "login": "{detail} wants a login: put the file in, or its text",
    "missing": "there is nothing at {detail} under that link",
    "packed": "what {detail} sent is packed beyond reason",
    "port": "it names port {detail}; I follow links to 80 and 443 alone",
    "proxy": "the proxy did not let it through to {detail}",
    "redirects": "{detail} sends it on and on",
    "robots": "{detail} asks machines not to read it again",
    "scheme": "it begins with {detail}; I follow http and https alone",
    "slow": "{detail} did not answer in time",
    "status": "its server answered with status {detail}",
    "tls": "{detail} could not prove who it is",
    "type": "it is {detail}, which I do not read",
    "unreachable": "nobody answers at {detail}",
    "unresolved": "no address is known for {detail}",
}
SOURCE: dict[SourceReason, str] = {
    "gone": "it is no longer there",
    "login": "I may not open files here: an admin can let me, and `doctor` says how",
    "large": "it is too large",
    "slow": "it did not come in time: put it in again",
    "failing": "it could not be had just now: put it in again",
    "uninvited": "I am not in that channel: invite me",
    "unsupported": "files cannot be had here: send it to me alone, or put in a link",
}


def unreadable(title: str, why: Why, detail: str = "") -> Skipped:
    """A file of which nothing was read."""
    return Skipped(title, _why(why, detail))


def refused(link: str, error: RefusedError) -> Skipped:
    """A link that was not followed."""
    words = REFUSED[error.reason].format(detail=error.detail or "it")
    return Skipped(link, words)


def not_handed_over(title: str, reason: SourceReason) -> Skipped:
    """A file, or earlier messages, that the chat did not give."""
    return Skipped(title, SOURCE[reason])


def too_large(title: str, most: str) -> Skipped:
    """A file over the limit, as it says itself."""
    return Skipped(title, f"it is over {most}, the most that is read")


def too_many(what: str, number: int, most: int) -> Skipped:
    """Of so many files or links the first were read."""
    return Skipped(
        f"{number} more {what}", f"{most} of one message are read: put in the others by themselves"
    )


def full(title: str, most: int) -> Skipped:
    """A document for which there is no room where it was put in."""
    return Skipped(
        title, f"there is no room for it here, since {most:,} characters are kept: forget or unpin something"
    )


def still_reading(what: str) -> Skipped:
    """What was put in just now and is not read yet."""
    return Skipped(what, "it is still being read: ask again in a moment")


def files_of_the_room(number: int) -> Skipped:
    """Files of the room's last messages."""
    what = "1 file" if number == 1 else f"{number} files"
    return Skipped(f"{what} in the room's messages", "ask in their thread, or pin them, and I read them")


def gone(document: Document) -> Skipped:
    """A document that was listed and whose text is gone."""
    return Skipped(document.title, "its text is no longer there")


def left(document: Document) -> list[Skipped]:
    """The parts of a document that were not read."""
    shown = [
        Skipped(f"{document.title}, {what}", _why(Why(why), detail))
        for what, why, detail in document.left[:PARTS]
    ]
    more = len(document.left) - len(shown)
    return shown + ([Skipped(f"{document.title}, {more} more parts", "see the file")] if more else [])


def listed(skipped: list[Skipped]) -> tuple[Skipped, ...]:
    """As many as anybody reads, each once."""
    each = list(dict.fromkeys(skipped))
    if len(each) <= LISTED:
        return tuple(each)
    return (*each[: LISTED - 1], Skipped(f"{len(each) - LISTED + 1} more", "ask for the sources to see them"))


def _why(why: Why, detail: str) -> str:
    return WHY[why].replace("{ (detail)}", f" ({detail})" if detail else "")
