"""The transcripts that every chat plays, in Teams."""

import pytest

from tests.stage import all_transcripts, needs, play, read
from tests.teams_house import on_loopback, served
from tests.teams_stage import WAYS, TeamsStage

PLAYED = [path for path in all_transcripts() if needs(read(path)) <= WAYS and not path.stem.startswith("09")]
# In 09 Wherein says “Noted”, to who voted alone: in Teams a thumb is thanked for by Teams itself.


def test_what_teams_has_no_way_for_is_all_that_is_left_out():
    left = [path.stem[:2] for path in all_transcripts() if path not in PLAYED]
    assert left == ["03", "06", "09"]


@pytest.mark.parametrize("path", PLAYED, ids=lambda path: path.stem)
async def test_a_transcript_comes_about_in_teams(path, monkeypatch):
    async with on_loopback(monkeypatch) as fake, served(fake):
        await play(read(path), TeamsStage(fake))
