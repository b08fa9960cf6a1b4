"""The pictures of `docs/pictures`: real replies of the real conversation, drawn as Slack draws them.

`make pictures` writes them with Debian's Chromium. Nothing of what Wherein says in them is written here.
"""

import asyncio
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import async_playwright

from bot import archive, documents
from bot.channels.slack.dialogs import ask_view, info_view
from bot.channels.slack.drawn import blocks
from bot.channels.slack.home import home_view
from bot.documents.pool import Pool
from bot.overview import Overviews
from bot.stores.memory import MemoryStore
from bot.types import Address, Attachment, Author, Message, Thread
from model import readers
from model.answerer import Answerer
from model.ladder import Ladder
from tests import blockkit
from tests.blockkit import file, post
from tests.fakes import Clock, PlainSource, conversation_over

FOLDER, FILES = Path(__file__).parent.parent / "docs" / "pictures", Path(__file__).parent / "fixtures"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
]  # fmt: skip
TEAM, ROOM = Thread("slack", "T1"), "C1"
NOW = 1_795_514_400.0  # a Tuesday in November 2026, 10:00 UTC
ADA, BEN, CYD = Author("U1", "Ada", admin=True), Author("U2", "Ben"), Author("U3", "Cyd")
NAMES = {"U1": "Ada", "U2": "Ben", "U3": "Cyd", "C1": "workshop", "C2": "people", "D1": "Wherein"}
COLOURS = {"Ada": "#1264a3", "Ben": "#b5541c", "Cyd": "#2b6b4f", "Wherein": "#4a154b"}
PRIVATE_METADATA = "{}"


@dataclass
class Talk:
    """A conversation that is held, and what is seen of it."""

    conversation: object
    source: PlainSource
    clock: Clock
    count: int = 0
    shown: list[str] = field(default_factory=list)

    async def says(self, author, text, *, thread="t1", room=ROOM, seen="", **more):
        """Somebody says something, with the reply to it."""
        self.count += 1
        self.clock.now += 60
        way = more.pop("way", "thread" if thread else "room")
        id, intent = f"m{self.count}", more.pop("intent", "ask")
        where, link = (
            Thread("slack", "T1", room, thread),
            f"https://mill-lane.slack.com/archives/{room}/p{self.count}",
        )
        message = Message(
            id, where, intent, text, at=self.clock.now, author=author, way=way, where=link,
            address=Address("slack"), **more,
        )  # fmt: skip
        self.source.files |= {
            one.id: (FILES / one.name).read_bytes()
            for one in message.attachments
            if (FILES / one.name).exists()
        }
        self.sees(
            author.name, (seen or text) and _said(seen or text) + "".join(map(_file, message.attachments))
        )
        return await self.conversation.reply(message)

    def sees(self, who, shown, *, alone=False):
        """Something is seen in the chat."""
        when = time.strftime("%H:%M", time.gmtime(self.clock.now))
        self.shown.append(post(who, when, shown, app=who == "Wherein", alone=alone, colour=COLOURS[who]))

    def answers(self, reply):
        """A reply of Wherein's is seen."""
        self.sees("Wherein", blockkit.draw(blocks(reply), NAMES), alone=reply.audience == "one")


def _said(text):
    shown = text.replace("@Wherein", "<span class=mention>@Wherein</span>")
    return f"<div>{shown}</div>"


def _file(attachment):
    return file(attachment.name, "PDF" if attachment.name.endswith("pdf") else "Image")


def _attached(name):
    return Attachment(name, name, where=f"https://mill-lane.slack.com/files/U1/F1/{name}")


async def thread(talk):
    """An answer in a thread, from a file; what could not be read is told."""
    files = _attached("lease.pdf"), _attached("floor plan.png")
    talk.source.files["floor plan.png"] = b"\x89PNG\r\n\x1a\n" + bytes(64)
    await talk.says(
        ADA, "The lease is back from the landlord, all signed.", intent="heard", attachments=files
    )
    talk.shown.append("<div class=thread>2 replies</div>")
    reply = await talk.says(BEN, "How much is the rent?", seen="@Wherein how much is the rent?")
    talk.answers(reply)
    return reply


async def alone(talk):
    """An answer that only who asked sees, and may share."""
    await talk.says(ADA, "", intent="pin", thread="", room="C2", attachments=(_attached("leave.docx"),))
    talk.shown.clear()
    reply = await talk.says(
        CYD,
        "How long is parental leave?",
        thread="",
        room="C2",
        private=True,
        seen="/wherein how long is parental leave?",
    )
    talk.shown.clear()
    talk.answers(reply)
    return reply


async def nothing(talk):
    """Nothing answers, and it says so."""
    await talk.says(
        ADA,
        "The kiln is serviced every March, and Tomas has the key to the gas store.",
        thread="t3",
        intent="heard",
    )
    talk.shown.append("<div class=thread>2 replies</div>")
    talk.answers(
        await talk.says(CYD, "Who insures the kiln?", thread="t3", seen="@Wherein who insures the kiln?")
    )


async def conflict(talk):
    """Two say otherwise: both are shown, the newer first."""
    await talk.says(ADA, "Visitors park in the yard until 18:00.", thread="t4", intent="heard")
    talk.shown.append("<div class=thread>3 replies</div>")
    talk.clock.now += 3 * 86_400
    await talk.says(
        BEN, "From this week on visitors park in the yard until 16:00.", thread="t4", intent="heard"
    )
    talk.answers(
        await talk.says(
            CYD,
            "Until when do visitors park in the yard?",
            thread="t4",
            seen="@Wherein until when do visitors park in the yard?",
        )
    )


async def why(talk, about):
    """How an answer came to be."""
    return info_view(PRIVATE_METADATA, "Why?", await talk.says(BEN, "", intent="why", about=about.id))


async def draw(write):
    """Hold the conversation, and write each picture."""
    reader = readers.open_one("onnx:model/weights")
    source, clock = PlainSource(), Clock()
    clock.now = NOW
    files = Pool(documents.Limits())
    remembered = archive.over(MemoryStore(clock=clock), ttl_seconds=30 * 86_400, clock=clock)
    held = conversation_over(
        remembered,
        Answerer(Ladder([reader])),
        clock=clock,
        files=files,
        sources={"slack": source},
        deadline=30.0,
    )

    async def right():
        return []

    def talk():
        return Talk(held, source, clock, count=talk.count)

    talk.count = 0

    async def scene(name, play, **how):
        here = Talk(held, source, clock, count=talk.count)
        found = await play(here)
        talk.count = here.count
        await write(name, "".join(here.shown), **how)
        return found

    try:
        answered = await scene("answer", thread)
        await scene("alone", alone)
        await scene("nothing", nothing)
        await scene("conflict", conflict)
        await scene("answer-dark", conflict, dark=True)
        here = Talk(held, source, clock, count=talk.count)
        await write("why", blockkit.modal(await why(here, answered), NAMES))
        await write("ask", blockkit.modal(ask_view(PRIVATE_METADATA, "When does the lease begin?"), NAMES))
        overview = await Overviews(remembered, held.desk, right).overview(ADA, TEAM)
        await write("home", blockkit.home(home_view(overview), NAMES))
    finally:
        files.close()
        reader.close()


async def main(chromium):
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(device_scale_factor=2, viewport={"width": 680, "height": 400})

        async def write(name, body, *, dark=False):
            await page.set_content(blockkit.page(body, dark=dark))
            await page.locator("#page").screenshot(path=FOLDER / f"{name}.png")

        await draw(write)
        await browser.close()


if __name__ == "__main__":
    found = shutil.which("chromium")
    if found is None:
        sys.exit("No Chromium is installed, which draws the pictures (on Debian: apt install chromium).")
    asyncio.run(main(found))
