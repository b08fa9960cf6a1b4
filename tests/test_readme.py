"""What the README says is so."""

import json
import re
import shlex

import pytest

from bot import app, replies
from bot.channels import http
from bot.channels.http.asked import Question, to_message
from bot.settings import Settings, names
from model.answerer import Answerer
from model.ladder import Ladder
from model.readers import PROJECT

README = (PROJECT / "README.md").read_text()
PLACES = "*.md", ".github/*.md", "docs/*.md", "infra/*.md", "model/*/*.md"
PAGES = sorted(page for place in PLACES for page in PROJECT.glob(place))


def table(heading):
    """The rows of the table under a heading, each a list of its cells."""
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip().strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def plain(value):
    """A default as the README writes it."""
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_the_table_of_settings_is_true():
    known = {}
    for settings in app.SETTINGS:
        for name, field in zip(names(settings), settings.model_fields.values(), strict=True):
            assert name not in known
            known[name] = plain(field.default)
    assert {name.strip("`"): default for name, default, _ in table("Settings")} == known


def test_the_table_of_routes_is_true():
    service = app.build(Settings(store="memory:", model="lexical:"))
    routes = {(route.method, route.resource.canonical) for route in service.http.router.routes()}
    told = {tuple(route.strip("`").split()) for route, _ in table("Routes")}
    assert told == {route for route in routes if route[0] != "HEAD"}


def test_the_table_of_make_targets_is_true():
    targets = re.findall(r"^([a-z-]+):.*?## ", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    told = {row[0].strip("`").split()[1] for row in table("Make targets")}
    assert told | {"help"} == set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert link.startswith("https://") or (page.parent / link).exists(), link


async def test_the_answer_shown_is_the_answer_given(reader):
    shown = json.loads(README.split("```json\n")[1].split("```")[0])
    command = README.split("```sh\ncurl ")[1].split("```")[0]
    asked = json.loads(shlex.split(command)[-1])
    message = to_message(Question(**asked), id=shown["id"], at=0.0)
    answer = await Answerer(Ladder([reader])).answer(message.text, message.documents, None)
    drawn = http.draw(replies.answered(message, answer, message.documents, ()))
    given = drawn.model_dump()
    stated = given["answer"].pop("confidence")  # int8 products differ a little from CPU to CPU
    assert shown["answer"].pop("confidence") == pytest.approx(stated, abs=0.05)
    for reply in (given, shown):
        reply["text"] = re.sub(r"\d+%", "", reply["text"])
    assert given == shown
