"""What people put in is read: the right text, and where each word of it stands."""

import io
import re
import sys
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import Left, Limits, Place, Places, UnreadableError, Why, ranges
from bot.documents.file import File
from bot.documents.kinds import kind_of
from bot.documents.parse import parse
from bot.documents.writer import EnoughError, Writer, clean
from bot.documents.xlsx import shown
from bot.types import is_text
from tests import papers

WEEKS = "Every employee is entitled to sixteen weeks of leave."


def read(name, data, media_type="", **limits):
    """What is read, in this process."""
    data = data.encode() if isinstance(data, str) else data
    return parse(File(name, media_type, data), Limits(**{"seconds": 60.0} | limits))


def place_of(parsed, words):
    """The label of the place where some words stand."""
    place = parsed.places.at(parsed.text.index(words))
    return place.label if place else None


def why(name, data, **limits):
    """Why nothing is read."""
    with pytest.raises(UnreadableError) as caught:
        read(name, data, **limits)
    return caught.value.why, caught.value.detail


# ------------------------------------------------------------------------- text


def test_a_text_stays_as_it_is_and_knows_its_lines():
    parsed = read("a.txt", f"First line.\r\n\r\n\r\n\r\n  {WEEKS}\r\nLast.")
    assert parsed.text == f"First line.\n\n  {WEEKS}\nLast."
    assert (parsed.kind, place_of(parsed, "sixteen")) == ("text", "line 5")


@pytest.mark.parametrize("name", ["a.py", "a.sql", "a.yaml", "a.xml"])
def test_source_code_keeps_its_spaces(name):
    parsed = read(name, "def f():\n\n\n    return 'sixteen'\n")
    assert parsed.text == "def f():\n\n    return 'sixteen'"
    assert (parsed.kind, place_of(parsed, "sixteen")) == ("code", "line 4")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Das Wetter ist schön, und die Gärten blühen über alle Maße.", "latin-1"),
        ("L’été à la plage : où est passé l’élève naïf ? Ça coûte 5 €.", "cp1252"),
        ("Não há situações sem solução, João.", "cp1252"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy v pondělí ráno.", "cp1250"),
        ("Отпуск составляет шестнадцать недель.", "cp1251"),
        ("Отпуск составляет шестнадцать недель и оплачивается полностью.", "koi8_r"),
        ("会議は三時に始まります。終わりは五時です。", "shift_jis"),
        ("会議は三時に始まります。終わりは五時です。", "euc_jp"),
        ("会議は三時に始まります。", "iso2022_jp"),
        ("会议三点开始。年假有十五天，全额支付工资。", "gb18030"),
        ("회의는 세 시에 시작합니다. 휴가는 십육 주입니다.", "cp949"),
        ("تبدأ الإجازة في الثالثة وتنتهي في الخامسة", "cp1256"),
        ("Sechzehn Wochen für alle. 会議", "utf-8"),
        ("Sechzehn Wochen für alle. 会議", "utf-8-sig"),
        ("Sechzehn Wochen für alle. 会議", "utf-16"),
        ("Sechzehn Wochen für alle.", "utf-16-le"),
        ("Sechzehn Wochen für alle.", "utf-16-be"),
        ("Sechzehn Wochen für alle. 会議", "utf-32"),
    ],
)
def test_an_encoding_is_found_out(text, encoding):
    assert read("a.txt", text.encode(encoding)).text == text


def test_a_declared_encoding_is_believed():
    text = "Заявление"
    assert read("a.txt", text.encode("cp1251"), "text/plain; charset=windows-1251").text == text
    page = f'<html><head><meta charset="koi8-r"></head><body><p>{text}</p></body></html>'
    assert read("a.html", page.encode("koi8-r")).text == text


def test_what_nobody_sees_is_left_out_and_ligatures_are_letters():
    assert clean("ﬁnal ofﬁce") == "final office"
    assert clean("na\u00adtio\u200bnal\u00a0Q1\ufeff") == "national Q1"
    assert clean("a\0b\x1bc\ud800\u202ed") == "abc\ufffdd"


# ------------------------------------------------------------------------- markdown, html


def test_markdown_is_read_without_its_marks():
    text = (
        f"# Leave\n{WEEKS[:29]}\n**{WEEKS[30:]}** See [the form](https://example.org/form).\n\n- eggs\n- ham"
    )
    text += "\n\n2. two\n3. three\n\n## Sick\n| Name | Days |\n|---|---|\n| Ada | 12 |\n\n```\nx  = 1\n```\n"
    parsed = read("a.md", text)
    assert f"\n\n{WEEKS} See the form.\n" in parsed.text
    assert "- eggs\n- ham\n\n2. two\n3. three\n\nSick\n\nName | Days\nAda | 12\n\nx  = 1" in parsed.text
    assert (parsed.title, place_of(parsed, "sixteen"), place_of(parsed, "12")) == (
        "Leave",
        "Leave",
        "Leave › Sick",
    )


def test_markdown_before_any_heading_knows_its_lines():
    assert place_of(read("a.md", f"One.\n\n\n{WEEKS}"), "sixteen") == "line 4"


PAGE = """<!DOCTYPE html><html><head><title>Leave — Handbook</title><script>var sixteen = 1</script></head>
<nav><ul><li><a href="/">Home</a><li><a href="/a">About us</a></ul></nav><header><a href="/">ACME</a></header>
<div class="cookie-banner">We use cookies.</div>
<h1 id="leave">Leave</h1><p>Every employee is <b>entitled</b> to sixteen
weeks of leave.</p><p hidden>Hidden.</p>
<h2><a name="sick"></a>Sick</h2><ul><li>eggs</li><li>ham<ul><li>smoked</ul></ul>
<ol start=4><li>four<li>five</ol>
<table><tr><th>Name</th><th>Days</th></tr><tr><td>Ada</td><td><p>12</p><p>or so</p></td></tr></table>
<pre>x  = 1
y  = 2</pre><aside>Advertisement</aside><footer>Imprint</footer></body></html>"""


def test_a_page_is_read_without_what_is_around_it():
    parsed = read("a.html", PAGE)
    assert parsed.text.startswith(
        f"Leave\n\n{WEEKS}\n\nSick\n\n- eggs\n- ham\n\n- smoked\n\n4. four\n5. five\n\n"
    )
    assert parsed.text.endswith("Name | Days\nAda | 12 or so\n\nx  = 1\ny  = 2")
    assert parsed.title == "Leave — Handbook"
    assert parsed.places.at(parsed.text.index("sixteen")) == Place(0, "Leave", "leave")
    assert parsed.places.at(parsed.text.index("eggs"))[1:] == ("Leave › Sick", "sick")


def test_a_main_part_is_all_that_is_read():
    page = f"<html><body><div>Other things</div><main><p>{WEEKS}</p></main><p>More</p></body></html>"
    assert read("a.html", page).text == WEEKS


def test_what_is_struck_through_is_not_read():
    page = (
        "<p>The fee is <s>40</s><del>45</del><span style='text-decoration: line-through'>48</span> 50 euros."
    )
    assert read("a.html", page).text == "The fee is 50 euros."
    assert read("a.md", "The fee is ~~40~~ 50 euros.").text == "The fee is 50 euros."

    def made(word):
        paragraph = word.add_paragraph("The fee is ")
        paragraph.add_run("40 ").font.strike = True
        paragraph.add_run("45 ").font.double_strike = True
        paragraph.add_run("50 euros.").font.strike = False

    assert read("a.docx", papers.word(made)).text == "The fee is 50 euros."
    for box in (False, True):
        assert read("a.pptx", papers.slides(_struck(box))).text == "The fee is 50 euros."


def _struck(box):
    def made(show):
        slide = show.slides.add_slide(show.slide_layouts[5])
        shape = slide.shapes.add_textbox(0, 0, 99, 99) if box else slide.shapes.title
        paragraph = shape.text_frame.paragraphs[0]
        for text, strike in (("The fee is ", None), ("40 ", "sngStrike"), ("50 euros.", "noStrike")):
            run = paragraph.add_run()
            run.text = text
            if strike:
                run.font._rPr.set("strike", strike)

    return made


def test_a_page_of_links_is_read_all_the_same():
    page = "<html><body><ul><li><a>One</a><li><a>Two</a><li><a>Three</a></ul></body></html>"
    assert read("a.html", page).text == "- One\n- Two\n- Three"


def test_a_table_that_only_lays_out_is_no_row():
    page = f"<table><tr><td><h1>Leave</h1><p>{WEEKS}</p></td><td>Menu</td></tr></table>"
    assert read("a.html", f"<html><body>{page}</body></html>").text == f"Leave\n\n{WEEKS}\n\nMenu"


# ------------------------------------------------------------------------- pdf

WRAPPED = (
    "Every employee who has been with the company for a year or more is entitled to inter-",
    "national leave of sixteen weeks, which is paid in full by the employer, whatever the self-",
    "Employed may say. It begins on the first Monday of the month that follows the birth of a",
    "child.",
)


def test_a_pdf_is_read_in_paragraphs_and_knows_its_pages():
    second = [*papers.page(*WRAPPED), *papers.page("1. One", "2. Two", top=700)]
    parsed = read("a.pdf", papers.pdf([papers.page("Handbook", size=20), second], title="The handbook"))
    assert parsed.text.startswith("Handbook\n\nEvery employee who has been with the company for")
    assert "is entitled to international leave of sixteen weeks" in parsed.text
    assert "whatever the self-Employed may say. It begins" in parsed.text
    assert parsed.text.endswith("that follows the birth of a child.\n\n1. One\n2. Two")
    assert parsed.places.at(parsed.text.index("sixteen"))[1:] == ("page 2", "page=2")
    assert (parsed.title, parsed.pages, parsed.left) == ("The handbook", 2, ())


def test_a_table_in_a_pdf_has_a_line_for_each_row():
    rows = [
        (x, y, 11, text)
        for y, row in ((700, "Name Days"), (686, "Ada 12"))
        for x, text in zip((72, 300), row.split(), strict=True)
    ]
    assert read("a.pdf", papers.pdf([rows])).text == "Name | Days\nAda | 12"


def test_scanned_pages_are_named():
    pages = [papers.page(WEEKS), *([] for _ in range(3)), papers.page("The end of it all."), [], []]
    parsed = read("a.pdf", papers.pdf(pages, picture={2, 3, 4, 6}))
    assert parsed.left == (Left("pages 2 to 4", Why.PICTURES), Left("page 6", Why.PICTURES))
    assert why("a.pdf", papers.pdf([[], []], picture={1, 2})) == (Why.PICTURES, "")
    assert why("a.pdf", papers.pdf([[]])) == (Why.EMPTY, "")


def test_a_locked_pdf_asks_for_its_password():
    assert why("a.pdf", papers.pdf([papers.page(WEEKS)], trailer=papers.LOCK)) == (Why.ENCRYPTED, "")


def test_a_pdf_has_no_more_pages_than_the_limit():
    parsed = read("a.pdf", papers.pdf([papers.page(f"Page {n} says so.") for n in range(1, 8)]), pages=5)
    assert parsed.text.endswith("Page 5 says so.")
    assert parsed.left == (Left("pages 6 to 7", Why.TOO_LONG),)


# ------------------------------------------------------------------------- office


def _handbook(document):
    document.core_properties.title = "Handbook"
    document.add_heading("Leave", 1)
    document.add_paragraph(WEEKS)
    document.add_heading("Sick", 2)
    document.add_paragraph("eggs", style="List Bullet")
    document.add_paragraph("one", style="List Number")
    document.add_paragraph("two", style="List Number")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("Name", "Days", "Ada", "12\nor so"), strict=True):
        cell.text = text
    document.sections[0].header.paragraphs[0].text = "Version 3"


def test_a_word_file_is_read_with_headings_items_and_tables():
    parsed = read("a.docx", papers.word(_handbook))
    assert parsed.text == (
        f"Leave\n\n{WEEKS}\n\nSick\n\n- eggs\n1. one\n2. two\n\nName | Days\nAda | 12 or so\n\nVersion 3"
    )
    assert (parsed.title, place_of(parsed, "sixteen"), place_of(parsed, "12")) == (
        "Handbook",
        "Leave",
        "Leave › Sick",
    )
    assert place_of(parsed, "Version 3") == "header"


def test_a_tables_row_that_was_deleted_under_review_is_not_read():
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def made(document):
        table = document.add_table(2, 1)
        table.cell(0, 0).text, table.cell(1, 0).text = "kept", "gone"
        deleted = f'<w:trPr {nsdecls("w")}><w:del w:id="1" w:author="Ada"/></w:trPr>'
        table.rows[1]._tr.insert(0, parse_xml(deleted))

    assert read("a.docx", papers.word(made)).text == "kept"


@pytest.mark.parametrize(
    ("called", "kept"),
    [
        ("share-price", True),
        ("social-security", True),
        ("consent-form", True),
        ("share", False),
        ("social_media_links", False),
        ("share-buttons", False),
        ("consent-banner", False),
    ],
)
def test_a_part_is_left_out_for_its_name_only_where_that_says_what_is_around_the_content(called, kept):
    page = f'<p>The report of the year.</p><div class="{called}"><p>It is 12 euros.</p></div>'
    assert ("12 euros" in read("a.html", f"<body>{page}</body>").text) is kept


def test_word_reads_what_was_inserted_and_not_what_was_deleted():
    data = papers.word(lambda document: document.add_paragraph("WORDS"))
    xml = papers.member(data, "word/document.xml")
    new = b"<w:ins w:id='1'><w:r><w:t>sixteen</w:t></w:r></w:ins>"
    new += b"<w:del w:id='2'><w:r><w:delText>ten</w:delText></w:r>"
    xml = xml.replace(
        b"<w:r><w:t>WORDS</w:t></w:r>",
        new + b"</w:del><w:sdt><w:sdtContent><w:r><w:t> weeks</w:t></w:r></w:sdtContent></w:sdt>",
    )
    parsed = read("a.docx", papers.repacked(data, {"word/document.xml": xml}))
    assert parsed.text == "sixteen weeks"
    assert place_of(parsed, "sixteen") == "paragraph 1"


def _show(show):
    for title, text in (("Plan", "First\nSecond"), ("Money", "It costs 12 euros.")):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, text
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    show.slides.add_slide(show.slide_layouts[6]).shapes.add_picture(io.BytesIO(papers.PNG), 0, 0)
    hidden = show.slides.add_slide(show.slide_layouts[1])
    hidden.shapes.title.text = "Secret"
    hidden._element.set("show", "0")
    table = show.slides.add_slide(show.slide_layouts[6]).shapes.add_table(1, 2, 0, 0, 99, 99).table
    table.cell(0, 0).text, table.cell(0, 1).text = "Ada", "12"


def test_slides_are_read_with_notes_and_tables():
    parsed = read("a.pptx", papers.slides(_show))
    assert parsed.text == "Plan\n\nFirst\nSecond\n\nMoney\n\nIt costs 12 euros.\n\nSay it slowly.\n\nAda | 12"
    assert [place_of(parsed, words) for words in ("Second", "costs", "slowly", "Ada")] == [
        "slide 1", "slide 2", "slide 2, notes", "slide 5",
    ]  # fmt: skip
    assert parsed.left == (Left("slide 3", Why.PICTURES), Left("slide 4", Why.HIDDEN))


def _prices(book):
    sheet = book.active
    sheet.title = "Prices"
    sheet.append(["Item", "Price", "Share", "Since", None])
    sheet.append([])
    sheet.append(["Apple", 1234.5, 0.125, datetime(2026, 5, 1), True])
    sheet["B3"].number_format, sheet["C3"].number_format = '"$"#,##0.00', "0.0%"
    hidden = book.create_sheet("Old")
    hidden["A1"], hidden.sheet_state = "secret", "hidden"
    book.create_sheet("Notes")["B7"] = "Ask Ada."


def test_sheets_are_read_as_they_are_shown():
    parsed = read("a.xlsx", papers.book(_prices))
    assert parsed.text == (
        "Prices\nItem | Price | Share | Since\nApple | $1,234.50 | 12.5% | 2026-05-01 | TRUE\n\n"
        "Notes\n | Ask Ada."
    )
    assert (place_of(parsed, "Apple"), place_of(parsed, "Ask")) == (
        "sheet Prices, row 3",
        "sheet Notes, row 7",
    )
    assert parsed.left == (Left("sheet Old", Why.HIDDEN),)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.1 + 0.2, "General", "0.3"),
        (3, "General", "3"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-5, "#,##0.00 [$€-407]", "-5.00 €"),
        (0.5, "0%", "50%"),
        (1500, '0,"k"', "2k"),
        (7, "0000", "0007"),
        (1234567, "0000", "1234567"),
        (2.5, "0", "3"),
        (1.005, "0.00", "1.01"),
        (0.125, "0%", "13%"),
        (1e300, "0", "1" + "0" * 300),
        (float("inf"), "0", "inf"),
        (0.5, "0." + "0" * 400, "0.5" + "0" * 29),
        (timedelta(hours=30), "[h]:mm", "30:00"),
        (timedelta(seconds=-95), "[h]:mm:ss", "-0:01:35"),
        (5551234, "000-0000", "5551234"),
        (0.5, "# ?/?", "0.5"),
        (12300, "0.00E+00", "12300"),
        (datetime(2026, 5, 1, 14, 30), "m/d/yy h:mm", "2026-05-01 14:30"),
        (False, "General", "FALSE"),
    ],
)
def test_a_number_is_shown_in_its_format(value, form, text):
    assert shown(value, form) == text


# ------------------------------------------------------------------------- csv, json, mail


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_table_in_text_is_read_row_by_row(mark):
    parsed = read("a.csv", f'Name{mark}Note\nAda{mark}"a; b\nc"\nGrace{mark}14\n')
    assert parsed.text == "Name | Note\nAda | a; b c\nGrace | 14"
    assert place_of(parsed, "14") == "row 3"


def test_json_is_read_with_the_paths_of_its_values():
    parsed = read(
        "a.json",
        '{"server": {"port": 8080, "rate": 1.10, "hosts": ["a", "b"]},'
        ' "users": [{"name": "Ada", "age": null}]}',
    )
    assert parsed.text == "server.port: 8080\nserver.rate: 1.10\nserver.hosts: a | b\nname: Ada | age: null"
    assert (place_of(parsed, "8080"), place_of(parsed, "Ada")) == ("server.port", "users[0]")


def test_json_of_many_lines_and_json_that_is_none():
    assert place_of(read("a.jsonl", '{"a": 1}\n{"a": 2}'), "2") == "line 2"
    assert read("a.json", '{"a": 1,\n"b": ').text == '{"a": 1,\n"b":'


def test_a_small_record_in_another_keeps_the_path_that_leads_to_it():
    text = read("a.jsonl", '{"a": 1, "b": {"c": 2}}\n{"line item": {"price": 3}}').text
    assert text == "line 1.a: 1\nline 1.b.c: 2\nline 2.line item.price: 3"


def test_a_mail_is_read_with_what_it_brings():
    attached = [
        ("prices.xlsx", papers.book(_prices)),
        ("shot.png", papers.PNG),
        ("inner.eml", papers.mail("In").as_bytes()),
    ]
    parsed = read("a.eml", papers.mail(attached=attached, html="<p>Dear all</p>").as_bytes())
    head = "From: Ada <ada@example.org>\nTo: b@example.org\nSubject: Prices\n\nDear all,\nsee below.\n\n"
    assert parsed.text.startswith(f"{head}Prices\nItem")
    assert place_of(parsed, "Apple") == "attachment prices.xlsx, sheet Prices, row 3"
    assert place_of(parsed, "Subject: In") == "attachment inner.eml, header Subject"
    assert parsed.left == (
        Left("attachment prices.xlsx, sheet Old", Why.HIDDEN),
        Left("attachment shot.png", Why.UNKNOWN_TYPE, "picture"),
    )
    assert parsed.title == "Prices"


def test_a_mail_of_html_alone_is_read():
    message = papers.mail()
    message.set_content(f"<p>{WEEKS}</p>", subtype="html")
    assert WEEKS in read("a.eml", message.as_bytes()).text


# ------------------------------------------------------------------------- kinds

WHOLE = {
    "pdf": papers.pdf([papers.page(*WRAPPED)]),
    "docx": papers.word(_handbook),
    "xlsx": papers.book(_prices),
    "pptx": papers.slides(_show),
    "eml": papers.mail(attached=[("a.txt", b"words")]).as_bytes(),
}


@pytest.mark.parametrize(
    ("name", "media_type", "data", "kind"),
    [
        ("a.txt", "text/plain", papers.pdf([[]]), "pdf"),
        ("a.pdf", "application/pdf", b"Just words.", "text"),
        ("a.pdf", "application/pdf", b"<!DOCTYPE html><html>sign in</html>", "html"),
        ("a.doc", "", papers.word(), "docx"),
        ("a.zip", "application/zip", WHOLE["xlsx"], "xlsx"),
        ("a", "", b"<!-- x -->\n<html><body>x", "html"),
        ("a", "text/markdown", b"# x", "markdown"),
        ("a", "application/json", b"[1]", "json"),
        ("a.txt", "text/plain", b'{"a": 1}', "json"),
        ("a", "", papers.mail().as_bytes(), "eml"),
        ("a.txt", "", b"From: Bob\nTo: Ann\n\nHello.", "text"),
        ("a.py", "text/x-python", b"%PDF = 1", "code"),
        ("a", "text/x-rust", b"fn main() {}", "code"),
        ("a.csv", "application/octet-stream", b"a,b", "csv"),
        ("", "application/octet-stream", b"words", "text"),
    ],
)
def test_the_content_says_what_it_is(name, media_type, data, kind):
    assert kind_of(File(name, media_type, data)) == kind


OFFICE, MACROS = b"application/vnd.openxmlformats-officedocument.", b"application/vnd.ms-"


@pytest.mark.parametrize(
    ("name", "main"),
    [
        ("a.docm", MACROS + b"word.document.macroEnabled.main"),
        ("a.dotx", OFFICE + b"wordprocessingml.template.main"),
        ("a.dotm", MACROS + b"word.template.macroEnabledTemplate.main"),
        ("a.pptm", MACROS + b"powerpoint.presentation.macroEnabled.main"),
        ("a.ppsx", OFFICE + b"presentationml.slideshow.main"),
        ("a.ppsm", MACROS + b"powerpoint.slideshow.macroEnabled.main"),
        ("a.potx", OFFICE + b"presentationml.template.main"),
        ("a.potm", MACROS + b"powerpoint.template.macroEnabled.main"),
        ("a.xlsm", MACROS + b"excel.sheet.macroEnabled.main"),
        ("a.xltx", OFFICE + b"spreadsheetml.template.main"),
        ("a.xltm", MACROS + b"excel.template.macroEnabled.main"),
    ],
)
def test_templates_shows_and_files_with_macros_are_read_like_any_other(name, main):
    whole = WHOLE[{"d": "docx", "p": "pptx", "x": "xlsx"}[name[2]]]
    types = papers.member(whole, "[Content_Types].xml")
    usual = re.search(rb'ContentType="([^"]*(?:document|presentation|sheet)\.main)\+xml"', types)
    other = papers.repacked(whole, {"[Content_Types].xml": types.replace(usual[1] + b"+", main + b"+")})
    assert other != whole
    assert read(name, other).text == read("a", whole).text


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", (Why.EMPTY, "")),
        ("a.txt", b" \r\n\0 ", (Why.EMPTY, "")),
        ("a.docx", papers.word(), (Why.EMPTY, "")),
        ("a.pdf", papers.PNG, (Why.UNKNOWN_TYPE, "picture")),
        ("a.txt", b"\x1f\x8b\x08" + bytes(40), (Why.UNKNOWN_TYPE, "archive")),
        ("a.zip", papers.packed({"a.txt": "x"}), (Why.UNKNOWN_TYPE, "archive")),
        ("a.odt", papers.packed({"mimetype": "x", "content.xml": "x"}), (Why.UNKNOWN_TYPE, "OpenDocument")),
        ("a.exe", b"MZ" + bytes(60) + b"PE\0\0", (Why.UNKNOWN_TYPE, "program")),
        ("a.rtf", rb"{\rtf1 x}", (Why.UNKNOWN_TYPE, "rich text")),
        ("a.bin", bytes(range(256)) * 20, (Why.UNKNOWN_TYPE, "")),
        ("a.doc", papers.OLD_OFFICE + bytes(600), (Why.UNKNOWN_TYPE, "old Office file")),
        (
            "a.xlsx",
            papers.OLD_OFFICE + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            (Why.ENCRYPTED, ""),
        ),
    ],
)
def test_what_cannot_be_read_has_its_reason(name, data, reason):
    assert why(name, data) == reason


@pytest.mark.parametrize("kind", ["pdf", "docx", "pptx", "xlsx"])
def test_a_file_that_was_cut_short_is_damaged(kind):
    whole = papers.pdf([papers.page(WEEKS)] * 9) if kind == "pdf" else WHOLE[kind]
    assert why(f"a.{kind}", whole[: len(whole) // 2]) == (Why.DAMAGED, "")


# ------------------------------------------------------------------------- limits and places


def test_a_text_is_cut_at_its_limit_and_says_so():
    parsed = read("a.txt", "word\n" * 1000, text=100)
    assert len(parsed.text) <= 100
    assert parsed.left == (Left("what comes after line 20", Why.TOO_LONG),)


def test_one_line_that_is_too_long_is_read_to_the_limit():
    parsed = read("a.txt", "w" * 1000, text=100)
    assert parsed.text == "w" * 100
    assert parsed.left == (Left("what comes after line 1", Why.TOO_LONG),)


def test_what_was_read_in_time_is_kept():
    moments = iter(range(1000))
    out = Writer(Limits(seconds=10), lambda: next(moments))
    for number in range(1, 12):
        out.place(f"page {number}")
        with pytest.raises(EnoughError) if number == 11 else nullcontext():
            out.line(f"Line {number}.")
    out.leave_rest(Why.TOO_SLOW)
    assert out.parsed("x").text.endswith("Line 10.")
    assert out.parsed("x").left == (Left("what comes after page 10", Why.TOO_SLOW),)


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "selectolax.lexbor", None)
    assert why("a.html", PAGE) == (Why.MISSING, "selectolax.lexbor")


LABELS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
STEPS = st.lists(st.tuples(LABELS, LABELS, LABELS), max_size=30)


@given(STEPS)
def test_each_line_is_found_at_the_place_that_it_was_written_at(steps):
    out = Writer(Limits())
    expected, label = [], ""
    for place, anchor, text in steps:
        out.place(place, anchor)
        before = out.length
        out.line(text)
        if out.length > before:
            label = place or label
            expected.append((out.length - 2, label[:200]))
    if expected:
        parsed = out.parsed("x")
        assert [
            (at, found.label if (found := parsed.places.at(at)) else "") for at, _ in expected
        ] == expected
        assert is_text(parsed.text)


@given(st.lists(st.tuples(st.integers(0, 10**6), LABELS, LABELS)))
def test_places_come_back_as_they_were_packed(marks):
    places = Places(tuple(Place(*mark) for mark in sorted(marks)))
    assert Places.unpack(places.pack()) == places


@given(st.sets(st.integers(0, 60)))
def test_runs_of_numbers_hold_each_of_them_once(numbers):
    runs = ranges(sorted(numbers))
    assert [n for first, last in runs for n in range(first, last + 1)] == sorted(numbers)
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(runs))


NAMES = st.sampled_from(
    ["a.txt", "a.md", "a.html", "a.csv", "a.json", "a.eml", "a.py", "a.pdf", "a", "a.docx"]
)
HEADS = st.sampled_from(
    [b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html>", b"{", b"From: a\nTo: b\n", b"# ", b"\xff\xfe"]
)


@given(NAMES, HEADS, st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_are_too_strange(name, head, data):
    try:
        parsed = read(name, head + data)
    except UnreadableError:
        return
    assert parsed.text.strip()
    assert is_text(parsed.text)
    assert all(0 <= mark.offset < len(parsed.text) + 1 for mark in parsed.places.marks)
    assert list(parsed.places.marks) == sorted(parsed.places.marks, key=lambda mark: mark.offset)


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_a_file_with_wrong_bytes_in_it_is_no_surprise(kind, data):
    whole = bytearray(WHOLE[kind])
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=8)):
        whole[at] = data.draw(st.integers(0, 255))
    try:
        parsed = read(f"a.{kind}", bytes(whole))
    except UnreadableError:
        return
    assert is_text(parsed.text)
