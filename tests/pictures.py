"""The pictures of `docs/pictures`: real replies of the real conversation, drawn as Slack draws them.

`make pictures` writes them with Debian's Chromium. Nothing of what Wherein says in them is written here.
"""

import asyncio
import contextlib
import sys
import time
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright

from bot import archive, documents
from bot.channels.slack.dialogs import ask_view, info_view
from bot.channels.slack.drawn import blocks
from bot.channels.slack.home import home_view
from bot.documents.pool import Pool
from bot.overview import Overviews
from bot.replies.words import speaking
from bot.stores.memory import MemoryStore
from bot.types import Address, Attachment, Author, Message, Thread
from model import readers
from model.answerer import Answerer
from model.ladder import Ladder
from tests import blockkit
from tests.blockkit import file, post, replies
from tests.chromium import CHROMIUM, FLAGS
from tests.fakes import Clock, PlainSource, conversation_over

FOLDER, FILES = Path(__file__).parent.parent / "docs" / "pictures", Path(__file__).parent / "fixtures"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)  # one that nobody reads
COLOURS_KEPT = 96
TEAM, ROOM = Thread("slack", "T1"), "C1"
NOW = 1_795_514_400.0  # a Tuesday in November 2026, 10:00 UTC
ADA, BEN, CYD = Author("U1", "Ada", admin=True), Author("U2", "Ben"), Author("U3", "Cyd")
EVA = Author("U4", "Eva", locale="de-DE")
NAMES = {
    "U1": "Ada",
    "U2": "Ben",
    "U3": "Cyd",
    "U4": "Eva",
    "C1": "workshop",
    "C2": "people",
    "D1": "Wherein",
}
COLOURS = {"Ada": "#1264a3", "Ben": "#b5541c", "Cyd": "#2b6b4f", "Eva": "#7c3085", "Wherein": "#4a154b"}
ALONE = "How long is parental leave?"


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
        self.sees(author.name, (seen or text) and _said(seen or text) + _files(message.attachments))
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


def _files(attachments):
    each = (file(one.name, "PDF" if one.name.endswith("pdf") else "Image") for one in attachments)
    return f"<div class=files>{''.join(each)}</div>" if attachments else ""


def _attached(name):
    return Attachment(name, name, where=f"https://mill-lane.slack.com/files/U1/F1/{name}")


async def thread(talk):
    """An answer in a thread, from a file that came with the question; what was not read is told."""
    await talk.says(ADA, "The lease is back from the landlord, all signed.", intent="heard")
    talk.shown.append(replies(2))
    talk.source.files["floor plan.png"] = PICTURE
    files = _attached("lease.pdf"), _attached("floor plan.png")
    reply = await talk.says(
        BEN, "How much is the rent?", seen="@Wherein how much is the rent?", attachments=files
    )
    talk.answers(reply)
    return reply


async def alone(talk):
    """An answer that only who asked sees, and may share."""
    await talk.says(ADA, "", intent="pin", thread="", room="C2", attachments=(_attached("leave.docx"),))
    reply = await talk.says(CYD, ALONE, thread="", room="C2", private=True)
    talk.shown[:] = [blockkit.compose(f"/wherein {ALONE}")]
    talk.answers(reply)
    return reply


async def shared(talk, about):
    """The same, when they shared it."""
    reply = await talk.says(CYD, "", intent="share", about=about.id, thread="", room="C2")
    talk.shown.clear()
    talk.answers(reply)


async def nothing(talk):
    """Nothing answers, and it says so."""
    told = "The kiln is serviced every March, and Tomas has the key to the gas store."
    await talk.says(ADA, told, thread="t3", intent="heard")
    talk.shown.append(replies(2))
    asked = "Who insures the kiln?"
    talk.answers(await talk.says(CYD, asked, thread="t3", seen=f"@Wherein {asked}"))


async def conflict(talk):
    """Two say otherwise: both are shown, the newer first."""
    await talk.says(ADA, "The notice period for the storage unit is 30 days.", thread="t4", intent="heard")
    talk.shown.append(replies(3))
    await talk.says(BEN, "The notice period for the storage unit is 14 days.", thread="t4", intent="heard")
    asked = "What is the notice period for the storage unit?"
    talk.answers(await talk.says(CYD, asked, thread="t4", seen=f"@Wherein {asked}"))


async def german(talk):
    """Who has Slack in German is spoken to in German."""
    with speaking("de-DE"):
        files = (_attached("lease.pdf"),)
        talk.source.files["Grundriss.png"] = PICTURE
        files += (_attached("Grundriss.png"),)
        asked = "Who signed the lease for the workshop?"
        talk.answers(await talk.says(EVA, asked, thread="t5", seen=f"@Wherein {asked}", attachments=files))


async def draw(write):
    """Hold the conversation, and write each picture."""
    reader = readers.open_one("onnx:model/weights")
    source, clock = PlainSource(), Clock()
    clock.now = NOW
    files = Pool(documents.Limits())
    remembered = archive.over(MemoryStore(clock=clock), ttl_seconds=30 * 86_400, clock=clock)
    talker = {"clock": clock, "files": files, "sources": {"slack": source}, "deadline": 30.0}
    talk = Talk(conversation_over(remembered, Answerer(Ladder([reader])), **talker), source, clock)

    async def right():
        return []

    async def scene(name, play, *about, **how):
        talk.shown.clear()
        found = await play(talk, *about)
        await write(name, "".join(talk.shown), **how)
        return found

    try:
        answered = await scene("answer", thread)
        await scene("shared", shared, await scene("alone", alone))
        await scene("nothing", nothing)
        await scene("conflict", conflict, dark=True)
        await scene("german", german)
        why = info_view("{}", "Why?", await talk.says(BEN, "", intent="why", about=answered.id))
        await write("why", blockkit.modal(why, NAMES))
        await write("ask", blockkit.modal(ask_view("{}", "When does the lease begin?"), NAMES))
        overview = await Overviews(remembered, talk.conversation.desk, right).overview(ADA, TEAM)
        await write("home", blockkit.home(home_view(overview), NAMES))
    finally:
        files.close()
        reader.close()


async def main(chromium):
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    async with taking(chromium, blockkit.page) as write:
        await draw(write)


@contextlib.asynccontextmanager
async def taking(chromium, whole):
    """What draws a page that `whole` makes of a body, and writes a picture of it under a name."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(device_scale_factor=2, viewport={"width": 680, "height": 400})

        async def write(name, body, *, dark=False):
            await page.set_content(whole(body, dark=dark))
            taken = await page.locator("#page").screenshot()
            few = Image.open(BytesIO(taken)).convert("RGB").quantize(COLOURS_KEPT, dither=Image.Dither.NONE)
            few.save(FOLDER / f"{name}.png", optimize=True)

        yield write
        await browser.close()


def run(main):
    """Run it with Debian's Chromium, or say that there is none."""
    if CHROMIUM is None:
        sys.exit("No Chromium is installed, which draws the pictures (on Debian: apt install chromium).")
    asyncio.run(main(CHROMIUM))


if __name__ == "__main__":
    run(main)
