"""Lines on a page become paragraphs where they were only wrapped, and stay lines where they were not."""

from hypothesis import given
from hypothesis import strategies as st

from bot.documents.layout import CELL, HYPHEN, Line, paragraphs

FULL = 500.0


def lines(*texts, left=72.0, right=FULL, height=12.0, top=800.0, step=14.0):
    """Lines one below the other; one that ends with `<` is short."""
    placed = []
    for number, text in enumerate(texts):
        reaches = 200.0 if text.endswith("<") else right
        placed.append(Line(text.removesuffix("<"), left, reaches, top - step * number, height))
    return placed


def read(found):
    return list(paragraphs(found))


def test_wrapped_lines_are_one_paragraph():
    assert read(lines("It rained and", "it poured and", "stopped.<", "Then it")) == [
        (False, "It rained and it poured and stopped."),
        (False, "Then it"),
    ]


def test_a_gap_or_another_height_parts():
    title = lines("Leave", height=20.0)
    body = lines("It rained and", "it poured.<", top=760.0)
    last = lines("Below.", top=700.0)
    assert read(title + body + last) == [
        (False, "Leave"),
        (True, "It rained and it poured."),
        (True, "Below."),
    ]


def test_an_item_begins_a_line_and_goes_on_under_its_words():
    found = (
        lines("1. It rained and") + lines("it poured.", left=90.0, top=786.0) + lines("2. Then", top=772.0)
    )
    assert read(found) == [(False, "1. It rained and it poured."), (False, "2. Then")]


def test_an_indented_line_begins_a_paragraph():
    assert read(lines("It rained.") + lines("Then it", left=90.0, top=786.0)) == [
        (False, "It rained."),
        (False, "Then it"),
    ]


def test_rows_of_cells_stay_lines():
    assert read(lines(f"Name{CELL}Days", f"Ada{CELL}12")) == [(False, "Name | Days"), (False, "Ada | 12")]


def test_what_counts_an_item_is_no_cell():
    assert read(lines(f"7.2{CELL}Notice{CELL}30 days")) == [(False, "7.2 Notice | 30 days")]


def test_a_parted_word_is_joined_and_a_name_keeps_its_hyphen():
    assert read(lines(f"inter{HYPHEN}", "national")) == [(False, "international")]
    assert read(lines(f"Jean{HYPHEN}", "Paul")) == [(False, "Jean-Paul")]
    assert read(lines(f"2024{HYPHEN}", "2025")) == [(False, "2024-2025")]


def test_a_listing_that_is_wider_does_not_widen_the_text():
    wide = lines("x = 1", right=700.0, height=8.0)
    assert read(wide + lines("It rained and", "it poured.", top=760.0))[1:] == [
        (True, "It rained and it poured.")
    ]


def test_lines_from_right_to_left_are_wrapped_at_the_left():
    first = Line("תחילת המשפט הארוך מאוד הזה", 72.0, 500.0, 800.0, 12.0)
    second = Line("וסופו.", 430.0, 500.0, 786.0, 12.0)
    assert read([first, second]) == [(False, "תחילת המשפט הארוך מאוד הזה וסופו.")]


def test_chinese_lines_are_joined_without_a_space():
    assert read(lines("会议三点开始，年假有", "十五天。<", "全额支付工资。")) == [
        (False, "会议三点开始，年假有十五天。"),
        (False, "全额支付工资。"),
    ]


NUMBERS = st.floats(-1e4, 1e4)
LINES = st.builds(Line, st.text("aB1. -•" + CELL, min_size=1), NUMBERS, NUMBERS, NUMBERS, st.floats(1, 100))


@given(st.lists(LINES.filter(lambda line: line.text.strip()), max_size=20))
def test_no_letter_is_lost_wherever_lines_stand(found):
    written = "".join(text for _, text in paragraphs(found))
    given_letters = "".join(line.text for line in found)
    assert [c for c in written if c in "aB1.-•"] == [c for c in given_letters if c in "aB1.-•"]
