"""Walks through the page in Debian's Chromium: `make browser`.

Each walk holds the page to more than what it walks for: no error in the console, no request to another host,
and nothing serious found by axe-core, where that is installed.
"""

import importlib.util
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from bot.types import Author, Message
from model.types import Document
from tests.chromium import CHROMIUM, FLAGS
from tests.workplace import ADMIN, SET, TEAM, serving

AXE = importlib.util.find_spec("axe_playwright_python")
SIZES = {"desktop": (1280, 900), "phone": (390, 844), "tablet": (820, 1180)}
SERIOUS = "serious", "critical"
PATIENCE = 20_000  # milliseconds
LOOKS = [(size, scheme) for size in ("desktop", "phone") for scheme in ("light", "dark")]
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
    pytest.mark.timeout(300),
]


class Walk:
    """A browser's page, and what it must not do."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        self.errors, self.foreign = [], []
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._requested)
        page.on("dialog", lambda dialog: (self.errors.append(dialog.message), dialog.dismiss()))

    def _requested(self, request):
        if not request.url.startswith((self.url, "data:", "blob:", "about:")):
            self.foreign.append(request.url)

    def demo(self, language="en"):
        self.page.goto(f"{self.url}/{language}/")
        expect(self.question).to_be_visible(timeout=PATIENCE)
        expect(self.page.locator("#go")).to_be_enabled(timeout=PATIENCE)  # Gradio draws piece by piece
        return self

    def admin(self, language="en"):
        self.page.goto(f"{self.url}/{language}/admin/")
        expect(self.page.locator(".figure").first).to_be_visible(timeout=PATIENCE)
        return self

    @property
    def question(self):
        return self.page.locator("#question textarea")

    @property
    def answer(self):
        return self.page.locator("#said")

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def tab(self, name):
        """Open a tab; on a phone most of them are in a menu."""
        shown, menu = self.page.get_by_role("tab", name=name, exact=True), self.page.get_by_label("More tabs")
        expect(shown.or_(menu).locator("visible=true").first).to_be_visible(timeout=PATIENCE)
        if not shown.is_visible():
            menu.click()
            shown = self.page.locator(".overflow-dropdown button", has_text=name)
        shown.first.click()

    def says(self, words):
        expect(self.page.locator("#said, #told, #done").filter(has_text=words).first).to_be_visible(
            timeout=PATIENCE
        )

    def fits(self):
        """Whether nothing sticks out to the side."""
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, wide

    def is_accessible(self):
        if AXE is None:
            pytest.fail("axe-core is not installed: pip install axe-playwright-python")
        script = Path(AXE.origin).parent / "axe.min.js"
        self.page.evaluate(script.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        wrong = [
            f"{one['id']}: {one['help']}: " + "; ".join(node["html"][:160] for node in one["nodes"][:3])
            for one in found["violations"]
            if one["impact"] in SERIOUS
        ]
        assert wrong == []


@pytest.fixture(scope="module")
def place():
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=LOOKS, ids="-".join)
def walk(request, chromium, place):
    size, scheme = request.param
    with walking(chromium, place.url, size, scheme) as found:
        yield found


@pytest.fixture
def single(chromium, place):
    """A walk that is the same in every look."""
    with walking(chromium, place.url, "desktop", "light") as found:
        yield found


@contextmanager
def walking(chromium, url, size, scheme):
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    found = Walk(context.new_page(), url)
    yield found
    context.close()
    assert found.errors == []
    assert found.foreign == []


# --------------------------------------------------------------------------- the demo


def test_1_who_comes_sees_what_to_do_and_one_press_answers(walk):
    walk.demo().fits()
    expect(walk.page.get_by_label("Your question")).to_be_focused()
    walk.press("Who signs the request?")
    walk.says("Dana Ruiz")
    mark = walk.answer.locator(".source mark")
    if walk.page.viewport_size["width"] > 400:
        expect(mark).to_be_in_viewport(ratio=0)
    box, inside = walk.answer.locator(".source").bounding_box(), mark.bounding_box()
    assert box["y"] <= inside["y"] <= box["y"] + box["height"]
    walk.fits()
    walk.is_accessible()


def test_2_ones_own_text_is_asked_and_the_source_is_scrolled_to_the_answer(walk):
    walk.demo()
    filler = "\n\n".join(f"Paragraph {n} says nothing of interest to anybody." for n in range(80))
    walk.page.locator("#text textarea").fill(
        f"{filler}\n\nMarta Keller waters the ferns on Thursday.\n\n{filler}"
    )
    walk.question.fill("Who waters the ferns?")
    walk.question.press("Enter")
    walk.says("Marta Keller")
    source = walk.answer.locator(".source")
    expect(source).to_have_attribute("role", "region")
    assert source.evaluate("box => box.scrollTop") > 100
    box, mark = source.bounding_box(), source.locator("mark").bounding_box()
    assert box["y"] < mark["y"] < box["y"] + box["height"]
    expect(walk.question).to_have_value("")


def test_3_a_follow_up_shows_how_it_was_taken_and_the_thread_is_kept(walk):
    walk.demo()
    walk.press("When did the certificate run out?")
    walk.says("Sunday")
    walk.press("… and who renews it?")
    walk.says("I took that as: “Who renews the certificate?”")
    walk.page.get_by_text("1 question before").click()
    expect(walk.answer.locator(".earlier").get_by_text("Sunday").first).to_be_visible()
    walk.is_accessible()


def test_4_two_texts_that_disagree_are_both_shown(walk):
    walk.demo()
    walk.press("Within how many days are suppliers paid?")
    walk.says("It says otherwise elsewhere")
    expect(walk.answer.locator("blockquote.quote").first).to_contain_text("14")
    expect(walk.page.get_by_label("handbook.txt")).to_be_checked()
    walk.page.get_by_label("handbook.txt").uncheck()
    expect(walk.page.get_by_label("handbook.txt")).to_have_count(0)
    walk.is_accessible()


def test_5_what_nothing_answers_is_said_with_the_nearest_sentence_and_the_preview_is_there(walk):
    walk.demo()
    walk.press("How many days of sick leave are paid?")
    walk.says("Nothing here answers that")
    walk.says("The nearest sentence")
    walk.answer.locator(".preview summary").click()
    expect(walk.answer.locator(".chat.slack")).to_be_visible()
    walk.fits()
    walk.is_accessible()


def test_6_files_are_put_in_read_and_asked_of(walk, tmp_path):
    (tmp_path / "ferns.txt").write_text("The ferns were planted by Otto Brandt in 2019.", encoding="utf-8")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"\xff\x00" * 400)
    walk.demo()
    walk.tab("Files")
    walk.page.locator("input[type=file]").set_input_files([tmp_path / "ferns.txt", tmp_path / "broken.pdf"])
    walk.says("Read: ferns.txt")
    walk.says("Not read: broken.pdf")
    walk.is_accessible()
    walk.question.fill("Who planted the ferns?")
    walk.press("Ask")
    walk.says("Otto Brandt")
    walk.press("Forget all of this and start over")
    walk.says("Nothing is asked yet")


def test_7_by_the_keyboard_alone_and_in_german(walk):
    walk.demo("de")
    page = walk.page
    expect(walk.question).to_be_focused()
    page.keyboard.type("Who signs every request?")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Fragen")).to_be_focused()
    page.keyboard.press("Enter")
    walk.says("Dana Ruiz")
    walk.says("In der Quelle")
    assert page.evaluate("document.documentElement.lang") == "de"
    walk.is_accessible()
    walk.fits()


def test_a_page_that_is_closed_in_the_middle_of_an_answer_leaves_nothing(chromium, place, tmp_path):
    trial, uploads = place.service.trial, place.service.uploads
    (tmp_path / "ferns.txt").write_text("The ferns are Zebulon's. " + "Nothing else is said here. " * 100_000)
    with walking(chromium, place.url, "desktop", "light") as walk:
        walk.demo().tab("Files")
        walk.page.locator("input[type=file]").set_input_files(tmp_path / "ferns.txt")
        walk.says("Read: ferns.txt")
        (thread,) = [thread for thread in trial._used if any(place.run(trial.shelf(thread)))]
        assert held(place, "Zebulon")
        trial._sizes.pop(thread)
        walk.question.fill("Whose are the ferns, and who waters them on Thursdays?")
        walk.press("Ask")
        expect(walk.answer.locator(".busy")).to_be_visible()
        assert thread not in trial._sizes  # it is noted when the answer is there
    ends = time.monotonic() + 20
    while (thread in trial._used or held(place, "Zebulon")) and time.monotonic() < ends:
        time.sleep(0.02)
    assert thread not in trial._used
    assert not held(place, "Zebulon")
    assert [path for path in uploads.folder.rglob("*") if path.is_file()] == []
    assert uploads._held == {}


def held(place, word):
    """Whether what people try holds a word."""
    return any(word in f"{item.body}{item.data}" for item in place.service.trial._archive.store._all())


def test_what_is_no_file_to_be_read_is_refused_in_one_sentence_and_the_page_goes_on(
    chromium, place, tmp_path
):
    for n in range(11):
        (tmp_path / f"{n}.txt").write_text("x")
    with walking(chromium, place.url, "desktop", "light") as walk:
        walk.demo().tab("Files")
        walk.page.locator("input[type=file]").set_input_files([tmp_path / f"{n}.txt" for n in range(11)])
        toast = walk.page.get_by_text("Put in 10 files at once, or fewer.")
        expect(toast).to_be_visible()
        assert walk.errors  # the browser itself notes each refusal
        assert all("413" in error for error in walk.errors)
        walk.errors.clear()
        walk.press("Who signs the request?")
        walk.says("Dana Ruiz")


def test_no_script_in_a_vote_or_a_pinned_title_runs(single, place):
    room, ada = replace(TEAM, room="scripts"), Author("ada")
    ask = place.service.conversation.ask
    document = Document("d", "1", f"Ada signs the lease. {SCRIPT}", SCRIPT, kind="text", added_at=time.time())
    place.run(place.service.desk.pin(ada, room, document))
    asked = Message("q", replace(room, thread="t"), "ask", f"Who signs the lease {SCRIPT}?", author=ada)
    assert place.run(ask(asked)).kind == "answer"
    place.run(ask(replace(asked, id="v", intent="feedback", text=f"down: {SCRIPT}", about="q")))
    single.admin()
    for tab in ("Answers", "Sources"):
        single.tab(tab)
        expect(single.page.locator("table.rows:visible").get_by_text("alert(1)").first).to_be_visible()
    assert single.page.locator("img[src=x]").count() == 0


def test_no_script_in_a_text_a_question_or_a_file_runs(single, tmp_path):
    name = "<img src=x onerror=alert(1)>.html"
    (tmp_path / name).write_text(f"<title>{SCRIPT}</title><p>Bo signs the will.</p>{SCRIPT}")
    single.demo()
    single.page.locator("#text textarea").fill(f"{SCRIPT} Ada signs the lease. {SCRIPT}")
    single.question.fill(f"Who signs the lease {SCRIPT}?")
    single.press("Ask")
    single.says("Ada")
    single.tab("Files")
    single.page.locator("input[type=file]").set_input_files(tmp_path / name)
    single.says("Read: ")
    single.question.fill("Who signs the will?")
    single.press("Ask")
    single.says("Bo")
    assert single.page.locator("img[src=x]").count() == 0


def test_on_a_tablet_all_of_it_fits(chromium, place):
    with walking(chromium, place.url, "tablet", "dark") as walk:
        walk.demo().fits()
        walk.press("Who signs the request?")
        walk.says("Dana Ruiz")
        walk.page.get_by_text("What does 62% mean?").click()
        walk.says("about 62 are right")
        walk.fits()
        walk.is_accessible()
        walk.admin("de").fits()
        for tab in ("Antworten", "Quellen", "Protokoll"):
            walk.tab(tab)
            expect(walk.page.locator("table.rows:visible").first).to_be_visible()
            walk.fits()
            walk.is_accessible()


def test_gradios_own_words_are_in_the_pages_language_too(chromium, place):
    with walking(chromium, place.url, "desktop", "light") as walk:
        walk.demo("de").tab("Dateien")
        expect(walk.page.get_by_text("Drop File Here")).to_have_count(0)
        expect(walk.page.get_by_text("Datei hier")).to_be_visible()


# --------------------------------------------------------------------------- the admin's pages


def test_an_admin_needs_no_mouse(single, place):
    """From the tabs to the line, along them to the settings, and one of them is changed and saved."""
    single.admin()
    keys, page = single.page.keyboard, single.page
    page.get_by_role("tab", name="Overview", exact=True).focus()
    reached(single, page.get_by_role("tab", name="Settings", exact=True))
    keys.press("Enter")
    guests = page.get_by_label("Guests and people of other organisations may ask")
    expect(guests).to_be_visible()
    reached(single, guests)
    keys.press("Space")
    reached(single, page.get_by_role("button", name="Save", exact=True))
    keys.press("Enter")
    single.says("Saved: guests.")
    reached(single, page.get_by_role("button", name="Unset all of it here"))
    keys.press("Enter")
    single.says("Nothing is set here any more.")
    place.run(place.service.desk.set(ADMIN, TEAM, SET))


def reached(walk, place):
    """Press Tab until a place has the focus."""
    for _ in range(30):
        if place.evaluate("place => place === document.activeElement"):
            return
        walk.page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {place}")


def test_8_an_admin_sees_what_was_asked_what_it_cost_and_each_list(walk):
    walk.admin().fits()
    expect(walk.page.locator(".chart svg")).to_be_visible()
    walk.is_accessible()
    for tab, shown in (
        ("Answers", "Who keeps the keys?"),
        ("Gaps", "sick leave"),
        ("Approved", "Priya Nair"),
        ("Sources", "Rules of the workshop"),
        ("Set-up", "answered a known question"),
        ("Audit log", "set "),
    ):
        walk.tab(tab)
        expect(walk.page.locator("table.rows:visible").get_by_text(shown).first).to_be_visible()
        walk.fits()
        walk.is_accessible()


def test_9_the_slider_shows_what_a_line_would_do_before_it_is_saved(walk):
    walk.admin().tab("The line")
    told = walk.page.locator("#line-told")
    expect(told).to_contain_text("precision:")
    before = told.inner_text()
    slid(walk, 82)
    assert told.inner_text() != before
    walk.is_accessible()
    walk.press("Save this line")
    walk.says("Saved.")
    walk.press("Leave it to the reader")
    walk.says("own line holds again")


def slid(walk, line):
    """Move the slider up to a line, again where what the tab loads has put it back meanwhile."""
    slider, told = walk.page.locator("input[type=range]"), walk.page.locator("#line-told")
    ends = time.monotonic() + 3 * PATIENCE / 1_000  # each step is a press, and a busy machine is no failure
    while f"{line}% sure" not in told.inner_text():
        assert time.monotonic() < ends, told.inner_text()
        if int(slider.input_value()) < line:
            slider.press("ArrowRight")


def test_10_settings_are_changed_and_a_room_is_exported(walk):
    walk.admin().tab("Settings")
    box = walk.page.get_by_label("Each Monday the channel is told which questions found nothing")
    expect(box).to_be_visible()
    walk.page.wait_for_timeout(500)
    box.click()
    walk.press("Save")
    walk.says("Saved: digest.")
    walk.is_accessible()
    walk.tab("Export, forget")
    walk.press("Export this channel")
    expect(walk.page.get_by_text("Choose a channel above first.")).to_be_visible()
    room = walk.page.get_by_label("Channel", exact=True)
    room.click()
    walk.page.get_by_role("option", name="people").click()
    walk.press("Export this channel")
    with walk.page.expect_download() as taken:
        walk.page.get_by_text("Download all that it holds").click()
    assert taken.value.suggested_filename == "wherein-slack-people.json"
    walk.is_accessible()
