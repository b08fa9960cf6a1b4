"""The pictures of `docs/pictures` that show Teams: real replies of the real conversation."""

import time

from bot import archive, documents, mark
from bot.channels.teams import cards, drawn
from bot.documents.pool import Pool
from bot.replies.words import speaking
from bot.stores.memory import MemoryStore
from bot.types import Address, Attachment, Author, Message, Thread
from model import readers
from model.answerer import Answerer
from model.ladder import Ladder
from tests import adaptive
from tests.fakes import Clock, PlainSource, conversation_over
from tests.pictures import FILES, FOLDER, NOW, PICTURE, run, taking

ADA, BEN, CYD = Author("29:ada", "Ada"), Author("29:ben", "Ben"), Author("29:cyd", "Cyd")
EVA = Author("29:eva", "Eva", locale="de-DE")
COLOURS = {"Ben": "#b5541c", "Cyd": "#2b6b4f", "Eva": "#7c3085"}
NOTICES = (
    "The notice period for the storage unit is 30 days.",
    "The notice period for the storage unit is 14 days.",
)


class Talk:
    """A conversation that is held in a channel."""

    def __init__(self, reader, files):
        self.clock, self.source, self.count = Clock(), PlainSource(), 0
        self.clock.now = NOW
        kept = archive.over(MemoryStore(clock=self.clock), ttl_seconds=30 * 86_400, clock=self.clock)
        parts = {"clock": self.clock, "files": files, "sources": {"teams": self.source}, "deadline": 30.0}
        self.conversation = conversation_over(kept, Answerer(Ladder([reader])), **parts)

    async def says(self, author, text, *names, thread="1", intent="ask", about=""):
        """Somebody says something; the reply to it."""
        self.count += 1
        self.clock.now += 60
        given = []
        for name in names:
            found = FILES / name
            self.source.files[name] = found.read_bytes() if found.exists() else PICTURE
            given.append(Attachment(name, name, where=f"https://mill-lane.sharepoint.example/{name}"))
        where, address = Thread("teams", "mill-lane", "19:workshop", thread), Address("teams")
        link = f"https://teams.microsoft.com/l/message/19:workshop/{self.count}"
        more = {"about": about, "where": link, "address": address, "attachments": tuple(given)}
        message = Message(f"m{self.count}", where, intent, text, at=self.clock.now, author=author, **more)
        return await self.conversation.reply(message)

    def seen(self, author, text):
        """What somebody said, as it is seen."""
        shown = f"<p>{text.replace('@Wherein', '<span class=mention>Wherein</span>')}</p>"
        return adaptive.post(author.name, self._when(), shown, colour=COLOURS[author.name])

    def answered(self, activity):
        """What Wherein said, as it is seen."""
        return adaptive.post("Wherein", self._when(), adaptive.draw(activity))

    def _when(self):
        return time.strftime("%H:%M", time.gmtime(self.clock.now))


async def draw(talk, write):
    """Hold the conversation, and write each picture."""
    asked = "How much is the rent?"
    reply = await talk.says(BEN, asked, "lease.pdf", "floor plan.png")
    message = drawn.activity(reply)
    first = talk.seen(BEN, f"@Wherein {asked}") + talk.answered(message) + adaptive.citation(message)
    await write("teams-answer", first)
    why = await talk.says(BEN, "", intent="why", about=reply.id)
    await write("teams-why", adaptive.dialog(cards.info_card(why)))
    for number, notice in enumerate(NOTICES):
        await talk.says((ADA, BEN)[number], notice, thread="2", intent="heard")
    asked = "What is the notice period for the storage unit?"
    message = drawn.activity(await talk.says(CYD, asked, thread="2"))
    await write("teams-conflict", talk.seen(CYD, f"@Wherein {asked}") + talk.answered(message), dark=True)
    await write("teams-ask", adaptive.dialog(cards.ask_card(NOTICES[1], question=asked)))
    asked = "Who signed the lease for the workshop?"
    with speaking(EVA.locale):
        message = drawn.activity(await talk.says(EVA, asked, "lease.pdf", thread="3"))
    await write("teams-german", talk.seen(EVA, f"@Wherein {asked}") + talk.answered(message))


async def main(chromium):
    """Write all of them, and the icon."""
    (FOLDER.parent / "icon.png").write_bytes(mark.color(512))
    reader, files = readers.open_one("onnx:model/weights"), Pool(documents.Limits())
    try:
        async with taking(chromium, adaptive.page) as write:
            await draw(Talk(reader, files), write)
    finally:
        files.close()
        reader.close()


if __name__ == "__main__":
    run(main)
