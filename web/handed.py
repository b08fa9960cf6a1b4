"""What the page is handed: to try Wherein, to run it, and who somebody is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from bot.figures import Approved, Check, Deed, Judgement, Line, Missing, Stage
from bot.policy import RoomSettings
from bot.types import Author, Message, Reply, Thread
from model.line import Judged
from model.types import Document
from web.sign_on import SignOn
from web.uploads import Uploads

Preview = Callable[[Reply], Any]
"""What a chat would be sent for a reply: Slack's blocks, or an activity for Teams."""
What = Literal["mine", "thread", "room", "everything"]


class Trial(Protocol):
    """Threads of people who try it; nothing of them is kept for long."""

    async def ask(self, message: Message) -> Reply:
        """The reply to a question, or to what is put in; it never raises."""

    async def text(self, document: Document) -> str | None:
        """The text of a document that was put in."""

    async def shelf(self, where: Thread) -> list[Document]:
        """What was put in, without its texts."""

    async def take_away(self, where: Thread, document: str) -> None:
        """Take one of them away."""

    async def forget(self, where: Thread) -> None:
        """Forget all that was put in and asked."""

    async def tidy(self) -> None:
        """Forget what nobody has used for long."""


class Office(Protocol):
    """Figures, lists and acts; each raises `NotAllowedError` for who may not administer."""

    async def admits(self, author: Author) -> bool:
        """Whether somebody may administer; raises nothing."""

    async def teams(self, author: Author) -> list[Thread]:
        """The workspaces."""

    async def rooms(self, author: Author, team: Thread) -> list[Thread]:
        """The rooms of a workspace."""

    async def counts(self, author: Author, team: Thread, days: int) -> dict[str, dict[str, int]]:
        """What was counted, by the day."""

    async def stages(self, author: Author) -> list[Stage]:
        """How long each stage of a question took."""

    async def readers(self, author: Author) -> dict[str, int]:
        """How many questions each reader read."""

    async def judgements(self, author: Author, where: Thread) -> list[Judgement]:
        """The last votes."""

    async def judged(self, author: Author, where: Thread) -> list[Judged]:
        """The answers that people judged."""

    async def missing(self, author: Author, where: Thread) -> list[Missing]:
        """What nothing answered."""

    async def approved(self, author: Author, team: Thread) -> tuple[list[Approved], Check]:
        """The approved questions, and their last check."""

    async def check(self, author: Author, team: Thread) -> Check:
        """Ask the approved questions again."""

    async def sources(self, author: Author, room: Thread) -> tuple[list[Document], int]:
        """What is pinned to a room, and how many threads hold something."""

    async def unpin(self, author: Author, room: Thread, document: str) -> bool:
        """Take a pinned document away."""

    async def settings(self, author: Author, where: Thread) -> RoomSettings:
        """What holds in a room, or in a workspace."""

    async def set(self, author: Author, where: Thread, changes: Mapping[str, Any]) -> str:
        """Change settings; a sentence where one is wrong, and nothing is changed then."""

    async def export(self, author: Author, where: Thread) -> dict[str, Any]:
        """All that a room holds."""

    async def forget(self, author: Author, where: Thread, what: What) -> tuple[int, int]:
        """Delete what a room or a workspace holds: how many documents, how many questions."""

    async def forget_person(self, author: Author, where: Thread, person: str) -> tuple[int, int]:
        """Delete what one person put in or asked."""

    async def examine(self, author: Author) -> Sequence[Line]:
        """What is right and wrong with the set-up."""

    async def deeds(self, author: Author, team: Thread) -> list[Deed]:
        """What admins did."""


@dataclass(frozen=True, slots=True)
class Handed:
    """All that the page needs of the service."""

    trial: Trial
    office: Office
    sign_on: SignOn
    uploads: Uploads
    max_bytes: int
    public_url: str = ""  # the page's address as people see it; empty: as they call it
    previews: Mapping[str, Preview] = field(default_factory=dict)  # by a chat's name
