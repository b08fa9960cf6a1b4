"""`make fixtures`: small documents as an office program writes them; where their answers stand is known.

    python -m tests.make_fixtures

It needs `soffice` (on Debian: apt-get install --no-install-recommends libreoffice-writer-nogui
libreoffice-calc-nogui libreoffice-impress-nogui). What it makes is kept in `tests/fixtures`.
"""

import csv
import shutil
import subprocess
import sys
import tempfile
import tomllib
from html import escape
from pathlib import Path

HERE = Path(__file__).parent / "fixtures"
PLAN = HERE / "questions.toml"
BREAK = '<p style="page-break-before: always"></p>'
SLIDES = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.presentation">
<office:body><office:presentation>{}</office:presentation></office:body></office:document>"""
SLIDE = """<draw:page draw:name="s{number}" draw:master-page-name="Default">
<draw:frame presentation:class="title" svg:width="22cm" svg:height="2cm" svg:x="1cm" svg:y="1cm">
<draw:text-box><text:p>{title}</text:p></draw:text-box></draw:frame>
<draw:frame svg:width="22cm" svg:height="12cm" svg:x="1cm" svg:y="4cm">
<draw:text-box>{lines}</draw:text-box></draw:frame>
</draw:page>"""


def source(kind: str, name: str, pages: list[list[str]], folder: Path) -> Path:
    """A document in a form that the program opens: each page a title and lines."""
    if kind == "book":
        path = folder / f"{name}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(line.split("; ") for page in pages for line in page)
        return path
    if kind == "show":
        slides = [
            SLIDE.format(
                number=number,
                title=escape(title),
                lines="".join(f"<text:p>{escape(line)}</text:p>" for line in lines),
            )
            for number, (title, *lines) in enumerate(pages, 1)
        ]
        path = folder / f"{name}.fodp"
        path.write_text(SLIDES.format("".join(slides)))
        return path
    bodies = [
        f"<h1>{escape(title)}</h1>" + "".join(f"<p>{escape(line)}</p>" for line in lines)
        for title, *lines in pages
    ]
    path = folder / f"{name}.html"
    path.write_text(f"<html><meta charset=utf-8><body>{BREAK.join(bodies)}</body></html>")
    return path


def convert(path: Path, to: str, folder: Path, home: Path) -> Path:
    """The same as the office program writes it."""
    reads = ["--infilter=HTML (StarWriter)"] if path.suffix == ".html" else []
    form = "docx:MS Word 2007 XML" if to == "docx" else to
    command = ["soffice", f"-env:UserInstallation=file://{home}", "--headless", *reads]
    subprocess.run(
        [*command, "--convert-to", form, "--outdir", str(folder), str(path)],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=180,
    )
    return folder / f"{path.stem}.{to}"


def main() -> None:
    """Write every fixture that the plan names."""
    if not shutil.which("soffice"):
        sys.exit(__doc__)
    plan = tomllib.loads(PLAN.read_text())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for one in plan["document"]:
            made = source(one["kind"], one["name"], one["pages"], folder)
            for to in one["as"]:
                shutil.copy(convert(made, to, folder / to, folder / "home"), HERE)


if __name__ == "__main__":
    main()
