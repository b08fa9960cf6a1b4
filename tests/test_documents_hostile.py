"""Files made to do harm, by accident or on purpose: each has its reason, and the service goes on."""

import asyncio
import gzip
import io
import os
import random
import re
import resource
import time
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from bot.documents import Left, Limits, Parsed, UnreadableError, Why
from bot.documents.pool import Pool
from bot.replies import skipped
from tests import papers

ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a0 "ha">{ENTITIES}]>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
WORD_XML = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body>'
)
PARAGRAPH = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
LONG = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY b "{"b" * 50_000}">]>'
ENDLESS = b"<html><body>" + b"<div>" * 9_999 + b"<p>" * 200_000  # a page that is read for many seconds
WORDS = b"The quick brown fox jumps over the lazy dog. " * 10


@pytest.fixture(scope="module")
def pool():
    with_limits = Pool(Limits(seconds=5, last_second=8))
    yield with_limits
    with_limits.close()


@pytest.fixture(scope="module")
def patient():
    """Readers for what is read in the end, however busy this machine is."""
    with_time = Pool(Limits(seconds=40, last_second=60))
    yield with_time
    with_time.close()


async def outcome(pool, name, data, within=10.0):
    """What is read or why not; within the time, and within the memory."""
    began, peaks = time.monotonic(), [0]
    watching = asyncio.create_task(watch(pool, peaks))
    try:
        return await pool.read(name, "", data)
    except UnreadableError as error:
        return error.why
    finally:
        watching.cancel()
        assert time.monotonic() - began < within
        assert max(peaks) < 500_000_000


async def watch(pool, peaks):
    """Note the most memory that each worker has had until now, again and again."""
    while True:
        with pool._lock:
            hands = {*pool._busy, *pool._idle}
        peaks += [peak_of(hand) for hand in hands]
        await asyncio.sleep(0.02)


def peak_of(hand):
    """The most memory that a worker has had, in bytes; none where it has ended."""
    try:
        status = Path(f"/proc/{hand._process.pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return 1024 * int(found[1]) if found else 0


def changed(content):
    """A Word file with another body."""
    return papers.repacked(papers.word(), {"word/document.xml": content})


def word_of(body, head=""):
    """A Word file with that in its body."""
    return changed(head + WORD_XML.format(body) + "</w:document>")


def sheet_of(rows, head=""):
    """An Excel file with those rows as XML."""
    xml = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    xml += '<dimension ref="A1:XFD1048576"/>'
    data = papers.book(lambda book: None)
    content = f"{head}{xml}<sheetData>{rows}</sheetData></worksheet>"
    return papers.repacked(data, {"xl/worksheets/sheet1.xml": content})


def environment_of(hand):
    """The variables that a worker sees."""
    return Path(f"/proc/{hand._process.pid}/environ").read_text()


def remarked(head):
    """The same with so long a remark before what it declares that nobody looks that far."""
    return head.replace("<!DOCTYPE", f"<!--{'x' * 6_000}--><!DOCTYPE")


def cell(row, ref, value):
    return f'<row r="{row}"><c r="{ref}"><v>{value}</v></c></row>'


def scrambled(data, seed):
    """The same bytes with every fiftieth another."""
    chance = random.Random(seed)
    return bytes(chance.randrange(256) if chance.random() < 0.02 else byte for byte in data)


def pdf_stream(body, filters=b"/FlateDecode"):
    """A PDF whose one page's content is that stream."""
    stream = b"<< /Length %d /Filter [%s] >>\nstream\n%s\nendstream" % (len(body), filters, body)
    whole = papers.pdf([papers.page("X")])
    start = whole.index(b"<< /Length", whole.index(b"/Title"))
    return whole[:start] + stream + whole[whole.index(b"endstream", start) + len(b"endstream") :]


def looping_pdf():
    """A PDF whose tree of pages holds itself."""
    return papers.pdf([papers.page("Found.")]).replace(b"/Count 1 /Kids [", b"/Count 9 /Kids [2 0 R ")


MANY_ZEROS = zlib.compress(bytes(100_000_000), 9)
BOMB = papers.packed({"word/document.xml": bytes(400_000_000), "[Content_Types].xml": "<x/>"})
DEEP_XML = "<w:sdt><w:sdtContent>" * 50_000

REFUSED = {
    "a zip bomb": ("a.docx", BOMB, {Why.TOO_LARGE}),
    "a zip of a million nothings": (
        "a.docx",
        papers.packed({f"word/{n}.xml": b"" for n in range(11_000)} | {"[Content_Types].xml": ""}),
        {Why.TOO_LARGE},
    ),
    "a billion laughs in Word": ("a.docx", word_of(PARAGRAPH.format("&a9;"), LAUGHS), {Why.DAMAGED}),
    "a billion laughs in Excel": ("a.xlsx", sheet_of(cell(1, "A1", "&a9;"), LAUGHS), {Why.DAMAGED}),
    "laughs in another encoding": (
        "a.docx",
        changed((LAUGHS + WORD_XML.format("") + "</w:document>").encode("utf-16")),
        {Why.DAMAGED},
    ),
    "a file of the machine in Word": ("a.docx", word_of(PARAGRAPH.format("&x;"), OUTSIDE), {Why.DAMAGED}),
    "laughs behind a long remark in Word": (
        "a.docx",
        word_of(PARAGRAPH.format("&a9;"), remarked(LAUGHS)),
        {Why.DAMAGED, Why.EMPTY},
    ),
    "laughs behind a long remark in Excel": (
        "a.xlsx",
        sheet_of(cell(1, "A1", "&a9;"), remarked(LAUGHS)),
        {Why.DAMAGED, Why.EMPTY},
    ),
    "a file of the machine behind a long remark": (
        "a.docx",
        word_of(PARAGRAPH.format("&x;"), remarked(OUTSIDE)),
        {Why.DAMAGED, Why.EMPTY},
    ),
    "one long entity, ten thousand times": (
        "a.docx",
        word_of(PARAGRAPH.format("&b;" * 10_000), remarked(LONG)),
        {Why.DAMAGED, Why.EMPTY},
    ),
    "a Word file nested deeply": ("a.docx", word_of(DEEP_XML), {Why.DAMAGED, Why.TOO_DEEP}),
    "a Word file without its parts": (
        "a.docx",
        papers.packed({"[Content_Types].xml": "", "word/x": ""}),
        {Why.DAMAGED},
    ),
    "JSON nested deeply": ("a.json", b"[" * 500_000 + b"]" * 500_000, {Why.TOO_DEEP}),
    "JSON nested not so deeply": ("a.json", b'{"a":' * 300 + b"1" + b"}" * 300, {Why.TOO_DEEP}),
    "Markdown nested deeply": ("a.md", b"> " * 5_000 + b"Lost.\n", {Why.TOO_DEEP}),
    "HTML nested deeply": ("a.html", b"<html><body>" + b"<div>" * 300_000 + b"x", {Why.TOO_DEEP}),
    "a mail in mails, too many to unfold": (
        "a.eml",
        papers.mails_in_mails(1500),
        {Why.TOO_DEEP, Why.TOO_SLOW},
    ),
    "a locked PDF": ("a.pdf", papers.pdf([papers.page("x")], trailer=papers.LOCK), {Why.ENCRYPTED}),
    "a gzip bomb": ("a.gz", gzip.compress(bytes(10_000_000)), {Why.UNKNOWN_TYPE}),
    "a PDF that is a bomb": ("a.pdf", pdf_stream(MANY_ZEROS), {Why.EMPTY, Why.TOO_SLOW, Why.CRASHED}),
    "a PDF that is a bomb in a bomb": (
        "a.pdf",
        pdf_stream(zlib.compress(MANY_ZEROS * 100, 9), b"/FlateDecode /FlateDecode"),
        {Why.EMPTY, Why.TOO_SLOW, Why.CRASHED},
    ),
    "random bytes": ("a.pdf", random.Random(1).randbytes(100_000), {Why.UNKNOWN_TYPE}),
    "random bytes that say PDF": ("a", b"%PDF-1.7\n" + random.Random(2).randbytes(100_000), {Why.DAMAGED}),
    "random bytes that say zip": ("a", b"PK\x03\x04" + random.Random(3).randbytes(100_000), {Why.DAMAGED}),
    "a path that climbs": ("a.zip", papers.packed({"../../etc/passwd": "x"}), {Why.UNKNOWN_TYPE}),
    "too many bytes": ("a.txt", b"x" * 20_000_001, {Why.TOO_LARGE}),
    "nothing": ("a.pdf", b"", {Why.EMPTY}),
}

READ = {
    "a million declared rows": ("a.xlsx", sheet_of(cell(1, "A1", 7) + cell(1_048_576, "XFD1048576", 8)), "7"),
    "rows beyond the last": ("a.xlsx", sheet_of(cell(1, "A1", 7) + cell(10**12, "A1", 8)), "7"),
    "a mail in a hundred mails": ("a.eml", papers.mails_in_mails(100), "Subject: level 99"),
    "a PDF that holds itself": ("a.pdf", looping_pdf(), "Found."),
    "formulas that start programs": ("a.csv", b"=cmd|' /C calc'!A0,7\n", "7"),
    "HTML with a thousand open tags": (
        "a.html",
        b"<html><body>" + b"<b><i><p>" * 1_000 + b"Found.",
        "Found.",
    ),
    "one endless line": ("a.txt", b"word " * 1_000_000, "word"),
    "only line ends": ("a.txt", b"\n" * 5_000_000 + b"Found.", "Found."),
    "a table of one long row": ("a.csv", b"7," * 2_000_000, "7"),
    "Markdown of brackets": ("a.md", b"Found. " + b"[" * 10_000, "Found."),
    "HTML of comments that never end": ("a.html", b"<html><body>Found." + b"<!-- " * 200_000, "Found."),
    "a page of attributes": ("a.html", b"<html><body><p " + b"a=1 " * 300_000 + b">Found.", "Found."),
    "a name with a path": ("../../../etc/passwd\0.txt", b"Found.", "Found."),
}


WORD = papers.word(lambda document: document.add_paragraph(WORDS.decode()))
BOOK = papers.book(lambda book: book.active.append(["Found."]))
SHOW = papers.slides(lambda show: show.slides.add_slide(show.slide_layouts[1]))
SHEET = papers.pdf([papers.page("Found.")])
RELATION = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"'
    ' Target="{}" TargetMode="{}"/></Relationships>'
)


def related(kind, target, mode="External"):
    """A Word file that leads elsewhere."""
    return papers.repacked(WORD, {"word/_rels/document.xml.rels": RELATION.format(kind, target, mode)})


def doubled(data, member):
    """A zip file that holds a member twice."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(member, "<x/>")
    return out.getvalue()


def shaped(names, boundary=b"b"):
    """A mail whose parts have those names."""
    head = b"From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    parts = [
        b'--%s\nContent-Disposition: attachment; filename="%s"\n\nFound.\n' % (boundary, name)
        for name in names
    ]
    return head + b"".join(parts) + b"--%s--\n" % boundary


def drawing_itself():
    """A PDF whose picture draws itself."""
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 5"
    form += b" /Resources << /XObject << /I 4 0 R >> >> >>"
    start = SHEET.index(b"<< /Type /XObject")
    end = SHEET.index(b"endstream", start)
    return SHEET[:start] + form + b"\nstream\n/I Do\n" + SHEET[end:]


HARMLESS = {  # each may be read or not, and does nothing either way
    "a picture that says PDF": ("a.pdf", papers.PNG),
    "a program that says Word": ("a.docx", b"MZ" + bytes(60) + b"PE\0\0" + bytes(500)),
    "a web page that says PDF": ("a.pdf", b"<!doctype html><p>Log in."),
    "a PDF that says text": ("a.txt", SHEET),
    "an old Office file": ("a.doc", papers.OLD_OFFICE + bytes(2_000)),
    "a locked Office file": (
        "a.docx",
        papers.OLD_OFFICE + "EncryptedPackage".encode("utf-16-le") + bytes(500),
    ),
    "rich text": ("a.rtf", rb"{\rtf1 \object\objdata 01}"),
    "an archive that says Excel": ("a.xlsx", b"7z\xbc\xaf\x27\x1c" + bytes(500)),
    "PostScript": ("a.pdf", b"%!PS\n(/etc/passwd) (r) file"),
    "half a PDF": ("a.pdf", SHEET[: len(SHEET) // 2]),
    "half a Word file": ("a.docx", WORD[: len(WORD) // 2]),
    "half an Excel file": ("a.xlsx", BOOK[: len(BOOK) // 2]),
    "half a PowerPoint file": ("a.pptx", SHOW[: len(SHOW) // 2]),
    "a PDF without pages": ("a.pdf", papers.pdf([])),
    "a PDF with a table of places that lies": ("a.pdf", SHEET.replace(b"00000 n", b"99999 n")),
    "a PDF that begins nowhere": ("a.pdf", SHEET.replace(b"startxref\n", b"startxref\n9")),
    "a PDF that counts a billion pages": ("a.pdf", SHEET.replace(b"/Count 1", b"/Count 999999999")),
    "a PDF as large as a town": ("a.pdf", SHEET.replace(b"595 842", b"9999999 9999999")),
    "a PDF with no size": ("a.pdf", SHEET.replace(b"595 842", b"0 0")),
    "a PDF whose stream is longer than it": (
        "a.pdf",
        SHEET.replace(b"/Length 1 >>", b"/Length 999999999 >>"),
    ),
    "a PDF that draws itself": ("a.pdf", drawing_itself()),
    "a PDF that starts a program": (
        "a.pdf",
        SHEET.replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /Launch /F (/bin/sh) >>"),
    ),
    "a PDF with a script": (
        "a.pdf",
        SHEET.replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (for(;;);) >>"),
    ),
    "a PDF that is its own parent": ("a.pdf", SHEET.replace(b"/Type /Pages", b"/Type /Pages /Parent 2 0 R")),
    "a Word file with no text": ("a.docx", changed("")),
    "a Word file of another tongue": ("a.docx", changed("<html><body>Found.</body></html>")),
    "a Word file with XML that never ends": ("a.docx", changed("<w:document" * 10_000)),
    "a Word file with macros": (
        "a.docm",
        papers.repacked(WORD, {"word/vbaProject.bin": papers.OLD_OFFICE + bytes(500)}),
    ),
    "a Word file that fetches its template": ("a.docx", related("attachedTemplate", "http://127.0.0.1/x")),
    "a Word file that leads to a file": ("a.docx", related("image", "file:///etc/passwd")),
    "a Word file whose part climbs": ("a.docx", related("image", "../../../../etc/passwd", "Internal")),
    "a Word file with a part twice": ("a.docx", doubled(WORD, "word/document.xml")),
    "a Word file with a part that climbs": ("a.docx", papers.repacked(WORD, {"../../../tmp/x": "x"})),
    "a Word file with a Word file in it": ("a.docx", papers.repacked(WORD, {"word/embeddings/a.docx": WORD})),
    "a Word file that lies about its types": ("a.docx", papers.repacked(WORD, {"[Content_Types].xml": "<x"})),
    "a file of the machine in Excel": (
        "a.xlsx",
        sheet_of(cell(1, "A1", "&x;"), OUTSIDE),
    ),
    "an Excel file with a cell that is nowhere": ("a.xlsx", sheet_of(cell(1, "ZZZZZZ1", 7))),
    "an Excel file with words that are nowhere": (
        "a.xlsx",
        sheet_of('<row r="1"><c r="A1" t="s"><v>999999999</v></c></row>'),
    ),
    "an Excel file with a style that is nowhere": (
        "a.xlsx",
        sheet_of('<row r="1"><c r="A1" s="999999999"><v>7</v></c></row>'),
    ),
    "an Excel file that calls a program": (
        "a.xlsx",
        papers.book(
            lambda book: book.active.append(["=cmd|' /C calc'!A0", '=WEBSERVICE("http://127.0.0.1")'])
        ),
    ),
    "an Excel file without its book": ("a.xlsx", papers.repacked(BOOK, {"xl/workbook.xml": ""})),
    "an Excel file with a date beyond time": ("a.xlsx", sheet_of(cell(1, "A1", "9" * 300))),
    "laughs in PowerPoint": (
        "a.pptx",
        papers.repacked(SHOW, {"ppt/slides/slide1.xml": LAUGHS + "<p:sld>&a9;</p:sld>"}),
    ),
    "a file of the machine in PowerPoint": (
        "a.pptx",
        papers.repacked(SHOW, {"ppt/slides/slide1.xml": OUTSIDE + "<p:sld>&x;</p:sld>"}),
    ),
    "a PowerPoint file without its show": ("a.pptx", papers.repacked(SHOW, {"ppt/presentation.xml": ""})),
    "a zip that says that it is locked": (
        "a.docx",
        WORD.replace(b"PK\x03\x04\x14\0\0", b"PK\x03\x04\x14\0\1"),
    ),
    "a zip whose list lies": ("a.docx", WORD[:-12] + b"\xff" * 12),
    "a zip with nothing in it": ("a.docx", papers.packed({})),
    "a mail whose attachments climb": ("a.eml", shaped([b"../../etc/passwd", b"/etc/passwd", b"..\\\\x"])),
    "a mail of five thousand parts": ("a.eml", shaped([b"a.txt"] * 5_000)),
    "a mail that never ends a part": ("a.eml", shaped([b"a.txt"], b"other")),
    "a mail with a bomb attached": ("a.eml", papers.mail(attached=[("a.docx", BOMB)]).as_bytes()),
    "a mail in no known encoding": (
        "a.eml",
        b"From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; charset=none\n\nFound. \xff\xfe",
    ),
    "a mail with a header without end": (
        "a.eml",
        b"Received: " + b"x" * 1_000_000 + b"\nMIME-Version: 1.0\n\nx",
    ),
    "a page that is only a script": ("a.html", b"<html><script>while(1);</script>"),
    "a page that sends one away": (
        "a.html",
        b"<html><meta http-equiv=refresh content='0;url=file:///etc/passwd'>",
    ),
    "a page of frames": ("a.html", b"<html><iframe src=file:///etc/passwd></iframe>" * 1_000),
    "a page of attributes without end": ("a.html", b"<html><p " + b"x" * 1_000_000),
    "a page in a wrong encoding": ("a.html", b"<html><meta charset=utf-16><p>Found."),
    "a picture with entities": ("a.svg", (LAUGHS + "<svg>&a9;</svg>").encode()),
    "numbers beyond counting": ("a.json", b"[1e999999, " + b"9" * 100_000 + b"]"),
    "JSON of no number": ("a.json", b"[NaN, Infinity, -Infinity]"),
    "JSON with half a character": ("a.json", rb'["\ud800", "\u0000"]'),
    "JSON with one key a thousand times": ("a.json", b"{" + b'"a": 1, ' * 1_000 + b'"a": 2}'),
    "a quote that never closes": ("a.csv", b'"' + b"a,b\n" * 100_000),
    "a table of zeros": ("a.csv", b"\0,\0\n" * 1_000),
    "formulas of every kind": ("a.csv", b"+1,-1,@SUM(A1),\t=1,\r=1\n"),
    "only what nobody sees": ("a.txt", "\u200b\u2060\ufeff".encode() * 1_000),
    "words turned round": ("a.txt", "\u202eFound.\u202c".encode()),
    "half characters": ("a.txt", b"\xff\xfe" + b"\x00\xd8" * 1_000),
    "only a mark of order": ("a.txt", b"\xff\xfe"),
    "only controls": ("a.txt", bytes(range(1, 32)) * 100),
    "accents without end": ("a.txt", b"Zalgo" + "\u0301".encode() * 200_000),
    "Markdown of links in links": ("a.md", b"[a](" * 5_000),
    "Markdown of stars": ("a.md", b"*a **b " * 5_000),
    "Markdown of tables": ("a.md", b"|" * 20_000 + b"\n" + b"|-" * 10_000),
    "a program with a long line": ("a.py", b"x = [" + b"1," * 500_000 + b"]"),
}


def test_there_are_a_hundred_of_them():
    assert len(REFUSED) + len(READ) + len(HARMLESS) >= 100


@pytest.mark.parametrize("what", HARMLESS)
async def test_it_does_no_harm_and_is_read_or_has_its_reason(pool, what):
    found = await outcome(pool, *HARMLESS[what])
    if isinstance(found, Parsed):
        assert "root:" not in found.text
        assert len(found.text) <= Limits().text
    else:
        assert skipped.unreadable("it", found).why


@pytest.mark.parametrize("what", REFUSED)
async def test_it_is_refused_with_a_reason(pool, what):
    name, data, reasons = REFUSED[what]
    found = await outcome(pool, name, data)
    assert found in reasons
    assert skipped.unreadable(what, found).why


@pytest.mark.parametrize("what", READ)
async def test_it_is_read_as_far_as_it_goes(patient, what):
    name, data, words = READ[what]
    parsed = await outcome(patient, name, data, within=70)
    assert isinstance(parsed, Parsed), parsed
    assert words in parsed.text


@pytest.mark.parametrize("what", READ)
async def test_what_is_read_in_the_end_is_done_with_in_ten_seconds_here(pool, what):
    name, data, words = READ[what]
    found = await outcome(pool, name, data)
    if isinstance(found, Parsed):
        assert words in found.text
    else:
        assert found is Why.TOO_SLOW


WHOLE = {
    "pdf": papers.pdf([papers.page(WORDS.decode())] * 3),
    "docx": WORD,
    "pptx": SHOW,
    "xlsx": papers.book(lambda book: book.active.append(["x"] * 9)),
    "eml": papers.mail(attached=[("a.txt", WORDS)]).as_bytes(),
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("seed", range(6))
async def test_a_scrambled_file_harms_nobody(pool, kind, seed):
    assert isinstance(await outcome(pool, f"a.{kind}", scrambled(WHOLE[kind], seed)), (Parsed, Why))


async def test_five_thousand_pages_are_read_to_the_limit(pool):
    data = papers.pdf([papers.page(f"This is page {n}.") for n in range(1, 5_001)])
    parsed = await outcome(pool, "a.pdf", data)
    assert parsed.pages == 5_000
    last = parsed.places.marks[-1]
    assert parsed.left[-1].what in ("pages 2001 to 5000", f"what comes after {last.label}")
    assert parsed.text.endswith(f"This is {last.label}.")


async def test_mails_in_mails_are_read_to_the_limit(pool):
    parsed = await outcome(pool, "a.eml", papers.mails_in_mails(30))
    assert "Subject: level 19" in parsed.text
    assert "Subject: level 18" not in parsed.text
    assert parsed.left[-1].why is Why.TOO_DEEP


async def test_a_file_that_takes_too_long_is_given_up():
    limits = Limits(seconds=60, last_second=0.5)
    slow = Pool(limits, workers=1)
    began = time.monotonic()
    assert await outcome(slow, "a.html", ENDLESS) is Why.TOO_SLOW
    assert time.monotonic() - began < 30
    assert (await outcome(slow, "a.txt", b"The next one.")).text == "The next one."
    slow.close()


async def test_a_file_that_takes_too_much_memory_is_given_up():
    small = Pool(Limits(memory=150_000_000), workers=1)
    rows = "".join(PARAGRAPH.format("word " * 20) for _ in range(150_000))
    assert await outcome(small, "a.docx", word_of(rows)) in (Why.TOO_LARGE, Why.CRASHED, Why.DAMAGED)
    assert (await outcome(small, "a.txt", b"The next one.")).text == "The next one."
    small.close()


async def test_a_worker_that_dies_while_it_waits_is_replaced(pool):
    await outcome(pool, "a.txt", b"One.")
    assert pool._idle
    for hand in pool._idle:
        os.kill(hand._process.pid, 9)
    await asyncio.sleep(0.1)
    assert (await outcome(pool, "a.txt", b"Two.")).text == "Two."


async def test_a_worker_that_dies_while_it_reads_is_replaced(pool):
    reading = asyncio.create_task(outcome(pool, "a.html", ENDLESS))
    while not pool._busy:
        await asyncio.sleep(0.01)
    for hand in set(pool._busy):
        os.kill(hand._process.pid, 11)
    assert await reading is Why.CRASHED
    assert (await outcome(pool, "a.txt", b"Two.")).text == "Two."


async def test_nobody_reads_on_for_whoever_went_away():
    lone = Pool(workers=1)
    reading = asyncio.create_task(lone.read("a.html", "", ENDLESS))
    while not lone._busy:
        await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await outcome(lone, "a.txt", b"Two.", within=3)).text == "Two."
    lone.close()


async def test_many_are_read_at_once_and_the_rest_are_told_so():
    few = Pool(workers=1)
    outcomes = await asyncio.gather(*(outcome(few, "a.txt", b"%d words." % n) for n in range(20)))
    assert [found.text for found in outcomes[:17]] == [f"{n} words." for n in range(17)]
    assert outcomes[17:] == [Why.BUSY] * 3
    few.close()
    assert await outcome(few, "a.txt", b"Closed.") is Why.BUSY


async def test_a_pool_serves_one_loop_after_another():
    with_one = Pool(workers=1)
    texts = await asyncio.gather(
        *(
            asyncio.to_thread(lambda n=n: asyncio.run(with_one.read("a.txt", "", b"%d." % n)).text)
            for n in range(4)
        )
    )
    assert sorted(texts) == ["0.", "1.", "2.", "3."]
    with_one.close()


async def test_a_worker_knows_no_secret_and_can_write_nothing(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    fresh = Pool(workers=1)
    fresh.warm()
    await outcome(fresh, "a.txt", b"One.")
    (hand,) = fresh._idle
    assert "xoxb" not in environment_of(hand)
    assert resource.prlimit(hand._process.pid, resource.RLIMIT_FSIZE) == (0, 0)
    assert resource.prlimit(hand._process.pid, resource.RLIMIT_AS)[0] == Limits().memory
    fresh.close()


async def test_what_was_read_crosses_the_pipe_whole(pool):
    data = papers.mail(attached=[("ü😀.txt", "Ünï😀".encode()), ("a.png", papers.PNG)]).as_bytes()
    parsed = await outcome(pool, "a.eml", data)
    assert "Ünï😀" in parsed.text
    assert parsed.places.at(len(parsed.text) - 1).label == "attachment ü😀.txt, line 1"
    assert parsed.left == (Left("attachment a.png", Why.UNKNOWN_TYPE, "picture"),)
