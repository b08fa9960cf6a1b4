"""Conversations as people see them: the same files are played by every chat."""

import re

import pytest

from tests import stage
from tests.stage import WrongError, all_transcripts, read


@pytest.mark.parametrize("path", list(all_transcripts()), ids=lambda path: path.stem)
def test_each_line_of_a_transcript_is_understood(path):
    transcript = read(path)
    names = [step.name for step in transcript.steps if step.name]
    assert names == [str(number) for number in range(1, len(names) + 1)]
    for step in transcript.steps:
        assert any(re.fullmatch(pattern, step.text) for _, pattern in stage._STEPS), step


def test_a_transcript_names_no_chat():
    for path in all_transcripts():
        assert not re.search(r"slack|teams|ephemeral|card|slash", path.read_text(), re.IGNORECASE)


def test_a_line_that_cannot_be_understood_is_named(tmp_path):
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("A title\n\n1 Ada in #general: text\nnonsense\n")
    with pytest.raises(WrongError, match=r"wrong\.txt:4: 'nonsense'"):
        read(wrong)
