"""A question and documents become a quotation that holds."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.answerer import AMPLE, CUT, INDEX, LONG, READ_AT_MOST, Answerer, BusyError, ForeignError, _cut
from model.confidence import Calibration, Weights
from model.kinds import SELDOM, fits
from model.ladder import Ladder
from tests.fakes import FakeReader, calibrated, document

FILLER = "The harbour was quiet that year, and nobody wrote anything down about it at all. "
PIECES = st.sampled_from(
    [
        "Ada signed the lease in May.",
        "Caf\u0065\u0301 Zo\u0065\u0308 opens at nine.",
        "متى يبدأ الاجتماع؟ يبدأ في الثالثة.",
        "פריז היא בירת צרפת.",
        "👩‍👩‍👧‍👦 Priya has the key 🔑.",
        "会議は三時に始まります。",
        "हिन्दी में लिखा है।",
        "\n\n",
        "\n- ",
        "\t",
        FILLER,
        "1,024 km² at −3.5 °C",
        "[SEP] <b>&amp;</b>",
    ]
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.lists(PIECES | WORDS, max_size=60).map(" ".join).filter(bool)
QUESTIONS = st.sampled_from(
    ["Who signed the lease?", "When does it open?", "متى؟", "key 🔑?", "?", "会議は？"]
)


async def never(_):
    raise AssertionError("nothing was to be loaded")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, QUESTIONS)
async def test_every_answer_says_what_its_document_says_there(answerer, text, question):
    try:
        answer = await answerer.answer(question, [document(text)], never)
    except ForeignError:
        return
    for found in [answer, *answer.runners_up] if answer else []:
        assert found.text == text[found.start : found.end]
        assert found.text.strip()
        assert found.stands_in(text)
        assert found.document.text == ""


async def test_the_right_sentence_is_quoted_from_the_middle_of_a_long_text(answerer):
    text = FILLER * 2000 + "\n\nThe badge is renewed by Priya Nair. " + FILLER * 2000
    answer = await answerer.answer("Who renews the badge?", [document(text)], never)
    assert answer.sentence == "The badge is renewed by Priya Nair."
    assert answer.text == text[answer.start : answer.end] == "Priya Nair"
    assert answer.sure


async def test_the_right_document_among_many_is_quoted(answerer):
    shelf = [document(FILLER * n, id=f"d{n}") for n in range(1, 30)]
    shelf.insert(17, document("The badge is renewed by Priya Nair.", id="it"))
    answer = await answerer.answer("Who renews the badge?", shelf, never)
    assert (answer.document.id, answer.text) == ("it", "Priya Nair")


@pytest.mark.parametrize("question", ["Who is the king of Spain?", "How tall is the tower in Paris?"])
async def test_where_nothing_answers_it_is_not_sure(answerer, question):
    answer = await answerer.answer(question, [document(FILLER * 3)], never)
    assert not answer.sure
    assert answer.sentence in FILLER


@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
async def test_where_there_is_nothing_to_read_there_is_no_answer(answerer, text):
    assert await answerer.answer("Who?", [document(text)] if text else [], never) is None


async def test_no_two_candidates_overlap(answerer):
    text = "Ada came on Monday. Grace came on Tuesday. Mary came on Friday. " * 40
    answer = await answerer.answer("Who came on Tuesday?", [document(text)], never)
    places = sorted((a.start, a.end) for a in (answer, *answer.runners_up))
    assert len(places) > 1
    assert all(left[1] <= right[0] for left, right in pairwise(places))


async def test_what_comes_next_stands_in_other_sentences(answerer):
    text = "Ada Byron, who runs the mill, and Grace Hopper, who runs the barn, signed the lease in May. "
    text += "The kiln is lit on Tuesdays. Mary Shelley signed the lease of the yard. Ben Ode signed nothing."
    answer = await answerer.answer("Who signed the lease?", [document(text)], never)
    sentences = [one.sentence for one in (answer, *answer.runners_up)]
    assert sentences[:2] == [text[: text.index(" The")], "Mary Shelley signed the lease of the yard."]
    assert len(sentences) == len(set(sentences))


async def test_only_so_many_passages_are_read():
    reader = FakeReader("badge")
    await Answerer(Ladder([reader])).answer("badge?", [document(FILLER * 1000 + "badge")], never)
    ((_, passages),) = reader.asked
    assert len(passages) == READ_AT_MOST
    assert any("badge" in passage.text for passage in passages)


async def test_a_shelf_is_loaded_once_until_a_version_changes():
    loaded = []

    async def load(wanted):
        loaded.append((wanted.id, wanted.version))
        return f"the badge of version {wanted.version}"

    answerer = Answerer(Ladder([FakeReader("badge")]))
    for version in "112":
        answer = await answerer.answer("badge?", [document("", version=version)], load)
        assert answer.document.version == version
    assert loaded == [("d", "1"), ("d", "2")]


async def test_of_a_text_that_grows_with_every_question_only_the_last_version_is_kept():
    async def load(wanted):
        return "the badge. " * int(wanted.version)

    answerer = Answerer(Ladder([FakeReader("badge")]))
    for version in range(1, 21):
        answer = await answerer.answer("badge?", [document("", version=str(version))], load)
        assert answer.document.version == str(version)
    assert [cut.text for cut in answerer._cuts.values()] == ["the badge. " * 20]
    assert [index.passages[-1].text for index in answerer._indices.values()] == [
        cut.passages[-1].text for cut in answerer._cuts.values()
    ]
    assert len(answerer._indices) == 1


async def test_what_is_kept_is_bounded_in_bytes_though_texts_have_few_words():
    answerer = Answerer(Ladder([FakeReader("badge")]), kept=100_000)

    async def load(_):
        return "Ada has the badge."

    for n in range(1_000):
        shelf = [replace(document("", version="1"), shelf=f"thread-{n}")]
        await answerer.answer("badge?", shelf, load)
    cuts, indices = len(answerer._cuts), len(answerer._indices)
    assert cuts <= AMPLE * 100_000 / CUT
    assert indices <= AMPLE * 200_000 / INDEX


async def test_a_text_that_was_only_lent_is_not_kept():
    answerer = Answerer(Ladder([FakeReader("badge")]))
    await answerer.answer("badge?", [document("the badge")], never)
    assert not answerer._cuts
    assert not answerer._indices
    loaded = []

    async def load(wanted):
        loaded.append(wanted.id)
        return "another badge"

    await answerer.answer("badge?", [document("")], load)
    assert loaded == ["d"]


async def test_what_is_kept_is_bounded_by_its_length():
    async def load(_):
        return FILLER * 100

    answerer = Answerer(Ladder([FakeReader("badge")]), kept=10_000)
    for n in range(10):
        await answerer.answer("badge?", [document("", id=f"d{n}")], load)
    assert answerer._cuts.currsize <= 10_000
    assert answerer._indices.currsize <= 20_000
    assert len(answerer._indices) == 1


async def test_of_a_longer_shelf_only_what_is_new_is_loaded():
    loaded = []

    async def load(wanted):
        loaded.append(wanted.id)
        return f"the badge of {wanted.id}"

    answerer = Answerer(Ladder([FakeReader("badge")]))
    for count in (3, 4, 5):
        await answerer.answer("badge?", [document("", id=f"d{n}") for n in range(count)], load)
    assert loaded == ["d0", "d1", "d2", "d3", "d4"]


async def test_a_short_text_never_waits_for_long_ones(answerer):
    long = FILLER * (LONG // len(FILLER) * 24)
    waiting = [asyncio.create_task(answerer.answer("Who?", [document(long)], never)) for _ in range(2)]
    await asyncio.sleep(0.05)
    assert await answerer.answer("Who signed?", [document("Ada signed it.")], never)
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


async def test_more_long_texts_than_can_be_read_in_time_are_refused_at_once(answerer, monkeypatch):
    long = FILLER * (LONG // len(FILLER) + 1)
    monkeypatch.setattr("model.answerer.LONG_IN_HAND", 3 * len(long))
    asked = [answerer.answer("Who?", [document(long)], never) for _ in range(5)]
    ends = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(end, BusyError) for end in ends) == 2
    assert (await answerer.answer("Who?", [document(long)], never)).sentence in FILLER


async def test_work_that_nobody_waits_for_any_longer_ends():
    answerer = Answerer(Ladder([FakeReader("badge")]))
    handed = []

    def work(_, go_on):
        handed.append(go_on)
        while True:  # until it is told that nobody waits
            go_on()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await answerer._off_the_loop(work, None, size=LONG + 1)
    with pytest.raises(asyncio.CancelledError):
        handed[0]()
    assert await answerer._off_the_loop(lambda subject, _: subject, "next", size=LONG + 1) == "next"


def test_cutting_a_text_asks_whether_to_go_on():
    def stop():
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        _cut(document(FILLER), stop)


async def test_a_question_in_the_text_never_answers(answerer):
    text = "anna: who is on call tonight?\nben: let me look\ncarla: I am on call tonight"
    answer = await answerer.answer("Who is on call tonight?", [document(text)], never)
    assert answer.sentence == "carla: I am on call tonight"
    only = [document("Who is on call tonight?")]
    assert await answerer.answer("Who is on call tonight?", only, never) is None


async def test_a_document_whose_text_is_gone_is_read_as_nothing_and_looked_for_again():
    texts = [None, "a badge"]

    async def load(_):
        return texts.pop(0)

    answerer = Answerer(Ladder([FakeReader("badge")]))
    assert await answerer.answer("badge?", [document("")], load) is None
    assert (await answerer.answer("badge?", [document("")], load)).text == "badge"


async def test_what_is_forgotten_is_kept_no_longer():
    loaded = []

    async def load(wanted):
        loaded.append(wanted.id)
        return f"the badge of {wanted.id}"

    answerer = Answerer(Ladder([FakeReader("badge")]))
    shelf = [document("", id="one"), document("", id="two")]
    for asked in (shelf, shelf[1:]):
        await answerer.answer("badge?", asked, load)
    answerer.forget(["one", "never seen"])
    assert [id for _, id in answerer._cuts] == ["two"]
    assert list(answerer._indices) == [(("", "two"),)]
    await answerer.answer("badge?", shelf, load)
    assert loaded == ["one", "two", "one"]


async def test_what_is_forgotten_while_it_is_loaded_is_not_kept():
    async def load(_):
        answerer.forget(["d"])
        return "the badge"

    answerer = Answerer(Ladder([FakeReader("badge")]))
    assert (await answerer.answer("badge?", [document("")], load)).text == "badge"
    assert not answerer._cuts
    assert not answerer._indices


async def test_what_has_been_kept_for_its_time_can_be_let_go(monkeypatch):
    async def load(_):
        return "the badge"

    monkeypatch.setattr("model.answerer.KEPT_SECONDS", 0.2)
    answerer = Answerer(Ladder([FakeReader("badge")]))
    await answerer.answer("badge?", [document("")], load)
    answerer.expire()
    assert answerer._cuts.currsize
    assert answerer._indices.currsize
    await asyncio.sleep(0.25)
    answerer.expire()
    assert (answerer._cuts.currsize, answerer._indices.currsize) == (0, 0)


async def test_the_same_text_in_two_threads_keeps_each_threads_own_source():
    async def load(_):
        return "a badge"

    answerer = Answerer(Ladder([FakeReader("badge")]))
    for where in ("https://one.example", "https://two.example"):
        answer = await answerer.answer("badge?", [replace(document(""), where=where)], load)
        assert answer.document.where == where


async def test_a_reader_without_a_calibration_shows_no_number():
    answer = await Answerer(Ladder([FakeReader("badge")])).answer("badge?", [document("the badge")], never)
    assert (answer.confidence, answer.sure) == (None, True)
    answer = await Answerer(Ladder([FakeReader("badge", margin=-1)])).answer(
        "badge?", [document("the badge")], never
    )
    assert (answer.confidence, answer.sure) == (None, False)


async def test_it_is_sure_from_the_line_up():
    reader = FakeReader("badge", margin=0.0)
    for intercept, sure in ((0.1, True), (-0.1, False)):
        reader.calibration = Calibration(0, 0, Weights(intercept, 1, 0, 0, 0, 0), line=0.5)
        answer = await Answerer(Ladder([reader])).answer("badge?", [document("the badge")], never)
        assert answer.sure is sure


async def test_a_name_in_the_question_that_its_passage_lacks_speaks_against_an_answer():
    reader = FakeReader("march")
    reader.calibration = Calibration(0, 0, Weights(0, 1, 0, 0, 0, 0, unnamed=-1), line=0.5)
    answerer = Answerer(Ladder([reader]))
    text = "the vpn of the leeds office goes in march"
    found = [
        await answerer.read(question, [document(text)], never)
        for question in ("When does the VPN of Leeds go?", "When does the VPN of Hull go?")
    ]
    assert [reading.candidates[0].evidence.unnamed for reading in found] == [0, 1]


GERMAN = "Der Mietvertrag endet im Mai. Danach zieht die Firma in das neue Gebäude um."


MERE = [
    "3 May 2026",
    "on the first Monday of the month",
    "9:30 am",
    "1,230 kilometres",
    "9 euros a month",
    "1.2 million",
    "A3",
    "Ada Byron",
    "in Leipzig",
]
PEOPLE = "name | role | phone\nAda Lovelace | CTO | 555-0100\nBob Stone | CFO | 555-0200"
OFFICES = "city | office | opened\nDublin | 4 Hatch Street | 2019\nLisbon | Rua Augusta 12 | 2021"


@pytest.mark.parametrize(
    ("table", "question", "row"),
    [
        (PEOPLE, "Who is the CTO?", "Ada Lovelace | CTO | 555-0100"),
        (PEOPLE, "Who is the CFO?", "Bob Stone | CFO | 555-0200"),
        (PEOPLE, "What is the CTO's phone number?", "Ada Lovelace | CTO | 555-0100"),
        (OFFICES, "When was the Lisbon office opened?", "Lisbon | Rua Augusta 12 | 2021"),
        (OFFICES, "Which office opened in 2019?", "Dublin | 4 Hatch Street | 2019"),
    ],
)
async def test_of_a_table_the_row_is_quoted_that_the_question_is_about(answerer, table, question, row):
    assert (await answerer.answer(question, [document(table)], never)).sentence == row


REASONS = [
    "because Ada left",
    "Because Ada left",
    "Thanks to Ada",
    "for Ada",
    "to Leeds",
    "the lease",
    "rain",
    "the American Revolution",
    "The Great Depression",
    "three Rottweilers",
    "FEELING JEALOUS",
    "I'm Ada",
    "since 2019 it rains",
]


def test_a_mere_date_number_or_name_is_no_reason_and_answers_all_else():
    for question in ("Why was it signed?", "And why?", "How come it was signed when Ada left?"):
        assert [one for one in MERE if fits(question, one, opens=False)] == []
        assert [one for one in REASONS if not fits(question, one, opens=False)] == []
    for question in ("When was it signed?", "Who knows why it was signed?", "Is it signed?"):
        assert all(fits(question, one, opens=False) for one in (*MERE, *REASONS))
    assert fits("Why?", "Flooding", opens=True)  # its capital is the sentence's
    assert not fits("Why?", "Ada Byron", opens=True)


async def test_where_no_reason_stands_why_is_not_answered_with_what_else_stands_there(answerer):
    shelf = [document("Orbis is paid 80,000 euros a year, Telford 15,500.")]
    paid = await answerer.answer("What is Orbis paid?", shelf, never)
    why = await answerer.answer("Why is Orbis paid?", shelf, never)
    assert (paid.text, paid.sure) == ("80,000 euros", True)
    assert ("80,000 euros" in why.text, why.sure, why.stated) == (True, False, SELDOM)
    given = [document("Orbis is paid 80,000 euros a year, because it keeps the servers running.")]
    assert (await answerer.answer("Why is Orbis paid?", given, never)).sure


async def test_nor_by_a_reader_that_gives_no_probability():
    shelf = [document("It was signed on 3 May 2026.")]
    read = Answerer(Ladder([FakeReader("3 May 2026")]))
    assert not (await read.answer("Why was it signed?", shelf, never)).sure
    assert (await read.answer("When was it signed?", shelf, never)).sure


def english(word):
    return Answerer(Ladder([calibrated(word, languages=("en",))]))


async def test_a_question_in_another_language_is_not_guessed_at():
    with pytest.raises(ForeignError) as caught:
        await english("May").answer("Wann endet der Mietvertrag?", [document("It ends in May.")], never)
    assert (caught.value.language, caught.value.known, caught.value.asked) == ("de", ("en",), True)


async def test_a_text_in_another_language_is_not_guessed_at():
    with pytest.raises(ForeignError) as caught:
        await english("Mai").answer("When does the lease end?", [document(GERMAN)], never)
    assert (caught.value.language, caught.value.asked) == ("de", False)


async def test_beside_an_english_text_one_in_another_language_is_left_out_and_named():
    shelf = [document(GERMAN, id="de"), document("The lease of the Mai building ends.", id="en")]
    answer = await english("Mai").answer("When does the lease end?", shelf, never)
    assert (answer.document.id, len(answer.runners_up)) == ("en", 0)
    assert [(one.document.id, one.document.text, one.language) for one in answer.foreign] == [
        ("de", "", "de")
    ]


async def test_a_reader_that_names_no_language_reads_any():
    answer = await Answerer(Ladder([FakeReader("Mai")])).answer("Wann endet er?", [document(GERMAN)], never)
    assert (answer.text, answer.foreign) == ("Mai", ())
