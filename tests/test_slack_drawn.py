"""How Slack shows what Wherein says: every kind of reply, and whatever people write in what is quoted."""

import json
from dataclasses import replace

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bot import replies
from bot.channels.slack.drawn import blocks, text
from bot.replies import cut, doing
from bot.replies.words import speaking
from bot.types import Author, Message, Offer, Receipt, Reply, Skipped, Thread, Turn, as_text
from model.types import Answer, Document
from tests.slack_limits import FALLBACK, check_blocks, length, live, live_text, words

ROOM = Thread("slack", "T1", "C1", "1")
ASKED = Message("m1", ROOM, "ask", "Who signed the lease?", author=Author("U1", "Ada"), at=1_795_514_400.0)
LEASE = Document(
    "d", "1", title="lease.pdf", where="https://x.slack.com/files/1", added_by="U2", added_at=1e9
)
CALLS = (
    "<@U999> <!channel> <#C999> <https://evil.example|here> @here mailto:a@b.example"
    " https://evil.example :wave:"
)


def answer(sentence="It was signed by Ada Byron.", said="Ada Byron", document=LEASE, **fields):
    start = sentence.index(said)
    given = {"score": 1.0, "confidence": 0.91, "sure": True, "reader": "onnx"} | fields
    return Answer(said, document, start, start + len(said), sentence, 0, **given)


def answered(found=None, skipped=(), rival=None, **more):
    reply = replies.answered(ASKED, found or answer(place="page 3"), [LEASE], list(skipped), rival)
    receipt = Receipt("onnx", "1", 0.4, 0.9, 0.9, (), ())
    return doing.offered(replace(ASKED, **more), replace(reply, receipt=receipt))


def kinds(drawn):
    return [block["type"] for block in drawn]


def buttons(drawn):
    return [one for block in drawn if block["type"] == "actions" for one in block["elements"]]


def test_an_answer_is_its_sentence_with_the_answer_in_bold_one_line_of_small_print_and_buttons():
    drawn = blocks(answered(answer(place="page 3", runners_up=(answer(),))))
    check_blocks(drawn)
    assert kinds(drawn) == ["rich_text", "context", "actions", "context_actions"]
    assert [one["type"] for one in drawn[0]["elements"]] == ["rich_text_quote"]
    assert words(drawn[:1]) == "“It was signed by *Ada Byron*.”"
    (line,) = drawn[1]["elements"]
    assert line["text"] == "<https://x.slack.com/files/1|lease.pdf, page 3> · likely right (91%)"
    assert [one["text"]["text"] for one in buttons(drawn)] == ["Next best", "Why?"]
    assert [one["action_id"] for one in buttons(drawn)] == ["wherein_next", "wherein_why"]
    assert json.loads(buttons(drawn)[0]["value"]) == {"about": "m1", "text": "2"}


def test_thumbs_say_in_words_what_they_do():
    (thumbs,) = blocks(answered())[-1]["elements"]
    assert thumbs["type"] == "feedback_buttons"
    assert thumbs["action_id"] == "wherein_feedback"
    up, down = thumbs["positive_button"], thumbs["negative_button"]
    assert json.loads(up["value"]) == {"about": "m1", "text": "up"}
    assert json.loads(down["value"]) == {"about": "m1", "text": "down"}
    assert up["accessibility_label"] == "Say that this answer is right"
    assert down["accessibility_label"] == "Say that this answer is wrong, and why"


def test_in_a_dialog_thumbs_are_buttons_since_slack_has_no_others_there():
    drawn = blocks(answered(), dialog=True)
    assert [one["action_id"] for one in buttons(drawn)][:2] == [
        "wherein_feedback_up",
        "wherein_feedback_down",
    ]
    assert "context_actions" not in kinds(drawn)


def test_the_text_says_all_of_it_in_plain_words():
    said = text(answered(skipped=[Skipped("shot.png", "I do not read pictures")]))
    assert said == (
        "“It was signed by Ada Byron.” — lease.pdf, page 3, likely right (91%)."
        " Not read: shot.png (I do not read pictures)."
    )


def test_complaint_1_what_was_left_unread_stands_beside_the_answer():
    drawn = blocks(answered(skipped=[Skipped("shot.png", "I do not read pictures")]))
    assert drawn[1]["elements"][1]["text"] == "Not read: shot.png (I do not read pictures)."


def test_complaint_25_a_private_answer_is_offered_to_be_shared_or_kept():
    drawn = blocks(answered(private=True))
    assert [(one["action_id"], one.get("style")) for one in buttons(drawn)][:2] == [
        ("wherein_share", "primary"),
        ("wherein_keep", None),
    ]


def test_a_shared_answer_names_who_asked_and_what():
    turn = Turn("m1", 1.0, "Who signed the lease?", "answer", "Ada Byron", "d", "U1")
    reply = doing.shared(ASKED, answer(), turn)
    drawn = blocks(reply)
    check_blocks(drawn)
    first = drawn[0]["elements"][0]["elements"]
    assert first[0] == {"type": "user", "user_id": "U1"}
    assert first[1]["text"] == " asked: Who signed the lease?"
    assert "likely right (91%)" in drawn[1]["elements"][0]["text"]
    assert text(reply).startswith("<@U1> asked: Who signed the lease?\n“It was signed by Ada Byron.”")


def test_whose_name_is_known_is_named_and_not_called():
    turn = Turn("m1", 1.0, "Who?", "answer", "Ada Byron", "d", "U1")
    reply = doing.shared(ASKED, answer(), turn)
    assert live(blocks(reply, {"U1": "Ada"})[:1]) == []
    assert words(blocks(reply, {"U1": "Ada"})).startswith("@Ada asked: Who?")
    assert not live_text(text(reply, {"U1": "Ada"}))


def test_somebody_who_is_mentioned_in_what_is_quoted_is_called_by_nothing():
    turn = Turn("m1", 1.0, "Who is <@U1> and <@U2>?", "answer", "Ada Byron", "d", "U1")
    drawn = blocks(doing.shared(ASKED, answer(f"<@U1> <@U2> It was Ada Byron. {CALLS}"), turn))
    assert [one for one in live(drawn) if one.startswith(("U", "@U"))] == ["U1", "U1"]


def test_two_that_say_otherwise_both_stand_there_with_their_sources():
    other = answer("It was signed by Tomas.", "Tomas", replace(LEASE, id="e", title="note.txt", where=""))
    drawn = blocks(answered(rival=other))
    check_blocks(drawn)
    assert kinds(drawn)[:4] == ["rich_text", "context", "rich_text", "context"]
    assert words(drawn[2:3]) == "It says otherwise elsewhere:“It was signed by *Tomas*.”"
    assert drawn[3]["elements"] == [{"type": "plain_text", "text": "note.txt", "emoji": False}]
    assert "It says otherwise elsewhere: “It was signed by Tomas.” — note.txt." in text(answered(rival=other))


def test_a_corrected_answer_says_so_before_it():
    drawn = blocks(replies.corrected(answered()))
    assert words(drawn[:1]).startswith("Corrected, since what I quoted changed:“It was")


def test_an_answer_that_is_taken_back_has_no_quotation():
    struck = replies.corrected(replies.unsure(ASKED, None, [LEASE], []))
    drawn = blocks(struck)
    check_blocks(drawn)
    assert words(drawn).startswith("I take that answer back")
    assert kinds(drawn) == ["rich_text"]


def test_where_nothing_answers_the_nearest_sentence_is_quoted_and_nothing_is_bold():
    drawn = blocks(doing.offered(ASKED, replies.unsure(ASKED, answer(confidence=0.2), [LEASE], [])))
    check_blocks(drawn)
    assert words(drawn[:1]) == "Nothing here answers that. The nearest sentence:“It was signed by Ada Byron.”"
    assert drawn[1]["elements"][0]["text"] == "Read: lease.pdf."


SAYINGS = {
    "failed": lambda: replies.failed(ASKED, TimeoutError()),
    "invite": lambda: replies.invite(ASKED),
    "nobody let it in": lambda: replies.invite(ASKED, ever=False),
    "looking": lambda: replies.looking(ASKED),
    "hello": lambda: replies.hello(ASKED),
    "taken": lambda: replies.taken(ASKED, [LEASE], [Skipped("b.png", "no")]),
    "noted": lambda: replies.noted(ASKED, False),
    "news": lambda: replies.news(ASKED, "Handbook", [("Who?", "Ada", "Tomas"), ("When?", "May", "")]),
    "digest": lambda: replies.digest(ASKED, []),
    "unsure": lambda: replies.unsure(ASKED, None, [], []),
    "error": lambda: doing.error(ASKED, "pin.nothing"),
    "doctor": lambda: doing.doctor(
        ASKED, ["store: it does not answer", "slack: scope files:read is missing"]
    ),
    "all is well": lambda: doing.doctor(ASKED, []),
    "settings": lambda: doing.settings(ASKED, {"follow": "own", "line": None}),
    "info": lambda: doing.info(ASKED, "Deleted."),
}


@pytest.mark.parametrize("saying", SAYINGS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_whatever_else_is_said_is_drawn_with_all_its_words(saying, language):
    with speaking(language):
        reply = SAYINGS[saying]()
        drawn, plain = blocks(reply), text(reply)
    check_blocks(drawn)
    for word in regex.findall(r"\w{4,}", reply.text):
        assert word in words(drawn)
        assert word in plain


def test_help_has_its_commands_in_bold_and_its_lines_in_a_list():
    with speaking("en"):
        drawn = blocks(Reply("m", "info", replies.say("help")))
    check_blocks(drawn)
    assert [one["type"] for one in drawn[0]["elements"]] == [
        "rich_text_section",
        "rich_text_list",
        "rich_text_section",
    ]
    assert "*sources*" in words(drawn)
    assert "*forget*" in words(drawn)


def test_sources_are_a_numbered_list_and_go_on_counting_after_a_heading():
    pinned = replace(LEASE, id="p", title="2. *handbook*", added_by="U3")
    drawn = blocks(doing.sources(ASKED, [LEASE], 2, [pinned]))
    check_blocks(drawn)
    lists = [one for one in drawn[0]["elements"] if one["type"] == "rich_text_list"]
    assert [(one["style"], one.get("offset", 0)) for one in lists] == [
        ("ordered", 0),
        ("bullet", 0),
        ("ordered", 1),
    ]
    assert "2. *handbook*" in words(drawn)
    assert live(drawn) == ["U2", "U3"]


def test_why_quotes_what_was_found_each_with_its_source():
    found = Reply(
        "m", "info", "…", lead="By onnx.", candidates=(answer(), answer(said="Ada")), notes=("Answer m1.",)
    )
    drawn = blocks(replace(found, offers=(Offer("delete", "Delete this answer", "m1"),)))
    check_blocks(drawn)
    assert [one["type"] for one in drawn[0]["elements"]] == ["rich_text_section", "rich_text_list"]
    assert "“It was signed by *Ada* Byron.” —\u00a0lease.pdf" in words(drawn)
    (delete,) = buttons(drawn)
    assert (delete["action_id"], delete["style"]) == ("wherein_delete", "danger")
    assert delete["confirm"]["confirm"]["text"] == "Delete"


def test_a_next_best_is_quoted_as_an_answer_is_and_its_number_stands_before_it():
    drawn = blocks(doing.next_best(replace(ASKED, about="m1"), answer(), 2, 3))
    check_blocks(drawn)
    assert words(drawn).startswith("Next best, 2 of 3:“It was signed by *Ada Byron*.”")
    assert json.loads(buttons(drawn)[0]["value"]) == {"about": "m1", "text": "3"}


def test_in_german_the_whole_is_german():
    with speaking("de-DE"):
        drawn = blocks(answered(answer(place="page 3"), private=True))
    assert words(drawn[:2]) == (
        "„It was signed by *Ada Byron*.“<https://x.slack.com/files/1|lease.pdf, Seite 3>"
        " · wahrscheinlich richtig (91 %)"
    )
    assert [one["text"]["text"] for one in buttons(drawn)] == ["Teilen", "Für mich behalten", "Warum?"]


def test_complaint_10_a_long_sentence_is_cut_at_both_ends_and_never_through_the_answer():
    sentence = "word " * 2_000 + "Ada Byron" + " word" * 2_000
    drawn = blocks(answered(answer(sentence)))
    check_blocks(drawn)
    shown = words(drawn[:1])
    assert shown.startswith("“…word ")
    assert "*Ada Byron*" in shown
    assert shown.endswith(" word…”")
    assert len(shown) < 800


def test_a_long_title_or_link_is_cut_or_left_out():
    drawn = blocks(
        answered(answer(document=replace(LEASE, title="t" * 5_000, where="https://x.example/" + "y" * 5_000)))
    )
    check_blocks(drawn)
    assert drawn[1]["elements"][0]["type"] == "plain_text"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "x", "slack://open", ""])
def test_what_is_no_web_address_is_no_link(link):
    assert live(blocks(answered(answer(document=replace(LEASE, where=link))))) == []


def test_a_link_cannot_be_ended_early():
    drawn = blocks(answered(answer(document=replace(LEASE, where="https://x.example/a|b>c <@U9> d&e"))))
    assert live(drawn) == ["https://x.example/a%7Cb%3Ec%20%3C@U9%3E%20d&amp;e|lease.pdf"]


def test_file_names_are_shown_as_they_are():
    name = "<R&D> *draft* _v2_.pdf"
    drawn = blocks(answered(answer(document=replace(LEASE, title=name))))
    assert "|&lt;R&amp;D&gt; *draft* _v2_.pdf>" in drawn[1]["elements"][0]["text"]
    assert name in words(blocks(answered(answer(document=replace(LEASE, title=name, where="")))))


# --------------------------------------------------------------------------- whatever people write

MARKS = (
    "<@U999> <!channel> <!here> @here @everyone <#C999> <https://evil.example|x> https://evil.example"
    " a@b.example :wave: * _ ~ ` ``` & &lt; < > | \0 “ ” … <!subteam^S1> <!date^1^{date}|x> #general"
)
ODD = ["\n", "• ", "1. ", "👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "क्षि", "\u202e", "\u200b", "\ud800", "\U0001f600"]
HOSTILE = st.sampled_from([*MARKS.split(), *ODD])
TEXT = st.lists(
    st.one_of(HOSTILE, st.text(max_size=8), st.sampled_from(["lease ", "signed by "])), max_size=12
).map("".join)
LONG = st.tuples(TEXT, st.integers(1, 400)).map(lambda of: of[0] * of[1]).map(lambda text: text[:20_000])
SAID = st.one_of(TEXT, LONG.map(lambda text: text[:200])).filter(str.strip)


@st.composite
def answers(draw):
    before, said, after = draw(st.one_of(TEXT, LONG)), draw(SAID), draw(st.one_of(TEXT, LONG))
    where = draw(st.one_of(st.just(""), TEXT.map("https://x.example/{}".format), TEXT))
    document = Document("d", "1", title=draw(st.one_of(TEXT, LONG)), where=where)
    sentence, start = before + said + after, draw(st.integers(0, 9))
    of = document, start + len(before), start + len(before) + len(said), sentence, start
    return Answer(said, *of, 1.0, draw(st.sampled_from([None, 0.9])), True, "onnx", place=draw(TEXT))


OFFERS = st.lists(
    st.builds(
        Offer,
        st.sampled_from(["feedback", "next", "why", "share", "keep", "delete", "unpin"]),
        st.one_of(TEXT, LONG),
        st.one_of(TEXT, LONG),
        st.sampled_from(["", "up", "down", "2"]),
    ),
    max_size=12,
).map(tuple)


@st.composite
def any_reply(draw):
    kind = draw(st.sampled_from(["answer", "unsure", "info", "error", "next", "why"]))
    long = st.one_of(TEXT, LONG)
    reply = Reply(
        "m",
        "info" if kind in ("next", "why") else kind,
        draw(long),
        lead=draw(long),
        sure=draw(st.sampled_from(["", "sure"])),
        notes=tuple(draw(st.lists(long, max_size=3))),
        skipped=draw(st.sampled_from([(), (Skipped("a", "b"),)])),
        offers=draw(OFFERS),
        people=draw(st.sampled_from([(), ("U1",)])),
        by=draw(st.sampled_from(["", "U1"])),
        nearest=draw(st.one_of(st.none(), long)) if kind == "unsure" else None,
    )
    if kind in ("answer", "next"):
        reply = replace(
            reply, answer=draw(answers()), conflict=draw(st.one_of(st.none(), answers())), otherwise="But:"
        )
    if kind == "why":
        reply = replace(reply, candidates=tuple(draw(st.lists(answers(), min_size=1, max_size=5))))
    return reply


@given(any_reply(), st.sampled_from([{}, {"U1": "Ada <!channel>"}]), st.booleans())
@example(Reply("m", "info", f"{CALLS} <@U1>", people=("U1",)), {}, False)
@example(Reply("m", "answer", "x", answer=answer(f"{CALLS} Ada Byron {CALLS}")), {}, False)
def test_whatever_is_quoted_every_limit_is_kept_and_nothing_is_live_that_is_not_ours(reply, names, dialog):
    drawn = blocks(reply, names, dialog=dialog)
    check_blocks(drawn)
    allowed = set(reply.people)
    leads = tuple(
        one.document.where[:18] for one in (reply.answer, reply.conflict) if one and one.document.where
    )
    for found in live(drawn):
        assert found in allowed or (found.startswith(("http://", "https://")) and found.startswith(leads)), (
            found
        )
    said = text(reply, names)
    assert 0 < length(said) <= FALLBACK
    for found in live_text(said):
        assert found.removeprefix("@") in allowed, found
    if reply.answer and len(reply.answer.text) <= 200:
        assert f"*{as_text(reply.answer.text)}*" in words(drawn)


@given(answers(), st.integers(0, 900))
def test_a_cut_keeps_the_answer_and_whole_characters(found, most):
    before, said, after = cut.around(found, most)
    assert said == found.text
    assert length(before + after) <= max(2, most - length(said)) + 1
    start = found.start - found.sentence_start
    whole_before, whole_after = found.sentence[:start], found.sentence[start + len(said) :]
    kept = before.removeprefix("…") if before != whole_before else before
    assert whole_before.endswith(kept)
    assert kept == "" or _at_a_border(whole_before, len(whole_before) - len(kept))
    kept = after.removesuffix("…") if after != whole_after else after
    assert whole_after.startswith(kept)
    assert _at_a_border(whole_after, len(kept))


def _at_a_border(text, place):
    borders = {0, len(text), *(found.end() for found in regex.finditer(r"\X", text))}
    return place in borders


@given(st.one_of(TEXT, LONG), st.integers(1, 300))
def test_a_short_text_is_no_longer_than_it_may_be(written, most):
    shown = cut.short(written, most)
    assert length(shown) <= most
    assert shown == written or (shown.endswith("…") and written.startswith(shown[:-1]))
