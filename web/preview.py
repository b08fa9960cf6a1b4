"""The same reply as a chat would show it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from typing import Any

from bot.replies.doing import offered
from bot.replies.words import say
from bot.types import Author, Message, Reply, Thread
from web import activity, blockkit
from web.handed import Preview

NAMES = {"slack": "Slack", "teams": "Microsoft Teams"}
_DRAWN: dict[str, Callable[[Any], str]] = {"slack": blockkit.draw, "teams": activity.draw}


def all_of(previews: Mapping[str, Preview], reply: Reply) -> list[str]:
    """The reply in each chat, folded away; none of what is an error of the page's own."""
    if reply.kind not in ("answer", "unsure"):
        return []
    asked = _in_a_chat(reply)
    shown = [_shown(name, _DRAWN[name](of(asked))) for name, of in previews.items() if name in _DRAWN]
    if not shown:
        return []
    title = escape(
        say("page.preview", names=say("and").join(NAMES[name] for name in previews if name in NAMES))
    )
    chats = f'<div class="chats">{"".join(shown)}</div>'
    return [f'<details class="preview"><summary>{title}</summary>{chats}</details>']


def _in_a_chat(reply: Reply) -> Reply:
    """The reply with what a chat offers to do next, which on the page stands there already."""
    asked = Message(reply.id, Thread("page"), "ask", reply.asked, author=Author("somebody"))
    return offered(asked, replace(reply, offers=()))


def _shown(name: str, drawn: str) -> str:
    face = '<span class="face"></span><b>Wherein</b> <span class="app">APP</span>'
    return (
        f'<div class="chat {name}"><p class="label">{NAMES[name]}</p><p class="who">{face}</p>{drawn}</div>'
    )
