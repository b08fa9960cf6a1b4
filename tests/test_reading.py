"""A long file is answered from soon, and is seen to be read; what was pinned is read again by the clock."""

import asyncio
import time

import pytest
from aiohttp.web import Application, Response

from bot.app import build
from bot.documents import UnreadableError, Why
from bot.documents.fetching.refused import RefusedError
from bot.documents.pool import Pool
from bot.intake.things import known
from bot.settings import Settings
from bot.types import Author, Thread
from model.types import Document
from tests import papers
from tests.fakes import PlainLinks, document, said
from tests.test_changes import LINK, Place

PAGES = 500


@pytest.fixture(scope="module")
def book():
    pages = [
        papers.page(*(f"On page {n} stands line {line}." for line in range(30))) for n in range(1, PAGES + 1)
    ]
    pages[247] = papers.page("Of all the people in the workshop, Priya signed the lease.")
    return papers.pdf(pages)


@pytest.mark.parametrize("reads_back", [True, False])
async def test_a_pdf_of_500_pages_is_answered_from_in_ten_seconds_and_is_seen_to_be_read(book, reads_back):
    async with Place() as place:
        pool = Pool()
        place.talk.intake.things._files = pool
        place.source.files["a"] = book
        signs = []

        async def working(address):
            signs.append(time.monotonic())

        place.channel.working = working
        began = time.monotonic()
        file = {"attachments": [{"id": "a", "name": "book.pdf"}]}
        assert await place.inbox.accept(said("q", "Who signed the lease?", reads_back=reads_back, **file))
        shown = set()
        while not any("Priya" in text for text in place.texts()):
            shown |= set(place.texts())
            await asyncio.sleep(0.01)
            assert time.monotonic() - began < 10
        await place.rests()
        pool.close()
        (post,) = place.chat.of("q")
        assert "book.pdf, page 248" in post["text"]
        assert len(signs) == 1  # the chat's own sign
        assert shown == (set() if reads_back else {"Reading …"})  # or a line that the answer replaces


@pytest.mark.parametrize("text", ["Who signed https://example.org/lease ?", "https://example.org/lease"])
async def test_a_link_in_the_words_is_seen_to_be_read_too(text):
    async with Place() as place:
        place.links.net["https://example.org/lease"] = b"Priya signed."
        seen, send = [], place.channel.send

        async def sending(reply, address, replacing):
            seen.append(reply.text)
            return await send(reply, address, replacing)

        place.channel.send = sending
        await place.hears("q", text, reads_back=False)
        assert seen[0] == "Reading …"


async def test_the_service_reads_pinned_links_again_every_six_hours():
    service = build(Settings(store="memory:", model="lexical:"), channels=())
    (chore,) = [one for one in service.chores._chores if one.name == "links"]
    rereading, room = chore.work.__self__, Thread("chat", "T", "C")
    rereading._links = links = PlainLinks()
    links.net[LINK] = b"Priya signed."
    page = Document("link-1", "1", "Tom signed.", "a", LINK, again=known(await links.fetch(LINK)))
    await service.desk.pin(Author("ada"), room, page)
    links.net[LINK] = b"Priya signed it."
    await service.chores.do_due()
    await asyncio.gather(*service.chores._long.values())
    (pinned,) = await service.archive.threads.pinned(room)
    assert await service.archive.threads.text(room, pinned.id, pinned.version) == "Priya signed it."
    assert chore.every == 6 * 3_600
    await service.close()


async def test_the_service_remembers_for_as_many_days_as_is_set():
    for given, days in (({}, 30), ({"ttl_days": 2}, 2)):
        service = build(Settings(store="memory:", model="lexical:", **given), channels=())
        await service.archive.threads.put(Thread("chat", "T", "C", "1"), document("Priya signed."), at=1.0)
        items = [item for part in service.archive.store._partitions.values() for item in part.values()]
        (text,) = [item for item in items if "Priya" in item.body]
        assert text.expires_at == pytest.approx(time.time() + days * 86_400, abs=120)
        await service.close()


async def test_the_service_reads_links_through_the_proxy_that_is_set_and_no_more_than_is_set(aiohttp_server):
    asked = []

    async def passes(request):
        asked.append(request.raw_path)
        return Response(body=b"Priya signed it." * (1 if request.raw_path.endswith("short") else 99))

    proxy = Application()
    proxy.router.add_route("*", "/{path:.*}", passes)
    url = str((await aiohttp_server(proxy)).make_url("")).rstrip("/")
    service = build(Settings(store="memory:", model="lexical:", proxy=url, max_bytes=100), channels=())
    assert (await service.links.fetch("http://93.184.215.14/short")).data == b"Priya signed it."
    with pytest.raises(RefusedError) as refused:
        await service.links.fetch("http://93.184.215.14/long")
    assert refused.value.reason == "large"
    with pytest.raises(UnreadableError) as unread:
        await service.files.read("a.txt", "", b"x" * 101)
    assert unread.value.why is Why.TOO_LARGE
    with pytest.raises(RefusedError):
        await service.links.fetch("http://169.254.169.254/")
    assert len(asked) == 2
    await service.close()
