"""Which kind of file it is: by what is in it, and by its name only where its content leaves that open."""

import io
import re
import zipfile

from bot.documents import UnreadableError, Why
from bot.documents.file import File

_PACKED = {"word/": "docx", "ppt/": "pptx", "xl/": "xlsx"}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNREAD = {  # what people send most of all that has no text to read
    "picture": rb"\x89PNG|GIF8[79]a|\xff\xd8\xff|BM.{4}\0\0|II\*\0|MM\0\*|RIFF.{4}WEBP|.{4}ftyp(hei|avi|mif)",
    "sound": rb"ID3[\x02-\x04]|\xff[\xf2\xf3\xfb]|RIFF.{4}WAVE|OggS\0|fLaC\0|.{4}ftypM4A",
    "video": rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI",
    "archive": rb"\x1f\x8b|7z\xbc\xaf|Rar!\x1a|BZh\d1AY|\xfd7zXZ|\x28\xb5\x2f\xfd",
    "program": rb"MZ.{20,}PE\0\0|\x7fELF|\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe",
    "rich text": rb"\{\\rtf",
    "PostScript": rb"%!PS",
}
_SAID = {
    "text/markdown": "markdown",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/json": "json",
    "message/rfc822": "eml",
}
_NAMED = dict.fromkeys(["md", "markdown", "mdown"], "markdown")
_NAMED |= dict.fromkeys(["html", "htm", "xhtml"], "html")
_NAMED |= dict.fromkeys(["json", "jsonl", "ndjson", "geojson", "ipynb"], "json")
_NAMED |= {"csv": "csv", "tsv": "csv", "eml": "eml", "txt": "text"}
_NAMED |= dict.fromkeys(
    "bash bat c cc cfg conf cpp cs css dart diff env go gradle graphql groovy h hcl hpp ini java js jsx kt"
    " lua m patch php pl properties proto ps1 py r rb rs scala scss sh sql svg swift tf toml ts tsx vue xml"
    " yaml yml zig".split(),
    "code",
)
_SOURCE = re.compile(r"text/x-|application/.*(?:script|xml|yaml|toml|sql|x-sh)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_MAIL = re.compile(r"(?:[\w-]{1,60}:.*\n(?:[ \t]+.*\n)*){2,}", re.MULTILINE)
_MAIL_ONLY = re.compile(r"^(?:received|return-path|message-id|mime-version):", re.IGNORECASE | re.MULTILINE)
_JSON = re.compile(r"\s*[\[{].*[\]}]\s*", re.DOTALL)


def kind_of(file: File) -> str:
    """The name of the module that reads it; raises `UnreadableError` where none does."""
    head = file.data[:4096]
    called_pdf = "pdf" in (file.extension, file.said.rpartition("/")[2])
    if head.lstrip().startswith(b"%PDF-") or (called_pdf and b"%PDF-" in head[:1024]):
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(file.data)
    if head.startswith(_OLD_OFFICE):
        if "EncryptedPackage".encode("utf-16-le") in file.data:
            raise UnreadableError(Why.ENCRYPTED)
        raise UnreadableError(Why.UNKNOWN_TYPE, "old Office file")
    for what, pattern in _UNREAD.items():
        if re.match(pattern, head, re.DOTALL):
            raise UnreadableError(Why.UNKNOWN_TYPE, what)
    return _written(file)


def _packed(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise UnreadableError(Why.DAMAGED) from error
    if "[Content_Types].xml" in names:
        for folder, kind in _PACKED.items():
            if any(name.startswith(folder) for name in names):
                return kind
    open_document = "mimetype" in names and "content.xml" in names
    raise UnreadableError(Why.UNKNOWN_TYPE, "OpenDocument" if open_document else "archive")


def _written(file: File) -> str:
    """The kind of a text."""
    text = file.text[:20_000]
    if _HTML.match(_COMMENT.sub("", text)):
        return "html"
    kind = _SAID.get(file.said) or _NAMED.get(file.extension)
    if kind in (None, "text"):
        header = _MAIL.match(text)
        if header and _MAIL_ONLY.search(header[0]):
            return "eml"
        if _JSON.fullmatch(file.text):
            return "json"
    if kind is None and _SOURCE.match(file.said):
        return "code"
    return kind or "text"
