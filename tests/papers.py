"""Files as people and attackers make them, each a few lines of code."""

import io
import zipfile
from email.message import EmailMessage

import docx
import openpyxl
import pptx

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")  # how such a file begins, and one that is locked
LOCK = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> /P -4 >>"


def pdf(pages, *, picture=(), title="", trailer=b""):
    """A PDF of pages; each is lines (x, y, size, text). Pages in `picture` show an image."""
    objects = []

    def add(body):
        objects.append(body)
        return len(objects)

    add(b""), add(b"")
    font = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    pixel = (
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
    )
    image = add(pixel + b" /Length 1 >>\nstream\n0\nendstream")
    info = add(b"<< /Title (%s) >>" % title.encode("cp1252"))
    kids = []
    for number, lines in enumerate(pages, 1):
        drawn = b"q 500 0 0 700 40 40 cm /I Do Q\n" if number in picture else b""
        for x, y, size, text in lines:
            raw = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            drawn += b"BT /F %d Tf 1 0 0 1 %d %d Tm (%s) Tj ET\n" % (size, x, y, raw)
        content = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        resources = b"<< /Font << /F %d 0 R >> /XObject << /I %d 0 R >> >>" % (font, image)
        box = b"/MediaBox [0 0 595 842] /Resources " + resources
        kids.append(add(b"<< /Type /Page /Parent 2 0 R %s /Contents %d 0 R >>" % (box, content)))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), listed)
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    sizes = b"/Size %d /Root 1 0 R /Info %d 0 R /ID [<00> <00>]" % (len(objects) + 1, info)
    out.write(b"trailer << %s %s >>\nstartxref\n%d\n%%%%EOF" % (sizes, trailer, start))
    return out.getvalue()


def page(*texts, size=11, top=780):
    """Lines one below the other."""
    return [(72, top - 14 * number, size, text) for number, text in enumerate(texts)]


def word(fill=lambda document: None):
    """A Word file, filled by a function."""
    return _saved(docx.Document(), fill)


def slides(fill):
    """A PowerPoint file, filled by a function."""
    return _saved(pptx.Presentation(), fill)


def book(fill):
    """An Excel file, filled by a function."""
    return _saved(openpyxl.Workbook(), fill)


def _saved(thing, fill):
    fill(thing)
    out = io.BytesIO()
    thing.save(out)
    return out.getvalue()


def packed(members):
    """A zip file of names and contents."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def repacked(data, changes):
    """The same zip file with some members changed or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return packed(members | changes)


def member(data, name):
    """What a zip file has under a name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def mail(subject="Prices", body="Dear all,\nsee below.", *, attached=(), html=""):
    """A mail; `attached` are names and contents."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ada <ada@example.org>", "b@example.org", subject
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    for name, data in attached:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def mails_in_mails(depth):
    """A mail in a mail in a mail, in bytes."""
    data = mail("the innermost", "Deep down.").as_bytes()
    for level in range(depth):
        head = b"From: a@example.org\nSubject: level %d\nMIME-Version: 1.0\n" % level
        head += b'Content-Type: multipart/mixed; boundary="b%d"\n\n' % level
        body = b"--b%d\nContent-Type: text/plain\n\nSee inside.\n" % level
        data = head + body + b"--b%d\nContent-Type: message/rfc822\n\n%s\n--b%d--\n" % (level, data, level)
    return data
