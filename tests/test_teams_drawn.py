"""A reply as a message of Teams: what it shows, its limits, and that nothing of others is live in it."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot import replies
from bot.channels.teams import cards, drawn, marked
from bot.replies import doing
from bot.replies.words import speaking
from bot.types import Offer, Reply, Skipped
from model.types import Document
from tests.teams_replies import ASKED, SAID, WHERE, answer, answered, even, hostile_replies, shown


def test_an_answer_is_a_quotation_with_the_answer_in_bold_and_one_line_about_it():
    message = drawn.activity(answered())
    quotation, about = message["text"].split("\n\n")
    assert quotation == "> “The **front desk** renews badges until noon.” [1]"
    assert about == (
        "[Badges, page 3](https://wiki.example/badges?a=1&amp;b=2#:~:text=The%20front)"
        " · likely right (83%) · Not read&#58; plan.png (it is a picture)."
    )
    assert (message["type"], message["textFormat"]) == ("message", "markdown")


def test_the_citation_opens_the_source_at_the_sentence():
    (entity,) = drawn.activity(answered())["entities"]
    assert entity == {
        "type": "https://schema.org/Message",
        "@type": "Message",
        "@context": "https://schema.org",
        "citation": [
            {
                "@type": "Claim",
                "position": 1,
                "appearance": {
                    "@type": "DigitalDocument",
                    "name": "Badges, page 3",
                    "url": WHERE,
                    "abstract": "The front desk renews badges until noon.",
                    "image": {"@type": "ImageObject", "name": "PDF"},
                },
            }
        ],
    }


def test_no_label_says_that_an_ai_wrote_it():
    assert "additionalType" not in json.dumps(drawn.activity(answered()))


def test_feedback_is_asked_for_where_it_is_offered_and_nowhere_else():
    assert drawn.activity(answered())["channelData"] == {"feedbackLoop": {"type": "default"}}
    assert "channelData" not in drawn.activity(replies.hello(ASKED))


def test_each_offer_is_a_button_for_new_clients_and_for_old_ones():
    reply = replace(
        answered(answer("It is noon.", "noon")),
        offers=(
            Offer("feedback", "👍", "m1", "up"),
            Offer("why", "Why?", "m1"),
            Offer("next", "Next best", "m1", "2"),
        ),
    )
    (attached,) = drawn.activity(reply)["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    why, following = attached["content"]["actions"]
    assert why == {
        "type": "Action.Execute",
        "title": "Why?",
        "verb": "wherein_why",
        "data": {"wherein": "why", "about": "m1", "text": ""},
        "fallback": {
            "type": "Action.Submit",
            "title": "Why?",
            "data": {"wherein": "why", "about": "m1", "text": ""},
        },
    }
    assert following["data"] == {"wherein": "next", "about": "m1", "text": "2"}


def test_without_its_card_a_message_says_the_same():
    whole, bare = drawn.activity(answered()), drawn.text_only(answered())
    assert "attachments" not in bare
    assert bare == {key: value for key, value in whole.items() if key != "attachments"}


def test_two_sources_that_disagree_are_both_quoted_and_cited():
    rival = answer("Badges are renewed until ten.", "ten", title="Old badges", where="", place="")
    message = drawn.activity(answered(rival=rival))
    assert message["text"].split("\n\n")[2:] == [
        "It says otherwise elsewhere&#58;",
        "> “Badges are renewed until **ten**.” [2]",
        "Old badges",
    ]
    first, second = message["entities"][0]["citation"]
    assert (first["position"], second["position"]) == (1, 2)
    assert "url" not in second["appearance"]


def test_where_nothing_answers_the_nearest_sentence_is_shown_and_not_claimed():
    reply = replies.unsure(ASKED, answer("Badges end in May.", "May", confidence=0.55), [SAID.document], [])
    message = drawn.activity(reply)
    assert message["text"].split("\n\n") == [
        "Nothing here answers that for sure.",
        "The nearest sentence:",
        "> “Badges end in May.”",
        "perhaps right (55%) · Read&#58; Badges.",
    ]
    assert "entities" not in message


def test_what_was_asked_is_shown_where_it_was_taken_otherwise():
    message = replace(ASKED, text="And when?")
    text = drawn.activity(replies.understood(message, answered()))["text"]
    assert text.startswith("I took that as&#58; “Who renews badges?”\n\n> ")


def test_commands_in_what_wherein_says_are_bold():
    text = drawn.activity(doing.info(ASKED, "Say *forget thread* or *help*.\n• 2 * 3 * 4"))["text"]
    assert text == "Say **forget thread** or **help**.\n\n• 2 &#42; 3 &#42; 4"


def test_people_whom_wherein_names_are_named_and_others_are_left_alone():
    document = Document("d", "1", title="<@29:eve>", added_by="29:ada")
    reply = doing.sources(ASKED, [document], 0, [])
    line = shown(drawn.activity(reply, {"29:ada": "Ada [Byron](x)"})["text"]).text_content()
    assert "1. <@29:eve> — Ada [Byron](x)" in line
    assert "1. <@29:eve> — somebody" in shown(drawn.activity(reply)["text"]).text_content()


def test_it_speaks_german():
    with speaking("de-DE"):
        text = drawn.activity(answered())["text"]
    assert text.startswith("> „The **front desk** renews badges until noon.“ [1]\n\n")


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("costs(€5)here", "(€5)"),
        ("It costs 5%a year", "5%"),
        ("a“b”c", "“b”"),
        ("中文答案中文", "答案"),
        ("snake_case*name", "case*name"),
        ("say  it ", "it "),
        ("x👍🏽y", "👍🏽"),
    ],
)
def test_an_answer_is_bold_wherever_it_stands(sentence, text):
    quotation = shown(drawn.activity(answered(answer(sentence, text)))["text"])
    assert quotation.find(".//strong").text_content() == text.strip()
    assert (
        quotation.find(".//blockquote").text_content().strip()
        == f"“{even(sentence) + ' ' * sentence.endswith(' ')}” [1]"
    )


def test_a_long_sentence_is_cut_around_its_answer_between_characters_as_people_see_them():
    family = "👩‍👩‍👧‍👦"
    sentence = family * 2_000 + " noon " + family * 2_000
    message = drawn.activity(answered(answer(sentence, "noon")))
    quotation = shown(message["text"]).find(".//blockquote").text_content().strip()
    assert re.fullmatch(rf"“…(?:{family})+ noon (?:{family})+…” \[1\]", quotation)
    appearance = message["entities"][0]["citation"][0]["appearance"]
    assert re.fullmatch(rf"…(?:{family})+ noon (?:{family})+…", appearance["abstract"])
    assert cards.size(message) <= 25_000


@pytest.mark.parametrize(
    ("where", "leads"),
    [
        ("https://x.example/a(b)", "https://x.example/a%28b%29"),
        ("https://x.example/ä b", "https://x.example/%C3%A4%20b"),
        ("https://x.example/p#" + "f" * 9_000, "https://x.example/p"),
        ("https://x.example/" + "p" * 9_000, ""),
        ("javascript:alert(1)", ""),
        ("http://[", ""),
        ("https:///no-host", ""),
        ("", ""),
    ],
)
def test_only_a_link_to_the_web_is_one(where, leads):
    assert marked.address(where, 2_000) == leads


@settings(max_examples=100, deadline=None)
@given(hostile_replies())
def test_any_reply_keeps_every_limit_holds_its_answer_and_has_nothing_live_of_others(reply):
    message = drawn.activity(reply)
    assert cards.size(message) <= 25_000
    assert len(json.dumps(message, ensure_ascii=False).encode("utf-16-le")) <= 25_000
    page = shown(message["text"])
    quoted = [one for one in (reply.answer, reply.conflict) if one]
    linked = quoted or reply.candidates
    leads = {
        marked.address(one.document.where, room)
        for one in linked
        for room in (*(room // part for room in cards.ROOMS for part in (1, 2, 4)), 2_000)
    }
    assert {one.tag for one in page.iterdescendants()} <= {"p", "blockquote", "strong", "a"}
    assert {one.get("href") for one in page.iter("a")} <= leads
    told = re.sub(r"\]\(\S+\)", "", message["text"])
    assert not re.search(r"://|www\.|<(?!/?strong>)", told)
    for one, said in zip(quoted, page.iter("blockquote"), strict=True) if quoted else ():
        assert even(said.find(".//strong").text_content()) == even(one.text)
    for entity in message.get("entities", ()):
        assert 1 <= len(entity["citation"]) <= 20
        for citation in entity["citation"]:
            shape = citation["appearance"]
            assert len(shape["name"].encode("utf-16-le")) <= 160
            assert len(shape["abstract"].encode("utf-16-le")) <= 320
            assert shape.get("url", "https://").startswith(("https://", "http://"))
            assert shape["name"]
    assert bool(message.get("entities")) == bool(reply.answer)


def test_an_empty_reply_is_no_empty_message():
    assert drawn.activity(Reply("m", "info", "  "))["text"] == "…"


def test_skipped_without_notes_is_no_error():
    assert "Badges" in drawn.activity(replace(answered(), notes=(), skipped=(Skipped("a", "b"),)))["text"]
