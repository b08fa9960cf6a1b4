"""The pictures of the page in `docs/`: `make screenshots`; real answers, in Debian's Chromium."""

from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from bot.telemetry import set_up_logs
from tests.browser import Walk, slid
from tests.chromium import CHROMIUM, FLAGS
from tests.workplace import serving

FOLDER = Path(__file__).parent.parent / "docs"
COLOURS = 256


def demo(walk):
    walk.demo()
    walk.press("Who signs the request?")
    walk.says("Dana Ruiz")


def follow_up(walk):
    walk.demo()
    walk.press("When did the certificate run out?")
    walk.says("Sunday")
    walk.press("… and who renews it?")
    walk.says("I took that as")
    walk.answer.locator(".preview summary").first.click()
    walk.page.wait_for_timeout(300)


def conflict(walk):
    walk.demo()
    walk.press("Within how many days are suppliers paid?")
    walk.says("It says otherwise")


def nothing(walk):
    walk.demo()
    walk.press("How many days of sick leave are paid?")
    walk.says("Nothing here answers")


def overview(walk):
    walk.admin()
    walk.page.wait_for_timeout(800)


def line(walk):
    walk.admin().tab("The line")
    walk.page.locator("#line-told .figure").first.wait_for()
    slid(walk, 82)


def gaps(walk):
    walk.admin("de").tab("Lücken")
    walk.page.locator("table.rows:visible").first.wait_for()


PICTURES = [
    ("page", demo, (1280, 860), "light", False),
    ("page-preview", follow_up, (1280, 860), "light", True),
    ("page-conflict", conflict, (1280, 860), "light", True),
    ("page-phone", nothing, (390, 844), "dark", False),
    ("page-admin", overview, (1280, 860), "light", True),
    ("page-line", line, (1280, 860), "dark", True),
    ("page-gaps", gaps, (820, 700), "light", False),
]


def main():
    """Take every picture, and make it small."""
    set_up_logs("error:text")
    with serving() as place, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, act, (width, height), scheme, whole in PICTURES:
            context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            context.set_default_timeout(20_000)
            walk = Walk(context.new_page(), place.url)
            act(walk)
            walk.page.mouse.move(0, 0)
            walk.page.wait_for_timeout(400)
            path = FOLDER / f"{name}.png"
            walk.page.screenshot(path=path, full_page=whole)
            context.close()
            with Image.open(path) as taken:
                taken.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
            print(f"{path.relative_to(FOLDER.parent)}  {path.stat().st_size / 1000:.0f} kB")
        chromium.close()


if __name__ == "__main__":
    main()
