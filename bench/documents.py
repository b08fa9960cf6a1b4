"""Files: how fast each kind is read, how soon a long one is answered from, and a shelf of fifty.

    python -m bench.documents [SHARE]

SHARE makes all of it smaller, to see whether it runs: 0.05.
"""

import asyncio
import base64
import csv
import io
import sys
import textwrap
import time
from typing import Any

from bench.common import PARAGRAPH, QUESTIONS, percentiles
from bench.service import Process, long_text
from bot.documents.pool import Pool
from tests import papers

PAGES = 500
WORDS = 100_000  # of each file that is no PDF
SHELF, SHELF_WORDS, AT_ONCE = 50, 250_000, 10
ANSWER = "Priya Nair"


async def main(share: float = 1.0) -> None:
    """Print every figure."""
    pool = Pool()
    await pool.read("a.txt", "", b"The worker is there.")
    pages, words = max(2, int(PAGES * share)), max(1_000, int(WORDS * share))
    book = _pdf(pages)
    took = await _read(pool, "a.pdf", book)
    print(f"a PDF of {pages} pages          {pages / took:9,.0f} pages/s   {len(book) / 1e6:.1f} MB")
    for name, data in _files(long_text(words)).items():
        took = await _read(pool, name, data)
        print(f"{name:25} {words / took:12,.0f} words/s   {len(data) / 1e6:.1f} MB")
    pool.close()
    with Process() as process:
        await process.answers()
        await _long(process, book, pages)
        await _shelf(process, share)


async def _read(pool: Pool, name: str, data: bytes) -> float:
    """The seconds that reading a file takes, as often as it takes to be sure."""
    runs = []
    for _ in range(3):
        began = time.perf_counter()
        parsed = await pool.read(name, "", data)
        runs.append(time.perf_counter() - began)
        assert ANSWER in " ".join(parsed.text.split()), name
    return min(runs)


def _pdf(pages: int) -> bytes:
    """A book whose answer stands in the middle."""
    lines = textwrap.wrap(long_text(pages * 350), 90)
    lines[len(lines) // 2 : len(lines) // 2] = textwrap.wrap(PARAGRAPH, 90)
    each = -(-len(lines) // pages)
    return bytes(papers.pdf([papers.page(*lines[n * each : (n + 1) * each]) for n in range(pages)]))


def _files(text: str) -> dict[str, bytes]:
    """The same text as other kinds of files."""
    paragraphs = text.split("\n\n")
    table = io.StringIO()
    csv.writer(table).writerows([n, paragraph] for n, paragraph in enumerate(paragraphs))
    marked = "".join(f"<h2>Part {n}</h2><p>{paragraph}</p>" for n, paragraph in enumerate(paragraphs))
    return {
        "a.txt": text.encode(),
        "a.md": "\n\n".join(f"## Part {n}\n\n{part}" for n, part in enumerate(paragraphs)).encode(),
        "a.html": f"<html><body><main>{marked}</main></body></html>".encode(),
        "a.csv": table.getvalue().encode(),
        "a.eml": bytes(papers.mail(body=text)),
        "a.docx": papers.word(lambda made: [made.add_paragraph(paragraph) for paragraph in paragraphs]),
        "a.xlsx": papers.book(lambda made: [made.active.append([paragraph]) for paragraph in paragraphs]),
        "a.pptx": papers.slides(lambda made: _slides(made, paragraphs)),
    }


def _slides(show: Any, paragraphs: list[str]) -> None:
    for paragraph in paragraphs:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.placeholders[1].text = paragraph


async def _long(process: Process, book: bytes, pages: int) -> None:
    """How long it takes from putting a book in to the answer, and to the next one."""
    given = {"thread": "book", "files": [_sent("book.pdf", book)]}
    for when, body in (("put in and asked", given), ("asked again", {"thread": "book"})):
        began = time.perf_counter()
        reply = await process.ask(body | {"question": QUESTIONS[0]})
        took = time.perf_counter() - began
        assert ANSWER in reply["text"], reply["text"]
        print(f"{pages} pages, {when:17} {took:6.2f} s   ({reply['answer']['place']})")


async def _shelf(process: Process, share: float) -> None:
    """Fifty documents in one thread: the first question, and those after it."""
    count = max(2, int(SHELF * share))
    texts = [long_text(int(SHELF_WORDS * share) // count, seed) for seed in range(count)]
    files = [_sent(f"{n}.txt", text.encode()) for n, text in enumerate(texts)]
    for start in range(0, count, AT_ONCE):
        body = {"thread": "shelf", "question": "x", "files": files[start : start + AT_ONCE]}
        reply = await process.ask(body)
        assert not reply["skipped"], reply["skipped"]
    took = []
    for n in range(21):
        began = time.perf_counter()
        reply = await process.ask({"thread": "shelf", "question": QUESTIONS[n % len(QUESTIONS)]})
        took.append(time.perf_counter() - began)
        assert reply["kind"] in ("answer", "unsure"), reply["text"]  # the paragraph stands there fifty times
    p50, p95 = percentiles(took[1:])
    print(
        f"{count} documents, {sum(len(text.split()) for text in texts):,} words: first {took[0]:.2f} s,"
        f" then p50 {p50:.0f} ms, p95 {p95:.0f} ms; {process.megabytes():.0f} MB resident"
    )


def _sent(name: str, data: bytes) -> dict[str, str]:
    return {"name": name, "data": base64.b64encode(data).decode()}


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0))
