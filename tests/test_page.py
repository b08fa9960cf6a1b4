"""The page over HTTP: what it lets in, what it tells a browser, and what each handler gives to whom."""

import http.client
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.types import Author, Message
from model.types import Document
from tests.raw import AMBIGUOUS, ENDLESS, told_raw
from tests.workplace import PEOPLE, TEAM, Visitor, serving
from web.headers import hashes
from web.uploads import Uploads

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


class Named:
    """Signs on whoever a header names: a member, or an admin."""

    asks = False

    async def who(self, request):
        name = request.headers.get("x-test")
        return Author(name, admin=name == "admin") if name else None

    async def close(self):
        pass


class Blind:
    """The office, but it tells the door that everybody may administer: what its handlers check is left."""

    def __init__(self, office):
        self._office = office

    async def admits(self, author):
        return True

    def __getattr__(self, name):
        return getattr(self._office, name)


@pytest.fixture(scope="module")
def place():
    with serving(max_bytes=2_000_000) as found:
        yield found


@pytest.fixture(scope="module")
def watched():
    """A page that people sign on to, whose door would let anybody into the admin's pages."""
    with serving(
        change=lambda handed: replace(handed, sign_on=Named(), office=Blind(handed.office))
    ) as found:
        yield found


@pytest.fixture(scope="module")
def admin(watched):
    return Visitor(watched.url, **{"x-test": "admin"})


@pytest.fixture(scope="module")
def visitor(place):
    return Visitor(place.url)


def files_left(place):
    folder = place.service.uploads.folder
    return [path for path in folder.rglob("*") if path.is_file()]


# --------------------------------------------------------------------------- what a browser is told


def test_every_answer_tells_the_browser_to_run_nothing_else_and_speak_to_nobody(visitor):
    for path in ("/en/", "/en/admin/", "/page.js", "/en/theme.css", "/healthz", "/nowhere"):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'self'" in policy  # Gradio names one of its own
        assert "unsafe-eval" not in policy
        assert "script-src 'self' 'unsafe-inline'" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert not any(name.startswith("access-control-") for name in headers)


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "OPTIONS", "CONNECT", "PURGE"])
def test_what_is_neither_got_nor_posted_is_refused(place, method):
    told = told_raw(
        place.url, f"{method} /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: canary\r\n\r\n"
    )
    assert told.startswith(("HTTP/1.1 405", "HTTP/1.1 400"))
    assert "canary" not in told


@pytest.mark.parametrize("request_", AMBIGUOUS, ids=range(len(AMBIGUOUS)))
def test_where_a_request_ends_is_never_guessed(place, request_):
    """What one server takes for a body, another might take for somebody's next request."""
    told = told_raw(place.url, request_.format(path="/login", type="application/x-www-form-urlencoded"))
    assert told.startswith("HTTP/1.1 400")
    assert told.count("HTTP/1.1") == 1


@pytest.mark.parametrize("request_", ENDLESS, ids=range(len(ENDLESS)))
def test_a_head_without_end_is_refused(place, request_):
    told = told_raw(place.url, request_)
    assert told[:12] in ("HTTP/1.1 400", "HTTP/1.1 431", "")


def test_only_the_scripts_that_the_page_came_with_may_run(visitor):
    answer = visitor.get("/en/")
    named = re.findall(r"'sha256-([^']+)'", answer.headers["content-security-policy"])
    assert named == list(dict.fromkeys(hashes(answer.content)))
    assert named
    assert hashes(SCRIPT.encode())[0] not in named


def test_the_language_is_the_browsers_and_can_be_changed(visitor):
    for wanted, found in (("de-AT,de;q=0.9,en;q=0.8", "/de/"), ("fr,en;q=0.5", "/en/"), ("", "/en/")):
        answer = visitor.get("/", headers={"accept-language": wanted})
        assert (answer.status_code, answer.headers["location"]) == (303, found)
    assert "Deine Frage" in visitor.get("/de/").text
    assert "Your question" in visitor.get("/en/").text


def test_gradios_own_interfaces_are_shut(visitor):
    for path in (
        "/en/gradio_api/info", "/en/gradio_api/openapi.json", "/en/gradio_api/file=/etc/passwd",
        "/en/gradio_api/proxy=https://example.org/", "/en/gradio_api/run/ask", "/en/gradio_api/call/ask",
        "/en/monitoring", "/en/gradio_api/runs", "/docs", "/openapi.json", "/en/assets/%2e%2e/config",
        "/en/admin/gradio_api/upload", "/en/login", "/en/gradio_api/deep_link",
    ):  # fmt: skip
        assert visitor.get(path).status_code == 404, path
        assert visitor.post(path, json={}).status_code == 404, path


def test_no_handler_is_told_of_as_an_interface(visitor):
    for path in ("/en", "/de", "/en/admin", "/de/admin"):
        shown = {one["api_visibility"] for one in visitor.config(path)["dependencies"]}
        assert shown == {"private"}


def test_what_a_client_says_of_its_host_is_not_believed(visitor):
    lies = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    assert "evil.example" not in visitor.get("/en/", headers=lies).text


def test_who_calls_this_machine_by_another_name_is_sent_away(visitor):
    answer = visitor.get("/en/", headers={"host": "evil.example"})
    assert answer.status_code == 403
    assert "another page" in answer.text


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:1"}]
)
def test_another_page_in_the_same_browser_cannot_ask(visitor, headers):
    told = {"data": ["a", "b"], "fn_index": 0, "session_hash": "x"}
    answer = visitor.post("/en/gradio_api/queue/join", json=told, headers=headers)
    assert answer.status_code == 403


def test_who_asks_for_a_session_that_is_not_there_is_told_so_and_breaks_nothing(visitor, caplog):
    told = visitor.get("/en/gradio_api/queue/data", params={"session_hash": "nobody"}).text
    assert json.loads(told.removeprefix("data: "))["session_not_found"]
    assert not [line for line in caplog.records if line.exc_info]


# --------------------------------------------------------------------------- asking


def test_the_answer_is_marked_in_its_sentence_and_in_its_source(visitor):
    text = "Nothing here.\n\nAda Byron signs the lease on Friday.\n\nNothing there."
    shown = visitor.ask("Who signs the lease?", text, "marked")
    assert "<mark>Ada Byron</mark> signs the lease on Friday." in shown
    source = shown.split('class="source"')[1]
    assert "Nothing here." in source
    assert "<mark>Ada Byron</mark>" in source
    assert "Likely right (" in shown


def test_a_follow_up_shows_how_it_was_taken(visitor):
    text = "The certificate ran out on Sunday. Priya Nair renews the certificate every year."
    visitor.ask("When did the certificate run out?", text, "follow")
    shown = visitor.ask("Who renews it?", text, "follow")
    assert "I took that as: “Who renews the certificate?”" in shown
    assert "<mark>Priya Nair</mark>" in shown
    assert "1 question before" in shown


def test_two_pages_know_nothing_of_each_other(visitor):
    visitor.ask("Who signs the lease?", "Ada signs the lease.", "one")
    shown = visitor.ask("Who signs the lease?", "", "two")
    assert "Ada" not in shown
    assert "There is nothing here to read yet" in shown


def test_each_example_is_answered_by_one_press_and_the_last_is_not(visitor):
    shown = [
        visitor.call("/en", visitor.handler("/en", name), [], f"try{n}")[0] for n, name in enumerate(TRIES)
    ]
    assert "<mark>Dana Ruiz" in shown[0]
    assert "<mark>Sunday</mark>" in shown[1]
    assert "<mark>Priya Nair</mark>" in shown[2]
    assert "It says otherwise elsewhere" in shown[3]
    assert shown[3].index("<mark>14") < shown[3].index("<mark>30")
    assert "Nothing here answers that." in shown[4]


TRIES = "tried", "tried_1", "tried_2", "tried_3", "tried_4"


def test_it_speaks_german_where_the_page_does(visitor):
    shown = visitor.ask("Who signs the lease?", "Ada signs the lease.", "de", path="/de")
    assert "wahrscheinlich" in shown.casefold() or "vermutlich" in shown.casefold()
    assert "In der Quelle" in shown


def test_a_script_in_a_text_a_question_and_a_title_is_shown_as_text(visitor):
    shown = visitor.ask(f"Who signs {SCRIPT}?", f"{SCRIPT} Ada signs the lease. {SCRIPT}", "script")
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize("question", ["", "  ", "x" * 1_001, "Who\0?", None])
def test_what_is_no_question_gets_one_sentence(visitor, question):
    shown = visitor.ask(question, "Ada signs.", "wrong")
    assert 'class="lead' in str(shown)
    assert "Traceback" not in str(shown)


def test_the_pages_limit_is_that_of_the_policy():
    with serving(furnished=False, per_minute=1) as place:
        visitor = Visitor(place.url)
        shown = [visitor.ask("Who signs?", "Ada signs.", "often") for _ in range(2)]
    assert "<mark>Ada</mark>" in shown[0]
    assert "You ask faster than this room&#x27;s limit" in shown[1]


# --------------------------------------------------------------------------- files


def upload(visitor, *files, path="/en"):
    return visitor.post(f"{path}/gradio_api/upload", files=[("files", file) for file in files])


def put_in(visitor, paths, session):
    given = [{"path": path, "meta": {"_type": "gradio.FileData"}} for path in paths]
    return visitor.call("/en", visitor.handler("/en", "put_in"), [given], session)


def test_a_file_is_read_asked_of_and_gone_from_the_disk(place, visitor):
    paths = upload(visitor, ("notes.txt", b"The lease was signed by Grace Hopper in May.")).json()
    said = put_in(visitor, paths, "file")[1]
    assert "Read: notes.txt" in said
    assert files_left(place) == []
    shown = visitor.ask("Who signed the lease?", "", "file")
    assert "<mark>Grace Hopper</mark>" in shown
    assert "notes.txt" in shown


def test_what_a_page_that_was_killed_left_is_deleted_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name in (f"wherein-page-{gone.pid}-x", f"wherein-page-{os.getpid()}-x", "wherein-page-y", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("theirs")
    folder = Uploads(10).folder
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"wherein-page-{os.getpid()}-x", "wherein-page-y", "other", folder.name}
    assert folder.stat().st_mode & 0o077 == 0


def test_a_broken_pdf_is_named_in_one_sentence_and_nothing_is_left(place, visitor):
    paths = upload(visitor, ("broken.pdf", b"%PDF-1.7\n1 0 obj\n<<" + b"\0\xff" * 500)).json()
    said = put_in(visitor, paths, "broken")[1]
    assert "Not read: broken.pdf" in said
    assert said.count("<p") == 1
    assert files_left(place) == []


def test_a_script_in_a_file_name_is_shown_as_text(place, visitor):
    name = "<img src=x onerror=alert(1)>.txt"
    said = put_in(visitor, upload(visitor, (name, b"Ada signs.")).json(), "name")[1]
    assert "<img" not in said
    assert files_left(place) == []


def test_a_hundred_megabytes_are_refused_before_they_are_sent(place):
    sent = http.client.HTTPConnection(place.url.removeprefix("http://"), timeout=10)
    sent.putrequest("POST", "/en/gradio_api/upload")
    sent.putheader("Content-Type", "multipart/form-data; boundary=b")
    sent.putheader("Content-Length", "100000000")
    sent.endheaders()
    answer = sent.getresponse()
    said = answer.status, answer.read().decode()
    sent.close()
    assert said == (413, "That is over 2 MB, the most that is read at once.")
    assert files_left(place) == []


def test_what_turns_out_larger_than_it_said_is_cut_off(place, visitor):
    def body():
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        for _ in range(60):
            yield b"x" * 100_000

    headers = {"content-type": "multipart/form-data; boundary=b", "transfer-encoding": "chunked"}
    try:
        answer = httpx.post(f"{place.url}/en/gradio_api/upload", content=body(), headers=headers, timeout=10)
    except httpx.HTTPError:
        pass
    else:
        assert answer.status_code == 413
    assert nothing_is_left(place)


def test_a_thousand_files_are_refused_in_one_sentence(place, visitor):
    answer = upload(visitor, *((f"{n}.txt", b"x") for n in range(1_000)))
    assert (answer.status_code, answer.text) == (413, "Put in 10 files at once, or fewer.")
    answer = upload(visitor, *((f"{n}.txt", b"x") for n in range(11)), path="/de")
    assert answer.text == "Gib höchstens 10 Dateien auf einmal ein."
    assert nothing_is_left(place)


def nothing_is_left(place):
    """Whether what was refused is gone from the disk, as soon as the server has seen that it was."""
    ends = time.monotonic() + 5
    while files_left(place) and time.monotonic() < ends:
        time.sleep(0.01)
    return files_left(place) == []


def test_what_breaks_off_in_the_middle_of_a_file_leaves_nothing_of_it(place):
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    sent = http.client.HTTPConnection(place.url.removeprefix("http://"), timeout=10)
    sent.putrequest("POST", "/en/gradio_api/upload")
    sent.putheader("Content-Type", "multipart/form-data; boundary=b")
    sent.putheader("Content-Length", "1000000")
    sent.endheaders()
    sent.send(head + b"x" * 300_000)
    while not files_left(place):
        time.sleep(0.01)
    sent.close()
    assert nothing_is_left(place)


def test_a_file_that_nobody_comes_for_is_swept_and_one_just_put_in_is_not(place, visitor):
    old, new = upload(visitor, ("old.txt", b"x")).json() + upload(visitor, ("new.txt", b"y")).json()
    past = time.time() - 600
    os.utime(old, (past, past))
    place.service.uploads.sweep()
    assert [str(path) for path in files_left(place)] == [new]
    put_in(visitor, [new], "swept")
    assert files_left(place) == []


def test_a_path_that_somebody_makes_up_reads_and_deletes_nothing(place, visitor, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("The code is Quincunx.")
    outside = f"{place.service.uploads.folder}/../{secret.name}"
    for path in (str(secret), "/etc/passwd", outside, f"{place.url}/page.js"):
        with pytest.raises(PermissionError, match="400"):
            put_in(visitor, [path], "path")
        with pytest.raises(PermissionError, match="400"):
            visitor.ask("What is the code?", {"path": path, "meta": {"_type": "gradio.FileData"}}, "path")
    assert "There is nothing here to read yet" in visitor.ask("What is the code?", "", "path")
    assert secret.exists()
    assert Path("/etc/passwd").exists()
    assert files_left(place) == []


def test_a_choice_that_is_gone_is_printed_nowhere(visitor, capsys):
    keep = visitor.handler("/en", "keep")
    visitor.ask("Who signs the lease?", "Ada signs the lease.", "gone")  # which lists what there is
    assert visitor.call("/en", keep, [["Quincunx"]], "gone")[0]["choices"] == []
    assert capsys.readouterr().err == ""


def test_a_link_that_is_none_gets_one_sentence(visitor):
    follow = visitor.handler("/en", "follow")
    for link, told in (
        ("", "Put in a link first."),
        ("http://127.0.0.1:1/", "I follow links to 80 and 443 alone"),
    ):
        assert told in visitor.call("/en", follow, [link], "link")[1]


def test_a_page_that_is_closed_leaves_nothing_of_what_was_put_in(place, visitor):
    visitor.ask("Who signs the lease?", "Zebulon signs the lease.", "closed")
    archive = place.service.trial._archive
    there = [item for item in archive.store._all() if "Zebulon" in f"{item.body}{item.data}"]
    assert there
    visitor.call("/en", visitor.handler("/en", "start_over"), [], "closed")
    assert not [item for item in archive.store._all() if "Zebulon" in f"{item.body}{item.data}"]


def test_nothing_that_is_tried_reaches_the_store(place, visitor):
    visitor.ask("Who keeps the Quincunx?", "Ada keeps the Quincunx.", "store")
    kept = [f"{item.pk}{item.body}{item.data}" for item in place.service.archive.store._all()]
    assert not [one for one in kept if "Quincunx" in one]


# --------------------------------------------------------------------------- two worlds


def given(component):
    """Something that a handler may be handed for one of its fields."""
    kind = component["type"]
    if kind == "dropdown":
        return str(PEOPLE)
    return {"number": 5, "slider": 70, "checkbox": True, "textbox": "forget"}.get(kind, "")


def every_handler(visitor, path="/en/admin"):
    """Each handler of the admin's pages, with something for each of its fields."""
    config = visitor.config(path)
    of = {one["id"]: one for one in config["components"]}
    for one in config["dependencies"]:
        if one["backend_fn"]:
            yield one["api_name"], one["id"], [given(of[field]) for field in one["inputs"]]


def told(result):
    return json.dumps(result, ensure_ascii=False)


def kept(place):
    return {item.key: (item.body, str(item.data)) for item in place.service.archive.store._all()}


def says_nothing(shown):
    """Whether a field is told nothing at all: the refusal, no words, no choices, no value."""
    if isinstance(shown, dict):
        return not any(value for name, value in shown.items() if name != "__type__")
    return shown in ("", '<p class="lead error">That is for the admins of this workspace.</p>')


def test_who_is_no_admin_gets_nothing_from_any_handler_and_changes_nothing(watched, admin):
    member = Visitor(watched.url, **{"x-test": "mallory"})
    before, tried = kept(watched), 0
    for name, index, data in every_handler(member):
        shown = member.call("/en/admin", index, data, f"m{index}")
        assert all(map(says_nothing, shown)), (name, shown)
        tried += 1
    assert tried == len(member.config("/de/admin")["dependencies"]) >= 25
    assert kept(watched) == before
    export = member.get("/en/admin/export", params={"of": str(PEOPLE)})
    assert (export.status_code, "Dana" in export.text) == (403, False)
    listed = [
        told(admin.call("/en/admin", index, data, f"a{index}"))
        for name, index, data in every_handler(admin)
        if name.startswith(("listed", "sources", "places"))
    ]
    assert all(secret in "".join(listed) for secret in ("Handbook", "sick leave", "Acme"))


def test_the_door_itself_sends_away_who_is_no_admin():
    with serving(furnished=False, change=lambda handed: replace(handed, sign_on=Named())) as place:
        member, nobody = Visitor(place.url, **{"x-test": "mallory"}), Visitor(place.url)
        for path in ("/en/admin/", "/de/admin/config", "/en/admin/export"):
            assert member.get(path).status_code == 403
            assert nobody.get(path).status_code == 401
        told = {"data": [], "fn_index": 25, "session_hash": "x"}
        assert member.post("/en/admin/gradio_api/queue/join", json=told).status_code == 403
        assert nobody.post("/en/gradio_api/queue/join", json=told).status_code == 401
        assert member.get("/en/").status_code == 200
        assert Visitor(place.url, **{"x-test": "admin"}).get("/en/admin/").status_code == 200


# --------------------------------------------------------------------------- administering


def test_the_figures_are_those_that_were_counted(watched, admin):
    figures, plot, tables = admin.call("/en/admin", admin.handler("/en/admin", "overview"), [str(TEAM)])
    counts = watched.run(watched.service.desk.counts(Author("root", admin=True), TEAM))
    asked = sum(of.get("asked", 0) for of in counts.values())
    assert f"<b>{asked}</b><span>questions in 30 days" in figures
    assert plot.count('class="bar-a"') == len(counts)
    assert "onnx" in tables
    assert "answer found" in tables


def test_words_are_shown_only_where_a_setting_allows_it(watched, admin):
    desk, root = watched.service.desk, Author("root", admin=True)
    listed = [admin.handler("/en/admin", name) for name in ("listed", "listed_1", "listed_2")]
    shown = [told(admin.call("/en/admin", index, [str(TEAM), ""], f"w{index}")) for index in listed]
    assert all("parental leave" in one or "sick leave" in one for one in shown)
    watched.run(desk.set(root, TEAM, {"words": False}))
    try:
        shown = [told(admin.call("/en/admin", index, [str(TEAM), ""], f"h{index}")) for index in listed]
    finally:
        watched.run(desk.set(root, TEAM, {"words": True}))
    for one in shown:
        assert "leave" not in one
    assert "words are hidden" in shown[0]


def test_a_script_in_a_question_a_vote_and_a_pinned_title_is_shown_as_text(watched, admin):
    room, ada = replace(TEAM, room="scripts"), Author("ada")
    ask = watched.service.conversation.ask
    document = Document("d", "1", f"Ada signs the lease. {SCRIPT}", SCRIPT, kind="text", added_at=time.time())
    watched.run(watched.service.desk.pin(ada, room, document))
    asked = Message("q", replace(room, thread="t"), "ask", f"Who signs the lease {SCRIPT}?", author=ada)
    assert watched.run(ask(asked)).kind == "answer"
    watched.run(ask(replace(asked, id="v", intent="feedback", text=f"down: {SCRIPT}", about="q")))
    shown = ""
    for name in ("listed", "listed_1", "listed_2", "sources"):
        drawn = admin.call("/en/admin", admin.handler("/en/admin", name), [str(TEAM), str(room)])
        shown += drawn[0]
    assert "<script" not in shown
    assert "<img" not in shown
    assert shown.count("&lt;script&gt;") >= 3


def test_the_slider_shows_precision_and_coverage_and_saves_nothing(watched, admin):
    look = admin.handler("/en/admin", "look_1")
    before = kept(watched)
    shown, plot = admin.call("/en/admin", look, [str(TEAM), "", 82])
    assert "precision:" in shown
    assert "coverage:" in shown
    assert plot.count("<polyline") == 2
    assert kept(watched) == before
    saved = admin.call("/en/admin", admin.handler("/en/admin", "draw_line"), [str(TEAM), "", 82])
    assert "Saved" in saved[0]
    assert watched.run(watched.service.desk.settings(TEAM)).line == 0.82
    lifted = admin.call("/en/admin", admin.handler("/en/admin", "lift_line"), [str(TEAM), ""])
    assert "own line holds again" in lifted[0]
    assert watched.run(watched.service.desk.settings(TEAM)).line is None


def test_a_room_is_exported_by_a_link_and_what_was_done_stands_in_the_log(watched, admin):
    link = admin.call("/en/admin", admin.handler("/en/admin", "export"), [str(TEAM), str(PEOPLE)])[0]
    place = re.search(r'href="([^"]+)"', link)[1]
    held = admin.get(place)
    assert held.headers["content-disposition"].startswith("attachment")
    assert "Dana Ruiz" in held.text
    log = admin.call("/en/admin", admin.handler("/en/admin", "listed_5"), [str(TEAM), ""])[0]
    assert "export" in log


def test_the_approved_questions_are_asked_again_and_their_check_is_remembered(admin):
    said = admin.call("/en/admin", admin.handler("/en/admin", "check"), [str(TEAM)])[0]
    assert "Asked again:" in said
    listed = admin.call("/en/admin", admin.handler("/en/admin", "listed_2"), [str(TEAM), ""])[0]
    assert "Last checked" in listed
    assert "the same" in listed


def test_settings_are_changed_only_to_what_is_allowed(watched, admin):
    save = admin.handler("/en/admin", "saved")
    data = [str(TEAM), str(PEOPLE), "own", True, 6_000, 600, False, True]
    assert "per_minute" in admin.call("/en/admin", save, data)[0]
    assert watched.run(watched.service.desk.settings(PEOPLE)).per_minute == 600
    data[4] = 30
    assert "Saved: guests, per_minute." in admin.call("/en/admin", save, data)[0]
    assert watched.run(watched.service.desk.settings(PEOPLE)).per_minute == 30
    admin.call("/en/admin", admin.handler("/en/admin", "reset"), [str(TEAM), str(PEOPLE)])
    assert watched.run(watched.service.desk.settings(PEOPLE)).per_minute == 600


def test_the_set_up_is_examined(admin):
    shown = admin.call("/en/admin", admin.handler("/en/admin", "listed_4"), [str(TEAM), ""])[0]
    assert "memory:" in shown
    assert "answered a known question" in shown


def test_forgetting_wants_the_word_and_then_leaves_nothing():
    with serving(change=lambda handed: replace(handed, sign_on=Named())) as place:
        admin = Visitor(place.url, **{"x-test": "admin"})
        forget = admin.handler("/en/admin", "forget")
        assert "type “forget”" in admin.call("/en/admin", forget, [str(TEAM), str(PEOPLE), "yes"])[0]
        assert "Handbook" in str(kept(place))
        assert "Deleted for good" in admin.call("/en/admin", forget, [str(TEAM), str(PEOPLE), "Forget"])[0]
        assert "Handbook" not in str(kept(place))
        assert "kiln" in str(kept(place))


@pytest.mark.parametrize("wrong", ["", "x", "a/b/c/d/e", SCRIPT, None, 7, "slack/T/R/../.."])
def test_a_place_that_is_none_gets_nothing_and_no_error(admin, wrong):
    for name in ("listed", "listed_1", "look_1", "settings", "export", "sources", "check", "cost"):
        data = next(data for known, _, data in every_handler(admin) if known == name)
        data = [wrong if value == str(PEOPLE) else value for value in data]
        result = told(admin.call("/en/admin", admin.handler("/en/admin", name), data, "odd"))
        assert "<script" not in result
        assert "Dana" not in result
