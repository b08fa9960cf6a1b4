"""The admin's pages: what was asked and what came of it, what is kept, how it is set up."""

from collections.abc import Awaitable, Callable
from typing import Any

import gradio as gr

from bot.replies.words import say, speaking
from web import draw, prices
from web.admin import lists
from web.admin.changes import Changes, follows
from web.admin.desk import PRIVATE, Table
from web.admin.export import mount
from web.admin.pages import Listed, Pages
from web.handed import Handed
from web.sign_on import Anybody

__all__ = ["blocks", "mount"]

MARKDOWN: dict[str, Any] = {"latex_delimiters": [], "container": False}
PLOT: dict[str, Any] = MARKDOWN | {"sanitize_html": False}  # it keeps no SVG; nobody's words are in one


def blocks(handed: Handed, language: str) -> gr.Blocks:
    """The admin's pages in one language, put together."""
    table = Table(handed, language)
    pages, changes = Pages(table), Changes(table)
    with speaking(language), gr.Blocks(title=say("admin.title"), analytics_enabled=False) as page:
        gr.Markdown(_head(handed, language), elem_id="head", sanitize_html=False)
        with gr.Row(elem_id="places"):
            team = gr.Dropdown([], label=say("admin.team"), interactive=True)
            room = gr.Dropdown([], label=say("admin.room"), interactive=True)
        done = gr.Markdown("", elem_id="done", **MARKDOWN)
        with gr.Tabs():
            _overview(pages, team)
            for name, of in (("answers", lists.answers), ("gaps", lists.gaps)):
                _list(pages, name, of, team, room)
            _line(changes, team, room, done)
            _golden(pages, changes, team, room, done)
            _sources(changes, team, room, done)
            _settings(changes, team, room, done)
            _kept(changes, team, room, done)
            for name, of in (("setup", lists.setup), ("audit", lists.audit)):
                _list(pages, name, of, team, room)
        page.load(pages.places, None, [team, room], **PRIVATE)
        team.input(pages.rooms, team, room, **PRIVATE)
    return page


def _overview(pages: Pages, team: gr.Dropdown) -> None:
    with gr.Tab(say("admin.tab.overview")):
        figures = gr.Markdown("", **MARKDOWN)
        plot = gr.Markdown("", **PLOT)
        tables = gr.Markdown("", **MARKDOWN)
        gr.Markdown(f"### {say('admin.cost')}")
        with gr.Row():
            tasks = gr.Number(1, label=say("admin.cost.tasks"), precision=0, minimum=0, maximum=1_000)
            vcpu = gr.Number(0.5, label=say("admin.cost.vcpu"), minimum=0, step=0.25)
            memory = gr.Number(1, label=say("admin.cost.memory"), minimum=0, step=0.5)
            endpoint = gr.Dropdown(
                [(say("admin.cost.no_endpoint"), ""), *prices.ENDPOINT_HOUR],
                value="",
                label=say("admin.cost.endpoint"),
            )
            instances = gr.Number(1, label=say("admin.cost.instances"), precision=0, minimum=0, maximum=1_000)
        cost = gr.Markdown("", **MARKDOWN)
    shapes = [tasks, vcpu, memory, endpoint, instances]
    team.change(pages.overview, team, [figures, plot, tables], **PRIVATE)
    gr.on([team.change, *(one.change for one in shapes)], pages.cost, [team, *shapes], cost, **PRIVATE)


def _list(pages: Pages, name: str, of: Listed, team: gr.Dropdown, room: gr.Dropdown) -> None:
    """A tab with one list, which is drawn when it is opened and when another place is chosen."""
    with gr.Tab(say(f"admin.tab.{name}")) as tab:
        gr.Markdown(say(f"admin.about.{name}"), elem_classes="dim")
        shown = gr.Markdown("", **MARKDOWN)
    gr.on([tab.select, room.change], pages.listing(of), [team, room], shown, **PRIVATE)


def _line(changes: Changes, team: gr.Dropdown, room: gr.Dropdown, done: gr.Markdown) -> None:
    with gr.Tab(say("admin.tab.line")) as tab:
        gr.Markdown(say("admin.about.line"), elem_classes="dim")
        at = gr.Slider(5, 99, value=50, step=1, label=say("line.label"))
        told = gr.Markdown("", elem_id="line-told", **MARKDOWN)
        plot = gr.Markdown("", **PLOT)
        with gr.Row():
            save = gr.Button(say("line.save"), variant="primary")
            lift = gr.Button(say("line.lift"))
    in_turn = {
        "concurrency_id": "look",
        "concurrency_limit": 1,
    }  # an older look ends before a newer one, whoever looks
    looked = {"fn": changes.look, "inputs": [team, room, at], "outputs": [told, plot], **PRIVATE, **in_turn}
    gr.on([tab.select, room.change], changes.line_now, [team, room], at, **PRIVATE).then(**looked)
    at.change(trigger_mode="always_last", **looked)  # the keyboard lets go of nothing
    save.click(changes.draw_line, [team, room, at], done, **PRIVATE)
    lift.click(changes.lift_line, [team, room], done, **PRIVATE)


def _golden(pages: Pages, changes: Changes, team: gr.Dropdown, room: gr.Dropdown, done: gr.Markdown) -> None:
    with gr.Tab(say("admin.tab.golden")) as tab:
        gr.Markdown(say("admin.about.golden"), elem_classes="dim")
        check = gr.Button(say("admin.golden.check"))
        shown = gr.Markdown("", **MARKDOWN)
    listed = {"fn": pages.listing(lists.golden), "inputs": [team, room], "outputs": shown, **PRIVATE}
    gr.on([tab.select, room.change], **listed)
    check.click(changes.check, team, done, **PRIVATE).then(**listed)


def _sources(changes: Changes, team: gr.Dropdown, room: gr.Dropdown, done: gr.Markdown) -> None:
    with gr.Tab(say("admin.tab.sources")) as tab:
        gr.Markdown(say("admin.about.sources"), elem_classes="dim")
        shown = gr.Markdown("", **MARKDOWN)
        with gr.Row(equal_height=True):
            chosen = gr.Dropdown([], label=say("admin.unpin.which"), interactive=True, scale=4)
            unpin = gr.Button(say("admin.unpin"), scale=1)
    listed = {"fn": changes.sources, "inputs": [team, room], "outputs": [shown, chosen], **PRIVATE}
    gr.on([tab.select, room.change], **listed)
    unpin.click(changes.unpin, chosen, done, **PRIVATE).then(**listed)


def _settings(changes: Changes, team: gr.Dropdown, room: gr.Dropdown, done: gr.Markdown) -> None:
    with gr.Tab(say("admin.tab.settings")) as tab:
        gr.Markdown(say("admin.about.settings"), elem_classes="dim")
        with gr.Row():
            follow = gr.Dropdown(follows(), label=say("admin.set.follow"), interactive=True)
            per_minute = gr.Number(label=say("admin.set.per_minute"), precision=0)
            at_once = gr.Number(label=say("admin.set.at_once"), precision=0)
        guests = gr.Checkbox(label=say("admin.set.guests"))
        digest = gr.Checkbox(label=say("admin.set.digest"))
        words = gr.Checkbox(label=say("admin.set.words"))
        with gr.Row():
            save = gr.Button(say("admin.settings.save"), variant="primary")
            reset = gr.Button(say("admin.settings.reset"))
    fields = [follow, guests, per_minute, at_once, digest, words]
    shown = {"fn": changes.settings, "inputs": [team, room], "outputs": fields, **PRIVATE}
    gr.on([tab.select, room.change], **shown)
    save.click(_saved(changes), [team, room, *fields], done, **PRIVATE).then(**shown)
    reset.click(changes.reset, [team, room], done, **PRIVATE).then(**shown)


def _saved(changes: Changes) -> Callable[..., Awaitable[str]]:
    """The handler that saves settings, its fields by name, since Gradio looks at what a handler takes."""

    async def saved(
        team: Any,
        room: Any,
        follow: Any,
        guests: Any,
        per_minute: Any,
        at_once: Any,
        digest: Any,
        words: Any,
        request: gr.Request,
    ) -> str:
        given = follow, guests, per_minute, at_once, digest, words
        return await changes.save(team, room, *given, request=request)

    return saved


def _kept(changes: Changes, team: gr.Dropdown, room: gr.Dropdown, done: gr.Markdown) -> None:
    with gr.Tab(say("admin.tab.kept")):
        gr.Markdown(say("admin.about.kept"), elem_classes="dim")
        export = gr.Button(say("admin.export"))
        link = gr.Markdown("", **MARKDOWN)
        with gr.Column(elem_id="danger"):
            typed = gr.Textbox(label=say("admin.forget.type", word=say("admin.forget.word")))
            forget = gr.Button(say("admin.forget"), variant="stop")
            person = gr.Textbox(label=say("admin.forget.who"))
            forget_person = gr.Button(say("admin.forget.person"), variant="stop")
    export.click(changes.export, [team, room], link, **PRIVATE)
    forget.click(changes.forget, [team, room, typed], done, **PRIVATE)
    forget_person.click(changes.forget_person, [team, person, typed], done, **PRIVATE)


def _head(handed: Handed, language: str) -> str:
    other, name = ("de", "Deutsch") if language == "en" else ("en", "English")
    links = f'<a href="/{language}/">{say("page.demo")}</a>'
    links += f'<a href="/{other}/admin/" lang="{other}" hreflang="{other}">{name}</a>'
    if handed.sign_on.asks:
        links += f'<a href="/logout">{say("admin.sign_off")}</a>'
    elif isinstance(handed.sign_on, Anybody):
        links += f'<span class="dim">{say("admin.local")}</span>'
    return draw.head(say("admin.title"), say("admin.sub"), links)
