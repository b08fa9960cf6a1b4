"""Slack and Teams show the same: from every kind of reply a person learns in both what there is to learn."""

import html
import json
import re
from dataclasses import replace

import pytest

from bot import replies
from bot.channels.slack.drawn import blocks, text
from bot.channels.teams import cards, drawn
from bot.replies import doing
from bot.replies.words import say, speaking
from bot.types import Author, Message, Receipt, Reply, Skipped, Thread, Turn
from model.types import Answer, Document
from tests.teams_replies import even, shown

ASKED = Message(
    "m1", Thread("chat", "T", "R", "1"), "ask", "Who signed the lease?", author=Author("U1"), at=1e9
)
NAMES = {"U1": "Ada", "U2": "Ben"}
LEASE = Document(
    "d1", "1", title="lease.pdf", where="https://files.example/lease#page=3", added_by="U2", kind="pdf"
)
MAIL = Document("d2", "1", title="mail.eml", where="https://files.example/mail", added_by="U2", added_at=-1.0)
RECEIPT = Receipt("onnx", "1", 0.4, 0.9, 0.9, (), (("d", 0, 1),))
SKIPPED = Skipped("plan.png", "it is a picture")


def found(sentence, said, document, **fields):
    start = sentence.index(said)
    given = {"score": 1.0, "confidence": 0.91, "sure": True, "reader": "onnx", "place": "page 3"} | fields
    return Answer(said, document, start, start + len(said), sentence, 0, **given)


SIGNED = found("The lease was signed by Ada Byron in May.", "Ada Byron", LEASE)
OTHER = found("It says that Ben Cray signed it.", "Ben Cray", MAIL, place="line 7")
TURN = Turn(
    "m1", 1e9, "Who signed the lease?", "answer", "Ada Byron", "d1", "U1", RECEIPT, SIGNED.sentence, 24,
    source="lease.pdf", where=LEASE.where, place="page 3",
)  # fmt: skip


def answered(message=ASKED, *, skipped=(), rival=None, said=SIGNED):
    reply = replies.answered(message, said, [LEASE, MAIL], list(skipped), rival)
    return doing.offered(message, replace(reply, receipt=RECEIPT))


def unsure(nearest=None, skipped=()):
    reply = replies.unsure(ASKED, nearest, [LEASE], list(skipped))
    return doing.offered(ASKED, replace(reply, receipt=RECEIPT))


def explained():
    reply = Reply("m2", "info", "By onnx.\nAnswer m1.", lead="By onnx.", candidates=(SIGNED, OTHER))
    return replace(reply, notes=("I read: lease.pdf.", "Answer m1."), offers=(doing._offer("delete", "m1"),))


KINDS = {
    "an answer": answered,
    "an answer with more to come": lambda: answered(said=replace(SIGNED, runners_up=(OTHER,))),
    "an answer from which something was left out": lambda: answered(skipped=[SKIPPED]),
    "an answer that another source denies": lambda: answered(rival=OTHER, skipped=[SKIPPED]),
    "an answer for one": lambda: answered(replace(ASKED, private=True)),
    "an answer without a number": lambda: answered(said=replace(SIGNED, confidence=None)),
    "a rewritten question": lambda: replies.understood(replace(ASKED, text="And who?"), answered()),
    "a corrected answer": lambda: replies.corrected(answered()),
    "an answer taken back": lambda: replies.corrected(unsure()),
    "a shared answer": lambda: doing.shared(ASKED, SIGNED, TURN),
    "a kept answer": lambda: doing.kept(ASKED, SIGNED, TURN),
    "the next best": lambda: doing.next_best(replace(ASKED, about="m1"), OTHER, 2, 3),
    "nothing": lambda: unsure(skipped=[SKIPPED]),
    "the nearest": lambda: unsure(replace(OTHER, confidence=0.3)),
    "something near": lambda: unsure(replace(OTHER, confidence=0.55)),
    "nothing to read": lambda: replies.unsure(ASKED, None, [], []),
    "why": explained,
    "an error": lambda: replies.failed(ASKED, TimeoutError()),
    "a greeting": lambda: replies.hello(ASKED),
    "help": lambda: doing.info(ASKED, say("help")),
    "the sources": lambda: doing.sources(ASKED, [LEASE], 2, [MAIL]),
    "something pinned": lambda: doing.pinned(ASKED, LEASE),
    "a vote": lambda: replies.noted(ASKED, False, reason=True),
    "news": lambda: replies.news(ASKED, "Prices", [("How much?", "5", "6")]),
    "something put in": lambda: replies.taken(ASKED, [LEASE], [SKIPPED]),
}


def in_slack(reply):
    """What is read, what is bold, where it leads and what may be pressed."""
    read, bold, leads, pressed = [], set(), set(), set()

    def look(part):
        if isinstance(part, list):
            for one in part:
                look(one)
        if not isinstance(part, dict):
            return
        kind = part.get("type")
        if kind == "button":
            pressed.add(part["text"]["text"])
        elif kind == "feedback_buttons":
            pressed.add("thumbs")
        elif kind == "mrkdwn":
            leads.update(re.findall(r"<(https?://[^|>]+)\|", part["text"]))
            read.append(html.unescape(re.sub(r"<https?://[^|>]+\|([^>]*)>", r"\1", part["text"])))
        elif kind in ("text", "plain_text"):
            read.append(part["text"])
            bold.update([part["text"]] if part.get("style", {}).get("bold") else [])
        elif kind == "user":
            read.append(NAMES[part["user_id"]])
        else:
            look(list(part.values()))

    look(blocks(reply, NAMES))
    return plain("".join(read)), bold, leads, pressed


def in_teams(reply):
    message = drawn.activity(reply, NAMES)
    page = shown(message["text"])
    actions = [one["content"]["actions"] for one in message.get("attachments", ())]
    pressed = {action["title"] for each in actions for action in each}
    pressed |= {"thumbs"} if message.get("channelData") else set()
    bold = {one.text_content() for one in page.iter("strong")}
    return plain(page.text_content()), bold, {one.get("href") for one in page.iter("a")}, pressed


def plain(read):
    """What is read without what only sets it apart."""
    return re.sub(r"[^\w%“”.,:?]+", "", even(read.replace("\u2060", "")))


def to_learn(reply):
    """Every fact that some reply could hold, in words, and whether this one does."""
    quoted = [one for one in (reply.answer, reply.conflict, *reply.candidates) if one]
    facts = {SIGNED.sentence: SIGNED in quoted, OTHER.sentence: OTHER in quoted or bool(reply.nearest)}
    for one in quoted:
        facts |= {one.sentence: True, replies.source(one): True}
    facts |= {words: True for words in (reply.lead, reply.sure, reply.otherwise) if words}
    facts |= dict.fromkeys(
        reply.notes if not reply.answer else reply.notes[-1:] if reply.skipped else (), True
    )
    if not quoted and reply.kind != "unsure":
        facts |= {re.sub(r"^(?:\d+\.|•) ", "", line): True for line in reply.text.splitlines()}
    return {plain(re.sub(r"<@(\w+)>", lambda who: NAMES[who[1]], fact)): held for fact, held in facts.items()}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_person_learns_the_same_in_slack_and_in_teams(kind, language):
    with speaking(language):
        reply = KINDS[kind]()
        slack, teams, facts = in_slack(reply), in_teams(reply), to_learn(reply)
    for fact, held in facts.items():
        assert (fact in slack[0], fact in teams[0]) == (held, held), fact
    answers = {one.text for one in (reply.answer, reply.conflict, *reply.candidates) if one}
    leads = {one.document.where for one in (reply.answer, reply.conflict) if one}
    assert answers <= slack[1]
    assert answers <= teams[1]
    more = {one.document.where for one in reply.candidates}  # in Slack, a candidate leads nowhere yet
    assert (slack[2] - more, teams[2] - more) == (leads - more, leads - more)
    offered = {"thumbs" if one.intent == "feedback" else one.label for one in reply.offers}
    assert (slack[3], teams[3]) == (offered, offered)


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_in_for_it_where_all_else_is_refused_says_the_same_in_both(kind):
    reply = KINDS[kind]()
    slack = plain(html.unescape(text(reply, NAMES)))
    teams = plain(shown(drawn.text_only(reply, NAMES)["text"]).text_content())
    for fact, held in to_learn(reply).items():
        assert not held or fact in teams, fact
        assert not held or fact in slack or reply.candidates, fact


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_in_a_dialog_of_teams_says_no_less(kind):
    reply = KINDS[kind]()
    card = json.dumps(cards.answer_card(reply, NAMES), ensure_ascii=False)
    read = plain("".join(re.findall(r'"text": "(.*?)(?<!\\)"', card)))
    for fact, held in to_learn(reply).items():
        assert not held or fact in read, fact
