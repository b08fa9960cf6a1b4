"""Two sources that answer differently are told from two that say the same in other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.types import Author, Message, Thread
from model.answerer import no_text
from model.conflict import conflicting, disagree
from model.types import Answer, Document
from tests.test_conversation import talk

AGREE = [
    ("4,200", "4200"),
    ("4,200", "4.2k"),
    ("4 200 euros", "€4,200"),
    ("1.2 million euros", "€1,200,000"),
    ("4,200 euros", "4,200 euros a month"),
    ("40 euros a month", "480 euros a year"),
    ("forty euros", "40 EUR"),
    ("twenty-five", "25"),
    ("two dozen", "24"),
    ("14 days", "two weeks"),
    ("a year", "12 months"),
    ("30 days", "1 month"),
    ("90 minutes", "1.5 hours"),
    ("2 km", "2,000 metres"),
    ("500 g", "0.5 kg"),
    ("5 %", "5 percent"),
    ("4–6 weeks", "5 weeks"),
    ("about 4,000", "4,200"),
    ("over 400", "420"),
    ("the third floor", "3rd floor"),
    ("3 March", "2026-03-03"),
    ("3 March", "March 3rd"),
    ("3 March 2026", "March 2026"),
    ("3 March 2026", "2026"),
    ("03.03.2026", "3 March 2026"),
    ("Tuesday", "3 March 2026"),
    ("Mondays and Thursdays", "Monday"),
    ("3 pm", "15:00"),
    ("3:00", "15:00"),
    ("noon", "12:00"),
    ("Dana", "Dana Weber"),
    ("Mr Weber", "Dana Weber"),
    ("D. Weber", "Dana Weber"),
    ("Ada and Tom", "Tom Roth"),
    ("Harrow Estates Ltd", "Harrow Estates"),
    ("José", "Jose"),
    ("Priya Nair", "Prija Nair"),
    ("UN", "United Nations"),
    ("Marta in accounting", "Marta"),
    ("LK21 XYZ", "lk21 XYZ"),
    ("12 people", "3 rooms"),
    ("six hours of sun", "Tuesday"),
    ("4,200 euros", "5 days"),
    ("€40", "$45"),
    ("3/5/2026", "5 March 2026"),
    ("3/5/2026", "3 May 2026"),
    ("4.200 euros", "4,200 euros"),
    ("4.200 kg", "4.2 kg"),
    ("one hundred and five", "105"),
    ("two thousand five hundred", "2,500"),
    ("one hundred and twenty-five thousand", "125,000"),
    ("three hundred fifty", "350"),
    ("one and a half hours", "90 minutes"),
    ("a year and a half", "18 months"),
    ("two and a half million", "2.5 million"),
    ("twenty - thirty days", "25 days"),
    ("the front desk", "Priya Nair"),
    ("tomorrow", "3 March"),
    ("because it was late", "a certificate had expired"),
]
DISAGREE = [
    ("30 days", "14 days"),
    ("4,200", "4,500"),
    ("4,200 euros", "€4,500 a month"),
    ("forty euros", "45 EUR"),
    ("two weeks", "10 days"),
    ("1.2 million", "1.4 million"),
    ("5 %", "6 percent"),
    ("4–6 weeks", "8 weeks"),
    ("over 400", "1,200"),
    ("the third floor", "2nd floor"),
    ("3 March", "4 March"),
    ("3 March", "2026-04-03"),
    ("30 September 2027", "30 September 2028"),
    ("in 1987", "1988"),
    ("Tuesday", "Wednesday"),
    ("Tuesday", "4 March 2026"),
    ("3 pm", "16:00"),
    ("9:30", "10:30"),
    ("3 May at 9:00", "3 May at 10:00"),
    ("Dana Weber", "Tom Weber"),
    ("Dana", "Tom"),
    ("Harrow Estates", "Liffey Property"),
    ("db-3", "db-4"),
    ("LK21", "MK22"),
    ("room 114", "room 120"),
    ("release 4.2", "release 4.3"),
    ("12 people", "14 people"),
    ("3/5/2026", "5 April 2026"),
    ("3.5.2026", "5 March 2026"),
    ("13/5/2026", "12 May 2026"),
    ("4.200 euros", "4,500 euros"),
    ("2.125 kg", "2.126 kg"),
    ("two hundred and five", "205,000"),
    ("a year and a half", "a year"),
]


@pytest.mark.parametrize(("one", "other"), AGREE)
def test_they_agree_or_cannot_be_compared(one, other):
    assert not disagree(one, other)
    assert not disagree(other, one)


@pytest.mark.parametrize(("one", "other"), DISAGREE)
def test_they_disagree(one, other):
    assert disagree(one, other)
    assert disagree(other, one)


def said(sentence, text, id="d"):
    start = sentence.index(text)
    about = Document(id, "1")
    return Answer(text, about, start, start + len(text), sentence, 0, 1.0, 0.8, True, "fake")


@pytest.mark.parametrize(
    ("question", "one", "other", "conflict"),
    [
        (
            "How much is the rent?",
            ("Rent is 4,200 euros.", "4,200"),
            ("The rent is 4,500 euros.", "4,500"),
            True,
        ),
        ("How much is the rent?", ("Rent is 4,200 euros.", "4,200"), ("The rent is 4.2k.", "4.2k"), False),
        (
            "How much is the rent?",
            ("Dana: the rent is 4,200 euros.", "4,200 euros"),
            ("Luis: no, the rent is 4,500 euros.", "4,500 euros"),
            True,
        ),
        (
            "When does the lease end?",
            ("The Leeds lease ends in May.", "May"),
            ("The Dublin lease ends in June.", "June"),
            False,
        ),
        (
            "When was the lease signed?",
            ("The lease was signed on 4 May.", "4 May"),
            ("The lease was ended on 5 June.", "5 June"),
            False,
        ),
        (
            "When does the Leeds lease end?",
            ("The Leeds lease ends in May.", "May"),
            ("The lease ends in June.", "June"),
            False,
        ),
        (
            "When does release 4.2 go out?",
            ("Release 4.2 goes out on Monday.", "Monday"),
            ("Release 4.3 goes out on Friday.", "Friday"),
            False,
        ),
        (
            "Where is the key?",
            ("The key is in the yard.", "in the yard"),
            ("The key is in the cellar.", "in the cellar"),
            True,
        ),
        (
            "Where is the key?",
            ("The key is in the yard.", "the yard"),
            ("Take the key from the hook in the hall by the stairs.", "the hall"),
            False,
        ),
        (
            "Who keeps the key?",
            ("Dana keeps the key.", "Dana"),
            ("Dana Weber keeps the key.", "Dana Weber"),
            False,
        ),
        ("Who keeps the key?", ("Dana keeps the key.", "Dana"), ("Tom keeps the key.", "Tom"), True),
    ],
)
def test_a_conflict_is_about_one_thing(question, one, other, conflict):
    assert conflicting(question, said(*one), said(*other, id="e")) is conflict
    assert conflicting(question, said(*other, id="e"), said(*one)) is conflict


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_two_texts_can_be_compared(one, other):
    assert disagree(one, other) == disagree(other, one)
    assert not disagree(one, one)


# --------------------------------------------------------------------------- with the real reader

OLD = "The rent of the Leeds office is 4,200 euros a month. It is due on the third working day."
NEW = "The rent of the Leeds office is 4,500 euros a month. The lease runs until May."
SAME = "As of this year the rent of the Leeds office is €4,200 per month."
OTHER = "The rent of the Dublin office is 5,800 euros a month."
THREAD = Thread("http", thread="t")


async def asked(conversation, *texts):
    documents = [
        Document(f"d{n}", "1", text, title=f"note {n}", added_at=float(n)) for n, text in enumerate(texts)
    ]
    question = "How much is the rent of the Leeds office?"
    return await conversation.reply(Message("m", THREAD, "ask", question, tuple(documents)))


@pytest.mark.parametrize("texts", [(OLD, NEW), (OLD, OTHER, NEW)])
async def test_where_two_sources_disagree_both_are_shown_and_the_newer_one_first(reader, texts):
    reply = await asked(talk(reader)[0], *texts)
    assert "4,500" in reply.answer.text
    assert "4,200" in reply.conflict.text
    assert reply.conflict.stands_in(OLD)
    assert reply.text.index("4,500") < reply.text.index("It says otherwise elsewhere: “The rent")
    assert reply.text.endswith("4,200 euros a month.” — note 0.")


@pytest.mark.parametrize("texts", [(OLD,), (OLD, SAME), (OLD, OTHER), (OLD, OLD)])
async def test_where_they_agree_or_speak_of_other_things_there_is_no_conflict(reader, texts):
    reply = await asked(talk(reader)[0], *texts)
    assert (reply.kind, reply.conflict) == ("answer", None)
    assert "otherwise" not in reply.text


@pytest.mark.parametrize(("changed", "kind"), [("d0", "error"), ("d1", "answer")])  # d0 is a little likelier
async def test_a_side_of_a_conflict_that_its_source_no_longer_says_is_not_shown(reader, changed, kind):
    conversation, threads = talk(reader)
    first = await asked(conversation, OLD, NEW)
    text = threads.text

    async def tampered(where, document, version):
        found = await text(where, document, version)
        return found.replace("euros", "pounds") if document == changed else found

    threads.text = tampered
    reply = await asked(conversation)
    gone = first.answer if first.answer.document.id == changed else first.conflict
    assert gone.sentence not in reply.text
    assert (reply.kind, reply.conflict) == (kind, None)


async def said_in_thread(conversation, *texts):
    for n, text in enumerate(texts):
        author = Author(f"p{n}", name=f"Person {n}")
        await conversation.hear(Message(f"m{n}", THREAD, "heard", text, at=1.0 + n, author=author))
    return await conversation.reply(
        Message("q", THREAD, "ask", "How much is the rent of the Leeds office?", at=9.0)
    )


async def test_two_people_who_say_otherwise_are_both_shown_and_who_spoke_last_stands_first(reader):
    reply = await said_in_thread(talk(reader)[0], OLD, "Fine by me.", NEW)
    assert ("4,500" in reply.answer.text, "4,200" in reply.conflict.text) == (True, True)
    assert (reply.answer.document.id, reply.conflict.document.id) == ("message-m2", "message-m0")
    assert reply.conflict.stands_in(f"Person 0: {OLD}")


async def test_one_person_in_one_message_is_of_one_mind(reader):
    reply = await said_in_thread(talk(reader)[0], f"{OLD}\n\n{NEW}")
    assert (reply.kind, reply.conflict) == ("answer", None)


async def test_two_people_who_say_otherwise_are_both_shown_whatever_their_names(answerer):
    for one, other in (("Ada", "Ben"), ("Maria Lopez", "John Smith"), ("Maria Lopez", "Ben Cray")):
        said = f"{one}: The deposit is 4,200 euros.\n\n{other}: The deposit is 4,500 euros."
        chat = Document("messages", "1", said, "2 messages", loose=True)
        answer = await answerer.answer("How much is the deposit?", [chat], no_text)
        assert answer.sure
        assert {answer.text, answer.rival.text} == {"4,200 euros", "4,500 euros"}
