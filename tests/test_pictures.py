"""The pictures for the README: drawn from real replies, by a page that knows every block that we post."""

import subprocess
import sys

import pytest

from bot.channels.slack.dialogs import about_view, ask_view, reason_view, waiting_view
from bot.channels.slack.drawn import blocks
from bot.channels.slack.home import home_view
from bot.replies import doing, say
from bot.types import Message, Overview, Thread
from model.readers import PROJECT
from tests import blockkit

ASKED = Message("m1", Thread("slack", "T1", "C1", "1"), "ask", "Who?")


@pytest.mark.parametrize("view", [ask_view(""), about_view("", "<b>x</b>"), reason_view(""), waiting_view()])
def test_every_dialog_can_be_drawn(view):
    drawn = blockkit.modal(view, {})
    assert view["title"]["text"] in drawn
    assert "<b>x</b>" not in drawn


def test_home_and_words_can_be_drawn():
    assert "Nothing yet." in blockkit.home(home_view(Overview(admin=True)), {})
    assert "<b>sources</b>" in blockkit.draw(blocks(doing.info(ASKED, say("help"))), {})


def test_a_block_that_nobody_knows_is_an_error():
    with pytest.raises(blockkit.UnknownError):
        blockkit.draw([{"type": "carousel"}], {})


def test_where_no_chromium_is_installed_one_sentence_says_so(tmp_path):
    made = subprocess.run(
        [sys.executable, "-m", "tests.pictures"],
        cwd=PROJECT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 1
    assert made.stderr == (
        "No Chromium is installed, which draws the pictures (on Debian: apt install chromium).\n"
    )


def test_each_picture_is_small():
    pictures = list((PROJECT / "docs" / "pictures").glob("*.png"))
    assert len(pictures) >= 6
    assert all(picture.stat().st_size < 150_000 for picture in pictures)
