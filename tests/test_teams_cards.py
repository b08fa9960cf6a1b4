"""What Wherein shows on Adaptive Cards."""

from dataclasses import replace

from hypothesis import given, settings

from bot import replies
from bot.channels.teams import cards, marked
from bot.commands import parsed
from bot.replies import doing
from bot.replies.words import speaking
from bot.types import Offer, Reply
from tests.teams_replies import ASKED, SAID, WHERE, answer, answered, hostile_replies, texts

KINDS = {"AdaptiveCard", "RichTextBlock", "Container", "TextRun", "Input.Text"}
ACTIONS = {"Action.Execute", "Action.Submit", "Action.OpenUrl"}
SHARE = Offer("share", "Share", "m1")


def parts(card):
    """Everything on a card that has a type."""
    if isinstance(card, list):
        return [part for one in card for part in parts(one)]
    if not isinstance(card, dict):
        return []
    return ([card] if "type" in card else []) + parts(list(card.values()))


def said(card):
    """What a card says, a line each."""
    lines = [part["inlines"] for part in parts(card["body"]) if part["type"] == "RichTextBlock"]
    return ["".join(run["text"] for run in line) for line in lines]


def bold(card):
    return [part["text"] for part in parts(card["body"]) if part.get("weight") == "Bolder"]


def test_a_private_answer_says_what_a_public_one_does_and_may_be_shared():
    card = cards.answer_card(replace(answered(), offers=(SHARE,)))
    assert said(card) == [
        "“The front desk renews badges until noon.”",
        "Badges, page 3 · likely right (83%)",
        "Read: Badges.",
        "Not read: plan.png (it is a picture).",
    ]
    assert bold(card) == ["front desk"]
    (link,) = [part for part in parts(card) if part["type"] == "Action.OpenUrl"]
    assert link["url"] == WHERE
    data = {"wherein": "share", "about": "m1", "text": ""}
    assert card["actions"] == [{"type": "Action.Submit", "title": "Share", "data": data}]


def test_the_next_best_is_quoted_and_offers_the_one_after_it():
    card = cards.info_card(doing.next_best(replace(ASKED, about="m0"), SAID, 2, 3))
    assert said(card)[:2] == ["Next best, 2 of 3:", "“The front desk renews badges until noon.”"]
    (following,) = card["actions"]
    assert (following["type"], following["verb"]) == ("Action.Execute", "wherein_next")
    assert (
        following["data"] == following["fallback"]["data"] == {"wherein": "next", "about": "m0", "text": "3"}
    )


def test_what_is_explained_shows_each_candidate_and_where_it_stands():
    best = SAID, answer("Badges end in May.", "May", title="News", where="", place="")
    reply = Reply(
        "m", "info", "By onnx.", lead="By onnx.\nWhat I found:", candidates=best, notes=("Answer m1.",)
    )
    assert said(cards.info_card(reply)) == [
        "By onnx.",
        "What I found:",
        "“The front desk renews badges until noon.”",
        "Badges, page 3",
        "“Badges end in May.”",
        "News",
        "Answer m1.",
    ]


def test_where_nothing_answers_a_card_shows_the_nearest_sentence():
    reply = replies.unsure(ASKED, answer("Badges end in May.", "May", confidence=0.55), [SAID.document], [])
    assert said(cards.answer_card(reply)) == [
        "Nothing here answers that for sure.",
        "The nearest sentence:",
        "“Badges end in May.”",
        "perhaps right (55%)",
        "Read: Badges.",
    ]


def test_a_card_to_ask_shows_what_it_is_about_and_gives_back_what_it_was_given():
    card = cards.ask_card(
        "Badges *end* in May.", question="When?", trouble="Ask a question.", data={"id": "17"}
    )
    assert said(card) == ["Ask about this", "Ask a question.", "Badges *end* in May."]
    (asked,) = [part for part in parts(card) if part["type"] == "Input.Text"]
    assert (asked["id"], asked["maxLength"], asked["isRequired"], asked["value"]) == (
        "question",
        1_000,
        True,
        "When?",
    )
    (button,) = card["actions"]
    assert button["data"] == {"id": "17", "wherein": "ask", "about": "", "text": ""}


def test_a_card_to_ask_stands_in_german_too():
    with speaking("de"):
        card = cards.ask_card("")
    assert said(card) == ["Danach fragen"]
    assert card["actions"][0]["title"] == "Fragen"


def test_what_is_suggested_is_understood():
    prompts = cards.prompts()
    assert [parsed(action["value"]) for action in prompts["actions"]] == [("help", ""), ("sources", "")]


def test_a_dialog_holds_its_card():
    value = cards.dialog(cards.ask_card("x"))["task"]["value"]
    assert value["card"]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert value["card"]["content"]["version"] == "1.5"


@settings(max_examples=100, deadline=None)
@given(hostile_replies())
def test_any_reply_fits_a_card_on_which_people_s_words_know_no_markup(reply):
    for card in (cards.answer_card(reply), cards.info_card(reply)):
        assert cards.size(card) <= 25_000
        assert {part["type"] for part in parts(card)} <= KINDS | ACTIONS
        links = [part["url"] for part in parts(card) if part["type"] == "Action.OpenUrl"]
        assert all(link.startswith(("https://", "http://")) for link in links)
        assert all(run["text"] for run in parts(card) if run["type"] == "TextRun")
        if reply.answer:
            assert reply.answer.text in bold(card)
            where = marked.address(reply.answer.document.where, cards.LINK_ROOM)
            assert set(links[:1]) <= {where, where.partition("#")[0]} or reply.conflict


@settings(deadline=None)
@given(texts, texts)
def test_any_text_may_be_asked_about(excerpt, question):
    card = cards.ask_card(excerpt, question=question, trouble=question)
    assert cards.size(card) <= 25_000 or len(question) > 1_000
    assert {part["type"] for part in parts(card)} <= KINDS | ACTIONS
