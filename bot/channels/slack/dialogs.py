"""Dialogs: what somebody is asked for, and what is shown to them alone."""

from bot.channels.slack.drawn import blocks
from bot.channels.slack.rich import Block, Names, context, label, note, plain, quoted, rich, section
from bot.replies.words import say
from bot.types import QUESTION_LIMIT, Reply

TITLE = 24
NAME = "Wherein"
FILES = 10
PASTED = 3_000  # Slack takes no longer one in a field


def ask_view(private_metadata: str, question: str = "") -> Block:
    """A question, with a text or files to answer it from."""
    given = _field("given", "value", {"type": "plain_text_input", "multiline": True, "max_length": PASTED})
    given["element"]["placeholder"] = label(say("dialog.given.hint"))
    files = _field("files", "value", {"type": "file_input", "max_files": FILES})
    asked = [_question(question), given | {"optional": True}, files | {"optional": True}]
    alone = context(note(say("dialog.alone")))
    return _form("wherein_ask", "dialog.ask", private_metadata, [*asked, alone])


def about_view(private_metadata: str, excerpt: str) -> Block:
    """A question about one message, of which the beginning is shown."""
    shown = [rich(quoted(" ".join(excerpt.split())))] if excerpt.strip() else []
    return _form("wherein_about", "dialog.about", private_metadata, [*shown, _question("")])


def reason_view(private_metadata: str) -> Block:
    """Why an answer is wrong."""
    wanted = {"type": "plain_text_input", "multiline": True, "max_length": 500, "focus_on_load": True}
    why = _field("reason", "value", wanted, name="dialog.why") | {"hint": label(say("dialog.why.hint"))}
    return _form("wherein_reason", "dialog.reason", private_metadata, [why], send="slack.note")


def info_view(private_metadata: str, title: str, reply: Reply, names: Names | None = None) -> Block:
    """A reply in a window of its own: why an answer is as it is, or what came next."""
    return _view("wherein_info", title, private_metadata, blocks(reply, names, dialog=True))


def waiting_view() -> Block:
    """What stands in a window until there is something to show."""
    return _view("wherein_info", NAME, "", [rich(section(plain(say("looking"))))])


def _question(asked: str) -> Block:
    wanted: Block = {"type": "plain_text_input", "max_length": QUESTION_LIMIT, "focus_on_load": True}
    wanted["placeholder"] = label(say("dialog.question.hint"))
    if asked:
        wanted["initial_value"] = asked[:QUESTION_LIMIT]
    return _field("question", "value", wanted)


def _field(block: str, action: str, element: Block, name: str = "") -> Block:
    return {
        "type": "input",
        "block_id": block,
        "label": label(say(name or f"dialog.{block}")),
        "element": element | {"action_id": action},
    }


def _form(id: str, title: str, metadata: str, fields: list[Block], send: str = "dialog.send") -> Block:
    view = _view(id, say(title), metadata, fields)
    return view | {"submit": label(say(send), TITLE), "close": label(say("slack.cancel"), TITLE)}


def _view(id: str, title: str, metadata: str, shown: list[Block]) -> Block:
    return {
        "type": "modal",
        "callback_id": id,
        "title": label(title, TITLE),
        "close": label(say("slack.close"), TITLE),
        "private_metadata": metadata,
        "blocks": shown,
    }
