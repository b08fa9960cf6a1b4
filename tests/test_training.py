"""What the reader is trained on: read, parted, made up and cut; nothing here needs torch."""

import gzip
import json
import random
import tomllib

import pytest
from tokenizers import Tokenizer

from model import train
from model.metrics import SquadFileError
from model.readers import PROJECT
from model.training import examples, invented, negatives
from model.training.examples import Example

CONTEXT = (
    "Ada Byron signed the lease in March 1843. Charles Babbage kept the keys of the old workshop for years."
    " Mary Somerville paid the rent and counted every shilling twice."
)
OTHER = "Ada Byron wrote the notes on the engine in London, and signed nothing in March."


def asked(question="When did Ada Byron sign the lease?", answer="March 1843", context=CONTEXT, **more):
    start = context.index(answer)
    return Example(question, context, ((start, start + len(answer)),), "Byron", "file", **more)


GIVEN = [
    asked(),
    asked("Who kept the keys of the old workshop?", "Charles Babbage"),
    asked("Who wrote the notes on the engine with Mary Somerville?", "Ada Byron", OTHER),
]


@pytest.fixture
def near():
    return negatives.Near.of(GIVEN)


@pytest.fixture
def chance():
    return random.Random(1)


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.from_file(str(PROJECT / "model" / "weights" / "tokenizer.json"))


def written(folder, name, *paragraphs, title="T"):
    """A file in SQuAD's form: each paragraph with its questions and their answers."""
    entries = [
        {
            "context": context,
            "qas": [
                {"question": q, "answers": [{"text": a, "answer_start": context.index(a)}]} for q, a in qas
            ],
        }
        for context, *qas in paragraphs
    ]
    data = json.dumps({"data": [{"title": title, "paragraphs": entries}]}).encode()
    (folder / name).write_bytes(gzip.compress(data))
    return folder / name


def said(example):
    return [example.context[start:end] for start, end in example.spans]


# --------------------------------------------------------------------------- files


def test_short_paragraphs_of_one_article_are_joined_and_their_answers_move_along(tmp_path, chance):
    file = written(
        tmp_path,
        "a.json.gz",
        *((f"In {year} it rained.", ("When?", str(year))) for year in range(1900, 1920)),
    )
    found = examples.read(file, 1.0, chance)
    assert len(found) == 20
    assert {said(one)[0] for one in found} == set(map(str, range(1900, 1920)))
    assert any(one.context.count("rained") > 1 for one in found)


def test_a_share_of_a_file_is_that_share_of_its_questions(tmp_path, chance):
    file = written(tmp_path, "a.json.gz", (CONTEXT * 2, *((f"{n}?", "lease") for n in range(10))))
    assert len(examples.read(file, 0.3, chance)) == 3


def test_a_file_that_is_not_in_squads_form_is_refused_with_its_name(tmp_path, chance):
    (tmp_path / "a.json").write_text('{"data": [{"paragraphs": [{}]}]}')
    with pytest.raises(SquadFileError, match=r"a\.json"):
        examples.read(tmp_path / "a.json", 1.0, chance)


def test_a_text_that_shares_thirteen_words_in_a_row_with_a_measured_one_is_dropped(tmp_path):
    words = "kept the keys of the old workshop for years Mary Somerville paid the"
    near_miss = asked("Who?", "Nobody", context="Nobody " + words.removeprefix("kept "))
    measured = written(tmp_path, "dev.json.gz", (words, ("Whose?", "Mary")))
    assert examples.apart([*GIVEN, near_miss], [measured]) == [GIVEN[2], near_miss]


def test_what_is_held_out_is_whole_groups_and_the_same_whatever_the_order(chance):
    many = [Example(f"{n}?", f"text {n}", (), f"article {n % 40}", "file") for n in range(400)]
    kept, held = examples.parted(many, 0.2)
    assert not {one.group for one in kept} & {one.group for one in held}
    assert 0.05 < len(held) / len(many) < 0.4
    assert {one.question for one in examples.parted(many[::-1], 0.2)[1]} == {one.question for one in held}


# --------------------------------------------------------------------------- negatives


@pytest.mark.parametrize("kind", negatives.KINDS, ids=lambda kind: kind.__name__)
def test_what_is_made_unanswerable_has_no_answer_and_is_not_what_was_given(kind, near, chance):
    made = [one for given in GIVEN for one in kind(given, near, chance) if not one.spans]
    assert made
    assert not {(one.question, one.context) for one in made} & {(one.question, one.context) for one in GIVEN}


def test_another_text_is_the_nearest_that_does_not_hold_the_answer(near, chance):
    (made,) = negatives.another_text(GIVEN[0], near, chance)
    assert made.context == OTHER
    assert not negatives.another_text(GIVEN[2], near, chance)  # the other text names the answer too


def test_the_sentence_with_the_answer_is_gone_and_the_rest_is_there(near, chance):
    (made,) = negatives.no_sentence(GIVEN[0], near, chance)
    assert made.context == CONTEXT.split(". ", 1)[1]


def test_a_name_is_exchanged_for_one_that_stands_in_the_text(near, chance):
    (made,) = negatives.other_name(GIVEN[0], near, chance)
    assert made.question in {
        f"When did {name} sign the lease?" for name in ("Charles Babbage", "Mary Somerville", "March")
    }


def test_a_word_is_exchanged_for_one_of_like_form_from_the_text(near, chance):
    (made,) = negatives.other_word(GIVEN[1], near, chance)
    changed = set(made.question.split()) - set(GIVEN[1].question.split())
    assert len(changed) == 1
    assert changed.pop().strip("?") in CONTEXT


def test_a_text_told_of_another_answers_the_question_that_was_changed_with_it(near, chance):
    given = asked("Who paid the rent that Charles Babbage owed?", "Mary Somerville")
    lost, told = negatives.other_subject(given, negatives.Near({}, {"Byron": ["George Peacock"]}), chance)
    assert "Charles Babbage" not in lost.context
    assert (lost.question, lost.spans) == (given.question, ())
    assert told.question == "Who paid the rent that George Peacock owed?"
    assert (told.context, said(told)) == (lost.context, ["Mary Somerville"])


def test_an_exchange_that_would_touch_the_answer_is_not_made():
    assert negatives.exchanged(CONTEXT, ((0, 9),), "Ada Byron", "Mary") is None


def test_as_many_are_made_as_asked_for_and_the_same_for_the_same_seed():
    many = GIVEN * 30
    made = negatives.make(many, 0.5, random.Random(3))
    assert sum(not one.spans for one in made) == 45
    assert made == negatives.make(many, 0.5, random.Random(3))


def test_a_widened_text_still_gives_its_answer_where_the_span_says(chance):
    wide = negatives.widened(GIVEN * 20, 1.0, chance)
    assert sum("\n" in one.context for one in wide) > 10
    assert [said(one) for one in wide] == [said(one) for one in GIVEN * 20]


# --------------------------------------------------------------------------- made up


def test_a_chat_holds_the_same_answer_under_speakers_names(chance):
    made = [one for one in invented.chats(GIVEN * 40, 60, chance) if one.spans]
    assert made
    assert {tuple(said(one)) for one in made} <= {("March 1843",), ("Charles Babbage",)}
    assert all("\n" in one.context for one in made)


def test_a_chat_without_an_answer_does_not_hold_it(chance):
    longer = f"{CONTEXT} The rest was paid in June. Nobody came to London in July."
    answers = {GIVEN[0].question: "March 1843", GIVEN[1].question: "Charles Babbage"}
    given = [asked(question, answer, longer) for question, answer in answers.items()]
    unanswered = [one for one in invented.chats(given * 40, 60, chance) if not one.spans]
    assert {one.question for one in unanswered} == answers.keys()
    assert not any(answers[one.question] in one.context for one in unanswered)


def test_every_question_on_made_up_facts_is_answered_once_or_not_at_all(chance):
    made = invented.facts(600, chance)
    assert {len(one.spans) for one in made} == {0, 1}
    assert 0.2 < sum(not one.spans for one in made) / 600 < 0.45
    assert all(answer == answer.strip() and answer for one in made for answer in said(one))


def test_every_kind_of_fact_can_be_told_asked_and_filled_in():
    abouts = tomllib.loads((PROJECT / "model" / "training" / "facts.toml").read_text())["about"]
    fields = [field for about in abouts for field in about["fields"]]
    assert {field["value"] for field in fields} <= invented.VALUES.keys()
    assert all(told.count("{v}") == 1 for field in fields for told in field["told"])
    assert all("{e}" in asked for field in fields for asked in field["asked"])


# --------------------------------------------------------------------------- windows


def test_a_window_names_the_tokens_of_its_answer(tokenizer, chance):
    (window,) = examples.cut([GIVEN[0]], tokenizer, 384, chance)
    ((first, last),) = window.answers
    assert tokenizer.decode(window.ids[first : last + 1]) == "march 1843"
    assert tokenizer.decode(window.ids[window.text : -1]).startswith("ada byron signed")


def test_of_a_long_text_all_windows_with_the_answer_are_kept_and_one_without(tokenizer, chance):
    long = asked(context=CONTEXT + " Nothing else was ever said of it." * 60)
    windows = examples.cut([long], tokenizer, 200, chance)
    assert sorted(bool(window.answers) for window in windows) == [False, True]
    assert max(len(window.ids) for window in windows) == 200


def test_batches_hold_every_window_once_and_the_same_for_the_same_seed(tokenizer, chance):
    windows = examples.cut(GIVEN * 7, tokenizer, 384, chance)
    found = examples.batches(windows, 4, random.Random(5))
    assert sorted(id(one) for batch in found for one in batch) == sorted(map(id, windows))
    assert [len(batch) for batch in found] == [len(b) for b in examples.batches(windows, 4, random.Random(5))]


# --------------------------------------------------------------------------- the command


def test_the_same_arguments_make_the_same_examples(tmp_path):
    file = written(
        tmp_path,
        "a.json.gz",
        *((f"{CONTEXT} {n}. {CONTEXT}", ("Who paid the rent?", "Mary Somerville")) for n in range(30)),
    )
    words = ["--data", f"{file}=0.9", "--out", str(tmp_path / "out"), "--held-out", "0.2", "--facts", "20"]
    arguments = train.parser().parse_args(words)
    given, held_out = train.prepare(arguments)
    assert (given, held_out) == train.prepare(arguments)
    assert not {one.context for one in given} & {one.context for one in held_out}


def test_a_file_that_is_measured_on_is_not_trained_on(tmp_path):
    file = str(written(tmp_path, "dev.json.gz", (CONTEXT * 2, ("Who?", "Ada Byron"))))
    arguments = train.parser().parse_args(["--data", file, "--apart-from", file, "--out", str(tmp_path)])
    with pytest.raises(SquadFileError, match=r"dev\.json\.gz holds no questions that are apart"):
        train.prepare(arguments)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--data", "a.json=2"], "2 is not a share"),
        (["--data", "a.json", "--out", "model/run"], "outside the work tree"),
        (["--mean", "half=a"], "SHARE=FILE"),
        (["--data", "a.json", "--soft", "1.5"], "1.5 is not a share"),
        (["--data", "a.json", "--frozen", "-1"], "-1 is no number of layers"),
        ([], "--data"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(words, says, tmp_path, capsys):
    with pytest.raises(SystemExit):
        train.main([*words, *([] if "--out" in words else ["--out", str(tmp_path)])])
    assert says in capsys.readouterr().err
